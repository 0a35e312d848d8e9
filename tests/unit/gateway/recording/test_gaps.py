"""What a gap says, and that its signature is over exactly that."""

import json

import pytest
from cryptography.exceptions import InvalidSignature

from gateway.decision.signatures import DecisionSigner
from gateway.keys import new_decision_key
from gateway.recording.gaps import GAP_TYPE, Gap, GapCause, GapSigner, instant_text, microseconds_at
from tests.fakes import gap_signatures
from tests.fakes.fixed_clock import MORNING
from tests.fakes.gap_signatures import verify_bytes

KEY = new_decision_key()
PEM = KEY.public_key.keyval["public"]
GAP = Gap(bytes(16), 3, 7, microseconds_at(MORNING), microseconds_at(MORNING) + 5, GapCause.MISSING)


def test_a_gap_says_what_is_documented() -> None:
    """Compact JSON with sorted keys; docs/formats.md has the fields."""
    signed = GapSigner(DecisionSigner(KEY), "gateway.test").sign(GAP)
    assert signed.payload == (
        b'{"cause":"missing","ends_at":"2031-05-06T08:30:00.000005Z","first":3,"format":1,'
        b'"issuer":"gateway.test","lost":7,"starts_at":"2031-05-06T08:30:00.000000Z",'
        b'"stream":"00000000000000000000000000000000"}'
    )
    assert (signed.starts_at, signed.ends_at, signed.lost) == (GAP.starts_at, GAP.ends_at, 7)
    assert signed.keyid == KEY.public_key.keyid


def test_an_unknown_number_is_null() -> None:
    """Nobody reads a guess for a count."""
    gap = Gap(bytes(16), 3, None, 1, 2, GapCause.WORKER_ENDED)
    assert json.loads(GapSigner(DecisionSigner(KEY), "g").sign(gap).payload)["lost"] is None


def test_a_changed_byte_does_not_verify() -> None:
    """Neither another payload nor another type passes under the signature."""
    signed = GapSigner(DecisionSigner(KEY), "gateway.test").sign(GAP)
    verify_bytes(signed.payload, signed.signature, PEM)
    with pytest.raises(InvalidSignature):
        verify_bytes(signed.payload.replace(b'"lost":7', b'"lost":6'), signed.signature, PEM)
    plain = KEY.sign(signed.payload).signature
    with pytest.raises(InvalidSignature):
        verify_bytes(signed.payload, bytes.fromhex(plain), PEM)


def test_the_type_is_the_documented_one() -> None:
    """A verifier that was written from the documents finds the type it expects."""
    assert gap_signatures.GAP_TYPE == GAP_TYPE


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [(0, "1970-01-01T00:00:00.000000Z"), (microseconds_at(MORNING), "2031-05-06T08:30:00.000000Z")],
)
def test_instants_are_utc_with_microseconds(microseconds: int, text: str) -> None:
    """One spelling for every instant."""
    assert instant_text(microseconds) == text
