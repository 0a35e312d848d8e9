"""Verdicts: the outcome of an evaluation, the grounds that explain it, and the commendations beside it.

Responsible for the value types.
Not responsible for reaching a verdict (`evaluation`, and `evaluation_naive` as its second reader).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

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
class Commendation:
    """An organisation's place on a red list: told beside the outcome, and without any effect on it.

    `ends_at` is an aware UTC instant, None while no end is fixed.
    """

    list: ListDefinition
    authority: str
    reference: str
    ends_at: datetime | None
    contest: ContestRoute

    @property
    def order(self) -> tuple[str, str, str, str, str, str, str]:
        """The place of a commendation among others; two of one place are the same commendation."""
        until = "" if self.ends_at is None else self.ends_at.isoformat()
        route = (self.contest.body, self.contest.address, self.contest.deadline)
        return (self.list.id, self.reference, self.authority, until, *route)


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome with every ground, in a fixed order; PERMITTED has none.

    `commendations` say on which red lists an organisation stands; a natural person never has any.
    """

    outcome: Outcome
    grounds: tuple[Ground, ...] = ()
    commendations: tuple[Commendation, ...] = ()


NOTHING_FOUND = Verdict(Outcome.PERMITTED)

_Told = TypeVar("_Told", Ground, Commendation)


def verdict_of(grounds: Iterable[Ground], commendations: Iterable[Commendation] = ()) -> Verdict:
    """Return the verdict that a set of grounds makes: each once, in order, the strongest effect deciding."""
    ordered, commending = _in_order(grounds), _in_order(commendations)
    effects = {ground.effect for ground in ordered}
    if Effect.RESTRICTS in effects:
        return Verdict(Outcome.RESTRICTED, ordered, commending)
    return Verdict(Outcome.REFERRED if ordered else Outcome.PERMITTED, ordered, commending)


def _in_order(told: Iterable[_Told]) -> tuple[_Told, ...]:
    distinct = {entry.order: entry for entry in told}
    return tuple(distinct[place] for place in sorted(distinct))
