"""From the register to records: all of them, or those of some documents.

Responsible for: turning documents into pseudonyms and listings into records, and putting many in order.
Not responsible for: which listings exist (the register), which are due (``backlog``) or publishing.

What is compiled depends on the register's state alone, never on the clock: an expired listing stays until the register
ends it, and the engine does not apply it. So a chain of deltas and a full rebuild lead to the same content.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import IO, Protocol, Self

from gateway.snapshot.pseudonyms import PSEUDONYM_BYTES, Pseudonymiser
from gateway.snapshot.records import RecordFormat
from sanctions_matrix.documents import Document
from sanctions_matrix.listing import Listing

_AT_ONCE = 500
_HEAD_BYTES = PSEUDONYM_BYTES + 4


class ListingSource(Protocol):
    """What the compiler needs of the register, all of one consistent state."""

    def last_change(self) -> int:
        """Return the number of the newest change."""

    def count_changed(self, since: int) -> int:
        """Return about how many documents changed after change number ``since``, and never less; it is cheap."""

    def changed_documents(self, since: int) -> Sequence[Document]:
        """Return the documents any of whose listings changed after change number ``since``."""

    def changed_listings(self, since: int) -> Iterable[Sequence[int]]:
        """Return the numbers of the listings that changed after change number ``since``, in groups.

        They are found much faster than their documents, of which there are at least as many.
        """

    def documents_of(self, listings: Sequence[int]) -> Sequence[Document]:
        """Return the documents that the listings with these numbers name, or named."""

    def eased_documents(self, since: int) -> Sequence[Sequence[Document]]:
        """Return those for whom something got better after change number ``since``, in groups.

        The most urgent group comes first; in each the newest documents come last.
        """

    def listings_of(self, documents: Sequence[Document]) -> dict[Document, list[Listing]]:
        """Return the listings that have not ended, per document."""

    def all_listings(self) -> Iterator[tuple[Document, list[Listing]]]:
        """Return every document with its listings that have not ended."""


class Compiler:
    """Compiles records under one pseudonym key and pack."""

    def __init__(self, pseudonymiser: Pseudonymiser, record_format: RecordFormat) -> None:
        self._pseudonymiser = pseudonymiser
        self._format = record_format

    def all_records(
        self, source: ListingSource, routes: dict[bytes, bytes]
    ) -> Iterator[tuple[bytes, bytes]]:
        """Return every record, in no order; the routes they name are complete when the last one is out."""
        pseudonym_of, encode = self._pseudonymiser.of, self._format.encode
        for document, listings in source.all_listings():
            if listings:
                yield pseudonym_of(document), encode(listings, routes)

    def records_of(
        self, source: ListingSource, documents: Sequence[Document], routes: dict[bytes, bytes]
    ) -> dict[bytes, bytes]:
        """Return the records of ``documents``; that of a document which is not listed is empty."""
        records: dict[bytes, bytes] = {}
        for start in range(0, len(documents), _AT_ONCE):
            for document, listings in source.listings_of(
                documents[start : start + _AT_ONCE]
            ).items():
                record = self._format.encode(listings, routes) if listings else b""
                records[self._pseudonymiser.of(document)] = record
        return records


class Spool:
    """Sorts records by pseudonym in little memory: spread over unnamed files by first byte, read file by file.

    Of several records of one pseudonym the last counts, and an empty one removes it.
    A file is made when its first record comes, so that a short list costs few of the 256.
    """

    def __init__(self) -> None:
        """Use it in a ``with`` statement, so that its files are gone afterwards."""
        self._stack = ExitStack()
        self._files: dict[int, IO[bytes]] = {}

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Drop the files."""
        self._stack.close()

    def add(self, pseudonym: bytes, record: bytes) -> None:
        """Keep a record."""
        file = self._files.get(pseudonym[0])
        if file is None:
            file = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - closed by the stack
            self._files[pseudonym[0]] = file
        file.write(pseudonym + len(record).to_bytes(4) + record)

    def runs(self) -> Iterator[list[tuple[bytes, bytes]]]:
        """Return the records in order, in runs whose first bytes differ."""
        for _, file in sorted(self._files.items()):
            file.seek(0)
            last = dict(_framed_in(file.read()))
            yield sorted(pair for pair in last.items() if pair[1])


def _framed_in(content: bytes) -> Iterable[tuple[bytes, bytes]]:
    place = 0
    while place < len(content):
        head = place + _HEAD_BYTES
        end = head + int.from_bytes(content[place + PSEUDONYM_BYTES : head])
        yield content[place : place + PSEUDONYM_BYTES], content[head:end]
        place = end
