"""How SQLite and PostgreSQL are opened, locked and told never to forget: all that differs between them.

Responsible for engines, transactions' beginnings, the write lock, and the triggers that keep the event log append-only.
Not responsible for any table or query.

Trust: whoever can write the database file can change the register, and the event chain shows it afterwards.
The file holds document numbers, so a new SQLite file can be read by its owner only.
For the same reason the engines keep parameters out of their errors, and no error leaves the register as the driver
worded it (`translated`).

Durability: SQLite runs in WAL mode with `synchronous=FULL`.
NORMAL would be faster and never corrupt, but may lose the last commits when power fails; one of them could be a
release, and somebody would be restricted again. A commit here is a whole feed or one decision, so its fsync is cheap.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import DDL, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from gateway.register.errors import DatabaseError, SchemaError
from gateway.register.schema import TABLES
from gateway.register.schema import event as event_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection

_BUSY_SECONDS = 30
_CACHE_KIB = 160 * 1024
_WAL_BYTES = 64 * 1024 * 1024
_WRITER = "jointgate_writer"
_PG_LOCK = 0x6A6F696E7467
"""The advisory lock that makes writers take turns; the number is arbitrary and this register's own."""


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


class Engines(NamedTuple):
    """Two faces of one pool: `reader` sees one consistent state per transaction, `writer` is alone."""

    reader: Engine
    writer: Engine

    def begin_writing(self, connection: Connection) -> None:
        """Wait for other writers; SQLite has done so when the transaction began."""
        if self.writer.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PG_LOCK})


def open_engines(url: str) -> Engines:
    """Open a database and create what is missing in it.

    Raises:
        SchemaError: if the URL is no SQLite or PostgreSQL URL.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        message = "the register's URL cannot be read; it must look like sqlite:///register.sqlite or postgresql://…"
        raise SchemaError(message) from None
    engines = _OPENERS.get(parsed.get_backend_name(), _refuse)(parsed)
    with engines.writer.begin() as connection:
        engines.begin_writing(connection)
        TABLES.create_all(connection)
    return engines


def _refuse(url: URL) -> Engines:
    message = f"the register runs on sqlite or postgresql, not on {url.get_backend_name()}"
    raise SchemaError(message)


def _open_sqlite(url: URL) -> Engines:
    _create_private(url)
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Engines(engine, engine.execution_options(**{_WRITER: True}))


def _create_private(url: URL) -> None:
    if url.database is None or url.database in {"", ":memory:"}:
        message = "the register needs a file; give sqlite:///PATH"
        raise SchemaError(message)
    path = Path(url.database)
    if not path.parent.is_dir():
        message = f"the register's folder {path.parent} does not exist; create it first"
        raise SchemaError(message)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    # The driver must not begin transactions by itself: it would leave reads and DDL outside of them.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"cache_size=-{_CACHE_KIB}",
        f"journal_size_limit={_WAL_BYTES}",
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
    return Engines(
        engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True),
        engine.execution_options(isolation_level="READ COMMITTED"),
    )


_OPENERS = {"sqlite": _open_sqlite, "postgresql": _open_postgresql}

_SQLITE_TRIGGER = """
CREATE TRIGGER event_no_{operation} BEFORE {operation} ON event
BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END
"""
_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION event_append_only() RETURNS trigger AS
'BEGIN RAISE EXCEPTION ''the event log is append-only''; END' LANGUAGE plpgsql
"""
_POSTGRESQL_TRIGGER = """
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event
FOR EACH STATEMENT EXECUTE FUNCTION event_append_only()
"""


def _after_event_table(statement: str, dialect: str) -> None:
    event.listen(event_table, "after_create", DDL(statement).execute_if(dialect=dialect))


for _operation in ("UPDATE", "DELETE"):
    _after_event_table(_SQLITE_TRIGGER.format(operation=_operation), "sqlite")
_after_event_table(_POSTGRESQL_FUNCTION, "postgresql")
_after_event_table(_POSTGRESQL_TRIGGER, "postgresql")
