"""The shrink guard: how much of a list one feed takes out of force, and when that is too much (rule A12).

Responsible for counting, while a feed is applied, the listings that it ends or cuts short, and for refusing it.
Not responsible for ending or changing anything.

Rules kept here:

- Only what is in force counts, on both sides of the share; whose removal is owed or was due does not: that is what was
  decided, and no authority is stopped for obeying.
- A listing counts once: when it ends, for whatever reason the feed gives, or when a row takes a document or a measure
  away from it, ends it earlier, puts it off, or hangs it on another organisation.
- Who is responsible for an organisation counts with it, when its listing ends, is put off or ends earlier.
- Doubt stops the feed: that costs a second confirmation, and a feed that is cut off or mangled costs thousands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select

from gateway.register.columns import is_past, measures_of
from gateway.register.errors import FeedRefusal, FeedRefusedError
from gateway.register.schema import listing as table
from gateway.register.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import ColumnElement, Connection

    from gateway.register.delivery import Delivery
    from gateway.register.held_listings import HeldListing
    from gateway.register.history import Named
    from gateway.register.staging import StagedRow

_organisation = table.alias("organisation")


def is_weighed(now: int) -> ColumnElement[bool]:
    """Return the condition that a listing is in its own window and its removal is not owed; microseconds."""
    return and_(
        table.c.starts_at <= now,
        table.c.due_at.is_(None),
        or_(table.c.ends_at.is_(None), table.c.ends_at > now),
    )


@dataclass(slots=True)
class ShrinkGuard:
    """What one feed takes away of the `in_force` listings of its list and authority, at `now` in microseconds.

    `last_id` is the youngest listing that was held before it.
    """

    connection: Connection
    delivery: Delivery
    now: int
    in_force: int
    last_id: int
    removed: int = 0
    _counted: Seen = field(init=False)

    def __post_init__(self) -> None:
        """Make room for one bit for each listing held."""
        self._counted = Seen(self.last_id)

    def weigh_change(
        self, row: StagedRow, held: HeldListing, documents: Mapping[Named, bool]
    ) -> None:
        """Count a listing that a row cuts short; `documents` are those it named, and whether it had dropped them."""
        if not self._was_in_force(held):
            return
        is_less = (
            self._is_shortened(row, held)
            or not measures_of(held.measures) <= measures_of(row.measures)
            or not {one for one, is_dropped in documents.items() if not is_dropped}
            <= set(row.documents)
            or row.responsible_reference not in {None, held.responsible_reference}
        )
        if is_less:
            self._count(held.id)

    def weigh_persons(self, rows: Iterable[tuple[StagedRow, HeldListing]]) -> None:
        """Count the persons responsible for those organisations whose listing a row puts off or ends earlier."""
        shortened = [
            held.reference
            for row, held in rows
            if row.party_kind == "organisation"
            and self._was_in_force(held)
            and self._is_shortened(row, held)
        ]
        if shortened:
            self._count_all(
                table.c.responsible_reference.in_(shortened), table.c.ended_at.is_(None)
            )

    def weigh_absent(self, ids: Iterable[int]) -> None:
        """Count those of these listings that the feed is about to end."""
        self._count_all(table.c.id.in_(list(ids)), table.c.ended_at.is_(None))

    def weigh_fallen(self, change: int) -> None:
        """Count the persons whose listings ended by the feed's own change, with their organisation's or alone."""
        self._count_all(
            table.c.change == change,
            table.c.ended_at.is_not(None),
            table.c.responsible_reference.is_not(None),
        )

    def refuse_too_much(self) -> None:
        """Refuse a feed that takes more out of force than its share, unless that was confirmed.

        Raises:
            FeedRefusedError: saying so (rule A12).
        """
        options, removed, in_force = self.delivery.options, self.removed, self.in_force
        if options.confirm_shrink or removed <= options.shrink_guard * in_force:
            return
        message = (
            f"the feed would remove or cut short {removed} of {in_force} listings in force on "
            f"{self.delivery.header.list_id}, more than the guard of {options.shrink_guard:.0%}; ask the authority, "
            "then import again with --confirm-shrink"
        )
        message_zh = (
            f"本次数据将移出或者缩减名单 {in_force} 条有效记录中的 {removed} 条，"
            f"超过 {options.shrink_guard:.0%} 的限度；请向报送机关核实，确认后使用 --confirm-shrink 再次导入。"
        )
        raise FeedRefusedError(FeedRefusal.SHRINKS, message, message_zh)

    def _was_in_force(self, held: HeldListing) -> bool:
        return (
            held.ended_at is None
            and held.due_at is None
            and is_past(held.starts_at, self.now)
            and not is_past(held.ends_at, self.now)
        )

    def _is_shortened(self, row: StagedRow, held: HeldListing) -> bool:
        is_put_off = not is_past(row.starts_at, self.now)
        is_ended_earlier = row.ends_at is not None and (
            held.ends_at is None or row.ends_at < held.ends_at
        )
        return is_put_off or is_ended_earlier

    def _count_all(self, *conditions: ColumnElement[bool]) -> None:
        """Count the listings of these conditions that are weighed, and so are their organisations'."""
        query = (
            select(table.c.id)
            .outerjoin(_organisation, _organisation.c.reference == table.c.responsible_reference)
            .where(
                *conditions,
                is_weighed(self.now),
                table.c.id <= self.last_id,
                _organisation.c.due_at.is_(None),
                or_(_organisation.c.ends_at.is_(None), _organisation.c.ends_at > self.now),
            )
        )
        for (id_,) in self.connection.execute(query):
            self._count(id_)

    def _count(self, listing_id: int) -> None:
        self.removed += not self._counted.add(listing_id)
