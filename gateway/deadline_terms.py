"""The periods by which a site counts deadlines: those of its tables, on the mainland's calendar.

Responsible for putting them together from the settings.
Not responsible for counting (`gateway.register.deadlines`).

Rule kept here: what works for a party does not wait for tables.
Where they cannot be read, every list has the usual periods, which are the shortest that any text gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.errors import CommandError
from gateway.mainland_calendar import MainlandCalendar
from gateway.packs import site_pack
from gateway.register.deadlines import Terms

if TYPE_CHECKING:
    from gateway.config import Settings


def site_terms(settings: Settings) -> Terms:
    """Return the periods of a site, the usual ones where its tables cannot be read."""
    try:
        lists = site_pack(settings).lists
    except CommandError:
        lists = {}
    return Terms(lists, MainlandCalendar())
