"""The change counter: one number per committed change of any listing.

Responsible for reading and moving the counter inside a transaction.
Not responsible for what changed: each listing carries the number of its last change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from gateway.register.schema import meta

if TYPE_CHECKING:
    from sqlalchemy import Connection

CHANGE = "change"


def change_number(connection: Connection) -> int:
    """Return the number of the last change; 0 in a new register."""
    value = connection.scalar(select(meta.c.value).where(meta.c.key == CHANGE))
    return int(value) if value is not None else 0


def next_change(connection: Connection, number: int) -> None:
    """Move the counter to `number`; the caller holds the write lock."""
    connection.execute(update(meta).where(meta.c.key == CHANGE).values(value=str(number)))
