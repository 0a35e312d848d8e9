"""The examples of CONTRIBUTING.md, applied to a copy of the repository and asked a question that only they answer."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
GENERATOR = ROOT / ".venv-generate" / "bin" / "python"
PACK = Path("sanctions_matrix") / "packs" / "cn-joint-discipline"
PROTO = Path("protos") / "jointgate" / "decision" / "v1" / "decision.proto"
FENCE = re.compile(
    r"^```(?P<kind>\w+) ?(?P<place>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)

ASK = """
from datetime import UTC, datetime
from pathlib import Path

from gateway.packs import read_pack
from gateway.transport.wire import parse_query, parse_question
from partner_sdk import actions
from partner_sdk.documents import ResidentId
from partner_sdk.question import Question, encode_query
from sanctions_matrix.cells import verify_cells
from sanctions_matrix.documents import PartyKind
from sanctions_matrix.evaluation import compile_matrix
from sanctions_matrix.listing import ContestRoute, Listing, Window

at = datetime(2024, 6, 1, tzinfo=UTC)
pack = read_pack(Path({pack!r}))
asked = Question(ResidentId("110101189001010016"), {action})
question = parse_question(parse_query(encode_query(asked, partner="p", at=at).payload))
listing = Listing(
    "L-1", {list!r}, PartyKind.NATURAL_PERSON, "Court", pack.lists[{list!r}].measures,
    Window(datetime(2024, 1, 1, tzinfo=UTC)), ContestRoute("body", "address", "deadline"),
)
verdict = compile_matrix(pack).evaluate(question.action, question.role, [listing], at)
assert not verify_cells(pack)
print(verdict.outcome.value, *[f"{{ground.measure.id}}:{{ground.rule_id}}" for ground in verdict.grounds])
"""  # fmt: skip


def section(title: str) -> Iterator[tuple[str, str, str]]:
    """Yield the fenced blocks below a heading: kind, place, text."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    below = text.split(f"\n### {title}\n", 1)[1]
    until = re.split(r"^##", below, maxsplit=1, flags=re.MULTILINE)[0]
    for block in FENCE.finditer(until):
        yield block["kind"], block["place"], block["text"]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what the examples touch."""
    for folder in ("sanctions_matrix", "gateway", "partner_sdk", "protos"):
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    return tmp_path


def apply(copy: Path, title: str) -> None:
    """Make the edits of a section as its words say."""
    for kind, place, text in section(title):
        if kind == "toml":
            amend_table(copy / PACK / place.split()[0], place.split()[1:], text)
        elif place == "oneof":
            insert(copy / PROTO, r"(  oneof action \{\n(?:    .*\n)*)", text)
        elif place == "message":
            append(copy / PROTO, text)
        else:
            append(copy / "sanctions_matrix" / "actions.py", text)
            name = re.search(r"class (\w+)", text)
            assert name is not None
            insert(
                copy / "sanctions_matrix" / "actions.py", r"(__all__ = \[\n)", f'    "{name[1]}",\n'
            )


def amend_table(table: Path, rows: list[str], text: str) -> None:
    """Append rows to a table, or put a line into the row that is named."""
    if not rows:
        append(table, text)
        return
    key = re.escape(text.split("=", 1)[0])
    insert(table, rf'(id = "{rows[0]}"\n(?:(?!{key}).*\n)*)', text, dropped=rf"{key}.*\n")


def append(file: Path, text: str) -> None:
    """Add text at the end of a file."""
    file.write_text(file.read_text(encoding="utf-8") + "\n\n" + text, encoding="utf-8")


def insert(file: Path, after: str, text: str, *, dropped: str = "") -> None:
    """Put text behind the place a pattern finds, instead of what `dropped` finds there."""
    before = file.read_text(encoding="utf-8")
    found = re.search(after + dropped, before)
    assert found is not None, f"{file.name} has no place for the example"
    file.write_text(before[: found.end(1)] + text + before[found.end() :], encoding="utf-8")


def ask(copy: Path, action: str, list_id: str) -> str:
    """Ask the copy, in a process of its own, and return outcome and grounds."""
    script = ASK.format(pack=str(copy / PACK), action=action, list=list_id)
    path = os.pathsep.join([str(copy), str(copy / "protos" / "gen")])
    done = subprocess.run(  # noqa: S603 - this interpreter, on a script of this module
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": path},
        cwd=copy, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def generate(copy: Path) -> None:
    """Write the copy's wire code as `make generate` does."""
    if not GENERATOR.exists():
        pytest.fail("the generator's environment, .venv-generate, is missing; 'make test' makes it")
    protos = sorted(
        str(path.relative_to(copy / "protos")) for path in (copy / "protos" / "jointgate").rglob("*.proto")
    )  # fmt: skip
    subprocess.run(  # noqa: S603 - the generator of this checkout
        [str(GENERATOR), "-m", "grpc_tools.protoc", "-I", "protos", "--python_out=protos/gen", *protos],
        cwd=copy, check=True, timeout=120,
    )  # fmt: skip


def test_a_new_measure_is_rows_in_tables(copy: Path) -> None:
    """The rows of the example make a measure that restricts."""
    action = 'actions.VehiclePurchase("private")'
    assert ask(copy, action, "consumption-limited") == "restricted 46:vehicle-private"
    apply(copy, "A new measure")
    expected = "restricted 46:vehicle-private BOAT-1:vehicle-boat"
    assert ask(copy, action, "consumption-limited") == expected


def test_a_new_list_is_rows_in_tables(copy: Path) -> None:
    """The rows of the example make a list whose listings restrict."""
    apply(copy, "A new list")
    action = 'actions.VehiclePurchase("private")'
    assert ask(copy, action, "harbour-debtors") == "restricted 46:vehicle-private"


def test_a_new_action_is_a_message_a_class_and_rows(copy: Path) -> None:
    """The message, the class and the rows of the example make an action that goes over the wire and is answered."""
    apply(copy, "A new action")
    generate(copy)
    assert (
        ask(copy, "actions.ClubMembership(golf=True)", "consumption-limited")
        == "restricted 41:club-golf"
    )
    assert ask(copy, "actions.ClubMembership(golf=False)", "consumption-limited") == "permitted"
