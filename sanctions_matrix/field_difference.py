"""Fields that differ between two rows of one table, with their values before and after, short enough to read.

Responsible for comparing two rows, what is nested in them included, and for writing their values as texts.
Not responsible for which rows are compared (`row_difference`).

Rules kept here: a field is named as in the table, one that is nested after what it stands in (`ground evasion mark`);
a text that is too long is cut to where it differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_DERIVED = frozenset({"bit"})
"""A measure's bit is its place in the table; a change of it is a change of the order."""

_SINGULAR = {"grounds": "ground"}
_NOTHING = "nothing"
_LONGEST = 60
"""So many characters of a text are shown."""

_BEFORE_IT = 15
"""So many characters stand before the first that differs, where a text is cut."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs, with its values as texts; both are empty where there is no value to show."""

    name: str
    before: str = ""
    after: str = ""


def field_changes(
    name: str,
    one: Any,  # noqa: ANN401 - a row, or a value in one
    other: Any,  # noqa: ANN401 - as above
) -> Iterator[FieldChange]:
    """Yield what differs between two rows, or between two values of the field `name`."""
    if one == other:
        return
    parts, others = _parts(one), _parts(other)
    if parts is None or others is None:
        yield FieldChange(name, *_shortened(_text(one), _text(other)))
        return
    for part in dict.fromkeys((*parts, *others)):
        if part not in _DERIVED:
            inner = f"{_SINGULAR.get(name, name)} {part}".strip()
            yield from field_changes(inner, parts.get(part), others.get(part))


def _parts(value: Any) -> Mapping[str, Any] | None:  # noqa: ANN401 - any value of a row
    """Return what a value consists of, by name; None for one that is compared whole."""
    if isinstance(value, Mapping):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return None


def _text(value: Any) -> str:  # noqa: ANN401 - any value of a row
    if value is None or value in ("", (), frozenset()):
        return _NOTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    parts = _parts(value)
    if parts is not None:
        return ", ".join(f"{name} {_text(part)}" for name, part in parts.items())
    if isinstance(value, frozenset):
        return ", ".join(sorted(map(_text, value)))
    if isinstance(value, tuple):
        return ", ".join(map(_text, value))
    return " ".join(str(value).split())


def _shortened(one: str, other: str) -> tuple[str, str]:
    if len(one) <= _LONGEST and len(other) <= _LONGEST:
        return one, other
    pairs = enumerate(zip(one, other, strict=False))
    first = next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
    start = max(0, first - _BEFORE_IT)
    return _cut(one, start), _cut(other, start)


def _cut(text: str, start: int) -> str:
    end = start + _LONGEST
    return f"{'…' if start else ''}{text[start:end]}{'…' if len(text) > end else ''}"
