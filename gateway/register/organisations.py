"""What counts of an organisation's listing when a row speaks of a person responsible for it.

Responsible for reading that, and for what a row of the organisation's own makes of it.
Not responsible for refusing rows: `additions.py` and `application.py` are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from gateway.register.columns import instant_of, is_past, stays_of
from gateway.register.schema import listing as table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from gateway.register.staging import StagedRow


class Organisation(NamedTuple):
    """The state of an organisation's listing at an instant.

    `is_in_force` says that it is held, has not ended, and is not over.
    `is_stopped` says that it is over for good: by a decision, its term, or a removal that was due.
    `is_restrained` says that something decided holds for it and has to go on for those who hang on it: a stay that is
    not over, or a removal that is owed.
    """

    is_in_force: bool
    is_proposed: bool
    is_stopped: bool
    is_restrained: bool

    def admits(self, row: StagedRow) -> bool:
        """Whether a responsible person may be listed beside it; nobody is listed for one that is only proposed."""
        return self.is_in_force and (row.starts_at is None or not self.is_proposed)

    def after(self, row: StagedRow, at: int) -> Organisation:
        """Return what counts after a row of its own, at an instant in microseconds."""
        return organisation_of(row, at)._replace(is_restrained=self.is_restrained)


_COLUMNS = tuple(
    table.c[name] for name in ("ended_at", "released", "starts_at", "ends_at", "due_at", "stays")
)


def organisations_named(
    connection: Connection, references: Iterable[str], at: int
) -> dict[str, Organisation]:
    """Return the organisations among these references that have a listing, as of an instant in microseconds."""
    wanted = set(references)
    if not wanted:
        return {}
    query = select(table.c.reference, *_COLUMNS).where(
        table.c.reference.in_(wanted), table.c.party_kind == "organisation"
    )
    found = {}
    for reference, ended_at, released, starts_at, ends_at, due_at, stays in connection.execute(
        query
    ):
        is_over = is_past(ends_at, at) or is_past(due_at, at)
        found[reference] = Organisation(
            is_in_force=ended_at is None and not is_over,
            is_proposed=starts_at is None,
            is_stopped=bool(released) or is_over,
            is_restrained=due_at is not None or _is_stayed(stays, at),
        )
    return found


def organisation_of(row: StagedRow, at: int) -> Organisation:
    """Return what counts of an organisation's row at an instant in microseconds."""
    is_over = is_past(row.ends_at, at)
    return Organisation(
        is_in_force=not is_over,
        is_proposed=row.starts_at is None,
        is_stopped=is_over,
        is_restrained=False,
    )


def _is_stayed(stays: str | None, at: int) -> bool:
    if not stays:
        return False
    now = instant_of(at)
    return any(one.ends_at is None or one.ends_at > now for one in stays_of(stays))
