"""Reading rows of a table: typed fields out, every problem collected.

Responsible for turning one TOML file's rows into typed fields and for saying what is wrong with which of them.
Not responsible for what the rows mean (`pack`) nor for opening files: it is given text.

Rules kept here: all problems are reported, not the first; a field nobody asked for is a problem.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Choice = TypeVar("Choice", bound=StrEnum)
Absent = TypeVar("Absent")


@dataclass(frozen=True, slots=True)
class TableProblem:
    """One thing wrong in one place; `row` is empty for a problem of the whole file."""

    file: str
    row: str
    field: str
    text: str

    def sentence(self) -> str:
        """Name the place and what is wrong there."""
        place = ", ".join(part for part in (self.file, self.row, self.field) if part)
        return f"{place}: {self.text}"


class Row:
    """One row being read; asking for a field marks it as known."""

    def __init__(
        self, file: str, label: str, values: Mapping[str, object], problems: list[TableProblem]
    ) -> None:
        """Read `values` of the row called `label`, adding to `problems`."""
        self._file = file
        self._label = label
        self._values = values
        self._problems = problems
        self._known: set[str] = set()

    def problem(self, field: str, text: str) -> None:
        """Note a problem of a field."""
        self._problems.append(TableProblem(self._file, self._label, field, text))

    def has(self, field: str) -> bool:
        """Whether the row gives the field."""
        return field in self._values

    def text(self, field: str) -> str:
        """Return a text that must be there and must not be empty."""
        value = self._take(field)
        if isinstance(value, str) and value.strip():
            return value
        self.problem(field, "must be a text that is not empty" if self.has(field) else "is missing")
        return ""

    def optional_text(self, field: str) -> str:
        """Return a text, empty when the row does not give it."""
        return self.text(field) if self.has(field) else self._absent(field, "")

    def integer(self, field: str) -> int:
        """Return a whole number, not negative, that must be there."""
        value = self._take(field)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self.problem(
            field, "must be a whole number, not negative" if self.has(field) else "is missing"
        )
        return 0

    def optional_integer(self, field: str) -> int | None:
        """Return a whole number, None when the row does not give it."""
        return self.integer(field) if self.has(field) else self._absent(field, None)

    def flag(self, field: str) -> bool:
        """Return true or false, which must be there."""
        value = self._take(field)
        if isinstance(value, bool):
            return value
        self.problem(field, "must be true or false" if self.has(field) else "is missing")
        return False

    def texts(self, field: str) -> tuple[str, ...]:
        """Return a list of texts, which must be there (it may be empty)."""
        value = self._take(field)
        if isinstance(value, list) and all(isinstance(entry, str) and entry for entry in value):
            return tuple(cast("list[str]", value))
        self.problem(field, "must be a list of texts" if self.has(field) else "is missing")
        return ()

    def choice(self, field: str, choices: type[Choice]) -> Choice:
        """Return a member of an enumeration, which must be there."""
        value = self._take(field)
        member = next((choice for choice in choices if choice == value), None)
        if member is not None:
            return member
        allowed = ", ".join(choices)
        self.problem(field, f"must be one of {allowed}" if self.has(field) else "is missing")
        return next(iter(choices))

    def optional_choice(self, field: str, choices: type[Choice]) -> Choice | None:
        """Return a member of an enumeration, None when the row does not give it."""
        return self.choice(field, choices) if self.has(field) else self._absent(field, None)

    def choices(self, field: str, choices: type[Choice]) -> frozenset[Choice]:
        """Return a set of members of an enumeration, which must be there."""
        texts = self.texts(field)
        by_text = {str(choice): choice for choice in choices}
        for text in texts:
            if text not in by_text:
                self.problem(field, f"{text!r} is not one of {', '.join(by_text)}")
        return frozenset(by_text[text] for text in texts if text in by_text)

    def mapping(self, field: str) -> Mapping[str, object]:
        """Return a table inside the row, which must be there (it may be empty)."""
        value = self._take(field)
        if isinstance(value, dict):
            return cast("dict[str, object]", value)
        self.problem(field, "must be a table" if self.has(field) else "is missing")
        return {}

    def part(self, field: str) -> Row:
        """Return a table inside the row as a row of its own; the caller closes it."""
        return Row(self._file, f"{self._label} {field}", self.mapping(field), self._problems)

    def rows(self, field: str) -> Iterator[Row]:
        """Yield the rows of a table inside this row, closing each."""
        value = self._take(field) if self.has(field) else []
        yield from _rows(self._file, f"{self._label} {field}", value, self._problems)

    def close(self) -> None:
        """Refuse every field nobody asked for."""
        for field in self._values:
            if field not in self._known:
                self.problem(field, "is not a known field")

    def _take(self, field: str) -> object:
        self._known.add(field)
        return self._values.get(field)

    def _absent(self, field: str, value: Absent) -> Absent:
        self._known.add(field)
        return value


def read_table(file: str, text: str, problems: list[TableProblem]) -> Mapping[str, object]:
    """Parse one TOML file; a file that is not TOML is one problem and an empty table."""
    try:
        table = tomllib.loads(text)
        json.dumps(table, default=str)  # what is nested or numbered beyond this has no digest
    except RecursionError:
        problems.append(TableProblem(file, "", "", "is not TOML that can be read: nested too deep"))
    except ValueError as error:
        problems.append(TableProblem(file, "", "", f"is not TOML: {error}"))
    else:
        return table
    return {}


def read_rows(
    file: str, table: Mapping[str, object], kind: str, problems: list[TableProblem]
) -> Iterator[Row]:
    """Yield the rows of one kind, closing each after the caller has read it."""
    yield from _rows(file, kind, table.get(kind, []), problems)


def refuse_other_kinds(
    file: str, table: Mapping[str, object], kinds: tuple[str, ...], problems: list[TableProblem]
) -> None:
    """Refuse every table of a file that is not of one of the kinds."""
    problems.extend(
        TableProblem(file, "", key, "is not a known table") for key in table if key not in kinds
    )


def _rows(file: str, kind: str, values: object, problems: list[TableProblem]) -> Iterator[Row]:
    if not isinstance(values, list):
        problems.append(TableProblem(file, "", kind, "must be a list of tables"))
        return
    for position, value in enumerate(values, start=1):
        if not isinstance(value, dict):
            problems.append(TableProblem(file, f"{kind} {position}", "", "must be a table"))
            continue
        name = value.get("id", value.get("name"))
        label = f"{kind} {position}" if name is None else f"{kind} {position} ({name})"
        row = Row(file, label, cast("dict[str, object]", value), problems)
        yield row
        row.close()
