"""Printing rows: as a table, CSV, Markdown or JSON.

Responsible for: the four forms; a terminal gets a drawn table, anything else plain columns parted by tabs.
Not responsible for: which rows there are.
"""

import csv
import json
import sys
from dataclasses import dataclass

FORMATS = ("table", "csv", "markdown", "json")


@dataclass(frozen=True, slots=True)
class View:
    """A title, the names of the columns, and rows of texts."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def print_view(view: View, form: str) -> None:
    """Print a view to standard output in one of ``FORMATS``."""
    if form == "json":
        _print_json(view)
    elif form == "csv":
        csv.writer(sys.stdout, lineterminator="\n").writerows([view.columns, *view.rows])
    elif form == "markdown":
        _print_markdown(view)
    elif sys.stdout.isatty():
        _print_drawn(view)
    else:
        _print_plain(view)


def _print_json(view: View) -> None:
    rows = [dict(zip(view.columns, row, strict=True)) for row in view.rows]
    document = {"title": view.title, "rows": rows}
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def _print_markdown(view: View) -> None:
    lines = [view.columns, ("---",) * len(view.columns), *view.rows]
    for cells in lines:
        escaped = (cell.replace("|", "\\|").replace("\n", " ") for cell in cells)
        sys.stdout.write(f"| {' | '.join(escaped)} |\n")


def _print_plain(view: View) -> None:
    sys.stdout.write(f"# {view.title}\n")
    for cells in (view.columns, *view.rows):
        sys.stdout.write("\t".join(" ".join(cell.split()) for cell in cells) + "\n")


def _print_drawn(view: View) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(view.title), title_justify="left", show_lines=False)
    for column in view.columns:
        table.add_column(column, overflow="fold")
    for row in view.rows:
        table.add_row(*map(Text, row))
    Console().print(table)
