"""Rows of a pack's tables, read into the domain's types.

Responsible for the shape of each row: which fields it has and of what type.
Not responsible for whether rows fit together (`pack_soundness`).
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar

from sanctions_matrix.actions import ACTIONS, Role
from sanctions_matrix.documents import PartyKind
from sanctions_matrix.listing import ContestRoute
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
from sanctions_matrix.rules import ActionEntry, Rule, Threshold
from sanctions_matrix.tables import Row, TableProblem, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sanctions_matrix.actions import AttributeValue

    Problems = list[TableProblem]
    Table = Mapping[str, object]

_UTC_OFFSET = re.compile(r"[+-](0\d|1[0-4]):00", re.ASCII)


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


Entry = TypeVar("Entry", bound=_Identified)


def read_agencies(table: Table, problems: Problems) -> dict[str, Agency]:
    """Read `agencies.toml`."""
    rows = read_rows("agencies.toml", table, "agency", problems)
    return _by_id("agencies.toml", (_agency(row) for row in rows), problems)


def read_measures(table: Table, problems: Problems) -> dict[str, Measure]:
    """Read `measures.toml`; a measure's bit is its place in the table."""
    rows = enumerate(read_rows("measures.toml", table, "measure", problems))
    return _by_id("measures.toml", (_measure(row, bit) for bit, row in rows), problems)


def read_roles(
    table: Table, measures: Iterable[str], agencies: Iterable[str], problems: Problems
) -> dict[tuple[str, str], AgencyRole]:
    """Read `roles.toml`: a role for every pair of a measure and an agency, by the ids of both.

    A pair without a row of its own has the role of the table's `default`.
    """
    given = table.get("default", {})
    row = Row("roles.toml", "default", given if isinstance(given, dict) else {}, problems)
    usual = (row.choice("role", Involvement), row.choice("mark", Mark), row.text("source"))
    row.close()
    roles = {
        (measure, agency): AgencyRole(measure, agency, *usual)
        for measure in measures
        for agency in agencies
    }
    stated: set[tuple[str, str]] = set()
    for row in read_rows("roles.toml", table, "role", problems):
        role = _agency_role(row)
        pair = (role.measure, role.agency)
        if pair not in roles:
            row.problem("measure", f"there is no measure {pair[0]!r} or no agency {pair[1]!r}")
        if pair in stated:
            row.problem("agency", "stands twice for this measure")
        stated.add(pair)
        roles[pair] = role
    return roles


def read_thresholds(table: Table, problems: Problems) -> list[Threshold]:
    """Read `thresholds.toml`."""
    return [_threshold(row) for row in read_rows("thresholds.toml", table, "threshold", problems)]


def read_authority_levels(table: Table, problems: Problems) -> dict[str, AuthorityLevel]:
    """Read the authority levels of `lists.toml`."""
    rows = read_rows("lists.toml", table, "authority_level", problems)
    return _by_id("lists.toml", (_authority_level(row) for row in rows), problems)


def read_lists(
    table: Table, levels: Mapping[str, AuthorityLevel], problems: Problems
) -> dict[str, ListDefinition]:
    """Read the lists of `lists.toml`."""
    rows = read_rows("lists.toml", table, "list", problems)
    return _by_id("lists.toml", (_list(row, levels, problems) for row in rows), problems)


def read_actions(table: Table, problems: Problems) -> dict[str, ActionEntry]:
    """Read `actions.toml`, by name."""
    entries: dict[str, ActionEntry] = {}
    for row in read_rows("actions.toml", table, "action", problems):
        name = row.text("name")
        if name in entries:
            row.problem("name", "stands twice")
        if name and name not in ACTIONS:
            row.problem("name", f"is not one of {', '.join(ACTIONS)}")
        entries[name] = ActionEntry(
            name=name, title_en=row.text("title_en"), title_zh=row.text("title_zh")
        )
    return entries


def read_rules(table: Table, problems: Problems) -> dict[str, Rule]:
    """Read `rules.toml`."""
    rows = read_rows("rules.toml", table, "rule", problems)
    return _by_id("rules.toml", (_rule(row) for row in rows), problems)


def _by_id(file: str, entries: Iterable[Entry], problems: Problems) -> dict[str, Entry]:
    by_id: dict[str, Entry] = {}
    for entry in entries:
        if entry.id in by_id:
            problems.append(TableProblem(file, entry.id, "id", "stands twice"))
        by_id[entry.id] = entry
    return by_id


def _agency(row: Row) -> Agency:
    return Agency(
        no=row.integer("no"),
        id=row.text("id"),
        name_en=row.text("name_en"),
        name_zh=row.text("name_zh"),
        successor=row.optional_text("successor"),
        mark=row.choice("mark", Mark),
        successor_mark=row.optional_choice("successor_mark", Mark),
        source=row.text("source"),
    )


def _agency_role(row: Row) -> AgencyRole:
    return AgencyRole(
        measure=row.text("measure"),
        agency=row.text("agency"),
        role=row.choice("role", Involvement),
        mark=row.choice("mark", Mark),
        source=row.text("source"),
    )


def _threshold(row: Row) -> Threshold:
    return Threshold(
        rule=row.text("rule"),
        at_least_yuan=row.integer("at_least_yuan"),
        instrument=row.text("instrument"),
        source=row.text("source"),
        mark=row.choice("mark", Mark),
        explanation_en=row.text("explanation_en"),
        explanation_zh=row.text("explanation_zh"),
    )


def _measure(row: Row, bit: int) -> Measure:
    return Measure(
        id=row.text("id"),
        category=row.text("category"),
        title_en=row.text("title_en"),
        title_zh=row.text("title_zh"),
        effect=row.choice("effect", Effect),
        status=row.choice("status", Status),
        targets=row.choices("targets", PartyKind),
        applies_to=row.text("applies_to"),
        legal_basis=row.text("legal_basis"),
        lead_agencies=row.text("lead_agencies"),
        mark=row.choice("mark", Mark),
        source=row.text("source"),
        basis_mark=row.choice("basis_mark", Mark),
        basis_source=row.text("basis_source"),
        explanation_en=row.text("explanation_en"),
        explanation_zh=row.text("explanation_zh"),
        bit=bit,
    )


def _authority_level(row: Row) -> AuthorityLevel:
    return AuthorityLevel(
        id=row.text("id"),
        names_one_of=tuple(word.casefold() for word in row.texts("names_one_of")),
        names_none_of=tuple(word.casefold() for word in row.texts("names_none_of")),
    )


def _list(row: Row, levels: Mapping[str, AuthorityLevel], problems: Problems) -> ListDefinition:
    level = row.text("authority_level")
    if level and level not in levels:
        row.problem("authority_level", f"is not one of {', '.join(levels)}")
    return ListDefinition(
        id=row.text("id"),
        title_en=row.text("title_en"),
        title_zh=row.text("title_zh"),
        effect=row.choice("effect", ListEffect),
        explanation_en=row.text("explanation_en"),
        explanation_zh=row.text("explanation_zh"),
        public=row.flag("public"),
        publication_source=row.text("publication_source"),
        publication_mark=row.choice("publication_mark", Mark),
        legal_basis=row.text("legal_basis"),
        authority_level=levels.get(level, AuthorityLevel(level, (), ())),
        grounds=_by_id("lists.toml", (_ground(ground) for ground in row.rows("ground")), problems),
        measures=frozenset(row.texts("measures")),
        kinds=row.choices("kinds", PartyKind),
        ends_with=row.text("ends_with"),
        notice_rule=row.text("notice_rule"),
        objection_working_days=row.optional_integer("objection_working_days"),
        objection_stays=row.has("objection_stays") and row.flag("objection_stays"),
        objection_stays_source=row.optional_text("objection_stays_source"),
        objection_stays_mark=row.optional_choice("objection_stays_mark", Mark),
        correction_rule=row.text("correction_rule"),
        correction_days=row.optional_integer("correction_days"),
        review_days=row.optional_integer("review_days"),
        removal_rule=row.text("removal_rule"),
        removal_working_days=row.optional_integer("removal_working_days"),
        contest_rule=row.text("contest_rule"),
        contest=_contest(row),
        minimum_age=row.optional_integer("minimum_age"),
        admits_responsible_persons=row.flag("admits_responsible_persons"),
        utc_offset=_utc_offset(row),
        mark=row.choice("mark", Mark),
        source=row.text("source"),
    )


def _utc_offset(row: Row) -> timedelta:
    text = row.text("utc_offset")
    if _UTC_OFFSET.fullmatch(text):
        return timedelta(hours=int(text[:3]))
    if text:
        row.problem("utc_offset", "must be whole hours, such as +08:00")
    return timedelta(0)


def _contest(row: Row) -> ContestRoute | None:
    if not row.has("contest"):
        return None
    route = row.part("contest")
    contest = ContestRoute(route.text("body"), route.text("address"), route.text("deadline"))
    route.close()
    return contest


def _ground(row: Row) -> ListingGround:
    until_performed = row.flag("until_performed")
    term = Term(row.optional_integer("term_years") or 0, row.optional_integer("term_days") or 0)
    if until_performed == (term != Term(0, 0)):
        row.problem("until_performed", "give either until_performed = true or a term")
    return ListingGround(
        id=row.text("id"),
        text_en=row.text("text_en"),
        text_zh=row.text("text_zh"),
        max_term=None if until_performed else term,
        mark=row.choice("mark", Mark),
        source=row.text("source"),
    )


def _rule(row: Row) -> Rule:
    action = row.text("action")
    known = ACTIONS.get(action)
    if action and known is None:
        row.problem("action", f"is not one of {', '.join(ACTIONS)}")
    every_role = frozenset(Role) if known is None else known.roles
    roles = row.choices("roles", Role) if row.has("roles") else every_role
    if not roles <= every_role:
        row.problem("roles", f"the action has the roles {', '.join(sorted(every_role))}")
    return Rule(
        id=row.text("id"),
        action=action,
        when=_when(row, {} if known is None else known.domains),
        roles=roles,
        measures=row.texts("measures"),
        effect=row.optional_choice("effect", Effect) or Effect.RESTRICTS,
        source=row.text("source"),
        mark=row.choice("mark", Mark),
        explanation_en=row.text("explanation_en"),
        explanation_zh=row.text("explanation_zh"),
    )


def _when(
    row: Row, domains: Mapping[str, tuple[AttributeValue, ...]]
) -> dict[str, frozenset[AttributeValue]]:
    conditions: dict[str, frozenset[AttributeValue]] = {}
    for attribute, given in row.mapping("when").items():
        domain = domains.get(attribute)
        if domain is None:
            row.problem(f"when.{attribute}", "is not an attribute of the action")
            continue
        conditions[attribute] = _allowed(row, attribute, given, domain)
    return conditions


def _allowed(
    row: Row, attribute: str, given: object, domain: tuple[AttributeValue, ...]
) -> frozenset[AttributeValue]:
    if not isinstance(given, list) or not given:
        row.problem(f"when.{attribute}", "must be a list of allowed values")
        return frozenset()
    allowed = []
    for value in given:
        member = [
            entry
            for entry in domain
            if entry == value and isinstance(entry, bool) == isinstance(value, bool)
        ]
        if not member:
            row.problem(f"when.{attribute}", f"{value!r} is not a value of the attribute")
        allowed += member
    return frozenset(allowed)
