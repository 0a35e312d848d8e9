"""How SQLite and PostgreSQL are opened, locked and told never to forget: all that differs between them.

Responsible for engines, transactions' beginnings, and whose turn it is to write.
Not responsible for any table or query.

Trust: whoever can write the database file can change the register, and the event chain shows it afterwards.
The file holds document numbers, so a new SQLite file can be read by its owner only.
For the same reason the engines keep parameters out of their errors, and no error leaves the register as the driver
worded it (`translated`).

Durability: SQLite runs in WAL mode with `synchronous=FULL`.
NORMAL would be faster and never corrupt, but may lose the last commits when power fails; one of them could be a
release, and somebody would be restricted again. A commit here is a batch of a feed or one decision, so its fsync is
cheap.

Fairness: writers take turns in the order in which they came (`locks.py`), so that a release waits for one batch of an
import and not for all of it.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from gateway.register.errors import DatabaseError, SchemaError
from gateway.register.locks import FileLock, ServerLock
from gateway.register.migration import OWN, Revisions, bring_up_to_date
from gateway.register.turn_queue import allow_waiting
from gateway.register.turn_queue import end_waiting as _end_waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection

    from gateway.register.locks import Lock

_BUSY_SECONDS = 30
_GIVEN_WAY_SECONDS = 0.005
"""Long enough for a waiter that was woken to take the lock."""
_CACHE_KIB = 160 * 1024
_WAL_BYTES = 64 * 1024 * 1024
_WAL_PAGES = 16_384
"""So long (64 MiB) grows the log before a commit moves it into the file by itself; who writes much does that before."""
_WRITER = "jointgate_writer"
_PG_WRITERS = 0x6A6F696E7467
"""The advisory lock that makes writers take turns; the number is arbitrary and this register's own."""
_PG_IMPORTS = _PG_WRITERS + 1
"""The advisory lock that lets one import run at a time."""


@contextmanager
def translated() -> Iterator[None]:
    """Say in one line that the database failed, and nothing of what it was given.

    Raises:
        DatabaseError: in place of whatever SQLAlchemy or a driver raises.
    """
    try:
        yield
    except SQLAlchemyError as error:
        message = (
            f"the register's database failed ({type(error).__name__}); "
            "check the disk and JOINTGATE_DATABASE_URL"
        )
        raise DatabaseError(message) from None


@dataclass(frozen=True, slots=True)
class Engines:
    """Two faces of one pool: `reader` sees one consistent state per transaction, `writer` is alone.

    `turns` is what SQLite's writers wait for, None on a server, which has a lock of its own for that.
    `imports` is held for as long as a feed is imported.
    """

    reader: Engine
    writer: Engine
    turns: FileLock | None
    imports: Lock

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Wait for the turn, and write in one transaction."""
        if self.turns is not None:
            with self.turns.held(), self.writer.begin() as connection:
                yield connection
            return
        with self.writer.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PG_WRITERS})
            yield connection

    def give_way(self) -> None:
        """Let whoever waits to write go first; a server sees to that itself.

        On SQLite what a batch has written is moved from the log into the file now, when nobody waits for it: a commit
        that did it would hold the turn for as long as the disk takes, seconds where the file is large.
        """
        if self.turns is None:
            return
        time.sleep(_GIVEN_WAY_SECONDS)
        with self.writer.connect() as connection:
            raw = connection.connection.driver_connection
            # What was written is committed: a disk that is full is for the next commit to tell.
            with suppress(sqlite3.Error):
                if raw is not None:
                    raw.execute("PRAGMA wal_checkpoint(PASSIVE)")

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Write as `writing` does, while a table that others refer to may be made anew.

        Raises:
            SchemaError: if a row then refers to nothing; SQLite looks only at the end.
        """
        if self.turns is None:
            with self.writing() as connection:
                yield connection
            return
        with (
            self.turns.held(),
            self.writer.connect() as connection,
            _unchecked(connection),
            connection.begin(),
        ):
            yield connection
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                message = "a row would refer to nothing afterwards; the register was left as it was"
                raise SchemaError(message)


@contextmanager
def _unchecked(connection: Connection) -> Iterator[None]:
    """Leave foreign keys unchecked; SQLite takes that only outside of a transaction."""
    raw = connection.connection.driver_connection
    if raw is None:
        message = "the connection has no driver"
        raise SchemaError(message)
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def open_engines(url: str, revisions: Revisions = OWN) -> Engines:
    """Open a database and bring it to the tables of this version.

    Raises:
        SchemaError: if the URL is no SQLite or PostgreSQL URL, or what it names is no register of this version or an
            earlier one.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        message = "the register's URL cannot be read; it must look like sqlite:///register.sqlite or postgresql://…"
        raise SchemaError(message) from None
    engines = _OPENERS.get(parsed.get_backend_name(), _refuse)(parsed)
    try:
        bring_up_to_date(engines, revisions)
    except BaseException:
        engines.writer.dispose()
        raise
    return engines


def _refuse(url: URL) -> Engines:
    message = f"the register runs on sqlite or postgresql, not on {url.get_backend_name()}"
    raise SchemaError(message)


def _open_sqlite(url: URL) -> Engines:
    path = _create_private(url)
    turns = _turns_of(path)
    allow_waiting(turns)
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Engines(
        reader=engine,
        writer=engine.execution_options(**{_WRITER: True}),
        # Beside the file itself, whatever links lead to it, so that all who have it open meet there.
        turns=FileLock(turns),
        imports=FileLock(path.with_name(path.name + "-import")),
    )


def end_waiting(url: str) -> None:
    """Let no thread of this process but the main one wait any longer for its turn to write, until it is opened again.

    A server's lock is waited for as long as its own `lock_timeout` says.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        _end_waiting(_turns_of(Path(parsed.database).resolve()))


def _turns_of(path: Path) -> Path:
    return path.with_name(path.name + "-writer")


def _create_private(url: URL) -> Path:
    if url.database is None or url.database in {"", ":memory:"}:
        message = "the register needs a file; give sqlite:///PATH"
        raise SchemaError(message)
    path = Path(url.database)
    if not path.parent.is_dir():
        message = f"the register's folder {path.parent} does not exist; create it first"
        raise SchemaError(message)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    return path.resolve()


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    # The driver must not begin transactions by itself: it would leave reads and DDL outside of them.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        # Only then does REPLACE ask the trigger that keeps an append-only row from being deleted.
        "recursive_triggers=ON",
        f"cache_size=-{_CACHE_KIB}",
        f"journal_size_limit={_WAL_BYTES}",
        f"wal_autocheckpoint={_WAL_PAGES}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: a reader that turns into a writer can be refused halfway.
    immediate = connection.get_execution_options().get(_WRITER)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _open_postgresql(url: URL) -> Engines:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    engine = create_engine(url, hide_parameters=True)
    writer = engine.execution_options(isolation_level="READ COMMITTED")
    return Engines(
        reader=engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        ),
        writer=writer,
        turns=None,
        imports=ServerLock(writer, _PG_IMPORTS),
    )


_OPENERS = {"sqlite": _open_sqlite, "postgresql": _open_postgresql}
