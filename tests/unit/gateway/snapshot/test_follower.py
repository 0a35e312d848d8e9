"""Following: whatever a gateway held before, a look brings it to what is published."""

import errno
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from tuf.api.metadata import Metadata, Root

from gateway.errors import SnapshotError, StoreError
from gateway.keys import new_role_key
from gateway.snapshot.store import open_store
from tests.fakes.rehearsal import Rehearsal
from tests.fakes.synthetic_parties import citizen, listing


@pytest.fixture(autouse=True)
def _published(rehearsal: Rehearsal) -> None:
    """Three citizens are listed and published."""
    for serial in range(3):
        rehearsal.register.put(citizen(serial), listing(f"L{serial}"))
    rehearsal.publish()


def test_the_first_look_takes_everything(rehearsal: Rehearsal) -> None:
    """A new gateway holds the published content, number, digest, pack and terms."""
    update = rehearsal.follow()
    assert update.applied == "full"
    header, index = update.header, rehearsal.index()
    assert (header.number, header.entries) == (index.number, index.entries) == (1, 3)
    assert header.digest.hex() == index.digest
    assert (header.pack, header.as_of) == (rehearsal.pack.digest, index.as_of)
    assert header.lease_until == rehearsal.clock() + timedelta(seconds=60)
    assert header.decision_keys == {
        rehearsal.decision_key.public_key.keyid: rehearsal.clock() + timedelta(hours=24)
    }
    assert rehearsal.header() == header
    assert rehearsal.listed(citizen(2)) == ["L2"]


def test_deltas_are_applied(rehearsal: Rehearsal) -> None:
    """A gateway that missed several publications applies all deltas since its own, at once."""
    rehearsal.follow()
    rehearsal.change(citizen(0))
    rehearsal.change(citizen(3), listing("L3"))
    rehearsal.change(citizen(1), listing("L1", measures=["38"]))
    assert rehearsal.follow().applied == "deltas"
    assert rehearsal.listed(citizen(0)) == []
    assert rehearsal.content() == rehearsal.content("published")


def test_a_new_gateway_applies_full_and_deltas(rehearsal: Rehearsal) -> None:
    """Whoever comes late gets to the same content."""
    rehearsal.follow()
    rehearsal.change(citizen(0))
    rehearsal.follow()
    assert rehearsal.follow("late").applied == "full"
    assert rehearsal.content("late") == rehearsal.content()


def test_a_gateway_behind_the_full_snapshot_takes_it(rehearsal: Rehearsal) -> None:
    """Deltas that do not begin at the held number are not applied to it."""
    rehearsal.follow()
    rehearsal.publish(full=True)
    rehearsal.change(citizen(0))
    assert rehearsal.follow().applied == "full"
    assert rehearsal.content() == rehearsal.content("published")


def test_a_renewed_lease_moves_only_the_lease(rehearsal: Rehearsal) -> None:
    """When nothing changed nothing is fetched but metadata, and answers go on."""
    first = rehearsal.follow().header
    rehearsal.clock.advance(seconds=30)
    rehearsal.publish()
    second = rehearsal.follow()
    assert second.applied == "lease"
    assert second.header.lease_until - first.lease_until == timedelta(seconds=30)
    assert (second.header.number, second.header.digest) == (first.number, first.digest)


def test_the_lease_is_the_shortest_of_all_terms(rehearsal: Rehearsal) -> None:
    """Answers stop when any of the metadata behind them lapses, not only the timestamp."""
    rehearsal.set_policy(lease=timedelta(days=30))
    rehearsal.publish()
    assert rehearsal.follow().header.lease_until == rehearsal.clock() + timedelta(days=7)


def test_a_look_without_news_is_harmless(rehearsal: Rehearsal) -> None:
    """Looking twice gives the same."""
    first = rehearsal.follow()
    assert rehearsal.follow().header == first.header


def test_routes_of_deltas_are_kept(rehearsal: Rehearsal) -> None:
    """A listing by an authority that is new with the delta can be contested, like any other."""
    rehearsal.follow()
    elsewhere = replace(listing("L9"), authority="Second Court of Utopia")
    rehearsal.change(citizen(9), elsewhere)
    assert rehearsal.follow().applied == "deltas"
    assert rehearsal.listed(citizen(9)) == ["L9"]


def test_only_metadata_stays_beside_the_store(rehearsal: Rehearsal) -> None:
    """Parts are verified in memory; nothing that was fetched lies about."""
    rehearsal.follow()
    left = {path.name for path in (rehearsal.folder / "gateway").iterdir()}
    assert left == {"metadata", "data.mdb", "lock.mdb"}


class TestPartners:
    """What partners may fetch from the gateway."""

    def test_partners_get_the_chain_to_the_decision_keys(self, rehearsal: Rehearsal) -> None:
        """Root, timestamp, snapshot, targets, decision-keys and the document itself, as published."""
        rehearsal.follow()
        files = rehearsal.trust_files()
        assert {name for name in files if not name.startswith("decision-keys/")} == {
            "1.root.json",
            "timestamp.json",
            "1.snapshot.json",
            "1.targets.json",
            "1.decision-keys.json",
        }
        (target,) = (name for name in files if name.startswith("decision-keys/"))
        published = rehearsal.repository().files()
        assert files[target] == published[f"targets/{target}"].read_bytes()
        assert files["timestamp.json"] == published["metadata/timestamp.json"].read_bytes()

    def test_partners_get_nothing_of_the_lists(self, rehearsal: Rehearsal) -> None:
        """No list, no part of one and not even the names of the parts are in what is served."""
        rehearsal.follow()
        files = rehearsal.trust_files()
        assert not [name for name in files if "lists" in name]
        assert not [name for name, content in files.items() if b"full-1" in content]

    def test_a_look_replaces_what_partners_get(self, rehearsal: Rehearsal) -> None:
        """Old versions are not served beside new ones."""
        rehearsal.follow()
        rehearsal.clock.advance(hours=13)
        rehearsal.publish()
        rehearsal.follow()
        files = rehearsal.trust_files()
        assert "2.decision-keys.json" in files
        assert "1.decision-keys.json" not in files
        assert len([name for name in files if name.startswith("decision-keys/")]) == 1


class TestRepair:
    """A store that is not what it says it is becomes right again by itself."""

    def test_deltas_on_a_damaged_store_lead_to_the_full_snapshot(
        self, rehearsal: Rehearsal, caplog: pytest.LogCaptureFixture
    ) -> None:
        """When the deltas do not end at the signed digest the full snapshot is taken, and it is said."""
        rehearsal.follow()
        with rehearsal.store("gateway").write() as writer:
            writer.change([(rehearsal.pseudonymiser.of(citizen(2)), b"damaged")])
        rehearsal.change(citizen(0))
        assert rehearsal.follow().applied == "full"
        assert rehearsal.content() == rehearsal.content("published")
        assert "full snapshot" in caplog.text

    def test_the_same_number_with_another_digest_is_replaced(self, rehearsal: Rehearsal) -> None:
        """A store from another life of the site does not pass for this one."""
        header = rehearsal.follow().header
        with rehearsal.store("gateway").write() as writer:
            writer.change([(bytes(16), b"of another life")])
            writer.put_header(msgspec.structs.replace(header, digest=writer.content_digest()))
        assert rehearsal.follow().applied == "full"
        assert rehearsal.content() == rehearsal.content("published")

    def test_a_store_of_another_pack_is_replaced(self, rehearsal: Rehearsal) -> None:
        """After an upgrade the gateway takes the full snapshot of its pack."""
        rehearsal.follow()
        rehearsal.use_pack(replace(rehearsal.pack, version="next", digest="ab" * 32))
        rehearsal.publish()
        update = rehearsal.follow()
        assert (update.applied, update.header.pack) == ("full", "ab" * 32)

    def test_a_full_store_keeps_what_it_held(self, rehearsal: Rehearsal, tmp_path: Path) -> None:
        """When there is no room for an update nothing is changed, and the message names the setting."""
        with open_store(tmp_path, map_bytes=256 * 1024) as small:
            rehearsal._stores["small"] = small  # noqa: SLF001 - a store of another size
            rehearsal.follow("small")
            before = rehearsal.content("small")
            for serial in range(900):
                rehearsal.register.put(citizen(serial), listing(f"L{serial}"))
            rehearsal.publish()
            with pytest.raises(StoreError, match="store_gib"):
                rehearsal.follow("small")
            assert rehearsal.content("small") == before
            del rehearsal._stores["small"]  # noqa: SLF001

    def test_a_full_disk_is_said(
        self, rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where nothing can be written the held state stays, and the next look goes on when there is room."""
        rehearsal.follow()
        before = rehearsal.header()
        rehearsal.change(citizen(0))

        def fail(*_: object, **__: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as full:
            full.setattr("tuf.ngclient.updater.Updater._persist_file", fail)
            with pytest.raises(StoreError, match="No space left"):
                rehearsal.follow()
        assert rehearsal.header() == before
        assert rehearsal.follow().applied == "deltas"


class TestRootRotation:
    """The root's holders can replace every other key."""

    def rotate(self, scene: Rehearsal, signatures: int) -> None:
        """Publish root 2, which gives the timestamp a new key, signed by some of the root's keys."""
        root = Metadata[Root].from_bytes(scene.root)
        root.signed.version = 2
        new = new_role_key()
        for keyid in list(root.signed.roles["timestamp"].keyids):
            root.signed.revoke_key(keyid, "timestamp")
        root.signed.add_key(new.public_key, "timestamp")
        root.signatures.clear()
        for signer in scene.root_keys[:signatures]:
            root.sign(signer, append=True)
        metadata = scene.folder / "repository" / "metadata"
        (metadata / "2.root.json").write_bytes(root.to_bytes())
        scene.signers["timestamp"] = new
        scene.publish()

    def test_a_new_root_is_followed(self, rehearsal: Rehearsal) -> None:
        """Enough signatures of the old root replace a key without touching any gateway."""
        rehearsal.follow()
        self.rotate(rehearsal, signatures=2)
        assert rehearsal.follow().applied == "lease"
        assert rehearsal.follow("new").applied == "full"
        assert {"1.root.json", "2.root.json"} <= rehearsal.trust_files().keys()

    def test_a_root_with_too_few_signatures_is_refused(self, rehearsal: Rehearsal) -> None:
        """One stolen root key replaces nothing."""
        rehearsal.follow()
        self.rotate(rehearsal, signatures=1)
        with pytest.raises(SnapshotError):
            rehearsal.follow()
