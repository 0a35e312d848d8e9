"""Rows that differ between two packs: which row of which table, in which fields.

Responsible for comparing the tables row by row, wording, sources, marks and terms included.
Not responsible for what a difference does to answers (`pack_difference`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sanctions_matrix.pack import Pack
    from sanctions_matrix.rules import Rule

_HEAD = ("id", "version", "title_en", "title_zh", "description")
_ORDERED = ("measures", "lists", "rules")
_DERIVED = frozenset({"bit"})
"""A measure's bit is its place in the table; a change of it is a change of the order."""

_MOST_PAIRS = 12
"""So many pairs of a measure and an agency are named; more are counted."""


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row that differs: `fields` are those that do, and empty for a row that only one pack has.

    `state` is `changed`, `new` or `gone`; an empty `row` stands for the whole table.
    """

    table: str
    row: str
    state: str
    fields: tuple[str, ...] = ()


def row_changes(before: Pack, after: Pack) -> tuple[RowChange, ...]:
    """Return every row in which the tables of two packs differ."""
    return (
        *_head(before, after),
        *_rows("agencies.toml", before.agencies, after.agencies),
        *_rows("measures.toml", before.measures, after.measures),
        *_roles(before, after),
        *_rows("lists.toml", before.lists, after.lists),
        *_rows("actions.toml", before.actions, after.actions),
        *_rule_rows(before.rules, after.rules),
        *_orders(before, after),
    )


def _head(before: Pack, after: Pack) -> Iterator[RowChange]:
    differing = tuple(name for name in _HEAD if getattr(before, name) != getattr(after, name))
    if differing:
        yield RowChange("pack.toml", "pack", "changed", differing)


def _rows(table: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[RowChange]:
    for row in dict.fromkeys((*before, *after)):
        if row not in after:
            yield RowChange(table, row, "gone")
        elif row not in before:
            yield RowChange(table, row, "new")
        elif differing := _fields(before[row], after[row]):
            yield RowChange(table, row, "changed", differing)


def _rule_rows(before: Mapping[str, Rule], after: Mapping[str, Rule]) -> Iterator[RowChange]:
    """Yield the rows of the rules; what a threshold turned is named as the threshold's."""
    turned = {
        rule.id for rule in (*before.values(), *after.values()) if rule.at_least_yuan is not None
    }
    for change in _rows("rules.toml", before, after):
        if change.row in turned and change.state == "changed":
            yield RowChange("thresholds.toml", change.row, "changed", change.fields)
        else:
            yield change


def _roles(before: Pack, after: Pack) -> Iterator[RowChange]:
    """Yield the pairs that both packs have; those of a new measure or agency come with it."""
    differing = {
        pair: _fields(before.roles[pair], after.roles[pair])
        for pair in before.roles
        if pair in after.roles and before.roles[pair] != after.roles[pair]
    }
    if len(differing) > _MOST_PAIRS:
        named = tuple(dict.fromkeys(name for names in differing.values() for name in names))
        yield RowChange("roles.toml", f"{len(differing):,} pairs", "changed", named)
        return
    for (measure, agency), names in differing.items():
        yield RowChange("roles.toml", f"{measure} and {agency}", "changed", names)


def _orders(before: Pack, after: Pack) -> Iterator[RowChange]:
    """Yield the tables in which rows that both packs have stand in another order."""
    for name in _ORDERED:
        one, other = getattr(before, name), getattr(after, name)
        if [row for row in one if row in other] != [row for row in other if row in one]:
            yield RowChange(f"{name}.toml", "", "changed", ("order",))


def _fields(one: Any, other: Any) -> tuple[str, ...]:  # noqa: ANN401 - two rows of one type
    return tuple(
        field.name
        for field in fields(one)
        if field.name not in _DERIVED and getattr(one, field.name) != getattr(other, field.name)
    )
