"""What ``jointgate matrix show`` tells of measures, actions and rules: rows of texts made from a pack.

Responsible for: which facts of a measure, an action or a rule stand in which column.
Not responsible for: agencies and lists (``matrix_agencies``, ``matrix_lists``), nor printing (``tabular``).

Rule kept here: every row shows its instrument and its mark.
"""

from collections.abc import Iterable, Iterator

from gateway.cli.matrix_words import (
    MARKS_IN_SHORT,
    NOTHING,
    agencies_with_marks,
    carrying,
    condition,
    effect_of,
    explanation,
    listed,
    marked,
    parts_of,
    standing,
    title,
    vocabulary,
)
from gateway.cli.tabular import Sheet, View
from sanctions_matrix.measures import AgencyRole, Involvement, Measure
from sanctions_matrix.pack import Pack
from sanctions_matrix.rules import Rule

RECORD = ("field", "value")
"""The columns of a view of one row."""

Records = Iterator[tuple[str, str]]


def measures_view(pack: Pack, language: str) -> View:
    """Every measure: what it does, on which basis, who leads it and which lists carry it."""
    leads = parts_of(pack, Involvement.LEADS)
    measures = pack.measures.values()
    return View(
        f"{pack.id} {pack.version}, digest {pack.digest}",
        (
            "measure",
            "category",
            "title",
            "effect",
            "status",
            "targets",
            "legal basis",
            "basis mark",
            "lead agencies",
            "mark",
            "lists",
        ),
        tuple(
            (
                measure.id,
                measure.category,
                title(measure, language),
                measure.effect,
                measure.status,
                listed(sorted(measure.targets)),
                measure.legal_basis,
                measure.basis_mark,
                agencies_with_marks(leads[measure.id]),
                measure.mark,
                carrying(pack, measure.id),
            )
            for measure in measures
        ),
        drawn=Sheet(
            ("measure", "title", "effect", "basis, with its mark", "mark"),
            tuple(
                (
                    measure.id,
                    title(measure, language),
                    standing(measure),
                    marked(measure.legal_basis, measure.basis_mark),
                    measure.mark,
                )
                for measure in measures
            ),
        ),
        notes=("held and dormant measures have no effect on any answer.", MARKS_IN_SHORT),
    )


def measure_view(pack: Pack, measure_id: str, language: str) -> View:
    """One measure in full, with its rules and the part of each agency."""
    measure = pack.measures[measure_id]
    rows = (*_measure_rows(pack, measure, language), *_rules_of(pack, measure, language))
    return View(
        f"{pack.id}: measure {measure.id}",
        RECORD,
        (*rows, *_parts(pack, measure)),
        notes=(MARKS_IN_SHORT,),
    )


def action_view(pack: Pack, name: str, language: str) -> View:
    """The rules for one action."""
    entry = pack.actions[name]
    return _rules_view(
        pack,
        f"{pack.id}: {name}, {title(entry, language)}",
        [rule for rule in pack.rules.values() if rule.action == name],
        language,
        f"{name} has {vocabulary(name)}.",
    )


def actions_view(pack: Pack, language: str) -> View:
    """The rules for every action."""
    heading = f"{pack.id}: every action"
    return _rules_view(pack, heading, list(pack.rules.values()), language)


def rule_view(pack: Pack, rule_id: str, language: str) -> View:
    """One rule in full."""
    view = _rules_view(pack, f"{pack.id}: rule {rule_id}", [pack.rules[rule_id]], language)
    return View(view.title, RECORD, tuple(zip(view.columns, view.rows[0], strict=True)))


def _rules_view(
    pack: Pack, heading: str, rules: list[Rule], language: str, *sentences: str
) -> View:
    measures = {rule.id: [pack.measures[key] for key in rule.measures] for rule in rules}
    columns = (
        "rule",
        "action",
        "when",
        "roles",
        "effect",
        "measures",
        "measure titles",
        "source",
        "mark",
        "explanation",
    )
    rows = tuple(
        (
            rule.id,
            rule.action,
            condition(rule),
            listed(sorted(rule.roles)),
            effect_of(pack, rule),
            listed(rule.measures),
            "; ".join(title(measure, language) for measure in measures[rule.id]),
            rule.source,
            rule.mark,
            explanation(rule, language),
        )
        for rule in rules
    )
    return View(
        heading,
        columns,
        rows,
        drawn=Sheet(columns, rows, cards=True),
        notes=(*sentences, "What no rule names is not restricted.", MARKS_IN_SHORT),
    )


def _measure_rows(pack: Pack, measure: Measure, language: str) -> Records:
    other = "en" if language == "zh" else "zh"
    yield "measure", measure.id
    yield "category", measure.category
    yield "title", title(measure, language)
    yield f"title ({other})", title(measure, other)
    yield "effect", measure.effect
    yield "status", measure.status
    yield "targets", listed(sorted(measure.targets)) or NOTHING
    yield "applies to, as written", measure.applies_to
    yield "legal basis", measure.legal_basis
    yield "basis mark", measure.basis_mark
    yield "basis source", measure.basis_source
    yield "mark", measure.mark
    yield "source", measure.source
    yield "explanation", explanation(measure, language)
    yield f"explanation ({other})", explanation(measure, other)
    yield "lists", carrying(pack, measure.id)


def _rules_of(pack: Pack, measure: Measure, language: str) -> Records:
    for rule in pack.rules.values():
        if measure.id in rule.measures:
            effect = measure.effect.weaker(rule.effect)
            question = f"{rule.action}, {condition(rule)}, {listed(sorted(rule.roles))}"
            instrument = marked(rule.source, rule.mark)
            words = f"{question}: {effect}; {instrument}. {explanation(rule, language)}"
            yield f"rule {rule.id}", words


def _parts(pack: Pack, measure: Measure) -> Records:
    """Yield the part of each agency, those that have none together."""
    yield "lead agencies, as written", measure.lead_agencies
    entries = [pack.roles[measure.id, agency] for agency in pack.agencies]
    for entry in entries:
        if entry.role is not Involvement.NONE:
            yield f"agency {entry.agency}", part_in_words(entry)
    yield from nothing_known(entries, "other agencies")


def part_in_words(entry: AgencyRole) -> str:
    """Return the part of an agency in a measure with its mark and source."""
    return f"{marked(entry.role, entry.mark)}; {entry.source}"


def nothing_known(entries: Iterable[AgencyRole], label: str) -> Records:
    """Yield how many agencies or measures have no part, for each mark and source of that."""
    counts: dict[tuple[str, str], int] = {}
    for entry in entries:
        if entry.role is Involvement.NONE:
            key = (entry.mark, entry.source)
            counts[key] = counts.get(key, 0) + 1
    for (mark, source), count in counts.items():
        yield label, f"{count}: none ({mark}); {source}"
