"""Between generated messages and the domain: strict parsing of what partners send, encoding of what they get.

Responsible for: limits, strict parsing, queries to questions, verdicts to decisions.
Not responsible for: signatures, look-ups, or gRPC.

Rule kept here: size before parsing; then only the one encoding that this code would have written itself is accepted, so
that unknown fields, duplicate fields and trailing bytes are refused.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.protobuf.unknown_fields import UnknownFieldSet

from gateway.decision.deciding import Decided, Question
from gateway.errors import AnswerError, Reason
from gateway.snapshot.store import StoredHeader
from jointgate.decision.v1 import decision_pb2 as pb
from sanctions_matrix.actions import (
    Action,
    AirTravel,
    AttributeValueError,
    GoodsCategory,
    GoodsPurchase,
    LodgingStay,
    Purpose,
    RailTravel,
    Role,
    SeatClass,
    TrainClass,
)
from sanctions_matrix.documents import DocumentError, parse_document
from sanctions_matrix.measures import Effect
from sanctions_matrix.pack import Pack
from sanctions_matrix.verdict import Ground, Outcome

QUERY_TYPE = "application/vnd.jointgate.query.v1+protobuf"
QUERY_BATCH_TYPE = "application/vnd.jointgate.query-batch.v1+protobuf"
DECISION_TYPE = "application/vnd.jointgate.decision.v1+protobuf"
REFUSAL_TYPE = "application/vnd.jointgate.refusal.v1+protobuf"
DECISION_ROOT_TYPE = "application/vnd.jointgate.decision-root.v1+protobuf"

MAX_QUERY_BYTES = 4_096
MAX_BATCH = 1_000
_ENVELOPE_BYTES = 1_024
MAX_CHECK_BYTES = MAX_QUERY_BYTES + _ENVELOPE_BYTES
MAX_BATCH_BYTES = MAX_BATCH * (MAX_QUERY_BYTES + 4) + _ENVELOPE_BYTES
MAX_TYPE_BYTES = 32
MAX_NUMBER_BYTES = 64
_FIRST_ACTION = pb.Query.AIR_TRAVEL_FIELD_NUMBER
_ACTION_UNKNOWN = (
    "Query.action is not set, or an action this gateway does not know; see the actions in protos/"
)

_Message = TypeVar("_Message", bound=Message)

_ROLES: dict[int, Role] = {
    pb.ROLE_TRAVELLER: Role.TRAVELLER,
    pb.ROLE_GUEST: Role.GUEST,
    pb.ROLE_PAYER: Role.PAYER,
    pb.ROLE_ACCOUNT_HOLDER: Role.ACCOUNT_HOLDER,
    pb.ROLE_APPOINTEE: Role.APPOINTEE,
}
_TRAINS: dict[int, TrainClass] = {
    pb.TrainClass.Value(f"TRAIN_CLASS_{member.name}"): member for member in TrainClass
}
_SEATS: dict[int, SeatClass] = {
    pb.SeatClass.Value(f"SEAT_CLASS_{member.name}"): member for member in SeatClass
}
_CATEGORIES: dict[int, GoodsCategory] = {
    pb.GoodsCategory.Value(f"GOODS_CATEGORY_{member.name}"): member for member in GoodsCategory
}
_PURPOSES: dict[int, Purpose | None] = {
    pb.PURCHASE_PURPOSE_UNSPECIFIED: None,
    pb.PURCHASE_PURPOSE_BUSINESS: Purpose.BUSINESS,
    pb.PURCHASE_PURPOSE_PRIVATE: Purpose.PRIVATE,
}
_OUTCOMES = {
    Outcome.PERMITTED: pb.OUTCOME_PERMITTED,
    Outcome.RESTRICTED: pb.OUTCOME_RESTRICTED,
    Outcome.REFERRED: pb.OUTCOME_REFERRED,
}
_EFFECTS = {Effect.RESTRICTS: pb.EFFECT_RESTRICTS, Effect.REFERS: pb.EFFECT_REFERS}


def parse_strictly(kind: type[_Message], content: bytes, *, limit: int) -> _Message:
    """Parse ``content``, at most ``limit`` bytes, as a ``kind``.

    Raises:
        AnswerError: it is too large, no such message, or in another encoding than the prescribed one.
    """
    name = kind.DESCRIPTOR.name
    if len(content) > limit:
        raise AnswerError(
            Reason.QUERY_TOO_LARGE,
            f"a {name} has at most {limit} bytes; this one has {len(content)}",
        )
    message = kind()
    try:
        message.ParseFromString(content)
    except DecodeError:
        raise AnswerError(
            Reason.MALFORMED_REQUEST, f"these bytes are no {name}; see protos/"
        ) from None
    message.DiscardUnknownFields()
    if message.SerializeToString(deterministic=True) != content:
        text = f"the {name} has unknown or repeated fields, or another encoding than the prescribed one; see protos/"
        raise AnswerError(Reason.MALFORMED_REQUEST, text)
    return message


def parse_query(content: bytes) -> pb.Query:
    """Parse one question, at most ``MAX_QUERY_BYTES``.

    Raises:
        AnswerError: as ``parse_strictly``; an action that only a newer proto has is refused as an unknown action.
    """
    try:
        return parse_strictly(pb.Query, content, limit=MAX_QUERY_BYTES)
    except AnswerError as error:
        if error.reason is Reason.MALFORMED_REQUEST and _has_unknown_action(content):
            raise AnswerError(Reason.ACTION_UNKNOWN, _ACTION_UNKNOWN) from None
        raise


def _has_unknown_action(content: bytes) -> bool:
    """Tell whether a query lacks an action but has an unknown field where a newer proto would put one."""
    query = pb.Query()
    try:
        query.ParseFromString(content)
    except DecodeError:
        return False
    unknown = UnknownFieldSet(query)
    numbers = {unknown[place].field_number for place in range(len(unknown))}
    return query.WhichOneof("action") is None and any(
        number >= _FIRST_ACTION and number not in query.DESCRIPTOR.fields_by_number
        for number in numbers
    )


def parse_instant(stamp: Timestamp) -> datetime:
    """Read a timestamp, UTC.

    Raises:
        AnswerError: it is outside the years 1 to 9999.
    """
    try:
        return stamp.ToDatetime(UTC)
    except (ValueError, OverflowError):
        raise AnswerError(
            Reason.MALFORMED_REQUEST, "Query.issued_at is no instant of the years 1 to 9999"
        ) from None


def parse_question(query: pb.Query) -> Question:
    """Read what the partner asks.

    Raises:
        AnswerError: document, role, action or attribute is missing or wrong; the message never quotes the document.
    """
    action = _parse_action(query)
    role = _ROLES.get(query.role)
    if role is None:
        raise AnswerError(
            Reason.ROLE_INVALID,
            "Query.role is not set or unknown; say in which role the party acts",
        )
    type_, number = query.document.type.encode(), query.document.number.encode()
    if len(type_) > MAX_TYPE_BYTES or len(number) > MAX_NUMBER_BYTES:
        message = f"a document's type has at most {MAX_TYPE_BYTES} bytes and its number {MAX_NUMBER_BYTES}"
        raise AnswerError(Reason.DOCUMENT_INVALID, message)
    try:
        return Question(parse_document(query.document.type, query.document.number), action, role)
    except DocumentError as error:
        raise AnswerError(Reason.DOCUMENT_INVALID, str(error)) from None


def _parse_action(query: pb.Query) -> Action:
    name = query.WhichOneof("action")
    if name is None:
        raise AnswerError(Reason.ACTION_UNKNOWN, _ACTION_UNKNOWN)
    try:
        return _ACTIONS[name](getattr(query, name))
    except AttributeValueError as error:
        raise AnswerError(Reason.ATTRIBUTE_INVALID, str(error)) from error


def _parse_rail(message: pb.RailTravel) -> Action:
    return RailTravel(
        train=_member(_TRAINS, message.train, "train"), seat=_member(_SEATS, message.seat, "seat")
    )


def _parse_lodging(message: pb.LodgingStay) -> Action:
    if not message.HasField("stars"):
        raise AnswerError(
            Reason.ATTRIBUTE_MISSING, "attribute 'stars' is needed to answer; 0 says 'not rated'"
        )
    return LodgingStay(stars=message.stars, high_end=message.high_end)


def _parse_goods(message: pb.GoodsPurchase) -> Action:
    category = _member(_CATEGORIES, message.category, "category")
    if message.purpose not in _PURPOSES:
        raise AnswerError(Reason.ATTRIBUTE_INVALID, "attribute 'purpose' has an unknown value")
    return GoodsPurchase(category=category, purpose=_PURPOSES[message.purpose])


_Member = TypeVar("_Member")


def _member(members: dict[int, _Member], value: int, attribute: str) -> _Member:
    if value == 0:
        raise AnswerError(
            Reason.ATTRIBUTE_MISSING, f"attribute {attribute!r} is needed to answer; set it"
        )
    if value not in members:
        raise AnswerError(Reason.ATTRIBUTE_INVALID, f"attribute {attribute!r} has an unknown value")
    return members[value]


_ACTIONS: dict[str, Callable[..., Action]] = {
    "air_travel": lambda _: AirTravel(),
    "rail_travel": _parse_rail,
    "lodging_stay": _parse_lodging,
    "goods_purchase": _parse_goods,
}


class DecisionWriter:
    """Encodes decisions and refusals of one issuer and pack."""

    def __init__(self, issuer: str, pack: Pack) -> None:
        """Prepare what is the same in every decision."""
        self._issuer = issuer
        self._pack = pb.PackVersion(
            id=pack.id, version=pack.version, digest=bytes.fromhex(pack.digest)
        )

    def decision(
        self, decided: Decided, *, audience: str, query_digest: bytes, header: StoredHeader
    ) -> bytes:
        """Return the bytes of a ``Decision``."""
        message = pb.Decision(
            issuer=self._issuer,
            audience=audience,
            query_digest=query_digest,
            outcome=_OUTCOMES[decided.verdict.outcome],
            grounds=[_ground(ground) for ground in decided.verdict.grounds],
            pack=self._pack,
            snapshot=pb.SnapshotVersion(number=header.number, digest=header.digest),
            evaluated_at=decided.evaluated_at,
            expires_at=decided.expires_at,
        )
        return message.SerializeToString(deterministic=True)

    def refusal(
        self, error: AnswerError, *, audience: str, query_digest: bytes, at: datetime
    ) -> bytes:
        """Return the bytes of a ``Refusal``."""
        message = pb.Refusal(
            issuer=self._issuer,
            audience=audience,
            query_digest=query_digest,
            reason=error.reason.value,
            message=str(error),
            refused_at=at,
        )
        return message.SerializeToString(deterministic=True)


def _ground(ground: Ground) -> pb.Ground:
    contest = ground.contest
    return pb.Ground(
        measure=ground.measure.id,
        effect=_EFFECTS[ground.effect],
        list=ground.list.id,
        authority=ground.authority,
        legal_basis=_legal_basis(ground),
        listing_reference=ground.reference,
        ends_at=ground.ends_at,
        ends_with=ground.list.ends_with,
        contest=pb.ContestRoute(
            body=contest.body, address=contest.address, deadline=contest.deadline
        ),
        explanation_en=ground.rule.explanation_en,
        explanation_zh=ground.rule.explanation_zh,
    )


def _legal_basis(ground: Ground) -> str:
    """Return the measure's basis, and the rule's source where it is another."""
    basis, source = ground.measure.legal_basis, ground.rule_source
    return basis if basis.casefold() == source.casefold() else f"{basis}; applied: {source}"
