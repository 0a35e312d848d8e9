"""Which pack a site may publish: the one whose difference from the last was confirmed.

Responsible for: keeping the tables that were confirmed last, the record of confirmations, and the refusal of what
would use others: publishing, importing, and lifting a stay.
Not responsible for: comparing packs (``sanctions_matrix.pack_difference``) nor for showing the difference.

Two files beside the settings:

- ``confirmed-pack.json``: the tables confirmed last, whole, and their digest; replaced in one step.
- ``confirmed-packs.log``: a line for each confirmation, only added to: the instant (UTC), the digest before and the new
  one. Nobody is named; who may write here is a matter of the folder's permissions.

The line is written first.
A crash in between leaves a line without effect, and the same command then finishes without a second line.
Whoever can write these files decides what is published, as whoever can write the settings does.
"""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from gateway.errors import CommandError
from sanctions_matrix.difference_words import summary
from sanctions_matrix.pack import Pack, PackError, parse_pack
from sanctions_matrix.pack_difference import compare_packs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

TABLES_FILE = "confirmed-pack.json"
RECORD_FILE = "confirmed-packs.log"
SHORT_DIGEST = 12
"""Hexadecimal digits of a digest that are shown, and the fewest that name one."""

_FORMAT = "jointgate confirmed pack 1"
_NONE = "-"


@dataclass(frozen=True, slots=True)
class ConfirmedPack:
    """What was confirmed last; ``pack`` is None where this version cannot read the tables, for the ``problem``."""

    digest: str
    pack: Pack | None
    problem: str = ""


def read_confirmed(root: Path) -> ConfirmedPack | None:
    """Return what was confirmed last in the site's folder, None when nothing was.

    Raises:
        CommandError: the file is there and is not one.
    """
    path = root / TABLES_FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        digest, tables = _parts(content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{path}: cannot be read; remove it and confirm the pack again"
        raise CommandError(message) from error
    try:
        pack = parse_pack(tables)
    except PackError as error:
        # An upgrade may ask more of a table than the version that confirmed it.
        return ConfirmedPack(digest, None, str(error))
    return ConfirmedPack(pack.digest, pack)


def _parts(content: object) -> tuple[str, Mapping[str, str]]:
    if not isinstance(content, dict) or content["format"] != _FORMAT:
        message = "not a confirmed pack"
        raise ValueError(message)
    digest, tables = content["digest"], content["tables"]
    if not isinstance(digest, str) or not isinstance(tables, dict):
        message = "not a confirmed pack"
        raise TypeError(message)
    if not all(isinstance(text, str) for text in tables.values()):
        message = "a table is no text"
        raise TypeError(message)
    return digest, cast("Mapping[str, str]", tables)


def confirm(root: Path, pack: Pack, tables: Mapping[str, str], *, now: datetime) -> bool:
    """Keep a pack as the one confirmed; returns False when it is that already.

    Args:
        root: the site's folder.
        pack: what ``tables`` say.
        tables: file name to TOML text.
        now: the instant, UTC.
    """
    with (root / RECORD_FILE).open("a+", encoding="ascii") as record:
        fcntl.flock(record, fcntl.LOCK_EX)
        if is_confirmed(root, pack):
            return False
        held = _held_digest(root)
        _add_line(record.fileno(), f"{now:%Y-%m-%dT%H:%M:%SZ}", f"{held} {pack.digest}")
        document = {"format": _FORMAT, "digest": pack.digest, "tables": dict(tables)}
        _replace(root / TABLES_FILE, json.dumps(document, ensure_ascii=False).encode())
    return True


def is_confirmed(root: Path, pack: Pack) -> bool:
    """Whether a pack is the one confirmed last in the site's folder."""
    return _held_digest(root) == pack.digest


def _held_digest(root: Path) -> str:
    try:
        held = read_confirmed(root)
    except CommandError:  # what cannot be read confirms nothing
        return _NONE
    return _NONE if held is None else held.digest


def _add_line(record: int, stamp: str, digests: str) -> None:
    """Add a line, unless the last one says the same and a crash kept it from taking effect."""
    size = os.fstat(record).st_size
    last = os.pread(record, size, 0).splitlines()[-1:]
    if last and last[0].decode("ascii", "replace").endswith(f" {digests}"):
        return
    os.write(record, f"{stamp} {digests}\n".encode("ascii"))
    os.fsync(record)


def _replace(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f"{path.name}.new")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def refuse_unconfirmed(root: Path, pack: Pack, *, refused: str = "nothing is published") -> None:
    """Let a confirmed pack pass; `refused` says what does not happen otherwise.

    Raises:
        CommandError: its tables are not those confirmed last; the message says how many questions get another answer
            and which commands show and confirm it.
    """
    held = read_confirmed(root)
    if held is not None and held.digest == pack.digest:
        return
    command = confirming(pack)
    if held is None:
        said = "no pack was confirmed on this site yet"
        look = "'jointgate matrix show' shows its tables"
    elif held.pack is None:
        said = "the pack's tables are not those confirmed last, which this version cannot read any more"
        look = "'jointgate matrix show' shows the new ones"
    else:
        said = f"the pack's tables are not those confirmed last: {summary(compare_packs(held.pack, pack))}"
        look = "'jointgate matrix diff' says which"
    message = f"{refused}: {said}; {look}, and '{command}' confirms it"
    raise CommandError(message)


def confirming(pack: Pack) -> str:
    """Return the command that confirms a pack."""
    return f"jointgate matrix confirm {pack.digest[:SHORT_DIGEST]}"
