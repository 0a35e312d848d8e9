"""``jointgate matrix verify``, ``diff``, ``confirm`` and ``export``: checking a pack, and changing that of a site.

Responsible for: reading the packs that are named, and printing what was found in each form.
Not responsible for: the comparisons (``sanctions_matrix.cells``, ``sanctions_matrix.pack_difference``), their wording
(``sanctions_matrix.difference_words``), nor for what a confirmation is (``gateway.confirmation``).
"""

import argparse
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gateway.cli.matrix_arguments import (
    USAGE,
    add_format,
    add_pack,
    chosen_pack,
    chosen_tables,
    named_pack,
    read_from,
)
from gateway.cli.tabular import View, harmless, print_view
from gateway.confirmation import (
    SHORT_DIGEST,
    confirm,
    confirming,
    is_confirmed,
    read_confirmed,
)
from gateway.errors import CommandError
from gateway.packs import site_pack, site_pack_with_tables
from sanctions_matrix.cells import CellDifference, count_cells, verify_cells
from sanctions_matrix.difference_words import (
    change_sentence,
    entity_sentences,
    row_sentences,
    sentences,
    standing_sentences,
    summary,
)
from sanctions_matrix.pack import Pack
from sanctions_matrix.pack_difference import PackDifference, compare_packs

DIFFERENT = 1
_SHOWN = 50
"""So many differing cells are printed; the title counts all."""

_VERIFY_EPILOG = """\
examples:
  jointgate matrix verify                     every cell, in about a minute, with the count and the time
  jointgate matrix verify --quick             the part that a gateway checks at its start
  jointgate matrix verify --pack my/pack --json

Without --pack it is the site's pack; outside of a site it is cn-joint-discipline.
A cell is one question (action, attributes, role) and one situation (lists, kind of party, measures, position in the
window, stay, exemption). Exits with 1 when the two readers of the tables disagree on one.
"""

_DIFF_EPILOG = """\
examples:
  jointgate matrix diff cn-joint-discipline my/pack    which questions get another answer, in words
  jointgate matrix diff                                the site's pack against the one confirmed last

It speaks of a listing that carries all that its list carries.
Exits with 1 when answers differ; with 0 when nothing does, or only words, sources and terms.
"""

_CONFIRM_EPILOG = """\
examples:
  jointgate matrix diff                      first read it; the last line is the command to confirm
  jointgate matrix confirm 0123456789ab      at least 12 digits of the new pack's digest

The site's publisher takes the new tables from its next start on; gateways read theirs at their start.
"""

_EXPORT_EPILOG = """\
examples:
  jointgate matrix export tables             the tables of the site's pack, in a new folder
  jointgate matrix export tables --pack us-ofac-sdn

Outside of a site, and without --pack, it is cn-joint-discipline.
With pack_folder = "tables" in the settings the site uses them (docs/operations.md).
"""


def add_verbs(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``verify``, ``diff``, ``confirm`` and ``export``."""
    verify = _verb(
        verbs, "verify", "compare both readers of the tables", _VERIFY_EPILOG, run_verify
    )
    add_pack(verify)
    verify.add_argument(
        "--quick", action="store_true", help="the part that takes under two seconds"
    )
    add_format(verify)
    diff = _verb(verbs, "diff", "say which questions get another answer", _DIFF_EPILOG, run_diff)
    diff.add_argument("packs", metavar="PACK", nargs="*", help="two packs: before and after")
    diff.add_argument(
        "--confirmed", action="store_true", help="the site's pack against the one confirmed last"
    )
    add_format(diff)
    accept = _verb(verbs, "confirm", "let the site publish its pack", _CONFIRM_EPILOG, run_confirm)
    accept.add_argument("digest", metavar="DIGEST", help="of the site's pack, as the diff shows it")
    accept.add_argument("--json", action="store_true", help="print JSON")
    export = _verb(verbs, "export", "write the tables into a folder", _EXPORT_EPILOG, run_export)
    export.add_argument("folder", metavar="DIR", type=Path, help="a new folder")
    add_pack(export)


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    text: str,
    epilog: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(
        name, help=text, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.set_defaults(func=run)
    return parser


# --- verify ----------------------------------------------------------------------------------


def run_verify(arguments: argparse.Namespace) -> int:
    """Compare both readers on the cells of a pack; returns 0, or 1 when they disagree."""
    (pack, folder), thorough = chosen_pack(arguments), not arguments.quick
    cells = count_cells(pack, thorough=thorough)
    begun = time.perf_counter()
    with _progress(cells, shown=thorough) as progress:
        differences = verify_cells(pack, thorough=thorough, progress=progress)
    seconds = time.perf_counter() - begun
    found = f"{cells:,} cells, {len(differences):,} read differently, in {seconds:.1f} s"
    title = f"{read_from(pack.id, folder)}: {found}"
    rows = tuple(map(_cell_row, differences[:_SHOWN]))
    if arguments.format == "json":
        document = {
            "title": title,
            "pack": pack.id,
            "digest": pack.digest,
            "thorough": thorough,
            "cells": cells,
            "differences": len(differences),
            "seconds": round(seconds, 3),
            "rows": [dict(zip(_CELL_COLUMNS, row, strict=True)) for row in rows],
        }
        _print_json(document)
    elif rows or arguments.format == "csv":
        print_view(View(title, _CELL_COLUMNS, rows), arguments.format)
    else:
        sys.stdout.write(f"# {harmless(title)}; both readers agree\n")
    return DIFFERENT if differences else 0


_CELL_COLUMNS = (
    "action",
    "attributes",
    "role",
    "list",
    "party kind",
    "measures",
    "moment",
    "stay",
    "exemption",
    "compiled",
    "naive",
)


def _cell_row(difference: CellDifference) -> tuple[str, ...]:
    cell = difference.cell
    return (
        cell.action,
        " ".join(f"{name}={value}" for name, value in cell.attributes),
        cell.role,
        cell.list_id,
        cell.party_kind,
        cell.measures,
        cell.moment,
        cell.stay,
        cell.exemption,
        difference.one,
        difference.other,
    )


@contextmanager
def _progress(cells: int, *, shown: bool) -> Iterator[Callable[[int], None]]:
    """Show a bar on standard error where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    hidden = not (shown and console.is_terminal)
    with Progress(*columns, console=console, transient=True, disable=hidden) as progress:
        task = progress.add_task("cells compared", total=cells)
        yield lambda count: progress.update(task, completed=count)


# --- diff ------------------------------------------------------------------------------------


def run_diff(arguments: argparse.Namespace) -> int:
    """Say in what two packs differ; returns 0, or 1 when answers do.

    Raises:
        CommandError: a pack does not exist or is not sound, or there is no confirmed one to compare with.
    """
    of_site = arguments.confirmed or not arguments.packs
    if len(arguments.packs) != (0 if of_site else 2):
        message = "give two packs, or none to compare the site's pack with the one confirmed last"
        raise CommandError(message, exit_code=USAGE)
    before, after = _site_packs(arguments) if of_site else map(named_pack, arguments.packs)
    difference = compare_packs(before, after)
    command = confirming(after) if of_site and not difference.same_tables else ""
    _print_difference(before, after, difference, command=command, form=arguments.format)
    return DIFFERENT if difference.questions else 0


def _site_packs(arguments: argparse.Namespace) -> tuple[Pack, Pack]:
    from gateway.config import load_settings

    settings = load_settings(getattr(arguments, "config", None))
    after = site_pack(settings)
    confirmed = read_confirmed(settings.root)
    if confirmed is None:
        message = (
            f"no pack was confirmed on this site yet; '{confirming(after)}' confirms the one it has"
        )
        raise CommandError(message)
    if confirmed.pack is None:
        message = (
            f"this version cannot read the tables confirmed last ({confirmed.problem}); "
            f"read the new ones with 'jointgate matrix show'; '{confirming(after)}' confirms them"
        )
        raise CommandError(message)
    return confirmed.pack, after


def _print_difference(
    before: Pack, after: Pack, difference: PackDifference, *, command: str, form: str
) -> None:
    told = [("answers", sentence) for sentence in sentences(difference)]
    rows = [("rows", sentence) for sentence in row_sentences(difference.rows)]
    if form == "json":
        _print_json(_document(before, after, difference, command))
    elif form == "table":
        _print_lines(before, after, difference, command)
    else:
        print_view(View(summary(difference), ("what", "difference"), (*told, *rows)), form)


def _print_lines(before: Pack, after: Pack, difference: PackDifference, command: str) -> None:
    lines = [
        f"# {summary(difference)}",
        f"before: {_named(before)}",
        f"after:  {_named(after)}",
    ]
    lines += [f"- {sentence}" for sentence in sentences(difference)]
    if difference.rows:
        answers = "Rows that differ:" if difference.questions else "No answer changes, but:"
        lines += ["", answers, *(f"- {sentence}" for sentence in row_sentences(difference.rows))]
    if command:
        lines += ["", f"To publish it: {command}"]
    sys.stdout.write(harmless("\n".join(lines)) + "\n")


def _document(
    before: Pack, after: Pack, difference: PackDifference, command: str
) -> dict[str, Any]:
    changes = [
        {
            "sentence": change_sentence(change),
            "action": change.action,
            "values": {name: list(values) for name, values in change.values.items()},
            "before": _answer(change.before),
            "after": _answer(change.after),
            "questions": change.questions,
        }
        for change in difference.changes
    ]
    return {
        "summary": summary(difference),
        "before": _identity(before),
        "after": _identity(after),
        "questions": difference.questions,
        "only_one": list(entity_sentences(difference)),
        "changes": changes,
        "standings": list(standing_sentences(difference)),
        "rows": [asdict(row) for row in difference.rows],
        "confirm": command,
    }


def _answer(answer: Any) -> dict[str, Any]:  # noqa: ANN401 - an Answer
    return {**asdict(answer), "outcome": answer.outcome.value if answer.outcome else None}


def _identity(pack: Pack) -> dict[str, str]:
    return {"pack": pack.id, "version": pack.version, "digest": pack.digest}


def _named(pack: Pack) -> str:
    return f"{pack.id} {pack.version}, digest {pack.digest[:SHORT_DIGEST]}"


def _print_json(document: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


# --- confirm and export ----------------------------------------------------------------------


def run_confirm(arguments: argparse.Namespace) -> int:
    """Record that the difference was read; returns 0, also when it was recorded before.

    Raises:
        CommandError: the digest is not that of the site's pack, or its two readers disagree.
    """
    from gateway.clock import system_clock
    from gateway.config import load_settings

    settings = load_settings(getattr(arguments, "config", None))
    pack, tables = site_pack_with_tables(settings)
    _refuse_other_digest(arguments.digest, pack)
    if not is_confirmed(settings.root, pack) and (differences := verify_cells(pack)):
        message = (
            f"the pack reads differently in {len(differences)} cells: see 'jointgate matrix verify'"
        )
        raise CommandError(message)
    fresh = confirm(settings.root, pack, tables, now=system_clock())
    if arguments.json:
        _print_json({**_identity(pack), "confirmed": True, "changed": fresh})
    else:
        state = "confirmed" if fresh else "was confirmed already; nothing changed"
        sys.stdout.write(f"{_named(pack)} {state}\n")
    return 0


def _refuse_other_digest(digest: str, pack: Pack) -> None:
    if not re.fullmatch(rf"[0-9a-f]{{{SHORT_DIGEST},64}}", digest):
        message = f"give {SHORT_DIGEST} to 64 hexadecimal digits of the digest, as 'jointgate matrix diff' shows it"
        raise CommandError(message, exit_code=USAGE)
    if not pack.digest.startswith(digest):
        message = (
            f"the site's pack has another digest, {pack.digest[:SHORT_DIGEST]}: it is not what was read; "
            "see 'jointgate matrix diff'"
        )
        raise CommandError(message)


def run_export(arguments: argparse.Namespace) -> int:
    """Write the tables of a pack into a new folder; returns 0.

    Raises:
        CommandError: there is no such pack, or the folder is in use.
    """
    folder = arguments.folder
    tables, source = chosen_tables(arguments)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        message = f"{folder}: there is something already; choose a new folder"
        raise CommandError(message)
    unfinished = folder.with_name(f".{folder.name}.new")
    unfinished.mkdir(parents=True, exist_ok=True)
    for file, text in tables.items():
        (unfinished / file).write_text(text, encoding="utf-8")
    unfinished.rename(folder)
    sys.stdout.write(read_from(f"{folder}: {len(tables)} tables", source) + "\n")
    return 0
