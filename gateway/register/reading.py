"""What can be asked of the register, always of one consistent state.

Responsible for reading listings as evaluation wants them, for compiling snapshots and deltas, and for `show`.
Not responsible for any change.

Rules kept here:

- Whether a listing is returned depends on the register's state only, never on a clock: a term that ran out is for
  evaluation to see. So a chain of deltas equals a full rebuild.
- A listing reaches exactly the documents it names.
- A responsible person's listing ends with the organisation's, at the latest: its window is cut to the organisation's
  term as it is read, so it follows every change of that term, and the person's documents count as changed with it.
- Reading everything takes constant memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import case, func, or_, select, union

from gateway.register.changes import change_number
from gateway.register.columns import exemptions_of, instant_of, measures_of, stays_of, window_of
from gateway.register.errors import UnknownReferenceError
from gateway.register.events import read_events, verify_events
from gateway.register.schema import (
    contest_route,
    event,
    feed,
    listing,
    listing_document,
    quarantine,
)
from gateway.register.survey import batches
from sanctions_matrix.documents import Document, PartyKind
from sanctions_matrix.listing import ContestRoute, Listing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row, Select

    from gateway.register.events import Event

_ROWS_AT_ONCE = 10_000
_KINDS = {kind.value: kind for kind in PartyKind}

_organisation = listing.alias("organisation")
_ENDS_AT = case(
    (listing.c.ends_at < _organisation.c.ends_at, listing.c.ends_at),
    else_=func.coalesce(_organisation.c.ends_at, listing.c.ends_at),
).label("ends_at")
"""The earlier of the listing's own end and its organisation's, where there is one."""
_WITH_ORGANISATION = listing.outerjoin(
    _organisation, _organisation.c.reference == listing.c.responsible_reference
)
_IS_EVER_IN_FORCE = or_(
    _organisation.c.ends_at.is_(None), _organisation.c.ends_at > listing.c.starts_at
)
_LISTING_COLUMNS = (
    listing.c.reference,
    listing.c.list_id,
    listing.c.party_kind,
    listing.c.authority,
    listing.c.measures,
    listing.c.starts_at,
    _ENDS_AT,
    listing.c.contest_id,
    listing.c.stays,
    listing.c.exemptions,
)
_DOCUMENT_COLUMNS = (listing_document.c.type, listing_document.c.number)


@dataclass(frozen=True, slots=True)
class ListingRecord:
    """Everything the register holds of one listing, for those who may see it.

    `documents` are those it names now; `ended_at` is None while it is in force.
    `change` is the number of its last change.
    """

    listing: Listing
    record: str
    documents: tuple[Document, ...]
    ruling_number: str
    ruling_dated: date
    ground: str
    served_on: date
    responsible_reference: str | None
    responsible_role: str | None
    ended_at: datetime | None
    ended_as: str | None
    change: int
    events: tuple[Event, ...]


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
        # A subquery, not a join: without statistics SQLite would read every document to find one change.
        organisations = select(_organisation.c.reference).where(_organisation.c.change > since)
        changed = union(
            select(listing.c.id).where(listing.c.change > since),
            select(listing.c.id).where(listing.c.responsible_reference.in_(organisations)),
        )
        query = (
            select(*_DOCUMENT_COLUMNS).where(listing_document.c.listing_id.in_(changed)).distinct()
        )
        return [Document(type_, number) for type_, number in self._stream(query)]

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

    def show(self, reference: str) -> ListingRecord:
        """Return everything held of one listing, with its events.

        Raises:
            UnknownReferenceError: if there is no such listing.
        """
        query = select(listing, _ENDS_AT.label("capped_ends_at")).select_from(_WITH_ORGANISATION)
        row = self._connection.execute(query.where(listing.c.reference == reference)).first()
        if row is None:
            raise unknown(reference)
        return self._record(row)

    def count(self) -> RegisterCounts:
        """Count the rows of every table that grows."""
        in_force = self._count(
            select(func.count()).select_from(listing).where(listing.c.ended_at.is_(None))
        )
        return RegisterCounts(
            in_force=in_force,
            ended=self._count(select(func.count()).select_from(listing)) - in_force,
            documents=self._count(select(func.count()).select_from(listing_document)),
            events=self._count(select(func.count()).select_from(event)),
            feeds=self._count(select(func.count()).select_from(feed)),
            quarantined=self._count(select(func.count()).select_from(quarantine)),
        )

    def verify_events(self) -> bytes:
        """Check the event log from its first row and return its last chain value (32 bytes).

        Raises:
            EventLogError: if a row was changed, removed or put in between.
        """
        return verify_events(self._connection)

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
            ends_at,
            contest_id,
            stays,
            exemptions,
        ) = columns
        return Listing(
            reference,
            list_id,
            _KINDS[kind],
            authority,
            measures_of(measures),
            window_of(starts_at, ends_at),
            self._route(contest_id),
            stays_of(stays) if stays else (),
            exemptions_of(exemptions) if exemptions else (),
        )

    def _record(self, row: Row[*tuple[Any, ...]]) -> ListingRecord:
        columns = {column.name: getattr(row, column.name) for column in _LISTING_COLUMNS}
        # A listing that would begin after its organisation's is over has no window to show but its own.
        if row.capped_ends_at is not None and row.capped_ends_at > row.starts_at:
            columns["ends_at"] = row.capped_ends_at
        return ListingRecord(
            listing=self._listing(list(columns.values())),
            record=row.record,
            documents=self._documents(row.id),
            ruling_number=row.ruling_number,
            ruling_dated=date.fromisoformat(row.ruling_dated),
            ground=row.ground,
            served_on=date.fromisoformat(row.served_on),
            responsible_reference=row.responsible_reference,
            responsible_role=row.responsible_role,
            ended_at=None if row.ended_at is None else instant_of(row.ended_at),
            ended_as=row.ended_as,
            change=row.change,
            events=read_events(self._connection, row.reference),
        )

    def _documents(self, listing_id: int) -> tuple[Document, ...]:
        query = select(*_DOCUMENT_COLUMNS).where(
            listing_document.c.listing_id == listing_id, listing_document.c.dropped.is_(False)
        )
        return tuple(Document(type_, number) for type_, number in self._connection.execute(query))

    def _read_route(self, contest_id: int) -> ContestRoute:
        row = self._connection.execute(
            select(contest_route).where(contest_route.c.id == contest_id)
        ).one()
        return ContestRoute(row.body, row.address, row.deadline)


def unknown(reference: str) -> UnknownReferenceError:
    """Return the error for a reference that no listing has; long or odd input is not repeated."""
    shown = (
        reference
        if reference.isprintable() and len(reference) <= _REFERENCE_LENGTH
        else "the given text"
    )
    return UnknownReferenceError(
        f"no listing has the reference {shown}; copy it from a decision or a report"
    )


_REFERENCE_LENGTH = 18


def _in_force() -> Select[*tuple[Any, ...]]:
    return (
        select(*_DOCUMENT_COLUMNS, *_LISTING_COLUMNS)
        .select_from(listing_document)
        .join(_WITH_ORGANISATION, listing.c.id == listing_document.c.listing_id)
        .where(
            listing_document.c.dropped.is_(False), listing.c.ended_at.is_(None), _IS_EVER_IN_FORCE
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
