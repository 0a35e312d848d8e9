"""``jointgate standing`` and both clients against the fake gateway: output, exit status, errors."""

import argparse
import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.cli.standing import add_parser
from partner_sdk import AsyncGateway, Gateway, ListEffect, PersonDocumentError, Standing
from partner_sdk.documents import Document, ResidentId, SocialCreditCode
from partner_sdk.errors import NotEntitledError, SnapshotRollbackError, SnapshotStaleError
from partner_sdk.testing import FakeGateway
from sanctions_matrix.synthetic import organisation_code

pytestmark = pytest.mark.integration

NUMBER = organisation_code(1)
ORGANISATION = SocialCreditCode(NUMBER)
PERSON = ResidentId("110101189001010016")
Run = Callable[..., tuple[int, str, str]]
Ask = Callable[[Document], Standing]


@pytest.fixture
def fake() -> Iterator[FakeGateway]:
    """Serve a fake gateway."""
    with FakeGateway() as gateway:
        yield gateway


@pytest.fixture
def identity(fake: FakeGateway, tmp_path: Path) -> Path:
    """Return the partner's identity file."""
    return fake.write_identity(tmp_path)


@pytest.fixture(params=["synchronous", "asynchronous"])
def ask(request: pytest.FixtureRequest, identity: Path) -> Ask:
    """Return what asks for a standing with each of the two clients."""

    def synchronous(document: Document) -> Standing:
        with Gateway.connect(identity=identity, timeout_seconds=5) as gateway:
            return gateway.standing(document)

    async def asynchronous(document: Document) -> Standing:
        async with AsyncGateway.connect(identity=identity, timeout_seconds=5) as gateway:
            return await gateway.standing(document)

    if request.param == "synchronous":
        return synchronous
    return lambda document: asyncio.run(asynchronous(document))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], identity: Path) -> Run:
    """Return what runs a command line and tells its status, output and errors."""

    def execute(document: str, *options: str) -> tuple[int, str, str]:
        parser = argparse.ArgumentParser()
        parser.add_argument("--config")
        add_parser(parser.add_subparsers())
        parsed = parser.parse_args(["standing", document, "--identity", str(identity), *options])
        status = parsed.func(parsed)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return execute


def test_both_clients_tell_a_standing(ask: Ask, fake: FakeGateway) -> None:
    """Black and red entries arrive over a real connection, in words too."""
    fake.standing.put(ORGANISATION)
    fake.standing.put(ORGANISATION, commends=True)
    standing = ask(ORGANISATION)
    assert [one.effect for one in standing.entries] == [ListEffect.RESTRICTS, ListEffect.COMMENDS]
    assert "Fake Court of Area 990000" in standing.explanation


def test_both_clients_ask_nothing_about_a_person(ask: Ask, fake: FakeGateway) -> None:
    """A person's document raises, and no question leaves the partner."""
    with pytest.raises(PersonDocumentError):
        ask(PERSON)
    assert fake.asked == 0


def test_both_clients_name_a_missing_permission(ask: Ask, fake: FakeGateway) -> None:
    """The gateway's reason becomes the error that says what to do."""
    fake.failure = "STANDING_NOT_ALLOWED"
    with pytest.raises(NotEntitledError, match="STANDING_NOT_ALLOWED"):
        ask(ORGANISATION)
    fake.failure = "SNAPSHOT_STALE"
    with pytest.raises(SnapshotStaleError):
        ask(ORGANISATION)


def test_both_clients_remember_the_snapshot(ask: Ask, fake: FakeGateway) -> None:
    """A standing's snapshot counts like a decision's: an older one is refused afterwards."""
    fake.snapshot_number = 9
    ask(ORGANISATION)
    fake.snapshot_number = 8
    with pytest.raises(SnapshotRollbackError):
        ask(ORGANISATION)


def test_both_clients_follow_a_new_key(ask: Ask, fake: FakeGateway) -> None:
    """After the gateway changed its key a standing is believed again once the key is published."""
    ask(ORGANISATION)
    fake.trust.rotate_decision_key()
    assert ask(ORGANISATION).entries == ()


def test_the_command_tells_in_words(run: Run, fake: FakeGateway) -> None:
    """Each entry has list, authority, basis, term and contest route; the document is not shown."""
    fake.standing.put(ORGANISATION)
    fake.standing.put(ORGANISATION, commends=True)
    status, out, err = run(f"cn-uscc:{NUMBER}")
    assert (status, err) == (0, "")
    for words in (
        "The organisation stands on these public lists.",
        "fake-list (black)",
        "fake-red-list (red, it commends)",
        "Fake Rules, article 2",
        "2020-01-01T00:00:00Z",
        "performance of the ruling",
        "Fake Road 1",
        "rely on it until",
    ):
        assert words in out
    assert NUMBER not in out


def test_no_entry_is_an_answer(run: Run) -> None:
    """On no public list: answered, status 0, and no praise."""
    status, out, _ = run(f"cn-uscc:{NUMBER}")
    assert status == 0
    assert out.startswith("The organisation stands on none of the public lists that this gateway")


def test_json_holds_the_whole_standing(run: Run, fake: FakeGateway) -> None:
    """One JSON object carries what a program needs, and not the document."""
    fake.standing.put(ORGANISATION)
    status, out, _ = run(f"cn-uscc:{NUMBER}", "--json")
    (entry,) = json.loads(out)["entries"]
    assert status == 0
    assert (entry["effect"], entry["ends_at"]) == ("RESTRICTS", None)
    assert entry["contest"]["body"] == "Fake Court"
    assert NUMBER not in out


@pytest.mark.parametrize(
    "document",
    [f"cn-ric:{PERSON.number}", f"cn-uscc:{NUMBER[:-1]}!", NUMBER, "tax-id:UTO:12345678"],
)
def test_a_wrong_document_is_a_usage_error(run: Run, fake: FakeGateway, document: str) -> None:
    """A person's or a mistyped document ends with 2: one line, nothing asked, the number not shown."""
    status, out, err = run(document)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert document.rpartition(":")[2] not in err
    assert fake.asked == 0


def test_no_answer_has_a_status_of_its_own(run: Run, fake: FakeGateway) -> None:
    """Doubt is no empty standing, in words and in JSON."""
    fake.failure = "SNAPSHOT_STALE"
    status, out, err = run(f"cn-uscc:{NUMBER}")
    assert (status, out) == (20, "")
    assert err.startswith("jointgate: no answer: SNAPSHOT_STALE")
    status, out, _ = run(f"cn-uscc:{NUMBER}", "--json")
    assert status == 20
    assert (json.loads(out)["entries"], json.loads(out)["reason"]) == (None, "SNAPSHOT_STALE")


def test_a_forged_standing_is_no_answer(run: Run, fake: FakeGateway) -> None:
    """A reply that does not verify ends like no answer."""
    fake.on_wire = lambda content: content[:-1]
    assert run(f"cn-uscc:{NUMBER}")[0] == 20
