"""Tests of the document constructors."""

from collections.abc import Callable
from typing import Any

import pytest

import partner_sdk
from partner_sdk.documents import Document, DocumentError


@pytest.mark.parametrize(
    ("construct", "numbers", "type_"),
    [
        (partner_sdk.ResidentId, ("110101189001010016",), "cn-ric"),
        (partner_sdk.SocialCreditCode, ("91990000MA0000007X",), "cn-uscc"),
        (partner_sdk.ForeignResidenceId, ("911900189001010013",), "cn-frp"),
        (partner_sdk.MainlandPermitHongKongMacau, ("H12345678",), "cn-permit-hm"),
        (partner_sdk.MainlandPermitTaiwan, ("12345678",), "cn-permit-tw"),
        (partner_sdk.Passport, ("UTO", "L898902C3"), "passport:UTO"),
        (partner_sdk.NationalId, ("IRN", "0000000000"), "national-id:IRN"),
        (partner_sdk.TaxId, ("CUB", "12345"), "tax-id:CUB"),
        (partner_sdk.RegistrationNumber, ("PAN", "12345"), "registration:PAN"),
        (partner_sdk.ImoNumber, ("9074729",), "imo"),
    ],
)
def test_each_constructor_makes_its_type(
    construct: Callable[..., Document], numbers: tuple[str, ...], type_: str
) -> None:
    """Each constructor returns a valid document of the type that it names."""
    assert construct(*numbers).type == type_


def test_a_wrong_check_digit_is_caught_before_any_call() -> None:
    """A number whose check digit does not fit raises, and the error does not show it."""
    with pytest.raises(DocumentError) as caught:
        partner_sdk.ResidentId("110101189001010017")
    assert "110101189001010017" not in str(caught.value)


def test_a_number_that_is_no_text_is_refused_with_words() -> None:
    """An integer is refused with words that say what to give, and is not shown."""
    wrong: Any = 110101189001010016
    with pytest.raises(TypeError, match="give the document's number as text") as caught:
        partner_sdk.ResidentId(wrong)
    assert "1101" not in str(caught.value)
