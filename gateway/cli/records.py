"""``jointgate records``: what was kept of answers that named a listing, for the authority or a court in a contest.

Responsible for: the command line and what is printed.
Not responsible for: what is kept and for how long (``gateway.recording``), or the statements
(``gateway.register.records``).

Rule kept here: nothing is told without a listing's reference but gaps; there is no list of who was asked about.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from typing import TYPE_CHECKING

from gateway.errors import CommandError

if TYPE_CHECKING:
    from gateway.config import Settings
    from gateway.register.records import AnswerCount, RecordBook, RecordedGap

_USAGE = 2
_REFERENCE = re.compile(r"L-[a-z2-7]{16}\Z")
_EPILOG = """\
examples:
  jointgate records L-abcdefghijklmnop
  jointgate records L-abcdefghijklmnop --json
  jointgate records --gaps --json
  jointgate records --purge

With a listing's reference: how many answers named it, by day (UTC), partner and action.
Only RESTRICTED and REFERRED answers leave a record, and it is deleted after records.retention_days.
--gaps: the spans in which records were lost, each with its signature; docs/records.md says how to verify one.
--purge: delete what is older than its term now; a running gateway does so by itself, every hour.

exit status: 0 done, whatever was found; 1 the register failed; 2 usage.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``records``."""
    parser = commands.add_parser(
        "records",
        help="count the answers that named a listing",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("reference", metavar="REF", nargs="?", help="a listing's reference")
    asked.add_argument("--gaps", action="store_true", help="show when records were lost")
    asked.add_argument("--purge", action="store_true", help="delete what is older than its term")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked for; returns 0."""
    from gateway.config import load_settings
    from gateway.register.records import RecordBook

    if arguments.reference is not None and not _REFERENCE.match(arguments.reference):
        message = "this is not a listing's reference; it looks like L-abcdefghijklmnop"
        raise CommandError(message, exit_code=_USAGE)
    settings = load_settings(arguments.config)
    with RecordBook.open(settings.database_url) as book:
        if arguments.purge:
            return _purge(book, settings, as_json=arguments.json)
        if arguments.gaps:
            return _show_gaps(book.gaps(), as_json=arguments.json)
        found = book.answers(arguments.reference)
        return _show_answers(arguments.reference, found, settings, as_json=arguments.json)


def _purge(book: RecordBook, settings: Settings, *, as_json: bool) -> int:
    from datetime import timedelta

    from gateway.clock import system_clock
    from gateway.recording.gaps import microseconds_at

    until = system_clock() - timedelta(days=settings.records.retention_days)
    total = book.purge(microseconds_at(until))
    if as_json:
        _print_json({"deleted": total, "until": until.isoformat(), "in_log": book.is_in_log()})
        return 0
    days = settings.records.retention_days
    sys.stdout.write(f"deleted {total} rows that are {days} days old or older\n")
    if book.is_in_log():
        sys.stdout.write(
            "the database's write-ahead log is in use and may still hold them; do this again in a moment\n"
        )
    return 0


def _show_answers(
    reference: str, found: list[AnswerCount], settings: Settings, *, as_json: bool
) -> int:
    from gateway.cli.tabular import View, print_view

    total = sum(one.answers for one in found)
    if as_json:
        days = [
            {
                "day": one.day.isoformat(),
                "partner": one.partner,
                "action": one.action,
                "answers": one.answers,
            }
            for one in found
        ]
        _print_json({"reference": reference, "answers": total, "days": days})
        return 0
    view = View(
        title=f"{total} answers named {reference} in the last {settings.records.retention_days} days",
        columns=("day (UTC)", "partner", "action", "answers"),
        rows=tuple(
            (one.day.isoformat(), one.partner, one.action, str(one.answers)) for one in found
        ),
        notes=("Where records were lost there were more: see 'jointgate records --gaps'.",),
    )
    print_view(view, "table")
    return 0


def _show_gaps(gaps: list[RecordedGap], *, as_json: bool) -> int:
    from gateway.cli.tabular import View, print_view

    if as_json:
        _print_json({"gaps": [_gap_document(gap) for gap in gaps]})
        return 0
    view = View(
        title=f"{len(gaps)} gaps",
        columns=("from", "to", "records lost", "cause", "signed by"),
        rows=tuple(
            (
                gap.starts_at.isoformat(),
                gap.ends_at.isoformat(),
                "not known" if gap.lost is None else str(gap.lost),
                str(json.loads(gap.payload)["cause"]),
                gap.keyid[:16],
            )
            for gap in gaps
        ),
        notes=("A gap is signed with the decision key; docs/records.md says how to verify one.",),
    )
    print_view(view, "table")
    return 0


def _gap_document(gap: RecordedGap) -> dict[str, object]:
    return {
        "starts_at": gap.starts_at.isoformat(),
        "ends_at": gap.ends_at.isoformat(),
        "lost": gap.lost,
        "payload": gap.payload.decode(),
        "keyid": gap.keyid,
        "signature": gap.signature.hex(),
    }


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
