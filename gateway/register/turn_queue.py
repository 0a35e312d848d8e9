"""Waiting for a file's lock in a thread that nothing wakes but the lock: in turn, and yet not for ever.

Responsible for places in the kernel's queue that can be given up.
Not responsible for the lock itself (`locks.py`).

A thread that sleeps in the kernel cannot be told to stop, and looking again now and then would lose the order in which
writers came: whoever sleeps, or comes at the right moment, would always be first.
So another thread sleeps there, one that no ending process waits for, and tells whoever waits for it.

Rules kept here:

- A place that was given up is left to whoever waits next; so there are never more of them than ever waited at once.
- A place that nobody wants any more lets go of the lock as soon as it has it.
- The wait has a bound, and ends at once where `end_waiting` was called, so that a service that stops need not wait.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING

from gateway.register.errors import DatabaseError

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_SECONDS = 30.0
_LOOK_SECONDS = 0.1
_NO_ROOM = (
    "the system has no room for one more that waits for the register; nothing was done, try again"
)

_guard = threading.Lock()
_left: dict[Path, list[_Place]] = defaultdict(list)
_ended: set[Path] = set()


class _Place:
    """A place in the queue of a file, with a descriptor that holds the lock once it was called and has not failed."""

    def __init__(self, path: Path, descriptor: int) -> None:
        """Queue up.

        Raises:
            RuntimeError: there is no room for one more thread.
        """
        self._path = path
        self.descriptor = descriptor
        self.is_called = threading.Event()
        self.has_failed = False
        threading.Thread(target=self._sleep, name="turn", daemon=True).start()

    def leave(self) -> None:
        """Want the lock no longer."""
        with _guard:
            if self.has_failed:
                return
            if self.is_called.is_set():
                os.close(self.descriptor)
            else:
                _left[self._path].append(self)

    def _sleep(self) -> None:
        try:
            take(self.descriptor)
        except OSError:
            self.has_failed = True
        with _guard:
            is_left = self in _left[self._path]
            if is_left:
                _left[self._path].remove(self)
            if is_left or self.has_failed:
                os.close(self.descriptor)
            self.is_called.set()


def take(descriptor: int) -> None:
    """Sleep in the kernel until the lock of a file is this descriptor's."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def wait_in_turn(path: Path, descriptor: int) -> int:
    """Wait for the lock of the file that `descriptor` has open; returns the descriptor that holds it.

    It may be another one; `descriptor` is closed then, and also when the wait ends without the lock.

    Raises:
        DatabaseError: it took too long, the process ends, or the system has no room for one more lock or thread.
    """
    place = _place(path, descriptor)
    until = time.monotonic() + LONGEST_SECONDS
    while not place.is_called.wait(_LOOK_SECONDS):
        if path in _ended or time.monotonic() >= until:
            place.leave()
            message = "another writer has the register, and waiting for it ended; nothing was done, try again"
            raise DatabaseError(message)
    if place.has_failed:
        raise DatabaseError(_NO_ROOM)
    return place.descriptor


def end_waiting(path: Path) -> None:
    """Let no thread of this process wait for this file's lock any longer."""
    _ended.add(path)


def allow_waiting(path: Path) -> None:
    """Let threads wait for this file's lock again."""
    _ended.discard(path)


def _place(path: Path, descriptor: int) -> _Place:
    with _guard:
        if _left[path]:
            os.close(descriptor)
            return _left[path].pop(0)
    try:
        return _Place(path, descriptor)
    except RuntimeError as error:
        os.close(descriptor)
        raise DatabaseError(_NO_ROOM) from error
