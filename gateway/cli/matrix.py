"""``jointgate matrix``: the tables of a policy pack, to read and to export.

Responsible for: ``show``, choosing rows and printing them as a table, CSV, Markdown or JSON.
Not responsible for: what the rows say (``sanctions_matrix/packs``), how they are put into words (``matrix_views`` and
its neighbours), nor checking and comparing packs (``matrix_checks``).
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from gateway.cli.matrix_agencies import agencies_view, agency_view, roles_matrix_view, roles_view
from gateway.cli.matrix_arguments import USAGE, add_format, add_pack, chosen_pack, read_from
from gateway.cli.matrix_checks import add_verbs
from gateway.cli.matrix_document import matrix_document
from gateway.cli.matrix_lists import list_view, lists_view
from gateway.cli.matrix_views import (
    action_view,
    actions_view,
    measure_view,
    measures_view,
    rule_view,
)
from gateway.cli.matrix_words import LANGUAGES
from gateway.cli.tabular import View, print_view
from gateway.errors import CommandError
from sanctions_matrix.pack import Pack

_ALL = "all"

_EPILOG = """\
examples:
  jointgate matrix show                                     every measure and what it does
  jointgate matrix verify --pack us-ofac-sdn                both readers of the tables, on every cell
  jointgate matrix diff cn-joint-discipline my/pack         what two packs answer differently

A pack is named by its id or by the folder that holds its tables.
Without --pack it is the site's own, where --config or JOINTGATE_CONFIG names a site, else cn-joint-discipline.
"""

_SHOW_EPILOG = """\
examples:
  jointgate matrix show                                     every measure and what it does
  jointgate matrix show --measure 39                        one measure, its rules and its agencies
  jointgate matrix show --measure 39 --lang zh              the same in Chinese
  jointgate matrix show --action rail.travel                the rules for one action
  jointgate matrix show --rule rail-g-train                 one rule
  jointgate matrix show --agency spc                        one agency, by id or number, and its measures
  jointgate matrix show --list consumption-limited --json   one list: term, notice, removal, contest
  jointgate matrix show --roles                             who leads which measure
  jointgate matrix show --roles --format csv > roles.csv    every pair with mark and source
  jointgate matrix show --document > matrix.md              everything on one page, in both languages

On a terminal the tables are drawn; elsewhere their columns are parted by tabs.
A pack is named by its id or by the folder that holds its tables.
Without --pack it is the site's own, where --config or JOINTGATE_CONFIG names a site, else cn-joint-discipline.
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``matrix`` with ``show`` and the verbs that check and compare."""
    parser = commands.add_parser(
        "matrix",
        help="show, check and compare the tables of a policy pack",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    _add_show(verbs)
    add_verbs(verbs)


def run_show(arguments: argparse.Namespace) -> int:
    """Print the part asked for; returns 0.

    Raises:
        CommandError: if a pack, measure, action, rule, agency or list does not exist, or a pack is not sound.
    """
    pack, folder = chosen_pack(arguments)
    if arguments.document:
        _print_document(pack, folder, arguments.format)
    else:
        view = _view(pack, arguments)
        print_view(replace(view, title=read_from(view.title, folder)), arguments.format)
    return 0


def _add_show(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    show = verbs.add_parser(
        "show",
        help="print the tables, or the part asked for",
        epilog=_SHOW_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_pack(show)
    part = show.add_mutually_exclusive_group()
    part.add_argument("--measure", metavar="ID", help="one measure, such as 39 or AIR-385, or all")
    part.add_argument("--action", metavar="NAME", help="the rules for an action, or all rules")
    part.add_argument("--rule", metavar="ID", help="one rule, such as rail-g-train, or all")
    part.add_argument("--agency", metavar="NO|ID", help="one agency, such as 2 or spc, or all")
    part.add_argument("--list", metavar="ID", help="one list, such as consumption-limited, or all")
    part.add_argument(
        "--roles", action="store_true", help="the part of each agency in each measure"
    )
    part.add_argument("--document", action="store_true", help="everything as one page of Markdown")
    show.add_argument(
        "--lang",
        choices=LANGUAGES,
        default=LANGUAGES[0],
        help="of titles, names and explanations (default: %(default)s)",
    )
    add_format(show)
    show.set_defaults(func=run_show)


def _print_document(pack: Pack, folder: str, form: str) -> None:
    if form not in {"table", "markdown"}:
        message = "--document prints Markdown; --format and --json go with the other parts"
        raise CommandError(message, exit_code=USAGE)
    sys.stdout.write(matrix_document(pack, folder))


def _view(pack: Pack, arguments: argparse.Namespace) -> View:
    for name, part in _PARTS.items():
        given = getattr(arguments, name)
        if given == _ALL:
            return part.every(pack, arguments.lang)
        if given is not None:
            return part.one(pack, _known(name, given, part.known(pack)), arguments.lang)
    if arguments.roles:
        # A column for each agency is how Markdown shows a matrix; elsewhere the long form carries marks and sources.
        return roles_matrix_view(pack) if arguments.format == "markdown" else roles_view(pack)
    return measures_view(pack, arguments.lang)


def _known(kind: str, given: str, among: Mapping[str, str]) -> str:
    if given not in among:
        choices = ", ".join([*dict.fromkeys(among.values()), _ALL])
        message = f"there is no {kind} {given!r}; give one of {choices}"
        raise CommandError(message, exit_code=USAGE)
    return among[given]


def _by_number_or_id(pack: Pack) -> dict[str, str]:
    numbers = {str(agency.no): agency.id for agency in pack.agencies.values()}
    return numbers | {key: key for key in pack.agencies}


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the tables: the names it is asked for by with the ids they stand for, and its two views."""

    known: Callable[[Pack], Mapping[str, str]]
    one: Callable[[Pack, str, str], View]
    every: Callable[[Pack, str], View]


_PARTS = {
    "measure": _Part(lambda pack: {key: key for key in pack.measures}, measure_view, measures_view),
    "action": _Part(lambda pack: {key: key for key in pack.actions}, action_view, actions_view),
    "rule": _Part(lambda pack: {key: key for key in pack.rules}, rule_view, actions_view),
    "agency": _Part(_by_number_or_id, agency_view, agencies_view),
    "list": _Part(lambda pack: {key: key for key in pack.lists}, list_view, lists_view),
}
