"""From the register to records: all of them, or those that changed.

Responsible for: turning documents into pseudonyms and listings into records, in the order of the pseudonyms.
Not responsible for: which listings exist (the register) or publishing.

What is compiled depends on the register's state alone, never on the clock: an expired listing stays until the register
ends it, and the engine does not apply it. So a chain of deltas and a full rebuild lead to the same content.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import IO, Protocol

from gateway.snapshot.pseudonyms import PSEUDONYM_BYTES, Pseudonymiser
from gateway.snapshot.records import RecordFormat
from sanctions_matrix.documents import Document
from sanctions_matrix.listing import Listing

_CHUNK = 500


class ListingSource(Protocol):
    """What the compiler needs of the register."""

    def last_change(self) -> int:
        """Return the number of the newest change."""

    def changed_documents(self, since: int) -> Sequence[Document]:
        """Return the documents any of whose listings changed after change number ``since``."""

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
        """Return every record, sorted by pseudonym.

        The routes they name are complete when the last record is out.
        """
        records = (
            (self._pseudonymiser.of(document), self._format.encode(listings, routes))
            for document, listings in source.all_listings()
            if listings
        )
        return sorted_on_disk(records)

    def changed_records(
        self, source: ListingSource, since: int, routes: dict[bytes, bytes]
    ) -> Iterator[tuple[bytes, bytes]]:
        """Return the records of the documents that changed after change number ``since``.

        The record of a document that is no longer listed is empty.
        """
        documents = source.changed_documents(since)
        for start in range(0, len(documents), _CHUNK):
            for document, listings in source.listings_of(documents[start : start + _CHUNK]).items():
                record = self._format.encode(listings, routes) if listings else b""
                yield self._pseudonymiser.of(document), record


def sorted_on_disk(records: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Sort records by pseudonym in little memory: spread over unnamed files by first byte, then file by file.

    A file is made when its first record comes, so that a short list costs few of the 256.
    """
    with ExitStack() as stack:
        files: dict[int, IO[bytes]] = {}
        for pseudonym, record in records:
            file = files.get(pseudonym[0])
            if file is None:
                file = files[pseudonym[0]] = stack.enter_context(tempfile.TemporaryFile())
            file.write(pseudonym + len(record).to_bytes(4) + record)
        for _, file in sorted(files.items()):
            file.seek(0)
            yield from sorted(_read_back(file))


def _read_back(file: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    while pseudonym := file.read(PSEUDONYM_BYTES):
        length = int.from_bytes(file.read(4))
        yield pseudonym, file.read(length)
