import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from jointgate.decision.v1 import decision_pb2 as _decision_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FeedFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FEED_FORMAT_UNSPECIFIED: _ClassVar[FeedFormat]
    FEED_FORMAT_JSONL: _ClassVar[FeedFormat]
    FEED_FORMAT_CSV: _ClassVar[FeedFormat]

class FeedMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FEED_MODE_UNSPECIFIED: _ClassVar[FeedMode]
    FEED_MODE_FULL: _ClassVar[FeedMode]
    FEED_MODE_CHANGES: _ClassVar[FeedMode]

class SubmissionPhase(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUBMISSION_PHASE_UNSPECIFIED: _ClassVar[SubmissionPhase]
    SUBMISSION_PHASE_RECEIVING: _ClassVar[SubmissionPhase]
    SUBMISSION_PHASE_WAITING: _ClassVar[SubmissionPhase]
    SUBMISSION_PHASE_READING: _ClassVar[SubmissionPhase]
    SUBMISSION_PHASE_WRITING: _ClassVar[SubmissionPhase]

class EndReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    END_REASON_UNSPECIFIED: _ClassVar[EndReason]
    END_REASON_PERFORMED: _ClassVar[EndReason]
    END_REASON_WITHDRAWN: _ClassVar[EndReason]
    END_REASON_CORRECTED: _ClassVar[EndReason]
    END_REASON_EXPIRED: _ClassVar[EndReason]
    END_REASON_DELETED: _ClassVar[EndReason]

class RequestKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REQUEST_KIND_UNSPECIFIED: _ClassVar[RequestKind]
    REQUEST_KIND_CORRECTION: _ClassVar[RequestKind]
    REQUEST_KIND_REVIEW: _ClassVar[RequestKind]

class ListingState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LISTING_STATE_UNSPECIFIED: _ClassVar[ListingState]
    LISTING_STATE_PROPOSED: _ClassVar[ListingState]
    LISTING_STATE_NOTIFIED: _ClassVar[ListingState]
    LISTING_STATE_IN_FORCE: _ClassVar[ListingState]
    LISTING_STATE_STAYED: _ClassVar[ListingState]
    LISTING_STATE_ENDED: _ClassVar[ListingState]
    LISTING_STATE_WITHDRAWN: _ClassVar[ListingState]
FEED_FORMAT_UNSPECIFIED: FeedFormat
FEED_FORMAT_JSONL: FeedFormat
FEED_FORMAT_CSV: FeedFormat
FEED_MODE_UNSPECIFIED: FeedMode
FEED_MODE_FULL: FeedMode
FEED_MODE_CHANGES: FeedMode
SUBMISSION_PHASE_UNSPECIFIED: SubmissionPhase
SUBMISSION_PHASE_RECEIVING: SubmissionPhase
SUBMISSION_PHASE_WAITING: SubmissionPhase
SUBMISSION_PHASE_READING: SubmissionPhase
SUBMISSION_PHASE_WRITING: SubmissionPhase
END_REASON_UNSPECIFIED: EndReason
END_REASON_PERFORMED: EndReason
END_REASON_WITHDRAWN: EndReason
END_REASON_CORRECTED: EndReason
END_REASON_EXPIRED: EndReason
END_REASON_DELETED: EndReason
REQUEST_KIND_UNSPECIFIED: RequestKind
REQUEST_KIND_CORRECTION: RequestKind
REQUEST_KIND_REVIEW: RequestKind
LISTING_STATE_UNSPECIFIED: ListingState
LISTING_STATE_PROPOSED: ListingState
LISTING_STATE_NOTIFIED: ListingState
LISTING_STATE_IN_FORCE: ListingState
LISTING_STATE_STAYED: ListingState
LISTING_STATE_ENDED: ListingState
LISTING_STATE_WITHDRAWN: ListingState

class SubmitRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: SignedSubmission
    chunk: bytes
    def __init__(self, header: _Optional[_Union[SignedSubmission, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class SignedSubmission(_message.Message):
    __slots__ = ("payload", "payload_type", "signatures")
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURES_FIELD_NUMBER: _ClassVar[int]
    payload: bytes
    payload_type: str
    signatures: _containers.RepeatedCompositeFieldContainer[_decision_pb2.Signature]
    def __init__(self, payload: _Optional[bytes] = ..., payload_type: _Optional[str] = ..., signatures: _Optional[_Iterable[_Union[_decision_pb2.Signature, _Mapping]]] = ...) -> None: ...

class Submission(_message.Message):
    __slots__ = ("submission_id", "authority", "list", "format", "mode", "sequence", "issued_at", "content_length", "content_sha256", "confirm_shrink")
    SUBMISSION_ID_FIELD_NUMBER: _ClassVar[int]
    AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    LIST_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ISSUED_AT_FIELD_NUMBER: _ClassVar[int]
    CONTENT_LENGTH_FIELD_NUMBER: _ClassVar[int]
    CONTENT_SHA256_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_SHRINK_FIELD_NUMBER: _ClassVar[int]
    submission_id: bytes
    authority: str
    list: str
    format: FeedFormat
    mode: FeedMode
    sequence: int
    issued_at: _timestamp_pb2.Timestamp
    content_length: int
    content_sha256: bytes
    confirm_shrink: bool
    def __init__(self, submission_id: _Optional[bytes] = ..., authority: _Optional[str] = ..., list: _Optional[str] = ..., format: _Optional[_Union[FeedFormat, str]] = ..., mode: _Optional[_Union[FeedMode, str]] = ..., sequence: _Optional[int] = ..., issued_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., content_length: _Optional[int] = ..., content_sha256: _Optional[bytes] = ..., confirm_shrink: bool = ...) -> None: ...

class SubmitResponse(_message.Message):
    __slots__ = ("progress", "outcome")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    progress: SubmissionProgress
    outcome: SubmissionOutcome
    def __init__(self, progress: _Optional[_Union[SubmissionProgress, _Mapping]] = ..., outcome: _Optional[_Union[SubmissionOutcome, _Mapping]] = ...) -> None: ...

class SubmissionProgress(_message.Message):
    __slots__ = ("phase", "bytes_received", "rows_read", "rows_written")
    PHASE_FIELD_NUMBER: _ClassVar[int]
    BYTES_RECEIVED_FIELD_NUMBER: _ClassVar[int]
    ROWS_READ_FIELD_NUMBER: _ClassVar[int]
    ROWS_WRITTEN_FIELD_NUMBER: _ClassVar[int]
    phase: SubmissionPhase
    bytes_received: int
    rows_read: int
    rows_written: int
    def __init__(self, phase: _Optional[_Union[SubmissionPhase, str]] = ..., bytes_received: _Optional[int] = ..., rows_read: _Optional[int] = ..., rows_written: _Optional[int] = ...) -> None: ...

class SubmissionOutcome(_message.Message):
    __slots__ = ("submission_id", "feed", "list", "sequence", "imported_at", "counts", "change", "is_repeated", "quarantine", "next_after_line")
    SUBMISSION_ID_FIELD_NUMBER: _ClassVar[int]
    FEED_FIELD_NUMBER: _ClassVar[int]
    LIST_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    IMPORTED_AT_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    IS_REPEATED_FIELD_NUMBER: _ClassVar[int]
    QUARANTINE_FIELD_NUMBER: _ClassVar[int]
    NEXT_AFTER_LINE_FIELD_NUMBER: _ClassVar[int]
    submission_id: bytes
    feed: int
    list: str
    sequence: int
    imported_at: _timestamp_pb2.Timestamp
    counts: SubmissionCounts
    change: int
    is_repeated: bool
    quarantine: _containers.RepeatedCompositeFieldContainer[QuarantinedLine]
    next_after_line: int
    def __init__(self, submission_id: _Optional[bytes] = ..., feed: _Optional[int] = ..., list: _Optional[str] = ..., sequence: _Optional[int] = ..., imported_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., counts: _Optional[_Union[SubmissionCounts, _Mapping]] = ..., change: _Optional[int] = ..., is_repeated: bool = ..., quarantine: _Optional[_Iterable[_Union[QuarantinedLine, _Mapping]]] = ..., next_after_line: _Optional[int] = ...) -> None: ...

class SubmissionCounts(_message.Message):
    __slots__ = ("rows", "added", "changed", "reopened", "unchanged", "ended", "withheld", "quarantined", "kept")
    ROWS_FIELD_NUMBER: _ClassVar[int]
    ADDED_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    REOPENED_FIELD_NUMBER: _ClassVar[int]
    UNCHANGED_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    WITHHELD_FIELD_NUMBER: _ClassVar[int]
    QUARANTINED_FIELD_NUMBER: _ClassVar[int]
    KEPT_FIELD_NUMBER: _ClassVar[int]
    rows: int
    added: int
    changed: int
    reopened: int
    unchanged: int
    ended: int
    withheld: int
    quarantined: int
    kept: int
    def __init__(self, rows: _Optional[int] = ..., added: _Optional[int] = ..., changed: _Optional[int] = ..., reopened: _Optional[int] = ..., unchanged: _Optional[int] = ..., ended: _Optional[int] = ..., withheld: _Optional[int] = ..., quarantined: _Optional[int] = ..., kept: _Optional[int] = ...) -> None: ...

class QuarantinedLine(_message.Message):
    __slots__ = ("line", "violations")
    LINE_FIELD_NUMBER: _ClassVar[int]
    VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    line: int
    violations: _containers.RepeatedCompositeFieldContainer[RuleViolation]
    def __init__(self, line: _Optional[int] = ..., violations: _Optional[_Iterable[_Union[RuleViolation, _Mapping]]] = ...) -> None: ...

class RuleViolation(_message.Message):
    __slots__ = ("rule", "field", "message_en", "message_zh")
    RULE_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_EN_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ZH_FIELD_NUMBER: _ClassVar[int]
    rule: str
    field: str
    message_en: str
    message_zh: str
    def __init__(self, rule: _Optional[str] = ..., field: _Optional[str] = ..., message_en: _Optional[str] = ..., message_zh: _Optional[str] = ...) -> None: ...

class GetSubmissionRequest(_message.Message):
    __slots__ = ("submission_id", "after_line")
    SUBMISSION_ID_FIELD_NUMBER: _ClassVar[int]
    AFTER_LINE_FIELD_NUMBER: _ClassVar[int]
    submission_id: bytes
    after_line: int
    def __init__(self, submission_id: _Optional[bytes] = ..., after_line: _Optional[int] = ...) -> None: ...

class GetSubmissionResponse(_message.Message):
    __slots__ = ("outcome",)
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    outcome: SubmissionOutcome
    def __init__(self, outcome: _Optional[_Union[SubmissionOutcome, _Mapping]] = ...) -> None: ...

class ChangeListingRequest(_message.Message):
    __slots__ = ("change",)
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    change: SignedChange
    def __init__(self, change: _Optional[_Union[SignedChange, _Mapping]] = ...) -> None: ...

class SignedChange(_message.Message):
    __slots__ = ("payload", "payload_type", "signatures")
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURES_FIELD_NUMBER: _ClassVar[int]
    payload: bytes
    payload_type: str
    signatures: _containers.RepeatedCompositeFieldContainer[_decision_pb2.Signature]
    def __init__(self, payload: _Optional[bytes] = ..., payload_type: _Optional[str] = ..., signatures: _Optional[_Iterable[_Union[_decision_pb2.Signature, _Mapping]]] = ...) -> None: ...

class Change(_message.Message):
    __slots__ = ("change_id", "authority", "issued_at", "listing_reference", "document", "expected_change", "release", "stay", "lift_stay", "exemption", "removal_due", "request_made", "request_decided")
    CHANGE_ID_FIELD_NUMBER: _ClassVar[int]
    AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    ISSUED_AT_FIELD_NUMBER: _ClassVar[int]
    LISTING_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_CHANGE_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    STAY_FIELD_NUMBER: _ClassVar[int]
    LIFT_STAY_FIELD_NUMBER: _ClassVar[int]
    EXEMPTION_FIELD_NUMBER: _ClassVar[int]
    REMOVAL_DUE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_MADE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_DECIDED_FIELD_NUMBER: _ClassVar[int]
    change_id: bytes
    authority: str
    issued_at: _timestamp_pb2.Timestamp
    listing_reference: str
    document: str
    expected_change: int
    release: Release
    stay: Stay
    lift_stay: LiftStay
    exemption: Exemption
    removal_due: RemovalDue
    request_made: RequestMade
    request_decided: RequestDecided
    def __init__(self, change_id: _Optional[bytes] = ..., authority: _Optional[str] = ..., issued_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., listing_reference: _Optional[str] = ..., document: _Optional[str] = ..., expected_change: _Optional[int] = ..., release: _Optional[_Union[Release, _Mapping]] = ..., stay: _Optional[_Union[Stay, _Mapping]] = ..., lift_stay: _Optional[_Union[LiftStay, _Mapping]] = ..., exemption: _Optional[_Union[Exemption, _Mapping]] = ..., removal_due: _Optional[_Union[RemovalDue, _Mapping]] = ..., request_made: _Optional[_Union[RequestMade, _Mapping]] = ..., request_decided: _Optional[_Union[RequestDecided, _Mapping]] = ...) -> None: ...

class Release(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: EndReason
    def __init__(self, reason: _Optional[_Union[EndReason, str]] = ...) -> None: ...

class Stay(_message.Message):
    __slots__ = ("until",)
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    until: _timestamp_pb2.Timestamp
    def __init__(self, until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class LiftStay(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Exemption(_message.Message):
    __slots__ = ("measures", "starts_at", "ends_at", "is_permit")
    MEASURES_FIELD_NUMBER: _ClassVar[int]
    STARTS_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    IS_PERMIT_FIELD_NUMBER: _ClassVar[int]
    measures: _containers.RepeatedScalarFieldContainer[str]
    starts_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    is_permit: bool
    def __init__(self, measures: _Optional[_Iterable[str]] = ..., starts_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., is_permit: bool = ...) -> None: ...

class RemovalDue(_message.Message):
    __slots__ = ("reason", "on")
    REASON_FIELD_NUMBER: _ClassVar[int]
    ON_FIELD_NUMBER: _ClassVar[int]
    reason: EndReason
    on: str
    def __init__(self, reason: _Optional[_Union[EndReason, str]] = ..., on: _Optional[str] = ...) -> None: ...

class RequestMade(_message.Message):
    __slots__ = ("kind", "on")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ON_FIELD_NUMBER: _ClassVar[int]
    kind: RequestKind
    on: str
    def __init__(self, kind: _Optional[_Union[RequestKind, str]] = ..., on: _Optional[str] = ...) -> None: ...

class RequestDecided(_message.Message):
    __slots__ = ("granted",)
    GRANTED_FIELD_NUMBER: _ClassVar[int]
    granted: bool
    def __init__(self, granted: bool = ...) -> None: ...

class ChangeListingResponse(_message.Message):
    __slots__ = ("change_id", "change", "state", "is_repeated")
    CHANGE_ID_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    IS_REPEATED_FIELD_NUMBER: _ClassVar[int]
    change_id: bytes
    change: int
    state: ListingState
    is_repeated: bool
    def __init__(self, change_id: _Optional[bytes] = ..., change: _Optional[int] = ..., state: _Optional[_Union[ListingState, str]] = ..., is_repeated: bool = ...) -> None: ...

class ViewListingRequest(_message.Message):
    __slots__ = ("listing_reference",)
    LISTING_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    listing_reference: str
    def __init__(self, listing_reference: _Optional[str] = ...) -> None: ...

class ViewListingResponse(_message.Message):
    __slots__ = ("listing",)
    LISTING_FIELD_NUMBER: _ClassVar[int]
    listing: ListingView
    def __init__(self, listing: _Optional[_Union[ListingView, _Mapping]] = ...) -> None: ...

class ListingView(_message.Message):
    __slots__ = ("reference", "list", "record", "state", "change", "party_kind", "documents", "ruling_number", "ruling_authority", "ruling_dated", "ground", "served_on", "starts_at", "ends_at", "measures", "stays", "exemptions", "contest", "responsible_for", "responsible_role", "ended_at", "ended_as", "deadlines", "history")
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    LIST_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    PARTY_KIND_FIELD_NUMBER: _ClassVar[int]
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    RULING_NUMBER_FIELD_NUMBER: _ClassVar[int]
    RULING_AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    RULING_DATED_FIELD_NUMBER: _ClassVar[int]
    GROUND_FIELD_NUMBER: _ClassVar[int]
    SERVED_ON_FIELD_NUMBER: _ClassVar[int]
    STARTS_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    MEASURES_FIELD_NUMBER: _ClassVar[int]
    STAYS_FIELD_NUMBER: _ClassVar[int]
    EXEMPTIONS_FIELD_NUMBER: _ClassVar[int]
    CONTEST_FIELD_NUMBER: _ClassVar[int]
    RESPONSIBLE_FOR_FIELD_NUMBER: _ClassVar[int]
    RESPONSIBLE_ROLE_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AS_FIELD_NUMBER: _ClassVar[int]
    DEADLINES_FIELD_NUMBER: _ClassVar[int]
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    reference: str
    list: str
    record: str
    state: ListingState
    change: int
    party_kind: str
    documents: _containers.RepeatedCompositeFieldContainer[DocumentCount]
    ruling_number: str
    ruling_authority: str
    ruling_dated: str
    ground: str
    served_on: str
    starts_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    measures: _containers.RepeatedScalarFieldContainer[str]
    stays: _containers.RepeatedCompositeFieldContainer[TimeWindow]
    exemptions: _containers.RepeatedCompositeFieldContainer[ExemptionView]
    contest: _decision_pb2.ContestRoute
    responsible_for: str
    responsible_role: str
    ended_at: _timestamp_pb2.Timestamp
    ended_as: EndReason
    deadlines: _containers.RepeatedCompositeFieldContainer[DeadlineView]
    history: _containers.RepeatedCompositeFieldContainer[HistoryEntry]
    def __init__(self, reference: _Optional[str] = ..., list: _Optional[str] = ..., record: _Optional[str] = ..., state: _Optional[_Union[ListingState, str]] = ..., change: _Optional[int] = ..., party_kind: _Optional[str] = ..., documents: _Optional[_Iterable[_Union[DocumentCount, _Mapping]]] = ..., ruling_number: _Optional[str] = ..., ruling_authority: _Optional[str] = ..., ruling_dated: _Optional[str] = ..., ground: _Optional[str] = ..., served_on: _Optional[str] = ..., starts_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., measures: _Optional[_Iterable[str]] = ..., stays: _Optional[_Iterable[_Union[TimeWindow, _Mapping]]] = ..., exemptions: _Optional[_Iterable[_Union[ExemptionView, _Mapping]]] = ..., contest: _Optional[_Union[_decision_pb2.ContestRoute, _Mapping]] = ..., responsible_for: _Optional[str] = ..., responsible_role: _Optional[str] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_as: _Optional[_Union[EndReason, str]] = ..., deadlines: _Optional[_Iterable[_Union[DeadlineView, _Mapping]]] = ..., history: _Optional[_Iterable[_Union[HistoryEntry, _Mapping]]] = ...) -> None: ...

class DocumentCount(_message.Message):
    __slots__ = ("type", "count")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    type: str
    count: int
    def __init__(self, type: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class TimeWindow(_message.Message):
    __slots__ = ("starts_at", "ends_at")
    STARTS_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    starts_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    def __init__(self, starts_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ExemptionView(_message.Message):
    __slots__ = ("measures", "window")
    MEASURES_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    measures: _containers.RepeatedScalarFieldContainer[str]
    window: TimeWindow
    def __init__(self, measures: _Optional[_Iterable[str]] = ..., window: _Optional[_Union[TimeWindow, _Mapping]] = ...) -> None: ...

class DeadlineView(_message.Message):
    __slots__ = ("kind", "opened_on", "due_at", "state")
    KIND_FIELD_NUMBER: _ClassVar[int]
    OPENED_ON_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    kind: str
    opened_on: str
    due_at: _timestamp_pb2.Timestamp
    state: str
    def __init__(self, kind: _Optional[str] = ..., opened_on: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[str] = ...) -> None: ...

class HistoryEntry(_message.Message):
    __slots__ = ("at", "kind", "document", "actor")
    AT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    at: _timestamp_pb2.Timestamp
    kind: str
    document: str
    actor: str
    def __init__(self, at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., kind: _Optional[str] = ..., document: _Optional[str] = ..., actor: _Optional[str] = ...) -> None: ...
