"""The difference of two packs in words: sentences that a policy person can read and confirm.

Responsible for the wording.
Not responsible for finding the difference (`pack_difference`) nor for printing it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sanctions_matrix.actions import AMOUNT
from sanctions_matrix.measures import Effect
from sanctions_matrix.pack_difference import ANSWERED, KIND, LIST, ROLE
from sanctions_matrix.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sanctions_matrix.field_difference import FieldChange
    from sanctions_matrix.pack_difference import Answer, AnswerChange, PackDifference
    from sanctions_matrix.row_difference import RowChange

_KINDS = {
    "natural-person": "a natural person",
    "organisation": "an organisation",
    "vessel": "a vessel",
}
_BESIDE = {ROLE, LIST, KIND}


def entity_sentences(difference: PackDifference) -> Iterator[str]:
    """Yield a sentence for the actions, lists and measures that only one of the packs has."""
    for noun, entries, consequence in (
        ("action", difference.actions, "questions about it would be refused"),
        ("list", difference.lists, "a register that holds listings on it would not open"),
        ("measure", difference.measures, "listings that still name it could not be published"),
    ):
        new = [name for name, is_new in entries.items() if is_new]
        if new:
            yield f"new {noun}: {', '.join(new)}"
        gone = [name for name, is_new in entries.items() if not is_new]
        if gone:
            yield f"{noun} that is gone: {', '.join(gone)} ({consequence})"


def change_sentence(change: AnswerChange) -> str:
    """Say for which questions the answer was one and would be another."""
    asked = ", ".join([change.action, *_conditions(change), f"as {_either(change.values[ROLE])}"])
    return f"{asked}: {_party(change)} {_turn(change.before, change.after)}"


def row_sentences(rows: Iterable[RowChange]) -> tuple[str, ...]:
    """Say which rows differ in which fields, from what to what; those that only one pack has are named together."""
    told: list[str] = []
    whole: dict[tuple[str, str], list[str]] = {}
    for change in rows:
        if change.fields:
            place = f"{change.table}, {change.row}" if change.row else change.table
            told.append(f"{place}: {'; '.join(map(_field, change.fields))}")
        else:
            whole.setdefault((change.table, change.state), []).append(change.row)
    told += [f"{table}, {state}: {', '.join(names)}" for (table, state), names in whole.items()]
    return tuple(told)


def _field(field: FieldChange) -> str:
    if not field.before and not field.after:
        return field.name
    return f"{field.name} ({field.before} -> {field.after})"


def standing_sentences(difference: PackDifference) -> Iterator[str]:
    """Yield a sentence for each list that a question about an organisation's standing would tell of otherwise."""
    for name, is_told in difference.standings.items():
        turn = "were not told and would be told" if is_told else "were told and would not be told"
        yield f"standing: organisations on {name} {turn}"


def sentences(difference: PackDifference) -> tuple[str, ...]:
    """Return every sentence about answers: what is new or gone, then what would be answered otherwise."""
    return (
        *entity_sentences(difference),
        *map(change_sentence, difference.changes),
        *standing_sentences(difference),
    )


def summary(difference: PackDifference) -> str:
    """Say in one sentence how much differs."""
    if difference.questions:
        noun = "question gets" if difference.questions == 1 else "questions get"
        return f"{difference.questions:,} {noun} another answer"
    if difference.same_tables:
        return "nothing differs"
    if not difference.rows and not any(entity_sentences(difference)):
        return "no answer changes, and no row does but in what nothing reads, such as an unused authority level"
    return f"no answer changes, but {_counted(difference.rows)}"


def _counted(rows: Sequence[RowChange]) -> str:
    return "1 row differs" if len(rows) == 1 else f"{len(rows)} rows differ"


def _conditions(change: AnswerChange) -> Iterator[str]:
    for dimension, values in change.values.items():
        if dimension in _BESIDE:
            continue
        words = "amount" if dimension == AMOUNT else dimension
        if values == change.domains[dimension]:
            yield f"any {words}"
        else:
            yield f"{words} {_either(values)}"


def _party(change: AnswerChange) -> str:
    if LIST not in change.values:
        return "anybody, listed or not,"
    kinds = _either([_KINDS.get(kind, kind) for kind in change.values[KIND]])
    return f"{kinds} on {_either(change.values[LIST])}"


def _turn(before: Answer, after: Answer) -> str:
    if before.refused:
        return f"could not be asked about and would {_then(after)}"
    if after.refused:
        return f"{_before(before)} and could not be asked about any more"
    if before == ANSWERED:
        return f"was answered and would have to give {after.needs}"
    if after == ANSWERED:
        return f"had to give {before.needs} and would be answered without"
    if before.needs or after.needs:
        return f"had to give {before.needs} and would have to give {after.needs}"
    return f"was {_in_words(before)} and would be {_in_words(after)}"


def _then(answer: Answer) -> str:
    return f"have to give {answer.needs}" if answer.needs else f"be {_in_words(answer)}"


def _before(answer: Answer) -> str:
    return f"had to give {answer.needs}" if answer.needs else f"was {_in_words(answer)}"


def _in_words(answer: Answer) -> str:
    outcome = (answer.outcome or Outcome.PERMITTED).name
    referring = answer.outcome is Outcome.REFERRED
    reasons = [
        f"{measure} {'refers ' if effect == Effect.REFERS and not referring else ''}by {rule}"
        for measure, effect, rule in answer.grounds
    ]
    reasons += [f"commended by {name}" for name in answer.commendations]
    return f"{outcome} ({', '.join(reasons)})" if reasons else outcome


def _either(values: Iterable[str]) -> str:
    *first, last = values
    return f"{', '.join(first)} or {last}" if first else last
