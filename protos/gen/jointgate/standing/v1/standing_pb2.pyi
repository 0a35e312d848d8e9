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

class ListEffect(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LIST_EFFECT_UNSPECIFIED: _ClassVar[ListEffect]
    LIST_EFFECT_RESTRICTS: _ClassVar[ListEffect]
    LIST_EFFECT_COMMENDS: _ClassVar[ListEffect]
LIST_EFFECT_UNSPECIFIED: ListEffect
LIST_EFFECT_RESTRICTS: ListEffect
LIST_EFFECT_COMMENDS: ListEffect

class LookupRequest(_message.Message):
    __slots__ = ("query",)
    QUERY_FIELD_NUMBER: _ClassVar[int]
    query: SignedStandingQuery
    def __init__(self, query: _Optional[_Union[SignedStandingQuery, _Mapping]] = ...) -> None: ...

class LookupResponse(_message.Message):
    __slots__ = ("standing",)
    STANDING_FIELD_NUMBER: _ClassVar[int]
    standing: SignedStanding
    def __init__(self, standing: _Optional[_Union[SignedStanding, _Mapping]] = ...) -> None: ...

class SignedStandingQuery(_message.Message):
    __slots__ = ("payload", "payload_type", "signatures")
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURES_FIELD_NUMBER: _ClassVar[int]
    payload: bytes
    payload_type: str
    signatures: _containers.RepeatedCompositeFieldContainer[_decision_pb2.Signature]
    def __init__(self, payload: _Optional[bytes] = ..., payload_type: _Optional[str] = ..., signatures: _Optional[_Iterable[_Union[_decision_pb2.Signature, _Mapping]]] = ...) -> None: ...

class StandingQuery(_message.Message):
    __slots__ = ("request_id", "partner", "issued_at", "document")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    ISSUED_AT_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    request_id: bytes
    partner: str
    issued_at: _timestamp_pb2.Timestamp
    document: _decision_pb2.Document
    def __init__(self, request_id: _Optional[bytes] = ..., partner: _Optional[str] = ..., issued_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., document: _Optional[_Union[_decision_pb2.Document, _Mapping]] = ...) -> None: ...

class SignedStanding(_message.Message):
    __slots__ = ("payload", "payload_type", "inclusion", "root")
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_TYPE_FIELD_NUMBER: _ClassVar[int]
    INCLUSION_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    payload: bytes
    payload_type: str
    inclusion: _decision_pb2.InclusionProof
    root: _decision_pb2.SignedRoot
    def __init__(self, payload: _Optional[bytes] = ..., payload_type: _Optional[str] = ..., inclusion: _Optional[_Union[_decision_pb2.InclusionProof, _Mapping]] = ..., root: _Optional[_Union[_decision_pb2.SignedRoot, _Mapping]] = ...) -> None: ...

class Standing(_message.Message):
    __slots__ = ("issuer", "audience", "query_digest", "entries", "pack", "snapshot", "evaluated_at", "expires_at")
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    QUERY_DIGEST_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    PACK_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    EVALUATED_AT_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    issuer: str
    audience: str
    query_digest: bytes
    entries: _containers.RepeatedCompositeFieldContainer[StandingEntry]
    pack: _decision_pb2.PackVersion
    snapshot: _decision_pb2.SnapshotVersion
    evaluated_at: _timestamp_pb2.Timestamp
    expires_at: _timestamp_pb2.Timestamp
    def __init__(self, issuer: _Optional[str] = ..., audience: _Optional[str] = ..., query_digest: _Optional[bytes] = ..., entries: _Optional[_Iterable[_Union[StandingEntry, _Mapping]]] = ..., pack: _Optional[_Union[_decision_pb2.PackVersion, _Mapping]] = ..., snapshot: _Optional[_Union[_decision_pb2.SnapshotVersion, _Mapping]] = ..., evaluated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class StandingEntry(_message.Message):
    __slots__ = ("list", "effect", "title_en", "title_zh", "authority", "legal_basis", "listing_reference", "starts_at", "ends_at", "ends_with", "contest", "explanation_en", "explanation_zh")
    LIST_FIELD_NUMBER: _ClassVar[int]
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    TITLE_EN_FIELD_NUMBER: _ClassVar[int]
    TITLE_ZH_FIELD_NUMBER: _ClassVar[int]
    AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASIS_FIELD_NUMBER: _ClassVar[int]
    LISTING_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    STARTS_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_WITH_FIELD_NUMBER: _ClassVar[int]
    CONTEST_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_EN_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_ZH_FIELD_NUMBER: _ClassVar[int]
    list: str
    effect: ListEffect
    title_en: str
    title_zh: str
    authority: str
    legal_basis: str
    listing_reference: str
    starts_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    ends_with: str
    contest: _decision_pb2.ContestRoute
    explanation_en: str
    explanation_zh: str
    def __init__(self, list: _Optional[str] = ..., effect: _Optional[_Union[ListEffect, str]] = ..., title_en: _Optional[str] = ..., title_zh: _Optional[str] = ..., authority: _Optional[str] = ..., legal_basis: _Optional[str] = ..., listing_reference: _Optional[str] = ..., starts_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_with: _Optional[str] = ..., contest: _Optional[_Union[_decision_pb2.ContestRoute, _Mapping]] = ..., explanation_en: _Optional[str] = ..., explanation_zh: _Optional[str] = ...) -> None: ...
