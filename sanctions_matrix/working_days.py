"""Working days: the port through which periods in working days are counted.

Responsible for the port, for its one error, and for counting.
Not responsible for knowing which days are worked: a calendar does, such as the mainland's with its moved weekends.

Rules kept here: the day on which a period is triggered does not count;
a year that the calendar does not know is an error and never a guess.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import date

_DAY = timedelta(days=1)


class UnknownYearError(ValueError):
    """A day of a year whose working days the calendar does not know."""

    def __init__(self, year: int, known: str) -> None:
        """Name the year, and in words the years that are `known`."""
        self.year = year
        super().__init__(
            f"the working days of {year} are not known, only those of {known}; "
            "upgrade the calendar once the holidays of the year are announced"
        )


class WorkingCalendar(Protocol):
    """Which civil days are worked."""

    def is_working_day(self, day: date) -> bool:
        """Whether the civil day is a working day.

        Raises:
            UnknownYearError: if the calendar does not know the day's year.
        """


def nth_working_day_after(calendar: WorkingCalendar, day: date, n: int) -> date:
    """Return the n-th working day after `day`, which itself does not count; with `n` 0 it is `day`.

    Raises:
        UnknownYearError: if the count reaches a year that the calendar does not know.
        ValueError: if `n` is negative.
    """
    if n < 0:
        raise ValueError("a number of working days is not negative")
    while n:
        day += _DAY
        n -= calendar.is_working_day(day)
    return day
