"""Inserting many rows at the speed of the driver.

Responsible for handing lists of rows to the database driver with the statement compiled once.
Not responsible for types: the values must be those that SQLite and PostgreSQL drivers take as they are
(int, str, bytes, bool, None), which all columns of the register are.

SQLAlchemy's own executemany looks at every value of every row; for a million listings that is half of the time.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from sqlalchemy import insert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Table


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows that all have a value for every column of `table`."""
    if not rows:
        return
    compiled = insert(table).compile(dialect=connection.dialect)
    if compiled.positiontup is None:
        connection.exec_driver_sql(str(compiled), [dict(row) for row in rows])
        return
    in_order = itemgetter(*compiled.positiontup)
    connection.exec_driver_sql(str(compiled), list(map(in_order, rows)))
