"""The difference of two packs: which questions get another answer, and which rows only read otherwise.

Responsible for asking both packs every question about a party on each list, and for grouping what differs.
Not responsible for saying it (`difference_words`).

What is compared: for every action, combination of attributes, role, list and kind of party that the list may hold,
the outcome and what each measure does to it, for a listing that carries all its list carries.
Listings do not add to each other beyond their grounds, and neither windows nor stays nor exemptions are a matter of
the tables, so a question that differs for nobody here differs for nobody.
A party on a list that only one of the packs has is compared with a party on no list.
Beside the actions, it is asked whether an organisation's place on each list is told to who asks for its standing.
Whether a row may be admitted is no question of a partner; terms, grounds and kinds of a list are among the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sanctions_matrix.actions import ACTIONS, AMOUNT, UnknownActionError, spell
from sanctions_matrix.documents import PartyKind
from sanctions_matrix.evaluation import compile_matrix
from sanctions_matrix.listing import ContestRoute, Listing, Window
from sanctions_matrix.product_sets import product_sets
from sanctions_matrix.row_difference import RowChange, row_changes
from sanctions_matrix.standing import standing_of
from sanctions_matrix.verdict import MissingAttributeError, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sanctions_matrix.actions import Action
    from sanctions_matrix.attributes import Role
    from sanctions_matrix.evaluation import Matrix
    from sanctions_matrix.pack import Pack

ROLE, LIST, KIND = "role", "list", "party kind"
"""The dimensions of a question beside the attributes of its action."""

NOT_GIVEN = "not given"
"""The value of an attribute that a question leaves out."""

_AT = datetime(2000, 1, 1, tzinfo=UTC)
_WINDOW = Window(_AT)
_ROUTE = ContestRoute("-", "-", "-")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a pack says to one question: an outcome with its reasons, or the attribute it needs first.

    `grounds` are measure, effect and rule, by their ids; `commendations` are lists.
    `refused` says that the pack does not answer for the action at all.
    """

    outcome: Outcome | None
    grounds: tuple[tuple[str, str, str], ...] = ()
    commendations: tuple[str, ...] = ()
    needs: str = ""
    refused: bool = False

    @property
    def substance(self) -> tuple[object, ...]:
        """What a change of would be another answer: all but the names of the rules."""
        effects = frozenset((measure, effect) for measure, effect, _ in self.grounds)
        return (self.outcome, effects, self.commendations, self.needs, self.refused)


ANSWERED = Answer(None)
"""Stands for whatever a pack answers, where the other one answers nobody."""

REFUSED = Answer(None, refused=True)
"""What a pack says about an action that it does not have."""


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """Questions of one action that were answered in one way and would be answered in another.

    `values` holds, by dimension, the values that the questions have, and `domains` all there are;
    without the dimensions of list and kind, the questions are those about anybody.
    """

    action: str
    values: Mapping[str, tuple[str, ...]]
    domains: Mapping[str, tuple[str, ...]]
    before: Answer
    after: Answer

    @property
    def questions(self) -> int:
        """How many questions these are."""
        count = 1
        for values in self.values.values():
            count *= len(values)
        return count


@dataclass(frozen=True, slots=True)
class PackDifference:
    """Everything in which two packs differ.

    `actions`, `lists` and `measures` are what only one of them has, by id, and whether it is the newer one;
    `standings` are the lists that only one of them tells of when asked for an organisation's standing, likewise.
    """

    actions: Mapping[str, bool]
    lists: Mapping[str, bool]
    measures: Mapping[str, bool]
    changes: tuple[AnswerChange, ...]
    standings: Mapping[str, bool]
    rows: tuple[RowChange, ...]
    same_tables: bool

    @property
    def questions(self) -> int:
        """How many questions get another answer, those about standings among them."""
        return sum(change.questions for change in self.changes) + len(self.standings)


def compare_packs(before: Pack, after: Pack) -> PackDifference:
    """Return in what `after` differs from `before`."""
    either = dict.fromkeys((*before.actions, *after.actions))
    readers = (_Reader(before), _Reader(after))
    return PackDifference(
        actions=_only_one(before.actions, after.actions),
        lists=_only_one(before.lists, after.lists),
        measures=_only_one(before.measures, after.measures),
        changes=tuple(change for name in either for change in _changes(name, *readers)),
        standings=_only_one(_told(before), _told(after)),
        rows=row_changes(before, after),
        same_tables=before.digest == after.digest,
    )


def _only_one(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, bool]:
    gone = {name: False for name in before if name not in after}
    return gone | {name: True for name in after if name not in before}


def _told(pack: Pack) -> dict[str, bool]:
    """Return the lists that an organisation's place on is told of."""
    kind = PartyKind.ORGANISATION
    return {
        name: True
        for name, definition in pack.lists.items()
        if kind in definition.kinds
        and standing_of(pack, [Listing("-", name, kind, "-", frozenset(), _WINDOW, _ROUTE)], _AT)
    }


class _Reader:
    """A compiled pack with, for each list and kind it may hold, a listing that carries all the list carries."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.matrix: Matrix = compile_matrix(pack)
        self.held = [
            (name, kind)
            for name, definition in pack.lists.items()
            for kind in sorted(definition.kinds)
        ]

    def answer(self, action: Action, role: Role, list_id: str, kind: PartyKind | None) -> Answer:
        listings = []
        if kind is not None and list_id in self.pack.lists:
            carried = self.pack.lists[list_id].measures
            listings = [Listing("-", list_id, kind, "-", carried, _WINDOW, _ROUTE)]
        try:
            return _answer(self.matrix.evaluate(action, role, listings, _AT))
        except MissingAttributeError as error:
            return Answer(None, needs=error.attribute)
        except UnknownActionError:
            return REFUSED


def _answer(verdict: Verdict) -> Answer:
    return Answer(
        verdict.outcome,
        tuple(
            (ground.measure.id, ground.effect.value, ground.rule_id) for ground in verdict.grounds
        ),
        tuple(entry.list.id for entry in verdict.commendations),
    )


def _changes(name: str, before: _Reader, after: _Reader) -> Iterator[AnswerChange]:
    bounds = tuple(sorted({*before.pack.thresholds(name), *after.pack.thresholds(name)}))
    held = tuple(dict.fromkeys((*before.held, *after.held)))
    found: dict[tuple[Answer, Answer], list[dict[str, str]]] = {}
    for form, action, role in _forms(name, bounds, (None, 0, *bounds)):
        nobody = (before.answer(action, role, "", None), after.answer(action, role, "", None))
        if nobody[0].needs or nobody[1].needs:
            pair = tuple(a if a.needs or a.refused else ANSWERED for a in nobody)
            if pair[0] != pair[1]:
                found.setdefault((pair[0], pair[1]), []).append(form)
            continue
        for list_id, kind in held:
            one, other = (each.answer(action, role, list_id, kind) for each in (before, after))
            if one.substance != other.substance:
                place = {**form, LIST: list_id, KIND: kind.value}
                found.setdefault((one, other), []).append(place)
    domains = _domains(name, bounds, held)
    for (one, other), points in found.items():
        yield from _grouped(name, domains, points, one, other)


def _grouped(
    name: str,
    domains: Mapping[str, tuple[str, ...]],
    points: list[dict[str, str]],
    before: Answer,
    after: Answer,
) -> Iterator[AnswerChange]:
    dimensions = tuple(points[0])
    for entry in product_sets(tuple(point.values()) for point in points):
        values = {
            dimension: tuple(value for value in domains[dimension] if value in chosen)
            for dimension, chosen in zip(dimensions, entry, strict=True)
        }
        yield AnswerChange(name, values, domains, before, after)


def _forms(
    name: str, bounds: tuple[int, ...], amounts: tuple[int | None, ...]
) -> Iterator[tuple[dict[str, str], Action, Role]]:
    """Yield every form of an action with every role, and its values as texts, by dimension."""
    kind = ACTIONS[name]
    labels = amount_labels(bounds)
    for action in kind.every(amounts if bounds else (None,)):
        form = {key: _spelled(getattr(action, key)) for key in kind.domains}
        if kind.takes_amount and bounds:
            form[AMOUNT] = labels[action.amount]
        for role in sorted(kind.roles):
            yield {**form, ROLE: role.value}, action, role


def _domains(
    name: str, bounds: tuple[int, ...], held: tuple[tuple[str, PartyKind], ...]
) -> dict[str, tuple[str, ...]]:
    kind = ACTIONS[name]
    domains = {key: tuple(map(_spelled, domain)) for key, domain in kind.domains.items()}
    domains[AMOUNT] = tuple(amount_labels(bounds).values())
    domains[ROLE] = tuple(sorted(role.value for role in kind.roles))
    domains[LIST] = tuple(dict.fromkeys(list_id for list_id, _ in held))
    domains[KIND] = tuple(sorted({party.value for _, party in held}))
    return domains


def amount_labels(bounds: tuple[int, ...]) -> dict[int | None, str]:
    """Return, by the lower bound of each band in whole yuan, what the band is called; the bounds are ascending."""
    labels: dict[int | None, str] = {None: NOT_GIVEN}
    if bounds:
        labels[0] = f"below {bounds[0]:,} yuan"
    for place, bound in enumerate(bounds):
        above = bounds[place + 1] - 1 if place + 1 < len(bounds) else None
        labels[bound] = (
            f"{bound:,} yuan or more" if above is None else f"{bound:,} to {above:,} yuan"
        )
    return labels


def _spelled(value: str | int | bool | None) -> str:  # noqa: FBT001 - a value of an attribute
    return NOT_GIVEN if value is None else spell(value)
