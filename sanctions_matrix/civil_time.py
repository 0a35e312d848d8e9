"""Civil dates and instants as agencies write them.

Responsible for reading them strictly, and for the age of a person on a civil date.
Not responsible for the present instant: nothing here knows it.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

EARLIEST_YEAR = 1800
LATEST_YEAR = 9000
_REMEMBERED = 8_192
"""A feed of a million rows names a few thousand different days."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_CIVIL_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def civil_date(value: object) -> date | None:
    """Return the date of a text `YYYY-MM-DD`, None when it is not one of the years 1800 to 9000."""
    return _civil_date(value) if isinstance(value, str) else None


@lru_cache(maxsize=_REMEMBERED)
def _civil_date(value: str) -> date | None:
    if not _CIVIL_DATE.fullmatch(value):
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if EARLIEST_YEAR <= day.year <= LATEST_YEAR else None


def instant(value: object) -> datetime | None:
    """Return the UTC instant of an RFC 3339 text with offset, None when it is not one."""
    return _instant(value) if isinstance(value, str) else None


@lru_cache(maxsize=_REMEMBERED)
def _instant(value: str) -> datetime | None:
    if not _INSTANT.fullmatch(value):
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at.astimezone(UTC) if EARLIEST_YEAR <= at.year <= LATEST_YEAR else None


@lru_cache(maxsize=_REMEMBERED)
def day_of(at: datetime, utc_offset: timedelta) -> date:
    """Return the civil date of an aware instant where clocks are `utc_offset` ahead of UTC."""
    return at.astimezone(timezone(utc_offset)).date()


@lru_cache(maxsize=_REMEMBERED)
def beginning_of(day: date, utc_offset: timedelta) -> datetime:
    """Return the UTC instant at which a civil day begins where clocks are `utc_offset` ahead of UTC."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=timezone(utc_offset))
    return midnight.astimezone(UTC)


def has_completed_years(born_on: date, years: int, on: date) -> bool:
    """Whether somebody born on `born_on` has completed `years` years on the day `on`.

    A year is complete on the day after the birthday, which is the reading kinder to the person (recalled).
    """
    return (on.year - years, on.month, on.day) > (born_on.year, born_on.month, born_on.day)
