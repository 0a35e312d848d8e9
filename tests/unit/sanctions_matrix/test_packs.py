"""What the shipped packs say: the counts, the statuses and the marks of the fact sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.packs import PACK_IDS, load_pack
from sanctions_matrix.actions import ACTIONS
from sanctions_matrix.cells import count_cells, verify_cells
from sanctions_matrix.documents import PartyKind
from sanctions_matrix.measures import Effect, Mark, Status

if TYPE_CHECKING:
    from sanctions_matrix.pack import Pack

SERVED = {"15", "33", *map(str, range(38, 47)), "AIR-385", "RAIL-384", "FASHI-17-OTHER"}
HELD = {"13", "28", "47", "48", "50"}
MARKS = {
    Mark.PRESS: "1 2 3 6 9 13 15 22 23 24 25 28 30 36 38 39 40 41 42 43 47",
    Mark.QUOTED_LOCAL: "4 5 18 19 20 21 29 34 35 49 50",
    Mark.PARALLEL: "7 11 14 16 17 27 31 32 33 45 46 48 52",
    Mark.RECALLED: "8 10 12 26 37 51 53",
    Mark.QUOTED: "44",
    Mark.UNKNOWN: "54 55",
}


def test_there_are_44_agencies_and_55_measures(pack: Pack) -> None:
    """The memorandum's rows are all there, numbered without a gap, and three measures of other instruments."""
    assert [agency.no for agency in pack.agencies.values()] == list(range(1, 45))
    assert list(pack.measures)[:55] == [str(number) for number in range(1, 56)]
    assert set(list(pack.measures)[55:]) == {"AIR-385", "RAIL-384", "FASHI-17-OTHER"}


def test_only_the_measures_named_as_served_are_served(pack: Pack) -> None:
    """Served, held and dormant are exactly what the fact sheet of instruments says (section 5)."""
    by_status = {
        status: {measure.id for measure in pack.measures.values() if measure.status is status}
        for status in Status
    }
    assert by_status[Status.SERVED] == SERVED
    assert by_status[Status.HELD] == HELD
    assert {"54", "55"} < by_status[Status.DORMANT]


def test_only_served_measures_have_an_effect(pack: Pack) -> None:
    """A held or dormant measure cannot reach a mask; two measures refer, the others restrict."""
    effects = {measure.id: measure.effect for measure in pack.measures.values() if measure.acts}
    assert set(effects) == SERVED
    referring = {key for key, effect in effects.items() if effect is Effect.REFERS}
    assert referring == {"15", "FASHI-17-OTHER"}


def test_marks_of_measures_were_not_promoted(pack: Pack) -> None:
    """Each of the 55 carries the mark of the fact sheet, and none is called verified."""
    marks = {measure.id: measure.mark for measure in list(pack.measures.values())[:55]}
    assert marks == {key: mark for mark, ids in MARKS.items() for key in ids.split()}


def test_successors_of_agencies_are_recalled(pack: Pack) -> None:
    """Which agency followed which was not read anywhere, and is marked so."""
    marks = {agency.successor_mark for agency in pack.agencies.values() if agency.successor}
    assert marks == {Mark.RECALLED}
    assert all(
        agency.successor_mark is None for agency in pack.agencies.values() if not agency.successor
    )


def test_travel_and_lodging_limits_hang_on_the_consumption_list(pack: Pack) -> None:
    """The defaulters' list carries the post of a company director and credit, nothing else."""
    assert pack.lists["judgment-defaulters"].measures == {"15", "33"}
    assert pack.lists["consumption-limited"].measures == {
        *map(str, range(38, 47)),
        "FASHI-17-OTHER",
    }
    assert pack.lists["air-restricted"].measures == {"AIR-385"}
    assert pack.lists["rail-restricted"].measures == {"RAIL-384"}


def test_only_the_consumption_list_reaches_responsible_persons(pack: Pack) -> None:
    """An entity's debt makes nobody else a defaulter or a restricted passenger."""
    reaching = {entry.id for entry in pack.lists.values() if entry.admits_responsible_persons}
    assert reaching == {"consumption-limited"}


def test_no_organisation_is_restricted_in_travel(pack: Pack) -> None:
    """Only people take flights and trains."""
    for measure_id in ("38", "39", "AIR-385", "RAIL-384"):
        assert pack.measures[measure_id].targets == {PartyKind.NATURAL_PERSON}


@pytest.mark.parametrize("pack_id", PACK_IDS)
def test_every_cell_reads_the_same_twice(pack_id: str) -> None:
    """On every cell of every shipped pack the compiled matrix and the naive reading agree."""
    shipped = load_pack(pack_id)
    assert count_cells(shipped) > 500
    assert verify_cells(shipped) == []


@pytest.mark.parametrize("pack_id", PACK_IDS)
def test_every_pack_answers_for_every_action(pack_id: str) -> None:
    """No action that partners may ask about is without a row in the pack."""
    assert set(load_pack(pack_id).actions) == set(ACTIONS)


def test_the_united_states_pack_blocks_everything(pack: Pack) -> None:
    """One list, one measure, every kind of party, marked as no more than a publisher's summary."""
    other = load_pack("us-ofac-sdn")
    assert list(other.lists) == ["sdn"]
    assert other.lists["sdn"].mark is Mark.VERIFIED
    measure = other.measures["NO-DEALINGS"]
    assert (measure.mark, measure.basis_mark) == (Mark.PRESS, Mark.PRESS)
    assert measure.targets == set(PartyKind)
    assert other.digest != pack.digest
