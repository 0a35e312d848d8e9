"""The arguments that the verbs of ``jointgate matrix`` share: which pack, in which form.

Responsible for: adding the two arguments, and reading the pack that was named, or the site's where none was.
Not responsible for: what a verb does with it.

Rule kept here: a site's own tables are never passed over in silence for those that ship.
"""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.tabular import FORMATS
from gateway.errors import CommandError
from gateway.packs import (
    PACK_IDS,
    UnknownPackError,
    in_lines,
    load_pack,
    read_pack,
    read_tables,
    shipped_tables,
    site_pack,
)
from sanctions_matrix.pack import Pack, PackError

if TYPE_CHECKING:
    from gateway.config import Settings

USAGE = 2


def add_pack(parser: argparse.ArgumentParser) -> None:
    """Add ``--pack``: an id or a folder."""
    parser.add_argument(
        "--pack",
        metavar="PACK",
        help=f"a pack: id ({', '.join(PACK_IDS)}) or folder "
        f"(default: the site's, where --config or JOINTGATE_CONFIG names one, else {PACK_IDS[0]})",
    )


def add_format(parser: argparse.ArgumentParser) -> None:
    """Add ``--format``, and ``--json`` as a short way to say one of them."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--format", choices=FORMATS, default="table", help="default: %(default)s")
    form.add_argument(
        "--json",
        dest="format",
        action="store_const",
        const="json",
        help="the same as --format json",
    )


def named_pack(name: str) -> Pack:
    """Return the pack of an id, or the one whose tables lie in a folder.

    Raises:
        CommandError: if there is no such pack, or it is not sound; the status is 2.
    """
    try:
        return load_pack(name) if name in PACK_IDS else read_pack(Path(name))
    except UnknownPackError as error:
        raise CommandError(str(error), exit_code=USAGE) from None
    except PackError as error:
        raise CommandError(in_lines(error, name), exit_code=USAGE) from None


def chosen_pack(arguments: argparse.Namespace) -> tuple[Pack, str]:
    """Return the pack to read, and the folder it was read from; no folder when it ships with the gateway.

    Raises:
        CommandError: if there is no such pack, it is not sound, or the site's settings are wrong; the status is 2.
    """
    if arguments.pack is not None:
        return named_pack(arguments.pack), _folder(arguments.pack)
    settings = _site(arguments)
    if settings is None:
        return load_pack(PACK_IDS[0]), ""
    return site_pack(settings), "" if settings.tables is None else str(settings.tables)


def chosen_tables(arguments: argparse.Namespace) -> tuple[Mapping[str, str], str]:
    """Return the tables of the pack to read as they are written, and their folder, as ``chosen_pack`` does."""
    settings = None if arguments.pack is not None else _site(arguments)
    name, folder = arguments.pack or PACK_IDS[0], _folder(arguments.pack)
    if settings is not None:
        name, folder = settings.pack_id, str(settings.tables or "")
    try:
        return (read_tables(Path(folder)) if folder else shipped_tables(name)), folder
    except UnknownPackError as error:
        raise CommandError(str(error), exit_code=USAGE) from None
    except PackError as error:
        raise CommandError(in_lines(error, folder), exit_code=USAGE) from None


def read_from(title: str, folder: str) -> str:
    """Return a title that says which folder was read, where it was one."""
    return f"{title}, read from {folder}" if folder else title


def _folder(name: str | None) -> str:
    return "" if name is None or name in PACK_IDS else name


def _site(arguments: argparse.Namespace) -> "Settings | None":
    """Return the settings of the site the command runs in, None outside of any."""
    from gateway.config import CONFIG_VARIABLE, load_settings

    config = getattr(arguments, "config", None)
    return load_settings(config) if config or os.environ.get(CONFIG_VARIABLE) else None
