"""How the fake gateway checks queries: as the wire contract says.

Responsible for: refusing what a gateway refuses, with the same reasons.
Not responsible for: scopes and quotas; the fake lets its partner ask about everything.
"""

from collections.abc import Callable
from dataclasses import MISSING, fields
from datetime import datetime, timedelta
from typing import TypeVar

from cryptography.exceptions import InvalidSignature
from google.protobuf.message import Message
from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import Signature, SSlibKey

from jointgate.decision.v1 import decision_pb2 as pb
from jointgate.standing.v1 import standing_pb2
from partner_sdk.actions import ACTIONS, Action
from partner_sdk.documents import DocumentError, parse_document
from partner_sdk.errors import IncompleteDecisionError, MalformedAnswerError
from partner_sdk.wire import (
    MAX_BATCH,
    MAX_QUERY_BYTES,
    QUERY_BATCH_TYPE,
    QUERY_TYPE,
    STANDING_QUERY_TYPE,
    authenticated_bytes,
    parse_instant,
    parse_strictly,
)
from partner_sdk.wire_actions import field_name

_FRESH = timedelta(seconds=60)
_REQUEST_ID_BYTES = 16
_ACTIONS = {field_name(kind): kind for kind in ACTIONS.values()}

_Message = TypeVar("_Message", bound=Message)


class QueryError(Exception):
    """A query that a gateway refuses.

    Attributes:
        reason: the contract's reason.
    """

    def __init__(self, reason: str) -> None:
        """Keep ``reason``."""
        super().__init__(reason)
        self.reason = reason


class QueryCheck:
    """Opens the requests of one partner."""

    def __init__(self, partner: str, key: SSlibKey, clock: Callable[[], datetime]) -> None:
        """Accept what ``key`` signs for ``partner``; ``clock`` returns the present, aware."""
        self._partner = partner
        self._key = key
        self._clock = clock
        self._seen: set[bytes] = set()

    def open_request(self, content: bytes) -> bytes:
        """Return the payload of a ``CheckRequest`` whose signature holds.

        Raises:
            QueryError: it is refused.
        """
        signed = _parse(pb.CheckRequest, content).query
        _refuse_large(signed.payload)
        self._verify(signed, QUERY_TYPE)
        return signed.payload

    def open_batch(self, content: bytes) -> list[bytes]:
        """Return the payloads of a ``BatchCheckRequest`` whose signature holds.

        Raises:
            QueryError: it is refused as a whole.
        """
        signed = _parse(pb.BatchCheckRequest, content).batch
        self._verify(signed, QUERY_BATCH_TYPE)
        payloads = list(_parse(pb.QueryBatch, signed.payload).queries)
        if not 1 <= len(payloads) <= MAX_BATCH:
            raise QueryError("BATCH_SIZE")
        return payloads

    def open_query(self, payload: bytes) -> tuple[pb.Query, str]:
        """Return a query and the name of its action's field.

        Raises:
            QueryError: it is refused.
        """
        _refuse_large(payload)
        query = _parse(pb.Query, payload)
        self._admit(query)
        return query, _read_action(query)

    def open_lookup(self, content: bytes) -> bytes:
        """Return the payload of a ``LookupRequest`` whose signature holds.

        Raises:
            QueryError: it is refused.
        """
        signed = _parse(standing_pb2.LookupRequest, content).query
        _refuse_large(signed.payload)
        self._verify(signed, STANDING_QUERY_TYPE)
        return signed.payload

    def open_standing_query(self, payload: bytes) -> standing_pb2.StandingQuery:
        """Return a query about standing.

        Raises:
            QueryError: it is refused.
        """
        query = _parse(standing_pb2.StandingQuery, payload)
        self._admit(query)
        return query

    def _verify(
        self,
        signed: pb.SignedQuery | pb.SignedQueryBatch | standing_pb2.SignedStandingQuery,
        payload_type: str,
    ) -> None:
        if signed.payload_type != payload_type:
            raise QueryError("MALFORMED_REQUEST")
        if len(signed.signatures) != 1:
            raise QueryError("UNSIGNED_QUERY")
        signature = signed.signatures[0]
        if signature.keyid != self._key.keyid:
            raise QueryError("UNKNOWN_KEY")
        try:
            self._key.verify_signature(
                Signature(signature.keyid, signature.sig.hex()),
                authenticated_bytes(payload_type, signed.payload),
            )
        except (UnverifiedSignatureError, InvalidSignature):
            raise QueryError("SIGNATURE_INVALID") from None

    def _admit(self, query: pb.Query | standing_pb2.StandingQuery) -> None:
        if query.partner != self._partner:
            raise QueryError("PARTNER_MISMATCH")
        self._refuse_old(query)
        try:
            parse_document(query.document.type, query.document.number)
        except DocumentError:
            raise QueryError("DOCUMENT_INVALID") from None

    def _refuse_old(self, query: pb.Query | standing_pb2.StandingQuery) -> None:
        try:
            issued_at = parse_instant(query, "issued_at")
        except IncompleteDecisionError:
            raise QueryError("MALFORMED_REQUEST") from None
        if abs(self._clock() - issued_at) > _FRESH:
            raise QueryError("QUERY_STALE")
        if len(query.request_id) != _REQUEST_ID_BYTES:
            raise QueryError("MALFORMED_REQUEST")
        if query.request_id in self._seen:
            raise QueryError("QUERY_REPLAYED")
        self._seen.add(query.request_id)


def _read_action(query: pb.Query) -> str:
    action: str | None = query.WhichOneof("action")
    if action is None:
        raise QueryError("ACTION_UNKNOWN")
    kind = _ACTIONS[action]
    _refuse_attributes(getattr(query, action), kind)
    if query.role not in {pb.Role.Value(f"ROLE_{role.name}") for role in kind.roles}:
        raise QueryError("ROLE_INVALID")
    return action


def _refuse_attributes(message: Message, kind: type[Action]) -> None:
    """Refuse an action that lacks an attribute without a default, or has a value that nobody defined."""
    given = {field.name for field, _ in message.ListFields()}
    for attribute in fields(kind):  # type: ignore[arg-type]  # every action is a dataclass
        name, enum = attribute.name, message.DESCRIPTOR.fields_by_name[attribute.name].enum_type
        if name not in given and attribute.default is MISSING:
            raise QueryError("ATTRIBUTE_MISSING")
        if enum is not None and getattr(message, name) not in enum.values_by_number:
            raise QueryError("ATTRIBUTE_INVALID")


def _refuse_large(payload: bytes) -> None:
    if len(payload) > MAX_QUERY_BYTES:
        raise QueryError("QUERY_TOO_LARGE")


def _parse(kind: type[_Message], content: bytes) -> _Message:
    try:
        return parse_strictly(kind, content)
    except MalformedAnswerError:
        raise QueryError("MALFORMED_REQUEST") from None
