"""The command line's entry: the commands, their order in the help, and how failures are shown.

Responsible for: finding the command, one-line errors on standard error, exit codes for what goes wrong anywhere.
Not responsible for: what a command does; each module beside this one has ``add_parser`` and its own.

A base installation holds the SDK's needs only: ``check`` and ``verify`` work, the others say what to install.
"""

import argparse
import contextlib
import importlib
import os
import sys
from collections.abc import Sequence

from gateway.errors import CommandError, JointgateError

USAGE = 2
INTERRUPTED = 130
_MODULES = ("setup", "importing", "publishing", "serving", "ask", "listing", "matrix", "demo")
_NEEDS_NO_EXTRA = ("ask",)
_DESCRIPTION = (
    "The gateway between listing authorities and the companies that must respect their listings."
)
_EPILOG = """\
A first site, step by step:
  jointgate init site
  export JOINTGATE_CONFIG=site/jointgate.toml
  jointgate synth --parties 1000 --seed 1 --out feed.jsonl
  jointgate import feed.jsonl --list consumption-limited
  jointgate publish --watch &
  jointgate serve &
  jointgate check cn-ric:110101189001010016 air.travel --as airline
"""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with every command that this installation can run."""
    parser = argparse.ArgumentParser(
        prog="jointgate",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--config", metavar="FILE", help="the site's settings (default: JOINTGATE_CONFIG)"
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name in _MODULES:
        try:
            module = importlib.import_module(f"gateway.cli.{name}")
        except ModuleNotFoundError as error:
            if name in _NEEDS_NO_EXTRA or (error.name or "").startswith("gateway"):
                raise
            continue
        module.add_parser(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status that ``design/contract`` fixes for it."""
    arguments = build_parser().parse_args(argv)
    try:
        status: int = arguments.func(arguments)
        sys.stdout.flush()
    except CommandError as error:
        return _fail(str(error), error.exit_code)
    except JointgateError as error:
        return _fail(str(error), 1)
    except KeyboardInterrupt:
        return _fail("interrupted", INTERRUPTED)
    except BrokenPipeError:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _fail(message: str, status: int) -> int:
    sys.stderr.write(f"jointgate: {message}\n")
    return status
