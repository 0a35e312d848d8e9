"""The files of TLS: read at the start, read again when they were replaced, and never half."""

import logging
from pathlib import Path

import grpc
import pytest

from gateway.certificates import DevelopmentAuthority
from gateway.errors import CommandError
from gateway.keys import write_secret
from gateway.transport.tls import TlsFiles, WatchedFiles
from tests.fakes.fixed_clock import MORNING


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    """The files of a new site."""
    authority = DevelopmentAuthority(MORNING)
    issued = authority.issue_server("127.0.0.1")
    (tmp_path / "ca.pem").write_bytes(authority.certificate)
    (tmp_path / "server.pem").write_bytes(issued.certificate)
    write_secret(tmp_path / "server.key", issued.key)
    return TlsFiles(tmp_path / "server.pem", tmp_path / "server.key", tmp_path / "ca.pem")


def test_the_files_of_a_site_make_credentials(files: TlsFiles) -> None:
    """With all three in place the service can show who it is and ask who comes."""
    assert isinstance(files.credentials(), grpc.ServerCredentials)


@pytest.mark.parametrize("name", ["certificate", "key", "authority"])
def test_a_missing_file_is_named(files: TlsFiles, name: str) -> None:
    """Without one of them the service does not start, and above all not without the authority."""
    path: Path = getattr(files, name)
    path.unlink()
    with pytest.raises(CommandError, match=path.name):
        files.credentials()


def test_a_key_that_others_may_read_is_refused(files: TlsFiles) -> None:
    """The key of the service's certificate is kept like every other key."""
    files.key.chmod(0o644)
    with pytest.raises(CommandError, match="chmod 600"):
        files.credentials()


def replaced(path: Path, content: bytes) -> None:
    """Put another file in the place of one, as a renewal does."""
    new = path.with_suffix(".new")
    write_secret(new, content)
    new.replace(path)


def test_files_that_stay_are_not_read_again(files: TlsFiles) -> None:
    """A connection costs three looks at the file system."""
    watched = WatchedFiles(files)
    assert watched.first is not None
    assert watched.renewed() is None


def test_a_renewed_certificate_counts_once_both_files_fit(
    files: TlsFiles, caplog: pytest.LogCaptureFixture
) -> None:
    """Between the two renewals of files the former certificate stays, and the log says why."""
    watched = WatchedFiles(files)
    issued = DevelopmentAuthority(MORNING).issue_server("127.0.0.1")
    replaced(files.certificate, issued.certificate)
    with caplog.at_level(logging.WARNING):
        assert watched.renewed() is None
    assert "is not the key of" in caplog.text
    assert watched.renewed() is None
    replaced(files.key, issued.key)
    assert watched.renewed() is not None
    assert watched.renewed() is None


@pytest.mark.parametrize("name", ["certificate", "key", "authority"])
@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----\nx\n"])
def test_a_damaged_file_is_refused_and_replaces_nothing(
    files: TlsFiles, name: str, content: bytes
) -> None:
    """At the start it stops the service; later the last good files stay."""
    path: Path = getattr(files, name)
    watched = WatchedFiles(files)
    replaced(path, content)
    with pytest.raises(CommandError, match=path.name):
        files.read()
    assert watched.renewed() is None
    path.unlink()
    assert watched.renewed() is None
