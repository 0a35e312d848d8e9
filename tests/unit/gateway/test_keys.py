"""Key files: only their owner may read them, none is overwritten, and each is of the scheme it is used for."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from gateway.errors import CommandError
from gateway.keys import (
    DECISION_SCHEME,
    new_decision_key,
    new_role_key,
    parse_decision_key,
    read_decision_signer,
    read_secret,
    read_signer,
    write_secret,
)

PLAIN = NoEncryption()


def private_pem(key: PrivateKeyTypes, encryption: KeySerializationEncryption = PLAIN) -> bytes:
    """Return ``key`` as PKCS#8 PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def public_pem(key: PrivateKeyTypes) -> str:
    """Return the public half of ``key`` as PEM."""
    content = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return content.decode()


def test_a_secret_is_written_for_its_owner_alone(tmp_path: Path) -> None:
    """Nobody else can read a key file from its first byte on."""
    path = tmp_path / "key"
    write_secret(path, b"secret")
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_secret(path) == b"secret"


def test_a_secret_is_never_overwritten(tmp_path: Path) -> None:
    """A second key cannot silently replace the first, which is left as it was."""
    path = tmp_path / "key"
    write_secret(path, b"first")
    with pytest.raises(FileExistsError):
        write_secret(path, b"second")
    assert read_secret(path) == b"first"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601])
def test_a_secret_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    """Any right of group or others on a key file is refused, with the cure."""
    path = tmp_path / "key"
    write_secret(path, b"secret")
    path.chmod(mode)
    with pytest.raises(CommandError, match="chmod 600") as caught:
        read_secret(path)
    assert "secret" not in str(caught.value).replace(str(path), "")


def test_a_missing_secret_is_said(tmp_path: Path) -> None:
    """A missing key names its path and the command that makes it; a folder is no key."""
    with pytest.raises(CommandError, match="jointgate init"):
        read_secret(tmp_path / "absent")
    with pytest.raises(CommandError, match="cannot be read"):
        read_secret(tmp_path)


def test_keys_read_back(tmp_path: Path) -> None:
    """What the site writes is what the publisher and the gateway read."""
    for name, signer in (("decision", new_decision_key()), ("role", new_role_key())):
        write_secret(tmp_path / name, signer.private_bytes)
        assert read_signer(tmp_path / name).public_key == signer.public_key


def test_a_decision_key_is_p256(tmp_path: Path) -> None:
    """The one scheme of queries and decisions is accepted."""
    signer = new_decision_key()
    assert signer.public_key.scheme == DECISION_SCHEME
    write_secret(tmp_path / "key", signer.private_bytes)
    assert read_decision_signer(tmp_path / "key").public_key == signer.public_key


@pytest.mark.parametrize(
    "key",
    [
        ed25519.Ed25519PrivateKey.generate(),
        ec.generate_private_key(ec.SECP384R1()),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=["ed25519", "p384", "rsa"],
)
def test_a_decision_key_of_another_scheme_is_refused(tmp_path: Path, key: PrivateKeyTypes) -> None:
    """A key made for something else cannot sign decisions, nor be registered for queries."""
    write_secret(tmp_path / "key", private_pem(key))
    with pytest.raises(CommandError, match=DECISION_SCHEME):
        read_decision_signer(tmp_path / "key")
    with pytest.raises(ValueError, match="P-256"):
        parse_decision_key(public_pem(key))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a key",
        private_pem(ed25519.Ed25519PrivateKey.generate(), BestAvailableEncryption(b"secret")),
        private_pem(x25519.X25519PrivateKey.generate()),
        public_pem(ed25519.Ed25519PrivateKey.generate()).encode(),
    ],
    ids=["empty", "text", "encrypted", "x25519", "public"],
)
def test_what_is_no_signing_key_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file that cannot be used as a private key is refused in one line, whatever a library says."""
    write_secret(tmp_path / "key", content)
    with pytest.raises(CommandError, match="PKCS#8 PEM"):
        read_signer(tmp_path / "key")


def test_a_public_key_gets_the_id_that_its_signer_has() -> None:
    """The key id a partner puts into a query is the one the registry computes from the public key."""
    signer = new_decision_key()
    keyid, key = parse_decision_key(signer.public_key.keyval["public"])
    assert keyid == signer.public_key.keyid
    assert isinstance(key, ec.EllipticCurvePublicKey)


UNKNOWN_KIND = (
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VPAyEA" + "A" * 43 + "=\n-----END PUBLIC KEY-----\n"
)
"""Well formed, but of an algorithm (OID 1.3.101.79) that nobody knows."""


@pytest.mark.parametrize(
    "text",
    ["", "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n", UNKNOWN_KIND],
    ids=["empty", "damaged", "unknown-kind"],
)
def test_what_is_no_public_key_is_refused(text: str) -> None:
    """Whatever stands where a key should is one kind of error, not a partner without a key."""
    with pytest.raises(ValueError, match="P-256"):
        parse_decision_key(text)
