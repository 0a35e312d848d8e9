"""The register of listings and the feeds that fill it: its public names."""

from gateway.register.endings import EndKind
from gateway.register.errors import (
    DatabaseError,
    EventLogError,
    FeedRefusal,
    FeedRefusedError,
    LifeCycleError,
    RegisterError,
    SchemaError,
    SpoolError,
    UnknownReferenceError,
)
from gateway.register.events import Event
from gateway.register.imports import ImportOptions, ImportPhase, ImportReport, RowReport
from gateway.register.lifecycle import Mandate
from gateway.register.reading import ListingRecord, RegisterCounts, RegisterView
from gateway.register.register import Register

__all__ = [
    "DatabaseError",
    "EndKind",
    "Event",
    "EventLogError",
    "FeedRefusal",
    "FeedRefusedError",
    "ImportOptions",
    "ImportPhase",
    "ImportReport",
    "LifeCycleError",
    "ListingRecord",
    "Mandate",
    "Register",
    "RegisterCounts",
    "RegisterError",
    "RegisterView",
    "RowReport",
    "SchemaError",
    "SpoolError",
    "UnknownReferenceError",
]
