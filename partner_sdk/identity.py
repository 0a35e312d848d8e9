"""A partner's identity: who asks, with which keys, whom it trusts.

Responsible for: reading and checking ``identity.toml`` and the files that it names.
Not responsible for: making one (``jointgate init`` does), or opening a connection.

Whom we trust: the pinned root in ``root``, for every answer; the authority in ``[tls]``, for the connection only.

Rules kept here:

- Every problem is reported, not the first.
- Paths are relative to the file, so the folder can be moved.
- A private key that others can read is refused.
- There is no default for a trust anchor, and plaintext needs ``insecure_plaintext`` and a loopback address.
"""

import ipaddress
import stat
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from securesystemslib.signer import CryptoSigner

from partner_sdk.errors import ConfigurationError, TrustChainError
from partner_sdk.evidence import read_root

_SETTINGS = {"partner", "gateway", "signing_key", "root", "trust_store"}
_OPTIONAL = {"tls", "insecure_plaintext"}
_TLS_SETTINGS = {"certificate", "key", "authority"}
_MAX_PARTNER_BYTES = 64
_LARGEST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class TlsMaterial:
    """The contents of the three PEM files of a mutual TLS connection."""

    certificate: bytes
    key: bytes = field(repr=False)
    authority: bytes


@dataclass(frozen=True, slots=True)
class Identity:
    """One partner's identity, read and checked.

    Attributes:
        partner: the partner's identifier at the gateway.
        gateway: the gateway's address, ``host:port``.
        signer: signs the questions.
        pinned_root: the bytes of the TUF root from which every trust follows.
        trust_store: the folder in which the SDK keeps what it has seen.
        tls: the connection's material; None for plaintext on a loopback address.
    """

    partner: str
    gateway: str
    signer: CryptoSigner = field(repr=False)
    pinned_root: bytes = field(repr=False)
    trust_store: Path
    tls: TlsMaterial | None = field(repr=False)


def load_identity(path: str | Path, *, gateway: str | None = None) -> Identity:
    """Read the identity file at ``path``; ``gateway`` overrides the address in it.

    Raises:
        ConfigurationError: with every problem.
    """
    file = Path(path)
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(str(file), [f"cannot be read: {error.strerror}"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(str(file), [f"is not TOML: {error}"]) from None
    if gateway is not None:
        table["gateway"] = gateway
    reader = _Reader(file.resolve().parent, table, [])
    identity = reader.read()
    if identity is None:
        raise ConfigurationError(str(file), reader.problems)
    return identity


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one file's table and collects what is wrong with it."""

    folder: Path
    table: dict[str, Any]
    problems: list[str]

    def read(self) -> Identity | None:
        self._refuse_unknown(self.table, _SETTINGS | _OPTIONAL, "")
        partner = self._text(self.table, "partner")
        gateway = self._text(self.table, "gateway")
        signer = self._signer()
        pinned_root = self._root()
        trust_store = self.folder / self._text(self.table, "trust_store")
        tls = self._tls()
        if len(partner.encode()) > _MAX_PARTNER_BYTES:
            self.problems.append(f"partner is longer than {_MAX_PARTNER_BYTES} bytes")
        self._check_address(gateway)
        if self.problems or signer is None:
            return None
        return Identity(partner, gateway, signer, pinned_root, trust_store, tls)

    def _refuse_unknown(self, table: dict[str, Any], known: set[str], prefix: str) -> None:
        self.problems.extend(
            f"unknown setting {prefix}{name}" for name in sorted(table.keys() - known)
        )

    def _text(self, table: dict[str, Any], name: str, prefix: str = "") -> str:
        value = table.get(name)
        if value is None:
            self.problems.append(f"{prefix}{name} is missing")
        elif not isinstance(value, str) or not value:
            self.problems.append(f"{prefix}{name} must be a text that is not empty")
        else:
            return value
        return ""

    def _file(
        self, table: dict[str, Any], name: str, prefix: str = "", *, private: bool = False
    ) -> bytes:
        relative = self._text(table, name, prefix)
        if not relative:
            return b""
        path = self.folder / relative
        try:
            mode = path.stat().st_mode
            content = path.read_bytes()
        except OSError as error:
            self.problems.append(f"{prefix}{name}: {relative} cannot be read: {error.strerror}")
            return b""
        if private and mode & (stat.S_IRWXG | stat.S_IRWXO):
            self.problems.append(
                f"{prefix}{name}: others can reach {relative}; run chmod 600 on it"
            )
        return content

    def _signer(self) -> CryptoSigner | None:
        content = self._file(self.table, "signing_key", private=True)
        if not content:
            return None
        try:
            key = load_pem_private_key(content, password=None)
        except (ValueError, TypeError):
            self.problems.append("signing_key is no unencrypted private key in PEM")
            return None
        if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
            self.problems.append("signing_key is not a P-256 key")
            return None
        return CryptoSigner(key)

    def _root(self) -> bytes:
        content = self._file(self.table, "root")
        if content:
            try:
                read_root(content)
            except TrustChainError as error:
                self.problems.append(f"root: {error}")
        return content

    def _tls(self) -> TlsMaterial | None:
        table = self.table.get("tls")
        plaintext = self.table.get("insecure_plaintext", False)
        if not isinstance(plaintext, bool):
            self.problems.append("insecure_plaintext must be true or false")
        if table is None:
            if plaintext is not True:
                self.problems.append("[tls] is missing")
            return None
        if plaintext is True:
            self.problems.append("insecure_plaintext contradicts [tls]; keep one of them")
        if not isinstance(table, dict):
            self.problems.append("tls must be a table")
            return None
        self._refuse_unknown(table, _TLS_SETTINGS, "tls.")
        return TlsMaterial(
            certificate=self._file(table, "certificate", "tls."),
            key=self._file(table, "key", "tls.", private=True),
            authority=self._file(table, "authority", "tls."),
        )

    def _check_address(self, address: str) -> None:
        if not address:
            return
        host, _, port = address.rpartition(":")
        if not host or not (port.isascii() and port.isdigit()) or int(port) > _LARGEST_PORT:
            self.problems.append("gateway: the address is not HOST:PORT")
        elif self.table.get("insecure_plaintext") is True and not _is_loopback(host.strip("[]")):
            self.problems.append("insecure_plaintext is for a loopback address only; give [tls]")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
