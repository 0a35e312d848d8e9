"""The party of a row: its kind, its documents, and its age where the list asks for it.

Responsible for rules A6 and A7 of docs/due-process.md.
Not responsible for any other part of a row (`admission`).

Rules kept here: a party is known by its documents alone; every fault is reported; no number is repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sanctions_matrix.civil_time import civil_date, has_completed_years
from sanctions_matrix.documents import (
    Document,
    DocumentError,
    PartyKind,
    birth_date,
    parse_document,
)
from sanctions_matrix.lists import ListEffect
from sanctions_matrix.violations import Fault, Violation

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sanctions_matrix.lists import ListDefinition

MAX_DOCUMENTS = 16
"""Most documents that one row may give."""

PARTY_FIELDS = frozenset({"kind", "documents", "born_on"})
_DOCUMENT_FIELDS = frozenset({"type", "number"})
_KINDS = {str(kind): kind for kind in PartyKind}


@dataclass(frozen=True, slots=True)
class Party:
    """A party as read from a row; the stand-in of a party that could not be read has no document."""

    kind: PartyKind = PartyKind.NATURAL_PERSON
    documents: tuple[Document, ...] = ()

    @property
    def is_natural_person(self) -> bool:
        """Whether the party is a natural person."""
        return self.kind is PartyKind.NATURAL_PERSON


def read_party(
    part: Mapping[str, object], definition: ListDefinition, starts_on: date | None
) -> tuple[Party, list[Violation]]:
    """Read the party of a row whose listing starts on the civil date `starts_on` (None: unreadable)."""
    violations: list[Violation] = []
    given = part.get("kind")
    kind = _KINDS.get(given) if isinstance(given, str) else None
    if kind is None or kind not in definition.kinds:
        violations.append(Fault.PARTY_KIND.violation())
    documents = _documents(part.get("documents"), violations)
    if kind is not None and any(document.kind not in {None, kind} for document in documents):
        violations.append(Fault.DOCUMENT_OTHER_KIND.violation())
    elif kind is PartyKind.ORGANISATION and not _may_be_told(documents, definition):
        violations.append(Fault.DOCUMENT_NOT_ORGANISATIONS.violation())
    party = Party(kind or PartyKind.NATURAL_PERSON, documents)
    violations += _age_violations(part, party, definition, starts_on)
    return party, violations


def _may_be_told(documents: tuple[Document, ...], definition: ListDefinition) -> bool:
    """Whether a list that commends has documents of organisations only, so that it never commends a person."""
    kinds = {document.kind for document in documents}
    return definition.effect is not ListEffect.COMMENDS or kinds <= {PartyKind.ORGANISATION}


def _documents(given: object, violations: list[Violation]) -> tuple[Document, ...]:
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_DOCUMENTS:
        violations.append(Fault.DOCUMENTS_MISSING.violation())
        return ()
    documents = [
        _document(entry, f"party.documents[{position}]", violations)
        for position, entry in enumerate(given)
    ]
    return tuple(dict.fromkeys(document for document in documents if document is not None))


def _document(entry: object, path: str, violations: list[Violation]) -> Document | None:
    if not isinstance(entry, dict):
        violations.append(Fault.DOCUMENT_SHAPE.violation(path))
        return None
    if not entry.keys() <= _DOCUMENT_FIELDS:
        violations.append(Fault.UNKNOWN_FIELD.violation(path))
    type_, number = entry.get("type"), entry.get("number")
    if not isinstance(type_, str) or not isinstance(number, str):
        violations.append(Fault.DOCUMENT_SHAPE.violation(path))
        return None
    try:
        return parse_document(type_, number)
    except DocumentError as error:
        problem = error.problem
        violations.append(
            Violation(
                "A6",
                f"A document is refused: {problem.advice_en}.",
                f"证件无效：{problem.advice_zh}。",
                path,
            )
        )
        return None


def _age_violations(
    part: Mapping[str, object], party: Party, definition: ListDefinition, starts_on: date | None
) -> list[Violation]:
    stated = civil_date(part.get("born_on"))
    if stated is None and part.get("born_on") is not None:
        return [Fault.BIRTH_DATE_INVALID.violation()]
    if not party.is_natural_person or (stated is None and definition.minimum_age is None):
        return []
    born_on = {day for day in (stated, *map(birth_date, party.documents)) if day is not None}
    if len(born_on) > 1:
        return [Fault.BIRTH_DATES_DISAGREE.violation()]
    fault = _age_fault(next(iter(born_on), None), definition.minimum_age, starts_on)
    return [] if fault is None else [fault.violation()]


def _age_fault(born_on: date | None, minimum: int | None, starts_on: date | None) -> Fault | None:
    """A7; an unreadable start is a fault of its own and hides this one."""
    if minimum is None:
        return None
    if born_on is None:
        return Fault.AGE_UNKNOWN
    if starts_on is None or has_completed_years(born_on, minimum, starts_on):
        return None
    return Fault.UNDER_AGE
