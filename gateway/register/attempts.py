"""How often a receipt was shown with a document that is not its party's: counted, and bounded by the day.

Responsible for the table `attempt`: taking one of a day's attempts, giving it back, forgetting the days before.
Not responsible for what a receipt is, nor for judging a document.

Rules kept here:

- An attempt is taken before the document is compared, in a transaction of its own, and given back when it was the
  right one: however many ask at once, in however many processes, no more than the limit are ever compared.
- A process that dies in between has taken an attempt; that is the safe side.
- A day is one of UTC. What is left of an earlier day is deleted, and a receipt shown rightly leaves no row.
- Nothing of the document is stored; a receipt is its digest.
- Attempts are no decisions about listings: they need no turn among PostgreSQL's writers, because taking one is a
  single statement. SQLite has one writer, so there they wait for their turn like everybody.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.register.engine import translated
from gateway.register.schema import attempt as table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection

    from gateway.register.engine import Engines

_INSERTS: dict[str, type[sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.Insert,
    "postgresql": postgresql.Insert,
}


class Attempts:
    """Counts attempts in one register."""

    def __init__(self, engines: Engines, *, a_day: int) -> None:
        """Count up to `a_day` attempts for each receipt and day; `Register.attempts` makes one."""
        self._engines = engines
        self._insert = _INSERTS[engines.writer.dialect.name]
        self._a_day = a_day
        self._cleaned: date | None = None

    @translated()
    def take(self, receipt: bytes, at: datetime) -> bool:
        """Take one attempt of the day of `at` (aware UTC); False when the day has none left.

        Args:
            receipt: the receipt's digest, 32 bytes.
            at: the present instant.

        Raises:
            DatabaseError: if the database fails; nothing is taken.
        """
        day = at.date()
        first = self._insert(table).values(receipt=receipt, day=day.isoformat(), count=1)
        take = first.on_conflict_do_update(
            index_elements=[table.c.receipt, table.c.day],
            set_={"count": table.c.count + 1},
            where=table.c.count < self._a_day,
        )
        with self._writing() as connection:
            if self._cleaned != day:
                connection.execute(delete(table).where(table.c.day < day.isoformat()))
            is_taken = connection.execute(take.returning(table.c.count)).first() is not None
        self._cleaned = day
        return is_taken

    @translated()
    def give_back(self, receipt: bytes, at: datetime) -> None:
        """Give back an attempt that was taken at `at`, because it was none.

        Raises:
            DatabaseError: if the database fails; the attempt stays taken.
        """
        row = _row(receipt, at.date())
        with self._writing() as connection:
            connection.execute(
                update(table).where(row, table.c.count > 0).values(count=table.c.count - 1)
            )
            connection.execute(delete(table).where(row, table.c.count == 0))

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if self._engines.turns is not None:
            with self._engines.writing() as connection:
                yield connection
            return
        with self._engines.writer.begin() as connection:
            yield connection


def _row(receipt: bytes, day: date) -> ColumnElement[bool]:
    return (table.c.receipt == receipt) & (table.c.day == day.isoformat())
