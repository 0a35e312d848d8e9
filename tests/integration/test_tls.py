"""What is spoken on the wire: TLS 1.3 alone, and a renewed certificate without a restart."""

import socket
import ssl
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.certificates import DevelopmentAuthority
from gateway.clock import system_clock
from tests.integration.live_site import LivePlan, LiveSite
from tests.integration.register_site import RegisterSite, register_site

pytestmark = pytest.mark.integration


def shaken(address: str, folder: Path, version: ssl.TLSVersion) -> bytes | None:
    """Shake hands with one version of TLS, as a client; return the server's certificate, None if refused."""
    host, _, port = address.rpartition(":")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the old versions are the point
        context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["h2"])
    context.load_cert_chain(folder / "client.pem", folder / "client.key")
    try:
        with (
            socket.create_connection((host, int(port)), timeout=30) as raw,
            context.wrap_socket(raw, server_hostname=host) as connection,
        ):
            connection.recv(1)  # of TLS 1.3 a server's refusal comes after the handshake
            return connection.getpeercert(binary_form=True)
    except (ssl.SSLError, ConnectionError):
        return None


@pytest.fixture
def registered(tmp_path: Path) -> Iterator[RegisterSite]:
    """A served register."""
    with register_site(tmp_path / "register") as site:
        yield site


def test_every_service_speaks_tls_1_3_and_nothing_older(tmp_path: Path) -> None:
    """The gateway's, the authorities' and the parties' alike, with a good certificate, as processes of their own."""
    with LiveSite(tmp_path / "site", LivePlan()) as site:
        site.start()
        portal, court = site.folder / "partners" / "portal", site.folder / "authorities" / "court"
        served = {f"127.0.0.1:{site.port}": portal, **dict.fromkeys(site.start_register(), court)}
        assert len(served) == 3
        for address, folder in served.items():
            assert shaken(address, folder, ssl.TLSVersion.TLSv1_3)
            for older in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1):
                assert shaken(address, folder, older) is None


def test_a_renewed_certificate_is_shown_without_a_restart(registered: RegisterSite) -> None:
    """The next connection sees it; both services read the same files."""
    folder = registered.folder / "authorities" / "court"
    addresses = (registered.addresses.authorities, registered.addresses.subject)
    before = {shaken(one, folder, ssl.TLSVersion.TLSv1_3) for one in addresses}
    issued = DevelopmentAuthority(system_clock()).issue_server("127.0.0.1")
    tls = registered.folder / "tls"
    (tls / "server.pem").write_bytes(issued.certificate)
    (tls / "server.key").write_bytes(issued.key)
    after = {shaken(one, folder, ssl.TLSVersion.TLSv1_3) for one in addresses}
    assert len(before) == len(after) == 1
    assert not before & after
    assert None not in before | after
