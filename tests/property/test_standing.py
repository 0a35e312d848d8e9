"""Properties of standing over arbitrary listings and instants."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from gateway.packs import PACK_IDS, load_pack
from sanctions_matrix.documents import PartyKind
from sanctions_matrix.listing import ContestRoute, Listing, Window
from sanctions_matrix.standing import standing_of

if TYPE_CHECKING:
    from random import Random

    from sanctions_matrix.pack import Pack

ORIGIN = datetime(2024, 1, 1, tzinfo=UTC)
PACKS = {pack_id: load_pack(pack_id) for pack_id in PACK_IDS}

instants = st.integers(0, 12).map(lambda hours: ORIGIN + timedelta(hours=hours))


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """Draw a window on the same coarse clock as the instants, so that edges meet often."""
    starts_at = draw(instants)
    length = draw(st.none() | st.integers(1, 6))
    return Window(starts_at, None if length is None else starts_at + timedelta(hours=length))


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, list[Listing], datetime]:
    """Draw a pack by its id, listings on any of its lists, and an instant."""
    pack_id = draw(st.sampled_from(PACK_IDS))
    listing = st.builds(
        Listing,
        reference=st.sampled_from(["L-a", "L-b", "L-c"]),
        list_id=st.sampled_from(sorted(PACKS[pack_id].lists)),
        party_kind=st.sampled_from(PartyKind),
        authority=st.sampled_from(["First Court", "Second Court"]),
        measures=st.just(frozenset()),
        window=windows(),
        contest=st.just(ContestRoute("body", "address", "deadline")),
        stays=st.lists(windows(), max_size=2).map(tuple),
    )
    return pack_id, draw(st.lists(listing, max_size=5)), draw(instants)


def plainly(pack: Pack, listing: Listing, at: datetime) -> bool:
    """Tell, condition by condition as docs/decisions.md lists them, whether a listing may be told."""
    ended = listing.window.ends_at is not None and listing.window.ends_at <= at
    stayed = [
        stay
        for stay in listing.stays
        if stay.starts_at <= at and (stay.ends_at is None or at < stay.ends_at)
    ]
    return (
        listing.party_kind == "organisation"
        and pack.lists[listing.list_id].public
        and listing.window.starts_at <= at
        and not ended
        and not stayed
    )


@given(cases())
def test_exactly_what_may_be_told_is_told(case: tuple[str, list[Listing], datetime]) -> None:
    """What a plain reading of the conditions lets through is told, and nothing else."""
    pack_id, listings, at = case
    pack = PACKS[pack_id]
    told = {
        (entry.list.id, entry.reference, entry.authority, entry.window)
        for entry in standing_of(pack, listings, at)
    }
    assert told == {
        (held.list_id, held.reference, held.authority, held.window)
        for held in listings
        if plainly(pack, held, at)
    }


@given(cases(), st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(
    case: tuple[str, list[Listing], datetime], random: Random
) -> None:
    """The same listings in another order, some of them twice, are the same standing."""
    pack_id, listings, at = case
    pack = PACKS[pack_id]
    shuffled = [*listings, *listings[:2]]
    random.shuffle(shuffled)
    assert standing_of(pack, shuffled, at) == standing_of(pack, listings, at)


@given(cases(), windows())
def test_a_stay_never_tells_more(case: tuple[str, list[Listing], datetime], stay: Window) -> None:
    """Staying every listing leaves a part of what was told."""
    pack_id, listings, at = case
    pack = PACKS[pack_id]
    stayed = [replace(held, stays=(*held.stays, stay)) for held in listings]
    told = {entry.order for entry in standing_of(pack, stayed, at)}
    assert told <= {entry.order for entry in standing_of(pack, listings, at)}
