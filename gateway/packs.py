"""The policy packs that ship with the gateway.

Responsible for reading a pack's tables from the installed package, once.
Not responsible for what they say: `sanctions_matrix.pack` reads and checks them.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from sanctions_matrix.pack import TABLE_FILES, Pack, parse_pack

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

PACK_IDS: tuple[str, ...] = ("cn-joint-discipline", "us-ofac-sdn")
"""The packs there are; the first is the default."""


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
    if pack_id not in PACK_IDS:
        raise UnknownPackError(pack_id)
    return read_pack(files("sanctions_matrix") / "packs" / pack_id)


def read_pack(folder: Traversable) -> Pack:
    """Return the pack whose tables lie in a folder.

    Raises:
        UnknownPackError: if the folder or one of its tables cannot be read.
        PackError: if the tables are not sound.
    """
    try:
        tables = {file: (folder / file).read_text(encoding="utf-8") for file in TABLE_FILES}
    except (OSError, UnicodeDecodeError):
        raise UnknownPackError(folder.name) from None
    return parse_pack(tables)
