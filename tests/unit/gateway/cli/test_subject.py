"""`jointgate subject`: what is said before anybody is asked, and that no number is ever repeated."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from jointgate.decision.v1 import decision_pb2 as pb
from sanctions_matrix.synthetic import citizen_number

Run = Callable[..., tuple[int, str, str]]
NUMBER = citizen_number(1)
WRONG = NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1")
NOWHERE = ("--server", "127.0.0.1:9")


def write(path: Path, *references: str) -> Path:
    """Write a receipt of nobody that names listings."""
    decision = pb.Decision(
        issuer="gateway.local", grounds=[pb.Ground(listing_reference=one) for one in references]
    )
    signed = pb.SignedDecision(payload=decision.SerializeToString())
    path.write_bytes(pb.Receipt(decision=signed).SerializeToString())
    return path


@pytest.fixture
def receipt(tmp_path: Path) -> Path:
    """A receipt that names one listing."""
    return write(tmp_path / "answer.receipt", "L-aaaaaaaaaaaaaaaa")


def test_a_receipt_that_permits_is_not_sent(run: Run, tmp_path: Path) -> None:
    """A receipt without a listing says so by itself, in both languages, and nobody is asked."""
    permitting = write(tmp_path / "permitting.receipt")
    status, out, error = run("subject", permitting, f"cn-ric:{NUMBER}")
    assert (status, out) == (22, "")
    assert "names no listing" in error
    status, _, error = run("subject", permitting, f"cn-ric:{NUMBER}", "--lang", "zh")
    assert status == 22
    assert "没有可显示的记录" in error


@pytest.mark.parametrize("content", [b"", b"\xff\xff", b"no receipt", bytes(2_000_000)])
def test_what_is_no_receipt_is_not_sent(run: Run, tmp_path: Path, content: bytes) -> None:
    """Garbage, another file, and one that is too large are the caller's mistake."""
    path = tmp_path / "other"
    path.write_bytes(content)
    status, _, error = run("subject", path, f"cn-ric:{NUMBER}", *NOWHERE)
    assert status == 2
    assert "not a receipt" in error


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (f"cn-ric:{WRONG}", "check digit"),
        (f"library-card:{NUMBER}", "type is not known"),
        (NUMBER, "give TYPE:NUMBER"),
        ("cn-ric:", "number"),
    ],
)
def test_a_wrong_document_is_not_sent(run: Run, receipt: Path, document: str, words: str) -> None:
    """A typing mistake is said to be one, costs no attempt, and is not repeated."""
    status, out, error = run("subject", receipt, document, *NOWHERE)
    assert (status, out) == (2, "")
    assert words in error
    assert NUMBER not in error
    assert WRONG not in error


def test_a_wrong_document_is_told_in_chinese(run: Run, receipt: Path) -> None:
    """The advice is in the language of the page."""
    _, _, error = run("subject", receipt, f"cn-ric:{WRONG}", *NOWHERE, "--lang", "zh")
    assert "校验" in error


def test_the_number_may_come_from_standard_input(
    run: Run, receipt: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TYPE:- reads one line, so that the number stands in no list of processes."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{WRONG}\n"))
    assert "check digit" in run("subject", receipt, "cn-ric:-", *NOWHERE)[2]
    monkeypatch.setattr("sys.stdin", io.StringIO(f" {NUMBER}\r\nmore"))
    assert run("subject", receipt, "cn-ric:-", *NOWHERE)[0] == 20


def test_nobody_there_is_no_answer(run: Run, receipt: Path) -> None:
    """A service that cannot be reached says nothing about the record, and programs can tell."""
    status, out, error = run("subject", receipt, f"cn-ric:{NUMBER}", *NOWHERE, "--json")
    assert status == 20
    assert json.loads(out)["error"] == "UNREACHABLE"
    assert "cannot be reached" in error


def test_missing_files_are_named(run: Run, receipt: Path, tmp_path: Path) -> None:
    """A receipt or certificates that cannot be read are the caller's mistake."""
    missing = tmp_path / "missing"
    assert run("subject", missing, f"cn-ric:{NUMBER}")[0] == 2
    status, _, error = run("subject", receipt, f"cn-ric:{NUMBER}", *NOWHERE, "--ca", str(missing))
    assert status == 2
    assert "certificates cannot be read" in error


@pytest.mark.parametrize(
    "given", [f"cn-ric:{NUMBER}", NUMBER, f"CN-RIC:{WRONG}", "passport:UTO:U1"]
)
@pytest.mark.parametrize("command", ["subject", "verify", "import", "init"])
def test_a_document_in_the_place_of_a_file_is_not_repeated(
    run: Run, receipt: Path, command: str, given: str
) -> None:
    """Whoever changes the order of the arguments does not find the number in the error, nor in a new folder."""
    more = {
        "subject": (receipt, *NOWHERE),
        "verify": ("--trust", receipt),
        "import": ("--list", "consumption-limited"),
        "init": (),
    }
    status, out, error = run(command, given, *more[command])
    assert (status, out) == (2, "")
    assert "a document stands where a file belongs" in error
    assert given.rpartition(":")[2] not in error
    assert not Path(given).exists()


def test_a_site_that_does_not_serve_it_says_so(run: Run, receipt: Path, site: Path) -> None:
    """Without --server the site's own service is asked, where there is one."""
    site.write_text('[register]\nsubject_listen = ""\n', encoding="utf-8")
    status, _, error = run("subject", receipt, f"cn-ric:{NUMBER}")
    assert status == 2
    assert "give --server" in error
