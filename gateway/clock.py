"""The port through which the gateway learns what time it is.

Everything that depends on time gets a ``Clock``, so that tests set the instant instead of sleeping.
"""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the current instant, aware, UTC."""


def system_clock() -> datetime:
    """Return the host's current instant, aware, UTC."""
    return datetime.now(UTC)
