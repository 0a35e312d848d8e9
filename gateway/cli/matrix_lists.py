"""What ``jointgate matrix show`` tells of lists: who is listed, for how long, and how one gets off again.

Responsible for: all lists side by side, and one list in full with its grounds.
Not responsible for: the measures a list carries (``matrix_views``), nor printing (``tabular``).
"""

from gateway.cli.matrix_views import RECORD, Records
from gateway.cli.matrix_words import (
    MARKS_IN_SHORT,
    authority,
    colour,
    deadline,
    explanation,
    listed,
    longest_listing,
    longest_term,
    marked,
    title,
)
from gateway.cli.tabular import Sheet, View
from sanctions_matrix.lists import ListDefinition, ListingGround
from sanctions_matrix.pack import Pack


def lists_view(pack: Pack, language: str) -> View:
    """Every list, black and red."""
    records = [dict(list_rows(pack, entry, language)) for entry in pack.lists.values()]
    columns = tuple(records[0]) if records else ("list",)
    rows = tuple(tuple(record.values()) for record in records)
    drawn = Sheet(columns, rows, cards=True)
    return View(f"{pack.id}: lists", columns, rows, drawn, (MARKS_IN_SHORT,))


def list_view(pack: Pack, list_id: str, language: str) -> View:
    """One list in full, with its grounds."""
    definition = pack.lists[list_id]
    rows = (*list_rows(pack, definition, language), *_ground_rows(definition, language))
    return View(f"{pack.id}: list {list_id}", RECORD, rows, notes=(MARKS_IN_SHORT,))


def list_rows(pack: Pack, definition: ListDefinition, language: str) -> Records:
    """Yield the facts of a list by name; every list has the same names in the same order."""
    other = "en" if language == "zh" else "zh"
    yield "list", definition.id
    yield "title", title(definition, language)
    yield f"title ({other})", title(definition, other)
    yield "effect", colour(definition)
    yield "explanation", explanation(definition, language)
    yield f"explanation ({other})", explanation(definition, other)
    yield "legal basis", definition.legal_basis
    yield "mark", definition.mark
    yield "source", definition.source
    yield "listing authority", authority(definition.authority_level)
    yield "kinds of party", listed(sorted(definition.kinds))
    yield "minimum age", "none" if definition.minimum_age is None else str(definition.minimum_age)
    yield "responsible persons", "yes" if definition.admits_responsible_persons else "no"
    yield "measures", listed(key for key in pack.measures if key in definition.measures) or "none"
    yield "longest term", longest_listing(definition)
    yield "ends with", definition.ends_with
    yield "notice", definition.notice_rule
    yield "objection period", deadline(definition.objection_working_days, "working")
    yield "open objection", _open_objection(definition)
    yield "correction", definition.correction_rule
    yield "correction deadline", deadline(definition.correction_days, "calendar")
    yield "review deadline", deadline(definition.review_days, "calendar")
    yield "removal", definition.removal_rule
    yield "removal deadline", deadline(definition.removal_working_days, "working")
    yield "contest", definition.contest_rule
    yield "contest address", _route(definition)
    publication = marked(definition.publication_source, definition.publication_mark)
    yield "public", f"{'yes' if definition.public else 'no'}; {publication}"


def ground_text(ground: ListingGround, language: str) -> str:
    """Return what a ground says in one of the languages."""
    return ground.text_zh if language == "zh" else ground.text_en


def _ground_rows(definition: ListDefinition, language: str) -> Records:
    for ground in definition.grounds.values():
        term = longest_term(ground.max_term)
        words = f"{ground_text(ground, language)}; at most: {term}"
        yield f"ground {ground.id}", f"{words}; {marked(ground.source, ground.mark)}"


def _open_objection(definition: ListDefinition) -> str:
    if not definition.objection_stays:
        return "no rule that it stays the listing was read"
    known = marked(definition.objection_stays_source, definition.objection_stays_mark)
    return f"stays the listing; {known}"


def _route(definition: ListDefinition) -> str:
    route = definition.contest
    if route is None:
        return "each listing names its own"
    return f"{route.body}; {route.address}; {route.deadline}"
