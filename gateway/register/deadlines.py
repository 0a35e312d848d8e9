"""Deadlines: what an authority owes a party, by when, and what the register does when the day passes.

Responsible for counting a deadline, and for opening and deciding one.
Not responsible for what comes of a missed one (`sweeping.py`), nor for what an event does to a listing (`history.py`).

Rules kept here:

- A period begins on the day after the one that triggered it and ends with its last day, by the authority's clocks.
- A deadline works for the party: what follows from missing it is written with it, so that enforcement stops by itself
  at that instant, whether or not anybody is there.
- Doubt shortens a period and never lengthens it: in a year whose working days are not known, every day counts.
- A removal is due within the list's working days, or within three where the tables give none: the only period that any
  text gives. A request is examined within the list's days, or within fifteen.
  Source: the fact sheet of instruments, section 3 (SPC Fa Shi [2017] No. 7; verified, for `judgment-defaulters`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from gateway.register.columns import instant_of, microseconds_of
from gateway.register.deadline_rows import next_deadline_id
from gateway.register.endings import EndKind
from gateway.register.errors import LifeCycleError
from gateway.register.history import DECIDED, OPENED, Deadline
from gateway.register.lifecycle import LifeCycle
from gateway.register.listing_record import DeadlineKind
from sanctions_matrix.civil_time import beginning_of, day_of
from sanctions_matrix.working_days import UnknownYearError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gateway.register.history import DerivedListing
    from sanctions_matrix.lists import ListDefinition
    from sanctions_matrix.working_days import WorkingCalendar

REMOVAL_WORKING_DAYS = 3
REQUEST_DAYS = 15
WORKING_DAYS = "working-days"
CALENDAR_DAYS = "calendar-days"

_MAINLAND = timedelta(hours=8)
"""Civil time where the tables do not have the list, so that they cannot say."""
_DAY = timedelta(days=1)


class Due(NamedTuple):
    """When a period is over (aware UTC), and in which days it was counted."""

    at: datetime
    counted: str


@dataclass(frozen=True, slots=True)
class Terms:
    """The periods of the lists and the calendar to count them by; a list that is not among them has the usual ones."""

    lists: Mapping[str, ListDefinition]
    calendar: WorkingCalendar

    def removal_due(self, list_id: str, triggered_on: date) -> Due:
        """Return when a listing must be off its list, whose removal was triggered on a civil date."""
        definition = self.lists.get(list_id)
        days = None if definition is None else definition.removal_working_days
        last, counted = self._count(triggered_on, REMOVAL_WORKING_DAYS if days is None else days)
        return Due(self._end_of(list_id, last), counted)

    def request_due(self, list_id: str, kind: DeadlineKind, made_on: date) -> Due:
        """Return when a request that was made on a civil date must have been examined."""
        definition = self.lists.get(list_id)
        days = None
        if definition is not None:
            is_review = kind is DeadlineKind.REVIEW
            days = definition.review_days if is_review else definition.correction_days
        last = made_on + timedelta(days=REQUEST_DAYS if days is None else days)
        return Due(self._end_of(list_id, last), CALENDAR_DAYS)

    def stays_at_once(self, list_id: str) -> bool:
        """Whether an acknowledged objection stays a listing of the list until it is decided."""
        definition = self.lists.get(list_id)
        return definition is not None and definition.objection_stays

    def removal_is_awaited(self, list_id: str) -> bool:
        """Whether the list's rules give its authority a period to take a listing off whose term is over."""
        definition = self.lists.get(list_id)
        return definition is not None and definition.removal_working_days is not None

    def civil_date(self, list_id: str, at: datetime) -> date:
        """Return the date of an aware instant by the authority's clocks."""
        return day_of(at, self._offset(list_id))

    def over_before(self, list_id: str, at: datetime) -> datetime:
        """Return the instant before which a term must have ended so that its removal was due by `at`."""
        if not self.removal_is_awaited(list_id):
            return at + timedelta(microseconds=1)
        day = self.civil_date(list_id, at)
        while self.removal_due(list_id, day).at > at:
            day -= _DAY
        return beginning_of(day + _DAY, self._offset(list_id))

    def _count(self, day: date, days: int) -> tuple[date, str]:
        counted = WORKING_DAYS
        while days:
            day += _DAY
            try:
                days -= self.calendar.is_working_day(day)
            except UnknownYearError:
                counted = CALENDAR_DAYS
                days -= 1
        return day, counted

    def _end_of(self, list_id: str, day: date) -> datetime:
        return beginning_of(day + _DAY, self._offset(list_id))

    def _offset(self, list_id: str) -> timedelta:
        definition = self.lists.get(list_id)
        return _MAINLAND if definition is None else definition.utc_offset


class Obligations(LifeCycle):
    """The changes of a single listing, those that open and decide deadlines included, within one transaction."""

    def owe_removal(self, reference: str, *, reason: EndKind, on: date, terms: Terms) -> int:
        """Note that a removal was triggered on a civil date; return the change number.

        Enforcement stops by itself when the removal is due.
        """
        listing = self._going_on(reference)
        self._refuse_other_time(listing, on, terms)
        due = terms.removal_due(listing.list_id, on)
        if not _is_earlier(due, listing):
            message = f"the removal of listing {reference} is owed already, and not later than that"
            raise LifeCycleError(message)
        return self._open_removal(listing, reason, on, due)

    def request(self, reference: str, *, kind: DeadlineKind, on: date, terms: Terms) -> int:
        """Note a request for correction or review that was made on a civil date; return the change number.

        From when it should have been examined the listing is stayed, at once where the list's rules say so.
        """
        if kind is DeadlineKind.REMOVAL:
            message = "a request is for correction or for review; a removal is owed, not requested"
            raise LifeCycleError(message)
        listing = self._going_on(reference)
        self._refuse_other_time(listing, on, terms)
        if listing.open_request() is not None:
            message = f"a request about listing {reference} waits for its decision already; decide that one first"
            raise LifeCycleError(message)
        due = terms.request_due(listing.list_id, kind, on)
        starts_at = (
            min(due.at, self._mandate.at) if terms.stays_at_once(listing.list_id) else due.at
        )
        deadline = self._deadline(kind, None, on, due)
        return self._record(listing, OPENED, {**deadline, "stays_at": microseconds_of(starts_at)})

    def decide(self, reference: str, *, granted: bool, terms: Terms) -> int:
        """Decide the request that waits: granted, the removal is owed from today; rejected, its stay ends.

        Returns the change number.
        """
        listing = self._held(reference)
        waiting = listing.open_request()
        if waiting is None:  # an ending closes what waits
            message = f"no request about listing {reference} waits for a decision"
            raise LifeCycleError(message)
        stays_at = self._stays_at(listing, waiting)
        detail = {"id": waiting.id, "granted": granted, "stays_at": stays_at}
        change = self._record(listing, DECIDED, detail)
        if granted:
            self._owe_correction(reference, terms)
        return change

    def _owe_correction(self, reference: str, terms: Terms) -> None:
        listing = self._unchecked(reference)
        today = terms.civil_date(listing.list_id, self._mandate.at)
        due = terms.removal_due(listing.list_id, today)
        if _is_earlier(due, listing):
            self._open_removal(listing, EndKind.CORRECTED, today, due)

    def _open_removal(self, listing: DerivedListing, reason: EndKind, on: date, due: Due) -> int:
        deadline = self._deadline(DeadlineKind.REMOVAL, reason, on, due)
        return self._record(listing, OPENED, {**deadline, "stays_at": None})

    def _deadline(
        self, kind: DeadlineKind, ends_as: EndKind | None, on: date, due: Due
    ) -> dict[str, object]:
        return {
            "id": next_deadline_id(self._connection),
            "kind": kind.value,
            "ends_as": None if ends_as is None else ends_as.value,
            "opened_on": on.isoformat(),
            "due_at": microseconds_of(due.at),
            "counted": due.counted,
            "document": self._mandate.document,
        }

    def _refuse_other_time(self, listing: DerivedListing, on: date, terms: Terms) -> None:
        today = terms.civil_date(listing.list_id, self._mandate.at)
        if on > today:
            message = f"{on} is still to come; name the day on which it happened"
            raise LifeCycleError(message)
        if on < date.fromisoformat(listing.ruling_dated):
            message = f"{on} lies before the ruling of {listing.ruling_dated}; name the day on which it happened"
            raise LifeCycleError(message)


def is_late(deadline: Deadline, at: datetime) -> bool:
    """Whether at `at` (aware) the authority has let the day pass and has not acted since."""
    return deadline.closed_at is None and deadline.due_at <= microseconds_of(at)


def days_late(due_at: int, at: datetime) -> int:
    """Return the days, each begun one counting, by which `at` is later than an instant in microseconds."""
    return (at - instant_of(due_at)) // _DAY + 1


def _is_earlier(due: Due, listing: DerivedListing) -> bool:
    return listing.due_at is None or microseconds_of(due.at) < listing.due_at
