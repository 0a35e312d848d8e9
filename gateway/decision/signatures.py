"""Signatures over bytes: DSSE's pre-authentication encoding, one scheme, one key at a time.

Responsible for: what exactly is signed, signing with the gateway's decision key, verifying a partner's signature.
Not responsible for: whose key it is (``partners``).

The encoding names the payload's type in front of the payload, so that a signed query can never pass for a decision.
The scheme is ECDSA over P-256 with SHA-256; docs/adr says why.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner

from gateway.errors import AnswerError, Reason

MAX_SIGNATURE_BYTES = 512
_ECDSA = ec.ECDSA(SHA256())


def authenticated_bytes(payload_type: str, payload: bytes) -> bytes:
    """Return what is signed for ``payload``: DSSE's pre-authentication encoding."""
    return Envelope(payload, payload_type, {}).pae()


class DecisionSigner:
    """The gateway's decision key."""

    def __init__(self, signer: CryptoSigner) -> None:
        """Keep the key, which ``gateway.keys`` has read and checked."""
        self._signer = signer
        self.keyid: str = signer.public_key.keyid

    def sign(self, payload_type: str, payload: bytes) -> bytes:
        """Return the DER signature over ``payload``."""
        return bytes.fromhex(
            self._signer.sign(authenticated_bytes(payload_type, payload)).signature
        )


def verify_signature(
    key: ec.EllipticCurvePublicKey, payload_type: str, payload: bytes, signature: bytes
) -> None:
    """Verify a partner's signature.

    Raises:
        AnswerError: it does not fit.
    """
    try:
        key.verify(signature, authenticated_bytes(payload_type, payload), _ECDSA)
    except InvalidSignature:
        message = (
            "the signature does not fit the query; sign the payload's bytes as docs/formats.md says"
        )
        raise AnswerError(Reason.SIGNATURE_INVALID, message) from None
