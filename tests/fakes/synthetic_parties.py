"""Documents of nobody, and listings made up for them.

Responsible for: values that tests put into registers and snapshots, each with a default that is good.
Not responsible for: feeds; ``gateway.register.feeds.synthetic`` makes those.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from sanctions_matrix.documents import Document, PartyKind, parse_document
from sanctions_matrix.listing import ContestRoute, Exemption, Listing, Window
from sanctions_matrix.synthetic import citizen_number, organisation_code

LISTED_AT = datetime(2031, 1, 2, 16, 0, tzinfo=UTC)
COURT = "First Court of Utopia"
CONTEST = ContestRoute(COURT, "1 Court Road, Utopia", "within 10 days of service")


def citizen(serial: int) -> Document:
    """Return the citizen number with this serial."""
    return parse_document("cn-ric", citizen_number(serial))


def organisation(serial: int) -> Document:
    """Return the social credit code with this serial."""
    return parse_document("cn-uscc", organisation_code(serial))


def listing(  # noqa: PLR0913 - every part of a listing has a good default
    reference: str = "L1",
    *,
    list_id: str = "consumption-limited",
    measures: Iterable[str] = ("38", "39"),
    ends_at: datetime | None = None,
    stays: tuple[Window, ...] = (),
    exemptions: tuple[Exemption, ...] = (),
    party_kind: PartyKind = PartyKind.NATURAL_PERSON,
) -> Listing:
    """Return a listing by the court, a natural person's unless said otherwise, in force since ``LISTED_AT``."""
    return Listing(
        reference=reference,
        list_id=list_id,
        party_kind=party_kind,
        authority=COURT,
        measures=frozenset(measures),
        window=Window(LISTED_AT, ends_at),
        contest=CONTEST,
        stays=stays,
        exemptions=exemptions,
    )
