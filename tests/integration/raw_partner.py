"""A partner that writes its own bytes, right or wrong, over the real socket.

Responsible for: building queries field by field, signing them, sending anything, and reading statuses in full.
Not responsible for: verifying answers, which is the SDK's part.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Self, cast

import grpc
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from grpc_status import rpc_status
from securesystemslib.signer import CryptoSigner

from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.connection import open_channel
from partner_sdk.correspondence import BATCH_CHECK, CHECK
from partner_sdk.identity import Identity
from partner_sdk.wire import QUERY_BATCH_TYPE, QUERY_TYPE, authenticated_bytes

_CALL_SECONDS = 30.0
Change = Callable[[pb.Query], None]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back.

    Attributes:
        code: name of the gRPC status.
        content: the reply's bytes; empty when the call failed.
        reason: the reason in the ``ErrorInfo``, or nothing.
        domain: its domain.
        retry_seconds: the delay in the ``RetryInfo``, if there is one.
        message: the status message.
    """

    code: str
    content: bytes = field(default=b"", repr=False)
    reason: str = ""
    domain: str = ""
    retry_seconds: float | None = None
    message: str = ""


class RawPartner:
    """One connection as one partner."""

    def __init__(self, identity: Identity) -> None:
        """Prepare a connection with the identity's certificate and signing key."""
        self.identity = identity
        self.channel = open_channel(identity)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self.channel.close()

    def query(self, number: str, *changes: Change, type_: str = "cn-ric") -> bytes:
        """Return the bytes of a query about air travel, after ``changes``."""
        query = pb.Query(
            request_id=secrets.token_bytes(16),
            partner=self.identity.partner,
            document=pb.Document(type=type_, number=number),
            role=pb.ROLE_TRAVELLER,
        )
        query.issued_at.FromDatetime(datetime.now(UTC))
        query.air_travel.SetInParent()
        for change in changes:
            change(query)
        return query.SerializeToString(deterministic=True)

    def sign(
        self, payload: bytes, kind: str = QUERY_TYPE, signer: CryptoSigner | None = None
    ) -> pb.Signature:
        """Return a signature over ``payload``, by the partner's own key unless another is given."""
        made = (signer or self.identity.signer).sign(authenticated_bytes(kind, payload))
        return pb.Signature(keyid=made.keyid, sig=bytes.fromhex(made.signature))

    def request(self, payload: bytes, *signatures: pb.Signature) -> bytes:
        """Return the bytes of a check with these signatures; with none given, the right one."""
        query = pb.SignedQuery(
            payload=payload,
            payload_type=QUERY_TYPE,
            signatures=signatures or [self.sign(payload)],
        )
        return pb.CheckRequest(query=query).SerializeToString(deterministic=True)

    def batch_request(self, payloads: list[bytes]) -> bytes:
        """Return the bytes of a signed batch."""
        payload = pb.QueryBatch(queries=payloads).SerializeToString(deterministic=True)
        batch = pb.SignedQueryBatch(
            payload=payload,
            payload_type=QUERY_BATCH_TYPE,
            signatures=[self.sign(payload, QUERY_BATCH_TYPE)],
        )
        return pb.BatchCheckRequest(batch=batch).SerializeToString(deterministic=True)

    def ask(self, number: str, *changes: Change, type_: str = "cn-ric") -> Reply:
        """Ask one signed question."""
        return self.check(self.request(self.query(number, *changes, type_=type_)))

    def check(self, content: bytes) -> Reply:
        """Send bytes to ``Check``."""
        return self.call(CHECK, content)

    def batch_check(self, content: bytes) -> Reply:
        """Send bytes to ``BatchCheck``."""
        return self.call(BATCH_CHECK, content)

    def call(self, method: str, content: bytes) -> Reply:
        """Send bytes to any method."""
        call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = self.channel.unary_unary(method)
        try:
            return Reply("OK", call(content, timeout=_CALL_SECONDS))
        except grpc.RpcError as error:
            return _read(error)


def decision_in(reply: Reply) -> pb.Decision:
    """Return the decision that a reply to ``Check`` holds, unverified."""
    assert reply.code == "OK", f"no decision but {reply.code} {reply.reason}"
    response = pb.CheckResponse.FromString(reply.content)
    return pb.Decision.FromString(response.decision.payload)


def _read(error: grpc.RpcError) -> Reply:
    status = rpc_status.from_call(cast("grpc.Call", error))
    if status is None:
        return Reply(error.code().name, message=error.details() or "")
    info, retry = ErrorInfo(), RetryInfo()
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(retry)
    delay = (
        retry.retry_delay.ToTimedelta().total_seconds() if retry.HasField("retry_delay") else None
    )
    return Reply(
        error.code().name,
        reason=info.reason,
        domain=info.domain,
        retry_seconds=delay,
        message=status.message,
    )
