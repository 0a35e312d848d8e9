"""Drawn tables and cards: whole words, lines that fit, columns that line up."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from gateway.cli.drawing import column_widths, draw, wrap

COLUMNS = ("measure", "title", "legal basis")
ROWS = (
    ("FASHI-17-OTHER", "Other consumption not necessary for life and work", "SPC Fa Shi [2015]"),
    ("39", "限制乘坐列车软卧、G字头动车组列车全部座位", "短"),
)


def texts(width: int, *, cards: bool = False) -> list[str]:
    """Return the drawn lines of the example."""
    return [line.text for line in draw(COLUMNS, ROWS, width, cards=cards)]


def texts_of(columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...], width: int) -> list[str]:
    """Return the drawn lines of any rows."""
    return [line.text for line in draw(columns, rows, width)]


@pytest.mark.parametrize("width", [40, 60, 100])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """The width counts cells, of which a wide glyph takes two."""
    assert max(map(cell_len, texts(width))) <= width


@pytest.mark.parametrize("width", [40, 60, 100])
@pytest.mark.parametrize("cards", [False, True])
def test_no_word_is_broken(width: int, *, cards: bool) -> None:
    """Every word of a text with spaces stands whole on one line."""
    drawn = {word for line in texts(width, cards=cards) for word in line.split()}
    assert set(f"{ROWS[0][1]} {ROWS[0][2]} {ROWS[0][0]}".split()) <= drawn


def test_columns_line_up_behind_wide_glyphs() -> None:
    """The third column starts in the same cell whatever stands in front of it."""
    lines = texts(90)
    starts = {
        cell_len(line[: line.index(word)])
        for line, word in zip((lines[0], *lines[2:]), ("legal", "SPC", "短"), strict=True)
    }
    assert len(starts) == 1


def test_a_closing_sign_does_not_start_a_line() -> None:
    """Chinese is broken between glyphs, never before a closing sign and never after an opening one."""
    for width in range(6, 20):
        lines = wrap("限制乘坐列车软卧、（软卧）、动车组。", width)
        assert not [line for line in lines if line[0] in "、）。" or line[-1] == "（"]


def test_latin_inside_chinese_is_a_word() -> None:
    """A number or name in a Chinese sentence stays whole, and no space is put around it."""
    assert wrap("依据NDRC文件", 6) == ["依据", "NDRC文", "件"]


def test_a_word_wider_than_the_terminal_is_cut() -> None:
    """It is the only case in which a word is broken; nothing is lost."""
    assert "".join(wrap("incomprehensibilities", 8)) == "incomprehensibilities"
    assert max(map(len, wrap("incomprehensibilities", 8))) <= 8


def test_line_ends_in_a_text_are_kept() -> None:
    """A heading may be written in two lines."""
    assert wrap("0011\n4901", 20) == ["0011", "4901"]
    assert wrap("", 20) == [""]


def test_the_longest_words_must_fit_side_by_side() -> None:
    """A table has exactly the room that its longest words and the gaps between columns take, or it is no table."""
    rows = (("aaaa", "bbbb"), ("a a", "b b b b b b"))
    assert column_widths(rows, 10) == [4, 4]
    assert column_widths(rows, 9) is None


def test_what_is_too_narrow_for_a_table_becomes_cards() -> None:
    """Each row is a block: its name, then one line or more for each fact; an empty fact takes none."""
    lines = texts_of(("id", "a", "b"), (("long-id", "x", "wide-word"), ("y", "", "z")), 14)
    assert lines == ["long-id", "  a  x", "  b  wide-word", "", "y", "  b  z"]


def test_rows_of_several_lines_stand_apart() -> None:
    """An empty line parts them; a record of names and values needs none."""
    flat = texts_of(("a", "b", "c"), (("1", "x y", "z"), ("2", "x", "z")), 9)
    assert flat[2:] == ["1  x y  z", "2  x    z"]
    tall = texts_of(("a", "b", "c"), (("1", "xx yy", "z"), ("2", "x", "z")), 8)
    assert tall[2:] == ["1  xx  z", "   yy", "", "2  x   z"]
    record = texts_of(("a", "b"), (("1", "xx yy"), ("2", "x")), 5)
    assert record[2:] == ["1  xx", "   yy", "2  x"]
