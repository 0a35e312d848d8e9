"""Working days: how a period is counted, and what happens where nobody knows which days are worked."""

from __future__ import annotations

from datetime import date

import pytest

from sanctions_matrix.working_days import UnknownYearError, nth_working_day_after
from tests.fakes.fixed_calendar import FixedCalendar

# Monday 4 March 2024; Thursday and Friday are holidays, and Saturday is worked for one of them.
CALENDAR = FixedCalendar(holidays={date(2024, 3, 7), date(2024, 3, 8)}, moved={date(2024, 3, 9)})


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (0, date(2024, 3, 4)),
        (1, date(2024, 3, 5)),
        (2, date(2024, 3, 6)),
        (3, date(2024, 3, 9)),
        (4, date(2024, 3, 11)),
        (8, date(2024, 3, 15)),
        (9, date(2024, 3, 18)),
    ],
)
def test_the_day_itself_does_not_count_and_neither_do_holidays(n: int, expected: date) -> None:
    """The first working day is the one after; holidays and weekends are passed over, a moved weekend is not."""
    assert nth_working_day_after(CALENDAR, date(2024, 3, 4), n) == expected


def test_a_period_may_begin_on_a_day_that_is_not_worked() -> None:
    """Served on a Sunday, the Monday after is the first day."""
    assert nth_working_day_after(CALENDAR, date(2024, 3, 3), 1) == date(2024, 3, 4)


def test_a_count_that_reaches_an_unknown_year_is_an_error_that_says_what_to_do() -> None:
    """The last day of the known year can be counted; the day after it names its year, those known, and the remedy."""
    calendar = FixedCalendar(years=[2024])
    assert nth_working_day_after(calendar, date(2024, 12, 30), 1) == date(2024, 12, 31)
    with pytest.raises(UnknownYearError) as caught:
        nth_working_day_after(calendar, date(2024, 12, 31), 1)
    assert caught.value.year == 2025
    assert str(caught.value) == (
        "the working days of 2025 are not known, only those of the years of the test; "
        "upgrade the calendar once the holidays of the year are announced"
    )


def test_there_is_no_negative_number_of_days() -> None:
    """A wrong number is an error at once, not a count without end."""
    with pytest.raises(ValueError, match=r"^a number of working days is not negative$"):
        nth_working_day_after(CALENDAR, date(2024, 3, 4), -1)
