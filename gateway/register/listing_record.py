"""One listing as the register shows it: what it says, where it stands in its life, and how it came there.

Responsible for the value that `Register.show` returns, and for the state at an instant.
Not responsible for reading it (`showing.py`), nor for deriving it from history (`history.py`).

Rule kept here: a state is derived from windows and instants and is stored nowhere, so it needs nobody to turn it over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sanctions_matrix.listing import Listing, Window

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sanctions_matrix.documents import Document, PartyKind
    from sanctions_matrix.listing import ContestRoute, Exemption


NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""When the window of a proposed listing begins where one must be shown."""


class ListingState(StrEnum):
    """Where a listing stands at an instant. Source: design of the life cycle, docs/due-process.md."""

    PROPOSED = "proposed"
    NOTIFIED = "notified"
    IN_FORCE = "in-force"
    STAYED = "stayed"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


class DeadlineKind(StrEnum):
    """What an authority owes: to take a listing off, to examine a request for correction, or to review it."""

    REMOVAL = "removal"
    CORRECTION = "correction"
    REVIEW = "review"


class DeadlineState(StrEnum):
    """Whether the authority still has time, acted in time, or did not."""

    OPEN = "open"
    KEPT = "kept"
    MISSED = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRecord:
    """What the authority owes the party of one listing, by `due_at` (aware UTC).

    `ends_as` is how the listing ends when a removal is due, None for a request.
    `opened_on` is the authority's civil date on which it was triggered.
    `counted` is working-days or calendar-days; `document` the paper it rests on.
    `closed_at` is when the authority acted, None as long as it did not: a missed deadline may still be unanswered.
    """

    id: int
    kind: DeadlineKind
    ends_as: str | None
    opened_on: date
    due_at: datetime
    counted: str
    document: str
    state: DeadlineState
    closed_at: datetime | None

    def closed(self, at: datetime) -> DeadlineRecord:
        """Return it as it is once nothing is owed any more since `at` (aware)."""
        if self.closed_at is not None:
            return self
        state = DeadlineState.KEPT if at < self.due_at else DeadlineState.MISSED
        return replace(self, state=state, closed_at=at)


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """Something that happened to a listing: a row of a feed, or a decision or deadline of its own.

    `at` is an aware UTC instant; `document` the paper it rests on, never a party's document number.
    `seq` is the event's place in the log; for a row of a feed that of the feed's import.
    `detail` are the particulars of an event; for a row of a feed only which feed and line it was.
    `documents` are those that the listing named once it had happened.
    """

    seq: int
    at: datetime
    actor: str
    kind: str
    document: str
    detail: Mapping[str, object]
    documents: frozenset[Document]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingRecord:
    """Everything the register holds of one listing, for those who may see it; instants are aware UTC.

    `documents` are those it names now.
    `served_on`, `starts_at` and `begins_at` are None while it is proposed; `ends_at` is the end of its own term.
    `begins_at` is when it begins at the earliest: its own start or that of the organisation it hangs on, the later one.
    `stops_at` is when it stops by itself at the latest: its own end, the instant by which its removal is due, or those
    of the organisation it hangs on, whichever comes first.
    `stays` are its own and its organisation's.
    `ended_at` is None as long as nobody ended it, though its window may be over.
    `due_at` and `due_as`: when its removal is due, and how it ends then.
    `change` is the number of its last change, which a further change may name as the one it expects.
    `history` is in the order in which it happened.
    """

    reference: str
    list_id: str
    party_kind: PartyKind
    authority: str
    measures: frozenset[str]
    contest: ContestRoute
    record: str
    documents: tuple[Document, ...]
    ruling_number: str
    ruling_dated: date
    ground: str
    served_on: date | None
    starts_at: datetime | None
    ends_at: datetime | None
    begins_at: datetime | None
    stops_at: datetime | None
    stays: tuple[Window, ...]
    exemptions: tuple[Exemption, ...]
    responsible_reference: str | None
    responsible_role: str | None
    responsible_ended_on: date | None
    ended_at: datetime | None
    ended_as: str | None
    due_at: datetime | None
    due_as: str | None
    change: int
    deadlines: tuple[DeadlineRecord, ...]
    history: tuple[HistoryItem, ...]

    @property
    def listing(self) -> Listing:
        """The listing as evaluation sees it while nobody has ended it.

        While it is proposed its window begins at `NEVER`; one that would begin after it stops shows its own window.
        """
        starts_at = NEVER if self.begins_at is None else self.begins_at
        ends_at = next(
            (one for one in (self.stops_at, self.ends_at) if one is not None and one > starts_at),
            None,
        )
        return Listing(
            self.reference,
            self.list_id,
            self.party_kind,
            self.authority,
            self.measures,
            Window(starts_at, ends_at),
            self.contest,
            self.stays,
            self.exemptions,
        )

    def state_at(self, at: datetime) -> ListingState:
        """Return where the listing stands at the aware instant `at`, by what this record holds."""
        over_at = self._over_at(at)
        if over_at is not None:
            was_ever_in_force = self.begins_at is not None and self.begins_at < over_at
            return ListingState.ENDED if was_ever_in_force else ListingState.WITHDRAWN
        if self.begins_at is None:
            return ListingState.PROPOSED
        if at < self.begins_at:
            return ListingState.NOTIFIED
        if any(stay.contains(at) for stay in self.stays):
            return ListingState.STAYED
        return ListingState.IN_FORCE

    def _over_at(self, at: datetime) -> datetime | None:
        """Return the instant at which it was over, None when at `at` it is not."""
        ends = [one for one in (self.ended_at, self.stops_at) if one is not None and one <= at]
        return min(ends, default=None)
