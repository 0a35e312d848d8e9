"""Rows as a drawn table, plain columns, CSV, Markdown and JSON."""

from __future__ import annotations

import io
import sys

import pytest

from gateway.cli.tabular import FORMATS, View, print_view

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
