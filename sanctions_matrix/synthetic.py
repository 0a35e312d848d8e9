"""Synthetic document numbers: valid by their check digits, and nobody's.

Responsible for making distinct numbers from a serial number, the same ones every time.
Not responsible for making feeds of them (the gateway's synthetic feed does).

Rules kept here: citizens are born in the 1890s, organisations sit in the unassigned area 990000,
passports are of Utopia (the specimen state of ICAO Doc 9303), ships carry numbers below every issued one.
"""

from __future__ import annotations

from datetime import date, timedelta

from sanctions_matrix import check_digits

_CITIZEN_AREAS = (
    "110101", "110102", "110105", "110106", "110108", "120101", "120102", "310101",
    "310104", "310105", "440103", "440104", "440105", "440300", "500101", "650100",
)  # fmt: skip
_FIRST_BIRTH_DATE = date(1890, 1, 1)
_BIRTH_DATES = (date(1900, 1, 1) - _FIRST_BIRTH_DATE).days
_SEQUENCES = 999

CITIZEN_NUMBERS = len(_CITIZEN_AREAS) * _BIRTH_DATES * _SEQUENCES
"""How many distinct citizen numbers there are (58 million)."""
ORGANISATION_CODES = 31**6
"""How many distinct organisation codes there are (887 million)."""
PASSPORT_NUMBERS = 10**8
FOREIGN_RESIDENCE_NUMBERS = 34 * _BIRTH_DATES * _SEQUENCES
IMO_NUMBERS = 10**5


def citizen_number(serial: int) -> str:
    """Return the citizen number (`cn-ric`) of a serial from 0 to `CITIZEN_NUMBERS` - 1.

    Raises:
        ValueError: if the serial is out of range.
    """
    rest, day = divmod(_in_range(serial, CITIZEN_NUMBERS), _BIRTH_DATES)
    area, sequence = divmod(rest, _SEQUENCES)
    body = f"{_CITIZEN_AREAS[area]}{_birth_date(day)}{sequence + 1:03}"
    return body + check_digits.citizen_check(body)


def organisation_code(serial: int) -> str:
    """Return the unified social credit code (`cn-uscc`) of a serial from 0 to `ORGANISATION_CODES` - 1.

    Raises:
        ValueError: if the serial is out of range.
    """
    rest = _in_range(serial, ORGANISATION_CODES)
    digits = ""
    for _ in range(6):
        rest, value = divmod(rest, 31)
        digits = check_digits.CREDIT_CODE_ALPHABET[value] + digits
    organisation = "MA" + digits
    body = "91990000" + organisation + check_digits.organisation_check(organisation)
    return body + check_digits.credit_code_check(body)


def passport_number(serial: int) -> str:
    """Return the passport number (`passport:UTO`) of a serial from 0 to `PASSPORT_NUMBERS` - 1.

    Raises:
        ValueError: if the serial is out of range.
    """
    return f"U{_in_range(serial, PASSPORT_NUMBERS):08}"


def passport_mrz_line(serial: int) -> str:
    """Return the second machine-readable line (TD3, 44 characters) of the passport of a serial.

    Raises:
        ValueError: if the serial is out of range.
    """
    check = check_digits.machine_readable_check
    number = passport_number(serial)
    born, expires, optional = "900101", "991231", "<" * 14
    numbered = number + check(number)
    dated = born + check(born)
    tail = expires + check(expires) + optional + "<"
    return f"{numbered}UTO{dated}<{tail}{check(numbered + dated + tail)}"


def foreign_residence_number(serial: int) -> str:
    """Return the foreign permanent resident's number (`cn-frp`, 18 characters) of a serial.

    The numeric country is 990, of ISO's user-assigned range: no country has it.

    Raises:
        ValueError: if the serial is not from 0 to `FOREIGN_RESIDENCE_NUMBERS` - 1.
    """
    rest, day = divmod(_in_range(serial, FOREIGN_RESIDENCE_NUMBERS), _BIRTH_DATES)
    province, sequence = divmod(rest, _SEQUENCES)
    body = f"9{province + 31:02}990{_birth_date(day)}{sequence + 1:03}"
    return body + check_digits.citizen_check(body)


def imo_number(serial: int) -> str:
    """Return the ship number (`imo`) of a serial from 0 to `IMO_NUMBERS` - 1; it begins with 0, as no ship's does.

    Raises:
        ValueError: if the serial is out of range.
    """
    body = f"0{_in_range(serial, IMO_NUMBERS):05}"
    return body + check_digits.imo_check(body)


def _birth_date(day: int) -> str:
    return (_FIRST_BIRTH_DATE + timedelta(days=day)).strftime("%Y%m%d")


def _in_range(serial: int, count: int) -> int:
    if not 0 <= serial < count:
        message = f"the serial must lie between 0 and {count - 1}"
        raise ValueError(message)
    return serial
