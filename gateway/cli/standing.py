"""``jointgate standing``: the partner's question about an organisation, on the base installation.

Responsible for: reading the command line.
Not responsible for: what the command does (``partner_sdk.standing_command``).
"""

import argparse
import io
import sys

from gateway.cli.ask import add_asking, identity_of, shown
from partner_sdk.console import Console
from partner_sdk.standing_command import StandingOrder, tell_standing

_EPILOG = """\
examples:
  jointgate standing cn-uscc:91990000MA0000007X
  jointgate standing cn-uscc:91990000MA0000007X --identity bank/identity.toml --json

Tells on which public lists, black and red, an organisation stands, with basis, term and contest route.
Only a partner whose row in partners.toml says 'standing = true' may ask, and only about organisations:
a document that a natural person may have is refused, and nothing is sent.
No entry says only that there is none on the public lists that the gateway holds.

exit status: 0 answered, whatever was told; 20 no answer; 2 usage, identity or document.
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``standing``."""
    parser = commands.add_parser(
        "standing",
        help="ask on which public lists an organisation stands",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("document", metavar="TYPE:NUMBER", help="the organisation's document")
    add_asking(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run_standing)


def run_standing(arguments: argparse.Namespace) -> int:
    """Ask for one standing; return the exit status."""
    order = StandingOrder(
        document=arguments.document,
        identity=identity_of(arguments),
        gateway=arguments.gateway,
        timeout_seconds=arguments.timeout,
        as_json=arguments.json,
    )
    out = io.StringIO()
    status = tell_standing(order, Console(out, sys.stderr))
    return shown(out, status)
