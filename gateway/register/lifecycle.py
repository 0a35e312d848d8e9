"""What may happen to a single listing by decision: release, stay, the end of a stay, exemption.

Responsible for the rules of these changes and for writing them with their events.
Not responsible for feeds, nor for who may ask for a change.

Rules kept here:

- Every change names the paper it rests on.
- A change of an ended listing is refused; an ended listing does not come back.
- A temporary lift lasts at most one month. A permit of the court has no such limit.
  Source: the fact sheet of instruments, section 2 (2019 Opinions; Fa Shi [2015] No. 17 arts. 3 and 8; verified).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from gateway.register.changes import change_number, next_change
from gateway.register.columns import (
    exemptions_of,
    exemptions_text,
    measures_of,
    microseconds_of,
    stays_of,
    stays_text,
)
from gateway.register.endings import Ending, EndKind, Leaving, end_listings
from gateway.register.errors import LifeCycleError
from gateway.register.events import Occurrence
from gateway.register.reading import unknown
from gateway.register.schema import listing as table
from sanctions_matrix.listing import Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Row

    from gateway.register.events import EventLog
    from sanctions_matrix.listing import Exemption

LONGEST_LIFT = timedelta(days=31)
"""One month, taken at its longest."""

_MAX_DOCUMENT = 200


@dataclass(frozen=True, slots=True)
class Mandate:
    """Who changes a listing, on which paper, and when (aware UTC).

    Raises:
        LifeCycleError: if the paper or the actor is not named in 1 to 200 printable characters.
    """

    document: str
    at: datetime
    actor: str

    def __post_init__(self) -> None:
        """Refuse a mandate that rests on nothing."""
        for name, text in (("document", self.document), ("actor", self.actor)):
            if not text.strip() or len(text) > _MAX_DOCUMENT or not text.isprintable():
                message = f"the {name} of a change must be named in 1 to {_MAX_DOCUMENT} characters"
                raise LifeCycleError(message)
        if self.at.utcoffset() is None:
            message = "the instant of a change needs a time zone"
            raise LifeCycleError(message)
        object.__setattr__(self, "at", self.at.astimezone(UTC))


class LifeCycle:
    """The changes, within one write transaction."""

    def __init__(self, connection: Connection, log: EventLog, mandate: Mandate) -> None:
        """Change on the strength of `mandate`; `log` writes in the same transaction."""
        self._connection = connection
        self._log = log
        self._mandate = mandate
        self._change = change_number(connection) + 1

    def release(self, reference: str, reason: EndKind) -> int:
        """End a listing, and with an organisation's those of the persons responsible; return the change number."""
        row = self._in_force(reference)
        ending = Ending(
            at=self._mandate.at, change=self._change, document=self._mandate.document, released=True
        )
        end_listings(self._connection, self._log, [Leaving(row.id, reference, reason)], ending)
        next_change(self._connection, self._change)
        return self._change

    def stay(self, reference: str, until: datetime | None) -> int:
        """Pause enforcement from now, up to `until` (aware) or until lifted; return the change number."""
        row = self._in_force(reference)
        stays = stays_of(row.stays)
        if any(stay.contains(self._mandate.at) for stay in stays):
            message = f"listing {reference} is stayed already; lift that stay first"
            raise LifeCycleError(message)
        window = _window(self._mandate.at, until)
        detail = {"until": None if until is None else microseconds_of(until)}
        return self._update(row, "listing.stayed", detail, stays=stays_text((*stays, window)))

    def lift_stay(self, reference: str) -> int:
        """End the stay that runs now; return the change number."""
        row = self._in_force(reference)
        at = self._mandate.at
        stays = stays_of(row.stays)
        if not any(stay.contains(at) for stay in stays):
            message = f"listing {reference} is not stayed"
            raise LifeCycleError(message)
        return self._update(row, "listing.stay-lifted", {}, stays=stays_text(_cut(stays, at)))

    def exempt(self, reference: str, exemption: Exemption, *, is_permit: bool) -> int:
        """Take some measures out for a window; return the change number."""
        row = self._in_force(reference)
        _refuse_foreign_measures(exemption, measures_of(row.measures))
        if not is_permit:
            _refuse_long_lift(exemption.window)
        detail = {
            "measures": sorted(exemption.measures),
            "starts_at": microseconds_of(exemption.window.starts_at),
            "ends_at": None
            if exemption.window.ends_at is None
            else microseconds_of(exemption.window.ends_at),
            "permit": is_permit,
        }
        exemptions = (*exemptions_of(row.exemptions), exemption)
        return self._update(row, "listing.exempted", detail, exemptions=exemptions_text(exemptions))

    def _in_force(self, reference: str) -> Row[*tuple[Any, ...]]:
        row = self._connection.execute(select(table).where(table.c.reference == reference)).first()
        if row is None:
            raise unknown(reference)
        if row.ended_at is not None:
            message = f"listing {reference} has ended ({row.ended_as}); an ended listing cannot be changed"
            raise LifeCycleError(message)
        return row

    def _update(
        self,
        row: Row[*tuple[Any, ...]],
        kind: str,
        detail: Mapping[str, object],
        **columns: str | None,
    ) -> int:
        self._connection.execute(
            update(table).where(table.c.id == row.id).values(change=self._change, **columns)
        )
        self._log.append([Occurrence(kind, row.reference, self._mandate.document, detail)])
        next_change(self._connection, self._change)
        return self._change


def _window(starts_at: datetime, ends_at: datetime | None) -> Window:
    try:
        return Window(starts_at, ends_at)
    except ValueError as error:
        raise LifeCycleError(str(error)) from None


def _cut(stays: Sequence[Window], at: datetime) -> tuple[Window, ...]:
    """End at `at` the stays that run then; one that begins at that very instant leaves nothing behind."""
    cut = (
        replace(one, ends_at=at) if one.contains(at) and one.starts_at < at else one
        for one in stays
    )
    return tuple(one for one in cut if not one.contains(at))


def _refuse_foreign_measures(exemption: Exemption, carried: frozenset[str]) -> None:
    foreign = sorted(exemption.measures - carried)
    if foreign or not exemption.measures:
        message = f"an exemption names measures that the listing carries; it carries {', '.join(sorted(carried))}"
        raise LifeCycleError(message)


def _refuse_long_lift(window: Window) -> None:
    if window.ends_at is None or window.ends_at - window.starts_at > LONGEST_LIFT:
        message = "a temporary lift lasts at most one month; a longer exemption needs a permit of the court"
        raise LifeCycleError(message)
