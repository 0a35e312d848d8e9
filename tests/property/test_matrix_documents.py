"""Properties of document numbers over arbitrary serials and arbitrary text."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from sanctions_matrix import synthetic
from sanctions_matrix.documents import Document, DocumentError, parse_document, parse_document_text

TYPES = [
    "cn-ric",
    "cn-uscc",
    "cn-frp",
    "cn-permit-hm",
    "cn-permit-tw",
    "passport:UTO",
    "national-id:D",
    "tax-id:XXX",
    "registration:UTO",
    "imo",
]
DIGITS = "0123456789"


@given(st.sampled_from(TYPES), st.text(max_size=70))
def test_any_text_is_a_document_or_a_document_error(type_: str, text: str) -> None:
    """No text makes the parser fail in another way, and what is accepted is plain capitals and digits."""
    with contextlib.suppress(DocumentError):
        document = parse_document(type_, text)
        assert document.number.isascii()
        assert document.number.isalnum()
        assert document.number == document.number.upper()


@given(st.text(max_size=70))
def test_any_text_with_a_type_is_a_document_or_a_document_error(text: str) -> None:
    """The same holds where the type comes from outside as well."""
    with contextlib.suppress(DocumentError):
        parse_document_text(text)


@given(st.sampled_from(TYPES), st.text(alphabet="0123456789ABCXYZ -./", min_size=1, max_size=30))
def test_reading_what_was_read_changes_nothing(type_: str, text: str) -> None:
    """Normalisation is idempotent, and type and number written together read back the same."""
    with contextlib.suppress(DocumentError):
        document = parse_document(type_, text)
        assert parse_document_text(f"{document.type}:{document.number}") == document


@given(
    st.integers(0, synthetic.CITIZEN_NUMBERS - 1),
    st.integers(0, 16),
    st.sampled_from(DIGITS),
)
def test_a_citizen_number_with_one_changed_digit_is_refused(
    serial: int, position: int, digit: str
) -> None:
    """ISO 7064 MOD 11-2 catches every change of one digit."""
    number = synthetic.citizen_number(serial)
    changed = number[:position] + digit + number[position + 1 :]
    assert is_accepted("cn-ric", changed) == (changed == number)


@given(st.integers(0, synthetic.CITIZEN_NUMBERS - 1), st.integers(0, 15))
def test_a_citizen_number_with_two_neighbours_swapped_is_refused(
    serial: int, position: int
) -> None:
    """ISO 7064 MOD 11-2 catches every swap of neighbouring digits."""
    number = synthetic.citizen_number(serial)
    first, second = number[position], number[position + 1]
    changed = number[:position] + second + first + number[position + 2 :]
    assert is_accepted("cn-ric", changed) == (changed == number)


@given(
    st.integers(0, synthetic.ORGANISATION_CODES - 1), st.integers(0, 17), st.sampled_from(DIGITS)
)
def test_an_organisation_code_with_one_changed_digit_is_refused(
    serial: int, position: int, digit: str
) -> None:
    """The check of GB 32100 has a prime modulus and catches every change of one character."""
    number = synthetic.organisation_code(serial)
    changed = number[:position] + digit + number[position + 1 :]
    assert is_accepted("cn-uscc", changed) == (changed == number)


@given(st.sampled_from(TYPES), st.text(min_size=1))
def test_a_document_never_shows_its_number(type_: str, number: str) -> None:
    """Whatever the number, the representation depends on the type alone."""
    assert repr(Document(type_, number)) == repr(Document(type_, "0"))


def is_accepted(type_: str, number: str) -> bool:
    """Return whether a number is read as a document."""
    try:
        parse_document(type_, number)
    except DocumentError:
        return False
    return True
