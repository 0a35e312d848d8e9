"""Every cell of a matrix: the finite space of actions, attributes, roles, lists and kinds of party.

Responsible for visiting each cell, for comparing the two readers of the tables on it,
and for saying in which cells two packs answer differently.
Not responsible for the readers themselves (`evaluation`, `evaluation_naive`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sanctions_matrix.actions import ACTIONS, UnknownActionError, spell
from sanctions_matrix.documents import PartyKind
from sanctions_matrix.evaluation import compile_matrix
from sanctions_matrix.evaluation_naive import naive_evaluate
from sanctions_matrix.listing import ContestRoute, Listing, Window
from sanctions_matrix.verdict import MissingAttributeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sanctions_matrix.actions import Action, Role
    from sanctions_matrix.lists import ListDefinition
    from sanctions_matrix.pack import Pack
    from sanctions_matrix.verdict import Verdict

    Reader = Callable[[Action, Role, Sequence[Listing], datetime], Verdict]

NO_LIST = "(none)"
"""Stands for a party that is on no list."""

_AT = datetime(2000, 1, 1, tzinfo=UTC)
_WINDOW = Window(_AT)
_ROUTE = ContestRoute("-", "-", "-")


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One question in general terms: an action with attributes, a role, a list and a kind of party."""

    action: str
    attributes: tuple[tuple[str, str], ...]
    role: str
    list_id: str
    party_kind: str


@dataclass(frozen=True, slots=True)
class CellDifference:
    """A cell that two readers, or two packs, answer differently; each answer in words."""

    cell: Cell
    one: str
    other: str


def count_cells(pack: Pack) -> int:
    """Return how many cells a pack has."""
    return sum(1 for _ in _probes(pack.actions, pack.lists.values()))


def verify_cells(pack: Pack) -> list[CellDifference]:
    """Return the cells on which the compiled matrix and the naive reading of the tables disagree."""
    matrix = compile_matrix(pack)

    def naive(action: Action, role: Role, listings: Sequence[Listing], at: datetime) -> Verdict:
        return naive_evaluate(pack, action, role, listings, at)

    differences = []
    for cell, action, role, listings in _probes(pack.actions, pack.lists.values()):
        one = _answer(matrix.evaluate, action, role, listings)
        other = _answer(naive, action, role, listings)
        if one != other:
            differences.append(CellDifference(cell, one, other))
    return differences


def compare_packs(one: Pack, other: Pack) -> list[CellDifference]:
    """Return the cells that two packs answer differently, those that only one of them has included.

    Measures are compared by id; wording, sources and marks are not compared.
    """
    first, second = _answers(one), _answers(other)
    absent = "not in the pack"
    return [
        CellDifference(cell, first.get(cell, absent), second.get(cell, absent))
        for cell in sorted(first.keys() | second.keys())
        if first.get(cell) != second.get(cell)
    ]


def _answers(pack: Pack) -> dict[Cell, str]:
    matrix = compile_matrix(pack)
    probes = _probes(pack.actions, pack.lists.values())
    return {
        cell: _answer(matrix.evaluate, action, role, held) for cell, action, role, held in probes
    }


def _probes(
    actions: Iterable[str], lists: Iterable[ListDefinition]
) -> Iterator[tuple[Cell, Action, Role, list[Listing]]]:
    held = [*_probe_listings(lists)]
    for name in actions:
        for action in ACTIONS[name].every():
            attributes = tuple((key, spell(value)) for key, value in action.attributes().items())
            for role in sorted(action.roles):
                for list_id, kind, listings in held:
                    yield Cell(name, attributes, role, list_id, kind), action, role, listings


def _probe_listings(
    lists: Iterable[ListDefinition],
) -> Iterator[tuple[str, PartyKind, list[Listing]]]:
    """Yield, for no list and for each list, a party of each kind with all that the list carries."""
    for kind in PartyKind:
        yield NO_LIST, kind, []
    for definition in lists:
        for kind in PartyKind:
            listing = Listing(
                "probe", definition.id, kind, "-", definition.measures, _WINDOW, _ROUTE
            )
            yield definition.id, kind, [listing]


def _answer(read: Reader, action: Action, role: Role, listings: Sequence[Listing]) -> str:
    try:
        verdict = read(action, role, listings, _AT)
    except (MissingAttributeError, UnknownActionError) as error:
        return f"no answer: {error}"
    grounds = [
        f"{ground.measure.id} {ground.effect} by {ground.rule_id}" for ground in verdict.grounds
    ]
    return ", ".join([verdict.outcome.value, *grounds])
