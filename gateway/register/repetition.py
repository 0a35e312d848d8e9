"""The last feed once more: nothing is written but that it was seen again.

Responsible for what is reported of a feed whose content is that of the last one of its list and authority.
Not responsible for telling that it is (`feed_rows.py`).

Rules kept here:

- Nothing is judged anew: a row that was refused stays refused with the words of then, although what it lacked may be
  there by now, and one that was admitted stays as it is; whoever wants a row judged again delivers a feed of its own.
- A row whose listing has ended since is told as refused, so that who sends it learns that it restricts nobody.
"""

from __future__ import annotations

import heapq
from operator import attrgetter
from typing import TYPE_CHECKING

from gateway.register.held_listings import RELEASED_RECORD, select_held
from gateway.register.imports import ImportReport, RowReport
from gateway.register.submissions import refused_among
from gateway.register.survey import batches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from gateway.register.delivery import Delivery
    from gateway.register.staging import StagedRow
    from gateway.register.survey import Findings


def report_repeated(connection: Connection, delivery: Delivery, findings: Findings) -> ImportReport:
    """Return what stands of a feed that was imported already, and tell of its refused lines; nothing is written."""
    feed_id = delivery.feed.last_id or 0
    refused = kept = staged = 0
    for rows in batches(heapq.merge(findings.added, findings.held, key=attrgetter("line"))):
        staged += len(rows)
        for is_kept in _refused(connection, delivery, feed_id, rows):
            refused += 1
            kept += is_kept
    return ImportReport(
        feed_id=feed_id,
        list_id=delivery.header.list_id,
        rows=findings.rows,
        unchanged=findings.unchanged + staged - refused,
        withheld=len(findings.absent) if findings.unidentified else 0,
        quarantined=findings.quarantined.count + refused,
        kept=findings.kept + kept,
        noted=findings.noted,
        is_repeated=True,
    )


def _refused(
    connection: Connection, delivery: Delivery, feed_id: int, rows: Sequence[StagedRow]
) -> list[bool]:
    """Tell of the refused ones of these rows; return for each whether a listing is held for it all the same."""
    before = refused_among(connection, feed_id, [row.line for row in rows])
    held = select_held(connection, [row.reference for row in rows])
    found = []
    for row in rows:
        existing = held.get(row.reference)
        has_ended = existing is not None and existing.ended_at is not None
        violations = before.get(row.line) or ((RELEASED_RECORD,) if has_ended else ())
        if violations:
            found.append(existing is not None and not has_ended)
            if delivery.options.report is not None:
                delivery.options.report(RowReport(row.line, violations))
    return found
