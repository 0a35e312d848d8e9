"""What authorities are told: values of the register as messages.

Responsible for encoding progress, outcomes and listings.
Not responsible for reading them, nor for who may see them.

Rule kept here: no message has a place for a document number.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, cast

from gateway.register.endings import EndKind
from gateway.register.imports import ImportPhase
from gateway.register.listing_record import ListingState
from gateway.register_service.payloads import QUARANTINE_LINES
from gateway.transport.wire import contest_route
from jointgate.register.v1 import register_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from gateway.register.listing_record import DeadlineRecord, HistoryItem, ListingRecord
    from gateway.register.submissions import RecordedFeed, RefusedLine
    from sanctions_matrix.listing import Window

_MAX_PAGE_BYTES = 2 * 1024 * 1024
_COUNTS = tuple(field.name for field in pb.SubmissionCounts.DESCRIPTOR.fields)
_PHASES = {
    ImportPhase.WAITING: pb.SUBMISSION_PHASE_WAITING,
    ImportPhase.READING: pb.SUBMISSION_PHASE_READING,
    ImportPhase.WRITING: pb.SUBMISSION_PHASE_WRITING,
}
_STATES: dict[ListingState, pb.ListingState] = {
    state: cast("pb.ListingState", pb.ListingState.Value(f"LISTING_STATE_{state.name}"))
    for state in ListingState
}
_ENDS: dict[str, pb.EndReason] = {
    kind.value: cast("pb.EndReason", pb.EndReason.Value(f"END_REASON_{kind.name}"))
    for kind in EndKind
}


class ProgressTeller:
    """Keeps what was told last, so that every message tells all."""

    def __init__(self) -> None:
        """Begin with receiving."""
        self._message = pb.SubmissionProgress(phase=pb.SUBMISSION_PHASE_RECEIVING)

    def received(self, count: int) -> bytes:
        """Tell that so many bytes are there."""
        self._message.bytes_received = count
        return self._told()

    def waiting(self) -> bytes:
        """Tell that the content is complete."""
        self._message.phase = pb.SUBMISSION_PHASE_WAITING
        return self._told()

    def advanced(self, phase: ImportPhase, rows: int) -> bytes:
        """Tell how many rows of a phase are done."""
        self._message.phase = _PHASES[phase]
        if phase is ImportPhase.READING:
            self._message.rows_read = rows
        elif phase is ImportPhase.WRITING:
            self._message.rows_written = rows
        return self._told()

    def again(self) -> bytes:
        """Tell the same again, as a sign of life."""
        return self._told()

    def _told(self) -> bytes:
        return pb.SubmitResponse(progress=self._message).SerializeToString(deterministic=True)


def outcome(
    submission_id: bytes, feed: RecordedFeed, lines: Sequence[RefusedLine], *, is_repeated: bool
) -> pb.SubmissionOutcome:
    """Return what became of a submission; `lines` are one more than a page at most, so that a further one shows."""
    page, size = [], 0
    for line in lines[:QUARANTINE_LINES]:
        message = _quarantined(line)
        size += message.ByteSize()
        if size > _MAX_PAGE_BYTES:
            break
        page.append(message)
    return pb.SubmissionOutcome(
        submission_id=submission_id,
        feed=feed.feed_id,
        list=feed.list_id,
        sequence=feed.sequence,
        imported_at=feed.imported_at,
        counts=pb.SubmissionCounts(**{name: feed.counts.get(name, 0) for name in _COUNTS}),
        change=feed.change or 0,
        is_repeated=is_repeated,
        quarantine=page,
        next_after_line=page[-1].line if page and len(page) < len(lines) else 0,
    )


def _quarantined(line: RefusedLine) -> pb.QuarantinedLine:
    return pb.QuarantinedLine(
        line=line.line,
        violations=[
            pb.RuleViolation(
                rule=one.rule,
                field=one.field,
                message_en=one.message_en,
                message_zh=one.message_zh,
            )
            for one in line.violations
        ],
    )


def listing_state(record: ListingRecord, at: datetime) -> pb.ListingState:
    """Return the state of a listing at the aware instant `at`."""
    return _STATES[record.state_at(at)]


def listing_view(record: ListingRecord, at: datetime) -> pb.ListingView:
    """Return what its authority sees of a listing at the aware instant `at`."""
    return pb.ListingView(
        reference=record.reference,
        list=record.list_id,
        record=record.record,
        state=listing_state(record, at),
        change=record.change,
        party_kind=record.party_kind.value,
        documents=[
            pb.DocumentCount(type=type_, count=count)
            for type_, count in sorted(Counter(one.type for one in record.documents).items())
        ],
        ruling_number=record.ruling_number,
        ruling_authority=record.authority,
        ruling_dated=record.ruling_dated.isoformat(),
        ground=record.ground,
        served_on=_day(record.served_on),
        starts_at=record.begins_at,
        ends_at=record.stops_at,
        measures=sorted(record.measures),
        stays=[_window(stay) for stay in record.stays],
        exemptions=[
            pb.ExemptionView(measures=sorted(one.measures), window=_window(one.window))
            for one in record.exemptions
        ],
        contest=contest_route(record.contest),
        responsible_for=record.responsible_reference or "",
        responsible_role=record.responsible_role or "",
        ended_at=record.ended_at,
        ended_as=_ENDS.get(record.ended_as or "", pb.END_REASON_UNSPECIFIED),
        deadlines=[_deadline(one) for one in record.deadlines],
        history=[_item(one) for one in record.history],
    )


def _deadline(deadline: DeadlineRecord) -> pb.DeadlineView:
    return pb.DeadlineView(
        kind=deadline.kind.value,
        opened_on=deadline.opened_on.isoformat(),
        due_at=deadline.due_at,
        state=deadline.state.value,
    )


def _item(item: HistoryItem) -> pb.HistoryEntry:
    return pb.HistoryEntry(at=item.at, kind=item.kind, document=item.document, actor=item.actor)


def _window(window: Window) -> pb.TimeWindow:
    return pb.TimeWindow(starts_at=window.starts_at, ends_at=window.ends_at)


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()
