"""Tests of how the commands lay out an answer."""

from io import StringIO

import pytest

from partner_sdk.console import Console, as_entry, as_lines

ENTRY = as_entry(
    "A listing forbids this for as long as it is in force.",
    [("basis", "Rules of the Fake Bureau, article 1, as changed twice since")],
)


def test_lines_are_left_alone_without_a_width() -> None:
    """What goes to a file or a program keeps one line for each row."""
    assert as_lines(["Heading", ENTRY]).count("\n") == 4
    assert "article 1, as changed twice since\n" in as_lines([ENTRY])


def test_long_lines_are_wrapped_under_their_text() -> None:
    """At a terminal's width a row goes on under its text, and an explanation under its first word."""
    assert as_lines(["Heading", ENTRY], 48) == (
        "Heading\n"
        "\n"
        "  A listing forbids this for as long as it is in\n"
        "  force.\n"
        "    basis      Rules of the Fake Bureau, article\n"
        "               1, as changed twice since\n"
    )


def test_a_reference_is_never_broken() -> None:
    """What is copied from the terminal stays in one piece, however narrow it is."""
    assert "L" + "x" * 90 in as_lines([as_entry("Why.", [("reference", "L" + "x" * 90)])], 10)


@pytest.mark.parametrize(("terminal", "lines"), [(True, 3), (False, 1)])
def test_only_a_terminal_limits_the_width(
    monkeypatch: pytest.MonkeyPatch, *, terminal: bool, lines: int
) -> None:
    """Words are wrapped when standard output is a terminal, and only then."""
    shown = StringIO()
    monkeypatch.setattr(shown, "isatty", lambda: terminal)
    monkeypatch.setattr("sys.stdout", shown)
    monkeypatch.setenv("COLUMNS", "50")
    out = StringIO()
    Console(out, StringIO()).print_blocks(["word " * 25])
    assert out.getvalue().count("\n") == lines
