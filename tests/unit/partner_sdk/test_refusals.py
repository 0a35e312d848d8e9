"""Tests of the one table from reasons to errors."""

from datetime import timedelta

import grpc
import grpc.aio
import pytest
from google.protobuf.duration_pb2 import Duration
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
    PartnerError,
    PersonDocumentError,
    QuestionRefusedError,
    SnapshotStaleError,
)
from partner_sdk.refusals import DOMAIN, REASONS, error_of_call, error_of_reason, printable


def failure(
    code: grpc.StatusCode, reason: str = "", *, domain: str = DOMAIN, seconds: int | None = None
) -> grpc.aio.AioRpcError:
    """Return a failed call as gRPC reports it."""
    status = Status(code=code.value[0], message="the gateway's sentence")
    if reason:
        status.details.add().Pack(ErrorInfo(reason=reason, domain=domain))
    if seconds is not None:
        status.details.add().Pack(RetryInfo(retry_delay=Duration(seconds=seconds)))
    trailing = grpc.aio.Metadata(("grpc-status-details-bin", status.SerializeToString()))
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), trailing, details="details")


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        ("DOCUMENT_INVALID", InvalidQuestionError),
        ("ATTRIBUTE_MISSING", InvalidQuestionError),
        ("ACTION_NOT_ALLOWED", NotEntitledError),
        ("SIGNATURE_INVALID", NotEntitledError),
        ("STANDING_NOT_ALLOWED", NotEntitledError),
        ("PERSON_DOCUMENT", PersonDocumentError),
        ("QUERY_STALE", ClockError),
        ("SNAPSHOT_STALE", SnapshotStaleError),
        ("OVERLOADED", GatewayOverloadedError),
        ("INTERNAL", GatewayFailedError),
        ("NEVER_HEARD_OF", GatewayFailedError),
    ],
)
def test_a_reason_becomes_the_error_that_tells_what_to_do(
    reason: str, error: type[PartnerError]
) -> None:
    """Each kind of reason leads to its own branch of the tree, and an unknown one to doubt."""
    raised = error_of_call(failure(grpc.StatusCode.INVALID_ARGUMENT, reason))
    assert type(raised) is error
    assert raised.reason == reason
    assert "the gateway's sentence" in str(raised)


def test_every_reason_of_the_contract_is_known() -> None:
    """The table holds every reason that a gateway may give."""
    known = """MALFORMED_REQUEST QUERY_TOO_LARGE UNSIGNED_QUERY SIGNATURE_INVALID UNKNOWN_KEY PARTNER_MISMATCH
    QUERY_STALE QUERY_REPLAYED ACTION_NOT_ALLOWED ROLE_NOT_ALLOWED ACTION_UNKNOWN ATTRIBUTE_INVALID ATTRIBUTE_MISSING
    ROLE_INVALID DOCUMENT_INVALID PERSON_DOCUMENT STANDING_NOT_ALLOWED BATCH_SIZE
    SNAPSHOT_STALE NO_SNAPSHOT PACK_MISMATCH DECISION_KEY_EXPIRED OVERLOADED
    INTERNAL METADATA_NOT_FOUND TARGET_NOT_FOUND"""
    assert set(known.split()) == REASONS


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_no_reason_is_an_outcome(reason: str) -> None:
    """Every reason is an error of one of the two branches that are neither a yes nor a no."""
    assert isinstance(error_of_reason(reason), NotAnsweredError | QuestionRefusedError)


def test_the_waiting_time_is_handed_on() -> None:
    """What the gateway says about waiting reaches the caller."""
    raised = error_of_call(failure(grpc.StatusCode.UNAVAILABLE, "SNAPSHOT_STALE", seconds=5))
    assert isinstance(raised, NotAnsweredError)
    assert raised.retryable
    assert raised.retry_after == timedelta(seconds=5)


@pytest.mark.parametrize(
    ("code", "error", "retryable"),
    [
        (grpc.StatusCode.UNAVAILABLE, GatewayUnreachableError, True),
        (grpc.StatusCode.CANCELLED, GatewayUnreachableError, True),
        (grpc.StatusCode.DEADLINE_EXCEEDED, DeadlineError, True),
        (grpc.StatusCode.UNIMPLEMENTED, GatewayFailedError, False),
        (grpc.StatusCode.UNKNOWN, GatewayFailedError, False),
    ],
)
@pytest.mark.parametrize("domain", ["", "elsewhere.example"])
def test_a_failure_without_our_reason_is_told_by_its_code(
    code: grpc.StatusCode, error: type[NotAnsweredError], domain: str, *, retryable: bool
) -> None:
    """A proxy's reason is not taken for the gateway's."""
    raised = error_of_call(failure(code, "DOCUMENT_INVALID" if domain else "", domain=domain))
    assert type(raised) is error
    assert isinstance(raised, NotAnsweredError)
    assert raised.retryable is retryable


def test_a_damaged_status_is_told_by_its_code() -> None:
    """Details that are no status do not hide the failure."""
    trailing = grpc.aio.Metadata(("grpc-status-details-bin", b"\xff\xff"))
    damaged = grpc.aio.AioRpcError(grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata(), trailing)
    assert isinstance(error_of_call(damaged), GatewayUnreachableError)


def test_nothing_steers_a_terminal() -> None:
    """Control characters in a gateway's sentence do not reach the screen."""
    assert printable("a\x1b[2Jb\nc") == "a [2Jb c"
    assert "\x1b" not in str(error_of_reason("INTERNAL", "\x1b[31mred"))
