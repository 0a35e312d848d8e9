"""The whole matrix on one page of Markdown, for somebody who decides about policy and reads no code.

Responsible for: ``jointgate matrix show --document``, which writes ``docs/matrix.md``.
Not responsible for: what the tables say, nor the words of single facts (``matrix_words``).

Rule kept here: every statement about a measure, list, rule or agency comes from the tables, with its mark;
what is not known is counted and said.
"""

from collections.abc import Iterable, Iterator

from gateway.cli.matrix_agencies import parts_of_agency, roles_counted
from gateway.cli.matrix_lists import list_rows
from gateway.cli.matrix_words import (
    EFFECTS,
    MARKS,
    NOTHING,
    STATUSES,
    agencies_with_marks,
    colour,
    condition,
    effect_of,
    listed,
    longest_listing,
    longest_term,
    marked,
    measures_with_marks,
    parts_of,
    vocabulary,
)
from gateway.cli.tabular import markdown_table
from sanctions_matrix.lists import ListEffect
from sanctions_matrix.measures import Involvement, Mark
from sanctions_matrix.pack import Pack

Lines = Iterator[str]
Cells = tuple[str, ...]

_COMMAND = "jointgate matrix show --document > docs/matrix.md"

_HEAD = """\
# The matrix: {title_en}

{title_zh}

This page is generated from the tables of the policy pack `{id}` {version}: `{command}`.
Digest of the tables: `{digest}`{read}.

{description}

The gateway answers one kind of question: may this party do this?
It finds the lists on which the party stands, the measures they carry, and the rules that tie a measure to an action.
Every row below says on which instrument it rests and how that was established.
None of this is legal advice.
"""

_READING = """\
## How to read it

A **mark** says how a fact was established, and is never raised by what somebody believes:
"""

_RESTRAINT = """\
A row has a mark of its own (that the measure exists under this number), its legal basis has another.
Only what is {may_restrict} can make the gateway restrict anybody.
In a text, (V) stands for verified, (P) for press and (R) for recalled.
A question mark in a text stands where its source was not sure.

A **measure** has an effect on an answer and a status:
"""

_ANSWERS = """\
Where several rules meet, RESTRICTED comes before REFERRED and both come before PERMITTED, and every ground is told.
What no rule names is PERMITTED; an action that is not in the pack is refused with an error, never permitted.
A question that leaves out an attribute on which a rule turns gets no answer, listed or not: `ATTRIBUTE_MISSING`.
"Needed where a rule turns on it" thus never means that leaving the attribute out permits anything.
"""


def matrix_document(pack: Pack, folder: str = "") -> str:
    """Return the page; titles and explanations stand in English and Chinese.

    ``folder`` is where the tables were read, empty for a pack that ships with the gateway.
    """
    parts = (
        _head(pack, folder),
        _measures(pack),
        _lists(pack),
        _actions(pack),
        _agencies(pack),
        _roles(pack),
    )
    return "\n".join(line for part in parts for line in part) + "\n"


def _head(pack: Pack, folder: str) -> Lines:
    yield _HEAD.format(
        title_en=pack.title_en,
        title_zh=pack.title_zh,
        id=pack.id,
        version=pack.version,
        digest=pack.digest,
        description=pack.description,
        command=_COMMAND,
        read=f", read from `{folder}`" if folder else "",
    )
    yield _READING
    yield from _table(("mark", "means"), ((f"{mark}", words) for mark, words in MARKS.items()))
    may_restrict = " or ".join(mark for mark in Mark if mark.may_restrict)
    yield _RESTRAINT.format(may_restrict=may_restrict)
    meanings = [*EFFECTS.items(), *STATUSES.items()]
    yield from _table(("word", "means"), ((f"{word}", means) for word, means in meanings))
    yield _ANSWERS


def _measures(pack: Pack) -> Lines:
    leads = parts_of(pack, Involvement.LEADS)
    served = sum(measure.acts for measure in pack.measures.values())
    yield f"## Measures\n\n{len(pack.measures)} measures, of which {served} have an effect on answers.\n"
    columns = (
        "measure",
        "title",
        "effect",
        "status",
        "targets",
        "legal basis",
        "basis mark",
        "lead agencies",
        "mark",
    )
    for category in dict.fromkeys(measure.category for measure in pack.measures.values()):
        yield f"### {category}\n"
        rows = (
            (
                measure.id,
                _both(measure.title_en, measure.title_zh),
                measure.effect,
                measure.status,
                listed(sorted(measure.targets)) or NOTHING,
                measure.legal_basis,
                measure.basis_mark,
                agencies_with_marks(leads[measure.id]) or NOTHING,
                measure.mark,
            )
            for measure in pack.measures.values()
            if measure.category == category
        )
        yield from _table(columns, rows)


def _lists(pack: Pack) -> Lines:
    yield "## Lists\n"
    yield "A black list restricts through the measures it carries."
    yield "A red list commends organisations; it changes no answer.\n"
    columns = ("list", "title", "kind", "measures", "longest term", "legal basis", "mark")
    by_colour = sorted(
        pack.lists.values(), key=lambda definition: definition.effect is ListEffect.COMMENDS
    )
    rows = (
        (
            definition.id,
            _both(definition.title_en, definition.title_zh),
            colour(definition),
            listed(key for key in pack.measures if key in definition.measures) or "none",
            longest_listing(definition),
            definition.legal_basis,
            definition.mark,
        )
        for definition in by_colour
    )
    yield from _table(columns, rows)
    for definition in by_colour:
        yield f"### {definition.id}\n"
        yield from _table(("field", "value"), list_rows(pack, definition, "en"))
        yield from _table(
            ("ground", "in words", "at most", "source", "mark"),
            (
                (
                    ground.id,
                    _both(ground.text_en, ground.text_zh),
                    longest_term(ground.max_term),
                    ground.source,
                    ground.mark,
                )
                for ground in definition.grounds.values()
            ),
        )


def _actions(pack: Pack) -> Lines:
    yield "## Actions and their rules\n"
    columns = ("rule", "when", "roles", "effect", "measure", "instrument", "mark", "in words")
    for name, entry in pack.actions.items():
        yield f"### {name}: {entry.title_en} ({entry.title_zh})\n"
        words = vocabulary(name)
        yield f"{words[:1].upper()}{words[1:]}.\n"
        rows = [
            (
                rule.id,
                condition(rule),
                listed(sorted(rule.roles)),
                effect_of(pack, rule),
                listed(rule.measures),
                rule.source,
                rule.mark,
                _both(rule.explanation_en, rule.explanation_zh),
            )
            for rule in pack.rules.values()
            if rule.action == name
        ]
        yield from _table(columns, rows) if rows else ("No rule names this action.\n",)


def _agencies(pack: Pack) -> Lines:
    yield "## Agencies\n"
    rows = (
        (
            str(agency.no),
            agency.id,
            _both(agency.name_en, agency.name_zh),
            agency.mark,
            marked(agency.successor, agency.successor_mark),
            measures_with_marks(parts_of_agency(pack, agency.id, Involvement.LEADS)),
            measures_with_marks(parts_of_agency(pack, agency.id, Involvement.COOPERATES)),
        )
        for agency in pack.agencies.values()
    )
    columns = ("no", "id", "name", "mark", "successor, with its mark", "leads", "cooperates")
    yield from _table(columns, rows)


def _roles(pack: Pack) -> Lines:
    leads, cooperates = (
        parts_of(pack, role) for role in (Involvement.LEADS, Involvement.COOPERATES)
    )
    yield "## Who leads which measure\n"
    yield f"{roles_counted(pack)}"
    yield "Every pair with its mark and source: `jointgate matrix show --roles --format csv`.\n"
    rows = (
        (
            measure.id,
            measure.title_en,
            agencies_with_marks(leads[measure.id]),
            agencies_with_marks(cooperates[measure.id]),
        )
        for measure in pack.measures.values()
        if leads[measure.id] or cooperates[measure.id]
    )
    yield from _table(("measure", "title", "leads", "cooperates"), rows)
    silent = [key for key in pack.measures if not leads[key] and not cooperates[key]]
    if silent:
        yield f"No agency's part is known in {len(silent)} measures: {listed(silent)}."


def _table(columns: Cells, rows: Iterable[Cells]) -> Lines:
    yield from markdown_table(columns, tuple(rows))
    yield ""


def _both(english: str, chinese: str) -> str:
    return english if english == chinese else f"{english}<br>{chinese}"
