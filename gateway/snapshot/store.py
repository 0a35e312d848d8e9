"""The store: LMDB on the host, written by one follower and read by every worker.

Responsible for: records, routes, trust metadata and the header in one environment; the content digest.
Not responsible for: verification (whoever writes has verified) or evaluation.

Rules kept here:

- Everything a snapshot changes is committed in one transaction together with its number, digest and lease.
- A reader gets records and header from one read transaction, so that no answer mixes two snapshots.

The content digest: records fall into 65,536 buckets by the first two bytes of the pseudonym; a bucket's digest is
SHA-256 over its records in order (pseudonym, length in four bytes, record), and 32 zero bytes when it is empty.
The content digest is SHA-256 over a prefix and the digests of all buckets in order, in rows of 256: each row that is
not all zero behind its number. A delta rehashes only the buckets it touches, and a chain of deltas ends at the digest
of a full rebuild exactly when the contents are equal.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Self, cast

import lmdb
import msgspec

from gateway.errors import StoreError

_HEADER = b"header"
_DIGEST_PREFIX = b"jointgate content v1\n"
_DIGEST_BYTES = 32
_EMPTY_BUCKET = bytes(_DIGEST_BYTES)
_EMPTY_ROW = bytes(256 * _DIGEST_BYTES)
_BUCKET_BYTES = 2
STORE_FORMAT = 1


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
    """An LMDB environment with the databases records, routes, buckets, trust and meta."""

    def __init__(self, environment: lmdb.Environment) -> None:
        """Use ``open_store`` instead."""
        self._environment = environment
        self._databases = {
            name: environment.open_db(name, create=not environment.flags()["readonly"])
            for name in (b"records", b"routes", b"buckets", b"trust", b"meta")
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
        """Remove all records, routes and buckets."""
        for name in (b"records", b"routes", b"buckets"):
            self._transaction.drop(self._databases[name], delete=False)

    def put_sorted(self, records: Iterable[tuple[bytes, bytes]]) -> None:
        """Append ``records``, sorted by pseudonym, to an empty store, and hash their buckets.

        Raises:
            StoreError: they are not sorted or repeat a pseudonym.
        """
        cursor = self._transaction.cursor(db=self._databases[b"records"])
        digests = {}
        for number, bucket in groupby(records, key=_bucket_number):
            digest = sha256()
            for pseudonym, record in bucket:
                _append(cursor, pseudonym, record)
                digest.update(_framed(pseudonym, record))
            digests[number] = digest.digest()
        self._put_digests(digests)

    def change(self, records: Iterable[tuple[bytes, bytes]]) -> None:
        """Put or (with an empty record) remove ``records``, and rehash the buckets they touch."""
        touched = set()
        for pseudonym, record in records:
            touched.add(pseudonym[:_BUCKET_BYTES])
            if record:
                self._transaction.put(pseudonym, record, db=self._databases[b"records"])
            else:
                self._transaction.delete(pseudonym, db=self._databases[b"records"])
        self._put_digests({number: self._bucket_digest(number) for number in touched})

    def _bucket_digest(self, number: bytes) -> bytes:
        digest, empty = sha256(), True
        for pseudonym, record in self._pairs(b"records", number):
            if pseudonym[:_BUCKET_BYTES] != number:
                break
            digest.update(_framed(pseudonym, record))
            empty = False
        return _EMPTY_BUCKET if empty else digest.digest()

    def _put_digests(self, digests: Mapping[bytes, bytes]) -> None:
        """Put buckets' digests into their rows of 256."""
        for row, numbers in groupby(sorted(digests), key=_row_number):
            content = bytearray(self._get(b"buckets", row) or _EMPTY_ROW)
            for number in numbers:
                start = number[1] * _DIGEST_BYTES
                content[start : start + _DIGEST_BYTES] = digests[number]
            if content == _EMPTY_ROW:
                self._transaction.delete(row, db=self._databases[b"buckets"])
            else:
                self._transaction.put(row, bytes(content), db=self._databases[b"buckets"])

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


def _append(cursor: lmdb.Cursor, pseudonym: bytes, record: bytes) -> None:
    message = "the snapshot's records are not in order"
    try:
        if not cursor.put(pseudonym, record, append=True):
            raise StoreError(message)
    except lmdb.KeyExistsError as error:
        raise StoreError(message) from error


def _bucket_number(pair: tuple[bytes, bytes]) -> bytes:
    return pair[0][:_BUCKET_BYTES]


def _framed(pseudonym: bytes, record: bytes) -> bytes:
    return pseudonym + len(record).to_bytes(4) + record
