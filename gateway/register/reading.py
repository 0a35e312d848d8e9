"""What can be asked of the register, always of one consistent state.

Responsible for reading listings as evaluation wants them, for and for compiling snapshots and deltas.
What is shown of one listing stands in `showing.py`.
Not responsible for any change.

Rules kept here:

- Whether a listing is returned depends on the register's state only, never on a clock: a term that ran out is for
  evaluation to see. So a chain of deltas equals a full rebuild.
- A listing reaches exactly the documents it names.
- A responsible person's listing begins with the organisation's, at the earliest, and ends with it, at the latest: its
  window is cut to the organisation's as it is read, so it follows every change of that one, and the person's documents
  count as changed with it. Without an organisation's listing, or while that is only proposed, it restricts nobody.
- Reading everything takes constant memory.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, func, or_, select, union

from gateway.register.changes import change_number, is_visible
from gateway.register.columns import exemptions_of, measures_of, stays_of, window_of
from gateway.register.easing import read_eased
from gateway.register.schema import (
    contest_route,
    event,
    feed,
    listing,
    listing_document,
    quarantine,
)
from gateway.register.showing import show
from gateway.register.submissions import (
    deliverer_of,
    recorded_feed,
    recorded_submission,
    refused_lines,
    submitted_names,
)
from gateway.register.survey import batches
from gateway.register.sweeping import late
from gateway.register.verifying import verify_history
from sanctions_matrix.documents import Document, PartyKind
from sanctions_matrix.listing import ContestRoute, Listing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Column, ColumnElement, CompoundSelect, Connection, Row, Select

    from gateway.register.easing import Eased
    from gateway.register.events import Link
    from gateway.register.listing_record import ListingRecord
    from gateway.register.submissions import RecordedFeed, RefusedLine
    from gateway.register.sweeping import LateDeadline

_ROWS_AT_ONCE = 10_000
_LISTINGS_AT_ONCE = 500
_KINDS = {kind.value: kind for kind in PartyKind}

_organisation = listing.alias("organisation")
_WITH_ORGANISATION = listing.outerjoin(
    _organisation, _organisation.c.reference == listing.c.responsible_reference
)
_ENDS = (
    listing.c.ends_at,
    listing.c.due_at,
    _organisation.c.ends_at.label("organisation_ends_at"),
    _organisation.c.due_at.label("organisation_due_at"),
)
"""The first of these that is given ends the listing."""
_IS_EVER_IN_FORCE = and_(
    or_(listing.c.responsible_reference.is_(None), _organisation.c.starts_at.is_not(None)),
    *(
        or_(
            ends_at.is_(None),
            and_(
                ends_at > listing.c.starts_at,
                or_(_organisation.c.starts_at.is_(None), ends_at > _organisation.c.starts_at),
            ),
        )
        for ends_at in (
            listing.c.ends_at,
            listing.c.due_at,
            _organisation.c.ends_at,
            _organisation.c.due_at,
        )
    ),
)
_LISTING_COLUMNS = (
    listing.c.reference,
    listing.c.list_id,
    listing.c.party_kind,
    listing.c.authority,
    listing.c.measures,
    listing.c.starts_at,
    _organisation.c.starts_at.label("organisation_starts_at"),
    listing.c.contest_id,
    listing.c.stays,
    _organisation.c.stays.label("organisation_stays"),
    listing.c.exemptions,
    *_ENDS,
)
_DOCUMENT_COLUMNS = (listing_document.c.type, listing_document.c.number)


class RegisterCounts(NamedTuple):
    """How many rows there are of what; `in_force` are listings not ended."""

    in_force: int
    ended: int
    documents: int
    events: int
    feeds: int
    quarantined: int


class RegisterView:
    """The register as of one read transaction."""

    def __init__(self, connection: Connection) -> None:
        """Read through `connection`, whose transaction the caller holds open."""
        self._connection = connection
        self._route = lru_cache(maxsize=65_536)(self._read_route)

    def last_change(self) -> int:
        """Return the number of the last change; 0 in a new register."""
        return change_number(self._connection)

    def changed_documents(self, since: int) -> list[Document]:
        """Return the documents any of whose listings changed after change number `since`.

        Documents that a changed listing no longer names are among them, and those of ended listings, and those of
        the persons responsible for an organisation whose listing changed.
        """
        found: dict[Document, None] = {}
        for listings in self.changed_listings(since):
            found |= dict.fromkeys(self.documents_of(listings))
        return list(found)

    def changed_listings(self, since: int) -> Iterator[Sequence[int]]:
        """Yield the ids of the listings that `changed_documents` speaks of, in groups of at most 500.

        For what a feed added that costs as good as nothing, however large it was.
        """
        moved = self._connection.scalars(_moved(listing.c.change, since))
        yield from batches(moved, _LISTINGS_AT_ONCE)
        for first, last in self._added(since):
            listings = range(first, last + 1)
            for start in range(0, len(listings), _LISTINGS_AT_ONCE):
                yield listings[start : start + _LISTINGS_AT_ONCE]

    def documents_of(self, listings: Sequence[int]) -> list[Document]:
        """Return every document that one of the listings with these ids names, or named."""
        condition = listing_document.c.listing_id.in_(listings)
        return [
            Document(type_, number)
            for type_, number in self._stream(
                select(*_DOCUMENT_COLUMNS).where(condition).distinct()
            )
        ]

    def eased_documents(self, since: int) -> Eased:
        """Return the documents any of whose listings were eased after change number `since`, what was decided first.

        An ending of whatever cause, a stay, an exemption and a deadline ease, and so may a row that changes a listing.
        The persons responsible for an organisation whose listing was eased are among them.
        """
        return read_eased(self._connection, since)

    def count_changed(self, since: int) -> int:
        """Return how many documents `changed_documents` would return at the most, without reading them."""
        moved = self._count(
            _counting(listing_document.c.listing_id.in_(_moved(listing.c.change, since)))
        )
        added = (
            self._count(_counting(listing_document.c.listing_id.between(first, last)))
            for first, last in self._added(since)
        )
        return moved + sum(added)

    def listings_of(self, documents: Sequence[Document]) -> dict[Document, list[Listing]]:
        """Return for every given document the listings in force that name it; an empty list where there are none."""
        found: dict[Document, list[Listing]] = {document: [] for document in documents}
        for batch in batches(sorted(found, key=attrgetter("type"))):
            for type_, same in groupby(batch, key=attrgetter("type")):
                for row in self._connection.execute(_naming(type_, [one.number for one in same])):
                    found[Document(row.type, row.number)].append(self._listing(row[2:]))
        return found

    def all_listings(self) -> Iterator[tuple[Document, list[Listing]]]:
        """Yield every document that a listing in force names, with those listings, in the order of the documents."""
        query = _in_force().order_by(*_DOCUMENT_COLUMNS, listing_document.c.listing_id)
        for (type_, number), rows in groupby(self._stream(query), key=itemgetter(0, 1)):
            listings = [self._listing(row[2:]) for row in rows]
            if len(listings) > 1:
                listings.sort(key=lambda one: one.reference)
            yield Document(type_, number), listings

    def show(
        self, reference: str, at: datetime | None = None, *, before: int | None = None
    ) -> ListingRecord:
        """Return everything held of one listing, or what was recorded of it by the aware instant `at`.

        With `before`, a place in the event log, nothing counts that was recorded there or later.

        Raises:
            UnknownReferenceError: if there is no such listing, or none was recorded by then.
        """
        return show(self._connection, reference, at, before=before)

    def late(self, at: datetime) -> list[LateDeadline]:
        """Return what authorities owe and have let pass by the aware instant `at`, by authority and list."""
        return late(self._connection, at)

    def submission(self, key: bytes) -> RecordedFeed | None:
        """Return the feed that was imported under this key of a submission, None if there is none."""
        return recorded_submission(self._connection, key)

    def feed(self, feed_id: int) -> RecordedFeed | None:
        """Return one imported feed, None if there is none of this number."""
        return recorded_feed(self._connection, feed_id)

    def refused_lines(self, feed_id: int, *, after: int, limit: int) -> list[RefusedLine]:
        """Return up to `limit` quarantined lines of a feed from behind the line `after`, in their order."""
        return refused_lines(self._connection, feed_id, after=after, limit=limit)

    def submitted_names(self) -> list[tuple[str, str]]:
        """See `submissions.submitted_names`."""
        return submitted_names(self._connection)

    def deliverer_of(self, reference: str) -> tuple[str, str] | None:
        """Return the list of a listing and the authority whose feed last spoke of it; None if there is none."""
        return deliverer_of(self._connection, reference)

    def count(self) -> RegisterCounts:
        """Count the rows of every table that grows."""
        visible = select(func.count()).select_from(listing).where(is_visible(listing.c.id))
        finished = select(feed.c.id).where(feed.c.event_seq.is_not(None))
        in_force = self._count(visible.where(listing.c.ended_at.is_(None)))
        return RegisterCounts(
            in_force=in_force,
            ended=self._count(visible) - in_force,
            documents=self._count(_counting(is_visible(listing_document.c.listing_id))),
            events=self._count(select(func.count()).select_from(event)),
            feeds=self._count(select(func.count()).select_from(finished.subquery())),
            quarantined=self._count(
                select(func.count())
                .select_from(quarantine)
                .where(quarantine.c.feed_id.in_(finished))
            ),
        )

    def verify_events(self, expected: Link | None = None) -> Link:
        """Check the event log and all that it vouches for; return its last link, to be kept elsewhere.

        `expected` is a link that was kept.

        Raises:
            EventLogError: if a row was changed, removed or put in between, or the expected link is not part of the log.
        """
        return verify_history(self._connection, expected)

    def _added(self, since: int) -> list[tuple[int, int]]:
        """Return the first and last listings of each feed after change number `since` that added some."""
        query = select(feed.c.first_listing, feed.c.last_listing).where(
            feed.c.change > since, feed.c.first_listing.is_not(None)
        )
        return [(first, last) for first, last in self._connection.execute(query)]

    def _stream(self, query: Select[*tuple[Any, ...]]) -> Iterator[Row[*tuple[Any, ...]]]:
        with self._connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as rows:
            yield from rows

    def _count(self, query: Select[int]) -> int:
        return self._connection.scalar(query) or 0

    def _listing(self, columns: Sequence[Any]) -> Listing:
        (
            reference,
            list_id,
            kind,
            authority,
            measures,
            starts_at,
            organisation_starts_at,
            contest_id,
            stays,
            organisation_stays,
            exemptions,
            *ends,
        ) = columns
        return Listing(
            reference,
            list_id,
            _KINDS[kind],
            authority,
            measures_of(measures),
            window_of(max(starts_at, organisation_starts_at or starts_at), _first(ends)),
            self._route(contest_id),
            stays_of(stays) + stays_of(organisation_stays),
            exemptions_of(exemptions) if exemptions else (),
        )

    def _read_route(self, contest_id: int) -> ContestRoute:
        row = self._connection.execute(
            select(contest_route).where(contest_route.c.id == contest_id)
        ).one()
        return ContestRoute(row.body, row.address, row.deadline)


def _first(ends: Iterable[int | None]) -> int | None:
    return min((one for one in ends if one is not None), default=None)


def _moved(number: Column[int], since: int) -> CompoundSelect[int]:
    """Select the listings whose own, or whose organisation's, number lies after `since`.

    Subqueries, not joins: without statistics SQLite would read every document to find one change.
    """
    organisations = select(listing.c.reference).where(number > since)
    persons = listing.alias("person")
    return union(
        select(listing.c.id).where(number > since),
        select(persons.c.id).where(
            persons.c.responsible_reference.in_(organisations), is_visible(persons.c.id)
        ),
    )


def _counting(condition: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).select_from(listing_document).where(condition)


def _in_force() -> Select[*tuple[Any, ...]]:
    return (
        select(*_DOCUMENT_COLUMNS, *_LISTING_COLUMNS)
        .select_from(listing_document)
        .join(_WITH_ORGANISATION, listing.c.id == listing_document.c.listing_id)
        .where(
            listing_document.c.dropped.is_(False),
            listing.c.ended_at.is_(None),
            listing.c.starts_at.is_not(None),
            _organisation.c.ended_at.is_(None),
            _IS_EVER_IN_FORCE,
            is_visible(listing.c.id),
        )
    )


def _naming(type_: str, numbers: list[str]) -> Select[*tuple[Any, ...]]:
    """Select the listings in force that name one of these documents of one type.

    Type by type, because SQLite reads the whole table for an IN over pairs.
    """
    return (
        _in_force()
        .where(listing_document.c.type == type_, listing_document.c.number.in_(numbers))
        .order_by(listing.c.reference)
    )
