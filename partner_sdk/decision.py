"""Decisions as typed values, and how they read in words.

Responsible for: the value types that a verified decision consists of, reading them from a message, and wording them.
Not responsible for: signatures, audiences and terms (``partner_sdk.verification``).

Rules kept here:

- Doubt is never a value: an unknown outcome, an incomplete ground or an outcome that
  does not follow from its grounds is an error.
- Every outcome explains itself: which measure, which list, which authority, until when, how to contest.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.commendation import Commendation, read_commendation
from partner_sdk.errors import (
    ContradictoryDecisionError,
    UnknownOutcomeError,
)
from partner_sdk.parts import (
    ContestRoute,
    Language,
    PackVersion,
    SnapshotVersion,
    read_contest,
    read_pack,
    read_snapshot,
    require,
    require_digest,
    require_language,
    spell_end,
)
from partner_sdk.wire import parse_instant


class Outcome(StrEnum):
    """What was decided."""

    PERMITTED = "PERMITTED"
    RESTRICTED = "RESTRICTED"
    REFERRED = "REFERRED"


class Effect(StrEnum):
    """What one ground does to the outcome."""

    RESTRICTS = "RESTRICTS"
    REFERS = "REFERS"


_OUTCOMES = {
    pb.OUTCOME_PERMITTED: Outcome.PERMITTED,
    pb.OUTCOME_RESTRICTED: Outcome.RESTRICTED,
    pb.OUTCOME_REFERRED: Outcome.REFERRED,
}
_EFFECTS = {pb.EFFECT_RESTRICTS: Effect.RESTRICTS, pb.EFFECT_REFERS: Effect.REFERS}


@dataclass(frozen=True, slots=True)
class Ground:
    """Why an answer is not PERMITTED: one measure of one listing.

    Attributes:
        measure: the measure's identifier in the pack.
        effect: whether it restricts or refers.
        list_id: the list's identifier in the pack.
        authority: who listed the party.
        legal_basis: the basis of the measure and the rule that applied it.
        listing_reference: opaque; the party can ask the authority about it.
        ends_at: when the listing ends by itself, aware UTC; None when it ends otherwise.
        ends_with: what ends the listing, in words; may be empty when ``ends_at`` is set.
        contest: how the party contests it.
        explanation_en: the ground in English words.
        explanation_zh: the ground in Chinese words.
    """

    measure: str
    effect: Effect
    list_id: str
    authority: str
    legal_basis: str
    listing_reference: str
    ends_at: datetime | None
    ends_with: str
    contest: ContestRoute
    explanation_en: str
    explanation_zh: str

    def explain(self, language: Language = "en") -> str:
        """Return the ground in one line of words: why, by whom, on which basis, until when, how to contest it.

        Raises:
            ValueError: ``language`` is neither "en" nor "zh".
        """
        require_language(language)
        until = spell_end(self.ends_at, self.ends_with, language)
        contest = self.contest
        if language == "zh":
            route = f"异议受理：{contest.body}，{contest.address}，期限：{contest.deadline}。"
            listed = f"列入机关：{self.authority}，编号：{self.listing_reference}，依据：{self.legal_basis}。"
            return f"{self.explanation_zh}{listed}期限：{until}。{route}"
        route = f"Contest: {contest.body}, {contest.address}, by: {contest.deadline}."
        listed = f"Listed by {self.authority} as {self.listing_reference}, on {self.legal_basis}."
        return f"{self.explanation_en} {listed} Until: {until}. {route}"


@dataclass(frozen=True, slots=True)
class Decision:
    """A gateway's answer to one question; instants are aware UTC.

    Attributes:
        issuer: the gateway.
        audience: the partner that asked.
        query_digest: SHA-256 of the question's bytes.
        outcome: what was decided.
        grounds: every ground there is; empty exactly when PERMITTED.
        pack: the policy pack by which was decided.
        snapshot: the snapshot on which was decided.
        evaluated_at: the instant for which was decided.
        expires_at: from this instant on it must not be relied on.
        commendations: the red lists on which an organisation stands; they have no part in the outcome.
    """

    issuer: str
    audience: str
    query_digest: bytes
    outcome: Outcome
    grounds: tuple[Ground, ...]
    pack: PackVersion
    snapshot: SnapshotVersion
    evaluated_at: datetime
    expires_at: datetime
    commendations: tuple[Commendation, ...] = ()

    def has_expired(self, at: datetime) -> bool:
        """Tell whether the decision must no longer be relied on at ``at`` (aware)."""
        return at >= self.expires_at

    def heading(self, language: Language = "en") -> str:
        """Return the outcome in one line of words.

        Raises:
            ValueError: ``language`` is neither "en" nor "zh".
        """
        require_language(language)
        return _HEADINGS[language][self.outcome]

    def explain(self, language: Language = "en") -> str:
        """Return the outcome, every ground and every commendation in words, one line each.

        Raises:
            ValueError: ``language`` is neither "en" nor "zh".
        """
        told = [ground.explain(language) for ground in self.grounds]
        told += [commendation.explain(language) for commendation in self.commendations]
        return "\n".join([self.heading(language), *(f"- {line}" for line in told)])


_HEADINGS: dict[Language, dict[Outcome, str]] = {
    "en": {
        Outcome.PERMITTED: "Permitted: no listing in force forbids this.",
        Outcome.RESTRICTED: "Restricted: a listing in force forbids this.",
        Outcome.REFERRED: "Referred: a listing in force asks that a person decides.",
    },
    "zh": {
        Outcome.PERMITTED: "准许：没有生效的名单记录禁止此行为。",
        Outcome.RESTRICTED: "限制：生效的名单记录禁止此行为。",
        Outcome.REFERRED: "转人工：生效的名单记录要求由人员作出决定。",
    },
}


def read_decision(message: pb.Decision) -> Decision:
    """Return the typed value of a parsed ``message``.

    Raises:
        UnknownOutcomeError: the outcome or an effect is none that is known.
        IncompleteDecisionError: something that a decision must tell is missing.
        ContradictoryDecisionError: the outcome does not follow from the grounds.
    """
    outcome = _OUTCOMES.get(message.outcome)
    if outcome is None:
        problem = f"unknown outcome {int(message.outcome)}"
        raise UnknownOutcomeError(problem)
    require(message, "issuer", "audience")
    require_digest(message, "query_digest")
    decision = Decision(
        issuer=message.issuer,
        audience=message.audience,
        query_digest=message.query_digest,
        outcome=outcome,
        grounds=tuple(_read_ground(ground) for ground in message.grounds),
        pack=read_pack(message.pack),
        snapshot=read_snapshot(message.snapshot),
        evaluated_at=parse_instant(message, "evaluated_at"),
        expires_at=parse_instant(message, "expires_at"),
        commendations=tuple(read_commendation(one) for one in message.commendations),
    )
    _refuse_contradiction(decision)
    return decision


def _read_ground(message: pb.Ground) -> Ground:
    effect = _EFFECTS.get(message.effect)
    if effect is None:
        problem = f"unknown effect {int(message.effect)}"
        raise UnknownOutcomeError(problem)
    require(message, "measure", "list", "authority", "legal_basis", "listing_reference")
    require(message, "explanation_en", "explanation_zh")
    ends_at = parse_instant(message, "ends_at") if message.HasField("ends_at") else None
    if ends_at is None:
        require(message, "ends_with")
    return Ground(
        measure=message.measure,
        effect=effect,
        list_id=message.list,
        authority=message.authority,
        legal_basis=message.legal_basis,
        listing_reference=message.listing_reference,
        ends_at=ends_at,
        ends_with=message.ends_with,
        contest=read_contest(message.contest),
        explanation_en=message.explanation_en,
        explanation_zh=message.explanation_zh,
    )


def _refuse_contradiction(decision: Decision) -> None:
    effects = {ground.effect for ground in decision.grounds}
    expected = Outcome.PERMITTED if not effects else Outcome.REFERRED
    if Effect.RESTRICTS in effects:
        expected = Outcome.RESTRICTED
    if decision.outcome is not expected:
        problem = f"the outcome {decision.outcome} does not follow from its grounds"
        raise ContradictoryDecisionError(problem)
    if decision.expires_at <= decision.evaluated_at:
        problem = "the decision expires before it was made"
        raise ContradictoryDecisionError(problem)
