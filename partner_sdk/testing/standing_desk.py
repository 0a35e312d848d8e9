"""What a fake gateway tells of organisations: nothing, unless one was put on a list.

Responsible for: the scripted entries, and refusing the documents that a gateway refuses.
Not responsible for: envelopes (``partner_sdk.testing.query_check``) and signatures
(``partner_sdk.testing.fake_gateway``).
"""

from collections.abc import Callable
from datetime import UTC, datetime

from jointgate.decision.v1 import decision_pb2
from jointgate.standing.v1 import standing_pb2 as pb
from partner_sdk.documents import Document, parse_document
from partner_sdk.testing.query_check import QueryError
from sanctions_matrix.documents import PartyKind

_SINCE = datetime(2020, 1, 1, tzinfo=UTC)
_Change = Callable[[pb.Standing], None]


class StandingDesk:
    """The lists on which organisations stand, as a test says.

    Attributes:
        before_signing: changes every standing before it is signed.
    """

    def __init__(self) -> None:
        """Begin with nobody on any list."""
        self.before_signing: _Change = lambda _: None
        self._entries: dict[tuple[str, str], list[pb.StandingEntry]] = {}

    def put(self, document: Document, *, commends: bool = False) -> None:
        """Put the organisation with ``document`` on a black list, or on a red one that ``commends``."""
        entry = _entry(pb.LIST_EFFECT_COMMENDS if commends else pb.LIST_EFFECT_RESTRICTS)
        self._entries.setdefault((document.type, document.number), []).append(entry)

    def entries_for(self, document: decision_pb2.Document) -> list[pb.StandingEntry]:
        """Return what is told of the organisation with a valid ``document``.

        Raises:
            QueryError: a natural person may have such a document.
        """
        party = parse_document(document.type, document.number)
        if party.kind is not PartyKind.ORGANISATION:
            raise QueryError("PERSON_DOCUMENT")
        return self._entries.get((party.type, party.number), [])


def _entry(effect: pb.ListEffect) -> pb.StandingEntry:
    red = effect == pb.LIST_EFFECT_COMMENDS
    return pb.StandingEntry(
        list="fake-red-list" if red else "fake-list",
        effect=effect,
        title_en="fake red list" if red else "fake black list",
        title_zh="测试用红名单" if red else "测试用黑名单",
        authority="Fake Tax Bureau of Area 990000" if red else "Fake Court of Area 990000",
        legal_basis="Fake Rules, article 2",
        listing_reference="Lfakered" if red else "Lfake",
        starts_at=_SINCE,
        ends_with="the next grading" if red else "performance of the ruling",
        contest=decision_pb2.ContestRoute(
            body="Fake Court", address="Fake Road 1", deadline="at any time"
        ),
        explanation_en="A fake listing says so in tests.",
        explanation_zh="测试用名单记录。",
    )
