"""Verdicts: the outcome of an evaluation and the grounds that explain it.

Responsible for the value types.
Not responsible for reaching a verdict (`evaluation`, and `evaluation_naive` as its second reader).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from sanctions_matrix.measures import Effect

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sanctions_matrix.listing import ContestRoute
    from sanctions_matrix.lists import ListDefinition
    from sanctions_matrix.measures import Measure
    from sanctions_matrix.rules import Rule


class Outcome(Enum):
    """The three answers, RESTRICTED before REFERRED before PERMITTED."""

    PERMITTED = "permitted"
    RESTRICTED = "restricted"
    REFERRED = "referred"


class MissingAttributeError(ValueError):
    """A rule turns on an attribute that the action does not give."""

    def __init__(self, attribute: str) -> None:
        """Keep the attribute's name."""
        self.attribute = attribute
        super().__init__(f"attribute {attribute!r} is needed to answer; give it")


class RoleError(ValueError):
    """The role is not one that the action has."""


class UnknownMeasureError(LookupError):
    """A measure id that the pack does not have."""


class UnknownListError(LookupError):
    """A listing stands on a list that the pack does not have; no answer is safe."""


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason for a verdict: a listing, the measure it imposes, and the rule that ties it to the action.

    `ends_at` is an aware UTC instant, None while no end is fixed.
    """

    measure: Measure
    list: ListDefinition
    rule: Rule
    authority: str
    reference: str
    ends_at: datetime | None
    contest: ContestRoute

    @property
    def rule_id(self) -> str:
        """The rule's id in `rules.toml`."""
        return self.rule.id

    @property
    def rule_source(self) -> str:
        """The instrument and article the rule rests on."""
        return self.rule.source

    @property
    def effect(self) -> Effect:
        """What this ground does to the answer: the weaker of the measure's and the rule's effect."""
        return self.measure.effect.weaker(self.rule.effect)

    @property
    def order(self) -> tuple[int, str, str, str, str, str, str, str]:
        """The place of a ground among others; two grounds of one place are the same ground."""
        until = "" if self.ends_at is None else self.ends_at.isoformat()
        route = (self.contest.body, self.contest.address, self.contest.deadline)
        return (self.measure.bit, self.list.id, self.reference, self.authority, until, *route)


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome with every ground, in a fixed order; PERMITTED has none."""

    outcome: Outcome
    grounds: tuple[Ground, ...] = ()


NOTHING_FOUND = Verdict(Outcome.PERMITTED)


def verdict_of(grounds: Iterable[Ground]) -> Verdict:
    """Return the verdict that a set of grounds makes: each once, in order, the strongest effect deciding."""
    distinct = {ground.order: ground for ground in grounds}
    ordered = tuple(distinct[place] for place in sorted(distinct))
    if not ordered:
        return NOTHING_FOUND
    restricts = any(ground.effect is Effect.RESTRICTS for ground in ordered)
    return Verdict(Outcome.RESTRICTED if restricts else Outcome.REFERRED, ordered)
