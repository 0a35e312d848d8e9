"""``jointgate check`` and ``jointgate verify``: the partner's side, on the base installation.

Responsible for: reading the command line of the two commands.
Not responsible for: what they do (``partner_sdk.commands``).
"""

import argparse
import contextlib
import io
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from gateway.cli.option_types import said
from gateway.errors import CommandError
from partner_sdk.actions import Role
from partner_sdk.client import DEFAULT_TIMEOUT_SECONDS
from partner_sdk.commands import CheckOrder, check, verify
from partner_sdk.console import USAGE, Console
from partner_sdk.vocabulary import describe_actions

_EVERYTHING = "portal"
"""The sample partner of a new site that may ask about every action."""

_CHECK_EPILOG = """\
examples:
  jointgate check cn-ric:110101189001010016 rail.travel --attr train=G --attr seat=second --as railway
  jointgate check passport:UTO:L898902C3 lodging.stay --attr stars=5 --role guest --identity hotel/identity.toml
  jointgate check cn-uscc:91990000MA0000007X goods.purchase --attr category=luxury --as shop --json
  jointgate check cn-ric:110101189001010016 insurance.premium --attr cash_value=true --attr amount_yuan=20000

exit status: 0 permitted, 10 restricted, 11 referred to a person, 20 no answer, 2 usage, identity or document.
"No answer" says nothing about the party: it is neither a permission nor a restriction.
"""
_VERIFY_EPILOG = """\
examples:
  jointgate check cn-ric:110101189001010016 air.travel --as airline --receipt answer.receipt
  jointgate verify answer.receipt --trust root.json

exit status: 0 verified, 21 not verified, 2 usage.
A decision that has expired since still verifies; the output says so.
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``check`` and ``verify``."""
    _add_check(commands)
    _add_verify(commands)


def run_check(arguments: argparse.Namespace) -> int:
    """Ask one question; return the exit status that tells the outcome."""
    order = CheckOrder(
        document=arguments.document,
        action=arguments.action,
        identity=identity_of(arguments),
        attributes=_once(arguments.attributes),
        role=arguments.role,
        gateway=arguments.gateway,
        timeout_seconds=arguments.timeout,
        receipt=arguments.receipt,
        as_json=arguments.json,
    )
    out = io.StringIO()
    status = check(order, Console(out, sys.stderr))
    return shown(out, status)


def run_verify(arguments: argparse.Namespace) -> int:
    """Verify one receipt; return 0 when it holds."""
    out = io.StringIO()
    console = Console(out, sys.stderr)
    status = verify(arguments.receipt, arguments.trust, console, as_json=arguments.json)
    return shown(out, status)


def shown(out: io.StringIO, status: int) -> int:
    """Print what the command said; the status tells the outcome, whether anybody could read it or not."""
    with contextlib.suppress(OSError, ValueError):
        if sys.stdout is not None:
            sys.stdout.write(out.getvalue())
            sys.stdout.flush()
    return status


def _add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "check",
        help="ask whether a party may do something",
        epilog=_CHECK_EPILOG + _actions_in_words(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("document", metavar="TYPE:NUMBER", help="the party's document")
    parser.add_argument(
        "action", metavar="ACTION", help="the action, for example air.travel; see below for all"
    )
    parser.add_argument(
        "--attr",
        metavar="NAME=VALUE",
        dest="attributes",
        type=_attribute,
        action="append",
        default=[],
        help="an attribute of the action, see below; repeat it for another attribute",
    )
    parser.add_argument(
        "--role",
        choices=[role.value for role in Role],
        metavar="ROLE",
        help=f"one of {', '.join(Role)}",
    )
    add_asking(parser)
    parser.add_argument("--receipt", metavar="FILE", type=Path, help="keep the receipt there")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run_check)


def _actions_in_words() -> str:
    """Return the actions with their attributes and roles, the default role first."""
    lines = ["", "actions, their roles (the default one first) and their attributes:"]
    for action in describe_actions():
        lines.append(f"  {action.name:<21}{', '.join(action.roles)}")
        for attribute in action.attributes:
            note = "" if attribute.required else " (where a rule turns on it)"
            lines.append(f"      {attribute.name}={'|'.join(attribute.values)}{note}")
    return "\n".join(lines) + "\n"


def _add_verify(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "verify",
        help="verify a receipt, without a network",
        epilog=_VERIFY_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("receipt", metavar="RECEIPT", type=Path, help="the receipt's file")
    parser.add_argument(
        "--trust", metavar="ROOT", type=Path, required=True, help="the pinned TUF root's file"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run_verify)


def add_asking(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command that asks a gateway: as whom, where, and for how long."""
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--identity", metavar="FILE", type=Path, help="the asking partner's identity")
    who.add_argument(
        "--as",
        metavar="PARTNER",
        dest="partner",
        type=_partner,
        default=_EVERYTHING,
        help="ask as this partner of the site (default: %(default)s)",
    )
    parser.add_argument(
        "--gateway", metavar="HOST:PORT", type=said, help="ask there (default: the identity's)"
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=_seconds,
        default=DEFAULT_TIMEOUT_SECONDS,
        help="how long the answer may take (default: %(default)s)",
    )


def identity_of(arguments: argparse.Namespace) -> Path:
    """Return the identity file that the options of ``add_asking`` name."""
    if arguments.identity is not None:
        return Path(arguments.identity)
    from gateway.config import load_settings  # the base installation has no msgspec

    site = load_settings(arguments.config)
    return site.root / "partners" / str(arguments.partner) / "identity.toml"


def _partner(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,63}", text):
        raise argparse.ArgumentTypeError("give a partner's identifier, for example airline")
    return text


def _attribute(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        # Not quoted: a document given in the wrong place must not be shown.
        raise argparse.ArgumentTypeError("give NAME=VALUE")
    return name, value


def _once(given: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the attributes by name.

    Raises:
        CommandError: if one is given twice; which value was meant is not guessed.
    """
    attributes: dict[str, str] = {}
    for name, value in given:
        if name in attributes:
            # Only what can be a name is repeated: a document given in the wrong place must not be shown.
            told = f"attribute {name!r}" if re.fullmatch(r"[a-z_]{1,40}", name) else "an attribute"
            raise CommandError(f"{told} is given twice", exit_code=USAGE)
        attributes[name] = value
    return attributes


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:  # noqa: PLR2004 - an hour is more than anybody waits
        raise argparse.ArgumentTypeError("give a number of seconds above 0")
    return seconds
