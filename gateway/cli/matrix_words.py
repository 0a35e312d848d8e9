"""The words in which the tables of a pack are told: marks, conditions, terms, deadlines, parts of agencies.

Responsible for: short texts made from one row, in the language asked for where the tables hold two.
Not responsible for: which of them stand in which table (``matrix_views``, ``matrix_agencies``, ``matrix_lists``).
"""

from collections.abc import Iterable
from typing import Protocol

from sanctions_matrix.actions import ACTIONS, AMOUNT, spell
from sanctions_matrix.lists import AuthorityLevel, ListDefinition, ListEffect, Term
from sanctions_matrix.measures import AgencyRole, Effect, Involvement, Mark, Measure, Status
from sanctions_matrix.pack import Pack
from sanctions_matrix.rules import Rule

LANGUAGES = ("en", "zh")
NOTHING = "not established"
"""What is said where a table says nothing."""
_WHERE = ", needed where a rule turns on it"
"""What is said of an attribute that may be left out of some questions."""

MARKS = {
    Mark.VERIFIED: "the text itself was read",
    Mark.PRESS: "a press report or a third party's summary was read",
    Mark.PARALLEL: "a parallel instrument was read, this one was not",
    Mark.QUOTED: "another text quotes it",
    Mark.QUOTED_LOCAL: "a local authority's system quotes it",
    Mark.RECALLED: "general knowledge, unconfirmed",
    Mark.UNKNOWN: "not established at all",
}
MARKS_IN_SHORT = "; ".join(f"{mark}: {words}" for mark, words in MARKS.items()) + "."

EFFECTS = {
    Effect.RESTRICTS: "the answer is RESTRICTED",
    Effect.REFERS: "the answer is REFERRED: a person decides",
    Effect.NONE: "no effect on any answer",
}
STATUSES = {
    Status.SERVED: "the gateway answers for it",
    Status.HELD: "an agency enforces it itself; no private partner may ask",
    Status.DORMANT: "no effect until somebody supplies the text it rests on",
}


class Titled(Protocol):
    """A row with a title in both languages."""

    @property
    def title_en(self) -> str:
        """The title in English."""

    @property
    def title_zh(self) -> str:
        """The title in Chinese."""


class Explained(Protocol):
    """A row with an explanation in both languages."""

    @property
    def explanation_en(self) -> str:
        """The explanation in English."""

    @property
    def explanation_zh(self) -> str:
        """The explanation in Chinese."""


def title(row: Titled, language: str) -> str:
    """Return a title in one of ``LANGUAGES``."""
    return row.title_zh if language == "zh" else row.title_en


def explanation(row: Explained, language: str) -> str:
    """Return an explanation in one of ``LANGUAGES``."""
    return row.explanation_zh if language == "zh" else row.explanation_en


def marked(text: str, mark: Mark | None) -> str:
    """Return a text with its mark; an empty text has none."""
    return f"{text} ({mark})" if text and mark is not None else text


def listed(values: Iterable[object]) -> str:
    """Return values as one text, in their order."""
    return ", ".join(map(str, values))


def standing(measure: Measure) -> str:
    """Return what a measure does, or why it does nothing."""
    return measure.effect if measure.acts else measure.status


def effect_of(pack: Pack, rule: Rule) -> Effect:
    """Return what a rule does to an answer: the strongest of what its measures do under it."""
    effects = [pack.measures[key].effect.weaker(rule.effect) for key in rule.measures]
    return max(effects, key=lambda effect: effect.strength)


def condition(rule: Rule) -> str:
    """Return under which attributes a rule applies."""
    domains = ACTIONS[rule.action].domains
    parts = [
        f"{name} = {' or '.join(spell(value) for value in domains[name] if value in allowed)}"
        for name, allowed in rule.when.items()
    ]
    if rule.at_least_yuan is not None:
        parts.append(f"{AMOUNT} at least {rule.at_least_yuan}")
    return ", ".join(parts) or "always"


def vocabulary(action: str) -> str:
    """Return the roles and attributes of an action, each attribute with its values."""
    kind = ACTIONS[action]
    others = sorted(kind.roles - {kind.default_role})
    parts = [f"roles: {listed([kind.default_role, *others])}"]
    for name, domain in kind.domains.items():
        values = listed(spell(value) for value in domain if value is not None)
        parts.append(f"{name}{_WHERE if None in domain else ''}: {values}")
    if kind.takes_amount:
        parts.append(f"{AMOUNT}{_WHERE}: whole yuan")
    return "; ".join(parts)


def carrying(pack: Pack, measure_id: str) -> str:
    """Return the ids of the lists that carry a measure."""
    return listed(entry.id for entry in pack.lists.values() if measure_id in entry.measures)


def parts_of(pack: Pack, role: Involvement) -> dict[str, list[AgencyRole]]:
    """Return, for each measure's id, the agencies that have this part in it, in table order."""
    parts: dict[str, list[AgencyRole]] = {measure: [] for measure in pack.measures}
    for entry in pack.roles.values():
        if entry.role is role:
            parts[entry.measure].append(entry)
    return parts


def agencies_with_marks(entries: Iterable[AgencyRole]) -> str:
    """Return the ids of agencies, each with the mark of its part."""
    return listed(marked(entry.agency, entry.mark) for entry in entries)


def measures_with_marks(entries: Iterable[AgencyRole]) -> str:
    """Return the ids of measures, those of one mark of the agency's part together."""
    by_mark: dict[Mark, list[str]] = {}
    for entry in entries:
        by_mark.setdefault(entry.mark, []).append(entry.measure)
    return "; ".join(marked(listed(measures), mark) for mark, measures in by_mark.items())


def colour(definition: ListDefinition) -> str:
    """Return which of the two kinds of list this is."""
    commends = definition.effect is ListEffect.COMMENDS
    return "red list: commends" if commends else "black list: restricts"


def authority(level: AuthorityLevel) -> str:
    """Return which authorities may list."""
    asked = f"; its title has one of: {listed(level.names_one_of)}" * bool(level.names_one_of)
    barred = f"; its title has none of: {listed(level.names_none_of)}" * bool(level.names_none_of)
    return f"{level.id}{asked}{barred}"


def longest_term(term: Term | None) -> str:
    """Return a longest term in words."""
    if term is None:
        return "no fixed term"
    parts = [_counted(term.years, "year")] * (term.years > 0)
    return " and ".join(parts + [_counted(term.days, "day")] * (term.days > 0))


def longest_listing(definition: ListDefinition) -> str:
    """Return how long a listing may last, and on which grounds it has no fixed term where others do."""
    terms = [ground.max_term for ground in definition.grounds.values()]
    fixed = [term for term in terms if term is not None]
    if not fixed or len(fixed) == len(terms):
        return longest_term(definition.max_term)
    longest = longest_term(max(fixed, key=lambda term: (term.years, term.days)))
    lasting = listed(key for key, ground in definition.grounds.items() if ground.max_term is None)
    return f"{longest}; no fixed term on the ground {lasting}"


def deadline(days: int | None, kind: str) -> str:
    """Return a deadline of so many days of a kind, such as ``working``."""
    return NOTHING if days is None else _counted(days, f"{kind} day")


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" + "s" * (number != 1)
