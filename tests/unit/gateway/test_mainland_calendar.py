"""The mainland's calendar: holidays, moved weekends, and the years it knows."""

from datetime import date

import pytest

from gateway.mainland_calendar import MainlandCalendar
from sanctions_matrix.working_days import UnknownYearError, nth_working_day_after

CALENDAR = MainlandCalendar()


@pytest.mark.parametrize(
    ("day", "is_worked"),
    [
        (date(2026, 9, 20), True),  # a Sunday worked for the holiday
        (date(2026, 9, 30), True),
        (date(2026, 10, 1), False),
        (date(2026, 10, 7), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),  # a Saturday worked for the holiday
        (date(2026, 10, 11), False),
    ],
)
def test_the_national_day_of_2026_with_its_moved_weekends(day: date, is_worked: bool) -> None:  # noqa: FBT001
    """Seven days off, and two days of weekends worked for them."""
    assert CALENDAR.is_working_day(day) is is_worked
    assert CALENDAR.is_working_day(day) is is_worked, "asked again, it says the same"


def test_seven_working_days_across_the_national_day_take_a_fortnight() -> None:
    """Served on Monday 28 September 2026: Tuesday, Wednesday, then 8, 9, 10, 12 and 13 October."""
    assert nth_working_day_after(CALENDAR, date(2026, 9, 28), 7) == date(2026, 10, 13)


def test_it_says_which_years_it_knows() -> None:
    """Every day of them is known; the days around them are errors that name the year and the years known."""
    assert CALENDAR.first_year == 2004
    assert CALENDAR.last_year >= 2026
    assert not CALENDAR.is_working_day(date(2004, 1, 1))
    CALENDAR.is_working_day(date(CALENDAR.last_year, 12, 31))
    for year, day in (
        (2003, date(2003, 12, 31)),
        (CALENDAR.last_year + 1, date(CALENDAR.last_year + 1, 1, 1)),
    ):
        with pytest.raises(UnknownYearError, match=f"of {year} are not .* 2004 to 20") as caught:
            CALENDAR.is_working_day(day)
        assert caught.value.year == year
