"""The marks of running workers."""

from pathlib import Path

import pytest

from gateway.recording.streams import (
    LastWords,
    StreamMark,
    dead_stream,
    marked_streams,
    remove_mark,
    socket_address,
)


def test_a_living_worker_is_not_dead(tmp_path: Path) -> None:
    """While the worker holds its mark, nobody ends its run."""
    mark = StreamMark(tmp_path, opened_at=5)
    assert list(marked_streams(tmp_path)) == [mark.stream]
    assert dead_stream(tmp_path, mark.stream) is None
    mark.close()


def test_a_dead_workers_mark_says_when_it_began(tmp_path: Path) -> None:
    """A worker that is gone without a word leaves the instant at which it began."""
    mark = StreamMark(tmp_path, opened_at=5)
    mark.close()
    assert dead_stream(tmp_path, mark.stream) == LastWords(5)


def test_last_words_are_read(tmp_path: Path) -> None:
    """A worker that could not deliver leaves how many records there were."""
    mark = StreamMark(tmp_path, opened_at=5)
    mark.leave(ended_at=9, next_seq=3)
    mark.close()
    assert dead_stream(tmp_path, mark.stream) == LastWords(5, 9, 3)


def test_a_damaged_mark_is_a_dead_run(tmp_path: Path) -> None:
    """Whatever a mark says, the run is accounted for; only when it began is then a guess."""
    mark = StreamMark(tmp_path, opened_at=5)
    (tmp_path / f"{mark.stream.hex()}.stream").write_bytes(b"{")
    mark.close()
    words = dead_stream(tmp_path, mark.stream)
    assert words is not None
    assert (words.ended_at, words.next_seq) == (None, None)


def test_a_removed_mark_is_gone(tmp_path: Path) -> None:
    """A run that is accounted for is not found again, and removing it twice is no error."""
    mark = StreamMark(tmp_path, opened_at=5)
    mark.close()
    remove_mark(tmp_path, mark.stream)
    remove_mark(tmp_path, mark.stream)
    assert list(marked_streams(tmp_path)) == []


def test_other_files_are_no_marks(tmp_path: Path) -> None:
    """What else lies in the folder is left alone."""
    for name in ("recorder.lock", "recorder.sock", "no-number.stream"):
        (tmp_path / name).touch()
    assert list(marked_streams(tmp_path)) == []


def test_marks_are_the_owners_alone(tmp_path: Path) -> None:
    """Nobody else reads the folder or the mark."""
    folder = tmp_path / "recording"
    mark = StreamMark(folder, opened_at=5)
    (file,) = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    mark.close()


@pytest.mark.parametrize("length", [10, 120])
def test_a_sockets_address_is_short(tmp_path: Path, length: int) -> None:
    """However deep a site lies, its socket can be bound."""
    folder = tmp_path / ("f" * length)
    folder.mkdir()
    with socket_address(folder) as address:
        assert len(address) <= 100
        Path(address).touch()
    assert (folder / "recorder.sock").exists()
