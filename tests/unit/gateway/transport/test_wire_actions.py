"""Actions off the wire: proto and domain have the same words, and what is left out is never a guess."""

from dataclasses import MISSING, dataclass, fields
from typing import ClassVar

import pytest
from google.protobuf.message import Message

from gateway.errors import AnswerError, Reason
from gateway.transport.wire_actions import ActionReader, mismatches
from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.wire_actions import ActionWriter
from sanctions_matrix.actions import (
    ACTIONS,
    AMOUNT,
    MAX_AMOUNT_YUAN,
    Action,
    AirTravel,
    GoodsPurchase,
    InsurancePremium,
    LodgingStay,
)
from tests.fakes.raw_actions import as_query
from tests.fakes.zoo import PROTO, ZOO, AnimalHouse, ZooVisit, query_of

READER = ActionReader(pb.Query, ACTIONS)
EVERY_ACTION = [action for kind in ACTIONS.values() for action in kind.every((None, 0, 1, 10**12))]


def attributes(*, required: bool) -> list[tuple[type[Action], str]]:
    """Return the attributes of all actions that can never be left out, or those that can."""
    return [
        (kind, field.name)
        for kind in ACTIONS.values()
        for field in fields(kind)  # type: ignore[arg-type]
        if (field.default is MISSING) is required
    ]


def parts(kind: type[Action]) -> tuple[pb.Query, Message]:
    """Return a query about some action of a kind, with every attribute given, and the action's message."""
    query = as_query(list(kind.every((1,)))[-1])
    return query, getattr(query, kind.name.replace(".", "_"))


def refused(query: pb.Query) -> AnswerError:
    """Return why ``query`` asks about no action."""
    with pytest.raises(AnswerError) as caught:
        READER.read(query)
    return caught.value


class TestVocabulary:
    """Proto and domain have the same words."""

    def test_neither_side_has_what_the_other_has_not(self) -> None:
        """Every action has its message, every attribute its field, every member its value, and none is left over."""
        assert list(mismatches(pb.Query, ACTIONS)) == []

    def test_every_action_arrives(self) -> None:
        """Each value that an action can take can be asked about, and arrives as it was asked."""
        for action in EVERY_ACTION:
            arrived = READER.read(as_query(action))
            assert (arrived, type(arrived)) == (action, type(action))
        assert len(EVERY_ACTION) > 150

    @pytest.mark.parametrize(
        ("written", "instead", "problem"),
        [
            ('"zoo_visit"', '"zoo_tour"', "Query has no action zoo_visit"),
            ('"zoo_visit"', '"zoo_tour"', "no action of the domain is called zoo_tour"),
            ("ZooVisit", "ZooTour", "zoo.visit is the message ZooTour, not ZooVisit"),
            ('"gate"', '"door"', "ZooVisit has no field gate"),
            ('"gate"', '"door"', "zoo.visit has no attribute door"),
            ("AnimalHouse", "House", "ZooVisit.house is not the enumeration AnimalHouse"),
            ("_BIRDS", "_FISH", "AnimalHouse has no value ANIMAL_HOUSE_BIRDS"),
            ("_BIRDS", "_FISH", "no value of ZooVisit.house is called ANIMAL_HOUSE_FISH"),
            ("TYPE_BOOL", "TYPE_UINT32", "ZooVisit.fed has another type than its attribute"),
            ("TYPE_UINT32", "TYPE_INT32", "ZooVisit.gate has another type than its attribute"),
            (
                "oneof_index: 1 proto3_optional: true",
                "",
                "ZooVisit.gate is not optional, so that leaving it out would not show",
            ),
        ],
    )
    def test_a_difference_is_told_and_nothing_is_read(
        self, written: str, instead: str, problem: str
    ) -> None:
        """What was forgotten on one side is named, and the gateway does not start with it."""
        proto = PROTO.replace(written, instead)
        if "oneof_index: 1" in written:
            proto = proto.replace('oneof_decl { name: "_gate" }', "")
        assert problem in list(mismatches(query_of(proto), ZOO))
        with pytest.raises(LookupError, match=problem):
            ActionReader(query_of(proto), ZOO)

    def test_a_number_in_place_of_an_action_is_no_action(self) -> None:
        """A choice that is no message has no attributes to read."""
        proto = PROTO.replace('TYPE_MESSAGE type_name: ".zoo.v1.ZooVisit"', "TYPE_BOOL")
        assert list(mismatches(query_of(proto), ZOO)) == ["Query has no action zoo_visit"]

    def test_a_number_in_place_of_an_enumeration_is_told(self) -> None:
        """An enumerated attribute is an enumeration on the wire, too."""
        proto = PROTO.replace('TYPE_ENUM type_name: ".zoo.v1.AnimalHouse"', "TYPE_UINT32")
        problem = "ZooVisit.house is not the enumeration AnimalHouse"
        assert list(mismatches(query_of(proto), ZOO)) == [problem]

    def test_every_difference_is_told_at_once(self) -> None:
        """An action without a message and a message without an action are two problems."""

        @dataclass(frozen=True, slots=True)
        class Diving(AirTravel):
            name: ClassVar[str] = "sea.diving"

        kinds = {name: kind for name, kind in ACTIONS.items() if kind is not AirTravel}
        expected = [
            "Query has no action sea_diving",
            "no action of the domain is called air_travel",
        ]
        assert list(mismatches(pb.Query, kinds | {Diving.name: Diving})) == expected

    def test_a_new_action_needs_no_line_of_code(self) -> None:
        """An action that neither side has heard of is written and read by its message and its class alone."""
        query_type = query_of(PROTO)
        reader, writer = ActionReader(query_type, ZOO), ActionWriter(query_type, ZOO)
        every = list(ZooVisit.every())
        for action in every:
            query = query_type()
            writer.write(query, action)
            assert reader.read(query_type.FromString(query.SerializeToString())) == action
        assert len(every) == 16
        assert every[0] == ZooVisit(AnimalHouse.BIG_CATS, fed=False)


class TestAttributes:
    """What is left out, unknown or out of range."""

    def test_a_missing_action_is_refused(self) -> None:
        """Nothing is permitted that was not named."""
        assert refused(pb.Query(role=pb.ROLE_PAYER)).reason is Reason.ACTION_UNKNOWN

    @pytest.mark.parametrize(("kind", "attribute"), attributes(required=True))
    def test_a_missing_attribute_is_refused_by_its_name(
        self, kind: type[Action], attribute: str
    ) -> None:
        """What every rule may turn on is said, False and 0 included."""
        query, message = parts(kind)
        message.ClearField(attribute)
        error = refused(query)
        assert error.reason is Reason.ATTRIBUTE_MISSING
        assert f"'{attribute}'" in str(error)

    @pytest.mark.parametrize(("kind", "attribute"), attributes(required=False))
    def test_an_attribute_that_may_be_left_out_has_its_default(
        self, kind: type[Action], attribute: str
    ) -> None:
        """The domain, not the wire, says what is meant by saying nothing."""
        query, message = parts(kind)
        message.ClearField(attribute)
        default = {field.name: field.default for field in fields(kind)}[attribute]  # type: ignore[arg-type]
        assert getattr(READER.read(query), attribute) is default

    @pytest.mark.parametrize(
        ("kind", "attribute"),
        [
            (kind, attribute)
            for kind, attribute in attributes(required=True) + attributes(required=False)
            if kind.domains.get(attribute, ())[-1:] != (True,)  # both values of a bool are known
        ],
    )
    def test_an_unknown_value_is_refused_by_its_name(
        self, kind: type[Action], attribute: str
    ) -> None:
        """A value that is newer than this gateway, or impossible, is not guessed."""
        query, message = parts(kind)
        setattr(message, attribute, MAX_AMOUNT_YUAN + 1 if attribute == AMOUNT else 99)
        error = refused(query)
        assert error.reason is Reason.ATTRIBUTE_INVALID
        assert f"'{attribute}'" in str(error)

    @pytest.mark.parametrize("number", [-1, 2**31 - 1])
    def test_any_number_can_stand_for_an_enumeration(self, number: int) -> None:
        """Protocol Buffers carry numbers that an enum does not have; they mean nothing."""
        query = pb.Query(venue_spend=pb.VenueSpend())
        query.venue_spend.venue = number  # type: ignore[assignment]
        assert refused(query).reason is Reason.ATTRIBUTE_INVALID

    @pytest.mark.parametrize("stars", [6, 2**32 - 1])
    def test_stars_end_at_five(self, stars: int) -> None:
        """A rating that nobody gives is no rating."""
        query = pb.Query(lodging_stay=pb.LodgingStay(stars=stars))
        assert refused(query).reason is Reason.ATTRIBUTE_INVALID

    @pytest.mark.parametrize("amount", [MAX_AMOUNT_YUAN + 1, 2**64 - 1])
    def test_an_amount_has_a_limit(self, amount: int) -> None:
        """An impossible price or premium is refused rather than cut."""
        for query in (
            pb.Query(insurance_premium=pb.InsurancePremium(cash_value=True, amount_yuan=amount)),
            pb.Query(goods_purchase=pb.GoodsPurchase(category=1, amount_yuan=amount)),  # type: ignore[arg-type]
        ):
            assert refused(query).reason is Reason.ATTRIBUTE_INVALID

    def test_saying_no_is_not_saying_nothing(self) -> None:
        """False, 0 stars and 0 yuan arrive as what they are."""
        stay = pb.Query(lodging_stay=pb.LodgingStay(stars=0, high_end=False))
        assert READER.read(stay) == LodgingStay(stars=0, high_end=False)
        unsaid = pb.Query(lodging_stay=pb.LodgingStay(stars=0))
        assert READER.read(unsaid) == LodgingStay(stars=0, high_end=None)
        premium = pb.Query(insurance_premium=pb.InsurancePremium(cash_value=False, amount_yuan=0))
        assert READER.read(premium) == InsurancePremium(cash_value=False, amount_yuan=0)
        bag = pb.Query(goods_purchase=pb.GoodsPurchase(category=pb.GOODS_CATEGORY_LUXURY))
        assert READER.read(bag) == GoodsPurchase("luxury", None, None)
