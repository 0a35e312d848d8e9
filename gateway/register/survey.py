"""The first phase of an import: read, admit, and find out what differs, without holding any lock.

Responsible for turning a feed into a spool of rows that differ from what is held, a spool of quarantined lines,
and the set of held listings that the feed speaks of.
Not responsible for writing: `application.py` does, and looks again at everything found here.

A daily feed of a whole list differs in few rows, so the write lock of the second phase is short
and a release does not wait behind an import.
Memory does not grow with the feed, except for one bit per listing held.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from sqlalchemy import func, select

from gateway.register.feeds.feed import INCOMPLETE, REPEATED
from gateway.register.imports import ImportPhase, RowReport
from gateway.register.schema import listing as table
from gateway.register.staging import Spool, StagedRow
from sanctions_matrix.admission import AdmissionError, admit
from sanctions_matrix.violations import Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlalchemy import Connection

    from gateway.register.feeds.feed import Feed, FeedRow
    from gateway.register.imports import ImportOptions
    from gateway.register.staging import Stager
    from sanctions_matrix.lists import ListDefinition

    Progress = Callable[[ImportPhase, int], None]

_Item = TypeVar("_Item")

BATCH = 5_000
"""Rows per batch: SQLite takes at most 32,766 variables in one statement."""

REPEATED_RECORD = Violation(
    REPEATED,
    "the record stands on an earlier line of the same feed already; give each listing a record of its own",
    "该编号在同一批数据中重复, 请为每条记录使用唯一编号",
    "record",
)
INCOMPLETE_ROW = Violation(
    INCOMPLETE,
    "the entry is cut off and differs from the one held, which stays; send it whole, with the comments file",
    "该条目不完整且与已有记录不同, 已有记录保持不变; 请连同注释文件完整报送",
    "party.documents",
)


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


class Seen:
    """A set of listing ids in one bit each."""

    def __init__(self, last_id: int) -> None:
        """Make room for the ids from 1 to `last_id`."""
        self._last_id = last_id
        self._bits = bytearray(last_id // 8 + 1)

    def add(self, number: int) -> bool:
        """Add an id and say whether it was there before."""
        index, bit = number >> 3, 1 << (number & 7)
        before = self._bits[index] & bit
        self._bits[index] |= bit
        return bool(before)

    def __contains__(self, number: int) -> bool:
        """Whether the id is in the set; ids beyond the room are, for they are younger than the survey."""
        return number > self._last_id or bool(self._bits[number >> 3] & 1 << (number & 7))


@dataclass(slots=True)
class Findings:
    """What a survey found; `last_id` is the youngest listing it knew."""

    staged: Spool[StagedRow]
    quarantined: Spool[QuarantinedLine]
    seen: Seen
    last_id: int
    rows: int = 0
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

    def run(
        self, feed: Feed, staged: Spool[StagedRow], quarantined: Spool[QuarantinedLine]
    ) -> Findings:
        """Read the whole feed.

        Raises:
            FeedRefusedError: if the feed turns out not to be trusted; nothing was written then.
        """
        last_id = self.connection.scalar(select(func.max(table.c.id))) or 0
        self._findings = Findings(staged, quarantined, Seen(last_id), last_id)
        for batch in batches(feed.rows()):
            self._survey(batch)
            if self.progress is not None:
                self.progress(ImportPhase.READING, self._findings.rows)
        return self._findings

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
        if held is not None and self._findings.seen.add(held.id):
            self._quarantine(row, (REPEATED_RECORD,))
            return
        outcome = self._admit(row, reference)
        if not isinstance(outcome, StagedRow):
            self._quarantine(row, outcome)
            self._findings.kept += held is not None and not held.has_ended
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
        self._findings.staged.put(outcome)

    def _admit(self, row: FeedRow, reference: str | None) -> StagedRow | tuple[Violation, ...]:
        if row.content is None:
            return row.problems
        try:
            submission = admit(row.content, self.definition)
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
            table.c.reference.in_(references)
        )
        return {
            ref: Held(id_, digest, ended is not None)
            for ref, id_, digest, ended in self.connection.execute(query)
        }


def batches(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    """Yield the items in lists of `BATCH`."""
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
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
