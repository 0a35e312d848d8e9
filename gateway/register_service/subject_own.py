"""What of a listing's record is one party's own, where the listing named several parties in turn.

Responsible for: leaving out of a record what was opened while the listing did not name the party.
Not responsible for: who the party is (`subject.py`), nor for the words (`subject_telling.py`).

Rules kept here:

- A stay, an exemption and a deadline are whose the listing was about when they were opened.
- What another's time has left behind is told only as far as it still works: without its paper, and without an instant
  at which the listing was not about the party.
- A stay of the organisation's listing has no event here; it counts as opened when it begins.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from gateway.register.columns import instant_of, window_of
from gateway.register.history import DECIDED, ENDED, EXEMPTED, MISSED, OPENED, STAYED
from sanctions_matrix.listing import Exemption

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from gateway.register.listing_record import DeadlineRecord, HistoryItem, ListingRecord
    from sanctions_matrix.listing import Window


_OTHERS = "listing.another's"
"""The kind of an event of which only the instant is told."""


class Shown(NamedTuple):
    """What the party may read of a listing.

    `unnamed_at` is since when the listing does not name it; None as long as it does.
    `others` are the ids of those deadlines that were opened in another's time.
    """

    record: ListingRecord
    unnamed_at: datetime | None = None
    others: frozenset[int] = frozenset()


def narrowed(record: ListingRecord, is_own: Sequence[bool], at: datetime | None) -> Shown:
    """Return what of a record is the party's own.

    Args:
        record: of a time in which the listing named the party at least once.
        is_own: for each item of its history whether the listing named the party then.
        at: what of another's time still works at this aware instant is told as well; None for nothing of it.
    """
    return _Narrowing(record, is_own, at).shown()


class _Span(NamedTuple):
    """A time in which the listing named the party, or did not; it lasts until the next begins."""

    is_own: bool
    begins_at: datetime


class _Narrowing:
    """One record, for one party."""

    def __init__(self, record: ListingRecord, is_own: Sequence[bool], at: datetime | None) -> None:
        self._record = record
        self._at = at
        pairs = [*zip(is_own, record.history, strict=True)]
        self._own = [item for is_his, item in pairs if is_his]
        self._others = [item for is_his, item in pairs if not is_his]
        self._spans = _spans(pairs)
        self._begun = [one.begins_at for one in self._spans if one.is_own][-1]

    def shown(self) -> Shown:
        """Return the whole of it."""
        if not self._others:
            return Shown(self._record)
        deadlines = tuple(self._deadlines())
        record = replace(
            self._record,
            stays=tuple(self._stays()),
            exemptions=tuple(self._exemptions()),
            deadlines=deadlines,
            history=tuple(self._history()),
        )
        others = _opened_by(self._others) & {one.id for one in deadlines}
        return Shown(record, others=others)

    def _stays(self) -> Iterator[Window]:
        own, others = _stays_opened_by(self._own), _stays_opened_by(self._others)
        for stay in self._record.stays:
            start = stay.starts_at
            if start in own or (start not in others and self._span_at(start).is_own):
                yield from self._cut(stay)
            elif self._still_works(stay):
                yield replace(stay, starts_at=max(start, self._begun))

    def _cut(self, stay: Window) -> Iterator[Window]:
        """Yield a stay of the party, which another's time did not end but the correction before it."""
        ended = None if stay.ends_at is None else self._span_at(stay.ends_at)
        if ended is None or ended.is_own:
            yield stay
        elif stay.starts_at < ended.begins_at:
            yield replace(stay, ends_at=ended.begins_at)

    def _exemptions(self) -> Iterator[Exemption]:
        own = {_exemption(item) for item in self._own if item.kind == EXEMPTED}
        for one in self._record.exemptions:
            if one in own:
                yield one
            elif self._still_works(one.window):
                start = max(one.window.starts_at, self._begun)
                yield replace(one, window=replace(one.window, starts_at=start))

    def _deadlines(self) -> Iterator[DeadlineRecord]:
        others = _opened_by(self._others)
        for one in self._record.deadlines:
            if one.id not in others:
                yield self._settled(one)
            elif self._at is not None and one.closed_at is None and one.due_at >= self._begun:
                yield one

    def _settled(self, one: DeadlineRecord) -> DeadlineRecord:
        """Return a deadline of the party; what another's time closed was settled by the correction before it."""
        closed = None if one.closed_at is None else self._span_at(one.closed_at)
        if closed is None or closed.is_own:
            return one
        return replace(one, closed_at=None).closed(closed.begins_at)

    def _history(self) -> Iterator[HistoryItem]:
        """Yield what happened in the party's time; that another's deadline passed rests on the other's paper."""
        others = _opened_by(self._others)
        papers = {one.document for one in self._record.deadlines if one.id in others}
        for item in self._own:
            if item.kind == DECIDED and item.detail["id"] in others:
                # Another's request: that something was decided about the listing is all of it.
                yield replace(item, kind=_OTHERS, document="", detail={})
            elif item.kind in {MISSED, ENDED} and item.document in papers:
                yield replace(item, document="")
            else:
                yield item

    def _still_works(self, window: Window) -> bool:
        if self._at is None:
            return False
        return window.ends_at is None or window.ends_at > max(self._at, self._begun)

    def _span_at(self, at: datetime) -> _Span:
        begun = [one for one in self._spans if one.begins_at <= at]
        return begun[-1] if begun else self._spans[0]


def _spans(pairs: Sequence[tuple[bool, HistoryItem]]) -> list[_Span]:
    return [_Span(is_own, next(run)[1].at) for is_own, run in groupby(pairs, key=itemgetter(0))]


def _stays_opened_by(items: Sequence[HistoryItem]) -> set[datetime]:
    """Return when the stays begin that these events opened."""
    found = set()
    for item in items:
        detail = cast("dict[str, Any]", item.detail)
        if item.kind == STAYED:
            start = detail.get("starts_at")
            found.add(item.at if start is None else instant_of(start))
        elif item.kind == OPENED and detail["stays_at"] is not None:
            found.add(instant_of(detail["stays_at"]))
    return found


def _opened_by(items: Sequence[HistoryItem]) -> frozenset[int]:
    """Return the ids of the deadlines that these events opened."""
    return frozenset(cast("int", item.detail["id"]) for item in items if item.kind == OPENED)


def _exemption(item: HistoryItem) -> Exemption:
    detail = cast("dict[str, Any]", item.detail)
    window = window_of(detail["starts_at"], detail["ends_at"])
    return Exemption(frozenset(detail["measures"]), window)
