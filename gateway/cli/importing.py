"""``jointgate synth`` and ``jointgate import``: feeds into the register.

Responsible for: options, progress, reports and exit codes of the two commands.
Not responsible for: formats (``gateway.register.feeds``) nor for what an import does (``gateway.register``).
"""

import argparse
import contextlib
import dataclasses
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from gateway.cli.import_report import written_report
from gateway.cli.placed_file import resolved
from gateway.clock import system_clock
from gateway.config import Settings, load_settings
from gateway.confirmation import refuse_unconfirmed
from gateway.errors import CommandError
from gateway.packs import site_pack
from gateway.register.errors import FeedRefusedError
from gateway.register.feeds.opening import FeedFormat, FeedSource, format_of, open_feed
from gateway.register.feeds.synthetic import DEFAULT_DAY, LISTS, SyntheticFeed
from gateway.register.imports import ImportOptions, ImportPhase, ImportReport, RowReport
from gateway.register.register import Register

if TYPE_CHECKING:
    from gateway.register.feeds.feed import Feed
    from sanctions_matrix.lists import ListDefinition

ALL_ADMITTED = 0
SOME_QUARANTINED = 3
FEED_REFUSED = 4
_USAGE = 2
_PHASES = {
    ImportPhase.WAITING: "waiting for another import",
    ImportPhase.READING: "rows read",
    ImportPhase.WRITING: "rows written",
}
_RULES_SHOWN = 3

_SYNTH_EPILOG = """\
examples:
  jointgate synth --parties 1000 --seed 1 --out limited.jsonl
  jointgate synth --parties 1000 --seed 1 --list judgment-defaulters --out defaulters.jsonl

The same seed gives the same people, more of them with more parties: everybody in defaulters.jsonl is in limited.jsonl.
Nobody is real: citizens are born in the 1890s, organisations sit in an area that does not exist.
"""
_IMPORT_EPILOG = """\
examples:
  jointgate import limited.jsonl --list consumption-limited
  jointgate import table.csv --list air-restricted --report refused.jsonl
  jointgate import sdn.csv.xz --list sdn --format ofac-sdn --published 2021-07-30

exit status: 0 all rows admitted, 3 some quarantined, 4 the feed was refused as a whole.
--report writes one JSON object per line that has something said about it: its number, rules, messages and notes.
A feed that is refused as a whole has a last object, with null for the line.
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``synth`` and ``import``."""
    _add_synth(commands)
    _add_import(commands)


def _add_synth(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "synth",
        help="write a synthetic feed",
        epilog=_SYNTH_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--parties", metavar="N", type=int, required=True, help="how many parties to draw"
    )
    parser.add_argument(
        "--seed", metavar="S", type=int, required=True, help="the same seed gives the same people"
    )
    parser.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        required=True,
        help="where to write the feed (JSON Lines)",
    )
    parser.add_argument(
        "--list", choices=LISTS, default=LISTS[0], help="the list (default: %(default)s)"
    )
    parser.add_argument(
        "--sequence",
        metavar="N",
        type=int,
        default=1,
        help="the feed's number, greater than that of the list's feed before it (default: %(default)s)",
    )
    parser.add_argument(
        "--day",
        metavar="YYYY-MM-DD",
        type=_day,
        default=DEFAULT_DAY,
        help="the day around which the listings lie (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run_synth)


def _add_import(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "import",
        help="admit or quarantine a feed, row by row",
        epilog=_IMPORT_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="the feed")
    parser.add_argument(
        "--list", metavar="LIST", required=True, help="the list the feed speaks for"
    )
    parser.add_argument(
        "--format",
        choices=[str(one) for one in FeedFormat],
        help="the feed's format (default: csv for *.csv, else jsonl)",
    )
    parser.add_argument(
        "--report", metavar="FILE", type=Path, help="where to write what is said about single lines"
    )
    parser.add_argument(
        "--confirm-shrink",
        action="store_true",
        help="import although the feed removes more than the guard allows",
    )
    parser.add_argument(
        "--comments",
        metavar="FILE",
        type=Path,
        help="ofac-sdn: the overflow (default: beside FILE)",
    )
    parser.add_argument(
        "--published",
        metavar="YYYY-MM-DD",
        type=_day,
        help="ofac-sdn: date of publication (default: the date in the file's name, else when FILE was modified)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run_import)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = "a day is written YYYY-MM-DD"
        raise argparse.ArgumentTypeError(message) from None


def run_synth(arguments: argparse.Namespace) -> int:
    """Write the feed; returns 0."""
    try:
        feed = SyntheticFeed(
            arguments.parties, arguments.seed, arguments.list, arguments.day, arguments.sequence
        )
    except ValueError as error:
        raise CommandError(str(error), exit_code=_USAGE) from error
    try:
        with (
            arguments.out.open("wb") as stream,
            _progress("rows written", arguments.parties) as advance,
        ):
            rows = feed.write(stream, lambda count: advance("rows written", count))
    except OSError as error:
        raise CommandError(f"{arguments.out} cannot be written: {error.strerror}") from error
    if arguments.json:
        print(json.dumps({"file": str(arguments.out), "list": arguments.list, "rows": rows}))
    else:
        print(f"{arguments.out}: {rows:,} synthetic listings for {arguments.list}")
    return 0


def run_import(arguments: argparse.Namespace) -> int:
    """Import the feed; returns the exit status of the contract."""
    settings = load_settings(arguments.config)
    _refuse_report_over_input(arguments)
    source = FeedSource(
        arguments.file,
        FeedFormat(arguments.format) if arguments.format else format_of(arguments.file),
        arguments.list,
        comments=arguments.comments,
        published_on=arguments.published,
    )
    tally = _Tally()
    try:
        with ExitStack() as stack:
            report = _import(settings, source, arguments, tally, stack)
    except FeedRefusedError as error:
        return _refused(error, as_json=arguments.json)
    except OSError as error:
        raise CommandError(
            f"{error.filename or arguments.file} cannot be used: {error.strerror}"
        ) from error
    _print(report, as_json=arguments.json)
    if report.quarantined and not arguments.json:
        print("\n".join(tally.lines(arguments.report)))
    return SOME_QUARANTINED if report.quarantined else ALL_ADMITTED


def _import(
    settings: Settings,
    source: FeedSource,
    arguments: argparse.Namespace,
    tally: "_Tally",
    stack: ExitStack,
) -> ImportReport:
    pack = site_pack(settings)
    refuse_unconfirmed(settings.root, pack, refused="nothing is imported")
    definition = pack.lists.get(arguments.list)
    if definition is None:
        known = ", ".join(pack.lists)
        raise CommandError(
            f"the pack {pack.id} has no list {arguments.list!r}; it has {known}", exit_code=_USAGE
        )
    report = stack.enter_context(written_report(arguments.report))
    feed = stack.enter_context(open_feed(source))

    def told(row: RowReport) -> None:
        tally.count(row)
        report.row(row)

    options = ImportOptions(
        shrink_guard=settings.shrink_guard,
        confirm_shrink=arguments.confirm_shrink,
        actor="import",
        clock=system_clock,
        report=told,
    )
    register = stack.enter_context(Register.open(settings.database_url, pack))
    return _import_with_progress(register, feed, definition, options)


def _import_with_progress(
    register: Register, feed: "Feed", definition: "ListDefinition", options: ImportOptions
) -> ImportReport:
    is_waiting = False
    with _progress("rows read", feed.header.records) as advance:

        def progress(phase: ImportPhase, count: int) -> None:
            nonlocal is_waiting
            if phase is ImportPhase.WAITING and not is_waiting:
                is_waiting = True
                _say_without_a_bar(_PHASES[phase])
            advance(_PHASES[phase], count)

        return register.import_feed(
            feed, definition=definition, at=system_clock(), progress=progress, options=options
        )


def _refuse_report_over_input(arguments: argparse.Namespace) -> None:
    report = arguments.report
    for given in (arguments.file, arguments.comments):
        if report is not None and given is not None and _is_same_file(report, given):
            message = f"--report names {given}, which is to be read; name another file"
            raise CommandError(message, exit_code=_USAGE)


def _is_same_file(one: Path, other: Path) -> bool:
    with contextlib.suppress(OSError):
        return one.samefile(other)
    return resolved(one) == resolved(other)


@dataclasses.dataclass(slots=True)
class _Tally:
    """Which rules quarantined how many rows, with the message of the first of them; no message tells a document."""

    rows: Counter[str] = dataclasses.field(default_factory=Counter)
    messages: dict[str, str] = dataclasses.field(default_factory=dict)

    def count(self, row: RowReport) -> None:
        """Count a row once for each rule it breaks."""
        first = {one.rule: one.message_en for one in reversed(row.violations)}
        self.rows.update(first.keys())
        self.messages = first | self.messages

    def lines(self, report: Path | None) -> Iterator[str]:
        """Yield the commonest rules, and where every row is told; with a report, only its file."""
        if report is not None:
            yield f"Every quarantined row, and why: {report}"
            return
        if self.rows:
            yield "Quarantined most often for:"
        for rule, count in self.rows.most_common(_RULES_SHOWN):
            yield f"  {rule}, {_in_rows(count)}: {self.messages[rule]}"
        yield "To see them, give --report FILE for every row."


def _in_rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _refused(error: FeedRefusedError, *, as_json: bool) -> int:
    print(f"jointgate: feed refused: {error}", file=sys.stderr)
    if as_json:
        refused = {
            "refused": error.reason.value,
            "rule": error.reason.rule,
            "message": str(error),
            "message_zh": error.message_zh,
        }
        print(json.dumps(refused, ensure_ascii=False))
    return FEED_REFUSED


@contextlib.contextmanager
def _progress(title: str, total: int | None) -> Iterator[Callable[[str, int], None]]:
    """Show a bar on a terminal; rich draws nothing anywhere else."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task(title, total=total)
        yield lambda description, count: progress.update(
            task, description=description, completed=count
        )


def _say_without_a_bar(words: str) -> None:
    """Say on standard error what a bar would show; who follows a log wants to know why nothing happens."""
    if not Console(stderr=True).is_terminal:
        print(f"jointgate: {words}", file=sys.stderr, flush=True)


_ROWS = {
    "rows": "rows in the feed",
    "added": "added",
    "changed": "changed",
    "reopened": "listed again",
    "unchanged": "unchanged",
    "ended": "ended (no longer in the feed, or with their organisation)",
    "withheld": "absent, not ended (some row could not be identified)",
    "quarantined": "quarantined",
    "kept": "of these, held from before and left as they were",
    "noted": "rows of which something was left out",
}
_ALWAYS = ("rows", "added", "unchanged", "quarantined")


def _print(report: ImportReport, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(dataclasses.asdict(report)))
        return
    table = Table(
        title=f"{report.list_id}, feed {report.feed_id}", show_header=False, title_justify="left"
    )
    table.add_column()
    table.add_column(justify="right")
    for name, title in _ROWS.items():
        if name in _ALWAYS or getattr(report, name):
            table.add_row(title, f"{getattr(report, name):,}")
    console = Console()
    console.print(table)
    console.print(_conclusion(report))


def _conclusion(report: ImportReport) -> str:
    if report.is_repeated:
        return "This feed was the last one imported; nothing changed."
    if report.change is None:
        return "Nothing changed."
    return (
        f"Change {report.change}; a running 'jointgate publish --watch' makes it known at once, "
        "otherwise run 'jointgate publish'."
    )
