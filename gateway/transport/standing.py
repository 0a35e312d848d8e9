"""The standing service: on which public lists an organisation stands, for due diligence.

Responsible for: the order of the steps of ``Lookup``, who may ask about whom, and the answer's bytes.
Not responsible for: who asks (``asking``), the signature (``signing``), or what may be told (``gateway.decision``).

Order: size, envelope, key, signature, then parse, partner, freshness, permission, document, snapshot, look-up.

Rules kept here:

- Nothing is looked up for a partner that may not ask, nor under a document that a natural person may have.
- A standing is signed under a payload type of its own, so that it never passes for a decision.
- Nothing is kept of who asked about whom.
"""

from datetime import datetime
from hashlib import sha256

import grpc

from gateway.clock import Clock
from gateway.decision.deciding import Decider
from gateway.decision.merkle import hash_leaf
from gateway.decision.partners import Partner, PartnerRegistry
from gateway.decision.signatures import DecisionSigner, authenticated_bytes
from gateway.decision.standing import Standing, look_up
from gateway.errors import AnswerError, Reason
from gateway.snapshot.store import Store, StoredHeader
from gateway.transport.asking import Doorkeeper
from gateway.transport.signing import signed_root
from gateway.transport.status import answering
from gateway.transport.wire import (
    MAX_CHECK_BYTES,
    MAX_QUERY_BYTES,
    contest_route,
    pack_version,
    parse_party,
    parse_strictly,
)
from jointgate.decision.v1 import decision_pb2
from jointgate.standing.v1 import standing_pb2 as pb
from sanctions_matrix.documents import Document, PartyKind
from sanctions_matrix.lists import ListEffect
from sanctions_matrix.pack import Pack
from sanctions_matrix.standing import StandingEntry

SERVICE = "jointgate.standing.v1.StandingService"
STANDING_QUERY_TYPE = "application/vnd.jointgate.standing-query.v1+protobuf"
STANDING_TYPE = "application/vnd.jointgate.standing.v1+protobuf"

_EFFECTS = {
    ListEffect.RESTRICTS: pb.LIST_EFFECT_RESTRICTS,
    ListEffect.COMMENDS: pb.LIST_EFFECT_COMMENDS,
}


class StandingWriter:
    """Encodes standings of one issuer and pack."""

    def __init__(self, issuer: str, pack: Pack) -> None:
        """Prepare what is the same in every standing."""
        self._issuer = issuer
        self._pack = pack_version(pack)

    def standing(
        self, standing: Standing, *, audience: str, query_digest: bytes, header: StoredHeader
    ) -> bytes:
        """Return the bytes of a ``Standing``."""
        message = pb.Standing(
            issuer=self._issuer,
            audience=audience,
            query_digest=query_digest,
            entries=[_entry(entry) for entry in standing.entries],
            pack=self._pack,
            snapshot=decision_pb2.SnapshotVersion(number=header.number, digest=header.digest),
            evaluated_at=standing.evaluated_at,
            expires_at=standing.expires_at,
        )
        return message.SerializeToString(deterministic=True)


class StandingService:
    """Answers partners about organisations; one per worker, safe for its threads."""

    def __init__(  # noqa: PLR0913 - the composition root gives every part by name
        self,
        *,
        store: Store,
        decider: Decider,
        partners: PartnerRegistry,
        signer: DecisionSigner,
        writer: StandingWriter,
        clock: Clock,
        tls: bool,
    ) -> None:
        """Keep the parts; with ``tls`` the client certificate must name the partner that signed."""
        self._store = store
        self._decider = decider
        self._doorkeeper = Doorkeeper(partners, tls=tls)
        self._signer = signer
        self._writer = writer
        self._clock = clock

    def handler(self) -> grpc.GenericRpcHandler:
        """Return the service for a gRPC server; requests and answers are bytes, so that limits come before parsing."""
        return grpc.method_handlers_generic_handler(
            SERVICE, {"Lookup": grpc.unary_unary_rpc_method_handler(answering(self.lookup))}
        )

    def lookup(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Answer one question.

        Raises:
            AnswerError: there is no answer.
        """
        query = parse_strictly(pb.LookupRequest, raw, limit=MAX_CHECK_BYTES).query
        partner = self._doorkeeper.authenticate(query, STANDING_QUERY_TYPE, context)
        content = self._answer(query.payload, partner)
        leaf = hash_leaf(authenticated_bytes(STANDING_TYPE, content))
        standing = pb.SignedStanding(
            payload=content,
            payload_type=STANDING_TYPE,
            inclusion=decision_pb2.InclusionProof(),
            root=signed_root([leaf], self._signer),
        )
        return pb.LookupResponse(standing=standing).SerializeToString(deterministic=True)

    def _answer(self, payload: bytes, partner: Partner) -> bytes:
        with self._store.read() as view:
            at = self._clock()
            document = self._asked_for(payload, partner, at)
            header = self._decider.usable_header(view, at)
            standing = look_up(self._decider, view, header, document, at)
        return self._writer.standing(
            standing, audience=partner.id, query_digest=sha256(payload).digest(), header=header
        )

    def _asked_for(self, payload: bytes, partner: Partner, at: datetime) -> Document:
        query = parse_strictly(pb.StandingQuery, payload, limit=MAX_QUERY_BYTES)
        self._doorkeeper.admit(query, partner, at)
        if not partner.standing:
            message = "this partner may not ask about standing; its registration has to say 'standing = true'"
            raise AnswerError(Reason.STANDING_NOT_ALLOWED, message)
        document = parse_party(query.document)
        if document.kind is not PartyKind.ORGANISATION:
            message = (
                "standing is told of organisations only, by a document that only they have (cn-uscc);"
                " nothing was looked up"
            )
            raise AnswerError(Reason.PERSON_DOCUMENT, message)
        return document


def _entry(entry: StandingEntry) -> pb.StandingEntry:
    definition = entry.list
    return pb.StandingEntry(
        list=definition.id,
        effect=_EFFECTS[definition.effect],
        title_en=definition.title_en,
        title_zh=definition.title_zh,
        authority=entry.authority,
        legal_basis=definition.legal_basis,
        listing_reference=entry.reference,
        starts_at=entry.window.starts_at,
        ends_at=entry.window.ends_at,
        ends_with=definition.ends_with,
        contest=contest_route(entry.contest),
        explanation_en=definition.explanation_en,
        explanation_zh=definition.explanation_zh,
    )
