"""Ending listings: the one place where a listing stops being in force, by a feed or by a decision.

Responsible for marking listings ended, their events, and the responsible persons' listings that fall with an
organisation's.
Not responsible for deciding who ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select, update

from gateway.register.columns import microseconds_of
from gateway.register.events import Occurrence
from gateway.register.schema import listing as table
from gateway.register.survey import batches

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.register.events import EventLog


class EndKind(StrEnum):
    """How a listing ends. Source: design of the life cycle, docs/due-process.md."""

    PERFORMED = "performed"
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"
    EXPIRED = "expired"
    DELETED = "deleted"


class Leaving(NamedTuple):
    """A listing that ends, and how."""

    id: int
    reference: str
    kind: EndKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What the listings that end together share.

    `document` is the paper it rests on; `released` says that it is a decision, so that no feed brings them back.
    """

    at: datetime
    change: int
    document: str
    released: bool


def end_listings(
    connection: Connection, log: EventLog, leaving: Iterable[Leaving], ending: Ending
) -> int:
    """End the listings and those of the persons responsible for them; return how many ended."""
    count = 0
    for batch in batches(leaving):
        _end(connection, log, batch, ending, because=None)
        fallen = _responsible_persons(connection, batch)
        _end(connection, log, fallen, ending, because="organisation")
        count += len(batch) + len(fallen)
    return count


def _responsible_persons(connection: Connection, batch: list[Leaving]) -> list[Leaving]:
    kinds = {one.reference: one.kind for one in batch}
    query = select(table.c.id, table.c.reference, table.c.responsible_reference).where(
        table.c.responsible_reference.in_(list(kinds)), table.c.ended_at.is_(None)
    )
    return [
        Leaving(row.id, row.reference, kinds[row.responsible_reference])
        for row in connection.execute(query)
    ]


_END = (
    update(table)
    .where(table.c.id == bindparam("leaving"))
    .values({name: bindparam(name) for name in ("ended_at", "ended_as", "released", "change")})
)


def _end(
    connection: Connection,
    log: EventLog,
    batch: list[Leaving],
    ending: Ending,
    *,
    because: str | None,
) -> None:
    if not batch:
        return
    shared = {
        "ended_at": microseconds_of(ending.at),
        "released": ending.released,
        "change": ending.change,
    }
    connection.execute(
        _END, [{"leaving": one.id, "ended_as": one.kind.value, **shared} for one in batch]
    )
    detail = {"with": because} if because else {}
    log.append(
        Occurrence(
            "listing.ended", one.reference, ending.document, {"as": one.kind.value, **detail}
        )
        for one in batch
    )
