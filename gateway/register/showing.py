"""One listing with all that is held of it, as it stands or as it stood at a past instant.

Responsible for `RegisterView.show`.
Not responsible for the value it returns (`listing_record.py`), nor for the fold (`history.py`).

Rules kept here:

- What stands now is read from the tables, as the gateways get it; what stood is folded from the history.
- At a past instant nothing counts that was recorded later, neither of the listing nor of its organisation's.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from gateway.register.changes import is_visible
from gateway.register.columns import instant_of, measures_of
from gateway.register.deadline_rows import read_deadlines
from gateway.register.entries import Entry, read_entries
from gateway.register.errors import UnknownReferenceError, unknown
from gateway.register.events import read_events
from gateway.register.history import DerivedListing, Identity, fold, from_row, in_order
from gateway.register.listing_record import (
    DeadlineKind,
    DeadlineRecord,
    DeadlineState,
    HistoryItem,
    ListingRecord,
)
from gateway.register.schema import contest_route, listing_document
from gateway.register.schema import event as event_table
from gateway.register.schema import listing as table
from sanctions_matrix.documents import Document, PartyKind
from sanctions_matrix.listing import ContestRoute

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from gateway.register.events import Event
    from gateway.register.history import Deadline


class _Happened(NamedTuple):
    """What happened, in its order, and how it is shown."""

    items: tuple[Entry | Event, ...]
    shown: tuple[HistoryItem, ...]


class _Past(NamedTuple):
    """What of the history counts: what was recorded by an instant, or before an event of the log."""

    at: datetime | None
    before: int | None

    def holds(self, item: HistoryItem) -> bool:
        if self.before is not None and item.seq >= self.before:
            return False
        return self.at is None or item.at <= self.at


def show(
    connection: Connection, reference: str, at: datetime | None = None, *, before: int | None = None
) -> ListingRecord:
    """Return everything held of one listing, or what was recorded of it by `at` (aware) or before the event `before`.

    Raises:
        UnknownReferenceError: if there is no such listing, or none was recorded by then.
    """
    row = _row(connection, reference)
    if row is None:
        raise unknown(reference)
    past = None if at is None and before is None else _Past(at, before)
    happened = _happened(connection, row, past)
    if past is None:
        state: DerivedListing | None = _current(connection, row)
    else:
        state = _folded(row, happened)
    if state is None:
        message = f"listing {reference} was not known at that instant; give a later one"
        raise UnknownReferenceError(message)
    organisation = _organisation(connection, state.responsible_reference, past)
    return _record(connection, state, organisation, happened)


def _row(connection: Connection, reference: str) -> Row[*tuple[Any, ...]] | None:
    query = select(table).where(table.c.reference == reference, is_visible(table.c.id))
    return connection.execute(query).first()


def _current(connection: Connection, row: Row[*tuple[Any, ...]]) -> DerivedListing:
    documents = connection.execute(
        select(listing_document.c.type, listing_document.c.number).where(
            listing_document.c.listing_id == row.id, listing_document.c.dropped.is_(False)
        )
    )
    return replace(
        from_row(row, read_deadlines(connection, [row.id]).get(row.id, ())),
        documents=frozenset((type_, number) for type_, number in documents),
    )


def _folded(row: Row[*tuple[Any, ...]], happened: _Happened) -> DerivedListing | None:
    return fold(Identity(row.id, row.reference, row.list_id), happened.items)


def _organisation(
    connection: Connection, reference: str | None, past: _Past | None
) -> DerivedListing | None:
    """Return the organisation's listing that a responsible person's hangs on, None where there is none."""
    row = None if reference is None else _row(connection, reference)
    if row is None or past is None:
        return None if row is None else _current(connection, row)
    return _folded(row, _happened(connection, row, past))


def _happened(connection: Connection, row: Row[*tuple[Any, ...]], past: _Past | None) -> _Happened:
    entries = read_entries(connection, row.id)
    query = select(event_table.c.seq, event_table.c.at, event_table.c.actor).where(
        event_table.c.seq.in_([one.event_seq for one in entries])
    )
    imports = {seq: (instant_of(when), actor) for seq, when, actor in connection.execute(query)}
    items = in_order(entries, read_events(connection, row.reference))
    pairs = list(zip(items, _shown(items, imports), strict=True))
    if past is not None:
        # Up to the first that came later: what followed it rests on it.
        pairs = list(takewhile(lambda pair: past.holds(pair[1]), pairs))
    return _Happened(tuple(item for item, _ in pairs), tuple(shown for _, shown in pairs))


def _shown(
    items: Iterable[Entry | Event], imports: dict[int, tuple[datetime, str]]
) -> Iterator[HistoryItem]:
    named: frozenset[Document] = frozenset()
    for item in items:
        if not isinstance(item, Entry):
            detail = dict(item.detail)
            yield HistoryItem(
                item.seq, item.at, item.actor, item.kind, item.document, detail, named
            )
            continue
        at, actor = imports[item.event_seq]
        detail = {"feed": item.feed_id, "line": item.line}
        named = frozenset(Document(*pair) for pair in item.content.documents)
        kind, paper = f"listing.{item.kind}", item.content.ruling_number
        yield HistoryItem(item.event_seq, at, actor, kind, paper, detail, named)


def _record(
    connection: Connection,
    state: DerivedListing,
    organisation: DerivedListing | None,
    happened: _Happened,
) -> ListingRecord:
    both = (state,) if organisation is None else (state, organisation)
    return ListingRecord(
        reference=state.reference,
        list_id=state.list_id,
        party_kind=PartyKind(state.party_kind),
        authority=state.authority,
        measures=measures_of(state.measures),
        contest=_contest(connection, state.contest_id),
        record=state.record,
        documents=tuple(Document(*pair) for pair in sorted(state.documents)),
        ruling_number=state.ruling_number,
        ruling_dated=date.fromisoformat(state.ruling_dated),
        ground=state.ground,
        served_on=_date(state.served_on),
        starts_at=_instant(state.starts_at),
        ends_at=_instant(state.ends_at),
        begins_at=_last_start(both),
        stops_at=_first_end(both),
        stays=tuple(stay for one in both for stay in one.stays),
        exemptions=state.exemptions,
        responsible_reference=state.responsible_reference,
        responsible_role=state.responsible_role,
        responsible_ended_on=_date(state.responsible_ended_on),
        ended_at=_instant(state.ended_at),
        ended_as=state.ended_as,
        due_at=_instant(state.due_at),
        due_as=state.due_as,
        change=state.change or _added_by(happened),
        deadlines=tuple(map(_deadline, state.deadlines)),
        history=happened.shown,
    )


def _contest(connection: Connection, contest_id: int) -> ContestRoute:
    row = connection.execute(select(contest_route).where(contest_route.c.id == contest_id)).one()
    return ContestRoute(row.body, row.address, row.deadline)


def _added_by(happened: _Happened) -> int:
    """Return the change of the feed that added the listing, which is its last as long as it has none of its own."""
    return next((one.change for one in happened.items if isinstance(one, Entry)), 0)


def _last_start(both: Sequence[DerivedListing]) -> datetime | None:
    starts = [one.starts_at for one in both if one.starts_at is not None]
    return _instant(max(starts)) if len(starts) == len(both) else None


def _first_end(both: Sequence[DerivedListing]) -> datetime | None:
    ends = (end for one in both for end in (one.ends_at, one.due_at))
    return _instant(min((end for end in ends if end is not None), default=None))


def _deadline(deadline: Deadline) -> DeadlineRecord:
    return DeadlineRecord(
        id=deadline.id,
        kind=DeadlineKind(deadline.kind),
        ends_as=deadline.ends_as,
        opened_on=date.fromisoformat(deadline.opened_on),
        due_at=instant_of(deadline.due_at),
        counted=deadline.counted,
        document=deadline.document,
        state=DeadlineState(deadline.state),
        closed_at=_instant(deadline.closed_at),
    )


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _instant(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else instant_of(microseconds)
