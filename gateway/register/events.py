"""The event log: who did what, when, on which document, chained so that nothing can be changed unnoticed.

Responsible for appending events and for checking the chain.
Not responsible for deciding what is worth an event.

Rule kept here: each row's `chain` is SHA-256 over the row before's `chain` and this row's own columns
(compact JSON of seq, at, actor, kind, subject, document, detail).
Whoever rewrites a row must rewrite every later one, and then differs from any copy of a later `chain` kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

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
FEED_IMPORTED = "feed.imported"
ROUTE_ADDED = "route.added"
_encode = msgspec.json.Encoder().encode


class Occurrence(NamedTuple):
    """Something that happened to a subject: a listing (its reference), a feed (`feed:N`) or a route (`route:N`)."""

    kind: str
    subject: str
    document: str
    detail: Mapping[str, object]


class Verified(NamedTuple):
    """What a sound event log vouches for.

    `chain` is the last chain value, `contents` each feed's digest over its entries, `routes` each contest route.
    """

    chain: bytes
    contents: dict[int, str]
    routes: dict[int, tuple[str, str, str]]


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
        """Continue from the last row; everything appended is `actor`'s doing at `at` (aware UTC)."""
        self._connection = connection
        self._actor = actor
        self._at = microseconds_of(at)
        query = select(table.c.seq, table.c.chain).order_by(table.c.seq.desc()).limit(1)
        last = connection.execute(query).first()
        self._seq: int = last.seq if last else 0
        self._chain: bytes = last.chain if last else _ORIGIN

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
                json.loads(row.detail),
            )
        )
    return {subject: tuple(events) for subject, events in found.items()}


def verify_events(connection: Connection) -> Verified:
    """Walk the whole log.

    Raises:
        EventLogError: naming the first row that does not follow from the one before.
    """
    chain = _ORIGIN
    contents: dict[int, str] = {}
    routes: dict[int, tuple[str, str, str]] = {}
    query = select(table).order_by(table.c.seq).execution_options(yield_per=_ROWS_AT_ONCE)
    with connection.execute(query) as rows:
        for expected, (*columns, stored) in enumerate(rows, start=1):
            chain = _link(chain, tuple(columns))
            if columns[0] != expected or chain != stored:
                message = f"event {expected} does not follow from the one before; restore the register from a copy"
                raise EventLogError(message)
            kind, subject, detail = columns[3], columns[4], columns[6]
            if kind == FEED_IMPORTED:
                contents[_number_of(subject)] = json.loads(detail)["content"]
            elif kind == ROUTE_ADDED:
                route = json.loads(detail)
                routes[_number_of(subject)] = (route["body"], route["address"], route["deadline"])
    return Verified(chain, contents, routes)


def _number_of(subject: str) -> int:
    return int(subject.partition(":")[2])


def _link(chain: bytes, columns: tuple[object, ...]) -> bytes:
    return hashlib.sha256(chain + _encode(columns)).digest()
