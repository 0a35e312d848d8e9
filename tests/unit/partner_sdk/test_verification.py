"""Tests of what makes an answer believable; each refusal has one."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.actions import AirTravel
from partner_sdk.answer import Answer, RefusedQuestion
from partner_sdk.correspondence import Correspondent
from partner_sdk.documents import Document
from partner_sdk.errors import (
    AudienceMismatchError,
    DecisionExpiredError,
    DecisionFromFutureError,
    InclusionError,
    InvalidQuestionError,
    IssuerMismatchError,
    KeyTermError,
    MalformedAnswerError,
    NotAnsweredError,
    PayloadTypeError,
    QueryMismatchError,
    SignatureError,
    SnapshotRollbackError,
    UnknownKeyError,
    UnknownOutcomeError,
    VerificationError,
)
from partner_sdk.question import Question
from partner_sdk.testing import FakeGateway
from partner_sdk.trust import Trust

Ask = Callable[[Question], Answer]
AskEach = Callable[[Sequence[Question]], tuple[Answer | RefusedQuestion, ...]]
Change = Callable[[pb.Decision], object]
Wire = Callable[[pb.CheckResponse], object]


def on_response(change: Wire) -> Callable[[bytes], bytes]:
    """Return a hook that changes a response after it was signed."""

    def apply(content: bytes) -> bytes:
        response = pb.CheckResponse.FromString(content)
        change(response)
        return response.SerializeToString(deterministic=True)

    return apply


def test_each_outcome_arrives(ask: Ask, fake: FakeGateway, document: Document) -> None:
    """The three outcomes are told apart, and exactly one holds."""
    question = Question(document, AirTravel())
    seen = []
    for script in (fake.script.permit, fake.script.restrict, fake.script.refer):
        script(document)
        answer = ask(question)
        seen.append((answer.permitted, answer.restricted, answer.referred))
    assert seen == [(True, False, False), (False, True, False), (False, False, True)]


SEMANTIC: list[tuple[str, Change, type[VerificationError]]] = [
    ("another partner", lambda d: setattr(d, "audience", "hotel"), AudienceMismatchError),
    ("another question", lambda d: setattr(d, "query_digest", b"q" * 32), QueryMismatchError),
    ("another gateway", lambda d: setattr(d, "issuer", "elsewhere"), IssuerMismatchError),
    ("unknown outcome", lambda d: setattr(d, "outcome", 9), UnknownOutcomeError),
    (
        "from the future",
        lambda d: d.evaluated_at.FromSeconds(d.evaluated_at.seconds + 31),
        DecisionFromFutureError,
    ),
    ("expired", lambda d: _shift(d, -61), DecisionExpiredError),
    ("before the key's term", lambda d: _shift(d, -7200), KeyTermError),
    ("after the key's term", lambda d: _shift(d, 25 * 3600), KeyTermError),
]


def _shift(decision: pb.Decision, seconds: int) -> None:
    for instant in (decision.evaluated_at, decision.expires_at):
        instant.FromSeconds(instant.seconds + seconds)


@pytest.mark.parametrize(
    ("change", "error"), [case[1:] for case in SEMANTIC], ids=[case[0] for case in SEMANTIC]
)
def test_a_decision_that_does_not_fit_is_refused(
    fake: FakeGateway,
    correspond: tuple[Ask, AskEach],
    document: Document,
    change: Change,
    error: type[VerificationError],
) -> None:
    """A signed decision for somebody else, something else or another time is an error, alone and in a batch."""
    ask, ask_each = correspond

    def apply(decision: pb.Decision) -> None:
        change(decision)

    fake.before_signing = apply
    question = Question(document, AirTravel())
    with pytest.raises(error):
        ask(question)
    with pytest.raises(error):
        ask_each([question, question])


@pytest.fixture
def correspond(ask: Ask, ask_each: AskEach) -> tuple[Ask, AskEach]:
    """Return both ways to ask."""
    return ask, ask_each


def test_a_skew_of_clocks_is_tolerated(ask: Ask, fake: FakeGateway, document: Document) -> None:
    """A gateway whose clock is 30 seconds ahead is believed."""
    fake.before_signing = lambda decision: decision.evaluated_at.FromSeconds(
        decision.evaluated_at.seconds + 30
    )
    assert ask(Question(document, AirTravel())).permitted


def test_an_older_snapshot_is_refused(
    correspondent: Correspondent, trust: Callable[[], Trust], fake: FakeGateway, document: Document
) -> None:
    """An answer on a snapshot below the highest seen before asking is a rollback; on the same one it is not."""
    fake.snapshot_number = 4
    for least_snapshot, expected in ((4, None), (5, SnapshotRollbackError)):
        letter = correspondent.write(Question(document, AirTravel()), least_snapshot)
        reply = fake.answer_check(letter.content)
        if expected is None:
            assert correspondent.read(letter, reply, trust()).snapshot == 4
        else:
            with pytest.raises(expected):
                correspondent.read(letter, reply, trust())


def test_a_replayed_answer_is_refused(
    correspondent: Correspondent, trust: Callable[[], Trust], fake: FakeGateway, document: Document
) -> None:
    """The answer to the same question, asked a moment earlier, does not fit the new one."""
    question = Question(document, AirTravel())
    first, second = (correspondent.write(question, 0) for _ in range(2))
    with pytest.raises(QueryMismatchError):
        correspondent.read(second, fake.answer_check(first.content), trust())


STRUCTURAL: list[tuple[str, Wire, type[VerificationError]]] = [
    ("no decision", lambda r: r.ClearField("decision"), PayloadTypeError),
    ("other payload type", lambda r: setattr(r.decision, "payload_type", "x"), PayloadTypeError),
    ("other root type", lambda r: setattr(r.decision.root, "payload_type", "x"), PayloadTypeError),
    ("no root", lambda r: r.decision.ClearField("root"), PayloadTypeError),
    ("no signature", lambda r: r.decision.root.ClearField("signatures"), SignatureError),
    ("two signatures", lambda r: r.decision.root.signatures.add(), SignatureError),
    (
        "unknown key",
        lambda r: setattr(r.decision.root.signatures[0], "keyid", "0" * 64),
        UnknownKeyError,
    ),
    (
        "other signature",
        lambda r: setattr(r.decision.root.signatures[0], "sig", b"0"),
        SignatureError,
    ),
    ("no inclusion", lambda r: r.decision.ClearField("inclusion"), InclusionError),
    ("other place", lambda r: setattr(r.decision.inclusion, "leaf_index", 1), InclusionError),
    ("longer proof", lambda r: r.decision.inclusion.hashes.append(b"h" * 32), InclusionError),
    ("other decision", lambda r: setattr(r.decision, "payload", b"x"), InclusionError),
]


@pytest.mark.parametrize(
    ("change", "error"), [case[1:] for case in STRUCTURAL], ids=[case[0] for case in STRUCTURAL]
)
def test_a_changed_envelope_is_refused(
    ask: Ask, fake: FakeGateway, document: Document, change: Wire, error: type[VerificationError]
) -> None:
    """Each part of the signed answer is needed as it was made."""
    fake.on_wire = on_response(change)
    with pytest.raises(error):
        ask(Question(document, AirTravel()))


def test_a_batch_mixes_answers_and_refusals(
    ask_each: AskEach, fake: FakeGateway, document: Document, other_document: Document
) -> None:
    """A refused question gets its refusal in its place, and the others are answered."""
    fake.script.restrict(document)
    fake.script.refuse(other_document, "DOCUMENT_INVALID")
    questions = [Question(one, AirTravel()) for one in (document, other_document, document)]
    first, second, third = ask_each(questions)
    assert isinstance(first, Answer)
    assert isinstance(third, Answer)
    assert first.restricted
    assert third.restricted
    assert isinstance(second, RefusedQuestion)
    assert isinstance(second.error, InvalidQuestionError)


def test_a_refusal_tells_doubt_from_a_mistake(
    ask_each: AskEach, fake: FakeGateway, document: Document
) -> None:
    """A refusal for stale lists says that nobody answered, not that the question was wrong."""
    fake.script.refuse(document, "SNAPSHOT_STALE")
    (refused,) = ask_each([Question(document, AirTravel())])
    assert isinstance(refused, RefusedQuestion)
    assert isinstance(refused.error, NotAnsweredError)


Batch = Callable[[pb.BatchCheckResponse], object]
BATCHES: list[tuple[str, Batch, type[VerificationError]]] = [
    ("one too few", lambda r: r.items.pop(), InclusionError),
    ("one too many", lambda r: r.items.append(r.items[0]), InclusionError),
    ("none", lambda r: r.ClearField("items"), InclusionError),
    ("exchanged", lambda r: r.items.insert(0, r.items.pop()), InclusionError),
    ("empty item", lambda r: r.items[0].Clear(), MalformedAnswerError),
    ("as refusal", lambda r: setattr(r.items[0], "refusal", r.items[0].decision), InclusionError),
]


@pytest.mark.parametrize(
    ("change", "error"), [case[1:] for case in BATCHES], ids=[case[0] for case in BATCHES]
)
def test_a_changed_batch_is_refused(
    ask_each: AskEach,
    fake: FakeGateway,
    document: Document,
    change: Batch,
    error: type[VerificationError],
) -> None:
    """Items cannot be left out, added, exchanged or passed off as something else."""

    def apply(content: bytes) -> bytes:
        response = pb.BatchCheckResponse.FromString(content)
        change(response)
        return response.SerializeToString(deterministic=True)

    fake.on_wire = apply
    with pytest.raises(error):
        ask_each([Question(document, AirTravel())] * 3)


def test_answers_do_not_change_places(
    correspondent: Correspondent, trust: Callable[[], Trust], fake: FakeGateway, document: Document
) -> None:
    """Even a signed batch in another order is refused: each answer is bound to its own question."""
    letter = correspondent.write_batch([Question(document, AirTravel())] * 2, 0)
    reply = fake.answer_batch_check(letter.content)
    with pytest.raises(QueryMismatchError):
        correspondent.read(replace(letter, queries=letter.queries[::-1]), reply, trust())


def test_a_key_is_not_trusted_after_its_replacement(
    ask: Ask, fake: FakeGateway, document: Document
) -> None:
    """An answer by a key that the trust no longer names is refused."""
    old = fake.trust.decision_signer
    fake.trust.rotate_decision_key()
    fake.trust.decision_signer = old
    with pytest.raises(UnknownKeyError):
        ask(Question(document, AirTravel()))


def test_an_answer_ages(
    correspondent: Correspondent,
    trust: Callable[[], Trust],
    fake: FakeGateway,
    document: Document,
    advance: Callable[[timedelta], None],
) -> None:
    """A reply that lay around until it expired is refused."""
    letter = correspondent.write(Question(document, AirTravel()), 0)
    reply = fake.answer_check(letter.content)
    advance(timedelta(seconds=60))
    with pytest.raises(DecisionExpiredError):
        correspondent.read(letter, reply, trust())
