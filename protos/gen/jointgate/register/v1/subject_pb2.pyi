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

class SubjectState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUBJECT_STATE_UNSPECIFIED: _ClassVar[SubjectState]
    SUBJECT_STATE_PROPOSED: _ClassVar[SubjectState]
    SUBJECT_STATE_NOTIFIED: _ClassVar[SubjectState]
    SUBJECT_STATE_IN_FORCE: _ClassVar[SubjectState]
    SUBJECT_STATE_STAYED: _ClassVar[SubjectState]
    SUBJECT_STATE_ENDED: _ClassVar[SubjectState]
    SUBJECT_STATE_WITHDRAWN: _ClassVar[SubjectState]
SUBJECT_STATE_UNSPECIFIED: SubjectState
SUBJECT_STATE_PROPOSED: SubjectState
SUBJECT_STATE_NOTIFIED: SubjectState
SUBJECT_STATE_IN_FORCE: SubjectState
SUBJECT_STATE_STAYED: SubjectState
SUBJECT_STATE_ENDED: SubjectState
SUBJECT_STATE_WITHDRAWN: SubjectState

class ViewRequest(_message.Message):
    __slots__ = ("receipt", "document")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    receipt: _decision_pb2.Receipt
    document: _decision_pb2.Document
    def __init__(self, receipt: _Optional[_Union[_decision_pb2.Receipt, _Mapping]] = ..., document: _Optional[_Union[_decision_pb2.Document, _Mapping]] = ...) -> None: ...

class ViewResponse(_message.Message):
    __slots__ = ("listings", "as_of")
    LISTINGS_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    listings: _containers.RepeatedCompositeFieldContainer[SubjectListing]
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, listings: _Optional[_Iterable[_Union[SubjectListing, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SubjectWords(_message.Message):
    __slots__ = ("en", "zh")
    EN_FIELD_NUMBER: _ClassVar[int]
    ZH_FIELD_NUMBER: _ClassVar[int]
    en: str
    zh: str
    def __init__(self, en: _Optional[str] = ..., zh: _Optional[str] = ...) -> None: ...

class SubjectListing(_message.Message):
    __slots__ = ("reference", "list", "list_title", "authority", "ruling_number", "ruling_dated", "ground", "ground_words", "measures", "served_on", "starts_at", "ends_at", "state", "state_words", "ended_at", "stays", "exemptions", "deadlines", "contest", "next_steps", "history", "responsible_for", "utc_offset_minutes")
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    LIST_FIELD_NUMBER: _ClassVar[int]
    LIST_TITLE_FIELD_NUMBER: _ClassVar[int]
    AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    RULING_NUMBER_FIELD_NUMBER: _ClassVar[int]
    RULING_DATED_FIELD_NUMBER: _ClassVar[int]
    GROUND_FIELD_NUMBER: _ClassVar[int]
    GROUND_WORDS_FIELD_NUMBER: _ClassVar[int]
    MEASURES_FIELD_NUMBER: _ClassVar[int]
    SERVED_ON_FIELD_NUMBER: _ClassVar[int]
    STARTS_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STATE_WORDS_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    STAYS_FIELD_NUMBER: _ClassVar[int]
    EXEMPTIONS_FIELD_NUMBER: _ClassVar[int]
    DEADLINES_FIELD_NUMBER: _ClassVar[int]
    CONTEST_FIELD_NUMBER: _ClassVar[int]
    NEXT_STEPS_FIELD_NUMBER: _ClassVar[int]
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    RESPONSIBLE_FOR_FIELD_NUMBER: _ClassVar[int]
    UTC_OFFSET_MINUTES_FIELD_NUMBER: _ClassVar[int]
    reference: str
    list: str
    list_title: SubjectWords
    authority: str
    ruling_number: str
    ruling_dated: str
    ground: str
    ground_words: SubjectWords
    measures: _containers.RepeatedCompositeFieldContainer[SubjectMeasure]
    served_on: str
    starts_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    state: SubjectState
    state_words: SubjectWords
    ended_at: _timestamp_pb2.Timestamp
    stays: _containers.RepeatedCompositeFieldContainer[SubjectStay]
    exemptions: _containers.RepeatedCompositeFieldContainer[SubjectExemption]
    deadlines: _containers.RepeatedCompositeFieldContainer[SubjectDeadline]
    contest: _decision_pb2.ContestRoute
    next_steps: _containers.RepeatedCompositeFieldContainer[SubjectWords]
    history: _containers.RepeatedCompositeFieldContainer[SubjectEvent]
    responsible_for: SubjectRole
    utc_offset_minutes: int
    def __init__(self, reference: _Optional[str] = ..., list: _Optional[str] = ..., list_title: _Optional[_Union[SubjectWords, _Mapping]] = ..., authority: _Optional[str] = ..., ruling_number: _Optional[str] = ..., ruling_dated: _Optional[str] = ..., ground: _Optional[str] = ..., ground_words: _Optional[_Union[SubjectWords, _Mapping]] = ..., measures: _Optional[_Iterable[_Union[SubjectMeasure, _Mapping]]] = ..., served_on: _Optional[str] = ..., starts_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[SubjectState, str]] = ..., state_words: _Optional[_Union[SubjectWords, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., stays: _Optional[_Iterable[_Union[SubjectStay, _Mapping]]] = ..., exemptions: _Optional[_Iterable[_Union[SubjectExemption, _Mapping]]] = ..., deadlines: _Optional[_Iterable[_Union[SubjectDeadline, _Mapping]]] = ..., contest: _Optional[_Union[_decision_pb2.ContestRoute, _Mapping]] = ..., next_steps: _Optional[_Iterable[_Union[SubjectWords, _Mapping]]] = ..., history: _Optional[_Iterable[_Union[SubjectEvent, _Mapping]]] = ..., responsible_for: _Optional[_Union[SubjectRole, _Mapping]] = ..., utc_offset_minutes: _Optional[int] = ...) -> None: ...

class SubjectMeasure(_message.Message):
    __slots__ = ("id", "words", "legal_basis")
    ID_FIELD_NUMBER: _ClassVar[int]
    WORDS_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASIS_FIELD_NUMBER: _ClassVar[int]
    id: str
    words: SubjectWords
    legal_basis: str
    def __init__(self, id: _Optional[str] = ..., words: _Optional[_Union[SubjectWords, _Mapping]] = ..., legal_basis: _Optional[str] = ...) -> None: ...

class SubjectStay(_message.Message):
    __slots__ = ("starts_at", "ends_at")
    STARTS_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    starts_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    def __init__(self, starts_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SubjectExemption(_message.Message):
    __slots__ = ("measures", "starts_at", "ends_at")
    MEASURES_FIELD_NUMBER: _ClassVar[int]
    STARTS_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    measures: _containers.RepeatedScalarFieldContainer[str]
    starts_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    def __init__(self, measures: _Optional[_Iterable[str]] = ..., starts_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SubjectDeadline(_message.Message):
    __slots__ = ("words", "opened_on", "due_at", "state_words", "late")
    WORDS_FIELD_NUMBER: _ClassVar[int]
    OPENED_ON_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    STATE_WORDS_FIELD_NUMBER: _ClassVar[int]
    LATE_FIELD_NUMBER: _ClassVar[int]
    words: SubjectWords
    opened_on: str
    due_at: _timestamp_pb2.Timestamp
    state_words: SubjectWords
    late: bool
    def __init__(self, words: _Optional[_Union[SubjectWords, _Mapping]] = ..., opened_on: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state_words: _Optional[_Union[SubjectWords, _Mapping]] = ..., late: bool = ...) -> None: ...

class SubjectEvent(_message.Message):
    __slots__ = ("at", "words", "paper")
    AT_FIELD_NUMBER: _ClassVar[int]
    WORDS_FIELD_NUMBER: _ClassVar[int]
    PAPER_FIELD_NUMBER: _ClassVar[int]
    at: _timestamp_pb2.Timestamp
    words: SubjectWords
    paper: str
    def __init__(self, at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., words: _Optional[_Union[SubjectWords, _Mapping]] = ..., paper: _Optional[str] = ...) -> None: ...

class SubjectRole(_message.Message):
    __slots__ = ("organisation_reference", "role", "role_ended_on")
    ORGANISATION_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    ROLE_ENDED_ON_FIELD_NUMBER: _ClassVar[int]
    organisation_reference: str
    role: SubjectWords
    role_ended_on: str
    def __init__(self, organisation_reference: _Optional[str] = ..., role: _Optional[_Union[SubjectWords, _Mapping]] = ..., role_ended_on: _Optional[str] = ...) -> None: ...
