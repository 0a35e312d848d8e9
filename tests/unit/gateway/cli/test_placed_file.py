"""Where a command's file is put: what leads nowhere is refused, in words."""

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cli.placed_file import placed_file, resolved
from gateway.errors import CommandError

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def loop(tmp_path: Path) -> Path:
    """A link to itself."""
    path = tmp_path / "loop"
    path.symlink_to(path)
    return path


def test_a_link_that_leads_in_a_circle_is_refused(loop: Path) -> None:
    """It has no place where a file could be put, and stays as it is."""
    with pytest.raises(CommandError, match="go round in a circle") as caught, placed_file(loop):
        pytest.fail("it was opened")
    assert caught.value.exit_code == 2
    assert loop.is_symlink()


def test_a_link_to_what_does_not_exist_yet_leads_there(tmp_path: Path) -> None:
    """That is no circle."""
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "new")
    assert resolved(link) == tmp_path.resolve() / "new"


def test_commands_name_the_link(run: Run, loop: Path, tmp_path: Path) -> None:
    """Whether it is the report or the feed, and whichever command was given it."""
    feed = tmp_path / "feed.jsonl"
    feed.write_bytes(b"")
    listed = ("--list", "consumption-limited")
    for words in (
        ("import", feed, *listed, "--report", loop),
        ("import", loop, *listed, "--report", feed),
        ("submit", feed, *listed, "--as", "court", "--report", loop),
        ("submit", loop, *listed, "--as", "court", "--report", feed),
    ):
        status, _, err = run(*words)
        assert (status, err.count("\n"), str(loop) in err) == (2, 1, True)


class _Closed(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError(32, text)


@pytest.mark.parametrize("errors", [None, _Closed()], ids=["closed", "no-reader"])
def test_a_failure_that_cannot_be_said_keeps_its_status(
    run: Run, monkeypatch: pytest.MonkeyPatch, errors: io.StringIO | None
) -> None:
    """The status tells what went wrong, also to who cannot read the words."""
    monkeypatch.setattr(sys, "stderr", errors)
    assert run("subject", "/nofile", "cn-ric:1", "--server", "127.0.0.1:9")[0] == 2
