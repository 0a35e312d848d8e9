"""Standing: each condition under which a listing is told, and each under which it is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from sanctions_matrix.documents import PartyKind
from sanctions_matrix.listing import ContestRoute, Exemption, Listing, Window
from sanctions_matrix.lists import ListEffect
from sanctions_matrix.standing import standing_of
from sanctions_matrix.verdict import UnknownListError

if TYPE_CHECKING:
    from sanctions_matrix.pack import Pack

AT = datetime(2024, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
AROUND = Window(AT - HOUR, AT + HOUR)
ROUTE = ContestRoute("First Court of Utopia", "1 Court Road", "10 days")
BLACK, RED, UNPUBLISHED = "judgment-defaulters", "a-grade-taxpayers", "consumption-limited"


def listing(list_id: str = BLACK, reference: str = "L-a", **changes: object) -> Listing:
    """Return an organisation's listing in force at `AT`, with some fields changed."""
    good = Listing(
        reference=reference,
        list_id=list_id,
        party_kind=PartyKind.ORGANISATION,
        authority="First Court of Utopia",
        measures=frozenset(),
        window=AROUND,
        contest=ROUTE,
    )
    return replace(good, **changes)  # type: ignore[arg-type]


def told(pack: Pack, *listings: Listing, at: datetime = AT) -> list[str]:
    """Return the references of what is told."""
    return [entry.reference for entry in standing_of(pack, listings, at)]


def test_an_entry_says_what_the_listing_and_its_list_say(pack: Pack) -> None:
    """List, authority, reference, window and contest route are told as they are held."""
    (entry,) = standing_of(pack, [listing()], AT)
    assert entry.list is pack.lists[BLACK]
    assert (entry.authority, entry.reference) == ("First Court of Utopia", "L-a")
    assert (entry.window, entry.contest) == (AROUND, ROUTE)


def test_black_and_red_lists_are_told(pack: Pack) -> None:
    """An organisation may stand on both, and neither hides the other."""
    entries = standing_of(pack, [listing(RED, "R"), listing(BLACK, "B")], AT)
    effects = {entry.reference: entry.list.effect for entry in entries}
    assert effects == {"R": ListEffect.COMMENDS, "B": ListEffect.RESTRICTS}


def test_nobody_listed_has_no_entry(pack: Pack) -> None:
    """Without a listing there is nothing to tell."""
    assert standing_of(pack, [], AT) == ()


def test_a_list_that_is_not_public_is_not_told(pack: Pack) -> None:
    """What the authority does not publish, the gateway does not either."""
    assert not pack.lists[UNPUBLISHED].public
    assert told(pack, listing(UNPUBLISHED), listing(BLACK, "B")) == ["B"]


def test_what_is_public_is_a_row_of_the_table(pack: Pack) -> None:
    """The same listing is told once its list is published, and no longer when it is not."""
    lists = {name: replace(entry, public=not entry.public) for name, entry in pack.lists.items()}
    turned = replace(pack, lists=lists)
    assert told(turned, listing(UNPUBLISHED), listing(BLACK, "B")) == ["L-a"]


@pytest.mark.parametrize("kind", [PartyKind.NATURAL_PERSON, PartyKind.VESSEL])
def test_only_an_organisations_listing_is_told(pack: Pack, kind: PartyKind) -> None:
    """Nothing is told of a person, though the listing were found under an organisation's document."""
    assert told(pack, listing(party_kind=kind)) == []


@pytest.mark.parametrize(
    ("at", "is_told"),
    [
        (AROUND.starts_at - TICK, False),
        (AROUND.starts_at, True),
        (AT + HOUR - TICK, True),
        (AT + HOUR, False),
    ],
)
def test_a_listing_is_told_inside_its_window(pack: Pack, at: datetime, *, is_told: bool) -> None:
    """From its first instant on and not at its last: neither what lies ahead nor what is over."""
    assert bool(told(pack, listing(), at=at)) == is_told


def test_a_listing_without_an_end_is_told(pack: Pack) -> None:
    """A listing that ends by performance only stands until then."""
    assert told(pack, listing(window=Window(AT))) == ["L-a"]


@pytest.mark.parametrize(
    ("stay", "is_told"),
    [
        (Window(AT - HOUR, AT), True),
        (Window(AT, AT + TICK), False),
        (Window(AT - HOUR), False),
        (Window(AT + TICK), True),
    ],
)
def test_a_stayed_listing_is_not_told(pack: Pack, stay: Window, *, is_told: bool) -> None:
    """While an objection stays a listing, nobody is told of it."""
    assert bool(told(pack, listing(stays=(stay,)))) == is_told


def test_an_exemption_leaves_the_listing_where_it_is(pack: Pack) -> None:
    """A permit lifts measures, and the organisation still stands on the list."""
    permit = Exemption(frozenset(["15", "33"]), AROUND)
    assert told(pack, listing(exemptions=(permit,))) == ["L-a"]


def test_entries_are_in_the_order_of_list_and_reference(pack: Pack) -> None:
    """Several listings of several lists come in one fixed order, each once."""
    held = [listing(BLACK, "2"), listing(RED, "1"), listing(BLACK, "1"), listing(BLACK, "2")]
    entries = standing_of(pack, held, AT)
    assert [(entry.list.id, entry.reference) for entry in entries] == [
        (RED, "1"),
        (BLACK, "1"),
        (BLACK, "2"),
    ]


def test_an_unknown_list_is_an_error(pack: Pack) -> None:
    """A listing on a list that the pack does not have is doubt, whether it would be told or not."""
    with pytest.raises(UnknownListError, match="no list 'nowhere'"):
        standing_of(pack, [listing("nowhere", window=Window(AT + HOUR))], AT)


def test_an_instant_needs_a_time_zone(pack: Pack) -> None:
    """A naive instant would be a guess, with listings and without."""
    with pytest.raises(ValueError, match="time zone"):
        standing_of(pack, [], AT.replace(tzinfo=None))
