"""``jointgate matrix``: the tables of a policy pack, to read, to check and to compare.

Responsible for: choosing rows and printing them as a table, CSV, Markdown or JSON.
Not responsible for: what the rows say (``sanctions_matrix/packs``) nor how they are applied.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from gateway.cli.matrix_views import (
    action_view,
    agencies_view,
    agency_view,
    differences_view,
    list_view,
    measure_view,
    measures_view,
)
from gateway.cli.tabular import FORMATS, View, print_view
from gateway.errors import CommandError
from gateway.packs import PACK_IDS, UnknownPackError, load_pack, read_pack
from sanctions_matrix.cells import compare_packs, count_cells, verify_cells
from sanctions_matrix.pack import Pack, PackError

USAGE = 2
DIFFERENT = 1

_EPILOG = """\
examples:
  jointgate matrix show                                   every measure and what it does
  jointgate matrix show --measure 39                      one measure with its lists and rules
  jointgate matrix show --action rail.travel              the rules for one action
  jointgate matrix show --agency all --format csv         the agencies, for a spreadsheet
  jointgate matrix show --list consumption-limited --json
  jointgate matrix verify --pack us-ofac-sdn              both readers of the tables, on every cell
  jointgate matrix diff cn-joint-discipline my/pack       the cells two packs answer differently

A pack is named by its id or by the folder that holds its tables.
verify and diff exit with 1 when cells differ.
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``matrix`` with ``show``, ``verify`` and ``diff``."""
    parser = commands.add_parser(
        "matrix",
        help="show, check and compare the tables of a policy pack",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    _add_show(verbs)
    verify = verbs.add_parser("verify", help="compare both readers of the tables on every cell")
    _add_pack(verify)
    _add_format(verify)
    verify.set_defaults(func=run, verb=_verify)
    diff = verbs.add_parser("diff", help="list the cells that two packs answer differently")
    diff.add_argument("one", metavar="A", help="a pack: id or folder")
    diff.add_argument("other", metavar="B", help="another pack: id or folder")
    _add_format(diff)
    diff.set_defaults(func=run, verb=_diff)


def run(arguments: argparse.Namespace) -> int:
    """Run the verb; returns 0, or 1 when cells differ.

    Raises:
        CommandError: if a pack, measure, action, agency or list does not exist, or a pack is not sound.
    """
    verb: Callable[[argparse.Namespace], int] = arguments.verb
    return verb(arguments)


def _add_show(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    show = verbs.add_parser(
        "show",
        help="print the tables, or the part asked for",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_pack(show)
    part = show.add_mutually_exclusive_group()
    part.add_argument("--measure", metavar="ID", help="one measure, such as 39 or AIR-385")
    part.add_argument(
        "--action", metavar="NAME", help="the rules for one action, such as air.travel"
    )
    part.add_argument("--agency", metavar="NO", help="one agency by its number, or all")
    part.add_argument("--list", metavar="ID", help="one list, such as consumption-limited")
    _add_format(show)
    show.set_defaults(func=run, verb=_show)


def _add_pack(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pack",
        metavar="PACK",
        default=PACK_IDS[0],
        help=f"a pack: id ({', '.join(PACK_IDS)}) or folder (default: %(default)s)",
    )


def _add_format(parser: argparse.ArgumentParser) -> None:
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--format", choices=FORMATS, default="table", help="default: %(default)s")
    form.add_argument(
        "--json",
        dest="format",
        action="store_const",
        const="json",
        help="the same as --format json",
    )


def _show(arguments: argparse.Namespace) -> int:
    pack = _pack(arguments.pack)
    for view in _views(pack, arguments):
        print_view(view, arguments.format)
    return 0


def _views(pack: Pack, arguments: argparse.Namespace) -> Iterator[View]:
    if arguments.measure is not None:
        yield measure_view(pack, _known("measure", arguments.measure, pack.measures))
    elif arguments.action is not None:
        yield action_view(pack, _known("action", arguments.action, pack.actions))
    elif arguments.list is not None:
        yield list_view(pack, _known("list", arguments.list, pack.lists))
    elif arguments.agency == "all":
        yield agencies_view(pack)
    elif arguments.agency is not None:
        by_number = {str(agency.no): agency for agency in pack.agencies.values()}
        yield agency_view(by_number[_known("agency", arguments.agency, by_number)])
    else:
        yield measures_view(pack)


def _known(kind: str, key: str, among: Iterable[str]) -> str:
    keys = list(among)
    if key not in keys:
        message = f"there is no {kind} {key!r}; give one of {', '.join(keys)}"
        raise CommandError(message, exit_code=USAGE)
    return key


def _verify(arguments: argparse.Namespace) -> int:
    pack = _pack(arguments.pack)
    differences = verify_cells(pack)
    title = f"{pack.id}: {count_cells(pack)} cells, {len(differences)} read differently"
    print_view(differences_view(title, ("compiled", "naive"), differences), arguments.format)
    return DIFFERENT if differences else 0


def _diff(arguments: argparse.Namespace) -> int:
    one, other = _pack(arguments.one), _pack(arguments.other)
    differences = compare_packs(one, other)
    title = f"{len(differences)} cells differ between {arguments.one} and {arguments.other}"
    print_view(differences_view(title, ("one", "other"), differences), arguments.format)
    return DIFFERENT if differences else 0


def _pack(name: str) -> Pack:
    try:
        return load_pack(name) if name in PACK_IDS else read_pack(Path(name))
    except (UnknownPackError, PackError) as error:
        raise CommandError(str(error), exit_code=USAGE) from None
