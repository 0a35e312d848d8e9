"""Receiving a submission's content: counted, hashed, spooled, and refused unless it is exactly what was signed.

Responsible for the stream of one call: its pace, the size of its messages, and the unnamed file it goes into.
Not responsible for what the content says.

Rules kept here:

- What was half received leaves nothing: the spool has no name, and is gone with whoever holds it.
- A stream that stands still, or crawls, ends by a deadline of the server's; no caller holds a place for ever.
- At most two chunks wait in memory.
"""

from __future__ import annotations

import hashlib
import queue
import tempfile
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from gateway.register.errors import SpoolError
from gateway.register_service.failures import ServiceError, ServiceReason
from gateway.register_service.payloads import CHUNK_BYTES, MAX_REQUEST_BYTES
from gateway.transport.wire import parse_strictly
from jointgate.register.v1 import register_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import BinaryIO, Self

    from gateway.register_service.statements import SubmittedFeed

IDLE_SECONDS = 30.0
"""For how long a stream may stand still."""
GRACE_SECONDS = 60.0
"""Within this time a stream may be as slow as it likes."""
SLOWEST_BYTES = 64 * 1024
"""A second, on the whole, behind the grace."""
_WAITING = 2
_STEP_SECONDS = 0.5


class RequestStream:
    """The requests of one call, each waited for no longer than `idle_seconds`; use it in a `with` statement.

    gRPC's iterator waits for ever, so it is read in a thread of its own, which ends with the call.
    """

    def __init__(self, requests: Iterator[bytes], *, idle_seconds: float = IDLE_SECONDS) -> None:
        """Read `requests`."""
        self._requests = requests
        self._idle_seconds = idle_seconds
        self._waiting: queue.Queue[bytes | None] = queue.Queue(_WAITING)
        self._is_over = threading.Event()
        self._reader = threading.Thread(target=self._read, name="receive", daemon=True)

    def __enter__(self) -> Self:
        """Begin to read."""
        self._reader.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Let the reader end; it does so by itself when the call has ended."""
        self._is_over.set()

    def next(self) -> pb.SubmitRequest | None:
        """Return the next request, None when the caller has closed its side.

        Raises:
            ServiceError: none came in time.
            AnswerError: it is none, or too large.
        """
        try:
            raw = self._waiting.get(timeout=self._idle_seconds)
        except queue.Empty:
            raise _too_slow(f"nothing came for {self._idle_seconds:.0f} seconds") from None
        if raw is None:
            return None
        return parse_strictly(pb.SubmitRequest, raw, limit=MAX_REQUEST_BYTES)

    def _read(self) -> None:
        # A call that was broken off raises whatever gRPC raises; its content is incomplete then, and refused as such.
        with suppress(Exception):
            for raw in self._requests:
                self._offer(raw)
                if self._is_over.is_set():
                    return
        self._offer(None)

    def _offer(self, raw: bytes | None) -> None:
        while not self._is_over.is_set():
            with suppress(queue.Full):
                self._waiting.put(raw, timeout=_STEP_SECONDS)
                return


def receive(
    stream: RequestStream,
    feed: SubmittedFeed,
    spool: BinaryIO,
    *,
    monotonic: Callable[[], float],
) -> Iterator[int]:
    """Write the content to `spool`, yielding how many bytes there are so far; it is complete when this ends.

    Raises:
        ServiceError: the content is not what was signed, or comes too slowly.
        SpoolError: the temporary folder is full.
    """
    begun, received, digest = monotonic(), 0, hashlib.sha256()
    while (request := stream.next()) is not None:
        chunk = _chunk(request)
        received += len(chunk)
        if received > feed.length:
            raise _mismatch(f"there is more content than the {feed.length} bytes that were signed")
        digest.update(chunk)
        _write(spool, chunk)
        seconds = monotonic() - begun
        if seconds > GRACE_SECONDS + received / SLOWEST_BYTES:
            raise _too_slow(f"{received} bytes took {seconds:.0f} seconds")
        yield received
    if received < feed.length:
        raise _mismatch(
            f"the content ends after {received} bytes of the {feed.length} that were signed"
        )
    if digest.digest() != feed.sha256:
        raise _mismatch("the content's SHA-256 is not the one that was signed")


def new_spool() -> BinaryIO:
    """Return an unnamed file in the temporary folder.

    Raises:
        SpoolError: there can be none.
    """
    try:
        return cast("BinaryIO", tempfile.TemporaryFile("w+b", buffering=CHUNK_BYTES))
    except OSError as error:
        raise _full(error) from None


def _write(spool: BinaryIO, chunk: bytes) -> None:
    try:
        spool.write(chunk)
    except OSError as error:
        raise _full(error) from None


def _full(error: OSError) -> SpoolError:
    return SpoolError(f"the register's temporary folder cannot take the content: {error.strerror}")


def _chunk(request: pb.SubmitRequest) -> bytes:
    if request.WhichOneof("part") != "chunk" or not 0 < len(request.chunk) <= CHUNK_BYTES:
        message = f"behind the header come chunks of 1 to {CHUNK_BYTES} bytes"
        raise ServiceError(ServiceReason.MALFORMED_REQUEST, message)
    return request.chunk


def _mismatch(problem: str) -> ServiceError:
    return ServiceError(
        ServiceReason.CONTENT_MISMATCH, f"{problem}; nothing is kept, send it again"
    )


def _too_slow(problem: str) -> ServiceError:
    return ServiceError(
        ServiceReason.SUBMISSION_TOO_SLOW, f"{problem}; nothing is kept, send it again"
    )
