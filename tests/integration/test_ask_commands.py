"""``jointgate check`` and ``jointgate verify`` against the fake gateway: output and exit status."""

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.cli.ask import add_parser
from partner_sdk.documents import ResidentId, SocialCreditCode
from partner_sdk.testing import FakeGateway
from partner_sdk.vocabulary import ActionWords, describe_actions
from sanctions_matrix.synthetic import organisation_code

pytestmark = pytest.mark.integration

NUMBER = "110101189001010016"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def fake() -> Iterator[FakeGateway]:
    """Serve a fake gateway."""
    with FakeGateway() as gateway:
        yield gateway


@pytest.fixture
def identity(fake: FakeGateway, tmp_path: Path) -> Path:
    """Return the partner's identity file."""
    return fake.write_identity(tmp_path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs a command line and tells its status, output and errors."""

    def execute(*arguments: str | Path) -> tuple[int, str, str]:
        parser = argparse.ArgumentParser()
        parser.add_argument("--config")
        add_parser(parser.add_subparsers())
        parsed = parser.parse_args([str(argument) for argument in arguments])
        status = parsed.func(parsed)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return execute


def test_the_exit_status_tells_the_outcome(run: Run, fake: FakeGateway, identity: Path) -> None:
    """0 is permitted, 10 restricted, 11 referred; the words go to standard output."""
    order = ("check", f"cn-ric:{NUMBER}", "air.travel", "--identity", identity)
    document = ResidentId(NUMBER)
    seen = []
    for script in (fake.script.permit, fake.script.restrict, fake.script.refer):
        script(document)
        status, out, err = run(*order)
        seen.append((status, out.split(":")[0], err))
    assert seen == [(0, "Permitted", ""), (10, "Restricted", ""), (11, "Referred", "")]


def test_a_restriction_explains_itself(run: Run, fake: FakeGateway, identity: Path) -> None:
    """The output names authority, basis, end and contest route, and not the document."""
    fake.script.restrict(ResidentId(NUMBER))
    _, out, _ = run("check", f"cn-ric:{NUMBER}", "air.travel", "--identity", identity)
    for words in (
        "Fake Court of Area 990000",
        "Fake Rules, article 1",
        "performance",
        "Fake Road 1",
        "rely on it",
    ):
        assert words in out
    assert NUMBER not in out


def test_json_holds_the_whole_decision(run: Run, fake: FakeGateway, identity: Path) -> None:
    """One JSON object carries what a program needs, and not the document."""
    fake.script.restrict(ResidentId(NUMBER))
    status, out, _ = run(
        "check", f"cn-ric:{NUMBER}", "air.travel", "--identity", identity, "--json"
    )
    answer = json.loads(out)
    assert status == 10
    assert answer["outcome"] == "RESTRICTED"
    assert answer["grounds"][0]["contest"]["body"] == "Fake Court"
    assert NUMBER not in out


def test_attributes_and_roles_are_read(run: Run, identity: Path) -> None:
    """Attributes may be repeated, and a role may be given."""
    rail = ("rail.travel", "--attr", "train=G", "--attr", "seat=second", "--role", "traveller")
    assert run("check", f"cn-ric:{NUMBER}", *rail, "--identity", identity)[0] == 0


@pytest.mark.parametrize("words", list(describe_actions()), ids=lambda words: words.name)
def test_every_action_can_be_asked(run: Run, identity: Path, words: ActionWords) -> None:
    """Each action is asked with all its attributes, in each of its roles."""
    attributes = [f"{one.name}={one.values[-1].split('..')[-1]}" for one in words.attributes]
    given = [argument for text in attributes for argument in ("--attr", text)]
    for role in words.roles:
        order = (f"cn-ric:{NUMBER}", words.name, *given, "--role", role, "--identity", identity)
        assert run("check", *order)[0] == 0


def test_an_amount_is_read(run: Run, fake: FakeGateway, identity: Path) -> None:
    """An amount is asked with, and a wrong one is a usage error that says what it can be."""
    premium = ("insurance.premium", "--attr", "cash_value=true", "--attr")
    order = ("check", f"cn-ric:{NUMBER}", *premium)
    assert run(*order, "amount_yuan=20000", "--identity", identity)[0] == 0
    assert fake.asked == 1
    for wrong in ("-1", "2e4", "20000.00", "", "1000000000001", "a lot"):
        status, _, err = run(*order, f"amount_yuan={wrong}", "--identity", identity)
        assert (status, "a whole number of yuan" in err, fake.asked) == (2, True, 1)


def test_the_help_lists_every_action(capsys: pytest.CaptureFixture[str], run: Run) -> None:
    """Every action stands there with its roles, its attributes and their values."""
    with pytest.raises(SystemExit):
        run("check", "--help")
    shown = capsys.readouterr().out
    for words in describe_actions():
        assert f"{words.name:<21}{', '.join(words.roles)}" in shown
        assert all(f"{one.name}={'|'.join(one.values)}" in shown for one in words.attributes)


def test_a_commendation_is_printed(
    run: Run, fake: FakeGateway, identity: Path, tmp_path: Path
) -> None:
    """What speaks for an organisation is told by ``check`` and ``verify``, in words and in JSON, and is no outcome."""
    code, receipt = organisation_code(0), tmp_path / "answer.receipt"
    fake.script.restrict(SocialCreditCode(code))
    fake.script.commend(SocialCreditCode(code))
    order = ("check", f"cn-uscc:{code}", "property.purchase", "--identity", identity)
    status, out, _ = run(*order, "--receipt", receipt)
    verified = ("verify", receipt, "--trust", tmp_path / "root.json")
    for told in (out, run(*verified)[1]):
        assert "commends   list fake-red-list; this has no effect on the outcome" in told
        assert "until      its authority ends it" in told
        assert "\n\n\n" not in told
        assert "\n\n  A fake listing commends" in told
        assert "\n\nDecided by" in told
    assert status == 10
    for told in (run(*order, "--json")[1], run(*verified, "--json")[1]):
        answer = json.loads(told)
        assert answer["outcome"] == "RESTRICTED"
        assert answer["commendations"] == [
            {
                "list": "fake-red-list",
                "authority": "Fake Tax Bureau of Area 990000",
                "legal_basis": "Fake Rules, article 2",
                "listing_reference": "Cfake",
                "ends_at": None,
                "contest": {
                    "body": "Fake Bureau",
                    "address": "Fake Road 2",
                    "deadline": "at any time",
                },
                "explanation": {
                    "en": "A fake listing commends this organisation in tests.",
                    "zh": "测试用红名单记录。",
                },
            }
        ]


@pytest.mark.parametrize(
    ("document", "action"),
    [
        pytest.param("cn-ric:110101189001010017", ("air.travel",), id="check digit"),
        pytest.param("110101189001010016", ("air.travel",), id="no type"),
        pytest.param(f"cn-ric:{NUMBER}", ("sea.travel",), id="action"),
        pytest.param(f"cn-ric:{NUMBER}", ("rail.travel",), id="attribute missing"),
        pytest.param(
            f"cn-ric:{NUMBER}",
            ("rail.travel", "--attr", "train=X", "--attr", "seat=first"),
            id="value",
        ),
    ],
)
def test_a_wrong_question_is_a_usage_error(
    run: Run, fake: FakeGateway, identity: Path, document: str, action: tuple[str, ...]
) -> None:
    """What is wrong is said in one line, nothing is asked, and the number is not shown."""
    status, out, err = run("check", document, *action, "--identity", identity)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "1101011890" not in err
    assert fake.asked == 0


def test_no_answer_has_a_status_of_its_own(run: Run, fake: FakeGateway, identity: Path) -> None:
    """Doubt is neither a yes nor a no, in words and in JSON."""
    fake.failure = "SNAPSHOT_STALE"
    order = ("check", f"cn-ric:{NUMBER}", "air.travel", "--identity", identity)
    status, out, err = run(*order)
    assert (status, out) == (20, "")
    assert err.startswith("jointgate: no answer: SNAPSHOT_STALE")
    status, out, _ = run(*order, "--json")
    assert status == 20
    assert json.loads(out)["outcome"] is None
    assert json.loads(out)["reason"] == "SNAPSHOT_STALE"


def test_a_forged_answer_is_no_answer(run: Run, fake: FakeGateway, identity: Path) -> None:
    """An answer that does not verify ends like no answer."""
    fake.on_wire = lambda content: content[:-1]
    assert run("check", f"cn-ric:{NUMBER}", "air.travel", "--identity", identity)[0] == 20


def test_a_receipt_is_kept_and_verified(
    run: Run, fake: FakeGateway, identity: Path, tmp_path: Path
) -> None:
    """A kept receipt verifies from the root's file, without the gateway."""
    receipt, root = tmp_path / "answer.receipt", tmp_path / "root.json"
    run("check", f"cn-ric:{NUMBER}", "air.travel", "--identity", identity, "--receipt", receipt)
    fake.__exit__(None, None, None)
    status, out, _ = run("verify", receipt, "--trust", root)
    assert status == 0
    assert out.startswith("Verified")
    assert "It has not expired." in out
    status, out, _ = run("verify", receipt, "--trust", root, "--json")
    assert json.loads(out)["verified"] is True


def test_a_changed_receipt_does_not_verify(run: Run, identity: Path, tmp_path: Path) -> None:
    """A receipt with one changed byte ends with its own status."""
    receipt, root = tmp_path / "answer.receipt", tmp_path / "root.json"
    run("check", f"cn-ric:{NUMBER}", "air.travel", "--identity", identity, "--receipt", receipt)
    content = bytearray(receipt.read_bytes())
    content[100] ^= 1
    receipt.write_bytes(content)
    status, out, err = run("verify", receipt, "--trust", root)
    assert (status, out) == (21, "")
    assert err.startswith("jointgate: ")
    assert json.loads(run("verify", receipt, "--trust", root, "--json")[1])["verified"] is False


def test_a_missing_file_is_a_usage_error(run: Run, tmp_path: Path) -> None:
    """Files that are not there are told from receipts that do not hold."""
    assert run("verify", tmp_path / "none", "--trust", tmp_path / "none")[0] == 2
    assert run("check", f"cn-ric:{NUMBER}", "air.travel", "--identity", tmp_path / "none")[0] == 2
