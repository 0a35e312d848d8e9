"""The recorder's accounts: what each frame of a worker comes to, and what is missing.

Responsible for: turning frames and ends of runs into rows, each record once, each missing one in a gap.
Not responsible for: sockets (``recorder``), the database (``gateway.register.records``).

An account is a value: what a frame comes to is worked out first, and the new account counts only once it is committed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from gateway.recording.gaps import Gap, GapCause, GapSigner, SignedGap
from gateway.recording.wire import Batch, Frame, Goodbye, Idle, Lost
from gateway.register.records import StreamEntry, StreamPosition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.recording.records import AnswerRecord
    from gateway.recording.streams import LastWords


class Account(NamedTuple):
    """One run: everything before ``next_seq`` is written or in a gap, everything before ``accounted_at`` is told."""

    stream: bytes
    next_seq: int
    accounted_at: int


class Posting(NamedTuple):
    """What is to be written, and the account that holds once it is."""

    account: Account
    entry: StreamEntry


class Accountant:
    """Works out postings; signs the gaps that no worker signed."""

    def __init__(self, signer: GapSigner) -> None:
        """Keep the gateway's signer."""
        self._signer = signer

    def post(self, account: Account, frame: Frame) -> Posting:
        """Return what a frame of a worker comes to."""
        match frame:
            case Batch():
                return self._batch(account, frame)
            case Lost():
                return self._lost(account, frame)
            case Idle():
                moved = _moved(account, account.next_seq, frame.until)
                return Posting(moved, _entry(moved))
            case Goodbye():
                missing = self._missing(account, frame.next_seq, account.accounted_at)
                moved = _moved(account, frame.next_seq, account.accounted_at)
                return Posting(moved, _entry(moved, gaps=missing, is_over=True))
            case _:
                return Posting(account, _entry(account))

    def end(self, account: Account, words: LastWords, *, found_at: int) -> Posting:
        """Return what it comes to that a worker is gone without a goodbye, found at ``found_at`` (microseconds)."""
        lost = None if words.next_seq is None else max(words.next_seq - account.next_seq, 0)
        gaps: list[SignedGap] = []
        if lost != 0:
            ends_at = found_at if words.ended_at is None else words.ended_at
            gap = Gap(
                stream=account.stream,
                first=account.next_seq,
                lost=lost,
                starts_at=min(account.accounted_at, ends_at),
                ends_at=ends_at,
                cause=GapCause.WORKER_ENDED,
            )
            gaps = [self._signer.sign(gap)]
        return Posting(account, _entry(account, gaps=gaps, is_over=True))

    def _batch(self, account: Account, batch: Batch) -> Posting:
        known = max(account.next_seq - batch.first, 0)
        missing = self._missing(account, batch.first, batch.until)
        moved = _moved(account, batch.first + len(batch.records), batch.until)
        return Posting(moved, _entry(moved, records=batch.records[known:], gaps=missing))

    def _lost(self, account: Account, lost: Lost) -> Posting:
        moved = _moved(account, lost.next_seq, account.accounted_at)
        if lost.next_seq <= account.next_seq:
            return Posting(moved, _entry(moved))
        if lost.first < account.next_seq:  # a part of it is known already: only the rest is missing
            missing = self._missing(account, lost.next_seq, lost.gap.ends_at)
            return Posting(moved, _entry(moved, gaps=missing))
        missing = self._missing(account, lost.first, lost.gap.starts_at)
        return Posting(moved, _entry(moved, gaps=[*missing, lost.gap]))

    def _missing(self, account: Account, next_seq: int, before: int) -> list[SignedGap]:
        """Return a gap over the numbers up to ``next_seq`` that never came, if there are any."""
        lost = next_seq - account.next_seq
        if lost <= 0:
            return []
        gap = Gap(
            stream=account.stream,
            first=account.next_seq,
            lost=lost,
            starts_at=min(account.accounted_at, before),
            ends_at=before,
            cause=GapCause.MISSING,
        )
        return [self._signer.sign(gap)]


def _moved(account: Account, next_seq: int, until: int) -> Account:
    return Account(
        account.stream, max(account.next_seq, next_seq), max(account.accounted_at, until)
    )


def _entry(
    account: Account,
    *,
    records: Sequence[AnswerRecord] = (),
    gaps: Sequence[SignedGap] = (),
    is_over: bool = False,
) -> StreamEntry:
    return StreamEntry(
        account.stream,
        StreamPosition(account.next_seq, account.accounted_at),
        [msgspec.structs.asdict(record) for record in records],
        [msgspec.structs.asdict(gap) for gap in gaps],
        is_over,
    )
