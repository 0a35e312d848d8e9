"""Failures on the wire: ``google.rpc.Status`` with ``ErrorInfo``, and ``RetryInfo`` where waiting helps."""

import logging
from collections.abc import Callable
from typing import NoReturn

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc.code_pb2 import Code
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from gateway.errors import PRESENTATIONS, AnswerError, Reason

DOMAIN = "jointgate"
_log = logging.getLogger(__name__)


def status_of(error: AnswerError) -> Status:
    """Return the status message that a partner gets for ``error``."""
    presentation = PRESENTATIONS[error.reason]
    retry_seconds = (
        presentation.retry_seconds if error.retry_seconds is None else error.retry_seconds
    )
    return encode_status(
        presentation.code, ErrorInfo(reason=error.reason.value), str(error), retry_seconds
    )


def encode_status(
    code: str, info: ErrorInfo, message: str, retry_seconds: float | None = None
) -> Status:
    """Return the status of a failure of any of our services.

    Args:
        code: name of the gRPC status code.
        info: the reason, and what else programs read; its domain is set here.
        message: what is wrong and what to do.
        retry_seconds: after how many seconds asking again may help; None when it never does.
    """
    info.domain = DOMAIN
    details = [_packed(info)]
    if retry_seconds is not None:
        delay = Duration(nanos=int(retry_seconds * 1e9) % 1_000_000_000, seconds=int(retry_seconds))
        details.append(_packed(RetryInfo(retry_delay=delay)))
    return Status(code=Code.Value(code), message=message, details=details)


def _packed(message: ErrorInfo | RetryInfo) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(message)
    return packed


def answering(
    method: Callable[[bytes, grpc.ServicerContext], bytes],
) -> Callable[[bytes, grpc.ServicerContext], bytes]:
    """Wrap a method so that every failure reaches the partner as a status with a documented reason.

    An unexpected exception is logged by its type and place only: its text could hold what was asked.
    """

    def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
        try:
            return method(request, context)
        except AnswerError as error:
            _abort(context, error)
        except Exception as error:  # noqa: BLE001 - the boundary: nothing from a library reaches a partner
            place = error.__traceback__
            while place is not None and place.tb_next is not None:
                place = place.tb_next
            where = f"{place.tb_frame.f_code.co_qualname}:{place.tb_lineno}" if place else "?"
            _log.error("a query failed unexpectedly: %s in %s", type(error).__name__, where)
            _abort(
                context,
                AnswerError(
                    Reason.INTERNAL, "the service failed to answer; this is not a restriction"
                ),
            )

    return answer


def _abort(context: grpc.ServicerContext, error: AnswerError) -> NoReturn:
    context.abort_with_status(rpc_status.to_status(status_of(error)))
    raise AssertionError  # abort_with_status always raises
