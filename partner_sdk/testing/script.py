"""What a fake gateway answers: PERMITTED, unless a document was scripted otherwise.

Responsible for: the scripted outcomes, and the grounds and commendations that go with them.
Not responsible for: rules; nothing here evaluates a policy pack.
"""

from dataclasses import dataclass

from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.actions import Action
from partner_sdk.documents import Document
from partner_sdk.wire_actions import field_name


@dataclass(frozen=True, slots=True)
class _Entry:
    action: str | None
    ground: pb.Ground | None
    reason: str = ""


class Script:
    """Outcomes by document; the last entry that fits an action wins."""

    def __init__(self) -> None:
        """Begin with every document permitted."""
        self._entries: dict[tuple[str, str], list[_Entry]] = {}
        self._commended: set[tuple[str, str]] = set()

    def restrict(self, document: Document, action: type[Action] | None = None) -> None:
        """Answer RESTRICTED for ``document``, for one action or for all."""
        self._add(document, _Entry(_name(action), _ground(pb.EFFECT_RESTRICTS)))

    def refer(self, document: Document, action: type[Action] | None = None) -> None:
        """Answer REFERRED for ``document``, for one action or for all."""
        self._add(document, _Entry(_name(action), _ground(pb.EFFECT_REFERS)))

    def permit(self, document: Document, action: type[Action] | None = None) -> None:
        """Answer PERMITTED for ``document`` again, for one action or for all."""
        self._add(document, _Entry(_name(action), None))

    def commend(self, document: Document) -> None:
        """Tell a commendation with every answer about ``document``, whatever its outcome."""
        self._commended.add((document.type, document.number))

    def refuse(self, document: Document, reason: str) -> None:
        """Refuse every question about ``document`` with ``reason``."""
        self._add(document, _Entry(None, None, reason))

    def ground_for(self, document: pb.Document, action: str) -> pb.Ground | None:
        """Return the ground that stands against ``action``, or None when nothing does."""
        entry = self._find(document, action)
        return entry.ground if entry is not None else None

    def commendations_for(self, document: pb.Document) -> list[pb.Commendation]:
        """Return what speaks for the party."""
        return [_commendation()] if (document.type, document.number) in self._commended else []

    def refusal_for(self, document: pb.Document, action: str) -> str:
        """Return the reason with which the question is refused, or an empty text."""
        entry = self._find(document, action)
        return entry.reason if entry is not None else ""

    def _add(self, document: Document, entry: _Entry) -> None:
        self._entries.setdefault((document.type, document.number), []).append(entry)

    def _find(self, document: pb.Document, action: str) -> _Entry | None:
        entries = self._entries.get((document.type, document.number), [])
        return next((entry for entry in reversed(entries) if entry.action in (None, action)), None)


def _name(action: type[Action] | None) -> str | None:
    """Return the name that the action's field has on the wire: ``air.travel`` is ``air_travel``."""
    return None if action is None else field_name(action)


def _ground(effect: pb.Effect) -> pb.Ground:
    return pb.Ground(
        measure="38",
        effect=effect,
        list="fake-list",
        authority="Fake Court of Area 990000",
        legal_basis="Fake Rules, article 1",
        listing_reference="Lfake",
        ends_with="performance of the ruling",
        contest=pb.ContestRoute(body="Fake Court", address="Fake Road 1", deadline="at any time"),
        explanation_en="A fake listing forbids this in tests.",
        explanation_zh="测试用名单记录。",
    )


def _commendation() -> pb.Commendation:
    return pb.Commendation(
        list="fake-red-list",
        authority="Fake Tax Bureau of Area 990000",
        legal_basis="Fake Rules, article 2",
        listing_reference="Cfake",
        contest=pb.ContestRoute(body="Fake Bureau", address="Fake Road 2", deadline="at any time"),
        explanation_en="A fake listing commends this organisation in tests.",
        explanation_zh="测试用红名单记录。",
    )
