"""Evaluation: each clause of docs/decisions.md, asked of both readers of the tables of Utopia."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
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
    MissingAttributeError,
    Outcome,
    RoleError,
    UnknownListError,
    UnknownMeasureError,
    Verdict,
)
from sanctions_matrix.listing import ContestRoute, Exemption, Window
from sanctions_matrix.measures import Effect, Status
from tests.fakes.utopia import utopia
from tests.fakes.utopia_listings import (
    AFTER,
    AROUND,
    AT,
    BEFORE,
    HOUR,
    LIMITS,
    LOAN,
    LUXURY,
    ORGANISATION,
    PERSON,
    ROUTE,
    VESSEL,
    compiled,
    listing,
    outcome,
    praise,
)

if TYPE_CHECKING:
    from tests.fakes.utopia_listings import Reader


def test_nobody_listed_is_permitted_without_grounds(read: Reader) -> None:
    """No listing, no restriction, nothing to tell."""
    verdict = read(utopia(), AirTravel(), Role.TRAVELLER, [], AT)
    assert verdict == Verdict(Outcome.PERMITTED, (), ())


def test_a_missing_attribute_is_an_error_with_or_without_listings(read: Reader) -> None:
    """A listed and an unlisted party cannot be told apart by the error, which names the attribute."""
    for held in ([], [listing("goods")]):
        with pytest.raises(MissingAttributeError, match="'purpose' is needed") as caught:
            read(utopia(), GoodsPurchase(GoodsCategory.VEHICLE), Role.PAYER, held, AT)
        assert caught.value.attribute == "purpose"


def test_an_attribute_no_rule_turns_on_may_be_absent(read: Reader) -> None:
    """The purpose of bread is nobody's business, nor whether a house with stars is a high-end one."""
    general = GoodsPurchase(GoodsCategory.GENERAL)
    assert outcome(read(utopia(), general, Role.PAYER, [listing("goods")], AT))[0] == "permitted"
    stars = LodgingStay(3)
    assert outcome(read(utopia(), stars, Role.GUEST, [listing("lodging")], AT))[0] == "restricted"


def test_an_attribute_is_needed_only_in_the_role_whose_rule_turns_on_it(read: Reader) -> None:
    """The payer of a house without stars need not say what the guest has to."""
    unrated = LodgingStay(0)
    assert outcome(read(utopia(), unrated, Role.PAYER, [], AT)) == ("permitted", [])
    with pytest.raises(MissingAttributeError) as caught:
        read(utopia(), unrated, Role.GUEST, [], AT)
    assert caught.value.attribute == "high_end"


def test_a_given_attribute_decides(read: Reader) -> None:
    """What the rule allows falls under it, the other value does not, and False is not the same as absent."""
    held = [listing("lodging")]
    high_end, plain = (LodgingStay(0, high_end=value) for value in (True, False))
    assert outcome(read(utopia(), high_end, Role.GUEST, held, AT)) == (
        "restricted",
        ["lodging by lodging-high-end-guest"],
    )
    assert outcome(read(utopia(), plain, Role.GUEST, held, AT)) == ("permitted", [])


def test_a_role_the_action_has_not_is_an_error(read: Reader) -> None:
    """Nobody is the payer of a flight: the question is wrong, not the party, and the error names the role."""
    with pytest.raises(RoleError, match="payer"):
        read(utopia(), AirTravel(), Role.PAYER, [], AT)


def test_the_error_of_a_role_names_the_roles_there_are() -> None:
    """Whoever asked learns what to ask instead."""
    with pytest.raises(RoleError) as caught:
        compiled(utopia(), LodgingStay(5), Role.TRAVELLER, [], AT)
    assert str(caught.value) == "lodging.stay has no role traveller; give one of guest, payer"


def test_an_action_the_pack_has_not_is_an_error(read: Reader) -> None:
    """A pack that does not list an action does not permit it, whatever the role."""
    train = RailTravel(TrainClass.G, SeatClass.SECOND)
    for role in (Role.TRAVELLER, Role.PAYER):
        with pytest.raises(UnknownActionError) as caught:
            read(utopia(), train, role, [], AT)
        assert caught.value.action == "rail.travel"


def test_an_action_with_an_amount_that_the_pack_has_not_is_an_error(read: Reader) -> None:
    """The amount is not looked at before the action is known."""
    without = replace(utopia(), actions={}, rules={})
    with pytest.raises(UnknownActionError) as caught:
        read(without, replace(LUXURY, amount_yuan=1), Role.PAYER, [], AT)
    assert caught.value.action == "goods.purchase"


def test_an_instant_without_time_zone_is_an_error(read: Reader) -> None:
    """Nobody knows when a naive instant is."""
    for held in ([], [listing("air")]):
        with pytest.raises(ValueError, match=r"^the instant of an evaluation needs a time zone$"):
            read(utopia(), AirTravel(), Role.TRAVELLER, held, AT.replace(tzinfo=None))


def test_a_listing_on_an_unknown_list_is_an_error(read: Reader) -> None:
    """What nobody can explain is neither a restriction nor a permission; the error names the list."""
    with pytest.raises(UnknownListError, match="gossip"):
        read(utopia(), AirTravel(), Role.TRAVELLER, [listing("air", list_id="gossip")], AT)


def test_a_listing_with_an_unknown_measure_is_an_error(read: Reader) -> None:
    """A measure the pack does not know may mean anything, even when the listing is over."""
    for window in (AROUND, BEFORE):
        with pytest.raises(UnknownMeasureError, match="no such"):
            read(
                utopia(),
                AirTravel(),
                Role.TRAVELLER,
                [listing("air", "no such", window=window)],
                AT,
            )


def test_a_measure_the_list_does_not_carry_has_no_effect(read: Reader) -> None:
    """A debtor's listing cannot close the air, whatever it says, and does what its list carries."""
    stray = [listing("air", "lodging", list_id="debtors")]
    assert outcome(read(utopia(), AirTravel(), Role.TRAVELLER, stray, AT)) == ("permitted", [])
    assert outcome(read(utopia(), LodgingStay(3), Role.PAYER, stray, AT))[0] == "restricted"


def test_a_measure_the_listing_does_not_name_has_no_effect(read: Reader) -> None:
    """A court may impose less than the list carries."""
    held = [listing("lodging")]
    assert outcome(read(utopia(), AirTravel(), Role.TRAVELLER, held, AT)) == ("permitted", [])


def test_a_measure_reaches_only_its_kinds_of_party(read: Reader) -> None:
    """An organisation does not fly, a vessel buys nothing, and each is reached where the row says so."""
    asked = {
        "air": (AirTravel(), Role.TRAVELLER),
        "lodging": (LodgingStay(3), Role.PAYER),
        "credit": (LOAN, Role.ACCOUNT_HOLDER),
    }
    reached = {
        (name, kind)
        for name, question in asked.items()
        for kind in PartyKind
        if read(utopia(), *question, [listing(*LIMITS, kind=kind)], AT).grounds
    }
    assert reached == {
        ("air", PERSON),
        *(("lodging", kind) for kind in PartyKind),
        ("credit", PERSON),
        ("credit", ORGANISATION),
    }


@pytest.mark.parametrize(
    ("status", "effect"),
    [
        (Status.DORMANT, Effect.NONE),
        (Status.DORMANT, Effect.RESTRICTS),
        (Status.HELD, Effect.REFERS),
        (Status.SERVED, Effect.NONE),
    ],
)
def test_a_measure_that_is_not_served_or_has_no_effect_never_acts(
    read: Reader, status: Status, effect: Effect
) -> None:
    """Even where list, rule and listing name it, which no pack that loads can do."""
    pack = utopia()
    idle = replace(pack.measures["air"], status=status, effect=effect)
    spoilt = replace(pack, measures={**pack.measures, "air": idle})
    assert outcome(read(spoilt, AirTravel(), Role.TRAVELLER, [listing("air")], AT)) == (
        "permitted",
        [],
    )


def test_a_kind_of_party_that_no_measure_reaches_is_permitted(read: Reader) -> None:
    """Where the whole pack has nothing to say of vessels, a listed vessel may do everything."""
    pack = utopia()
    people = {
        name: replace(measure, targets=frozenset({PERSON} if measure.acts else ()))
        for name, measure in pack.measures.items()
    }
    held = [listing(*LIMITS, kind=VESSEL)]
    for action, role in ((AirTravel(), Role.TRAVELLER), (LodgingStay(5), Role.PAYER)):
        verdict = read(replace(pack, measures=people), action, role, held, AT)
        assert outcome(verdict) == ("permitted", [])


def test_restricted_comes_before_referred_with_every_ground(read: Reader) -> None:
    """Grounds of both effects are told; the stronger decides, wherever it stands."""
    pack = utopia()
    rules = {
        **pack.rules,
        "air-any": replace(pack.rules["air-any"], measures=("air", "credit", "goods")),
    }
    held = [listing("credit", reference="L-a"), listing("air", reference="L-b")]
    for order in (held, held[::-1]):
        verdict = read(replace(pack, rules=rules), AirTravel(), Role.TRAVELLER, order, AT)
        assert outcome(verdict) == ("restricted", ["air by air-any", "credit by air-any"])
        assert [ground.effect for ground in verdict.grounds] == [Effect.RESTRICTS, Effect.REFERS]


def test_a_ground_that_refers_alone_refers(read: Reader) -> None:
    """A measure that refers, and a rule that weakens one that restricts, send the question to a person."""
    held = [listing("credit", "goods")]
    by_measure = read(utopia(), LOAN, Role.ACCOUNT_HOLDER, held, AT)
    assert outcome(by_measure) == ("referred", ["credit by credit-any"])
    by_rule = read(utopia(), LUXURY, Role.PAYER, held, AT)
    assert outcome(by_rule) == ("referred", ["goods by goods-luxury"])
    assert [by_measure.grounds[0].effect, by_rule.grounds[0].effect] == [Effect.REFERS] * 2


def test_of_two_rules_the_stronger_speaks_and_of_equals_the_first(read: Reader) -> None:
    """One measure is one ground: the rule that only refers, though first, does not hide the one that restricts."""
    held = [listing("lodging")]
    four, five = (read(utopia(), LodgingStay(stars), Role.GUEST, held, AT) for stars in (4, 5))
    assert outcome(four) == ("restricted", ["lodging by lodging-stars"])
    assert outcome(five) == ("restricted", ["lodging by lodging-stars"])


def test_one_rule_may_carry_two_measures(read: Reader) -> None:
    """Each measure is a ground of its own, and a later rule's other measure is not lost."""
    verdict = read(utopia(), LodgingStay(5), Role.GUEST, [listing("lodging", "goods")], AT)
    assert outcome(verdict) == (
        "restricted",
        ["lodging by lodging-stars", "goods by lodging-grand"],
    )


def test_a_rule_of_another_role_does_not_apply(read: Reader) -> None:
    """What closes the house to its guest does not close the payer's purse."""
    held = [listing("lodging")]
    high_end = LodgingStay(0, high_end=True)
    assert outcome(read(utopia(), high_end, Role.PAYER, held, AT)) == ("permitted", [])


def test_grounds_stand_in_the_order_of_measure_list_and_reference(read: Reader) -> None:
    """The order of listings does not show in the answer; every place of the order counts."""
    later, other = Window(AT - HOUR, AT + 2 * HOUR), ContestRoute("B", "1 Court Road", "10 days")
    first = listing("lodging")
    held = [
        listing("goods"),
        listing("lodging", reference="L-b"),
        listing("lodging", list_id="debtors"),
        replace(first, contest=ROUTE, authority="Second Court"),
        replace(first, window=Window(AT - HOUR)),
        replace(first, window=later),
        replace(first, contest=other),
        replace(first, contest=replace(ROUTE, address="0")),
        replace(first, contest=replace(ROUTE, deadline="0")),
        first,
    ]
    verdict = read(utopia(), LodgingStay(5), Role.GUEST, held, AT)
    told = [
        (
            ground.measure.id,
            ground.list.id,
            ground.reference,
            ground.authority,
            ground.ends_at,
            ground.contest,
        )
        for ground in verdict.grounds
    ]
    court, second = "First Court of Utopia", "Second Court"
    soon = AT + HOUR
    assert told == [
        ("lodging", "debtors", "L-a", court, soon, ROUTE),
        ("lodging", "limits", "L-a", court, None, ROUTE),
        ("lodging", "limits", "L-a", court, soon, other),
        ("lodging", "limits", "L-a", court, soon, replace(ROUTE, address="0")),
        ("lodging", "limits", "L-a", court, soon, replace(ROUTE, deadline="0")),
        ("lodging", "limits", "L-a", court, soon, ROUTE),
        ("lodging", "limits", "L-a", court, AT + 2 * HOUR, ROUTE),
        ("lodging", "limits", "L-a", second, soon, ROUTE),
        ("lodging", "limits", "L-b", court, soon, ROUTE),
        ("goods", "limits", "L-a", court, soon, ROUTE),
    ]
    assert read(utopia(), LodgingStay(5), Role.GUEST, held[::-1], AT) == verdict


def test_the_same_listing_twice_is_one_ground(read: Reader) -> None:
    """A party found through two of its documents is restricted once and praised once."""
    verdict = read(utopia(), AirTravel(), Role.TRAVELLER, [listing("air")] * 2, AT)
    assert outcome(verdict) == ("restricted", ["air by air-any"])
    assert len(read(utopia(), LOAN, Role.ACCOUNT_HOLDER, [praise()] * 2, AT).commendations) == 1


def test_a_ground_tells_everything_that_explains_it(read: Reader) -> None:
    """Measure, list, rule, authority, reference, end and route are the pack's and the listing's own."""
    pack, held = utopia(), listing("air")
    ground = read(pack, AirTravel(), Role.TRAVELLER, [held], AT).grounds[0]
    assert ground.measure is pack.measures["air"]
    assert ground.list is pack.lists["limits"]
    assert ground.rule is pack.rules["air-any"]
    assert (ground.rule_id, ground.rule_source) == ("air-any", "Utopia Act")
    assert (ground.authority, ground.reference) == ("First Court of Utopia", "L-a")
    assert (ground.ends_at, ground.contest) == (AT + HOUR, ROUTE)


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (Window(AT), "restricted"),
        (Window(AT - HOUR, AT + timedelta(microseconds=1)), "restricted"),
        (Window(AT + timedelta(microseconds=1)), "permitted"),
        (Window(AT - HOUR, AT), "permitted"),
    ],
)
def test_a_listing_acts_from_its_start_until_just_before_its_end(
    read: Reader, window: Window, expected: str
) -> None:
    """The first instant belongs to the window, the last does not."""
    held = [listing("air", window=window)]
    assert outcome(read(utopia(), AirTravel(), Role.TRAVELLER, held, AT))[0] == expected


@pytest.mark.parametrize(
    ("stays", "expected"),
    [
        ((AROUND,), "permitted"),
        ((BEFORE, AROUND), "permitted"),
        ((AROUND, AFTER), "permitted"),
        ((Window(AT, AT + HOUR),), "permitted"),
        ((BEFORE, AFTER), "restricted"),
    ],
)
def test_one_stay_in_its_window_silences_the_listing(
    read: Reader, stays: tuple[Window, ...], expected: str
) -> None:
    """A stay that is over or lies ahead does nothing, and one that lasts suffices."""
    held = [replace(listing("air"), stays=stays)]
    assert outcome(read(utopia(), AirTravel(), Role.TRAVELLER, held, AT))[0] == expected


@pytest.mark.parametrize(
    ("exemptions", "left"),
    [
        ((), ["lodging", "goods"]),
        ((("lodging", AROUND),), ["goods"]),
        ((("air", AROUND),), ["lodging", "goods"]),
        ((("lodging", BEFORE),), ["lodging", "goods"]),
        ((("lodging", AFTER), ("goods", AROUND)), ["lodging"]),
        ((("lodging", AROUND), ("goods", AROUND)), []),
        ((("goods", AROUND), ("air", AROUND)), ["lodging"]),
    ],
)
def test_an_exemption_lifts_only_what_it_names_and_only_while_it_lasts(
    read: Reader, exemptions: tuple[tuple[str, Window], ...], left: list[str]
) -> None:
    """A permit to lodge is no permit to buy; two permits add up; a measure nobody knows lifts nothing."""
    granted = tuple(
        Exemption(frozenset({measure, "nothing known"}), window) for measure, window in exemptions
    )
    held = [replace(listing("lodging", "goods"), exemptions=granted)]
    verdict = read(utopia(), LodgingStay(5), Role.GUEST, held, AT)
    assert [ground.measure.id for ground in verdict.grounds] == left


def test_one_listing_that_is_silent_does_not_silence_the_next(read: Reader) -> None:
    """Every listing is looked at, whatever the one before it says."""
    over = listing("air", window=BEFORE)
    held = [over, praise(), listing("air", reference="L-b"), listing(reference="L-c")]
    verdict = read(utopia(), AirTravel(), Role.TRAVELLER, held, AT)
    assert [ground.reference for ground in verdict.grounds] == ["L-b"]
    told = read(utopia(), LOAN, Role.ACCOUNT_HOLDER, [over, praise(PERSON), praise()], AT)
    assert len(told.commendations) == 1


def test_roles_given_as_text_are_the_same_roles() -> None:
    """A role read from the wire as text finds the same cell."""
    asked = cast("Role", "traveller")
    assert compiled(utopia(), AirTravel(), asked, [], AT).outcome is Outcome.PERMITTED
