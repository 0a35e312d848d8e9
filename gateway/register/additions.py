"""The second phase of an import: the listings a feed adds, in short transactions, before anybody can see them.

Responsible for new listings with their documents and entries, and for the quarantine.
Not responsible for what changes listings that are held, nor for making anything visible: `application.py` does both.

Rules kept here:

- The write lock is free between two batches, so a release waits for one of them at the longest.
- A responsible person's listing needs its organisation's listing in force on an earlier line or in the register, and
  not over yet (rule A8). Where the organisation is held but not in force, this very feed may bring it back: then the
  last transaction decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.register.columns import microseconds_of
from gateway.register.delivery import ORGANISATION_MISSING
from gateway.register.events import EventLog
from gateway.register.organisations import organisation_of, organisations_named
from gateway.register.survey import REPEATED_RECORD, batches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from gateway.register.delivery import Delivery
    from gateway.register.import_turn import ImportTurn
    from gateway.register.organisations import Organisation
    from gateway.register.staging import Spool, StagedRow
    from gateway.register.survey import Findings, QuarantinedLine

ROWS_AT_ONCE = 500
"""New listings per transaction. In a register of ten million each touches pages of its own, and 500 are some MiB."""


class Additions:
    """Writes what a survey found to be new."""

    def __init__(self, turn: ImportTurn, delivery: Delivery) -> None:
        """Write as the one import whose turn it is."""
        self._turn = turn
        self._delivery = delivery
        self._at = microseconds_of(delivery.at)

    def run(self, findings: Findings, late: Spool[StagedRow]) -> None:
        """Write everything new, except the rows that only the last transaction can decide, which go to `late`."""
        with self._turn.writing() as connection:
            self._delivery.feed.insert(connection)
        for lines in batches(findings.quarantined, ROWS_AT_ONCE):
            self._quarantine(lines)
        for rows in batches(findings.added, ROWS_AT_ONCE):
            self._add(rows, late)
            self._delivery.tell(len(rows))

    def _quarantine(self, lines: Sequence[QuarantinedLine]) -> None:
        with self._turn.writing() as connection:
            self._delivery.quarantine(connection, lines)
        self._turn.give_way()

    def _add(self, rows: Sequence[StagedRow], late: Spool[StagedRow]) -> None:
        with self._turn.writing() as connection:
            admitted, refused, left = self._sorted(connection, rows)
            log = EventLog(connection, actor=self._delivery.options.actor, at=self._delivery.at)
            self._delivery.quarantine(connection, refused)
            self._delivery.add(connection, log, admitted)
        for row in left:
            late.put(row)
        self._turn.give_way()

    def _sorted(
        self, connection: Connection, rows: Sequence[StagedRow]
    ) -> tuple[list[StagedRow], list[QuarantinedLine], list[StagedRow]]:
        """Tell apart what is admitted, what is refused, and what is left for the last transaction."""
        admitted: dict[str, StagedRow] = {}
        refused: list[QuarantinedLine] = []
        left: list[StagedRow] = []
        organisations = self._named(connection, rows)
        for row in rows:
            named = row.responsible_reference
            organisation = None if named is None else organisations.get(named)
            if row.reference in admitted:
                refused.append(self._delivery.refuse(row, REPEATED_RECORD))
            elif named is not None and organisation is None:
                refused.append(self._delivery.refuse(row, ORGANISATION_MISSING))
            elif organisation is not None and not organisation.admits(row):
                left.append(row)
            else:
                admitted[row.reference] = row
                if row.party_kind == "organisation":
                    organisations[row.reference] = organisation_of(row, self._at)
        return list(admitted.values()), refused, left

    def _named(self, connection: Connection, rows: Sequence[StagedRow]) -> dict[str, Organisation]:
        """Look up the organisations that rows name and that do not stand on an earlier one of them."""
        own: set[str] = set()
        named: set[str] = set()
        for row in rows:
            if row.responsible_reference is not None and row.responsible_reference not in own:
                named.add(row.responsible_reference)
            if row.party_kind == "organisation":
                own.add(row.reference)
        return organisations_named(connection, named, self._at)
