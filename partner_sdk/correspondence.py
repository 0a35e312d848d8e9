"""One partner's side of the correspondence with a gateway, without any input or output.

Responsible for: writing signed questions and reading verified answers, once for both clients.
Not responsible for: sending, waiting, retrying and storing (``partner_sdk.client``, ``partner_sdk.aio``).

Rule kept here: single questions and batches go through the same encoding and the same verification.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from partner_sdk.answer import Answer, RefusedQuestion, present
from partner_sdk.decision import Decision
from partner_sdk.errors import InvalidQuestionError
from partner_sdk.identity import Identity
from partner_sdk.lookup import (
    StandingQuestion,
    encode_standing_query,
    sign_standing_query,
    verify_lookup_response,
)
from partner_sdk.question import EncodedQuery, Question, encode_query, sign_batch, sign_query
from partner_sdk.standing import Standing
from partner_sdk.trust import Trust
from partner_sdk.verification import (
    Binding,
    Verified,
    best_snapshot,
    require_binding,
    require_fresh,
    verify_batch_response,
    verify_check_response,
)
from partner_sdk.wire import MAX_BATCH

CHECK = "/jointgate.decision.v1.DecisionService/Check"
"""The method that answers one question."""
BATCH_CHECK = "/jointgate.decision.v1.DecisionService/BatchCheck"
"""The method that answers several."""
LOOKUP = "/jointgate.standing.v1.StandingService/Lookup"
"""The method that tells an organisation's standing."""
METHODS = (CHECK, BATCH_CHECK, LOOKUP)
"""All methods that questions are sent to."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A question, or several, ready to be sent once.

    Attributes:
        method: the full name of the gRPC method.
        content: the request's bytes.
        queries: the queries in it, in order.
        least_snapshot: the highest snapshot number seen before it was written.
    """

    method: str
    content: bytes = field(repr=False)
    queries: tuple[EncodedQuery, ...] = field(repr=False)
    least_snapshot: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a verified reply says.

    Attributes:
        answers: one for each question, in order.
        snapshot: the highest snapshot number among them; to be kept before they are handed out.
    """

    answers: tuple[Answer | RefusedQuestion, ...]
    snapshot: int


@dataclass(frozen=True, slots=True)
class StandingReading:
    """What a verified reply about standing says.

    Attributes:
        standing: the organisation's standing.
        snapshot: the number of its snapshot; to be kept before it is handed out.
    """

    standing: Standing
    snapshot: int


class Correspondent:
    """Writes questions as one partner and reads the replies to them."""

    def __init__(self, identity: Identity, clock: Callable[[], datetime]) -> None:
        """Write as ``identity``, with ``clock`` for the present (aware)."""
        self._identity = identity
        self._clock = clock

    def write(self, question: Question, least_snapshot: int) -> Letter:
        """Return a fresh letter that asks ``question`` alone.

        Raises:
            UnknownActionError: its action is none that exists.
        """
        query = self._encode(question)
        return Letter(CHECK, sign_query(query, self._identity.signer), (query,), least_snapshot)

    def write_batch(self, questions: Sequence[Question], least_snapshot: int) -> Letter:
        """Return a fresh letter that asks all ``questions``, 1 to 1,000.

        Raises:
            UnknownActionError: an action is none that exists.
        """
        queries = tuple(self._encode(question) for question in questions)
        return Letter(
            BATCH_CHECK, sign_batch(queries, self._identity.signer), queries, least_snapshot
        )

    def read(self, letter: Letter, reply: bytes, trust: Trust) -> Reading:
        """Verify ``reply`` to ``letter`` with the keys of ``trust``.

        Raises:
            VerificationError: the subclass says what does not hold.
        """
        now = self._clock()
        items = self._verify(letter, reply, trust)
        for query, item in zip(letter.queries, items, strict=True):
            binding = Binding(
                self._identity.partner, query.digest, letter.least_snapshot, query.kind
            )
            require_binding(item.content, binding)
            if isinstance(item.content, Decision):
                require_fresh(item.content, now)
        answers = tuple(present(item, trust.chain.evidence) for item in items)
        return Reading(answers, best_snapshot(items))

    def write_standing(self, question: StandingQuestion, least_snapshot: int) -> Letter:
        """Return a fresh letter that asks for an organisation's standing."""
        query = encode_standing_query(question, partner=self._identity.partner, at=self._clock())
        content = sign_standing_query(query, self._identity.signer)
        return Letter(LOOKUP, content, (query,), least_snapshot)

    def read_standing(self, letter: Letter, reply: bytes, trust: Trust) -> StandingReading:
        """Verify ``reply`` to a letter of ``write_standing`` with the keys of ``trust``.

        Raises:
            VerificationError: the subclass says what does not hold.
        """
        now = self._clock()
        (query,) = letter.queries
        standing = verify_lookup_response(reply, trust.chain.keys)
        require_binding(
            standing, Binding(self._identity.partner, query.digest, letter.least_snapshot)
        )
        require_fresh(standing, now)
        return StandingReading(standing, standing.snapshot.number)

    def _verify(self, letter: Letter, reply: bytes, trust: Trust) -> list[Verified]:
        if letter.method == CHECK:
            return [verify_check_response(reply, trust.chain.keys)]
        return verify_batch_response(reply, trust.chain.keys, count=len(letter.queries))

    def _encode(self, question: Question) -> EncodedQuery:
        return encode_query(question, partner=self._identity.partner, at=self._clock())


def batches_of(questions: Iterable[Question]) -> Iterator[list[Question]]:
    """Yield ``questions`` in batches that one call may carry.

    Raises:
        InvalidQuestionError: one of the next batch is no question.
    """
    rest = iter(questions)
    while batch := list(islice(rest, MAX_BATCH)):
        _require_questions(batch)
        yield batch


def _require_questions(batch: Iterable[object]) -> None:
    if not all(isinstance(one, Question) for one in batch):
        problem = "give questions, such as Question(ResidentId(...), actions.AirTravel())"
        raise InvalidQuestionError(problem, reason="MALFORMED_REQUEST")


def only_answer(reading: Reading) -> Answer:
    """Return the answer to a question that was asked alone, which is an answer or an error but never a refusal."""
    (answer,) = reading.answers
    if isinstance(answer, RefusedQuestion):  # pragma: no cover - a SignedDecision holds a decision
        raise answer.error
    return answer
