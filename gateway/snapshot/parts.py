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
INDEX_FORMAT = 2

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
    """A full snapshot or a delta: where it leads from and to, and the names of its parts in order.

    Attributes:
        since: 0 in a full snapshot; a delta may be applied to any snapshot from this number on.
        number: the snapshot that it leads to.
        records: how many records it has.
        digest: the content digest of that snapshot, hexadecimal.
        parts: their names.
    """

    since: Count
    number: Number
    records: Count
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
        format: 2.
        number: the newest snapshot's number.
        as_of: when it was compiled, UTC.
        change: the register's change number that it covers.
        entries: how many pseudonyms are listed.
        digest: the content digest, hexadecimal.
        pack: the policy pack.
        full: the full snapshot, from which a new gateway begins.
        deltas: to the newest, each from where the one before it leads to; they begin at the full snapshot or before it,
            so that a gateway that is a little behind when a new one is published need not load it.
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
        """Return the deltas that lead from snapshot ``number`` to the newest, or None when they do not.

        Every number from where the chain begins has been published.
        The first delta may have begun before ``number``: its records are the newest of their pseudonyms, so that
        those which are held already change nothing.
        """
        first = min([self.full.number, *(delta.since for delta in self.deltas[:1])])
        if not first <= number <= self.number:
            return None
        return tuple(delta for delta in self.deltas if delta.number > number)


class _Beginning(msgspec.Struct, frozen=True):
    """What the index of every format says."""

    format: int
    number: Number


_part = msgspec.msgpack.Decoder(Part)
_encoder = msgspec.msgpack.Encoder()


def parse_index(content: bytes) -> SnapshotIndex:
    """Read an index.

    Raises:
        SnapshotError: the bytes are not one, of a format this version does not know, or contradict themselves.
    """
    try:
        known = msgspec.json.decode(content, type=_Beginning).format == INDEX_FORMAT
        index = msgspec.json.decode(content, type=SnapshotIndex) if known else None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"the snapshot's index cannot be read: {error}"
        raise SnapshotError(message) from error
    if index is None:
        message = f"the snapshot is not of format {INDEX_FORMAT}, the one that is read here: upgrade what is older"
        raise SnapshotError(message)
    if not _leads_to_the_newest(index):
        message = "the snapshot's index contradicts itself: its pieces do not lead to what it names"
        raise SnapshotError(message)
    return index


def _leads_to_the_newest(index: SnapshotIndex) -> bool:
    deltas, newest = index.deltas, (index.number, index.digest)
    if index.full.since or any(delta.number <= delta.since for delta in deltas):
        return False
    if any(later.since != earlier.number for earlier, later in pairwise(deltas)):
        return False
    ends = [(piece.number, piece.digest) for piece in (index.full, *deltas[-1:])]
    starts_in_time = not deltas or deltas[0].since <= index.full.number <= index.number
    return (
        starts_in_time and ends[-1] == newest and (ends[0] == newest or ends[0][0] < index.number)
    )


def older_number(content: bytes) -> int | None:
    """Return the snapshot's number in an index of an older format, or None when it is of none.

    A publisher after an upgrade goes on from that number; nobody else has a use for such an index.
    """
    try:
        beginning = msgspec.json.decode(content, type=_Beginning)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return beginning.number if beginning.format < INDEX_FORMAT else None


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
