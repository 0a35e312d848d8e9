"""What a party is told of one listing: the register's record in the words of the party.

Responsible for choosing the words, and for leaving out what is nobody's but others'.
Not responsible for the words themselves (`subject_words.py`), nor for who may be told (`subject.py`).

Rules kept here:

- No document number, no actor, no partner, no id of the register's own, and of an organisation only the reference.
- Where the gateway's tables do not have a list, ground or measure, its identifier stands for the words: the record is
  readable under any tables and under none.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from google.protobuf.timestamp_pb2 import Timestamp

from gateway.register.columns import instant_of
from gateway.register.deadlines import REMOVAL_WORKING_DAYS, REQUEST_DAYS
from gateway.register.endings import EndKind
from gateway.register.listing_record import DeadlineKind, DeadlineState, ListingState
from gateway.register_service import subject_words as words
from gateway.register_service.subject_words import Said, say_instant
from jointgate.decision.v1 import decision_pb2
from jointgate.register.v1 import subject_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.register.listing_record import DeadlineRecord, HistoryItem
    from gateway.register_service.subject_own import Shown
    from sanctions_matrix.lists import ListDefinition
    from sanctions_matrix.pack import Pack

STATES: dict[ListingState, pb.SubjectState] = {
    ListingState.PROPOSED: pb.SUBJECT_STATE_PROPOSED,
    ListingState.NOTIFIED: pb.SUBJECT_STATE_NOTIFIED,
    ListingState.IN_FORCE: pb.SUBJECT_STATE_IN_FORCE,
    ListingState.STAYED: pb.SUBJECT_STATE_STAYED,
    ListingState.ENDED: pb.SUBJECT_STATE_ENDED,
    ListingState.WITHDRAWN: pb.SUBJECT_STATE_WITHDRAWN,
}
_FEED = re.compile(r"feed:[0-9]+", re.ASCII)
_OVER = frozenset({ListingState.ENDED, ListingState.WITHDRAWN})


def tell(shown: Shown, pack: Pack | None, at: datetime) -> pb.SubjectListing:
    """Return what the party of a listing is told at the aware instant `at`; `pack` gives words, where there is one.

    Where the listing names the party no more, the record is the last that did, and ended then for that party.
    """
    return _Telling(shown, pack, at).listing()


class _Telling:
    """One listing, told at one instant."""

    def __init__(self, shown: Shown, pack: Pack | None, at: datetime) -> None:
        record, unnamed_at, self._others = shown
        self._record = record
        self._pack = pack
        self._at = at
        self._list: ListDefinition | None = pack.lists.get(record.list_id) if pack else None
        self._state = record.state_at(at)
        self._is_unnamed = unnamed_at is not None and unnamed_at == self._over_at()

    def listing(self) -> pb.SubjectListing:
        """Return the whole of it."""
        record, contest = self._record, self._record.contest
        told = pb.SubjectListing(
            reference=record.reference,
            list=record.list_id,
            list_title=_words(self._list_title()),
            authority=record.authority,
            ruling_number=record.ruling_number,
            ruling_dated=record.ruling_dated.isoformat(),
            ground=record.ground,
            ground_words=_words(self._ground()),
            measures=[self._measure(one) for one in sorted(record.measures)],
            served_on=_date(record.served_on),
            starts_at=_stamp(record.begins_at),
            state=STATES[self._state],
            state_words=_words(self._state_words()),
            stays=[
                pb.SubjectStay(starts_at=_stamp(one.starts_at), ends_at=_stamp(one.ends_at))
                for one in record.stays
            ],
            deadlines=[self._deadline(one) for one in record.deadlines],
            contest=decision_pb2.ContestRoute(
                body=contest.body, address=contest.address, deadline=contest.deadline
            ),
            next_steps=[_words(one) for one in self._next_steps()],
            history=[self._event(one) for one in record.history],
            responsible_for=self._role(),
            utc_offset_minutes=int(self._offset.total_seconds() // 60),
        )
        told.exemptions.extend(self._exemptions())
        over_at = self._over_at()
        told.MergeFrom(
            pb.SubjectListing(ended_at=_stamp(over_at))
            if over_at is not None
            else pb.SubjectListing(ends_at=_stamp(record.stops_at))
        )
        return told

    @property
    def _offset(self) -> timedelta:
        return self._list.utc_offset if self._list else timedelta()

    def _list_title(self) -> Said:
        if self._list is None:
            return Said(self._record.list_id, self._record.list_id)
        return Said(self._list.title_en, self._list.title_zh)

    def _ground(self) -> Said:
        ground = self._list.grounds.get(self._record.ground) if self._list else None
        if ground is None:
            return Said(self._record.ground, self._record.ground)
        return Said(ground.text_en, ground.text_zh)

    def _measure(self, measure_id: str) -> pb.SubjectMeasure:
        measure = self._pack.measures.get(measure_id) if self._pack else None
        if measure is None:
            return pb.SubjectMeasure(id=measure_id, words=_words(Said(measure_id, measure_id)))
        title = Said(measure.title_en, measure.title_zh)
        return pb.SubjectMeasure(
            id=measure_id, words=_words(title), legal_basis=measure.legal_basis
        )

    def _exemptions(self) -> Iterator[pb.SubjectExemption]:
        for one in self._record.exemptions:
            starts_at, ends_at = _stamp(one.window.starts_at), _stamp(one.window.ends_at)
            yield pb.SubjectExemption(
                measures=sorted(one.measures), starts_at=starts_at, ends_at=ends_at
            )

    def _role(self) -> pb.SubjectRole | None:
        record = self._record
        if record.responsible_reference is None:
            return None
        role = record.responsible_role or ""
        return pb.SubjectRole(
            organisation_reference=record.responsible_reference,
            role=_words(words.ROLES.get(role, Said(role, role))),
            role_ended_on=_date(record.responsible_ended_on),
        )

    # --- its state ----------------------------------------------------------------------------

    def _over_at(self) -> datetime | None:
        if self._state not in _OVER:
            return None
        ends = (self._record.ended_at, self._record.stops_at)
        return min(one for one in ends if one is not None and one <= self._at)

    def _state_words(self) -> Said:
        if self._is_unnamed:
            return words.STATE_UNNAMED
        return words.STATES[self._state.value].with_values(how=self._how())

    def _how(self) -> Said:
        """Return how it ended, as far as it has."""
        record, over_at = self._record, self._over_at()
        if over_at is not None and over_at == record.due_at and record.due_as:
            return _ending(record.due_as)
        if record.ended_as is not None:
            return _ending(record.ended_as)
        if record.ends_at is not None and record.ends_at == over_at:
            return words.ENDINGS["expired"]
        return words.ENDING_WITH_ORGANISATION

    # --- what is owed -------------------------------------------------------------------------

    def _deadline(self, one: DeadlineRecord) -> pb.SubjectDeadline:
        return pb.SubjectDeadline(
            words=_words(_owed(one.kind, one.ends_as)),
            opened_on="" if one.id in self._others else _date(one.opened_on),
            due_at=_stamp(one.due_at),
            state_words=_words(words.DEADLINE_STATES[self._deadline_state(one)]),
            late=self._deadline_state(one) in {"overdue", "missed"},
        )

    def _deadline_state(self, one: DeadlineRecord) -> str:
        if one.closed_at is None:
            return "overdue" if one.due_at <= self._at else "open"
        return "kept" if one.state is DeadlineState.KEPT else "missed"

    # --- what happened ------------------------------------------------------------------------

    def _event(self, item: HistoryItem) -> pb.SubjectEvent:
        paper = item.document if _rests_on_a_paper(item) else ""
        return pb.SubjectEvent(at=_stamp(item.at), words=_words(self._happened(item)), paper=paper)

    def _happened(self, item: HistoryItem) -> Said:
        detail: Mapping[str, Any] = item.detail
        said = words.EVENTS.get(item.kind, words.OTHER_EVENT)
        match item.kind:
            case "listing.ended":
                return _ended(detail)
            case "listing.stayed":
                return said.with_values(until=self._until(detail.get("until")))
            case "listing.exempted":
                return said.with_values(
                    kind=words.PERMIT if detail.get("permit") else words.LIFT,
                    measures=Said(*(mark.join(detail["measures"]) for mark in (", ", "、"))),
                    start=self._instant(detail["starts_at"]),
                    until=self._until(detail.get("ends_at")),
                )
            case "deadline.opened":
                return words.OPENED[detail["kind"]].with_values(
                    why=_ending(detail.get("ends_as") or ""), due=self._instant(detail["due_at"])
                )
            case "deadline.decided":
                result = words.GRANTED if detail.get("granted") else words.REJECTED
                return said.with_values(result=result)
        return said

    def _until(self, end: int | None) -> Said:
        if end is None:
            return Said("", "")
        return words.UNTIL.with_values(end=self._instant(end))

    def _instant(self, at: int | datetime) -> Said:
        return say_instant(instant_of(at) if isinstance(at, int) else at, self._offset)

    # --- what to do ---------------------------------------------------------------------------

    def _next_steps(self) -> Iterator[Said]:
        for one in self._record.deadlines:
            if self._deadline_state(one) == "overdue":
                yield words.NEXT_LATE.with_values(
                    what=_owed(one.kind, one.ends_as), due=self._instant(one.due_at)
                )
        if self._state in _OVER:
            yield words.NEXT_UNNAMED if self._is_unnamed else words.NEXT_OVER
            return
        yield from self._steps_of_state()
        yield words.NEXT_CONTEST.with_values(
            body=self._record.contest.body, deadline=self._record.contest.deadline
        )
        yield from self._steps_while_listed()

    def _steps_of_state(self) -> Iterator[Said]:
        if self._state is ListingState.STAYED:
            yield words.NEXT_STAYED
        if self._state is ListingState.PROPOSED:
            yield words.NEXT_PROPOSED
        if self._state is ListingState.NOTIFIED and self._record.begins_at is not None:
            yield words.NEXT_NOTIFIED.with_values(start=self._instant(self._record.begins_at))
            if self._list is not None and self._list.objection_working_days is not None:
                days = self._list.objection_working_days
                yield words.NEXT_OBJECTION_PERIOD.with_values(days=days)

    def _steps_while_listed(self) -> Iterator[Said]:
        definition = self._list
        if definition is not None and definition.objection_stays:
            yield words.NEXT_OBJECTION_STAYS
        yield from self._steps_of_requests()
        if self._state is not ListingState.PROPOSED and self._waiting(DeadlineKind.REMOVAL) is None:
            days = definition.removal_working_days if definition else None
            yield words.NEXT_REMOVAL.with_values(
                days=REMOVAL_WORKING_DAYS if days is None else days
            )
        if self._record.stops_at is not None:
            yield words.NEXT_ENDS.with_values(end=self._instant(self._record.stops_at))
        if self._record.responsible_reference is not None:
            yield words.NEXT_ORGANISATION

    def _steps_of_requests(self) -> Iterator[Said]:
        waiting = self._waiting(DeadlineKind.CORRECTION) or self._waiting(DeadlineKind.REVIEW)
        if waiting is None:
            days = self._list.correction_days if self._list else None
            yield words.NEXT_CORRECTION.with_values(days=REQUEST_DAYS if days is None else days)
        elif self._deadline_state(waiting) == "open":
            is_others = waiting.id in self._others
            said = words.NEXT_OTHER_REQUESTED if is_others else words.NEXT_REQUESTED
            yield said.with_values(due=self._instant(waiting.due_at))

    def _waiting(self, kind: DeadlineKind) -> DeadlineRecord | None:
        """Return what the authority owes of a kind and has not done, None when there is nothing."""
        return next(
            (one for one in self._record.deadlines if one.kind is kind and one.closed_at is None),
            None,
        )


def _rests_on_a_paper(item: HistoryItem) -> bool:
    """Whether an event's document is a paper of this listing.

    What ended it with an organisation is the organisation's paper, the number of a feed is the register's own, and a
    term that ran out rests on none.
    """
    is_term = bool(item.detail.get("swept")) and item.detail.get("as") == EndKind.EXPIRED
    return "with" not in item.detail and not is_term and _FEED.fullmatch(item.document) is None


def _ending(ended_as: str) -> Said:
    return words.ENDINGS.get(ended_as, Said(ended_as, ended_as))


def _ended(detail: Any) -> Said:  # noqa: ANN401 - the particulars of an event, as they were stored
    if "with" in detail:
        return words.ENDED_WITH_ORGANISATION
    was_due = detail.get("swept") and detail["as"] != EndKind.EXPIRED
    said = words.STOPPED_BY_ITSELF if was_due else words.EVENTS["listing.ended"]
    return said.with_values(how=_ending(detail["as"]))


def _owed(kind: str, ends_as: str | None) -> Said:
    return words.DEADLINES[str(kind)].with_values(why=_ending(ends_as or ""))


def _words(said: Said) -> pb.SubjectWords:
    return pb.SubjectWords(en=said.en, zh=said.zh)


def _date(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _stamp(at: datetime | None) -> Timestamp | None:
    if at is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(at.astimezone(UTC))
    return stamp
