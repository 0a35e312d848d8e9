"""Commendations: what speaks for an organisation beside a decision.

Responsible for: the value type, reading it from a message, and wording it.
Not responsible for: the outcome, in which a commendation has no part (``partner_sdk.decision``).

Rule kept here: a commendation explains itself as a ground does, naming list, authority, basis, end and contest route;
one that does not is an error.
"""

from dataclasses import dataclass
from datetime import datetime

from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.parts import (
    ContestRoute,
    Language,
    read_contest,
    require,
    require_language,
    spell_end,
)
from partner_sdk.wire import parse_instant


@dataclass(frozen=True, slots=True)
class Commendation:
    """One listing of an organisation on a list that commends; it has no part in the outcome.

    Attributes:
        list_id: the list's identifier in the pack.
        authority: who listed the organisation.
        legal_basis: the basis of the list.
        listing_reference: opaque; the organisation can ask the authority about it.
        ends_at: when the listing ends by itself, aware UTC; None when no end is fixed.
        contest: how the listing is contested.
        explanation_en: what standing on the list means, in English words.
        explanation_zh: the same in Chinese words.
    """

    list_id: str
    authority: str
    legal_basis: str
    listing_reference: str
    ends_at: datetime | None
    contest: ContestRoute
    explanation_en: str
    explanation_zh: str

    def explain(self, language: Language = "en") -> str:
        """Return the commendation in one line of words, which says that it has no part in the outcome.

        Raises:
            ValueError: ``language`` is neither "en" nor "zh".
        """
        require_language(language)
        until, contest = spell_end(self.ends_at, "", language), self.contest
        if language == "zh":
            route = f"异议受理：{contest.body}，{contest.address}，期限：{contest.deadline}。"
            listed = f"列入机关：{self.authority}，编号：{self.listing_reference}，依据：{self.legal_basis}。"
            told = f"红名单（不影响本决定）：{self.explanation_zh}"
            return f"{told}{listed}期限：{until}。{route}"
        route = f"Contest: {contest.body}, {contest.address}, by: {contest.deadline}."
        listed = f"Listed by {self.authority} as {self.listing_reference}, on {self.legal_basis}."
        told = f"Commended, without effect on the outcome: {self.explanation_en}"
        return f"{told} {listed} Until: {until}. {route}"


def read_commendation(message: pb.Commendation) -> Commendation:
    """Return the typed value of a parsed ``message``.

    Raises:
        IncompleteDecisionError: something that a commendation must tell is missing.
    """
    require(message, "list", "authority", "legal_basis", "listing_reference")
    require(message, "explanation_en", "explanation_zh")
    return Commendation(
        list_id=message.list,
        authority=message.authority,
        legal_basis=message.legal_basis,
        listing_reference=message.listing_reference,
        ends_at=parse_instant(message, "ends_at") if message.HasField("ends_at") else None,
        contest=read_contest(message.contest),
        explanation_en=message.explanation_en,
        explanation_zh=message.explanation_zh,
    )
