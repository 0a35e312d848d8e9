"""Synthetic numbers are valid, distinct, repeatable and nobody's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sanctions_matrix import synthetic
from sanctions_matrix.documents import birth_date, parse_document

if TYPE_CHECKING:
    from collections.abc import Callable

MAKERS: list[tuple[str, Callable[[int], str], int]] = [
    ("cn-ric", synthetic.citizen_number, synthetic.CITIZEN_NUMBERS),
    ("cn-uscc", synthetic.organisation_code, synthetic.ORGANISATION_CODES),
    ("cn-frp", synthetic.foreign_residence_number, synthetic.FOREIGN_RESIDENCE_NUMBERS),
    ("passport:UTO", synthetic.passport_number, synthetic.PASSPORT_NUMBERS),
    ("imo", synthetic.imo_number, synthetic.IMO_NUMBERS),
]


@pytest.mark.parametrize(("type_", "make", "count"), MAKERS)
def test_numbers_are_valid_and_distinct_over_the_whole_range(
    type_: str, make: Callable[[int], str], count: int
) -> None:
    """Serials spread over the range, its ends included, give valid numbers that differ."""
    serials = sorted({0, 1, count - 1, *range(0, count, max(1, count // 500))})
    numbers = {parse_document(type_, make(serial)).number for serial in serials}
    assert len(numbers) == len(serials)


@pytest.mark.parametrize(("type_", "make", "count"), MAKERS)
def test_a_serial_out_of_range_is_refused(
    type_: str, make: Callable[[int], str], count: int
) -> None:
    """Nothing wraps round to a number that was given out before."""
    assert parse_document(type_, make(count - 1)).number == make(count - 1)
    for serial in (-1, count):
        with pytest.raises(ValueError, match="serial"):
            make(serial)


def test_there_are_enough_people_and_organisations() -> None:
    """Fifty million of each can be made, the largest population to be shown."""
    assert synthetic.CITIZEN_NUMBERS >= 50_000_000
    assert synthetic.ORGANISATION_CODES >= 50_000_000


def test_citizens_are_born_in_the_1890s_and_organisations_sit_in_no_area() -> None:
    """No number made here can be somebody's."""
    for serial in (0, 12_345, 3_651, 3_652, synthetic.CITIZEN_NUMBERS - 1):
        born_on = birth_date(parse_document("cn-ric", synthetic.citizen_number(serial)))
        assert born_on is not None
        assert 1890 <= born_on.year <= 1899
        assert synthetic.organisation_code(serial)[2:8] == "990000"
