"""A site: one folder with the keys, the TUF root, the certificates, the partners, the authorities and the settings.

Responsible for: creating it, whole or not at all.
Not responsible for: what is done with it.

The root's private keys are written to ``keys/root-N.pem`` for development; docs/operations.md says to create them
elsewhere and keep them offline. Two of the three are needed to replace the root.
"""

import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from securesystemslib.signer import CryptoSigner

from gateway.certificates import DevelopmentAuthority, Issued
from gateway.config import RegisterSettings, split_address
from gateway.confirmation import confirm
from gateway.errors import CommandError
from gateway.keys import PSEUDONYM_KEY_BYTES, new_decision_key, new_role_key, write_secret
from gateway.packs import load_pack, shipped_tables
from gateway.snapshot.repository import ONLINE_ROLES, create_root, create_targets
from sanctions_matrix.actions import ACTIONS, Role

ROOT_KEYS = 3
ROOT_THRESHOLD = 2
_ROLES = ("targets", *ONLINE_ROLES)


@dataclass(frozen=True, slots=True)
class SamplePartner:
    """A partner that a new site has, so that there is somebody to ask."""

    id: str
    name: str
    actions: tuple[str, ...]
    roles: tuple[str, ...]
    standing: bool = False

    @property
    def uri(self) -> str:
        """The URI in its client certificate."""
        return f"spiffe://jointgate.example/partner/{self.id}"


SAMPLE_PARTNERS = (
    SamplePartner("airline", "An airline", ("air.travel",), ("traveller",)),
    SamplePartner("railway", "A railway", ("rail.travel",), ("traveller",)),
    SamplePartner("hotel", "A hotel", ("lodging.stay",), ("guest", "payer")),
    SamplePartner(
        "shop", "An e-commerce platform", ("goods.purchase",), ("payer", "account-holder")
    ),
    SamplePartner(
        "portal",
        "A portal that may ask about everything",
        tuple(ACTIONS),
        tuple(Role),
        standing=True,
    ),
)


@dataclass(frozen=True, slots=True)
class SampleAuthority:
    """An authority that a new site has, so that there is somebody to submit; it exists nowhere else."""

    id: str
    name: str
    lists: tuple[str, ...]

    @property
    def uri(self) -> str:
        """The URI in its client certificate."""
        return f"spiffe://jointgate.example/authority/{self.id}"


SAMPLE_AUTHORITIES: Mapping[str, tuple[SampleAuthority, ...]] = {
    "cn-joint-discipline": (
        SampleAuthority(
            "court",
            "Synthetic Supreme Court of Utopia",
            ("judgment-defaulters", "consumption-limited"),
        ),
        SampleAuthority(
            "transport",
            "Synthetic Transport Administration of Utopia",
            ("air-restricted", "rail-restricted"),
        ),
    ),
    "us-ofac-sdn": (SampleAuthority("treasury", "Synthetic Treasury of Utopia", ("sdn",)),),
}
"""By pack; the court is the one whose feeds ``jointgate synth`` writes."""

_KEY_TERM = timedelta(days=365)
_KEY_EARLIER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SitePlan:
    """What a new site shall be.

    Attributes:
        pack: the policy pack.
        listen: address and port of the gateway.
        issuer: the gateway's name in decisions.
        register_listen: address and port of the RegisterService.
    """

    pack: str
    listen: str
    issuer: str = "gateway.local"
    register_listen: str = RegisterSettings().listen


def create_site(folder: Path, plan: SitePlan, *, now: datetime) -> None:
    """Create the site in ``folder``, which must not exist or be empty.

    Everything is made in a folder beside it and moved into place, so that a crash leaves no half of a site.

    Raises:
        CommandError: the folder is in use.
    """
    if folder.exists() and any(folder.iterdir()):
        message = f"{folder}: not empty, and no site; choose a new folder"
        raise CommandError(message)
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    unfinished.mkdir(mode=0o700)
    try:
        _fill(unfinished, plan, now)
        if folder.exists():
            folder.rmdir()
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _fill(folder: Path, plan: SitePlan, now: datetime) -> None:
    root = _write_trust(folder, now)
    authority = DevelopmentAuthority(now)
    host, _ = split_address(plan.listen)
    _write_tls(folder / "tls", authority, authority.issue_server(host))
    rows = [
        _write_partner(folder / "partners", partner, plan, authority, root)
        for partner in SAMPLE_PARTNERS
    ]
    (folder / "partners.toml").write_text(_REGISTRY_HEAD + "\n".join(rows), encoding="utf-8")
    rows = [
        _write_authority(folder / "authorities", one, plan, authority, now)
        for one in SAMPLE_AUTHORITIES.get(plan.pack, ())
    ]
    (folder / "authorities.toml").write_text(_AUTHORITIES_HEAD + "\n".join(rows), encoding="utf-8")
    (folder / "jointgate.toml").write_text(_SETTINGS.format(plan=plan), encoding="utf-8")
    confirm(folder, load_pack(plan.pack), shipped_tables(plan.pack), now=now)


def _write_trust(folder: Path, now: datetime) -> bytes:
    keys = folder / "keys"
    keys.mkdir(mode=0o700)
    roots = [new_role_key() for _ in range(ROOT_KEYS)]
    signers = {role: new_role_key() for role in _ROLES}
    for number, signer in enumerate(roots, start=1):
        write_secret(keys / f"root-{number}.pem", signer.private_bytes)
    for role, signer in signers.items():
        write_secret(keys / f"{role}.pem", signer.private_bytes)
    decision = new_decision_key()
    write_secret(keys / "decision.pem", decision.private_bytes)
    (keys / "decision.public.pem").write_text(
        decision.public_key.keyval["public"], encoding="utf-8"
    )
    write_secret(keys / "pseudonym.key", os.urandom(PSEUDONYM_KEY_BYTES))
    return _write_repository(folder, roots, signers, now)


def _write_repository(
    folder: Path, roots: list[CryptoSigner], signers: Mapping[str, CryptoSigner], now: datetime
) -> bytes:
    root = create_root(list(roots), signers, threshold=ROOT_THRESHOLD, now=now)
    metadata = folder / "repository" / "metadata"
    metadata.mkdir(parents=True)
    (metadata / "1.root.json").write_bytes(root)
    (metadata / "1.targets.json").write_bytes(create_targets(signers["targets"], signers, now=now))
    (folder / "trust").mkdir()
    (folder / "trust" / "root.json").write_bytes(root)
    return root


def _write_tls(folder: Path, authority: DevelopmentAuthority, server: Issued) -> None:
    folder.mkdir(mode=0o700)
    (folder / "ca.pem").write_bytes(authority.certificate)
    (folder / "server.pem").write_bytes(server.certificate)
    write_secret(folder / "server.key", server.key)


def _write_partner(
    partners: Path,
    partner: SamplePartner,
    plan: SitePlan,
    authority: DevelopmentAuthority,
    root: bytes,
) -> str:
    """Write the folder that the partner would get, and return its row for the registry."""
    folder = partners / partner.id
    folder.mkdir(mode=0o700, parents=True)
    signer = new_decision_key()
    client = authority.issue_client(partner.id, partner.uri)
    write_secret(folder / "signing.pem", signer.private_bytes)
    write_secret(folder / "client.key", client.key)
    (folder / "client.pem").write_bytes(client.certificate)
    (folder / "ca.pem").write_bytes(authority.certificate)
    (folder / "root.json").write_bytes(root)
    identity = _IDENTITY.format(partner=partner, listen=plan.listen)
    (folder / "identity.toml").write_text(identity, encoding="utf-8")
    return _ROW.format(
        partner=partner,
        actions=_quoted(partner.actions),
        roles=_quoted(partner.roles),
        standing=str(partner.standing).lower(),
        key=signer.public_key.keyval["public"],
    )


def _write_authority(
    authorities: Path,
    sample: SampleAuthority,
    plan: SitePlan,
    authority: DevelopmentAuthority,
    now: datetime,
) -> str:
    """Write the folder that the authority would get, and return its row for the registry."""
    folder = authorities / sample.id
    folder.mkdir(mode=0o700, parents=True)
    signer = new_decision_key()
    client = authority.issue_client(sample.id, sample.uri)
    write_secret(folder / "signing.pem", signer.private_bytes)
    write_secret(folder / "client.key", client.key)
    (folder / "client.pem").write_bytes(client.certificate)
    (folder / "ca.pem").write_bytes(authority.certificate)
    identity = _AUTHORITY_IDENTITY.format(authority=sample, register=plan.register_listen)
    (folder / "identity.toml").write_text(identity, encoding="utf-8")
    return _AUTHORITY_ROW.format(
        authority=sample,
        lists=_quoted(sample.lists),
        key=signer.public_key.keyval["public"],
        not_before=f"{now - _KEY_EARLIER:%Y-%m-%dT%H:%M:%SZ}",
        not_after=f"{now + _KEY_TERM:%Y-%m-%dT%H:%M:%SZ}",
    )


def _quoted(values: tuple[str, ...]) -> str:
    return ", ".join(f'"{value}"' for value in values)


_SETTINGS = """\
# Settings of this site; docs/configuration.md lists all of them with their defaults.
pack = "{plan.pack}"
issuer = "{plan.issuer}"

[gateway]
listen = "{plan.listen}"

[register]
listen = "{plan.register_listen}"
"""

_IDENTITY = """\
# What this partner needs to ask the gateway. Everything in this folder but root.json and ca.pem is secret.
partner = "{partner.id}"
gateway = "{listen}"
signing_key = "signing.pem"
root = "root.json"
trust_store = "trust"

[tls]
certificate = "client.pem"
key = "client.key"
authority = "ca.pem"
"""

_REGISTRY_HEAD = """\
# Who may ask about what. The gateway reads this at its start.
"""

_ROW = """
[[partner]]
id = "{partner.id}"
name = "{partner.name}"
uri = "{partner.uri}"
actions = [{actions}]
roles = [{roles}]
standing = {standing}
keys = ['''
{key}''']
"""

_AUTHORITY_IDENTITY = """\
# What this authority needs to submit to the register. Everything in this folder but ca.pem is secret.
authority = "{authority.id}"
register = "{register}"
signing_key = "signing.pem"

[tls]
certificate = "client.pem"
key = "client.key"
authority = "ca.pem"
"""

_AUTHORITIES_HEAD = """\
# Who may write to which lists. The register's service reads this at its start; docs/authorities.md explains it.
"""

_AUTHORITY_ROW = """
[[authority]]
id = "{authority.id}"
name = "{authority.name}"
uri = "{authority.uri}"
lists = [{lists}]
contact = "mailto:register@{authority.id}.example"

[[authority.key]]
not_before = {not_before}
not_after = {not_after}
public = '''
{key}'''
"""
