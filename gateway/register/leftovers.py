"""What an import that did not come to its end left behind, and how it goes.

Responsible for removing it, in short transactions like those that wrote it.
Not responsible for anything visible: nobody ever saw what goes here.

Rules kept here:

- The caller has the import's turn, and each transaction makes sure that it still has: what is unfinished then is not
  being written by anybody, and nobody has finished it.
- The feed's own row stays, unfinished, for the next import to take over: to remove it, the database would look for
  listings that refer to it among all of them.
- Contest routes stay as well; they are append-only, and the next import finds them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from gateway.register.changes import last_listing
from gateway.register.feed_rows import unfinished_feed_id
from gateway.register.schema import entry, listing, listing_document, quarantine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Column, Connection, Delete

    from gateway.register.import_turn import ImportTurn

_ROWS_AT_ONCE = 2_000


def remove_leftovers(turn: ImportTurn) -> None:
    """Remove every row of an import that is not finished.

    Raises:
        TurnLostError: if another import has begun meanwhile; what was found may be visible then, and stays.
    """
    with turn.engines.reader.begin() as connection:
        feed_id = unfinished_feed_id(connection)
        if feed_id is None:
            return
        statements = list(_statements(connection, feed_id))
    for several in statements:
        with turn.writing() as connection:
            for statement in several:
                connection.execute(statement)
        turn.give_way()


def _statements(connection: Connection, feed_id: int) -> Iterator[tuple[Delete, ...]]:
    """Yield what belongs into one short transaction each."""
    visible = last_listing(connection)
    youngest = connection.scalar(select(func.max(listing.c.id))) or 0
    for first, last in _spans(visible + 1, youngest):
        yield (
            delete(listing_document).where(listing_document.c.listing_id.between(first, last)),
            delete(listing).where(listing.c.id.between(first, last)),
        )
    for table, number in ((entry, entry.c.seq), (quarantine, quarantine.c.line)):
        own = table.c.feed_id == feed_id
        for first, last in _spans(*_bounds(connection, number, table.c.feed_id, feed_id)):
            yield (delete(table).where(own, number.between(first, last)),)


def _bounds(
    connection: Connection, number: Column[int], owner: Column[int], feed_id: int
) -> tuple[int, int]:
    query = select(func.min(number), func.max(number)).where(owner == feed_id)
    row = connection.execute(query).one()
    first, last = row[0] or 0, row[1] or -1  # lines and entries are numbered from 1
    return first, last


def _spans(first: int, last: int) -> Iterator[tuple[int, int]]:
    for start in range(first, last + 1, _ROWS_AT_ONCE):
        yield start, min(start + _ROWS_AT_ONCE - 1, last)
