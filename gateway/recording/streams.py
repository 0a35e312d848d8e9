"""The marks of running workers: files by which the recorder learns, whatever happened, that a run ended unfinished.

Responsible for: the mark of a run, its last words, telling living runs from dead ones, where the socket lies.
Not responsible for: what follows from a dead run (``accounts``).

A mark is a file ``<run>.stream`` on which the worker holds a lock that the kernel drops when the worker is gone.
The recorder removes it once everything about the run is committed, so a mark outlives a crash of everything:
whichever recorder comes next finds it and accounts for the run.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import msgspec

from gateway.recording.wire import STREAM_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SUFFIX = ".stream"
_SOCKET = "recorder.sock"
_SOCKET_PATH_BYTES = 100


class LastWords(msgspec.Struct, frozen=True):
    """What a mark says: when the run began, and once it ended orderly, when and after how many records.

    Instants are whole microseconds since 1970-01-01 UTC.
    """

    opened_at: int
    ended_at: int | None = None
    next_seq: int | None = None


def new_stream() -> bytes:
    """Return the identifier of a new run."""
    return os.urandom(STREAM_BYTES)


class StreamMark:
    """The mark of this worker's run."""

    def __init__(self, folder: Path, *, opened_at: int) -> None:
        """Make a mark for a new run, on disk before this returns.

        Raises:
            OSError: the folder cannot be written to.
        """
        self.stream = new_stream()
        self.opened_at = opened_at
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{self.stream.hex()}{_SUFFIX}"
        unfinished = path.with_suffix(".new")
        self._descriptor = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            self._write(LastWords(opened_at))
            unfinished.rename(path)
            _sync_folder(folder)
        except BaseException:
            os.close(self._descriptor)
            unfinished.unlink(missing_ok=True)
            raise

    def leave(self, *, ended_at: int, next_seq: int) -> None:
        """Leave the last words, for the case that the recorder has not heard everything."""
        with suppress(
            OSError
        ):  # a full disk: then the recorder says that nobody knows how many were lost
            self._write(LastWords(self.opened_at, ended_at, next_seq))

    def close(self) -> None:
        """Drop the lock: the run is over."""
        os.close(self._descriptor)

    def _write(self, words: LastWords) -> None:
        content = msgspec.json.encode(words)
        os.pwrite(self._descriptor, content, 0)
        os.ftruncate(self._descriptor, len(content))
        os.fsync(self._descriptor)


def marked_streams(folder: Path) -> Iterator[bytes]:
    """Yield the runs that have a mark."""
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        with suppress(ValueError):
            yield bytes.fromhex(path.stem)


def dead_stream(folder: Path, stream: bytes) -> LastWords | None:
    """Return what the mark of a run says whose worker is gone; None while it lives.

    A mark that is missing or damaged says nothing: a run that began at the beginning of time.
    """
    try:
        descriptor = os.open(_path(folder, stream), os.O_RDWR)
    except OSError:
        return LastWords(0)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return msgspec.json.decode(os.pread(descriptor, 1_024, 0), type=LastWords)
    except BlockingIOError:
        return None
    except msgspec.DecodeError:
        return LastWords(int(os.fstat(descriptor).st_mtime) * 1_000_000)
    finally:
        os.close(descriptor)


def remove_mark(folder: Path, stream: bytes) -> None:
    """Remove the mark of a run that is accounted for."""
    _path(folder, stream).unlink(missing_ok=True)


@contextmanager
def socket_address(folder: Path) -> Iterator[str]:
    """Yield where the recorder of this folder listens; short, as addresses of sockets must be."""
    wanted = folder.resolve() / _SOCKET
    if len(os.fsencode(wanted)) <= _SOCKET_PATH_BYTES:
        yield str(wanted)
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{_SOCKET}"
    finally:
        os.close(descriptor)


def _path(folder: Path, stream: bytes) -> Path:
    return folder / f"{stream.hex()}{_SUFFIX}"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
