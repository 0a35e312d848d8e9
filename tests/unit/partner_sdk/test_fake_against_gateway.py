"""The fake gateway beside the real one, with the shipped pack: both refuse the same, for the same reasons.

The SDK may not read packs; this test may, so the two rules that the fake states on its own cannot drift from the pack.
"""

import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from google.protobuf.message import Message
from securesystemslib.signer import CryptoSigner

from gateway.errors import AnswerError
from gateway.packs import load_pack
from gateway.transport.wire import parse_query, parse_question
from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.actions import ACTIONS, Action
from partner_sdk.testing.query_check import QueryCheck, QueryError
from sanctions_matrix.actions import MAX_AMOUNT_YUAN
from sanctions_matrix.evaluation import (
    Matrix,
    MissingAttributeError,
    RoleError,
    compile_matrix,
)
from tests.fakes.raw_actions import as_query, newer_action

AT = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
DOCUMENT = pb.Document(type="cn-ric", number="110101189001010016")
ROLES = [*pb.Role.values(), 99]
AMOUNTS = (None, 0, MAX_AMOUNT_YUAN)

Reason = Callable[[bytes], str]


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    """Return the shipped pack, compiled."""
    return compile_matrix(load_pack("cn-joint-discipline"))


@pytest.fixture
def real(matrix: Matrix) -> Reason:
    """Return what tells why a gateway refuses a query; an empty text when it answers."""

    def reason(content: bytes) -> str:
        try:
            question = parse_question(parse_query(content))
            matrix.evaluate(question.action, question.role, [], AT)
        except AnswerError as error:
            return error.reason.value
        except MissingAttributeError:
            return "ATTRIBUTE_MISSING"
        except RoleError:
            return "ROLE_INVALID"
        return ""

    return reason


@pytest.fixture
def fake() -> Reason:
    """Return what tells why the fake refuses a query; an empty text when it answers."""
    check = QueryCheck("airline", CryptoSigner.generate_ecdsa().public_key, lambda: AT)

    def reason(content: bytes) -> str:
        try:
            check.open_query(content)
        except QueryError as error:
            return error.reason
        return ""

    return reason


def query_about(action: Action | pb.Query, role: int, document: pb.Document = DOCUMENT) -> pb.Query:
    """Return a fresh query."""
    query = pb.Query(request_id=secrets.token_bytes(16), partner="airline", issued_at=AT)
    query.document.CopyFrom(document)
    query.role = role  # type: ignore[assignment]  # also roles that nobody has
    query.MergeFrom(as_query(action) if isinstance(action, Action) else action)
    return query


def spoilt(query: pb.Query) -> Iterator[pb.Query]:
    """Yield the query with each of its attributes left out, and with values on both sides of every border."""
    name = query.WhichOneof("action")
    assert name is not None
    for field in getattr(query, name).DESCRIPTOR.fields:
        for value in (None, 0, 1, 5, 6, 99, 10**12, 10**12 + 1, 2**31 - 1, 2**63, 2**64 - 1):
            changed = pb.Query.FromString(query.SerializeToString())
            if put(getattr(changed, name), field.name, value):
                changed.request_id = secrets.token_bytes(16)
                yield changed


def put(message: Message, field: str, value: int | None) -> bool:
    """Set a field, or clear it for None; tell whether it can have the value."""
    if value is None:
        message.ClearField(field)
        return True
    try:
        setattr(message, field, value)
    except (OverflowError, TypeError, ValueError):
        return False
    return True


def encoded(query: pb.Query) -> bytes:
    """Return the query in the one encoding that is accepted."""
    return query.SerializeToString(deterministic=True)


@pytest.mark.parametrize("kind", ACTIONS.values(), ids=lambda kind: kind.name)
def test_every_question_is_refused_alike(kind: type[Action], fake: Reason, real: Reason) -> None:
    """Every value of every action, in every role, is answered by both or refused by both for one reason."""
    for action in kind.every(AMOUNTS):
        for role in ROLES:
            content = encoded(query_about(action, role))
            assert fake(content) == real(content), (action, role)


@pytest.mark.parametrize("kind", ACTIONS.values(), ids=lambda kind: kind.name)
def test_every_wrong_attribute_is_refused_alike(
    kind: type[Action], fake: Reason, real: Reason
) -> None:
    """What no action can be, but a message can say, is refused by both for one reason."""
    role = pb.Role.Value(f"ROLE_{kind.default_role.name}")
    for action in kind.every():
        for query in spoilt(query_about(action, role)):
            assert fake(encoded(query)) == real(encoded(query)), query


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (pb.GoodsPurchase(category=pb.GOODS_CATEGORY_LUXURY, amount_yuan=2**64 - 1), "INVALID"),
        (pb.GoodsPurchase(category=pb.GOODS_CATEGORY_LUXURY, amount_yuan=10**12 + 1), "INVALID"),
        (pb.InsurancePremium(cash_value=True, amount_yuan=2**63), "INVALID"),
        (pb.LodgingStay(stars=6), "INVALID"),
        (pb.LodgingStay(stars=0), "MISSING"),
        (pb.GoodsPurchase(category=pb.GOODS_CATEGORY_VEHICLE), "MISSING"),
        (pb.GoodsPurchase(category=pb.GOODS_CATEGORY_VEHICLE, amount_yuan=1), "MISSING"),
    ],
    ids=str,
)
def test_a_wrong_attribute_has_its_reason(
    action: Message, reason: str, fake: Reason, real: Reason
) -> None:
    """The comparison does not hold because both are silent."""
    asked, role = pb.Query(), pb.ROLE_PAYER
    field = next(
        field.name
        for field in asked.DESCRIPTOR.oneofs_by_name["action"].fields
        if field.message_type is action.DESCRIPTOR
    )
    getattr(asked, field).CopyFrom(action)
    content = encoded(query_about(asked, role))
    assert fake(content) == real(content) == f"ATTRIBUTE_{reason}"


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        (b"", "ACTION_UNKNOWN"),
        (newer_action(), "ACTION_UNKNOWN"),
        (newer_action(ahead=6), "ACTION_UNKNOWN"),
        (newer_action(wire_type=0), "ACTION_UNKNOWN"),
        (b"\x9a\x06\x00", "ACTION_UNKNOWN"),
        (newer_action()[:-1], "MALFORMED_REQUEST"),
        (b"\x38\x01", "MALFORMED_REQUEST"),
        (b"\x30\x01", "MALFORMED_REQUEST"),
        (b"\x50\x00", "MALFORMED_REQUEST"),
        (encoded(pb.Query(air_travel=pb.AirTravel())) + newer_action(), "MALFORMED_REQUEST"),
    ],
    ids=[
        "none",
        "newer",
        "much-newer",
        "scalar",
        "field-99",
        "cut",
        "7",
        "6",
        "number-for-air",
        "beside",
    ],
)
def test_an_unknown_action_is_recognised_alike(
    added: bytes, reason: str, fake: Reason, real: Reason
) -> None:
    """Only in the place of an action is something new an unknown action."""
    content = encoded(query_about(pb.Query(), pb.ROLE_PAYER)) + added
    assert fake(content) == real(content) == reason


@pytest.mark.parametrize("role", [pb.ROLE_UNSPECIFIED, pb.ROLE_PAYER, pb.ROLE_TRAVELLER])
@pytest.mark.parametrize(
    "action",
    [
        pb.Query(),
        pb.Query(goods_purchase=pb.GoodsPurchase()),
        pb.Query(goods_purchase=pb.GoodsPurchase(category=pb.GOODS_CATEGORY_VEHICLE)),
    ],
    ids=["none", "empty", "vehicle"],
)
def test_of_several_faults_the_same_is_told(
    action: pb.Query, role: int, fake: Reason, real: Reason
) -> None:
    """A question that is wrong in several ways has one reason, whoever refuses it."""
    content = encoded(query_about(action, role, pb.Document(type="cn-ric", number="1")))
    assert fake(content) == real(content) != ""
