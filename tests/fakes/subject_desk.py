"""The subject's view on a real register, without a server, and what a party brings to it.

Responsible for: a site with three listings (a person, an organisation, somebody responsible for it), its receipts, and
asking as a party asks.
Not responsible for: judging the answers, or the clock, which the test sets.
"""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from gateway.mainland_calendar import MainlandCalendar
from gateway.register.deadlines import Terms
from gateway.register.imports import ImportOptions
from gateway.register.lifecycle import Mandate
from gateway.register.register import Register
from gateway.register.schema import listing
from gateway.register_service.subject import SubjectService, Throttle
from gateway.register_service.subject_receipts import ReceiptVerifier
from gateway.transport.status import answering
from jointgate.decision.v1 import decision_pb2
from jointgate.register.v1 import subject_pb2 as pb
from sanctions_matrix.documents import Document, parse_document
from sanctions_matrix.pack import Pack
from sanctions_matrix.synthetic import passport_number
from tests.fakes.fixed_clock import MORNING, FixedClock
from tests.fakes.fixed_context import AbortedError, context
from tests.fakes.in_memory_feed import (
    LIST,
    InMemoryFeed,
    organisation_row,
    person_row,
    responsible_row,
    with_passport,
)
from tests.fakes.site_receipts import SiteReceipts
from tests.fakes.synthetic_parties import citizen

LIMIT = 3
IMPORTED = MORNING - timedelta(days=5)
PERSON, STRANGER, RESPONSIBLE = citizen(1), citizen(9), citizen(3)
PASSPORT = parse_document("passport:UTO", passport_number(1))


def open_throttle() -> Throttle:
    """Return a throttle that lets everything pass."""
    return Throttle(concurrent=64, a_second=1e9, burst=1e9)


class Desk:
    """A service on a register with three listings, and what a party brings to it."""

    def __init__(self, folder: Path, pack: Pack) -> None:
        """Import the listings: a person, an organisation, and somebody responsible for it."""
        self.pack = pack
        self.clock = FixedClock()
        self.site = SiteReceipts(folder / "site", MORNING)
        self.url = f"sqlite:///{folder / 'register.sqlite'}"
        self.register = Register.open(self.url, pack)
        self.terms = Terms(pack.lists, MainlandCalendar())
        rows = [with_passport(person_row(1), 1), organisation_row(2), responsible_row(3, 2)]
        self.bring(*rows, at=IMPORTED)
        with self.register.view() as view:
            self.references = {
                document: listings[0].reference for document, listings in view.all_listings()
            }
        self.reference = self.references[PERSON]
        self.service = self.serve(pack)

    def bring(self, *rows: dict[str, object], at: datetime, sequence: int = 1) -> None:
        """Import a feed."""
        definition = self.pack.lists[LIST]
        feed = InMemoryFeed(rows, sequence=sequence)
        options = ImportOptions(confirm_shrink=True)
        self.register.import_feed(feed, definition=definition, at=at, options=options)

    def newest_reference(self) -> str:
        """Return the reference of the listing that was added last."""
        engine = create_engine(self.url)
        with engine.connect() as connection:
            newest = select(listing.c.reference).order_by(listing.c.id.desc()).limit(1)
            reference = str(connection.scalar(newest))
        engine.dispose()
        return reference

    def serve(self, pack: Pack | None, throttle: Throttle | None = None) -> SubjectService:
        """Return a new service."""
        return SubjectService(
            register=self.register,
            pack=pack,
            verifier=ReceiptVerifier(self.site.pinned, self.site.published),
            clock=self.clock,
            attempts_a_day=LIMIT,
            throttle=throttle or open_throttle(),
        )

    def mandate(self, paper: str = "(2031) No. 7") -> Mandate:
        """Return what a change of this instant rests on."""
        return Mandate(paper, self.clock(), "clerk-of-the-register")

    def receipt(self, *documents: Document) -> decision_pb2.Receipt:
        """Return a receipt about the listings of documents."""
        return self.site.receipt(*(self.references[one] for one in documents))

    def ask(self, receipt: decision_pb2.Receipt, document: Document) -> pb.ViewResponse:
        """Ask as a party does."""
        request = pb.ViewRequest(receipt=receipt, document=wire(document))
        raw = request.SerializeToString(deterministic=True)
        return pb.ViewResponse.FromString(answering(self.service.view)(raw, context()))

    def shown(self, document: Document) -> pb.SubjectListing:
        """Return the one listing that a party is shown, with a receipt about it."""
        (listing,) = self.ask(self.receipt(document), document).listings
        return listing

    def refused(self, receipt: decision_pb2.Receipt, document: Document) -> AbortedError:
        """Return how a call ends that shows nothing."""
        with pytest.raises(AbortedError) as caught:
            self.ask(receipt, document)
        return caught.value

    def refused_raw(self, raw: bytes) -> str:
        """Return the reason with which some bytes are refused."""
        with pytest.raises(AbortedError) as caught:
            answering(self.service.view)(raw, context())
        return caught.value.reason()[1]


def wire(document: Document) -> decision_pb2.Document:
    """Return a document as it is sent."""
    return decision_pb2.Document(type=document.type, number=document.number)
