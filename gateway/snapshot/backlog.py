"""What waits to be published, endings first.

Responsible for: which documents the next delta takes, and which change number is covered once it is out.
Not responsible for: compiling or publishing them.

Rules kept here:

- A batch is bounded, so that nothing waits for more than one batch of another kind.
- Endings (also stays, exemptions and deadlines) go before everything else: what somebody decided before what a feed
  ended, and that before what a feed only changed. Of each the newest go first, and no batch holds two of them, so that
  one decision does not wait for a feed that ended or changed thousands.
- Somebody who waits already and is decided about goes to where a new decision would.
- After a batch of endings comes one of the rest, so that neither starves.
- Who takes a batch compiles it from a view of its own, so the order of batches never matters: what is published of a
  document is its newest state, and never an older one after a newer one.
- Of the others, listings are listed at once and documents read batch by batch, so that no decision waits until all
  the documents of a large feed were read. What changes in between has a later change number, and comes again.
- Nothing of this is stored. A restart lists again what changed since the covered change, and what was published
  already turns out to be equal.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.snapshot.compilation import ListingSource
from sanctions_matrix.documents import Document


@dataclass(frozen=True, slots=True)
class Batch:
    """What the next delta is made of.

    Attributes:
        documents: those to compile.
        change: the register's change number that is covered once they are out.
    """

    documents: Sequence[Document]
    change: int


class Backlog:
    """The documents that changed after a change number, in batches."""

    def __init__(self, covered: int, *, most: int) -> None:
        """Begin with nothing listed.

        Args:
            covered: everything up to this change number is published.
            most: documents in a batch.
        """
        self._covered = covered
        self._most = most
        self._looked = covered
        self._eased: list[dict[Document, None]] = []
        """By urgency as the source has it; in each the newest last."""
        self._listings: deque[Sequence[int]] = deque()
        """Of the others, those whose documents were not read yet."""
        self._others: list[Document] = []
        self._listed = covered
        self._is_turn_of_others = False

    def next(self, source: ListingSource, *, endings_only: bool = False) -> Batch | None:
        """Take the next batch, or None when nothing is left; endings since the last look are in the first.

        Args:
            source: the register now.
            endings_only: leave everything else where it is.
        """
        last = source.last_change()
        self._look(source, last)
        others_wait = not endings_only and (self._are_listed() or self._covered < last)
        if any(self._eased) and not (self._is_turn_of_others and others_wait):
            return self._batch_of_endings(source, last)
        return self._batch_of_others(source, last) if others_wait else None

    def _look(self, source: ListingSource, last: int) -> None:
        if last <= self._looked:
            return
        groups = source.eased_documents(self._looked)
        self._eased = self._eased or [{} for _ in groups]
        for place, documents in enumerate(groups):
            for document in documents:
                self._put(document, place)
        self._looked = last

    def _put(self, document: Document, place: int) -> None:
        """Put a document at the end of its group, and out of every less urgent one; a more urgent one keeps it."""
        if any(document in more_urgent for more_urgent in self._eased[:place]):
            return
        for waiting in self._eased[place:]:
            waiting.pop(document, None)
        self._eased[place][document] = None

    def _batch_of_endings(self, source: ListingSource, last: int) -> Batch:
        waiting = next(filter(None, self._eased))
        documents = [waiting.popitem()[0] for _ in range(min(self._most, len(waiting)))]
        self._is_turn_of_others = True
        if self._is_all(source, documents):
            self._covered = last
        return Batch(documents, self._covered)

    def _is_all(self, source: ListingSource, documents: Sequence[Document]) -> bool:
        """Tell whether ``documents`` are all that changed, as after a single decision; asked only when few did."""
        if (
            any(self._eased)
            or self._are_listed()
            or source.count_changed(self._covered) > self._most
        ):
            return False
        return set(source.changed_documents(self._covered)) <= set(documents)

    def _batch_of_others(self, source: ListingSource, last: int) -> Batch:
        self._is_turn_of_others = False
        if not self._are_listed():
            self._listings.extend(source.changed_listings(self._covered))
            self._listed = last
        while self._listings and len(self._others) < self._most:
            self._others += source.documents_of(self._listings.popleft())
        documents = self._others[: self._most]
        del self._others[: self._most]
        if not self._are_listed():
            self._covered = self._listed
        return Batch(documents, self._covered)

    def _are_listed(self) -> bool:
        """Tell whether some of the others that were listed are left."""
        return bool(self._listings or self._others)
