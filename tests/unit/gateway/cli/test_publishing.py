"""`jointgate publish`: what becomes of it when nobody can read what it says."""

import errno
import io
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway import embedded_redis, publishing
from gateway.cli.commands import OUTPUT_LOST
from gateway.config import Settings
from gateway.register.errors import DatabaseError
from gateway.snapshot.publication import Publication
from tests.fakes.fixed_clock import MORNING

Run = Callable[..., tuple[int, str, str]]


def publication(number: int) -> Publication:
    """Return the publication of one change."""
    return Publication("delta", number, number, 1, 1, 1, 1_000, "00", MORNING)


@dataclass
class PlayedSite:
    """A publisher whose every publication succeeds, and which watches for as many as it is told."""

    settings: Settings
    first: Exception | None = None
    to_watch: int = 5
    between: Callable[[int], None] = lambda _number: None
    published: list[int] = field(default_factory=list)

    def publish(self, *, full: bool, progress: object) -> Iterator[Publication]:
        """Publish the first one."""
        del full, progress
        if self.first is not None:
            raise self.first
        self.published.append(0)
        yield publication(0)

    def watch(
        self,
        stopping: threading.Event,
        published: Callable[[Publication], None],
        trouble: Callable[[str], None],
    ) -> None:
        """Publish one after the other, with some trouble before each."""
        assert not stopping.is_set()
        for number in range(1, self.to_watch + 1):
            self.between(number)
            trouble("the register's database failed")
            self.published.append(number)
            published(publication(number))


class LostStream(io.StringIO):
    """A stream that takes nothing while it is lost."""

    def __init__(self, number: int) -> None:
        """Fail with this error."""
        super().__init__()
        self.failure: OSError | None = OSError(number, "is lost")

    def flush(self) -> None:
        """Fail, or do nothing."""
        if self.failure is not None:
            raise self.failure


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PlayedSite]:
    """The site that the command publishes for; afterwards signals are handled as before."""
    settings = Settings(root=tmp_path)
    site = PlayedSite(settings)

    @contextmanager
    def opened(*_: object) -> Iterator[object]:
        yield site

    monkeypatch.setattr(publishing, "publishing_site", opened)
    monkeypatch.setattr(embedded_redis, "redis_server", opened)
    monkeypatch.setattr(embedded_redis, "revive", lambda _folder: None)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield site
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [errno.EPIPE, errno.ENOSPC], ids=["no-reader", "full-disk"])
def test_a_watch_outlives_its_output(
    run: Run, played: PlayedSite, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Every change is published although nobody can be told of one, and that is said once, not each time."""
    lost = LostStream(number)
    monkeypatch.setattr(sys, "stdout", lost)
    lost_at_the_end, _, err = run("publish", "--watch")
    assert played.published == [0, 1, 2, 3, 4, 5]
    assert err.count("publications cannot be told (is lost); publishing goes on") == 1
    assert lost_at_the_end in {0, OUTPUT_LOST}


def test_a_disk_that_has_room_again_is_written_to(
    run: Run, played: PlayedSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telling goes on by itself, and when it fails once more that is said once more."""
    lost = LostStream(errno.ENOSPC)

    def change(number: int) -> None:
        lost.failure = OSError(errno.ENOSPC, "is lost") if number in (4, 5) else None

    played.between = change
    monkeypatch.setattr(sys, "stdout", lost)
    _, _, err = run("publish", "--watch")
    assert "snapshot 3: delta" in lost.getvalue()
    assert err.count("publications cannot be told") == 2


def test_a_watch_outlives_its_errors(
    run: Run, played: PlayedSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be said on standard error is not said, and publishing goes on."""
    for errors in (LostStream(errno.EPIPE), None):
        played.published.clear()
        monkeypatch.setattr(sys, "stderr", errors)
        assert run("publish", "--watch")[0] == 0
        assert played.published == [0, 1, 2, 3, 4, 5]


def test_publishing_once_fails_with_its_output(
    run: Run, played: PlayedSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who publishes once is waiting for the answer, and its loss shows in the status."""
    monkeypatch.setattr(sys, "stdout", LostStream(errno.ENOSPC))
    assert run("publish")[0] == 1
    assert played.published == [0]


@pytest.mark.parametrize(
    ("words", "status", "watched"),
    [(("--watch",), 0, 5), (("--watch", "--full"), 1, 0), ((), 1, 0)],
    ids=["watch", "full", "once"],
)
def test_a_database_that_fails_at_the_start_ends_only_what_would_not_try_again(
    run: Run, played: PlayedSite, words: tuple[str, ...], status: int, watched: int
) -> None:
    """The watch begins with what could not be published; everything, asked for once, is not forgotten silently."""
    played.first = DatabaseError("the register's database failed")
    assert run("publish", *words)[0] == status
    assert len(played.published) == watched
