"""For whom something got better, by how much it matters that it is published at once.

Responsible for telling a decision from what a feed or the passing of time did, and for the documents of each.
Not responsible for the order of publications.

Rules kept here:

- What cannot be told from a decision counts as one, such as the end of a person's listing with an organisation's whose
  term was over: that makes a publication earlier and never later.
- A listing that a decision has marked (a stay, an exemption, a removal that is due, a release) counts as decided also
  where a feed changed it afterwards; so nothing that a feed does hides a decision.
- What happens to an organisation's listing happens to those of the persons responsible for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import case, or_, select, union_all

from gateway.register.changes import is_visible
from gateway.register.schema import feed, listing, listing_document
from sanctions_matrix.documents import Document

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import ColumnElement, Connection, Select

_DECIDED, _ENDED, _CHANGED = range(3)
_ROWS_AT_ONCE = 10_000


class Eased(NamedTuple):
    """The documents for whose parties something got better, each once, the newest of each kind last.

    `decided`: released, stayed, exempted, or with a deadline.
    `ended`: ended by a feed, or when the term was over and enforcement had stopped by itself.
    `changed`: a feed changed a row, which may say less than before.
    """

    decided: list[Document]
    ended: list[Document]
    changed: list[Document]


def read_eased(connection: Connection, since: int) -> Eased:
    """Return whose listings were eased after change number `since`."""
    found: tuple[dict[Document, None], ...] = ({}, {}, {})
    query = _eased(since).execution_options(yield_per=_ROWS_AT_ONCE)
    with connection.execute(query) as rows:
        for kind, type_, number in rows:
            document = Document(type_, number)
            found[kind].pop(document, None)
            found[kind][document] = None
    decided, ended, changed = found
    return Eased(
        list(decided),
        [one for one in ended if one not in decided],
        [one for one in changed if one not in decided and one not in ended],
    )


def _eased(since: int) -> Select[*tuple[Any, ...]]:
    """Select kind, type and number of what was eased, the oldest first.

    The outer join holds SQLite to this order of the tables: without statistics it would read every document to find
    one change.
    """
    person = listing.alias("person")
    kind = _kind(since).label("kind")
    own = select(listing.c.id, listing.c.eased, kind).where(listing.c.eased > since)
    persons = (
        select(person.c.id, listing.c.eased, kind)
        .select_from(listing.join(person, person.c.responsible_reference == listing.c.reference))
        .where(listing.c.eased > since, is_visible(person.c.id))
    )
    moved = union_all(own, persons).subquery("moved")
    return (
        select(moved.c.kind, listing_document.c.type, listing_document.c.number)
        .select_from(moved.outerjoin(listing_document, listing_document.c.listing_id == moved.c.id))
        .order_by(moved.c.eased)
    )


def _kind(since: int) -> ColumnElement[int]:
    """Return which of the three a listing is: by a decision, unless a feed or the end of the term explains it."""
    by_feed = listing.c.eased.in_(select(feed.c.change).where(feed.c.change > since))
    is_marked = or_(
        listing.c.stays.is_not(None),
        listing.c.exemptions.is_not(None),
        listing.c.due_at.is_not(None),
        listing.c.released,
    )
    return case(
        (listing.c.ended_at >= listing.c.ends_at, _ENDED),
        (or_(is_marked, ~by_feed), _DECIDED),
        (listing.c.ended_at.is_not(None), _ENDED),
        else_=_CHANGED,
    )
