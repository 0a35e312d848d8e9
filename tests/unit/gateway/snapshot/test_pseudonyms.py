"""Pseudonyms: one for each document under one key, and telling nothing without it."""

import pytest

from gateway.snapshot.pseudonyms import PSEUDONYM_BYTES, Pseudonymiser
from sanctions_matrix.documents import Document
from tests.fakes.synthetic_parties import citizen

KEY = bytes(range(32))


def test_a_pseudonym_has_sixteen_bytes() -> None:
    """Stores and parts rely on one length."""
    assert len(Pseudonymiser(KEY).of(citizen(0))) == PSEUDONYM_BYTES == 16


def test_a_pseudonym_is_the_same_every_time() -> None:
    """Publisher and gateways, today and tomorrow, find one document under one pseudonym."""
    pseudonymiser = Pseudonymiser(KEY)
    assert pseudonymiser.of(citizen(0)) == pseudonymiser.of(citizen(0))
    assert Pseudonymiser(KEY).of(citizen(0)) == pseudonymiser.of(citizen(0))


def test_a_pseudonym_never_changes_between_versions() -> None:
    """The recipe is part of the stored format: this document has had this pseudonym since format 1."""
    known = Pseudonymiser(KEY).of(Document("cn-ric", "110101189001010016"))
    assert known.hex() == "e5156c3e6a777ed58b4aec61765b2c94"


def test_another_key_gives_another_pseudonym() -> None:
    """Without the site's key nobody can compute a pseudonym."""
    other = bytes([KEY[0] ^ 1]) + KEY[1:]
    assert Pseudonymiser(KEY).of(citizen(0)) != Pseudonymiser(other).of(citizen(0))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Document("imo", "0123456"), Document("imo0", "123456")),
        (Document("passport:UTO", "U1"), Document("passport:UT", "OU1")),
        (Document("tax-id:XXX", "A"), Document("tax-id:XX", "XA")),
        (Document("a", "\x01b"), Document("a\x01", "b")),
        (Document("a", ""), Document("", "a")),
    ],
)
def test_type_and_number_cannot_be_confused(one: Document, other: Document) -> None:
    """Documents whose type and number read the same when written together have different pseudonyms."""
    assert one.type + one.number == other.type + other.number
    assert Pseudonymiser(KEY).of(one) != Pseudonymiser(KEY).of(other)


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_key_of_another_length_is_refused(length: int) -> None:
    """A cut-off key file does not silently become another site's key."""
    with pytest.raises(ValueError, match="32 bytes"):
        Pseudonymiser(bytes(length))
