"""The last phase of an import: one write transaction that changes what is held and makes the feed visible, whole.

Responsible for changing, reopening and ending listings, for the rows that only now can be decided, and for the feed's
event.
Not responsible for reading or admitting rows (`survey.py`), nor for the many new listings (`additions.py`).

Rules kept here:

- Everything found in the survey is looked at again, because a decision may have been recorded meanwhile.
- What a listing that is held forbids its row is asked of it anew (`held_listings.py`).
- A responsible person's listing needs its organisation's listing in force before it in the feed or in the register,
  and not over yet (rule A8); where that one fell while the feed was written, the person's falls with it.
- Whatever takes a listing out of force is weighed, and too much of it refuses the feed (`shrink_guard.py`).
- Persons were listed for the organisation that was held: where its record names another one, with other documents
  throughout, their listings end for good (rule A8).
- A row refused because the person's role was over before the listing began ends what is held for it (rule A8).
- Of an undated feed the dates of a held listing stay: they are those of the publication that first held it.
- The feed's event stands before the events of what the feed ended.
"""

from __future__ import annotations

import heapq
from array import array
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import bindparam, select, update

from gateway.register.changes import change_number, last_listing, next_change, show_listings
from gateway.register.columns import is_past, microseconds_of
from gateway.register.delivery import ORGANISATION_MISSING, Delivery
from gateway.register.document_rows import held_documents, replace_documents
from gateway.register.endings import Ending, EndKind, Leaving, end_listings, note_answered
from gateway.register.events import FEED_IMPORTED, Occurrence, Withheld
from gateway.register.feeds.feed import FeedMode
from gateway.register.held_listings import select_held
from gateway.register.imports import ImportReport
from gateway.register.listing_rows import REPLACED, content_of, replaced
from gateway.register.organisations import organisation_of, organisations_named
from gateway.register.schema import listing as table
from gateway.register.shrink_guard import ShrinkGuard
from gateway.register.survey import REPEATED_RECORD, batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from gateway.register.entries import EntryContent
    from gateway.register.events import EventLog, Log
    from gateway.register.held_listings import HeldListing
    from gateway.register.history import Named
    from gateway.register.organisations import Organisation
    from gateway.register.staging import Spool, StagedRow
    from gateway.register.survey import Findings, QuarantinedLine
    from sanctions_matrix.violations import Violation

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
_organisation = table.alias("organisation")
_ABSENT = select(
    table.c.id,
    table.c.reference,
    table.c.ends_at,
    *(
        _organisation.c[name].label(f"organisation_{name}")
        for name in ("ends_at", "due_at", "due_as")
    ),
).outerjoin(_organisation, _organisation.c.reference == table.c.responsible_reference)
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
    changed: dict[int, tuple[StagedRow, HeldListing]] = field(default_factory=dict)
    entries: list[tuple[int, str, int, EntryContent]] = field(default_factory=list)
    quarantined: list[QuarantinedLine] = field(default_factory=list)


@dataclass(slots=True)
class Application:
    """Applies one survey's findings; `clock` tells the aware instant at which they take effect."""

    connection: Connection
    log: EventLog
    delivery: Delivery
    clock: Callable[[], datetime]
    _now: int = field(init=False)
    _change: int = 0
    _guard: ShrinkGuard = field(init=False)
    _replaced: array[int] = field(default_factory=lambda: array("q"))
    """Listings of organisations whose row names none of the documents that were held."""

    def __post_init__(self) -> None:
        """Judge the rows at the instant at which the log begins, in microseconds."""
        self._now = microseconds_of(self.log.at)

    def run(self, findings: Findings, late: Spool[StagedRow]) -> ImportReport:
        """Do everything, and return the report.

        Raises:
            FeedRefusedError: if the feed removes more of the list than the guard allows; the transaction must be
                undone.
        """
        self._change = change_number(self.connection) + 1
        self._guard = ShrinkGuard(
            self.connection,
            self.delivery,
            self._now,
            in_force=findings.in_force,
            last_id=findings.last_id,
        )
        visible_before = last_listing(self.connection)
        self.delivery.feed.insert(self.connection)
        for rows in batches(heapq.merge(findings.held, late, key=attrgetter("line"))):
            self._write(self._classify(rows, findings.last_id))
            self.delivery.tell(len(rows))
        show_listings(self.connection, self.delivery.next_id - 1)
        # As late as can be: what ends from here on bears this instant.
        self.log.move_to(self.clock())
        self._now = microseconds_of(self.log.at)
        endings = Withheld()
        ended, withheld = self._end_absent(findings, endings)
        ended += self._end_fallen(findings.change, visible_before, endings)
        ended += self._end_left_behind(findings.last_id, endings)
        ended += self._end_former(findings.former, endings)
        self._guard.weigh_fallen(self._change)
        self._guard.refuse_too_much()
        report = self._report(findings, ended=ended, withheld=withheld)
        self._finish(report)
        self.log.append(endings.occurrences)
        return report

    def _classify(self, rows: Sequence[StagedRow], last_id: int) -> _Batch:
        batch = _Batch()
        held = select_held(self.connection, [row.reference for row in rows])
        hung_on = {row.responsible_reference for row in rows}
        hung_on.update(one.responsible_reference for one in held.values())
        named = filter(None, hung_on)
        organisations = organisations_named(self.connection, named, self._now)
        for row in rows:
            existing = held.get(row.reference)
            violation = self._violation(row, existing, organisations, batch, last_id)
            if violation is not None:
                self._refuse(row, existing, violation, batch)
                continue
            if row.party_kind == "organisation":
                before = organisations.get(row.reference)
                organisations[row.reference] = (
                    before.after(row, self._now) if before else organisation_of(row, self._now)
                )
            if existing is None:
                batch.added[row.reference] = row
            else:
                self._stage_change(row, existing, batch)
        return batch

    def _violation(
        self,
        row: StagedRow,
        existing: HeldListing | None,
        organisations: Mapping[str, Organisation],
        batch: _Batch,
        last_id: int,
    ) -> Violation | None:
        if row.reference in batch.added or (existing is not None and existing.id > last_id):
            return REPEATED_RECORD
        violation = existing.refuses(row, organisations, self._now) if existing else None
        if violation is None and not _is_accompanied(row, organisations):
            violation = ORGANISATION_MISSING
        return violation

    def _refuse(
        self, row: StagedRow, existing: HeldListing | None, violation: Violation, batch: _Batch
    ) -> None:
        batch.quarantined.append(self.delivery.refuse(row, violation))
        self.delivery.counts["kept"] += (
            existing is not None and existing.ended_at is None and violation is not REPEATED_RECORD
        )

    def _stage_change(self, row: StagedRow, existing: HeldListing, batch: _Batch) -> None:
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
        batch.changed[existing.id] = row, existing
        batch.entries.append((existing.id, kind, row.line, content_of(row, contest_id)))

    def _write(self, batch: _Batch) -> None:
        self.delivery.quarantine(self.connection, batch.quarantined)
        if batch.added:
            self.delivery.add(self.connection, self.log, list(batch.added.values()))
        if batch.updated:
            before = held_documents(self.connection, batch.changed)
            for id_, (row, existing) in batch.changed.items():
                self._guard.weigh_change(row, existing, before[id_])
                if row.party_kind == "organisation" and _is_another(row, before[id_]):
                    self._replaced.append(id_)
            self._guard.weigh_persons(batch.changed.values())
            self.connection.execute(_UPDATE, batch.updated)
            documents = {id_: row.documents for id_, (row, _) in batch.changed.items()}
            replace_documents(self.connection, documents, before)
            self.delivery.entries.append(self.connection, batch.entries)

    def _end_absent(self, findings: Findings, log: Log) -> tuple[int, int]:
        """End what a full feed no longer names; return how many ended and how many were withheld."""
        if findings.unidentified:
            return 0, sum(1 for _ in self._absent(findings))
        for ids in batches(findings.absent):
            self._guard.weigh_absent(ids)
        self._guard.refuse_too_much()  # before much is written for nothing
        header = self.delivery.header
        if header.mode is FeedMode.FULL:
            note_answered(self.connection, log, header, named=findings.seen, ending=self._ending())
        return end_listings(self.connection, log, self._absent(findings), self._ending()), 0

    def _absent(self, findings: Findings) -> Iterator[Leaving]:
        """Yield what the feed does not name and nobody has ended meanwhile."""
        for ids in batches(findings.absent):
            query = _ABSENT.where(table.c.id.in_(ids), table.c.ended_at.is_(None))
            for row in self.connection.execute(query).all():
                yield self._leaving(row)

    def _leaving(self, row: Row[*tuple[Any, ...]]) -> Leaving:
        """Say how a listing ends that the feed leaves out: as what was over already, or is owed, and then for good."""
        kind = None
        if is_past(row.ends_at, self._now) or is_past(row.organisation_ends_at, self._now):
            kind = EndKind.EXPIRED
        elif row.organisation_due_at is not None:
            kind = EndKind(row.organisation_due_as)
        return Leaving(row.id, row.reference, kind or EndKind.WITHDRAWN, released=kind is not None)

    def _end_fallen(self, since: int, visible_before: int, log: Log) -> int:
        """End the new listings of persons whose organisation's listing fell since the survey; return how many."""
        query = (
            select(table.c.id, table.c.reference, _organisation.c.ended_as)
            .join(_organisation, _organisation.c.reference == table.c.responsible_reference)
            .where(
                _organisation.c.change > since,
                _organisation.c.ended_at.is_not(None),
                table.c.id > visible_before,
                table.c.ended_at.is_(None),
            )
        )
        fallen = [
            Leaving(id_, reference, EndKind(ended_as))
            for id_, reference, ended_as in self.connection.execute(query)
        ]
        return end_listings(self.connection, log, fallen, self._ending())

    def _end_left_behind(self, last_id: int, log: Log) -> int:
        """End what was held of persons whose organisation's record names another organisation now; return how many."""
        count = 0
        for ids in batches(self._replaced):
            query = (
                select(table.c.id, table.c.reference)
                .join(_organisation, _organisation.c.reference == table.c.responsible_reference)
                .where(
                    _organisation.c.id.in_(ids), table.c.ended_at.is_(None), table.c.id <= last_id
                )
            )
            leaving = [
                Leaving(id_, reference, EndKind.WITHDRAWN, released=True)
                for id_, reference in self.connection.execute(query)
            ]
            count += end_listings(self.connection, log, leaving, self._ending())
        return count

    def _end_former(self, former: Sequence[int], log: Log) -> int:
        """End what was held of persons who, as their own rows say, were not responsible any more; return how many."""
        count = 0
        for ids in batches(former):
            query = select(table.c.id, table.c.reference).where(
                table.c.id.in_(ids), table.c.ended_at.is_(None)
            )
            leaving = [
                Leaving(id_, reference, EndKind.WITHDRAWN)
                for id_, reference in self.connection.execute(query)
            ]
            count += end_listings(self.connection, log, leaving, self._ending())
        return count

    def _ending(self) -> Ending:
        return Ending(
            at=self.log.at, change=self._change, document=self.delivery.feed.subject, released=False
        )

    def _report(self, findings: Findings, *, ended: int, withheld: int) -> ImportReport:
        counts = self.delivery.counts
        has_changed = bool(counts["added"] + counts["changed"] + counts["reopened"] + ended)
        return ImportReport(
            feed_id=self.delivery.feed.id,
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
        )

    def _finish(self, report: ImportReport) -> None:
        feed = self.delivery.feed
        if report.change is not None:
            next_change(self.connection, report.change)
        added = (
            (self.delivery.first_id, self.delivery.next_id - 1) if report.added else (None, None)
        )
        summary = {name: getattr(report, name) for name in _SUMMARY} | feed.announcement(
            report.change, added
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
                "first_listing": added[0],
                "last_listing": added[1],
            },
        )


def _is_accompanied(row: StagedRow, organisations: Mapping[str, Organisation]) -> bool:
    if row.responsible_reference is None:
        return True
    organisation = organisations.get(row.responsible_reference)
    return organisation is not None and organisation.admits(row)


def _is_another(row: StagedRow, held: Mapping[Named, bool]) -> bool:
    """Whether a row names none of the documents that its listing names; those it has dropped do not count."""
    return not any(pair in held and not held[pair] for pair in row.documents)


def _kind_of_change(row: StagedRow, existing: HeldListing) -> str:
    if existing.ended_at is not None:
        return "reopened"
    return "unchanged" if existing.digest.hex() == row.digest else "changed"
