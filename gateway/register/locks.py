"""Taking turns: the writers of a SQLite register, and the imports of any register.

Responsible for locks that the operating system or the server keeps, so that they end with whoever holds them.
Not responsible for transactions.

Rules kept here:

- Who waits sleeps, and is woken when the lock is free: SQLite's own waiting looks again now and then, and a stream of
  short transactions would never let it in.
- Who may give up while it waits says so with a callback, and looks again now and then instead: nothing wakes a thread
  that sleeps in the kernel, so a service that stops would wait with it.
- A thread that no signal reaches, which is every one but the first, waits for a file where it can give up
  (`turn_queue.py`): a service that stops would wait for it, and the order be carried out when nobody wants it any more.
- A lock is one file beside the database, which stays; it holds nothing.
- A lock lost is told when it is asked about, and not before; who must not go on then asks where it writes.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from gateway.register.errors import TurnLostError
from gateway.register.turn_queue import wait_in_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    Confirm = Callable[[], None]

_LOOK_SECONDS = 0.2


class Lock(Protocol):
    """Something that one can hold at a time."""

    def held(self, waiting: Callable[[], None] | None = None) -> AbstractContextManager[Confirm]:
        """Hold the lock, waiting for it while somebody else holds it.

        `waiting` is called again and again meanwhile; what it raises ends the waiting.
        What comes of it raises `TurnLostError` when called after the lock was lost.
        """


@dataclass(frozen=True, slots=True)
class FileLock:
    """An exclusive lock on a file, between processes and between threads alike."""

    path: Path

    @contextmanager
    def held(self, waiting: Callable[[], None] | None = None) -> Iterator[Confirm]:
        """See `Lock.held`; a file's lock is never lost.

        Raises:
            DatabaseError: without `waiting`, and not in the main thread: it took too long, or the process ends.
        """
        descriptor = os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        if waiting is None and not _is_main() and not _flock_now(descriptor):
            descriptor = wait_in_turn(self.path, descriptor)
        try:
            if waiting is not None:
                _look_until(lambda: _flock_now(descriptor), waiting)
            elif _is_main():
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield lambda: None
        finally:
            os.close(descriptor)


@dataclass(frozen=True, slots=True)
class ServerLock:
    """An advisory lock of a PostgreSQL server, held by a session of its own."""

    engine: Engine
    key: int

    @contextmanager
    def held(self, waiting: Callable[[], None] | None = None) -> Iterator[Confirm]:
        """See `Lock.held`; the lock is lost with its session."""
        own = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        with own.connect() as session:
            key = {"key": self.key}
            if waiting is None:
                session.execute(text("SELECT pg_advisory_lock(:key)"), key)
            else:
                attempt = text("SELECT pg_try_advisory_lock(:key)")
                _look_until(lambda: bool(session.scalar(attempt, key)), waiting)
            try:
                yield lambda: _ping(session)
            finally:
                session.invalidate()


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()


def _flock_now(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _look_until(is_held: Callable[[], bool], waiting: Callable[[], None]) -> None:
    while not is_held():
        waiting()
        time.sleep(_LOOK_SECONDS)


def _ping(session: Connection) -> None:
    try:
        session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        raise TurnLostError from None
