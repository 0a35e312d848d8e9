"""Bringing a database to the tables of this version: a new one, an older one, or none at all.

Responsible for telling what a database is, for running the revisions it lacks, and for refusing what is no register of
this version or an earlier one.
Not responsible for the revisions (`migrations/versions`), nor for any row but those of `meta`.

Rules kept here:

- All revisions a database lacks run in one transaction, as the only writer: it is brought up whole or left as it was.
- Alembic is imported only when there is something to run: opening a register that is up to date does not pay for it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert, inspect, select, text

from gateway.register.changes import CHANGE, LAST_LISTING
from gateway.register.errors import SchemaError
from gateway.register.schema import meta

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.register.engine import Engines

HEAD = "0001"
"""The revision this version works on, the last in `migrations/versions`."""
SECRET = "secret"  # noqa: S105 the name of a row
_SECRET_BYTES = 32
_SCRIPTS = Path(__file__).with_name("migrations")
_STAMP = "alembic_version"


@dataclass(frozen=True, slots=True)
class Revisions:
    """Up to which revision a database is brought, and in which folders the revisions lie."""

    head: str = HEAD
    folders: tuple[Path, ...] = (_SCRIPTS / "versions",)


OWN = Revisions()


def bring_up_to_date(engines: Engines, revisions: Revisions = OWN) -> None:
    """Run what the database lacks; a database that lacks nothing is only read.

    Raises:
        SchemaError: if the database holds something else, or a register of a newer version or of one before 0.2.
    """
    with engines.reader.begin() as connection:
        if _revision_of(connection) == revisions.head:
            return
    with engines.migrating() as connection:
        held = _revision_of(connection)  # another process may have done it meanwhile
        if held == revisions.head:
            return
        _upgrade(connection, held, revisions)
        if held is None:
            _insert_meta(connection)


def _revision_of(connection: Connection) -> str | None:
    """Return the revision a database is at, None for an empty database.

    Raises:
        SchemaError: if it holds anything but a register.
    """
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return None
    if meta.name in tables and _STAMP in tables:
        revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return revision or ""
    if {meta.name, "listing", "event"} <= tables:
        message = (
            "the register was made by a version before 0.2; "
            "make a new register and import the feeds again"
        )
    else:
        message = "the database holds other tables, and no register; give the register a database of its own"
    raise SchemaError(message)


def _upgrade(connection: Connection, held: str | None, revisions: Revisions) -> None:
    from alembic import command  # noqa: PLC0415 only when there is something to run
    from alembic.config import Config  # noqa: PLC0415 as above
    from alembic.script import ScriptDirectory  # noqa: PLC0415 as above

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    folders = "\n".join(map(str, revisions.folders)).replace("%", "%%")
    config.set_main_option("version_locations", folders)
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if held is not None and held not in known:
        message = (
            "the register was made by a newer version of jointgate; "
            "use that version, or a copy of the register from before"
        )
        raise SchemaError(message)
    command.upgrade(config, revisions.head)


def _insert_meta(connection: Connection) -> None:
    values = {SECRET: secrets.token_hex(_SECRET_BYTES), CHANGE: "0", LAST_LISTING: "0"}
    rows = [{"key": key, "value": value} for key, value in values.items()]
    connection.execute(insert(meta), rows)


def secret_of(connection: Connection) -> bytes:
    """Return the secret of a register, which keys its references and content digests."""
    return bytes.fromhex(
        connection.execute(select(meta.c.value).where(meta.c.key == SECRET)).scalar_one()
    )
