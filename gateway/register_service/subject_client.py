"""The party's side of the subject's view: one call over TLS, with a receipt and a document.

Responsible for: the request, the channel, and turning a failed call into an error that the party can act on.
Not responsible for: verifying the receipt (the server does) or showing the answer (`subject_page.py`).

Whom we trust: the certificate authority that the caller gives, or the public ones; the party itself has no certificate.

Rule kept here: only what the base installation has is used, so that a party needs none of the gateway's libraries.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import cast

import grpc
from google.protobuf.json_format import MessageToDict, SerializeToJsonError
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from gateway.errors import JointgateError
from gateway.register_service import subject_words as words
from gateway.register_service.subject_words import Said
from jointgate.decision.v1 import decision_pb2
from jointgate.register.v1 import subject_pb2 as pb
from sanctions_matrix.documents import Document

MAX_RECEIPT_BYTES = 1024 * 1024 - 1024
"""Longest receipt that can be shown, in bytes."""
_DETAILS_KEY = "grpc-status-details-bin"
_MOST_OFFSET_MINUTES = 24 * 60 - 1
"""Further from UTC no clock can be."""
_METHOD = "/jointgate.register.v1.SubjectService/View"
_MAX_REPLY_BYTES = 16 * 1024 * 1024
_OPTIONS = (
    ("grpc.max_receive_message_length", _MAX_REPLY_BYTES),
    ("grpc.service_config_disable_resolution", 1),
    ("grpc.enable_retries", 0),
)


class Failure(Enum):
    """Why there is nothing to show."""

    NO_RECORD = "NO_RECORD"
    NO_GROUNDS = "NO_GROUNDS"
    WRONG_REQUEST = "WRONG_REQUEST"
    EXHAUSTED = "ATTEMPTS_EXHAUSTED"
    UNREACHABLE = "UNREACHABLE"
    UNANSWERED = "UNANSWERED"


class ViewError(JointgateError):
    """There is nothing to show.

    Attributes:
        failure: why.
        said: the same in both languages.
        retry_seconds: after how many seconds asking again may help; None when nobody said so.
    """

    def __init__(self, failure: Failure, said: Said, retry_seconds: float | None = None) -> None:
        """Keep the words; none of them quotes a document."""
        super().__init__(said.en)
        self.failure = failure
        self.said = said
        self.retry_seconds = retry_seconds


@dataclass(frozen=True, slots=True)
class Place:
    """Where the service is.

    Attributes:
        server: ``HOST:PORT``.
        authority: certificates in PEM that the server's must lead to; None for the public authorities.
        timeout_seconds: how long the answer may take.
    """

    server: str
    authority: bytes | None
    timeout_seconds: float = 30.0


def read_receipt(content: bytes) -> decision_pb2.Receipt:
    """Return a receipt that names listings; whether it is genuine, the server tells.

    Raises:
        ViewError: the bytes are no receipt, or one that names no listing.
    """
    try:
        receipt = decision_pb2.Receipt.FromString(content)
        decision = decision_pb2.Decision.FromString(receipt.decision.payload)
    except DecodeError:
        raise ViewError(Failure.WRONG_REQUEST, words.NOT_A_RECEIPT) from None
    if len(content) > MAX_RECEIPT_BYTES or not decision.issuer:
        raise ViewError(Failure.WRONG_REQUEST, words.NOT_A_RECEIPT)
    if not decision.grounds:
        raise ViewError(Failure.NO_GROUNDS, words.NO_GROUNDS)
    return receipt


def named_listings(receipt: decision_pb2.Receipt) -> int:
    """Return how many listings a receipt's grounds name."""
    decision = decision_pb2.Decision.FromString(receipt.decision.payload)
    return len({one.listing_reference for one in decision.grounds})


def view(receipt: decision_pb2.Receipt, document: Document, place: Place) -> pb.ViewResponse:
    """Ask for the record of the receipt's listings.

    Raises:
        ViewError: there is no answer, or nothing to show.
    """
    given = decision_pb2.Document(type=document.type, number=document.number)
    request = pb.ViewRequest(receipt=receipt, document=given)
    credentials = grpc.ssl_channel_credentials(root_certificates=place.authority)
    with grpc.secure_channel(place.server, credentials, options=_OPTIONS) as channel:
        call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(_METHOD)
        try:
            reply = call(
                request.SerializeToString(deterministic=True), timeout=place.timeout_seconds
            )
        except grpc.RpcError as error:
            raise _failure(error) from None
    try:
        response = pb.ViewResponse.FromString(reply)
    except DecodeError:
        raise ViewError(Failure.UNANSWERED, words.UNANSWERED) from None
    if not response.listings or not _is_readable(response):
        raise ViewError(Failure.UNANSWERED, words.UNANSWERED)
    return response


def describe(response: pb.ViewResponse) -> dict[str, object]:
    """Return an answer as a JSON object, with the names of the proto; what is not set is left out."""
    described: dict[str, object] = MessageToDict(response, preserving_proto_field_name=True)
    return described


_WRONG = frozenset({"MALFORMED_REQUEST", "QUERY_TOO_LARGE", "DOCUMENT_INVALID"})


def _failure(error: grpc.RpcError) -> ViewError:
    call = cast("grpc.Call", error)
    status = _status(cast("Iterable[tuple[str, str | bytes]]", call.trailing_metadata() or ()))
    if status is None:
        is_away = call.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
        if is_away:
            return ViewError(Failure.UNREACHABLE, words.UNREACHABLE)
        return ViewError(Failure.UNANSWERED, words.UNANSWERED)
    reason, seconds = _explanation(status)
    if reason == "NO_RECORD":
        return ViewError(Failure.NO_RECORD, words.NO_RECORD)
    if reason == "ATTEMPTS_EXHAUSTED":
        return ViewError(Failure.EXHAUSTED, words.EXHAUSTED, seconds)
    if reason in _WRONG:
        return ViewError(Failure.WRONG_REQUEST, words.WRONG_REQUEST)
    return ViewError(Failure.UNANSWERED, words.UNANSWERED, seconds)


def _explanation(status: Status) -> tuple[str, float | None]:
    """Return the reason, and after how many seconds asking again may help; none where they cannot be read."""
    info, retry = ErrorInfo(), RetryInfo()
    try:
        for detail in status.details:
            detail.Unpack(info)
            detail.Unpack(retry)
        return info.reason, retry.retry_delay.ToTimedelta().total_seconds() or None
    except (DecodeError, ValueError, OverflowError):
        return "", None


def _status(trailing: Iterable[tuple[str, str | bytes]]) -> Status | None:
    """Return the details of a failure, None where there are none that can be read."""
    for key, value in trailing:
        if key == _DETAILS_KEY and isinstance(value, bytes):
            try:
                return Status.FromString(value)
            except DecodeError:
                return None
    return None


def _is_readable(response: pb.ViewResponse) -> bool:
    """Whether every instant and every civil time of an answer is one."""
    try:
        describe(response)
    except (ValueError, OverflowError, SerializeToJsonError):
        return False
    return all(abs(one.utc_offset_minutes) <= _MOST_OFFSET_MINUTES for one in response.listings)
