"""What ``jointgate matrix`` shows: rows of texts made from a pack.

Responsible for: which facts of a measure, action, agency or list stand in which column.
Not responsible for: printing them (``gateway.cli.tabular``).
"""

from collections.abc import Iterable, Iterator

from gateway.cli.tabular import View
from sanctions_matrix.actions import spell
from sanctions_matrix.cells import CellDifference
from sanctions_matrix.pack import Agency, ListDefinition, ListingGround, Measure, Pack, Rule

_RECORD = ("field", "value")


def measures_view(pack: Pack) -> View:
    """Every measure, with what it does and which lists carry it."""
    columns = ("measure", "title", "effect", "status", "mark", "basis mark", "lists")
    rows = tuple(
        (
            measure.id,
            measure.title_en,
            measure.effect,
            measure.status,
            measure.mark,
            measure.basis_mark,
            ", ".join(_carrying(pack, measure)),
        )
        for measure in pack.measures.values()
    )
    return View(f"{pack.id} {pack.version}, digest {pack.digest}", columns, rows)


def measure_view(pack: Pack, measure_id: str) -> View:
    """One measure in full."""
    measure = pack.measures[measure_id]
    rows = [
        ("measure", measure.id),
        ("category", measure.category),
        ("title", measure.title_en),
        ("title (zh)", measure.title_zh),
        ("effect", measure.effect),
        ("status", measure.status),
        ("targets", ", ".join(sorted(measure.targets))),
        ("applies to", measure.applies_to),
        ("legal basis", measure.legal_basis),
        ("basis mark", measure.basis_mark),
        ("basis source", measure.basis_source),
        ("lead agencies", measure.lead_agencies),
        ("mark", measure.mark),
        ("source", measure.source),
        ("explanation", measure.explanation_en),
        ("explanation (zh)", measure.explanation_zh),
        ("lists", ", ".join(_carrying(pack, measure))),
    ]
    rules = [rule for rule in pack.rules.values() if measure_id in rule.measures]
    rows += [(f"rule {rule.id}", _rule_in_words(rule)) for rule in rules]
    return View(f"{pack.id}: measure {measure.id}", _RECORD, tuple(rows))


def action_view(pack: Pack, name: str) -> View:
    """The rules for one action."""
    columns = ("rule", "when", "roles", "measures", "effect", "source", "mark", "explanation")
    rows = tuple(
        (
            rule.id,
            _condition(rule),
            ", ".join(sorted(rule.roles)),
            ", ".join(rule.measures),
            ", ".join(pack.measures[key].effect.weaker(rule.effect) for key in rule.measures),
            rule.source,
            rule.mark,
            rule.explanation_en,
        )
        for rule in pack.rules.values()
        if rule.action == name
    )
    return View(f"{pack.id}: {name}, {pack.actions[name].title_en}", columns, rows)


def agencies_view(pack: Pack) -> View:
    """Every agency."""
    columns = ("no", "id", "name", "name (zh)", "successor", "mark", "successor mark")
    rows = tuple(
        (
            str(agency.no),
            agency.id,
            agency.name_en,
            agency.name_zh,
            agency.successor,
            agency.mark,
            agency.successor_mark or "",
        )
        for agency in pack.agencies.values()
    )
    return View(f"{pack.id}: agencies", columns, rows)


def agency_view(agency: Agency) -> View:
    """One agency."""
    rows = (
        ("no", str(agency.no)),
        ("id", agency.id),
        ("name", agency.name_en),
        ("name (zh)", agency.name_zh),
        ("mark", agency.mark),
        ("successor", agency.successor),
        ("successor mark", agency.successor_mark or ""),
        ("source", agency.source),
    )
    return View(f"agency {agency.no}", _RECORD, rows)


def list_view(pack: Pack, list_id: str) -> View:
    """One list in full, with its grounds."""
    definition = pack.lists[list_id]
    return View(f"{pack.id}: list {list_id}", _RECORD, tuple(_list_rows(definition)))


def differences_view(
    title: str, sides: tuple[str, str], differences: Iterable[CellDifference]
) -> View:
    """The cells that two readers or two packs answer differently."""
    columns = ("action", "attributes", "role", "list", "party kind", *sides)
    rows = tuple(
        (
            difference.cell.action,
            " ".join(f"{name}={value}" for name, value in difference.cell.attributes),
            difference.cell.role,
            difference.cell.list_id,
            difference.cell.party_kind,
            difference.one,
            difference.other,
        )
        for difference in differences
    )
    return View(title, columns, rows)


def _carrying(pack: Pack, measure: Measure) -> list[str]:
    return [entry.id for entry in pack.lists.values() if measure.id in entry.measures]


def _condition(rule: Rule) -> str:
    parts = [
        f"{name} = {' or '.join(sorted(map(spell, allowed)))}"
        for name, allowed in rule.when.items()
    ]
    return ", ".join(parts) or "always"


def _rule_in_words(rule: Rule) -> str:
    return f"{rule.action}: {_condition(rule)}; {rule.source} ({rule.mark})"


def _list_rows(definition: ListDefinition) -> Iterator[tuple[str, str]]:
    yield "list", definition.id
    yield "title", definition.title_en
    yield "title (zh)", definition.title_zh
    yield "legal basis", definition.legal_basis
    yield "authority level", definition.authority_level.id
    yield "measures", ", ".join(sorted(definition.measures))
    yield "kinds of party", ", ".join(sorted(definition.kinds))
    yield "ends with", definition.ends_with
    yield "notice", definition.notice_rule
    yield "correction", definition.correction_rule
    yield "removal", definition.removal_rule
    yield "contest", definition.contest_rule
    yield "minimum age", "" if definition.minimum_age is None else str(definition.minimum_age)
    yield "responsible persons", "yes" if definition.admits_responsible_persons else "no"
    yield "mark", definition.mark
    yield "source", definition.source
    for ground in definition.grounds.values():
        yield f"ground {ground.id}", _ground_in_words(ground)


def _ground_in_words(ground: ListingGround) -> str:
    term = ground.max_term
    if term is None:
        longest = "no fixed term"
    else:
        years = [f"{term.years} years"] * (term.years > 0)
        longest = " and ".join(years + [f"{term.days} days"] * (term.days > 0))
    return f"{ground.text_en}; at most: {longest} ({ground.mark})"
