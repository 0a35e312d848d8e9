"""The frames between a worker and the recorder."""

import pytest

from gateway.recording.gaps import SignedGap
from gateway.recording.records import AnswerRecord
from gateway.recording.wire import (
    MAX_FRAME_BYTES,
    Ack,
    Batch,
    Frame,
    FrameBuffer,
    Goodbye,
    Hello,
    Idle,
    LinkError,
    Lost,
    framed,
    parse_ack,
    parse_frame,
)

RECORD = AnswerRecord(5, bytes(32), "airline", "air.travel", "L-aaaaaaaaaaaaaaaa")
FRAMES: list[Frame] = [
    Hello(bytes(16), 3, 4),
    Batch(7, [RECORD, RECORD], 9),
    Lost(7, 9, SignedGap(1, 2, 2, b"{}", "key", b"signature")),
    Idle(11),
    Goodbye(12),
]


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: type(frame).__name__)
def test_a_frame_comes_back_as_it_was(frame: Frame) -> None:
    """Whatever a worker says is what the recorder reads."""
    buffer = FrameBuffer()
    buffer.feed(framed(frame))
    content = buffer.next()
    assert content is not None
    assert parse_frame(content) == frame
    assert buffer.next() is None


def test_frames_arrive_in_any_pieces() -> None:
    """A socket delivers bytes, not frames."""
    buffer, seen = FrameBuffer(), []
    for byte in b"".join(map(framed, FRAMES)):
        buffer.feed(bytes([byte]))
        if (content := buffer.next()) is not None:
            seen.append(parse_frame(content))
    assert seen == FRAMES


def test_an_acknowledgement_comes_back_as_it_was() -> None:
    """The recorder's only word."""
    assert parse_ack(framed(Ack(7))[4:]) == Ack(7)


@pytest.mark.parametrize("content", [b"", b"\xc1", b"\x93\xa5Hello", framed(Ack(1))[4:]])
def test_what_is_no_frame_is_refused(content: bytes) -> None:
    """Damaged bytes are an error of their own, never a record."""
    with pytest.raises(LinkError, match="no frame"):
        parse_frame(content)


def test_what_is_no_acknowledgement_is_refused() -> None:
    """A worker forgets nothing on the word of something else."""
    with pytest.raises(LinkError, match="no acknowledgement"):
        parse_ack(framed(Idle(1))[4:])


def test_a_receipts_digest_has_32_bytes() -> None:
    """A record that the register could not take is refused before it gets there."""
    short = AnswerRecord(5, bytes(31), "airline", "air.travel", "L-aaaaaaaaaaaaaaaa")
    with pytest.raises(LinkError):
        parse_frame(framed(Batch(0, [short], 9))[4:])


def test_an_endless_frame_is_refused() -> None:
    """Nobody makes the recorder hold more than a frame may have."""
    buffer = FrameBuffer()
    buffer.feed((MAX_FRAME_BYTES + 1).to_bytes(4))
    with pytest.raises(LinkError, match="longer"):
        buffer.next()
