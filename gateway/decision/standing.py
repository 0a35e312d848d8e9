"""Looking up an organisation's standing in one snapshot.

Responsible for: finding the organisation's listings, what may be told of them, and for how long.
Not responsible for: who asks, whether the document is an organisation's, signatures, or the wire.

Rule kept here: a standing is never relied on longer than a decision that tells the same listings.
"""

from dataclasses import dataclass
from datetime import datetime

from gateway.decision.deciding import Decider
from gateway.errors import AnswerError, Reason
from gateway.snapshot.store import StoredHeader, StoreView
from sanctions_matrix.documents import Document
from sanctions_matrix.standing import StandingEntry, standing_of


@dataclass(frozen=True, slots=True)
class Standing:
    """The public lists on which an organisation stands, with the term of the answer.

    Attributes:
        entries: one for each place on a list; may be empty.
        evaluated_at: the instant for which was looked up, UTC.
        expires_at: from when on the answer must not be relied on, UTC.
    """

    entries: tuple[StandingEntry, ...]
    evaluated_at: datetime
    expires_at: datetime


def look_up(
    decider: Decider, view: StoreView, header: StoredHeader, document: Document, at: datetime
) -> Standing:
    """Return the standing of the organisation with ``document`` at ``at``, UTC, in the snapshot that ``view`` shows.

    Raises:
        AnswerError: the organisation's record cannot be read.
    """
    listings = decider.listings_of(view, document)
    try:
        entries = standing_of(decider.matrix.pack, listings, at)
    except LookupError as error:
        message = "the organisation's record cannot be read; this says nothing about it"
        raise AnswerError(Reason.INTERNAL, message) from error
    # A reference is its list's own; a list that is not told of must not show in the expiry.
    places = {(entry.list.id, entry.reference) for entry in entries}
    told = [listing for listing in listings if (listing.list_id, listing.reference) in places]
    return Standing(entries, at, decider.expiry(header, told, at))
