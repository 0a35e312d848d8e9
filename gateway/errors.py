"""The gateway's errors, and the one table that maps a refused query to what a partner sees.

Responsible for: the error tree, the reasons of ``docs/formats.md``, their gRPC codes and waiting times.
Not responsible for: encoding them (``gateway.transport.status``).

Rules kept here:

- Nothing from a library reaches a partner: every failure on the query path is an ``AnswerError``.
- A failure is neither a permission nor a restriction.
- No message quotes a document.
"""

from dataclasses import dataclass
from enum import StrEnum


class JointgateError(Exception):
    """Anything jointgate reports to whoever called it."""


class CommandError(JointgateError):
    """A command cannot do what it was asked to.

    Attributes:
        exit_code: the process's exit status.
    """

    def __init__(self, message: str, *, exit_code: int = 1) -> None:
        """Keep ``message``, one line that says what is wrong and what to do."""
        super().__init__(message)
        self.exit_code = exit_code


class TablesLackError(CommandError):
    """The register holds what the publisher's tables do not have; what was published last stays."""

    def __init__(self, held: str) -> None:
        """Say what is ``held``, and what leads out of it."""
        super().__init__(
            f"the register holds {held} that this publisher's tables lack; restart it with the confirmed tables, "
            "in which what is given up stays, a measure as dormant"
        )


class SettingsError(CommandError):
    """The configuration is wrong; ``problems`` lists everything that is."""

    def __init__(self, source: str, problems: list[str]) -> None:
        """Keep all ``problems`` found in ``source``."""
        listed = "; ".join(problems)
        super().__init__(f"{source}: {listed}", exit_code=2)
        self.problems = tuple(problems)


class SnapshotError(JointgateError):
    """A published snapshot cannot be used; what was held before stays."""


class StoreError(JointgateError):
    """The local store is missing, of another format, or full."""


class RepositoryUnreachableError(SnapshotError):
    """Redis does not answer; nothing can be said about what it holds."""


class Reason(StrEnum):
    """Why a query got no decision; the values are part of the wire contract."""

    MALFORMED_REQUEST = "MALFORMED_REQUEST"
    QUERY_TOO_LARGE = "QUERY_TOO_LARGE"
    BATCH_SIZE = "BATCH_SIZE"
    UNSIGNED_QUERY = "UNSIGNED_QUERY"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    PARTNER_MISMATCH = "PARTNER_MISMATCH"
    QUERY_STALE = "QUERY_STALE"
    QUERY_REPLAYED = "QUERY_REPLAYED"
    ACTION_NOT_ALLOWED = "ACTION_NOT_ALLOWED"
    ROLE_NOT_ALLOWED = "ROLE_NOT_ALLOWED"
    STANDING_NOT_ALLOWED = "STANDING_NOT_ALLOWED"
    ACTION_UNKNOWN = "ACTION_UNKNOWN"
    ATTRIBUTE_INVALID = "ATTRIBUTE_INVALID"
    ATTRIBUTE_MISSING = "ATTRIBUTE_MISSING"
    ROLE_INVALID = "ROLE_INVALID"
    DOCUMENT_INVALID = "DOCUMENT_INVALID"
    PERSON_DOCUMENT = "PERSON_DOCUMENT"
    NO_SNAPSHOT = "NO_SNAPSHOT"
    SNAPSHOT_STALE = "SNAPSHOT_STALE"
    PACK_MISMATCH = "PACK_MISMATCH"
    DECISION_KEY_EXPIRED = "DECISION_KEY_EXPIRED"
    OVERLOADED = "OVERLOADED"
    INTERNAL = "INTERNAL"
    METADATA_NOT_FOUND = "METADATA_NOT_FOUND"
    TARGET_NOT_FOUND = "TARGET_NOT_FOUND"
    NO_RECORD = "NO_RECORD"
    ATTEMPTS_EXHAUSTED = "ATTEMPTS_EXHAUSTED"
    REGISTER_UNAVAILABLE = "REGISTER_UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Presentation:
    """How a reason looks on the wire.

    Attributes:
        code: name of the gRPC status code.
        retry_seconds: after how many seconds asking again may help; None when it never does.
    """

    code: str
    retry_seconds: float | None = None


PRESENTATIONS: dict[Reason, Presentation] = {
    Reason.MALFORMED_REQUEST: Presentation("INVALID_ARGUMENT"),
    Reason.QUERY_TOO_LARGE: Presentation("INVALID_ARGUMENT"),
    Reason.BATCH_SIZE: Presentation("INVALID_ARGUMENT"),
    Reason.UNSIGNED_QUERY: Presentation("UNAUTHENTICATED"),
    Reason.UNKNOWN_KEY: Presentation("UNAUTHENTICATED"),
    Reason.SIGNATURE_INVALID: Presentation("UNAUTHENTICATED"),
    Reason.PARTNER_MISMATCH: Presentation("UNAUTHENTICATED"),
    Reason.QUERY_STALE: Presentation("FAILED_PRECONDITION"),
    Reason.QUERY_REPLAYED: Presentation("FAILED_PRECONDITION"),
    Reason.ACTION_NOT_ALLOWED: Presentation("PERMISSION_DENIED"),
    Reason.ROLE_NOT_ALLOWED: Presentation("PERMISSION_DENIED"),
    Reason.STANDING_NOT_ALLOWED: Presentation("PERMISSION_DENIED"),
    Reason.ACTION_UNKNOWN: Presentation("INVALID_ARGUMENT"),
    Reason.ATTRIBUTE_INVALID: Presentation("INVALID_ARGUMENT"),
    Reason.ATTRIBUTE_MISSING: Presentation("INVALID_ARGUMENT"),
    Reason.ROLE_INVALID: Presentation("INVALID_ARGUMENT"),
    Reason.DOCUMENT_INVALID: Presentation("INVALID_ARGUMENT"),
    Reason.PERSON_DOCUMENT: Presentation("INVALID_ARGUMENT"),
    Reason.NO_SNAPSHOT: Presentation("UNAVAILABLE", retry_seconds=5),
    Reason.SNAPSHOT_STALE: Presentation("UNAVAILABLE", retry_seconds=5),
    Reason.PACK_MISMATCH: Presentation("UNAVAILABLE", retry_seconds=60),
    Reason.DECISION_KEY_EXPIRED: Presentation("UNAVAILABLE", retry_seconds=60),
    Reason.OVERLOADED: Presentation("RESOURCE_EXHAUSTED", retry_seconds=1),
    Reason.INTERNAL: Presentation("INTERNAL"),
    Reason.METADATA_NOT_FOUND: Presentation("NOT_FOUND"),
    Reason.TARGET_NOT_FOUND: Presentation("NOT_FOUND"),
    Reason.NO_RECORD: Presentation("NOT_FOUND"),
    Reason.ATTEMPTS_EXHAUSTED: Presentation("RESOURCE_EXHAUSTED", retry_seconds=86_400),
    Reason.REGISTER_UNAVAILABLE: Presentation("UNAVAILABLE", retry_seconds=5),
}


class AnswerError(JointgateError):
    """A query gets no decision.

    Attributes:
        reason: the documented reason.
        retry_seconds: after how many seconds asking again may help, where the reason's own time is only the longest.
    """

    def __init__(self, reason: Reason, message: str, *, retry_seconds: float | None = None) -> None:
        """Keep ``message``: what is wrong and what to do, without a word of the document."""
        super().__init__(message)
        self.reason = reason
        self.retry_seconds = retry_seconds
