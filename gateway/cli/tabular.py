"""Printing rows: as a table, CSV, Markdown or JSON.

Responsible for: the four forms; a terminal gets a drawn table, anything else plain columns parted by tabs.
Not responsible for: which rows there are, nor how lines are drawn (``gateway.cli.drawing``).
"""

import csv
import json
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

FORMATS = ("table", "csv", "markdown", "json")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a person sees of a view: fewer columns, with facts drawn together; as cards where rows are long."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    cards: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """A title, the names of the columns, and rows of texts.

    ``drawn`` is what a terminal shows in their place, where all columns would be too many.
    ``notes`` are sentences a reader needs beneath the table; CSV, JSON and plain columns go without.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    drawn: Sheet | None = None
    notes: tuple[str, ...] = ()


def print_view(view: View, form: str) -> None:
    """Print a view to standard output in one of ``FORMATS``; what controls a terminal is replaced outside JSON."""
    if form == "json":
        _print_json(view)
        return
    view = _harmless(view)
    if form == "csv":
        rows = [[_inert(cell) for cell in row] for row in view.rows]
        csv.writer(sys.stdout, lineterminator="\n").writerows([view.columns, *rows])
    elif form == "markdown":
        _print_markdown(view)
    elif sys.stdout.isatty():
        _print_drawn(view)
    else:
        _print_plain(view)


def harmless(text: str) -> str:
    """Return a text in which each character that could control a terminal is replaced; line ends and tabs stay."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}"
        if unicodedata.category(one) == "Cc" and one not in "\n\t"
        else one
        for one in text
    )


def _harmless(view: View) -> View:
    sheet = view.drawn
    return replace(
        view,
        title=harmless(view.title),
        rows=_harmless_rows(view.rows),
        drawn=None if sheet is None else replace(sheet, rows=_harmless_rows(sheet.rows)),
        notes=tuple(map(harmless, view.notes)),
    )


def _harmless_rows(rows: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(map(harmless, row)) for row in rows)


def _inert(cell: str) -> str:
    """Return a cell that a spreadsheet shows and does not compute; a lone dash is none."""
    return f"'{cell}" if cell[:1] in "=+-@" and len(cell) > 1 else cell


def markdown_table(columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    """Yield the lines of a Markdown table; a line end in a cell becomes a space."""
    for cells in (columns, ("---",) * len(columns), *rows):
        escaped = (" ".join(cell.replace("|", "\\|").split()) for cell in cells)
        yield f"| {' | '.join(escaped)} |"


def _print_json(view: View) -> None:
    rows = [dict(zip(view.columns, row, strict=True)) for row in view.rows]
    document = {"title": view.title, "rows": rows}
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def _print_markdown(view: View) -> None:
    for line in markdown_table(view.columns, view.rows):
        sys.stdout.write(f"{line}\n")
    for note in view.notes:
        sys.stdout.write(f"\n{note}\n")


def _print_plain(view: View) -> None:
    sys.stdout.write(f"# {view.title}\n")
    for cells in (view.columns, *view.rows):
        sys.stdout.write("\t".join(" ".join(cell.split()) for cell in cells) + "\n")


def _print_drawn(view: View) -> None:
    from rich.console import Console
    from rich.text import Text

    from gateway.cli.drawing import Line, draw, wrap

    console = Console()
    sheet = view.drawn or Sheet(view.columns, view.rows)
    lines = [Line(text, strong=True) for text in wrap(view.title, console.width)]
    lines += [Line(""), *draw(sheet.columns, sheet.rows, console.width, cards=sheet.cards)]
    for note in view.notes:
        lines += [Line(""), *map(Line, wrap(note, console.width))]
    for line in lines:
        console.print(Text(line.text, style="bold" if line.strong else ""), soft_wrap=True)
