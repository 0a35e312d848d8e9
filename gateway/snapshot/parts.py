"""Parts: the pieces of bounded size in which a snapshot or a delta is published.

Responsible for: the encoding of parts and of the index that names them, and their strict reading.
Not responsible for: signing, storing or applying them.

Whom we trust: nobody. A part is read only after TUF has verified its length and hash, and still strictly.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from typing import Annotated

import msgspec

from gateway.errors import SnapshotError
from gateway.snapshot.pseudonyms import PSEUDONYM_BYTES
from gateway.snapshot.records import RouteKey

INDEX_TARGET = "lists/index.json"
INDEX_FORMAT = 1

PseudonymBytes = Annotated[
    bytes, msgspec.Meta(min_length=PSEUDONYM_BYTES, max_length=PSEUDONYM_BYTES)
]
Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Number = Annotated[int, msgspec.Meta(ge=1, lt=2**53)]
Count = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
_OVERHEAD = 32


class Part(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Routes, and records by pseudonym; an empty record removes the pseudonym (in a delta)."""

    routes: tuple[tuple[RouteKey, bytes], ...]
    records: tuple[tuple[PseudonymBytes, bytes], ...]


class Piece(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A full snapshot or a delta: the state that it leads to, and the names of its parts in order."""

    number: Number
    digest: Digest
    parts: tuple[str, ...]


class PackIdentity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The policy pack that a snapshot was compiled for."""

    id: str
    version: str
    digest: Digest


class SnapshotIndex(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is published: one full snapshot and the deltas that follow it, in order.

    Attributes:
        format: 1.
        number: the newest snapshot's number.
        as_of: when it was compiled, UTC.
        change: the register's change number that it covers.
        entries: how many pseudonyms are listed.
        digest: the content digest, hexadecimal.
        pack: the policy pack.
        full: the full snapshot.
        deltas: from the full snapshot to the newest.
    """

    format: int
    number: Number
    as_of: Instant
    change: Count
    entries: Count
    digest: Digest
    pack: PackIdentity
    full: Piece
    deltas: tuple[Piece, ...]

    def encode(self) -> bytes:
        """Return the index as JSON with sorted keys."""
        return msgspec.json.encode(self, order="sorted")

    def after(self, number: int) -> tuple[Piece, ...] | None:
        """Return the deltas that lead from snapshot ``number`` to the newest, or None when they do not."""
        known = {self.full.number, *(delta.number for delta in self.deltas)}
        if number not in known:
            return None
        return tuple(delta for delta in self.deltas if delta.number > number)


_part = msgspec.msgpack.Decoder(Part)
_encoder = msgspec.msgpack.Encoder()


def parse_index(content: bytes) -> SnapshotIndex:
    """Read an index.

    Raises:
        SnapshotError: the bytes are not one, of a format this version does not know, or contradict themselves.
    """
    try:
        index = msgspec.json.decode(content, type=SnapshotIndex)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"the snapshot's index cannot be read: {error}"
        raise SnapshotError(message) from error
    if index.format != INDEX_FORMAT:
        message = (
            f"the snapshot has format {index.format}; this gateway reads {INDEX_FORMAT}: upgrade it"
        )
        raise SnapshotError(message)
    pieces = (index.full, *index.deltas)
    if any(later.number <= earlier.number for earlier, later in pairwise(pieces)) or (
        (index.number, index.digest) != (pieces[-1].number, pieces[-1].digest)
    ):
        message = "the snapshot's index contradicts itself: its pieces do not lead to what it names"
        raise SnapshotError(message)
    return index


def parse_part(content: bytes) -> Part:
    """Read a part.

    Raises:
        SnapshotError: the bytes are not one.
    """
    try:
        return _part.decode(content)
    except msgspec.DecodeError as error:
        message = f"a part of the snapshot cannot be read: {error}"
        raise SnapshotError(message) from error


def cut_parts(
    records: Iterable[tuple[bytes, bytes]],
    routes: Iterable[tuple[bytes, bytes]],
    *,
    part_bytes: int,
) -> Iterator[bytes]:
    """Cut ``routes`` and ``records`` into encoded parts of at most ``part_bytes`` each, unless one record is larger.

    At least one part comes out, so that an empty delta is published like any other.
    """
    held: tuple[list[tuple[bytes, bytes]], list[tuple[bytes, bytes]]] = ([], [])
    size, cut = 0, 0
    for place, pairs in enumerate((routes, records)):
        for pair in pairs:
            weight = len(pair[0]) + len(pair[1]) + _OVERHEAD
            if size + weight > part_bytes and size:
                yield _encoder.encode(held)
                held, size, cut = ([], []), 0, cut + 1
            held[place].append(pair)
            size += weight
    if size or not cut:
        yield _encoder.encode(held)
