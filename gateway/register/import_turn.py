"""Whose turn it is to import: taken under the lock, and looked at again in every transaction that writes for it.

Responsible for that an import whose lock was lost, or was never shared, writes nothing once another one has begun.
Not responsible for waiting: `locks.py` is.

Rules kept here:

- A lock is lost with its session, and two machines may not share it, so the lock alone is not relied upon.
- Every import looks at the youngest feed while it is the writer, and leaves a mark on it if it is not finished.
  Who finds another feed or another mark there than it left itself has lost its turn.
- Both are asked in the very transaction that writes: what is asked before waiting to write may be untrue afterwards.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from gateway.register.errors import TurnLostError
from gateway.register.feed_rows import FeedMark, mark_unfinished, youngest_feed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from gateway.register.engine import Engines
    from gateway.register.locks import Confirm


class ImportTurn:
    """One import's turn; everything that it writes, it writes through `writing`."""

    def __init__(self, engines: Engines, confirm: Confirm) -> None:
        """Begin; the caller holds the import lock, which `confirm` makes sure of."""
        self.engines = engines
        self._confirm = confirm
        with engines.writing() as connection:
            mark_unfinished(connection)
            self._left: FeedMark | None = youngest_feed(connection)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Wait to write, and write in one transaction.

        Raises:
            TurnLostError: if another import may have begun meanwhile; nothing is written then.
        """
        with self.engines.writing() as connection:
            self._confirm()
            if youngest_feed(connection) != self._left:
                raise TurnLostError
            yield connection
            left = youngest_feed(connection)
        self._left = left

    def give_way(self) -> None:
        """Let whoever waits to write go first."""
        self.engines.give_way()
