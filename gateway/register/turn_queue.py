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

_guard = threading.Lock()
_left: dict[Path, list[_Place]] = defaultdict(list)
_ended: set[Path] = set()


class _Place:
    """A place in the queue of one file, and its descriptor, which holds the lock once `is_held` is set."""

    def __init__(self, path: Path, descriptor: int) -> None:
        """Queue up."""
        self._path = path
        self.descriptor = descriptor
        self.is_held = threading.Event()
        threading.Thread(target=self._sleep, name="turn", daemon=True).start()

    def leave(self) -> None:
        """Want the lock no longer."""
        with _guard:
            if self.is_held.is_set():
                os.close(self.descriptor)
            else:
                _left[self._path].append(self)

    def _sleep(self) -> None:
        fcntl.flock(self.descriptor, fcntl.LOCK_EX)
        with _guard:
            if self in _left[self._path]:
                _left[self._path].remove(self)
                os.close(self.descriptor)
            else:
                self.is_held.set()


def wait_in_turn(path: Path, descriptor: int) -> int:
    """Wait for the lock of the file that `descriptor` has open; returns the descriptor that holds it.

    It may be another one; `descriptor` is closed then, and also when the wait ends without the lock.

    Raises:
        DatabaseError: it took too long, or the process ends.
    """
    place = _place(path, descriptor)
    until = time.monotonic() + LONGEST_SECONDS
    while not place.is_held.wait(_LOOK_SECONDS):
        if path in _ended or time.monotonic() >= until:
            place.leave()
            message = "another writer has the register, and waiting for it ended; nothing was done, try again"
            raise DatabaseError(message)
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
    return _Place(path, descriptor)
