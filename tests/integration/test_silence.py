"""Silence: whatever happens, nothing printed, logged or told names a document, and no question leaves a trace.

One site goes through what the other tests do to theirs, about people whose numbers are looked for afterwards.
"""

import base64
import json
import os
import signal
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.cli.commands import _COMMANDS
from gateway.keys import read_secret
from gateway.snapshot.pseudonyms import Pseudonymiser
from gateway.snapshot.store import open_store
from partner_sdk import PartnerError, PersonDocumentError, Question
from partner_sdk.actions import AirTravel, LodgingStay
from partner_sdk.documents import Document
from sanctions_matrix.synthetic import citizen_number, organisation_code, passport_number
from tests.integration.conftest import Figure, SiteMaker
from tests.integration.live_site import LivePlan, LiveSite
from tests.integration.raw_partner import RawPartner
from tests.integration.redis_server import RedisServer, binaries
from tests.integration.waiting import eventually
from tests.integration.wrong_questions import WRONG_QUESTIONS, with_wrong_check

pytestmark = pytest.mark.integration

_LIST = "consumption-limited"
_LISTED = [Document("cn-ric", citizen_number(serial)) for serial in range(700_001, 700_004)]
_UNLISTED = [
    Document("cn-ric", citizen_number(800_001)),
    Document("cn-uscc", organisation_code(800_002)),
    Document("passport:UTO", passport_number(800_003)),
]
_SUBMITTED = [Document("cn-ric", citizen_number(serial)) for serial in (750_001, 750_002)]
_WRONG = [Document("cn-ric", with_wrong_check(citizen_number(s))) for s in (900_001, 900_002)]
_LEASE_SECONDS = 9


@dataclass(slots=True)
class _Theatre:
    """The site, everything that anybody was told, and what Redis held while it ran."""

    site: LiveSite
    server: RedisServer
    told: list[str] = field(default_factory=list)
    distributed: bytes = b""
    driven: set[str] = field(default_factory=lambda: {"publish", "serve"})
    """The commands that ran."""

    def run(self, *arguments: str) -> int:
        """Run a command, keep what it printed, return its status."""
        done = self.site.run(*arguments)
        self.driven.add(arguments[0])
        self.told += [done.stdout, done.stderr]
        return done.returncode


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Return a running server."""
    server = RedisServer(binaries()["valkey"], tmp_path_factory.mktemp("r"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def theatre(make_site: SiteMaker, server: RedisServer) -> _Theatre:
    """Return a site through which everything has gone, and which has stopped."""
    plan = LivePlan(
        redis=server,
        publisher={"lease_seconds": _LEASE_SECONDS},
        gateway={"poll_seconds": 1, "drain_seconds": 2},
    )
    theatre = _Theatre(make_site(plan), server)
    _import(theatre)
    theatre.site.start()
    _ask_by_command(theatre)
    _ask_rightly(theatre)
    _ask_wrongly(theatre)
    _change_listings(theatre)
    _keep_the_register(theatre)
    authorities, parties = theatre.site.start_register()
    _come_as_authority(theatre, authorities)
    _come_as_party(theatre, parties)
    _run_the_rest(theatre)
    _break_processes(theatre)
    _keep_distributed(theatre)
    _take_redis_away(theatre)
    _damage_a_record(theatre)
    theatre.site.close()
    server.kill()
    return theatre


def _import(theatre: _Theatre) -> None:
    """Import a feed with good rows, wrong numbers, numbers in wrong places, and a line that is no row."""
    rows = [_row(f"R-{place}", document) for place, document in enumerate(_LISTED)]
    rows += [_row(f"W-{place}", document) for place, document in enumerate(_WRONG)]
    rows.append({**_row("N-1", _LISTED[0]), _UNLISTED[0].number: "Zhang San"})
    rows.append(_row(_UNLISTED[0].number, _LISTED[0]))
    rows.append(_row("N-2", _LISTED[0], ruling=_UNLISTED[0].number))
    lines = _feed_text([*rows, {"a": 1}], sequence=1, mode="full").splitlines()
    lines[-2] = f"no row, but {_UNLISTED[0].number}"
    feed, report = theatre.site.logs / "feed.jsonl", theatre.site.logs / "report.jsonl"
    feed.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert theatre.run("import", str(feed), "--list", _LIST, "--report", str(report)) == 3
    feed.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    assert theatre.run("import", str(feed), "--list", _LIST, "--json") == 4
    feed.unlink()


def _ask_by_command(theatre: _Theatre) -> None:
    words = ("check", "--timeout", "30")
    statuses = [
        theatre.run(*words, f"{document.type}:{document.number}", "air.travel", *more)
        for document, more in (
            (_LISTED[0], ()),
            (_UNLISTED[0], ("--json",)),
            (_WRONG[0], ("--json",)),
            (_UNLISTED[0], ("--gateway", "127.0.0.1:9")),
        )
    ]
    assert statuses == [10, 0, 2, 20]
    assert theatre.run("check", "air.travel", f"cn-ric:{_UNLISTED[0].number}") == 2
    assert theatre.run("standing", f"cn-uscc:{_UNLISTED[1].number}", "--timeout", "30") == 0
    assert theatre.run("standing", f"cn-ric:{_LISTED[0].number}", "--json") == 2
    assert theatre.run("check", f"cn-ric:{_UNLISTED[0].number}", "air.travel", "--attr", "x=1") == 2


def _ask_rightly(theatre: _Theatre) -> None:
    everybody = [*_LISTED, *_UNLISTED]
    questions = [Question(document, AirTravel()) for document in everybody]
    questions.append(Question(_UNLISTED[0], LodgingStay(stars=5), "traveller"))
    with theatre.site.connect() as gateway:
        answers = [gateway.may(document, AirTravel()) for document in everybody]
        theatre.told += [f"{answer!r} {answer.explanation}" for answer in answers]
        theatre.told += [repr(answer) for answer in gateway.may_each(questions)]
        standing = gateway.standing(_UNLISTED[1])
        theatre.told.append(f"{standing!r} {standing.explanation}")
        with pytest.raises(PersonDocumentError) as caught:
            gateway.standing(_LISTED[0])
        theatre.told.append(f"{caught.value!r}")
    assert [answer.permitted for answer in answers] == [False] * 3 + [True] * 3


def _ask_wrongly(theatre: _Theatre) -> None:
    with RawPartner(theatre.site.identity("portal")) as partner:
        for case in WRONG_QUESTIONS:
            for document in (_LISTED[0], _UNLISTED[0]):
                number = case.spoil(document.number)
                reply = partner.ask(number, *case.changes, type_=case.type)
                theatre.told.append(reply.message)
                wrong = partner.query(number, *case.changes, type_=case.type)
                batch = partner.batch_check(partner.batch_request([wrong]))
                theatre.told.append(batch.content.decode("latin-1") + batch.message)
        damaged = partner.request(partner.query(_UNLISTED[0].number))[:-3]
        theatre.told.append(partner.check(damaged).message)


def _change_listings(theatre: _Theatre) -> None:
    with theatre.site.register() as register:
        references = {
            document.number: listings[0].reference for document, listings in register.all_listings()
        }
    stayed, released = references[_LISTED[1].number], references[_LISTED[2].number]
    words = ("--document", "(2026) Test 1")
    assert theatre.run("listing", "stay", stayed, *words) == 0
    assert theatre.run("listing", "release", released, *words) == 0
    assert theatre.run("listing", "release", released, *words) == 1
    assert theatre.run("listing", "show", stayed) == 0
    with RawPartner(theatre.site.identity("portal")) as partner:
        eventually(
            lambda: (
                theatre.site.header().entries == 2 and partner.ask(_LISTED[2].number).code == "OK"
            ),
            "the release is in force",
        )


def _keep_the_register(theatre: _Theatre) -> None:
    """Drive every change and every look at the register, rightly and with a number where a reference belongs."""
    (reference,) = _references(theatre, _LISTED[1])
    words = ("--document", "(2026) Test 2")
    statuses = [
        theatre.run("listing", *more)
        for more in (
            ("show", reference, "--json"),
            ("show", reference, "--at", "2027-01-01T00:00:00+08:00"),
            ("stay", reference, "--lift", *words),
            ("exempt", reference, "--measure", "38", "--until", _soon(), *words),
            ("object", reference, "--on", _today(), *words),
            ("decide", reference, "--rejected", *words),
            ("due", reference, "--reason", "performed", "--on", _today(), *words),
            ("due", reference, "--reason", "performed", "--on", "1999-01-01", *words),
            ("stay", reference, "--if-change", "1", *words),
        )
    ]
    assert statuses == [0] * 7 + [1] * 2
    for action in ("show", "stay", "release"):
        more = () if action == "show" else words
        number = _LISTED[1].number
        assert theatre.run("listing", action, number, *more, *_reason(action)) == 1
    for action in ("verify", "rebuild", "sweep", "late"):
        assert theatre.run("register", action, "--json") == 0
        assert theatre.run("register", action, f"cn-ric:{_LISTED[1].number}") == 2
    assert theatre.run("records", reference, "--json") == 0
    assert theatre.run("records", "--gaps") == 0
    assert theatre.run("records", _LISTED[1].number) != 0


def _come_as_authority(theatre: _Theatre, address: str) -> None:
    """Submit good and bad rows, a file that is cut off, and changes of single listings."""
    words = ("--as", "court", "--register", address)
    feed, report = (
        theatre.site.logs / "submitted.jsonl",
        theatre.site.logs / "submitted-report.jsonl",
    )
    rows = [*(_row(f"S-{place}", document) for place, document in enumerate(_SUBMITTED))]
    rows += [_row("X-1", _WRONG[0]), {**_row("X-2", _LISTED[0]), _UNLISTED[0].number: "Zhang San"}]
    content = _feed_text(rows, sequence=2, mode="changes")
    feed.write_text(content, encoding="utf-8")
    sent = ("submit", str(feed), "--list", _LIST, "--report", str(report), *words)
    assert [theatre.run(*sent), theatre.run(*sent, "--json")] == [3, 3]
    feed.write_text(content[: len(content) // 2], encoding="utf-8")
    assert theatre.run("submit", str(feed), "--list", _LIST, *words) in {2, 4}
    feed.unlink()
    assert theatre.run("submission", "00" * 16, *words) == 1
    (reference,) = _references(theatre, _SUBMITTED[0])
    paper = ("--document", "(2026) Test 3")
    assert theatre.run("change", reference, "show", *words) == 0
    assert theatre.run("change", reference, "show", "--json", *words) == 0
    assert theatre.run("change", reference, "stay", *paper, *words) == 0
    assert theatre.run("change", reference, "stay", *paper, *words) == 1
    assert theatre.run("change", _SUBMITTED[0].number, "show", *words) != 0
    assert theatre.run("change", reference, "release", "--reason", "performed", *paper, *words) == 0


def _come_as_party(theatre: _Theatre, address: str) -> None:
    """Read a record with a receipt: with the right document in both languages, and with wrong ones."""
    receipt = theatre.site.logs / "answer.receipt"
    asked = ("check", f"cn-ric:{_LISTED[0].number}", "air.travel", "--timeout", "30")
    assert theatre.run(*asked, "--receipt", str(receipt)) == 10
    trust = ("--trust", str(theatre.site.settings.trust_root))
    assert theatre.run("verify", str(receipt), *trust) == 0
    words = ("--server", address, "--ca", str(theatre.site.settings.tls / "ca.pem"))
    statuses = [
        theatre.run("subject", str(receipt), f"cn-ric:{document.number}", *more, *words)
        for document, more in (
            (_LISTED[0], ()),
            (_LISTED[0], ("--lang", "zh")),
            (_LISTED[0], ("--json",)),
            (_LISTED[1], ()),
            (_UNLISTED[0], ("--json",)),
            (_WRONG[0], ()),
        )
    ]
    assert statuses[:5] == [0, 0, 0, 22, 22]
    assert statuses[5] != 0
    assert theatre.run("subject", str(receipt), _LISTED[0].number, *words) == 2
    for given in (_LISTED[0].number, f"cn-ric:{_LISTED[0].number}"):
        assert theatre.run("subject", given, str(receipt), *words) == 2
        assert theatre.run("verify", given, *trust) == 2
    receipt.unlink()


def _run_the_rest(theatre: _Theatre) -> None:
    """Drive what is left: new sites, synthetic feeds and tables, with a number where none belongs."""
    number = _LISTED[0].number
    out = theatre.site.logs / "synthetic.jsonl"
    assert theatre.run("init", str(theatre.site.folder)) == 0
    assert theatre.run("synth", "--parties", "3", "--seed", "5", "--out", str(out)) == 0
    out.unlink()
    assert theatre.run("matrix", "show", "--json") == 0
    for command in ("init", "matrix", "synth", "publish", "serve", "demo", "import", "submit"):
        assert theatre.run(command, f"--cn-ric:{number}") == 2


def _references(theatre: _Theatre, document: Document) -> list[str]:
    with theatre.site.register() as register:
        return [one.reference for one in register.listings_of([document])[document]]


def _reason(action: str) -> tuple[str, ...]:
    return ("--reason", "performed") if action == "release" else ()


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _soon() -> str:
    return (datetime.now(UTC) + timedelta(days=7)).isoformat(timespec="seconds")


def _break_processes(theatre: _Theatre) -> None:
    site = theatre.site
    for pid in (site.follower_pid(), min(site.worker_pids())):
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: len(site.worker_pids()) == 2, "two workers are back")
    site.await_serving()


def _keep_distributed(theatre: _Theatre) -> None:
    with theatre.server.client() as client:
        keys = sorted(client.scan_iter())
        theatre.distributed = b"\n".join(key + b" " + (client.get(key) or b"") for key in keys)
    assert theatre.distributed


def _take_redis_away(theatre: _Theatre) -> None:
    theatre.server.kill()
    with RawPartner(theatre.site.identity("portal")) as partner:
        eventually(
            lambda: partner.ask(_UNLISTED[0].number).reason == "SNAPSHOT_STALE", "the lease ends"
        )
        theatre.told.append(partner.ask(_LISTED[0].number).message)
    with theatre.site.connect() as gateway, pytest.raises(PartnerError) as caught:
        gateway.may(_LISTED[0], AirTravel())
    theatre.told.append(f"{caught.value!r}")
    theatre.server.start()
    with RawPartner(theatre.site.identity("portal")) as partner:
        eventually(lambda: partner.ask(_UNLISTED[0].number).code == "OK", "answers come back")


def _damage_a_record(theatre: _Theatre) -> None:
    """Overwrite a listed party's record on disk: asked about it, the gateway fails and says so."""
    settings = theatre.site.settings
    pseudonym = _pseudonyms(theatre.site, _LISTED[:1])[0]
    with (
        open_store(settings.store, map_bytes=settings.store_bytes) as store,
        store.write() as writer,
    ):
        writer.change([(pseudonym, b"\xff not a record")])
    with RawPartner(theatre.site.identity("portal")) as partner:
        reply = partner.ask(_LISTED[0].number)
    assert (reply.code, reply.reason) == ("INTERNAL", "INTERNAL")
    theatre.told.append(reply.message)


def test_nothing_printed_or_told_names_a_document(theatre: _Theatre, figure: Figure) -> None:
    """No output, log, report, error or answer holds a number or a pseudonym, in any spelling."""
    printed = [theatre.site.printed(), theatre.server.log.read_text(errors="replace")]
    texts = [text.encode() for text in (*printed, *theatre.told)]
    needles = _needles(theatre.site, [*_LISTED, *_SUBMITTED, *_UNLISTED, *_WRONG])
    found = [name for name, needle in needles.items() if any(needle in text for text in texts)]
    figure(f"{len(needles)} spellings in {len(texts)} texts of {sum(map(len, texts)):,} bytes")
    assert found == []
    assert "a worker ended" in printed[0]
    assert "quarantined" in "".join(theatre.told)


def test_every_command_was_driven(theatre: _Theatre) -> None:
    """No command is left out; a new one fails here until it is driven as well."""
    assert theatre.driven == set(_COMMANDS)


def test_a_question_about_somebody_unlisted_leaves_nothing(
    theatre: _Theatre, figure: Figure
) -> None:
    """No file of the site and nothing in Redis holds the number or pseudonym of anybody who is not listed."""
    needles = _needles(theatre.site, [*_UNLISTED, *_WRONG])
    holders = _holders(theatre.site.folder, needles.items())
    files = [file for file in theatre.site.folder.rglob("*") if file.is_file()]
    figure(f"{len(needles)} spellings in {len(files)} files")
    assert holders == {}
    assert [name for name, needle in needles.items() if needle in theatre.distributed] == []


def test_listed_parties_stand_where_they_must_and_nowhere_else(theatre: _Theatre) -> None:
    """A listed party's number is in the register alone; its pseudonym is in the snapshot's files alone, as bytes."""
    needles = _needles(theatre.site, _LISTED)
    holders = _holders(theatre.site.folder, needles.items())
    numbers = {place for name, places in holders.items() if "number" in name for place in places}
    pseudonyms = {place for name, places in holders.items() if "raw" in name for place in places}
    assert {place.split("-")[0] for place in numbers} == {"register.sqlite"}
    assert pseudonyms == {"store", "published", "repository"}
    assert {name for name in holders if "number" not in name and "raw" not in name} == set()


def _feed_text(rows: Sequence[dict[str, object]], *, sequence: int, mode: str) -> str:
    header = {
        "jointgate_feed": 1,
        "list": _LIST,
        "authority": "Synthetic Supreme Court of Utopia",
        "sequence": sequence,
        "mode": mode,
        "records": len(rows),
    }
    return "".join(json.dumps(line) + "\n" for line in (header, *rows, {"end": len(rows)}))


def _row(record: str, document: Document, ruling: str | None = None) -> dict[str, object]:
    return {
        "record": record,
        "party": {
            "kind": "natural-person",
            "documents": [{"type": document.type, "number": document.number}],
        },
        "ruling": {
            "number": ruling or f"(2026) Synthetic Enforcement No. {record}",
            "authority": "Synthetic People's Court of District 1",
            "dated": "2025-12-01",
            "effective": True,
        },
        "ground": "not-performed",
        "notice": {"served_on": "2025-12-10"},
        "starts_at": "2026-01-01T00:00:00+08:00",
        "ends_at": None,
        "contest": {"body": "Court 1", "address": "1 Example Road", "deadline": "15 days"},
    }


def _pseudonyms(site: LiveSite, documents: Iterable[Document]) -> list[bytes]:
    pseudonymiser = Pseudonymiser(read_secret(site.settings.keys / "pseudonym.key"))
    return [pseudonymiser.of(document) for document in documents]


def _needles(site: LiveSite, documents: list[Document]) -> dict[str, bytes]:
    """Return what must not be found, by a name that tells it apart without quoting it."""
    needles: dict[str, bytes] = {}
    for place, pseudonym in enumerate(_pseudonyms(site, documents)):
        number = documents[place].number.encode()
        needles |= {
            f"{place} number": number,
            f"{place} number in hex": number.hex().encode(),
            f"{place} number in base64": base64.b64encode(number)[:20],
            f"{place} raw": pseudonym,
            f"{place} hex": pseudonym.hex().encode(),
            f"{place} HEX": pseudonym.hex().upper().encode(),
            f"{place} base64": base64.b64encode(pseudonym)[:-2],
            f"{place} base64 for URLs": base64.urlsafe_b64encode(pseudonym)[:-2],
            f"{place} repr": repr(pseudonym)[2:-1].encode(),
        }
    return needles


def _holders(folder: Path, needles: Iterable[tuple[str, bytes]]) -> dict[str, set[str]]:
    """Return, for each needle that is found, the top-level entries of the folder whose files hold it."""
    contents = [
        (file.relative_to(folder).parts[0], file.read_bytes())
        for file in folder.rglob("*")
        if file.is_file()
    ]
    found = {
        name: {place for place, content in contents if needle in content}
        for name, needle in needles
    }
    return {name: places for name, places in found.items() if places}
