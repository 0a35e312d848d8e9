"""Tests of the identity file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner

from partner_sdk.errors import ConfigurationError
from partner_sdk.identity import load_identity
from partner_sdk.testing import FakeGateway

TLS = '[tls]\ncertificate = "client.pem"\nkey = "client.key"\nauthority = "ca.pem"\n'


@pytest.fixture
def file(fake: FakeGateway, tmp_path: Path) -> Path:
    """Return a good identity file for plaintext on this machine."""
    return fake.write_identity(tmp_path)


def problems_of(file: Path) -> tuple[str, ...]:
    """Return what is wrong with an identity file."""
    with pytest.raises(ConfigurationError) as caught:
        load_identity(file)
    return caught.value.problems


def rewrite(file: Path, change: Callable[[str], str]) -> Path:
    """Change an identity file and return its path."""
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
    return file


def test_paths_are_relative_to_the_file(file: Path) -> None:
    """The folder can be moved: everything is found beside the file."""
    identity = load_identity(file)
    assert identity.partner == "airline"
    assert identity.trust_store == file.parent / "trust"
    assert identity.tls is None


def test_the_address_can_be_given(file: Path) -> None:
    """An address given to connect wins over the file's."""
    assert load_identity(file, gateway="127.0.0.1:99").gateway == "127.0.0.1:99"


def test_tls_material_is_read(file: Path) -> None:
    """The three files of [tls] are read, and the key does not show."""
    for name in ("client.pem", "client.key", "ca.pem"):
        (file.parent / name).write_bytes(f"synthetic {name}".encode())
        (file.parent / name).chmod(0o600)
    identity = load_identity(
        rewrite(file, lambda text: text.replace("insecure_plaintext = true\n", TLS))
    )
    assert identity.tls is not None
    assert identity.tls.key == b"synthetic client.key"
    assert "synthetic" not in repr(identity)


def test_every_problem_is_reported(tmp_path: Path) -> None:
    """An empty file names everything that is missing, at once."""
    file = tmp_path / "identity.toml"
    file.write_text("colour = 1\npartner = 3\n", encoding="utf-8")
    problems = problems_of(file)
    assert "unknown setting colour" in problems
    assert "partner must be a text that is not empty" in problems
    for name in ("gateway", "signing_key", "root", "trust_store", "[tls]"):
        assert f"{name} is missing" in problems


@pytest.mark.parametrize(
    "address", ["192.0.2.1:1", "gateway.example:1", "0.0.0.0:1", "[2001:db8::1]:1"]
)
def test_plaintext_stays_on_this_machine(file: Path, address: str) -> None:
    """Plaintext to any other than a loopback address is refused."""
    rewrite(file, lambda text: text.replace("127.0.0.1:0", address))
    assert problems_of(file) == ("insecure_plaintext is for a loopback address only; give [tls]",)


def test_plaintext_cannot_be_reached_by_giving_an_address(file: Path) -> None:
    """The check of the address covers the one given to connect."""
    with pytest.raises(ConfigurationError, match="loopback"):
        load_identity(file, gateway="192.0.2.1:1")


@pytest.mark.parametrize("address", ["127.0.0.1:0", "localhost:1", "[::1]:1"])
def test_loopback_addresses_are_known(file: Path, address: str) -> None:
    """Names and addresses of this machine are accepted."""
    assert load_identity(file, gateway=address).gateway == address


@pytest.mark.parametrize("address", ["nowhere", ":1", "host:", "host:x", "host:70000"])
def test_an_address_has_a_port(file: Path, address: str) -> None:
    """What is not HOST:PORT is refused."""
    with pytest.raises(ConfigurationError, match="HOST:PORT"):
        load_identity(file, gateway=address)


def test_plaintext_contradicts_tls(file: Path) -> None:
    """Both at once is a contradiction and not a silent choice."""
    problems = problems_of(rewrite(file, lambda text: text + TLS))
    assert "insecure_plaintext contradicts [tls]; keep one of them" in problems


@pytest.mark.parametrize("value", ["false", "1", '"true"'])
def test_plaintext_needs_a_plain_true(file: Path, value: str) -> None:
    """Nothing but true switches TLS off."""
    problems = problems_of(
        rewrite(file, lambda text: text.replace("plaintext = true", f"plaintext = {value}"))
    )
    assert "[tls] is missing" in problems


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_that_others_reach_is_refused(file: Path, mode: int) -> None:
    """A private key with rights for group or others is refused with the remedy."""
    (file.parent / "signing.pem").chmod(mode)
    assert problems_of(file) == ("signing_key: others can reach signing.pem; run chmod 600 on it",)


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        (b"no key", "signing_key is no unencrypted private key in PEM"),
        (CryptoSigner.generate_ed25519().private_bytes, "signing_key is not a P-256 key"),
        (
            CryptoSigner.generate_ecdsa(scheme="ecdsa-sha2-nistp384").private_bytes,
            "signing_key is not a P-256 key",
        ),
    ],
)
def test_only_a_p256_key_signs(file: Path, key: bytes, problem: str) -> None:
    """Any other key is refused."""
    (file.parent / "signing.pem").write_bytes(key)
    assert problems_of(file) == (problem,)


def test_the_root_is_checked(file: Path) -> None:
    """A trust anchor that is none is found at the start and not at the first answer."""
    (file.parent / "root.json").write_bytes(b"{}")
    assert problems_of(file)[0].startswith("root: ")


def test_missing_files_are_named(file: Path) -> None:
    """Each file that cannot be read is reported with its setting."""
    for name in ("root.json", "signing.pem"):
        (file.parent / name).unlink()
    assert [problem.partition(":")[0] for problem in problems_of(file)] == ["signing_key", "root"]


@pytest.mark.parametrize("content", [b"partner = ", b"\xff"])
def test_what_is_not_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    """A damaged file is reported as such."""
    file = tmp_path / "identity.toml"
    file.write_bytes(content)
    assert problems_of(file)[0].startswith("is not TOML")


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    """A path that leads nowhere is reported as such."""
    assert problems_of(tmp_path / "identity.toml")[0].startswith("cannot be read")
