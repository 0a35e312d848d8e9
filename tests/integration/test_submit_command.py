"""What `jointgate submit` leaves and says, against a served register."""

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.cli.commands import OUTPUT_LOST
from gateway.cli.submitting import NO_ANSWER, SOME_QUARANTINED
from tests.fakes.in_memory_feed import person_row
from tests.integration.register_site import LIST, RegisterSite, feed_bytes, register_site, rows

pytestmark = pytest.mark.integration


@pytest.fixture
def site(tmp_path: Path) -> Iterator[RegisterSite]:
    """A site whose register is empty."""
    with register_site(tmp_path / "site") as made:
        yield made


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """A feed with two good rows and one that is quarantined."""
    path = tmp_path / "feed.jsonl"
    path.write_bytes(feed_bytes([*rows(2), person_row(9, ground="because")]))
    return path


def submit(site: RegisterSite, feed: Path, *words: str) -> int:
    """Run the command as the court."""
    identity = site.folder / "authorities" / "court" / "identity.toml"
    command = ["submit", str(feed), "--list", LIST, "--identity", str(identity)]
    return main([*command, "--register", site.addresses.authorities, *words])


def test_a_link_stays_a_link(site: RegisterSite, feed: Path, tmp_path: Path) -> None:
    """The report goes to where the link points."""
    target, link = tmp_path / "target.jsonl", tmp_path / "link.jsonl"
    target.write_text("earlier", encoding="utf-8")
    link.symlink_to(target)
    assert submit(site, feed, "--report", str(link)) == SOME_QUARANTINED
    assert link.is_symlink()
    assert '"A3"' in target.read_text("utf-8")


def test_a_pipe_is_written_to(site: RegisterSite, feed: Path, tmp_path: Path) -> None:
    """The report goes to whoever reads the pipe, which stays one."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert submit(site, feed, "--report", str(pipe)) == SOME_QUARANTINED
    assert b'"A3"' in os.read(reader, 100_000)
    os.close(reader)
    assert pipe.is_fifo()


def test_a_report_without_a_place_stops_the_submission(
    site: RegisterSite, feed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is sent when the report could not be written, and the error says so."""
    assert submit(site, feed, "--report", str(tmp_path / "nowhere" / "x")) == 1
    assert "the report" in capsys.readouterr().err
    assert site.references() == []


def test_an_output_that_nobody_reads_is_not_blamed_on_the_feed(
    site: RegisterSite,
    feed: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The reader of a pipe may leave; what was sent is imported, and no file is named."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", buffering=1) as closed:
        monkeypatch.setattr("sys.stdout", closed)
        assert submit(site, feed) == OUTPUT_LOST
        monkeypatch.undo()
    assert "feed.jsonl" not in capfd.readouterr().err
    assert len(site.references()) == 2


@pytest.mark.parametrize("words", [(), ("--json",)], ids=["text", "json"])
def test_the_outcome_is_told_though_the_report_fails(
    site: RegisterSite, feed: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """A full device takes no report: the id is told all the same, and the device is still one."""
    assert submit(site, feed, "--report", "/dev/full", *words) == 1
    printed = capsys.readouterr()
    assert "submission" in printed.out
    assert "No space left" in printed.err
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)
    assert len(site.references()) == 2


def test_a_register_that_is_not_there_is_told_as_such(
    site: RegisterSite, feed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody is told of a lost answer, and to send again, where nothing was ever reached."""
    assert submit(site, feed, "--register", "127.0.0.1:1") == NO_ANSWER
    told = capsys.readouterr().err
    assert "was not reached" in told
    assert "send the same file again" not in told


def test_a_refused_change_is_printed_as_json(
    site: RegisterSite, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program that asked for JSON reads the reason of a refusal in it."""
    identity = site.folder / "authorities" / "court" / "identity.toml"
    called = ["--identity", str(identity), "--register", site.addresses.authorities, "--json"]
    for action in (["release", "--document", "(2026) 7"], ["show"]):
        assert main(["change", "L-abcdefghijklmnop", *action, *called]) == 1
        assert json.loads(capsys.readouterr().out)["refused"] == "LISTING_NOT_FOUND"
