"""Actions: typed attributes from finite domains, and reading them from text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from sanctions_matrix.actions import (
    ACTIONS,
    AMOUNT,
    MAX_AMOUNT_YUAN,
    AirTravel,
    AttributeValueError,
    CompanyAppointment,
    CreditExtension,
    EducationTuition,
    GoodsCategory,
    GoodsPurchase,
    InsurancePremium,
    LodgingStay,
    OfficeLease,
    PropertyRenovation,
    PurchasePurpose,
    RailTravel,
    SeatClass,
    ShipTravel,
    TourismPackage,
    TrainClass,
    UnknownActionError,
    VehiclePurchase,
    VenueSpend,
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
        (ShipTravel, {"cabin": "deck"}, "cabin"),
        (VenueSpend, {"venue": "bar"}, "venue"),
        (TourismPackage, {"product": "museum"}, "product"),
        (InsurancePremium, {"cash_value": None}, "cash_value"),
        (InsurancePremium, {"cash_value": 1}, "cash_value"),
        (InsurancePremium, {"cash_value": "true"}, "cash_value"),
        (EducationTuition, {"school": "nursery"}, "school"),
        (PropertyRenovation, {"work": "paint"}, "work"),
        (OfficeLease, {"premises": "tent", "high_end": False}, "premises"),
        (OfficeLease, {"premises": "hotel", "high_end": None}, "high_end"),
        (VehiclePurchase, {"purpose": None}, "purpose"),
        (CompanyAppointment, {"position": "clerk"}, "position"),
        (CreditExtension, {"product": "gift"}, "product"),
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
        "amount_yuan": None,
    }
    assert LodgingStay(3).attributes() == {"stars": 3, "high_end": None}
    assert InsurancePremium(cash_value=True, amount_yuan=7).attributes() == {
        "cash_value": True,
        "amount_yuan": 7,
    }


@pytest.mark.parametrize("name", ACTIONS)
def test_every_value_of_an_action_can_be_written_and_read(name: str) -> None:
    """What `spell` writes, `parse_action` reads, over the whole space of the action."""
    for action in ACTIONS[name].every():
        written = {
            key: spell(value) for key, value in action.attributes().items() if value is not None
        }
        assert parse_action(name, written) == action


SPACES = {
    "air.travel": 1,
    "rail.travel": 63,
    "ship.travel": 8,
    "lodging.stay": 18,
    "venue.spend": 2,
    "tourism.package": 4,
    "insurance.premium": 2,
    "education.tuition": 3,
    "property.purchase": 1,
    "property.renovation": 4,
    "office.lease": 8,
    "vehicle.purchase": 2,
    "company.appointment": 5,
    "credit.extension": 3,
    "goods.purchase": 18,
}
ROLES = {
    "air.travel": "traveller",
    "rail.travel": "traveller",
    "ship.travel": "traveller",
    "lodging.stay": "guest payer",
    "venue.spend": "payer",
    "tourism.package": "traveller payer",
    "insurance.premium": "payer",
    "education.tuition": "payer",
    "property.purchase": "payer",
    "property.renovation": "payer",
    "office.lease": "payer",
    "vehicle.purchase": "payer",
    "company.appointment": "appointee",
    "credit.extension": "account-holder",
    "goods.purchase": "payer account-holder",
}


@pytest.mark.parametrize(("name", "count"), SPACES.items())
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


@pytest.mark.parametrize(
    ("action", "attribute", "words"),
    [
        ("ship.travel", "cabbin", "unknown attribute 'cabbin'; this action has cabin"),
        ("ship.travel", "a" * 40, f"unknown attribute '{'a' * 40}'; this action has cabin"),
        ("ship.travel", "a" * 41, "unknown attribute; this action has cabin"),
        ("ship.travel", "Zhang San", "unknown attribute; this action has cabin"),
        ("ship.travel", "", "unknown attribute; this action has cabin"),
        (
            "rail.travel",
            "amount_yuan",
            "unknown attribute 'amount_yuan'; this action has train, seat",
        ),
        ("air.travel", "x", "unknown attribute 'x'; this action has no attributes"),
        (
            "rail.travel",
            "110101189001010016",
            "unknown attribute; this action has train, seat",
        ),
    ],
)
def test_an_unknown_attribute_is_named_with_those_there_are(
    action: str, attribute: str, words: str
) -> None:
    """Only what looks like a name is repeated, so that a document in the wrong place is not shown."""
    with pytest.raises(AttributeValueError) as caught:
        parse_action(action, {attribute: "1"})
    assert str(caught.value) == words
    assert (caught.value.attribute, caught.value.value) == (attribute, "1")
    assert caught.value.allowed == ()


def test_there_are_fifteen_actions_each_with_its_roles() -> None:
    """The first of the roles is what a partner gets that says nothing."""
    assert list(ACTIONS) == list(SPACES) == list(ROLES)
    for name, kind in ACTIONS.items():
        roles = ROLES[name].split()
        assert kind.name == name
        assert kind.roles == set(roles)
        assert kind.default_role == roles[0]


def test_only_two_actions_take_an_amount() -> None:
    """Every other action has no field that could hold one."""
    taking = {name for name, kind in ACTIONS.items() if kind.takes_amount}
    assert taking == {"insurance.premium", "goods.purchase"}
    for name, kind in ACTIONS.items():
        assert hasattr(kind, AMOUNT) == (name in taking)


class TestAmounts:
    """The one number an action may carry, and the bands it is reduced to."""

    @pytest.mark.parametrize("amount", [None, 0, 1, MAX_AMOUNT_YUAN])
    def test_an_amount_in_its_range_is_kept(self, amount: int | None) -> None:
        """Both ends belong to the range, and none may be given."""
        assert GoodsPurchase(GoodsCategory.LUXURY, amount_yuan=amount).amount == amount

    @pytest.mark.parametrize("amount", [-1, MAX_AMOUNT_YUAN + 1, True, "1", 1.0])
    def test_an_amount_outside_its_range_is_refused(self, amount: object) -> None:
        """Neither a truth, a text nor a fraction is an amount; the error says what is."""
        with pytest.raises(AttributeValueError, match="whole number of yuan from 0 to") as caught:
            InsurancePremium(cash_value=True, amount_yuan=cast("int", amount))
        assert caught.value.attribute == AMOUNT

    @pytest.mark.parametrize(
        ("amount", "band"), [(0, 0), (9, 0), (10, 10), (11, 10), (19, 10), (20, 20), (99, 20)]
    )
    def test_an_amount_is_reduced_to_the_lower_bound_of_its_band(
        self, amount: int, band: int
    ) -> None:
        """A threshold belongs to the band above it, so nothing but the band can show."""
        asked = GoodsPurchase(GoodsCategory.LUXURY, amount_yuan=amount)
        assert asked.in_band((10, 20)) == replace(asked, amount_yuan=band)

    def test_without_thresholds_an_amount_is_dropped(self) -> None:
        """A pack that sets no amount learns none; what is not given stays not given."""
        asked = GoodsPurchase(GoodsCategory.LUXURY, amount_yuan=5)
        assert asked.in_band(()) == GoodsPurchase(GoodsCategory.LUXURY)
        assert GoodsPurchase(GoodsCategory.LUXURY).in_band((10,)).amount is None
        assert AirTravel().in_band((10,)) == AirTravel()

    def test_every_value_is_visited_with_every_amount(self) -> None:
        """Where an action takes none, the amounts change nothing."""
        assert len(set(GoodsPurchase.every((None, 0, 10)))) == 3 * SPACES["goods.purchase"]
        assert len(set(RailTravel.every((None, 0, 10)))) == SPACES["rail.travel"]

    @pytest.mark.parametrize(
        "text", ["", "-1", "+1", "1.5", "1 000", "\N{FULLWIDTH DIGIT ONE}", "1" * 14, "many"]
    )
    def test_an_amount_is_written_in_plain_digits(self, text: str) -> None:
        """Signs, fractions, groups, foreign digits and endless numbers are refused by name."""
        with pytest.raises(AttributeValueError, match="whole number of yuan") as caught:
            parse_action("goods.purchase", {"category": "luxury", "amount_yuan": text})
        assert caught.value.attribute == AMOUNT

    def test_an_amount_is_read(self) -> None:
        """Digits are the amount."""
        read = parse_action("insurance.premium", {"cash_value": "true", "amount_yuan": "120000"})
        assert read == InsurancePremium(cash_value=True, amount_yuan=120_000)


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
    ) == GoodsPurchase(GoodsCategory.VEHICLE, PurchasePurpose.PRIVATE)
