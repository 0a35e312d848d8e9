"""What no command can send, store or print is a wrong option, with the status of a wrong command line."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.cli.option_types import instant

Run = Callable[..., tuple[int, str, str]]
_NO_TEXT = "\udcff"
"""What Python makes of a byte that is no UTF-8."""
_SUBMISSION = ("submission", "00" * 16, "--as", "court")
_STAY = ("listing", "stay", "L-abcdefghijklmnop", "--document", "(2026) 7")
_EXEMPT = ("listing", "exempt", "L-abcdefghijklmnop", "--document", "(2026) 7")
_USAGE = 2


@pytest.mark.parametrize(
    "words",
    [
        ("listing", "show", _NO_TEXT),
        ("listing", "stay", "L-a", "--document", _NO_TEXT),
        (*_STAY, "--actor", _NO_TEXT),
        (*_EXEMPT, "--measure", _NO_TEXT),
        ("register", "late", "--authority", _NO_TEXT),
        ("subject", "answer.receipt", "cn-ric:1", "--server", f"{_NO_TEXT}:1"),
        (*_SUBMISSION, "--register", f"{_NO_TEXT}:1"),
        ("check", "cn-ric:1", "air.travel", "--as", "a", "--gateway", f"{_NO_TEXT}:1"),
        (*_STAY, "--until", "9999-12-31T23:59:59-14:00"),
        (*_STAY, "--until", "0001-01-01T00:00:00+14:00"),
        (*_STAY, "--until", "2026-05-01T00:00:00"),
    ],
    ids=[
        "reference",
        "document",
        "actor",
        "measure",
        "authority",
        "server",
        "register",
        "gateway",
        "too-late",
        "too-early",
        "no-offset",
    ],
)
def test_what_cannot_be_used_is_a_wrong_option(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """The command says which option is wrong instead of ending with a traceback."""
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == _USAGE
    assert "error: argument" in capsys.readouterr().err


def test_an_instant_is_the_same_one_in_utc() -> None:
    """However it is written, it is compared and kept in one way."""
    assert instant("2026-05-01T00:00:00+08:00") == datetime(2026, 4, 30, 16, tzinfo=UTC)
    assert instant("2026-05-01T00:00:00+08:00").tzinfo is UTC


@pytest.mark.parametrize("day", ["0001-01-01", "0004-10-26", "9986-03-25", "9999-12-31"])
def test_a_day_without_room_around_it_is_refused_with_the_days_that_have(
    run: Run, tmp_path: Path, day: str
) -> None:
    """A synthetic feed needs years before and after its day, and nothing is written without."""
    out = tmp_path / "feed.jsonl"
    status, _, err = run("synth", "--parties", 1, "--seed", 1, "--out", out, "--day", day)
    assert (status, err) == (
        _USAGE,
        "jointgate: the day must lie between 0004-10-27 and 9986-03-24\n",
    )
