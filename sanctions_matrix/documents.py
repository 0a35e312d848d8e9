"""Documents: the only way a party is known.

Responsible for reading a type and a number into a `Document` that is normalised and valid, or into an error.
Not responsible for pseudonyms, nor for which documents belong to one person.

Rules kept here: nothing is guessed (`O` is not `0`, a Cyrillic letter is not a Latin one);
a number that fails its check digit never becomes a `Document`, under another type neither;
a name is no number;
one number is read under one type, a person's before an organisation's;
no number appears in a representation or an error.
Source: the fact sheet of identifiers (GB 11643-1999, GB 32100-2015, ICAO Doc 9303).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from sanctions_matrix import check_digits
from sanctions_matrix.countries import (
    DOCUMENT_COUNTRIES,
    NATIONALITY_IS_NOT_ISSUER,
    canonical_country,
    is_numeric_country,
)

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_RAW_LENGTH = 64
"""Longest number that is looked at, in characters before normalisation."""
MAX_LENGTH = 40
"""Longest number that is kept, in characters after normalisation."""

_EARLIEST_BIRTH_YEAR = 1800
_OUTDATED_CITIZEN_LENGTH = 15
_MRZ_LENGTH = 44


class PartyKind(StrEnum):
    """What a party is."""

    NATURAL_PERSON = "natural-person"
    ORGANISATION = "organisation"
    VESSEL = "vessel"


class DocumentProblem(StrEnum):
    """Why a document was refused."""

    UNKNOWN_TYPE = "unknown-type"
    UNKNOWN_COUNTRY = "unknown-country"
    EMPTY = "empty"
    TOO_LONG = "too-long"
    WRONG_LENGTH = "wrong-length"
    WRONG_ALPHABET = "wrong-alphabet"
    READS_LIKE_A_NAME = "reads-like-a-name"
    WRONG_DATE = "wrong-date"
    WRONG_CHECK_DIGIT = "wrong-check-digit"
    OUTDATED_FORM = "outdated-form"
    TYPE_OF_ITS_OWN = "type-of-its-own"

    @property
    def advice_en(self) -> str:
        """What is wrong and what to do, in English."""
        return _ADVICE[self][0]

    @property
    def advice_zh(self) -> str:
        """What is wrong and what to do, in Chinese."""
        return _ADVICE[self][1]


_TYPES = (
    "cn-ric, cn-uscc, cn-frp, cn-permit-hm, cn-permit-tw, imo, "
    "passport:ISO3, national-id:ISO3, tax-id:ISO3, registration:ISO3"
)
_ADVICE: dict[DocumentProblem, tuple[str, str]] = {
    DocumentProblem.UNKNOWN_TYPE: (
        f"the document type is not known; use one of {_TYPES}",
        "证件类型无法识别，请使用规定的证件类型代码",
    ),
    DocumentProblem.UNKNOWN_COUNTRY: (
        "the country is not known; give the three-letter code of ISO 3166-1 or ICAO 9303 (XXX when it is not stated)",
        "国家或地区代码无法识别，请使用三位字母代码（未载明的用 XXX）",
    ),
    DocumentProblem.EMPTY: ("the number is empty; give the number", "证件号码为空，请填写号码"),
    DocumentProblem.TOO_LONG: (
        "the number is too long; give the number alone",
        "证件号码过长，请只填写号码本身",
    ),
    DocumentProblem.WRONG_LENGTH: (
        "the number has the wrong number of characters; copy it again from the document",
        "证件号码位数不对，请对照证件重新填写",
    ),
    DocumentProblem.WRONG_ALPHABET: (
        "the number holds a character that this type cannot have there; copy it again (O is not 0)",
        "证件号码含有该证件类型不允许的字符（字母 O 不是数字 0），请对照证件重新填写",
    ),
    DocumentProblem.READS_LIKE_A_NAME: (
        (
            "this reads like a name, for no digit is in it or a blank stands between letters; "
            "give the number, and no blank between its letters"
        ),
        "所填内容疑似姓名或名称（没有数字，或者字母之间有空格），请填写证件号码，字母之间不留空格",
    ),
    DocumentProblem.WRONG_DATE: (
        "the number holds a birth date that does not exist; copy it again from the document",
        "证件号码中的出生日期不存在，请对照证件重新填写",
    ),
    DocumentProblem.WRONG_CHECK_DIGIT: (
        "the check digit does not fit the number; copy it again from the document",
        "证件号码校验位不符，请对照证件重新填写",
    ),
    DocumentProblem.OUTDATED_FORM: (
        "a citizen number of fifteen digits is no longer valid; give the number of eighteen characters",
        "十五位公民身份号码已停止使用，请填写十八位号码",
    ),
    DocumentProblem.TYPE_OF_ITS_OWN: (
        (
            "a Chinese number of this form belongs under another type; "
            "give a person's as cn-ric or cn-frp, any other as cn-uscc"
        ),
        "该形式的号码属于其他证件类型，自然人请使用 cn-ric 或 cn-frp，其余使用 cn-uscc",
    ),
}


class DocumentError(ValueError):
    """A document was refused; the message says what is wrong and what to do, never the number."""

    def __init__(self, problem: DocumentProblem, type_: str = "document") -> None:
        """Keep the problem; `type_` must be a type this module knows, for it is shown."""
        self.problem = problem
        super().__init__(f"{type_}: {problem.advice_en}")


@dataclass(frozen=True, slots=True)
class Document:
    """A type and a number, normalised and valid.

    Made by `parse_document` and its companions; whoever constructs one directly vouches for it.
    """

    type: str
    number: str = field(repr=False)

    @property
    def kind(self) -> PartyKind | None:
        """What type and number say about the holder; None when they do not say."""
        if self.type == "cn-uscc" and self.number.startswith(_INDIVIDUAL_BUSINESS):
            return None
        return _KINDS[self.type.partition(":")[0]]


_INDIVIDUAL_BUSINESS = "92"
"""How the code of an individual business begins (recalled); in law its holder may be a natural person."""


_KINDS: dict[str, PartyKind | None] = {
    "cn-ric": PartyKind.NATURAL_PERSON,
    "cn-uscc": PartyKind.ORGANISATION,
    "cn-frp": PartyKind.NATURAL_PERSON,
    "cn-permit-hm": PartyKind.NATURAL_PERSON,
    "cn-permit-tw": PartyKind.NATURAL_PERSON,
    "passport": PartyKind.NATURAL_PERSON,
    "national-id": PartyKind.NATURAL_PERSON,
    "tax-id": None,
    "registration": None,
    "imo": PartyKind.VESSEL,
}


def parse_document(type_: str, number: str) -> Document:
    """Read a document from its type (`cn-ric`, `passport:IRN`, …) and its number as written.

    Raises:
        DocumentError: if the type or country is unknown or the number is not valid for the type.
    """
    verify = _FIXED_TYPES.get(type_)
    if verify is not None:
        normal = _normalise(type_, _half_width(type_, number), _SEPARATORS)
        verify(type_, normal)
        return Document(type_, normal)
    family, _, country = type_.partition(":")
    if family not in _COUNTRY_TYPES:
        raise DocumentError(DocumentProblem.UNKNOWN_TYPE)
    code = canonical_country(country)
    if code is None:
        raise DocumentError(DocumentProblem.UNKNOWN_COUNTRY, family)
    written = _half_width(family, number)
    normal = _normalise(family, written, _SEPARATORS_AND_MARKS)
    if len(normal) < _COUNTRY_TYPES[family]:
        raise DocumentError(DocumentProblem.WRONG_LENGTH, family)
    if _BLANK_BETWEEN_LETTERS.search(written) or not _has_digit(code, family, normal):
        raise DocumentError(DocumentProblem.READS_LIKE_A_NAME, family)
    if code == _CHINA:
        _refuse_other_form(family, normal)
    return Document(f"{family}:{code}", normal)


def _has_digit(country: str, family: str, number: str) -> bool:
    """Whether a number holds a digit, or is one of Germany's, whose letters cannot make a word."""
    if not number.isalpha():
        return True
    return country == _GERMANY and family in _SERIAL_NUMBERS and bool(_GERMAN.fullmatch(number))


def _refuse_other_form(family: str, number: str) -> None:
    """Refuse a number of China that has the form of a type of its own, also when its check digit fails.

    So one number never gives two answers, and a mistyped one is not admitted as something else.
    Fifteen digits are also the form of a company's old numbers for taxes and for registration, which stay.
    """
    if len(number) == _CHINESE_LENGTH or _OLD_FOREIGN_RESIDENCE.fullmatch(number):
        raise DocumentError(DocumentProblem.TYPE_OF_ITS_OWN, family)
    if family in _SERIAL_NUMBERS and len(number) == _OUTDATED_CITIZEN_LENGTH and number.isdigit():
        raise DocumentError(DocumentProblem.OUTDATED_FORM, family)


def _is_valid(type_: str, number: str) -> bool:
    try:
        _FIXED_TYPES[type_](type_, number)
    except DocumentError:
        return False
    return True


def is_citizen_number(text: str) -> bool:
    """Whether 18 characters are a citizen's number: their alphabet, the date of birth and the check digit fit."""
    return _is_valid("cn-ric", text.upper())


def parse_document_text(text: str) -> Document:
    """Read a document from `TYPE:NUMBER`, where the type may hold a colon itself (`passport:IRN:A123`).

    Raises:
        DocumentError: as `parse_document` does, and when there is no type.
    """
    type_, colon, number = text.partition(":")
    if not colon:
        raise DocumentError(DocumentProblem.UNKNOWN_TYPE)
    if type_ in _COUNTRY_TYPES:
        country, _, number = number.partition(":")
        type_ = f"{type_}:{country}"
    return parse_document(type_, number)


def passport_from_mrz(line: str, *, issuer: str | None = None) -> Document:
    """Read a passport from the second line of its machine-readable zone (TD3, 44 characters).

    The second line tells the holder's nationality; the issuing state stands in the first line.
    They agree for ordinary passports; give `issuer` (three-letter code) where they do not.
    Source: ICAO Doc 9303 part 4, section 4.2.2.

    Raises:
        DocumentError: if a length, an alphabet, a date or one of the five check digits is wrong,
            or if the nationality is of the kind that is never an issuer and no issuer is given.
    """
    if len(line) != _MRZ_LENGTH:
        raise DocumentError(DocumentProblem.WRONG_LENGTH, "passport")
    if not _MRZ_LINE.fullmatch(line):
        raise DocumentError(DocumentProblem.WRONG_ALPHABET, "passport")
    _verify_mrz_checks(line)
    _verify_short_date("passport", line[13:19])
    country = issuer if issuer is not None else line[10:13].rstrip("<")
    if issuer is None and country in NATIONALITY_IS_NOT_ISSUER:
        raise DocumentError(DocumentProblem.UNKNOWN_COUNTRY, "passport")
    return parse_document(f"passport:{country}", line[:9].rstrip("<"))


def birth_date(document: Document) -> date | None:
    """Return the birth date that the number states in full, or None when it states none.

    The foreign residence number of 15 characters has a year of two digits and therefore states none.
    """
    if document.type == "cn-ric":
        return _full_date(document.number[6:14])
    if document.type == "cn-frp" and len(document.number) == _FOREIGN_RESIDENCE_LENGTH:
        return _full_date(document.number[6:14])
    return None


_CHINA = "CHN"
_GERMANY = "D"
_SEPARATORS = dict.fromkeys([ord("-"), *range(0x2010, 0x2016)])
_SEPARATORS_AND_MARKS = _SEPARATORS | dict.fromkeys(map(ord, "./"))
_CHINESE_LENGTH = 18
"""Characters of a citizen's number, a foreign resident's and a social credit code, and of no other number of China."""
_BLANK_BETWEEN_LETTERS = re.compile(r"[A-Za-z][^0-9A-Za-z]*\s[^0-9A-Za-z]*[A-Za-z]")
_GERMAN = re.compile(r"[CFGHJKLMNPRTVWXYZ]{9}")
"""Serial numbers of German passports and cards are drawn from these letters and the digits, and may hold no digit.

Source: leaflet of the Federal Ministry of the Interior on alphanumeric serial numbers, 1 October 2011.
"""
_MRZ_LINE = re.compile(r"[0-9A-Z<]{9}\d[A-Z<]{3}\d{7}[FMX<]\d{7}[0-9A-Z<]{14}[\d<]\d", re.ASCII)
_CITIZEN = re.compile(r"[1-8]\d{16}[\dX]", re.ASCII)
_CREDIT_CODE = re.compile(r"[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}")
_FOREIGN_RESIDENCE = re.compile(r"9\d{16}[\dX]", re.ASCII)
_FOREIGN_RESIDENCE_LENGTH = 18
_OLD_FOREIGN_RESIDENCE = re.compile(r"[A-Z]{3}\d{12}", re.ASCII)
_OLD_FOREIGN_RESIDENCE_LENGTH = 15
_PERMIT_HM = re.compile(r"[HM]\d{8}", re.ASCII)
_PERMIT_TW = re.compile(r"\d{8}", re.ASCII)
_IMO = re.compile(r"\d{7}", re.ASCII)


def _half_width(type_: str, number: str) -> str:
    if len(number) > MAX_RAW_LENGTH:
        raise DocumentError(DocumentProblem.TOO_LONG, type_)
    return number if number.isascii() else unicodedata.normalize("NFKC", number)


def _normalise(type_: str, number: str, removed: dict[int, None]) -> str:
    """Return a half-width number in capitals without separators; whatever else is not Latin is refused."""
    if not number.isalnum():
        number = "".join(number.split()).translate(removed)
    if not number:
        raise DocumentError(DocumentProblem.EMPTY, type_)
    # Capitals only after the test for ASCII: upper() would turn some foreign letters into Latin ones.
    if not (number.isascii() and number.isalnum()):
        raise DocumentError(DocumentProblem.WRONG_ALPHABET, type_)
    if len(number) > MAX_LENGTH:
        raise DocumentError(DocumentProblem.TOO_LONG, type_)
    return number.upper()


def _verify_form(type_: str, number: str, *, length: int, form: re.Pattern[str]) -> None:
    if len(number) != length:
        raise DocumentError(DocumentProblem.WRONG_LENGTH, type_)
    if not form.fullmatch(number):
        raise DocumentError(DocumentProblem.WRONG_ALPHABET, type_)


def _verify_check(type_: str, given: str, expected: str) -> None:
    if given != expected:
        raise DocumentError(DocumentProblem.WRONG_CHECK_DIGIT, type_)


def _full_date(digits: str) -> date:
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))


def _verify_full_date(type_: str, digits: str) -> None:
    try:
        born_on = _full_date(digits)
    except ValueError:
        raise DocumentError(DocumentProblem.WRONG_DATE, type_) from None
    if born_on.year < _EARLIEST_BIRTH_YEAR:
        raise DocumentError(DocumentProblem.WRONG_DATE, type_)


def _verify_short_date(type_: str, digits: str) -> None:
    """Refuse a date that exists in no century: two-digit years 2000 to 2099 have every leap day of 1900 to 1999."""
    try:
        _full_date("20" + digits)
    except ValueError:
        raise DocumentError(DocumentProblem.WRONG_DATE, type_) from None


def _verify_citizen(type_: str, number: str) -> None:
    if len(number) == _OUTDATED_CITIZEN_LENGTH and number.isdigit():
        raise DocumentError(DocumentProblem.OUTDATED_FORM, type_)
    _verify_form(type_, number, length=18, form=_CITIZEN)
    _verify_full_date(type_, number[6:14])
    _verify_check(type_, number[17], check_digits.citizen_check(number[:17]))


def _verify_credit_code(type_: str, number: str) -> None:
    _verify_form(type_, number, length=18, form=_CREDIT_CODE)
    _verify_check(type_, number[16], check_digits.organisation_check(number[8:16]))
    _verify_check(type_, number[17], check_digits.credit_code_check(number[:17]))
    # About one citizen number in 343 passes both checks of a credit code; it stays a person's.
    if any(_is_valid(persons, number) for persons in ("cn-ric", "cn-frp")):
        raise DocumentError(DocumentProblem.TYPE_OF_ITS_OWN, type_)


def _verify_foreign_residence(type_: str, number: str) -> None:
    if len(number) == _OLD_FOREIGN_RESIDENCE_LENGTH:
        _verify_old_foreign_residence(type_, number)
        return
    _verify_form(type_, number, length=_FOREIGN_RESIDENCE_LENGTH, form=_FOREIGN_RESIDENCE)
    if not is_numeric_country(number[3:6]):
        raise DocumentError(DocumentProblem.UNKNOWN_COUNTRY, type_)
    _verify_full_date(type_, number[6:14])
    _verify_check(type_, number[17], check_digits.citizen_check(number[:17]))


def _verify_old_foreign_residence(type_: str, number: str) -> None:
    _verify_form(type_, number, length=_OLD_FOREIGN_RESIDENCE_LENGTH, form=_OLD_FOREIGN_RESIDENCE)
    if number[:3] not in DOCUMENT_COUNTRIES:
        raise DocumentError(DocumentProblem.UNKNOWN_COUNTRY, type_)
    _verify_short_date(type_, number[7:13])
    _verify_check(type_, number[14], check_digits.machine_readable_check(number[:14]))


def _verify_permit_hm(type_: str, number: str) -> None:
    _verify_form(type_, number, length=9, form=_PERMIT_HM)


def _verify_permit_tw(type_: str, number: str) -> None:
    _verify_form(type_, number, length=8, form=_PERMIT_TW)


def _verify_imo(type_: str, number: str) -> None:
    _verify_form(type_, number, length=7, form=_IMO)
    _verify_check(type_, number[6], check_digits.imo_check(number[:6]))


def _verify_mrz_checks(line: str) -> None:
    for text, check in (
        (line[:9], line[9]),
        (line[13:19], line[19]),
        (line[21:27], line[27]),
        (line[28:42], "0" if line[42] == "<" else line[42]),
        (line[:10] + line[13:20] + line[21:43], line[43]),
    ):
        _verify_check("passport", check, check_digits.machine_readable_check(text))


_FIXED_TYPES: dict[str, Callable[[str, str], None]] = {
    "cn-ric": _verify_citizen,
    "cn-uscc": _verify_credit_code,
    "cn-frp": _verify_foreign_residence,
    "cn-permit-hm": _verify_permit_hm,
    "cn-permit-tw": _verify_permit_tw,
    "imo": _verify_imo,
}
_COUNTRY_TYPES = {"passport": 4, "national-id": 4, "tax-id": 4, "registration": 2}
"""The fewest characters; registers of companies began to count at 1, and some numbers of two digits are still used."""
_SERIAL_NUMBERS = frozenset({"passport", "national-id"})
