"""Signatures: over bytes behind their type, of one key, in one scheme."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.decision.signatures import DecisionSigner, authenticated_bytes, verify_signature
from gateway.errors import AnswerError, Reason
from gateway.keys import new_decision_key, parse_decision_key

TYPE = "application/vnd.jointgate.query.v1+protobuf"
SIGNER = DecisionSigner(new_decision_key())
PAYLOAD = b"the payload"


def public(signer: DecisionSigner) -> ec.EllipticCurvePublicKey:
    """Return the public key of ``signer``."""
    return parse_decision_key(signer._signer.public_key.keyval["public"])[1]  # noqa: SLF001


def refused(signature: bytes, *, kind: str = TYPE, payload: bytes = PAYLOAD) -> Reason | None:
    """Verify ``signature`` with the public key of ``SIGNER``; None when it fits."""
    try:
        verify_signature(public(SIGNER), kind, payload, signature)
    except AnswerError as error:
        return error.reason
    return None


def test_what_is_signed_is_dsses_encoding() -> None:
    """The example of the DSSE specification, so that any DSSE library can verify a decision."""
    expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert authenticated_bytes("http://example.com/HelloWorld", b"hello world") == expected


def test_type_and_payload_cannot_be_confused() -> None:
    """Moving a byte from the payload into the type changes what is signed."""
    assert authenticated_bytes("a", b"b c") != authenticated_bytes("a b", b"c")
    assert authenticated_bytes("a", b"1 b") != authenticated_bytes("a 1", b"b")


def test_a_signature_fits_what_was_signed() -> None:
    """What the gateway signs verifies with its public key, also when the payload is empty."""
    assert refused(SIGNER.sign(TYPE, PAYLOAD)) is None
    assert refused(SIGNER.sign(TYPE, b""), payload=b"") is None


def test_the_key_id_is_that_of_the_public_key() -> None:
    """A partner finds the key under the id that the signature names."""
    keyid, _ = parse_decision_key(SIGNER._signer.public_key.keyval["public"])  # noqa: SLF001
    assert SIGNER.keyid == keyid


def test_another_payload_does_not_fit() -> None:
    """One changed bit anywhere in the payload is noticed."""
    signature = SIGNER.sign(TYPE, PAYLOAD)
    for place in range(len(PAYLOAD)):
        changed = bytearray(PAYLOAD)
        changed[place] ^= 1
        assert refused(signature, payload=bytes(changed)) is Reason.SIGNATURE_INVALID


def test_another_type_does_not_fit() -> None:
    """A signed query can never pass for a decision, nor for a batch."""
    signature = SIGNER.sign(TYPE, PAYLOAD)
    for kind in ("", TYPE + " ", TYPE.replace("query", "decision"), TYPE.replace("v1", "v2")):
        assert refused(signature, kind=kind) is Reason.SIGNATURE_INVALID


def test_another_key_does_not_fit() -> None:
    """A signature by somebody else is refused."""
    other = DecisionSigner(new_decision_key())
    assert refused(other.sign(TYPE, PAYLOAD)) is Reason.SIGNATURE_INVALID


@pytest.mark.parametrize("damage", [0, 5, 20, -1])
def test_a_damaged_signature_does_not_fit(damage: int) -> None:
    """One changed bit anywhere in the signature is noticed."""
    changed = bytearray(SIGNER.sign(TYPE, PAYLOAD))
    changed[damage] ^= 1
    assert refused(bytes(changed)) is Reason.SIGNATURE_INVALID


@pytest.mark.parametrize("signature", [b"", b"\0", b"\x30\x00", bytes(64), b"\x30" * 512])
def test_what_is_no_signature_does_not_fit(signature: bytes) -> None:
    """Bytes of any other form are a wrong signature, not a failure of the gateway."""
    assert refused(signature) is Reason.SIGNATURE_INVALID
