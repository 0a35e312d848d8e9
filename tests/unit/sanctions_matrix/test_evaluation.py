"""Evaluation: each clause of docs/decisions.md, asked of both readers of the tables of Utopia."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import pytest

from sanctions_matrix.actions import (
    Action,
    AirTravel,
    CreditExtension,
    CreditProduct,
    GoodsCategory,
    GoodsPurchase,
    LodgingStay,
    PurchasePurpose,
    RailTravel,
    Role,
    SeatClass,
    TrainClass,
    UnknownActionError,
)
from sanctions_matrix.documents import PartyKind
from sanctions_matrix.evaluation import (
    Commendation,
    MissingAttributeError,
    Outcome,
    RoleError,
    UnknownListError,
    UnknownMeasureError,
    Verdict,
    compile_matrix,
)
from sanctions_matrix.evaluation_naive import naive_evaluate
from sanctions_matrix.listing import ContestRoute, Exemption, Listing, Window
from sanctions_matrix.measures import Effect, Status
from tests.fakes.utopia import utopia

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sanctions_matrix.pack import Pack

    Reader = Callable[[Pack, Action, Role, Sequence[Listing], datetime], Verdict]

AT = datetime(2024, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
AROUND = Window(AT - HOUR, AT + HOUR)
BEFORE = Window(AT - HOUR, AT)
AFTER = Window(AT + HOUR)
ROUTE = ContestRoute("First Court of Utopia", "1 Court Road", "10 days")
PERSON, ORGANISATION, VESSEL = PartyKind
LIMITS = ("air", "lodging", "goods", "credit")
LUXURY = GoodsPurchase(GoodsCategory.LUXURY)
LOAN = CreditExtension(CreditProduct.LOAN)


def compiled(
    pack: Pack, action: Action, role: Role, listings: Sequence[Listing], at: datetime
) -> Verdict:
    """Answer with the compiled reader, compiling the pack anew."""
    return compile_matrix(pack).evaluate(action, role, listings, at)


@pytest.fixture(params=[compiled, naive_evaluate], ids=["compiled", "naive"])
def read(request: pytest.FixtureRequest) -> Reader:
    """Each of the two readers of the tables."""
    return cast("Reader", request.param)


def listing(
    *measures: str,
    list_id: str = "limits",
    kind: PartyKind = PERSON,
    reference: str = "L-a",
    window: Window = AROUND,
) -> Listing:
    """Return a listing that names these measures, in force at `AT`."""
    return Listing(
        reference, list_id, kind, "First Court of Utopia", frozenset(measures), window, ROUTE
    )


def praise(kind: PartyKind = ORGANISATION, reference: str = "P-a") -> Listing:
    """Return a listing on the red list, in force at `AT`."""
    return listing(list_id="praised", kind=kind, reference=reference)


def outcome(verdict: Verdict) -> tuple[str, list[str]]:
    """Return the outcome and the measure and rule of each ground."""
    grounds = [f"{ground.measure.id} by {ground.rule_id}" for ground in verdict.grounds]
    return verdict.outcome.value, grounds


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


class TestCommendations:
    """A red list is told beside the answer, of organisations only, and changes nothing."""

    def test_a_commendation_tells_list_authority_reference_end_and_route(
        self, read: Reader
    ) -> None:
        """It says where it stands and how to contest it, and the answer stays PERMITTED without grounds."""
        verdict = read(utopia(), LOAN, Role.ACCOUNT_HOLDER, [praise()], AT)
        praised = utopia().lists["praised"]
        told = Commendation(praised, "First Court of Utopia", "P-a", AT + HOUR, ROUTE)
        assert verdict == Verdict(Outcome.PERMITTED, (), (told,))
        assert verdict.commendations[0].list is praised

    @pytest.mark.parametrize("kind", [PERSON, VESSEL])
    def test_nobody_but_an_organisation_is_commended(self, read: Reader, kind: PartyKind) -> None:
        """A listing of a person on a red list, should one exist, is not told."""
        assert read(utopia(), LOAN, Role.ACCOUNT_HOLDER, [praise(kind)], AT).commendations == ()

    @pytest.mark.parametrize("window", [BEFORE, AFTER])
    def test_only_a_listing_in_its_window_commends(self, read: Reader, window: Window) -> None:
        """What is over, or lies ahead, is not told."""
        held = [replace(praise(), window=window)]
        assert read(utopia(), LOAN, Role.ACCOUNT_HOLDER, held, AT).commendations == ()
        held.append(praise(reference="P-b"))
        assert len(read(utopia(), LOAN, Role.ACCOUNT_HOLDER, held, AT).commendations) == 1

    def test_a_stay_silences_a_commendation(self, read: Reader) -> None:
        """While an objection is examined, nothing is told; a stay that is over changes nothing."""
        for stays, told in (((AROUND,), 0), ((BEFORE, AROUND), 0), ((BEFORE, AFTER), 1)):
            held = [replace(praise(), stays=stays)]
            verdict = read(utopia(), LOAN, Role.ACCOUNT_HOLDER, held, AT)
            assert len(verdict.commendations) == told

    def test_a_black_list_commends_nobody(self, read: Reader) -> None:
        """A ground is not praise."""
        held = [listing("credit", kind=ORGANISATION)]
        verdict = read(utopia(), LOAN, Role.ACCOUNT_HOLDER, held, AT)
        assert (verdict.outcome, verdict.commendations) == (Outcome.REFERRED, ())

    def test_praise_does_not_soften_a_restriction(self, read: Reader) -> None:
        """Grounds and commendations stand side by side."""
        held = [praise(), listing("lodging", kind=ORGANISATION)]
        verdict = read(utopia(), LodgingStay(3), Role.PAYER, held, AT)
        assert outcome(verdict) == ("restricted", ["lodging by lodging-stars"])
        assert len(verdict.commendations) == 1

    def test_commendations_stand_in_an_order_of_their_own(self, read: Reader) -> None:
        """The order of listings does not show; list, reference, authority, end and route decide."""
        base = praise()
        held = [
            praise(reference="P-b"),
            replace(base, authority="Second Court"),
            replace(base, window=Window(AT - HOUR, AT + 2 * HOUR)),
            replace(base, window=Window(AT - HOUR)),
            replace(base, contest=replace(ROUTE, body="A")),
            replace(base, contest=replace(ROUTE, address="0")),
            replace(base, contest=replace(ROUTE, deadline="0")),
            base,
        ]
        verdict = read(utopia(), LOAN, Role.ACCOUNT_HOLDER, held, AT)
        expected = [held[place] for place in (3, 4, 5, 6, 7, 2, 1, 0)]
        told = [
            (entry.authority, entry.reference, entry.ends_at, entry.contest)
            for entry in verdict.commendations
        ]
        assert told == [
            (entry.authority, entry.reference, entry.window.ends_at, entry.contest)
            for entry in expected
        ]
        assert read(utopia(), LOAN, Role.ACCOUNT_HOLDER, held[::-1], AT) == verdict

    def test_commendations_of_two_lists_stand_in_the_order_of_the_lists_ids(
        self, read: Reader
    ) -> None:
        """The list's id comes first, whatever the reference."""
        pack = utopia()
        honoured = replace(pack.lists["praised"], id="honoured")
        both = replace(pack, lists={**pack.lists, "honoured": honoured})
        held = [praise(), replace(praise(reference="P-z"), list_id="honoured")]
        verdict = read(both, LOAN, Role.ACCOUNT_HOLDER, held, AT)
        assert [entry.list.id for entry in verdict.commendations] == ["honoured", "praised"]


class TestThresholds:
    """An operator's amount turns a rule that refers into one that restricts from that amount on."""

    PACK = utopia(goods_luxury=20_000, goods_tourism=5_000)

    @pytest.mark.parametrize(
        ("amount", "expected"),
        [
            (0, ("permitted", [])),
            (4_999, ("permitted", [])),
            (5_000, ("permitted", [])),
            (19_999, ("permitted", [])),
            (20_000, ("restricted", ["goods by goods-luxury"])),
            (20_001, ("restricted", ["goods by goods-luxury"])),
            (10**12, ("restricted", ["goods by goods-luxury"])),
        ],
    )
    def test_from_its_amount_on_the_rule_restricts_and_below_it_does_not_apply(
        self, read: Reader, amount: int, expected: tuple[str, list[str]]
    ) -> None:
        """The amount itself is already closed, whatever other rule's threshold lies between."""
        luxury = replace(LUXURY, amount_yuan=amount)
        assert outcome(read(self.PACK, luxury, Role.PAYER, [listing("goods")], AT)) == expected

    @pytest.mark.parametrize(("amount", "expected"), [(4_999, "permitted"), (5_000, "restricted")])
    def test_each_rule_has_its_own_amount(self, read: Reader, amount: int, expected: str) -> None:
        """The lower threshold of another rule of the same action is read exactly as well."""
        tour = GoodsPurchase(GoodsCategory.TOURISM, amount_yuan=amount)
        verdict = read(self.PACK, tour, Role.PAYER, [listing("goods")], AT)
        assert verdict.outcome.value == expected

    def test_an_amount_of_nothing_reaches_a_threshold_of_nothing(self, read: Reader) -> None:
        """No pack with such a threshold loads; were there one, both readers would read it to the yuan."""
        pack = self.PACK
        rule = replace(pack.rules["goods-luxury"], at_least_yuan=0)
        free = replace(LUXURY, amount_yuan=0)
        from_nothing = replace(pack, rules={"goods-luxury": rule})
        verdict = read(from_nothing, free, Role.PAYER, [listing("goods")], AT)
        assert verdict.outcome is Outcome.RESTRICTED

    def test_the_ground_rests_on_the_operators_instrument(self, read: Reader) -> None:
        """Whoever is refused learns which instrument names the amount."""
        luxury = replace(LUXURY, amount_yuan=20_000)
        ground = read(self.PACK, luxury, Role.PAYER, [listing("goods")], AT).grounds[0]
        assert ground.rule_source == "Utopia Circular on goods-luxury"
        assert ground.effect is Effect.RESTRICTS

    def test_without_the_amount_there_is_no_answer(self, read: Reader) -> None:
        """The error names the amount; a zero is an amount."""
        for held in ([], [listing("goods")]):
            with pytest.raises(MissingAttributeError) as caught:
                read(self.PACK, LUXURY, Role.PAYER, held, AT)
            assert caught.value.attribute == "amount_yuan"

    def test_the_amount_is_needed_only_where_a_rule_turns_on_it(self, read: Reader) -> None:
        """Bread needs no price, and neither does the role that the rule does not reach."""
        general = GoodsPurchase(GoodsCategory.GENERAL)
        assert outcome(read(self.PACK, general, Role.PAYER, [], AT)) == ("permitted", [])
        tour = GoodsPurchase(GoodsCategory.TOURISM)
        assert outcome(read(self.PACK, tour, Role.ACCOUNT_HOLDER, [], AT)) == ("permitted", [])

    def test_another_attribute_is_missed_before_the_amount(self, read: Reader) -> None:
        """Attributes are missed in the order of the row, the amount last."""
        pack = self.PACK
        rule = replace(
            pack.rules["goods-luxury"],
            when={"purpose": frozenset({PurchasePurpose.PRIVATE})},
        )
        both = replace(pack, rules={"goods-luxury": rule})
        with pytest.raises(MissingAttributeError) as caught:
            read(both, LUXURY, Role.PAYER, [], AT)
        assert caught.value.attribute == "purpose"

    def test_a_rule_ruled_out_by_what_is_given_needs_no_amount(self, read: Reader) -> None:
        """Another category is another matter, and so is an amount below for an attribute left out."""
        vehicle = GoodsPurchase(GoodsCategory.VEHICLE, PurchasePurpose.PRIVATE)
        verdict = read(self.PACK, vehicle, Role.PAYER, [listing("goods")], AT)
        assert outcome(verdict) == ("restricted", ["goods by goods-vehicle"])
        pack = self.PACK
        rule = replace(
            pack.rules["goods-luxury"],
            when={"purpose": frozenset({PurchasePurpose.PRIVATE})},
        )
        cheap = replace(LUXURY, amount_yuan=19_999)
        both = replace(pack, rules={"goods-luxury": rule})
        assert outcome(read(both, cheap, Role.PAYER, [listing("goods")], AT)) == ("permitted", [])

    def test_without_thresholds_an_amount_means_nothing(self, read: Reader) -> None:
        """An operator that set no amount gets the answer of the tables, whatever amount is told."""
        for amount in (None, 0, 10**12):
            luxury = replace(LUXURY, amount_yuan=amount)
            verdict = read(utopia(), luxury, Role.PAYER, [listing("goods")], AT)
            assert outcome(verdict) == ("referred", ["goods by goods-luxury"])


class TestMasks:
    """Masks are how snapshots keep measures."""

    def test_masks_and_ids_are_each_others_inverse(self) -> None:
        """Whatever a snapshot keeps as a mask comes back as the same measures."""
        pack = utopia()
        matrix = compile_matrix(pack)
        for measure in pack.measures.values():
            mask = matrix.measures_mask([measure.id])
            assert mask == 1 << measure.bit
            assert matrix.ids_of_mask(mask) == {measure.id}
        everything = matrix.measures_mask(pack.measures)
        assert matrix.ids_of_mask(everything) == set(pack.measures)
        assert matrix.ids_of_mask(0) == frozenset()

    def test_a_measure_named_twice_is_in_the_mask_once(self) -> None:
        """Masks are sets, not sums."""
        assert compile_matrix(utopia()).measures_mask(["air", "lodging", "air"]) == 0b11

    def test_a_mask_of_another_pack_is_an_error(self) -> None:
        """A bit that stands for nothing is not ignored, nor is an id; the error names both pack and place."""
        matrix = compile_matrix(utopia())
        with pytest.raises(UnknownMeasureError) as of_mask:
            matrix.ids_of_mask(1 << 63 | 1)
        assert str(of_mask.value) == "the pack utopia has no measure at bit 63"
        with pytest.raises(UnknownMeasureError) as of_id:
            matrix.measures_mask(["air", "no such measure"])
        assert str(of_id.value) == "the pack utopia has no measure 'no such measure'"

    def test_the_error_of_a_list_names_the_pack_and_the_list(self) -> None:
        """An operator learns which pack to look into."""
        with pytest.raises(UnknownListError) as caught:
            compiled(utopia(), AirTravel(), Role.TRAVELLER, [listing(list_id="gossip")], AT)
        assert str(caught.value) == "the pack utopia has no list 'gossip'"

    def test_a_matrix_knows_its_pack(self) -> None:
        """What answers can say from which tables."""
        assert compile_matrix(utopia()).pack is utopia()


def test_roles_given_as_text_are_the_same_roles() -> None:
    """A role read from the wire as text finds the same cell."""
    asked = cast("Role", "traveller")
    assert compiled(utopia(), AirTravel(), asked, [], AT).outcome is Outcome.PERMITTED
