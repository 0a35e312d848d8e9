"""What a worker and the recorder say to each other, and how it lies on their socket.

Responsible for: the frames, their bytes, and reading them back in whatever pieces they arrive.
Not responsible for: who says what when (``feed``, ``recorder``).

A frame is four bytes of length (big-endian) and MessagePack.
A worker sends one frame and waits for its ``Ack``, which comes when what the frame says is committed.

Whom we trust: whoever can open the socket, which lies in a folder of the site's owner alone (mode 0700).
"""

from __future__ import annotations

import msgspec

from gateway.errors import JointgateError
from gateway.recording.gaps import SignedGap
from gateway.recording.records import AnswerRecord

STREAM_BYTES = 16
MAX_FRAME_BYTES = 4 * 1024 * 1024
_LENGTH_BYTES = 4


class LinkError(JointgateError):
    """The other side is away, or does not speak as it should."""


class Hello(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """A worker's run begins or comes back; ``next_seq`` is the first number that nobody acknowledged to it."""

    stream: bytes
    opened_at: int
    next_seq: int


class Batch(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Consecutive records, the first with the number ``first``; ``until``: see ``queue.Run``."""

    first: int
    records: list[AnswerRecord]
    until: int


class Lost(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """The records from the number ``first`` up to ``next_seq`` are lost, and here is the gap, signed."""

    first: int
    next_seq: int
    gap: SignedGap


class Idle(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Every record of an answer before ``until`` is acknowledged."""

    until: int


class Goodbye(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """The run ends, and everything up to the number ``next_seq`` is acknowledged."""

    next_seq: int


class Ack(msgspec.Struct, frozen=True, array_like=True):
    """Everything before the number ``next_seq`` is committed."""

    next_seq: int


Frame = Hello | Batch | Lost | Idle | Goodbye

_encoder = msgspec.msgpack.Encoder()
_frames: msgspec.msgpack.Decoder[Frame] = msgspec.msgpack.Decoder(Frame)
_acks = msgspec.msgpack.Decoder(Ack)


def framed(message: Frame | Ack) -> bytes:
    """Return a message as it is written to the socket."""
    content = _encoder.encode(message)
    return len(content).to_bytes(_LENGTH_BYTES) + content


def parse_frame(content: bytes) -> Frame:
    """Read what a worker said.

    Raises:
        LinkError: it is no frame.
    """
    try:
        return _frames.decode(content)
    except msgspec.DecodeError:
        message = "a worker sent what is no frame; are gateway and workers of one version?"
        raise LinkError(message) from None


def parse_ack(content: bytes) -> Ack:
    """Read what the recorder said.

    Raises:
        LinkError: it is no acknowledgement.
    """
    try:
        return _acks.decode(content)
    except msgspec.DecodeError:
        message = "the recorder sent what is no acknowledgement"
        raise LinkError(message) from None


class FrameBuffer:
    """Puts the pieces that a socket delivers together."""

    def __init__(self) -> None:
        """Start empty."""
        self._held = bytearray()

    def feed(self, piece: bytes) -> None:
        """Add what was received."""
        self._held += piece

    def next(self) -> bytes | None:
        """Return the content of the next whole frame and forget it, or None.

        Raises:
            LinkError: a frame claims to be longer than any is.
        """
        if len(self._held) < _LENGTH_BYTES:
            return None
        length = int.from_bytes(self._held[:_LENGTH_BYTES])
        if length > MAX_FRAME_BYTES:
            message = "a frame is longer than any may be"
            raise LinkError(message)
        end = _LENGTH_BYTES + length
        if len(self._held) < end:
            return None
        content = bytes(self._held[_LENGTH_BYTES:end])
        del self._held[:end]
        return content
