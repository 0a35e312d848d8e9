"""The current state derived anew from the history: to prove that it is what the history says, or to mend it.

Responsible for comparing `listing`, `listing_document` and `deadline` with the fold of entries and events, and for
writing what differs.
Not responsible for the fold (`history.py`), nor for a history that is not sound: that is restored from a copy.

Rules kept here:

- The history is verified first; nothing is derived from one that was tampered with.
- A history whose end was cut off is sound and lacks endings. So nobody is restricted more by mending (`revival.py`),
  unless a link that was kept elsewhere shows that the history goes at least as far.
- What belongs to an import that is not finished is not looked at.
- Listings are taken a thousand at a time, in the order of their ids, so memory does not grow with the register.
"""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, func, select

from gateway.register.bulk import insert_rows
from gateway.register.changes import last_listing, show_listings
from gateway.register.columns import reference_of
from gateway.register.entries import entries_between
from gateway.register.errors import EventLogError
from gateway.register.events import read_events_of
from gateway.register.history import Identity, fold, in_order
from gateway.register.revival import COMPARED, would_revive
from gateway.register.schema import deadline, entry, feed, listing, listing_document
from gateway.register.verifying import verify_history

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Column, Connection, Table

    from gateway.register.entries import Entry
    from gateway.register.events import Link
    from gateway.register.history import DerivedListing

LISTINGS_AT_ONCE = 1_000


class _Derived(NamedTuple):
    """A table, its column of listing ids, and its rows for some listings as the history says them."""

    table: Table
    listing_id: Column[int]
    rows: list[dict[str, Any]]


class Rebuilding:
    """One walk over all listings, in one transaction."""

    def __init__(
        self, connection: Connection, secret: bytes, progress: Callable[[int], None] | None
    ) -> None:
        """Walk in the transaction of `connection`; `secret` is the register's own."""
        self._connection = connection
        self._secret = secret
        self._progress = progress

    def run(self, expected: Link | None = None, *, mends: bool) -> int:
        """Return how many rows are not as the history says; where it mends, they are afterwards.

        Raises:
            EventLogError: if the history is not sound, or mending would revive what has ended without an expected
                link; the transaction must be undone then.
        """
        verify_history(self._connection, expected)
        last = self._last_id()
        count = self._edge(last, mends=mends)
        for first, end in self._ranges(last):
            derived = self._derived(first, end)
            differing = sum(self._differing(one, first, end) for one in derived)
            if differing and mends:
                if expected is None:
                    self._refuse_revival(derived, first, end)
                self._replace(derived, first, end)
            count += differing
            if self._progress is not None:
                self._progress(max(end, 0))
        return count

    def _edge(self, last: int, *, mends: bool) -> int:
        """Return 1 where what is visible does not end with the last listing that a finished feed added."""
        if last_listing(self._connection) == last:
            return 0
        if mends:
            show_listings(self._connection, last)
        return 1

    def _last_id(self) -> int:
        query = (
            select(func.max(entry.c.listing_id))
            .join(feed, feed.c.id == entry.c.feed_id)
            .where(feed.c.event_seq.is_not(None))
        )
        return self._connection.scalar(query) or 0

    def _ranges(self, last: int) -> Iterator[tuple[int, int]]:
        lowest = self._connection.scalar(select(func.min(listing.c.id)))
        if lowest is not None and lowest < 1:
            yield lowest, 0  # no history begins there
        for first in range(1, last + 1, LISTINGS_AT_ONCE):
            yield first, min(first + LISTINGS_AT_ONCE - 1, last)

    def _derived(self, first: int, last: int) -> list[_Derived]:
        states = self._states(first, last)
        documents = [
            {"type": type_, "number": number, "listing_id": one.id, "dropped": dropped}
            for one in states
            for named, dropped in ((one.documents, False), (one.dropped, True))
            for type_, number in sorted(named)
        ]
        deadlines = [
            {"listing_id": one.id, **each._asdict()} for one in states for each in one.deadlines
        ]
        return [
            _Derived(listing, listing.c.id, [one.columns() for one in states]),
            _Derived(listing_document, listing_document.c.listing_id, documents),
            _Derived(deadline, deadline.c.listing_id, deadlines),
        ]

    def _states(self, first: int, last: int) -> list[DerivedListing]:
        entries = {
            listing_id: list(same)
            for listing_id, same in groupby(
                entries_between(self._connection, first, last), key=attrgetter("listing_id")
            )
        }
        identities = self._identities([same[0] for same in entries.values()])
        events = read_events_of(self._connection, [one.reference for one in identities])
        states = (
            fold(one, in_order(entries[one.id], events.get(one.reference, ())))
            for one in identities
        )
        return [one for one in states if one is not None]

    def _identities(self, additions: Sequence[Entry]) -> list[Identity]:
        """Return what never changes of each listing, from the first entry of each."""
        query = select(feed.c.id, feed.c.list_id, feed.c.authority).where(
            feed.c.id.in_({one.feed_id for one in additions})
        )
        feeds = {row.id: row for row in self._connection.execute(query)}
        found = []
        for one in additions:
            source = feeds[one.feed_id]
            reference = reference_of(
                source.list_id, source.authority, one.content.record, self._secret
            )
            found.append(Identity(one.listing_id, reference, source.list_id))
        return found

    def _differing(self, derived: _Derived, first: int, last: int) -> int:
        """Return how many rows are too many, missing, or not the same."""
        table = derived.table
        key = [column.name for column in table.primary_key]
        query = select(table).where(derived.listing_id.between(first, last))
        held = {
            tuple(row[name] for name in key): dict(row)
            for row in self._connection.execute(query).mappings()
        }
        said = {tuple(row[name] for name in key): row for row in derived.rows}
        return sum(held.get(one) != said.get(one) for one in held.keys() | said.keys())

    def _refuse_revival(self, derived: Sequence[_Derived], first: int, last: int) -> None:
        """Refuse to restrict somebody again on the word of a history of which nothing shows that it is whole."""
        listings, documents = (one.rows for one in derived[:2])
        by_id = {row["id"]: row for row in listings}
        named = {
            (row["listing_id"], row["type"], row["number"])
            for row in documents
            if not row["dropped"]
        }
        columns = (listing.c.id, listing.c.reference, *(listing.c[name] for name in COMPARED))
        query = select(*columns).where(listing.c.id.between(first, last))
        spared = self._dropped(first, last) & named
        freed = {listing_id for listing_id, _, _ in spared}
        for row in self._connection.execute(query).mappings():
            if row["id"] in freed or would_revive(dict(row), by_id.get(row["id"])):
                raise EventLogError(
                    f"{row['reference']} restricts less by what the tables hold than by the history, whose end may "
                    "have been cut off; give a link that was kept elsewhere (--expect SEQ:HEX), or restore the "
                    "register from a copy"
                )

    def _dropped(self, first: int, last: int) -> set[tuple[int, str, str]]:
        """Return the documents that listings no longer name, by what the tables hold."""
        columns = (listing_document.c[name] for name in ("listing_id", "type", "number"))
        query = select(*columns).where(
            listing_document.c.listing_id.between(first, last), listing_document.c.dropped.is_(True)
        )
        return {(id_, type_, number) for id_, type_, number in self._connection.execute(query)}

    def _replace(self, derived: Sequence[_Derived], first: int, last: int) -> None:
        """Take the listings away with all that hangs on them, and put them as the history says."""
        for one in reversed(derived):
            self._connection.execute(delete(one.table).where(one.listing_id.between(first, last)))
        for one in derived:
            names = [column.name for column in one.table.c]
            rows = [tuple(row[name] for name in names) for row in one.rows]
            insert_rows(self._connection, one.table, rows)
