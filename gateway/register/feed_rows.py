"""The record of feeds: which were imported, in which order, and what came last.

Responsible for the rows of `feed` within one write transaction, and for rule A12 between feeds.
Not responsible for listings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from gateway.register.columns import microseconds_of
from gateway.register.errors import FeedRefusal, FeedRefusedError
from gateway.register.schema import feed as table
from gateway.register.schema import quarantine

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.register.feeds.feed import FeedHeader


def last_feed_id(connection: Connection, list_id: str) -> int | None:
    """Return the id of the feed of a list that was imported last, None if there was none."""
    found: int | None = connection.scalar(
        select(func.max(table.c.id)).where(table.c.list_id == list_id)
    )
    return found


class FeedRecord:
    """The row of the feed that is being imported, beside the one imported before it."""

    def __init__(
        self, connection: Connection, header: FeedHeader, digest: bytes, at: datetime
    ) -> None:
        """Look up the last feed of the list; `digest` is that of the feed read, `at` the aware instant of import."""
        self._connection = connection
        self._header = header
        self._digest = digest
        self._at = microseconds_of(at)
        self.id = (connection.scalar(select(func.max(table.c.id))) or 0) + 1
        self.last_id = last_feed_id(connection, header.list_id)
        self._last = connection.execute(select(table).where(table.c.id == self.last_id)).first()

    @property
    def subject(self) -> str:
        """How events name this feed."""
        return f"feed:{self.id}"

    @property
    def document(self) -> str:
        """The paper that the feed's event rests on: the delivery itself."""
        return f"{self._header.authority}: {self._header.list_id}, sequence {self._header.sequence}"

    @property
    def is_repeated(self) -> bool:
        """Whether the last feed of this list was this very one."""
        return self._last is not None and self._last.digest == self._digest

    def refuse_if_stale(self, *, expected_last: int | None) -> None:
        """Refuse a feed that is older than the last one, or that was read before another was imported.

        Raises:
            FeedRefusedError: saying which (rule A12).
        """
        if self.last_id != expected_last:
            message = "another feed of this list was imported while this one was read; import this one again"
            raise FeedRefusedError(FeedRefusal.STALE, message)
        if self._last is None or self.is_repeated:
            return
        given, held = self._header.sequence, self._last.sequence
        if given < held:
            message = f"the feed's sequence {given} is older than {held}, which is held; send the newest feed"
            raise FeedRefusedError(FeedRefusal.STALE, message)
        if given == held and (not self._header.is_undated or self._was_imported()):
            message = f"sequence {given} was imported before with other content; number each delivery anew"
            raise FeedRefusedError(FeedRefusal.STALE, message)

    def insert(self) -> None:
        """Write the row; its counts come with `finish`."""
        header = self._header
        values = {
            "id": self.id,
            "list_id": header.list_id,
            "authority": header.authority,
            "mode": header.mode.value,
            "sequence": header.sequence,
            "digest": self._digest,
            "line_count": 0,
            "quarantined": 0,
            "change": None,
            "received_at": self._at,
            "last_seen_at": self._at,
            "times_seen": 1,
        }
        self._connection.execute(insert(table), values)

    def finish(self, *, rows: int, quarantined: int, change: int | None) -> None:
        """Write the counts, and forget the quarantine of the list's earlier feeds, which this one replaces."""
        values = {"line_count": rows, "quarantined": quarantined, "change": change}
        self._connection.execute(update(table).where(table.c.id == self.id).values(values))
        earlier = select(table.c.id).where(
            table.c.list_id == self._header.list_id, table.c.id < self.id
        )
        self._connection.execute(delete(quarantine).where(quarantine.c.feed_id.in_(earlier)))

    def forget(self) -> None:
        """Undo `insert` and the quarantine of a repeated feed; note that the last one was seen again."""
        self._connection.execute(delete(quarantine).where(quarantine.c.feed_id == self.id))
        self._connection.execute(delete(table).where(table.c.id == self.id))
        seen = {"last_seen_at": self._at, "times_seen": table.c.times_seen + 1}
        self._connection.execute(update(table).where(table.c.id == self.last_id).values(seen))

    def _was_imported(self) -> bool:
        query = select(table.c.id).where(
            table.c.list_id == self._header.list_id, table.c.digest == self._digest
        )
        return self._connection.execute(query.limit(1)).first() is not None
