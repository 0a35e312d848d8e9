"""How one listing is shown: as JSON, or as tables for a person.

Responsible for: what ``jointgate listing show`` prints.
Not responsible for: reading it.

Rule kept here: no document number is shown, only how many documents of which type a listing names.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gateway.cli.tabular import harmless

if TYPE_CHECKING:
    from datetime import date, datetime

    from gateway.register.listing_record import DeadlineRecord, HistoryItem, ListingRecord
    from sanctions_matrix.listing import Window

_TABLES = ("deadlines", "history")


def content(record: ListingRecord, at: datetime) -> dict[str, object]:
    """Return the listing as JSON knows it, with its state at the aware instant `at`."""
    return {
        "reference": record.reference,
        "state": str(record.state_at(at)),
        "list": record.list_id,
        "record": record.record,
        "party_kind": record.party_kind.value,
        "documents": dict(Counter(document.type for document in record.documents)),
        "ruling": {
            "number": record.ruling_number,
            "authority": record.authority,
            "dated": record.ruling_dated.isoformat(),
        },
        "ground": record.ground,
        "served_on": _text(record.served_on),
        "starts_at": _text(record.starts_at),
        "ends_at": _text(record.ends_at),
        "begins_at": _text(record.begins_at),
        "stops_at": _text(record.stops_at),
        "measures": sorted(record.measures),
        "stays": [_window(stay) for stay in record.stays],
        "exemptions": [
            {"measures": sorted(one.measures), **_window(one.window)} for one in record.exemptions
        ],
        "contest": {
            "body": record.contest.body,
            "address": record.contest.address,
            "deadline": record.contest.deadline,
        },
        "responsible_for": record.responsible_reference,
        "role": record.responsible_role,
        "role_ended_on": _text(record.responsible_ended_on),
        "ended_at": _text(record.ended_at),
        "ended_as": record.ended_as,
        "due_at": _text(record.due_at),
        "due_as": record.due_as,
        "change": record.change,
        "deadlines": [_deadline(one) for one in record.deadlines],
        "history": [_item(one) for one in record.history],
    }


def print_record(record: ListingRecord, at: datetime) -> None:
    """Print the listing for a person."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    facts = Table(show_header=False)
    facts.add_column(style="bold")
    facts.add_column(overflow="fold")
    for name, value in content(record, at).items():
        if name not in _TABLES and value not in (None, [], {}):
            facts.add_row(name.replace("_", " "), _shown(value))
    console.print(facts)
    if record.deadlines:
        deadlines = Table("deadline", "since", "due (UTC)", "counted in", "state", "acted (UTC)")
        for one in record.deadlines:
            acted = "" if one.closed_at is None else _minute(one.closed_at)
            deadlines.add_row(
                one.kind, str(one.opened_on), _minute(one.due_at), one.counted, one.state, acted
            )
        console.print(deadlines)
    history = Table("at (UTC)", "what", "by", "on the strength of")
    for item in record.history:
        history.add_row(
            f"{item.at:%Y-%m-%d %H:%M:%S}", item.kind, harmless(item.actor), harmless(item.document)
        )
    console.print(history)


def _deadline(deadline: DeadlineRecord) -> dict[str, object]:
    return {
        "kind": str(deadline.kind),
        "ends_as": deadline.ends_as,
        "opened_on": deadline.opened_on.isoformat(),
        "due_at": _text(deadline.due_at),
        "counted": deadline.counted,
        "document": deadline.document,
        "state": str(deadline.state),
        "closed_at": _text(deadline.closed_at),
    }


def _item(item: HistoryItem) -> dict[str, object]:
    return {
        "seq": item.seq,
        "at": _text(item.at),
        "actor": item.actor,
        "kind": item.kind,
        "document": item.document,
    }


def _window(window: Window) -> dict[str, str | None]:
    return {"starts_at": _text(window.starts_at), "ends_at": _text(window.ends_at)}


def _text(moment: date | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M}"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_shown(one)}" for key, one in value.items() if one is not None)
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return harmless(str(value))
