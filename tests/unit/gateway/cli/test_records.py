"""``jointgate records``: counts by reference, gaps, and deletion by hand."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.clock import system_clock
from gateway.config import load_settings
from gateway.recording.gaps import microseconds_at
from gateway.register.records import RecordBook, StreamEntry, StreamPosition
from gateway.register.register import Register
from tests.unit.gateway.cli.conftest import Run

REFERENCE = "L-aaaaaaaaaaaaaaaa"


@pytest.fixture
def recorded(site: Path) -> Path:
    """A site with two records of yesterday, one that is too old, and a gap."""
    yesterday = microseconds_at(system_clock() - timedelta(days=1))
    old = microseconds_at(system_clock() - timedelta(days=31))
    rows = [
        {
            "at": at,
            "receipt": bytes(32),
            "partner": partner,
            "action": "air.travel",
            "reference": REFERENCE,
        }
        for at, partner in ((yesterday, "airline"), (yesterday, "airline"), (old, "portal"))
    ]
    gap = {
        "starts_at": yesterday,
        "ends_at": yesterday + 1,
        "lost": None,
        "payload": b'{"cause":"worker-ended"}',
        "keyid": "ab" * 32,
        "signature": b"\x30\x01",
    }
    with RecordBook.open(load_settings(site).database_url) as book:
        book.write([StreamEntry(bytes(16), StreamPosition(3, old), rows, [gap], is_over=True)])
    return site


@pytest.mark.usefixtures("recorded")
def test_answers_are_counted_by_reference(run: Run) -> None:
    """An authority or a court learns how many answers named its listing, by day, partner and action."""
    status, out, _ = run("records", REFERENCE, "--json")
    told = json.loads(out)
    assert (status, told["reference"], told["answers"]) == (0, REFERENCE, 3)
    counted = [(day["partner"], day["action"], day["answers"]) for day in told["days"]]
    assert counted == [("portal", "air.travel", 1), ("airline", "air.travel", 2)]
    assert "3 answers named" in run("records", REFERENCE)[1]


@pytest.mark.usefixtures("recorded")
def test_a_listing_that_no_answer_named_has_none(run: Run) -> None:
    """That is an answer, and no error."""
    status, out, _ = run("records", "L-bbbbbbbbbbbbbbbb", "--json")
    assert (status, json.loads(out)["answers"]) == (0, 0)


@pytest.mark.usefixtures("recorded")
def test_gaps_are_shown_with_what_was_signed(run: Run) -> None:
    """The payload as it was signed, the key's identifier and the signature, so that anybody can verify it."""
    (gap,) = json.loads(run("records", "--gaps", "--json")[1])["gaps"]
    assert (gap["payload"], gap["signature"]) == ('{"cause":"worker-ended"}', "3001")
    assert (gap["lost"], gap["keyid"]) == (None, "ab" * 32)
    assert "not known" in run("records", "--gaps")[1]


@pytest.mark.usefixtures("recorded")
def test_purging_deletes_what_is_too_old(run: Run) -> None:
    """What is older than its term goes, the rest stays."""
    assert json.loads(run("records", "--purge", "--json")[1])["deleted"] == 1
    assert json.loads(run("records", REFERENCE, "--json")[1])["answers"] == 2
    assert "deleted 0 rows" in run("records", "--purge")[1]


def test_purging_says_when_the_log_could_not_be_emptied(run: Run, recorded: Path) -> None:
    """Whoever must be sure that it is gone learns that somebody was reading, and does it again."""
    with Register.open(load_settings(recorded).database_url, None) as register:
        with register.view() as reader:
            reader.last_change()
            assert "may still hold them" in run("records", "--purge")[1]
            assert json.loads(run("records", "--purge", "--json")[1])["in_log"] is True
        assert "may still hold them" not in run("records", "--purge")[1]


def test_what_is_no_reference_is_not_repeated(run: Run) -> None:
    """Somebody who gives a document in place of a reference does not find it in the error."""
    status, out, error = run("records", "110101189001010016")
    assert status == 2
    assert "110101189001010016" not in out + error


def test_there_is_no_list_without_a_reference(run: Run) -> None:
    """Asked for nothing in particular, the command tells nothing."""
    with pytest.raises(SystemExit) as caught:
        run("records")
    assert caught.value.code == 2


def test_the_help_has_examples(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Every way to use it is shown."""
    with pytest.raises(SystemExit):
        run("records", "--help")
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("examples:", "--gaps", "--purge", "--json", "L-abc"))
