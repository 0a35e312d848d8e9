"""A new site: whole or not at all, secret where it must be, and ready for every other part."""

import tomllib
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata, Root, Targets

from gateway.config import load_settings
from gateway.decision.partners import parse_registry
from gateway.errors import CommandError
from gateway.keys import parse_decision_key, read_decision_signer, read_secret, read_signer
from gateway.site import (
    ROOT_KEYS,
    ROOT_THRESHOLD,
    SAMPLE_AUTHORITIES,
    SAMPLE_PARTNERS,
    SitePlan,
    create_site,
)
from gateway.snapshot.repository import ONLINE_ROLES, Repository
from sanctions_matrix.actions import ACTIONS, Role
from tests.fakes.fixed_clock import MORNING

PLAN = SitePlan(pack="cn-joint-discipline", listen="127.0.0.1:8443")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new site that no test of this file changes."""
    folder = tmp_path_factory.mktemp("made") / "site"
    create_site(folder, PLAN, now=MORNING)
    return folder


def test_the_settings_say_what_was_planned(site: Path) -> None:
    """The settings of a new site load, and are those it was made with."""
    settings = load_settings(site, environ={})
    assert (settings.pack_id, settings.issuer) == (PLAN.pack, PLAN.issuer)
    assert settings.gateway.listen == PLAN.listen
    assert settings.trust_root.exists()


def test_secrets_are_secret(site: Path) -> None:
    """Every private key can be read by its owner alone, and so can the folder that holds it."""
    assert site.stat().st_mode & 0o077 == 0
    secret = [
        path for path in site.rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()
    ]
    secret.append(site / "keys" / "pseudonym.key")
    expected = ROOT_KEYS + len(("targets", *ONLINE_ROLES, "decision", "pseudonym", "server"))
    people = [*SAMPLE_PARTNERS, *SAMPLE_AUTHORITIES[PLAN.pack]]
    assert len(secret) == expected + 2 * len(people)
    assert {path.stat().st_mode & 0o777 for path in secret} == {0o600}


def test_all_keys_differ(site: Path) -> None:
    """No two roles share a key: losing one loses one."""
    contents = [
        path.read_bytes() for path in site.rglob("*.pem") if b"PRIVATE" in path.read_bytes()
    ]
    assert len(set(contents)) == len(contents)
    assert len(read_secret(site / "keys" / "pseudonym.key")) == 32


def test_the_root_needs_two_of_three(site: Path) -> None:
    """The pinned root verifies itself, can be replaced by two of its three keys, and trusts no online key for that."""
    root = Metadata[Root].from_file(str(site / "trust" / "root.json"))
    root.verify_delegate(Root.type, root)
    role = root.signed.roles[Root.type]
    assert (role.threshold, len(role.keyids)) == (ROOT_THRESHOLD, ROOT_KEYS) == (2, 3)
    online = {read_signer(site / "keys" / f"{name}.pem").public_key.keyid for name in ONLINE_ROLES}
    assert not online & set(role.keyids)


def test_targets_delegates_and_holds_nothing(site: Path) -> None:
    """The key of ``targets`` is needed neither to publish lists nor to delegate decision keys."""
    root = Metadata[Root].from_file(str(site / "trust" / "root.json"))
    targets = Metadata[Targets].from_file(str(site / "repository" / "metadata" / "1.targets.json"))
    root.verify_delegate(Targets.type, targets)
    assert targets.signed.targets == {}
    assert targets.signed.delegations is not None
    roles = targets.signed.delegations.roles
    assert roles is not None
    assert {name: role.paths for name, role in roles.items()} == {
        "lists": ["lists/*"],
        "decision-keys": ["decision-keys/*"],
    }
    assert all(role.terminating for role in roles.values())


def test_the_publisher_can_start(site: Path) -> None:
    """The repository opens with the keys beside it."""
    signers = {name: read_signer(site / "keys" / f"{name}.pem") for name in ONLINE_ROLES}
    repository = Repository(site / "repository", signers)
    assert repository.target("lists/index.json") is None


def test_the_public_decision_key_is_that_of_the_gateway(site: Path) -> None:
    """What the publisher delegates is what the gateway signs with."""
    signer = read_decision_signer(site / "keys" / "decision.pem")
    public = (site / "keys" / "decision.public.pem").read_text(encoding="utf-8")
    assert parse_decision_key(public)[0] == signer.public_key.keyid


def test_every_partner_can_ask(site: Path) -> None:
    """Each sample partner's folder holds what its registration names."""
    registry = parse_registry((site / "partners.toml").read_text(encoding="utf-8"), source="x")
    for sample in SAMPLE_PARTNERS:
        folder = site / "partners" / sample.id
        partner = registry.with_key(read_decision_signer(folder / "signing.pem").public_key.keyid)
        assert (partner.id, partner.uri) == (sample.id, sample.uri)
        assert sorted(partner.actions) == sorted(sample.actions)
        assert sorted(partner.roles) == sorted(sample.roles)
        assert partner.standing is (sample.id == "portal")
        identity = tomllib.loads((folder / "identity.toml").read_text(encoding="utf-8"))
        assert (identity["partner"], identity["gateway"]) == (sample.id, PLAN.listen)
        files = [identity["signing_key"], identity["root"], *identity["tls"].values()]
        assert all((folder / name).is_file() for name in files)
        assert (folder / "root.json").read_bytes() == (site / "trust" / "root.json").read_bytes()


def test_one_sample_partner_may_ask_about_everything() -> None:
    """The portal, as which the command line asks, has every action and role; every other one has its own trade's."""
    scopes = {one.id: (set(one.actions), set(one.roles)) for one in SAMPLE_PARTNERS}
    assert scopes.pop("portal") == (set(ACTIONS), set(Role))
    assert all(len(actions) == 1 for actions, _ in scopes.values())


def test_the_authoritys_key_is_nowhere(site: Path) -> None:
    """Nobody can issue further partners' certificates: there is a certificate of the authority and no key."""
    assert {path.name for path in site.rglob("ca*")} == {"ca.pem"}


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    """Nothing that is there already is touched."""
    (tmp_path / "precious").write_text("kept", encoding="utf-8")
    with pytest.raises(CommandError, match="not empty"):
        create_site(tmp_path, PLAN, now=MORNING)
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    """A folder that somebody made for the site is fine, and keeps no looser mode."""
    folder = tmp_path / "site"
    folder.mkdir(mode=0o755)
    create_site(folder, PLAN, now=MORNING)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_crash_leaves_no_half_of_a_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails in between leaves neither a site nor rubbish beside it."""

    def fail(*_: object, **__: object) -> None:
        message = "the disk is full"
        raise OSError(message)

    monkeypatch.setattr("gateway.site._write_partner", fail)
    with pytest.raises(OSError, match="disk is full"):
        create_site(tmp_path / "site", PLAN, now=MORNING)
    assert list(tmp_path.iterdir()) == []
