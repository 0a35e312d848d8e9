"""``jointgate submit`` and ``jointgate submission``: an authority's feeds, over the network.

Responsible for: options, progress, reports and exit codes of the two commands.
Not responsible for: signing and sending (``gateway.register_service.client``) nor for changes (``changing``).
"""

import argparse
import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gateway.cli.option_types import said
from gateway.cli.placed_file import PlacedFile, placed_file, resolved
from gateway.errors import CommandError
from gateway.register_service import wording
from gateway.register_service.client import (
    ASK_SECONDS,
    SUBMIT_SECONDS,
    CallRefusedError,
    FeedFile,
    FeedFileError,
    NoAnswerError,
    RegisterClient,
)
from gateway.register_service.identity import AuthorityIdentity, load_authority_identity
from gateway.register_service.payloads import ID_BYTES

ALL_ADMITTED = 0
SOME_QUARANTINED = 3
FEED_REFUSED = 4
NO_ANSWER = 20
_USAGE = 2
_REFUSALS = frozenset({"FEED_REFUSED", "FEED_MISMATCH"})
_TITLES = {
    "rows": "rows in the feed",
    "added": "added",
    "changed": "changed",
    "reopened": "listed again",
    "unchanged": "unchanged",
    "ended": "ended (no longer in the feed, or with their organisation)",
    "withheld": "absent, not ended (some row could not be identified)",
    "quarantined": "quarantined",
    "kept": "of these, held from before and left as they were",
}
_ALWAYS = ("rows", "added", "unchanged", "quarantined")
_LINES_SHOWN = 5

_SUBMIT_EPILOG = """\
examples:
  jointgate submit feed.jsonl --list consumption-limited --as court
  jointgate submit table.csv --list air-restricted --identity transport/identity.toml --report refused.jsonl

The file is signed, sent and imported as a whole or not at all. Sending the same file again changes nothing.
exit status: 0 all rows admitted, 3 some quarantined, 4 the feed was refused as a whole, 20 no answer.
"""
_SUBMISSION_EPILOG = """\
examples:
  jointgate submission 3f0c1de2a49b8877665544332211ffee --as court --report refused.jsonl

exit status: as of submit; 1 when no such submission was imported.
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``submit`` and ``submission``."""
    submit = _add(commands, "submit", "submit a feed to the register, as an authority")
    submit.epilog = _SUBMIT_EPILOG
    submit.add_argument("file", metavar="FILE", type=Path, help="the feed")
    submit.add_argument(
        "--list",
        metavar="LIST",
        type=said,
        required=True,
        help="the list the feed speaks for",
    )
    submit.add_argument(
        "--format",
        choices=("jsonl", "csv"),
        help="the feed's format (default: csv for *.csv, else jsonl)",
    )
    submit.add_argument(
        "--confirm-shrink",
        action="store_true",
        help="send it although it removes more than the register's guard allows",
    )
    add_calling(submit, seconds=SUBMIT_SECONDS)
    submit.set_defaults(func=run_submit)
    submission = _add(commands, "submission", "what became of a submission")
    submission.epilog = _SUBMISSION_EPILOG
    submission.add_argument("id", metavar="ID", type=_id, help="the id that submit told")
    add_calling(submission)
    submission.set_defaults(func=run_submission)


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, summary: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name, help=summary, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--report", metavar="FILE", type=Path, help="where to write every quarantined line"
    )
    return parser


def add_calling(parser: argparse.ArgumentParser, *, seconds: float = ASK_SECONDS) -> None:
    """Add the options of every command that calls a register: as whom, where, how long, and ``--json``."""
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--identity", metavar="FILE", type=Path, help="the authority's identity")
    who.add_argument(
        "--as", metavar="AUTHORITY", dest="authority", help="as this authority of the site"
    )
    parser.add_argument(
        "--register", metavar="HOST:PORT", type=said, help="call there (default: the identity's)"
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=_seconds,
        default=seconds,
        help="how long it may take (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def identity_of(arguments: argparse.Namespace) -> AuthorityIdentity:
    """Return the identity that the options of ``add_calling`` name."""
    path = arguments.identity
    if path is None:
        from gateway.config import load_settings  # the base installation has no msgspec

        if not all(one.isalnum() or one == "-" for one in arguments.authority):
            raise CommandError(
                "give an authority's identifier, for example court", exit_code=_USAGE
            )
        site = load_settings(arguments.config)
        path = site.root / "authorities" / arguments.authority / "identity.toml"
    return load_authority_identity(path, register=arguments.register)


@contextlib.contextmanager
def calling(arguments: argparse.Namespace, again: str = "") -> Iterator[None]:
    """Turn what a call fails with into the command's failure, with its exit status.

    What the register refuses is also printed as JSON, where that was asked for.
    `again` is told where what became of the call is not known.
    """
    try:
        yield
    except NoAnswerError as error:
        raise CommandError(f"{error}{again}", exit_code=NO_ANSWER) from error
    except FeedFileError as error:
        raise CommandError(str(error), exit_code=FEED_REFUSED) from error
    except CallRefusedError as error:
        if arguments.json:
            print(json.dumps({"refused": error.refusal or error.reason, "message": str(error)}))
        waiting = error.retry_seconds
        advice = "" if waiting is None else f" (again after {waiting:g} s)"
        raise CommandError(f"{error}{advice}", exit_code=_status_of(error)) from error


def _status_of(error: CallRefusedError) -> int:
    if error.reason in _REFUSALS:
        return FEED_REFUSED
    return 1 if error.retry_seconds is None else NO_ANSWER


def run_submit(arguments: argparse.Namespace) -> int:
    """Submit the feed; returns the exit status of ``import``."""
    file = FeedFile(
        arguments.file,
        arguments.format or ("csv" if arguments.file.suffix.lower() == ".csv" else "jsonl"),
        arguments.list,
        confirms_shrink=arguments.confirm_shrink,
    )
    _refuse_report_over_input(arguments)
    try:
        size = file.path.stat().st_size
        with (
            calling(arguments),
            RegisterClient(identity_of(arguments)) as client,
            placed_file(arguments.report) as report,
        ):
            with _progress(size) as told:
                outcome = client.submit(file, told, timeout_seconds=arguments.timeout)
            return _told(client, outcome, report, arguments)
    except BrokenPipeError:
        raise  # nobody reads the output any more; the file has no part in that
    except OSError as error:
        raise CommandError(f"{error.filename or file.path}: {error.strerror}") from error


def run_submission(arguments: argparse.Namespace) -> int:
    """Tell what became of a submission; returns the exit status of ``import``."""
    client = RegisterClient(identity_of(arguments), timeout_seconds=arguments.timeout)
    with calling(arguments), client, placed_file(arguments.report) as report:
        return _told(client, client.submission(arguments.id), report, arguments)


def _told(
    client: RegisterClient,
    outcome: Any,  # noqa: ANN401 - a message
    report: PlacedFile | None,
    arguments: argparse.Namespace,
) -> int:
    """Print the outcome, and then write the report: what became of the feed is told whatever becomes of that."""
    content = wording.outcome_content(outcome)
    shown = 0 if report is not None else _LINES_SHOWN
    first = [wording.quarantine_content(line) for line in outcome.quarantine[:shown]]
    text = json.dumps(content) if arguments.json else "\n".join(_lines(content, first))
    print(text)
    if report is not None:
        for line in client.quarantine(outcome):
            report.write(json.dumps(wording.quarantine_content(line), ensure_ascii=False) + "\n")
        report.put()
        if not arguments.json:
            print(f"Every quarantined line, and why: {arguments.report}")
    elif not arguments.json and content["quarantined"] > len(first):
        print("To see all, give --report FILE.")
    return SOME_QUARANTINED if content["quarantined"] else ALL_ADMITTED


def _lines(content: wording.Content, first: list[wording.Content]) -> Iterator[str]:
    yield f"{content['list']}, feed {content['feed']}, submission {content['submission']}"
    for name, title in _TITLES.items():
        if content[name] or name in _ALWAYS:
            yield f"  {content[name]:>12,}  {title}"
    if content["is_repeated"]:
        yield "It had been imported before; nothing changed."
    elif content["change"] is None:
        yield "Nothing changed."
    for row in first:
        message = row["messages"][0]
        yield f"line {row['line']}: {message['rule']}: {message['message_en']}"


@contextlib.contextmanager
def _progress(size: int) -> Iterator[Callable[[Any], None]]:
    """Show a bar on a terminal; nothing anywhere else, and nothing in the base installation, which lacks rich."""
    try:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    except ModuleNotFoundError:
        yield lambda _: None
        return
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("sent", total=size)

        def told(message: Any) -> None:  # noqa: ANN401 - a message
            words, received = wording.progress_words(message)
            total = None if received is None else size
            progress.update(task, description=words, completed=received or 0, total=total)

        yield told


def _refuse_report_over_input(arguments: argparse.Namespace) -> None:
    report = arguments.report
    if report is not None and resolved(report) == resolved(arguments.file):
        message = f"--report names {arguments.file}, which is to be read; name another file"
        raise CommandError(message, exit_code=_USAGE)


def _id(text: str) -> bytes:
    try:
        submission_id = bytes.fromhex(text)
    except ValueError:
        submission_id = b""
    if len(submission_id) != ID_BYTES:
        raise argparse.ArgumentTypeError("an id has 32 hexadecimal digits")
    return submission_id


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 86_400:  # noqa: PLR2004 - a day is more than anybody waits
        raise argparse.ArgumentTypeError("give a number of seconds above 0")
    return seconds
