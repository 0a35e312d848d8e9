"""One import from beginning to end: the lock, the three phases, and what is left when it fails.

Responsible for the order of things. The survey (`survey.py`) holds no lock, the additions (`additions.py`) take the
write lock for one batch at a time, and the application (`application.py`) makes everything visible in one transaction.
Not responsible for what the phases do.

Rules kept here:

- One import runs at a time; a second one says that it waits, and proceeds when the first is over.
- If two run nevertheless, the one that began later goes on, and the other one writes nothing more (`import_turn.py`).
- Until the last commit, nobody sees anything of the feed; after it, everybody sees all of it.
- The last feed once more writes nothing, but that it was seen again.
- What a refused feed wrote is removed at once, what a crash left behind by the next import.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.register.additions import Additions
from gateway.register.application import Application
from gateway.register.delivery import Delivery
from gateway.register.errors import FeedRefusal, FeedRefusedError, TurnLostError
from gateway.register.events import EventLog
from gateway.register.feed_rows import FeedRecord
from gateway.register.import_turn import ImportTurn
from gateway.register.imports import ImportPhase
from gateway.register.leftovers import remove_leftovers
from gateway.register.repetition import report_repeated
from gateway.register.staging import Spool, StagedRow, Stager
from gateway.register.survey import Findings, QuarantinedLine, Survey

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.register.engine import Engines
    from gateway.register.feeds.feed import Feed
    from gateway.register.imports import ImportOptions, ImportReport
    from gateway.register.survey import Progress
    from sanctions_matrix.lists import ListDefinition


@dataclass(frozen=True, slots=True)
class Import:
    """One import into a register; `at` is the aware instant at which it begins."""

    engines: Engines
    definition: ListDefinition
    at: datetime
    progress: Progress | None
    options: ImportOptions

    def run(self, feed: Feed, secret: bytes) -> ImportReport:
        """Import the feed: everything it admits, or nothing.

        Raises:
            FeedRefusedError, TurnLostError: see `Register.import_feed`.
        """
        header = feed.header
        if header.list_id != self.definition.id:
            message = f"the feed is for the list {header.list_id}, not for {self.definition.id}; name its own list"
            raise FeedRefusedError(FeedRefusal.WRONG_LIST, message)
        with self.engines.imports.held(self._waiting) as confirm, ExitStack() as spools:
            turn = ImportTurn(self.engines, confirm)
            remove_leftovers(turn)
            findings = Findings(
                added=spools.enter_context(Spool(StagedRow)),
                held=spools.enter_context(Spool(StagedRow)),
                quarantined=spools.enter_context(Spool(QuarantinedLine)),
            )
            delivery = self._survey(feed, Stager(header, secret=secret), findings)
            late = spools.enter_context(Spool(StagedRow))
            return self._write(delivery, findings, late, turn)

    def _waiting(self) -> None:
        if self.progress is not None:
            self.progress(ImportPhase.WAITING, 0)

    def _now(self) -> datetime:
        return self.at if self.options.clock is None else self.options.clock()

    def _survey(self, feed: Feed, stager: Stager, findings: Findings) -> Delivery:
        with self.engines.reader.begin() as connection:
            survey = Survey(connection, self.definition, stager, self.options, self.progress)
            survey.run(feed, findings, self.at)
            if not findings.rows:
                raise FeedRefusedError(
                    FeedRefusal.EMPTY, "the feed holds no rows; the last good state stays"
                )
            record = FeedRecord(
                connection,
                feed.header,
                digest=feed.digest(),
                at=self.at,
                submission_id=self.options.submission_id,
            )
            record.refuse_other_spelling(connection)
            record.refuse_if_stale(connection)
        return Delivery(
            feed.header, self.options, self.at, record, findings.last_id + 1, self.progress
        )

    def _write(
        self, delivery: Delivery, findings: Findings, late: Spool[StagedRow], turn: ImportTurn
    ) -> ImportReport:
        if delivery.feed.is_repeated:
            return self._see_again(delivery, findings, turn)
        try:
            if findings.added.count or findings.quarantined.count:
                Additions(turn, delivery).run(findings, late)
            with turn.writing() as connection:
                log = EventLog(connection, actor=self.options.actor, at=self._now())
                application = Application(connection, log, delivery, self._now)
                report = application.run(findings, late)
        except FeedRefusedError:
            with suppress(TurnLostError):  # whoever has the turn now removes them
                remove_leftovers(turn)
            raise
        return report

    def _see_again(self, delivery: Delivery, findings: Findings, turn: ImportTurn) -> ImportReport:
        with self.engines.reader.begin() as connection:
            report = report_repeated(connection, delivery, findings)
        with turn.writing() as connection:
            delivery.feed.note_repeated(connection)
        return report
