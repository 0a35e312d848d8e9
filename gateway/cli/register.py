"""``jointgate register``: the register as a whole.

Responsible for: options and output of ``verify``, ``rebuild``, ``sweep``, ``late`` and ``serve``.
Not responsible for: what they do (``gateway.register``, ``gateway.register_service``).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gateway.cli.option_types import said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.register.events import Link
    from gateway.register.register import Register
    from gateway.register.sweeping import LateDeadline
    from gateway.register_service.authorities import Authority

_EPILOG = """\
examples:
  jointgate register verify                 is the history what was written? prints its last link; keep it
  jointgate register verify --expect 17:9f…  is it still the history whose link was kept?
  jointgate register rebuild --check        is the current state what the history says?
  jointgate register rebuild                mend it where it is not
  jointgate register sweep                  write down what deadlines and terms have ended by now
  jointgate register late                   what authorities owe and have let pass
  jointgate register late --authority "Synthetic People's Court" --format markdown
  jointgate register serve                  the services for authorities and for the listed

'publish --watch' sweeps by itself, once a minute.
Enforcement stops at its instant, whether anybody sweeps or not.

exit status: 0; 1 when the history is not sound, or 'rebuild --check' found rows that differ.
"""
_COLUMNS = (
    "authority",
    "list",
    "listing",
    "owes",
    "since",
    "due (UTC)",
    "days late",
    "enforcement stopped",
    "document",
    "delivered by",
    "contact",
)
_NOT_REGISTERED = "(not registered)"
_DIFFERENT = 1


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``register`` with its sub-commands."""
    parser = commands.add_parser(
        "register",
        help="verify, mend, sweep or serve the register; who is late",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = parser.add_subparsers(metavar="verify|rebuild|sweep|late|serve", required=True)
    verify = _add(names, "verify", "check the whole history against its chain", run_verify)
    rebuild = _add(names, "rebuild", "derive the current state anew from the history", run_rebuild)
    rebuild.add_argument(
        "--check", action="store_true", help="write nothing; status 1 where something differs"
    )
    _add(names, "sweep", "write down what deadlines and terms have ended by now", run_sweep)
    for one in (verify, rebuild):
        one.add_argument(
            "--expect",
            metavar="SEQ:HEX",
            type=_link,
            help="a link printed by an earlier 'register verify' and kept elsewhere; a history without it is refused",
        )
    late = _add(names, "late", "what authorities owe and have let pass", run_late)
    late.add_argument(
        "--authority",
        metavar="TEXT",
        type=said,
        help="of one authority only, by its exact name or its id",
    )
    late.add_argument(
        "--format",
        choices=("table", "csv", "markdown"),
        default="table",
        help="how rows are printed (default: %(default)s)",
    )
    serve = names.add_parser("serve", help="serve authorities and the listed, until SIGTERM")
    serve.set_defaults(func=run_serve)


def _add(
    names: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    summary: str,
    function: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = names.add_parser(name, help=summary, description=summary)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=function)
    return parser


def _link(text: str) -> Link:
    from gateway.register.events import parse_link

    try:
        return parse_link(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def run_verify(arguments: argparse.Namespace) -> int:
    """Check the history; returns 0, and an error otherwise."""
    with _register(arguments) as register, _waiting("checking the history"):
        link = register.verify_events(arguments.expect)
    if arguments.json:
        print(json.dumps({"sound": True, "events": link.seq, "chain": link.chain.hex()}))
    else:
        print(f"the history is sound: {link.seq:,} events; keep its last link elsewhere:\n{link}")
    return 0


def run_rebuild(arguments: argparse.Namespace) -> int:
    """Derive the state anew; returns 1 where it was only to be checked, and differs."""
    with _register(arguments) as register:
        total = register.count()
        with _counting("listings looked at", total.in_force + total.ended) as advance:
            differing = register.rebuild(
                dry=arguments.check, expected=arguments.expect, progress=advance
            )
    if arguments.json:
        mended = differing and not arguments.check
        print(json.dumps({"differing": differing, "mended": mended}))
    else:
        print(_rebuilt(differing, is_check=arguments.check))
    return _DIFFERENT if arguments.check and differing else 0


def _rebuilt(differing: int, *, is_check: bool) -> str:
    if not differing:
        return "the current state is what the history says"
    if is_check:
        return f"{differing:,} rows differ from what the history says; 'jointgate register rebuild' mends them"
    return f"{differing:,} rows differed and are mended; now run 'jointgate publish --full'"


def run_sweep(arguments: argparse.Namespace) -> int:
    """Sweep once; returns 0."""
    from gateway.clock import system_clock
    from gateway.config import load_settings
    from gateway.deadline_terms import site_terms

    terms = site_terms(load_settings(arguments.config))
    with _register(arguments) as register, _counting("listings ended", None) as advance:
        report = register.sweep(
            system_clock(), terms, lambda done: advance(done.ended + done.expired)
        )
    if arguments.json:
        print(json.dumps(dataclasses.asdict(report)))
    else:
        print(
            f"{report.missed:,} deadlines missed; {report.ended:,} listings ended because their removal was due, "
            f"{report.expired:,} because their term is over"
        )
    return 0


def run_late(arguments: argparse.Namespace) -> int:
    """Print what is late; returns 0."""
    from gateway.cli.tabular import Sheet, View, print_view
    from gateway.clock import system_clock

    now = system_clock()
    registered = _registered(arguments)
    with _register(arguments) as register:
        found = [(one, registered.get(one.delivered_by)) for one in register.late(now)]
    rows = [
        (one, who)
        for one, who in found
        if arguments.authority in (None, one.authority, one.delivered_by, who and who.id)
    ]
    if arguments.json:
        print(json.dumps([_content(*row) for row in rows], ensure_ascii=False))
    else:
        title = f"What authorities owe and have let pass, {now:%Y-%m-%d %H:%M} UTC"
        cells = tuple(_cells(*row) for row in rows)
        drawn = Sheet(_COLUMNS, cells, cards=True)
        print_view(View(title, _COLUMNS, cells, drawn), arguments.format)
    return 0


def _registered(arguments: argparse.Namespace) -> dict[str, Authority]:
    """Return the registered authorities by the title of their feeds; who is late is told without them, too."""
    from gateway.config import load_settings
    from gateway.errors import JointgateError
    from gateway.register_service.authorities import read_authorities

    try:
        registry = read_authorities(load_settings(arguments.config).authorities)
    except JointgateError as error:
        sys.stderr.write(f"jointgate: no contacts are told: {error}\n")
        return {}
    return {one.name: one for one in registry}


def _content(one: LateDeadline, who: Authority | None) -> dict[str, object]:
    return {
        **one._asdict(),
        "kind": str(one.kind),
        "opened_on": one.opened_on.isoformat(),
        "due_at": one.due_at.isoformat(),
        "authority_id": None if who is None else who.id,
        "contact": None if who is None else who.contact,
    }


def _cells(one: LateDeadline, who: Authority | None) -> tuple[str, ...]:
    return (
        one.authority,
        one.list_id,
        one.reference,
        str(one.kind),
        one.opened_on.isoformat(),
        f"{one.due_at:%Y-%m-%d %H:%M}",
        str(one.days_late),
        "yes" if one.is_stopped else "no",
        one.document,
        one.delivered_by if who is None else who.id,
        _NOT_REGISTERED if who is None else who.contact,
    )


def run_serve(arguments: argparse.Namespace) -> int:
    """Serve authorities and the listed until a signal ends it; returns 0."""
    from gateway.config import load_settings
    from gateway.register_service.serving import serve

    serve(load_settings(arguments.config))
    return 0


@contextmanager
def _register(arguments: argparse.Namespace) -> Iterator[Register]:
    from gateway.config import load_settings
    from gateway.register.register import Register

    settings = load_settings(arguments.config)
    with Register.open(settings.database_url, None) as register:
        yield register


@contextmanager
def _waiting(words: str) -> Iterator[None]:
    """Show on a terminal that something is at work whose length is not known."""
    from rich.console import Console

    with Console(stderr=True).status(words):
        yield


@contextmanager
def _counting(words: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show on a terminal how far it is; yields what takes the count so far."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    shown = sys.stderr.isatty()
    with Progress(
        *columns, console=Console(stderr=True), transient=True, disable=not shown
    ) as progress:
        task = progress.add_task(words, total=total)
        yield lambda count: progress.update(task, completed=count)
