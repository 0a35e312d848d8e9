"""Importing what was submitted: one feed at a time, in the order in which they were complete.

Responsible for the queue of imports, for refusing what was imported already or is not what its header says, and for
telling the caller how far it is.
Not responsible for receiving (`intake`), nor for what an import does (`gateway.register`).

Rules kept here:

- A feed that was received whole is imported although its caller has gone; only a service that stops breaks it off,
  and then nothing of it is left.
- A submission keeps its place until its import is over, whether or not its caller is there: so many spools there are at
  most, and so many wait.
- The same submission, or the same bytes, changes nothing and gets the recorded outcome.
"""

from __future__ import annotations

import queue
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from gateway.register.feeds.delimited import CsvFeed
from gateway.register.feeds.jsonl import JsonlFeed
from gateway.register.feeds.lines import BoundedLines
from gateway.register.feeds.opening import FeedFormat
from gateway.register.imports import ImportOptions, ImportPhase
from gateway.register.submissions import submission_key
from gateway.register_service.failures import ServiceError, ServiceReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from gateway.clock import Clock
    from gateway.register.feeds.feed import Feed
    from gateway.register.register import Register
    from gateway.register.submissions import RecordedFeed
    from gateway.register_service.authorities import Authority
    from gateway.register_service.places import Place
    from gateway.register_service.statements import SubmittedFeed
    from sanctions_matrix.lists import ListDefinition

_LOOK_SECONDS = 0.5


class Imported(NamedTuple):
    """What an import came to: the recorded feed, and whether nothing was done now."""

    feed: RecordedFeed
    is_repeated: bool


class Advance(NamedTuple):
    """How far an import is: rows of one phase."""

    phase: ImportPhase
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """A complete submission; whoever imports it closes the spool, and then releases the place."""

    feed: SubmittedFeed
    authority: Authority
    definition: ListDefinition
    spool: BinaryIO
    place: Place

    @property
    def key(self) -> bytes:
        """Under what the register records it."""
        return submission_key(self.authority.id, self.feed.id)


@dataclass(slots=True)
class _Ticket:
    """One submission's place in the queue, and what is told about it."""

    submitted: Submitted
    told: queue.SimpleQueue[Advance | Imported | Exception] = field(
        default_factory=queue.SimpleQueue
    )


class Importer:
    """Imports into one register, in one thread."""

    def __init__(self, register: Register, *, shrink_guard: float, clock: Clock) -> None:
        """Import with this guard, by this clock."""
        self._register = register
        self._shrink_guard = shrink_guard
        self._clock = clock
        self._is_stopping = False
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="import")

    def submit(self, submitted: Submitted) -> Iterator[Advance | Imported | None]:
        """Import it in its turn; yields how far it is, None from time to time as a sign of life, and last the result.

        The import goes on when the iteration is given up.
        With what this returns the place is the import's; when it raises, the place is still the caller's.

        Raises:
            ServiceError: it is not what was signed, or the service stops.
            RegisterError: the register refuses it.
        """
        ticket = _Ticket(submitted)
        try:
            self._executor.submit(self._run, ticket)
        except RuntimeError:
            submitted.spool.close()
            raise _stopping() from None
        return _following(ticket)

    def break_off(self) -> None:
        """Break off what runs and refuse what waits, at once."""
        self._is_stopping = True

    def stop(self) -> None:
        """Break off what runs, refuse what waits, and return when the thread has ended."""
        self.break_off()
        self._executor.shutdown(wait=True)

    def _run(self, ticket: _Ticket) -> None:
        told: Imported | Exception
        try:
            with ticket.submitted.spool:
                told = self._import(ticket.submitted, ticket.told.put)
        except Exception as error:  # noqa: BLE001 - told to the caller, at whose boundary it is judged
            told = error
        finally:
            ticket.submitted.place.release()
        ticket.told.put(told)  # last, for whoever is told may send the next one at once

    def _import(self, submitted: Submitted, tell: Callable[[Advance], None]) -> Imported:
        self._refuse_when_stopping()
        submitted.spool.seek(0)
        opened = _open(submitted)
        _refuse_other_header(opened, submitted)
        with self._register.view() as view:
            held = view.submission(submitted.key)
        if held is not None:
            return _recorded(held, submitted)

        def progress(phase: ImportPhase, rows: int) -> None:
            self._refuse_when_stopping()
            tell(Advance(phase, rows))

        options = ImportOptions(
            shrink_guard=self._shrink_guard,
            confirm_shrink=submitted.feed.confirms_shrink,
            actor=submitted.authority.actor,
            submission_id=submitted.key,
            clock=self._clock,
        )
        report = self._register.import_feed(
            opened,
            definition=submitted.definition,
            at=self._clock(),
            progress=progress,
            options=options,
        )
        with self._register.view() as view:
            found = view.feed(report.feed_id)
        if found is None:
            message = "the import was recorded and cannot be read back"
            raise LookupError(message)
        return Imported(found, report.is_repeated)

    def _refuse_when_stopping(self) -> None:
        if self._is_stopping:
            raise _stopping()


def _following(ticket: _Ticket) -> Iterator[Advance | Imported | None]:
    while True:
        try:
            told = ticket.told.get(timeout=_LOOK_SECONDS)
        except queue.Empty:
            yield None
            continue
        if isinstance(told, Exception):
            raise told
        yield told
        if isinstance(told, Imported):
            return


def _open(submitted: Submitted) -> Feed:
    if submitted.feed.format is FeedFormat.CSV:
        return CsvFeed(submitted.spool)
    return JsonlFeed(submitted.spool)


def _refuse_other_header(opened: Feed, submitted: Submitted) -> None:
    """Refuse a feed whose own header is not what was signed, or not of whoever signed it."""
    header, feed = opened.header, submitted.feed
    differing = [
        name
        for name, said, signed in (
            ("list", header.list_id, feed.list_id),
            ("authority", header.authority, submitted.authority.name),
            ("sequence", header.sequence, feed.sequence),
            ("mode", header.mode, feed.mode),
        )
        if said != signed
    ]
    if differing:
        message = (
            f"the feed's own header says another {' and '.join(differing)} than the submission; "
            "the feed is refused as a whole"
        )
        raise ServiceError(ServiceReason.FEED_MISMATCH, message)


def _recorded(held: RecordedFeed, submitted: Submitted) -> Imported:
    """Return what was recorded of the id, if it was this very content."""
    submitted.spool.seek(0)
    lines = BoundedLines(submitted.spool)
    for _ in lines:
        pass
    if held.authority != submitted.authority.name or held.digest != lines.digest():
        message = "this submission id was used for other content; give each submission 16 new random bytes"
        raise ServiceError(ServiceReason.SUBMISSION_REUSED, message)
    return Imported(held, is_repeated=True)


def _stopping() -> ServiceError:
    message = "the register stops; nothing of the submission is kept, send it again in a moment"
    return ServiceError(ServiceReason.STOPPING, message)
