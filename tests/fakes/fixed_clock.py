"""A clock that a test sets.

Stands in for ``gateway.clock.system_clock`` behind the port ``gateway.clock.Clock``.
"""

from datetime import UTC, datetime, timedelta

MORNING = datetime(2031, 5, 6, 8, 30, tzinfo=UTC)
"""The instant at which tests begin; far from any real one, so that a forgotten real clock shows."""


class FixedClock:
    """Shows the instant it was set to."""

    def __init__(self, now: datetime = MORNING) -> None:
        """Start at ``now``, aware, UTC."""
        self.now = now

    def __call__(self) -> datetime:
        """Return the set instant, UTC."""
        return self.now

    def advance(self, **span: float) -> datetime:
        """Move by a ``timedelta`` and return the new instant, UTC."""
        self.now += timedelta(**span)
        return self.now
