"""When the follower looks, and what it says about it."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest

from gateway.errors import RepositoryUnreachableError, SnapshotError, StoreError
from gateway.following import _follow
from gateway.snapshot.follower import Update
from gateway.snapshot.store import StoredHeader
from tests.fakes.fixed_clock import MORNING
from tests.fakes.in_memory_distribution import InMemoryAnnouncements, InMemoryDistribution

if TYPE_CHECKING:
    from gateway.snapshot.distribution import RedisDistribution
    from gateway.snapshot.follower import Follower

UNREACHABLE = RepositoryUnreachableError("nobody answers")
REFUSED = SnapshotError("the published snapshot is refused")


class ImpatientEvent(threading.Event):
    """An event that is never waited for."""

    def wait(self, timeout: float | None = None) -> bool:
        """Return at once whether it is set."""
        del timeout
        return self.is_set()


@dataclass
class ScriptedFollower:
    """A follower whose looks end as a test wrote down; after the last it tells the loop to stop."""

    outcomes: list[str | Exception]
    stopping: threading.Event = field(default_factory=ImpatientEvent)

    def update(self) -> Update:
        """Return or raise the next outcome."""
        outcome = self.outcomes.pop(0)
        if not self.outcomes:
            self.stopping.set()
        if isinstance(outcome, Exception):
            raise outcome
        header = StoredHeader(7, bytes(32), "00" * 32, 3, MORNING, MORNING, {})
        return Update(header, outcome)


@pytest.fixture(autouse=True)
def _all_levels(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


class CountingDistribution(InMemoryDistribution):
    """A place that counts subscriptions."""

    subscribed = 0

    @contextmanager
    def announcements(self) -> Iterator[InMemoryAnnouncements]:
        """Subscribe, and count it."""
        self.subscribed += 1
        with super().announcements() as subscription:
            yield subscription


def run(*outcomes: str | Exception, files: InMemoryDistribution | None = None) -> ScriptedFollower:
    """Follow until the last of ``outcomes``."""
    follower = ScriptedFollower(list(outcomes))
    files = files or InMemoryDistribution()
    _follow(
        cast("Follower", follower),
        cast("RedisDistribution", files),
        follower.stopping,
        poll_seconds=1,
    )
    return follower


def test_it_looks_until_it_is_stopped(caplog: pytest.LogCaptureFixture) -> None:
    """One look follows the other, and each new snapshot is said once; renewed leases are not."""
    assert run("full", "lease", "lease", "deltas").outcomes == []
    assert caplog.messages == [
        "snapshot 7 in force (full, 3 listed)",
        "snapshot 7 in force (deltas, 3 listed)",
    ]


@pytest.mark.parametrize("problem", [UNREACHABLE, REFUSED, StoreError("the store is full")])
def test_a_problem_does_not_end_it(problem: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever a look fails with, the next one comes; the log says a problem once, and that it is over."""
    assert run(problem, problem, problem, "lease", "lease").outcomes == []
    assert len(caplog.messages) == 2
    assert caplog.messages[0].startswith(str(problem))
    assert "in force" in caplog.messages[1]


@pytest.mark.parametrize(("problem", "subscriptions"), [(UNREACHABLE, 2), (REFUSED, 1)])
def test_a_dead_place_is_subscribed_to_anew(problem: Exception, subscriptions: int) -> None:
    """After Redis was away the old subscription may be dead; a refused snapshot says nothing about it."""
    files = CountingDistribution()
    run("full", problem, "lease", files=files)
    assert files.subscribed == subscriptions


def test_another_problem_is_said_again(caplog: pytest.LogCaptureFixture) -> None:
    """A new kind of trouble is not hidden behind an old one."""
    run(UNREACHABLE, REFUSED, UNREACHABLE)
    assert len(caplog.messages) == 3


def test_what_is_unexpected_ends_the_process() -> None:
    """A fault in the code is not swallowed: the supervisor sees the process end and starts another."""
    with pytest.raises(ZeroDivisionError):
        run(ZeroDivisionError(), "full")
