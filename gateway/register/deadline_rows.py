"""The rows of `deadline`: what authorities owe, read and written as values.

Responsible for reading deadlines of listings and for bringing the table to what a fold says.
Not responsible for what opens or closes one.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select, update

from gateway.register.bulk import insert_rows
from gateway.register.history import Deadline
from gateway.register.schema import deadline as table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Connection

_COLUMNS = (table.c.listing_id, *(table.c[name] for name in Deadline._fields))
_UPDATE = (
    update(table)
    .where(table.c.id == bindparam("of_id"))
    .values({name: bindparam(name) for name in ("state", "closed_at")})
)


def read_deadlines(
    connection: Connection, listing_ids: Collection[int]
) -> dict[int, tuple[Deadline, ...]]:
    """Return the deadlines of each listing that has any, oldest first."""
    found: dict[int, list[Deadline]] = defaultdict(list)
    if listing_ids:
        query = select(*_COLUMNS).where(table.c.listing_id.in_(listing_ids)).order_by(table.c.id)
        for listing_id, *columns in connection.execute(query):
            found[listing_id].append(Deadline._make(columns))
    return {listing_id: tuple(deadlines) for listing_id, deadlines in found.items()}


def next_deadline_id(connection: Connection) -> int:
    """Return the id of the next deadline."""
    return (connection.scalar(select(func.max(table.c.id))) or 0) + 1


def write_deadlines(
    connection: Connection,
    listing_id: int,
    *,
    before: Iterable[Deadline],
    now: Iterable[Deadline],
) -> None:
    """Write what differs between two states of a listing's deadlines; none is ever taken away."""
    held = {one.id: one for one in before}
    changed = [one for one in now if held.get(one.id) != one]
    insert_rows(connection, table, [_row(listing_id, one) for one in changed if one.id not in held])
    closed = [
        {"of_id": one.id, "state": one.state, "closed_at": one.closed_at}
        for one in changed
        if one.id in held
    ]
    if closed:
        connection.execute(_UPDATE, closed)


def _row(listing_id: int, deadline: Deadline) -> tuple[object, ...]:
    values = {"listing_id": listing_id, **deadline._asdict()}
    return tuple(values[column.name] for column in table.c)
