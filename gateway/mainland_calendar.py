"""The mainland's working days, as the State Council announces them year by year.

Responsible for answering the domain's calendar port from the tables of the `chinesecalendar` library.
Not responsible for counting (`sanctions_matrix.working_days`) nor for the tables themselves.

Rules kept here: holidays and moved weekends are the library's; a year that it lacks is an error, never a guess.
Trust: the tables are a copy of announcements; whoever upgrades the library trusts its release.
Decision 0030 says why this library, and what happens in a year that nobody has announced yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import chinese_calendar

from sanctions_matrix.working_days import UnknownYearError

if TYPE_CHECKING:
    from datetime import date


class MainlandCalendar:
    """Working days of the mainland; every day is looked up once and then kept."""

    def __init__(self) -> None:
        """Note the years that the library knows; it knows none in part."""
        holidays = chinese_calendar.constants.holidays
        self.first_year: int = min(holidays).year
        self.last_year: int = max(holidays).year
        self._days: dict[date, bool] = {}

    def is_working_day(self, day: date) -> bool:
        """Whether the civil day is worked: no weekend or holiday, or a weekend moved to another day.

        Raises:
            UnknownYearError: if the library does not know the day's year.
        """
        known = self._days.get(day)
        if known is None:
            known = self._days[day] = self._look_up(day)
        return known

    def _look_up(self, day: date) -> bool:
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            raise UnknownYearError(day.year, f"{self.first_year} to {self.last_year}") from None
