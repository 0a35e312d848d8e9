"""The store on disk: everything or nothing, one snapshot for a reader, and a digest of exactly what is in it."""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import lmdb
import msgspec
import pytest

from gateway.errors import StoreError
from gateway.snapshot.store import (
    STORE_FORMAT,
    Store,
    StoredHeader,
    StoreView,
    StoreWriter,
    open_store,
)
from tests.fakes.fixed_clock import MORNING

MAP_BYTES = 16 * 1024 * 1024
HEADER = StoredHeader(
    number=3,
    digest=bytes(range(32)),
    pack="0f" * 32,
    entries=2,
    as_of=MORNING,
    lease_until=MORNING + timedelta(seconds=60),
    decision_keys={"k": MORNING + timedelta(hours=1)},
)
KEY = bytes(16)


@pytest.fixture
def path(quick_path: Path) -> Path:
    """The folder of a store."""
    return quick_path / "store"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """An empty store."""
    with open_store(path, map_bytes=MAP_BYTES) as store:
        yield store


def records(count: int, seed: int = 7) -> dict[bytes, bytes]:
    """Return ``count`` sorted records that crowd into few buckets, so that some have many records."""
    chance = random.Random(seed)
    found = {
        bytes((chance.randrange(3), chance.randrange(3))) + chance.randbytes(14): chance.randbytes(
            9
        )
        for _ in range(count)
    }
    return dict(sorted(found.items()))


def rebuilt_digest(content: dict[bytes, bytes]) -> bytes:
    """Return the content digest of ``content``, computed from its definition."""
    leaves: dict[str, bytes] = {}
    for key, record in sorted(content.items()):
        leaf = key.hex()[:5]
        leaves[leaf] = leaves.get(leaf, b"") + key + len(record).to_bytes(4) + record
    digest = sha256(b"jointgate content v2\n")
    for row in range(256):
        buckets = [_bucket_digest(leaves, f"{row:02x}{place:02x}") for place in range(256)]
        if any(map(any, buckets)):
            digest.update(bytes((row,)) + b"".join(buckets))
    return digest.digest()


def _bucket_digest(leaves: dict[str, bytes], number: str) -> bytes:
    """Return the digest of a bucket from the contents of its leaves."""
    contents = [leaves.get(f"{number}{place:x}", b"") for place in range(16)]
    digests = [sha256(content).digest() if content else bytes(32) for content in contents]
    return sha256(b"".join(digests)).digest() if any(contents) else bytes(32)


def seen(store: Store, look: Callable[[StoreView], object]) -> object:
    """Return what a new reader sees."""
    with store.read() as view:
        return look(view)


def digest_of(store: Store) -> object:
    """Return the content digest that a new reader sees."""
    return seen(store, StoreView.content_digest)


class TestContent:
    """Records, routes, trust files and the header come back as they were put."""

    def test_a_new_store_is_empty(self, store: Store) -> None:
        """Nobody is listed, nothing is known, and there is no header."""
        assert seen(store, StoreView.header) is None
        assert seen(store, StoreView.count) == 0
        assert seen(store, lambda view: (view.record(KEY), view.route(KEY), view.trust("x"))) == (
            None,
            None,
            None,
        )
        assert digest_of(store) == rebuilt_digest({})

    def test_what_was_put_is_found(self, store: Store) -> None:
        """Each kind of entry has its own name space."""
        with store.write() as writer:
            writer.put_sorted([(KEY, b"record")])
            writer.put_routes([(KEY, b"route")])
            writer.replace_trust({"name": b"file"})
            writer.put_header(HEADER)
        with store.read() as view:
            assert (view.record(KEY), view.route(KEY)) == (b"record", b"route")
            assert (view.trust("name"), view.header()) == (b"file", HEADER)
            assert (list(view.all_records()), view.count()) == ([(KEY, b"record")], 1)

    def test_clearing_keeps_header_and_trust(self, store: Store) -> None:
        """A full snapshot replaces records and routes; what partners see changes only with the header."""
        with store.write() as writer:
            writer.change([(KEY, b"record")])
            writer.put_routes([(KEY, b"route")])
            writer.replace_trust({"name": b"file"})
            writer.put_header(HEADER)
        with store.write() as writer:
            writer.clear()
        with store.read() as view:
            assert (view.record(KEY), view.route(KEY), view.count()) == (None, None, 0)
            assert (view.trust("name"), view.header()) == (b"file", HEADER)
        assert digest_of(store) == rebuilt_digest({})

    def test_trust_files_are_replaced_as_a_whole(self, store: Store) -> None:
        """What partners could fetch before is gone."""
        for name in ("old", "new"):
            with store.write() as writer:
                writer.replace_trust({name: b"file"})
        assert seen(store, lambda view: (view.trust("old"), view.trust("new"))) == (None, b"file")


class TestDigest:
    """The content digest says exactly what is in the store, however it came there."""

    @pytest.mark.parametrize("count", [0, 1, 2, 500])
    def test_a_full_load_has_the_digest_of_its_content(self, store: Store, count: int) -> None:
        """The digest can be computed from the records alone."""
        content = records(count)
        with store.write() as writer:
            writer.put_sorted(content.items())
        assert digest_of(store) == rebuilt_digest(content)

    def test_what_is_held_already_is_not_hashed_again(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A merged delta costs a gateway that holds most of it no more than what is new to it."""
        content, hashed = records(300), []
        with store.write() as writer:
            writer.put_sorted(content.items())
        new, gone = bytes(15) + b"\x01", bytes(15) + b"\x02"
        read = StoreWriter._records_in  # noqa: SLF001 - what is counted

        def counted(writer: StoreWriter, leaf: bytes) -> Iterator[tuple[bytes, bytes]]:
            hashed.append(leaf)
            return read(writer, leaf)

        monkeypatch.setattr(StoreWriter, "_records_in", counted)
        with store.write() as writer:
            writer.change([*content.items(), (gone, b""), (new, b"record")])
        assert hashed == [bytes(3)]
        assert digest_of(store) == rebuilt_digest(content | {new: b"record"})

    def test_changes_lead_to_the_digest_of_a_full_load(self, store: Store) -> None:
        """Whatever was put, replaced and removed in between leaves no trace."""
        content, chance = records(300), random.Random(11)
        with store.write() as writer:
            writer.put_sorted(content.items())
        for _ in range(20):
            delta = {key: chance.randbytes(5) for key in chance.sample(sorted(content), 5)}
            delta |= dict.fromkeys(chance.sample(sorted(content), 5), b"")
            delta |= records(3, seed=chance.randrange(10**6))
            with store.write() as writer:
                writer.change(delta.items())
            content = {key: record for key, record in (content | delta).items() if record}
            assert digest_of(store) == rebuilt_digest(content)
            assert seen(store, lambda view: dict(view.all_records())) == content

    def test_an_emptied_bucket_leaves_no_trace(self, store: Store) -> None:
        """The last release of a bucket, and of all buckets, gives the digest from before."""
        before = digest_of(store)
        with store.write() as writer:
            writer.change([(KEY, b"1"), (b"\xff" * 16, b"2")])
        assert digest_of(store) != before
        with store.write() as writer:
            writer.change([(KEY, b""), (b"\xff" * 16, b"")])
        assert digest_of(store) == before

    def test_removing_what_is_not_there_changes_nothing(self, store: Store) -> None:
        """A delta may name somebody whom this store never held."""
        before = digest_of(store)
        with store.write() as writer:
            writer.change([(KEY, b"")])
        assert digest_of(store) == before

    @pytest.mark.parametrize(
        "other",
        [
            {},
            {KEY: b"B"},
            {KEY: b"A\0"},
            {KEY[:-1] + b"\1": b"A"},
            {b"\1" + KEY[1:]: b"A"},
            {b"\0\1" + KEY[2:]: b"A"},
            {KEY: b"A", b"\xff" * 16: b"A"},
        ],
    )
    def test_another_content_has_another_digest(
        self, store: Store, other: dict[bytes, bytes]
    ) -> None:
        """A changed byte, key, length or place, and somebody more or less, all show."""
        with store.write() as writer:
            writer.put_sorted([(KEY, b"A")])
        assert digest_of(store) != rebuilt_digest(other)

    def test_the_digest_is_seen_within_the_transaction(self, store: Store) -> None:
        """What is about to be committed can be compared with what was signed."""
        with store.write() as writer:
            writer.change([(KEY, b"A")])
            assert writer.content_digest() == rebuilt_digest({KEY: b"A"})


class TestTransactions:
    """Everything or nothing, and one snapshot for a reader."""

    def test_what_fails_changes_nothing(self, store: Store) -> None:
        """An exception on the way takes back everything of its transaction."""
        with store.write() as writer:
            writer.change([(KEY, b"before")])
            writer.put_header(HEADER)
        before = digest_of(store)

        def fail() -> None:
            with store.write() as writer:
                writer.clear()
                writer.change([(b"\1" * 16, b"after")])
                writer.replace_trust({"name": b"after"})
                writer.put_header(msgspec.structs.replace(HEADER, number=4))
                message = "something broke"
                raise RuntimeError(message)

        with pytest.raises(RuntimeError, match="something broke"):
            fail()
        assert digest_of(store) == before
        assert seen(store, lambda view: (view.header(), view.record(KEY), view.trust("name"))) == (
            HEADER,
            b"before",
            None,
        )

    def test_a_reader_sees_one_snapshot(self, store: Store, path: Path) -> None:
        """Header and records that were opened together stay together, whatever is committed meanwhile."""
        del path
        with store.write() as writer:
            writer.change([(KEY, b"before")])
            writer.put_header(HEADER)
        with store.read() as view:
            with store.write() as writer:
                writer.change([(KEY, b""), (b"\1" * 16, b"after")])
                writer.put_header(msgspec.structs.replace(HEADER, number=4))
            assert view.header() == HEADER
            assert (view.record(KEY), view.record(b"\1" * 16)) == (b"before", None)
        with store.read() as view:
            assert view.header() == msgspec.structs.replace(HEADER, number=4)
            assert (view.record(KEY), view.record(b"\1" * 16)) == (None, b"after")

    @pytest.mark.parametrize(
        "keys", [(b"\1", b"\0"), (b"\0", b"\0"), (b"\0", b"\1", b"\0"), (b"\2", b"\1")]
    )
    def test_a_load_out_of_order_is_refused(self, store: Store, keys: tuple[bytes, ...]) -> None:
        """A full snapshot that is not sorted, or repeats somebody, is not loaded."""
        content = [(key * 16, b"record") for key in keys]
        with pytest.raises(StoreError, match="order"), store.write() as writer:
            writer.put_sorted(content)
        assert seen(store, StoreView.count) == 0

    def test_a_load_out_of_order_within_a_bucket_is_refused(self, store: Store) -> None:
        """The same inside one bucket."""
        content = [(bytes(15) + b"\1", b"1"), (bytes(16), b"2")]
        with pytest.raises(StoreError, match="order"), store.write() as writer:
            writer.put_sorted(content)

    def test_a_full_store_keeps_what_it_held(self, quick_path: Path) -> None:
        """When there is no room nothing is changed, the message names the setting, and reading goes on."""
        with open_store(quick_path / "small", map_bytes=128 * 1024) as small:
            with small.write() as writer:
                writer.change([(KEY, b"kept")])
                writer.put_header(HEADER)
            before = digest_of(small)
            with pytest.raises(StoreError, match="store_gib"), small.write() as writer:
                writer.change([(bytes((number,)) * 16, bytes(2_000)) for number in range(200)])
            assert digest_of(small) == before
            assert seen(small, StoreView.header) == HEADER
            with small.write() as writer:
                writer.change([(KEY, b"changed")])
            assert seen(small, lambda view: view.record(KEY)) == b"changed"


class TestOpening:
    """A writer creates the store; a reader only opens it."""

    def test_a_reopened_store_holds_what_it_held(self, path: Path) -> None:
        """Nothing is lost when a process ends."""
        with open_store(path, map_bytes=MAP_BYTES) as store, store.write() as writer:
            writer.put_sorted(records(50).items())
            writer.put_header(HEADER)
        with open_store(path, map_bytes=MAP_BYTES) as store:
            assert digest_of(store) == rebuilt_digest(records(50))
            assert seen(store, StoreView.header) == HEADER

    def test_a_reader_reads(self, path: Path) -> None:
        """Opened for reading only, everything is found."""
        with open_store(path, map_bytes=MAP_BYTES) as store, store.write() as writer:
            writer.change([(KEY, b"record")])
        with open_store(path, map_bytes=MAP_BYTES, readonly=True) as reader:
            assert seen(reader, lambda view: view.record(KEY)) == b"record"

    def test_a_reader_cannot_write(self, path: Path) -> None:
        """A worker cannot change what it answers from."""
        open_store(path, map_bytes=MAP_BYTES).close()
        with open_store(path, map_bytes=MAP_BYTES, readonly=True) as reader:
            with pytest.raises(lmdb.Error), reader.write() as writer:
                writer.put_header(HEADER)
            assert seen(reader, StoreView.header) is None

    def test_a_missing_store_is_not_created_by_a_reader(self, path: Path) -> None:
        """A worker that starts before the follower says so instead of serving emptiness."""
        with pytest.raises(StoreError, match="cannot be opened"):
            open_store(path, map_bytes=MAP_BYTES, readonly=True)
        assert not path.exists()

    def test_an_empty_folder_is_no_store_for_a_reader(self, path: Path) -> None:
        """Nor does a reader fill a folder that is there."""
        path.mkdir()
        with pytest.raises(StoreError, match="cannot be opened"):
            open_store(path, map_bytes=MAP_BYTES, readonly=True)

    @pytest.mark.parametrize("content", [b"", b"garbage" * 10_000])
    def test_what_is_no_store_is_refused(self, path: Path, content: bytes) -> None:
        """A damaged file is said, and the cure with it."""
        path.mkdir()
        (path / "data.mdb").write_bytes(content)
        if content:
            with pytest.raises(StoreError, match="follower creates it"):
                open_store(path, map_bytes=MAP_BYTES)
        else:
            open_store(path, map_bytes=MAP_BYTES).close()

    def test_the_folder_is_its_owners(self, store: Store, path: Path) -> None:
        """Pseudonyms are nobody else's business, even without the key."""
        assert path.stat().st_mode & 0o777 == 0o700
        assert digest_of(store)

    @pytest.mark.parametrize(
        "raw",
        [
            b"garbage",
            b"\x80",
            msgspec.msgpack.encode({"number": 3}),
            msgspec.msgpack.encode(HEADER).replace(b"number", b"n\xff\xffber"),
            msgspec.msgpack.encode(HEADER).replace(b"0f0f", b"\xff\xff\xff\xff"),
            msgspec.msgpack.encode({**msgspec.to_builtins(HEADER), "more": 1}),
            msgspec.msgpack.encode(msgspec.structs.replace(HEADER, format=STORE_FORMAT + 1)),
            msgspec.msgpack.encode(msgspec.structs.replace(HEADER, format=0)),
        ],
        ids=["garbage", "empty", "incomplete", "name", "text", "more", "newer", "older"],
    )
    def test_a_header_of_another_version_is_refused(self, store: Store, raw: bytes) -> None:
        """What another version wrote is not guessed at; the store is rebuilt."""
        with store.write() as writer:
            writer._transaction.put(b"header", raw, db=writer._databases[b"meta"])  # noqa: SLF001
        with pytest.raises(StoreError, match="rebuilt"):
            seen(store, StoreView.header)
