"""Between values and columns: how instants, windows, measures and exemptions are written in the database.

Responsible for one spelling per value, so that equal values are equal columns.
Not responsible for reading or writing rows.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sanctions_matrix.listing import Exemption, Window

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_REFERENCE_BYTES = 10
"""80 bits: among 50 million listings two share a reference with probability 1 in 10⁹."""


def microseconds_of(instant: datetime) -> int:
    """Return an aware instant as whole microseconds since 1970-01-01 UTC."""
    return (instant - _EPOCH) // _MICROSECOND


def instant_of(microseconds: int) -> datetime:
    """Return the aware UTC instant."""
    return _EPOCH + timedelta(microseconds=microseconds)


def is_past(instant: int | None, at: int) -> bool:
    """Whether an instant is given and has come by `at`; both in microseconds."""
    return instant is not None and instant <= at


@lru_cache(maxsize=65_536)
def window_of(starts_at: int, ends_at: int | None) -> Window:
    """Return the window between two instants in microseconds."""
    return Window(instant_of(starts_at), None if ends_at is None else instant_of(ends_at))


@lru_cache(maxsize=4_096)
def measures_text(measures: frozenset[str]) -> str:
    """Return measure ids as one text, sorted, so that equal sets are equal texts."""
    return ",".join(sorted(measures))


@lru_cache(maxsize=4_096)
def measures_of(text: str) -> frozenset[str]:
    """Return the measure ids of a text."""
    return frozenset(filter(None, text.split(",")))


def stays_text(stays: tuple[Window, ...]) -> str | None:
    """Return the stays as JSON, None when there are none."""
    return json.dumps([_bounds(stay) for stay in stays]) if stays else None


def stays_of(text: str | None) -> tuple[Window, ...]:
    """Return the stays of a column."""
    return tuple(window_of(*bounds) for bounds in json.loads(text)) if text else ()


def exemptions_text(exemptions: tuple[Exemption, ...]) -> str | None:
    """Return the exemptions as JSON, None when there are none."""
    if not exemptions:
        return None
    return json.dumps([[sorted(one.measures), *_bounds(one.window)] for one in exemptions])


def exemptions_of(text: str | None) -> tuple[Exemption, ...]:
    """Return the exemptions of a column."""
    if not text:
        return ()
    return tuple(Exemption(frozenset(ids), window_of(*bounds)) for ids, *bounds in json.loads(text))


def _bounds(window: Window) -> tuple[int, int | None]:
    return microseconds_of(window.starts_at), None if window.ends_at is None else microseconds_of(
        window.ends_at
    )


def reference_of(list_id: str, authority: str, record: str, secret: bytes) -> str:
    """Return the opaque reference of a record: the same on every import, and telling nothing without the secret.

    `authority` is the one that delivers the feed: two authorities may number their records alike.
    It is `L-` and 80 bits of keyed BLAKE2b in lower-case base 32 (RFC 4648 section 6).
    """
    seed = _seed_of(list_id, authority, secret).copy()
    seed.update(record.encode())
    number = int.from_bytes(seed.digest())
    return "L-" + "".join([_PAIRS[number >> shift & _PAIR_MASK] for shift in _PAIR_SHIFTS])


@lru_cache(maxsize=256)
def _seed_of(list_id: str, authority: str, secret: bytes) -> hashlib.blake2b:
    """Return the hash of all that the references of one feed share; the length keeps the parts apart."""
    text = f"{list_id}|{len(authority)}|{authority}|".encode()
    return hashlib.blake2b(text, key=secret, digest_size=_REFERENCE_BYTES)


_BASE_32 = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _BASE_32 for second in _BASE_32]
"""Two characters at a time: `base64.b32encode` takes longer than the hash."""
_PAIR_MASK = 0x3FF
_PAIR_SHIFTS = range(70, -1, -10)
