"""The decision service: one pipeline for ``Check`` and ``BatchCheck``.

Responsible for: the order of the steps, answering a query's questions on one snapshot, the items of the answer, handing
over what is kept of them.
Not responsible for: who asks (``asking``), the signature over the answers (``signing``), gRPC servers (``server``),
the verdict (``gateway.decision``) or the records (``gateway.recording``).

A ``Check`` is a batch of one: the same code, the same order, the same signature.

Order: size, envelope, key, signature, then parse, partner, freshness, question, scope, look-up.
Nothing is looked up for somebody who may not ask, and no query is parsed that is not signed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import grpc

from gateway.clock import Clock
from gateway.decision.deciding import Decider, Question
from gateway.decision.merkle import hash_leaf
from gateway.decision.partners import Partner, PartnerRegistry
from gateway.decision.signatures import DecisionSigner, authenticated_bytes
from gateway.errors import AnswerError, Reason
from gateway.recording.gaps import microseconds_at
from gateway.recording.records import AnswerRecord, AnswerRecorder, NullRecorder, records_of
from gateway.snapshot.store import Store, StoredHeader, StoreView
from gateway.transport.asking import Doorkeeper
from gateway.transport.signing import signed_root
from gateway.transport.status import answering
from gateway.transport.wire import (
    DECISION_TYPE,
    MAX_BATCH,
    MAX_BATCH_BYTES,
    MAX_CHECK_BYTES,
    QUERY_BATCH_TYPE,
    QUERY_TYPE,
    REFUSAL_TYPE,
    DecisionWriter,
    parse_query,
    parse_question,
    parse_strictly,
)
from jointgate.decision.v1 import decision_pb2 as pb

SERVICE = "jointgate.decision.v1.DecisionService"


@dataclass(frozen=True, slots=True)
class _Moment:
    """One snapshot and one instant: all answers of a batch are for the same."""

    view: StoreView
    header: StoredHeader
    at: datetime


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer: its bytes, the error if it is a refusal, and what is kept of it."""

    content: bytes
    error: AnswerError | None = None
    records: Sequence[AnswerRecord] = ()

    @property
    def leaf(self) -> bytes:
        kind = DECISION_TYPE if self.error is None else REFUSAL_TYPE
        return hash_leaf(authenticated_bytes(kind, self.content))

    @property
    def item(self) -> pb.AnswerItem:
        if self.error is None:
            return pb.AnswerItem(decision=self.content)
        return pb.AnswerItem(refusal=self.content)


class DecisionService:
    """Answers partners; one per worker, safe for its threads."""

    def __init__(  # noqa: PLR0913 - the composition root gives every part by name
        self,
        *,
        store: Store,
        decider: Decider,
        partners: PartnerRegistry,
        signer: DecisionSigner,
        writer: DecisionWriter,
        clock: Clock,
        tls: bool,
        recorder: AnswerRecorder | None = None,
    ) -> None:
        """Keep the parts; with ``tls`` the client certificate must name the partner that signed.

        Without a ``recorder`` no answer leaves a record.
        """
        self._store = store
        self._decider = decider
        self._doorkeeper = Doorkeeper(partners, tls=tls)
        self._signer = signer
        self._writer = writer
        self._clock = clock
        self._recorder = recorder or NullRecorder()

    def handler(self) -> grpc.GenericRpcHandler:
        """Return the service for a gRPC server; requests and answers are bytes, so that limits come before parsing."""
        methods = {"Check": self.check, "BatchCheck": self.batch_check}
        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                name: grpc.unary_unary_rpc_method_handler(answering(method))
                for name, method in methods.items()
            },
        )

    def check(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Answer one question.

        Raises:
            AnswerError: there is no decision.
        """
        query = parse_strictly(pb.CheckRequest, raw, limit=MAX_CHECK_BYTES).query
        partner = self._doorkeeper.authenticate(query, QUERY_TYPE, context)
        answers, root = self._answered([query.payload], partner)
        if answers[0].error is not None:
            raise answers[0].error
        decision = pb.SignedDecision(
            payload=answers[0].content,
            payload_type=DECISION_TYPE,
            inclusion=pb.InclusionProof(),
            root=root,
        )
        return pb.CheckResponse(decision=decision).SerializeToString(deterministic=True)

    def batch_check(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Answer a batch of questions, in their order.

        Raises:
            AnswerError: the batch as a whole gets no answer.
        """
        batch = parse_strictly(pb.BatchCheckRequest, raw, limit=MAX_BATCH_BYTES).batch
        partner = self._doorkeeper.authenticate(batch, QUERY_BATCH_TYPE, context)
        payloads = parse_strictly(pb.QueryBatch, batch.payload, limit=MAX_BATCH_BYTES).queries
        if not 1 <= len(payloads) <= MAX_BATCH:
            raise AnswerError(
                Reason.BATCH_SIZE,
                f"a batch has 1 to {MAX_BATCH} queries; this one has {len(payloads)}",
            )
        answers, root = self._answered(payloads, partner)
        response = pb.BatchCheckResponse(items=[answer.item for answer in answers], root=root)
        return response.SerializeToString(deterministic=True)

    def _answered(
        self, payloads: Sequence[bytes], partner: Partner
    ) -> tuple[list[_Answer], pb.SignedRoot]:
        with self._recorder.answering():
            with self._store.read() as view:
                at = self._clock()
                header = self._decider.usable_header(view, at)
                answers = [
                    self._answer(payload, partner, _Moment(view, header, at))
                    for payload in payloads
                ]
            root = signed_root([answer.leaf for answer in answers], self._signer)
            self._recorder.record([record for answer in answers for record in answer.records])
        return answers, root

    def _answer(self, payload: bytes, partner: Partner, now: _Moment) -> _Answer:
        digest = sha256(payload).digest()
        try:
            question = self._question(payload, partner, now.at)
            decided = self._decider.decide(now.view, now.header, question, now.at)
        except AnswerError as error:
            return _Answer(
                self._writer.refusal(error, audience=partner.id, query_digest=digest, at=now.at),
                error,
            )
        content = self._writer.decision(
            decided, audience=partner.id, query_digest=digest, header=now.header
        )
        references = [ground.reference for ground in decided.verdict.grounds]
        if not references:  # PERMITTED: nothing is kept
            return _Answer(content)
        records = records_of(
            content,
            at=microseconds_at(now.at),
            partner=partner.id,
            action=question.action.name,
            references=references,
        )
        return _Answer(content, records=records)

    def _question(self, payload: bytes, partner: Partner, at: datetime) -> Question:
        query = parse_query(payload)
        self._doorkeeper.admit(query, partner, at)
        question = parse_question(query)
        if question.action.name not in partner.actions:
            message = f"this partner may not ask about {question.action.name}; its registration names the actions"
            raise AnswerError(Reason.ACTION_NOT_ALLOWED, message)
        if question.role not in partner.roles:
            message = f"this partner may not ask about a {question.role.value}; its registration names the roles"
            raise AnswerError(Reason.ROLE_NOT_ALLOWED, message)
        return question
