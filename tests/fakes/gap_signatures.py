"""Verifying gaps as somebody outside does: with the published decision keys, and nothing of the gateway's code."""

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from gateway.register.records import RecordedGap

GAP_TYPE = "application/vnd.jointgate.record-gap.v1+json"


def verify_gap(gap: RecordedGap, published: bytes) -> dict[str, Any]:
    """Return what a gap says, once its signature is verified and its columns agree with what was signed.

    Args:
        gap: the gap.
        published: the content of the target ``decision-keys/current.json``.
    """
    (key,) = (row["key"] for row in json.loads(published)["keys"] if row["keyid"] == gap.keyid)
    verify_bytes(gap.payload, gap.signature, key["keyval"]["public"])
    told: dict[str, Any] = json.loads(gap.payload)
    assert told["format"] == 1
    assert told["lost"] == gap.lost
    assert told["starts_at"] == gap.starts_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert told["ends_at"] == gap.ends_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert gap.starts_at <= gap.ends_at
    return told


def verify_bytes(payload: bytes, signature: bytes, pem: str) -> None:
    """Verify a signature over DSSE's encoding of a gap's payload."""
    signed = b"DSSEv1 %d %s %d %s" % (len(GAP_TYPE), GAP_TYPE.encode(), len(payload), payload)
    key = load_pem_public_key(pem.encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(signature, signed, ec.ECDSA(SHA256()))
