"""What ``jointgate matrix show`` tells of agencies and of their parts in the measures.

Responsible for: the agencies, one agency, and the matrix of measures and agencies in long form and as letters.
Not responsible for: measures (``matrix_views``), nor printing (``tabular``).

Rule kept here: a letter is a capital only where the mark says that something was read (verified, press).
"""

from collections.abc import Iterable

from gateway.cli.matrix_views import RECORD, Records, nothing_known, part_in_words
from gateway.cli.matrix_words import MARKS_IN_SHORT, marked, measures_with_marks, title
from gateway.cli.tabular import Sheet, View
from sanctions_matrix.measures import Agency, AgencyRole, Involvement, Mark
from sanctions_matrix.pack import Pack

_BLOCK = 4
"""How many letters stand together in a drawn matrix."""

_LETTERS = {Involvement.LEADS: "L", Involvement.COOPERATES: "C", Involvement.NONE: "-"}
NOTHING_KNOWN = "."
LEGEND = (
    "L leads, C cooperates, - has no part; a small letter (l, c) where nothing of it was read (parallel, quoted, "
    f"recalled, unknown); {NOTHING_KNOWN} nothing is known."
)


def agency_name(agency: Agency, language: str) -> str:
    """Return an agency's name in one of the languages."""
    return agency.name_zh if language == "zh" else agency.name_en


def agencies_view(pack: Pack, language: str) -> View:
    """Every agency, with its successor and the measures it has a part in."""
    rows = tuple(
        (
            str(agency.no),
            agency.id,
            agency_name(agency, language),
            agency.mark,
            agency.successor,
            agency.successor_mark or "",
            measures_with_marks(parts_of_agency(pack, agency.id, Involvement.LEADS)),
            measures_with_marks(parts_of_agency(pack, agency.id, Involvement.COOPERATES)),
        )
        for agency in pack.agencies.values()
    )
    columns = ("no", "id", "name", "mark", "successor", "successor mark", "leads", "cooperates")
    drawn = Sheet(
        ("no", "id", "name, with its mark", "successor, with its mark", "leads"),
        tuple(
            (
                str(agency.no),
                agency.id,
                marked(agency_name(agency, language), agency.mark),
                marked(agency.successor, agency.successor_mark),
                measures_with_marks(parts_of_agency(pack, agency.id, Involvement.LEADS)),
            )
            for agency in pack.agencies.values()
        ),
    )
    return View(f"{pack.id}: agencies", columns, rows, drawn, (MARKS_IN_SHORT,))


def agency_view(pack: Pack, agency_id: str, language: str) -> View:
    """One agency, with its part in each measure."""
    rows = tuple(_agency_rows(pack, pack.agencies[agency_id], language))
    return View(f"{pack.id}: agency {agency_id}", RECORD, rows, notes=(MARKS_IN_SHORT,))


def roles_view(pack: Pack) -> View:
    """The part of every agency in every measure: one row each, drawn as a grid of letters."""
    columns = ("measure", "agency", "role", "mark", "source")
    rows = tuple(
        (entry.measure, entry.agency, entry.role, entry.mark, entry.source)
        for entry in pack.roles.values()
    )
    return View(_roles_title(pack), columns, rows, _grid(pack), _roles_notes(pack))


def roles_matrix_view(pack: Pack) -> View:
    """The same with one row a measure and one column an agency, for Markdown."""
    columns = ("measure", *(str(agency.no) for agency in pack.agencies.values()))
    rows = tuple(
        (measure, *(letter(pack.roles[measure, agency]) for agency in pack.agencies))
        for measure in pack.measures
    )
    return View(_roles_title(pack), columns, rows, notes=_roles_notes(pack))


def parts_of_agency(pack: Pack, agency_id: str, role: Involvement) -> list[AgencyRole]:
    """Return the measures in which an agency has this part, in table order."""
    entries = [pack.roles[measure, agency_id] for measure in pack.measures]
    return [entry for entry in entries if entry.role is role]


def letter(entry: AgencyRole) -> str:
    """Return the letter of one cell of the matrix."""
    if entry.role is Involvement.NONE and entry.mark is Mark.UNKNOWN:
        return NOTHING_KNOWN
    sign = _LETTERS[entry.role]
    return sign if entry.mark.may_restrict else sign.lower()


def roles_counted(pack: Pack) -> str:
    """Return in one sentence how much of the matrix is known."""
    cells = list(pack.roles.values())
    counts = {
        role: sum(entry.role is role for entry in cells)
        for role in (Involvement.LEADS, Involvement.COOPERATES)
    }
    unknown = sum(letter(entry) == NOTHING_KNOWN for entry in cells)
    read = sum(entry.mark.may_restrict for entry in cells)
    return (
        f"Of {len(cells)} pairs ({len(pack.measures)} measures, {len(pack.agencies)} agencies), "
        f"{counts[Involvement.LEADS]} lead and {counts[Involvement.COOPERATES]} cooperate; "
        f"{read} parts were read in a text or a report of it; of {unknown} nothing is known."
    )


def _roles_title(pack: Pack) -> str:
    return f"{pack.id}: the part of each agency in each measure"


def _roles_notes(pack: Pack) -> tuple[str, ...]:
    agencies = ", ".join(f"{agency.no}={agency.id}" for agency in pack.agencies.values())
    return (LEGEND, f"Agencies: {agencies}.", roles_counted(pack))


def _grid(pack: Pack) -> Sheet:
    """Return the matrix with the agencies' numbers written downwards, so that it fits a terminal."""
    numbers = [agency.no for agency in pack.agencies.values()]
    digits = len(str(max(numbers, default=0)))
    written = [f"{number:0{digits}d}" for number in numbers]
    head = "\n".join(_blocks(number[place] for number in written) for place in range(digits))
    rows = tuple(
        (measure, _blocks(letter(pack.roles[measure, agency]) for agency in pack.agencies))
        for measure in pack.measures
    )
    return Sheet(("measure", head), rows)


def _blocks(letters: Iterable[str]) -> str:
    row = "".join(letters)
    return " ".join(row[start : start + _BLOCK] for start in range(0, len(row), _BLOCK))


def _agency_rows(pack: Pack, agency: Agency, language: str) -> Records:
    other = "en" if language == "zh" else "zh"
    yield "no", str(agency.no)
    yield "id", agency.id
    yield "name", agency_name(agency, language)
    yield f"name ({other})", agency_name(agency, other)
    yield "mark", agency.mark
    yield "source", agency.source
    if agency.successor:
        yield "successor", agency.successor
        yield "successor mark", agency.successor_mark or ""
    entries = [pack.roles[measure, agency.id] for measure in pack.measures]
    for entry in entries:
        if entry.role is not Involvement.NONE:
            words = title(pack.measures[entry.measure], language)
            yield f"measure {entry.measure}", f"{part_in_words(entry)}. {words}"
    yield from nothing_known(entries, "other measures")
