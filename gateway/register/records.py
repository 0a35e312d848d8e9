"""Records of answers, and the gaps in them: written by the recorder, counted for a contest, deleted after their term.

Responsible for the statements on `answer_record`, `answer_gap` and `answer_stream`.
Not responsible for what is recorded or when it is deleted (`gateway.recording`).

Rules kept here:

- What a worker sent is written in one transaction with the number up to which its records are written.
- Nothing can be read by partner, by instant or by receipt alone: only what concerns one listing's reference.
- What is deleted leaves the files as well: on SQLite pages are overwritten, and the write-ahead log, where they still
  stand, is emptied after a sweep. Nobody is waited for; who is reading then puts it off to the next sweep.
- Records are no decisions about listings: they need no turn among PostgreSQL's writers, and the event log is not
  touched. SQLite has one writer, so there they wait for their turn like everybody.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Table, delete, event, func, insert, select, update

from gateway.register.columns import instant_of
from gateway.register.engine import Engines, open_engines, translated
from gateway.register.register import Register
from gateway.register.schema import answer_gap, answer_record, answer_stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from sqlalchemy import Connection
    from sqlalchemy.engine.interfaces import DBAPIConnection

DELETED_AT_ONCE = 1_000
_BUSY_MILLISECONDS = 2_000
_DAY = 86_400 * 1_000_000


class StreamPosition(NamedTuple):
    """Up to where a worker's records are written: the next number, and the instant in microseconds."""

    next_seq: int
    accounted_at: int


@dataclass(frozen=True, slots=True)
class StreamEntry:
    """What is written of one worker's run at once; rows are columns by name.

    Attributes:
        stream: the run, 16 bytes.
        position: what holds afterwards.
        records: rows of `answer_record`.
        gaps: rows of `answer_gap`.
        is_over: the run has ended, and everything of it is accounted for.
    """

    stream: bytes
    position: StreamPosition
    records: Sequence[Mapping[str, object]] = ()
    gaps: Sequence[Mapping[str, object]] = ()
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """How many answers to one partner about one action named the listing on one day (UTC)."""

    day: date
    partner: str
    action: str
    answers: int


@dataclass(frozen=True, slots=True)
class RecordedGap:
    """A gap as it is kept; instants are aware UTC."""

    starts_at: datetime
    ends_at: datetime
    lost: int | None
    payload: bytes
    keyid: str
    signature: bytes


class RecordBook:
    """The records of one register; close it, or use it in a `with` statement."""

    def __init__(self, engines: Engines) -> None:
        """Use `RecordBook.open` instead."""
        self._engines = engines
        # True at first, because whoever deleted last may have been stopped before the log was emptied.
        self._is_in_log = engines.turns is not None

    @classmethod
    @translated()
    def open(cls, url: str) -> RecordBook:
        """Open the register at `url`, creating or migrating it as every command does.

        Raises:
            SchemaError: if the database is of another schema version.
            DatabaseError: if the database cannot be reached or written to.
        """
        Register.open(url, None).close()
        engines = open_engines(url)
        if engines.writer.dialect.name == "sqlite":
            event.listen(engines.writer, "connect", _prepare_sqlite)
            engines.writer.dispose()  # connections made so far were not prepared
        return cls(engines)

    def close(self) -> None:
        """Close every connection."""
        self._engines.writer.dispose()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    @translated()
    def position(self, stream: bytes) -> StreamPosition | None:
        """Return up to where a run is written, None for a run that is not known."""
        with self._engines.reader.begin() as connection:
            return read_position(connection, stream)

    @translated()
    def write(self, entries: Sequence[StreamEntry]) -> None:
        """Write everything or nothing.

        Raises:
            DatabaseError: if the database fails; nothing was written.
        """
        with self._writing() as connection:
            for entry in entries:
                insert_records(connection, entry.records)
                for gap in entry.gaps:
                    insert_gap(connection, gap)
                move_position(connection, entry)

    @translated()
    def delete_before(self, at: int, *, limit: int = DELETED_AT_ONCE) -> int:
        """Delete up to `limit` rows that are as old as `at` (microseconds) or older; return how many there were.

        Raises:
            DatabaseError: if the database fails.
        """
        with self._writing() as connection:
            deleted = delete_before(connection, at, limit=limit)
        self._is_in_log |= deleted > 0 and self._engines.turns is not None
        if deleted < limit and self._is_in_log:
            self._is_in_log = not self._empty_log()
        return deleted

    def is_in_log(self) -> bool:
        """Whether what was deleted may still stand in SQLite's write-ahead log, because somebody was reading."""
        return self._is_in_log

    def purge(self, at: int) -> int:
        """Delete all that is as old as `at` (microseconds) or older, in short transactions; return how many rows.

        Raises:
            DatabaseError: if the database fails; what was deleted stays deleted.
        """
        total = 0
        while deleted := self.delete_before(at):
            total += deleted
        return total

    @translated()
    def answers(self, reference: str) -> list[AnswerCount]:
        """Return how often answers named the listing, by day (UTC), partner and action, in this order."""
        with self._engines.reader.begin() as connection:
            return count_answers(connection, reference)

    @translated()
    def gaps(self) -> list[RecordedGap]:
        """Return all gaps that are kept, in the order of their beginnings."""
        with self._engines.reader.begin() as connection:
            return read_gaps(connection)

    def _empty_log(self) -> bool:
        """Put SQLite's write-ahead log into the file and cut it to nothing; False where somebody uses it now."""
        with self._engines.writer.connect() as connection:
            driver = connection.connection.driver_connection
            if driver is None:
                return False
            try:
                driver.execute("PRAGMA busy_timeout=0")
                # Most of it while writers may go on, so that the last step keeps nobody waiting.
                driver.execute("PRAGMA wal_checkpoint(PASSIVE)")
                is_busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.Error:
                return False
            finally:
                driver.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
        return not is_busy

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if self._engines.writer.dialect.name == "sqlite":
            with self._engines.writing() as connection:
                yield connection
            return
        with self._engines.writer.begin() as connection:
            yield connection


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    """Give up soon when the file is locked, for it is tried again; and overwrite what is deleted."""
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def insert_records(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows of `answer_record`."""
    if rows:
        connection.execute(insert(answer_record), [dict(row) for row in rows])


def insert_gap(connection: Connection, row: Mapping[str, object]) -> None:
    """Insert one row of `answer_gap`."""
    connection.execute(insert(answer_gap).values(dict(row)))


def read_position(connection: Connection, stream: bytes) -> StreamPosition | None:
    """Return up to where a run is written."""
    columns = (answer_stream.c.next_seq, answer_stream.c.accounted_at)
    row = connection.execute(select(*columns).where(answer_stream.c.id == stream)).first()
    return None if row is None else StreamPosition(row.next_seq, row.accounted_at)


def move_position(connection: Connection, entry: StreamEntry) -> None:
    """Write up to where a run is written, or forget a run that is over."""
    is_same = answer_stream.c.id == entry.stream
    if entry.is_over:
        connection.execute(delete(answer_stream).where(is_same))
        return
    values = entry.position._asdict()
    if connection.execute(update(answer_stream).where(is_same).values(values)).rowcount == 0:
        connection.execute(insert(answer_stream).values(id=entry.stream, **values))


def delete_before(connection: Connection, at: int, *, limit: int) -> int:
    """Delete up to `limit` records, gaps and forgotten runs that ended at `at` (microseconds) or before."""
    deleted = 0
    for table, column in (
        (answer_record, answer_record.c.at),
        (answer_gap, answer_gap.c.ends_at),
        (answer_stream, answer_stream.c.accounted_at),
    ):
        deleted += _delete_some(connection, table, column <= at, limit - deleted)
    return deleted


def _delete_some(connection: Connection, table: Table, is_old: object, limit: int) -> int:
    old = select(table.c.id).where(is_old).limit(limit)  # type: ignore[arg-type] # a comparison of a column
    return connection.execute(delete(table).where(table.c.id.in_(old))).rowcount


def count_answers(connection: Connection, reference: str) -> list[AnswerCount]:
    """Return how often answers named the listing."""
    table = answer_record.c
    keys = ((table.at // _DAY).label("day"), table.partner, table.action)
    query = (
        select(*keys, func.count().label("answers"))
        .where(table.reference == reference)
        .group_by(*keys)
        .order_by(*keys)
    )
    return [
        AnswerCount(_day(row.day), row.partner, row.action, row.answers)
        for row in connection.execute(query)
    ]


def read_gaps(connection: Connection) -> list[RecordedGap]:
    """Return all gaps."""
    query = select(answer_gap).order_by(answer_gap.c.starts_at, answer_gap.c.id)
    return [
        RecordedGap(
            instant_of(row.starts_at),
            instant_of(row.ends_at),
            row.lost,
            bytes(row.payload),
            row.keyid,
            bytes(row.signature),
        )
        for row in connection.execute(query)
    ]


def _day(number: int) -> date:
    return datetime.fromtimestamp(number * 86_400, UTC).date()
