"""How deadlines are counted: by the list's periods, the authority's clocks and a calendar that may not know a year."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.register.columns import microseconds_of
from gateway.register.deadlines import Due, Terms, days_late
from gateway.register.listing_record import DeadlineKind
from sanctions_matrix.pack import Pack
from tests.fakes.fixed_calendar import FixedCalendar

HOLIDAY = [date(2026, 10, number) for number in range(1, 8)]
CALENDAR = FixedCalendar(holidays=HOLIDAY, moved=[date(2026, 10, 10)], years=[2026])
DEFAULTERS = "judgment-defaulters"
LIMITED = "consumption-limited"
UTOPIA = "a list of no tables"
DAY = timedelta(days=1)


@pytest.fixture
def terms(pack: Pack) -> Terms:
    """The periods of the pack on a calendar of one year."""
    return Terms(pack.lists, CALENDAR)


@pytest.mark.parametrize("list_id", [DEFAULTERS, LIMITED, UTOPIA])
@pytest.mark.parametrize(
    ("triggered_on", "due_on"),
    [
        (date(2026, 9, 30), date(2026, 10, 11)),
        (date(2026, 9, 28), date(2026, 10, 9)),
        (date(2026, 10, 3), date(2026, 10, 11)),
        (date(2026, 10, 9), date(2026, 10, 14)),
        (date(2026, 11, 2), date(2026, 11, 6)),
    ],
)
def test_a_removal_is_due_after_three_working_days(
    terms: Terms, list_id: str, triggered_on: date, due_on: date
) -> None:
    """Three working days are over when the next day begins in Beijing, whatever the tables say or lack."""
    midnight = datetime(due_on.year, due_on.month, due_on.day, tzinfo=UTC) - timedelta(hours=8)
    assert terms.removal_due(list_id, triggered_on) == Due(midnight, "working-days")


@pytest.mark.parametrize(
    ("triggered_on", "due_on", "counted"),
    [
        (date(2026, 12, 28), date(2027, 1, 1), "working-days"),
        (date(2026, 12, 29), date(2027, 1, 2), "calendar-days"),
        (date(2026, 12, 31), date(2027, 1, 4), "calendar-days"),
        (date(2027, 5, 1), date(2027, 5, 5), "calendar-days"),
    ],
)
def test_in_an_unknown_year_every_day_counts(
    terms: Terms, triggered_on: date, due_on: date, counted: str
) -> None:
    """As far as the calendar knows it is asked; beyond, no day is left out, and the deadline says so."""
    due = terms.removal_due(DEFAULTERS, triggered_on)
    assert (due.at + timedelta(hours=8)).date() == due_on
    assert due.counted == counted


def test_an_unknown_year_is_never_later_than_a_known_one(terms: Terms, pack: Pack) -> None:
    """Doubt shortens a period: counted without knowing, no day of the year is due later than counted with knowing."""
    knowing = terms
    doubting = Terms(pack.lists, FixedCalendar(years=()))
    for number in range(340):
        day = date(2026, 1, 1) + number * DAY
        assert doubting.removal_due(DEFAULTERS, day).at <= knowing.removal_due(DEFAULTERS, day).at


@pytest.mark.parametrize("kind", [DeadlineKind.CORRECTION, DeadlineKind.REVIEW])
@pytest.mark.parametrize("list_id", [DEFAULTERS, LIMITED, UTOPIA])
def test_a_request_is_examined_within_fifteen_days(
    terms: Terms, list_id: str, kind: DeadlineKind
) -> None:
    """The day it was made does not count, the fifteenth counts whole, and weekends and holidays count too."""
    due = terms.request_due(list_id, kind, date(2026, 9, 25))
    assert due == Due(datetime(2026, 10, 10, 16, tzinfo=UTC), "calendar-days")


def test_the_list_s_own_periods_and_clocks_count(pack: Pack) -> None:
    """Another list, elsewhere, has its own days and its own midnight."""
    there = replace(
        pack.lists[DEFAULTERS],
        removal_working_days=1,
        correction_days=5,
        review_days=7,
        utc_offset=timedelta(hours=-5),
    )
    terms = Terms({there.id: there}, CALENDAR)
    on = date(2026, 11, 2)
    assert terms.removal_due(there.id, on).at == datetime(2026, 11, 4, 5, tzinfo=UTC)
    correction = terms.request_due(there.id, DeadlineKind.CORRECTION, on)
    review = terms.request_due(there.id, DeadlineKind.REVIEW, on)
    assert review.at - correction.at == 2 * DAY
    assert terms.civil_date(there.id, datetime(2026, 11, 2, 4, tzinfo=UTC)) == date(2026, 11, 1)


def test_a_term_is_swept_when_its_removal_was_due(terms: Terms) -> None:
    """At every instant exactly those terms are over whose removal was due by then."""
    ends = [datetime(2026, 9, 25, tzinfo=UTC) + number * DAY / 3 for number in range(60)]
    for at in ends:
        before = terms.over_before(DEFAULTERS, at)
        for ended_at in ends:
            due = terms.removal_due(DEFAULTERS, terms.civil_date(DEFAULTERS, ended_at))
            assert (ended_at < before) == (due.at <= at)
        assert (at < terms.over_before(LIMITED, at)) is True
        assert (at + timedelta(microseconds=1) < terms.over_before(LIMITED, at)) is False


def test_only_some_lists_stay_at_once(terms: Terms) -> None:
    """Where the tables say so, and nowhere else."""
    at_once = [one for one in (*terms.lists, UTOPIA) if terms.stays_at_once(one)]
    assert at_once == ["air-restricted", "rail-restricted"]


def test_each_begun_day_is_a_day_late() -> None:
    """The first late instant is the first day late."""
    due_at = datetime(2026, 11, 2, 16, tzinfo=UTC)
    spans = (timedelta(0), DAY - timedelta(microseconds=1), DAY, 10 * DAY)
    assert [days_late(microseconds_of(due_at), due_at + one) for one in spans] == [1, 1, 2, 11]
