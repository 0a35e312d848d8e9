"""``jointgate change``: what an authority does with one of its listings, over the network.

Responsible for: options and output of the command.
Not responsible for: signing and sending (``gateway.register_service.client``), nor for the rules of a change.
"""

import argparse
import json
import os
from datetime import date

from gateway.cli.option_types import instant, said
from gateway.cli.submitting import add_calling, calling, identity_of
from gateway.register_service import wording
from gateway.register_service.client import RegisterClient
from gateway.register_service.payloads import ID_BYTES

_MOST_DIGITS = 18
_EPILOG = """\
examples:
  jointgate change L-abcdefghijklmnop show --as court
  jointgate change L-abcdefghijklmnop release --reason performed --document "(2026) Closing No. 7" --as court
  jointgate change L-abcdefghijklmnop stay --until 2026-05-01T00:00:00+08:00 --document "(2026) Stay No. 2" --as court
  jointgate change L-abcdefghijklmnop lift-stay --document "(2026) Decision No. 9" --as court
  jointgate change L-abcdefghijklmnop exempt --measure 38 --until 2026-03-01T00:00:00+08:00 \\
      --document "(2026) Lift No. 2" --as court
  jointgate change L-abcdefghijklmnop removal-due --reason performed --on 2026-03-02 --document "(2026) 7" --as court
  jointgate change L-abcdefghijklmnop object --kind correction --on 2026-03-02 --document "(2026) 8" --as court
  jointgate change L-abcdefghijklmnop decide --granted --document "(2026) 9" --as court

--document names the paper a change rests on; it is kept with the change.
exit status: 0 done, 1 refused, 20 no answer; then send the same again with --id, which changes nothing twice.
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``change`` with its actions."""
    parser = commands.add_parser(
        "change",
        help="change or show a listing, as its authority",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "reference",
        metavar="REF",
        type=said,
        help="the listing's reference, from a decision or a report",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    show = actions.add_parser("show", help="everything held of it, without document numbers")
    add_calling(show)
    show.set_defaults(func=run_show)
    release = _add(actions, "release", "end it, for good")
    release.add_argument(
        "--reason", choices=wording.REASONS, default="performed", help="why it ends"
    )
    stay = _add(actions, "stay", "pause enforcement")
    stay.add_argument("--until", metavar="INSTANT", type=instant, help="default: until lifted")
    _add(actions, "lift-stay", "end the pause that runs now")
    _add_exempt(actions)
    due = _add(actions, "removal-due", "removal was triggered: begin its period")
    due.add_argument(
        "--reason", choices=wording.REASONS, default="performed", help="how it will end"
    )
    _add_on(due)
    made = _add(actions, "object", "the party asked: begin the period to decide")
    made.add_argument("--kind", choices=wording.KINDS, required=True, help="what it asked for")
    _add_on(made)
    decided = _add(actions, "decide", "what was decided on the open request")
    which = decided.add_mutually_exclusive_group(required=True)
    which.add_argument("--granted", dest="granted", action="store_true", help="removal is due now")
    which.add_argument("--rejected", dest="granted", action="store_false", help="it stays listed")


def _add(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    summary: str,
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=summary, description=summary)
    parser.add_argument(
        "--document",
        metavar="TEXT",
        type=said,
        required=True,
        help="the paper this change rests on",
    )
    parser.add_argument(
        "--if-change",
        metavar="N",
        type=_number,
        help="only if N is still the number of its last change",
    )
    parser.add_argument(
        "--id", metavar="HEX", type=_id, help="the id of a change that is sent again"
    )
    add_calling(parser)
    parser.set_defaults(func=run_change, action=name)
    return parser


def _add_exempt(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = _add(actions, "exempt", "take measures out for a while")
    parser.add_argument(
        "--measure",
        dest="measures",
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
        "--permit",
        dest="is_permit",
        action="store_true",
        help="a court's permit, which may last longer than a month",
    )


def _add_on(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--on", metavar="YYYY-MM-DD", type=_day, required=True, help="when, at the authority"
    )


def run_change(arguments: argparse.Namespace) -> int:
    """Make the change; returns 0."""
    change_id = arguments.id or os.urandom(ID_BYTES)
    change = wording.new_change(
        change_id, arguments.reference, arguments.document, arguments.if_change
    )
    wording.fill(change, arguments.action, vars(arguments))
    client = RegisterClient(identity_of(arguments), timeout_seconds=arguments.timeout)
    with calling(arguments, f"; the change's id is {change_id.hex()}"), client:
        content = wording.done_content(client.change(change), arguments.reference, arguments.action)
    again = " (it had been made before)" if content["is_repeated"] else ""
    _show(
        arguments,
        content,
        f"{arguments.reference}: {arguments.action}, change {content['change']}{again}; "
        f"it is {content['state']} now",
    )
    return 0


def run_show(arguments: argparse.Namespace) -> int:
    """Print the listing; returns 0."""
    client = RegisterClient(identity_of(arguments), timeout_seconds=arguments.timeout)
    with calling(arguments), client:
        content = wording.listing_content(client.view(arguments.reference))
    lines = [
        f"{name.replace('_', ' '):<18}{_text(value)}" for name, value in content.items() if value
    ]
    _show(arguments, content, "\n".join(lines))
    return 0


def _text(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(
            f"{'' if number == 0 else ' ' * 18}{_text(one)}" for number, one in enumerate(value)
        )
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(one)}" for name, one in value.items() if one)
    return str(value)


def _show(arguments: argparse.Namespace, content: wording.Content, text: str) -> None:
    print(json.dumps(content, ensure_ascii=False) if arguments.json else text)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > _MOST_DIGITS:
        raise argparse.ArgumentTypeError("give the number of a change, as show tells it")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day is written YYYY-MM-DD") from None


def _id(text: str) -> bytes:
    try:
        change_id = bytes.fromhex(text)
    except ValueError:
        change_id = b""
    if len(change_id) != ID_BYTES:
        raise argparse.ArgumentTypeError("an id has 32 hexadecimal digits")
    return change_id
