"""``jointgate listing``: what may happen to one listing.

Responsible for: options and output of ``show``, ``stay``, ``exempt`` and ``release``.
Not responsible for: the rules of these changes (``gateway.register.lifecycle``).

Rules kept here:

- No document number is shown: only how many documents of which type a listing names.
- What restrains never waits for tables: a stay, an exemption and a release change what is listed already, so they work
  under a pack that is not confirmed, lacks the listing's list, or is not sound.
  Lifting a stay restricts again, and is refused until the site's pack is confirmed.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console
from rich.table import Table

from gateway.clock import system_clock
from gateway.config import load_settings
from gateway.confirmation import refuse_unconfirmed
from gateway.errors import CommandError
from gateway.packs import site_pack
from gateway.register.endings import EndKind
from gateway.register.lifecycle import Mandate
from gateway.register.reading import ListingRecord
from gateway.register.register import Register
from sanctions_matrix.listing import Exemption, Window, WindowError

_USAGE = 2
_EPILOG = """\
examples:
  jointgate listing show L-abcdefghijklmnop
  jointgate listing stay L-abcdefghijklmnop --document "(2026) Objection No. 5" --until 2026-05-01T00:00:00+08:00
  jointgate listing stay L-abcdefghijklmnop --document "(2026) Decision No. 9" --lift
  jointgate listing exempt L-abcdefghijklmnop --document "(2026) Lift No. 2" --measure 38 \\
      --until 2026-03-01T00:00:00+08:00
  jointgate listing release L-abcdefghijklmnop --document "(2026) Closing No. 7" --reason performed

--document names the paper a change rests on; it is kept with the change.
Releasing an organisation releases the persons who are listed as responsible for it.
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``listing`` with its four sub-commands."""
    parser = commands.add_parser(
        "listing",
        help="show, stay, exempt or release one listing",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    changes = parser.add_subparsers(metavar="show|stay|exempt|release", required=True)
    _add(changes, "show", "everything held of the listing, without document numbers").set_defaults(
        func=run_show
    )
    _add_stay(changes)
    _add_exempt(changes)
    _add_release(changes)


def _add(
    changes: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, summary: str
) -> argparse.ArgumentParser:
    parser = changes.add_parser(name, help=summary, description=summary)
    parser.add_argument(
        "reference", metavar="REF", help="the listing's reference, from a decision or a report"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _add_stay(changes: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = _add(changes, "stay", "pause enforcement, or end the pause")
    _add_document(parser)
    end = parser.add_mutually_exclusive_group()
    end.add_argument(
        "--until",
        metavar="INSTANT",
        type=_instant,
        help="RFC 3339 with an offset (default: until lifted)",
    )
    end.add_argument("--lift", action="store_true", help="end the stay that runs now")
    parser.set_defaults(func=run_stay)


def _add_exempt(changes: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = _add(changes, "exempt", "take measures out for a while")
    _add_document(parser)
    parser.add_argument(
        "--measure",
        metavar="ID",
        action="append",
        required=True,
        help="a measure; may be given several times",
    )
    parser.add_argument(
        "--from", dest="starts_at", metavar="INSTANT", type=_instant, help="default: now"
    )
    parser.add_argument("--until", metavar="INSTANT", type=_instant, help="RFC 3339 with an offset")
    parser.add_argument(
        "--permit", action="store_true", help="a court's permit, which may last longer than a month"
    )
    parser.set_defaults(func=run_exempt)


def _add_release(changes: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = _add(changes, "release", "end the listing, for good")
    _add_document(parser)
    parser.add_argument(
        "--reason",
        choices=[str(kind) for kind in EndKind],
        default=str(EndKind.PERFORMED),
        help="why it ends (default: %(default)s)",
    )
    parser.set_defaults(func=run_release)


def _add_document(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--document", metavar="TEXT", required=True, help="the paper this change rests on"
    )
    parser.add_argument(
        "--actor", metavar="TEXT", default="operator", help="who changes it (default: %(default)s)"
    )


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.utcoffset() is None:
        message = "an instant is written like 2026-05-01T00:00:00+08:00"
        raise argparse.ArgumentTypeError(message)
    return instant


def run_show(arguments: argparse.Namespace) -> int:
    """Print the listing; returns 0."""
    with _register(arguments) as register:
        record = register.show(arguments.reference)
    if arguments.json:
        print(json.dumps(_content(record), ensure_ascii=False))
    else:
        _print_record(record)
    return 0


def run_stay(arguments: argparse.Namespace) -> int:
    """Stay the listing, or lift its stay; returns 0."""
    now = system_clock()
    shared = {"document": arguments.document, "actor": arguments.actor}
    if arguments.lift:
        settings = load_settings(arguments.config)
        refuse_unconfirmed(settings.root, site_pack(settings), refused="the stay is not lifted")
    with _register(arguments) as register:
        if arguments.lift:
            change = register.lift_stay(arguments.reference, at=now, **shared)
        else:
            change = register.stay(arguments.reference, at=now, until=arguments.until, **shared)
    return _done(arguments, change, "stay lifted" if arguments.lift else "stayed")


def run_exempt(arguments: argparse.Namespace) -> int:
    """Exempt the listing from measures for a while; returns 0."""
    now = system_clock()
    try:
        window = Window(arguments.starts_at or now, arguments.until)
    except WindowError as error:
        raise CommandError(str(error), exit_code=_USAGE) from error
    exemption = Exemption(frozenset(arguments.measure), window)
    mandate = Mandate(arguments.document, now, arguments.actor)
    with _register(arguments) as register:
        _refuse_without_measures(register.show(arguments.reference))
        change = register.exempt(
            arguments.reference, exemption, mandate=mandate, is_permit=arguments.permit
        )
    return _done(arguments, change, "exempted")


def _refuse_without_measures(record: ListingRecord) -> None:
    if not record.listing.measures:
        message = "a red list carries no measures, so there is nothing to exempt"
        raise CommandError(message)


def run_release(arguments: argparse.Namespace) -> int:
    """Release the listing; returns 0."""
    with _register(arguments) as register:
        change = register.release(
            arguments.reference,
            document=arguments.document,
            reason=EndKind(arguments.reason),
            at=system_clock(),
            actor=arguments.actor,
        )
    return _done(arguments, change, "released")


@contextmanager
def _register(arguments: argparse.Namespace) -> Iterator[Register]:
    settings = load_settings(arguments.config)
    with Register.open(settings.database_url, None) as register:
        yield register


def _done(arguments: argparse.Namespace, change: int, outcome: str) -> int:
    if arguments.json:
        print(json.dumps({"reference": arguments.reference, "outcome": outcome, "change": change}))
    else:
        print(
            f"{arguments.reference}: {outcome} (change {change}); a running 'jointgate publish --watch' "
            "makes it known at once, otherwise run 'jointgate publish'"
        )
    return 0


def _content(record: ListingRecord) -> dict[str, object]:
    listing = record.listing
    return {
        "reference": listing.reference,
        "list": listing.list_id,
        "record": record.record,
        "party_kind": listing.party_kind.value,
        "documents": dict(Counter(document.type for document in record.documents)),
        "ruling": {
            "number": record.ruling_number,
            "authority": listing.authority,
            "dated": record.ruling_dated.isoformat(),
        },
        "ground": record.ground,
        "served_on": record.served_on.isoformat(),
        "starts_at": _text(listing.window.starts_at),
        "ends_at": _text(listing.window.ends_at),
        "measures": sorted(listing.measures),
        "stays": [_window(stay) for stay in listing.stays],
        "exemptions": [
            {"measures": sorted(one.measures), **_window(one.window)} for one in listing.exemptions
        ],
        "contest": {
            "body": listing.contest.body,
            "address": listing.contest.address,
            "deadline": listing.contest.deadline,
        },
        "responsible_for": record.responsible_reference,
        "role": record.responsible_role,
        "ended_at": _text(record.ended_at),
        "ended_as": record.ended_as,
        "change": record.change,
        "events": [
            {
                "seq": one.seq,
                "at": _text(one.at),
                "actor": one.actor,
                "kind": one.kind,
                "document": one.document,
            }
            for one in record.events
        ],
    }


def _window(window: Window) -> dict[str, str | None]:
    return {"starts_at": _text(window.starts_at), "ends_at": _text(window.ends_at)}


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _print_record(record: ListingRecord) -> None:
    console = Console()
    facts = Table(show_header=False)
    facts.add_column(style="bold")
    facts.add_column(overflow="fold")
    for name, value in _content(record).items():
        if name != "events" and value not in (None, [], {}):
            facts.add_row(name.replace("_", " "), _shown(value))
    console.print(facts)
    events = Table("at (UTC)", "event", "by", "on the strength of")
    for one in record.events:
        events.add_row(one.at.strftime("%Y-%m-%d %H:%M:%S"), one.kind, one.actor, one.document)
    console.print(events)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_shown(one)}" for key, one in value.items() if one is not None)
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return str(value)
