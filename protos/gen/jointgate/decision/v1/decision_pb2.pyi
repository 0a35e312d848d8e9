import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    ROLE_TRAVELLER: _ClassVar[Role]
    ROLE_GUEST: _ClassVar[Role]
    ROLE_PAYER: _ClassVar[Role]
    ROLE_ACCOUNT_HOLDER: _ClassVar[Role]
    ROLE_APPOINTEE: _ClassVar[Role]

class TrainClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRAIN_CLASS_UNSPECIFIED: _ClassVar[TrainClass]
    TRAIN_CLASS_G: _ClassVar[TrainClass]
    TRAIN_CLASS_D: _ClassVar[TrainClass]
    TRAIN_CLASS_C: _ClassVar[TrainClass]
    TRAIN_CLASS_Z: _ClassVar[TrainClass]
    TRAIN_CLASS_T: _ClassVar[TrainClass]
    TRAIN_CLASS_K: _ClassVar[TrainClass]
    TRAIN_CLASS_OTHER: _ClassVar[TrainClass]

class SeatClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEAT_CLASS_UNSPECIFIED: _ClassVar[SeatClass]
    SEAT_CLASS_BUSINESS: _ClassVar[SeatClass]
    SEAT_CLASS_PREMIUM_FIRST: _ClassVar[SeatClass]
    SEAT_CLASS_FIRST: _ClassVar[SeatClass]
    SEAT_CLASS_SECOND: _ClassVar[SeatClass]
    SEAT_CLASS_SOFT_SLEEPER: _ClassVar[SeatClass]
    SEAT_CLASS_HARD_SLEEPER: _ClassVar[SeatClass]
    SEAT_CLASS_SOFT_SEAT: _ClassVar[SeatClass]
    SEAT_CLASS_HARD_SEAT: _ClassVar[SeatClass]
    SEAT_CLASS_STANDING: _ClassVar[SeatClass]

class GoodsCategory(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GOODS_CATEGORY_UNSPECIFIED: _ClassVar[GoodsCategory]
    GOODS_CATEGORY_GENERAL: _ClassVar[GoodsCategory]
    GOODS_CATEGORY_LUXURY: _ClassVar[GoodsCategory]
    GOODS_CATEGORY_VEHICLE: _ClassVar[GoodsCategory]
    GOODS_CATEGORY_REAL_ESTATE: _ClassVar[GoodsCategory]
    GOODS_CATEGORY_INSURANCE_WITH_CASH_VALUE: _ClassVar[GoodsCategory]
    GOODS_CATEGORY_TOURISM: _ClassVar[GoodsCategory]

class PurchasePurpose(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PURCHASE_PURPOSE_UNSPECIFIED: _ClassVar[PurchasePurpose]
    PURCHASE_PURPOSE_BUSINESS: _ClassVar[PurchasePurpose]
    PURCHASE_PURPOSE_PRIVATE: _ClassVar[PurchasePurpose]

class CabinClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CABIN_CLASS_UNSPECIFIED: _ClassVar[CabinClass]
    CABIN_CLASS_SPECIAL: _ClassVar[CabinClass]
    CABIN_CLASS_FIRST: _ClassVar[CabinClass]
    CABIN_CLASS_SECOND: _ClassVar[CabinClass]
    CABIN_CLASS_THIRD: _ClassVar[CabinClass]
    CABIN_CLASS_FOURTH: _ClassVar[CabinClass]
    CABIN_CLASS_FIFTH: _ClassVar[CabinClass]
    CABIN_CLASS_SEAT: _ClassVar[CabinClass]
    CABIN_CLASS_OTHER: _ClassVar[CabinClass]

class VenueKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VENUE_KIND_UNSPECIFIED: _ClassVar[VenueKind]
    VENUE_KIND_NIGHTCLUB: _ClassVar[VenueKind]
    VENUE_KIND_GOLF_COURSE: _ClassVar[VenueKind]

class TourismProduct(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TOURISM_PRODUCT_UNSPECIFIED: _ClassVar[TourismProduct]
    TOURISM_PRODUCT_GROUP_TOUR_ABROAD: _ClassVar[TourismProduct]
    TOURISM_PRODUCT_GROUP_TOUR_DOMESTIC: _ClassVar[TourismProduct]
    TOURISM_PRODUCT_HOLIDAY: _ClassVar[TourismProduct]
    TOURISM_PRODUCT_RATED_RESORT: _ClassVar[TourismProduct]

class SchoolKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCHOOL_KIND_UNSPECIFIED: _ClassVar[SchoolKind]
    SCHOOL_KIND_PUBLIC: _ClassVar[SchoolKind]
    SCHOOL_KIND_PRIVATE: _ClassVar[SchoolKind]
    SCHOOL_KIND_PRIVATE_HIGH_FEE: _ClassVar[SchoolKind]

class RenovationWork(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RENOVATION_WORK_UNSPECIFIED: _ClassVar[RenovationWork]
    RENOVATION_WORK_NEW_BUILDING: _ClassVar[RenovationWork]
    RENOVATION_WORK_EXTENSION: _ClassVar[RenovationWork]
    RENOVATION_WORK_LUXURY: _ClassVar[RenovationWork]
    RENOVATION_WORK_ORDINARY: _ClassVar[RenovationWork]

class OfficePremises(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OFFICE_PREMISES_UNSPECIFIED: _ClassVar[OfficePremises]
    OFFICE_PREMISES_OFFICE_BUILDING: _ClassVar[OfficePremises]
    OFFICE_PREMISES_HOTEL: _ClassVar[OfficePremises]
    OFFICE_PREMISES_APARTMENT: _ClassVar[OfficePremises]
    OFFICE_PREMISES_OTHER: _ClassVar[OfficePremises]

class CompanyPosition(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMPANY_POSITION_UNSPECIFIED: _ClassVar[CompanyPosition]
    COMPANY_POSITION_LEGAL_REPRESENTATIVE: _ClassVar[CompanyPosition]
    COMPANY_POSITION_DIRECTOR: _ClassVar[CompanyPosition]
    COMPANY_POSITION_SUPERVISOR: _ClassVar[CompanyPosition]
    COMPANY_POSITION_SENIOR_MANAGER: _ClassVar[CompanyPosition]
    COMPANY_POSITION_OTHER: _ClassVar[CompanyPosition]

class CreditProduct(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CREDIT_PRODUCT_UNSPECIFIED: _ClassVar[CreditProduct]
    CREDIT_PRODUCT_LOAN: _ClassVar[CreditProduct]
    CREDIT_PRODUCT_CREDIT_CARD: _ClassVar[CreditProduct]
    CREDIT_PRODUCT_OTHER: _ClassVar[CreditProduct]

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNSPECIFIED: _ClassVar[Outcome]
    OUTCOME_PERMITTED: _ClassVar[Outcome]
    OUTCOME_RESTRICTED: _ClassVar[Outcome]
    OUTCOME_REFERRED: _ClassVar[Outcome]

class Effect(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EFFECT_UNSPECIFIED: _ClassVar[Effect]
    EFFECT_RESTRICTS: _ClassVar[Effect]
    EFFECT_REFERS: _ClassVar[Effect]
ROLE_UNSPECIFIED: Role
ROLE_TRAVELLER: Role
ROLE_GUEST: Role
ROLE_PAYER: Role
ROLE_ACCOUNT_HOLDER: Role
ROLE_APPOINTEE: Role
TRAIN_CLASS_UNSPECIFIED: TrainClass
TRAIN_CLASS_G: TrainClass
TRAIN_CLASS_D: TrainClass
TRAIN_CLASS_C: TrainClass
TRAIN_CLASS_Z: TrainClass
TRAIN_CLASS_T: TrainClass
TRAIN_CLASS_K: TrainClass
TRAIN_CLASS_OTHER: TrainClass
SEAT_CLASS_UNSPECIFIED: SeatClass
SEAT_CLASS_BUSINESS: SeatClass
SEAT_CLASS_PREMIUM_FIRST: SeatClass
SEAT_CLASS_FIRST: SeatClass
SEAT_CLASS_SECOND: SeatClass
SEAT_CLASS_SOFT_SLEEPER: SeatClass
SEAT_CLASS_HARD_SLEEPER: SeatClass
SEAT_CLASS_SOFT_SEAT: SeatClass
SEAT_CLASS_HARD_SEAT: SeatClass
SEAT_CLASS_STANDING: SeatClass
GOODS_CATEGORY_UNSPECIFIED: GoodsCategory
GOODS_CATEGORY_GENERAL: GoodsCategory
GOODS_CATEGORY_LUXURY: GoodsCategory
GOODS_CATEGORY_VEHICLE: GoodsCategory
GOODS_CATEGORY_REAL_ESTATE: GoodsCategory
GOODS_CATEGORY_INSURANCE_WITH_CASH_VALUE: GoodsCategory
GOODS_CATEGORY_TOURISM: GoodsCategory
PURCHASE_PURPOSE_UNSPECIFIED: PurchasePurpose
PURCHASE_PURPOSE_BUSINESS: PurchasePurpose
PURCHASE_PURPOSE_PRIVATE: PurchasePurpose
CABIN_CLASS_UNSPECIFIED: CabinClass
CABIN_CLASS_SPECIAL: CabinClass
CABIN_CLASS_FIRST: CabinClass
CABIN_CLASS_SECOND: CabinClass
CABIN_CLASS_THIRD: CabinClass
CABIN_CLASS_FOURTH: CabinClass
CABIN_CLASS_FIFTH: CabinClass
CABIN_CLASS_SEAT: CabinClass
CABIN_CLASS_OTHER: CabinClass
VENUE_KIND_UNSPECIFIED: VenueKind
VENUE_KIND_NIGHTCLUB: VenueKind
VENUE_KIND_GOLF_COURSE: VenueKind
TOURISM_PRODUCT_UNSPECIFIED: TourismProduct
TOURISM_PRODUCT_GROUP_TOUR_ABROAD: TourismProduct
TOURISM_PRODUCT_GROUP_TOUR_DOMESTIC: TourismProduct
TOURISM_PRODUCT_HOLIDAY: TourismProduct
TOURISM_PRODUCT_RATED_RESORT: TourismProduct
SCHOOL_KIND_UNSPECIFIED: SchoolKind
SCHOOL_KIND_PUBLIC: SchoolKind
SCHOOL_KIND_PRIVATE: SchoolKind
SCHOOL_KIND_PRIVATE_HIGH_FEE: SchoolKind
RENOVATION_WORK_UNSPECIFIED: RenovationWork
RENOVATION_WORK_NEW_BUILDING: RenovationWork
RENOVATION_WORK_EXTENSION: RenovationWork
RENOVATION_WORK_LUXURY: RenovationWork
RENOVATION_WORK_ORDINARY: RenovationWork
OFFICE_PREMISES_UNSPECIFIED: OfficePremises
OFFICE_PREMISES_OFFICE_BUILDING: OfficePremises
OFFICE_PREMISES_HOTEL: OfficePremises
OFFICE_PREMISES_APARTMENT: OfficePremises
OFFICE_PREMISES_OTHER: OfficePremises
COMPANY_POSITION_UNSPECIFIED: CompanyPosition
COMPANY_POSITION_LEGAL_REPRESENTATIVE: CompanyPosition
COMPANY_POSITION_DIRECTOR: CompanyPosition
COMPANY_POSITION_SUPERVISOR: CompanyPosition
COMPANY_POSITION_SENIOR_MANAGER: CompanyPosition
COMPANY_POSITION_OTHER: CompanyPosition
CREDIT_PRODUCT_UNSPECIFIED: CreditProduct
CREDIT_PRODUCT_LOAN: CreditProduct
CREDIT_PRODUCT_CREDIT_CARD: CreditProduct
CREDIT_PRODUCT_OTHER: CreditProduct
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_PERMITTED: Outcome
OUTCOME_RESTRICTED: Outcome
OUTCOME_REFERRED: Outcome
EFFECT_UNSPECIFIED: Effect
EFFECT_RESTRICTS: Effect
EFFECT_REFERS: Effect

class CheckRequest(_message.Message):
    __slots__ = ("query",)
    QUERY_FIELD_NUMBER: _ClassVar[int]
    query: SignedQuery
    def __init__(self, query: _Optional[_Union[SignedQuery, _Mapping]] = ...) -> None: ...

class CheckResponse(_message.Message):
    __slots__ = ("decision",)
    DECISION_FIELD_NUMBER: _ClassVar[int]
    decision: SignedDecision
    def __init__(self, decision: _Optional[_Union[SignedDecision, _Mapping]] = ...) -> None: ...

class BatchCheckRequest(_message.Message):
    __slots__ = ("batch",)
    BATCH_FIELD_NUMBER: _ClassVar[int]
    batch: SignedQueryBatch
    def __init__(self, batch: _Optional[_Union[SignedQueryBatch, _Mapping]] = ...) -> None: ...

class BatchCheckResponse(_message.Message):
    __slots__ = ("items", "root")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[AnswerItem]
    root: SignedRoot
    def __init__(self, items: _Optional[_Iterable[_Union[AnswerItem, _Mapping]]] = ..., root: _Optional[_Union[SignedRoot, _Mapping]] = ...) -> None: ...

class AnswerItem(_message.Message):
    __slots__ = ("decision", "refusal")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    decision: bytes
    refusal: bytes
    def __init__(self, decision: _Optional[bytes] = ..., refusal: _Optional[bytes] = ...) -> None: ...

class SignedQuery(_message.Message):
    __slots__ = ("payload", "payload_type", "signatures")
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURES_FIELD_NUMBER: _ClassVar[int]
    payload: bytes
    payload_type: str
    signatures: _containers.RepeatedCompositeFieldContainer[Signature]
    def __init__(self, payload: _Optional[bytes] = ..., payload_type: _Optional[str] = ..., signatures: _Optional[_Iterable[_Union[Signature, _Mapping]]] = ...) -> None: ...

class SignedQueryBatch(_message.Message):
    __slots__ = ("payload", "payload_type", "signatures")
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURES_FIELD_NUMBER: _ClassVar[int]
    payload: bytes
    payload_type: str
    signatures: _containers.RepeatedCompositeFieldContainer[Signature]
    def __init__(self, payload: _Optional[bytes] = ..., payload_type: _Optional[str] = ..., signatures: _Optional[_Iterable[_Union[Signature, _Mapping]]] = ...) -> None: ...

class QueryBatch(_message.Message):
    __slots__ = ("queries",)
    QUERIES_FIELD_NUMBER: _ClassVar[int]
    queries: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, queries: _Optional[_Iterable[bytes]] = ...) -> None: ...

class Signature(_message.Message):
    __slots__ = ("keyid", "sig")
    KEYID_FIELD_NUMBER: _ClassVar[int]
    SIG_FIELD_NUMBER: _ClassVar[int]
    keyid: str
    sig: bytes
    def __init__(self, keyid: _Optional[str] = ..., sig: _Optional[bytes] = ...) -> None: ...

class Query(_message.Message):
    __slots__ = ("request_id", "partner", "issued_at", "document", "role", "air_travel", "rail_travel", "lodging_stay", "goods_purchase", "ship_travel", "venue_spend", "tourism_package", "insurance_premium", "education_tuition", "property_purchase", "property_renovation", "office_lease", "vehicle_purchase", "company_appointment", "credit_extension")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    ISSUED_AT_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    AIR_TRAVEL_FIELD_NUMBER: _ClassVar[int]
    RAIL_TRAVEL_FIELD_NUMBER: _ClassVar[int]
    LODGING_STAY_FIELD_NUMBER: _ClassVar[int]
    GOODS_PURCHASE_FIELD_NUMBER: _ClassVar[int]
    SHIP_TRAVEL_FIELD_NUMBER: _ClassVar[int]
    VENUE_SPEND_FIELD_NUMBER: _ClassVar[int]
    TOURISM_PACKAGE_FIELD_NUMBER: _ClassVar[int]
    INSURANCE_PREMIUM_FIELD_NUMBER: _ClassVar[int]
    EDUCATION_TUITION_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_PURCHASE_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_RENOVATION_FIELD_NUMBER: _ClassVar[int]
    OFFICE_LEASE_FIELD_NUMBER: _ClassVar[int]
    VEHICLE_PURCHASE_FIELD_NUMBER: _ClassVar[int]
    COMPANY_APPOINTMENT_FIELD_NUMBER: _ClassVar[int]
    CREDIT_EXTENSION_FIELD_NUMBER: _ClassVar[int]
    request_id: bytes
    partner: str
    issued_at: _timestamp_pb2.Timestamp
    document: Document
    role: Role
    air_travel: AirTravel
    rail_travel: RailTravel
    lodging_stay: LodgingStay
    goods_purchase: GoodsPurchase
    ship_travel: ShipTravel
    venue_spend: VenueSpend
    tourism_package: TourismPackage
    insurance_premium: InsurancePremium
    education_tuition: EducationTuition
    property_purchase: PropertyPurchase
    property_renovation: PropertyRenovation
    office_lease: OfficeLease
    vehicle_purchase: VehiclePurchase
    company_appointment: CompanyAppointment
    credit_extension: CreditExtension
    def __init__(self, request_id: _Optional[bytes] = ..., partner: _Optional[str] = ..., issued_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., document: _Optional[_Union[Document, _Mapping]] = ..., role: _Optional[_Union[Role, str]] = ..., air_travel: _Optional[_Union[AirTravel, _Mapping]] = ..., rail_travel: _Optional[_Union[RailTravel, _Mapping]] = ..., lodging_stay: _Optional[_Union[LodgingStay, _Mapping]] = ..., goods_purchase: _Optional[_Union[GoodsPurchase, _Mapping]] = ..., ship_travel: _Optional[_Union[ShipTravel, _Mapping]] = ..., venue_spend: _Optional[_Union[VenueSpend, _Mapping]] = ..., tourism_package: _Optional[_Union[TourismPackage, _Mapping]] = ..., insurance_premium: _Optional[_Union[InsurancePremium, _Mapping]] = ..., education_tuition: _Optional[_Union[EducationTuition, _Mapping]] = ..., property_purchase: _Optional[_Union[PropertyPurchase, _Mapping]] = ..., property_renovation: _Optional[_Union[PropertyRenovation, _Mapping]] = ..., office_lease: _Optional[_Union[OfficeLease, _Mapping]] = ..., vehicle_purchase: _Optional[_Union[VehiclePurchase, _Mapping]] = ..., company_appointment: _Optional[_Union[CompanyAppointment, _Mapping]] = ..., credit_extension: _Optional[_Union[CreditExtension, _Mapping]] = ...) -> None: ...

class Document(_message.Message):
    __slots__ = ("type", "number")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    type: str
    number: str
    def __init__(self, type: _Optional[str] = ..., number: _Optional[str] = ...) -> None: ...

class AirTravel(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RailTravel(_message.Message):
    __slots__ = ("train", "seat")
    TRAIN_FIELD_NUMBER: _ClassVar[int]
    SEAT_FIELD_NUMBER: _ClassVar[int]
    train: TrainClass
    seat: SeatClass
    def __init__(self, train: _Optional[_Union[TrainClass, str]] = ..., seat: _Optional[_Union[SeatClass, str]] = ...) -> None: ...

class LodgingStay(_message.Message):
    __slots__ = ("stars", "high_end")
    STARS_FIELD_NUMBER: _ClassVar[int]
    HIGH_END_FIELD_NUMBER: _ClassVar[int]
    stars: int
    high_end: bool
    def __init__(self, stars: _Optional[int] = ..., high_end: bool = ...) -> None: ...

class GoodsPurchase(_message.Message):
    __slots__ = ("category", "purpose", "amount_yuan")
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_YUAN_FIELD_NUMBER: _ClassVar[int]
    category: GoodsCategory
    purpose: PurchasePurpose
    amount_yuan: int
    def __init__(self, category: _Optional[_Union[GoodsCategory, str]] = ..., purpose: _Optional[_Union[PurchasePurpose, str]] = ..., amount_yuan: _Optional[int] = ...) -> None: ...

class ShipTravel(_message.Message):
    __slots__ = ("cabin",)
    CABIN_FIELD_NUMBER: _ClassVar[int]
    cabin: CabinClass
    def __init__(self, cabin: _Optional[_Union[CabinClass, str]] = ...) -> None: ...

class VenueSpend(_message.Message):
    __slots__ = ("venue",)
    VENUE_FIELD_NUMBER: _ClassVar[int]
    venue: VenueKind
    def __init__(self, venue: _Optional[_Union[VenueKind, str]] = ...) -> None: ...

class TourismPackage(_message.Message):
    __slots__ = ("product",)
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    product: TourismProduct
    def __init__(self, product: _Optional[_Union[TourismProduct, str]] = ...) -> None: ...

class InsurancePremium(_message.Message):
    __slots__ = ("cash_value", "amount_yuan")
    CASH_VALUE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_YUAN_FIELD_NUMBER: _ClassVar[int]
    cash_value: bool
    amount_yuan: int
    def __init__(self, cash_value: bool = ..., amount_yuan: _Optional[int] = ...) -> None: ...

class EducationTuition(_message.Message):
    __slots__ = ("school",)
    SCHOOL_FIELD_NUMBER: _ClassVar[int]
    school: SchoolKind
    def __init__(self, school: _Optional[_Union[SchoolKind, str]] = ...) -> None: ...

class PropertyPurchase(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PropertyRenovation(_message.Message):
    __slots__ = ("work",)
    WORK_FIELD_NUMBER: _ClassVar[int]
    work: RenovationWork
    def __init__(self, work: _Optional[_Union[RenovationWork, str]] = ...) -> None: ...

class OfficeLease(_message.Message):
    __slots__ = ("premises", "high_end")
    PREMISES_FIELD_NUMBER: _ClassVar[int]
    HIGH_END_FIELD_NUMBER: _ClassVar[int]
    premises: OfficePremises
    high_end: bool
    def __init__(self, premises: _Optional[_Union[OfficePremises, str]] = ..., high_end: bool = ...) -> None: ...

class VehiclePurchase(_message.Message):
    __slots__ = ("purpose",)
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    purpose: PurchasePurpose
    def __init__(self, purpose: _Optional[_Union[PurchasePurpose, str]] = ...) -> None: ...

class CompanyAppointment(_message.Message):
    __slots__ = ("position",)
    POSITION_FIELD_NUMBER: _ClassVar[int]
    position: CompanyPosition
    def __init__(self, position: _Optional[_Union[CompanyPosition, str]] = ...) -> None: ...

class CreditExtension(_message.Message):
    __slots__ = ("product",)
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    product: CreditProduct
    def __init__(self, product: _Optional[_Union[CreditProduct, str]] = ...) -> None: ...

class SignedDecision(_message.Message):
    __slots__ = ("payload", "payload_type", "inclusion", "root")
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_TYPE_FIELD_NUMBER: _ClassVar[int]
    INCLUSION_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    payload: bytes
    payload_type: str
    inclusion: InclusionProof
    root: SignedRoot
    def __init__(self, payload: _Optional[bytes] = ..., payload_type: _Optional[str] = ..., inclusion: _Optional[_Union[InclusionProof, _Mapping]] = ..., root: _Optional[_Union[SignedRoot, _Mapping]] = ...) -> None: ...

class InclusionProof(_message.Message):
    __slots__ = ("leaf_index", "hashes")
    LEAF_INDEX_FIELD_NUMBER: _ClassVar[int]
    HASHES_FIELD_NUMBER: _ClassVar[int]
    leaf_index: int
    hashes: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, leaf_index: _Optional[int] = ..., hashes: _Optional[_Iterable[bytes]] = ...) -> None: ...

class SignedRoot(_message.Message):
    __slots__ = ("payload", "payload_type", "signatures")
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURES_FIELD_NUMBER: _ClassVar[int]
    payload: bytes
    payload_type: str
    signatures: _containers.RepeatedCompositeFieldContainer[Signature]
    def __init__(self, payload: _Optional[bytes] = ..., payload_type: _Optional[str] = ..., signatures: _Optional[_Iterable[_Union[Signature, _Mapping]]] = ...) -> None: ...

class DecisionRoot(_message.Message):
    __slots__ = ("root_hash", "tree_size")
    ROOT_HASH_FIELD_NUMBER: _ClassVar[int]
    TREE_SIZE_FIELD_NUMBER: _ClassVar[int]
    root_hash: bytes
    tree_size: int
    def __init__(self, root_hash: _Optional[bytes] = ..., tree_size: _Optional[int] = ...) -> None: ...

class Decision(_message.Message):
    __slots__ = ("issuer", "audience", "query_digest", "outcome", "grounds", "pack", "snapshot", "evaluated_at", "expires_at", "commendations")
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    QUERY_DIGEST_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    GROUNDS_FIELD_NUMBER: _ClassVar[int]
    PACK_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    EVALUATED_AT_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    COMMENDATIONS_FIELD_NUMBER: _ClassVar[int]
    issuer: str
    audience: str
    query_digest: bytes
    outcome: Outcome
    grounds: _containers.RepeatedCompositeFieldContainer[Ground]
    pack: PackVersion
    snapshot: SnapshotVersion
    evaluated_at: _timestamp_pb2.Timestamp
    expires_at: _timestamp_pb2.Timestamp
    commendations: _containers.RepeatedCompositeFieldContainer[Commendation]
    def __init__(self, issuer: _Optional[str] = ..., audience: _Optional[str] = ..., query_digest: _Optional[bytes] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., grounds: _Optional[_Iterable[_Union[Ground, _Mapping]]] = ..., pack: _Optional[_Union[PackVersion, _Mapping]] = ..., snapshot: _Optional[_Union[SnapshotVersion, _Mapping]] = ..., evaluated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., commendations: _Optional[_Iterable[_Union[Commendation, _Mapping]]] = ...) -> None: ...

class Ground(_message.Message):
    __slots__ = ("measure", "effect", "list", "authority", "legal_basis", "listing_reference", "ends_at", "ends_with", "contest", "explanation_en", "explanation_zh")
    MEASURE_FIELD_NUMBER: _ClassVar[int]
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    LIST_FIELD_NUMBER: _ClassVar[int]
    AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASIS_FIELD_NUMBER: _ClassVar[int]
    LISTING_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_WITH_FIELD_NUMBER: _ClassVar[int]
    CONTEST_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_EN_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_ZH_FIELD_NUMBER: _ClassVar[int]
    measure: str
    effect: Effect
    list: str
    authority: str
    legal_basis: str
    listing_reference: str
    ends_at: _timestamp_pb2.Timestamp
    ends_with: str
    contest: ContestRoute
    explanation_en: str
    explanation_zh: str
    def __init__(self, measure: _Optional[str] = ..., effect: _Optional[_Union[Effect, str]] = ..., list: _Optional[str] = ..., authority: _Optional[str] = ..., legal_basis: _Optional[str] = ..., listing_reference: _Optional[str] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_with: _Optional[str] = ..., contest: _Optional[_Union[ContestRoute, _Mapping]] = ..., explanation_en: _Optional[str] = ..., explanation_zh: _Optional[str] = ...) -> None: ...

class Commendation(_message.Message):
    __slots__ = ("list", "authority", "legal_basis", "listing_reference", "ends_at", "contest", "explanation_en", "explanation_zh")
    LIST_FIELD_NUMBER: _ClassVar[int]
    AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASIS_FIELD_NUMBER: _ClassVar[int]
    LISTING_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    CONTEST_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_EN_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_ZH_FIELD_NUMBER: _ClassVar[int]
    list: str
    authority: str
    legal_basis: str
    listing_reference: str
    ends_at: _timestamp_pb2.Timestamp
    contest: ContestRoute
    explanation_en: str
    explanation_zh: str
    def __init__(self, list: _Optional[str] = ..., authority: _Optional[str] = ..., legal_basis: _Optional[str] = ..., listing_reference: _Optional[str] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., contest: _Optional[_Union[ContestRoute, _Mapping]] = ..., explanation_en: _Optional[str] = ..., explanation_zh: _Optional[str] = ...) -> None: ...

class ContestRoute(_message.Message):
    __slots__ = ("body", "address", "deadline")
    BODY_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    body: str
    address: str
    deadline: str
    def __init__(self, body: _Optional[str] = ..., address: _Optional[str] = ..., deadline: _Optional[str] = ...) -> None: ...

class PackVersion(_message.Message):
    __slots__ = ("id", "version", "digest")
    ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    id: str
    version: str
    digest: bytes
    def __init__(self, id: _Optional[str] = ..., version: _Optional[str] = ..., digest: _Optional[bytes] = ...) -> None: ...

class SnapshotVersion(_message.Message):
    __slots__ = ("number", "digest")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    number: int
    digest: bytes
    def __init__(self, number: _Optional[int] = ..., digest: _Optional[bytes] = ...) -> None: ...

class Refusal(_message.Message):
    __slots__ = ("issuer", "audience", "query_digest", "reason", "message", "refused_at")
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    QUERY_DIGEST_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    REFUSED_AT_FIELD_NUMBER: _ClassVar[int]
    issuer: str
    audience: str
    query_digest: bytes
    reason: str
    message: str
    refused_at: _timestamp_pb2.Timestamp
    def __init__(self, issuer: _Optional[str] = ..., audience: _Optional[str] = ..., query_digest: _Optional[bytes] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., refused_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Receipt(_message.Message):
    __slots__ = ("decision", "trust")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    TRUST_FIELD_NUMBER: _ClassVar[int]
    decision: SignedDecision
    trust: TrustEvidence
    def __init__(self, decision: _Optional[_Union[SignedDecision, _Mapping]] = ..., trust: _Optional[_Union[TrustEvidence, _Mapping]] = ...) -> None: ...

class TrustEvidence(_message.Message):
    __slots__ = ("roots", "targets", "decision_keys", "keys")
    ROOTS_FIELD_NUMBER: _ClassVar[int]
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    DECISION_KEYS_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    roots: _containers.RepeatedScalarFieldContainer[bytes]
    targets: bytes
    decision_keys: bytes
    keys: bytes
    def __init__(self, roots: _Optional[_Iterable[bytes]] = ..., targets: _Optional[bytes] = ..., decision_keys: _Optional[bytes] = ..., keys: _Optional[bytes] = ...) -> None: ...
