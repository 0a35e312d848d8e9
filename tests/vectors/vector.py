"""A vector: one question as data, with the answer it must get and the reason why.

Responsible for reading the vectors, for the pack each is asked under, and for turning its rows into listings.
Not responsible for asking: `function_door` and `service_doors` do, each in its own way.

Rules kept here: a vector without a reason is not read; a field nobody knows is an error;
what is expected stands in the file and is never made from the code.
"""

from __future__ import annotations

import copy
import json
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.mainland_calendar import MainlandCalendar
from gateway.packs import load_pack
from sanctions_matrix.admission import AdmissionError, admit
from sanctions_matrix.civil_time import day_of
from sanctions_matrix.listing import Exemption, Listing, Window
from sanctions_matrix.pack import TABLE_FILES, Pack, parse_pack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sanctions_matrix.documents import Document
    from sanctions_matrix.violations import Violation

HERE = Path(__file__).parent
FOLDER = HERE / "decisions"
NO_ANSWER = "no answer"
HARMS = frozenset(
    {
        "namesake",
        "not-told",
        "second-document",
        "former-role",
        "relatives",
        "published-numbers",
        "outage",
    }
)
"""The seven harms on record: fact sheet of instruments, section 6."""
SNAPSHOTS = frozenset({"", "stale", "missing", "other-pack", "key-ended", "unreadable"})
"""What the gateway holds; nothing special when empty."""

_ALWAYS_TOLD = ("authority", "reference", "basis", "body", "address", "deadline")
_COMPLETED = ("party", "ruling")
"""The parts of a row that are completed field by field; any other field replaces the good row's."""
_ABSENT = "none"
_SHORTEST_REASON = 20
_Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door gives: outcome, grounds as `measure list rule`, red lists, or the reason for no answer.

    `message` and `told` (what each ground tells, by field) are looked at but not compared.
    """

    outcome: str
    grounds: tuple[str, ...] = ()
    commendations: tuple[str, ...] = ()
    reason: str = ""
    message: str = field(default="", compare=False)
    told: tuple[_Row, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """One `[[vector]]`; the README of the folder says what each field means.

    Raises:
        ValueError: if the vector gives no reason, or contradicts itself.
    """

    proves: str
    why: str
    document: str
    at: datetime
    action: _Row
    outcome: str
    grounds: tuple[str, ...] = ()
    commendations: tuple[str, ...] = ()
    reason: str = ""
    attribute: str = ""
    tells: _Row = field(default_factory=dict)
    row: tuple[_Row, ...] = ()
    refused: tuple[str, ...] = ()
    role: str | None = None
    pack: str = "cn-joint-discipline"
    thresholds: tuple[_Row, ...] = ()
    harm: str = ""
    snapshot: str = ""

    def __post_init__(self) -> None:
        """Refuse a vector that nobody could check against an instrument."""
        faults = {
            "why names no source": len(self.why) < _SHORTEST_REASON,
            "at has no time zone": self.at.utcoffset() is None,
            "harm is none of the seven": self.harm not in {"", *HARMS},
            "snapshot is none of the known": self.snapshot not in SNAPSHOTS,
            "no answer goes with a reason": (self.outcome == NO_ANSWER) != bool(self.reason),
            "grounds do not fit the outcome": bool(self.grounds)
            != (self.outcome in {"restricted", "referred"}),
            "without a snapshot there is no answer": bool(self.snapshot)
            and self.outcome != NO_ANSWER,
        }
        for fault, is_so in faults.items():
            if is_so:
                raise ValueError(f"{self.proves}: {fault}")

    @property
    def answer(self) -> Answer:
        """The answer every door must give."""
        return Answer(self.outcome, self.grounds, self.commendations, self.reason)

    @property
    def action_name(self) -> str:
        """The action's name."""
        return str(self.action["name"])

    @property
    def attributes(self) -> _Row:
        """The action's attributes, as written."""
        return {name: value for name, value in self.action.items() if name != "name"}

    @property
    def document_parts(self) -> tuple[str, str]:
        """Type and number of the document, as written."""
        parts = text_parts(self.document)
        return parts["type"], parts["number"]

    def tables(self) -> Pack:
        """Return the pack the question is asked under, with the vector's thresholds."""
        return pack_with(self.pack, json.dumps(self.thresholds, ensure_ascii=False))

    def listings(self) -> tuple[dict[Document, list[Listing]], list[str]]:
        """Return the admitted rows' listings by document, and the rules that the other rows break."""
        held: dict[Document, list[Listing]] = {}
        refused: list[str] = []
        for number, written in enumerate(self.row, start=1):
            try:
                documents, listing = listing_of(written, self, f"L-{number}")
            except AdmissionError as error:
                refused += [self._rule(violation) for violation in error.violations]
                continue
            if listing is None:
                continue
            for document in documents:
                held.setdefault(document, []).append(listing)
        return held, refused

    def _rule(self, violation: Violation) -> str:
        """Return the rule that a row breaks; saying so must not repeat the document's number."""
        told = f"{violation.field} {violation.message_en} {violation.message_zh}"
        assert self.document_parts[1] not in told
        return violation.rule


def read_vectors(text: str) -> Iterator[Vector]:
    """Yield the vectors of one file.

    Raises:
        ValueError: if one gives no reason, or contradicts itself.
        TypeError: if one lacks a field or has one that does not exist.
    """
    for table in tomllib.loads(text)["vector"]:
        fields: _Row = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
        yield Vector(**fields)


def all_vectors() -> dict[str, Vector]:
    """Return every vector of the folder by a readable name."""
    return {
        f"{path.stem}: {vector.proves}": vector
        for path in sorted(FOLDER.glob("*.toml"))
        for vector in read_vectors(path.read_text(encoding="utf-8"))
    }


def assert_stated(vector: Vector, answer: Answer) -> None:
    """Compare a door's answer with the vector, and look at what no answer may lack or hold."""
    assert answer == vector.answer, answer.message
    assert vector.attribute in answer.message
    assert vector.document_parts[1] not in answer.message
    for told in answer.told:
        assert all(told[name] for name in _ALWAYS_TOLD), "a ground does not say how to contest it"
    if vector.tells:
        assert answer.told[0] | vector.tells == answer.told[0]


@cache
def pack_with(pack_id: str, thresholds: str) -> Pack:
    """Return a shipped pack, with an operator's thresholds (JSON) beside its tables when there are any."""
    rows: list[_Row] = json.loads(thresholds)
    if not rows:
        return load_pack(pack_id)
    folder = files("sanctions_matrix") / "packs" / pack_id
    tables = {name: (folder / name).read_text(encoding="utf-8") for name in TABLE_FILES}
    return parse_pack(tables | {"thresholds.toml": "\n".join(map(_threshold, rows))})


def _threshold(row: _Row) -> str:
    """Write one row as TOML, in which texts and numbers look as in JSON."""
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in row.items()]
    return "\n".join(["[[threshold]]", *lines, ""])


def listing_of(
    written: _Row, vector: Vector, reference: str
) -> tuple[tuple[Document, ...], Listing | None]:
    """Admit one row and return its documents and its listing, with what happened to it later; a proposed one has none.

    Raises:
        AdmissionError: if the row breaks a rule of admission.
    """
    written = copy.deepcopy(written)
    definition = vector.tables().lists[written.pop("list")]
    stays = tuple(_window(stay) for stay in written.pop("stays", ()))
    exemptions = tuple(
        Exemption(frozenset(entry["measures"]), _window(entry))
        for entry in written.pop("exemptions", ())
    )
    documents = written.pop("documents", [vector.document])
    row = completed(good_row(definition.id), written)
    row["party"]["documents"] = [text_parts(text) for text in documents]
    today = day_of(vector.at, definition.utc_offset)
    submission = admit(row, definition, MainlandCalendar(), today=today)
    if submission.window is None:
        return submission.documents, None
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
    return submission.documents, listing


def good_row(list_id: str) -> _Row:
    """Return the row that fills in what a vector does not say."""
    tables = tomllib.loads((HERE / "good-rows.toml").read_text(encoding="utf-8"))
    return completed(tables["every"], tables[list_id])


def completed(row: _Row, written: _Row) -> _Row:
    """Return `row` with what is written in its place."""
    merged = row | written
    for part in _COMPLETED:
        merged[part] = row[part] | written.get(part, {})
    return {name: value for name, value in merged.items() if value != _ABSENT}


def text_parts(text: str) -> dict[str, str]:
    """Split `TYPE:NUMBER` where the number begins, keeping a wrong number wrong."""
    type_, _, number = text.rpartition(":")
    return {"type": type_, "number": number}


def _window(entry: _Row) -> Window:
    """Return the window of a stay or an exemption."""
    return Window(entry["starts_at"], entry.get("ends_at"))
