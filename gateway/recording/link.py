"""The worker's end of the socket to the recorder.

Responsible for: connecting, one frame out and its acknowledgement in, and giving up when there is no more time.
Not responsible for: what is sent, and when again (``feed``).
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Protocol

from gateway.recording.streams import socket_address
from gateway.recording.wire import Ack, Frame, FrameBuffer, LinkError, framed, parse_ack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_WAIT_SECONDS = 0.25
_PIECE_BYTES = 4_096
_AWAY = (
    "the recorder is away: answers go on, their records wait in the queue; "
    "see the recorder's log, and docs/records.md"
)


class Link(Protocol):
    """A connection to the recorder."""

    def exchange(self, frame: Frame) -> Ack:
        """Send a frame and wait for its acknowledgement.

        Raises:
            LinkError: the recorder is away.
        """
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class SocketLink:
    """A link over the recorder's socket."""

    def __init__(self, folder: Path, is_over: Callable[[], bool]) -> None:
        """Connect; ``is_over`` tells that an acknowledgement is not waited for any longer.

        Raises:
            LinkError: the recorder is not there.
        """
        self._is_over = is_over
        self._buffer = FrameBuffer()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(_WAIT_SECONDS)
        try:
            with socket_address(folder) as address:
                self._socket.connect(address)
        except OSError as error:
            self._socket.close()
            raise LinkError(_AWAY) from error

    def exchange(self, frame: Frame) -> Ack:
        """See ``Link``."""
        try:
            self._send(framed(frame))
            while (content := self._buffer.next()) is None:
                self._receive()
        except OSError as error:
            raise LinkError(_AWAY) from error
        return parse_ack(content)

    def _send(self, content: bytes) -> None:
        left = memoryview(content)
        while left:
            try:
                left = left[self._socket.send(left) :]
            except TimeoutError:
                self._give_up_if_over()

    def _receive(self) -> None:
        try:
            piece = self._socket.recv(_PIECE_BYTES)
        except TimeoutError:
            self._give_up_if_over()
            return
        if not piece:
            raise LinkError(_AWAY)
        self._buffer.feed(piece)

    def _give_up_if_over(self) -> None:
        if self._is_over():
            raise LinkError(_AWAY)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()
