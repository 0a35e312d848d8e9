"""Why there is no answer: from a gRPC status or a refusal to the SDK's error.

Responsible for: the one table of reasons, and reading ``google.rpc.Status`` from a failed call.
Not responsible for: deciding whether to ask again (``partner_sdk.client``).

Rule kept here: nothing from a library reaches the caller, and a reason that is not known is doubt, never an answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import grpc
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from partner_sdk.errors import (
    ClockError,
    DeadlineError,
    GatewayFailedError,
    GatewayOverloadedError,
    GatewayUnreachableError,
    InvalidQuestionError,
    NotAnsweredError,
    NotEntitledError,
    PersonDocumentError,
    QuestionRefusedError,
    SnapshotStaleError,
)

DOMAIN = "jointgate"
"""The domain of the gateway's ``ErrorInfo``."""

_DETAILS_KEY = "grpc-status-details-bin"
_MAX_DETAIL = 300


@dataclass(frozen=True, slots=True)
class _Meaning:
    error: type[NotAnsweredError | QuestionRefusedError]
    advice: str


_REASONS: dict[str, _Meaning] = {
    "MALFORMED_REQUEST": _Meaning(
        InvalidQuestionError, "the gateway cannot read the question; update the SDK"
    ),
    "QUERY_TOO_LARGE": _Meaning(
        InvalidQuestionError, "the question is longer than the contract allows"
    ),
    "BATCH_SIZE": _Meaning(InvalidQuestionError, "a batch holds 1 to 1,000 questions"),
    "ACTION_UNKNOWN": _Meaning(
        InvalidQuestionError, "the gateway's policy pack does not know this action"
    ),
    "ATTRIBUTE_INVALID": _Meaning(
        InvalidQuestionError, "an attribute of the action has a value it cannot have"
    ),
    "ATTRIBUTE_MISSING": _Meaning(
        InvalidQuestionError, "the action needs an attribute that was not given"
    ),
    "ROLE_INVALID": _Meaning(InvalidQuestionError, "nobody stands in this role to this action"),
    "DOCUMENT_INVALID": _Meaning(InvalidQuestionError, "the document is not valid; copy it again"),
    "PERSON_DOCUMENT": _Meaning(
        PersonDocumentError,
        "standing is told of organisations only, by a document that only they have",
    ),
    "UNSIGNED_QUERY": _Meaning(NotEntitledError, "the question carries no signature"),
    "SIGNATURE_INVALID": _Meaning(
        NotEntitledError, "the question's signature does not fit; check signing_key"
    ),
    "UNKNOWN_KEY": _Meaning(
        NotEntitledError, "the gateway does not know signing_key; have its public key registered"
    ),
    "PARTNER_MISMATCH": _Meaning(
        NotEntitledError, "certificate, signing key and partner name do not belong together"
    ),
    "ACTION_NOT_ALLOWED": _Meaning(NotEntitledError, "this partner may not ask about this action"),
    "ROLE_NOT_ALLOWED": _Meaning(NotEntitledError, "this partner may not ask about this role"),
    "STANDING_NOT_ALLOWED": _Meaning(NotEntitledError, "this partner may not ask about standing"),
    "QUERY_STALE": _Meaning(
        ClockError, "the question's time is off by more than 60 seconds; set this host's clock"
    ),
    "QUERY_REPLAYED": _Meaning(ClockError, "the gateway has seen this question before; ask afresh"),
    "NO_SNAPSHOT": _Meaning(SnapshotStaleError, "the gateway has no lists yet"),
    "SNAPSHOT_STALE": _Meaning(
        SnapshotStaleError, "the gateway's lists are too old to answer from"
    ),
    "PACK_MISMATCH": _Meaning(
        SnapshotStaleError, "the gateway's lists and its policy pack do not belong together"
    ),
    "DECISION_KEY_EXPIRED": _Meaning(
        SnapshotStaleError, "the gateway's key has ended and no new one was published"
    ),
    "OVERLOADED": _Meaning(GatewayOverloadedError, "the gateway has no room for the question now"),
    "INTERNAL": _Meaning(GatewayFailedError, "the gateway failed; tell its operator"),
    "METADATA_NOT_FOUND": _Meaning(
        GatewayFailedError, "the gateway lacks the trust metadata asked for"
    ),
    "TARGET_NOT_FOUND": _Meaning(
        GatewayFailedError, "the gateway lacks the trust target asked for"
    ),
}

REASONS = frozenset(_REASONS)
"""Every reason of the contract that this SDK knows."""


def error_of_reason(
    reason: str, detail: str = "", *, retryable: bool = True, retry_after: timedelta | None = None
) -> NotAnsweredError | QuestionRefusedError:
    """Return the error for a gateway's ``reason``; ``detail`` is the gateway's own sentence.

    Args:
        reason: one of the contract's reasons; any other becomes a ``GatewayFailedError``.
        detail: said instead of the SDK's own advice, cut to 300 printable characters.
        retryable: whether asking again may succeed; only for errors that say so.
        retry_after: how long to wait before that.
    """
    meaning = _REASONS.get(
        reason, _Meaning(GatewayFailedError, "the gateway gave a reason this SDK does not know")
    )
    message = f"{reason}: {printable(detail)[:_MAX_DETAIL] or meaning.advice}"
    if issubclass(meaning.error, QuestionRefusedError):
        return meaning.error(message, reason=reason)
    return meaning.error(message, reason=reason, retryable=retryable, retry_after=retry_after)


def error_of_call(failure: grpc.RpcError) -> NotAnsweredError | QuestionRefusedError:
    """Return the error for a call that failed."""
    # The two clients of gRPC hand out different types, both of pairs.
    trailing = cast("Iterable[tuple[str, str | bytes]]", failure.trailing_metadata() or ())
    status = _read_status(trailing)
    if status is None:
        return _error_of_code(failure.code())
    info, retry = ErrorInfo(), RetryInfo()
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(retry)
    if info.domain != DOMAIN or not info.reason:
        return _error_of_code(failure.code())
    return error_of_reason(
        info.reason,
        status.message,
        retryable=failure.code() is not grpc.StatusCode.INTERNAL,
        retry_after=retry.retry_delay.ToTimedelta() if retry.HasField("retry_delay") else None,
    )


def printable(text: str) -> str:
    """Return ``text`` without anything that could steer a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def _error_of_code(code: grpc.StatusCode) -> NotAnsweredError:
    # A server that stops cancels the calls that have arrived and that it has not begun to answer.
    if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
        message = "no gateway could be reached; check the address, the network and the certificates"
        return GatewayUnreachableError(message, reason=code.name)
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        message = "the answer did not come in time; ask again or allow more time"
        return DeadlineError(message, reason=code.name)
    message = f"the call failed with {code.name} and no explanation; check that the address is a gateway's"
    return GatewayFailedError(message, reason=code.name, retryable=False)


def _read_status(trailing: Iterable[tuple[str, str | bytes]]) -> Status | None:
    for key, value in trailing:
        if key == _DETAILS_KEY and isinstance(value, bytes):
            try:
                return Status.FromString(value)
            except DecodeError:
                return None
    return None
