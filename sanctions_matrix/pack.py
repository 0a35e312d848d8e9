"""Policy packs: lists, measures, agencies, actions and rules as one versioned set of tables.

Responsible for reading a pack from the text of its tables and refusing one that is not sound.
Not responsible for where the text comes from, nor for applying the rules (`evaluation`).

Rules kept here:
a row that lacks its basis, authority, contest rule or mark does not load;
only what was verified, or read in a press report, may restrict anybody;
only a served measure has an effect; every problem is reported, with file, row and field.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sanctions_matrix.lists import AuthorityLevel, ListDefinition, ListEffect, ListingGround, Term
from sanctions_matrix.measures import (
    Agency,
    AgencyRole,
    Effect,
    Involvement,
    Mark,
    Measure,
    Status,
)
from sanctions_matrix.pack_rows import (
    read_actions,
    read_agencies,
    read_authority_levels,
    read_lists,
    read_measures,
    read_roles,
    read_rules,
    read_thresholds,
)
from sanctions_matrix.pack_soundness import soundness_problems, threshold_problems
from sanctions_matrix.rules import ActionEntry, Rule, Threshold
from sanctions_matrix.tables import Row, TableProblem, read_table, refuse_other_kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "OPTIONAL_FILES",
    "TABLE_FILES",
    "ActionEntry",
    "Agency",
    "AgencyRole",
    "AuthorityLevel",
    "Effect",
    "Involvement",
    "ListDefinition",
    "ListEffect",
    "ListingGround",
    "Mark",
    "Measure",
    "Pack",
    "PackError",
    "Rule",
    "Status",
    "TableProblem",
    "Term",
    "Threshold",
    "parse_pack",
]

TABLE_FILES = (
    "pack.toml",
    "agencies.toml",
    "measures.toml",
    "roles.toml",
    "lists.toml",
    "actions.toml",
    "rules.toml",
)
"""The files a pack consists of."""

OPTIONAL_FILES = ("thresholds.toml",)
"""The files a pack may have beside them: an operator's amounts, each with its instrument."""

_KINDS = {
    "pack.toml": ("pack",),
    "agencies.toml": ("agency",),
    "measures.toml": ("measure",),
    "roles.toml": ("default", "role"),
    "lists.toml": ("authority_level", "list"),
    "actions.toml": ("action",),
    "rules.toml": ("rule",),
    "thresholds.toml": ("threshold",),
}


class PackError(ValueError):
    """A pack that is not sound, with every problem found."""

    def __init__(self, problems: tuple[TableProblem, ...]) -> None:
        """Keep the problems in the order found."""
        self.problems = problems
        super().__init__("; ".join(problem.sentence() for problem in problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A sound pack; every mapping is by id and in table order.

    `roles` holds every pair of a measure's and an agency's id.
    `rules` are as the thresholds, if any, leave them.
    `digest` is the SHA-256, in hexadecimal, of the content of all tables in one canonical form:
    comments and layout do not change it, any value does.
    """

    id: str
    version: str
    title_en: str
    title_zh: str
    description: str
    digest: str
    agencies: Mapping[str, Agency]
    measures: Mapping[str, Measure]
    roles: Mapping[tuple[str, str], AgencyRole]
    lists: Mapping[str, ListDefinition]
    actions: Mapping[str, ActionEntry]
    rules: Mapping[str, Rule]

    def thresholds(self, action: str) -> tuple[int, ...]:
        """Return the amounts, in whole yuan and ascending, from which rules for an action apply."""
        amounts = {rule.at_least_yuan for rule in self.rules.values() if rule.action == action}
        return tuple(sorted(amount for amount in amounts if amount is not None))


def parse_pack(tables: Mapping[str, str]) -> Pack:
    """Read a pack from its tables: file name to TOML text.

    Raises:
        PackError: with every problem of every table.
    """
    problems = [
        TableProblem(file, "", "", "is not a table of a pack")
        for file in tables
        if file not in _KINDS
    ]
    problems += [
        TableProblem(file, "", "", "is missing") for file in TABLE_FILES if file not in tables
    ]
    files = [*TABLE_FILES, *(file for file in OPTIONAL_FILES if file in tables)]
    content = {file: read_table(file, tables.get(file, ""), problems) for file in files}
    for file, table in content.items():
        refuse_other_kinds(file, table, _KINDS[file], problems)
    pack = _read(content, problems)
    thresholds = read_thresholds(content.get("thresholds.toml", {}), problems)
    if not problems:
        problems += soundness_problems(
            measures=pack.measures,
            roles=pack.roles,
            lists=pack.lists,
            actions=pack.actions,
            rules=pack.rules,
        )
        problems += threshold_problems(thresholds, pack.rules)
    if problems:
        raise PackError(tuple(problems))
    return _under(thresholds, pack)


def _under(thresholds: Iterable[Threshold], pack: Pack) -> Pack:
    """Return the pack with each threshold applied to its rule."""
    amended = {
        threshold.rule: threshold.applied_to(pack.rules[threshold.rule]) for threshold in thresholds
    }
    return replace(pack, rules={**pack.rules, **amended}) if amended else pack


def _read(content: Mapping[str, Mapping[str, object]], problems: list[TableProblem]) -> Pack:
    head = content["pack.toml"].get("pack", {})
    row = Row("pack.toml", "pack", head if isinstance(head, dict) else {}, problems)
    levels = read_authority_levels(content["lists.toml"], problems)
    agencies = read_agencies(content["agencies.toml"], problems)
    measures = read_measures(content["measures.toml"], problems)
    pack = Pack(
        id=row.text("id"),
        version=row.text("version"),
        title_en=row.text("title_en"),
        title_zh=row.text("title_zh"),
        description=row.text("description"),
        digest=_digest(content),
        agencies=agencies,
        measures=measures,
        roles=read_roles(content["roles.toml"], measures, agencies, problems),
        lists=read_lists(content["lists.toml"], levels, problems),
        actions=read_actions(content["actions.toml"], problems),
        rules=read_rules(content["rules.toml"], problems),
    )
    row.close()
    return pack


def _digest(content: Mapping[str, Mapping[str, object]]) -> str:
    canonical = json.dumps(
        content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str
    )
    return hashlib.sha256(canonical.encode()).hexdigest()
