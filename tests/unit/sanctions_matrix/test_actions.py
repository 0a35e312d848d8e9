"""Actions: typed attributes from finite domains, and reading them from text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sanctions_matrix.actions import (
    ACTIONS,
    AirTravel,
    AttributeValueError,
    GoodsCategory,
    GoodsPurchase,
    LodgingStay,
    Purpose,
    RailTravel,
    SeatClass,
    TrainClass,
    UnknownActionError,
    parse_action,
    spell,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def test_plain_strings_become_members() -> None:
    """An action made from strings equals one made from the enumerations."""
    made: Any = RailTravel
    assert made("G", "second") == RailTravel(TrainClass.G, SeatClass.SECOND)
    assert made("G", "second").train is TrainClass.G


@pytest.mark.parametrize(
    ("kind", "values", "attribute"),
    [
        (RailTravel, {"train": "X", "seat": "second"}, "train"),
        (RailTravel, {"train": "G", "seat": "roof"}, "seat"),
        (LodgingStay, {"stars": 6}, "stars"),
        (LodgingStay, {"stars": -1}, "stars"),
        (LodgingStay, {"stars": True}, "stars"),
        (LodgingStay, {"stars": "3"}, "stars"),
        (LodgingStay, {"stars": 0, "high_end": 1}, "high_end"),
        (GoodsPurchase, {"category": "bread"}, "category"),
        (GoodsPurchase, {"category": "vehicle", "purpose": "fun"}, "purpose"),
        (GoodsPurchase, {"category": None}, "category"),
    ],
)
def test_a_value_outside_its_domain_is_refused_by_name(
    kind: Callable[..., object], values: dict[str, object], attribute: str
) -> None:
    """The error names the attribute and what it may be; numbers, truth and text are not mixed."""
    with pytest.raises(AttributeValueError) as caught:
        kind(**values)
    assert caught.value.attribute == attribute
    assert caught.value.allowed


def test_attributes_are_told_with_what_is_absent() -> None:
    """An attribute that was not given shows as None."""
    assert AirTravel().attributes() == {}
    assert GoodsPurchase(GoodsCategory.VEHICLE).attributes() == {
        "category": "vehicle",
        "purpose": None,
    }


@pytest.mark.parametrize("name", ACTIONS)
def test_every_value_of_an_action_can_be_written_and_read(name: str) -> None:
    """What `spell` writes, `parse_action` reads, over the whole space of the action."""
    for action in ACTIONS[name].every():
        written = {
            key: spell(value) for key, value in action.attributes().items() if value is not None
        }
        assert parse_action(name, written) == action


@pytest.mark.parametrize(
    ("name", "count"),
    [("air.travel", 1), ("rail.travel", 63), ("lodging.stay", 12), ("goods.purchase", 18)],
)
def test_the_space_of_an_action_is_finite_and_whole(name: str, count: int) -> None:
    """Every combination of attribute values is visited once."""
    assert len(set(ACTIONS[name].every())) == count


def test_an_unknown_action_is_refused() -> None:
    """The error names the actions there are."""
    with pytest.raises(UnknownActionError, match=r"air\.travel"):
        parse_action("sea.travel", {})


@pytest.mark.parametrize(
    ("attributes", "attribute", "words"),
    [
        ({"train": "G"}, "seat", "missing"),
        ({"train": "G", "seat": "second", "wagon": "4"}, "wagon", "unknown"),
        ({"train": "g", "seat": "second"}, "train", "cannot have this value"),
    ],
)
def test_a_text_with_wrong_attributes_is_refused_by_name(
    attributes: dict[str, str], attribute: str, words: str
) -> None:
    """Missing, unknown and wrong are three different mistakes."""
    with pytest.raises(AttributeValueError, match=words) as caught:
        parse_action("rail.travel", attributes)
    assert caught.value.attribute == attribute


def test_the_default_role_is_one_of_the_roles() -> None:
    """A partner that says nothing about the role gets one that the action has."""
    for kind in ACTIONS.values():
        assert kind.default_role in kind.roles


def test_truth_is_spelled_in_small_letters() -> None:
    """The command line takes `high_end=true`, nothing else."""
    assert parse_action("lodging.stay", {"stars": "0", "high_end": "true"}) == LodgingStay(
        0, high_end=True
    )
    with pytest.raises(AttributeValueError):
        parse_action("lodging.stay", {"stars": "0", "high_end": "1"})


def test_a_purpose_is_kept() -> None:
    """The declared purpose of a purchase is part of the action."""
    assert parse_action(
        "goods.purchase", {"category": "vehicle", "purpose": "private"}
    ) == GoodsPurchase(GoodsCategory.VEHICLE, Purpose.PRIVATE)
