"""A synthetic population as a JSON Lines feed: for demonstrations, tests and benchmarks, of nobody.

Responsible for the same feed from the same seed, in constant memory.
Not responsible for the numbers being nobody's: `sanctions_matrix.synthetic` makes them so.

The mix: two parties in three are natural persons on their own account; the others are organisations, each followed by
one or two of its responsible persons. Some hold a passport beside the citizen number, some listings start in the
future (their parties were served before the feed's day, like everybody), some have run out, some responsible persons
have left their role. Forty courts list, each with its own route of contest.

Rules kept here:

- Whoever stands on `judgment-defaulters` also stands on `consumption-limited` of the same seed; the reverse does not
  hold, and responsible persons stand on the latter only (SPC Fa Shi [2015] No. 17 and [2017] No. 7; verified).
- Nothing depends on the clock: dates are counted from a day that is given.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sanctions_matrix import synthetic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

LISTS = ("consumption-limited", "judgment-defaulters")
"""The lists a synthetic feed can be made for."""
DEFAULT_DAY = date(2026, 1, 1)
"""The day around which the listings lie, unless another is given."""
FIRST_DAY = date.min + timedelta(days=1_395)
"""The first day that leaves room for the earliest ruling: served, in force and over before the feed's day."""
LAST_DAY = date.max - timedelta(days=5_030)
"""The last day that leaves room for a listing that starts in the future and runs out."""
MAX_PARTIES = 50_000_000
MAX_SEQUENCE = 2**53
"""The greatest number of a feed that an authority can submit."""

_ROLES = (
    "legal-representative",
    "principal-in-charge",
    "directly-responsible",
    "actual-controller",
)
_DEFAULTER_GROUNDS = ("evasion", "false-evidence", "asset-report-breach", "settlement-breach")
_COURTS = 40
_DEFAULTER_SHARE = 0.6
_ORGANISATION_SHARE = 0.16
_SECOND_PERSON_SHARE = 0.5
_PASSPORT_SHARE = 0.2
_FUTURE_SHARE = 0.02
_OVER_SHARE = 0.05
_LEFT_ROLE_SHARE = 0.03
_LONGEST_IN_FORCE_DAYS = 650
_DEFAULTER_TERM_DAYS = 730
_PARTIES_PER_PROGRESS = 10_000
# Steps that share no factor with the number of serials: every party of a feed gets numbers of its own.
_CITIZEN_STEP = 7_368_787
_ORGANISATION_STEP = 15_485_863
_PASSPORT_STEP = 32_452_843


class _Party(NamedTuple):
    """One party before it has numbers; `starts_in_days` counts from the feed's day."""

    serial: int
    kind: str
    employer: int | None
    role: str
    has_passport: bool
    has_left: bool
    is_defaulter: bool
    starts_in_days: int
    term_days: int | None
    court: int


@dataclass(frozen=True, slots=True)
class SyntheticFeed:
    """What to make: how many `parties` are drawn, by which `seed`, for which list, around which day.

    `sequence` is the feed's number: a feed is imported after another of the list only if its number is greater.

    Raises:
        ValueError: if the list is not one of `LISTS`, or a number is out of its bounds.
    """

    parties: int
    seed: int
    list_id: str = LISTS[0]
    day: date = DEFAULT_DAY
    sequence: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be made."""
        if self.list_id not in LISTS:
            message = f"synthetic feeds exist for {' and '.join(LISTS)}"
            raise ValueError(message)
        if not 1 <= self.parties <= MAX_PARTIES:
            message = f"the number of parties must lie between 1 and {MAX_PARTIES}"
            raise ValueError(message)
        if not FIRST_DAY <= self.day <= LAST_DAY:
            message = f"the day must lie between {FIRST_DAY} and {LAST_DAY}"
            raise ValueError(message)
        if not 1 <= self.sequence <= MAX_SEQUENCE:
            message = f"the sequence must lie between 1 and {MAX_SEQUENCE}"
            raise ValueError(message)

    def write(self, stream: BinaryIO, progress: Callable[[int], None] | None = None) -> int:
        """Write the feed to a binary stream and return the number of its rows.

        On `judgment-defaulters` that is fewer than the parties drawn.
        """
        records = sum(1 for _ in self._chosen())
        stream.write(_line(self._header(records)))
        rows = _Rows(self)
        for count, party in enumerate(self._chosen(), start=1):
            stream.write(_line(rows.row(party)))
            if progress is not None and count % _PARTIES_PER_PROGRESS == 0:
                progress(count)
        stream.write(_line({"end": records}))
        return records

    def _header(self, records: int) -> dict[str, object]:
        return {
            "jointgate_feed": 1,
            "list": self.list_id,
            "authority": "Synthetic Supreme Court of Utopia",
            "sequence": self.sequence,
            "mode": "full",
            "records": records,
        }

    def _chosen(self) -> Iterator[_Party]:
        parties = _draw(self.parties, self.seed)
        if self.list_id == LISTS[0]:
            return parties
        # The first party always stands on both lists, so that neither feed is ever empty.
        return (
            one for one in parties if one.employer is None and (one.is_defaulter or one.serial == 0)
        )


def _draw(count: int, seed: int) -> Iterator[_Party]:
    """Yield the parties of a seed; a longer draw begins with the shorter one."""
    rng = random.Random(seed)  # noqa: S311 a synthetic population must be the same every time
    index = 0
    while index < count:
        employer = index
        is_organisation = rng.random() < _ORGANISATION_SHARE
        persons = 1 + (rng.random() < _SECOND_PERSON_SHARE) if is_organisation else 0
        yield _party(
            rng, index, kind="organisation" if is_organisation else "natural-person", employer=None
        )
        index += 1
        for _ in range(min(persons, count - index)):
            yield _party(rng, index, kind="natural-person", employer=employer)
            index += 1


def _party(rng: random.Random, index: int, *, kind: str, employer: int | None) -> _Party:
    draw = rng.random
    age = 1 + int(draw() * _LONGEST_IN_FORCE_DAYS)
    fate = draw()
    is_future = fate < _FUTURE_SHARE
    # An organisation's listing never is over: those of its responsible persons would be refused with it (rule A8).
    is_over = fate > 1 - _OVER_SHARE and kind != "organisation"
    return _Party(
        serial=index,
        kind=kind,
        employer=employer,
        role=_ROLES[int(draw() * len(_ROLES))],
        has_passport=draw() < _PASSPORT_SHARE and kind == "natural-person",
        has_left=employer is not None and not is_future and draw() < _LEFT_ROLE_SHARE,
        is_defaulter=draw() < _DEFAULTER_SHARE,
        starts_in_days=3_650 + age
        if is_future
        else -age - (_DEFAULTER_TERM_DAYS if is_over else 0),
        term_days=_DEFAULTER_TERM_DAYS if is_over else None,
        court=int(draw() * _COURTS),
    )


class _Rows:
    """Gives parties numbers, dates and a court."""

    def __init__(self, feed: SyntheticFeed) -> None:
        self._feed = feed
        self._is_defaulters = feed.list_id != LISTS[0]
        self._offset = random.Random(~feed.seed).randrange(10**6)  # noqa: S311 as above
        self._days: dict[int, str] = {}

    def row(self, party: _Party) -> dict[str, object]:
        start = party.starts_in_days
        told = min(start, 0)
        served_on = self._day(told - 8)
        row: dict[str, object] = {
            "record": self._record(party.serial),
            "party": {"kind": party.kind, "documents": self._documents(party)},
            "ruling": {
                "number": f"({served_on[:4]}) Synthetic Enforcement No. {party.serial + 1}",
                "authority": _court(party.court),
                "dated": self._day(told - 15),
                "effective": True,
            },
            "ground": _DEFAULTER_GROUNDS[party.serial % 4]
            if self._is_defaulters
            else "not-performed",
            "notice": {"served_on": served_on},
            "starts_at": f"{self._day(start)}T00:00:00+08:00",
            "ends_at": self._ends_at(party),
            "contest": _route(party.court),
        }
        if party.employer is not None:
            row["responsible_for"] = self._responsible_for(party, party.employer)
        return row

    def _responsible_for(self, party: _Party, employer: int) -> dict[str, str]:
        responsible = {"listing": self._record(employer), "role": party.role}
        if party.has_left:
            responsible["ended_on"] = self._day(party.starts_in_days + 1 + party.serial % 90)
        return responsible

    def _record(self, index: int) -> str:
        return f"SYN-{self._feed.seed}-{index}"

    def _ends_at(self, party: _Party) -> str | None:
        term = party.term_days or (_DEFAULTER_TERM_DAYS if self._is_defaulters else None)
        return None if term is None else f"{self._day(party.starts_in_days + term)}T00:00:00+08:00"

    def _documents(self, party: _Party) -> list[dict[str, str]]:
        if party.kind == "organisation":
            serial = _scattered(
                party.serial, self._offset, _ORGANISATION_STEP, synthetic.ORGANISATION_CODES
            )
            return [{"type": "cn-uscc", "number": synthetic.organisation_code(serial)}]
        serial = _scattered(party.serial, self._offset, _CITIZEN_STEP, synthetic.CITIZEN_NUMBERS)
        documents = [{"type": "cn-ric", "number": synthetic.citizen_number(serial)}]
        if party.has_passport:
            serial = _scattered(
                party.serial, self._offset, _PASSPORT_STEP, synthetic.PASSPORT_NUMBERS
            )
            documents.append({"type": "passport:UTO", "number": synthetic.passport_number(serial)})
        return documents

    def _day(self, offset: int) -> str:
        known = self._days.get(offset)
        if known is None:
            known = self._days[offset] = (self._feed.day + timedelta(days=offset)).isoformat()
        return known


def _scattered(index: int, offset: int, step: int, count: int) -> int:
    return (offset + index * step) % count


def _court(number: int) -> str:
    return f"Synthetic People's Court of District {number + 1}"


def _route(number: int) -> dict[str, str]:
    return {
        "body": _court(number),
        "address": f"Enforcement Bureau, {number + 1} Example Road, District {number + 1}",
        "deadline": "15 days from service; a correction may be asked for at any time",
    }


def _line(content: dict[str, object]) -> bytes:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
