"""What an import is told and what it reports.

Responsible for the values that go into and come out of `Register.import_feed`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.mainland_calendar import MainlandCalendar

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sanctions_matrix.violations import Violation
    from sanctions_matrix.working_days import WorkingCalendar

DEFAULT_SHRINK_GUARD = 0.2
"""Share of a list that one feed may remove without a second confirmation (rule A12)."""


class ImportPhase(StrEnum):
    """Waiting is for another import to end; reading holds no lock; writing holds the write lock batch by batch."""

    WAITING = "waiting"
    READING = "reading"
    WRITING = "writing"


@dataclass(frozen=True, slots=True)
class RowReport:
    """What is said about one line of a feed: the rules it breaks (then it is quarantined), or only notes."""

    line: int
    violations: tuple[Violation, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to import.

    `shrink_guard` is a share from 0 to 1; `confirm_shrink` lifts it for this feed.
    `actor` is who imports, as the event log shall name it.
    `report` is called once for each line that has something to be said about it.
    `clock` tells the aware instant at which the feed takes effect, once its rows stand; without it, when it began.
    `calendar` counts the working days of a list's period to object (rule A4).
    `submission_id` is the key of a submission over the RegisterService, 16 bytes; the feed is recorded under it.
    """

    shrink_guard: float = DEFAULT_SHRINK_GUARD
    confirm_shrink: bool = False
    actor: str = "import"
    report: Callable[[RowReport], None] | None = None
    calendar: WorkingCalendar = field(default_factory=MainlandCalendar)
    submission_id: bytes | None = None
    clock: Callable[[], datetime] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did, in rows.

    `rows` = `added` + `changed` + `reopened` + `unchanged` + `quarantined`.
    `kept` of the quarantined rows are held from an earlier feed and stay as they were.
    `ended` counts listings, those of responsible persons that fell with their organisation's included.
    `withheld` listings are absent from the feed but were not ended, because some row could not be identified.
    `change` is the change number of this import, None when nothing changed.
    `is_repeated` says that this very feed was the last one imported, so that nothing was written: what it
    admitted counts as `unchanged`, what was refused as `quarantined`.
    """

    feed_id: int
    list_id: str
    rows: int = 0
    added: int = 0
    changed: int = 0
    reopened: int = 0
    unchanged: int = 0
    ended: int = 0
    withheld: int = 0
    quarantined: int = 0
    kept: int = 0
    noted: int = 0
    change: int | None = None
    is_repeated: bool = False

    @property
    def admitted(self) -> int:
        """Rows that are in the register now as the feed gave them."""
        return self.rows - self.quarantined
