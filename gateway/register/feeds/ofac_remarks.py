"""Identity documents in the free-text remarks of OFAC's list.

Responsible for taking the remarks of one entry apart into documents, and for saying what could not be loaded.
Not responsible for reading the files (`ofac_sdn.py`), nor for which label is which document (`ofac_terms.py`).

Rules kept here:

- A number is loaded whole or not at all. The last fragment of remarks that may have been cut off is dropped.
- Only capital letters, digits and the separators space, hyphen, full stop and slash make a number;
  a fragment with anything else is reported, not mended.
- The last text in parentheses is the issuing country; an unknown one is reported, not guessed; none means `XXX`.
  A single character in parentheses directly behind a national identity number is its check digit and belongs to it.
- A Chinese identity number of 18 characters is a `cn-ric` or, when its check digit fails, nothing.
  A Chinese registration or tax number of 18 characters is a `cn-uscc`, or nothing likewise.
- A company's IMO number is a registration that keeps the letters `IMO`; it is never a ship's number.
- No note repeats a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from gateway.register.feeds.ofac_terms import COUNTRIES, LABELS, Family, Label
from sanctions_matrix.documents import DocumentError, PartyKind, parse_document

if TYPE_CHECKING:
    from sanctions_matrix.documents import Document

CUT_OFF = "cut-off fragment dropped"
SECOND_PASSPORT = "a second passport in the same remark is not loaded"

_NOT_STATED = "XXX"
_CHINA = "CHN"
_CHINESE_LENGTH = 18

_LABEL = re.compile(
    r"(?:alt\. )?(?P<label>"
    + "|".join(re.escape(label) for label in sorted(LABELS, key=len, reverse=True))
    + r") "
)
_VALUE = re.compile(
    r"(?P<number>[^()]+?)(?:\((?P<check>[0-9A-Z])\))?(?P<places>(?: \([^()]*\))*)(?: (?:issued|expires)\b.*)?"
)
_NUMBER = re.compile(r"(?=[^0-9]*[0-9])[0-9A-Z](?:[0-9A-Z ./-]*[0-9A-Z])?")
_PASSPORT = re.compile(
    r"(?:No\.:? |[A-Z][a-z]+(?:-[A-Z][a-z]+)* )?#?"
    r"(?P<number>[0-9A-Z][0-9A-Z./-]*(?: [0-9A-Z-][0-9A-Z./-]*)*)(?:\((?P<check>[0-9A-Z])\))?"
    r"(?P<rest>(?:,? .*)?)"
)
_PLACE = re.compile(r"\(([^()]*)\)")
_SHIP_NUMBER = re.compile(r"(?:IMO )?(\d{7})")


class _Stated(NamedTuple):
    """One document as the remarks state it."""

    label: Label
    number: str
    country: str


class _FragmentError(ValueError):
    """A fragment names a document that cannot be loaded; the message says why."""


@dataclass(slots=True)
class Extract:
    """What one entry's remarks hold: documents, each once, and what was not loaded."""

    documents: list[Document] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, document: Document) -> None:
        """Add a document unless it is there."""
        if document not in self.documents:
            self.documents.append(document)


def extract_documents(remarks: str, kind: PartyKind, *, is_cut_off: bool) -> Extract:
    """Return the documents in an entry's joined remarks.

    `is_cut_off` says that the remarks may stop in the middle of their last fragment.
    """
    extract = Extract()
    fragments = remarks.split(";")
    if is_cut_off:
        fragments.pop()
        extract.notes.append(CUT_OFF)
    for fragment in fragments:
        text = fragment.strip().removesuffix(".")
        match = _LABEL.match(text)
        if match is None:
            continue
        try:
            extract.add(_document(_stated(match["label"], text[match.end() :]), kind))
            if (
                LABELS[match["label"]].family is Family.PASSPORT
                and "Passport " in text[match.end() :]
            ):
                extract.notes.append(SECOND_PASSPORT)
        except (_FragmentError, DocumentError) as error:
            extract.notes.append(f"{match['label']} not loaded: {error}")
    return extract


def _stated(label_text: str, value: str) -> _Stated:
    label = LABELS[label_text]
    if label.family is Family.PASSPORT:
        return _stated_passport(label, value)
    match = _VALUE.fullmatch(value)
    if match is None:
        message = "the text behind the label is not a number with a country"
        raise _FragmentError(message)
    number, check = match["number"].strip(), match["check"] or ""
    if not _NUMBER.fullmatch(number) or (check and label.family is not Family.NATIONAL_ID):
        message = "a character is not one of a number"
        raise _FragmentError(message)
    return _Stated(label, number + check, _country(label, match["places"]))


def _stated_passport(label: Label, value: str) -> _Stated:
    """Read a passport: words may stand before and behind its number, as they do in a few dozen remarks."""
    match = _PASSPORT.fullmatch(value)
    if match is None or not any(map(str.isdigit, match["number"])):
        message = "the text behind the label is not a number with a country"
        raise _FragmentError(message)
    stated = _PLACE.findall(match["rest"])
    known = [COUNTRIES[place] for place in stated if place in COUNTRIES]
    if stated and not known:
        message = "the place in parentheses is not a known country"
        raise _FragmentError(message)
    country = known[-1] if known else _NOT_STATED
    return _Stated(label, match["number"] + (match["check"] or ""), label.country or country)


def _country(label: Label, places: str) -> str:
    if not places:
        return label.country or _NOT_STATED
    name = places.rpartition("(")[2].removesuffix(")")
    country = COUNTRIES.get(name)
    if country is None:
        message = "the place in parentheses is not a known country"
        raise _FragmentError(message)
    if label.country is not None and country not in {label.country, _NOT_STATED}:
        message = "the country in parentheses is not the label's"
        raise _FragmentError(message)
    return label.country or country


def _document(stated: _Stated, kind: PartyKind) -> Document:
    family = stated.label.family
    if family in {Family.SHIP, Family.COMPANY_IMO}:
        return _imo(stated, kind)
    if stated.country == _CHINA and (chinese := _chinese(stated, kind)) is not None:
        return chinese
    return parse_document(f"{_type_for(family, kind)}:{stated.country}", stated.number)


def _type_for(family: Family, kind: PartyKind) -> Family:
    if family is Family.NATIONAL_ID and kind is not PartyKind.NATURAL_PERSON:
        return Family.REGISTRATION
    if family is Family.PASSPORT and kind is not PartyKind.NATURAL_PERSON:
        message = "only a natural person has a passport"
        raise _FragmentError(message)
    return family


def _imo(stated: _Stated, kind: PartyKind) -> Document:
    match = _SHIP_NUMBER.fullmatch(stated.number)
    if match is None:
        message = "an IMO number has seven digits"
        raise _FragmentError(message)
    if kind is PartyKind.VESSEL:
        return parse_document("imo", match[1])
    if stated.label.family is Family.SHIP:
        message = "a ship's number on an entry that is not a vessel"
        raise _FragmentError(message)
    return parse_document(f"registration:{stated.country}", f"IMO{match[1]}")


def _chinese(stated: _Stated, kind: PartyKind) -> Document | None:
    """Return the document of a Chinese numbering scheme, None when the number is of another form."""
    family = stated.label.family
    if family is Family.CREDIT_CODE:
        return parse_document("cn-uscc", stated.number)
    if len(stated.number) != _CHINESE_LENGTH or family is Family.PASSPORT:
        return None
    if kind is PartyKind.NATURAL_PERSON:
        return parse_document("cn-ric", stated.number) if family is Family.NATIONAL_ID else None
    try:
        return parse_document("cn-uscc", stated.number)
    except DocumentError:
        return None
