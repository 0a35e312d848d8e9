"""The register of listings and the feeds that fill it: its public names."""

from gateway.register.deadlines import Terms
from gateway.register.endings import EndKind
from gateway.register.errors import (
    ChangedMeanwhileError,
    DatabaseError,
    EventLogError,
    FeedRefusal,
    FeedRefusedError,
    LifeCycleError,
    RegisterError,
    SchemaError,
    SpoolError,
    TurnLostError,
    UnknownReferenceError,
)
from gateway.register.events import Event
from gateway.register.imports import ImportOptions, ImportPhase, ImportReport, RowReport
from gateway.register.lifecycle import Mandate
from gateway.register.listing_record import (
    DeadlineKind,
    DeadlineRecord,
    DeadlineState,
    HistoryItem,
    ListingRecord,
    ListingState,
)
from gateway.register.reading import RegisterCounts, RegisterView
from gateway.register.register import Register
from gateway.register.sweeping import LateDeadline, SweepReport

__all__ = [
    "ChangedMeanwhileError",
    "DatabaseError",
    "DeadlineKind",
    "DeadlineRecord",
    "DeadlineState",
    "EndKind",
    "Event",
    "EventLogError",
    "FeedRefusal",
    "FeedRefusedError",
    "HistoryItem",
    "ImportOptions",
    "ImportPhase",
    "ImportReport",
    "LateDeadline",
    "LifeCycleError",
    "ListingRecord",
    "ListingState",
    "Mandate",
    "Register",
    "RegisterCounts",
    "RegisterError",
    "RegisterView",
    "RowReport",
    "SchemaError",
    "SpoolError",
    "SweepReport",
    "Terms",
    "TurnLostError",
    "UnknownReferenceError",
]
