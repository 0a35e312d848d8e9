"""Rules: the rows that say which measure forbids which action.

Responsible for the value types of `rules.toml` and `actions.toml`.
Not responsible for reading them (`pack`) nor applying them (`evaluation`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sanctions_matrix.actions import AttributeValue, Role
    from sanctions_matrix.measures import Effect, Mark


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
