"""The register: the system of record for listings, over SQLite or PostgreSQL.

Responsible for opening the database, for transactions, and for offering everything the gateway does with listings.
Not responsible for how it is done: reading stands in `reading.py`, importing in `survey.py` and `application.py`,
decisions in `lifecycle.py`.

Rules kept here:

- A feed is one write transaction: what it admits becomes visible together, and a crash leaves before or after.
- Every change moves the change counter by one and appends to the event log in the same transaction.
- Whatever the database raises leaves here as a `DatabaseError` of one line.
- Trust: the register believes the operator who runs the commands, and keeps a record that shows what the operator did.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from gateway.register.application import Application
from gateway.register.changes import CHANGE
from gateway.register.engine import Engines, open_engines, translated
from gateway.register.errors import FeedRefusal, FeedRefusedError, SchemaError
from gateway.register.events import EventLog
from gateway.register.feed_rows import last_feed_id
from gateway.register.imports import ImportOptions
from gateway.register.lifecycle import LifeCycle, Mandate
from gateway.register.reading import RegisterView
from gateway.register.schema import SCHEMA_VERSION, feed, meta
from gateway.register.staging import Spool, StagedRow, Stager
from gateway.register.survey import QuarantinedLine, Survey

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from types import TracebackType
    from typing import Self

    from sqlalchemy import Connection

    from gateway.register.endings import EndKind
    from gateway.register.feeds.feed import Feed
    from gateway.register.imports import ImportReport
    from gateway.register.reading import ListingRecord, RegisterCounts
    from gateway.register.survey import Progress
    from sanctions_matrix.documents import Document
    from sanctions_matrix.listing import Exemption, Listing
    from sanctions_matrix.lists import ListDefinition
    from sanctions_matrix.pack import Pack

_SECRET_BYTES = 32
_OPERATOR = "operator"


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
            SchemaError: if the database is of another schema version, or holds a list that `pack` does not define.
            DatabaseError: if the database cannot be reached or written to.
        """
        engines = open_engines(url)
        try:
            with engines.writer.begin() as connection:
                engines.begin_writing(connection)
                secret = _prepare_meta(connection)
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
        """
        options = options or ImportOptions()
        header = feed.header
        if header.list_id != definition.id:
            message = f"the feed is for the list {header.list_id}, not for {definition.id}; name its own list"
            raise FeedRefusedError(FeedRefusal.WRONG_LIST, message)
        stager = Stager(definition.id, secret=self._secret, is_undated=header.is_undated)
        with Spool(StagedRow) as staged, Spool(QuarantinedLine) as quarantined:
            with self._engines.reader.begin() as connection:
                last = last_feed_id(connection, definition.id)
                survey = Survey(connection, definition, stager, options, progress)
                findings = survey.run(feed, staged, quarantined)
            if not findings.rows:
                raise FeedRefusedError(
                    FeedRefusal.EMPTY, "the feed holds no rows; the last good state stays"
                )
            with self._writing() as connection:
                log = EventLog(connection, actor=options.actor, at=at)
                application = Application(connection, log, header, options, at, progress)
                return application.run(findings, feed.digest(), last_feed_id=last)

    def release(
        self,
        reference: str,
        *,
        document: str,
        reason: EndKind,
        at: datetime,
        actor: str = _OPERATOR,
    ) -> int:
        """End a listing on the paper `document`; return the change number.

        Raises:
            UnknownReferenceError: if there is no such listing.
            LifeCycleError: if it has ended already.
        """
        with self._changing(Mandate(document, at, actor)) as change:
            return change.release(reference, reason)

    def stay(
        self,
        reference: str,
        *,
        document: str,
        at: datetime,
        until: datetime | None = None,
        actor: str = _OPERATOR,
    ) -> int:
        """Pause enforcement from `at`, up to `until` or until lifted; return the change number.

        Raises:
            UnknownReferenceError: if there is no such listing.
            LifeCycleError: if it has ended or is stayed already.
        """
        with self._changing(Mandate(document, at, actor)) as change:
            return change.stay(reference, until)

    def lift_stay(
        self, reference: str, *, document: str, at: datetime, actor: str = _OPERATOR
    ) -> int:
        """End the stay that runs at `at`; return the change number.

        Raises:
            UnknownReferenceError: if there is no such listing.
            LifeCycleError: if it has ended or is not stayed.
        """
        with self._changing(Mandate(document, at, actor)) as change:
            return change.lift_stay(reference)

    def exempt(
        self, reference: str, exemption: Exemption, *, mandate: Mandate, is_permit: bool = False
    ) -> int:
        """Take some measures out for a window: a temporary lift, or a court's permit; return the change number.

        Raises:
            UnknownReferenceError: if there is no such listing.
            LifeCycleError: if it has ended, does not carry a measure, or the lift is longer than a month.
        """
        with self._changing(mandate) as change:
            return change.exempt(reference, exemption, is_permit=is_permit)

    @contextmanager
    def view(self) -> Iterator[RegisterView]:
        """Read several things of one and the same state."""
        with translated(), self._engines.reader.begin() as connection:
            yield RegisterView(connection)

    def show(self, reference: str) -> ListingRecord:
        """See `RegisterView.show`."""
        with self.view() as view:
            return view.show(reference)

    def last_change(self) -> int:
        """See `RegisterView.last_change`."""
        with self.view() as view:
            return view.last_change()

    def changed_documents(self, since: int) -> list[Document]:
        """See `RegisterView.changed_documents`."""
        with self.view() as view:
            return view.changed_documents(since)

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

    def verify_events(self) -> bytes:
        """See `RegisterView.verify_events`."""
        with self.view() as view:
            return view.verify_events()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._engines.writer.begin() as connection:
            self._engines.begin_writing(connection)
            yield connection

    @contextmanager
    def _changing(self, mandate: Mandate) -> Iterator[LifeCycle]:
        with translated(), self._writing() as connection:
            yield LifeCycle(
                connection, EventLog(connection, actor=mandate.actor, at=mandate.at), mandate
            )


def _prepare_meta(connection: Connection) -> bytes:
    held = {row.key: row.value for row in connection.execute(select(meta))}
    if not held:
        held = {
            "schema_version": SCHEMA_VERSION,
            "secret": secrets.token_hex(_SECRET_BYTES),
            CHANGE: "0",
        }
        connection.execute(
            insert(meta), [{"key": key, "value": value} for key, value in held.items()]
        )
    if held.get("schema_version") != SCHEMA_VERSION:
        message = f"the register has schema {held.get('schema_version')}, this version works on {SCHEMA_VERSION}"
        raise SchemaError(message)
    return bytes.fromhex(held["secret"])


def _refuse_unknown_lists(connection: Connection, pack: Pack) -> None:
    held = set(connection.scalars(select(feed.c.list_id).distinct()))
    unknown = sorted(held - set(pack.lists))
    if unknown:
        message = f"the register holds lists that the pack {pack.id} does not define: {', '.join(unknown)}"
        raise SchemaError(message)
