"""Calls whose request has not come: how long they may hold a thread.

Responsible for reading the one request of every call that has one, and for ending calls that keep it waiting.
Not responsible for streams of requests; a method that takes one sees to its pace itself.

gRPC reads a request in the thread that will answer it, and waits for ever.
Whoever opens calls and sends nothing would take every thread, before anything is signed or counted.

Rules kept here:

- Who waits takes no thread of those who are answered: the server has `PLACES` more than answer at once.
- While half of the places are free, a request has `PATIENCE` sweeps to come; otherwise it has `CROWDED`.
- Age is counted in sweeps: what a whole process was held up for ages nobody.
- A call that was ended has done nothing, and may be made again.
"""

from __future__ import annotations

import functools
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import grpc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PLACES = 64
"""So many calls wait for their request beside those that are answered."""
PATIENCE = 30
"""So many sweeps a request may take to come."""
CROWDED = 2
"""So many while more than half of the places are taken."""
_SWEEP_SECONDS = 0.1


class _Wait:
    """How many sweeps have seen a call wait."""

    __slots__ = ("sweeps",)

    def __init__(self) -> None:
        self.sweeps = 0


class WaitingRoom(grpc.ServerInterceptor):
    """Watches the calls of one server that wait for their request; safe for threads.

    Attributes:
        pool: the server's threads.
    """

    def __init__(self, threads: int, *, places: int = PLACES) -> None:
        """Let so many threads answer at once, while so many calls wait."""
        self._places = places
        self._answering = threading.BoundedSemaphore(threads)
        self._waiting: dict[grpc.ServicerContext, _Wait] = {}
        self._wrapped: dict[
            str, tuple[grpc.RpcMethodHandler[Any, Any], grpc.RpcMethodHandler[Any, Any]]
        ] = {}
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="waiting", daemon=True)
        self.pool = ThreadPoolExecutor(max_workers=threads + places, thread_name_prefix="answer")

    def start(self) -> None:
        """Watch from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer."""
        self._is_over.set()
        self._thread.join()

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler[Any, Any] | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Return the method of a call, so that its request is waited for here."""
        method = continuation(handler_call_details)
        if method is None or method.request_streaming:
            return method
        name = handler_call_details.method
        known = self._wrapped.get(name)
        if known is None or known[0] is not method:
            known = self._wrapped[name] = (method, self._wrap(method))
        return known[1]

    def sweep(self) -> None:
        """End the calls that have kept a thread waiting for too long."""
        waiting = list(self._waiting.items())
        most = CROWDED if 2 * len(waiting) > self._places else PATIENCE
        for context, wait in waiting:
            wait.sweeps += 1
            # Whoever takes the call out has it: it is either ended here or answered.
            if wait.sweeps > most and self._waiting.pop(context, None) is not None:
                context.cancel()

    def _watch(self) -> None:
        while not self._is_over.wait(_SWEEP_SECONDS):
            self.sweep()

    def _wrap(self, method: grpc.RpcMethodHandler[Any, Any]) -> grpc.RpcMethodHandler[Any, Any]:
        """Return the same method as one that takes a stream: it is called before its request has come."""
        make, answer = (
            (grpc.stream_stream_rpc_method_handler, method.unary_stream)
            if method.response_streaming
            else (grpc.stream_unary_rpc_method_handler, method.unary_unary)
        )
        if answer is None:
            return method
        return make(self._reading(answer), method.request_deserializer, method.response_serializer)

    def _reading(self, answer: Callable[..., Any]) -> Callable[..., Any]:
        waiting, answering = self._waiting, self._answering

        @functools.wraps(answer)
        def answer_first(
            requests: Iterator[Any], context: grpc.ServicerContext, *more: object
        ) -> Any:  # noqa: ANN401 - whatever the method returns
            waiting[context] = _Wait()
            try:
                request = next(requests, None)
            finally:
                is_ours = waiting.pop(context, None) is not None
            if not is_ours:
                context.abort(grpc.StatusCode.CANCELLED, "the request did not come in time")
            if request is None:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, "a call has one request")
            with answering:
                return answer(request, context, *more)

        return answer_first
