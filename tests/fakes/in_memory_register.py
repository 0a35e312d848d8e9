"""A register in a dictionary, as the compiler sees it.

Stands in for ``gateway.register`` behind the port ``gateway.snapshot.compilation.ListingSource``.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter

from sanctions_matrix.documents import Document
from sanctions_matrix.listing import Listing


class InMemoryRegister:
    """Listings by document, with the changes that last touched and last eased each, and whether only a row did."""

    def __init__(self) -> None:
        """Start with no listing and change number 0."""
        self._listings: dict[Document, list[Listing]] = {}
        self._changes: dict[Document, int] = {}
        self._easings: dict[Document, int] = {}
        self._only_changed: set[Document] = set()
        self._last = 0

    @contextmanager
    def view(self) -> Iterator["InMemoryRegister"]:
        """Open the register as it is now: what is put later does not show."""
        frozen = InMemoryRegister()
        frozen._listings = dict(self._listings)
        frozen._changes = dict(self._changes)
        frozen._easings = dict(self._easings)
        frozen._only_changed = set(self._only_changed)
        frozen._last = self._last
        yield frozen

    def put(self, document: Document, *listings: Listing) -> None:
        """Replace the listings of ``document``; that there are none works for the party, and so it counts as eased."""
        self._put(document, listings, is_easing=not listings)

    def ease(self, document: Document, *listings: Listing) -> None:
        """Replace the listings of ``document`` by what a stay, an exemption or an ending leaves of them."""
        self._put(document, listings, is_easing=True)

    def change(self, *documents: Document) -> None:
        """Change a row of each of ``documents`` in one feed; their listings stay as they are."""
        self._last += 1
        for document in documents:
            self._changes[document] = self._easings[document] = self._last
        self._only_changed.update(documents)

    def _put(self, document: Document, listings: Sequence[Listing], *, is_easing: bool) -> None:
        self._last += 1
        self._changes[document] = self._last
        if is_easing:
            self._easings[document] = self._last
            self._only_changed.discard(document)
        self._listings[document] = list(listings)

    def last_change(self) -> int:
        """Return the number of the newest change."""
        return self._last

    def count_changed(self, since: int) -> int:
        """Return how many documents changed after change number ``since``."""
        return len(self.changed_documents(since))

    def changed_documents(self, since: int) -> Sequence[Document]:
        """Return the documents that changed after change number ``since``."""
        return [document for document, change in self._changes.items() if change > since]

    def changed_listings(self, since: int) -> Iterator[Sequence[int]]:
        """Return the places of the documents that changed after change number ``since``, three at a time."""
        places = [place for place, change in enumerate(self._changes.values()) if change > since]
        return (places[start : start + 3] for start in range(0, len(places), 3))

    def documents_of(self, listings: Sequence[int]) -> Sequence[Document]:
        """Return the documents at these places."""
        documents = list(self._changes)
        return [documents[place] for place in listings]

    def eased_documents(self, since: int) -> tuple[list[Document], list[Document]]:
        """Return the documents that were eased after change number ``since``: by decisions, and by changed rows."""
        eased = sorted(self._easings.items(), key=itemgetter(1))
        decided, changed = list[Document](), list[Document]()
        for document, number in eased:
            if number > since:
                (changed if document in self._only_changed else decided).append(document)
        return decided, changed

    def listings_of(self, documents: Sequence[Document]) -> dict[Document, list[Listing]]:
        """Return the listings that have not ended, per document."""
        return {document: self._listings.get(document, []) for document in documents}

    def all_listings(self) -> Iterator[tuple[Document, list[Listing]]]:
        """Return every document that has listings, with them."""
        return ((document, held) for document, held in self._listings.items() if held)
