"""Private keys as files: creating them, reading them, and the schemes they may have.

Responsible for: P-256 keys for queries and decisions, Ed25519 keys for the TUF roles, the pseudonym key, file modes.
Not responsible for: what is signed with them.

Rules kept here:

- A key file that others may read is refused.
- One scheme for queries and decisions, so that no key can be mistaken for another kind.
"""

import os
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from securesystemslib.signer import CryptoSigner, SSlibKey

from gateway.errors import CommandError

DECISION_SCHEME = "ecdsa-sha2-nistp256"
PSEUDONYM_KEY_BYTES = 32


def write_secret(path: Path, content: bytes) -> None:
    """Write ``content`` to a new file that only its owner may read.

    Raises:
        FileExistsError: there is one already; a key is never overwritten.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def read_secret(path: Path) -> bytes:
    """Read a key file.

    Raises:
        CommandError: it is missing, or others than its owner may read it.
    """
    try:
        mode = path.stat().st_mode
        content = path.read_bytes()
    except OSError as error:
        message = f"{path}: the key cannot be read ({error.strerror}); 'jointgate init' creates it"
        raise CommandError(message) from error
    if stat.S_IMODE(mode) & 0o077:
        message = f"{path}: others may read this key; run chmod 600 on it"
        raise CommandError(message)
    return content


def new_decision_key() -> CryptoSigner:
    """Create a key for signing queries or decisions."""
    return CryptoSigner.generate_ecdsa()


def new_role_key() -> CryptoSigner:
    """Create a key for a TUF role."""
    return CryptoSigner.generate_ed25519()


def read_signer(path: Path) -> CryptoSigner:
    """Read a private key in PKCS#8 PEM.

    Raises:
        CommandError: it is missing, readable by others, or no usable key.
    """
    try:
        return CryptoSigner(load_pem_private_key(read_secret(path), None))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        message = f"{path}: not an unencrypted private key in PKCS#8 PEM"
        raise CommandError(message) from error


def read_decision_signer(path: Path) -> CryptoSigner:
    """Read the private key of a gateway or a partner.

    Raises:
        CommandError: as ``read_signer``, or the key is not P-256.
    """
    signer = read_signer(path)
    if signer.public_key.scheme != DECISION_SCHEME:
        message = (
            f"{path}: {signer.public_key.scheme} is not the scheme of decisions, {DECISION_SCHEME}"
        )
        raise CommandError(message)
    return signer


def parse_decision_key(pem: str) -> tuple[str, ec.EllipticCurvePublicKey]:
    """Parse a P-256 public key; returns its key id and itself.

    Raises:
        ValueError: it is not one.
    """
    message = "not a P-256 public key in PEM"
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(message) from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError(message)  # noqa: TRY004 - a wrong key, not a wrong type of argument
    return SSlibKey.from_crypto(key).keyid, key
