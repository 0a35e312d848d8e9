# ruff: noqa: N802 - these read as constructors: each returns a Document of one type
"""One constructor per type of document.

Responsible for: naming the types so that a caller need not know their codes.
Not responsible for: normalisation and check digits (``sanctions_matrix.documents``).

Every constructor raises ``DocumentError`` before any call, when the number is not valid for the type;
the error says what to do and never shows the number.
A number that is no text is a ``TypeError``.
"""

from sanctions_matrix.documents import (
    Document,
    DocumentError,
    PartyKind,
    parse_document,
    parse_document_text,
    passport_from_mrz,
)

__all__ = [
    "Document",
    "DocumentError",
    "ForeignResidenceId",
    "ImoNumber",
    "MainlandPermitHongKongMacau",
    "MainlandPermitTaiwan",
    "NationalId",
    "PartyKind",
    "Passport",
    "RegistrationNumber",
    "ResidentId",
    "SocialCreditCode",
    "TaxId",
    "parse_document",
    "parse_document_text",
    "passport_from_mrz",
]


def ResidentId(number: str) -> Document:
    """Return a citizen identity number, or a residence permit for Hong Kong, Macau and Taiwan (18 characters)."""
    return _read("cn-ric", number)


def SocialCreditCode(number: str) -> Document:
    """Return an organisation's unified social credit code (18 characters)."""
    return _read("cn-uscc", number)


def ForeignResidenceId(number: str) -> Document:
    """Return a foreigner's permanent residence number (18 characters, or 15 in the form of 2017)."""
    return _read("cn-frp", number)


def MainlandPermitHongKongMacau(number: str) -> Document:
    """Return a mainland travel permit for residents of Hong Kong (H) and Macau (M): the letter and 8 digits."""
    return _read("cn-permit-hm", number)


def MainlandPermitTaiwan(number: str) -> Document:
    """Return a mainland travel permit for residents of Taiwan: 8 digits."""
    return _read("cn-permit-tw", number)


def Passport(country: str, number: str) -> Document:
    """Return a passport by its issuing country (three letters, ISO 3166-1 or ICAO 9303) and number."""
    return _read(f"passport:{country}", number)


def NationalId(country: str, number: str) -> Document:
    """Return a national identity number by its issuing country (three letters)."""
    return _read(f"national-id:{country}", number)


def TaxId(country: str, number: str) -> Document:
    """Return a tax number by its issuing country (three letters)."""
    return _read(f"tax-id:{country}", number)


def RegistrationNumber(country: str, number: str) -> Document:
    """Return a company registration number by its country (three letters)."""
    return _read(f"registration:{country}", number)


def ImoNumber(number: str) -> Document:
    """Return a vessel's IMO number: 7 digits."""
    return _read("imo", number)


def _read(type_: str, number: object) -> Document:
    if not isinstance(number, str):
        problem = (
            "give the document's number as text, in quotes"  # it may begin with 0 and end with X
        )
        raise TypeError(problem)
    return parse_document(type_, number)
