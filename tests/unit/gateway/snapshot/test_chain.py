"""The chain of deltas: short, with no record written too often, and from every number a way on."""

import pytest

from gateway.snapshot.chain import UNMERGED
from gateway.snapshot.publisher import _ALWAYS_DELTAS
from tests.fakes.rehearsal import Rehearsal
from tests.fakes.synthetic_parties import citizen, listing


def spans(scene: Rehearsal) -> list[tuple[int, int, int]]:
    """Return from where to where the deltas lead, and how many records they have."""
    return [(one.since, one.number, one.records) for one in scene.index().deltas]


@pytest.fixture
def _all_merged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Merge also the last deltas."""
    monkeypatch.setattr("gateway.snapshot.chain.UNMERGED", 0)


@pytest.mark.usefixtures("_all_merged")
def test_four_of_a_size_become_one(rehearsal: Rehearsal) -> None:
    """Like digits that are carried: four deltas of one record, later four of four."""
    rehearsal.publish()
    seen = []
    for serial in range(16):
        rehearsal.change(citizen(serial), listing())
        seen.append(len(spans(rehearsal)))
    assert seen == [1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6, 1]
    assert spans(rehearsal) == [(1, 17, 16)]


def test_the_last_deltas_stay_as_they_were_published(rehearsal: Rehearsal) -> None:
    """Who is some steps behind applies no more than those steps, however much was merged before them."""
    rehearsal.publish()
    for serial in range(UNMERGED + 16):
        rehearsal.change(citizen(serial), listing())
        behind = [one.number - one.since for one in rehearsal.index().deltas[-UNMERGED:]]
        assert behind == [1] * min(serial + 1, UNMERGED)
    assert spans(rehearsal)[:-UNMERGED] == [(1, 17, 16)]


@pytest.mark.usefixtures("_all_merged")
def test_the_newest_record_counts_in_a_merged_delta(rehearsal: Rehearsal) -> None:
    """What was listed and ended inside the span is an ending, once."""
    rehearsal.publish()
    rehearsal.follow()
    rehearsal.change(citizen(0), listing("L1"))
    rehearsal.follow("inside")
    rehearsal.change(citizen(1), listing("L2"))
    rehearsal.change(citizen(0))
    rehearsal.change(citizen(2), listing("L3"))
    assert spans(rehearsal) == [(1, 5, 3)]
    for name in ("gateway", "inside"):
        assert rehearsal.follow(name).applied == "deltas"
        assert rehearsal.listed(citizen(0), name) == []
        assert rehearsal.content(name) == rehearsal.content("published")


def test_a_merged_delta_is_bounded(rehearsal: Rehearsal) -> None:
    """Beyond a hundred batches nothing is merged, so that no step writes for long."""
    rehearsal.set_policy(delta_records=1)
    rehearsal.publish()
    for serial in range(160):
        rehearsal.register.put(citizen(serial), listing())
    rehearsal.publish()
    assert max(records for _, _, records in spans(rehearsal)) <= 100
    assert sum(records for _, _, records in spans(rehearsal)) == 160
    assert any("settled-delta" in name for one in rehearsal.index().deltas for name in one.parts)
    assert rehearsal.follow("late").applied == "full"
    assert rehearsal.content("late") == rehearsal.content("published")


def test_a_long_chain_gets_a_new_base_that_nobody_reloads(rehearsal: Rehearsal) -> None:
    """Newcomers begin with it, and a gateway that follows stays where it is."""
    rehearsal.set_policy(delta_records=1)
    rehearsal.publish()
    kinds = []
    for serial in range(_ALWAYS_DELTAS + 1):
        rehearsal.register.put(citizen(serial), listing())
        kinds += [one.kind for one in rehearsal.compile_all()]
        rehearsal.push()
        assert rehearsal.follow().applied == ("deltas" if serial else "full")
    assert kinds.count("base") == 1
    assert "full" not in kinds
    index = rehearsal.index()
    assert index.full.number == index.number
    assert 0 < sum(delta.records for delta in index.deltas) <= 100
    assert rehearsal.follow("new").applied == "full"
    assert rehearsal.content("new") == rehearsal.content()
