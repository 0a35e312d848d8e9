"""From what happened to what is: the state of one listing, folded from its history.

Responsible for the effect of every kind of entry and event on a listing, and for nothing else.
Not responsible for reading or writing rows, nor for whether a change is allowed (`lifecycle.py`, `deadlines.py`).

Rules kept here:

- This is the one place that says what an event does: a change folds its own event and writes what comes out,
  so the tables always equal the fold of the history, and can be derived anew from it.
- A row of a feed replaces what a feed says and never what was decided: stays, exemptions and deadlines stay.
- A listing that a decision ended stays ended: a feed that speaks of it afterwards was never admitted.
  One that a feed ended before has ended when it did.
- A feed's own event stands before the endings it causes, so its rows come before them.
- An event of a kind unknown here changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.register.columns import (
    exemptions_of,
    exemptions_text,
    instant_of,
    microseconds_of,
    stays_of,
    stays_text,
    window_of,
)
from gateway.register.entries import Entry, EntryContent
from gateway.register.errors import EventLogError
from gateway.register.listing_record import DeadlineKind, DeadlineState
from sanctions_matrix.listing import Exemption, Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from gateway.register.events import Event

Named = tuple[str, str]
"""A document's type and number."""

CHANGED = "changed"
"""The kind of an entry for a listing that was held, and had not ended."""
ENDED = "listing.ended"
STAYED = "listing.stayed"
STAY_LIFTED = "listing.stay-lifted"
EXEMPTED = "listing.exempted"
OPENED = "deadline.opened"
DECIDED = "deadline.decided"
MISSED = "deadline.missed"
CLOSED = "deadline.closed"


class Deadline(NamedTuple):
    """A row of `deadline`, in the forms in which it is stored."""

    id: int
    kind: str
    ends_as: str | None
    opened_on: str
    due_at: int
    counted: str
    document: str
    state: str
    closed_at: int | None

    @property
    def is_request(self) -> bool:
        """Whether somebody asked for something, and waits for a decision."""
        return self.kind != DeadlineKind.REMOVAL

    def closed(self, at: int) -> Deadline:
        """Return it as it is once the authority has acted at `at` (microseconds)."""
        is_kept = at < self.due_at
        state = DeadlineState.KEPT if is_kept else DeadlineState.MISSED
        return self._replace(state=str(state), closed_at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedListing:
    """Every derived column of a listing, in the forms in which they are stored; stays and exemptions as values."""

    id: int
    reference: str
    list_id: str
    record: str
    digest: bytes
    party_kind: str
    authority: str
    ruling_number: str
    ruling_dated: str
    ground: str
    served_on: str | None
    starts_at: int | None
    ends_at: int | None
    measures: str
    contest_id: int
    responsible_reference: str | None
    responsible_role: str | None
    responsible_ended_on: str | None
    feed_id: int
    line: int
    change: int
    stays: tuple[Window, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    ended_at: int | None = None
    ended_as: str | None = None
    released: bool = False
    due_at: int | None = None
    due_as: str | None = None
    eased: int | None = None
    documents: frozenset[Named] = frozenset()
    dropped: frozenset[Named] = frozenset()
    deadlines: tuple[Deadline, ...] = ()

    def columns(self) -> dict[str, Any]:
        """Return the row of `listing`."""
        columns = {name: getattr(self, name) for name in COLUMNS}
        columns["stays"] = stays_text(self.stays)
        columns["exemptions"] = exemptions_text(self.exemptions)
        return columns

    def deadline(self, number: int) -> Deadline:
        """Return the deadline of an id."""
        return next(one for one in self.deadlines if one.id == number)

    def open_request(self) -> Deadline | None:
        """Return the request that nobody has decided yet, None when there is none."""
        waiting = (one for one in self.deadlines if one.is_request and one.closed_at is None)
        return next(waiting, None)


_BESIDE = frozenset({"documents", "dropped", "deadlines"})
COLUMNS = tuple(one.name for one in fields(DerivedListing) if one.name not in _BESIDE)
"""The columns of `listing`."""
_FROM_FEED = tuple(name for name in EntryContent._fields if name in COLUMNS and name != "digest")


def from_row(row: Any, deadlines: Sequence[Deadline] = ()) -> DerivedListing:  # noqa: ANN401 a row of any query with these columns
    """Return what a row of `listing` says, without its documents."""
    columns = {name: getattr(row, name) for name in COLUMNS}
    columns |= {"stays": stays_of(row.stays), "exemptions": exemptions_of(row.exemptions)}
    columns["released"] = bool(row.released)
    return DerivedListing(**columns, deadlines=tuple(deadlines))


class Identity(NamedTuple):
    """What no entry says of a listing, because it never changes."""

    id: int
    reference: str
    list_id: str


def in_order(entries: Iterable[Entry], events: Iterable[Event]) -> list[Entry | Event]:
    """Return what happened in its order: an entry took effect with its feed's own event."""
    return sorted((*entries, *events), key=_place)


def _place(item: Entry | Event) -> int:
    return item.event_seq if isinstance(item, Entry) else item.seq


def fold(identity: Identity, happened: Iterable[Entry | Event]) -> DerivedListing | None:
    """Return the listing after all that happened, in that order; None when nothing did.

    Raises:
        EventLogError: if a feed speaks of a listing that a decision had ended for good.
    """
    state: DerivedListing | None = None
    for item in happened:
        if isinstance(item, Entry):
            state = _after_entry(identity, state, item)
        elif state is not None:
            state = after(state, item)
    return state


def _after_entry(identity: Identity, state: DerivedListing | None, entry: Entry) -> DerivedListing:
    content = entry.content
    said: dict[str, Any] = {name: getattr(content, name) for name in _FROM_FEED}
    said |= {"digest": bytes.fromhex(content.digest), "feed_id": entry.feed_id, "line": entry.line}
    documents = frozenset(content.documents)
    if state is None:
        return DerivedListing(**identity._asdict(), **said, documents=documents, change=0)
    if state.released:
        raise EventLogError(
            f"feed {entry.feed_id} brings back {identity.reference}, which a decision had ended; "
            "restore the register from a copy"
        )
    dropped = (state.documents | state.dropped) - documents
    said |= {"ended_at": None, "ended_as": None, "change": entry.change}
    if entry.kind == CHANGED:
        said["eased"] = entry.change  # a row may say less than before
    return replace(state, **said, documents=documents, dropped=dropped)


def after(state: DerivedListing, event: Event) -> DerivedListing:
    """Return the listing after an event of its own."""
    effect = _EFFECTS.get(event.kind)
    if effect is None:
        return state
    changed = effect(state, event.detail, microseconds_of(event.at))
    change = event.detail.get("change")
    if not isinstance(change, int):
        return changed
    is_easing = event.kind in _EASING
    return replace(changed, change=change, eased=change if is_easing else changed.eased)


def _ended(state: DerivedListing, detail: Mapping[str, Any], at: int) -> DerivedListing:
    closed = (
        closed_by_ending(one, at, is_swept=bool(detail.get("swept"))) for one in state.deadlines
    )
    return replace(
        state,
        ended_at=at if state.ended_at is None else state.ended_at,
        ended_as=detail["as"],
        released=detail["released"],
        deadlines=tuple(closed),
    )


def closed_by_ending(deadline: Deadline, at: int, *, is_swept: bool) -> Deadline:
    """Close a deadline whose listing ends; a removal that the register did itself still waits for the authority."""
    if deadline.closed_at is not None:
        return deadline
    closed = deadline.closed(at)
    is_unanswered = is_swept and not deadline.is_request and closed.state == DeadlineState.MISSED
    return closed._replace(closed_at=None) if is_unanswered else closed


def _stayed(state: DerivedListing, detail: Mapping[str, Any], at: int) -> DerivedListing:
    starts_at = detail.get("starts_at", at)
    return replace(state, stays=(*state.stays, window_of(starts_at, detail["until"])))


def _stay_lifted(state: DerivedListing, detail: Mapping[str, Any], at: int) -> DerivedListing:
    own, caused = parted_stays(state.stays, detail.get("request_stays_at"))
    return replace(state, stays=(*cut(own, instant_of(at)), *caused))


def _exempted(state: DerivedListing, detail: Mapping[str, Any], _at: int) -> DerivedListing:
    window = window_of(detail["starts_at"], detail["ends_at"])
    exemption = Exemption(frozenset(detail["measures"]), window)
    return replace(state, exemptions=(*state.exemptions, exemption))


def _opened(state: DerivedListing, detail: Mapping[str, Any], _at: int) -> DerivedListing:
    columns = {name: detail[name] for name in _OPENED_NAMES}
    deadline = Deadline(**columns, state=str(DeadlineState.OPEN), closed_at=None)
    state = replace(state, deadlines=(*state.deadlines, deadline))
    if detail["stays_at"] is not None:
        state = replace(state, stays=(*state.stays, window_of(detail["stays_at"], None)))
    if deadline.is_request:
        return state
    # Only a removal that is due earlier than what is owed already is ever opened.
    return replace(state, due_at=deadline.due_at, due_as=deadline.ends_as)


_OPENED_NAMES = ("id", "kind", "ends_as", "opened_on", "due_at", "counted", "document")


def _decided(state: DerivedListing, detail: Mapping[str, Any], at: int) -> DerivedListing:
    state = _with(state, state.deadline(detail["id"]).closed(at))
    if detail["granted"] or detail["stays_at"] is None:
        return state
    own, caused = parted_stays(state.stays, detail["stays_at"])
    ended = (replace(one, ends_at=instant_of(at)) for one in caused if _has_begun(one, at))
    return replace(state, stays=(*own, *ended))


def _has_begun(stay: Window, at: int) -> bool:
    return microseconds_of(stay.starts_at) < at


def _missed(state: DerivedListing, detail: Mapping[str, Any], _at: int) -> DerivedListing:
    deadline = state.deadline(detail["id"])
    return _with(state, deadline._replace(state=str(DeadlineState.MISSED)))


def _closed(state: DerivedListing, _detail: Mapping[str, Any], at: int) -> DerivedListing:
    for deadline in state.deadlines:
        if deadline.closed_at is None:
            state = _with(state, deadline.closed(at))
    return state


def _with(state: DerivedListing, deadline: Deadline) -> DerivedListing:
    others = (deadline if one.id == deadline.id else one for one in state.deadlines)
    return replace(state, deadlines=tuple(others))


def cut(stays: Iterable[Window], at: datetime) -> tuple[Window, ...]:
    """End at `at` the stays that run then; one that begins at that very instant leaves nothing behind."""
    ended = (
        replace(one, ends_at=at) if one.contains(at) and one.starts_at < at else one
        for one in stays
    )
    return tuple(one for one in ended if not one.contains(at))


def parted_stays(
    stays: tuple[Window, ...], request_stays_at: int | None
) -> tuple[tuple[Window, ...], tuple[Window, ...]]:
    """Return a listing's own stays, and the endless one that a request caused from then on (microseconds)."""
    request = None if request_stays_at is None else window_of(request_stays_at, None)
    if request is None or request not in stays:
        return stays, ()
    place = stays.index(request)
    return (*stays[:place], *stays[place + 1 :]), (request,)


_EASING = frozenset({ENDED, STAYED, EXEMPTED, OPENED})
_EFFECTS = {
    ENDED: _ended,
    STAYED: _stayed,
    STAY_LIFTED: _stay_lifted,
    EXEMPTED: _exempted,
    OPENED: _opened,
    DECIDED: _decided,
    MISSED: _missed,
    CLOSED: _closed,
}
