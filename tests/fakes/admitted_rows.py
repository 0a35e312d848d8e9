"""Rows that are admitted or not, made from a good one, and what they break."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from gateway.mainland_calendar import MainlandCalendar
from sanctions_matrix.admission import AdmissionError, Violation, admit

if TYPE_CHECKING:
    from sanctions_matrix.pack import Pack


CALENDAR = MainlandCalendar()
START = datetime(2024, 1, 31, 16, tzinfo=UTC)
"""When the good row's listing starts."""
TODAY = date(2026, 12, 31)
"""When rows are imported, unless a test says otherwise: later than every ruling and notice in them."""
REMOVED = object()
CITIZEN = {"type": "cn-ric", "number": "110101189001010016"}
COMPANY = {"type": "cn-uscc", "number": "91990000MA0000007X"}
ROLE = {"listing": "2024-9", "role": "legal-representative"}


def changed(row: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return a copy of a row with the value at a dotted path replaced or removed."""
    changed_row = copy.deepcopy(row)
    part = changed_row
    *parents, last = path.split(".")
    for name in parents:
        part = part[name]
    if value is REMOVED:
        del part[last]
    else:
        part[last] = value
    return changed_row


def violations(
    row: dict[str, Any], pack: Pack, list_id: str, *, today: date = TODAY
) -> tuple[Violation, ...]:
    """Return what a row breaks that is imported today, nothing when it is admitted."""
    try:
        admit(row, pack.lists[list_id], CALENDAR, today=today)
    except AdmissionError as error:
        return error.violations
    return ()


def defaulter(row: dict[str, Any]) -> dict[str, Any]:
    """Turn the good row into a good one for `judgment-defaulters`."""
    row = changed(row, "ground", "evasion")
    return changed(row, "ends_at", "2026-02-01T00:00:00+08:00")
