"""Civil dates, instants and ages are read strictly."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from sanctions_matrix.civil_time import (
    beginning_of,
    civil_date,
    day_of,
    has_completed_years,
    instant,
)

SHANGHAI = timedelta(hours=8)


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-30",
        "20240201",
        "2024-W05-1",
        "2024-2-1",
        "2024-02-01T00:00:00Z",
        "",
        "\N{FULLWIDTH DIGIT TWO}024-05-06",
        "1799-12-31",
        "9001-01-01",
    ],
)
def test_only_one_spelling_of_a_date_is_read(text: str) -> None:
    """Other forms of ISO 8601, foreign digits and days that do not exist are refused."""
    assert civil_date(text) is None


def test_a_date_is_read() -> None:
    """The one spelling is YYYY-MM-DD."""
    assert civil_date("2024-02-29") == date(2024, 2, 29)


def test_the_first_and_the_last_year_are_read() -> None:
    """Both 1800 and 9000 belong to the calendar, for dates and for instants."""
    assert civil_date("1800-01-01") == date(1800, 1, 1)
    assert civil_date("9000-12-31") == date(9000, 12, 31)
    assert instant("1800-01-01T00:00:00Z") == datetime(1800, 1, 1, tzinfo=UTC)
    assert instant("9000-12-31T23:59:59Z") == datetime(9000, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, 20240201, ["2024-02-01"], date(2024, 2, 1)])
def test_a_date_that_is_no_text_is_refused(value: object) -> None:
    """A number is not a date."""
    assert civil_date(value) is None


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-01T00:00:00",
        "2024-02-01",
        "2024-02-01 00:00:00Z",
        "2024-02-01T24:00:00Z",
        "2024-02-01T00:00:60Z",
        "2024-02-01T00:00:00+25:00",
        "0001-01-01T00:00:00+08:00",
        "1799-12-31T23:59:59Z",
        "9001-01-01T00:00:00Z",
        "2024-02-01T00:00:00+0800",
        "",
    ],
)
def test_an_instant_without_offset_or_beyond_the_clock_is_refused(text: str) -> None:
    """Without an offset nobody knows when it is."""
    assert instant(text) is None


@pytest.mark.parametrize(
    "text", ["2024-02-01T00:00:00+08:00", "2024-01-31T16:00:00Z", "2024-01-31T16:00:00.000Z"]
)
def test_an_instant_is_brought_to_utc(text: str) -> None:
    """One instant has one value and one time zone, however it was written."""
    at = instant(text)
    assert at == datetime(2024, 1, 31, 16, tzinfo=UTC)
    assert at.tzinfo is UTC


def test_a_day_begins_where_the_authority_is() -> None:
    """A civil date and its first instant agree at the authority's clocks."""
    begins_at = beginning_of(date(2024, 2, 1), SHANGHAI)
    assert begins_at == datetime(2024, 1, 31, 16, tzinfo=UTC)
    assert begins_at.tzinfo is UTC
    assert day_of(begins_at, SHANGHAI) == date(2024, 2, 1)
    assert day_of(begins_at - timedelta(microseconds=1), SHANGHAI) == date(2024, 1, 31)


@pytest.mark.parametrize(
    ("on", "completed"),
    [(date(2018, 2, 28), False), (date(2018, 3, 1), True), (date(2017, 12, 31), False)],
)
def test_a_year_of_age_is_complete_on_the_day_after_the_birthday(on: date, completed: bool) -> None:  # noqa: FBT001
    """The kinder reading holds on the birthday itself, and for somebody born on a leap day."""
    assert has_completed_years(date(2000, 2, 28), 18, on) is completed
    assert has_completed_years(date(2000, 2, 29), 18, date(2018, 3, 1))
