"""Why an authority's call failed: the one table of reasons, and what of ours becomes which.

Responsible for the reasons of `docs/authorities.md`, their codes and waiting times, and for wrapping methods so that
every failure reaches the caller as a status with one of them.
Not responsible for encoding a status (`gateway.transport.status`).

Rules kept here:

- Nothing from a library reaches a caller, and no failure says anything of a party.
- An unexpected failure is logged by its type and place only: its text could hold what was sent.
"""

from __future__ import annotations

import logging
from enum import StrEnum
from typing import TYPE_CHECKING

from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status

from gateway.errors import AnswerError, JointgateError, Presentation, Reason
from gateway.register.errors import (
    ChangedMeanwhileError,
    DatabaseError,
    FeedRefusedError,
    LifeCycleError,
    RegisterError,
    SpoolError,
    TurnLostError,
    UnknownReferenceError,
)
from gateway.register.orders import OrderReusedError
from gateway.transport.status import encode_status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import NoReturn

    import grpc
    from google.rpc.status_pb2 import Status

_log = logging.getLogger(__name__)


class ServiceReason(StrEnum):
    """Why a call of the RegisterService failed; the values are part of the wire contract."""

    MALFORMED_REQUEST = "MALFORMED_REQUEST"
    REQUEST_TOO_LARGE = "REQUEST_TOO_LARGE"
    UNSIGNED_REQUEST = "UNSIGNED_REQUEST"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    KEY_NOT_VALID = "KEY_NOT_VALID"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    AUTHORITY_MISMATCH = "AUTHORITY_MISMATCH"
    UNKNOWN_AUTHORITY = "UNKNOWN_AUTHORITY"
    REQUEST_STALE = "REQUEST_STALE"
    LIST_NOT_ALLOWED = "LIST_NOT_ALLOWED"
    SUBMISSION_INVALID = "SUBMISSION_INVALID"
    SUBMISSION_TOO_LARGE = "SUBMISSION_TOO_LARGE"
    SUBMISSION_TOO_SLOW = "SUBMISSION_TOO_SLOW"
    SUBMISSION_REUSED = "SUBMISSION_REUSED"
    SUBMISSION_NOT_FOUND = "SUBMISSION_NOT_FOUND"
    CONTENT_MISMATCH = "CONTENT_MISMATCH"
    FEED_MISMATCH = "FEED_MISMATCH"
    FEED_REFUSED = "FEED_REFUSED"
    CHANGE_INVALID = "CHANGE_INVALID"
    CHANGE_REFUSED = "CHANGE_REFUSED"
    CHANGE_REUSED = "CHANGE_REUSED"
    CHANGED_MEANWHILE = "CHANGED_MEANWHILE"
    LISTING_NOT_FOUND = "LISTING_NOT_FOUND"
    PACK_UNCONFIRMED = "PACK_UNCONFIRMED"
    OVERLOADED = "OVERLOADED"
    REGISTER_UNAVAILABLE = "REGISTER_UNAVAILABLE"
    STOPPING = "STOPPING"
    INTERNAL = "INTERNAL"


PRESENTATIONS: dict[ServiceReason, Presentation] = {
    ServiceReason.MALFORMED_REQUEST: Presentation("INVALID_ARGUMENT"),
    ServiceReason.REQUEST_TOO_LARGE: Presentation("INVALID_ARGUMENT"),
    ServiceReason.UNSIGNED_REQUEST: Presentation("UNAUTHENTICATED"),
    ServiceReason.UNKNOWN_KEY: Presentation("UNAUTHENTICATED"),
    ServiceReason.KEY_NOT_VALID: Presentation("UNAUTHENTICATED"),
    ServiceReason.SIGNATURE_INVALID: Presentation("UNAUTHENTICATED"),
    ServiceReason.AUTHORITY_MISMATCH: Presentation("UNAUTHENTICATED"),
    ServiceReason.UNKNOWN_AUTHORITY: Presentation("UNAUTHENTICATED"),
    ServiceReason.REQUEST_STALE: Presentation("FAILED_PRECONDITION"),
    ServiceReason.LIST_NOT_ALLOWED: Presentation("PERMISSION_DENIED"),
    ServiceReason.SUBMISSION_INVALID: Presentation("INVALID_ARGUMENT"),
    ServiceReason.SUBMISSION_TOO_LARGE: Presentation("INVALID_ARGUMENT"),
    ServiceReason.SUBMISSION_TOO_SLOW: Presentation("DEADLINE_EXCEEDED", retry_seconds=5),
    ServiceReason.SUBMISSION_REUSED: Presentation("FAILED_PRECONDITION"),
    ServiceReason.SUBMISSION_NOT_FOUND: Presentation("NOT_FOUND"),
    ServiceReason.CONTENT_MISMATCH: Presentation("INVALID_ARGUMENT"),
    ServiceReason.FEED_MISMATCH: Presentation("INVALID_ARGUMENT"),
    ServiceReason.FEED_REFUSED: Presentation("FAILED_PRECONDITION"),
    ServiceReason.CHANGE_INVALID: Presentation("INVALID_ARGUMENT"),
    ServiceReason.CHANGE_REFUSED: Presentation("FAILED_PRECONDITION"),
    ServiceReason.CHANGE_REUSED: Presentation("FAILED_PRECONDITION"),
    ServiceReason.CHANGED_MEANWHILE: Presentation("ABORTED"),
    ServiceReason.LISTING_NOT_FOUND: Presentation("NOT_FOUND"),
    ServiceReason.PACK_UNCONFIRMED: Presentation("UNAVAILABLE", retry_seconds=60),
    ServiceReason.OVERLOADED: Presentation("RESOURCE_EXHAUSTED", retry_seconds=10),
    ServiceReason.REGISTER_UNAVAILABLE: Presentation("UNAVAILABLE", retry_seconds=5),
    ServiceReason.STOPPING: Presentation("UNAVAILABLE", retry_seconds=5),
    ServiceReason.INTERNAL: Presentation("INTERNAL"),
}

REFUSAL = "refusal"
"""The key of `ErrorInfo.metadata` under which FEED_REFUSED says which refusal it is."""


class ServiceError(JointgateError):
    """A call fails.

    Attributes:
        reason: the documented reason.
        refusal: for FEED_REFUSED, which refusal of the feed it is.
    """

    def __init__(self, reason: ServiceReason, message: str, *, refusal: str = "") -> None:
        """Keep `message`: what is wrong and what to do, without a word of a party."""
        super().__init__(message)
        self.reason = reason
        self.refusal = refusal


def status_of(error: ServiceError) -> Status:
    """Return the status message that a caller gets for `error`."""
    presentation = PRESENTATIONS[error.reason]
    metadata = {REFUSAL: error.refusal} if error.refusal else {}
    info = ErrorInfo(reason=error.reason.value, metadata=metadata)
    return encode_status(presentation.code, info, str(error), presentation.retry_seconds)


_OF_THE_GATEWAY: dict[Reason, ServiceReason] = {
    Reason.MALFORMED_REQUEST: ServiceReason.MALFORMED_REQUEST,
    Reason.QUERY_TOO_LARGE: ServiceReason.REQUEST_TOO_LARGE,
    Reason.SIGNATURE_INVALID: ServiceReason.SIGNATURE_INVALID,
}
"""What the parts shared with the gateway raise."""

_OF_THE_REGISTER: tuple[tuple[type[RegisterError], ServiceReason], ...] = (
    (FeedRefusedError, ServiceReason.FEED_REFUSED),
    (UnknownReferenceError, ServiceReason.LISTING_NOT_FOUND),
    (OrderReusedError, ServiceReason.CHANGE_REUSED),
    (ChangedMeanwhileError, ServiceReason.CHANGED_MEANWHILE),
    (LifeCycleError, ServiceReason.CHANGE_REFUSED),
    (DatabaseError, ServiceReason.REGISTER_UNAVAILABLE),
    (SpoolError, ServiceReason.REGISTER_UNAVAILABLE),
    (TurnLostError, ServiceReason.REGISTER_UNAVAILABLE),
)
"""The first that fits counts."""

_FAILED = "the register failed to answer; nothing was done by this call unless GetSubmission or ViewListing shows it"


def service_error(error: Exception) -> ServiceError:
    """Return what a caller is told of `error`; an unexpected one is logged without its text."""
    if isinstance(error, ServiceError):
        return error
    if isinstance(error, AnswerError) and error.reason in _OF_THE_GATEWAY:
        return ServiceError(_OF_THE_GATEWAY[error.reason], str(error))
    for kind, reason in _OF_THE_REGISTER:
        if isinstance(error, kind):
            refusal = error.reason.value if isinstance(error, FeedRefusedError) else ""
            return ServiceError(reason, str(error), refusal=refusal)
    _log.error("a call failed unexpectedly: %s in %s", type(error).__name__, _place(error))
    return ServiceError(ServiceReason.INTERNAL, _FAILED)


def _place(error: Exception) -> str:
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    return f"{place.tb_frame.f_code.co_qualname}:{place.tb_lineno}" if place else "?"


def answering(
    method: Callable[[bytes, grpc.ServicerContext], bytes],
) -> Callable[[bytes, grpc.ServicerContext], bytes]:
    """Wrap a method with one request and one answer, so that every failure has a reason."""

    def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
        try:
            return method(request, context)
        except Exception as error:  # noqa: BLE001 - the boundary
            _abort(context, service_error(error))

    return answer


def answering_stream(
    method: Callable[[Iterator[bytes], grpc.ServicerContext], Iterator[bytes]],
) -> Callable[[Iterator[bytes], grpc.ServicerContext], Iterator[bytes]]:
    """Wrap a method of two streams, so that every failure has a reason."""

    def answer(requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        try:
            yield from method(requests, context)
        except Exception as error:  # noqa: BLE001 - the boundary
            _abort(context, service_error(error))

    return answer


def _abort(context: grpc.ServicerContext, error: ServiceError) -> NoReturn:
    context.abort_with_status(rpc_status.to_status(status_of(error)))
    raise AssertionError  # abort_with_status always raises
