"""Wrong questions: every way in which a signed query can be wrong, and the reason that says so."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.errors import Reason
from jointgate.decision.v1 import decision_pb2 as pb
from tests.integration.raw_partner import Change


def with_wrong_check(number: str) -> str:
    """Return a citizen number with another check digit."""
    return number[:-1] + ("1" if number[-1] != "1" else "2")


@dataclass(frozen=True, slots=True)
class Case:
    """A way to go wrong, and the reason it must get.

    Attributes:
        name: what is wrong.
        reason: the documented reason.
        changes: what is done to a good query.
        spoil: what is done to a good number.
        type: the document's type.
    """

    name: str
    reason: Reason
    changes: tuple[Change, ...] = ()
    spoil: Callable[[str], str] = str
    type: str = "cn-ric"


def _rail(train: int, seat: int) -> Change:
    def change(query: pb.Query) -> None:
        query.rail_travel.train = train  # type: ignore[assignment]
        query.rail_travel.seat = seat  # type: ignore[assignment]

    return change


def stay(message: pb.LodgingStay, role: pb.Role = pb.ROLE_GUEST) -> Change:
    """Ask about a stay instead."""

    def change(query: pb.Query) -> None:
        query.lodging_stay.CopyFrom(message)
        query.role = role

    return change


def _purchase(category: int, purpose: int = 0) -> Change:
    def change(query: pb.Query) -> None:
        query.goods_purchase.category = category  # type: ignore[assignment]
        query.goods_purchase.purpose = purpose  # type: ignore[assignment]
        query.role = pb.ROLE_PAYER

    return change


def set_fields(**fields: object) -> Change:
    """Set fields of the query."""

    def change(query: pb.Query) -> None:
        for name, value in fields.items():
            setattr(query, name, value)

    return change


def _issued(**ago: float) -> Change:
    return lambda query: query.issued_at.FromDatetime(datetime.now(UTC) - timedelta(**ago))


def no_action(query: pb.Query) -> None:
    """Leave the action out."""
    query.ClearField("air_travel")


WRONG_QUESTIONS = (
    Case("wrong check digit", Reason.DOCUMENT_INVALID, spoil=with_wrong_check),
    Case("unknown type of document", Reason.DOCUMENT_INVALID, type="cn-library-card"),
    Case(
        "look-alike letter",
        Reason.DOCUMENT_INVALID,
        spoil=lambda number: number.replace("0", "O", 1),
    ),
    Case("empty number", Reason.DOCUMENT_INVALID, spoil=lambda _: ""),
    Case(
        "number of 65 characters", Reason.DOCUMENT_INVALID, spoil=lambda number: number + "0" * 47
    ),
    Case("no action", Reason.ACTION_UNKNOWN, (no_action,)),
    Case(
        "unknown value of an attribute",
        Reason.ATTRIBUTE_INVALID,
        (_rail(99, pb.SEAT_CLASS_SECOND),),
    ),
    Case("stars out of range", Reason.ATTRIBUTE_INVALID, (stay(pb.LodgingStay(stars=6)),)),
    Case(
        "purpose without need", Reason.ATTRIBUTE_INVALID, (_purchase(pb.GOODS_CATEGORY_VEHICLE, 9),)
    ),
    Case("missing attribute", Reason.ATTRIBUTE_MISSING, (_rail(pb.TRAIN_CLASS_G, 0),)),
    Case("missing stars", Reason.ATTRIBUTE_MISSING, (stay(pb.LodgingStay()),)),
    Case(
        "unrated house without a grade",
        Reason.ATTRIBUTE_MISSING,
        (stay(pb.LodgingStay(stars=0)),),
    ),
    Case("missing purpose", Reason.ATTRIBUTE_MISSING, (_purchase(pb.GOODS_CATEGORY_VEHICLE),)),
    Case("no role", Reason.ROLE_INVALID, (set_fields(role=pb.ROLE_UNSPECIFIED),)),
    Case("unknown role", Reason.ROLE_INVALID, (set_fields(role=77),)),
    Case("role that the action lacks", Reason.ROLE_INVALID, (set_fields(role=pb.ROLE_PAYER),)),
    Case("issued 61 seconds ago", Reason.QUERY_STALE, (_issued(seconds=61),)),
    Case("issued in the future", Reason.QUERY_STALE, (_issued(seconds=-65),)),
    Case("another partner's name", Reason.PARTNER_MISMATCH, (set_fields(partner="airline"),)),
    Case(
        "short request id", Reason.MALFORMED_REQUEST, (set_fields(request_id=b"15 bytes of it!"),)
    ),
    Case("query above 4,096 bytes", Reason.QUERY_TOO_LARGE, (set_fields(partner="p" * 4_097),)),
)
