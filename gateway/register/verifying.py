"""Whether the history is what was written: the chain of events, and all that it vouches for.

Responsible for checking all of it in one go.
Not responsible for whether the current state follows from it (`rebuilding.py`).

Rule kept here: whatever the state is derived from is vouched for by the chain: the entries, the routes, which feed was
imported when and by whom, and the number of the last change; and every decision is about a listing that is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from gateway.register.changes import change_number
from gateway.register.entries import verify_entries
from gateway.register.errors import EventLogError
from gateway.register.events import verify_events
from gateway.register.feed_rows import verify_feeds
from gateway.register.guards import missing_guards
from gateway.register.routes import verify_routes
from gateway.register.schema import event, listing

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.register.events import Link


def verify_history(connection: Connection, expected: Link | None = None) -> Link:
    """Return the last link, to be kept elsewhere; `expected` is one that was kept.

    Raises:
        EventLogError: if a row of the history was changed, removed or put in between, if what keeps the history
            append-only is gone, or if the expected link is not part of it.
    """
    verified = verify_events(connection, expected)
    verify_feeds(connection, verified.feeds)
    contents = {id_: str(one.detail["content"]) for id_, one in verified.feeds.items()}
    verify_entries(connection, contents)
    verify_routes(connection, verified.routes)
    _verify_subjects(connection)
    if change_number(connection) != verified.change:
        raise EventLogError(
            f"the number of the last change is not {verified.change}, as the history has it; "
            "restore the register from a copy"
        )
    missing = missing_guards(connection)
    if missing:
        raise EventLogError(
            f"the database no longer keeps the history append-only ({', '.join(missing)} missing); "
            "restore the register from a copy"
        )
    return verified.last


def _verify_subjects(connection: Connection) -> None:
    """Refuse a decision about a listing that is not there: whoever renames a listing hides its ending."""
    known = exists().where(listing.c.reference == event.c.subject)
    query = select(event.c.seq).where(event.c.subject.like("L-%"), ~known)
    orphan = connection.scalar(query.order_by(event.c.seq).limit(1))
    if orphan is not None:
        raise EventLogError(
            f"event {orphan} is about a listing that the register does not hold; restore the register from a copy"
        )
