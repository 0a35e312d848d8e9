"""Parsing what authorities sign: raw payloads become values of the register, or an error.

Responsible for the fields of `Submission` and `Change`, their limits and their meaning.
Not responsible for signatures (`entrance`), nor for whether the authority may do it.

Rule kept here: what is not set is not guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from gateway.register.endings import EndKind
from gateway.register.feeds.feed import FeedMode
from gateway.register.feeds.opening import FeedFormat
from gateway.register.listing_record import DeadlineKind
from gateway.register_service.failures import ServiceError, ServiceReason
from gateway.register_service.payloads import ID_BYTES, MAX_PAYLOAD_BYTES
from gateway.transport.wire import parse_instant, parse_strictly
from jointgate.register.v1 import register_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

_DIGEST_BYTES = 32
_MAX_SEQUENCE = 2**53
_MAX_MEASURES = 64
_MAX_ID = 64
_REFERENCE_LENGTH = 18
_FORMATS = {pb.FEED_FORMAT_JSONL: FeedFormat.JSONL, pb.FEED_FORMAT_CSV: FeedFormat.CSV}
_MODES = {pb.FEED_MODE_FULL: FeedMode.FULL, pb.FEED_MODE_CHANGES: FeedMode.CHANGES}
_REASONS: dict[int, EndKind] = {
    pb.EndReason.Value(f"END_REASON_{kind.name}"): kind for kind in EndKind
}
_REQUESTS = {
    pb.REQUEST_KIND_CORRECTION: DeadlineKind.CORRECTION,
    pb.REQUEST_KIND_REVIEW: DeadlineKind.REVIEW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedFeed:
    """What a signed header says of the content that follows it."""

    id: bytes
    authority: str
    list_id: str
    format: FeedFormat
    mode: FeedMode
    sequence: int
    length: int
    sha256: bytes
    confirms_shrink: bool


class Releasing(NamedTuple):
    """End the listing."""

    reason: EndKind


class Staying(NamedTuple):
    """Pause enforcement, up to an instant or until lifted."""

    until: datetime | None


class Lifting(NamedTuple):
    """End the stay that runs."""


class Exempting(NamedTuple):
    """Take measures out, from an instant or from now."""

    measures: frozenset[str]
    starts_at: datetime | None
    ends_at: datetime | None
    is_permit: bool


class OwingRemoval(NamedTuple):
    """Removal was triggered on a civil date."""

    reason: EndKind
    on: date


class Requesting(NamedTuple):
    """The party asked on a civil date."""

    kind: DeadlineKind
    on: date


class Deciding(NamedTuple):
    """The open request was decided."""

    granted: bool


Step = Releasing | Staying | Lifting | Exempting | OwingRemoval | Requesting | Deciding


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedChange:
    """What a signed change says; `digest` covers all of it but its issue time."""

    id: bytes
    reference: str
    document: str
    expected_change: int | None
    step: Step
    digest: bytes

    @property
    def restricts(self) -> bool:
        """Whether it lets somebody be restricted who is not now."""
        return isinstance(self.step, Lifting) or self.step == Deciding(granted=False)


def parse_submission(payload: bytes) -> pb.Submission:
    """Parse a verified payload as a `Submission`.

    Raises:
        AnswerError: it is none, or in another encoding than the prescribed one.
    """
    return parse_strictly(pb.Submission, payload, limit=MAX_PAYLOAD_BYTES)


def read_submission(message: pb.Submission, *, max_bytes: int) -> SubmittedFeed:
    """Return what a header says of its content.

    Raises:
        ServiceError: a field is missing or out of its limits; every one is named.
    """
    if message.content_length > max_bytes:
        told = f"the content has {message.content_length} bytes, and the register takes {max_bytes}; split the feed"
        raise ServiceError(ServiceReason.SUBMISSION_TOO_LARGE, told)
    problems = [
        text
        for text, is_wrong in (
            ("submission_id has 16 bytes", len(message.submission_id) != ID_BYTES),
            ("list is an identifier", not _is_identifier(message.list)),
            ("format is set to one of its values", message.format not in _FORMATS),
            ("mode is set to one of its values", message.mode not in _MODES),
            ("sequence is at most 2^53", message.sequence > _MAX_SEQUENCE),
            ("content_length is at least 1", message.content_length == 0),
            ("content_sha256 has 32 bytes", len(message.content_sha256) != _DIGEST_BYTES),
        )
        if is_wrong
    ]
    if problems:
        told = f"the submission is wrong: {'; '.join(problems)}"
        raise ServiceError(ServiceReason.SUBMISSION_INVALID, told)
    return SubmittedFeed(
        id=message.submission_id,
        authority=message.authority,
        list_id=message.list,
        format=_FORMATS[message.format],
        mode=_MODES[message.mode],
        sequence=message.sequence,
        length=message.content_length,
        sha256=message.content_sha256,
        confirms_shrink=message.confirm_shrink,
    )


def parse_change(payload: bytes) -> pb.Change:
    """Parse a verified payload as a `Change`.

    Raises:
        AnswerError: it is none, or in another encoding than the prescribed one.
    """
    return parse_strictly(pb.Change, payload, limit=MAX_PAYLOAD_BYTES)


def read_change(message: pb.Change) -> OrderedChange:
    """Return what a change says.

    Raises:
        ServiceError: a field is missing or out of its limits.
    """
    if len(message.change_id) != ID_BYTES:
        raise _invalid("change_id has 16 random bytes")
    if len(message.listing_reference) != _REFERENCE_LENGTH:
        # As for a reference that nobody has: what is told must not depend on how wrong it is.
        raise unknown_listing()
    action = message.WhichOneof("action")
    if action is None:
        raise _invalid("no action is set, or one that this register does not know")
    signed = pb.Change()
    signed.CopyFrom(message)
    signed.ClearField("issued_at")
    return OrderedChange(
        id=message.change_id,
        reference=message.listing_reference,
        document=message.document,
        expected_change=message.expected_change if message.HasField("expected_change") else None,
        step=_STEPS[action](message),
        digest=sha256(signed.SerializeToString(deterministic=True)).digest(),
    )


def unknown_listing() -> ServiceError:
    """Return the one error for a listing that does not exist and for one of somebody else."""
    message = "no listing of yours has this reference; copy it from a decision or an outcome"
    return ServiceError(ServiceReason.LISTING_NOT_FOUND, message)


def _releasing(message: pb.Change) -> Step:
    return Releasing(_reason(message.release.reason))


def _staying(message: pb.Change) -> Step:
    stay = message.stay
    return Staying(parse_instant(stay.until) if stay.HasField("until") else None)


def _lifting(_message: pb.Change) -> Step:
    return Lifting()


def _exempting(message: pb.Change) -> Step:
    exemption = message.exemption
    measures = list(exemption.measures)
    if not 1 <= len(measures) <= _MAX_MEASURES or len(set(measures)) < len(measures):
        raise _invalid(f"an exemption names 1 to {_MAX_MEASURES} measures, each once")
    if not all(map(_is_identifier, measures)):
        raise _invalid("a measure is named by its identifier")
    return Exempting(
        frozenset(measures),
        parse_instant(exemption.starts_at) if exemption.HasField("starts_at") else None,
        parse_instant(exemption.ends_at) if exemption.HasField("ends_at") else None,
        exemption.is_permit,
    )


def _owing(message: pb.Change) -> Step:
    due = message.removal_due
    return OwingRemoval(_reason(due.reason), _day(due.on))


def _requesting(message: pb.Change) -> Step:
    made = message.request_made
    if made.kind not in _REQUESTS:
        raise _invalid("request_made.kind is set to one of its values")
    return Requesting(_REQUESTS[made.kind], _day(made.on))


def _deciding(message: pb.Change) -> Step:
    if not message.request_decided.HasField("granted"):
        raise _invalid("request_decided.granted is set; leaving it out is no guess")
    return Deciding(message.request_decided.granted)


_STEPS: Mapping[str, Callable[[pb.Change], Step]] = {
    "release": _releasing,
    "stay": _staying,
    "lift_stay": _lifting,
    "exemption": _exempting,
    "removal_due": _owing,
    "request_made": _requesting,
    "request_decided": _deciding,
}


def _reason(number: int) -> EndKind:
    if number not in _REASONS:
        raise _invalid("the reason is set to one of its values")
    return _REASONS[number]


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise _invalid("a civil date is written YYYY-MM-DD")
    return day


def _is_identifier(text: str) -> bool:
    return 0 < len(text) <= _MAX_ID and text.isascii() and text.isprintable()


def _invalid(problem: str) -> ServiceError:
    return ServiceError(ServiceReason.CHANGE_INVALID, f"the change is wrong: {problem}")
