"""Tests of questions and their encoding."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

import partner_sdk
from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.actions import (
    ACTIONS,
    Action,
    AirTravel,
    GoodsCategory,
    GoodsPurchase,
    LodgingStay,
    TourismPackage,
    UnknownActionError,
)
from partner_sdk.correspondence import batches_of
from partner_sdk.documents import Document
from partner_sdk.errors import InvalidQuestionError
from partner_sdk.identity import Identity
from partner_sdk.lookup import StandingQuestion
from partner_sdk.question import Question, encode_query, sign_query
from partner_sdk.wire import MAX_QUERY_BYTES
from tests.fakes.raw_actions import as_query
from tests.fakes.zoo import AnimalHouse, ZooVisit

EVERY_ACTION: list[Action] = []
for kind in ACTIONS.values():
    EVERY_ACTION.extend(kind.every())


def parse(question: Question, at: datetime) -> pb.Query:
    """Return the query that is written for a question."""
    return pb.Query.FromString(encode_query(question, partner="airline", at=at).payload)


@pytest.mark.parametrize("kind", ACTIONS.values(), ids=lambda kind: kind.name)
def test_every_action_is_written_by_its_names(
    kind: type[Action], document: Document, clock: Callable[[], datetime]
) -> None:
    """Each value of each action is the message, the fields and the values that are called like it, and no other."""
    for action in kind.every((None, 0, 20_000)):
        query = parse(Question(document, action), clock())
        plain = as_query(action)
        assert query.WhichOneof("action") == plain.WhichOneof("action")
        plain.MergeFrom(query)
        assert plain == query


def test_an_action_that_nobody_defined_is_refused_before_any_call(
    document: Document, clock: Callable[[], datetime]
) -> None:
    """An action of the partner's own never leaves it as a question about nothing."""
    with pytest.raises(UnknownActionError):
        parse(Question(document, ZooVisit(AnimalHouse.BIRDS, fed=False)), clock())


def test_every_action_has_an_encoding_of_its_own(
    document: Document, clock: Callable[[], datetime]
) -> None:
    """Every value of every action is encoded, and no two in the same way."""
    encodings = set()
    for action in EVERY_ACTION:
        query = parse(Question(document, action), clock())
        query.ClearField("request_id")
        query.ClearField("role")
        assert query.WhichOneof("action") == action.name.replace(".", "_")
        encodings.add(query.SerializeToString(deterministic=True))
    assert len(encodings) == len(EVERY_ACTION)


@pytest.mark.parametrize("kind", ACTIONS.values(), ids=lambda kind: kind.name)
def test_every_role_is_encoded(
    kind: type[Action], document: Document, clock: Callable[[], datetime]
) -> None:
    """Each role of each action has a value on the wire, and the default one is asked when none is given."""
    action = next(kind.every())
    assert parse(Question(document, action), clock()).role != pb.ROLE_UNSPECIFIED
    roles = {parse(Question(document, action, role), clock()).role for role in kind.roles}
    assert len(roles) == len(kind.roles)


def test_an_unrated_house_is_stated(document: Document, clock: Callable[[], datetime]) -> None:
    """No stars is written as 0 and not left out; what was not given is left out and not written as false."""
    stay = parse(Question(document, LodgingStay(stars=0)), clock()).lodging_stay
    assert (stay.HasField("stars"), stay.HasField("high_end")) == (True, False)
    stay = parse(Question(document, LodgingStay(stars=0, high_end=False)), clock()).lodging_stay
    assert stay.HasField("high_end")


def test_an_unknown_role_is_refused_before_any_call(document: Document) -> None:
    """A role that does not exist is refused with the roles of the action, and is not shown."""
    with pytest.raises(InvalidQuestionError, match="payer, traveller; nothing was sent") as caught:
        Question(document, TourismPackage("holiday"), "pilot")
    assert (caught.value.reason, "pilot" in str(caught.value)) == ("ROLE_INVALID", False)


@pytest.mark.parametrize(
    "wrong", ["110101189001010016", None, 110101189001010016], ids=["text", "nothing", "integer"]
)
@pytest.mark.parametrize("kind", [partial(Question, action=AirTravel()), StandingQuestion])
def test_a_number_alone_is_no_document(kind: Callable[..., object], wrong: object) -> None:
    """What is no document is refused with words that say what to give, and is not shown."""
    with pytest.raises(
        InvalidQuestionError, match=r"give a document, such as ResidentId"
    ) as caught:
        kind(document=wrong)
    assert (caught.value.reason, "1101" in str(caught.value)) == ("DOCUMENT_INVALID", False)


@pytest.mark.parametrize("wrong", ["air.travel", AirTravel, None])
def test_a_name_is_no_action(document: Document, wrong: Action) -> None:
    """What is no action, its class included, is refused with words that say what to give."""
    with pytest.raises(
        InvalidQuestionError, match=r"give an action, such as actions.AirTravel\(\)"
    ):
        Question(document, wrong)


def test_a_document_is_no_question(document: Document) -> None:
    """A batch of something else than questions is refused with words that say what to give."""
    wrong: Any = [Question(document, AirTravel()), document]
    with pytest.raises(InvalidQuestionError, match="give questions, such as Question"):
        list(batches_of(wrong))


def test_whatever_is_raised_before_asking_can_be_imported() -> None:
    """A program catches every error that a wrong question raises with names of the package itself."""
    assert issubclass(partner_sdk.DocumentError, ValueError)
    assert issubclass(partner_sdk.AttributeValueError, ValueError)
    assert issubclass(partner_sdk.UnknownActionError, LookupError)
    assert issubclass(partner_sdk.InvalidQuestionError, partner_sdk.QuestionRefusedError)


def test_no_question_is_written_twice(document: Document, clock: Callable[[], datetime]) -> None:
    """The same question at the same instant is other bytes every time."""
    question = Question(document, AirTravel())
    payloads = [encode_query(question, partner="airline", at=clock()).payload for _ in range(20)]
    assert len(set(payloads)) == 20
    assert {len(parse(question, clock()).request_id) for _ in payloads} == {16}


def test_the_largest_question_fits(clock: Callable[[], datetime]) -> None:
    """The longest document and partner stay below the contract's limit."""
    document = Document("registration:PAN", "9" * 40)
    query = encode_query(
        Question(document, GoodsPurchase(GoodsCategory.GENERAL)), partner="p" * 64, at=clock()
    )
    assert len(query.payload) < MAX_QUERY_BYTES


def test_the_document_shows_in_no_representation(
    document: Document, identity: Identity, clock: Callable[[], datetime]
) -> None:
    """Neither a question nor its encoding shows the number."""
    question = Question(document, AirTravel())
    query = encode_query(question, partner="airline", at=clock())
    assert document.number not in f"{question!r} {query!r} {identity!r}"


def test_a_signature_is_made_for_each_writing(
    document: Document, identity: Identity, clock: Callable[[], datetime]
) -> None:
    """Each request carries one signature, by the partner's key."""
    question = Question(document, AirTravel())
    queries = [encode_query(question, partner="airline", at=clock()) for _ in range(3)]
    requests = [pb.CheckRequest.FromString(sign_query(query, identity.signer)) for query in queries]
    assert {request.query.signatures[0].keyid for request in requests} == {
        identity.signer.public_key.keyid
    }
    assert all(
        one.query.signatures[0].sig != two.query.signatures[0].sig
        for one, two in pairwise(requests)
    )
