"""Refusing: whatever is wrong with what is published, nothing of it is applied and the held state stays."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from tuf.api.metadata import Metadata, Root

from gateway.errors import RepositoryUnreachableError, SnapshotError
from gateway.keys import new_role_key
from tests.fakes.in_memory_distribution import InMemoryDistribution
from tests.fakes.rehearsal import Rehearsal
from tests.fakes.synthetic_parties import citizen, listing

EVERY_FILE = (
    "metadata/timestamp.json",
    "2.snapshot.json",
    "2.lists.json",
    "2.decision-keys.json",
    ".index.json",
    ".delta-2-00000",
    ".delta-2-00001",
    ".current.json",
)
"""How the names of all the files end that a gateway needs to get from snapshot 1 to snapshot 2."""


@pytest.fixture
def files(rehearsal: Rehearsal, distribution: InMemoryDistribution) -> dict[str, bytes]:
    """A gateway holds snapshot 1; snapshot 2, with renewed keys, is published and can be tampered with."""
    rehearsal.register.put(citizen(0), listing("L0"))
    rehearsal.publish()
    rehearsal.follow()
    for serial in range(1, 60):
        rehearsal.register.put(citizen(serial), listing(f"L{serial}"))
    rehearsal.clock.advance(hours=13)
    rehearsal.publish()
    return distribution.files


def named(files: dict[str, bytes], ending: str) -> str:
    """Return the path of the published file that ends with ``ending``."""
    (path,) = (path for path in files if path.endswith(ending))
    return path


def refuse(scene: Rehearsal, match: str | None = None, name: str = "gateway") -> None:
    """Look once, which must be refused and change nothing."""
    with scene.store(name).read() as view:
        before = (
            view.header(),
            view.content_digest(),
            scene.content(name),
            scene.trust_files(name),
        )
    with pytest.raises(SnapshotError, match=match) as caught:
        scene.follow(name)
    assert not isinstance(caught.value, RepositoryUnreachableError)
    with scene.store(name).read() as view:
        after = (view.header(), view.content_digest(), scene.content(name), scene.trust_files(name))
    assert after == before


def refuse_each(
    scene: Rehearsal, files: dict[str, bytes], change: Callable[[bytes], bytes | None]
) -> None:
    """Change one file after the other; every change must be refused, and what is whole again accepted."""
    metadata, kept = scene.folder / "gateway" / "metadata", scene.folder / "kept"
    shutil.copytree(metadata, kept)
    for ending in EVERY_FILE:
        shutil.rmtree(metadata)
        shutil.copytree(kept, metadata)
        path = named(files, ending)
        whole = files.pop(path)
        damaged = change(whole)
        if damaged is not None:
            files[path] = damaged
        refuse(scene)
        files[path] = whole
    assert scene.follow().applied == "deltas"
    assert scene.content() == scene.content("published")


def flip(content: bytes) -> bytes:
    """Return ``content`` with one bit changed in its middle."""
    middle = len(content) // 2
    return content[:middle] + bytes((content[middle] ^ 1,)) + content[middle + 1 :]


@pytest.mark.parametrize(
    "change",
    [
        flip,
        lambda _: None,
        lambda content: content[:-1],
        lambda content: content + b"x",
        lambda content: content + b" " * 1_000_000 + b"x",
        lambda _: b"",
        lambda _: b"garbage",
        lambda _: b"{}",
        lambda _: b"[" * 100_000,
        lambda _: b"\xff" * 64,
    ],
    ids=[
        "poisoned",
        "missing",
        "cut-off",
        "longer",
        "endless",
        "empty",
        "text",
        "object",
        "deep",
        "bytes",
    ],
)
def test_a_damaged_file_is_refused(
    rehearsal: Rehearsal, files: dict[str, bytes], change: Callable[[bytes], bytes | None]
) -> None:
    """Whoever can write to Redis can stop an update with any file of it, and do nothing else."""
    refuse_each(rehearsal, files, change)


def test_swapped_parts_are_refused(rehearsal: Rehearsal, files: dict[str, bytes]) -> None:
    """Two good parts in each other's place are as bad as damaged ones."""
    one, other = named(files, ".delta-2-00000"), named(files, ".delta-2-00001")
    files[one], files[other] = files[other], files[one]
    refuse(rehearsal)


def test_metadata_of_two_publications_cannot_be_mixed(
    rehearsal: Rehearsal, files: dict[str, bytes]
) -> None:
    """Old lists beside a new timestamp are refused, although each is properly signed."""
    old = dict(files)
    rehearsal.change(citizen(0))
    files["metadata/3.lists.json"] = old["metadata/2.lists.json"]
    refuse(rehearsal)


def test_an_older_publication_is_refused(rehearsal: Rehearsal, files: dict[str, bytes]) -> None:
    """Everything put back to an earlier, properly signed state (a rollback) is refused."""
    old = dict(files)
    rehearsal.change(citizen(0))
    rehearsal.follow()
    files.clear()
    files.update(old)
    refuse(rehearsal)


def test_a_lost_memory_does_not_help_a_rollback(
    rehearsal: Rehearsal, files: dict[str, bytes]
) -> None:
    """Without its metadata a gateway still knows which snapshot number it holds."""
    old = dict(files)
    rehearsal.change(citizen(0))
    rehearsal.follow()
    shutil.rmtree(rehearsal.folder / "gateway" / "metadata")
    files.clear()
    files.update(old)
    refuse(rehearsal, "older than the held")


def test_a_lapsed_timestamp_is_refused(rehearsal: Rehearsal, files: dict[str, bytes]) -> None:
    """What was withheld too long (a freeze) is not taken; the lease is over exactly then."""
    assert files
    held = rehearsal.follow().header
    rehearsal.clock.now = held.lease_until - timedelta(seconds=1)
    rehearsal.follow()
    rehearsal.clock.now = held.lease_until
    refuse(rehearsal, "expired")
    refuse(rehearsal, "expired", name="new")


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "lists", "decision-keys"])
@pytest.mark.parametrize("stolen", [False, True], ids=["unknown-key", "other-roles-key"])
def test_a_forged_signature_is_refused(
    rehearsal: Rehearsal, files: dict[str, bytes], role: str, *, stolen: bool
) -> None:
    """Well-formed metadata under an unknown key, or under the key of another role, is refused."""
    path = f"metadata/{'' if role == 'timestamp' else '2.'}{role}.json"
    other = "lists" if role == "decision-keys" else "decision-keys"
    forged = Metadata[Root].from_bytes(files[path])
    forged.sign(rehearsal.signers[other] if stolen else new_role_key())
    files[path] = forged.to_bytes()
    refuse(rehearsal)


def test_another_sites_snapshot_is_refused(
    rehearsal: Rehearsal, files: dict[str, bytes], tmp_path: Path
) -> None:
    """A gateway that pins another root takes nothing."""
    files.clear()
    with Rehearsal(tmp_path, rehearsal.distribution, rehearsal.clock) as other:
        other.publish()
    refuse(rehearsal)


def test_a_snapshot_for_another_pack_is_refused(
    rehearsal: Rehearsal, files: dict[str, bytes]
) -> None:
    """Numbers of another pack's tables would mean something else here."""
    assert files
    ours = rehearsal.pack
    rehearsal.use_pack(replace(ours, version="next", digest="ab" * 32))
    rehearsal.publish()
    rehearsal.use_pack(ours)
    refuse(rehearsal, "this gateway has another")


def test_an_empty_redis_is_refused(rehearsal: Rehearsal, files: dict[str, bytes]) -> None:
    """That nothing is published does not say that nobody is listed."""
    files.clear()
    refuse(rehearsal)
    refuse(rehearsal, name="new")
    assert rehearsal.header("new") is None


def test_an_unreachable_place_is_told_apart(
    rehearsal: Rehearsal, files: dict[str, bytes], distribution: InMemoryDistribution
) -> None:
    """That nobody answers is another trouble than that the answer is wrong; it changes as little."""
    before, distribution.reachable = rehearsal.header(), False
    assert files
    with pytest.raises(RepositoryUnreachableError):
        rehearsal.follow()
    assert rehearsal.header() == before


class BreakingDistribution(InMemoryDistribution):
    """A place whose connection breaks after some files."""

    def __init__(self, files: dict[str, bytes], *, after: int) -> None:
        """Serve ``files``, and no more than ``after`` of them."""
        super().__init__()
        self.files = files
        self._left = after

    def get(self, path: str) -> bytes | None:
        """Return the file at ``path``, or None when there is none."""
        self.reachable = self._left > 0
        self._left -= 1
        return super().get(path)


def test_what_breaks_off_leaves_the_old_state(
    rehearsal: Rehearsal, files: dict[str, bytes]
) -> None:
    """However many files came through before the connection broke, the store is as before; then it goes on."""
    before, looks = rehearsal.header(), 0
    while rehearsal.header() == before:
        rehearsal.distribution = BreakingDistribution(files, after=looks)
        try:
            rehearsal.follow()
        except RepositoryUnreachableError:
            assert rehearsal.header() == before
        looks += 1
    assert looks > 4
    assert rehearsal.content() == rehearsal.content("published")


class TestSignedLies:
    """What a publisher signs is still checked: digest, numbers, routes and form."""

    @pytest.mark.parametrize("full", [False, True], ids=["delta", "full"])
    def test_a_wrong_digest_is_refused(
        self, rehearsal: Rehearsal, files: dict[str, bytes], *, full: bool
    ) -> None:
        """Parts that do not lead to the signed content digest are not applied."""
        assert files
        if full:
            rehearsal.publish(full=True)
        index, wrong = rehearsal.index(), "0f" * 32
        last = msgspec.structs.replace((index.full, *index.deltas)[-1], digest=wrong)
        changes = {"full": last} if full else {"deltas": (last,)}
        rehearsal.publish_index(msgspec.structs.replace(index, digest=wrong, **changes))
        refuse(rehearsal, "content digest")

    def test_an_older_number_is_refused(
        self, rehearsal: Rehearsal, files: dict[str, bytes]
    ) -> None:
        """Also under the newest timestamp a snapshot does not go back."""
        assert files
        rehearsal.follow()
        index = rehearsal.index()
        old = msgspec.structs.replace(
            index, number=index.full.number, digest=index.full.digest, deltas=()
        )
        rehearsal.publish_index(old)
        refuse(rehearsal, "older than the held")

    def test_an_index_that_contradicts_itself_is_refused(
        self, rehearsal: Rehearsal, files: dict[str, bytes]
    ) -> None:
        """A number that no piece leads to would lock out every later snapshot below it."""
        assert files
        rehearsal.publish_index(msgspec.structs.replace(rehearsal.index(), number=900))
        refuse(rehearsal, "contradicts itself")

    @pytest.mark.parametrize(
        "name", ["lists/unknown", "lists/../../keys/root-1.pem", "decision-keys/unknown", "x", ""]
    )
    def test_a_part_that_is_not_published_is_refused(
        self, rehearsal: Rehearsal, files: dict[str, bytes], name: str
    ) -> None:
        """An index may name what it likes; only what TUF vouches for is fetched."""
        assert files
        repository, index = rehearsal.repository(), rehearsal.index()
        delta = msgspec.structs.replace(index.deltas[0], parts=(name,))
        lie = msgspec.structs.replace(index, deltas=(delta,))
        targets = [
            repository.stage("lists/index.json", lie.encode()),
            *map(repository.known, index.full.parts),
        ]
        repository.commit({"lists": targets}, now=rehearsal.clock(), lease=rehearsal.policy.lease)
        rehearsal.push()
        refuse(rehearsal, "not among what was published")

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"{}",
            b"[]",
            b"garbage",
            b'{"keys":[{}]}',
            b'{"keys":[{"keyid":"a","not_after":1}]}',
        ],
    )
    def test_a_damaged_document_of_the_keys_is_refused(
        self, rehearsal: Rehearsal, files: dict[str, bytes], content: bytes
    ) -> None:
        """Without knowing until when it may sign, a gateway does not go on."""
        assert files
        rehearsal.publish_keys_document(content)
        refuse(rehearsal, "decision keys")

    def test_an_index_of_another_form_is_refused(
        self, rehearsal: Rehearsal, files: dict[str, bytes]
    ) -> None:
        """A format that this version does not know is not followed half-way."""
        assert files
        rehearsal.publish_index(msgspec.structs.replace(rehearsal.index(), format=3))
        refuse(rehearsal, "upgrade")

    def test_a_route_under_another_key_is_refused(
        self, rehearsal: Rehearsal, files: dict[str, bytes]
    ) -> None:
        """Nobody can be sent to another body to contest than the one the digest covers."""
        assert files
        repository, index = rehearsal.repository(), rehearsal.index()
        part = msgspec.msgpack.encode(([(bytes(12), b"\x93\xa1A\xa1B\xa1C")], []))
        info = repository.stage("lists/delta-3-00000", part)
        piece = msgspec.structs.replace(index.deltas[0], since=2, number=3, parts=(info.path,))
        lie = msgspec.structs.replace(index, number=3, deltas=(*index.deltas, piece))
        kept = [name for old in (index.full, *index.deltas) for name in old.parts]
        targets = [
            repository.stage("lists/index.json", lie.encode()),
            *map(repository.known, kept),
            info,
        ]
        repository.commit({"lists": targets}, now=rehearsal.clock(), lease=rehearsal.policy.lease)
        rehearsal.push()
        refuse(rehearsal, "contest route")
