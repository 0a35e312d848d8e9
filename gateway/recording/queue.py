"""The queue of one worker: bounded, filled without waiting, and exact about what it could not hold.

Responsible for: numbering every record, holding at most so many, counting those that found no room.
Not responsible for: threads that empty it (``feed``), or signing what was lost.

Rules kept here:

- Every record gets the next number, whether it is kept or lost, so that nothing can be missing unnoticed.
- What was handed out stays until it is acknowledged, so that it can be handed out again.
- A loss that was handed out never grows: what is lost later is another loss.
- Nothing is said of the time since the oldest answer began whose record is still to come: an answer bears the instant
  at which it began, and is handed over when it is signed.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from types import TracebackType

    from gateway.recording.records import AnswerRecord


class Run(NamedTuple):
    """Consecutive records; of all answers before ``until`` (microseconds, UTC) they are in this or an earlier one."""

    first: int
    records: list[AnswerRecord]
    until: int


@dataclass(slots=True)
class Loss:
    """Consecutive records that found no room; ``first`` is the number of the first, instants are those of answers."""

    first: int
    count: int
    starts_at: int
    ends_at: int
    is_closed: bool = False

    @property
    def next_seq(self) -> int:
        """The number behind the last lost record."""
        return self.first + self.count


class RecordQueue:
    """Implements ``AnswerRecorder``; safe for a worker's threads."""

    def __init__(self, capacity: int, now: Callable[[], int]) -> None:
        """Start empty; ``now`` returns the present in whole microseconds since 1970-01-01 UTC."""
        self._capacity = capacity
        self._now = now
        self._lock = threading.Lock()
        self._parts: deque[AnswerRecord | Loss] = deque()
        self._kept = 0
        self._head_seq = 0
        self._next_seq = 0
        self._begun: dict[object, int] = {}
        self._earliest: deque[tuple[int, int]] = deque()
        """Numbers and instants of waiting answers; left out is whoever has a later one that began no later."""

    @property
    def head_seq(self) -> int:
        """The number of the first record that is not acknowledged."""
        return self._head_seq

    @property
    def next_seq(self) -> int:
        """The number that the next record gets: how many there were so far."""
        return self._next_seq

    def answering(self) -> AbstractContextManager[None]:
        """Return a context in which one request is answered, from before its instant until its records are here."""
        return _Answering(self)

    def begin(self, token: object) -> None:
        """Note that an answer begins now."""
        with self._lock:
            self._begun[token] = self._now()

    def end(self, token: object) -> None:
        """Note that an answer was handed over, or that there is none."""
        with self._lock:
            del self._begun[token]

    def record(self, records: Sequence[AnswerRecord]) -> None:
        """Take as many records as there is room for, and count the others as lost."""
        with self._lock:
            room = max(self._capacity - self._kept, 0)
            for kept in records[:room]:
                self._count(kept.at)
                self._parts.append(kept)
                self._kept += 1
            for lost in records[room:]:
                self._lose(lost.at)

    def _lose(self, at: int) -> None:
        last = self._parts[-1] if self._parts else None
        if isinstance(last, Loss) and not last.is_closed:
            last.count += 1
            last.starts_at, last.ends_at = min(last.starts_at, at), max(last.ends_at, at)
        else:
            self._parts.append(Loss(self._next_seq, 1, at, at))
        self._count(at)

    def _count(self, at: int) -> None:
        """Give the next number to an answer of this instant."""
        while self._earliest and self._earliest[-1][1] >= at:
            self._earliest.pop()
        self._earliest.append((self._next_seq, at))
        self._next_seq += 1

    def take(self, limit: int) -> Run | Loss | None:
        """Return what comes first, without removing it: up to ``limit`` records, a loss, or nothing."""
        with self._lock:
            if not self._parts:
                return None
            head = self._parts[0]
            if isinstance(head, Loss):
                head.is_closed = True
                return head
            run: list[AnswerRecord] = []
            for part in self._parts:
                if isinstance(part, Loss) or len(run) == limit:
                    break
                run.append(part)
            until = self._told_until(self._head_seq + len(run))
            if len(run) < len(self._parts):
                until = min(until, run[-1].at)
            return Run(self._head_seq, run, until)

    def idle_since(self) -> int | None:
        """Return up to when all is acknowledged if nothing waits, in microseconds: now, or when an answer began."""
        with self._lock:
            return None if self._parts else self._told_until(self._next_seq)

    def _told_until(self, seq: int) -> int:
        """Return the instant before which no answer is that waits from the number ``seq`` on, or is still to come."""
        waiting = (at for number, at in self._earliest if number >= seq)
        earliest = next(waiting, None)  # of those behind it none began earlier
        instants = () if earliest is None else (earliest,)
        return min(chain(instants, self._begun.values(), (self._now(),)))

    def acknowledge(self, next_seq: int) -> None:
        """Forget everything before the number ``next_seq``."""
        with self._lock:
            while self._parts and self._head_seq < next_seq:
                part = self._parts.popleft()
                if isinstance(part, Loss):
                    self._head_seq = part.next_seq
                else:
                    self._kept -= 1
                    self._head_seq += 1
            while self._earliest and self._earliest[0][0] < self._head_seq:
                self._earliest.popleft()


class _Answering:
    """One request that is being answered; it is its own token."""

    __slots__ = ("_queue",)

    def __init__(self, queue: RecordQueue) -> None:
        self._queue = queue

    def __enter__(self) -> None:
        self._queue.begin(self)

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._queue.end(self)
