"""The decision service: one pipeline for ``Check`` and ``BatchCheck``.

Responsible for: authenticating a query, answering its questions on one snapshot, signing the tree over the answers.
Not responsible for: gRPC servers (``server``) or the verdict (``gateway.decision``).

A ``Check`` is a batch of one: the same code, the same order, the same signature.

Order: size, envelope, key, signature, then parse, partner, freshness, question, scope, look-up.
Nothing is looked up for somebody who may not ask, and no query is parsed that is not signed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Protocol, cast

import grpc

from gateway.clock import Clock
from gateway.decision.deciding import Decider, Question
from gateway.decision.freshness import REQUEST_ID_BYTES, FreshnessGuard
from gateway.decision.merkle import hash_leaf, root_hash
from gateway.decision.partners import Partner, PartnerRegistry
from gateway.decision.signatures import (
    MAX_SIGNATURE_BYTES,
    DecisionSigner,
    authenticated_bytes,
    verify_signature,
)
from gateway.errors import AnswerError, Reason
from gateway.snapshot.store import Store, StoredHeader, StoreView
from gateway.transport.status import answering
from gateway.transport.wire import (
    DECISION_ROOT_TYPE,
    DECISION_TYPE,
    MAX_BATCH,
    MAX_BATCH_BYTES,
    MAX_CHECK_BYTES,
    QUERY_BATCH_TYPE,
    QUERY_TYPE,
    REFUSAL_TYPE,
    DecisionWriter,
    parse_instant,
    parse_query,
    parse_question,
    parse_strictly,
)
from jointgate.decision.v1 import decision_pb2 as pb

SERVICE = "jointgate.decision.v1.DecisionService"


class _Envelope(Protocol):
    """What ``SignedQuery`` and ``SignedQueryBatch`` have in common."""

    payload: bytes
    payload_type: str

    @property
    def signatures(self) -> Sequence[pb.Signature]: ...


@dataclass(frozen=True, slots=True)
class _Moment:
    """One snapshot and one instant: all answers of a batch are for the same."""

    view: StoreView
    header: StoredHeader
    at: datetime


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer: its bytes, and the error if it is a refusal."""

    content: bytes
    error: AnswerError | None = None

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
    ) -> None:
        """Keep the parts; with ``tls`` the client certificate must name the partner that signed."""
        self._store = store
        self._decider = decider
        self._partners = partners
        self._signer = signer
        self._writer = writer
        self._clock = clock
        self._tls = tls
        self._freshness = FreshnessGuard()

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
        partner = self._authenticated(query, QUERY_TYPE, context)
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
        partner = self._authenticated(batch, QUERY_BATCH_TYPE, context)
        payloads = parse_strictly(pb.QueryBatch, batch.payload, limit=MAX_BATCH_BYTES).queries
        if not 1 <= len(payloads) <= MAX_BATCH:
            raise AnswerError(
                Reason.BATCH_SIZE,
                f"a batch has 1 to {MAX_BATCH} queries; this one has {len(payloads)}",
            )
        answers, root = self._answered(payloads, partner)
        response = pb.BatchCheckResponse(items=[answer.item for answer in answers], root=root)
        return response.SerializeToString(deterministic=True)

    def _authenticated(
        self, envelope: _Envelope, payload_type: str, context: grpc.ServicerContext
    ) -> Partner:
        if envelope.payload_type != payload_type:
            raise AnswerError(
                Reason.MALFORMED_REQUEST, f"the payload type must be {payload_type!r}"
            )
        if (
            len(envelope.signatures) != 1
            or not 0 < len(envelope.signatures[0].sig) <= MAX_SIGNATURE_BYTES
        ):
            message = "a query carries exactly one signature of the partner; see docs/formats.md"
            raise AnswerError(Reason.UNSIGNED_QUERY, message)
        signature = envelope.signatures[0]
        partner = self._partners.with_key(signature.keyid)
        if self._tls and partner.uri not in _uris(context):
            message = "the client certificate is not that of the partner whose key signed; use one partner's identity"
            raise AnswerError(Reason.PARTNER_MISMATCH, message)
        verify_signature(partner.key, payload_type, envelope.payload, signature.sig)
        return partner

    def _answered(
        self, payloads: Sequence[bytes], partner: Partner
    ) -> tuple[list[_Answer], pb.SignedRoot]:
        with self._store.read() as view:
            at = self._clock()
            header = self._decider.usable_header(view, at)
            answers = [
                self._answer(payload, partner, _Moment(view, header, at)) for payload in payloads
            ]
        root = pb.DecisionRoot(
            root_hash=root_hash([answer.leaf for answer in answers]), tree_size=len(answers)
        )
        content = root.SerializeToString(deterministic=True)
        signature = pb.Signature(
            keyid=self._signer.keyid, sig=self._signer.sign(DECISION_ROOT_TYPE, content)
        )
        return answers, pb.SignedRoot(
            payload=content, payload_type=DECISION_ROOT_TYPE, signatures=[signature]
        )

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
        return _Answer(
            self._writer.decision(
                decided, audience=partner.id, query_digest=digest, header=now.header
            )
        )

    def _question(self, payload: bytes, partner: Partner, at: datetime) -> Question:
        query = parse_query(payload)
        if query.partner != partner.id:
            message = "the query's partner is not the one whose key signed it"
            raise AnswerError(Reason.PARTNER_MISMATCH, message)
        if len(query.request_id) != REQUEST_ID_BYTES:
            raise AnswerError(
                Reason.MALFORMED_REQUEST,
                f"Query.request_id must have {REQUEST_ID_BYTES} random bytes",
            )
        self._freshness.verify(partner.id, query.request_id, parse_instant(query.issued_at), at)
        question = parse_question(query)
        if question.action.name not in partner.actions:
            message = f"this partner may not ask about {question.action.name}; its registration names the actions"
            raise AnswerError(Reason.ACTION_NOT_ALLOWED, message)
        if question.role not in partner.roles:
            message = f"this partner may not ask about a {question.role.value}; its registration names the roles"
            raise AnswerError(Reason.ROLE_NOT_ALLOWED, message)
        return question


def _uris(context: grpc.ServicerContext) -> set[str]:
    names = cast("Iterable[bytes]", context.auth_context().get("x509_subject_alternative_name", ()))
    return {name.decode(errors="replace") for name in names}
