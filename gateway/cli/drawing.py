"""Drawing rows on a terminal: whole words, columns that line up, also where glyphs are two cells wide.

Responsible for: wrapping, the widths of columns, tables, and cards where a table does not fit.
Not responsible for: the rows, and what a terminal is (``gateway.cli.tabular``).

Rules kept here: a word is never broken, unless it alone is wider than the terminal;
text in a script without spaces is broken between two wide glyphs, never before a closing sign nor after an opening one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, chop_cells

GAP = 2
"""Cells between two columns."""

_WIDE = "\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff60\uffe0-\uffe6\U00020000-\U0003fffd"
_OPENING = "\u3008\u300a\u300c\u300e\u3010\u3014\uff08"
_CLOSING = "\u3001\u3002\u3009\u300b\u300d\u300f\u3011\u3015\uff01\uff09\uff0c\uff1a\uff1b\uff1f"
_PIECE = re.compile(f"[{_OPENING}]*(?:[^{_WIDE}]+|[{_WIDE}])[{_CLOSING}]*")

_RECORD = 2
"""A table of so many columns, names and values, needs no empty lines between its rows."""

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a drawing; a strong one is a heading."""

    text: str
    strong: bool = False


def draw(columns: Row, rows: Sequence[Row], width: int, *, cards: bool = False) -> Iterator[Line]:
    """Yield the lines of a table at most ``width`` cells wide; of cards where wished, or where no table fits."""
    widths = None if cards else column_widths([columns, *rows], width)
    if widths is None:
        yield from _cards(columns, rows, width)
    else:
        yield from _table(columns, rows, widths)


def wrap(text: str, width: int) -> list[str]:
    """Return the lines of a text, each at most ``width`` cells wide; at least one line."""
    lines = [""]
    for paragraph in text.split("\n"):
        for word in paragraph.split():
            space = " "
            for piece in _fitting(word, width):
                joined = lines[-1] + space + piece if lines[-1] else piece
                if cell_len(joined) <= width:
                    lines[-1] = joined
                else:
                    lines.append(piece)
                space = ""
        lines.append("")
    return lines[:-1] if len(lines) > 1 else lines


def column_widths(rows: Sequence[Row], width: int) -> list[int] | None:
    """Return the columns' widths in cells, None when their longest words do not fit side by side."""
    columns = list(zip(*rows, strict=True))
    widths = [max(map(_longest_piece, column)) for column in columns]
    wanted = [max(map(_longest_line, column)) for column in columns]
    left = width - GAP * (len(columns) - 1) - sum(widths)
    if left < 0:
        return None
    while left and widths != wanted:
        # What would need the most lines gets the next cell.
        needs = [ask / max(has, 1) for ask, has in zip(wanted, widths, strict=True)]
        widths[needs.index(max(needs))] += 1
        left -= 1
    return widths


def _fitting(word: str, width: int) -> Iterator[str]:
    for piece in _PIECE.findall(word):
        yield from [piece] if cell_len(piece) <= width else chop_cells(piece, width)


def _longest_piece(text: str) -> int:
    return max(
        (cell_len(piece) for word in text.split() for piece in _PIECE.findall(word)), default=0
    )


def _longest_line(text: str) -> int:
    return max(cell_len(" ".join(line.split())) for line in text.split("\n"))


def _table(columns: Row, rows: Sequence[Row], widths: list[int]) -> Iterator[Line]:
    yield from (Line(text, strong=True) for text in _side_by_side(columns, widths))
    yield Line((" " * GAP).join("─" * width for width in widths))
    drawn = [list(_side_by_side(row, widths)) for row in rows]
    apart = len(columns) > _RECORD and any(len(lines) > 1 for lines in drawn)
    for position, lines in enumerate(drawn):
        if apart and position:
            yield Line("")
        yield from map(Line, lines)


def _side_by_side(cells: Row, widths: list[int]) -> Iterator[str]:
    blocks = [wrap(cell, width) for cell, width in zip(cells, widths, strict=True)]
    for place in range(max(map(len, blocks))):
        parts = [block[place] if place < len(block) else "" for block in blocks]
        padded = [
            part + " " * (width - cell_len(part)) for part, width in zip(parts, widths, strict=True)
        ]
        yield (" " * GAP).join(padded).rstrip()


def _cards(columns: Row, rows: Sequence[Row], width: int) -> Iterator[Line]:
    label_width = max(map(cell_len, columns[1:]), default=0)
    room = max(width - label_width - 2 * GAP, 1)
    for position, (head, *cells) in enumerate(rows):
        if position:
            yield Line("")
        yield from (Line(text, strong=True) for text in wrap(head, width))
        for label, cell in zip(columns[1:], cells, strict=True):
            texts = wrap(cell, room) if cell else []
            for place, text in enumerate(texts):
                shown = label if place == 0 else ""
                yield Line(f"{'':{GAP}}{shown:{label_width + GAP}}{text}")
