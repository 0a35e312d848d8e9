"""The commands of deadlines and of the register as a whole: due, object, decide, verify, rebuild, sweep and late."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from gateway.config import load_settings
from gateway.keys import new_decision_key
from gateway.packs import load_pack
from gateway.register import Register

Run = Callable[..., tuple[int, str, str]]

LIST = "consumption-limited"
PAPER = ("--document", "(2026) Decision No. 1")
BEIJING = timedelta(hours=8)
REGISTRY = """
[[authority]]
id = "court"
name = "{name}"
uri = "spiffe://jointgate.example/authority/court"
lists = ["consumption-limited"]
contact = "mailto:register@court.example"

[[authority.key]]
not_before = 2026-01-01T00:00:00Z
not_after = 2027-01-01T00:00:00Z
public = '''
{public}'''
"""


def days_ago(days: int) -> str:
    """Return the civil date in Beijing some days ago."""
    return (datetime.now(UTC) + BEIJING - timedelta(days=days)).date().isoformat()


@pytest.fixture
def reference(run: Run, site: Path, tmp_path: Path) -> str:
    """The reference of an imported listing of a party on its own account, without an end."""
    feed = tmp_path / "feed.jsonl"
    assert run("synth", "--parties", 20, "--seed", 1, "--out", feed)[0] == 0
    assert run("import", feed, "--list", LIST)[0] == 0
    settings = load_settings(site)
    with Register.open(settings.database_url, load_pack(settings.pack_id)) as register:
        records = [register.show(held[0].reference) for _, held in register.all_listings()]
    now = datetime.now(UTC)
    return next(
        one.reference
        for one in records
        if one.responsible_role is None and one.ends_at is None and one.state_at(now) == "in-force"
    )


def shown(run: Run, reference: str, *arguments: str) -> dict[str, object]:
    """Return what ``listing show`` says."""
    status, out, _ = run("listing", "show", reference, "--json", *arguments)
    assert status == 0
    answer = json.loads(out)
    assert isinstance(answer, dict)
    return answer


def test_a_removal_is_owed_and_shown(run: Run, reference: str) -> None:
    """From the command on the listing has a day on which it stops, and the answer says which."""
    status, out, _ = run("listing", "due", reference, "--reason", "performed", *PAPER)
    assert status == 0
    assert "enforced until" in out
    record = shown(run, reference)
    assert (record["due_as"], record["state"]) == ("performed", "in-force")
    assert record["due_at"] == record["stops_at"] is not None
    assert run("listing", "show", reference)[1].count("removal") > 0


def test_who_is_late_is_told_until_swept_and_released(run: Run, reference: str, site: Path) -> None:
    """A removal long due stops at once; the late authority is named in every form, and a release ends it."""
    command = ("listing", "due", reference, "--reason", "corrected", "--on", days_ago(60))
    assert run(*command, *PAPER)[0] == 0
    assert shown(run, reference)["state"] == "ended"
    (late,) = json.loads(run("register", "late", "--json")[1])
    assert (late["reference"], late["kind"]) == (reference, "removal")
    assert late["days_late"] > 30
    assert late["is_stopped"] is True
    for form in ("table", "csv", "markdown"):
        out = run("register", "late", "--format", form, "--authority", late["authority"])[1]
        assert reference in out
    assert reference not in run("register", "late", "--authority", "Nobody")[1]
    swept = json.loads(run("register", "sweep", "--json")[1])
    assert (swept["missed"], swept["ended"]) == (1, 1)
    assert run("register", "sweep")[1].startswith("0 deadlines missed; 0 listings ended")
    assert shown(run, reference)["ended_as"] == "corrected"
    assert run("listing", "release", reference, *PAPER)[0] == 0
    assert json.loads(run("register", "late", "--json")[1]) == []
    assert site.exists()


def test_who_is_late_is_told_with_who_delivered_and_the_contact(
    run: Run, reference: str, site: Path
) -> None:
    """The authority that owes is the one that delivers: its id and its contact stand beside, where it is registered."""
    due = ("listing", "due", reference, "--reason", "corrected", "--on", days_ago(60))
    assert run(*due, *PAPER)[0] == 0
    status, out, error = run("register", "late", "--json")
    (late,) = json.loads(out)
    assert (status, late["authority_id"], late["contact"]) == (0, None, None)
    assert "no contacts are told" in error
    assert "(not registered)" in run("register", "late", "--format", "csv")[1]
    public = new_decision_key().public_key.keyval["public"]
    registry = site.parent / "authorities.toml"
    registry.write_text(REGISTRY.format(name=late["delivered_by"], public=public), encoding="utf-8")
    _, out, error = run("register", "late", "--json", "--authority", "court")
    (late,) = json.loads(out)
    assert (late["authority_id"], late["contact"]) == ("court", "mailto:register@court.example")
    assert error == ""
    for form in ("table", "csv", "markdown"):
        assert "mailto:register@court.example" in run("register", "late", "--format", form)[1]


def test_a_request_is_made_and_decided(run: Run, reference: str) -> None:
    """A request long due stays the listing; rejected, it restricts again; a review may be granted."""
    assert run("listing", "object", reference, "--on", days_ago(40), *PAPER)[0] == 0
    assert shown(run, reference)["state"] == "stayed"
    assert run("listing", "decide", reference, "--rejected", *PAPER)[0] == 0
    assert shown(run, reference)["state"] == "in-force"
    status, out, _ = run("listing", "object", reference, "--review", "--on", days_ago(1), *PAPER)
    assert (status, "review requested" in out) == (0, True)
    assert run("listing", "decide", reference, "--granted", *PAPER)[0] == 0
    record = shown(run, reference)
    assert record["due_as"] == "corrected"
    deadlines = record["deadlines"]
    assert isinstance(deadlines, list)
    assert [one["kind"] for one in deadlines] == ["correction", "review", "removal"]
    assert [one["state"] for one in deadlines] == ["missed", "kept", "open"]


def test_a_change_may_name_the_one_it_expects(run: Run, reference: str) -> None:
    """The right number lets the change pass; a number of before is refused in one line, with nothing done."""
    change = str(shown(run, reference)["change"])
    assert run("listing", "stay", reference, *PAPER, "--if-change", change)[0] == 0
    held = shown(run, reference)
    for step in (
        ("release",),
        ("stay", "--lift"),
        ("due", "--reason", "performed"),
        ("object", "--on", days_ago(1)),
        ("exempt", "--measure", "38"),
        ("decide", "--granted"),
    ):
        name, *rest = step
        status, _, err = run("listing", name, reference, *rest, *PAPER, "--if-change", change)
        assert (status, err.count("\n")) == (1, 1)
        assert "changed meanwhile" in err
    assert shown(run, reference) == held


def test_a_past_instant_is_shown(run: Run, reference: str) -> None:
    """As it was recorded then: nothing later is there, and before the import there was nothing."""
    before = datetime.now(UTC)
    assert run("listing", "release", reference, *PAPER)[0] == 0
    past = shown(run, reference, "--at", before.isoformat())
    assert (past["state"], past["ended_at"]) == ("in-force", None)
    assert shown(run, reference)["state"] == "ended"
    status, _, err = run("listing", "show", reference, "--at", "2020-01-01T00:00:00Z")
    assert (status, "not known at that instant" in err) == (1, True)


def test_the_history_is_verified(run: Run, reference: str, site: Path) -> None:
    """Sound, it prints the last link; changed past the register, it fails and says where."""
    assert shown(run, reference)["reference"] == reference
    status, out, _ = run("register", "verify", "--json")
    answer = json.loads(out)
    assert (status, answer["sound"], len(answer["chain"])) == (0, True, 64)
    link = run("register", "verify")[1].splitlines()[-1]
    assert link == f"{answer['events']}:{answer['chain']}"
    assert run("register", "verify", "--expect", link)[0] == 0
    status, _, err = run("register", "verify", "--expect", f"{answer['events'] + 1}:{'0' * 64}")
    assert (status, err.count("\n"), "its end was cut off" in err) == (1, 1, True)
    spoil(site, "DROP TRIGGER event_no_update", "UPDATE event SET actor = 'nobody' WHERE seq = 1")
    status, _, err = run("register", "verify")
    assert (status, err.count("\n"), "event 1" in err) == (1, 1, True)


def test_a_damaged_state_is_found_and_mended(run: Run, reference: str, site: Path) -> None:
    """A check finds what differs and writes nothing; the rebuild mends it and says what to do then.

    What restricts less than the history says is mended with a link that was kept, and not without it.
    """
    assert "is what the history says" in run("register", "rebuild", "--check")[1]
    kept = json.loads(run("register", "verify", "--json")[1])
    link = f"{kept['events']}:{kept['chain']}"
    spoil(site, f"UPDATE listing SET measures = '' WHERE reference = '{reference}'")  # noqa: S608
    status, out, _ = run("register", "rebuild", "--check", "--json")
    assert (status, json.loads(out)) == (1, {"differing": 1, "mended": False})
    status, _, error = run("register", "rebuild")
    assert (status, "--expect SEQ:HEX" in error) == (1, True)
    status, out, _ = run("register", "rebuild", "--expect", link)
    assert (status, "publish --full" in out) == (0, True)
    assert json.loads(run("register", "rebuild", "--json")[1]) == {"differing": 0, "mended": False}


def spoil(site: Path, *statements: str) -> None:
    """Change the database past the register."""
    engine = create_engine(load_settings(site).database_url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize(
    "arguments",
    [
        ("listing", "due", "L-x", *PAPER),
        ("listing", "due", "L-x", "--reason", "gossip", *PAPER),
        ("listing", "due", "L-x", "--reason", "performed", "--on", "yesterday", *PAPER),
        ("listing", "object", "L-x", *PAPER),
        ("listing", "decide", "L-x", *PAPER),
        ("listing", "decide", "L-x", "--granted", "--rejected", *PAPER),
        ("listing", "stay", "L-x", "--if-change", "last", *PAPER),
        ("listing", "show", "L-x", "--at", "2026-01-01"),
        ("register",),
        ("register", "late", "--format", "gossip"),
        ("register", "verify", "--expect", "1:nothing"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_refused(run: Run, arguments: tuple[str, ...]) -> None:
    """A usage error exits with 2, before anything is opened."""
    with pytest.raises(SystemExit) as usage:
        run(*arguments)
    assert usage.value.code == 2
