"""Standing: on which public lists an organisation stands at one instant, black and red.

Responsible for choosing what may be told out of an organisation's listings.
Not responsible for who may ask, nor for what a listing forbids (`evaluation`).

Rules kept here: pure; one instant, given by the caller.
Only a listing of an organisation, on a list that its authority publishes, in its window and not stayed is told;
a natural person's listing is never told, responsible persons included.
Exemptions lift measures and leave the listing where it is, so they change nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sanctions_matrix.documents import PartyKind
from sanctions_matrix.verdict import UnknownListError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sanctions_matrix.listing import ContestRoute, Listing, Window
    from sanctions_matrix.lists import ListDefinition
    from sanctions_matrix.pack import Pack


@dataclass(frozen=True, slots=True)
class StandingEntry:
    """An organisation's place on one public list; `window` is half-open and in UTC."""

    list: ListDefinition
    authority: str
    reference: str
    window: Window
    contest: ContestRoute

    @property
    def order(self) -> tuple[str, ...]:
        """The place of an entry among others; two of one place are the same entry."""
        ends_at = self.window.ends_at
        span = (self.window.starts_at.isoformat(), "" if ends_at is None else ends_at.isoformat())
        route = (self.contest.body, self.contest.address, self.contest.deadline)
        return (self.list.id, self.reference, self.authority, *span, *route)


def standing_of(pack: Pack, listings: Iterable[Listing], at: datetime) -> tuple[StandingEntry, ...]:
    """Return what may be told of an organisation with these listings at the aware instant `at`: each once, in order.

    Raises:
        UnknownListError: if a listing stands on a list the pack does not have.
        ValueError: if `at` has no time zone.
    """
    if at.tzinfo is None:
        message = "the instant of a standing needs a time zone"
        raise ValueError(message)
    told: dict[tuple[str, ...], StandingEntry] = {}
    for listing in listings:
        definition = pack.lists.get(listing.list_id)
        if definition is None:
            message = f"the pack {pack.id} has no list {listing.list_id!r}"
            raise UnknownListError(message)
        if definition.public and _stands(listing, at):
            entry = StandingEntry(
                definition, listing.authority, listing.reference, listing.window, listing.contest
            )
            told[entry.order] = entry
    return tuple(told[place] for place in sorted(told))


def _stands(listing: Listing, at: datetime) -> bool:
    return (
        listing.party_kind is PartyKind.ORGANISATION
        and listing.window.contains(at)
        and not any(stay.contains(at) for stay in listing.stays)
    )
