"""Check digits of document numbers, each after the standard that defines it.

Responsible for the arithmetic alone.
Not responsible for normalisation, lengths, alphabets or dates (`documents`).
Every function expects characters that the caller has already found to be in the alphabet.
"""

from __future__ import annotations

from operator import mul

CREDIT_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of a unified social credit code: no I, O, S, V, Z (GB 32100-2015)."""

_CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# A digit's byte exceeds its value by that of "0"; over all weights the surplus is this.
_CITIZEN_SURPLUS = ord("0") * sum(_CITIZEN_WEIGHTS)
_CITIZEN_CHECKS = "10X98765432"
_CREDIT_CODE_VALUES = {character: value for value, character in enumerate(CREDIT_CODE_ALPHABET)}
_CREDIT_CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_CHECKS = "0X987654321"
_MACHINE_READABLE_WEIGHTS = (7, 3, 1)
_IMO_WEIGHTS = (7, 6, 5, 4, 3, 2)


def citizen_check(body: str) -> str:
    """Return the check character of the first 17 digits of a citizen number.

    Source: GB 11643-1999 (ISO 7064 MOD 11-2).
    """
    total = sum(map(mul, _CITIZEN_WEIGHTS, body.encode())) - _CITIZEN_SURPLUS
    return _CITIZEN_CHECKS[total % 11]


def credit_code_check(body: str) -> str:
    """Return the check character of the first 17 characters of a unified social credit code.

    Source: GB 32100-2015; a sum divisible by 31 gives 0.
    """
    total = sum(
        weight * _CREDIT_CODE_VALUES[character]
        for weight, character in zip(_CREDIT_CODE_WEIGHTS, body, strict=True)
    )
    return CREDIT_CODE_ALPHABET[-total % 31]


def organisation_check(body: str) -> str:
    """Return the check character of the 8 characters of an organisation code.

    Source: GB 11714-1997 (weights and the rule for 10 and 11 as in the identifiers' fact sheet).
    Letters count from A = 10.
    """
    total = sum(
        weight * int(character, 36)
        for weight, character in zip(_ORGANISATION_WEIGHTS, body, strict=True)
    )
    return _ORGANISATION_CHECKS[total % 11]


def machine_readable_check(text: str) -> str:
    """Return the 7-3-1 check digit of part of a machine-readable zone.

    Source: ICAO Doc 9303 part 3, section 4.9: digits count as themselves, letters from A = 10, the filler as 0.
    """
    total = 0
    for position, character in enumerate(text):
        if character != "<":
            total += _MACHINE_READABLE_WEIGHTS[position % 3] * int(character, 36)
    return str(total % 10)


def imo_check(body: str) -> str:
    """Return the check digit of the first six digits of an IMO ship number (weights 7 to 2)."""
    return str(sum(map(mul, _IMO_WEIGHTS, map(int, body))) % 10)
