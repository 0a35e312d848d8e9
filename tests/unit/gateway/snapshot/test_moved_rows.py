"""Rows that move in the tables: records number lists and measures by their place, and still mean the same."""

import pytest

from gateway.errors import SnapshotError
from gateway.packs import shipped_tables
from sanctions_matrix.actions import AirTravel, RailTravel
from sanctions_matrix.attributes import Role
from sanctions_matrix.evaluation import compile_matrix
from sanctions_matrix.listing import Exemption, Listing, Window
from sanctions_matrix.pack import Pack, parse_pack
from tests.fakes.rehearsal import Rehearsal
from tests.fakes.synthetic_parties import LISTED_AT, citizen, listing


@pytest.fixture(scope="module")
def turned() -> Pack:
    """The mission's pack with its measures and its lists in the opposite order."""
    tables = dict(shipped_tables("cn-joint-discipline"))
    tables["measures.toml"] = reversed_rows(tables["measures.toml"], "[[measure]]")
    tables["lists.toml"] = reversed_rows(tables["lists.toml"], "[[list]]")
    return parse_pack(tables)


def reversed_rows(table: str, head: str) -> str:
    """Return a table with its rows in the opposite order."""
    first, *rows = table.split(head)
    return head.join([first, *reversed([f"{row}\n" for row in rows])])


def held(scene: Rehearsal) -> list[Listing]:
    """Return the listings that the gateway's store holds for the first citizen."""
    with scene.store("gateway").read() as view:
        record = view.record(scene.pseudonymiser.of(citizen(0)))
        assert record is not None
        return list(scene.records.decode(record, view.route))


def test_listings_mean_the_same_after_rows_moved(rehearsal: Rehearsal, turned: Pack) -> None:
    """A pack whose bits and positions are others is published in full, and every listing keeps lists and measures."""
    lifted = Exemption(frozenset({"39"}), Window(LISTED_AT))
    listings = [
        listing("L1", exemptions=(lifted,)),
        listing("L2", list_id="rail-restricted", measures=("RAIL-384",)),
    ]
    rehearsal.register.put(citizen(0), *listings)
    rehearsal.publish()
    rehearsal.follow()
    before = rehearsal.pack
    assert [row.bit for row in before.measures.values()] != [
        turned.measures[row].bit for row in before.measures
    ]
    rehearsal.use_pack(turned)
    assert rehearsal.publish().kind == "full"
    assert rehearsal.follow().applied == "full"
    assert held(rehearsal) == listings
    for pack in (before, turned):
        matrix = compile_matrix(pack)
        flight = matrix.evaluate(AirTravel(), Role.TRAVELLER, held(rehearsal), rehearsal.clock())
        train = matrix.evaluate(
            RailTravel("G", "second"), Role.TRAVELLER, held(rehearsal), rehearsal.clock()
        )
        assert [ground.measure.id for ground in flight.grounds] == ["38"]
        assert [ground.measure.id for ground in train.grounds] == ["RAIL-384"]


def test_a_gateway_with_the_old_tables_takes_no_snapshot_of_the_new_ones(
    rehearsal: Rehearsal, turned: Pack
) -> None:
    """It keeps what it has, until the lease ends, rather than read numbers that mean something else."""
    rehearsal.change(citizen(0), listing())
    rehearsal.follow()
    old = rehearsal.pack
    rehearsal.use_pack(turned)
    rehearsal.change(citizen(0), listing("L2"))
    rehearsal.use_pack(old)
    with pytest.raises(SnapshotError):
        rehearsal.follow()
    assert [entry.reference for entry in held(rehearsal)] == ["L1"]
