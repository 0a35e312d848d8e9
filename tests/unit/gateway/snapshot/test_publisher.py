"""Publishing: full or delta or only the lease, with the decision keys, and on from any state."""

import shutil
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from gateway.errors import CommandError
from gateway.keys import new_decision_key
from gateway.snapshot.publication import publisher_lock
from tests.fakes.in_memory_distribution import InMemoryDistribution
from tests.fakes.in_memory_register import InMemoryRegister
from tests.fakes.rehearsal import Rehearsal
from tests.fakes.synthetic_parties import citizen, listing


def list_citizens(scene: Rehearsal, count: int, *, start: int = 0) -> None:
    """Put ``count`` listed citizens into the register."""
    for serial in range(start, start + count):
        scene.register.put(citizen(serial), listing(f"L{serial}"))


def test_the_first_publication_is_full(rehearsal: Rehearsal) -> None:
    """A new site begins with snapshot 1, and everybody listed is in it."""
    list_citizens(rehearsal, 3)
    publication = rehearsal.publish()
    assert (publication.kind, publication.number, publication.entries) == ("full", 1, 3)
    assert rehearsal.listed(citizen(2), "published") == ["L2"]


def test_an_empty_register_is_published(rehearsal: Rehearsal) -> None:
    """That nobody is listed is an answer, and needs a snapshot too."""
    publication = rehearsal.publish()
    assert (publication.kind, publication.entries, publication.parts) == ("full", 0, 1)


def test_without_a_change_only_the_lease_moves(rehearsal: Rehearsal) -> None:
    """Number and digest stay, so that followers fetch nothing but the timestamp."""
    list_citizens(rehearsal, 1)
    first = rehearsal.publish()
    rehearsal.clock.advance(seconds=20)
    second = rehearsal.publish()
    assert (second.kind, second.number, second.digest) == ("lease", first.number, first.digest)
    assert second.lease_until - first.lease_until == timedelta(seconds=20)
    assert second.lease_until == rehearsal.clock() + rehearsal.policy.lease


def test_a_change_is_a_delta(rehearsal: Rehearsal) -> None:
    """Only what changed is published."""
    list_citizens(rehearsal, 5)
    rehearsal.publish()
    publication = rehearsal.change(citizen(0), listing("L0", measures=["38"]))
    assert (publication.kind, publication.number, publication.changed) == ("delta", 2, 1)
    assert publication.entries == 5


def test_a_release_removes_the_record(rehearsal: Rehearsal) -> None:
    """A party whose last listing ended is not in the snapshot any more."""
    list_citizens(rehearsal, 2)
    rehearsal.publish()
    publication = rehearsal.change(citizen(0))
    assert (publication.kind, publication.entries) == ("delta", 1)
    assert rehearsal.listed(citizen(0), "published") == []


def test_a_change_that_changes_nothing_is_noted(rehearsal: Rehearsal) -> None:
    """The register moved, the records did not: number and digest stay, and it is not compiled again."""
    list_citizens(rehearsal, 1)
    first = rehearsal.publish()
    second = rehearsal.change(citizen(0), listing("L0"))
    assert (second.kind, second.number, second.digest) == ("lease", first.number, first.digest)
    assert rehearsal.index().change == rehearsal.register.last_change()
    assert rehearsal.follow().header.number == first.number


def test_a_full_snapshot_can_be_asked_for(rehearsal: Rehearsal) -> None:
    """An operator may always start the chain anew; content and digest are those of the deltas."""
    list_citizens(rehearsal, 3)
    rehearsal.publish()
    delta = rehearsal.change(citizen(1))
    full = rehearsal.publish(full=True)
    assert (full.kind, full.number, full.digest) == ("full", 3, delta.digest)
    assert rehearsal.index().deltas == ()


def test_more_changes_than_half_are_a_full_snapshot(rehearsal: Rehearsal) -> None:
    """When more than two hundred batches and half of all change at once, a full snapshot is the shorter way."""
    rehearsal.set_policy(delta_records=5)
    list_citizens(rehearsal, 10)
    rehearsal.publish()
    list_citizens(rehearsal, 1_000, start=10)
    publications = rehearsal.compile_all()
    assert [one.changed for one in publications if one.kind == "delta"] == [5] * 200
    list_citizens(rehearsal, 1_001, start=2_000)
    (publication,) = rehearsal.compile_all()
    assert (publication.kind, publication.entries) == ("full", 2_011)
    rehearsal.push()
    assert rehearsal.follow().header.entries == 2_011


def test_another_pack_needs_a_full_snapshot(rehearsal: Rehearsal) -> None:
    """Records are numbered by the pack's tables, so a delta across packs would mean something else."""
    list_citizens(rehearsal, 2)
    rehearsal.publish()
    rehearsal.use_pack(replace(rehearsal.pack, version="next", digest="ab" * 32))
    publication = rehearsal.change(citizen(0))
    assert (publication.kind, publication.number, publication.entries) == ("full", 2, 1)
    assert rehearsal.index().pack.version == "next"


def test_parts_are_bounded(rehearsal: Rehearsal) -> None:
    """Many records are many parts, each below the set size."""
    list_citizens(rehearsal, 200)
    publication = rehearsal.publish()
    sizes = [
        path.stat().st_size
        for name, path in rehearsal.repository().files().items()
        if "full-" in name
    ]
    assert len(sizes) == publication.parts > 3
    assert max(sizes) <= rehearsal.policy.part_bytes
    assert sum(sizes) == publication.content_bytes


def test_progress_is_told(rehearsal: Rehearsal) -> None:
    """Whoever publishes a long list sees that it goes on."""
    list_citizens(rehearsal, 2_000)
    seen: list[int] = []
    list(rehearsal.publisher().publish(progress=seen.append))
    assert seen == [1_000, 2_000]


def test_the_index_says_what_was_covered(rehearsal: Rehearsal) -> None:
    """Instant, change number, count and digest are those of the publication."""
    list_citizens(rehearsal, 4)
    publication = rehearsal.publish()
    index = rehearsal.index()
    assert (index.number, index.digest) == (publication.number, publication.digest)
    assert (index.as_of, index.change, index.entries) == (rehearsal.clock(), 4, 4)


class TestWhileAFullSnapshotIsCompiled:
    """Endings go on, and so does the lease; what was published meanwhile is not undone."""

    @pytest.fixture(autouse=True)
    def _large(self, rehearsal: Rehearsal) -> None:
        list_citizens(rehearsal, 2_500)
        rehearsal.publish()
        rehearsal.follow()

    def test_an_ending_is_published_before_the_full_snapshot(self, rehearsal: Rehearsal) -> None:
        """It does not wait, and the full snapshot, compiled from an older state, does not bring the listing back."""
        publications = rehearsal.publisher().publish(full=True, progress=self.ends_first(rehearsal))
        first = next(publications)
        rehearsal.push()
        assert (first.kind, first.changed) == ("delta", 1)
        assert rehearsal.follow().applied == "deltas"
        assert rehearsal.listed(citizen(0)) == []
        kinds = [one.kind for one in publications]
        assert kinds[0] == "full"
        rehearsal.push()
        assert rehearsal.follow().applied == "full"
        assert rehearsal.listed(citizen(0)) == []
        assert rehearsal.index().change == rehearsal.register.last_change()

    def test_what_changes_after_an_ending_was_published_is_in_it(
        self, rehearsal: Rehearsal
    ) -> None:
        """What was compiled before the full snapshot's own view does not replace what that one shows."""
        rehearsal.register.ease(citizen(0), listing("stayed"))
        publications = rehearsal.publisher().publish(full=True)
        assert next(publications).kind == "delta"
        rehearsal.register.put(citizen(0), listing("stay lifted"))
        assert [one.kind for one in publications] == ["full"]
        rehearsal.push()
        rehearsal.follow()
        assert rehearsal.listed(citizen(0)) == ["stay lifted"]

    def ends_first(self, scene: Rehearsal) -> Callable[[int], None]:
        """Return a progress that ends a listing when the first thousand are compiled."""

        def progress(count: int) -> None:
            if count == 1_000:
                scene.register.put(citizen(0))

        return progress

    def test_the_lease_goes_on(self, rehearsal: Rehearsal) -> None:
        """However long the compiling takes, gateways do not fall silent."""

        def progress(_: int) -> None:
            rehearsal.clock.advance(seconds=25)

        publications = rehearsal.publisher().publish(full=True, progress=progress)
        leases = [(one.kind, one.lease_until - rehearsal.clock()) for one in publications]
        assert leases == [(kind, rehearsal.policy.lease) for kind in ("lease", "lease", "full")]

    def test_other_tables_keep_no_old_lease_alive(self, rehearsal: Rehearsal) -> None:
        """A gateway of the old tables falls silent rather than restricting somebody whose release waits."""
        rehearsal.use_pack(replace(rehearsal.pack, version="next", digest="ab" * 32))

        def progress(_: int) -> None:
            rehearsal.clock.advance(seconds=25)

        publications = rehearsal.publisher().publish(progress=progress)
        assert [one.kind for one in publications] == ["full"]


def test_the_lease_goes_on_while_nothing_new_is_found(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a restart behind a large feed most of it turns out to be published, and that takes its time."""
    rehearsal.set_policy(delta_records=1)
    rehearsal.publish()
    list_citizens(rehearsal, 12)
    begun = rehearsal.publisher().publish()
    until = [next(begun).lease_until for _ in range(11)][-1]
    assert isinstance(begun, Generator)
    begun.close()
    view = rehearsal.register.view

    def slow() -> AbstractContextManager[InMemoryRegister]:
        rehearsal.clock.advance(seconds=10)
        return view()

    monkeypatch.setattr(rehearsal.register, "view", slow)
    kinds = []
    for publication in rehearsal.publisher().publish():
        assert publication.lease_until - rehearsal.policy.lease < until
        kinds.append(publication.kind)
        until = publication.lease_until
    assert kinds[:2] == ["lease", "lease"]
    assert kinds[-1] == "delta"


def test_a_publisher_after_an_upgrade_goes_on_with_the_numbers(rehearsal: Rehearsal) -> None:
    """An index of an older format is not followed, but its number is not used again."""
    list_citizens(rehearsal, 2)
    rehearsal.publish()
    rehearsal.publish_index(msgspec.structs.replace(rehearsal.index(), format=1, number=7))
    publication = rehearsal.publish()
    assert (publication.kind, publication.number, publication.entries) == ("full", 8, 2)
    assert rehearsal.follow().header.number == 8


class TestDecisionKeys:
    """The gateway's key is delegated for a while at a time."""

    def not_after(self, scene: Rehearsal) -> datetime:
        """Return until when the one delegated key may sign."""
        (row,) = scene.delegated_keys()
        return datetime.fromisoformat(row["not_after"])

    def test_the_key_is_delegated_for_its_term(self, rehearsal: Rehearsal) -> None:
        """The delegation names issuer and key, begins a little early and ends after the set term."""
        rehearsal.publish()
        (row,) = rehearsal.delegated_keys()
        assert (row["issuer"], row["keyid"]) == (
            "gateway.test",
            rehearsal.decision_key.public_key.keyid,
        )
        began = rehearsal.clock() - datetime.fromisoformat(row["not_before"])
        assert began == timedelta(minutes=5)
        assert self.not_after(rehearsal) == rehearsal.clock() + timedelta(hours=24)

    @pytest.mark.parametrize(
        ("hours", "renewed"), [(1, False), (11, False), (12, True), (23, True)]
    )
    def test_it_is_renewed_in_the_second_half_of_its_term(
        self, rehearsal: Rehearsal, hours: int, *, renewed: bool
    ) -> None:
        """A gateway that follows always has half a term left; before that nothing is signed for nothing."""
        rehearsal.publish()
        before = rehearsal.delegated_keys()
        rehearsal.clock.advance(hours=hours)
        rehearsal.publish()
        (row,) = rehearsal.delegated_keys()
        assert (row != before[0]) == renewed
        assert row["not_before"] == before[0]["not_before"]
        if renewed:
            assert self.not_after(rehearsal) == rehearsal.clock() + timedelta(hours=24)

    @pytest.mark.parametrize("change", [True, False], ids=["delta", "lease"])
    def test_a_new_key_replaces_the_old_one_at_once(
        self, rehearsal: Rehearsal, *, change: bool
    ) -> None:
        """Exchanging the key takes one publication, and the old one is not delegated any more."""
        rehearsal.publish()
        rehearsal.decision_key = new_decision_key()
        if change:
            list_citizens(rehearsal, 1)
        rehearsal.publish()
        (row,) = rehearsal.delegated_keys()
        assert row["keyid"] == rehearsal.decision_key.public_key.keyid

    def test_a_new_issuer_is_delegated_at_once(self, rehearsal: Rehearsal) -> None:
        """A gateway that was given another name can sign under it after one publication."""
        rehearsal.publish()
        rehearsal.issuer = "renamed.test"
        rehearsal.publish()
        assert [row["issuer"] for row in rehearsal.delegated_keys()] == ["renamed.test"]


class TestRecovery:
    """The publisher goes on from whatever it finds."""

    @pytest.fixture(autouse=True)
    def _published(self, rehearsal: Rehearsal) -> None:
        list_citizens(rehearsal, 3)
        rehearsal.publish()
        rehearsal.change(citizen(1))
        rehearsal.follow()

    def lose_store(self, scene: Rehearsal) -> None:
        """Remove the publisher's own store."""
        scene.close_store("published")
        shutil.rmtree(scene.folder / "published")

    def damage(self, scene: Rehearsal, stem: str) -> None:
        """Remove the committed part whose name has ``stem``."""
        (path,) = (path for path in scene.repository().files().values() if stem in path.name)
        path.unlink()

    def test_a_lost_store_is_replayed(self, rehearsal: Rehearsal) -> None:
        """The committed parts lead back to the store, and the next delta fits onto everybody's."""
        self.lose_store(rehearsal)
        publication = rehearsal.change(citizen(9), listing("L9"))
        assert (publication.kind, publication.number, publication.changed) == ("delta", 3, 1)
        assert rehearsal.follow().applied == "deltas"
        assert rehearsal.content() == rehearsal.content("published")

    def test_a_lost_store_is_replayed_for_the_lease_too(self, rehearsal: Rehearsal) -> None:
        """Renewing the lease alone also mends the store."""
        self.lose_store(rehearsal)
        assert rehearsal.publish().kind == "lease"
        assert rehearsal.content("published") == rehearsal.content()
        header = rehearsal.header("published")
        assert header is not None
        assert header.number == rehearsal.index().number

    @pytest.mark.parametrize("stem", ["full-1", "delta-2"])
    def test_lost_parts_are_said_and_a_full_snapshot_helps(
        self, rehearsal: Rehearsal, stem: str
    ) -> None:
        """Without its files the publisher does not guess; the cure that it names works."""
        self.lose_store(rehearsal)
        self.damage(rehearsal, stem)
        with pytest.raises(CommandError, match="publish --full"):
            rehearsal.publish()
        assert rehearsal.publish(full=True).kind == "full"
        assert rehearsal.follow().header.number == 3
        assert rehearsal.content() == rehearsal.content("published")

    def test_damaged_parts_are_said_and_a_full_snapshot_helps(self, rehearsal: Rehearsal) -> None:
        """A committed part with another content is noticed by the digest, and does not get out."""
        self.lose_store(rehearsal)
        (path,) = (p for p in rehearsal.repository().files().values() if "delta-2" in p.name)
        path.write_bytes(b"\x92\x90\x90")
        with pytest.raises(CommandError, match="publish --full"):
            rehearsal.publish()
        assert rehearsal.publish(full=True).kind == "full"

    def test_a_wiped_redis_is_refilled(self, rehearsal: Rehearsal) -> None:
        """One push brings everything back that gateways need, also a new one."""
        assert isinstance(rehearsal.distribution, InMemoryDistribution)
        rehearsal.distribution.files.clear()
        rehearsal.publish()
        assert rehearsal.follow("new").applied == "full"
        assert rehearsal.follow().applied == "lease"

    def test_no_file_without_a_purpose_is_distributed(self, rehearsal: Rehearsal) -> None:
        """What is not named any more is removed, on disk and where gateways fetch it."""
        assert isinstance(rehearsal.distribution, InMemoryDistribution)
        rehearsal.publish(full=True)
        committed = rehearsal.repository().files()
        assert rehearsal.distribution.files.keys() == committed.keys()
        on_disk = {path for path in (rehearsal.folder / "repository").rglob("*") if path.is_file()}
        assert on_disk == set(committed.values())


def test_a_site_that_is_published_for_weeks_never_lapses(rehearsal: Rehearsal) -> None:
    """Metadata and keys are renewed on the way, whether anything changes or not."""
    rehearsal.publish()
    for _ in range(10):
        rehearsal.clock.advance(days=2)
        rehearsal.publish()
        header = rehearsal.follow().header
        assert header.lease_until == rehearsal.clock() + rehearsal.policy.lease
        assert min(header.decision_keys.values()) > rehearsal.clock() + timedelta(hours=12)


def test_the_publisher_lock_is_held_by_one(tmp_path: Path) -> None:
    """A second publisher is refused while the first is at work, and not afterwards."""
    with (
        publisher_lock(tmp_path),
        pytest.raises(CommandError, match="another publisher"),
        publisher_lock(tmp_path, wait=False),
    ):
        pytest.fail("both publishers got the lock")
    with publisher_lock(tmp_path, wait=False):
        pass
