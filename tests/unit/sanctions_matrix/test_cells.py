"""The cells: that both readers are asked everything that matters, and that what they disagree on is named."""

from __future__ import annotations

from dataclasses import replace
from time import process_time
from typing import TYPE_CHECKING, cast

import pytest

from gateway.packs import PACK_IDS, load_pack
from sanctions_matrix.actions import GoodsPurchase, LodgingStay
from sanctions_matrix.attributes import Role
from sanctions_matrix.cell_situations import NOBODY, all_situations, quick_situations
from sanctions_matrix.cells import count_cells, verify_cells
from sanctions_matrix.documents import PartyKind
from sanctions_matrix.evaluation import Matrix, compile_matrix
from sanctions_matrix.lists import ListEffect
from sanctions_matrix.pack import Pack, parse_pack
from tests.fakes.utopia import TABLES, utopia

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sanctions_matrix.actions import Action
    from sanctions_matrix.listing import Listing
    from sanctions_matrix.verdict import Verdict

    Distortion = Callable[[Listing, datetime], Listing]

FLIGHTS_ONLY = parse_pack(
    {
        **TABLES,
        "actions.toml": '[[action]]\nname = "air.travel"\ntitle_en = "t"\ntitle_zh = "t"\n',
        "rules.toml": TABLES["rules.toml"].split("[[rule]]")[0]
        + "[[rule]]"
        + TABLES["rules.toml"].split("[[rule]]")[1],
    }
)
"""Utopia with one action, so that every one of its cells is visited in no time."""


IN_TURN = {"over, then in force", "in force, then over"}
"""The states of two stays, or two exemptions, of which one is in force."""


class ShortReader:
    """A compiled reader that looks at a part of the listings only."""

    def __init__(self, pack: Pack, part: slice) -> None:
        """Compile the pack."""
        self._matrix = compile_matrix(pack)
        self._part = part

    def evaluate(
        self, action: Action, role: Role, listings: Sequence[Listing], at: datetime
    ) -> Verdict:
        """Answer about that part."""
        return self._matrix.evaluate(action, role, listings[self._part], at)


class PraisingReader:
    """A compiled reader that tells of a red list whatever kind of party stands on it."""

    def __init__(self, pack: Pack) -> None:
        """Compile the pack."""
        self._matrix = compile_matrix(pack)

    def evaluate(
        self, action: Action, role: Role, listings: Sequence[Listing], at: datetime
    ) -> Verdict:
        """Answer as for an organisation where a list commends."""
        lists = self._matrix.pack.lists
        misread = [
            replace(entry, party_kind=PartyKind.ORGANISATION)
            if entry.list_id in lists and lists[entry.list_id].effect is ListEffect.COMMENDS
            else entry
            for entry in listings
        ]
        return self._matrix.evaluate(action, role, misread, at)


class DistortingReader:
    """A compiled reader that misreads one part of every listing."""

    def __init__(self, pack: Pack, distort: Distortion) -> None:
        """Compile the pack."""
        self._matrix = compile_matrix(pack)
        self._distort = distort

    def evaluate(
        self, action: Action, role: Role, listings: Sequence[Listing], at: datetime
    ) -> Verdict:
        """Answer about the listings as they are misread."""
        misread = [self._distort(listing, at) for listing in listings]
        return self._matrix.evaluate(action, role, misread, at)


def altered(pack: Pack, action: Action, role: Role, **changes: object) -> Matrix:
    """Return the compiled matrix of a pack with one cell changed."""
    matrix = compile_matrix(pack)
    cells = dict(matrix._cells)  # noqa: SLF001 - the compiled reader itself is what the test breaks
    cells[action, role] = replace(cells[action, role], **changes)  # type: ignore[arg-type]
    return Matrix(pack, cells)


@pytest.mark.parametrize("pack", [utopia(), utopia(goods_luxury=100)], ids=["plain", "threshold"])
def test_both_readers_agree_on_utopia(pack: Pack) -> None:
    """Every kind of row is read alike, a threshold among them."""
    assert verify_cells(pack) == []


def test_one_changed_compiled_cell_is_named_and_no_other() -> None:
    """A rule lost from one cell of the compiled reader is found wherever it makes a difference, and nowhere else."""
    action = LodgingStay(3)
    found = verify_cells(utopia(), altered(utopia(), action, Role.GUEST, mask=0, rules={}))
    places = {(entry.cell.list_id, entry.cell.party_kind) for entry in found}
    people = {("limits", kind) for kind in ("natural-person", "organisation", "vessel")}
    assert people | {("debtors", kind) for _, kind in people} == places
    assert {(entry.cell.action, entry.cell.attributes, entry.cell.role) for entry in found} == {
        ("lodging.stay", (("stars", "3"), ("high_end", "not given")), "guest")
    }
    assert {entry.one for entry in found} == {"permitted"}
    assert {entry.other for entry in found} == {"restricted, lodging restricts by lodging-stars"}


def test_an_attribute_wrongly_asked_for_is_named() -> None:
    """An answer in place of an error is a difference like any other, for parties on no list too."""
    action = GoodsPurchase("vehicle")
    found = verify_cells(utopia(), altered(utopia(), action, Role.PAYER, missing=None))
    assert {entry.other for entry in found} == {"no answer: attribute purpose is needed"}
    assert {entry.cell.role for entry in found} == {"payer"}
    assert NOBODY.lists in {entry.cell.list_id for entry in found}


def test_a_changed_row_in_the_compiled_reader_is_named() -> None:
    """The matrix of tables with one narrower row disagrees with the original tables on that row's questions."""
    tables = {
        **TABLES,
        "rules.toml": TABLES["rules.toml"].replace("stars = [3, 4, 5]", "stars = [4, 5]"),
    }
    found = verify_cells(utopia(), compile_matrix(parse_pack(tables)))
    lost = [entry for entry in found if entry.one == "permitted"]
    assert {entry.cell.attributes[0] for entry in lost} == {("stars", "3")}
    others = [entry for entry in found if entry not in lost]
    assert {entry.cell.attributes[0][1] for entry in others} <= {"4", "5"}
    assert all(entry.other == f"{entry.one}, with other words in a ground" for entry in others)


def test_a_threshold_read_one_yuan_too_high_is_found_at_the_threshold() -> None:
    """The amounts asked about lie on both sides of each threshold, so that one yuan is enough to be found."""
    found = verify_cells(utopia(goods_luxury=100), compile_matrix(utopia(goods_luxury=101)))
    wrong = [entry for entry in found if entry.one == "permitted"]
    assert {dict(entry.cell.attributes)["amount_yuan"] for entry in wrong} == {"100"}


def test_a_red_list_that_the_compiled_reader_words_otherwise_is_named() -> None:
    """Commendations are compared whole, although they change no outcome."""
    reworded = TABLES["lists.toml"].rsplit('explanation_en = "e"', 1)
    tables = {**TABLES, "lists.toml": 'explanation_en = "other"'.join(reworded)}
    found = verify_cells(utopia(), compile_matrix(parse_pack(tables)))
    assert {(entry.cell.list_id, entry.cell.party_kind) for entry in found} == {
        ("praised", "organisation")
    }
    assert {entry.one for entry in found} == {"permitted, commended by praised"}


def drop_stays(listing: Listing, at: datetime) -> Listing:
    """Overlook stays."""
    del at
    return replace(listing, stays=())


def first_stay_only(listing: Listing, at: datetime) -> Listing:
    """Overlook every stay but the first."""
    del at
    return replace(listing, stays=listing.stays[:1])


def last_stay_only(listing: Listing, at: datetime) -> Listing:
    """Overlook every stay but the last."""
    del at
    return replace(listing, stays=listing.stays[-1:])


def first_exemption_only(listing: Listing, at: datetime) -> Listing:
    """Overlook every exemption but the first."""
    del at
    return replace(listing, exemptions=listing.exemptions[:1])


def last_exemption_only(listing: Listing, at: datetime) -> Listing:
    """Overlook every exemption but the last."""
    del at
    return replace(listing, exemptions=listing.exemptions[-1:])


def drop_exemptions(listing: Listing, at: datetime) -> Listing:
    """Overlook exemptions."""
    del at
    return replace(listing, exemptions=())


def count_the_end(listing: Listing, at: datetime) -> Listing:
    """Take the end itself for a part of the window."""
    if listing.window.ends_at == at:
        return replace(listing, window=replace(listing.window, ends_at=None))
    return listing


def never_end(listing: Listing, at: datetime) -> Listing:
    """Overlook that a stay is over."""
    del at
    stays = tuple(replace(stay, ends_at=None) for stay in listing.stays)
    return replace(listing, stays=stays)


def overdo_exemptions(listing: Listing, at: datetime) -> Listing:
    """Let an exemption lift everything."""
    if any(entry.window.contains(at) for entry in listing.exemptions):
        return replace(listing, measures=frozenset())
    return listing


def prolong_exemptions(listing: Listing, at: datetime) -> Listing:
    """Overlook that an exemption is over."""
    del at
    longer = tuple(
        replace(entry, window=replace(entry.window, ends_at=None)) for entry in listing.exemptions
    )
    return replace(listing, exemptions=longer)


@pytest.mark.parametrize(
    ("distort", "field", "values"),
    [
        (drop_stays, "stay", {"in force", "none, then in force", "none, in force, none", *IN_TURN}),
        (never_end, "stay", {"over", "over, then not yet"}),
        (
            count_the_end,
            "moment",
            {
                "the end itself",
                "inside, then the end itself",
                "over, inside, inside",
                "inside, inside, over",
            },
        ),
        (
            drop_exemptions,
            "exemption",
            {"for it", "for something else", "both in force", *IN_TURN},
        ),
        (overdo_exemptions, "exemption", {"for something else", *IN_TURN}),
        (prolong_exemptions, "exemption", {"over", "over, then not yet", *IN_TURN}),
        (first_stay_only, "stay", {"over, then in force"}),
        (last_stay_only, "stay", {"in force, then over"}),
        (first_exemption_only, "exemption", {"over, then in force", "both in force"}),
        (last_exemption_only, "exemption", {"in force, then over", "both in force"}),
    ],
)
def test_a_reader_that_misreads_a_listing_is_found(
    distort: Distortion, field: str, values: set[str]
) -> None:
    """Windows, stays and exemptions are visited on both sides of their edges, and the cells that are named say so."""
    reader = cast("Matrix", DistortingReader(FLIGHTS_ONLY, distort))
    found = verify_cells(FLIGHTS_ONLY, reader, thorough=True)
    assert {getattr(entry.cell, field) for entry in found} == values


@pytest.mark.parametrize(
    ("part", "moment"),
    [(slice(2), "over, inside, inside"), (slice(-2, None), "inside, inside, over")],
    ids=["first two", "last two"],
)
def test_a_reader_of_two_listings_is_found(part: slice, moment: str) -> None:
    """A third listing counts as much as the others, at either end."""
    reader = cast("Matrix", ShortReader(FLIGHTS_ONLY, part))
    found = verify_cells(FLIGHTS_ONLY, reader, thorough=True)
    assert {entry.cell.moment for entry in found} == {moment}
    assert {entry.one for entry in found} == {"permitted"}


def test_a_commended_natural_person_is_named_at_load() -> None:
    """The part that a start waits for holds a kind that a red list does not, so that nobody is praised by mistake."""
    found = verify_cells(utopia(), cast("Matrix", PraisingReader(utopia())))
    assert {(entry.cell.list_id, entry.cell.party_kind) for entry in found} == {
        ("praised", "natural-person")
    }
    assert {entry.one.split(", ")[-1] for entry in found} == {"commended by praised"}


def test_every_measure_meets_every_list() -> None:
    """A listing may name what its list does not carry and what is not served; both stand in the product."""
    pack = utopia()
    asked = {(situation.lists, situation.measures) for situation in all_situations(pack)}
    assert {(name, measure) for name in pack.lists for measure in pack.measures} <= asked
    assert "limits and praised" in {name for name, _ in asked}


def test_the_forms_begin_with_nobody_and_keep_their_promises() -> None:
    """The quick form is a small part of the full one, and progress is told up to the count."""
    assert quick_situations(FLIGHTS_ONLY)[0] is all_situations(FLIGHTS_ONLY)[0] is NOBODY
    counts: list[int] = []
    verify_cells(FLIGHTS_ONLY, progress=counts.append)
    assert counts == sorted(counts)
    assert counts[-1] == count_cells(FLIGHTS_ONLY) < count_cells(FLIGHTS_ONLY, thorough=True)


def test_the_quick_form_is_quick() -> None:
    """A gateway waits for it at every start: under two seconds of the processor's time."""
    pack = load_pack("cn-joint-discipline")
    begun = process_time()
    assert verify_cells(pack) == []
    assert process_time() - begun < 2


@pytest.mark.parametrize(
    ("pack_id", "least"), [("cn-joint-discipline", 300_000), ("us-ofac-sdn", 40_000)]
)
def test_the_full_form_of_a_shipped_pack_is_full(pack_id: str, least: int) -> None:
    """The mission's pack has hundreds of thousands of cells; `make check` compares every one of them."""
    assert pack_id in PACK_IDS
    assert count_cells(load_pack(pack_id), thorough=True) >= least
