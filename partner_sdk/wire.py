"""The bytes on the wire: payload types, signed bytes, strict parsing.

Responsible for: turning bytes into a generated message, or into an error, and naming the payload types.
Not responsible for: whether what was parsed may be believed (``partner_sdk.verification``).

Rule kept here: a message is accepted only in the one encoding that this code would have written itself.
Unknown fields, duplicate fields, fields out of order, padded numbers and trailing bytes are all refused,
so that a changed byte never goes unnoticed.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from google.protobuf.message import DecodeError, Message
from securesystemslib.dsse import Envelope

from partner_sdk.errors import IncompleteDecisionError, MalformedAnswerError

if TYPE_CHECKING:
    from google.protobuf.timestamp_pb2 import Timestamp

QUERY_TYPE = "application/vnd.jointgate.query.v1+protobuf"
QUERY_BATCH_TYPE = "application/vnd.jointgate.query-batch.v1+protobuf"
DECISION_TYPE = "application/vnd.jointgate.decision.v1+protobuf"
REFUSAL_TYPE = "application/vnd.jointgate.refusal.v1+protobuf"
DECISION_ROOT_TYPE = "application/vnd.jointgate.decision-root.v1+protobuf"
STANDING_QUERY_TYPE = "application/vnd.jointgate.standing-query.v1+protobuf"
STANDING_TYPE = "application/vnd.jointgate.standing.v1+protobuf"

MAX_QUERY_BYTES = 4096
"""Longest payload of one query, in bytes; the contract's limit."""
MAX_BATCH = 1000
"""Most queries in one batch; the contract's limit."""

_Message = TypeVar("_Message", bound=Message)


def authenticated_bytes(payload_type: str, payload: bytes) -> bytes:
    """Return what is signed: DSSE's pre-authentication encoding of type and payload."""
    return Envelope(payload, payload_type, {}).pae()


def parse_strictly(kind: type[_Message], content: bytes) -> _Message:
    """Parse ``content`` as a ``kind``.

    Raises:
        MalformedAnswerError: the bytes are no such message, or another encoding than the prescribed one.
    """
    message = kind()
    try:
        message.ParseFromString(content)
    except DecodeError:
        problem = f"not a {kind.DESCRIPTOR.name}"
        raise MalformedAnswerError(problem) from None
    message.DiscardUnknownFields()
    if encode(message) != content:
        problem = f"a {kind.DESCRIPTOR.name} with unknown fields or in another encoding than the prescribed one"
        raise MalformedAnswerError(problem)
    return message


def encode(message: Message) -> bytes:
    """Return the one encoding of ``message`` that is accepted: known fields in order."""
    return message.SerializeToString(deterministic=True)


def parse_instant(holder: Message, field: str) -> datetime:
    """Return a required timestamp as aware UTC, cut to microseconds.

    Raises:
        IncompleteDecisionError: it is missing or no instant of the years 1 to 9999.
    """
    if not holder.HasField(field):
        problem = f"{holder.DESCRIPTOR.name}.{field} is missing"
        raise IncompleteDecisionError(problem)
    stamp: Timestamp = getattr(holder, field)
    try:
        return stamp.ToDatetime(UTC)
    except (ValueError, OverflowError):
        problem = f"{holder.DESCRIPTOR.name}.{field} is no instant"
        raise IncompleteDecisionError(problem) from None
