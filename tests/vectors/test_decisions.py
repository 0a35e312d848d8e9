"""The decision vectors, run through admission and evaluation."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.packs import load_pack
from sanctions_matrix.actions import ACTIONS, Role
from sanctions_matrix.admission import AdmissionError, admit
from sanctions_matrix.documents import Document, parse_document_text
from sanctions_matrix.evaluation import Verdict, compile_matrix
from sanctions_matrix.evaluation_naive import naive_evaluate
from sanctions_matrix.listing import Exemption, Listing, Window

if TYPE_CHECKING:
    from sanctions_matrix.pack import Pack

FOLDER = Path(__file__).parent / "decisions"
DEFAULT_PACK = "cn-joint-discipline"
GOOD_ROW: dict[str, Any] = {
    "record": "2024-1",
    "party": {"kind": "natural-person", "documents": []},
    "ruling": {"number": "No. 1", "authority": "First Court of Utopia", "dated": "2024-01-10", "effective": True},
    "ground": "not-performed",
    "notice": {"served_on": "2024-01-20"},
    "starts_at": "2024-02-01T00:00:00+08:00",
    "ends_at": None,
    "contest": {"body": "First Court of Utopia", "address": "1 Court Road", "deadline": "10 days"},
}  # fmt: skip


def vectors() -> list[Any]:
    """Return every vector of the folder with a readable id."""
    return [
        pytest.param(vector, id=f"{path.stem}: {vector['proves']}")
        for path in sorted(FOLDER.glob("*.toml"))
        for vector in tomllib.loads(path.read_text(encoding="utf-8"))["vector"]
    ]


@pytest.mark.parametrize("vector", vectors())
def test_a_vector_gets_the_answer_it_states(vector: dict[str, Any]) -> None:
    """Rows are admitted or refused as stated, and the question gets the stated answer and grounds."""
    pack = load_pack(vector.get("pack", DEFAULT_PACK))
    held: list[tuple[frozenset[Document], Listing]] = []
    refused: list[str] = []
    for number, written in enumerate(vector.get("row", []), start=1):
        try:
            held.append(listing_of(written, pack, f"L-{number}"))
        except AdmissionError as error:
            refused += [violation.rule for violation in error.violations]
    document = parse_document_text(vector["document"])
    found = [listing for documents, listing in held if document in documents]
    outcome, grounds = answer(vector, pack, found)
    assert refused == vector.get("refused", [])
    assert outcome == vector["outcome"]
    assert grounds == vector.get("grounds", [])


def listing_of(
    written: dict[str, Any], pack: Pack, reference: str
) -> tuple[frozenset[Document], Listing]:
    """Admit a row and return its documents and its listing, with what happened to it later."""
    written = copy.deepcopy(written)
    definition = pack.lists[written.pop("list")]
    stays = tuple(window_of(stay) for stay in written.pop("stays", []))
    exemptions = tuple(
        Exemption(frozenset(entry["measures"]), window_of(entry))
        for entry in written.pop("exemptions", [])
    )
    row = copy.deepcopy(GOOD_ROW)
    documents = [text_parts(text) for text in written.pop("documents", [])]
    row["party"] |= {"documents": documents} | written.pop("party", {})
    row["ruling"] |= written.pop("ruling", {})
    submission = admit(row | written, definition)
    listing = Listing(
        reference=reference,
        list_id=definition.id,
        party_kind=submission.party_kind,
        authority=submission.ruling.authority,
        measures=submission.measures,
        window=submission.window,
        contest=submission.contest,
        stays=stays,
        exemptions=exemptions,
    )
    return frozenset(submission.documents), listing


def answer(vector: dict[str, Any], pack: Pack, found: list[Listing]) -> tuple[str, list[str]]:
    """Ask both readers of the tables and return the outcome and the grounds in words."""
    attributes = dict(vector["action"])
    kind = ACTIONS[attributes.pop("name")]
    action, role = kind(**attributes), Role(vector.get("role", kind.default_role))
    try:
        verdict = compile_matrix(pack).evaluate(action, role, found, vector["at"])
    except ValueError as error:
        return f"no answer: {type(error).__name__}", []
    assert naive_evaluate(pack, action, role, found, vector["at"]) == verdict
    return verdict.outcome.value, grounds_of(verdict)


def grounds_of(verdict: Verdict) -> list[str]:
    """Return each ground as measure, list and rule."""
    return [f"{ground.measure.id} {ground.list.id} {ground.rule_id}" for ground in verdict.grounds]


def text_parts(text: str) -> dict[str, str]:
    """Split `TYPE:NUMBER` where the number begins, keeping a wrong number wrong."""
    type_, _, number = text.rpartition(":")
    return {"type": type_, "number": number}


def window_of(entry: dict[str, Any]) -> Window:
    """Return the window of a stay or an exemption."""
    return Window(entry["starts_at"], entry.get("ends_at"))


def test_there_are_enough_vectors() -> None:
    """The folder is found and holds at least thirty questions, no two with the same claim."""
    claims = [parameter.id for parameter in vectors()]
    assert len(claims) >= 30
    assert len(set(claims)) == len(claims)
