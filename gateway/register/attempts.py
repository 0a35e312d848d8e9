"""How often a receipt was shown with a document that is not its party's: counted, and bounded by the day.

Responsible for the table `attempt`: taking one of a day's attempts or not, forgetting the days before.
Not responsible for what a receipt is, nor for judging a document.

Rules kept here:

- An attempt is taken before the document is compared, in a transaction that stays open meanwhile, and taken back with
  that transaction when it was the right one. So those who show one receipt at the same moment are judged one after
  the other, in however many processes: no more than the limit are ever compared wrongly, and what is shown rightly
  never uses up anything, not even for a moment.
- A process that dies in between has taken nothing, and told nothing.
- A day is one of UTC. What is left of an earlier day is deleted when somebody first asks on another, and a receipt
  shown rightly leaves no row.
- Nothing of the document is stored; a receipt is its digest.
- Attempts are no decisions about listings: they need no turn among PostgreSQL's writers, because taking one is a
  single statement. SQLite has one writer, so there they wait for their turn like everybody, and hold it while the
  listings of one receipt are read.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite

from gateway.register.engine import translated
from gateway.register.schema import attempt as table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from sqlalchemy import Connection

    from gateway.register.engine import Engines

_INSERTS: dict[str, type[sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.Insert,
    "postgresql": postgresql.Insert,
}


class Attempt:
    """One attempt that is held."""

    def __init__(self, connection: Connection) -> None:
        """Use `Attempts.taken` instead."""
        self._connection = connection

    def give_back(self) -> None:
        """Have taken nothing, because it was no attempt but the party."""
        self._connection.rollback()


class Attempts:
    """Counts attempts in one register."""

    def __init__(self, engines: Engines, *, a_day: int) -> None:
        """Count up to `a_day` attempts for each receipt and day; `Register.attempts` makes one."""
        self._engines = engines
        self._insert = _INSERTS[engines.writer.dialect.name]
        self._a_day = a_day
        self._cleaned: date | None = None

    @contextmanager
    def taken(self, receipt: bytes, at: datetime) -> Iterator[Attempt | None]:
        """Hold one attempt of the day of `at` (aware UTC); None when the day has none left.

        It counts once it is not held any more, unless it was given back or an error came through.

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
        with translated():
            self._forget_before(day)
            with self._writing() as connection:
                is_taken = connection.execute(take.returning(table.c.count)).first() is not None
                yield Attempt(connection) if is_taken else None

    def _forget_before(self, day: date) -> None:
        if self._cleaned == day:
            return
        with self._writing() as connection:
            connection.execute(delete(table).where(table.c.day < day.isoformat()))
        self._cleaned = day

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if self._engines.turns is not None:
            with self._engines.writing() as connection:
                yield connection
            return
        with self._engines.writer.begin() as connection:
            yield connection
