"""An authority's identity: who submits, where to, with which key and certificate.

Responsible for reading and checking `identity.toml` of an authority, and the files that it names.
Not responsible for making one (`jointgate init` does), or for opening a connection (`client`).

Rules kept here:

- Every problem is reported, not the first.
- Paths are relative to the file, so the folder can be moved.
- A private key that others can read is refused.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.errors import CommandError, SettingsError
from gateway.keys import read_decision_signer, read_secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from securesystemslib.signer import CryptoSigner

_TEXTS = ("authority", "register", "signing_key")
_TLS_TEXTS = ("certificate", "key", "authority")
_LARGEST_PORT = 65_535
_Content = TypeVar("_Content")


@dataclass(frozen=True, slots=True)
class AuthorityIdentity:
    """One authority's identity, read and checked.

    Attributes:
        authority: its identifier at the register.
        register: the RegisterService's address, `host:port`.
        signer: signs submissions and changes.
        certificate: its client certificate, PEM.
        key: that one's private key, PEM.
        trusted: the authority of the register's certificate, PEM.
    """

    authority: str
    register: str
    signer: CryptoSigner = field(repr=False)
    certificate: bytes = field(repr=False)
    key: bytes = field(repr=False)
    trusted: bytes = field(repr=False)


def load_authority_identity(path: Path, *, register: str | None = None) -> AuthorityIdentity:
    """Read the identity file at `path`; `register` overrides the address in it.

    Raises:
        SettingsError: with every problem.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(str(path), [f"cannot be read: {error.strerror}"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(str(path), [f"is not TOML: {error}"]) from None
    if register is not None:
        table["register"] = register
    reader = _Reader(path.resolve().parent)
    identity = reader.read(table)
    if identity is None:
        raise SettingsError(str(path), reader.problems)
    return identity


class _Reader:
    """Reads one file's table and collects what is wrong with it."""

    def __init__(self, folder: Path) -> None:
        self.problems: list[str] = []
        self._folder = folder

    def read(self, table: dict[str, Any]) -> AuthorityIdentity | None:
        texts = self._texts(table, _TEXTS, "", beside={"tls"})
        tls = table.get("tls")
        if not isinstance(tls, dict):
            self.problems.append("[tls] is missing")
            tls = {}
        files = self._texts(tls, _TLS_TEXTS, "tls.")
        if texts["register"] and not _is_address(texts["register"]):
            self.problems.append("register: the address is not HOST:PORT")
        signer = self._file(texts["signing_key"], read_decision_signer)
        certificate = self._file(files["certificate"], Path.read_bytes)
        key = self._file(files["key"], read_secret)
        trusted = self._file(files["authority"], Path.read_bytes)
        if signer is None or certificate is None or key is None or trusted is None or self.problems:
            return None
        return AuthorityIdentity(
            texts["authority"], texts["register"], signer, certificate, key, trusted
        )

    def _texts(
        self,
        table: dict[str, Any],
        names: tuple[str, ...],
        prefix: str,
        beside: frozenset[str] | set[str] = frozenset(),
    ) -> dict[str, str]:
        unknown = sorted(table.keys() - set(names) - beside)
        self.problems += [f"unknown setting {prefix}{name}" for name in unknown]
        texts = {}
        for name in names:
            value = table.get(name)
            is_text = isinstance(value, str) and bool(value)
            if not is_text:
                self.problems.append(f"{prefix}{name} must be a text that is not empty")
            texts[name] = str(value) if is_text else ""
        return texts

    def _file(self, name: str, read: Callable[[Path], _Content]) -> _Content | None:
        if not name:
            return None
        try:
            return read(self._folder / name)
        except CommandError as error:
            self.problems.append(str(error))
        except OSError as error:
            self.problems.append(f"{name} cannot be read: {error.strerror}")
        return None


def _is_address(address: str) -> bool:
    host, _, port = address.rpartition(":")
    return bool(host) and port.isascii() and port.isdigit() and int(port) <= _LARGEST_PORT
