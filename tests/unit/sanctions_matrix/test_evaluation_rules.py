"""Commendations, thresholds and masks, asked of both readers of the tables of Utopia."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sanctions_matrix.actions import (
    AirTravel,
    GoodsCategory,
    GoodsPurchase,
    LodgingStay,
    PurchasePurpose,
    Role,
)
from sanctions_matrix.evaluation import (
    Commendation,
    MissingAttributeError,
    Outcome,
    UnknownListError,
    UnknownMeasureError,
    Verdict,
    compile_matrix,
)
from sanctions_matrix.listing import Window
from sanctions_matrix.measures import Effect
from tests.fakes.utopia import utopia
from tests.fakes.utopia_listings import (
    AFTER,
    AROUND,
    AT,
    BEFORE,
    HOUR,
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
    from sanctions_matrix.documents import PartyKind
    from tests.fakes.utopia_listings import Reader


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
