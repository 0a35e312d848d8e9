"""Tests of strict parsing."""

import pytest

from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.errors import IncompleteDecisionError, MalformedAnswerError
from partner_sdk.wire import authenticated_bytes, encode, parse_instant, parse_strictly

ROOT = encode(pb.DecisionRoot(root_hash=b"h" * 32, tree_size=3))


def test_the_prescribed_encoding_is_parsed() -> None:
    """What this code writes itself is accepted."""
    assert parse_strictly(pb.DecisionRoot, ROOT).tree_size == 3


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(ROOT + b"\x18\x01", id="unknown field"),
        pytest.param(ROOT + b"\x10\x03", id="duplicate field"),
        pytest.param(b"\x10\x03" + ROOT[:-2], id="out of order"),
        pytest.param(ROOT[:-1] + b"\x83\x00", id="padded number"),
        pytest.param(b"\x10\x00", id="default value written"),
        pytest.param(ROOT[:-1], id="cut off"),
        pytest.param(ROOT + b"\x00", id="trailing byte"),
    ],
)
def test_any_other_encoding_is_refused(content: bytes) -> None:
    """No second byte string carries the same message."""
    with pytest.raises(MalformedAnswerError):
        parse_strictly(pb.DecisionRoot, content)


def test_signed_bytes_tell_the_type() -> None:
    """The encoding is DSSE's, with the lengths of type and payload."""
    assert authenticated_bytes("a/b", b"xyz") == b"DSSEv1 3 a/b 3 xyz"


def test_a_missing_instant_is_refused() -> None:
    """An unset timestamp is not taken for 1970."""
    with pytest.raises(IncompleteDecisionError, match="evaluated_at is missing"):
        parse_instant(pb.Decision(), "evaluated_at")


@pytest.mark.parametrize(("seconds", "nanos"), [(10**15, 0), (-(10**15), 0), (0, -1), (0, 10**9)])
def test_an_impossible_instant_is_refused(seconds: int, nanos: int) -> None:
    """A timestamp outside the years 1 to 9999, or with odd nanoseconds, is refused."""
    message = pb.Decision()
    message.evaluated_at.seconds = seconds
    message.evaluated_at.nanos = nanos
    with pytest.raises(IncompleteDecisionError, match="no instant"):
        parse_instant(message, "evaluated_at")
