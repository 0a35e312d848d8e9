"""The documents of listings: written, and dropped without being forgotten.

Responsible for the rows of `listing_document` within one write transaction.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from gateway.register.bulk import insert_rows
from gateway.register.schema import listing_document as table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    Named = tuple[str, str]

_MARK = (
    update(table)
    .where(
        table.c.type == bindparam("of_type"),
        table.c.number == bindparam("of_number"),
        table.c.listing_id == bindparam("of_listing"),
    )
    .values(dropped=bindparam("is_dropped"))
)


def add_documents(connection: Connection, documents: Iterable[tuple[int, Iterable[Named]]]) -> None:
    """Write the (type, number) pairs of listings that name none yet."""
    _insert(connection, [(*pair, listing_id) for listing_id, named in documents for pair in named])


def replace_documents(
    connection: Connection,
    documents: Mapping[int, Sequence[Named]],
    before: Mapping[int, Mapping[Named, bool]],
) -> None:
    """Make each listing that is held name exactly these (type, number) pairs; `before` is what it names now."""
    inserted: list[tuple[str, str, int]] = []
    marked: list[tuple[str, str, int, bool]] = []
    for listing_id, named in documents.items():
        known = before.get(listing_id, {})
        inserted += [(*pair, listing_id) for pair in named if pair not in known]
        wanted = set(named)
        marked += [
            (*pair, listing_id, pair not in wanted)
            for pair, dropped in known.items()
            if dropped is (pair in wanted)
        ]
    _insert(connection, inserted)
    _mark(connection, marked)


def held_documents(connection: Connection, held: Collection[int]) -> dict[int, dict[Named, bool]]:
    """Return the (type, number) pairs of each listing, and whether it has dropped them."""
    found: dict[int, dict[Named, bool]] = defaultdict(dict)
    for row in connection.execute(select(table).where(table.c.listing_id.in_(held))):
        found[row.listing_id][row.type, row.number] = bool(row.dropped)
    return found


def _insert(connection: Connection, rows: list[tuple[str, str, int]]) -> None:
    # In the order of the key: neighbours share a page of the table.
    insert_rows(connection, table, [(*row, False) for row in sorted(rows)])


def _mark(connection: Connection, rows: list[tuple[str, str, int, bool]]) -> None:
    if rows:
        names = ("of_type", "of_number", "of_listing", "is_dropped")
        connection.execute(_MARK, [dict(zip(names, row, strict=True)) for row in rows])
