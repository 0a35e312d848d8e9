"""Entries: what each feed said of each listing that it added, changed or reopened, word for word.

Responsible for the one order in which an entry's content is written, for writing and reading entries, and for the
digest by which a feed's event vouches for them.
Not responsible for what follows from them: `history.py` derives the state of a listing.

Rules kept here:

- An entry is written once and never changed; only what an unfinished import left behind may be deleted.
- The event `feed.imported` carries the SHA-256 over the feed's entries in the order of `seq`, so whoever changes one
  of them must change the event chain as well.
- An entry takes effect with its feed's event: after every event before it, and before what the feed itself ended.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from sqlalchemy import select

from gateway.register.bulk import insert_rows
from gateway.register.errors import EventLogError
from gateway.register.schema import entry as table
from gateway.register.schema import feed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Select

_ROWS_AT_ONCE = 5_000


class EntryContent(NamedTuple):
    """What a feed said of a listing, in the order in which it is written; spelled as the columns of `listing` are.

    `digest` is hexadecimal; `documents` are pairs of type and number, each once, sorted.
    """

    party_kind: str
    authority: str
    ruling_number: str
    ruling_dated: str
    ground: str
    served_on: str | None
    starts_at: int | None
    ends_at: int | None
    measures: str
    contest_id: int
    responsible_reference: str | None
    responsible_role: str | None
    responsible_ended_on: str | None
    record: str
    digest: str
    documents: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        """Show nothing of what it says."""
        return "EntryContent(…)"


class Entry(NamedTuple):
    """One entry; `kind` is added, changed or reopened.

    `event_seq` is the number of its feed's event, `change` the feed's change number.
    """

    feed_id: int
    seq: int
    listing_id: int
    kind: str
    line: int
    content: EntryContent
    event_seq: int
    change: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(EntryContent).decode


class EntryLog:
    """Appends the entries of one feed, in as many transactions as it takes."""

    def __init__(self, feed_id: int) -> None:
        """Begin with the first entry of the feed."""
        self._feed_id = feed_id
        self._seq = 0
        self._hash = hashlib.sha256()

    def append(
        self, connection: Connection, entries: Sequence[tuple[int, str, int, EntryContent]]
    ) -> None:
        """Write entries, each given as listing id, kind, line and content."""
        rows = []
        for seq, (listing_id, kind, line, content) in enumerate(entries, start=self._seq + 1):
            rows.append((self._feed_id, seq, listing_id, kind, line, _encode(content).decode()))
        insert_rows(connection, table, rows)
        self._seq += len(rows)
        for row in rows:
            self._hash.update(_spelled(row[1:]))

    def content_digest(self) -> str:
        """Return the hexadecimal digest over everything appended, as the feed's event carries it."""
        return self._hash.hexdigest()


def read_entries(connection: Connection, listing_id: int) -> tuple[Entry, ...]:
    """Return the entries of one listing, oldest first, without those of an import that is not finished."""
    query = _finished().where(table.c.listing_id == listing_id).order_by(table.c.feed_id)
    return tuple(map(_entry, connection.execute(query)))


def entries_between(connection: Connection, first: int, last: int) -> Iterator[Entry]:
    """Yield the entries of the listings from `first` to `last`, listing by listing, oldest first, as `read_entries`."""
    within = _finished().where(table.c.listing_id.between(first, last))
    yield from map(_entry, connection.execute(within.order_by(table.c.listing_id, table.c.feed_id)))


def all_entries(connection: Connection) -> Iterator[Entry]:
    """Yield the entries of all finished feeds, listing by listing, oldest first, in constant memory."""
    query = _finished().order_by(table.c.listing_id, table.c.feed_id)
    with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as rows:
        yield from map(_entry, rows)


def verify_entries(connection: Connection, announced: Mapping[int, str]) -> None:
    """Hold the entries against the digests that the feeds' events announced (feed id to hexadecimal digest).

    Raises:
        EventLogError: naming the first feed whose entries are not those that its event vouches for.
    """
    left = dict(announced)
    for feed_id, digest in _digests(connection):
        if left.pop(feed_id, None) != digest:
            raise _unsound(feed_id)
    nothing = hashlib.sha256().hexdigest()
    for feed_id, digest in left.items():
        if digest != nothing:
            raise _unsound(feed_id)


def _digests(connection: Connection) -> Iterator[tuple[int, str]]:
    """Yield each finished feed that has entries, with the digest over them."""
    query = (
        select(table)
        .join(feed, feed.c.id == table.c.feed_id)
        .where(feed.c.event_seq.is_not(None))
        .order_by(table.c.feed_id, table.c.seq)
    )
    current, digest = 0, hashlib.sha256()
    with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as rows:
        for feed_id, *rest in rows:
            if feed_id != current:
                if current:
                    yield current, digest.hexdigest()
                current, digest = feed_id, hashlib.sha256()
            digest.update(_spelled(rest))
    if current:
        yield current, digest.hexdigest()


def _spelled(row: Sequence[object]) -> bytes:
    """Spell seq, listing id, kind, line and content as the digest takes them; JSON holds no bare line feed."""
    return "{}|{}|{}|{}|{}\n".format(*row).encode()


def _finished() -> Select[tuple[int, int, int, str, int, str, int, int]]:
    return (
        select(table, feed.c.event_seq, feed.c.change)
        .join(feed, feed.c.id == table.c.feed_id)
        .where(feed.c.event_seq.is_not(None))
    )


def _entry(row: Sequence[object]) -> Entry:
    *shared, content, event_seq, change = row
    return Entry._make((*shared, _decode(str(content)), event_seq, change))


def _unsound(feed_id: int) -> EventLogError:
    return EventLogError(
        f"the entries of feed {feed_id} are not those its event vouches for; restore the register from a copy"
    )
