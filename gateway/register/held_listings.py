"""Held listings of which a row speaks again: what is read of them, and when a row may not change them.

Responsible for the rules between a row and what is held for its record.
Not responsible for what a row says by itself (`sanctions_matrix.admission`), nor for changing anything.

Rules kept here:

- What is over stays over: no row brings back a listing that a decision ended, or that its own term, the removal that
  was due or either of these of its organisation has stopped, whether or not anybody has swept since (rule A12).
- No row takes a person's listing away from an organisation's whose stay or owed removal holds for it (rule A12).
- A record stays one of its kind of party (rule A6), and what was complete once is not only proposed again (rule A4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from gateway.register.columns import is_past
from gateway.register.schema import listing as table
from sanctions_matrix.violations import Violation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from gateway.register.organisations import Organisation
    from gateway.register.staging import StagedRow

RELEASED_RECORD = Violation(
    "A12",
    "This listing was ended for good; leave the row out, and give a new listing a new record.",
    "该记录已终止，不得恢复；请删除该条，重新列入的请使用新的编号。",
    "record",
)
STOPPED_RECORD = Violation(
    "A12",
    (
        "This listing, or its organisation's, is over: its term ended or its removal was due; leave the row out, and "
        "give a new listing a new record."
    ),
    "该记录或其所涉单位的记录已届满，或者移出期限已过；请删除该条，重新列入的请使用新的编号。",
    "record",
)
RESTRAINED_RECORD = Violation(
    "A12",
    (
        "The organisation's listing that this one hangs on is stayed, or its removal is owed, and so this one's; name "
        "that organisation's record as before, or leave the row out."
    ),
    "该记录所依附的单位记录已暂缓执行或者应当移出，其效力及于该记录；请照原样填写该单位的记录编号，或者删除该条。",
    "responsible_for.listing",
)
OTHER_KIND = Violation(
    "A6",
    (
        "This record is held for another kind of party; leave the row out, and give the listing of another party a new "
        "record."
    ),
    "该编号已用于另一类主体的记录；请删除该条，其他主体的列入请使用新的编号。",
    "party.kind",
)
NOTICE_WITHDRAWN = Violation(
    "A4",
    "The party was told of this listing already, so it cannot be only proposed again; send it whole, or leave it out.",
    "该记录已送达当事人，不能改回拟列入；请完整报送，或者不再报送。",
    "stage",
)


class HeldListing(NamedTuple):
    """What applying a row needs of the listing that is held; the columns of the same names."""

    reference: str
    id: int
    digest: bytes
    party_kind: str
    ended_at: int | None
    released: bool
    ruling_dated: str
    served_on: str | None
    starts_at: int | None
    ends_at: int | None
    due_at: int | None
    measures: str
    responsible_reference: str | None
    eased: int | None

    def refuses(
        self, row: StagedRow, organisations: Mapping[str, Organisation], at: int
    ) -> Violation | None:
        """Return why the row may not change this listing at an instant in microseconds, None if it may.

        `organisations` holds the one that this listing hangs on.
        """
        if self.released:
            return RELEASED_RECORD
        organisation = organisations.get(self.responsible_reference or "")
        is_over = is_past(self.ends_at, at) or is_past(self.due_at, at)
        if is_over or (organisation is not None and organisation.is_stopped):
            return STOPPED_RECORD
        if row.party_kind != self.party_kind:
            return OTHER_KIND
        if row.starts_at is None and self.starts_at is not None:
            return NOTICE_WITHDRAWN
        is_taken_away = self.responsible_reference != row.responsible_reference
        if is_taken_away and organisation is not None and organisation.is_restrained:
            return RESTRAINED_RECORD
        return None


_COLUMNS = tuple(table.c[name] for name in HeldListing._fields)


def select_held(connection: Connection, references: Sequence[str]) -> dict[str, HeldListing]:
    """Return the listings of these references that are held, visible or not, by reference."""
    query = select(*_COLUMNS).where(table.c.reference.in_(references))
    return {row.reference: row for row in map(HeldListing._make, connection.execute(query))}
