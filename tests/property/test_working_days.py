"""Properties of periods in working days, over the mainland's calendar and over every day that it knows."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.mainland_calendar import MainlandCalendar
from gateway.packs import load_pack
from sanctions_matrix.admission import AdmissionError, admit
from sanctions_matrix.violations import Fault, Violation
from sanctions_matrix.working_days import nth_working_day_after

CALENDAR = MainlandCalendar()
PASSENGERS = load_pack("cn-joint-discipline").lists["air-restricted"]
DAY = timedelta(days=1)
days = st.dates(date(CALENDAR.first_year, 1, 1), date(CALENDAR.last_year, 11, 1))


@given(days, st.integers(0, 20))
def test_so_many_working_days_lie_in_a_period(day: date, n: int) -> None:
    """Counted one by one from the day after up to the last, there are exactly n, and the last is one of them."""
    last = nth_working_day_after(CALENDAR, day, n)
    between = [day + DAY * step for step in range(1, (last - day).days + 1)]
    assert sum(map(CALENDAR.is_working_day, between)) == n
    assert last == day if n == 0 else CALENDAR.is_working_day(last)


@given(days, st.integers(0, 20), st.integers(0, 20))
def test_a_period_in_two_parts_is_one_period(day: date, one: int, other: int) -> None:
    """Counting on from the last day of a period ends where counting at once does."""
    first = nth_working_day_after(CALENDAR, day, one)
    at_once = nth_working_day_after(CALENDAR, day, one + other)
    assert nth_working_day_after(CALENDAR, first, other) == at_once


@given(days, st.integers(0, 40))
def test_a_passenger_is_listed_only_when_the_seven_days_are_over(
    served_on: date, wait: int
) -> None:
    """Whatever the holidays, a start is admitted exactly when seven working days lie between service and its day."""
    starts_on = served_on + DAY * wait
    row: dict[str, object] = {
        "record": "R-1",
        "party": {
            "kind": "natural-person",
            "documents": [{"type": "cn-ric", "number": "110101189001010016"}],
        },
        "ruling": {
            "number": "No. 1",
            "authority": "Air Transport Authority of Utopia",
            "dated": served_on.isoformat(),
            "effective": True,
        },
        "ground": "act-in-air-transport",
        "notice": {"served_on": served_on.isoformat()},
        "starts_at": f"{starts_on}T00:00:00+08:00",
        "ends_at": f"{starts_on + DAY * 300}T00:00:00+08:00",
        "contest": {"body": "b", "address": "a", "deadline": "d"},
    }
    objecting = sum(CALENDAR.is_working_day(served_on + DAY * step) for step in range(1, wait))
    refused = Fault.START_IN_OBJECTION_PERIOD.violation(working_days=7)
    assert violations(row, served_on) == (() if objecting >= 7 else (refused,))


def violations(row: dict[str, object], today: date) -> tuple[Violation, ...]:
    """Return what a passenger's row breaks that is imported today."""
    try:
        admit(row, PASSENGERS, CALENDAR, today=today)
    except AdmissionError as error:
        return error.violations
    return ()
