"""The first phase of an import: read, admit, and find out what differs, without holding any lock.

Responsible for turning a feed into spools of new rows, of rows that differ from what is held and of quarantined lines,
and for the held listings that a full feed does not speak of.
Not responsible for writing: `additions.py` writes what is new, `application.py` the rest, and looks again at everything
that a decision may have changed meanwhile.

Memory does not grow with the feed, except for one bit per listing held.
"""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from sqlalchemy import case, func, select

from gateway.register.changes import change_number, last_listing
from gateway.register.columns import microseconds_of
from gateway.register.feeds.feed import INCOMPLETE, REPEATED, FeedMode
from gateway.register.imports import ImportPhase, RowReport
from gateway.register.schema import feed as feed_table
from gateway.register.schema import listing as table
from gateway.register.seen import Seen
from gateway.register.shrink_guard import is_weighed
from gateway.register.staging import Spool, StagedRow
from sanctions_matrix.admission import AdmissionError, admit
from sanctions_matrix.civil_time import day_of
from sanctions_matrix.violations import Fault, Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection

    from gateway.register.feeds.feed import Feed, FeedHeader, FeedRow
    from gateway.register.imports import ImportOptions
    from gateway.register.staging import Stager
    from sanctions_matrix.lists import ListDefinition

    Progress = Callable[[ImportPhase, int], None]

_Item = TypeVar("_Item")

BATCH = 5_000
"""Rows per batch: SQLite takes at most 32,766 variables in one statement."""

REPEATED_RECORD = Violation(
    REPEATED,
    "The record stands on an earlier line of the same feed already; give each listing a record of its own.",
    "该编号在同一批数据中重复；请为每条记录使用唯一编号。",
    "record",
)
INCOMPLETE_ROW = Violation(
    INCOMPLETE,
    "The entry is cut off and differs from the one held, which stays; send it whole, with the comments file.",
    "该条目不完整且与已有记录不同，已有记录保持不变；请连同注释文件完整报送。",
    "party.documents",
)


ROLE_ENDED = Fault.ROLE_ENDED.violation()


class QuarantinedLine(NamedTuple):
    """A quarantined line as columns: which rules it breaks (each once), and the messages as JSON."""

    line: int
    rules: str
    messages: str


class Held(NamedTuple):
    """What the survey needs of a held listing."""

    id: int
    digest: bytes
    has_ended: bool


@dataclass(slots=True)
class Findings:
    """What a survey found: rows of records that are new, rows that differ from what is held, and refused lines.

    `last_id` is the youngest listing it knew, `change` the number of the last change.
    `absent` are the held listings that a full feed does not name; `in_force` counts those of the list and authority
    that the shrink guard weighs: in force, and not owed to be removed.
    `former` are the held listings of persons whose role, as their refused rows say, was over before the listing began.
    """

    added: Spool[StagedRow]
    held: Spool[StagedRow]
    quarantined: Spool[QuarantinedLine]
    seen: Seen = field(default_factory=lambda: Seen(0))
    last_id: int = 0
    change: int = 0
    absent: array[int] = field(default_factory=lambda: array("q"))
    former: array[int] = field(default_factory=lambda: array("q"))
    in_force: int = 0
    rows: int = 0
    named: int = 0
    unchanged: int = 0
    kept: int = 0
    unidentified: int = 0
    noted: int = 0


@dataclass(slots=True)
class Survey:
    """Reads one feed against the register's state as of one read transaction."""

    connection: Connection
    definition: ListDefinition
    stager: Stager
    options: ImportOptions
    progress: Progress | None
    _findings: Findings = field(init=False)
    _today: date = field(init=False)

    def run(self, feed: Feed, findings: Findings, at: datetime) -> None:
        """Read the whole feed, and note in `findings` what it comes to at the aware instant `at`.

        Raises:
            FeedRefusedError: if the feed turns out not to be trusted; nothing was written then.
        """
        self._findings = findings
        self._today = day_of(at, self.definition.utc_offset)
        findings.last_id = last_listing(self.connection)
        findings.change = change_number(self.connection)
        findings.seen = Seen(findings.last_id)
        for batch in batches(feed.rows()):
            self._survey(batch)
            if self.progress is not None:
                self.progress(ImportPhase.READING, findings.rows)
        if findings.last_id:
            self._compare(feed.header, microseconds_of(at))

    def _compare(self, header: FeedHeader, now: int) -> None:
        """Find out what the feed does not name of all that is held of its list and authority."""
        findings = self._findings
        held = (
            table.c.list_id == header.list_id,
            table.c.ended_at.is_(None),
            table.c.id <= findings.last_id,
            table.c.feed_id.in_(
                select(feed_table.c.id).where(
                    feed_table.c.list_id == header.list_id,
                    feed_table.c.authority == header.authority,
                )
            ),
        )
        weighed = case((is_weighed(now), 1), else_=0)
        query = select(func.count(), func.coalesce(func.sum(weighed), 0)).where(*held)
        count, in_force = self.connection.execute(query).one()
        findings.in_force = int(in_force)
        if header.mode is FeedMode.FULL and findings.named < count:
            ids = select(table.c.id).where(*held).execution_options(yield_per=10_000)
            seen = findings.seen
            findings.absent.extend(
                id_ for (id_,) in self.connection.execute(ids) if id_ not in seen
            )

    def _survey(self, batch: Sequence[FeedRow]) -> None:
        reference = self.stager.reference
        references = [None if row.record is None else reference(row.record) for row in batch]
        held = self._held([one for one in references if one is not None])
        findings = self._findings
        for row, ref in zip(batch, references, strict=True):
            findings.rows += 1
            if ref is None:
                findings.unidentified += 1
            self._survey_row(row, ref, held.get(ref) if ref is not None else None)

    def _survey_row(self, row: FeedRow, reference: str | None, held: Held | None) -> None:
        if held is not None:
            if self._findings.seen.add(held.id):
                self._quarantine(row, (REPEATED_RECORD,))
                return
            self._findings.named += not held.has_ended
        outcome = self._admit(row, reference)
        if not isinstance(outcome, StagedRow):
            self._quarantine(row, outcome)
            if held is not None and not held.has_ended:
                self._keep(held, outcome)
            return
        is_held = held is not None and not held.has_ended
        is_same = held is not None and is_held and held.digest.hex() == outcome.digest
        if row.is_incomplete and is_held and not is_same:
            self._quarantine(row, (INCOMPLETE_ROW,))
            self._findings.kept += 1
            return
        if row.notes:
            self._report(RowReport(row.line, (), row.notes))
        if is_same:
            self._findings.unchanged += 1
            return
        spool = self._findings.added if held is None else self._findings.held
        spool.put(outcome)

    def _keep(self, held: Held, violations: tuple[Violation, ...]) -> None:
        """Keep what is held for a refused row, unless nothing is wrong with it but that the role was over."""
        if violations == (ROLE_ENDED,):
            self._findings.former.append(held.id)
        else:
            self._findings.kept += 1

    def _admit(self, row: FeedRow, reference: str | None) -> StagedRow | tuple[Violation, ...]:
        if row.content is None:
            return row.problems
        try:
            submission = admit(
                row.content, self.definition, self.options.calendar, today=self._today
            )
        except AdmissionError as error:
            return error.violations
        return self.stager.stage(submission, reference=reference or "", line=row.line)

    def _quarantine(self, row: FeedRow, violations: tuple[Violation, ...]) -> None:
        self._findings.quarantined.put(quarantined_line(row.line, violations))
        self._report(RowReport(row.line, violations, row.notes))

    def _report(self, report: RowReport) -> None:
        self._findings.noted += bool(report.notes)
        if self.options.report is not None:
            self.options.report(report)

    def _held(self, references: Sequence[str]) -> dict[str, Held]:
        if not self._findings.last_id:
            return {}
        query = select(table.c.reference, table.c.id, table.c.digest, table.c.ended_at).where(
            table.c.reference.in_(references), table.c.id <= self._findings.last_id
        )
        return {
            ref: Held(id_, digest, ended is not None)
            for ref, id_, digest, ended in self.connection.execute(query)
        }


def batches(items: Iterable[_Item], size: int = BATCH) -> Iterator[list[_Item]]:
    """Yield the items in lists of `size`."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def quarantined_line(line: int, violations: Sequence[Violation]) -> QuarantinedLine:
    """Return the columns of a quarantined line."""
    rules = ",".join(sorted({one.rule for one in violations}, key=_rule_order))
    messages = [
        {"rule": one.rule, "field": one.field, "en": one.message_en, "zh": one.message_zh}
        for one in violations
    ]
    return QuarantinedLine(line, rules, json.dumps(messages, ensure_ascii=False))


def _rule_order(rule: str) -> tuple[str, int]:
    return rule[:1], int(rule[1:])
