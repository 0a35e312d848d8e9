"""The command line's entry: the commands, their order in the help, and how failures are shown.

Responsible for: finding the command, one-line errors on standard error, exit codes for what goes wrong anywhere.
Not responsible for: what a command does; each module beside this one has ``add_parser`` and its own.

A base installation holds the SDK's needs only: ``check``, ``verify`` and ``standing`` work, the others say what to
install.
"""

import argparse
import contextlib
import importlib
import os
import re
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn, TextIO

from gateway.cli.complaint import complain
from gateway.cli.ending_signals import Ended, raised_when_ended
from gateway.errors import CommandError, JointgateError

USAGE = 2
INTERRUPTED = 130
OUTPUT_LOST = 1
"""Nobody could read the output; 0 would say that somebody did."""
_OURS = ("gateway", "jointgate", "partner_sdk", "sanctions_matrix")
_COMMANDS = {
    "init": "setup",
    "synth": "importing",
    "import": "importing",
    "publish": "publishing",
    "serve": "serving",
    "check": "ask",
    "verify": "ask",
    "standing": "standing",
    "subject": "subject",
    "listing": "listing",
    "register": "register",
    "submit": "submitting",
    "submission": "submitting",
    "change": "changing",
    "records": "records",
    "matrix": "matrix",
    "demo": "demo",
}
"""Every command, and the module beside this one that has it."""
_CALLING = frozenset({"check", "verify", "standing", "subject", "submit", "submission", "change"})
"""What calls a service and says itself why that failed: gRPC's own log on standard error only hides it."""
_GIVEN = (
    (re.compile(r"unrecognized arguments: .*", re.DOTALL), "arguments too many; see --help"),
    (re.compile(r"invalid choice: .*? \(choose", re.DOTALL), "invalid choice (choose"),
    (re.compile(r"invalid (\S+) value: .*", re.DOTALL), r"not a valid \1"),
    (re.compile(r"ambiguous option: .*? could", re.DOTALL), "ambiguous option: could"),
)
_DOCUMENT = re.compile(
    r"(cn-[a-z-]+|passport|national-id|tax-id|registration|imo):.*|[0-9A-Z]{2}[0-9]{6}[0-9A-Z]{10}",
    re.DOTALL | re.IGNORECASE,
)
"""A document with its type, or what may be a citizen's number or an organisation's code without one."""
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


class _Parser(argparse.ArgumentParser):
    """A parser whose errors do not repeat what was given: a document in the wrong place must not be shown."""

    def error(self, message: str) -> NoReturn:
        """Exit with the usage and the error, without the given values."""
        for pattern, words in _GIVEN:
            message = pattern.sub(words, message)
        super().error(message)


def build_parser(argv: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Return the parser: with the one command that ``argv`` names, or with all that this installation can run."""
    parser = _Parser(
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
    with ExitStack() as stack:
        for stream, redirected in (
            (sys.stdout, contextlib.redirect_stdout),
            (sys.stderr, contextlib.redirect_stderr),
        ):
            if stream is None:  # closed by whoever started the command
                nowhere = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
                stack.enter_context(redirected(nowhere))
        return _flushed(_status(sys.argv[1:] if argv is None else argv))


def _status(words: Sequence[str]) -> int:
    if not _CALLING.isdisjoint(words):
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # read when gRPC is loaded
    try:
        with raised_when_ended():
            arguments = build_parser(words).parse_args(words)
            _refuse_documents_as_files(arguments)
            status: int = arguments.func(arguments)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in _OURS:
            raise
        return _fail(f"this command needs {error.name}: pip install 'jointgate[gateway]'", USAGE)
    except JointgateError as error:
        return _fail(str(error), error.exit_code if isinstance(error, CommandError) else 1)
    except KeyboardInterrupt as end:
        return _interrupted(end)
    except BrokenPipeError:
        return OUTPUT_LOST
    except OSError as error:
        return _fail(f"the system refused: {error.strerror or type(error).__name__}", 1)
    return status


def _interrupted(end: KeyboardInterrupt) -> int:
    if isinstance(end, Ended):
        return _fail(f"ended by {end.name}", end.status)
    return _fail("interrupted", INTERRUPTED)


def _refuse_documents_as_files(arguments: argparse.Namespace) -> None:
    """Refuse a document where a file belongs: whatever fails with a file repeats its name."""
    files = (str(one) for one in vars(arguments).values() if isinstance(one, Path))
    if any(map(_DOCUMENT.fullmatch, files)):
        message = "a document stands where a file belongs; see --help"
        raise CommandError(message, exit_code=USAGE)


def _flushed(status: int) -> int:
    """Flush what was said; nobody reading it does not change the status that tells the outcome."""
    _is_flushed(sys.stderr)
    return status if _is_flushed(sys.stdout) else status or OUTPUT_LOST


def _is_flushed(stream: TextIO | None) -> bool:
    """Flush a stream; one that cannot be is turned away, or Python would end with a status of its own."""
    if stream is None:
        return True
    try:
        stream.flush()
    except OSError:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return False
    return True


def _fail(message: str, status: int) -> int:
    complain(message)
    return status
