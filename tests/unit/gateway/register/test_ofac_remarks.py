"""Documents in OFAC remarks, on invented remarks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.register.feeds.ofac_remarks import CUT_OFF, extract_documents
from gateway.register.feeds.ofac_terms import COUNTRIES, LABELS
from sanctions_matrix import synthetic
from sanctions_matrix.countries import DOCUMENT_COUNTRIES, canonical_country
from sanctions_matrix.documents import PartyKind

PERSON = PartyKind.NATURAL_PERSON
COMPANY = PartyKind.ORGANISATION
SHIP = PartyKind.VESSEL
CITIZEN = synthetic.citizen_number(7)
CREDIT_CODE = synthetic.organisation_code(7)
IMO = synthetic.imo_number(7)
THREE_PASSPORTS = (
    "DOB 01 Jan 1890; Passport U0001 (Iran) issued 01 Jan 1910 expires 01 Jan 1920; "
    "alt. Passport U0002 (Iraq) expires 1921; alt. Passport Booklet: U0003 (Syria)."
)


def documents(remarks: str, kind: PartyKind) -> list[tuple[str, str]]:
    """Return type and number of every document found."""
    found = extract_documents(remarks, kind, is_cut_off=False).documents
    return [(one.type, one.number) for one in found]


@pytest.mark.parametrize(
    ("remarks", "kind", "expected"),
    [
        ("Passport U00000001 (Utopia)", PERSON, []),
        ("Passport U00000001 (Iran).", PERSON, [("passport:IRN", "U00000001")]),
        ("Passport U00000001", PERSON, [("passport:XXX", "U00000001")]),
        ("Passport U00000001 (undetermined)", PERSON, [("passport:XXX", "U00000001")]),
        ("Passport UT 000-001 (Korea, North)", PERSON, [("passport:PRK", "UT000001")]),
        (
            THREE_PASSPORTS,
            PERSON,
            [("passport:IRN", "U0001"), ("passport:IRQ", "U0002"), ("passport:SYR", "U0003")],
        ),
        ("Diplomatic Passport U0004 (Sudan)", PERSON, [("passport:SDN", "U0004")]),
        ("Stateless Person Passport U0005 (Syria) issued 1910", PERSON, [("passport:SYR", "U0005")]),
        ("Passport U0001 (Iran); Passport U0001 (Iran)", PERSON, [("passport:IRN", "U0001")]),
        ("SSN 000-00-0001 (United States)", PERSON, [("national-id:USA", "000000001")]),
        ("SSN 000-00-0001", PERSON, [("national-id:USA", "000000001")]),
        ("SSN 000-00-0001 (Mexico)", PERSON, []),
        ("Cedula No. V-00000001 (Venezuela)", PERSON, [("national-id:VEN", "V00000001")]),
        ("National ID No. X000001(A) (Hong Kong)", PERSON, [("national-id:HKG", "X000001A")]),
        ("National ID No. 12/AbCd(Xyz)000001 (Burma)", PERSON, []),
        ("National ID No. 0000 and Tax ID No. 1 (Iran)", PERSON, []),
        (f"National ID No. {CITIZEN} (China)", PERSON, [("cn-ric", CITIZEN)]),
        (f"National ID No. {CITIZEN[:-2]}00 (China)", PERSON, []),
        ("National ID No. 00000000001 (China)", PERSON, [("national-id:CHN", "00000000001")]),
        ("National ID No. 000001 (Iran)", COMPANY, [("registration:IRN", "000001")]),
        ("NIT # 000000001-1 (Colombia)", COMPANY, [("tax-id:COL", "0000000011")]),
        ("Tax ID No. 0001 (Russia); Registration Number 0.001/2 (Russia)", COMPANY,
         [("tax-id:RUS", "0001"), ("registration:RUS", "00012")]),
        ("Folio Mercantil No. 00001 (Jalisco) (Mexico)", COMPANY, [("registration:MEX", "00001")]),
        ("Folio Mercantil No. 00001 (Jalisco)", COMPANY, []),
        (f"Unified Social Credit Code (USCC) {CREDIT_CODE} (China)", COMPANY, [("cn-uscc", CREDIT_CODE)]),
        (f"Unified Social Credit Code (USCC) {CREDIT_CODE[:-1]}I (China)", COMPANY, []),
        (f"Registration Number {CREDIT_CODE} (China)", COMPANY, [("cn-uscc", CREDIT_CODE)]),
        (f"Registration Number {CREDIT_CODE[:-1]}I (China)", COMPANY, []),
        ("Registration Number 110000000000001 (China)", COMPANY, [("registration:CHN", "110000000000001")]),
        ("Registration Number 01 (Iran)", COMPANY, [("registration:IRN", "01")]),
        (f"Vessel Registration Identification IMO {IMO}", SHIP, [("imo", IMO)]),
        (f"Identification Number IMO {IMO}.", SHIP, [("imo", IMO)]),
        ("Vessel Registration Identification IMO 0000001", SHIP, []),
        (f"Identification Number IMO {IMO}.", COMPANY, [("registration:XXX", f"IMO{IMO}")]),
        ("Company Number IMO 0000009", COMPANY, [("registration:XXX", "IMO0000009")]),
        (f"Vessel Registration Identification IMO {IMO}", COMPANY, []),
        ("Passport U0001 (Iran)", COMPANY, []),
        ("Phone Number 0000000; Driver's License No. U1 (Iran); MMSI 000000000", PERSON, []),
        ("-0- ", PERSON, []),
    ],
)  # fmt: skip
def test_remarks(remarks: str, kind: PartyKind, expected: list[tuple[str, str]]) -> None:
    """Each form of a document is loaded as its type and country, or not at all."""
    assert documents(remarks, kind) == expected


def test_what_is_not_loaded_is_said_without_the_number() -> None:
    """A known label whose number cannot be loaded leaves a note that names the label only."""
    extract = extract_documents(
        "Passport Ä00000001 (Iran); C.U.R.P. 00x (Mexico)", PERSON, is_cut_off=False
    )
    assert len(extract.notes) == 2
    assert extract.notes[0].startswith("Passport not loaded")
    assert "0000" not in repr(extract)


def test_the_last_fragment_of_remarks_that_may_be_cut_off_is_dropped() -> None:
    """A number that may be truncated is never loaded, and the report says so."""
    extract = extract_documents("Passport U0001 (Iran); Passport U23456", PERSON, is_cut_off=True)
    assert [one.number for one in extract.documents] == ["U0001"]
    assert extract.notes == [CUT_OFF]


@given(st.integers(min_value=0), st.permutations(["DOB 1890", "Passport U00000001 (Iran)",
    "SSN 000-00-0001", "C.U.R.P. ABCD000001 (Mexico) issued 1910", "Gender Male"]))  # fmt: skip
def test_no_cut_makes_a_truncated_number(cut: int, fragments: list[str]) -> None:
    """Wherever remarks are cut, every document that is loaded stands in the whole text."""
    remarks = "; ".join(fragments) + "."
    whole = extract_documents(remarks, PERSON, is_cut_off=False).documents
    part = extract_documents(remarks[: cut % len(remarks)], PERSON, is_cut_off=True).documents
    assert all(document in whole for document in part)


@given(st.text(max_size=200))
def test_any_text_can_be_remarks(text: str) -> None:
    """Hostile remarks lead to documents or notes, never to a crash."""
    for kind in PartyKind:
        for label in ("Passport ", "Vessel Registration Identification IMO ", "Tax ID No. "):
            extract_documents(label + text, kind, is_cut_off=False)


def test_the_tables_name_only_countries_that_documents_can_carry() -> None:
    """Every spelling leads to a country code of the domain."""
    codes = set(COUNTRIES.values()) | {label.country for label in LABELS.values() if label.country}
    assert {canonical_country(code) for code in codes} <= DOCUMENT_COUNTRIES
    assert len(COUNTRIES) > 190
