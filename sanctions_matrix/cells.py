"""Every cell of a matrix: each question in general terms, asked of both readers of the tables.

Responsible for visiting each cell and for naming those on which the two readers disagree.
Not responsible for the readers (`evaluation`, `evaluation_naive`), nor for comparing packs (`pack_difference`).

A cell is one question and one situation.
The question is an action with every combination of its attributes (an amount being absent, 0, and just below and at
each threshold of the pack) and a role, those that the action does not have among them.
The situation says which listings the party has at that instant: `cell_situations` spells out the product.
A cell counts once although its verdict tells of every measure that the listing names.
The readers must give the same `Verdict`, with every ground and commendation, or the same error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sanctions_matrix.actions import ACTIONS, spell
from sanctions_matrix.attributes import Role
from sanctions_matrix.cell_situations import NO_LIST, NOBODY, all_situations, quick_situations
from sanctions_matrix.evaluation import compile_matrix
from sanctions_matrix.evaluation_naive import naive_evaluate
from sanctions_matrix.verdict import MissingAttributeError, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from sanctions_matrix.actions import Action
    from sanctions_matrix.cell_situations import Situation
    from sanctions_matrix.evaluation import Matrix
    from sanctions_matrix.listing import Listing
    from sanctions_matrix.pack import Pack

    Reader = Callable[[Action, Role, Sequence[Listing], datetime], Verdict]

__all__ = ["NO_LIST", "Cell", "CellDifference", "count_cells", "verify_cells"]


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One cell, in the words of the tables."""

    action: str
    attributes: tuple[tuple[str, str], ...]
    role: str
    list_id: str
    party_kind: str
    measures: str
    moment: str
    stay: str
    exemption: str


@dataclass(frozen=True, slots=True)
class CellDifference:
    """A cell that the readers answer differently: what the compiled one says, and what the naive one says."""

    cell: Cell
    one: str
    other: str


def count_cells(pack: Pack, *, thorough: bool = False) -> int:
    """Return how many cells `verify_cells` visits."""
    situations = _situations(pack, thorough=thorough)
    return sum(len(_asked(pack, *question, situations)) for question in _questions(pack))


def verify_cells(
    pack: Pack,
    matrix: Matrix | None = None,
    *,
    thorough: bool = False,
    progress: Callable[[int], None] | None = None,
) -> list[CellDifference]:
    """Return the cells on which the compiled matrix and the naive reading of the tables disagree.

    Args:
        pack: the tables that the naive reader reads.
        matrix: the compiled reader; None compiles `pack`.
        thorough: visit the whole product, which takes minutes; else the part that a start can wait for.
        progress: called with the number of cells visited so far, once for each question.
    """
    compiled = (compile_matrix(pack) if matrix is None else matrix).evaluate

    def naive(action: Action, role: Role, listings: Sequence[Listing], at: datetime) -> Verdict:
        return naive_evaluate(pack, action, role, listings, at)

    situations = _situations(pack, thorough=thorough)
    differences: list[CellDifference] = []
    visited = 0
    for action, role in _questions(pack):
        asked = _asked(pack, action, role, situations)
        for situation in asked:
            one = _answer(compiled, action, role, situation)
            other = _answer(naive, action, role, situation)
            if one != other:
                differences.append(_difference(action, role, situation, one, other))
        visited += len(asked)
        if progress is not None:
            progress(visited)
    return differences


def _situations(pack: Pack, *, thorough: bool) -> tuple[Situation, ...]:
    return all_situations(pack) if thorough else quick_situations(pack)


def _questions(pack: Pack) -> Iterator[tuple[Action, Role]]:
    for name, kind in ACTIONS.items():
        edges = {edge for bound in pack.thresholds(name) for edge in (bound - 1, bound)}
        for action in kind.every((None, *sorted(edges | {0}))):
            for role in Role:
                yield action, role


def _asked(
    pack: Pack, action: Action, role: Role, situations: tuple[Situation, ...]
) -> tuple[Situation, ...]:
    """Return the situations that a question meets: one that is refused is refused for nobody already."""
    answered = action.name in pack.actions and role in action.roles
    return situations if answered else (NOBODY,)


def _answer(read: Reader, action: Action, role: Role, situation: Situation) -> Verdict | str:
    """Return the verdict, or the error by its type: messages may differ, what is wrong may not."""
    try:
        return read(action, role, situation.listings, situation.at)
    except MissingAttributeError as error:
        return f"no answer: attribute {error.attribute} is needed"
    except (LookupError, ValueError) as error:
        return f"no answer: {type(error).__name__}"


def _difference(
    action: Action, role: Role, situation: Situation, one: Verdict | str, other: Verdict | str
) -> CellDifference:
    attributes = tuple(
        (name, "not given" if value is None else spell(value))
        for name, value in action.attributes().items()
    )
    cell = Cell(
        action.name,
        attributes,
        role.value,
        situation.lists,
        situation.kind,
        situation.measures,
        situation.moment,
        situation.stay,
        situation.exemption,
    )
    words = _in_words(one), _in_words(other)
    if words[0] == words[1]:
        words = (words[0], f"{words[1]}, with other words in a ground")
    return CellDifference(cell, *words)


def _in_words(answer: Verdict | str) -> str:
    if isinstance(answer, str):
        return answer
    grounds = [
        f"{ground.measure.id} {ground.effect} by {ground.rule_id}" for ground in answer.grounds
    ]
    commending = [f"commended by {entry.list.id}" for entry in answer.commendations]
    return ", ".join([answer.outcome.value, *grounds, *commending])
