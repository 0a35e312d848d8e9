"""TLS of every service: version 1.3, client certificates where callers have some, files that are read again.

Responsible for: the service's certificate, its key, and the authorities of callers' certificates.
Not responsible for: who may call (the registries), or plaintext (``server``).

Rules kept here:

- Nothing older than TLS 1.3 is spoken: the package `gateway` says so to gRPC before that is loaded (ADR 34).
- Files that were replaced are read at the next connection, so that a certificate is renewed without a restart.
  What cannot be used, or does not fit together yet, is passed over with a warning, and the last good files stay.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

import grpc
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import Certificate, load_pem_x509_certificates

from gateway.errors import CommandError
from gateway.keys import read_secret

_log = logging.getLogger(__name__)
_Signature = tuple[tuple[int, int, int] | None, ...]


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """The service's certificate, its key, and the authorities of callers' certificates; all PEM.

    Attributes:
        certificate: the chain, the service's own first.
        key: its private key.
        authority: what callers' certificates must lead to; None where callers have none.
    """

    certificate: Path
    key: Path
    authority: Path | None

    def credentials(self) -> grpc.ServerCredentials:
        """Read the files, now and again whenever they were replaced.

        Raises:
            CommandError: one is missing, damaged, or does not fit the others, or others may read the key.
        """
        watched = WatchedFiles(self)
        return grpc.dynamic_ssl_server_credentials(
            watched.first,
            watched.renewed,  # type: ignore[arg-type] # None keeps what is held, says gRPC's documentation
            require_client_authentication=self.authority is not None,
        )

    def read(self) -> grpc.ServerCertificateConfiguration:
        """Read the files once; raises as ``credentials``."""
        chain = _read(self.certificate)
        own = _certificates(self.certificate, chain)[0]
        authority = None
        if self.authority is not None:
            authority = _read(self.authority)
            _certificates(self.authority, authority)
        key = read_secret(self.key)
        if not _fits(_private_key(self.key, key), own):
            message = f"{self.key}: it is not the key of {self.certificate}"
            raise CommandError(message)
        return grpc.ssl_server_certificate_configuration([(key, chain)], authority)

    def signature(self) -> _Signature:
        """Return what changes when a file is replaced."""
        return tuple(map(_signature, (self.certificate, self.key, self.authority)))


class WatchedFiles:
    """The files as they were read last; asked at every connection, by threads of gRPC one at a time."""

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._seen = files.signature()
        self.first = files.read()

    def renewed(self) -> grpc.ServerCertificateConfiguration | None:
        """Return the files' content where it changed, None where what is held still counts."""
        signature = self._files.signature()
        if signature == self._seen:
            return None
        self._seen = signature
        try:
            found = self._files.read()
        except CommandError as error:
            _log.warning("%s; the certificate that was read before stays", error)
            return None
        _log.info("the certificates were read again")
        return found


def _signature(path: Path | None) -> tuple[int, int, int] | None:
    try:
        found = None if path is None else path.stat()
    except OSError:
        return None
    return None if found is None else (found.st_ino, found.st_mtime_ns, found.st_size)


def _fits(key: PrivateKeyTypes, certificate: Certificate) -> bool:
    try:
        return key.public_key() == certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return False


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = (
            f"{path}: the certificate cannot be read ({error.strerror}); 'jointgate init' makes one"
        )
        raise CommandError(message) from error


def _certificates(path: Path, content: bytes) -> list[Certificate]:
    try:
        return load_pem_x509_certificates(content)
    except ValueError as error:
        message = f"{path}: damaged, or no certificate in PEM"
        raise CommandError(message) from error


def _private_key(path: Path, content: bytes) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(content, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        message = f"{path}: damaged, or no unencrypted private key in PEM"
        raise CommandError(message) from error
