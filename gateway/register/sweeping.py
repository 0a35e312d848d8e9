"""What the passing of time does to listings: deadlines missed, removals that were due, terms that are over.

Responsible for writing down what enforcement has done by itself already, and for naming authorities that are late.
Not responsible for enforcement: a gateway stops at the instant that its record holds, whether anybody sweeps or not.

Rules kept here:

- Sweeping twice does nothing twice, and sweeping late does nothing else than sweeping in time, only later.
- Each batch is a transaction of its own and a short one, so a release never waits behind a sweep.
- A listing that the register ends by itself stays on the list of what is late until its authority acts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, or_, select, update

from gateway.register.changes import change_number, is_visible, next_change
from gateway.register.columns import instant_of, microseconds_of, stays_of
from gateway.register.deadlines import days_late
from gateway.register.endings import Ending, EndKind, Leaving, end_listings
from gateway.register.events import Occurrence
from gateway.register.history import MISSED
from gateway.register.listing_record import DeadlineKind, DeadlineState
from gateway.register.schema import deadline as deadline_table
from gateway.register.schema import feed
from gateway.register.schema import listing as table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from gateway.register.events import EventLog

ACTOR = "register"
"""Whose doing it is in the log that a day has passed."""
BATCH = 500
_TERM_OVER = "the end of the listing's own term"
_OPEN = str(DeadlineState.OPEN)
_MISSED = str(DeadlineState.MISSED)


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What a sweep wrote: deadlines missed, and listings ended because a removal was due or a term was over.

    `ended` and `expired` count the persons with them whose organisation's listing ended.
    """

    missed: int = 0
    ended: int = 0
    expired: int = 0

    def __add__(self, other: SweepReport) -> SweepReport:
        """Return both together."""
        return SweepReport(
            self.missed + other.missed, self.ended + other.ended, self.expired + other.expired
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing was left to write."""
        return not (self.missed or self.ended or self.expired)


class LateDeadline(NamedTuple):
    """A day that an authority has let pass without acting since.

    `delivered_by` is the authority that delivers the feed, `authority` the one that ruled.
    `opened_on` is the authority's civil date on which it was triggered; `due_at` an aware UTC instant.
    `days_late` counts each begun day.
    `is_stopped` says that the listing is not enforced any more, for this reason or any other.
    """

    delivered_by: str
    authority: str
    list_id: str
    reference: str
    kind: DeadlineKind
    opened_on: date
    due_at: datetime
    days_late: int
    is_stopped: bool
    document: str


class Sweep:
    """One batch of a sweep, within one write transaction."""

    def __init__(self, connection: Connection, log: EventLog, at: datetime) -> None:
        """Sweep as of the aware instant `at`."""
        self._connection = connection
        self._log = log
        self._at = at

    def deadlines(self) -> SweepReport:
        """Mark a batch of deadlines missed, and end the listings whose removal was due."""
        query = (
            select(deadline_table, table.c.reference, table.c.ended_at)
            .join(table, table.c.id == deadline_table.c.listing_id)
            .where(
                deadline_table.c.state == _OPEN,
                deadline_table.c.due_at <= microseconds_of(self._at),
            )
            .order_by(deadline_table.c.due_at, deadline_table.c.id)
            .limit(BATCH)
        )
        rows = self._connection.execute(query).all()
        self._mark(rows)
        leaving: dict[int, Leaving] = {}
        for row in rows:
            if row.ends_as is not None and row.ended_at is None:
                one = Leaving(row.listing_id, row.reference, EndKind(row.ends_as), row.document)
                leaving.setdefault(row.listing_id, one)
        return SweepReport(missed=len(rows), ended=self._end(list(leaving.values())))

    def expired(self, terms: Mapping[str, datetime]) -> SweepReport:
        """End a batch of listings whose term was over before the instant of their list in `terms`.

        A listing of a list that is not in `terms` ends as soon as its term is over.
        """
        each = (
            and_(table.c.list_id == list_id, table.c.ends_at < microseconds_of(before))
            for list_id, before in terms.items()
        )
        query = (
            select(table.c.id, table.c.reference)
            .where(
                table.c.ended_at.is_(None),
                table.c.ends_at <= microseconds_of(self._at),
                is_visible(table.c.id),
                or_(table.c.list_id.not_in(list(terms)), *each),
            )
            .limit(BATCH)
        )
        leaving = [
            Leaving(id_, reference, EndKind.EXPIRED)
            for id_, reference in self._connection.execute(query)
        ]
        return SweepReport(expired=self._end(leaving))

    def _mark(self, rows: Sequence[Row[*tuple[Any, ...]]]) -> None:
        ids = [row.id for row in rows]
        if ids:
            marking = update(deadline_table).where(deadline_table.c.id.in_(ids))
            self._connection.execute(marking.values(state=_MISSED))
        self._log.append(
            Occurrence(MISSED, row.reference, row.document, {"id": row.id}) for row in rows
        )

    def _end(self, leaving: list[Leaving]) -> int:
        if not leaving:
            return 0
        change = change_number(self._connection) + 1
        ending = Ending(
            at=self._log.at, change=change, document=_TERM_OVER, released=True, swept=True
        )
        count = end_listings(self._connection, self._log, leaving, ending)
        next_change(self._connection, change)
        return count


def late(connection: Connection, at: datetime) -> list[LateDeadline]:
    """Return what is late at the aware instant `at`, by authority and list, the longest first."""
    now = microseconds_of(at)
    query = (
        select(
            deadline_table,
            table.c.authority,
            table.c.list_id,
            table.c.reference,
            table.c.ended_at,
            table.c.ends_at,
            table.c.stays,
            table.c.due_at.label("listing_due_at"),
            feed.c.authority.label("delivered_by"),
        )
        .join(table, table.c.id == deadline_table.c.listing_id)
        .join(feed, feed.c.id == table.c.feed_id)
        .where(
            deadline_table.c.state.in_([_OPEN, _MISSED]),
            deadline_table.c.closed_at.is_(None),
            deadline_table.c.due_at <= now,
        )
    )
    found = [
        LateDeadline(
            delivered_by=row.delivered_by,
            authority=row.authority,
            list_id=row.list_id,
            reference=row.reference,
            kind=DeadlineKind(row.kind),
            opened_on=date.fromisoformat(row.opened_on),
            due_at=instant_of(row.due_at),
            days_late=days_late(row.due_at, at),
            is_stopped=_is_stopped(row, at),
            document=row.document,
        )
        for row in connection.execute(query)
    ]
    return sorted(found, key=_order)


def _is_stopped(row: Row[*tuple[Any, ...]], at: datetime) -> bool:
    ends = (row.ended_at, row.ends_at, row.listing_due_at)
    is_over = any(one is not None and one <= microseconds_of(at) for one in ends)
    return is_over or any(stay.contains(at) for stay in stays_of(row.stays))


def _order(one: LateDeadline) -> tuple[str, str, datetime, str]:
    return one.authority, one.list_id, one.due_at, one.reference
