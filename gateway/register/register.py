"""The register: the system of record for listings, over SQLite or PostgreSQL.

Responsible for opening the database, for transactions, and for offering everything the gateway does with listings.
Not responsible for how it is done: reading stands in `reading.py`, importing begins in `importing.py`,
decisions in `lifecycle.py` and `deadlines.py`, the passing of time in `sweeping.py`.

Rules kept here:

- What a feed admits becomes visible together, in one commit, and a crash leaves the state before or after it.
- Every change moves the change counter by one and appends to the event log in the same transaction.
- Whatever the database raises leaves here as a `DatabaseError` of one line.
- Trust: the register believes the operator who runs the commands, and keeps a record that shows what the operator did.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.register.attempts import Attempts
from gateway.register.deadlines import Obligations
from gateway.register.engine import Engines, open_engines, translated
from gateway.register.errors import SchemaError
from gateway.register.events import EventLog
from gateway.register.importing import Import
from gateway.register.imports import ImportOptions
from gateway.register.migration import secret_of
from gateway.register.orders import refuse_repeated, remember
from gateway.register.reading import RegisterView
from gateway.register.rebuilding import Rebuilding
from gateway.register.schema import feed
from gateway.register.sweeping import ACTOR as SWEEPER
from gateway.register.sweeping import Sweep, SweepReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date, datetime
    from types import TracebackType
    from typing import Self

    from sqlalchemy import Connection

    from gateway.register.deadlines import Terms
    from gateway.register.easing import Eased
    from gateway.register.endings import EndKind
    from gateway.register.events import Link
    from gateway.register.feeds.feed import Feed
    from gateway.register.imports import ImportReport
    from gateway.register.lifecycle import Mandate
    from gateway.register.listing_record import DeadlineKind, ListingRecord
    from gateway.register.reading import RegisterCounts
    from gateway.register.survey import Progress
    from gateway.register.sweeping import LateDeadline
    from sanctions_matrix.documents import Document
    from sanctions_matrix.listing import Exemption, Listing
    from sanctions_matrix.lists import ListDefinition
    from sanctions_matrix.pack import Pack


class Register:
    """One open register; close it, or use it in a `with` statement."""

    def __init__(self, engines: Engines, secret: bytes) -> None:
        """Use `Register.open` instead."""
        self._engines = engines
        self._secret = secret

    @classmethod
    @translated()
    def open(cls, url: str, pack: Pack | None) -> Register:
        """Open the register at `url` (`sqlite:///PATH` or `postgresql://…`), creating what is missing.

        Args:
            url: where the register is.
            pack: the tables that its lists must stand in; None for changing single listings, which needs no tables.

        Raises:
            SchemaError: if the database holds something else, or a register of a newer version or of one before 0.2,
                or a list that `pack` does not define.
            DatabaseError: if the database cannot be reached or written to.
        """
        engines = open_engines(url)
        try:
            with engines.reader.begin() as connection:
                secret = secret_of(connection)
                if pack is not None:
                    _refuse_unknown_lists(connection, pack)
        except BaseException:
            engines.writer.dispose()
            raise
        return cls(engines, secret)

    def close(self) -> None:
        """Close every connection."""
        self._engines.writer.dispose()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    @translated()
    def import_feed(
        self,
        feed: Feed,
        *,
        definition: ListDefinition,
        at: datetime,
        progress: Progress | None = None,
        options: ImportOptions | None = None,
    ) -> ImportReport:
        """Import one feed at the aware instant `at`: everything it admits, or nothing.

        Raises:
            FeedRefusedError: if the feed is for another list, is not to be trusted, is stale, or shrinks the list
                beyond the guard; the last good state stays.
            DatabaseError: if the database fails; the last good state stays.
            SpoolError: if the temporary folder is full; the last good state stays.
            TurnLostError: if another import has begun, for the lock was lost or is not shared; the feed can be
                imported again.
        """
        run = Import(self._engines, definition, at, progress, options or ImportOptions())
        return run.run(feed, self._secret)

    def release(self, reference: str, *, reason: EndKind, mandate: Mandate) -> int:
        """End a listing; return the change number.

        Raises:
            UnknownReferenceError: if there is no such listing.
            LifeCycleError: if it has ended already, or is not as the mandate expects it.
        """
        with self.changing(mandate) as change:
            return change.release(reference, reason)

    def stay(self, reference: str, *, mandate: Mandate, until: datetime | None = None) -> int:
        """Pause enforcement from the mandate's instant, up to `until` or until lifted; return the change number.

        Raises:
            UnknownReferenceError: if there is no such listing.
            LifeCycleError: if it is over, stayed by decision for all of that time already, or not as the mandate
                expects it.
        """
        with self.changing(mandate) as change:
            return change.stay(reference, until)

    def lift_stay(self, reference: str, *, mandate: Mandate) -> int:
        """End the stays that run at the mandate's instant, but for a waiting request's; return the change number.

        Raises:
            UnknownReferenceError: if there is no such listing.
            LifeCycleError: if it is over, not stayed, or stayed only until a request is decided.
        """
        with self.changing(mandate) as change:
            return change.lift_stay(reference)

    def exempt(
        self, reference: str, exemption: Exemption, *, mandate: Mandate, is_permit: bool = False
    ) -> int:
        """Take some measures out for a window: a temporary lift, or a court's permit; return the change number.

        Raises:
            UnknownReferenceError: if there is no such listing.
            LifeCycleError: if it has ended, does not carry a measure, or the lift is longer than a month.
        """
        with self.changing(mandate) as change:
            return change.exempt(reference, exemption, is_permit=is_permit)

    def owe_removal(
        self, reference: str, *, reason: EndKind, on: date, mandate: Mandate, terms: Terms
    ) -> int:
        """Note that a removal was triggered on a civil date; return the change number.

        Enforcement stops by itself when the removal is due.

        Raises:
            UnknownReferenceError: if there is no such listing.
            LifeCycleError: if it is over, its removal is owed by then already, or the date is impossible.
        """
        with self.changing(mandate) as change:
            return change.owe_removal(reference, reason=reason, on=on, terms=terms)

    def request(
        self, reference: str, *, kind: DeadlineKind, on: date, mandate: Mandate, terms: Terms
    ) -> int:
        """Note a request for correction or review made on a civil date; return the change number.

        From when it should have been examined the listing is stayed, at once where the list's rules say so.

        Raises:
            UnknownReferenceError: if there is no such listing.
            LifeCycleError: if it is over, another request waits, or the date is impossible.
        """
        with self.changing(mandate) as change:
            return change.request(reference, kind=kind, on=on, terms=terms)

    def decide(self, reference: str, *, granted: bool, mandate: Mandate, terms: Terms) -> int:
        """Decide the request that waits: granted, the removal is owed; rejected, its stay ends.

        Returns the change number.

        Raises:
            UnknownReferenceError: if there is no such listing.
            LifeCycleError: if no request waits.
        """
        with self.changing(mandate) as change:
            return change.decide(reference, granted=granted, terms=terms)

    def sweep(
        self, at: datetime, terms: Terms, progress: Callable[[SweepReport], None] | None = None
    ) -> SweepReport:
        """Write down what the passing of time has done by the aware instant `at`; return how much that was.

        Each batch is a transaction of its own; `progress` is told what was done so far after each.
        """
        total = SweepReport()
        before = {list_id: terms.over_before(list_id, at) for list_id in terms.lists}
        steps = (Sweep.deadlines, partial(Sweep.expired, terms=before))
        for step in steps:
            while not (done := self._sweep(at, step)).is_empty:
                total += done
                if progress is not None:
                    progress(total)
        return total

    def _sweep(self, at: datetime, step: Callable[[Sweep], SweepReport]) -> SweepReport:
        with translated(), self._writing() as connection:
            return step(Sweep(connection, EventLog(connection, actor=SWEEPER, at=at), at))

    @translated()
    def rebuild(
        self,
        *,
        dry: bool = False,
        expected: Link | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> int:
        """Derive every listing, its documents and deadlines anew from the history; return how many rows differed.

        Nothing is written when `dry`; otherwise all that differed is as the history says, in one transaction.
        `expected` is a link of the history that was kept elsewhere: without one, nothing that has ended is revived.
        `progress` is told how many listings were looked at.

        Raises:
            EventLogError: if the history itself is not sound, or would revive what has ended and nothing shows that
                its end was not cut off; nothing is written then.
        """
        if dry:
            with self._engines.reader.begin() as connection:
                return Rebuilding(connection, self._secret, progress).run(expected, mends=False)
        with self._writing() as connection:
            return Rebuilding(connection, self._secret, progress).run(expected, mends=True)

    @contextmanager
    def view(self) -> Iterator[RegisterView]:
        """Read several things of one and the same state."""
        with translated(), self._engines.reader.begin() as connection:
            yield RegisterView(connection)

    def show(self, reference: str, at: datetime | None = None) -> ListingRecord:
        """See `RegisterView.show`."""
        with self.view() as view:
            return view.show(reference, at)

    def late(self, at: datetime) -> list[LateDeadline]:
        """See `RegisterView.late`."""
        with self.view() as view:
            return view.late(at)

    def last_change(self) -> int:
        """See `RegisterView.last_change`."""
        with self.view() as view:
            return view.last_change()

    def changed_documents(self, since: int) -> list[Document]:
        """See `RegisterView.changed_documents`."""
        with self.view() as view:
            return view.changed_documents(since)

    def eased_documents(self, since: int) -> Eased:
        """See `RegisterView.eased_documents`."""
        with self.view() as view:
            return view.eased_documents(since)

    def count_changed(self, since: int) -> int:
        """See `RegisterView.count_changed`."""
        with self.view() as view:
            return view.count_changed(since)

    def listings_of(self, documents: Sequence[Document]) -> dict[Document, list[Listing]]:
        """See `RegisterView.listings_of`."""
        with self.view() as view:
            return view.listings_of(documents)

    def all_listings(self) -> Iterator[tuple[Document, list[Listing]]]:
        """See `RegisterView.all_listings`; one state for the whole iteration."""
        with self.view() as view:
            yield from view.all_listings()

    def count(self) -> RegisterCounts:
        """See `RegisterView.count`."""
        with self.view() as view:
            return view.count()

    def attempts(self, *, a_day: int) -> Attempts:
        """Return what counts how often a receipt is shown wrongly, up to `a_day` times a day."""
        return Attempts(self._engines, a_day=a_day)

    def verify_events(self, expected: Link | None = None) -> Link:
        """See `RegisterView.verify_events`."""
        with self.view() as view:
            return view.verify_events(expected)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._engines.writing() as connection:
            yield connection

    @contextmanager
    def changing(self, mandate: Mandate) -> Iterator[Obligations]:
        """Change listings on the strength of one mandate, in one write transaction."""
        with translated(), self._writing() as connection:
            if mandate.order is not None:
                refuse_repeated(connection, mandate.order)
            own = mandate.read_anew()
            yield Obligations(connection, EventLog(connection, actor=own.actor, at=own.at), own)
            if mandate.order is not None:
                remember(connection, mandate.order)


def _refuse_unknown_lists(connection: Connection, pack: Pack) -> None:
    # A feed that did not come to its end leaves its row behind, and holds nothing.
    finished = select(feed.c.list_id).where(feed.c.event_seq.is_not(None))
    held = set(connection.scalars(finished.distinct()))
    unknown = sorted(held - set(pack.lists))
    if unknown:
        message = f"the register holds lists that the pack {pack.id} does not define: {', '.join(unknown)}"
        raise SchemaError(message)
