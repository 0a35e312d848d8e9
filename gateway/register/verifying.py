"""Whether the history is what was written: the chain of events, and the entries and routes that it vouches for.

Responsible for checking all of it in one go.
Not responsible for whether the current state follows from it (`rebuilding.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.register.entries import verify_entries
from gateway.register.events import verify_events
from gateway.register.routes import verify_routes

if TYPE_CHECKING:
    from sqlalchemy import Connection


def verify_history(connection: Connection) -> bytes:
    """Return the last chain value (32 bytes), to be kept or compared elsewhere.

    Raises:
        EventLogError: if a row of the history was changed, removed or put in between.
    """
    verified = verify_events(connection)
    verify_entries(connection, verified.contents)
    verify_routes(connection, verified.routes)
    return verified.chain
