"""Contest routes: stored once each, because a court's is the same on every listing of that court.

Responsible for finding or adding a route within one write transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from gateway.register.schema import contest_route as table

if TYPE_CHECKING:
    from sqlalchemy import Connection

_REMEMBERED = 50_000


class ContestRoutes:
    """Knows the ids of routes used lately."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection
        self._ids: dict[tuple[str, str, str], int] = {}
        self._next_id = (connection.scalar(select(func.max(table.c.id))) or 0) + 1

    def id_of(self, route: tuple[str, str, str]) -> int:
        """Return the id of (body, address, deadline), adding the route if it is new."""
        known = self._ids.get(route)
        if known is not None:
            return known
        if len(self._ids) >= _REMEMBERED:
            self._ids.clear()
        self._ids[route] = found = self._find(route) or self._add(route)
        return found

    def _find(self, route: tuple[str, str, str]) -> int | None:
        body, address, deadline = route
        query = select(table.c.id).where(
            table.c.body == body, table.c.address == address, table.c.deadline == deadline
        )
        found: int | None = self._connection.scalar(query)
        return found

    def _add(self, route: tuple[str, str, str]) -> int:
        body, address, deadline = route
        values = {"id": self._next_id, "body": body, "address": address, "deadline": deadline}
        self._connection.execute(insert(table), values)
        self._next_id += 1
        return self._next_id - 1
