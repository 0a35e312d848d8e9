"""``jointgate listing``: what may happen to one listing.

Responsible for: the options of its sub-commands.
Not responsible for: what they do (``gateway.cli.listing_changes``), how a listing is shown
(``gateway.cli.listing_shown``), nor for the rules of a change (``gateway.register``).
"""

import argparse
from datetime import date

from gateway.cli import listing_changes as changes
from gateway.cli.option_types import instant, said
from gateway.register.endings import EndKind

_EPILOG = """\
examples:
  jointgate listing show L-abcdefghijklmnop
  jointgate listing show L-abcdefghijklmnop --at 2026-03-01T00:00:00+08:00 --json
  jointgate listing stay L-abcdefghijklmnop --document "(2026) Objection No. 5" --until 2026-05-01T00:00:00+08:00
  jointgate listing stay L-abcdefghijklmnop --document "(2026) Decision No. 9" --lift
  jointgate listing exempt L-abcdefghijklmnop --document "(2026) Lift No. 2" --measure 38 \\
      --until 2026-03-01T00:00:00+08:00
  jointgate listing due L-abcdefghijklmnop --reason performed --on 2026-09-30 --document "(2026) Receipt No. 3"
  jointgate listing object L-abcdefghijklmnop --on 2026-09-01 --document "(2026) Request No. 4"
  jointgate listing decide L-abcdefghijklmnop --rejected --document "(2026) Decision No. 8"
  jointgate listing release L-abcdefghijklmnop --document "(2026) Closing No. 7" --reason performed

--document names the paper a change rests on; it is kept with the change.
--if-change N makes the change only if the listing's last change is still N, as 'show' said it.
Releasing an organisation releases the persons who are listed as responsible for it.
"""
_NAMES = "show|stay|exempt|release|due|object|decide"

_Commands = argparse._SubParsersAction  # noqa: SLF001 the type has no public name


def add_parser(commands: "_Commands[argparse.ArgumentParser]") -> None:
    """Add ``listing`` with its sub-commands."""
    parser = commands.add_parser(
        "listing",
        help="show or change one listing",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = parser.add_subparsers(metavar=_NAMES, required=True)
    _add_show(names)
    _add_stay(names)
    _add_exempt(names)
    _add_release(names)
    _add_due(names)
    _add_object(names)
    _add_decide(names)


def _add(
    names: "_Commands[argparse.ArgumentParser]", name: str, summary: str
) -> argparse.ArgumentParser:
    parser = names.add_parser(name, help=summary, description=summary)
    parser.add_argument(
        "reference",
        metavar="REF",
        type=said,
        help="the listing's reference, from a decision or a report",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _add_change(
    names: "_Commands[argparse.ArgumentParser]", name: str, summary: str
) -> argparse.ArgumentParser:
    parser = _add(names, name, summary)
    parser.add_argument(
        "--document",
        metavar="TEXT",
        type=said,
        required=True,
        help="the paper this change rests on",
    )
    parser.add_argument(
        "--actor",
        metavar="TEXT",
        type=said,
        default="operator",
        help="who changes it (default: %(default)s)",
    )
    parser.add_argument(
        "--if-change",
        metavar="N",
        type=int,
        help="only if the listing's last change is N; otherwise nothing is done",
    )
    return parser


def _add_show(names: "_Commands[argparse.ArgumentParser]") -> None:
    parser = _add(names, "show", "everything held of the listing, without document numbers")
    parser.add_argument(
        "--at",
        metavar="INSTANT",
        type=instant,
        help="as it was recorded at that instant, RFC 3339 with an offset (default: now)",
    )
    parser.set_defaults(func=changes.run_show)


def _add_stay(names: "_Commands[argparse.ArgumentParser]") -> None:
    parser = _add_change(names, "stay", "pause enforcement, or end the pause")
    end = parser.add_mutually_exclusive_group()
    end.add_argument(
        "--until",
        metavar="INSTANT",
        type=instant,
        help="RFC 3339 with an offset (default: until lifted)",
    )
    end.add_argument("--lift", action="store_true", help="end the stays that run now")
    parser.set_defaults(func=changes.run_stay)


def _add_exempt(names: "_Commands[argparse.ArgumentParser]") -> None:
    parser = _add_change(names, "exempt", "take measures out for a while")
    parser.add_argument(
        "--measure",
        metavar="ID",
        type=said,
        action="append",
        required=True,
        help="a measure; may be given several times",
    )
    parser.add_argument(
        "--from", dest="starts_at", metavar="INSTANT", type=instant, help="default: now"
    )
    parser.add_argument("--until", metavar="INSTANT", type=instant, help="RFC 3339 with an offset")
    parser.add_argument(
        "--permit", action="store_true", help="a court's permit, which may last longer than a month"
    )
    parser.set_defaults(func=changes.run_exempt)


def _add_release(names: "_Commands[argparse.ArgumentParser]") -> None:
    parser = _add_change(names, "release", "end the listing, for good")
    parser.add_argument(
        "--reason",
        choices=[str(kind) for kind in EndKind],
        default=str(EndKind.PERFORMED),
        help="why it ends (default: %(default)s)",
    )
    parser.set_defaults(func=changes.run_release)


def _add_due(names: "_Commands[argparse.ArgumentParser]") -> None:
    parser = _add_change(
        names, "due", "its removal was triggered: enforcement stops by itself when it is due"
    )
    parser.add_argument(
        "--reason",
        choices=[str(kind) for kind in EndKind],
        required=True,
        help="why it must be removed, and how it ends",
    )
    parser.add_argument(
        "--on",
        metavar="DATE",
        type=_date,
        help="when that was, by the authority's calendar (default: today)",
    )
    parser.set_defaults(func=changes.run_due)


def _add_object(names: "_Commands[argparse.ArgumentParser]") -> None:
    parser = _add_change(
        names, "object", "a request for correction or review, which must be examined in time"
    )
    parser.add_argument("--review", action="store_true", help="a review, not a correction")
    parser.add_argument(
        "--on",
        metavar="DATE",
        type=_date,
        required=True,
        help="when it was made, by the authority's calendar",
    )
    parser.set_defaults(func=changes.run_object)


def _add_decide(names: "_Commands[argparse.ArgumentParser]") -> None:
    parser = _add_change(names, "decide", "decide the request that waits")
    outcome = parser.add_mutually_exclusive_group(required=True)
    outcome.add_argument(
        "--granted", action="store_true", help="the listing must be removed, beginning today"
    )
    outcome.add_argument(
        "--rejected", action="store_true", help="the stay that the request caused ends"
    )
    parser.set_defaults(func=changes.run_decide)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = "a date is written like 2026-05-01"
        raise argparse.ArgumentTypeError(message) from None
