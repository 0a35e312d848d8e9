"""Policy packs as files: those that ship with the gateway, and the tables of a site's own.

Responsible for reading a pack's tables from the installed package or a folder, and for which of them a site uses.
Not responsible for what they say: `sanctions_matrix.pack` reads and checks them.

Rule kept here: a folder is read as a whole; a file that looks like a table and is none is a problem, so that a misspelt
`thresholds.toml`, or a `thresholds.TOML`, is not silently left out.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from gateway.errors import CommandError
from sanctions_matrix.pack import TABLE_FILES, Pack, PackError, TableProblem, parse_pack

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

    from gateway.config import Settings

PACK_IDS: tuple[str, ...] = ("cn-joint-discipline", "us-ofac-sdn")
"""The packs there are; the first is the default."""

_USAGE = 2


class UnknownPackError(LookupError):
    """No pack of this id ships with the gateway, and no folder of this name holds one."""

    def __init__(self, pack_id: str) -> None:
        """Keep the id and name the packs there are."""
        self.pack_id = pack_id
        super().__init__(
            f"there is no pack {pack_id!r}; give one of {', '.join(PACK_IDS)}, or the folder of its tables"
        )


@cache
def load_pack(pack_id: str) -> Pack:
    """Return a pack that ships with the gateway, by id.

    Raises:
        UnknownPackError: if there is no such pack.
        PackError: if its tables are not sound.
    """
    return parse_pack(shipped_tables(pack_id))


def read_pack(folder: Traversable) -> Pack:
    """Return the pack whose tables lie in a folder.

    Raises:
        UnknownPackError: if the folder cannot be read or holds no table at all.
        PackError: if the tables are not sound, or one of them is missing or cannot be read.
    """
    return parse_pack(read_tables(folder))


def shipped_tables(pack_id: str) -> Mapping[str, str]:
    """Return the tables of a pack that ships with the gateway: file name to TOML text.

    Raises:
        UnknownPackError: if there is no such pack.
    """
    if pack_id not in PACK_IDS:
        raise UnknownPackError(pack_id)
    return read_tables(files("sanctions_matrix") / "packs" / pack_id)


def read_tables(folder: Traversable) -> Mapping[str, str]:
    """Return the tables in a folder: file name to TOML text.

    Raises:
        UnknownPackError: if the folder cannot be read or holds no table at all.
        PackError: if a table cannot be read as text.
    """
    try:
        found = sorted(
            (entry for entry in folder.iterdir() if entry.name.casefold().endswith(".toml")),
            key=lambda entry: entry.name,
        )
    except OSError:
        raise UnknownPackError(folder.name) from None
    tables: dict[str, str] = {}
    problems: list[TableProblem] = []
    for entry in found:
        try:
            tables[entry.name] = entry.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            problems.append(TableProblem(entry.name, "", "", "cannot be read as UTF-8 text"))
    if problems:
        raise PackError(tuple(problems))
    if not tables.keys() & set(TABLE_FILES):
        raise UnknownPackError(folder.name)
    return tables


def in_lines(error: PackError, place: object = None) -> str:
    """Return what is wrong with the tables at a place: one problem in one line, several in a line each."""
    prefix = "" if place is None else f"{place}: "
    sentences = [problem.sentence() for problem in error.problems]
    if len(sentences) == 1:
        return f"{prefix}{sentences[0]}"
    return "\n  ".join([f"{prefix}{len(sentences)} problems", *sentences])


def site_pack(settings: Settings) -> Pack:
    """Return the pack of a site: its own tables, or those that ship with the gateway.

    Raises:
        CommandError: if there is none, if it is not sound (every problem is listed), or if the folder of the site holds
            a pack of another id than the settings name; the status is 2.
    """
    return site_pack_with_tables(settings)[0]


def site_pack_with_tables(settings: Settings) -> tuple[Pack, Mapping[str, str]]:
    """Return the pack of a site and the tables it was read from, as `site_pack` does."""
    folder = settings.tables
    try:
        if folder is None:
            return load_pack(settings.pack_id), shipped_tables(settings.pack_id)
        tables = read_tables(folder)
        pack = parse_pack(tables)
    except UnknownPackError as error:
        place = f"{folder}: " if folder is not None else ""
        raise CommandError(f"{place}{error}", exit_code=_USAGE) from None
    except PackError as error:
        raise CommandError(in_lines(error, folder), exit_code=_USAGE) from None
    if pack.id != settings.pack_id:
        message = f"{folder}: holds the pack {pack.id}, and the settings name {settings.pack_id}; make them agree"
        raise CommandError(message, exit_code=_USAGE)
    return pack, tables
