"""Rows that differ between two packs: which row of which table, in which fields.

Responsible for finding the rows that differ, wording, sources, marks and terms included.
Not responsible for comparing two rows (`field_difference`), nor for what a difference does to answers
(`pack_difference`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sanctions_matrix.field_difference import FieldChange, field_changes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sanctions_matrix.pack import Pack
    from sanctions_matrix.rules import Rule

_HEAD = ("id", "version", "title_en", "title_zh", "description")
_ORDERED = ("measures", "lists", "rules")
_MOST_PAIRS = 12
"""So many pairs of a measure and an agency are named; more are counted."""

_OF_A_THRESHOLD = {"source": "instrument", "threshold_source": "source"}
"""What fields of a rule under a threshold are called in the threshold's own row."""


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row that differs: `fields` are those that do, and empty for a row that only one pack has.

    `state` is `changed`, `new` or `gone`; an empty `row` stands for the whole table.
    """

    table: str
    row: str
    state: str
    fields: tuple[FieldChange, ...] = ()


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
    one, other = ({name: getattr(pack, name) for name in _HEAD} for pack in (before, after))
    differing = tuple(field_changes("", one, other))
    if differing:
        yield RowChange("pack.toml", "pack", "changed", differing)


def _rows(table: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[RowChange]:
    for row in dict.fromkeys((*before, *after)):
        if row not in after:
            yield RowChange(table, row, "gone")
        elif row not in before:
            yield RowChange(table, row, "new")
        elif differing := tuple(field_changes("", before[row], after[row])):
            yield RowChange(table, row, "changed", differing)


def _rule_rows(before: Mapping[str, Rule], after: Mapping[str, Rule]) -> Iterator[RowChange]:
    """Yield the rows of the rules; what a threshold turned is named as the threshold's."""
    turned = {
        rule.id for rule in (*before.values(), *after.values()) if rule.at_least_yuan is not None
    }
    for change in _rows("rules.toml", before, after):
        if change.row in turned and change.state == "changed":
            named = tuple(
                replace(field, name=_OF_A_THRESHOLD.get(field.name, field.name))
                for field in change.fields
            )
            yield RowChange("thresholds.toml", change.row, "changed", named)
        else:
            yield change


def _roles(before: Pack, after: Pack) -> Iterator[RowChange]:
    """Yield the pairs that both packs have; those of a new measure or agency come with it."""
    differing = {
        pair: tuple(field_changes("", before.roles[pair], after.roles[pair]))
        for pair in before.roles
        if pair in after.roles and before.roles[pair] != after.roles[pair]
    }
    if len(differing) > _MOST_PAIRS:
        found = tuple(dict.fromkeys(field for changes in differing.values() for field in changes))
        yield RowChange(
            "roles.toml", f"{len(differing):,} pairs", "changed", _drawn_together(found)
        )
        return
    for (measure, agency), changes in differing.items():
        yield RowChange("roles.toml", f"{measure} and {agency}", "changed", changes)


def _drawn_together(found: tuple[FieldChange, ...]) -> tuple[FieldChange, ...]:
    """Return the changes of many rows, without values where a field changed in more than one way."""
    names = [field.name for field in found]
    kept = (field if names.count(field.name) == 1 else FieldChange(field.name) for field in found)
    return tuple(dict.fromkeys(kept))


def _orders(before: Pack, after: Pack) -> Iterator[RowChange]:
    """Yield the tables in which rows that both packs have stand in another order."""
    for name in _ORDERED:
        one, other = getattr(before, name), getattr(after, name)
        if [row for row in one if row in other] != [row for row in other if row in one]:
            yield RowChange(f"{name}.toml", "", "changed", (FieldChange("order"),))
