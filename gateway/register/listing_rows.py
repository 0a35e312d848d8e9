"""From an admitted row to the columns of `listing` and the content of its entry.

Responsible for which value goes where, in one place.
Not responsible for writing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.register.entries import EntryContent

if TYPE_CHECKING:
    from gateway.register.staging import StagedRow


class ListingRow(NamedTuple):
    """All columns of `listing`, in their order."""

    id: int
    reference: str
    list_id: str
    record: str
    digest: bytes
    party_kind: str
    authority: str
    ruling_number: str
    ruling_dated: str
    ground: str
    served_on: str | None
    starts_at: int | None
    ends_at: int | None
    measures: str
    contest_id: int
    responsible_reference: str | None
    responsible_role: str | None
    responsible_ended_on: str | None
    stays: str | None
    exemptions: str | None
    ended_at: int | None
    ended_as: str | None
    released: bool
    feed_id: int
    line: int
    due_at: int | None
    due_as: str | None
    change: int
    eased: int | None

    def __repr__(self) -> str:
        """Show which listing it is and nothing of what it says."""
        return f"ListingRow(id={self.id}, line={self.line})"


def added_row(
    row: StagedRow, contest_id: int, *, id_: int, list_id: str, feed_id: int
) -> ListingRow:
    """Return the columns of a listing that a feed adds; its change is the feed's."""
    return ListingRow(
        id_,
        row.reference,
        list_id,
        row.record,
        bytes.fromhex(row.digest),
        row.party_kind,
        row.authority,
        row.ruling_number,
        row.ruling_dated,
        row.ground,
        row.served_on,
        row.starts_at,
        row.ends_at,
        row.measures,
        contest_id,
        row.responsible_reference,
        row.responsible_role,
        row.responsible_ended_on,
        None,  # stays
        None,  # exemptions
        None,  # ended_at
        None,  # ended_as
        False,  # noqa: FBT003 - released
        feed_id,
        row.line,
        None,  # due_at
        None,  # due_as
        0,  # change
        None,  # eased
    )


def content_of(row: StagedRow, contest_id: int) -> EntryContent:
    """Return what the feed said, as its entry keeps it."""
    return EntryContent(
        row.party_kind,
        row.authority,
        row.ruling_number,
        row.ruling_dated,
        row.ground,
        row.served_on,
        row.starts_at,
        row.ends_at,
        row.measures,
        contest_id,
        row.responsible_reference,
        row.responsible_role,
        row.responsible_ended_on,
        row.record,
        row.digest,
        row.documents,
    )


REPLACED = (
    "party_kind",
    "authority",
    "ruling_number",
    "ruling_dated",
    "ground",
    "served_on",
    "starts_at",
    "ends_at",
    "measures",
    "responsible_reference",
    "responsible_role",
    "responsible_ended_on",
    "line",
)
"""The columns that a row replaces as they stand in it."""


def replaced(row: StagedRow) -> dict[str, object]:
    """Return what a row replaces in the listing that is held for it."""
    return {name: getattr(row, name) for name in REPLACED} | {"digest": bytes.fromhex(row.digest)}
