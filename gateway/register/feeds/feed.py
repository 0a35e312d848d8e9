"""What every feed looks like to the register: a header, then rows, then a digest of what was read.

Responsible for the types shared by all formats.
Not responsible for any format, nor for admission.

Rules kept here:

- A feed is read once, from front to back, in constant memory.
- A row that cannot be read is a row with problems; a file that cannot be trusted is a `FeedRefusedError`.
- Nothing here quotes a row's text: problems name lines, fields and rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from sanctions_matrix.violations import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

UNREADABLE = "F1"
REPEATED = "F2"
INCOMPLETE = "F3"


class FeedMode(StrEnum):
    """`FULL` names every listing of the list, so what is absent has ended; `CHANGES` names some."""

    FULL = "full"
    CHANGES = "changes"


@dataclass(frozen=True, slots=True)
class FeedHeader:
    """Which list a feed speaks for, who delivers it, and where it stands in the order of deliveries.

    `sequence` grows with every delivery of a list (rule A12).
    `records` is the number of rows announced, None where the format announces none.
    `is_undated` marks a format whose rows carry no date of their own, only the publication's:
    such dates are those of the first publication in which the register saw the entry,
    and two publications of one day share a sequence.
    """

    list_id: str
    authority: str
    sequence: int
    mode: FeedMode
    records: int | None = None
    is_undated: bool = False


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One row: its line (from 1), its record where it could be read, and the admission shape or the problems.

    `notes` say what of an otherwise good row was left out.
    `is_incomplete` says that documents may be missing from it, because the file stops in the middle of the entry:
    such a row may list somebody, and never replaces what is held.
    """

    line: int
    record: str | None
    content: Mapping[str, object] | None
    problems: tuple[Violation, ...] = ()
    notes: tuple[str, ...] = ()
    is_incomplete: bool = False


class Feed(Protocol):
    """A feed that is open for reading."""

    @property
    def header(self) -> FeedHeader:
        """What the feed says about itself."""

    def rows(self) -> Iterator[FeedRow]:
        """Yield every row once.

        Raises:
            FeedRefusedError: if the file turns out to be cut off, wrongly encoded or otherwise not to be trusted.
        """

    def digest(self) -> bytes:
        """Return the 32-byte digest of everything read; final once `rows` is exhausted."""


def unreadable(message_en: str, message_zh: str, field: str = "") -> Violation:
    """Return the problem of a row that cannot be read."""
    return Violation(UNREADABLE, message_en, message_zh, field)
