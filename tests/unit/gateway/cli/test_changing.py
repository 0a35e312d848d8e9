"""What `jointgate change` and `jointgate submit` refuse before anything is sent."""

import pytest

from gateway.cli import main

_NO_TEXT = "\udcff"
"""What Python makes of a byte that is no UTF-8."""
_STAY = ("change", "L-abcdefghijklmnop", "stay", "--document", "(2026) 7", "--as", "court")
_EXEMPT = ("change", "L-abcdefghijklmnop", "exempt", "--document", "(2026) 7", "--as", "court")
_USAGE = 2


@pytest.mark.parametrize(
    "words",
    [
        ("change", _NO_TEXT, "release", "--document", "(2026) 7", "--as", "court"),
        ("change", "L-a", "release", "--document", _NO_TEXT, "--as", "court"),
        (*_EXEMPT, "--measure", _NO_TEXT),
        ("submit", "feed.jsonl", "--list", _NO_TEXT, "--as", "court"),
        (*_STAY, "--until", "0001-01-01T00:00:00+08:00"),
        (*_STAY, "--until", "9999-12-31T23:00:00-08:00"),
        (*_STAY, "--if-change", "99999999999999999999"),
        (*_STAY, "--if-change", "-1"),
    ],
    ids=[
        "reference",
        "document",
        "measure",
        "list",
        "too-early",
        "too-late",
        "too-big",
        "negative",
    ],
)
def test_what_cannot_be_sent_is_a_wrong_option(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """The command says which option is wrong, with the status of a wrong command line, instead of a traceback."""
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == _USAGE
    assert "error: argument" in capsys.readouterr().err
