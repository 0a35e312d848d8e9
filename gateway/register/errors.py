"""Errors of the register: one small tree, because each one leads to a different action.

Rules kept here: no message quotes a document number, a name, or the text of a row.
"""

from __future__ import annotations

from enum import StrEnum

from gateway.errors import JointgateError


class RegisterError(JointgateError):
    """Anything the register refuses to do."""


class SchemaError(RegisterError):
    """The database is not a register this version can work on."""


class DatabaseError(RegisterError):
    """The database did not do what it was asked to; the driver's own text is never repeated: it may quote a row."""


class SpoolError(RegisterError):
    """The temporary folder cannot take what an import sets aside; the feed is not to blame."""


class UnknownReferenceError(RegisterError):
    """No listing has this reference."""


class LifeCycleError(RegisterError):
    """The change asked for is not possible in the listing's present state."""


class EventLogError(RegisterError):
    """The event log does not continue from its own beginning: a row was changed, removed or put in between."""


class FeedRefusal(StrEnum):
    """Why a feed was refused as a whole."""

    EMPTY = "empty"
    CUT_OFF = "cut-off"
    WRONG_ENCODING = "wrong-encoding"
    WRONG_HEADER = "wrong-header"
    WRONG_LIST = "wrong-list"
    TOO_LARGE = "too-large"
    STALE = "stale"
    SHRINKS = "shrinks"


class FeedRefusedError(RegisterError):
    """The feed was refused as a whole, and the last good state stays.

    `reason` is for machines, the message says what is wrong and what to do.
    """

    def __init__(self, reason: FeedRefusal, message: str) -> None:
        """Keep the reason beside the message."""
        super().__init__(message)
        self.reason = reason
