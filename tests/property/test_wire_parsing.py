"""The wire over arbitrary bytes: one encoding for one message, and no damage that still verifies."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import AnswerError, Reason
from gateway.packs import load_pack
from gateway.transport.wire import parse_query, parse_question, parse_strictly
from jointgate.decision.v1 import decision_pb2 as pb
from jointgate.trust.v1 import trust_pb2
from partner_sdk.question import Question, encode_query
from sanctions_matrix.actions import ACTIONS, MAX_AMOUNT_YUAN
from sanctions_matrix.documents import parse_document
from sanctions_matrix.evaluation import compile_matrix
from sanctions_matrix.synthetic import citizen_number
from tests.fakes.answering_site import AnsweringSite
from tests.fakes.fixed_clock import MORNING, FixedClock
from tests.fakes.fixed_context import context

KINDS: list[type[Message]] = [
    pb.CheckRequest,
    pb.BatchCheckRequest,
    pb.QueryBatch,
    pb.Query,
    trust_pb2.GetMetadataRequest,
    trust_pb2.GetTargetRequest,
]
REFUSALS = {Reason.MALFORMED_REQUEST, Reason.QUERY_TOO_LARGE}

ACTION_FIELDS = [field.name for field in pb.Query.DESCRIPTOR.oneofs_by_name["action"].fields]
NUMBERS = {
    FieldDescriptor.TYPE_ENUM: st.integers(-1, 10),
    FieldDescriptor.TYPE_BOOL: st.booleans(),
    FieldDescriptor.TYPE_UINT32: st.integers(0, 7) | st.integers(0, 2**32 - 1),
    FieldDescriptor.TYPE_UINT64: st.integers(0, 2**64 - 1),
}
"""What a field of an action can hold on the wire, by its type."""


@st.composite
def queries(draw: st.DrawFn) -> pb.Query:
    """Draw a query that some library could write, with any action or none, and any attributes."""
    query = pb.Query(
        request_id=draw(st.binary(max_size=17)),
        partner=draw(st.text(max_size=9)),
        document=pb.Document(
            type=draw(st.text(max_size=40) | st.just("cn-ric")),
            number=draw(st.text(max_size=70) | st.just(citizen_number(0))),
        ),
        role=draw(st.integers(-1, 9)),  # type: ignore[arg-type]
    )
    if draw(st.booleans()):
        action = getattr(query, draw(st.sampled_from(ACTION_FIELDS)))
        action.SetInParent()
        for field in action.DESCRIPTOR.fields:
            if draw(st.booleans()):
                setattr(action, field.name, draw(NUMBERS[field.type]))
    return query


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Draw a question as a partner's program asks it."""
    action = draw(st.sampled_from([one for kind in ACTIONS.values() for one in kind.every()]))
    if action.takes_amount:
        amount = draw(st.none() | st.integers(0, MAX_AMOUNT_YUAN))
        action = replace(action, amount_yuan=amount)  # type: ignore[type-var]
    role = draw(st.sampled_from(sorted(action.roles)))
    return Question(
        parse_document("cn-ric", citizen_number(draw(st.integers(0, 999)))), action, role
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnsweringSite]:
    """One gateway for all examples."""
    folder = tmp_path_factory.mktemp("site")
    matrix = compile_matrix(load_pack("cn-joint-discipline"))
    site = AnsweringSite(folder / "store", matrix, FixedClock())
    site.hold()
    yield site
    site.close()


@given(st.sampled_from(KINDS), st.binary(max_size=200))
def test_any_bytes_are_the_one_encoding_or_refused(kind: type[Message], content: bytes) -> None:
    """What is read, written again, is what was sent; everything else has a documented reason."""
    try:
        message = parse_strictly(kind, content, limit=150)
    except AnswerError as error:
        assert error.reason in REFUSALS  # noqa: PT017 - either outcome is fine
    else:
        assert message.SerializeToString(deterministic=True) == content


@given(queries(), st.binary(min_size=1, max_size=9))
def test_nothing_can_be_appended(query: pb.Query, more: bytes) -> None:
    """Bytes after a query either make it unreadable or another query, never the same one."""
    content = query.SerializeToString(deterministic=True)
    with suppress(AnswerError):
        assert parse_strictly(pb.Query, content + more, limit=4_096) != query


@given(questions())
def test_what_the_sdk_writes_the_gateway_reads(asked: Question) -> None:
    """Every question arrives as it was asked: document, action with all its attributes, and role."""
    question = parse_question(parse_query(encode_query(asked, partner="p", at=MORNING).payload))
    assert (question.document, question.action) == (asked.document, asked.action)
    assert question.role is asked.role


@given(queries())
def test_any_query_is_a_question_or_refused(query: pb.Query) -> None:
    """There is no other outcome, and the refusal does not quote the number."""
    number = query.document.number
    try:
        question = parse_question(query)
    except AnswerError as error:
        assert len(number) < 6 or number not in str(error)  # noqa: PT017 - either outcome is fine
    else:
        assert question.document.number.isalnum()


@given(st.binary(max_size=200))
def test_any_bytes_get_a_documented_reason(site: AnsweringSite, content: bytes) -> None:
    """Whatever is sent to either method, the answer is a reason and not a failure."""
    service = site.service()
    for method in (service.check, service.batch_check):
        with pytest.raises(AnswerError) as caught:
            method(content, context())
        assert caught.value.reason is not Reason.INTERNAL


@given(st.data())
def test_a_changed_byte_never_verifies(site: AnsweringSite, data: st.DataObject) -> None:
    """One changed byte anywhere in a signed request, and there is no decision."""
    request = data.draw(st.sampled_from(["check", "batch_check"]))
    made = {
        "check": site.check_request(site.query()),
        "batch_check": site.batch_request([site.query()]),
    }
    content = bytearray(made[request].SerializeToString(deterministic=True))
    # A signature's length varies, so the place is drawn from a range that does not.
    content[data.draw(st.integers(0, 9_999)) % len(content)] ^= data.draw(st.integers(1, 255))
    with pytest.raises(AnswerError):
        getattr(site.service(), request)(bytes(content), context())
