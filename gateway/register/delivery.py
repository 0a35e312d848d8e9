"""One feed on its way into the register: what its transactions share.

Responsible for the ids of new listings, the feed's entries, its counts and what is told of its lines, from the first
short transaction to the last.
Not responsible for which rows are written in which transaction: `additions.py` and `application.py` are.

Rule kept here: entries are numbered in the order in which they are written, and what is counted was written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from gateway.register.bulk import insert_rows
from gateway.register.document_rows import add_documents
from gateway.register.entries import EntryLog
from gateway.register.imports import ImportPhase, RowReport
from gateway.register.listing_rows import added_row, content_of
from gateway.register.routes import ContestRoutes
from gateway.register.schema import listing as table
from gateway.register.schema import quarantine
from gateway.register.survey import REPEATED_RECORD, quarantined_line
from sanctions_matrix.violations import Violation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.register.events import EventLog
    from gateway.register.feed_rows import FeedRecord
    from gateway.register.feeds.feed import FeedHeader
    from gateway.register.imports import ImportOptions
    from gateway.register.staging import StagedRow
    from gateway.register.survey import Progress, QuarantinedLine

ORGANISATION_MISSING = Violation(
    "A8",
    "The organisation's listing is not held, has ended, or is over; send it on an earlier line, or withdraw this row.",
    "所涉单位的记录不存在、已终止或者已届满；请在该条之前报送单位记录，或者撤回该条。",
    "responsible_for.listing",
)
_COUNTED = ("added", "changed", "reopened", "unchanged", "refused", "kept")


@dataclass(slots=True)
class Delivery:
    """What one import writes, across its transactions; `at` is the aware instant at which it began."""

    header: FeedHeader
    options: ImportOptions
    at: datetime
    feed: FeedRecord
    first_id: int
    progress: Progress | None
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTED, 0))
    next_id: int = field(init=False)
    entries: EntryLog = field(init=False)
    _routes: ContestRoutes = field(default_factory=ContestRoutes)
    _written: int = 0

    def __post_init__(self) -> None:
        """Begin with the first id and the first entry."""
        self.next_id = self.first_id
        self.entries = EntryLog(self.feed.id)

    def contest_id(self, connection: Connection, log: EventLog, row: StagedRow) -> int:
        """Return the id of the row's contest route, adding the route if it is new."""
        return self._routes.id_of(connection, log, row.contest)

    def add(self, connection: Connection, log: EventLog, rows: Sequence[StagedRow]) -> None:
        """Write rows as new listings; one whose record was added before is quarantined."""
        routed = [(row, self.contest_id(connection, log, row)) for row in rows]
        try:
            # Nearly always no record was: the index of the references says so for all of them at once.
            with connection.begin_nested():
                self._insert(connection, routed)
        except IntegrityError:
            routed = self._without_repeated(connection, routed)
            self._insert(connection, routed)
        numbered = list(enumerate(routed, start=self.next_id))
        add_documents(connection, ((id_, row.documents) for id_, (row, _) in numbered))
        self.entries.append(
            connection,
            [
                (id_, "added", row.line, content_of(row, contest_id))
                for id_, (row, contest_id) in numbered
            ],
        )
        self.next_id += len(numbered)
        self.counts["added"] += len(numbered)

    def _insert(self, connection: Connection, routed: Sequence[tuple[StagedRow, int]]) -> None:
        list_id, feed_id = self.header.list_id, self.feed.id
        rows = [
            added_row(row, contest_id, id_=id_, list_id=list_id, feed_id=feed_id)
            for id_, (row, contest_id) in enumerate(routed, start=self.next_id)
        ]
        insert_rows(connection, table, rows)

    def _without_repeated(
        self, connection: Connection, routed: Sequence[tuple[StagedRow, int]]
    ) -> list[tuple[StagedRow, int]]:
        """Quarantine the rows whose record was added before, and return the others."""
        references = [row.reference for row, _ in routed]
        query = select(table.c.reference).where(table.c.reference.in_(references))
        known = set(connection.scalars(query))
        repeated = [
            self.refuse(row, REPEATED_RECORD) for row, _ in routed if row.reference in known
        ]
        self.quarantine(connection, repeated)
        return [(row, contest_id) for row, contest_id in routed if row.reference not in known]

    def refuse(self, row: StagedRow, violation: Violation) -> QuarantinedLine:
        """Tell that a row is refused, and return its line for `quarantine`."""
        self.counts["refused"] += 1
        if self.options.report is not None:
            self.options.report(RowReport(row.line, (violation,)))
        return quarantined_line(row.line, (violation,))

    def quarantine(self, connection: Connection, lines: Iterable[QuarantinedLine]) -> None:
        """Write refused lines."""
        insert_rows(connection, quarantine, [(self.feed.id, *line) for line in lines])

    def tell(self, rows: int) -> None:
        """Report that this many more rows were written."""
        self._written += rows
        if self.progress is not None:
            self.progress(ImportPhase.WRITING, self._written)
