"""The last phase of an import: one write transaction that changes what is held and makes the feed visible, whole.

Responsible for changing, reopening and ending listings, for the rows that only now can be decided, and for the feed's
event.
Not responsible for reading or admitting rows (`survey.py`), nor for the many new listings (`additions.py`).

Rules kept here:

- Everything found in the survey is looked at again, because a decision may have been recorded meanwhile.
- A listing ended by a decision is not brought back by a feed that still holds it (rule A12).
- A listing of which the party was told does not become a mere proposal again (rule A4).
- A responsible person's listing needs its organisation's listing in force before it in the feed or in the register,
  and not over yet (rule A8); where that one fell while the feed was written, the person's falls with it.
- A listing that a row takes out of force counts as removed, as one that a full feed leaves out does (rule A12).
- Of an undated feed the dates of a held listing stay: they are those of the publication that first held it.
- The feed's event stands before the events of what the feed ended.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from sqlalchemy import bindparam, select, update

from gateway.register.additions import Organisation, organisation_of, organisations_named
from gateway.register.changes import change_number, last_listing, next_change, show_listings
from gateway.register.columns import microseconds_of
from gateway.register.delivery import ORGANISATION_MISSING, Delivery
from gateway.register.document_rows import replace_documents
from gateway.register.endings import Ending, EndKind, Leaving, end_listings, note_answered
from gateway.register.errors import FeedRefusal, FeedRefusedError
from gateway.register.events import FEED_IMPORTED, Occurrence, Withheld
from gateway.register.feeds.feed import FeedMode
from gateway.register.imports import ImportReport
from gateway.register.listing_rows import REPLACED, content_of, replaced
from gateway.register.schema import listing as table
from gateway.register.survey import REPEATED_RECORD, batches
from sanctions_matrix.violations import Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.register.entries import EntryContent
    from gateway.register.events import EventLog, Log
    from gateway.register.staging import Spool, StagedRow
    from gateway.register.survey import Findings, QuarantinedLine

RELEASED_RECORD = Violation(
    "A12",
    "This listing was ended by a decision; leave the row out, and give a new listing a new record.",
    "该记录已依决定终止；请删除该条，重新列入的请使用新的编号。",
    "record",
)
NOTICE_WITHDRAWN = Violation(
    "A4",
    "The party was told of this listing already, so it cannot be only proposed again; send it whole, or leave it out.",
    "该记录已送达当事人，不能改回拟列入；请完整报送，或者不再报送。",
    "stage",
)


class _Held(NamedTuple):
    """What applying a row needs of the listing that is held; the columns of the same names."""

    reference: str
    id: int
    digest: bytes
    ended_at: int | None
    released: bool
    ruling_dated: str
    served_on: str | None
    starts_at: int | None
    ends_at: int | None
    measures: str
    eased: int | None

    @property
    def was_notified(self) -> bool:
        """Whether the party was told of it, and it has not ended since."""
        return self.ended_at is None and self.starts_at is not None


_LOOKUP = tuple(table.c[name] for name in _Held._fields)
_UPDATED = (
    *REPLACED,
    "digest",
    "contest_id",
    "ended_at",
    "ended_as",
    "feed_id",
    "change",
    "eased",
)
_UPDATE = (
    update(table)
    .where(table.c.id == bindparam("listing_id"))
    .values({name: bindparam(name) for name in _UPDATED})
)
_KEPT_DATES = ("ruling_dated", "served_on", "starts_at")
_SUMMARY = (
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


@dataclass(slots=True)
class _Batch:
    """What one batch of staged rows turns into."""

    added: dict[str, StagedRow] = field(default_factory=dict)
    updated: list[dict[str, object]] = field(default_factory=list)
    documents: dict[int, StagedRow] = field(default_factory=dict)
    entries: list[tuple[int, str, int, EntryContent]] = field(default_factory=list)
    quarantined: list[QuarantinedLine] = field(default_factory=list)


@dataclass(slots=True)
class Application:
    """Applies one survey's findings; `clock` tells the aware instant at which they take effect."""

    connection: Connection
    log: EventLog
    delivery: Delivery
    clock: Callable[[], datetime]
    _change: int = 0
    _curtailed: int = 0
    """Listings in force that a row took out of force."""

    def run(self, findings: Findings, late: Spool[StagedRow]) -> ImportReport:
        """Do everything, and return the report.

        Raises:
            FeedRefusedError: if the feed removes more of the list than the guard allows; the transaction must be
                undone.
        """
        self._change = change_number(self.connection) + 1
        visible_before = last_listing(self.connection)
        self.delivery.feed.insert(self.connection)
        for rows in batches(heapq.merge(findings.held, late, key=attrgetter("line"))):
            self._write(self._classify(rows, findings.last_id))
            self.delivery.tell(len(rows))
        show_listings(self.connection, self.delivery.next_id - 1)
        self.log.move_to(
            self.clock()
        )  # as late as can be: what ends from here on bears this instant
        endings = Withheld()
        ended, withheld = self._end_absent(findings, endings)
        ended += self._end_fallen(findings.change, visible_before, endings)
        report = self._report(findings, ended=ended, withheld=withheld)
        if report.is_repeated:
            self.delivery.feed.note_repeated(self.connection)
        else:
            self._finish(report)
            self.log.append(endings.occurrences)
        return report

    def _classify(self, rows: Sequence[StagedRow], last_id: int) -> _Batch:
        batch = _Batch()
        held = {
            row.reference: row for row in self._select_by_reference([row.reference for row in rows])
        }
        organisations = organisations_named(
            self.connection,
            self.delivery,
            (row.responsible_reference for row in rows if row.responsible_reference is not None),
        )
        for row in rows:
            existing = held.get(row.reference)
            violation = self._violation(row, existing, batch, last_id)
            if violation is None and not _is_accompanied(row, organisations):
                violation = ORGANISATION_MISSING
            if violation is not None:
                self._refuse(row, existing, violation, batch)
                continue
            if row.party_kind == "organisation":
                organisations[row.reference] = organisation_of(self.delivery, row)
            if existing is None:
                batch.added[row.reference] = row
            else:
                self._stage_change(row, existing, batch)
        return batch

    def _violation(
        self, row: StagedRow, existing: _Held | None, batch: _Batch, last_id: int
    ) -> Violation | None:
        if row.reference in batch.added or (existing is not None and existing.id > last_id):
            return REPEATED_RECORD
        if existing is None:
            return None
        if row.starts_at is None and existing.was_notified:
            return NOTICE_WITHDRAWN
        return RELEASED_RECORD if existing.released else None

    def _refuse(
        self, row: StagedRow, existing: _Held | None, violation: Violation, batch: _Batch
    ) -> None:
        batch.quarantined.append(self.delivery.refuse(row, violation))
        self.delivery.counts["kept"] += (
            violation in (ORGANISATION_MISSING, NOTICE_WITHDRAWN)
            and existing is not None
            and existing.ended_at is None
        )

    def _stage_change(self, row: StagedRow, existing: _Held, batch: _Batch) -> None:
        kind = _kind_of_change(row, existing)
        self.delivery.counts[kind] += 1
        if kind == "unchanged":
            return
        if kind == "changed" and self.delivery.header.is_undated:
            kept = {name: getattr(existing, name) for name in _KEPT_DATES}
            row = msgspec.structs.replace(row, **kept)
        contest_id = self.delivery.contest_id(self.connection, self.log, row)
        batch.updated.append(
            replaced(row)
            | {
                "listing_id": existing.id,
                "contest_id": contest_id,
                "ended_at": None,
                "ended_as": None,
                "feed_id": self.delivery.feed.id,
                "change": self._change,
                # Whatever a row changes may work for the party: it travels with what surely does.
                "eased": self._change if kind == "changed" else existing.eased,
            }
        )
        batch.documents[existing.id] = row
        batch.entries.append((existing.id, kind, row.line, content_of(row, contest_id)))
        self._weigh(row, existing)

    def _weigh(self, row: StagedRow, existing: _Held) -> None:
        """Count what a row takes out of force at the instant of the import."""
        now = microseconds_of(self.delivery.at)
        is_over = self.delivery.is_over
        was_held = existing.ended_at is None and not is_over(existing.ends_at)
        is_put_off = (
            row.starts_at is not None
            and existing.starts_at is not None
            and existing.starts_at <= now < row.starts_at
        )
        self._curtailed += was_held and (is_over(row.ends_at) or is_put_off)

    def _write(self, batch: _Batch) -> None:
        self.delivery.quarantine(self.connection, batch.quarantined)
        if batch.added:
            self.delivery.add(self.connection, self.log, list(batch.added.values()))
        if batch.updated:
            self.connection.execute(_UPDATE, batch.updated)
            replace_documents(
                self.connection, {id_: row.documents for id_, row in batch.documents.items()}
            )
            self.delivery.entries.append(self.connection, batch.entries)

    def _select_by_reference(self, references: Sequence[str]) -> list[_Held]:
        query = select(*_LOOKUP).where(table.c.reference.in_(references))
        return [_Held._make(row) for row in self.connection.execute(query)]

    def _end_absent(self, findings: Findings, log: Log) -> tuple[int, int]:
        """End what a full feed no longer names; return how many ended and how many were withheld."""
        absent = list(self._absent(findings))
        withheld = len(absent) if findings.unidentified else 0
        if withheld:
            absent = []
        self._guard(absent, findings.in_force)
        header = self.delivery.header
        if header.mode is FeedMode.FULL and not findings.unidentified:
            note_answered(self.connection, log, header, named=findings.seen, ending=self._ending())
        return end_listings(self.connection, log, absent, self._ending()), withheld

    def _absent(self, findings: Findings) -> Iterator[Leaving]:
        """Yield what the feed does not name and nobody has ended meanwhile."""
        for ids in batches(findings.absent):
            query = select(table.c.id, table.c.reference, table.c.ends_at).where(
                table.c.id.in_(ids), table.c.ended_at.is_(None)
            )
            for id_, reference, ends_at in self.connection.execute(query):
                is_over = self.delivery.is_over(ends_at)
                yield Leaving(id_, reference, EndKind.EXPIRED if is_over else EndKind.WITHDRAWN)

    def _guard(self, absent: Sequence[Leaving], in_force: int) -> None:
        options = self.delivery.options
        removed = self._curtailed + sum(one.kind is EndKind.WITHDRAWN for one in absent)
        if not options.confirm_shrink and removed > options.shrink_guard * in_force:
            message = (
                f"the feed would remove {removed} of {in_force} listings of {self.delivery.header.list_id}, more than "
                f"the guard of {options.shrink_guard:.0%}; ask the authority, then import again with --confirm-shrink"
            )
            message_zh = (
                f"本次数据将使名单的 {in_force} 条记录减少 {removed} 条，超过 {options.shrink_guard:.0%} 的限度；"
                "请向报送机关核实，确认后使用 --confirm-shrink 再次导入。"
            )
            raise FeedRefusedError(FeedRefusal.SHRINKS, message, message_zh)

    def _end_fallen(self, since: int, visible_before: int, log: Log) -> int:
        """End the new listings of persons whose organisation's listing fell since the survey; return how many."""
        organisation = table.alias("organisation")
        query = (
            select(table.c.id, table.c.reference, organisation.c.ended_as)
            .join(organisation, organisation.c.reference == table.c.responsible_reference)
            .where(
                organisation.c.change > since,
                organisation.c.ended_at.is_not(None),
                table.c.id > visible_before,
                table.c.ended_at.is_(None),
            )
        )
        fallen = [
            Leaving(id_, reference, EndKind(ended_as))
            for id_, reference, ended_as in self.connection.execute(query)
        ]
        return end_listings(self.connection, log, fallen, self._ending())

    def _ending(self) -> Ending:
        return Ending(
            at=self.log.at, change=self._change, document=self.delivery.feed.subject, released=False
        )

    def _report(self, findings: Findings, *, ended: int, withheld: int) -> ImportReport:
        counts = self.delivery.counts
        feed = self.delivery.feed
        has_changed = bool(counts["added"] + counts["changed"] + counts["reopened"] + ended)
        is_repeated = not has_changed and feed.is_repeated
        return ImportReport(
            feed_id=feed.last_id if is_repeated and feed.last_id else feed.id,
            list_id=self.delivery.header.list_id,
            rows=findings.rows,
            added=counts["added"],
            changed=counts["changed"],
            reopened=counts["reopened"],
            unchanged=findings.unchanged + counts["unchanged"],
            ended=ended,
            withheld=withheld,
            quarantined=findings.quarantined.count + counts["refused"],
            kept=findings.kept + counts["kept"],
            noted=findings.noted,
            change=self._change if has_changed else None,
            is_repeated=is_repeated,
        )

    def _finish(self, report: ImportReport) -> None:
        feed = self.delivery.feed
        if report.change is not None:
            next_change(self.connection, report.change)
        summary = {name: getattr(report, name) for name in _SUMMARY} | feed.announcement(
            report.change
        )
        summary["content"] = self.delivery.entries.content_digest()
        self.log.append([Occurrence(FEED_IMPORTED, feed.subject, feed.document, summary)])
        feed.finish(
            self.connection,
            {
                "line_count": report.rows,
                "quarantined": report.quarantined,
                "change": report.change,
                "event_seq": self.log.seq,
                "first_listing": self.delivery.first_id if report.added else None,
                "last_listing": self.delivery.next_id - 1 if report.added else None,
            },
        )


def _is_accompanied(row: StagedRow, organisations: dict[str, Organisation]) -> bool:
    if row.responsible_reference is None:
        return True
    organisation = organisations.get(row.responsible_reference)
    return organisation is not None and organisation.admits(row)


def _kind_of_change(row: StagedRow, existing: _Held) -> str:
    if existing.ended_at is not None:
        return "reopened"
    return "unchanged" if existing.digest.hex() == row.digest else "changed"
