"""Between generated messages and the domain: strict parsing of what partners send, encoding of what they get.

Responsible for: limits, strict parsing, queries to questions, verdicts to decisions.
Not responsible for: actions and their attributes (``wire_actions``), signatures, look-ups, or gRPC.

Rule kept here: size before parsing; then only the one encoding that this code would have written itself is accepted, so
that unknown fields, duplicate fields and trailing bytes are refused.
"""

from datetime import UTC, datetime
from typing import TypeVar

from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.protobuf.unknown_fields import UnknownFieldSet

from gateway.decision.deciding import Decided, Question
from gateway.errors import AnswerError, Reason
from gateway.snapshot.store import StoredHeader
from gateway.transport.wire_actions import ACTION_UNKNOWN, ActionReader
from jointgate.decision.v1 import decision_pb2 as pb
from sanctions_matrix.actions import ACTIONS, Role
from sanctions_matrix.documents import Document, DocumentError, parse_document
from sanctions_matrix.listing import ContestRoute
from sanctions_matrix.measures import Effect
from sanctions_matrix.pack import Pack
from sanctions_matrix.verdict import Commendation, Ground, Outcome

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

_Message = TypeVar("_Message", bound=Message)

_ACTIONS = ActionReader(pb.Query, ACTIONS)
_ROLES: dict[int, Role] = {pb.Role.Value(f"ROLE_{role.name}"): role for role in Role}
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
            raise AnswerError(Reason.ACTION_UNKNOWN, ACTION_UNKNOWN) from None
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
            Reason.MALFORMED_REQUEST, "a timestamp is no instant of the years 1 to 9999"
        ) from None


def parse_question(query: pb.Query) -> Question:
    """Read what the partner asks.

    Raises:
        AnswerError: document, role, action or attribute is missing or wrong; the message never quotes the document.
    """
    action = _ACTIONS.read(query)
    role = _ROLES.get(query.role)
    if role is None:
        raise AnswerError(
            Reason.ROLE_INVALID,
            "Query.role is not set or unknown; say in which role the party acts",
        )
    return Question(parse_party(query.document), action, role)


def parse_party(document: pb.Document) -> Document:
    """Read the document by which a party is known.

    Raises:
        AnswerError: it is missing, too long or wrong; the message never quotes it.
    """
    if (
        len(document.type.encode()) > MAX_TYPE_BYTES
        or len(document.number.encode()) > MAX_NUMBER_BYTES
    ):
        message = f"a document's type has at most {MAX_TYPE_BYTES} bytes and its number {MAX_NUMBER_BYTES}"
        raise AnswerError(Reason.DOCUMENT_INVALID, message)
    try:
        return parse_document(document.type, document.number)
    except DocumentError as error:
        raise AnswerError(Reason.DOCUMENT_INVALID, str(error)) from None


def pack_version(pack: Pack) -> pb.PackVersion:
    """Return how an answer names the pack."""
    return pb.PackVersion(id=pack.id, version=pack.version, digest=bytes.fromhex(pack.digest))


def contest_route(contest: ContestRoute) -> pb.ContestRoute:
    """Return how an answer tells a contest route."""
    return pb.ContestRoute(body=contest.body, address=contest.address, deadline=contest.deadline)


class DecisionWriter:
    """Encodes decisions and refusals of one issuer and pack."""

    def __init__(self, issuer: str, pack: Pack) -> None:
        """Prepare what is the same in every decision."""
        self._issuer = issuer
        self._pack = pack_version(pack)

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
            commendations=[_commendation(one) for one in decided.verdict.commendations],
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
    return pb.Ground(
        measure=ground.measure.id,
        effect=_EFFECTS[ground.effect],
        list=ground.list.id,
        authority=ground.authority,
        legal_basis=_legal_basis(ground),
        listing_reference=ground.reference,
        ends_at=ground.ends_at,
        ends_with=ground.list.ends_with,
        contest=contest_route(ground.contest),
        explanation_en=ground.rule.explanation_en,
        explanation_zh=ground.rule.explanation_zh,
    )


def _commendation(commendation: Commendation) -> pb.Commendation:
    return pb.Commendation(
        list=commendation.list.id,
        authority=commendation.authority,
        legal_basis=commendation.list.legal_basis,
        listing_reference=commendation.reference,
        ends_at=commendation.ends_at,
        contest=contest_route(commendation.contest),
        explanation_en=commendation.list.explanation_en,
        explanation_zh=commendation.list.explanation_zh,
    )


def _legal_basis(ground: Ground) -> str:
    """Return the measure's basis, and the rule's source where it is another."""
    basis, source = ground.measure.legal_basis, ground.rule_source
    return basis if basis.casefold() == source.casefold() else f"{basis}; applied: {source}"
