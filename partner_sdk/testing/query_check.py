"""How the fake gateway checks queries: as the wire contract says.

Responsible for: refusing what a gateway with the shipped pack ``cn-joint-discipline`` refuses, with the same reasons.
Not responsible for: scopes and quotas; the fake lets its partner ask about everything.
Not responsible for: what another pack needs, such as an amount where an operator has set a threshold.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from cryptography.exceptions import InvalidSignature
from google.protobuf.message import DecodeError, Message
from google.protobuf.unknown_fields import UnknownFieldSet
from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import Signature, SSlibKey

from jointgate.decision.v1 import decision_pb2 as pb
from jointgate.standing.v1 import standing_pb2
from partner_sdk.actions import (
    ACTIONS,
    Action,
    AttributeValue,
    AttributeValueError,
    GoodsCategory,
    GoodsPurchase,
    LodgingStay,
    Role,
)
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
_FIRST_ACTION = pb.Query.AIR_TRAVEL_FIELD_NUMBER
_ACTIONS = {field_name(kind): kind for kind in ACTIONS.values()}
_ROLES: dict[int, Role] = {pb.Role.Value(f"ROLE_{role.name}"): role for role in Role}

# What a rule of cn-joint-discipline cannot be applied to, in any role and at any amount: whether a house without stars
# is a high-consumption place, and what a vehicle is bought for, have to be given.
# tests/unit/partner_sdk/test_fake_against_gateway.py holds this against the pack.
_INCOMPLETE: frozenset[Action] = frozenset({LodgingStay(0), GoodsPurchase(GoodsCategory.VEHICLE)})

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
        query = _parse_query(payload)
        self._admit(query)
        action = _read_action(query)
        role = _ROLES.get(query.role)
        if role is None:
            raise QueryError("ROLE_INVALID")
        _refuse_document(query.document)
        if role not in action.roles:
            raise QueryError("ROLE_INVALID")
        if action.in_band(()) in _INCOMPLETE:
            raise QueryError("ATTRIBUTE_MISSING")
        return query, field_name(type(action))

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
        _refuse_document(query.document)
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
        if len(query.request_id) != _REQUEST_ID_BYTES:
            raise QueryError("MALFORMED_REQUEST")
        try:
            issued_at = parse_instant(query, "issued_at")
        except IncompleteDecisionError:
            raise QueryError("MALFORMED_REQUEST") from None
        if abs(self._clock() - issued_at) > _FRESH:
            raise QueryError("QUERY_STALE")
        if query.request_id in self._seen:
            raise QueryError("QUERY_REPLAYED")
        self._seen.add(query.request_id)


def _parse_query(content: bytes) -> pb.Query:
    """Parse a query; one whose action only a newer proto has is refused as an unknown action."""
    try:
        return _parse(pb.Query, content)
    except QueryError:
        if _has_unknown_action(content):
            raise QueryError("ACTION_UNKNOWN") from None
        raise


def _has_unknown_action(content: bytes) -> bool:
    query = pb.Query()
    try:
        query.ParseFromString(content)
    except DecodeError:
        return False
    unknown = UnknownFieldSet(query)
    numbers = {unknown[place].field_number for place in range(len(unknown))}
    numbers.difference_update(query.DESCRIPTOR.fields_by_number)
    return query.WhichOneof("action") is None and max(numbers, default=0) >= _FIRST_ACTION


def _read_action(query: pb.Query) -> Action:
    name: str | None = query.WhichOneof("action")
    if name is None:
        raise QueryError("ACTION_UNKNOWN")
    kind: Callable[..., Action] = _ACTIONS[name]
    values = _read_attributes(getattr(query, name), _ACTIONS[name])
    try:
        return kind(**values)
    except AttributeValueError:
        raise QueryError("ATTRIBUTE_INVALID") from None


def _read_attributes(message: Message, kind: type[Action]) -> dict[str, AttributeValue]:
    """Return the attributes that were given; one without a default has to be."""
    values: dict[str, AttributeValue] = {}
    for attribute in fields(kind):  # type: ignore[arg-type]  # every action is a dataclass
        name, enum = attribute.name, message.DESCRIPTOR.fields_by_name[attribute.name].enum_type
        number = getattr(message, name)
        if enum is None and message.HasField(name):
            values[name] = number
        elif enum is not None and number != 0:
            names = {value.number: value.name for value in enum.values}
            values[name] = _member(names, number, kind.domains[name])
        elif attribute.default is MISSING:
            raise QueryError("ATTRIBUTE_MISSING")
    return values


def _member(
    names: Mapping[int, str], number: int, domain: tuple[AttributeValue, ...]
) -> AttributeValue:
    """Return the member of ``domain`` whose name on the wire has the ``number``."""
    if number not in names:
        raise QueryError("ATTRIBUTE_INVALID")
    prefix = names[0].removesuffix("UNSPECIFIED")
    members = {one.name: one for one in domain if isinstance(one, StrEnum)}
    return members[names[number].removeprefix(prefix)]


def _refuse_document(document: pb.Document) -> None:
    try:
        parse_document(document.type, document.number)
    except DocumentError:
        raise QueryError("DOCUMENT_INVALID") from None


def _refuse_large(payload: bytes) -> None:
    if len(payload) > MAX_QUERY_BYTES:
        raise QueryError("QUERY_TOO_LARGE")


def _parse(kind: type[_Message], content: bytes) -> _Message:
    try:
        return parse_strictly(kind, content)
    except MalformedAnswerError:
        raise QueryError("MALFORMED_REQUEST") from None
