"""Deciding one question on one snapshot.

Responsible for: whether the snapshot may be answered from, finding the listings, the verdict and its term.
Not responsible for: who asks, signatures, or the wire.

Rules kept here:

- Doubt restricts nobody and permits nothing: a snapshot that is missing, stale or of another pack, a record that cannot
  be read, are errors of their own.
- A decision is never relied on longer than the lease, nor a ground beyond the end, stay or exemption of its listing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.errors import AnswerError, Reason, SnapshotError, StoreError
from gateway.snapshot.pseudonyms import Pseudonymiser
from gateway.snapshot.records import RecordFormat
from gateway.snapshot.store import StoredHeader, StoreView
from sanctions_matrix.actions import Action, Role, UnknownActionError
from sanctions_matrix.documents import Document
from sanctions_matrix.evaluation import Matrix, MissingAttributeError, RoleError
from sanctions_matrix.listing import Listing
from sanctions_matrix.verdict import Verdict

_UNREADABLE = "the party's record cannot be read; this is neither a restriction nor a permission"


@dataclass(frozen=True, slots=True)
class Question:
    """May the party with this document do this, in this role?"""

    document: Document
    action: Action
    role: Role


@dataclass(frozen=True, slots=True)
class Decided:
    """A verdict with its term.

    Attributes:
        verdict: outcome and grounds.
        evaluated_at: the instant for which was decided, UTC.
        expires_at: from when on the decision must not be relied on, UTC.
    """

    verdict: Verdict
    evaluated_at: datetime
    expires_at: datetime


class Decider:
    """Decides questions under one pack."""

    def __init__(
        self,
        matrix: Matrix,
        records: RecordFormat,
        pseudonymiser: Pseudonymiser,
        *,
        keyid: str,
        term: timedelta,
    ) -> None:
        """Keep the parts.

        Args:
            matrix: the compiled pack.
            records: how the store's records are read.
            pseudonymiser: turns documents into keys of the store.
            keyid: of the decision key this gateway signs with.
            term: for how long a decision may be relied on.
        """
        self._matrix = matrix
        self._records = records
        self._pseudonymiser = pseudonymiser
        self._keyid = keyid
        self._term = term

    @property
    def matrix(self) -> Matrix:
        """The compiled pack."""
        return self._matrix

    def usable_header(self, view: StoreView, at: datetime) -> StoredHeader:
        """Return the snapshot's header if it may be answered from at ``at``.

        Raises:
            AnswerError: there is none, it is of another pack, its lease has ended, or the decision key's term has.
        """
        try:
            header = view.header()
        except StoreError as error:
            raise AnswerError(Reason.NO_SNAPSHOT, str(error)) from error
        if header is None:
            raise AnswerError(
                Reason.NO_SNAPSHOT, "the gateway has no snapshot yet; try again in a moment"
            )
        if header.pack != self._matrix.pack.digest:
            message = "the snapshot was made for another policy pack than this gateway's; its operator must upgrade it"
            raise AnswerError(Reason.PACK_MISMATCH, message)
        if at >= header.lease_until:
            message = "the snapshot's lease has ended: it is unknown who is listed now; try again in a moment"
            raise AnswerError(Reason.SNAPSHOT_STALE, message)
        if at >= header.decision_keys.get(self._keyid, at):
            message = "this gateway's decision key is not delegated at present; its operator must publish it"
            raise AnswerError(Reason.DECISION_KEY_EXPIRED, message)
        return header

    def decide(
        self, view: StoreView, header: StoredHeader, question: Question, at: datetime
    ) -> Decided:
        """Decide ``question`` for the instant ``at``, UTC, on the snapshot that ``view`` and ``header`` show.

        Raises:
            AnswerError: the question is wrong, or the party's record cannot be read.
        """
        listings = self.listings_of(view, question.document)
        try:
            verdict = self._matrix.evaluate(question.action, question.role, listings, at)
        except MissingAttributeError as error:
            raise AnswerError(Reason.ATTRIBUTE_MISSING, str(error)) from error
        except RoleError as error:
            raise AnswerError(Reason.ROLE_INVALID, str(error)) from error
        except UnknownActionError as error:
            raise AnswerError(Reason.ACTION_UNKNOWN, str(error)) from error
        except LookupError as error:
            raise AnswerError(Reason.INTERNAL, _UNREADABLE) from error
        return Decided(verdict, at, self.expiry(header, _speaking(verdict, listings), at))

    def listings_of(self, view: StoreView, document: Document) -> Sequence[Listing]:
        """Return the listings of exactly this document in the snapshot that ``view`` shows.

        Raises:
            AnswerError: its record cannot be read.
        """
        record = view.record(self._pseudonymiser.of(document))
        try:
            return self._records.decode(record, view.route) if record is not None else ()
        except SnapshotError as error:
            raise AnswerError(Reason.INTERNAL, _UNREADABLE) from error

    def expiry(self, header: StoredHeader, told: Iterable[Listing], at: datetime) -> datetime:
        """Return until when an answer of the instant ``at`` that tells these listings may be relied on; both UTC."""
        bounds = (at + self._term, header.lease_until, header.decision_keys[self._keyid])
        return min(*bounds, *_reliefs(told, at))


def _speaking(verdict: Verdict, listings: Sequence[Listing]) -> list[Listing]:
    """Return the listings that speak in the verdict.

    What lies ahead for a party that is permitted does not shorten its answer: lateness works for the party, and the
    answer must not tell that a listing is about to start.
    """
    speaking = {(ground.list.id, ground.reference) for ground in verdict.grounds}
    speaking |= {(told.list.id, told.reference) for told in verdict.commendations}
    return [listing for listing in listings if (listing.list_id, listing.reference) in speaking]


def _reliefs(told: Iterable[Listing], at: datetime) -> list[datetime]:
    """Return the instants after ``at`` at which a listing that is told ends or pauses, UTC."""
    edges = [
        edge
        for listing in told
        for edge in (
            listing.window.ends_at,
            *(stay.starts_at for stay in listing.stays),
            *(exemption.window.starts_at for exemption in listing.exemptions),
        )
    ]
    return [edge for edge in edges if edge is not None and edge > at]
