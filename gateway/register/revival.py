"""Whether mending would restrict somebody more than the tables do.

Responsible for comparing what spares a listing: in the tables, and by the history from which they are to be mended.
Not responsible for deciding what happens then (`rebuilding.py`).

Rule kept here: each relief is compared for itself. One that the history knows says nothing of another that it lacks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.register.columns import exemptions_of, measures_of, stays_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sanctions_matrix.listing import Exemption, Window

COMPARED = (
    *("ended_at", "released", "due_at", "starts_at", "ends_at", "measures", "stays", "exemptions"),
)
"""The columns of `listing` that say how much it restricts."""


def would_revive(held: Mapping[str, Any], said: Mapping[str, Any] | None) -> bool:
    """Return whether a row of `listing` spares its party in some way in which the history does not.

    `held` has the columns of `COMPARED` as the tables hold them, `said` as the history says them; None: it says nothing
    of the listing.
    """
    if said is None:
        return any(held[name] is not None for name in ("ended_at", "due_at", "stays", "exemptions"))
    return _would_end_less(held, said) or _would_reach_further(held, said)


def _would_end_less(held: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    return (
        (held["ended_at"] is not None and said["ended_at"] is None)
        or (held["released"] and not said["released"])
        or not _is_by(said["due_at"], held["due_at"])
        or not _is_by(said["ends_at"], held["ends_at"])
    )


def _would_reach_further(held: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    return (
        not _is_by(held["starts_at"], said["starts_at"])
        or not measures_of(said["measures"]) <= measures_of(held["measures"])
        or not all(
            any(_covers(other, one) for other in stays_of(said["stays"]))
            for one in stays_of(held["stays"])
        )
        or not all(
            any(_exempts(other, one) for other in exemptions_of(said["exemptions"]))
            for one in exemptions_of(held["exemptions"])
        )
    )


def _is_by(instant: int | None, latest: int | None) -> bool:
    """Return whether an instant has come by another; None is never."""
    return latest is None or (instant is not None and instant <= latest)


def _exempts(wide: Exemption, narrow: Exemption) -> bool:
    return wide.measures >= narrow.measures and _covers(wide.window, narrow.window)


def _covers(wide: Window, narrow: Window) -> bool:
    return wide.starts_at <= narrow.starts_at and _reaches(wide.ends_at, narrow.ends_at)


def _reaches(end: datetime | None, other: datetime | None) -> bool:
    return end is None or (other is not None and end >= other)
