"""What the tests of the register do again and again: rows of a few parties, and questions about them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from gateway.register import ImportOptions, ImportReport, Register
from gateway.register.imports import ImportPhase
from sanctions_matrix import synthetic
from sanctions_matrix.documents import Document
from sanctions_matrix.listing import Listing
from sanctions_matrix.pack import Pack
from tests.fakes.in_memory_feed import LIST, InMemoryFeed, person_row

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PAPER = "(2026) Decision No. 1"
CONFIRMED = ImportOptions(confirm_shrink=True)

Import = Callable[..., ImportReport]
Progress = Callable[[ImportPhase, int], None]


class Imports:
    """Imports rows as a feed of the next sequence."""

    def __init__(self, register: Register, pack: Pack) -> None:
        """Import into a register for the list of the in-memory feeds."""
        self._register = register
        self._definition = pack.lists[LIST]
        self._sequences = iter(range(1, 1_000))

    def __call__(
        self,
        rows: Sequence[object],
        options: ImportOptions | None = None,
        *,
        progress: Progress | None = None,
        **header: object,
    ) -> ImportReport:
        """Import the rows; `header` is of the feed's."""
        header.setdefault("sequence", next(self._sequences))
        feed = InMemoryFeed(rows, **header)  # type: ignore[arg-type]
        return self._register.import_feed(
            feed, definition=self._definition, at=NOW, options=options, progress=progress
        )


def citizen(serial: int) -> Document:
    """Return the document of a synthetic citizen."""
    return Document("cn-ric", synthetic.citizen_number(serial))


def passport(serial: int) -> Document:
    """Return the passport of a synthetic citizen."""
    return Document("passport:UTO", synthetic.passport_number(serial))


def organisation(serial: int) -> Document:
    """Return the document of a synthetic organisation."""
    return Document("cn-uscc", synthetic.organisation_code(serial))


def only_listing(register: Register, document: Document) -> Listing:
    """Return the one listing in force that names a document."""
    (listing,) = register.listings_of([document])[document]
    return listing


def state(register: Register) -> dict[Document, list[Listing]]:
    """Return everything in force."""
    return dict(register.all_listings())


def people(*serials: int) -> list[dict[str, object]]:
    """Return rows of synthetic citizens."""
    return [person_row(serial) for serial in serials]
