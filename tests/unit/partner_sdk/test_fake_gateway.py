"""Tests of the fake gateway: it refuses an action, an attribute and a role as a gateway does."""

from collections.abc import Callable
from datetime import datetime

import pytest

from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.actions import ACTIONS, Action
from partner_sdk.answer import Answer
from partner_sdk.documents import Document
from partner_sdk.question import EncodedQuery, Question, encode_query, sign_query
from partner_sdk.testing import FakeGateway
from partner_sdk.testing.query_check import QueryError
from partner_sdk.wire import encode
from tests.fakes.raw_actions import rail

Refused = Callable[[Question, Callable[[pb.Query], None]], str]


@pytest.fixture
def refused(fake: FakeGateway, clock: Callable[[], datetime]) -> Refused:
    """Return what asks a question that was changed before it was signed, and tells the reason of the refusal."""

    def exchange(question: Question, change: Callable[[pb.Query], None]) -> str:
        query = pb.Query.FromString(encode_query(question, partner="airline", at=clock()).payload)
        change(query)
        with pytest.raises(QueryError) as caught:
            fake.answer_check(sign_query(EncodedQuery(encode(query)), fake.partner_signer))
        return caught.value.reason

    return exchange


@pytest.mark.parametrize("kind", ACTIONS.values(), ids=lambda kind: kind.name)
def test_every_action_is_answered(
    kind: type[Action], ask: Callable[[Question], Answer], document: Document
) -> None:
    """An action with all its attributes is answered, and the fake needs no line for a new one."""
    *_, action = kind.every()
    assert ask(Question(document, action)).permitted


def test_a_missing_attribute_is_refused(refused: Refused, document: Document) -> None:
    """What the action never does without has to be there, false and 0 included."""

    def cleared(action: str, field: str) -> Callable[[pb.Query], None]:
        return lambda query: getattr(query, action).ClearField(field)

    lease = Question(document, ACTIONS["office.lease"]("hotel", high_end=False))  # type: ignore[call-arg]
    stay = Question(document, ACTIONS["lodging.stay"](5))  # type: ignore[call-arg]
    assert refused(lease, cleared("office_lease", "premises")) == "ATTRIBUTE_MISSING"
    assert refused(lease, cleared("office_lease", "high_end")) == "ATTRIBUTE_MISSING"
    assert refused(stay, cleared("lodging_stay", "stars")) == "ATTRIBUTE_MISSING"


def test_an_unknown_value_is_refused(refused: Refused, document: Document) -> None:
    """A number that an enumeration does not have means nothing."""

    def spoil(query: pb.Query) -> None:
        query.rail_travel.CopyFrom(rail(train=99, seat=1))

    question = Question(document, next(ACTIONS["rail.travel"].every()))
    assert refused(question, spoil) == "ATTRIBUTE_INVALID"


@pytest.mark.parametrize("role", [pb.ROLE_UNSPECIFIED, pb.ROLE_PAYER, 99])
def test_a_role_that_the_action_lacks_is_refused(
    refused: Refused, document: Document, role: pb.Role
) -> None:
    """Nobody pays for a flight as the one who flies."""

    def spoil(query: pb.Query) -> None:
        query.role = role

    question = Question(document, next(ACTIONS["air.travel"].every()))
    assert refused(question, spoil) == "ROLE_INVALID"


def test_a_missing_action_is_refused(refused: Refused, document: Document) -> None:
    """A question about nothing has no answer."""
    question = Question(document, next(ACTIONS["air.travel"].every()))
    assert refused(question, lambda query: query.ClearField("air_travel")) == "ACTION_UNKNOWN"


@pytest.mark.parametrize("length", [0, 15, 17])
def test_a_request_id_of_another_length_is_refused(
    refused: Refused, document: Document, length: int
) -> None:
    """A request id has 16 bytes, and that is told before the age of the question."""

    def spoil(query: pb.Query) -> None:
        query.request_id = bytes(length)
        query.issued_at.seconds -= 61

    question = Question(document, next(ACTIONS["air.travel"].every()))
    assert refused(question, spoil) == "MALFORMED_REQUEST"
