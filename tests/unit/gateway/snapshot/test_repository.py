"""The publisher's repository: nothing counts before the timestamp is renamed, and nothing outlives its use."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp

from gateway.errors import CommandError
from gateway.keys import new_role_key
from gateway.snapshot.repository import (
    KEYS_TARGET,
    LISTS,
    ONLINE_ROLES,
    SETTLED,
    Repository,
    create_root,
    create_targets,
    hashed_path,
    keys_document,
)
from tests.fakes.fixed_clock import MORNING

LEASE = timedelta(seconds=60)
SIGNERS: Mapping[str, CryptoSigner] = {role: new_role_key() for role in ("targets", *ONLINE_ROLES)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a new repository."""
    metadata = tmp_path / "metadata"
    metadata.mkdir()
    roots = [new_role_key(), new_role_key()]
    root = create_root(list(roots), SIGNERS, threshold=2, now=MORNING)
    (metadata / "1.root.json").write_bytes(root)
    targets = create_targets(SIGNERS["targets"], SIGNERS, now=MORNING)
    (metadata / "1.targets.json").write_bytes(targets)
    return tmp_path


def committed(folder: Path, content: bytes = b"one", path: str = "lists/index.json") -> Repository:
    """Return the repository after one commit of one target."""
    repository = Repository(folder, SIGNERS)
    repository.commit({LISTS: [repository.stage(path, content)]}, now=MORNING, lease=LEASE)
    return repository


def test_what_is_staged_does_not_count(folder: Path) -> None:
    """A target is published by the commit that names it, not by being written."""
    repository = committed(folder)
    repository.stage("lists/index.json", b"two")
    assert repository.target("lists/index.json") == b"one"
    assert Repository(folder, SIGNERS).target("lists/index.json") == b"one"


def test_what_is_committed_is_found_again(folder: Path) -> None:
    """A restart finds the last committed state."""
    first = committed(folder)
    again = Repository(folder, SIGNERS)
    assert again.target("lists/index.json") == b"one"
    assert again.known("lists/index.json") == first.known("lists/index.json")
    assert again.lease_until == MORNING + LEASE
    assert again.files() == first.files()


def test_what_is_not_published_is_none(folder: Path) -> None:
    """A target of no role, or of a role without it, does not exist."""
    repository = committed(folder)
    assert repository.target("lists/other") is None
    assert repository.target("nobody/index.json") is None
    assert repository.target(KEYS_TARGET) is None


def test_versions_only_grow(folder: Path) -> None:
    """Every commit has a newer timestamp, and a newer snapshot exactly when something changed."""
    repository = committed(folder)
    repository.commit({}, now=MORNING, lease=LEASE)
    timestamp = Metadata[Timestamp].from_file(str(folder / "metadata" / "timestamp.json")).signed
    assert (timestamp.version, timestamp.snapshot_meta.version) == (2, 1)
    committed(folder, b"two")
    timestamp = Metadata[Timestamp].from_file(str(folder / "metadata" / "timestamp.json")).signed
    assert (timestamp.version, timestamp.snapshot_meta.version) == (3, 2)


def test_everything_is_signed_by_its_role(folder: Path) -> None:
    """A client that pins the root can verify the whole chain."""
    committed(folder)
    metadata = folder / "metadata"
    root = Metadata[Root].from_file(str(metadata / "1.root.json"))
    targets = Metadata[Targets].from_file(str(metadata / "1.targets.json"))
    root.verify_delegate(
        "timestamp", Metadata[Timestamp].from_file(str(metadata / "timestamp.json"))
    )
    root.verify_delegate(
        "snapshot", Metadata[Snapshot].from_file(str(metadata / "1.snapshot.json"))
    )
    root.verify_delegate("targets", targets)
    targets.verify_delegate("lists", Metadata[Targets].from_file(str(metadata / "1.lists.json")))


def test_the_files_to_distribute_end_with_the_timestamp(folder: Path) -> None:
    """Whoever uploads them in order makes the new state visible last."""
    repository = committed(folder)
    files = repository.files()
    name = hashed_path("lists/index.json", repository.known("lists/index.json"))
    assert list(files)[-1] == "metadata/timestamp.json"
    assert set(files) == {
        "metadata/1.root.json",
        "metadata/1.targets.json",
        "metadata/1.lists.json",
        "metadata/1.snapshot.json",
        "metadata/timestamp.json",
        f"targets/{name}",
    }
    assert all(path.is_file() for path in files.values())


def test_what_nothing_names_is_removed(folder: Path) -> None:
    """Old versions, old targets and the remains of a crash disappear; what is in force stays."""
    committed(folder)
    (folder / "targets" / "lists" / "leftover.new").touch()
    (folder / "publisher.lock").touch()
    repository = committed(folder, b"two")
    repository.remove_leftovers()
    left = {path for path in folder.rglob("*") if path.is_file()}
    assert left == {*repository.files().values(), folder / "publisher.lock"}
    assert Repository(folder, SIGNERS).target("lists/index.json") == b"two"


def test_what_a_commit_makes_superfluous_is_removed(folder: Path) -> None:
    """What was named until now, or staged and not needed after all; a settled part waits for a later commit."""
    committed(folder)
    repository = Repository(folder, SIGNERS)
    settled = repository.stage("lists/settled-full-1-00000", b"for later")
    repository.stage("lists/delta-2-00000", b"merged at once")
    index = repository.stage("lists/index.json", b"two")
    repository.commit({LISTS: [index]}, now=MORNING, lease=LEASE)
    repository.remove_superfluous()
    ahead = repository.staged_file(settled)[1]
    left = {path for path in folder.rglob("*") if path.is_file()}
    assert left == {*repository.files().values(), ahead}
    assert repository.content(settled) == b"for later"
    repository.commit({SETTLED: [settled], LISTS: [index]}, now=MORNING, lease=LEASE)
    repository.remove_superfluous()
    assert repository.target("lists/settled-full-1-00000") == b"for later"


def test_settled_parts_are_delegated_by_the_lists(folder: Path) -> None:
    """Their names are signed in metadata of their own, by the role that TUF finds through the role of the lists."""
    repository = Repository(folder, SIGNERS)
    infos = [
        repository.stage(path, b"x") for path in ("lists/index.json", "lists/settled-full-1-00000")
    ]
    repository.commit({LISTS: infos[:1], SETTLED: infos[1:]}, now=MORNING, lease=LEASE)
    metadata = folder / "metadata"
    lists = Metadata[Targets].from_file(str(metadata / "1.lists.json"))
    settled = Metadata[Targets].from_file(str(metadata / "1.lists-settled.json"))
    lists.verify_delegate(SETTLED, settled)
    assert lists.signed.delegations is not None
    (found,) = lists.signed.delegations.get_roles_for_target("lists/settled-full-1-00000")
    assert found == (SETTLED, True)
    assert not list(lists.signed.delegations.get_roles_for_target("lists/delta-2-00000"))
    assert set(settled.signed.targets) == {"lists/settled-full-1-00000"}


@pytest.mark.parametrize(("days", "due"), [(0, False), (3, False), (4, True), (8, True)])
def test_metadata_is_renewed_in_the_second_half_of_its_term(
    folder: Path, days: int, *, due: bool
) -> None:
    """Delegated metadata is signed anew long before it lapses, with the targets that it has."""
    repository = committed(folder)
    later = MORNING + timedelta(days=days)
    renewals = {role: list(targets) for role, targets in repository.renewals(later).items()}
    assert renewals == ({LISTS: [repository.known("lists/index.json")]} if due else {})


def test_the_snapshot_role_is_renewed_without_a_change(folder: Path) -> None:
    """Also when nothing is published for days, no metadata lapses."""
    repository = committed(folder)
    repository.commit({}, now=MORNING + timedelta(days=4), lease=LEASE)
    assert "metadata/2.snapshot.json" in repository.files()


def test_the_delegations_are_renewed_where_their_key_is(folder: Path) -> None:
    """In the second half of their term the same delegations get another one, and the snapshot names them."""
    later = MORNING + timedelta(days=50)
    repository = committed(folder)
    repository.commit({}, now=later, lease=LEASE)
    assert "metadata/2.targets.json" in repository.files()
    targets = Metadata[Targets].from_file(str(folder / "metadata" / "2.targets.json")).signed
    assert targets.expires == later + timedelta(days=90)
    assert targets.delegations is not None
    assert {role.name for role in (targets.delegations.roles or {}).values()} == {
        "lists",
        "decision-keys",
    }
    snapshot = Metadata[Snapshot].from_file(str(folder / "metadata" / "2.snapshot.json")).signed
    assert snapshot.meta["targets.json"].version == 2
    assert Repository(folder, SIGNERS).target("lists/index.json") == b"one"


def test_the_delegations_stay_where_their_key_is_not(folder: Path) -> None:
    """A publisher without the key of the delegations does everything else."""
    online = {role: signer for role, signer in SIGNERS.items() if role != "targets"}
    committed(folder)
    repository = Repository(folder, online)
    repository.commit({}, now=MORNING + timedelta(days=50), lease=LEASE)
    assert "metadata/1.targets.json" in repository.files()


def test_terms_are_whole_seconds(folder: Path) -> None:
    """TUF writes instants without fractions; a lease is never rounded up."""
    repository = Repository(folder, SIGNERS)
    repository.commit({}, now=MORNING + timedelta(microseconds=999_999), lease=LEASE)
    assert repository.lease_until == MORNING + LEASE


def test_a_folder_without_a_repository_is_refused(tmp_path: Path) -> None:
    """A publisher does not start anew where it lost its repository."""
    with pytest.raises(CommandError, match="jointgate init"):
        Repository(tmp_path, SIGNERS)


@pytest.mark.parametrize("name", ["timestamp.json", "1.snapshot.json", "1.lists.json"])
@pytest.mark.parametrize("content", [None, b"", b"{}", b"garbage"])
def test_a_damaged_repository_is_refused(folder: Path, name: str, content: bytes | None) -> None:
    """Damaged or missing metadata is said; only without a timestamp is it a repository that never published."""
    committed(folder)
    if content is None:
        (folder / "metadata" / name).unlink()
    else:
        (folder / "metadata" / name).write_bytes(content)
    if name == "timestamp.json" and content is None:
        assert Repository(folder, SIGNERS).target("lists/index.json") is None
    else:
        with pytest.raises(CommandError, match="no usable repository"):
            Repository(folder, SIGNERS)


def test_a_lost_target_is_said(folder: Path) -> None:
    """A file that was committed and is gone is not the same as one that never was."""
    repository = committed(folder)
    for path in (folder / "targets").rglob("*.json"):
        path.unlink()
    with pytest.raises(CommandError, match="lost"):
        repository.target("lists/index.json")


def test_the_keys_document_is_canonical() -> None:
    """The same keys give the same bytes, and the hash in the metadata with them."""
    document = keys_document([{"keyid": "b", "issuer": "a"}])
    assert document == b'{"format":1,"keys":[{"issuer":"a","keyid":"b"}]}'
    assert json.loads(document)["format"] == 1
