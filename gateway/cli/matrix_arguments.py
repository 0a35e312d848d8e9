"""The arguments that the verbs of ``jointgate matrix`` share: which pack, in which form.

Responsible for: adding the two arguments, and reading the pack that was named.
Not responsible for: what a verb does with it.
"""

import argparse
from pathlib import Path

from gateway.cli.tabular import FORMATS
from gateway.errors import CommandError
from gateway.packs import PACK_IDS, UnknownPackError, load_pack, read_pack
from sanctions_matrix.pack import Pack, PackError

USAGE = 2


def add_pack(parser: argparse.ArgumentParser) -> None:
    """Add ``--pack``: an id or a folder."""
    parser.add_argument(
        "--pack",
        metavar="PACK",
        default=PACK_IDS[0],
        help=f"a pack: id ({', '.join(PACK_IDS)}) or folder (default: %(default)s)",
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
    except (UnknownPackError, PackError) as error:
        raise CommandError(str(error), exit_code=USAGE) from None
