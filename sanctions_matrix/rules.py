"""Rules: the rows that say which measure forbids which action.

Responsible for the value types of `rules.toml`, `actions.toml` and `thresholds.toml`.
Not responsible for reading them (`pack`) nor applying them (`evaluation`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sanctions_matrix.measures import Effect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sanctions_matrix.actions import AttributeValue, Role
    from sanctions_matrix.measures import Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionEntry:
    """An action a pack answers for; one it does not list is refused, never permitted."""

    name: str
    title_en: str
    title_zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row: under these attributes, in these roles, this action falls under these measures.

    `when` maps an attribute to its allowed values; an attribute it does not name may have any value.
    `effect` may weaken what the measures do (refers instead of restricts), never strengthen it.
    `at_least_yuan` is the amount from which the rule applies, None where no threshold was set;
    `source` is then the threshold's instrument, and `threshold_source` where that amount was read.
    """

    id: str
    action: str
    when: Mapping[str, frozenset[AttributeValue]]
    roles: frozenset[Role]
    measures: tuple[str, ...]
    effect: Effect
    source: str
    mark: Mark
    explanation_en: str
    explanation_zh: str
    at_least_yuan: int | None = None
    threshold_source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """An operator's amount, in whole yuan, with the instrument it rests on.

    It turns a rule that refers for want of an amount into one that restricts from this amount on.
    """

    rule: str
    at_least_yuan: int
    instrument: str
    source: str
    mark: Mark
    explanation_en: str
    explanation_zh: str

    def applied_to(self, rule: Rule) -> Rule:
        """Return the rule as it reads under the threshold."""
        return replace(
            rule,
            effect=Effect.RESTRICTS,
            at_least_yuan=self.at_least_yuan,
            source=self.instrument,
            threshold_source=self.source,
            mark=self.mark,
            explanation_en=self.explanation_en,
            explanation_zh=self.explanation_zh,
        )
