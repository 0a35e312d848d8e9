"""A gateway on a loopback port that answers from a script.

Responsible for: honouring the wire contract: it checks queries as a gateway does, signs its answers and serves
the trust metadata, so that a partner's program and the SDK run against it unchanged.
Not responsible for: deciding; see ``partner_sdk.testing.script``.

Two hooks let a test see how its program behaves when a gateway misbehaves:
``before_signing`` changes a decision before it is signed, ``on_wire`` changes a response's bytes after that.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Never, Self

import grpc
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status
from securesystemslib.signer import CryptoSigner

from jointgate.decision.v1 import decision_pb2 as pb
from jointgate.standing.v1 import standing_pb2
from jointgate.trust.v1 import trust_pb2
from partner_sdk.client import utc_now
from partner_sdk.merkle import MerkleTree, hash_leaf
from partner_sdk.refusals import DOMAIN
from partner_sdk.testing.query_check import QueryCheck, QueryError
from partner_sdk.testing.script import Script
from partner_sdk.testing.standing_desk import StandingDesk
from partner_sdk.testing.trust_repository import InMemoryTrustRepository
from partner_sdk.wire import (
    DECISION_ROOT_TYPE,
    DECISION_TYPE,
    REFUSAL_TYPE,
    STANDING_TYPE,
    authenticated_bytes,
    encode,
)

ISSUER = "fake.gateway"
"""The name under which the fake signs."""

_PACK = pb.PackVersion(id="fake-pack", version="1", digest=sha256(b"fake-pack").digest())
_TERM = timedelta(seconds=60)
_CODES = {
    "OVERLOADED": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "SNAPSHOT_STALE": grpc.StatusCode.UNAVAILABLE,
    "NO_SNAPSHOT": grpc.StatusCode.UNAVAILABLE,
    "INTERNAL": grpc.StatusCode.INTERNAL,
    "TARGET_NOT_FOUND": grpc.StatusCode.NOT_FOUND,
    "METADATA_NOT_FOUND": grpc.StatusCode.NOT_FOUND,
}


class FakeGateway:
    """A gateway for tests; a context manager that serves while it is open.

    Attributes:
        script: what is answered.
        standing: what is told of organisations.
        trust: the trust metadata that is served.
        snapshot_number: the snapshot that decisions name.
        failure: a reason with which every question fails as a whole; empty: none does.
        before_signing: changes every decision before it is signed.
        on_wire: changes the bytes of every answer after that.
        asked: how many calls with questions came.
        partner_signer: the partner's key, as ``write_identity`` writes it.
    """

    def __init__(
        self, *, partner: str = "airline", clock: Callable[[], datetime] = utc_now
    ) -> None:
        """Make a gateway that knows one ``partner``; ``clock`` returns the present, aware."""
        self.script = Script()
        self.standing = StandingDesk()
        self.trust = InMemoryTrustRepository(ISSUER, clock=clock)
        self.snapshot_number = 1
        self.failure = ""
        self.before_signing: Callable[[pb.Decision], None] = lambda _: None
        self.on_wire: Callable[[bytes], bytes] = lambda content: content
        self.asked = 0
        self._clock = clock
        self._partner = partner
        self.partner_signer = CryptoSigner.generate_ecdsa()
        self._check = QueryCheck(partner, self.partner_signer.public_key, clock)
        self._server: grpc.Server | None = None
        self._port = 0

    @property
    def address(self) -> str:
        """Where it listens, ``host:port``; known once it is open."""
        return f"127.0.0.1:{self._port}"

    def write_identity(self, folder: str | Path) -> Path:
        """Write the partner's identity into ``folder`` and return the path of ``identity.toml``."""
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        (place / "root.json").write_bytes(self.trust.first_root)
        key = place / "signing.pem"
        key.touch(mode=0o600)
        key.write_bytes(self.partner_signer.private_bytes)
        identity = place / "identity.toml"
        identity.write_text(
            f'partner = "{self._partner}"\ngateway = "{self.address}"\nsigning_key = "signing.pem"\n'
            'root = "root.json"\ntrust_store = "trust"\ninsecure_plaintext = true\n',
            encoding="utf-8",
        )
        return identity

    def __enter__(self) -> Self:
        """Begin to serve, on a free port."""
        self._server = grpc.server(
            ThreadPoolExecutor(max_workers=8, thread_name_prefix="fake-gateway")
        )
        self._server.add_generic_rpc_handlers(
            (
                _service(
                    "decision",
                    "DecisionService",
                    Check=_served(self.answer_check),
                    BatchCheck=_served(self.answer_batch_check),
                ),
                _service("standing", "StandingService", Lookup=_served(self.answer_lookup)),
                _service(
                    "trust",
                    "TrustService",
                    GetMetadata=_served(self._get_metadata),
                    GetTarget=_served(self._get_target),
                ),
            )
        )
        self._port = self._server.add_insecure_port(f"127.0.0.1:{self._port}")
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving; opened again, it listens on the same port."""
        if self._server is not None:
            self._server.stop(grace=None).wait()

    def answer_check(self, content: bytes) -> bytes:
        """Return the ``CheckResponse`` to a ``CheckRequest``, both as bytes, without any connection.

        Raises:
            QueryError: the question is refused.
        """
        self._count()
        decision = pb.Decision.FromString(self._decide(self._check.open_request(content)))
        return self.on_wire(encode(pb.CheckResponse(decision=self.sign_alone(decision))))

    def sign_alone(self, decision: pb.Decision) -> pb.SignedDecision:
        """Return ``decision``, whatever it says, signed as an answer to one question."""
        payload = encode(decision)
        tree, root = self._sign([hash_leaf(authenticated_bytes(DECISION_TYPE, payload))])
        inclusion = pb.InclusionProof(leaf_index=0, hashes=tree.prove(0))
        return pb.SignedDecision(
            payload=payload, payload_type=DECISION_TYPE, inclusion=inclusion, root=root
        )

    def answer_batch_check(self, content: bytes) -> bytes:
        """Return the ``BatchCheckResponse`` to a ``BatchCheckRequest``, both as bytes, without any connection.

        Raises:
            QueryError: the batch is refused as a whole.
        """
        self._count()
        items = [self._answer_item(payload) for payload in self._check.open_batch(content)]
        _, root = self._sign([_hash_item(item) for item in items])
        return self.on_wire(encode(pb.BatchCheckResponse(items=items, root=root)))

    def answer_lookup(self, content: bytes) -> bytes:
        """Return the ``LookupResponse`` to a ``LookupRequest``, both as bytes, without any connection.

        Raises:
            QueryError: the question is refused.
        """
        self._count()
        payload = self._check.open_lookup(content)
        query = self._check.open_standing_query(payload)
        now = self._clock()
        standing = standing_pb2.Standing(
            issuer=ISSUER,
            audience=query.partner,
            query_digest=sha256(payload).digest(),
            entries=self.standing.entries_for(query.document),
            pack=_PACK,
            snapshot=self._snapshot(),
            evaluated_at=now,
            expires_at=now + _TERM,
        )
        self.standing.before_signing(standing)
        return self.on_wire(encode(standing_pb2.LookupResponse(standing=self._told(standing))))

    def _told(self, standing: standing_pb2.Standing) -> standing_pb2.SignedStanding:
        payload = encode(standing)
        tree, root = self._sign([hash_leaf(authenticated_bytes(STANDING_TYPE, payload))])
        inclusion = pb.InclusionProof(leaf_index=0, hashes=tree.prove(0))
        return standing_pb2.SignedStanding(
            payload=payload, payload_type=STANDING_TYPE, inclusion=inclusion, root=root
        )

    def _snapshot(self) -> pb.SnapshotVersion:
        return pb.SnapshotVersion(number=self.snapshot_number, digest=sha256(b"fake").digest())

    def _answer_item(self, payload: bytes) -> pb.AnswerItem:
        try:
            return pb.AnswerItem(decision=self._decide(payload))
        except QueryError as error:
            refusal = pb.Refusal(
                issuer=ISSUER,
                audience=self._partner,
                query_digest=sha256(payload).digest(),
                reason=error.reason,
                message="refused by the fake gateway",
                refused_at=self._clock(),
            )
            return pb.AnswerItem(refusal=encode(refusal))

    def _decide(self, payload: bytes) -> bytes:
        query, action = self._check.open_query(payload)
        if reason := self.script.refusal_for(query.document, action):
            raise QueryError(reason)
        ground = self.script.ground_for(query.document, action)
        now = self._clock()
        decision = pb.Decision(
            issuer=ISSUER,
            audience=query.partner,
            query_digest=sha256(payload).digest(),
            outcome=_outcome(ground),
            grounds=[] if ground is None else [ground],
            pack=_PACK,
            snapshot=self._snapshot(),
            evaluated_at=now,
            expires_at=now + _TERM,
            commendations=self.script.commendations_for(query.document),
        )
        self.before_signing(decision)
        return encode(decision)

    def _sign(self, leaves: list[bytes]) -> tuple[MerkleTree, pb.SignedRoot]:
        tree = MerkleTree(leaves)
        payload = encode(pb.DecisionRoot(root_hash=tree.root, tree_size=tree.size))
        signature = self.trust.decision_signer.sign(
            authenticated_bytes(DECISION_ROOT_TYPE, payload)
        )
        signatures = [pb.Signature(keyid=signature.keyid, sig=bytes.fromhex(signature.signature))]
        return tree, pb.SignedRoot(
            payload=payload, payload_type=DECISION_ROOT_TYPE, signatures=signatures
        )

    def _count(self) -> None:
        self.asked += 1
        if self.failure:
            raise QueryError(self.failure)

    def _get_metadata(self, content: bytes) -> bytes:
        request = trust_pb2.GetMetadataRequest.FromString(content)
        found = self.trust.get_metadata(request.role, request.version)
        if found is None:
            raise QueryError("METADATA_NOT_FOUND")
        return trust_pb2.GetMetadataResponse(content=found).SerializeToString()

    def _get_target(self, content: bytes) -> bytes:
        found = self.trust.targets.get(trust_pb2.GetTargetRequest.FromString(content).path)
        if found is None:
            raise QueryError("TARGET_NOT_FOUND")
        return trust_pb2.GetTargetResponse(content=found).SerializeToString()


def _service(
    package: str, name: str, **methods: Callable[[bytes, grpc.ServicerContext], bytes]
) -> grpc.GenericRpcHandler:
    handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
        method: grpc.unary_unary_rpc_method_handler(call) for method, call in methods.items()
    }
    return grpc.method_handlers_generic_handler(f"jointgate.{package}.v1.{name}", handlers)


def _hash_item(item: pb.AnswerItem) -> bytes:
    if item.WhichOneof("item") == "decision":
        return hash_leaf(authenticated_bytes(DECISION_TYPE, item.decision))
    return hash_leaf(authenticated_bytes(REFUSAL_TYPE, item.refusal))


def _outcome(ground: pb.Ground | None) -> pb.Outcome:
    if ground is None:
        return pb.OUTCOME_PERMITTED
    return pb.OUTCOME_RESTRICTED if ground.effect == pb.EFFECT_RESTRICTS else pb.OUTCOME_REFERRED


def _served(answer: Callable[[bytes], bytes]) -> Callable[[bytes, grpc.ServicerContext], bytes]:
    """Return ``answer`` as gRPC calls it, its refusals as a status."""

    def serve(content: bytes, context: grpc.ServicerContext) -> bytes:
        try:
            return answer(content)
        except QueryError as error:
            _abort(context, error.reason)

    return serve


def _abort(context: grpc.ServicerContext, reason: str) -> Never:
    code = _CODES.get(reason, grpc.StatusCode.INVALID_ARGUMENT)
    status = Status(code=code.value[0], message="refused by the fake gateway")
    status.details.add().Pack(ErrorInfo(reason=reason, domain=DOMAIN))
    context.abort_with_status(rpc_status.to_status(status))
