"""Listings: one party's entry on one list, as evaluation and the register need it.

Responsible for the value types of a listing, its windows, stays, exemptions, and of an admitted row.
Not responsible for deciding whether a row may be admitted (`admission`) nor for what a listing does (`evaluation`).

Rules kept here: instants are aware and in UTC; windows are half-open; nothing here holds a name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from sanctions_matrix.documents import Document, PartyKind


class WindowError(ValueError):
    """A window whose instants are naive or whose end is not after its start."""


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open span of time: `starts_at` belongs to it, `ends_at` does not.

    Both instants are aware and kept in UTC; an `ends_at` of None means that no end is fixed.

    Raises:
        WindowError: if an instant has no time zone or the end is not after the start.
    """

    starts_at: datetime
    ends_at: datetime | None = None

    def __post_init__(self) -> None:
        """Bring both instants to UTC and refuse an empty window."""
        object.__setattr__(self, "starts_at", _to_utc(self.starts_at))
        if self.ends_at is None:
            return
        object.__setattr__(self, "ends_at", _to_utc(self.ends_at))
        if self.ends_at <= self.starts_at:
            message = "a window must end after it starts"
            raise WindowError(message)

    def contains(self, at: datetime) -> bool:
        """Whether the aware instant `at` lies in the window."""
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


def _to_utc(instant: datetime) -> datetime:
    if instant.tzinfo is UTC:
        return instant
    if instant.utcoffset() is None:
        message = "an instant needs a time zone"
        raise WindowError(message)
    return instant.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class ContestRoute:
    """How to contest a listing: the body to turn to, its address or telephone, and until when.

    `deadline` is in words or a date.
    """

    body: str
    address: str
    deadline: str


@dataclass(frozen=True, slots=True)
class Exemption:
    """A permit or temporary lift for some measures (their ids) during a window."""

    measures: frozenset[str]
    window: Window


class ResponsibleRole(StrEnum):
    """The four roles through which an organisation's limit reaches a person.

    Source: SPC Fa Shi [2015] No. 17 art. 3 (verified).
    """

    LEGAL_REPRESENTATIVE = "legal-representative"
    PRINCIPAL_IN_CHARGE = "principal-in-charge"
    DIRECTLY_RESPONSIBLE = "directly-responsible"
    ACTUAL_CONTROLLER = "actual-controller"


@dataclass(frozen=True, slots=True)
class Ruling:
    """The legally effective document a listing rests on; `dated` is its civil date at the authority."""

    number: str
    authority: str
    dated: date


@dataclass(frozen=True, slots=True)
class Notice:
    """When the party was told; `served_on` is the civil date at the authority."""

    served_on: date


@dataclass(frozen=True, slots=True)
class ResponsibleFor:
    """The organisation's listing (its record on the same list) a responsible person is listed for.

    `ended_on` is the civil date on which the role ended, None while it lasts.
    """

    listing: str
    role: ResponsibleRole
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What evaluation needs to know of one party's entry on one list; `measures` are measure ids."""

    reference: str
    list_id: str
    party_kind: PartyKind
    authority: str
    measures: frozenset[str]
    window: Window
    contest: ContestRoute
    stays: tuple[Window, ...] = ()
    exemptions: tuple[Exemption, ...] = ()

    def in_force(self, at: datetime) -> bool:
        """Whether the aware instant `at` lies in the listing's window and in none of its stays."""
        return self.window.contains(at) and not any(stay.contains(at) for stay in self.stays)


@dataclass(frozen=True, slots=True)
class Submission:
    """A feed row that passed admission: typed, and with its measures spelled out.

    A proposed one has neither notice nor window, every other one has both.
    """

    record: str
    documents: tuple[Document, ...]
    party_kind: PartyKind
    ruling: Ruling
    ground: str
    notice: Notice | None
    window: Window | None
    measures: frozenset[str]
    contest: ContestRoute
    responsible_for: ResponsibleFor | None = None

    @property
    def is_proposed(self) -> bool:
        """Whether the party has not been told yet, so that the row restricts nobody."""
        return self.window is None
