"""The second phase of an import: one write transaction in which everything the survey found is done, or nothing.

Responsible for adding, changing, reopening and ending listings, for the quarantine, and for the feed's own row.
Not responsible for reading or admitting rows (`survey.py`), nor for the transaction's beginning and end.

Rules kept here:

- Everything found in the survey is looked at again, because a decision may have been recorded meanwhile.
- A listing ended by a decision is not brought back by a feed that still holds it (rule A12).
- A responsible person's listing needs its organisation's listing in force before it in the feed or in the register,
  and not over yet (rule A8).
- A listing that a row takes out of force counts as removed, as one that a full feed leaves out does (rule A12).
- Of an undated feed the dates of a held listing stay: they are those of the publication that first held it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, func, or_, select, update

from gateway.register.bulk import insert_rows
from gateway.register.changes import change_number, next_change
from gateway.register.columns import microseconds_of
from gateway.register.document_rows import replace_documents
from gateway.register.endings import Ending, EndKind, Leaving, end_listings
from gateway.register.errors import FeedRefusal, FeedRefusedError
from gateway.register.events import Occurrence
from gateway.register.feed_rows import FeedRecord
from gateway.register.feeds.feed import FeedMode
from gateway.register.imports import ImportPhase, ImportReport, RowReport
from gateway.register.routes import ContestRoutes
from gateway.register.schema import listing as table
from gateway.register.schema import quarantine as quarantine_table
from gateway.register.survey import REPEATED_RECORD, batches, quarantined_line
from sanctions_matrix.violations import Violation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.register.events import EventLog
    from gateway.register.feeds.feed import FeedHeader
    from gateway.register.imports import ImportOptions
    from gateway.register.staging import StagedRow
    from gateway.register.survey import Findings, Progress, QuarantinedLine

RELEASED_RECORD = Violation(
    "A12",
    "this listing was ended by a decision after the row was written; a new listing needs a new record",
    "该记录已依决定终止; 重新列入须使用新的编号",
    "record",
)
ORGANISATION_MISSING = Violation(
    "A8",
    "the organisation's listing is not in force or over; send it on an earlier line, or remove the responsible person",
    "所涉单位的记录不在有效状态; 请先报送单位记录, 或删除该责任人",
    "responsible_for.listing",
)


class _Held(NamedTuple):
    """What applying a row needs of the listing that is held; the columns of the same names."""

    reference: str
    id: int
    digest: bytes
    ended_at: int | None
    released: bool
    ruling_dated: str
    served_on: str
    starts_at: int
    ends_at: int | None


_LOOKUP = tuple(table.c[name] for name in _Held._fields)
_COUNTED = ("added", "changed", "reopened", "unchanged", "quarantined", "kept")
_UPDATED = (
    "digest",
    "party_kind",
    "authority",
    "ruling_number",
    "ruling_dated",
    "ground",
    "served_on",
    "starts_at",
    "ends_at",
    "measures",
    "contest_id",
    "responsible_reference",
    "responsible_role",
    "responsible_ended_on",
    "ended_at",
    "ended_as",
    "feed_id",
    "line",
    "change",
)
_UPDATE = (
    update(table)
    .where(table.c.id == bindparam("listing_id"))
    .values({n: bindparam(n) for n in _UPDATED})
)


@dataclass(slots=True)
class _Batch:
    """What one batch of staged rows turns into."""

    inserted: list[dict[str, object]] = field(default_factory=list)
    updated: list[dict[str, object]] = field(default_factory=list)
    documents: dict[int, StagedRow] = field(default_factory=dict)
    occurrences: list[Occurrence] = field(default_factory=list)
    quarantined: list[QuarantinedLine] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Application:
    """Applies one survey's findings."""

    connection: Connection
    log: EventLog
    header: FeedHeader
    options: ImportOptions
    at: datetime
    progress: Progress | None
    _feed: FeedRecord = field(init=False)
    _routes: ContestRoutes = field(init=False)
    _change: int = 0
    _curtailed: int = 0
    """Listings in force that a row took out of force."""
    _regained: int = 0
    """Listings that a row brought back, less those whose term it ended: what changed in their number meanwhile."""
    _next_id: int = 0
    _counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTED, 0))

    def run(self, findings: Findings, digest: bytes, *, last_feed_id: int | None) -> ImportReport:
        """Do everything, and return the report.

        Raises:
            FeedRefusedError: if the feed is older than what is held, if another feed of the list was imported during
                the survey, or if it removes more of the list than the guard allows; the transaction must be undone.
        """
        self._feed = FeedRecord(self.connection, self.header, digest, self.at)
        self._feed.refuse_if_stale(expected_last=last_feed_id)
        self._routes = ContestRoutes(self.connection)
        self._change = change_number(self.connection) + 1
        self._next_id = (self.connection.scalar(select(func.max(table.c.id))) or 0) + 1
        self._feed.insert()
        self._quarantine(findings)
        self._apply_staged(findings)
        ended, withheld = self._end_absent(findings)
        return self._finish(findings, ended=ended, withheld=withheld)

    def _apply_staged(self, findings: Findings) -> None:
        done = 0
        for rows in batches(findings.staged):
            self._write(self._classify(rows, findings.last_id))
            done += len(rows)
            if self.progress is not None:
                self.progress(ImportPhase.WRITING, done)

    def _classify(self, rows: Sequence[StagedRow], last_id: int) -> _Batch:
        batch = _Batch()
        held = {
            row.reference: row for row in self._select_by_reference([row.reference for row in rows])
        }
        organisations = self._organisations_in_force(rows)
        for row in rows:
            existing = held.get(row.reference)
            violation = self._violation(row, existing, batch, last_id)
            if violation is None and not self._has_organisation(row, organisations):
                violation = ORGANISATION_MISSING
            if violation is not None:
                self._refuse(row, existing, violation, batch)
                continue
            batch.taken.add(row.reference)
            if row.party_kind == "organisation" and not self._is_over(row.ends_at):
                organisations.add(row.reference)
            self._stage_write(row, existing, batch)
        return batch

    def _violation(
        self, row: StagedRow, existing: _Held | None, batch: _Batch, last_id: int
    ) -> Violation | None:
        if row.reference in batch.taken or (existing is not None and existing.id > last_id):
            return REPEATED_RECORD
        return RELEASED_RECORD if existing is not None and existing.released else None

    def _has_organisation(self, row: StagedRow, organisations: set[str]) -> bool:
        return row.responsible_reference is None or row.responsible_reference in organisations

    def _refuse(
        self,
        row: StagedRow,
        existing: _Held | None,
        violation: Violation,
        batch: _Batch,
    ) -> None:
        batch.quarantined.append(quarantined_line(row.line, (violation,)))
        is_kept = (
            violation is ORGANISATION_MISSING and existing is not None and existing.ended_at is None
        )
        self._counts["kept"] += is_kept
        if self.options.report is not None:
            self.options.report(RowReport(row.line, (violation,)))

    def _stage_write(self, row: StagedRow, existing: _Held | None, batch: _Batch) -> None:
        columns = self._columns(row)
        if existing is None:
            kind, listing_id = "added", self._next_id
            self._next_id += 1
            batch.inserted.append(
                columns
                | {"id": listing_id, "reference": row.reference, "list_id": self.header.list_id}
                | {"record": row.record, "released": False, "stays": None, "exemptions": None}
                | {"due_at": None, "due_as": None, "eased": None}
            )
        else:
            kind, listing_id = self._kind_of_change(row, existing), existing.id
            if kind == "unchanged":
                self._counts[kind] += 1
                return
            if kind == "changed" and self.header.is_undated:
                columns |= {
                    name: getattr(existing, name)
                    for name in ("ruling_dated", "served_on", "starts_at")
                }
            batch.updated.append(columns | {"listing_id": listing_id})
            self._weigh(existing, columns)
        self._counts[kind] += 1
        batch.documents[listing_id] = row
        batch.occurrences.append(
            Occurrence(f"listing.{kind}", row.reference, row.ruling_number, _detail(columns))
        )

    def _weigh(self, existing: _Held, columns: Mapping[str, object]) -> None:
        """Count what a row takes out of force at the instant of the import."""
        now = microseconds_of(self.at)
        starts_at, ends_at = columns["starts_at"], columns["ends_at"]
        was_held = existing.ended_at is None and not self._is_over(existing.ends_at)
        is_over = isinstance(ends_at, int) and self._is_over(ends_at)
        is_put_off = (
            isinstance(starts_at, int) and existing.starts_at <= now < starts_at and was_held
        )
        self._curtailed += was_held and (is_over or is_put_off)
        self._regained += (not is_over) - was_held

    def _is_over(self, ends_at: int | None) -> bool:
        return ends_at is not None and ends_at <= microseconds_of(self.at)

    def _kind_of_change(self, row: StagedRow, existing: _Held) -> str:
        if existing.ended_at is not None:
            return "reopened"
        return "unchanged" if existing.digest.hex() == row.digest else "changed"

    def _columns(self, row: StagedRow) -> dict[str, object]:
        return {
            "digest": bytes.fromhex(row.digest),
            "party_kind": row.party_kind,
            "authority": row.authority,
            "ruling_number": row.ruling_number,
            "ruling_dated": row.ruling_dated,
            "ground": row.ground,
            "served_on": row.served_on,
            "starts_at": row.starts_at,
            "ends_at": row.ends_at,
            "measures": row.measures,
            "contest_id": self._routes.id_of(row.contest),
            "responsible_reference": row.responsible_reference,
            "responsible_role": row.responsible_role,
            "responsible_ended_on": row.responsible_ended_on,
            "ended_at": None,
            "ended_as": None,
            "feed_id": self._feed.id,
            "line": row.line,
            "change": self._change,
        }

    def _write(self, batch: _Batch) -> None:
        insert_rows(self.connection, table, batch.inserted)
        if batch.updated:
            self.connection.execute(_UPDATE, batch.updated)
        held = [int(str(row["listing_id"])) for row in batch.updated]
        replace_documents(
            self.connection, {id_: row.documents for id_, row in batch.documents.items()}, held=held
        )
        self._write_quarantine(batch.quarantined)
        self.log.append(batch.occurrences)

    def _select_by_reference(self, references: Sequence[str]) -> list[_Held]:
        query = select(*_LOOKUP).where(table.c.reference.in_(references))
        return [_Held._make(row) for row in self.connection.execute(query)]

    def _organisations_in_force(self, rows: Sequence[StagedRow]) -> set[str]:
        references = {
            row.responsible_reference for row in rows if row.responsible_reference is not None
        }
        query = select(table.c.reference).where(
            table.c.reference.in_(references),
            table.c.ended_at.is_(None),
            table.c.party_kind == "organisation",
            or_(table.c.ends_at.is_(None), table.c.ends_at > microseconds_of(self.at)),
        )
        return set(self.connection.scalars(query)) if references else set()

    def _quarantine(self, findings: Findings) -> None:
        for values in batches(findings.quarantined):
            self._write_quarantine(values)

    def _write_quarantine(self, rows: Sequence[QuarantinedLine]) -> None:
        self._counts["quarantined"] += len(rows)
        if rows:
            columns = ("feed_id", "line", "rules", "messages")
            values = [dict(zip(columns, (self._feed.id, *row), strict=True)) for row in rows]
            insert_rows(self.connection, quarantine_table, values)

    def _end_absent(self, findings: Findings) -> tuple[int, int]:
        """End what a full feed no longer names; return how many ended and how many were withheld."""
        if self.header.mode is not FeedMode.FULL and not self._curtailed:
            return 0, 0
        absent, in_force = self._absent(findings)
        withheld = len(absent) if findings.unidentified else 0
        if withheld:
            absent = []
        self._guard(absent, in_force)
        ending = Ending(
            at=self.at, change=self._change, document=self._feed.subject, released=False
        )
        return end_listings(self.connection, self.log, absent, ending), withheld

    def _absent(self, findings: Findings) -> tuple[list[Leaving], int]:
        """Return the listings a full feed does not name, and how many were in force, or to come, before it."""
        query = (
            select(table.c.id, table.c.reference, table.c.ends_at)
            .where(
                table.c.list_id == self.header.list_id,
                table.c.ended_at.is_(None),
                table.c.id <= findings.last_id,
            )
            .execution_options(yield_per=10_000)
        )
        is_full = self.header.mode is FeedMode.FULL
        absent, in_force = [], -self._regained
        for id_, reference, ends_at in self.connection.execute(query):
            is_over = self._is_over(ends_at)
            in_force += not is_over
            if is_full and id_ not in findings.seen:
                absent.append(
                    Leaving(id_, reference, EndKind.EXPIRED if is_over else EndKind.WITHDRAWN)
                )
        return absent, in_force

    def _guard(self, absent: Sequence[Leaving], in_force: int) -> None:
        removed = self._curtailed + sum(one.kind is EndKind.WITHDRAWN for one in absent)
        if not self.options.confirm_shrink and removed > self.options.shrink_guard * in_force:
            message = (
                f"the feed would remove {removed} of {in_force} listings of {self.header.list_id}, more than the guard "
                f"of {self.options.shrink_guard:.0%}; ask the authority, then import again with --confirm-shrink"
            )
            raise FeedRefusedError(FeedRefusal.SHRINKS, message)

    def _finish(self, findings: Findings, *, ended: int, withheld: int) -> ImportReport:
        counts = self._counts
        has_changed = bool(counts["added"] + counts["changed"] + counts["reopened"] + ended)
        is_repeated = not has_changed and self._feed.is_repeated
        if has_changed:
            next_change(self.connection, self._change)
        change = self._change if has_changed else None
        if is_repeated:
            self._feed.forget()
        else:
            self._feed.finish(rows=findings.rows, quarantined=counts["quarantined"], change=change)
        report = ImportReport(
            feed_id=self._feed.last_id if is_repeated and self._feed.last_id else self._feed.id,
            list_id=self.header.list_id,
            rows=findings.rows,
            added=counts["added"],
            changed=counts["changed"],
            reopened=counts["reopened"],
            unchanged=findings.unchanged + counts["unchanged"],
            ended=ended,
            withheld=withheld,
            quarantined=counts["quarantined"],
            kept=findings.kept + counts["kept"],
            noted=findings.noted,
            change=change,
            is_repeated=is_repeated,
        )
        if not is_repeated:
            self.log.append(
                [
                    Occurrence(
                        "feed.imported", self._feed.subject, self._feed.document, _summary(report)
                    )
                ]
            )
        return report


def _detail(columns: Mapping[str, object]) -> dict[str, object]:
    digest = columns["digest"]
    return {
        "digest": digest.hex() if isinstance(digest, bytes) else "",
        "starts_at": columns["starts_at"],
        "ends_at": columns["ends_at"],
        "measures": columns["measures"],
    }


def _summary(report: ImportReport) -> dict[str, object]:
    names = (
        "rows",
        "added",
        "changed",
        "reopened",
        "unchanged",
        "ended",
        "withheld",
        "quarantined",
        "kept",
    )
    return {name: getattr(report, name) for name in names}
