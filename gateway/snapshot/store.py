"""The store: LMDB on the host, written by one follower and read by every worker.

Responsible for: records, routes, trust metadata and the header in one environment; the content digest.
Not responsible for: verification (whoever writes has verified) or evaluation.

Rules kept here:

- Everything a snapshot changes is committed in one transaction together with its number, digest and lease.
- A reader gets records and header from one read transaction, so that no answer mixes two snapshots.

The content digest is a tree over the records in the order of their pseudonyms. A leaf is SHA-256 over the records that
share the first 20 bits (each as pseudonym, length in four bytes, record). A bucket is SHA-256 over the row of its 16
leaves, which share the first two bytes; what is empty is 32 zero bytes. The content digest is SHA-256 over a prefix and
the buckets in order, in rows of 256: each row that is not all zero behind its number. A delta rehashes only the leaves
it touches, of ten records each when ten million are listed, and the rows above them; a chain of deltas ends at the
digest of a full rebuild exactly when the contents are equal.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from itertools import groupby, pairwise, takewhile
from pathlib import Path
from typing import Self, cast

import lmdb
import msgspec

from gateway.errors import StoreError

_HEADER = b"header"
_DIGEST_PREFIX = b"jointgate content v2\n"
_DIGEST_BYTES = 32
_EMPTY = bytes(_DIGEST_BYTES)
_NO_LEAVES = bytes(16 * _DIGEST_BYTES)
_NO_BUCKETS = bytes(256 * _DIGEST_BYTES)
_BUCKET_BYTES = 2
_LEAF_BITS = 0xF0
"""Of the third byte, what belongs to a leaf's number."""
_LAST = b"\xff" * 32
STORE_FORMAT = 2


class StoredHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the store holds: which snapshot, of which pack, and until when it may be answered from.

    Attributes:
        number: the snapshot's number.
        digest: the content digest, 32 bytes.
        pack: the pack's digest, hexadecimal.
        entries: how many pseudonyms are listed.
        as_of: the instant the snapshot was compiled for, UTC.
        lease_until: from this instant on nothing may be answered, UTC.
        decision_keys: per key id until when it may sign, UTC.
    """

    number: int
    digest: bytes
    pack: str
    entries: int
    as_of: datetime
    lease_until: datetime
    decision_keys: dict[str, datetime]
    format: int = STORE_FORMAT


_headers = msgspec.msgpack.Decoder(StoredHeader)


class Store:
    """An LMDB environment with the databases records, routes, leaves, buckets, trust and meta."""

    def __init__(self, environment: lmdb.Environment) -> None:
        """Use ``open_store`` instead."""
        self._environment = environment
        self._databases = {
            name: environment.open_db(name, create=not environment.flags()["readonly"])
            for name in (b"records", b"routes", b"leaves", b"buckets", b"trust", b"meta")
        }

    def __enter__(self) -> Self:
        """Return the store itself; leaving closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the environment."""
        self.close()

    def close(self) -> None:
        """Close the environment; views must be closed before."""
        self._environment.close()

    @contextmanager
    def read(self) -> "Iterator[StoreView]":
        """Open a view: everything read through it is of one snapshot."""
        with self._environment.begin() as transaction:
            yield StoreView(transaction, self._databases)

    @contextmanager
    def write(self) -> "Iterator[StoreWriter]":
        """Open the one write transaction; it commits on leaving, and not at all when an exception leaves it.

        Raises:
            StoreError: the store or the disk is full; nothing was changed.
        """
        try:
            with self._environment.begin(write=True) as transaction:
                yield StoreWriter(transaction, self._databases)
        except (lmdb.MapFullError, lmdb.DiskError) as error:
            message = f"the store is full ({error}); give it more room with gateway.store_gib or on the disk"
            raise StoreError(message) from error


def open_store(path: Path, *, map_bytes: int, readonly: bool = False) -> Store:
    """Open the store in the folder ``path``; a writer creates it.

    Args:
        path: the folder.
        map_bytes: the upper bound of its size, in bytes.
        readonly: whether to open it for reading only.

    Raises:
        StoreError: it does not exist (when reading only) or is no store.
    """
    if not readonly:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        environment = lmdb.open(
            str(path),
            map_size=map_bytes,
            max_dbs=8,
            readonly=readonly,
            create=not readonly,
            max_readers=512,
            lock=True,
            metasync=False,
        )
        return Store(environment)
    except (lmdb.Error, OSError) as error:
        message = f"{path}: the store cannot be opened ({error}); the follower creates it from the published snapshot"
        raise StoreError(message) from error


class StoreView:
    """What one read transaction sees."""

    __slots__ = ("_databases", "_transaction")

    def __init__(
        self, transaction: lmdb.Transaction, databases: Mapping[bytes, "lmdb._Database"]
    ) -> None:
        """Use ``Store.read`` instead."""
        self._transaction = transaction
        self._databases = databases

    def header(self) -> StoredHeader | None:
        """Return the header, or None when nothing has been stored yet.

        Raises:
            StoreError: the store was written by another version.
        """
        raw = self._get(b"meta", _HEADER)
        if raw is None:
            return None
        try:
            header = _headers.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            message = "the store's header cannot be read; remove the store's folder, it is rebuilt"
            raise StoreError(message) from error
        if header.format != STORE_FORMAT:
            message = f"the store has format {header.format}; remove its folder, it is rebuilt"
            raise StoreError(message)
        return header

    def record(self, pseudonym: bytes) -> bytes | None:
        """Return the pseudonym's record, or None when it is not listed."""
        return self._get(b"records", pseudonym)

    def route(self, key: bytes) -> bytes | None:
        """Return the encoded route with this key."""
        return self._get(b"routes", key)

    def trust(self, name: str) -> bytes | None:
        """Return the TUF file with this name, for partners."""
        return self._get(b"trust", name.encode())

    def content_digest(self) -> bytes:
        """Return the content digest from the buckets' digests, 32 bytes."""
        digest = sha256(_DIGEST_PREFIX)
        for number, row in self._pairs(b"buckets"):
            digest.update(number + row)
        return digest.digest()

    def all_records(self) -> Iterator[tuple[bytes, bytes]]:
        """Return every record, sorted by pseudonym."""
        return self._pairs(b"records")

    def all_routes(self) -> Iterator[tuple[bytes, bytes]]:
        """Return every encoded route by its key, in order."""
        return self._pairs(b"routes")

    def count(self) -> int:
        """Return the number of records."""
        return self._transaction.stat(db=self._databases[b"records"])["entries"]

    def _get(self, database: bytes, key: bytes) -> bytes | None:
        return cast("bytes | None", self._transaction.get(key, db=self._databases[database]))

    def _pairs(self, database: bytes, start: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Return the pairs from the key ``start`` on, in order."""
        cursor = self._transaction.cursor(db=self._databases[database])
        if start and not cursor.set_range(start):
            return iter(())
        return cast("Iterator[tuple[bytes, bytes]]", iter(cursor))


class StoreWriter(StoreView):
    """The write transaction."""

    __slots__ = ()

    def clear(self) -> None:
        """Remove all records and routes, and what was hashed of them."""
        for name in (b"records", b"routes", b"leaves", b"buckets"):
            self._transaction.drop(self._databases[name], delete=False)

    def put_sorted(self, records: Iterable[tuple[bytes, bytes]]) -> None:
        """Append ``records``, sorted by pseudonym, behind what a cleared store holds, and hash them.

        What is appended later must not share a bucket with what was appended before.

        Raises:
            StoreError: they are not sorted or repeat a pseudonym.
        """
        cursor = self._transaction.cursor(db=self._databases[b"records"])
        buckets = {}
        for number, group in groupby(records, key=_bucket_number):
            bucket = list(group)
            _append(cursor, bucket)
            leaves = {leaf: _digest(some) for leaf, some in groupby(bucket, key=_leaf_number)}
            buckets[number] = self._put_leaves(number, leaves)
        self._put_buckets(buckets)

    def change(self, records: Iterable[tuple[bytes, bytes]]) -> None:
        """Put or (with an empty record) remove ``records``, and rehash what they touch; what is held is passed over."""
        touched = set()
        for pair in records:
            pseudonym, record = pair
            if (self.record(pseudonym) or b"") == record:
                continue
            touched.add(_leaf_number(pair))
            if record:
                self._transaction.put(pseudonym, record, db=self._databases[b"records"])
            else:
                self._transaction.delete(pseudonym, db=self._databases[b"records"])
        buckets = {}
        for number, leaves in groupby(sorted(touched), key=_bucket_of_leaf):
            digests = {leaf: _digest(self._records_in(leaf)) for leaf in leaves}
            buckets[number] = self._put_leaves(number, digests)
        self._put_buckets(buckets)

    def _records_in(self, leaf: bytes) -> Iterator[tuple[bytes, bytes]]:
        last = leaf[:_BUCKET_BYTES] + bytes([leaf[_BUCKET_BYTES] | ~_LEAF_BITS & 0xFF]) + _LAST
        return takewhile(lambda pair: pair[0] <= last, self._pairs(b"records", leaf))

    def _put_leaves(self, bucket: bytes, leaves: Mapping[bytes, bytes]) -> bytes:
        """Put leaves' digests into the row of their bucket; returns the bucket's."""
        row = bytearray(self._get(b"leaves", bucket) or _NO_LEAVES)
        for leaf, digest in leaves.items():
            start = (leaf[_BUCKET_BYTES] >> 4) * _DIGEST_BYTES
            row[start : start + _DIGEST_BYTES] = digest
        self._put_row(b"leaves", bucket, bytes(row), empty=_NO_LEAVES)
        return _EMPTY if row == _NO_LEAVES else sha256(row).digest()

    def _put_buckets(self, buckets: Mapping[bytes, bytes]) -> None:
        """Put buckets' digests into their rows of 256."""
        for number, numbers in groupby(sorted(buckets), key=_row_number):
            row = bytearray(self._get(b"buckets", number) or _NO_BUCKETS)
            for bucket in numbers:
                start = bucket[1] * _DIGEST_BYTES
                row[start : start + _DIGEST_BYTES] = buckets[bucket]
            self._put_row(b"buckets", number, bytes(row), empty=_NO_BUCKETS)

    def _put_row(self, database: bytes, number: bytes, row: bytes, *, empty: bytes) -> None:
        if row == empty:
            self._transaction.delete(number, db=self._databases[database])
        else:
            self._transaction.put(number, row, db=self._databases[database])

    def put_routes(self, routes: Iterable[tuple[bytes, bytes]]) -> None:
        """Put encoded routes by their keys."""
        for key, route in routes:
            self._transaction.put(key, route, db=self._databases[b"routes"])

    def replace_trust(self, files: dict[str, bytes]) -> None:
        """Replace all TUF files for partners."""
        self._transaction.drop(self._databases[b"trust"], delete=False)
        for name, content in files.items():
            self._transaction.put(name.encode(), content, db=self._databases[b"trust"])

    def put_header(self, header: StoredHeader) -> None:
        """Replace the header."""
        self._transaction.put(_HEADER, msgspec.msgpack.encode(header), db=self._databases[b"meta"])


def _row_number(bucket_number: bytes) -> bytes:
    return bucket_number[:1]


def _bucket_of_leaf(leaf_number: bytes) -> bytes:
    return leaf_number[:_BUCKET_BYTES]


def _leaf_number(pair: tuple[bytes, bytes]) -> bytes:
    """Return the first pseudonym that belongs to the leaf of a record, as far as it differs from the next leaf's."""
    pseudonym = pair[0]
    return pseudonym[:_BUCKET_BYTES] + bytes([pseudonym[_BUCKET_BYTES] & _LEAF_BITS])


def _digest(records: Iterable[tuple[bytes, bytes]]) -> bytes:
    framed: list[bytes] = []
    for pseudonym, record in records:
        framed += (pseudonym, len(record).to_bytes(4), record)
    return sha256(b"".join(framed)).digest() if framed else _EMPTY


def _append(cursor: lmdb.Cursor, records: Sequence[tuple[bytes, bytes]]) -> None:
    message = "the snapshot's records are not in order"
    if any(later[0] <= earlier[0] for earlier, later in pairwise(records)):
        raise StoreError(message)
    try:
        _, added = cursor.putmulti(records, append=True)
    except lmdb.KeyExistsError as error:
        raise StoreError(message) from error
    if added != len(records):
        raise StoreError(message)


def _bucket_number(pair: tuple[bytes, bytes]) -> bytes:
    return pair[0][:_BUCKET_BYTES]
