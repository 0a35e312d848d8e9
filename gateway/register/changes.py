"""The change counter and the edge of what is visible: the two numbers that every transaction turns on.

Responsible for reading and moving both inside a transaction, and for the number of a listing's last change.
Not responsible for what changed: each listing carries the number of its last change, each feed that of its import.

Rules kept here:

- A listing whose id lies above `last_listing` belongs to an import that is not finished: nobody may see it.
- A listing that was only ever added carries no number of its own; the feed that added it carries it for all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, case, cast, func, select, update

from gateway.register.schema import feed, listing, meta

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement, Connection

CHANGE = "change"
LAST_LISTING = "last_listing"


def change_number(connection: Connection) -> int:
    """Return the number of the last change; 0 in a new register."""
    return _read(connection, CHANGE)


def next_change(connection: Connection, number: int) -> None:
    """Move the counter to `number`; the caller holds the write lock."""
    _move(connection, CHANGE, number)


def last_listing(connection: Connection) -> int:
    """Return the highest listing id that is visible; 0 in a new register."""
    return _read(connection, LAST_LISTING)


def show_listings(connection: Connection, last_id: int) -> None:
    """Make the listings up to `last_id` visible with the commit; the caller holds the write lock."""
    _move(connection, LAST_LISTING, last_id)


def is_visible(listing_id: Column[int]) -> ColumnElement[bool]:
    """Return the condition that a listing id lies within what is visible."""
    last = (
        select(cast(meta.c.value, BigInteger)).where(meta.c.key == LAST_LISTING).scalar_subquery()
    )
    # The sum keeps the condition from being taken for a way to the rows: nearly all of them fulfil it.
    return listing_id + 0 <= last


EFFECTIVE_CHANGE: ColumnElement[int] = case(
    (listing.c.change > 0, listing.c.change),
    else_=func.coalesce(
        select(feed.c.change).where(feed.c.id == listing.c.feed_id).scalar_subquery(), 0
    ),
)
"""The number of a listing's last change, whether its own or that of the feed that added it.

As long as a listing has no change of its own, its last feed is the one that added it."""


def effective_change(connection: Connection, listing_id: int) -> int:
    """Return the number of the last change of a listing, 0 if there is no such listing."""
    query = select(EFFECTIVE_CHANGE).where(listing.c.id == listing_id)
    return connection.scalar(query) or 0


def _read(connection: Connection, key: str) -> int:
    value = connection.scalar(select(meta.c.value).where(meta.c.key == key))
    return int(value) if value is not None else 0


def _move(connection: Connection, key: str, number: int) -> None:
    connection.execute(update(meta).where(meta.c.key == key).values(value=str(number)))
