"""A calendar of working days that a test writes down.

Stands in for the mainland's behind the port ``sanctions_matrix.working_days.WorkingCalendar``.
"""

from collections.abc import Container
from datetime import date

from sanctions_matrix.working_days import UnknownYearError

_SATURDAY = 5


class FixedCalendar:
    """Monday to Friday are worked, but for holidays; so are the weekend days that were moved."""

    def __init__(
        self,
        *,
        holidays: Container[date] = (),
        moved: Container[date] = (),
        years: Container[int] = range(1800, 9001),
    ) -> None:
        """Hold the days, and the years that are known."""
        self._holidays = holidays
        self._moved = moved
        self._years = years

    def is_working_day(self, day: date) -> bool:
        """Whether the day is worked."""
        if day.year not in self._years:
            raise UnknownYearError(day.year, "the years of the test")
        return day in self._moved or (day.weekday() < _SATURDAY and day not in self._holidays)
