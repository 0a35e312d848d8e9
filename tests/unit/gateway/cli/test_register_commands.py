"""The commands that fill and change the register: synth, import and listing."""

import io
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from gateway.cli import listing_changes
from gateway.config import load_settings
from gateway.packs import load_pack
from gateway.register import Register
from gateway.register.locks import FileLock
from sanctions_matrix.synthetic import organisation_code

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def feed(tmp_path: Path, run: Run) -> Path:
    """A synthetic feed of ten parties."""
    path = tmp_path / "feed.jsonl"
    assert run("synth", "--parties", 10, "--seed", 1, "--out", path)[0] == 0
    return path


@pytest.fixture
def reference(run: Run, feed: Path, site: Path) -> str:
    """The reference of an imported listing of a party on its own account."""
    run("import", feed, "--list", "consumption-limited")
    settings = load_settings(site)
    with Register.open(settings.database_url, load_pack(settings.pack_id)) as register:
        references = [listings[0].reference for _, listings in register.all_listings()]
        return next(one for one in references if register.show(one).responsible_role is None)


def test_an_import_says_what_it_did(run: Run, feed: Path) -> None:
    """Exit status 0 when all was admitted, with the counts as JSON or as a table."""
    status, out, _ = run("import", feed, "--list", "consumption-limited", "--json")
    assert status == 0
    assert json.loads(out) | {"rows": 10, "added": 10, "change": 1} == json.loads(out)
    status, out, _ = run("import", feed, "--list", "consumption-limited")
    assert status == 0
    assert "nothing changed" in out


def test_quarantined_rows_are_reported(run: Run, feed: Path, tmp_path: Path) -> None:
    """Exit status 3, and the report names line, rule and what to mend."""
    feed.write_bytes(feed.read_bytes().replace(b'"effective":true', b'"effective":false', 1))
    report = tmp_path / "report.jsonl"
    status, _, _ = run("import", feed, "--list", "consumption-limited", "--report", report)
    assert status == 3
    lines = [json.loads(text) for text in report.read_text(encoding="utf-8").splitlines()]
    assert (lines[0]["line"], lines[0]["rules"]) == (2, ["A1"])
    assert lines[0]["messages"][0]["message_zh"]


def test_without_a_report_the_commonest_rules_are_told(run: Run, feed: Path) -> None:
    """At most three rules, the commonest first, each with its message and no document, and how to get the rest."""
    rows = [json.loads(text) for text in feed.read_text(encoding="utf-8").splitlines()]
    numbers = [one["number"] for row in rows[1:-1] for one in row["party"]["documents"]]
    for row in rows[1:4]:
        row["ruling"]["effective"] = False
    for number, row in enumerate(rows[1:3]):
        row["party"]["documents"][0]["number"] = f"11010118900101001{number}"
    rows[1]["ground"] = "gossip"
    feed.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    status, out, _ = run("import", feed, "--list", "consumption-limited")
    assert status == 3
    told = out.partition("Quarantined most often for:\n")[2].splitlines()
    assert told[0].startswith("  A1, 3 rows: ")
    assert len(told) == 4
    assert told[-1] == "To see them, give --report FILE for every row."
    assert not any(number in out for number in numbers)
    assert "11010118900101001" not in out


def test_a_report_is_named_in_the_summary(run: Run, feed: Path, tmp_path: Path) -> None:
    """Whoever asked for every row is told where they are; a program that reads JSON is told nothing else."""
    feed.write_bytes(feed.read_bytes().replace(b'"effective":true', b'"effective":false', 1))
    report = tmp_path / "report.jsonl"
    command = ("import", feed, "--list", "consumption-limited")
    _, out, _ = run(*command, "--report", report)
    assert out.endswith(f"Every quarantined row, and why: {report}\n")
    assert "Quarantined most often" not in out
    assert json.loads(run(*command, "--json")[1])["quarantined"] > 0


def test_a_refused_feed_has_a_status_of_its_own(run: Run, feed: Path) -> None:
    """Exit status 4, one line on standard error, and a reason for machines."""
    feed.write_bytes(feed.read_bytes()[:-20])
    status, out, err = run("import", feed, "--list", "consumption-limited", "--json")
    assert status == 4
    assert json.loads(out)["refused"] == "cut-off"
    assert err.count("\n") == 1
    assert "cut off" in err


def test_a_report_never_overwrites_what_is_read(run: Run, feed: Path, tmp_path: Path) -> None:
    """The feed stays as it is when --report names it, by whichever name."""
    before = feed.read_bytes()
    link = tmp_path / "link.jsonl"
    link.symlink_to(feed)
    for report in (feed, link, tmp_path / "." / feed.name):
        status, _, err = run("import", feed, "--list", "consumption-limited", "--report", report)
        assert (status, err.count("\n"), "--report" in err) == (2, 1, True)
    assert feed.read_bytes() == before


def test_a_report_appears_when_the_import_is_done(run: Run, feed: Path, tmp_path: Path) -> None:
    """An import that fails leaves the last report, one that is done replaces it, and nothing half-written stays."""
    report = tmp_path / "report.jsonl"
    report.write_text("the last one", encoding="utf-8")
    command = ("--list", "consumption-limited", "--report", report)
    assert run("import", tmp_path / "missing.jsonl", *command)[0] == 1
    assert report.read_text(encoding="utf-8") == "the last one"
    assert run("import", feed, *command)[0] == 0
    assert report.read_text(encoding="utf-8") == ""
    assert not list(tmp_path.glob(".*.part"))


@pytest.mark.parametrize("kept", [0, 3, -20])
def test_a_refused_feed_is_reported_to_whoever_sent_it(
    run: Run, feed: Path, tmp_path: Path, kept: int
) -> None:
    """An empty, a headless and a cut-off file are told in both languages; the earlier report is replaced."""
    report = tmp_path / "report.jsonl"
    report.write_text("the last one", encoding="utf-8")
    feed.write_bytes(feed.read_bytes()[:kept])
    command = ("import", feed, "--list", "consumption-limited", "--report", report, "--json")
    status, out, _ = run(*command)
    assert status == 4
    answer, told = json.loads(out), json.loads(report.read_text(encoding="utf-8"))
    assert (told["line"], told["rules"], told["notes"]) == (None, ["F0"], [])
    assert told["messages"] == [
        {
            "rule": answer["rule"],
            "message_en": answer["message"],
            "message_zh": answer["message_zh"],
            "field": "",
        }
    ]
    assert any("\u4e00" <= character <= "\u9fff" for character in answer["message_zh"])
    assert not list(tmp_path.glob(".*.part"))


def test_a_feed_refused_after_it_was_read_is_reported_with_its_lines(
    run: Run, feed: Path, tmp_path: Path
) -> None:
    """What is wrong with single rows comes first, and what is wrong with the feed comes last."""
    command = ("import", feed, "--list", "consumption-limited")
    assert run(*command)[0] == 0
    header, first, *_ = map(json.loads, feed.read_text(encoding="utf-8").splitlines())
    first["ruling"]["effective"] = False
    lines = [header | {"sequence": 2, "records": 1}, first, {"end": 1}]
    feed.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    report = tmp_path / "report.jsonl"
    status, _, err = run(*command, "--report", report)
    assert (status, "--confirm-shrink" in err) == (4, True)
    told = [json.loads(text) for text in report.read_text(encoding="utf-8").splitlines()]
    assert [(one["line"], one["rules"]) for one in told] == [(2, ["A1"]), (None, ["A12"])]


def test_a_report_that_cannot_be_written_is_named(run: Run, feed: Path, tmp_path: Path) -> None:
    """The feed is not blamed for the report's folder or disk."""
    feed.write_bytes(feed.read_bytes().replace(b'"effective":true', b'"effective":false'))
    for report in (tmp_path / "gone" / "report.jsonl", Path("/dev/full")):
        status, _, err = run("import", feed, "--list", "consumption-limited", "--report", report)
        assert (status, err.count("\n"), str(report) in err) == (1, 1, True)


@dataclass
class Overheard(io.StringIO):
    """Standard error that lets go of something as soon as somebody says to be waiting."""

    let_go: Callable[[], None]

    def __post_init__(self) -> None:
        """Begin empty."""
        super().__init__()

    def write(self, text: str) -> int:
        """Keep what is said."""
        if "waiting" in text:
            self.let_go()
        return super().write(text)


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["table", "json"])
def test_an_import_that_waits_for_another_says_so_without_a_terminal(
    run: Run, feed: Path, site: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    """One line on standard error, where it disturbs no output; then it goes on as ever."""
    database = make_url(load_settings(site).database_url).database
    with ExitStack() as other:
        other.enter_context(FileLock(Path(f"{database}-import")).held())
        errors = Overheard(other.close)
        monkeypatch.setattr(sys, "stderr", errors)
        status, out, _ = run("import", feed, "--list", "consumption-limited", *options)
    assert status == 0
    assert errors.getvalue() == "jointgate: waiting for another import\n"
    assert "waiting" not in out


def test_unknown_lists_and_missing_files_are_errors(run: Run, feed: Path, tmp_path: Path) -> None:
    """A wrong name is a usage error that says what there is; a missing file is named."""
    status, _, err = run("import", feed, "--list", "no-such-list")
    assert (status, "consumption-limited" in err) == (2, True)
    status, _, err = run("import", tmp_path / "missing.jsonl", "--list", "consumption-limited")
    assert (status, "missing.jsonl" in err) == (1, True)
    assert run("synth", "--parties", 0, "--seed", 1, "--out", tmp_path / "x")[0] == 2


def test_a_listing_is_shown_without_document_numbers(run: Run, reference: str, feed: Path) -> None:
    """Types and how many, never a number."""
    numbers = {
        document["number"]
        for text in feed.read_text(encoding="utf-8").splitlines()[1:-1]
        for document in json.loads(text)["party"]["documents"]
    }
    for arguments in (("--json",), ()):
        status, out, _ = run("listing", "show", reference, *arguments)
        assert status == 0
        assert "consumption-limited" in out
        assert not any(number in out for number in numbers)


def test_a_listing_is_stayed_exempted_and_released(run: Run, reference: str) -> None:
    """Each change succeeds, names its paper, and shows in the history."""
    paper = ("--document", "(2026) Decision No. 1")
    until = ("--from", "2026-01-01T00:00:00Z", "--until", "2026-01-20T00:00:00Z")
    assert run("listing", "stay", reference, *paper)[0] == 0
    assert run("listing", "stay", reference, *paper, "--lift")[0] == 0
    assert run("listing", "exempt", reference, *paper, "--measure", "38", *until)[0] == 0
    status, out, _ = run("listing", "release", reference, *paper, "--json")
    assert (status, json.loads(out)["outcome"]) == (0, "released")
    shown = json.loads(run("listing", "show", reference, "--json")[1])
    assert shown["ended_as"] == "performed"
    assert [one["kind"] for one in shown["history"]] == [
        "listing.added",
        "listing.stayed",
        "listing.stay-lifted",
        "listing.exempted",
        "listing.ended",
    ]
    assert shown["history"][-1]["document"] == "(2026) Decision No. 1"


@pytest.fixture
def commended(run: Run, site: Path, tmp_path: Path) -> str:
    """The reference of an imported listing on a red list."""
    header = {"jointgate_feed": 1, "list": "a-grade-taxpayers", "authority": "Tax Bureau of Utopia"}
    row = {
        "record": "T-1",
        "party": {
            "kind": "organisation",
            "documents": [{"type": "cn-uscc", "number": organisation_code(1)}],
        },
        "ruling": {
            "number": "T-1",
            "authority": "Tax Bureau of Utopia",
            "dated": "2024-08-07",
            "effective": True,
        },
        "ground": "graded-a",
        "notice": {"served_on": "2024-08-14"},
        "starts_at": "2024-08-22T00:00:00+08:00",
        "ends_at": None,
        "contest": {
            "body": "Tax Bureau of Utopia",
            "address": "1 Example Road",
            "deadline": "none",
        },
    }
    lines = [header | {"sequence": 1, "mode": "full", "records": 1}, row, {"end": 1}]
    path = tmp_path / "red.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    assert run("import", path, "--list", "a-grade-taxpayers")[0] == 0
    settings = load_settings(site)
    with Register.open(settings.database_url, load_pack(settings.pack_id)) as register:
        ((_, (listing,)),) = register.all_listings()
        return str(listing.reference)


def test_a_listing_on_a_red_list_has_nothing_to_exempt(run: Run, commended: str) -> None:
    """A commendation carries no measures, and the refusal says so instead of naming none."""
    paper = ("--document", "(2026) Decision No. 1")
    status, _, err = run("listing", "exempt", commended, *paper, "--measure", "38")
    assert status == 1
    assert err == ("jointgate: a red list carries no measures, so there is nothing to exempt\n")


def test_a_change_is_dated_when_its_turn_has_come(
    run: Run, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock is read again once the command need not wait for other changes."""
    begun = datetime.now(UTC)
    readings = iter([begun, begun + timedelta(minutes=3)])
    monkeypatch.setattr(listing_changes, "system_clock", lambda: next(readings))
    assert run("listing", "release", reference, "--document", "(2026) Decision No. 1")[0] == 0
    monkeypatch.undo()
    ended_at = json.loads(run("listing", "show", reference, "--json")[1])["ended_at"]
    assert datetime.fromisoformat(ended_at) == begun + timedelta(minutes=3)


def test_a_change_that_is_not_possible_is_an_error(run: Run, reference: str) -> None:
    """An unknown reference, a lift beyond a month and a second release say so in one line."""
    paper = ("--document", "(2026) Decision No. 1")
    far = ("--from", "2026-01-01T00:00:00Z", "--until", "2027-01-01T00:00:00Z")
    for arguments, said in (
        (("release", "L-unknown", *paper), "no listing"),
        (("exempt", reference, *paper, "--measure", "38", *far), "one month"),
        (
            ("exempt", reference, *paper, "--measure", "38", "--until", "2000-01-01T00:00:00Z"),
            "end",
        ),
    ):
        status, _, err = run("listing", *arguments)
        assert status != 0
        assert said in err


def test_a_change_needs_a_paper(run: Run, reference: str) -> None:
    """Without --document nothing is changed."""
    with pytest.raises(SystemExit) as usage:
        run("listing", "release", reference)
    assert usage.value.code == 2
