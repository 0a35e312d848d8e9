"""Evaluation: the matrix compiled to masks, and the answer for one party, one action and one instant.

Responsible for turning a pack's rules into one cell per action, attributes and role,
and for intersecting a cell with the measures that listings impose.
Not responsible for finding listings, nor for whether they were rightly admitted.

Rules kept here: pure; one instant, given by the caller; RESTRICTED before REFERRED before PERMITTED;
every ground is named; what cannot be decided is an error, never a yes and never a restriction;
a red list is told of organisations only and never changes an outcome.
`evaluation_naive` reads the same tables without compiling them, and the two are compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sanctions_matrix.actions import ACTIONS, AMOUNT, UnknownActionError
from sanctions_matrix.documents import PartyKind
from sanctions_matrix.lists import ListEffect
from sanctions_matrix.verdict import (
    NOTHING_FOUND,
    Commendation,
    Ground,
    MissingAttributeError,
    Outcome,
    RoleError,
    UnknownListError,
    UnknownMeasureError,
    Verdict,
    verdict_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sanctions_matrix.actions import Action, Role
    from sanctions_matrix.listing import Listing
    from sanctions_matrix.measures import Measure
    from sanctions_matrix.pack import Pack
    from sanctions_matrix.rules import Rule

__all__ = [
    "Commendation",
    "Ground",
    "Matrix",
    "MissingAttributeError",
    "Outcome",
    "RoleError",
    "UnknownListError",
    "UnknownMeasureError",
    "Verdict",
    "compile_matrix",
]


@dataclass(frozen=True, slots=True)
class _Cell:
    """What one action with these attributes falls under in one role.

    `missing` names an attribute without which the cell cannot be read.
    `rules` holds, for each bit of `mask`, the rule that speaks: the strongest, and of equals the first.
    """

    mask: int
    rules: Mapping[int, Rule]
    missing: str | None


class Matrix:
    """A pack compiled for answering; made by `compile_matrix`."""

    __slots__ = (
        "_bits",
        "_by_bit",
        "_carried",
        "_cells",
        "_lists",
        "_targets",
        "_thresholds",
        "pack",
    )

    def __init__(self, pack: Pack, cells: Mapping[tuple[Action, Role], _Cell]) -> None:
        """Keep the pack and its cells, and the masks of its measures, lists and kinds of party."""
        self.pack = pack
        self._cells = cells
        self._lists = pack.lists
        self._by_bit = {measure.bit: measure for measure in pack.measures.values()}
        self._bits = {measure.id: 1 << measure.bit for measure in pack.measures.values()}
        self._carried = {
            name: self.measures_mask(entry.measures) for name, entry in pack.lists.items()
        }
        self._targets = _targets(pack.measures.values())
        self._thresholds = {name: pack.thresholds(name) for name in pack.actions}

    def evaluate(
        self, action: Action, role: Role, listings: Sequence[Listing], at: datetime
    ) -> Verdict:
        """Answer whether a party with these listings may do this at the aware instant `at`.

        Raises:
            MissingAttributeError: if a rule turns on an attribute the action does not give, listings or not.
            RoleError: if the action has no such role.
            UnknownActionError: if the pack does not answer for the action.
            UnknownListError: if a listing stands on a list the pack does not have.
            UnknownMeasureError: if a listing imposes a measure the pack does not have.
            ValueError: if `at` has no time zone.
        """
        if action.takes_amount:
            action = action.in_band(self._thresholds.get(action.name, ()))
        cell = self._cells.get((action, role))
        if cell is None:
            raise _no_cell(action, role, self.pack)
        if cell.missing is not None:
            raise MissingAttributeError(cell.missing)
        if at.utcoffset() is None:
            message = "the instant of an evaluation needs a time zone"
            raise ValueError(message)
        if not listings:
            return NOTHING_FOUND
        return verdict_of(self._grounds(cell, listings, at), self._commendations(listings, at))

    def measures_mask(self, ids: Iterable[str]) -> int:
        """Return the 64-bit mask of measures given by id.

        Raises:
            UnknownMeasureError: if the pack has no such measure.
        """
        mask = 0
        for measure_id in ids:
            bit = self._bits.get(measure_id)
            if bit is None:
                message = f"the pack {self.pack.id} has no measure {measure_id!r}"
                raise UnknownMeasureError(message)
            mask |= bit
        return mask

    def ids_of_mask(self, mask: int) -> frozenset[str]:
        """Return the ids of the measures in a mask.

        Raises:
            UnknownMeasureError: if a bit stands for no measure of the pack.
        """
        ids = set()
        for bit in _bits_of(mask):
            measure = self._by_bit.get(bit)
            if measure is None:
                message = f"the pack {self.pack.id} has no measure at bit {bit}"
                raise UnknownMeasureError(message)
            ids.add(measure.id)
        return frozenset(ids)

    def _grounds(self, cell: _Cell, listings: Sequence[Listing], at: datetime) -> Iterator[Ground]:
        for listing in listings:
            definition = self._lists.get(listing.list_id)
            if definition is None:
                message = f"the pack {self.pack.id} has no list {listing.list_id!r}"
                raise UnknownListError(message)
            for bit in _bits_of(self._imposed(listing, at) & cell.mask):
                yield Ground(
                    measure=self._by_bit[bit],
                    list=definition,
                    rule=cell.rules[bit],
                    authority=listing.authority,
                    reference=listing.reference,
                    ends_at=listing.window.ends_at,
                    contest=listing.contest,
                )

    def _commendations(self, listings: Sequence[Listing], at: datetime) -> Iterator[Commendation]:
        for listing in listings:
            definition = self._lists[listing.list_id]
            if (
                definition.effect is ListEffect.COMMENDS
                and listing.party_kind is PartyKind.ORGANISATION
                and listing.in_force(at)
            ):
                yield Commendation(
                    list=definition,
                    authority=listing.authority,
                    reference=listing.reference,
                    ends_at=listing.window.ends_at,
                    contest=listing.contest,
                )

    def _imposed(self, listing: Listing, at: datetime) -> int:
        """Return the mask of what a listing imposes at an instant, after window, stays and exemptions."""
        mask = self.measures_mask(listing.measures) & self._carried[listing.list_id]
        mask &= self._targets.get(listing.party_kind, 0)
        if not listing.in_force(at):
            return 0
        for exemption in listing.exemptions:
            if exemption.window.contains(at):
                # A measure the pack does not have imposes nothing, so lifting it is no error.
                mask &= ~sum(self._bits.get(measure_id, 0) for measure_id in exemption.measures)
        return mask


def compile_matrix(pack: Pack) -> Matrix:
    """Compile every cell of a pack: each action it answers for, with every attribute value, in every role."""
    cells: dict[tuple[Action, Role], _Cell] = {}
    for name in pack.actions:
        rules = [rule for rule in pack.rules.values() if rule.action == name]
        for action in ACTIONS[name].every(_bands(pack.thresholds(name))):
            for role in action.roles:
                cells[action, role] = _compile_cell(action, role, rules, pack.measures)
    return Matrix(pack, cells)


def _compile_cell(
    action: Action, role: Role, rules: Sequence[Rule], measures: Mapping[str, Measure]
) -> _Cell:
    speaking: dict[int, Rule] = {}
    for rule in rules:
        if role not in rule.roles or _fails(rule, action):
            continue
        missing = _absent(rule, action)
        if missing is not None:
            return _Cell(0, {}, missing)
        for measure_id in rule.measures:
            bit = measures[measure_id].bit
            held = speaking.get(bit)
            if held is None or held.effect.strength < rule.effect.strength:
                speaking[bit] = rule
    return _Cell(sum(1 << bit for bit in speaking), speaking, None)


def _bands(thresholds: Sequence[int]) -> tuple[int | None, ...]:
    """Return what an amount can be reduced to: nothing, or the lower bound of each band, in whole yuan."""
    return (None, 0, *thresholds) if thresholds else (None,)


def _fails(rule: Rule, action: Action) -> bool:
    """Whether an attribute that is given has a value the rule does not allow, or the amount is below the rule's."""
    given = action.attributes()
    wrong = any(
        given[name] is not None and given[name] not in allowed
        for name, allowed in rule.when.items()
    )
    if rule.at_least_yuan is None or action.amount is None:
        return wrong
    return wrong or action.amount < rule.at_least_yuan


def _absent(rule: Rule, action: Action) -> str | None:
    """Return the first attribute the rule turns on and the action does not give."""
    given = action.attributes()
    needed = [*rule.when] if rule.at_least_yuan is None else [*rule.when, AMOUNT]
    return next((name for name in needed if given[name] is None), None)


def _targets(measures: Iterable[Measure]) -> dict[PartyKind, int]:
    """Return, for each kind of party, the mask of the served measures with an effect that may reach it."""
    targets: dict[PartyKind, int] = {}
    for measure in measures:
        for kind in measure.targets if measure.acts else ():
            targets[kind] = targets.get(kind, 0) | 1 << measure.bit
    return targets


def _bits_of(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _no_cell(action: Action, role: Role, pack: Pack) -> Exception:
    if action.name not in pack.actions:
        return UnknownActionError(action.name)
    roles = ", ".join(sorted(action.roles))
    return RoleError(f"{action.name} has no role {role.value}; give one of {roles}")
