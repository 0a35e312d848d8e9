"""Contest routes: stored once each, because a court's is the same on every listing of that court.

Responsible for finding or adding a route within a write transaction, and for holding the table against the events.

Rule kept here: a route is written once and never changed, and its event says all of it, so the event chain covers it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from gateway.register.errors import EventLogError
from gateway.register.events import ROUTE_ADDED, Occurrence
from gateway.register.schema import contest_route as table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from gateway.register.events import EventLog

_REMEMBERED = 50_000


class ContestRoutes:
    """Knows the ids of routes used lately."""

    def __init__(self) -> None:
        """Know none yet."""
        self._ids: dict[tuple[str, str, str], int] = {}

    def id_of(self, connection: Connection, log: EventLog, route: tuple[str, str, str]) -> int:
        """Return the id of (body, address, deadline), adding the route if it is new.

        A transaction in which a route was added must not be undone while this object is used further.
        """
        known = self._ids.get(route)
        if known is not None:
            return known
        if len(self._ids) >= _REMEMBERED:
            self._ids.clear()
        found = _find(connection, route) or _add(connection, log, route)
        self._ids[route] = found
        return found


def _find(connection: Connection, route: tuple[str, str, str]) -> int | None:
    body, address, deadline = route
    query = select(table.c.id).where(
        table.c.body == body, table.c.address == address, table.c.deadline == deadline
    )
    found: int | None = connection.scalar(query)
    return found


def _add(connection: Connection, log: EventLog, route: tuple[str, str, str]) -> int:
    id_ = (connection.scalar(select(func.max(table.c.id))) or 0) + 1
    body, address, deadline = route
    said = {"body": body, "address": address, "deadline": deadline}
    connection.execute(insert(table), said | {"id": id_})
    log.append([Occurrence(ROUTE_ADDED, f"route:{id_}", "", said)])
    return id_


def verify_routes(connection: Connection, announced: Mapping[int, tuple[str, str, str]]) -> None:
    """Hold the routes against what their events said.

    Raises:
        EventLogError: if a route was changed, removed or put in between.
    """
    held = {id_: tuple(route) for id_, *route in connection.execute(select(table))}
    if held != announced:
        odd = min(id_ for id_ in held.keys() | announced if held.get(id_) != announced.get(id_))
        message = (
            f"contest route {odd} is not what its event says; restore the register from a copy"
        )
        raise EventLogError(message)
