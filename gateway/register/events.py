"""The event log: who did what, when, on which document, chained so that nothing can be changed unnoticed.

Responsible for appending events and for checking the chain.
Not responsible for deciding what is worth an event.

A rule kept here: each row's `chain` is SHA-256 over the row before's `chain` and this row's own columns
(compact JSON of seq, at, actor, kind, subject, document, detail).
Whoever rewrites a row must rewrite every later one, and then differs from any copy of a later `chain` kept elsewhere.

And one about time: no row's instant lies before that of the row before it, whatever a clock says.
So what was recorded by some instant is always a beginning of the log.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec
from sqlalchemy import select

from gateway.register.bulk import insert_rows
from gateway.register.columns import instant_of, microseconds_of
from gateway.register.errors import EventLogError
from gateway.register.schema import event as table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_ORIGIN = bytes(32)
_ROWS_AT_ONCE = 5_000
_KINDS = (int, int, str, str, str, str, str)
"""Of the columns that a link is made of."""
FEED_IMPORTED = "feed.imported"
ROUTE_ADDED = "route.added"
_CHAIN = re.compile("[0-9a-f]{64}")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Occurrence(NamedTuple):
    """Something that happened to a subject: a listing (its reference), a feed (`feed:N`) or a route (`route:N`)."""

    kind: str
    subject: str
    document: str
    detail: Mapping[str, object]


class Link(NamedTuple):
    """A place in the chain: an event's number and its chain value, written `SEQ:HEX`."""

    seq: int
    chain: bytes

    def __str__(self) -> str:
        """Write it as `parse_link` reads it."""
        return f"{self.seq}:{self.chain.hex()}"


def parse_link(text: str) -> Link:
    """Return the link that a text names.

    Raises:
        ValueError: if it is not a number from 1, a colon and 64 hexadecimal digits.
    """
    seq, _, chain = text.partition(":")
    if not (seq.isascii() and seq.isdigit() and int(seq) and _CHAIN.fullmatch(chain)):
        message = "a link is the number of an event, a colon and 64 hexadecimal digits, as 'register verify' prints it"
        raise ValueError(message)
    return Link(int(seq), bytes.fromhex(chain))


class Announced(NamedTuple):
    """What the event `feed.imported` says of its feed: the number of the event, and its detail."""

    event_seq: int
    detail: Mapping[str, object]


class Verified(NamedTuple):
    """What a sound event log vouches for.

    `last` is the last link, `feeds` what was announced of each feed by its id, `routes` each contest route by its id,
    `change` the number of the last change.
    """

    last: Link
    feeds: dict[int, Announced]
    routes: dict[int, tuple[str, str, str]]
    change: int


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the log; `at` is an aware UTC instant, `document` the paper it rests on."""

    seq: int
    at: datetime
    actor: str
    kind: str
    subject: str
    document: str
    detail: Mapping[str, object]


class Log(Protocol):
    """What takes occurrences."""

    def append(self, occurrences: Iterable[Occurrence], /) -> None:
        """Take the occurrences in their order."""


class Withheld:
    """Keeps occurrences back that are written after one that is not known yet."""

    def __init__(self) -> None:
        """Begin with none."""
        self.occurrences: list[Occurrence] = []

    def append(self, occurrences: Iterable[Occurrence], /) -> None:
        """Take the occurrences in their order."""
        self.occurrences += occurrences


class EventLog:
    """Appends to the log within one write transaction."""

    def __init__(self, connection: Connection, *, actor: str, at: datetime) -> None:
        """Continue from the last row; what is appended is `actor`'s doing at `at` (aware UTC), or at the last row's."""
        self._connection = connection
        self._actor = actor
        query = select(table.c.seq, table.c.at, table.c.chain).order_by(table.c.seq.desc()).limit(1)
        last = connection.execute(query).first()
        self._seq: int = last.seq if last else 0
        self._chain: bytes = last.chain if last else _ORIGIN
        self._at: int = last.at if last else microseconds_of(at)
        self.move_to(at)

    def move_to(self, at: datetime) -> None:
        """Let what is appended from now on happen at `at` (aware UTC), but never before what stands already."""
        self._at = max(self._at, microseconds_of(at))

    @property
    def at(self) -> datetime:
        """When what is appended happens (aware UTC)."""
        return instant_of(self._at)

    @property
    def seq(self) -> int:
        """The number of the last row."""
        return self._seq

    def append(self, occurrences: Iterable[Occurrence]) -> None:
        """Write the occurrences in their order."""
        rows = [self._row(occurrence) for occurrence in occurrences]
        insert_rows(self._connection, table, rows)

    def _row(self, occurrence: Occurrence) -> tuple[object, ...]:
        self._seq += 1
        detail = _encode(occurrence.detail).decode()
        columns = (self._seq, self._at, self._actor, *occurrence[:3], detail)
        self._chain = _link(self._chain, columns)
        return (*columns, self._chain)


def read_events(connection: Connection, subject: str) -> tuple[Event, ...]:
    """Return the events of one subject, oldest first."""
    return read_events_of(connection, [subject]).get(subject, ())


def read_events_of(connection: Connection, subjects: Sequence[str]) -> dict[str, tuple[Event, ...]]:
    """Return the events of each of some thousand subjects that has any, oldest first."""
    found: dict[str, list[Event]] = defaultdict(list)
    query = select(table).where(table.c.subject.in_(subjects)).order_by(table.c.seq)
    for row in connection.execute(query):
        found[row.subject].append(
            Event(
                row.seq,
                instant_of(row.at),
                row.actor,
                row.kind,
                row.subject,
                row.document,
                _decode(row.detail),
            )
        )
    return {subject: tuple(events) for subject, events in found.items()}


def verify_events(connection: Connection, expected: Link | None = None) -> Verified:
    """Walk the whole log; `expected` is a link of it that was kept elsewhere.

    Raises:
        EventLogError: naming the first row that does not follow from the one before, or saying that the expected link
            is not part of the log.
    """
    walk = _Walk(expected)
    query = select(table).order_by(table.c.seq).execution_options(yield_per=_ROWS_AT_ONCE)
    with connection.execute(query) as rows:
        for columns in rows:
            walk.take(columns)
    return walk.verified()


class _Walk:
    """The log as far as it was walked."""

    def __init__(self, expected: Link | None) -> None:
        self._last = Link(0, _ORIGIN)
        self._expected = expected
        self._feeds: dict[int, Announced] = {}
        self._routes: dict[int, tuple[str, str, str]] = {}
        self._change = 0

    def take(self, row: Sequence[Any]) -> None:
        """Take the next row."""
        *columns, stored = row
        seq = self._last.seq + 1
        self._last = Link(seq, _link(self._last.chain, tuple(columns)))
        # By kind as well: SQLite keeps bytes where text belongs, and as JSON they are the text that stands for them.
        if _kinds(columns) != _KINDS or columns[0] != seq or self._last.chain != stored:
            message = (
                f"event {seq} does not follow from the one before; restore the register from a copy"
            )
            raise EventLogError(message)
        if (
            self._expected is not None
            and self._expected.seq == seq
            and self._expected != self._last
        ):
            raise EventLogError(
                f"event {seq} is another than the one whose link was kept: the history was rewritten; "
                "restore the register from a copy"
            )
        self._learn(kind=columns[3], subject=columns[4], detail=_decode(columns[6]))

    def _learn(self, *, kind: str, subject: str, detail: Mapping[str, Any]) -> None:
        self._change = max(self._change, detail.get("change") or 0)
        if kind == FEED_IMPORTED:
            self._feeds[_number_of(subject)] = Announced(self._last.seq, detail)
        elif kind == ROUTE_ADDED:
            route = (detail["body"], detail["address"], detail["deadline"])
            self._routes[_number_of(subject)] = route

    def verified(self) -> Verified:
        """Return what the whole log vouches for."""
        if self._expected is not None and self._expected.seq > self._last.seq:
            raise EventLogError(
                f"the history ends with event {self._last.seq}, before the link that was kept, {self._expected.seq}: "
                "its end was cut off; restore the register from a copy"
            )
        return Verified(self._last, self._feeds, self._routes, self._change)


def _kinds(columns: Sequence[object]) -> tuple[type, ...]:
    return tuple(map(type, columns))


def _number_of(subject: str) -> int:
    return int(subject.partition(":")[2])


def _link(chain: bytes, columns: tuple[object, ...]) -> bytes:
    return hashlib.sha256(chain + _encode(columns)).digest()
