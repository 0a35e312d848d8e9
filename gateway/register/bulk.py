"""Inserting many rows at the speed of the driver.

Responsible for handing lists of rows to the database driver: as one statement run many times on SQLite, as one COPY on
PostgreSQL.
Not responsible for types: the values must be those that SQLite and PostgreSQL drivers take as they are
(int, str, bytes, bool, None), which all columns of the register are.

SQLAlchemy's own executemany looks at every value of every row; for a million listings that is half of the time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Table


def insert_rows(connection: Connection, table: Table, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert rows that have a value for every column of `table`, in the order of its columns.

    Raises:
        SQLAlchemyError: what the driver raised, without the rows.
    """
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _copy(connection, table, rows)
    else:
        connection.exec_driver_sql(_insertion(table), list(rows))


def _copy(connection: Connection, table: Table, rows: Sequence[tuple[object, ...]]) -> None:
    driver = connection.dialect.loaded_dbapi
    raw = connection.connection.driver_connection
    if raw is None:
        message = "the connection has no driver"
        raise DBAPIError(message, None, ValueError(message))
    try:
        with raw.cursor() as cursor, cursor.copy(_copying(table)) as copy:
            for row in rows:
                copy.write_row(row)
    except driver.Error as error:
        kind = type(error)
        # The driver's text quotes the row, so only the kind of error goes on.
        raise DBAPIError.instance(
            _copying(table), None, kind(), driver.Error, dialect=connection.dialect
        ) from None


@lru_cache(maxsize=64)
def _insertion(table: Table) -> str:
    marks = ", ".join("?" * len(table.c))
    return f"INSERT INTO {table.name} ({_names(table)}) VALUES ({marks})"  # noqa: S608 names of the schema


@lru_cache(maxsize=64)
def _copying(table: Table) -> str:
    return f"COPY {table.name} ({_names(table)}) FROM STDIN"


def _names(table: Table) -> str:
    return ", ".join(table.c.keys())
