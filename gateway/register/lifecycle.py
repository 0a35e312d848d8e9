"""What may happen to a single listing by decision: release, stay, the end of a stay, exemption.

Responsible for the rules of these changes and for writing them with their events.
Not responsible for what an event does to a listing (`history.py`), for deadlines (`deadlines.py`), for feeds, nor for
who may ask for a change.

Rules kept here:

- Every change names the paper it rests on.
- A change takes effect at the instant of its event, which the log may have to date later than the mandate; but a stay
  begins no later than the mandate says, so that a clock once set wrong restricts nobody.
- A change may name the change number it expects; if the listing has changed since, nothing is done.
- A change of an ended listing is refused; only its release is not, where a feed ended it: else a later feed could
  bring back what was decided to be over.
- Several stays may run at once, each on its own paper; one is refused only where another of these covers all of it.
- The stay of a request that waits for its decision ends with the decision, and not before; nor does it keep a stay that
  somebody decides from being recorded, or from being lifted.
- A stay and an exemption lie in the years in which a row's instants must lie.
- A temporary lift lasts at most one month. A permit of the court has no such limit.
  Source: the fact sheet of instruments, section 2 (2019 Opinions; Fa Shi [2015] No. 17 arts. 3 and 8; verified).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from gateway.register.changes import change_number, effective_change, is_visible, next_change
from gateway.register.columns import measures_of, microseconds_of
from gateway.register.deadline_rows import read_deadlines, write_deadlines
from gateway.register.endings import Ending, EndKind, Leaving, end_listings
from gateway.register.errors import ChangedMeanwhileError, LifeCycleError, unknown
from gateway.register.events import Event, Occurrence, read_events
from gateway.register.history import (
    CLOSED,
    ENDED,
    EXEMPTED,
    OPENED,
    STAY_LIFTED,
    STAYED,
    DerivedListing,
    after,
    from_row,
    parted_stays,
)
from gateway.register.schema import listing as table
from sanctions_matrix.civil_time import EARLIEST_YEAR, LATEST_YEAR
from sanctions_matrix.documents import is_citizen_number
from sanctions_matrix.listing import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection

    from gateway.register.events import EventLog
    from gateway.register.history import Deadline
    from gateway.register.orders import Order
    from sanctions_matrix.listing import Exemption

LONGEST_LIFT = timedelta(days=31)
"""One month, taken at its longest."""

_MAX_DOCUMENT = 200


@dataclass(frozen=True, slots=True)
class Mandate:
    """Who changes a listing, on which paper, and when (aware UTC).

    `expected_change` is the number of the listing's last change as the one who decides has seen it, None not to ask.
    `order` is the change as its sender named it, so that it is made once; None for one without an id.
    `clock` tells the instant anew once it is this change's turn, for which it may have waited; without it, `at` stands.

    Raises:
        LifeCycleError: if the paper or the actor is not named in 1 to 200 printable characters.
    """

    document: str
    at: datetime
    actor: str
    expected_change: int | None = None
    order: Order | None = None
    clock: Callable[[], datetime] | None = None

    def __post_init__(self) -> None:
        """Refuse a mandate that rests on nothing."""
        for name, text in (("document", self.document), ("actor", self.actor)):
            if not text.strip() or len(text) > _MAX_DOCUMENT or not text.isprintable():
                message = f"the {name} of a change must be named in 1 to {_MAX_DOCUMENT} characters"
                raise LifeCycleError(message)
            if is_citizen_number(text.strip()):
                message = (
                    f"the {name} of a change is told to others; it cannot be a citizen's number"
                )
                raise LifeCycleError(message)
        if self.at.utcoffset() is None:
            message = "the instant of a change needs a time zone"
            raise LifeCycleError(message)
        object.__setattr__(self, "at", self.at.astimezone(UTC))

    def read_anew(self) -> Mandate:
        """Return it with the instant that its clock tells now."""
        return self if self.clock is None else replace(self, at=self.clock())


class LifeCycle:
    """The changes, within one write transaction."""

    def __init__(self, connection: Connection, log: EventLog, mandate: Mandate) -> None:
        """Change on the strength of `mandate`; `log` writes in the same transaction."""
        self._connection = connection
        self._log = log
        self._mandate = mandate
        self._change = change_number(connection) + 1

    def release(self, reference: str, reason: EndKind) -> int:
        """End a listing, and with an organisation's those of the persons responsible; return the change number.

        A listing that the register ended by itself, because its removal was due, is only noted as removed at last.
        One that a feed left out has ended when it did, and from now on no feed brings it back.
        """
        listing = self._held(reference)
        if listing.ended_at is not None and _is_unanswered(listing):
            return self._record(listing, CLOSED, {})
        if listing.ended_at is not None and not listing.released:
            return self._record(listing, ENDED, {"as": reason.value, "released": True})
        _refuse_ended(listing)
        ending = Ending(
            at=self._log.at, change=self._change, document=self._mandate.document, released=True
        )
        end_listings(self._connection, self._log, [Leaving(listing.id, reference, reason)], ending)
        next_change(self._connection, self._change)
        return self._change

    def stay(self, reference: str, until: datetime | None) -> int:
        """Pause enforcement from now, up to `until` (aware) or until lifted; return the change number."""
        listing = self._going_on(reference)
        window = _window(self._mandate.at, until)
        _refuse_out_of_bounds(window)
        own, _ = parted_stays(listing.stays, self._request_stays_at(listing))
        if any(_covers(stay, window) for stay in own):
            message = f"listing {reference} is stayed already for all of that time"
            raise LifeCycleError(message)
        detail: dict[str, object] = {"until": _microseconds(window.ends_at)}
        if window.starts_at < self._log.at:
            detail["starts_at"] = microseconds_of(window.starts_at)  # never later than asked for
        return self._record(listing, STAYED, detail)

    def lift_stay(self, reference: str) -> int:
        """End the stays that run now, but for that of a request that waits; return the change number."""
        listing = self._going_on(reference)
        request_stays_at = self._request_stays_at(listing)
        own, caused = parted_stays(listing.stays, request_stays_at)
        if not self._is_stayed(own):
            message = f"listing {reference} is not stayed"
            if self._is_stayed(caused):
                message = f"listing {reference} is stayed until its request is decided; decide the request"
            raise LifeCycleError(message)
        detail = {} if request_stays_at is None else {"request_stays_at": request_stays_at}
        return self._record(listing, STAY_LIFTED, detail)

    def exempt(self, reference: str, exemption: Exemption, *, is_permit: bool) -> int:
        """Take some measures out for a window; return the change number."""
        listing = self._going_on(reference)
        _refuse_foreign_measures(exemption, measures_of(listing.measures))
        _refuse_out_of_bounds(exemption.window)
        if not is_permit:
            _refuse_long_lift(exemption.window)
        detail = {
            "measures": sorted(exemption.measures),
            "starts_at": microseconds_of(exemption.window.starts_at),
            "ends_at": _microseconds(exemption.window.ends_at),
            "permit": is_permit,
        }
        return self._record(listing, EXEMPTED, detail)

    def _held(self, reference: str) -> DerivedListing:
        """Return the listing with its deadlines; it must be as the mandate expects it."""
        listing = self._unchecked(reference)
        expected = self._mandate.expected_change
        if expected is not None:
            found = effective_change(self._connection, listing.id)
            if found != expected:
                message = (
                    f"listing {reference} was changed meanwhile (its last change is {found}, "
                    f"not {expected}); show it again"
                )
                raise ChangedMeanwhileError(message)
        return listing

    def _unchecked(self, reference: str) -> DerivedListing:
        query = select(table).where(table.c.reference == reference, is_visible(table.c.id))
        row = self._connection.execute(query).first()
        if row is None:
            raise unknown(reference)
        return from_row(row, read_deadlines(self._connection, [row.id]).get(row.id, ()))

    def _going_on(self, reference: str) -> DerivedListing:
        """Return a listing that has not ended, is not due to have ended, and whose own term is not over."""
        listing = self._held(reference)
        _refuse_ended(listing)
        at = microseconds_of(self._mandate.at)
        for instant, how in ((listing.due_at, listing.due_as), (listing.ends_at, EndKind.EXPIRED)):
            if instant is not None and instant <= at:
                message = f"listing {reference} is over ({how}); it cannot be changed any more"
                raise LifeCycleError(message)
        return listing

    def _is_stayed(self, stays: tuple[Window, ...]) -> bool:
        return any(stay.contains(self._mandate.at) for stay in stays)

    def _request_stays_at(self, listing: DerivedListing) -> int | None:
        """Return from when on the request that waits stays the listing (microseconds), None if none does."""
        waiting = listing.open_request()
        return None if waiting is None else self._stays_at(listing, waiting)

    def _stays_at(self, listing: DerivedListing, request: Deadline) -> int | None:
        """Return from when on a request stays its listing, as its own event says (microseconds)."""
        for event in read_events(self._connection, listing.reference):
            if event.kind == OPENED and event.detail["id"] == request.id:
                found = event.detail["stays_at"]
                return found if isinstance(found, int) else None
        return None

    def _record(self, listing: DerivedListing, kind: str, detail: Mapping[str, object]) -> int:
        """Write an event and what the listing is after it; return the change number."""
        detail = {**detail, "change": self._change}
        mandate = self._mandate
        event = Event(
            0, self._log.at, mandate.actor, kind, listing.reference, mandate.document, detail
        )
        changed = after(listing, event)
        columns = changed.columns()
        query = update(table).where(table.c.id == listing.id)
        self._connection.execute(query.values({name: columns[name] for name in _CHANGED}))
        write_deadlines(
            self._connection, listing.id, before=listing.deadlines, now=changed.deadlines
        )
        self._log.append([Occurrence(kind, listing.reference, mandate.document, detail)])
        next_change(self._connection, self._change)
        return self._change


_CHANGED = (
    *("stays", "exemptions", "due_at", "due_as", "change", "eased"),
    *("ended_at", "ended_as", "released"),
)


def _microseconds(instant: datetime | None) -> int | None:
    return None if instant is None else microseconds_of(instant)


def _is_unanswered(listing: DerivedListing) -> bool:
    return any(one.closed_at is None for one in listing.deadlines)


def _refuse_ended(listing: DerivedListing) -> None:
    if listing.ended_at is not None:
        message = (
            f"listing {listing.reference} has ended ({listing.ended_as}); "
            "an ended listing cannot be changed"
        )
        raise LifeCycleError(message)


def _window(starts_at: datetime, ends_at: datetime | None) -> Window:
    try:
        return Window(starts_at, ends_at)
    except ValueError as error:
        raise LifeCycleError(str(error)) from None


def _covers(stay: Window, window: Window) -> bool:
    is_early = stay.starts_at <= window.starts_at
    if stay.ends_at is None or window.ends_at is None:
        return is_early and stay.ends_at is None
    return is_early and stay.ends_at >= window.ends_at


def _refuse_out_of_bounds(window: Window) -> None:
    for instant in (window.starts_at, window.ends_at):
        if instant is not None and not EARLIEST_YEAR <= instant.year <= LATEST_YEAR:
            message = (
                f"an instant lies in the years {EARLIEST_YEAR} to {LATEST_YEAR}; "
                "leave the end out where none is fixed"
            )
            raise LifeCycleError(message)


def _refuse_foreign_measures(exemption: Exemption, carried: frozenset[str]) -> None:
    foreign = sorted(exemption.measures - carried)
    if foreign or not exemption.measures:
        message = f"an exemption names measures that the listing carries; it carries {', '.join(sorted(carried))}"
        raise LifeCycleError(message)


def _refuse_long_lift(window: Window) -> None:
    if window.ends_at is None or window.ends_at - window.starts_at > LONGEST_LIFT:
        message = "a temporary lift lasts at most one month; a longer exemption needs a permit of the court"
        raise LifeCycleError(message)
