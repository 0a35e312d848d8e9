"""Evaluation: what may not be answered, and how masks and verdicts are made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import pytest

from sanctions_matrix.actions import (
    AirTravel,
    GoodsCategory,
    GoodsPurchase,
    LodgingStay,
    RailTravel,
    Role,
    SeatClass,
    TrainClass,
    UnknownActionError,
)
from sanctions_matrix.documents import PartyKind
from sanctions_matrix.evaluation import (
    Matrix,
    MissingAttributeError,
    Outcome,
    RoleError,
    UnknownListError,
    UnknownMeasureError,
    compile_matrix,
)
from sanctions_matrix.evaluation_naive import naive_evaluate
from sanctions_matrix.listing import ContestRoute, Exemption, Listing, Window
from sanctions_matrix.measures import Effect

if TYPE_CHECKING:
    from sanctions_matrix.pack import Pack

AT = datetime(2024, 6, 1, tzinfo=UTC)
ROUTE = ContestRoute("First Court of Utopia", "1 Court Road", "10 days")
PERSON = PartyKind.NATURAL_PERSON
SECOND_CLASS = RailTravel(TrainClass.G, SeatClass.SECOND)


def listing(
    measures: set[str], list_id: str = "consumption-limited", reference: str = "L-a"
) -> Listing:
    """Return a listing of a natural person, open since a day before `AT`."""
    window = Window(AT - timedelta(days=1))
    return Listing(
        reference, list_id, PERSON, "First Court of Utopia", frozenset(measures), window, ROUTE
    )


def test_nobody_listed_is_permitted_without_grounds(matrix: Matrix) -> None:
    """No listing, no restriction."""
    verdict = matrix.evaluate(AirTravel(), Role.TRAVELLER, [], AT)
    assert (verdict.outcome, verdict.grounds) == (Outcome.PERMITTED, ())


def test_a_missing_attribute_is_an_error_with_or_without_listings(
    matrix: Matrix, pack: Pack
) -> None:
    """A listed and an unlisted party cannot be told apart by the error."""
    vehicle = GoodsPurchase(GoodsCategory.VEHICLE)
    for held in ([], [listing({"46"})]):
        with pytest.raises(MissingAttributeError) as caught:
            matrix.evaluate(vehicle, Role.PAYER, held, AT)
        assert caught.value.attribute == "purpose"
        with pytest.raises(MissingAttributeError):
            naive_evaluate(pack, vehicle, Role.PAYER, held, AT)


def test_an_attribute_no_rule_turns_on_may_be_absent(matrix: Matrix) -> None:
    """The purpose of bread is nobody's business."""
    general = GoodsPurchase(GoodsCategory.GENERAL)
    assert matrix.evaluate(general, Role.PAYER, [], AT).outcome is Outcome.PERMITTED


def test_a_role_the_action_has_not_is_an_error(matrix: Matrix, pack: Pack) -> None:
    """Nobody is the payer of a flight: the question is wrong, not the party."""
    with pytest.raises(RoleError):
        matrix.evaluate(AirTravel(), Role.PAYER, [], AT)
    with pytest.raises(RoleError):
        naive_evaluate(pack, AirTravel(), Role.PAYER, [], AT)


def test_an_action_the_pack_has_not_is_an_error(pack: Pack) -> None:
    """A pack that does not list an action does not permit it."""
    smaller = replace(pack, actions={}, rules={})
    with pytest.raises(UnknownActionError):
        compile_matrix(smaller).evaluate(AirTravel(), Role.TRAVELLER, [], AT)
    with pytest.raises(UnknownActionError):
        naive_evaluate(smaller, AirTravel(), Role.TRAVELLER, [], AT)


def test_an_instant_without_time_zone_is_an_error(matrix: Matrix, pack: Pack) -> None:
    """Nobody knows when a naive instant is."""
    naive = AT.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        matrix.evaluate(AirTravel(), Role.TRAVELLER, [], naive)
    with pytest.raises(ValueError, match="time zone"):
        naive_evaluate(pack, AirTravel(), Role.TRAVELLER, [], naive)


def test_a_listing_on_an_unknown_list_is_an_error(matrix: Matrix, pack: Pack) -> None:
    """What nobody can explain is neither a restriction nor a permission."""
    stray = [listing({"38"}, "gossip")]
    with pytest.raises(UnknownListError):
        matrix.evaluate(AirTravel(), Role.TRAVELLER, stray, AT)
    with pytest.raises(UnknownListError):
        naive_evaluate(pack, AirTravel(), Role.TRAVELLER, stray, AT)


def test_a_listing_with_an_unknown_measure_is_an_error(matrix: Matrix, pack: Pack) -> None:
    """A measure the pack does not know may mean anything."""
    stray = [listing({"38", "99"})]
    with pytest.raises(UnknownMeasureError):
        matrix.evaluate(AirTravel(), Role.TRAVELLER, stray, AT)
    with pytest.raises(UnknownMeasureError):
        naive_evaluate(pack, AirTravel(), Role.TRAVELLER, stray, AT)


def test_a_measure_the_list_does_not_carry_has_no_effect(matrix: Matrix) -> None:
    """A defaulter's listing cannot close the air, whatever it says."""
    stray = [listing({"33", "38"}, "judgment-defaulters")]
    assert matrix.evaluate(AirTravel(), Role.TRAVELLER, stray, AT).outcome is Outcome.PERMITTED


def test_restricted_comes_before_referred_with_every_ground(matrix: Matrix) -> None:
    """Grounds of both effects are listed; the stronger decides."""
    both = [listing({"40"}, reference="L-a"), listing({"40"}, reference="L-b")]
    verdict = matrix.evaluate(LodgingStay(4), Role.GUEST, both, AT)
    assert verdict.outcome is Outcome.RESTRICTED
    assert [ground.reference for ground in verdict.grounds] == ["L-a", "L-b"]


def test_grounds_stand_in_the_order_of_measure_list_and_reference(matrix: Matrix) -> None:
    """The order of listings does not show in the answer."""
    held = [
        listing({"RAIL-384"}, "rail-restricted", "L-a"),
        listing({"39"}, reference="L-c"),
        listing({"39"}, reference="L-b"),
    ]
    verdict = matrix.evaluate(SECOND_CLASS, Role.TRAVELLER, held, AT)
    assert verdict == matrix.evaluate(SECOND_CLASS, Role.TRAVELLER, held[::-1], AT)
    order = [(ground.measure.id, ground.reference) for ground in verdict.grounds]
    assert order == [("39", "L-b"), ("39", "L-c"), ("RAIL-384", "L-a")]


def test_the_same_listing_twice_is_one_ground(matrix: Matrix) -> None:
    """A party found through two of its documents is restricted once."""
    verdict = matrix.evaluate(AirTravel(), Role.TRAVELLER, [listing({"38"})] * 2, AT)
    assert len(verdict.grounds) == 1


def test_two_rules_of_one_measure_are_one_ground(matrix: Matrix) -> None:
    """A soft sleeper of a G train falls under measure 39 twice and is told once, by the first rule."""
    sleeper = RailTravel(TrainClass.G, SeatClass.SOFT_SLEEPER)
    verdict = matrix.evaluate(sleeper, Role.TRAVELLER, [listing({"39"})], AT)
    assert [ground.rule_id for ground in verdict.grounds] == ["rail-soft-sleeper"]


def test_an_exemption_lifts_only_the_measures_it_names(matrix: Matrix) -> None:
    """A permit to fly is no permit for a hotel; a measure nobody knows lifts nothing."""
    window = Window(AT - timedelta(hours=1), AT + timedelta(hours=1))
    permitted = replace(
        listing({"38", "40"}), exemptions=(Exemption(frozenset({"38", "99"}), window),)
    )
    assert (
        matrix.evaluate(AirTravel(), Role.TRAVELLER, [permitted], AT).outcome is Outcome.PERMITTED
    )
    assert (
        matrix.evaluate(LodgingStay(5), Role.GUEST, [permitted], AT).outcome is Outcome.RESTRICTED
    )


def test_masks_and_ids_are_each_others_inverse(matrix: Matrix, pack: Pack) -> None:
    """Whatever a snapshot keeps as a mask comes back as the same measures."""
    for measure in pack.measures.values():
        mask = matrix.measures_mask([measure.id])
        assert mask == 1 << measure.bit
        assert matrix.ids_of_mask(mask) == {measure.id}
    everything = matrix.measures_mask(pack.measures)
    assert matrix.ids_of_mask(everything) == set(pack.measures)
    assert matrix.ids_of_mask(0) == frozenset()


def test_a_mask_of_another_pack_is_an_error(matrix: Matrix) -> None:
    """A bit that stands for nothing is not ignored, nor is an id."""
    with pytest.raises(UnknownMeasureError):
        matrix.ids_of_mask(1 << 63)
    with pytest.raises(UnknownMeasureError):
        matrix.measures_mask(["no such measure"])


def test_a_ground_tells_everything_that_explains_it(matrix: Matrix) -> None:
    """Measure, rule, list, authority, end and route are all there, and the rule speaks both languages."""
    held = replace(listing({"39"}), window=Window(AT, AT + timedelta(days=1)))
    ground = matrix.evaluate(SECOND_CLASS, Role.TRAVELLER, [held], AT).grounds[0]
    assert (ground.measure.id, ground.list.id, ground.reference) == (
        "39",
        "consumption-limited",
        "L-a",
    )
    assert (ground.authority, ground.contest.address) == ("First Court of Utopia", "1 Court Road")
    assert ground.ends_at == AT + timedelta(days=1)
    assert "G train" in ground.rule.explanation_en
    assert "G" in ground.rule.explanation_zh
    assert ground.rule_source.startswith("SPC Fa Shi [2015] No. 17")


def test_a_referral_does_not_call_itself_a_restriction(matrix: Matrix) -> None:
    """Whoever reads a REFERRED ground learns that a person decides."""
    luxury = GoodsPurchase(GoodsCategory.LUXURY)
    verdict = matrix.evaluate(luxury, Role.PAYER, [listing({"FASHI-17-OTHER"})], AT)
    assert verdict.outcome is Outcome.REFERRED
    assert verdict.grounds[0].effect is Effect.REFERS
    assert "a person has to decide" in verdict.grounds[0].rule.explanation_en


def test_roles_given_as_text_are_the_same_roles(matrix: Matrix) -> None:
    """A role read from the wire as text finds the same cell."""
    asked = cast("Role", "traveller")
    assert matrix.evaluate(AirTravel(), asked, [], AT).outcome is Outcome.PERMITTED
