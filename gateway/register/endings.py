"""Ending listings: the one place where a listing stops being in force, by a feed, a decision, or a deadline.

Responsible for marking listings ended, their events, the responsible persons' listings that fall with an
organisation's, and the deadlines that an ending closes.
Not responsible for deciding who ends.

Rules kept here:

- Every ending works for the party, so it moves `eased` as well.
- What its term or its organisation's had stopped already when a feed leaves it out ends for good.
- A full feed without a listing that the register had to end by itself is the authority's answer, late as it is.
- A feed that leaves out a listing whose removal is owed does what was owed: the listing ends as the decision said (of
  several the one due first), for good, and the deadline is kept or missed by the instant of the feed.
- One that leaves out a listing about which a request waits for its decision grants the request: it ends for good too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select, update

from gateway.register.changes import is_visible
from gateway.register.columns import microseconds_of
from gateway.register.deadline_rows import read_deadlines, write_deadlines
from gateway.register.events import Occurrence
from gateway.register.history import CLOSED, ENDED, closed_by_ending
from gateway.register.listing_record import DeadlineState
from gateway.register.schema import deadline, feed
from gateway.register.schema import listing as table
from gateway.register.survey import batches

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.register.events import Log
    from gateway.register.feeds.feed import FeedHeader
    from gateway.register.history import Deadline
    from gateway.register.seen import Seen


class EndKind(StrEnum):
    """How a listing ends. Source: design of the life cycle, docs/due-process.md."""

    PERFORMED = "performed"
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"
    EXPIRED = "expired"
    DELETED = "deleted"


class Leaving(NamedTuple):
    """A listing that ends, and how; `document` is the paper of this one, where it is not that of all.

    `released` says that this one ends for good, although a feed ends it.
    """

    id: int
    reference: str
    kind: EndKind
    document: str | None = None
    released: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What the listings that end together share; `at` is an aware instant.

    `document` is the paper it rests on.
    `released` says that they end for good, so that no feed brings them back; otherwise a feed ends them.
    `swept` says that the register did it by itself, because a day had passed.
    """

    at: datetime
    change: int
    document: str
    released: bool
    swept: bool = False


class _Ended(NamedTuple):
    """A listing that ends, with what its own deadlines make of it."""

    id: int
    reference: str
    kind: EndKind
    released: bool
    document: str


def end_listings(
    connection: Connection, log: Log, leaving: Iterable[Leaving], ending: Ending
) -> int:
    """End the listings and those of the persons responsible for them; return how many ended."""
    count, fallen_ids = 0, set[int]()
    for batch in batches(one for one in leaving if one.id not in fallen_ids):
        ended = _end(connection, log, batch, ending, because=None)
        count += len(ended)
        for persons in batches(_responsible_persons(connection, ended)):
            fallen = _end(connection, log, persons, ending, because="organisation")
            fallen_ids.update(one.id for one in fallen)
            count += len(fallen)
    return count


def _responsible_persons(connection: Connection, batch: list[_Ended]) -> list[_Ended]:
    organisations = {one.reference: one for one in batch}
    query = select(table.c.id, table.c.reference, table.c.responsible_reference).where(
        table.c.responsible_reference.in_(list(organisations)),
        table.c.ended_at.is_(None),
        is_visible(table.c.id),
    )
    return [
        organisations[row.responsible_reference]._replace(id=row.id, reference=row.reference)
        for row in connection.execute(query)
    ]


_END = (
    update(table)
    .where(table.c.id == bindparam("leaving"))
    .values(
        {name: bindparam(name) for name in ("ended_at", "ended_as", "released", "change", "eased")}
    )
)


def _end(
    connection: Connection,
    log: Log,
    batch: list[Leaving] | list[_Ended],
    ending: Ending,
    *,
    because: str | None,
) -> list[_Ended]:
    ended = _settled(connection, batch, ending)
    if ended:
        shared = {
            "ended_at": microseconds_of(ending.at),
            "change": ending.change,
            "eased": ending.change,
        }
        values = [
            {
                "leaving": one.id,
                "ended_as": one.kind.value,
                "released": one.released,
                **shared,
            }
            for one in ended
        ]
        connection.execute(_END, values)
        log.append(_occurrence(one, ending, because) for one in ended)
    return ended


def _settled(
    connection: Connection, batch: list[Leaving] | list[_Ended], ending: Ending
) -> list[_Ended]:
    """Close the deadlines of the listings, and end as the decision said those whose removal was owed."""
    at = microseconds_of(ending.at)
    owed = read_deadlines(connection, [one.id for one in batch])
    ended = []
    for one in batch:
        before = owed.get(one.id, ())
        if before:
            now = [closed_by_ending(each, at, is_swept=ending.swept) for each in before]
            write_deadlines(connection, one.id, before=before, now=now)
        ended.append(_settle(one, ending, _owed_as(one, before, ending)))
    return ended


def _settle(one: Leaving | _Ended, ending: Ending, owed_as: EndKind | None) -> _Ended:
    released = one.released or ending.released
    document = one.document or ending.document
    if owed_as is not None:
        return _Ended(one.id, one.reference, owed_as, released=True, document=document)
    return _Ended(one.id, one.reference, one.kind, released=released, document=document)


def _owed_as(
    one: Leaving | _Ended, deadlines: Iterable[Deadline], ending: Ending
) -> EndKind | None:
    """Return how a listing ends that a feed leaves out while its authority owes something; None when it does not."""
    owed = [each for each in deadlines if each.closed_at is None]
    if ending.released or not owed:
        return None
    removals = (each.ends_as for each in sorted(owed, key=attrgetter("due_at", "id")))
    # A request that nobody has decided is granted with it: a feed cannot reject one by bringing the listing back.
    otherwise = one.kind if one.released else EndKind.CORRECTED
    return EndKind(next(filter(None, removals), otherwise))


def _occurrence(one: _Ended, ending: Ending, because: str | None) -> Occurrence:
    detail: dict[str, object] = {
        "as": one.kind.value,
        "released": one.released,
        "change": ending.change,
    }
    if because:
        detail["with"] = because
    if ending.swept:
        detail["swept"] = True
    return Occurrence(ENDED, one.reference, one.document, detail)


def note_answered(
    connection: Connection, log: Log, header: FeedHeader, *, named: Seen, ending: Ending
) -> None:
    """Close the missed deadlines of listings that the register ended by itself and a full feed names no more.

    `named` are the ids of the listings that the feed names.
    """
    query = (
        select(table.c.id, table.c.reference)
        .join(deadline, deadline.c.listing_id == table.c.id)
        .join(feed, feed.c.id == table.c.feed_id)
        .where(
            deadline.c.state == str(DeadlineState.MISSED),
            deadline.c.closed_at.is_(None),
            table.c.ended_at.is_not(None),
            table.c.list_id == header.list_id,
            feed.c.authority == header.authority,
        )
        .distinct()
    )
    answered = {id_: name for id_, name in connection.execute(query) if id_ not in named}
    for batch in batches(answered):
        for listing_id, before in read_deadlines(connection, batch).items():
            now = [_answered(one, microseconds_of(ending.at)) for one in before]
            write_deadlines(connection, listing_id, before=before, now=now)
    log.append(Occurrence(CLOSED, name, ending.document, {}) for name in answered.values())


def _answered(one: Deadline, at: int) -> Deadline:
    return one.closed(at) if one.closed_at is None else one
