"""Rows as a drawn table, plain columns, CSV, Markdown and JSON."""

from __future__ import annotations

import io
import sys

import pytest

from gateway.cli.tabular import FORMATS, Sheet, View, print_view

VIEW = View("A title", ("no", "name"), (("1", "a | b"), ("2", "[bold] two\nlines")))


class Terminal(io.StringIO):
    """A text stream that calls itself a terminal."""

    def isatty(self) -> bool:
        """Say yes."""
        return True


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_prints_every_row(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No form loses a row."""
    print_view(VIEW, form)
    printed = capsys.readouterr().out
    assert "1" in printed
    assert "lines" in printed


def test_a_bar_does_not_break_a_markdown_table(capsys: pytest.CaptureFixture[str]) -> None:
    """A bar in a text is escaped and a line end becomes a space."""
    print_view(VIEW, "markdown")
    assert capsys.readouterr().out.splitlines()[2:] == [
        "| 1 | a \\| b |",
        "| 2 | [bold] two lines |",
    ]


def test_a_terminal_gets_a_drawn_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Brackets in a text are text, not markup."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    print_view(VIEW, "table")
    assert "A title" in terminal.getvalue()
    assert "[bold] two" in terminal.getvalue()


def test_a_terminal_shows_the_sheet_and_the_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is drawn is made for reading: fewer columns, and the sentences that explain them."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    view = View("t", ("a", "b"), (("1", "2"),), Sheet(("short",), (("12",),)), ("A note.",))
    print_view(view, "table")
    assert "short" in terminal.getvalue()
    assert "A note." in terminal.getvalue()
    assert "b" not in terminal.getvalue().replace("\x1b[1m", "")


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_what_a_program_reads_has_every_column_and_no_note(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Away from a terminal the sheet and the notes are left out, the columns never."""
    print_view(View("t", ("a", "b"), (("1", "2"),), Sheet(("short",), (("12",),)), ("N.",)), form)
    printed = capsys.readouterr().out
    assert "b" in printed
    assert "short" not in printed
    assert "N." not in printed


def test_plain_columns_are_parted_by_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    """A text of several lines takes one, so that a line is a row."""
    print_view(VIEW, "table")
    assert capsys.readouterr().out.splitlines() == [
        "# A title",
        "no\tname",
        "1\ta | b",
        "2\t[bold] two lines",
    ]


@pytest.mark.parametrize("form", ["table", "csv", "markdown"])
def test_no_text_commands_the_terminal(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What controls a terminal is replaced in titles, cells and notes; JSON escapes it by itself."""
    evil = "a\x1b[2J\x9b1m"
    print_view(View(evil, ("no",), ((evil,),), notes=(evil,)), form)
    printed = capsys.readouterr().out
    assert "a\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}1m" in printed
    assert not {"\x1b", "\x9b"} & set(printed)


def test_a_drawn_table_does_not_command_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sheet that stands in for the rows is cleaned as they are."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    evil = "a\x1b[2J"
    print_view(View(evil, ("no",), ((evil,),), Sheet(("no",), ((evil,),)), (evil,)), "table")
    assert "\x1b[2J" not in terminal.getvalue()
    assert "a\N{REPLACEMENT CHARACTER}[2J" in terminal.getvalue()


def test_a_spreadsheet_computes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A cell that would be a formula is text in CSV; a lone dash, which stands for nothing, stays."""
    print_view(View("t", ("a",), (("=1+1",), ("+1",), ("-1",), ("@x",), ("-",), ("a=1",))), "csv")
    assert capsys.readouterr().out.split() == ["a", "'=1+1", "'+1", "'-1", "'@x", "-", "a=1"]
