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
_OURS = ("gateway", "jointgate", "partner_sdk", "sanctions_matrix")
_COMMANDS = {
    "init": "setup",
    "synth": "importing",
    "import": "importing",
    "publish": "publishing",
    "serve": "serving",
    "check": "ask",
    "verify": "ask",
    "listing": "listing",
    "matrix": "matrix",
    "demo": "demo",
}
"""Every command, and the module beside this one that has it."""
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


def build_parser(argv: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Return the parser: with the one command that ``argv`` names, or with all that this installation can run."""
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
    names = _modules(argv)
    for name in names:
        try:
            importlib.import_module(f"gateway.cli.{name}").add_parser(commands)
        except ModuleNotFoundError:
            if len(names) == 1:
                raise
    return parser


def _modules(argv: Sequence[str]) -> list[str]:
    """Return the modules to load: the others' libraries are not waited for."""
    first = next((word for word in argv if not word.startswith("-")), "")
    if first in _COMMANDS:
        return [_COMMANDS[first]]
    return list(dict.fromkeys(_COMMANDS.values()))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status that the contract fixes for it."""
    words = sys.argv[1:] if argv is None else argv
    try:
        arguments = build_parser(words).parse_args(words)
        status: int = arguments.func(arguments)
        sys.stdout.flush()
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in _OURS:
            raise
        return _fail(f"this command needs {error.name}: pip install 'jointgate[gateway]'", USAGE)
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
