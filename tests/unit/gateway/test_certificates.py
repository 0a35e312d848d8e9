"""The development authority: certificates that say exactly who somebody is and what they are for."""

from datetime import timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from gateway.certificates import DevelopmentAuthority, Issued
from tests.fakes.fixed_clock import MORNING

URI = "spiffe://jointgate.example/partner/airline"


@pytest.fixture
def authority() -> DevelopmentAuthority:
    """An authority made at ``MORNING``."""
    return DevelopmentAuthority(MORNING)


def certificate(issued: Issued) -> x509.Certificate:
    """Return what was issued, parsed."""
    return x509.load_pem_x509_certificate(issued.certificate)


def names(issued: Issued) -> x509.SubjectAlternativeName:
    """Return whom or what a certificate names."""
    return certificate(issued).extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def test_a_client_certificate_names_the_partner_and_nothing_else(
    authority: DevelopmentAuthority,
) -> None:
    """The partner's URI is the only name, because the gateway takes any of them for the partner's."""
    found = names(authority.issue_client("airline", URI))
    assert list(found) == [x509.UniformResourceIdentifier(URI)]


@pytest.mark.parametrize(
    ("host", "extra"),
    [
        ("gateway.example", x509.DNSName("gateway.example")),
        ("192.0.2.1", x509.IPAddress(ip_address("192.0.2.1"))),
    ],
)
def test_a_server_certificate_names_its_host_and_this_machine(
    authority: DevelopmentAuthority, host: str, extra: x509.GeneralName
) -> None:
    """A partner can reach the gateway by its address and, on the same machine, by loopback."""
    found = list(names(authority.issue_server(host)))
    assert extra in found
    assert x509.DNSName("localhost") in found
    assert x509.IPAddress(ip_address("127.0.0.1")) in found


def test_a_loopback_host_is_named_once(authority: DevelopmentAuthority) -> None:
    """A name that is there already is not repeated."""
    found = list(names(authority.issue_server("127.0.0.1")))
    assert len(found) == len(set(found))


@pytest.mark.parametrize("server", [True, False], ids=["server", "client"])
def test_a_certificate_serves_one_purpose(authority: DevelopmentAuthority, *, server: bool) -> None:
    """A partner's certificate cannot serve a gateway, nor a gateway's ask; neither can issue others."""
    issued = authority.issue_server("h.example") if server else authority.issue_client("a", URI)
    extensions = certificate(issued).extensions
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
    assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [purpose]
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign


def test_a_certificate_is_signed_by_its_authority_only(authority: DevelopmentAuthority) -> None:
    """Another site's authority vouches for nobody here, although it has the same name."""
    issued = certificate(authority.issue_client("airline", URI))
    issued.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.certificate))
    other = x509.load_pem_x509_certificate(DevelopmentAuthority(MORNING).certificate)
    with pytest.raises(Exception, match=r"^$|signature"):
        issued.verify_directly_issued_by(other)


def test_the_authority_signs_certificates_and_nothing_else(
    authority: DevelopmentAuthority,
) -> None:
    """Its own certificate says so, and that it can make no further authority."""
    extensions = x509.load_pem_x509_certificate(authority.certificate).extensions
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.key_cert_sign, usage.digital_signature, usage.crl_sign) == (True, False, True)
    constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (constraints.ca, constraints.path_length) == (True, 0)


def test_a_certificate_comes_with_its_own_key(authority: DevelopmentAuthority) -> None:
    """The private key that is handed out belongs to the certificate beside it, and to no other."""
    first, second = (authority.issue_client("airline", URI) for _ in range(2))
    key = load_pem_private_key(first.key, None).public_key()
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert key.public_bytes(*form) == certificate(first).public_key().public_bytes(*form)
    assert first.key != second.key


def test_a_certificate_is_good_for_a_year(authority: DevelopmentAuthority) -> None:
    """It begins a day early, for clocks that are behind, and ends."""
    issued = certificate(authority.issue_server("h.example"))
    assert issued.not_valid_before_utc == MORNING - timedelta(days=1)
    assert issued.not_valid_after_utc == MORNING + timedelta(days=365)
