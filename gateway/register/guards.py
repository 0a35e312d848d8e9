"""The triggers by which the database keeps the history append-only.

Responsible for telling which of them are gone or switched off; the migrations make them.
Not responsible for whether the history was changed while they were: `verifying.py` finds that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

_GUARDS = {
    "sqlite": frozenset(
        (f"{table}_no_{operation}", table)
        for table in ("event", "contest_route", "entry")
        for operation in ("UPDATE", "DELETE")
    ),
    "postgresql": frozenset(
        (
            ("event_append_only", "event"),
            ("contest_route_append_only", "contest_route"),
            ("entry_append_only", "entry"),
            ("entry_append_only_once_finished", "entry"),
        )
    ),
}
"""Their names, each with its table."""
_HELD = {
    "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": (
        "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        "WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    ),
}


def missing_guards(connection: Connection) -> list[str]:
    """Return the names of the triggers that are missing or switched off, in order."""
    dialect = connection.dialect.name
    held = {(name, table) for name, table in connection.exec_driver_sql(_HELD[dialect])}
    return sorted(name for name, _ in _GUARDS[dialect] - held)
