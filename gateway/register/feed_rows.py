"""The record of feeds: which were imported, in which order, and what came last.

Responsible for the rows of `feed`, for rule A12 between feeds, and for one spelling of each authority.
Not responsible for listings.

Rule kept here: a row without an event is that of an import that is not finished; there is at most one, and nobody is
told of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, func, insert, select, update

from gateway.register.authority_names import other_spelling
from gateway.register.columns import microseconds_of
from gateway.register.errors import EventLogError, FeedRefusal, FeedRefusedError
from gateway.register.feeds.header import MAX_NUMBER
from gateway.register.schema import feed as table
from gateway.register.schema import quarantine

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from gateway.register.events import Announced
    from gateway.register.feeds.feed import FeedHeader

_VOUCHED = (
    *("list", "authority", "mode", "sequence", "digest", "change"),
    *("first_listing", "last_listing"),
)
"""What the event `feed.imported` says of the feed's row, beside what the feed did."""


def last_feed_id(connection: Connection, list_id: str, authority: str) -> int | None:
    """Return the id of the feed that an authority delivered last for a list, None if there was none."""
    found: int | None = connection.scalar(
        select(func.max(table.c.id)).where(
            table.c.list_id == list_id,
            table.c.authority == authority,
            table.c.event_seq.is_not(None),
        )
    )
    return found


def unfinished_feed_id(connection: Connection) -> int | None:
    """Return the id of the feed whose import is not finished, None if there is none."""
    found: int | None = connection.scalar(select(table.c.id).where(table.c.event_seq.is_(None)))
    return found


def verify_feeds(connection: Connection, announced: Mapping[int, Announced]) -> None:
    """Hold the rows of finished feeds against what their events said.

    Raises:
        EventLogError: if a row was changed, removed or put in between.
    """
    query = select(table).where(table.c.event_seq.is_not(None))
    held = {row.id: (row.event_seq, _vouched(row)) for row in connection.execute(query)}
    said = {
        id_: (one.event_seq, {name: one.detail.get(name) for name in _VOUCHED})
        for id_, one in announced.items()
    }
    if held != said:
        odd = min(id_ for id_ in held.keys() | said.keys() if held.get(id_) != said.get(id_))
        raise EventLogError(
            f"the row of feed {odd} is not what its event says; restore the register from a copy"
        )


def _vouched(row: Row[Any]) -> dict[str, object]:
    return {
        "list": row.list_id,
        "authority": row.authority,
        "mode": row.mode,
        "sequence": row.sequence,
        "digest": row.digest.hex(),
        "change": row.change,
        "first_listing": row.first_listing,
        "last_listing": row.last_listing,
    }


class FeedMark(NamedTuple):
    """What an import sees of the youngest feed while it has its turn, and finds unchanged as long as it has."""

    id: int
    times_seen: int
    event_seq: int | None


def youngest_feed(connection: Connection) -> FeedMark | None:
    """Return the mark of the youngest feed, finished or not; None when there is no feed."""
    query = select(table.c.id, table.c.times_seen, table.c.event_seq)
    row = connection.execute(query.order_by(table.c.id.desc()).limit(1)).first()
    return None if row is None else FeedMark._make(row)


def mark_unfinished(connection: Connection) -> None:
    """Note on what an earlier import left unfinished that one more has begun; the caller holds the write lock."""
    unfinished = update(table).where(table.c.event_seq.is_(None))
    connection.execute(unfinished.values(times_seen=table.c.times_seen + 1))


class FeedRecord:
    """The row of the feed that is being imported, beside the one imported before it."""

    def __init__(
        self,
        connection: Connection,
        header: FeedHeader,
        *,
        digest: bytes,
        at: datetime,
        submission_id: bytes | None,
    ) -> None:
        """Look up the last feed of the list and authority.

        `digest` is that of the feed read, `at` the aware instant of import, `submission_id` that of a submission.
        """
        self._header = header
        self._digest = digest
        self._at = microseconds_of(at)
        self._submission_id = submission_id
        self._unfinished = unfinished_feed_id(connection)
        youngest: int = connection.scalar(select(func.max(table.c.id))) or 0
        self.id = self._unfinished or youngest + 1
        self.last_id = last_feed_id(connection, header.list_id, header.authority)
        self._last = connection.execute(select(table).where(table.c.id == self.last_id)).first()

    @property
    def subject(self) -> str:
        """How events name this feed."""
        return f"feed:{self.id}"

    @property
    def document(self) -> str:
        """The paper that the feed's event rests on: the delivery itself."""
        return f"{self._header.authority}: {self._header.list_id}, sequence {self._header.sequence}"

    def announcement(
        self, change: int | None, added: tuple[int | None, int | None]
    ) -> dict[str, object]:
        """Return what the feed's event vouches for in this row.

        `change` is the number of what the feed changed, `added` are the ids of the first and last listing it added.
        """
        header = self._header
        said = (
            header.list_id,
            header.authority,
            header.mode.value,
            header.sequence,
            self._digest.hex(),
            change,
            *added,
        )
        return dict(zip(_VOUCHED, said, strict=True))

    @property
    def is_repeated(self) -> bool:
        """Whether the last feed of this list and authority was this very one."""
        return self._last is not None and self._last.digest == self._digest

    def refuse_other_spelling(self, connection: Connection) -> None:
        """Refuse a feed whose authority has delivered for this list under another spelling of its title.

        Raises:
            FeedRefusedError: naming the spelling that is held.
        """
        delivered = select(table.c.authority).where(
            table.c.list_id == self._header.list_id, table.c.event_seq.is_not(None)
        )
        held = other_spelling(
            self._header.authority, connection.execute(delivered.distinct()).scalars()
        )
        if held is not None:
            message = f"the authority's title is another spelling of one that has delivered; write it as: {held}"
            message_zh = f"报送机关名称与已有名称仅写法不同；请按已有写法填写：{held}。"
            raise FeedRefusedError(FeedRefusal.WRONG_HEADER, message, message_zh)

    def refuse_if_stale(self, connection: Connection) -> None:
        """Refuse a feed that is older than the last one, or is numbered as if by mistake.

        Raises:
            FeedRefusedError: saying so (rule A12).
        """
        if self.is_repeated:
            return
        given, held = self._header.sequence, -1 if self._last is None else self._last.sequence
        if given > held + 1 + (MAX_NUMBER - held) // 2:
            message = (
                f"the feed's sequence {given} leaves too few above it; number on from {held + 1}"
            )
            message_zh = (
                f"数据文件的序号 {given} 过大，此后将无序号可用；请从 {held + 1} 起继续编号。"
            )
            raise FeedRefusedError(FeedRefusal.STALE, message, message_zh)
        if given < held:
            message = f"the feed's sequence {given} is older than {held}, which is held; send the newest feed"
            message_zh = f"数据文件的序号 {given} 小于已有数据的序号 {held}；请报送最新的文件。"
            raise FeedRefusedError(FeedRefusal.STALE, message, message_zh)
        if given == held and (not self._header.is_undated or self._was_imported(connection)):
            message = f"sequence {given} was imported before with other content; number each delivery anew"
            message_zh = f"序号 {given} 的数据此前已经导入，且内容不同；请为每次报送使用新的序号。"
            raise FeedRefusedError(FeedRefusal.STALE, message, message_zh)

    def insert(self, connection: Connection) -> None:
        """Write the row as unfinished, unless it was; what an earlier import left unfinished is taken over."""
        header = self._header
        values: dict[str, object] = {
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
            "first_listing": None,
            "last_listing": None,
            "event_seq": None,
            "submission_id": self._submission_id,
        }
        if self._unfinished is None:
            connection.execute(insert(table), values | {"times_seen": 1})
            self._unfinished = self.id
        else:
            # Not the key: SQLite would look through every listing for one that refers to it, while others wait.
            del values["id"]
            connection.execute(update(table).where(table.c.id == self.id).values(values))

    def finish(self, connection: Connection, values: Mapping[str, int | None]) -> None:
        """Write the counts and the event, and forget the quarantine of the earlier feeds, which this one replaces."""
        own = update(table).where(table.c.id == self.id)
        connection.execute(own.values({**values, "times_seen": 1}))
        earlier = select(table.c.id).where(
            table.c.list_id == self._header.list_id,
            table.c.authority == self._header.authority,
            table.c.id < self.id,
        )
        connection.execute(delete(quarantine).where(quarantine.c.feed_id.in_(earlier)))

    def note_repeated(self, connection: Connection) -> None:
        """Note that the last feed was seen again; this one's row, if a crash left one, stays unfinished.

        One that was imported without a submission's id is found by `submission_id` from now on.
        """
        own = update(table).where(table.c.id == self.id)
        connection.execute(own.values(submission_id=None))
        submission_id = func.coalesce(table.c.submission_id, self._submission_id)
        seen = update(table).where(table.c.id == self.last_id)
        connection.execute(
            seen.values(
                last_seen_at=self._at,
                times_seen=table.c.times_seen + 1,
                submission_id=submission_id,
            )
        )

    def _was_imported(self, connection: Connection) -> bool:
        query = select(table.c.id).where(
            table.c.list_id == self._header.list_id,
            table.c.authority == self._header.authority,
            table.c.digest == self._digest,
            table.c.event_seq.is_not(None),
        )
        return connection.execute(query.limit(1)).first() is not None
