"""The recorder: the process that writes the workers' records to the register, and deletes them after their term.

Responsible for: listening, one transaction for all that waits, acknowledging what is committed, ending dead runs,
the term of what is kept.
Not responsible for: what a frame comes to (``accounts``), the statements (``gateway.register.records``).

Rules kept here:

- Nothing is acknowledged before it is committed; while the database is away nothing is, and it is tried again.
- A run whose worker is gone is accounted for, also by a recorder that never heard of it.
- Nothing is kept beyond its term: what would reach it before the next sweep is deleted in this one.
"""

from __future__ import annotations

import logging
import selectors
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.recording.accounts import Account, Accountant, Posting
from gateway.recording.gaps import microseconds_at
from gateway.recording.streams import dead_stream, marked_streams, remove_mark, socket_address
from gateway.recording.wire import (
    Ack,
    Frame,
    FrameBuffer,
    Hello,
    LinkError,
    framed,
    parse_frame,
)
from gateway.register.errors import RegisterError
from gateway.register.records import DELETED_AT_ONCE, RecordBook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.clock import Clock

SWEEP_EVERY = timedelta(hours=1)
_SWEEP_MARGIN = timedelta(minutes=1)
_RETRY_SECONDS = 1.0
_LOOK_SECONDS = 0.5
_IDLE_WRITTEN = timedelta(minutes=1)
_SEND_SECONDS = 1.0
_PIECE_BYTES = 256 * 1024
_BACKLOG = 64
_log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Worker:
    """One worker's connection; ``frame`` is what it said last and waits to see acknowledged."""

    socket: socket.socket
    buffer: FrameBuffer = field(default_factory=FrameBuffer)
    stream: bytes = b""
    frame: Frame | None = None


class Term:
    """When what is kept has to go: at start, and in a sweep every hour."""

    def __init__(self, retention: timedelta, clock: Clock) -> None:
        """Keep for ``retention`` at most."""
        self._retention = retention
        self._clock = clock
        self._next_at = clock()

    def cut(self) -> int | None:
        """Return up to which instant (microseconds) is deleted, None while no sweep is due."""
        now = self._clock()
        if (
            self._next_at - SWEEP_EVERY <= now < self._next_at
        ):  # before that, the clock was set back
            return None
        return microseconds_at(now - self._retention + SWEEP_EVERY + _SWEEP_MARGIN)

    def swept(self) -> None:
        """A sweep found nothing more to delete."""
        self._next_at = self._clock() + SWEEP_EVERY


class Recorder:
    """One recorder; ``turn`` it until it is over, then ``close`` it."""

    def __init__(
        self,
        folder: Path,
        open_book: Callable[[], RecordBook],
        accountant: Accountant,
        term: Term,
        clock: Clock,
    ) -> None:
        """Listen in ``folder``; ``open_book`` is called when the database is first needed.

        Raises:
            OSError: the folder cannot be written to.
        """
        self._folder = folder
        self._open_book = open_book
        self._accountant = accountant
        self._term = term
        self._clock = clock
        self._book: RecordBook | None = None
        self._workers: list[_Worker] = []
        self._accounts: dict[bytes, Account] = {}
        self._written: dict[bytes, int] = {}
        self._said = ""
        self._is_sweeping = False
        self._retry_at = self._look_at = time.monotonic()
        self._selector = selectors.DefaultSelector()
        self._listener = _listening(folder)
        self._selector.register(self._listener, selectors.EVENT_READ)

    def close(self) -> None:
        """Stop listening, and close everything."""
        for worker in list(self._workers):
            self._drop(worker)
        self._selector.close()
        self._listener.close()
        with socket_address(self._folder) as address:
            (self._folder / address.rpartition("/")[2]).unlink(missing_ok=True)
        if self._book is not None:
            self._book.close()

    def turn(self, seconds: float) -> None:
        """Wait up to ``seconds`` for something to do, and do it."""
        for key, _ in self._selector.select(0 if self._is_sweeping else seconds):
            if key.fileobj is self._listener:
                self._accept()
            else:
                self._read(key.data)
        if time.monotonic() < self._retry_at:
            return
        try:
            self._work()
        except RegisterError as error:
            self._retry_at = time.monotonic() + _RETRY_SECONDS
            self._said = _say_once(
                f"records wait until the register can take them: {error}", self._said
            )
        else:
            if self._said:
                _log.info("the register takes records again")
            self._said = ""

    def is_through(self) -> bool:
        """Tell whether no worker is left, and all that are gone are accounted for or cannot be now."""
        dead, living = self._unconnected()
        return not self._workers and not living and (not dead or bool(self._said))

    # --- connections ------------------------------------------------------------------------------

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        connection.settimeout(_SEND_SECONDS)
        worker = _Worker(connection)
        self._workers.append(worker)
        self._selector.register(connection, selectors.EVENT_READ, worker)

    def _read(self, worker: _Worker) -> None:
        try:
            piece = worker.socket.recv(_PIECE_BYTES)
            worker.buffer.feed(piece)
            content = worker.buffer.next()
            if content is not None:
                worker.frame = parse_frame(content)
        except (OSError, LinkError):
            piece = b""
        if isinstance(worker.frame, Hello) and not worker.stream:
            self._greet(worker, worker.frame.stream)
        if not piece or (worker.frame is not None and not worker.stream):
            self._drop(worker)

    def _greet(self, worker: _Worker, stream: bytes) -> None:
        """Take a connection for the one of this run; an earlier one is over, whatever the kernel says of it."""
        for earlier in [one for one in self._workers if one.stream == stream]:
            self._drop(earlier)
        worker.stream = stream

    def _drop(self, worker: _Worker) -> None:
        """Forget a connection; its run is looked after by its mark, or comes back."""
        self._workers.remove(worker)
        self._selector.unregister(worker.socket)
        worker.socket.close()
        self._look_at = time.monotonic()

    def _acknowledge(self, worker: _Worker, next_seq: int) -> None:
        worker.frame = None
        try:
            worker.socket.sendall(framed(Ack(next_seq)))
        except OSError:
            self._drop(worker)

    # --- work -------------------------------------------------------------------------------------

    def _work(self) -> None:
        """Write all that waits in one transaction, then acknowledge it; then delete some of what is too old.

        Raises:
            RegisterError: the register cannot take it; nothing was written, and nothing is acknowledged.
        """
        postings = [
            (worker, self._posting(worker, worker.frame))
            for worker in self._workers
            if worker.frame is not None
        ]
        endings = self._endings()
        due = [one for _, one in postings if self._is_due(one)] + endings
        if due:
            self._opened().write([one.entry for one in due])
            for one in due:
                self._keep(one)
        for _, one in postings:
            if not one.entry.is_over:
                self._accounts[one.account.stream] = one.account
        for worker, one in postings:
            self._acknowledge(worker, one.account.next_seq)
        self._sweep()

    def _opened(self) -> RecordBook:
        if self._book is None:
            self._book = self._open_book()
        return self._book

    def _posting(self, worker: _Worker, frame: Frame) -> Posting:
        if isinstance(frame, Hello):
            account = self._account(frame.stream, frame.opened_at, frame.next_seq)
        else:
            account = self._accounts[worker.stream]
        return self._accountant.post(account, frame)

    def _account(self, stream: bytes, opened_at: int, next_seq: int) -> Account:
        """Return the account of a run: as it is held, as it was written, or a new one."""
        if stream in self._accounts:
            return self._accounts[stream]
        position = self._opened().position(stream)
        if position is None:
            return Account(stream, next_seq, opened_at)
        return Account(stream, *position)

    def _is_due(self, posting: Posting) -> bool:
        """Tell whether something is to be written; that a worker is idle is written once a minute."""
        entry, account = posting.entry, posting.account
        if entry.records or entry.gaps or entry.is_over or account.stream not in self._written:
            return True
        idle = account.accounted_at - self._written[account.stream]
        return idle >= _IDLE_WRITTEN // timedelta(microseconds=1)

    def _keep(self, posting: Posting) -> None:
        """Take what was committed for what is."""
        account = posting.account
        if posting.entry.is_over:
            self._accounts.pop(account.stream, None)
            self._written.pop(account.stream, None)
            with suppress(OSError):
                remove_mark(self._folder, account.stream)
        else:
            self._written[account.stream] = account.accounted_at

    def _endings(self) -> list[Posting]:
        """Return what it comes to that workers are gone."""
        if time.monotonic() < self._look_at:
            return []
        self._look_at = time.monotonic() + _LOOK_SECONDS
        found_at = microseconds_at(self._clock())
        dead, _ = self._unconnected()
        endings = []
        for stream in dead:
            words = dead_stream(self._folder, stream)
            if words is not None:
                account = self._account(stream, words.opened_at, 0)
                endings.append(self._accountant.end(account, words, found_at=found_at))
        return endings

    def _unconnected(self) -> tuple[list[bytes], list[bytes]]:
        """Return the runs without a connection: those whose workers are gone, and those that will come back."""
        connected = {worker.stream for worker in self._workers}
        known = {*marked_streams(self._folder), *self._accounts} - connected
        dead: list[bytes] = []
        living: list[bytes] = []
        for stream in sorted(known):
            is_dead = dead_stream(self._folder, stream) is not None
            (dead if is_dead else living).append(stream)
        return dead, living

    def _sweep(self) -> None:
        """Delete some of what is too old, if a sweep is due."""
        at = self._term.cut()
        self._is_sweeping = at is not None and self._opened().delete_before(at) == DELETED_AT_ONCE
        if at is not None and not self._is_sweeping:
            self._term.swept()


def _listening(folder: Path) -> socket.socket:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with socket_address(folder) as address:
        (folder / address.rpartition("/")[2]).unlink(missing_ok=True)
        listener.bind(address)
    listener.listen(_BACKLOG)
    return listener


def _say_once(problem: str, said: str) -> str:
    if problem != said:
        _log.warning("%s", problem)
    return problem
