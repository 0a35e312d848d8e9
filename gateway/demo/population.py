"""Who is in the demonstration: the synthetic feed's people read back, and a feed of three rows written by hand.

Responsible for: finding the parties that the scenes need, and what their rows say about being in force.
Not responsible for: making the large feed (``jointgate synth``) or admitting it (``jointgate import``).

Nobody is real: every number comes from ``sanctions_matrix.synthetic`` or its published vectors.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

from gateway.errors import CommandError
from gateway.mainland_calendar import MainlandCalendar
from sanctions_matrix import synthetic
from sanctions_matrix.documents import Document, parse_document

HANDWRITTEN_LIST = "air-restricted"
UNLISTED = "110101189001010016"
"""A citizen whom no feed names."""
BARRED_FROM_FLYING = "310101189512310034"
"""The citizen of the one good row of the feed written by hand."""

_UTC_PLUS_8 = timezone(timedelta(hours=8))
_SEARCHED = 1_000
_STRANGERS_FROM = synthetic.CITIZEN_NUMBERS // 2
_Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cast:
    """The parties that the partners ask about.

    Attributes:
        citizen: listed as a debtor, not for somebody else; holds a passport too.
        passport: that passport.
        organisation: listed, with at least one responsible person who is listed for it.
        representative: that person.
        unlisted: a citizen who is on no list.
        barred: a citizen who may not fly for a year.
        crowd: travellers with whether a listing of theirs is in force, half of them on no list.
        court: the court that listed the organisation.
    """

    citizen: Document
    passport: Document
    organisation: Document
    representative: Document
    unlisted: Document
    barred: Document
    crowd: tuple[tuple[Document, bool], ...]
    court: str


def read_cast(feed: Path, *, now: datetime, crowd: int) -> Cast:
    """Choose the parties from the synthetic ``feed`` as of ``now`` (aware), and ``crowd`` travellers.

    Raises:
        CommandError: the feed lacks a kind of party; it is too small.
    """
    rows = list(_rows(feed))
    in_force = {row["record"]: row for row in rows[:_SEARCHED] if _is_in_force(row, now)}
    plain = (row for row in in_force.values() if row["ends_at"] is None)
    own = (
        row for row in plain if "responsible_for" not in row and len(row["party"]["documents"]) > 1
    )
    citizen, passport = _documents(_first(own))
    representative = _first(
        row
        for row in in_force.values()
        if _employer(row) in in_force and "ended_on" not in row["responsible_for"]
    )
    organisation = in_force[_employer(representative)]
    return Cast(
        citizen=citizen,
        passport=passport,
        organisation=_documents(organisation)[0],
        representative=_documents(representative)[0],
        unlisted=parse_document("cn-ric", UNLISTED),
        barred=parse_document("cn-ric", BARRED_FROM_FLYING),
        crowd=tuple(_crowd(rows, now, crowd)),
        court=organisation["ruling"]["authority"],
    )


def write_by_hand(path: Path, *, today: date) -> None:
    """Write a feed of three rows, of which only the first keeps the rules of admission.

    Its period to object lies in a year whose working days are known; the listing is then in force for another year.
    """
    today = min(today, date(MainlandCalendar().last_year, 12, 31))
    good = _passenger("HAND-1", BARRED_FROM_FLYING, today)
    named = _passenger("HAND-2", synthetic.citizen_number(_STRANGERS_FROM - 1), today)
    named["party"]["name"] = "nobody"
    hopeless = _passenger("HAND-3", synthetic.citizen_number(_STRANGERS_FROM - 2), today)
    hopeless["ends_at"] = None
    del hopeless["contest"], hopeless["ruling"]
    header = {
        "jointgate_feed": 1,
        "list": HANDWRITTEN_LIST,
        "authority": "Synthetic Aviation Bureau of Utopia",
        "sequence": 1,
        "mode": "full",
        "records": 3,
    }
    lines = [header, good, named, hopeless, {"end": 3}]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")


def _passenger(record: str, number: str, today: date) -> dict[str, Any]:
    bureau = "Synthetic Aviation Bureau of Utopia"
    start = datetime.combine(today - timedelta(days=30), time(), _UTC_PLUS_8)
    return {
        "record": record,
        "party": {
            "kind": "natural-person",
            "documents": [{"type": "cn-ric", "number": number}],
        },
        "ruling": {
            "number": f"({start.year}) Synthetic Penalty No. {record[-1]}",
            "authority": bureau,
            "dated": (today - timedelta(days=60)).isoformat(),
            "effective": True,
        },
        "ground": "act-in-air-transport",
        "notice": {"served_on": (today - timedelta(days=50)).isoformat()},
        "starts_at": start.isoformat(),
        "ends_at": (start + timedelta(days=365)).isoformat(),
        "contest": {
            "body": bureau,
            "address": "Objections Desk, 1 Example Road",
            "deadline": "7 working days from publication",
        },
    }


def _rows(feed: Path) -> Iterator[_Row]:
    with feed.open(encoding="utf-8") as stream:
        for line in stream:
            row = json.loads(line)
            if "record" in row:
                yield row


def _crowd(rows: list[_Row], now: datetime, count: int) -> Iterator[tuple[Document, bool]]:
    """Yield listed and unlisted travellers in turn."""
    taken = {one["number"] for row in rows for one in row["party"]["documents"]} | {
        BARRED_FROM_FLYING
    }
    held = {row["record"]: row for row in rows}
    persons = (row for row in rows if row["party"]["kind"] == "natural-person")
    numbers = map(synthetic.citizen_number, range(_STRANGERS_FROM, synthetic.CITIZEN_NUMBERS))
    strangers = (number for number in numbers if number not in taken)
    for row, stranger, _ in zip(persons, strangers, range(count // 2), strict=False):
        employer = held.get(_employer(row))  # nobody is restricted for one that is not
        is_in_force = _is_in_force(row, now) and (employer is None or _is_in_force(employer, now))
        yield _documents(row)[0], is_in_force
        yield parse_document("cn-ric", stranger), False


def _documents(row: _Row) -> list[Document]:
    return [parse_document(one["type"], one["number"]) for one in row["party"]["documents"]]


def _employer(row: _Row) -> str:
    return str(row.get("responsible_for", {}).get("listing", ""))


def _is_in_force(row: _Row, now: datetime) -> bool:
    ends = [row["ends_at"]] if row["ends_at"] else []
    left_on = row.get("responsible_for", {}).get("ended_on")
    if left_on:  # a responsible person's listing ends when the day begins on which the role ended
        ends.append(f"{left_on}T00:00:00+08:00")
    starts_at = datetime.fromisoformat(row["starts_at"])
    return starts_at <= now and all(now < datetime.fromisoformat(end) for end in ends)


def _first(rows: Iterator[_Row]) -> _Row:
    for row in rows:
        return row
    message = "the synthetic feed lacks a party that the demonstration needs; draw more parties"
    raise CommandError(message)
