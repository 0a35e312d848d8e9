"""Who may keep a thread waiting for a request, and for how long; time passes by sweeps."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NoReturn, cast

import grpc
import pytest

from gateway.transport.waiting_room import CROWDED, PATIENCE, WaitingRoom

_CALL = cast("grpc.HandlerCallDetails", type("Details", (), {"method": "/a/B"})())


class AbortedError(Exception):
    """The call was ended by the server."""


class Call:
    """A call whose request comes, or never does: while it is waited for, the room is swept."""

    def __init__(self, room: WaitingRoom, *, sweeps: int, request: bytes | None = b"asked") -> None:
        """Let `request` come after so many sweeps; None is a caller that sends nothing and closes its side."""
        self._room = room
        self._sweeps = sweeps
        self._request = request
        self.is_cancelled = False
        self.code: grpc.StatusCode | None = None

    def requests(self) -> Iterator[bytes]:
        """Yield the request when it comes."""
        for _ in range(self._sweeps):
            self._room.sweep()
        if self._request is not None:
            yield self._request

    def cancel(self) -> None:
        """End it."""
        self.is_cancelled = True

    def abort(self, code: grpc.StatusCode, _details: str) -> NoReturn:
        """End it with a status."""
        self.code = code
        raise AbortedError


def asked(room: WaitingRoom, call: Call, *, answered: list[bytes] | None = None) -> bytes | None:
    """Carry the call out; returns the answer, None where it was ended."""

    def answer(request: bytes, _context: grpc.ServicerContext) -> bytes:
        if answered is not None:
            answered.append(request)
        return request.upper()

    method: grpc.RpcMethodHandler[Any, Any] = grpc.unary_unary_rpc_method_handler(answer)
    wrapped = cast("Any", room.intercept_service(lambda _: method, _CALL))
    with suppress(AbortedError):
        return cast("bytes", wrapped.stream_unary(call.requests(), call))
    return None


def test_a_request_that_comes_is_answered() -> None:
    """A call that sends its request within the patience is answered as without the room."""
    room = WaitingRoom(threads=8)
    call = Call(room, sweeps=PATIENCE)
    assert asked(room, call) == b"ASKED"
    assert not call.is_cancelled


def test_a_request_that_does_not_come_frees_its_thread() -> None:
    """A call is ended one sweep behind the patience, and what comes then is not carried out."""
    room, answered = WaitingRoom(threads=8), list[bytes]()
    call = Call(room, sweeps=PATIENCE + 1)
    assert asked(room, call, answered=answered) is None
    assert (call.is_cancelled, call.code) == (True, grpc.StatusCode.CANCELLED)
    assert answered == []


def test_where_half_of_the_places_are_taken_little_is_waited_for() -> None:
    """With one place, a call is ended as soon as it can be told from one whose request is under way."""
    room = WaitingRoom(threads=1, places=1)
    assert asked(room, Call(room, sweeps=CROWDED)) == b"ASKED"
    call = Call(room, sweeps=CROWDED + 1)
    assert asked(room, call) is None
    assert call.is_cancelled


def test_a_call_that_is_being_answered_is_not_ended() -> None:
    """Once its request has come, an answer takes as long as it takes."""
    room = WaitingRoom(threads=1, places=1)
    call = Call(room, sweeps=0)

    def answer(request: bytes, _context: grpc.ServicerContext) -> bytes:
        for _ in range(2 * PATIENCE):
            room.sweep()
        return request

    method: grpc.RpcMethodHandler[Any, Any] = grpc.unary_unary_rpc_method_handler(answer)
    wrapped = cast("Any", room.intercept_service(lambda _: method, _CALL))
    assert wrapped.stream_unary(call.requests(), call) == b"asked"
    assert not call.is_cancelled


def test_a_call_without_a_request_is_refused() -> None:
    """A caller that closes its side and sent nothing is told what was wrong."""
    room = WaitingRoom(threads=8)
    call = Call(room, sweeps=0, request=None)
    assert asked(room, call) is None
    assert call.code is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("is_known", [False, True])
def test_streams_and_unknown_methods_are_left_alone(*, is_known: bool) -> None:
    """A method that takes a stream sees to its own pace."""
    stream: grpc.RpcMethodHandler[Any, Any] = grpc.stream_stream_rpc_method_handler(
        lambda requests, _context: requests
    )
    method = stream if is_known else None
    assert WaitingRoom(threads=8).intercept_service(lambda _: method, _CALL) is method
