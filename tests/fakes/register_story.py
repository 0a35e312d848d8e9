"""A register with a story: feeds and decisions one after the other, each at its instant.

Stands in for nothing: it drives a real register, on whatever database, in as few words as a test wants.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count

from sqlalchemy import create_engine, text

from gateway.mainland_calendar import MainlandCalendar
from gateway.register import (
    DeadlineKind,
    EndKind,
    ImportOptions,
    ImportReport,
    ListingRecord,
    ListingState,
    Mandate,
    Register,
    SweepReport,
    Terms,
)
from gateway.register.feeds.feed import FeedMode
from sanctions_matrix import synthetic
from sanctions_matrix.documents import Document
from sanctions_matrix.listing import Exemption, Listing, Window
from sanctions_matrix.lists import ListDefinition
from tests.fakes.in_memory_feed import InMemoryFeed, organisation_row, person_row

NOW = datetime(2026, 9, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PAPER = "(2026) Decision No. 1"
CLERK = "court clerk"
_CONFIRMED = ImportOptions(confirm_shrink=True)


def mandate(at: datetime = NOW, expected: int | None = None, paper: str = PAPER) -> Mandate:
    """Return the clerk's mandate at an instant."""
    return Mandate(paper, at, CLERK, expected)


def citizen(serial: int) -> Document:
    """Return the document of a synthetic citizen."""
    return Document("cn-ric", synthetic.citizen_number(serial))


def proposed(row: Mapping[str, object]) -> dict[str, object]:
    """Return the row as it is sent before its party was told."""
    dated = ("notice", "starts_at", "ends_at")
    return {name: value for name, value in row.items() if name not in dated} | {"stage": "proposed"}


class RegisterStory:
    """One register, its list, and the terms by which its deadlines are counted."""

    def __init__(self, register: Register, definition: ListDefinition, url: str) -> None:
        """Tell of the one list that synthetic rows are for."""
        self.register = register
        self.url = url
        self.definition = definition
        self.terms = Terms({definition.id: definition}, MainlandCalendar())
        self._sequences = count(1)

    def feed(
        self, *rows: Mapping[str, object], at: datetime = NOW, mode: FeedMode = FeedMode.FULL
    ) -> ImportReport:
        """Import the next feed."""
        feed = InMemoryFeed(rows, sequence=next(self._sequences), mode=mode)
        return self.register.import_feed(
            feed, definition=self.definition, at=at, options=_CONFIRMED
        )

    def people(self, *serials: int, at: datetime = NOW) -> None:
        """Import a full feed of synthetic citizens."""
        self.feed(*map(person_row, serials), at=at)

    def organisation_with_person(self, at: datetime = NOW) -> tuple[str, str]:
        """Import an organisation and a person responsible for it; return their references."""
        role = {"listing": "O-1", "role": "legal-representative"}
        self.feed(organisation_row(1), person_row(2, responsible_for=role), at=at)
        return self.reference("O-1"), self.reference("R-2")

    def reference(self, record: str = "R-1") -> str:
        """Return the reference of a record, proposed and ended ones included."""
        ((reference,),) = self.sql(f"SELECT reference FROM listing WHERE record = '{record}'")  # noqa: S608
        return str(reference)

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        """Run a statement past the register, and return its rows."""
        engine = create_engine(self.url)
        with engine.begin() as connection:
            result = connection.execute(text(statement))
            rows = [tuple(row) for row in result] if result.returns_rows else []
        engine.dispose()
        return rows

    def derived(self) -> list[list[tuple[object, ...]]]:
        """Return every derived row."""
        tables = ("listing", "listing_document", "deadline", "meta")
        return [sorted(self.sql(f"SELECT * FROM {one}"), key=repr) for one in tables]  # noqa: S608

    def listings(self, serial: int) -> Sequence[Listing]:
        """Return what a gateway would hold of a citizen."""
        return self.register.listings_of([citizen(serial)])[citizen(serial)]

    def show(self, reference: str, at: datetime | None = None) -> ListingRecord:
        """Return the listing's record."""
        return self.register.show(reference, at)

    def state(self, reference: str, at: datetime) -> ListingState:
        """Return the listing's state at an instant, by what the register holds now."""
        return self.show(reference).state_at(at)

    def state_recorded(self, reference: str, at: datetime) -> ListingState:
        """Return the listing's state at an instant, by what was recorded then."""
        return self.show(reference, at).state_at(at)

    def release(self, reference: str, at: datetime, reason: EndKind = EndKind.PERFORMED) -> int:
        """Release the listing."""
        return self.register.release(reference, reason=reason, mandate=mandate(at))

    def stay(self, reference: str, at: datetime, until: datetime | None = None) -> int:
        """Stay the listing."""
        return self.register.stay(reference, mandate=mandate(at), until=until)

    def lift(self, reference: str, at: datetime) -> int:
        """Lift the listing's stay."""
        return self.register.lift_stay(reference, mandate=mandate(at))

    def exempt(self, reference: str, at: datetime, days: int = 7) -> int:
        """Exempt the listing from air travel for some days."""
        exemption = Exemption(frozenset({"38"}), Window(at, at + days * DAY))
        return self.register.exempt(reference, exemption, mandate=mandate(at))

    def owe(
        self, reference: str, on: date, at: datetime, reason: EndKind = EndKind.PERFORMED
    ) -> int:
        """Note that the listing's removal was triggered."""
        return self.register.owe_removal(
            reference, reason=reason, on=on, mandate=mandate(at), terms=self.terms
        )

    def request(
        self,
        reference: str,
        on: date,
        at: datetime,
        kind: DeadlineKind = DeadlineKind.CORRECTION,
    ) -> int:
        """Note a request about the listing."""
        return self.register.request(
            reference, kind=kind, on=on, mandate=mandate(at), terms=self.terms
        )

    def decide(self, reference: str, at: datetime, *, granted: bool) -> int:
        """Decide the request about the listing."""
        return self.register.decide(
            reference, granted=granted, mandate=mandate(at), terms=self.terms
        )

    def sweep(self, at: datetime) -> SweepReport:
        """Sweep the register."""
        return self.register.sweep(at, self.terms)
