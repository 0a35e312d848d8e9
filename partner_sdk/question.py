"""Questions: what a partner asks, and the signed bytes that ask it.

Responsible for: the ``Question`` value, its encoding as a ``Query``, and the partner's signature over it.
Not responsible for: sending it, or what comes back.

Rules kept here: every encoding draws fresh random bytes, so no question is ever sent twice;
the document stands in the payload and nowhere else.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from securesystemslib.signer import CryptoSigner

from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.actions import Action, AirTravel, GoodsPurchase, LodgingStay, RailTravel, Role
from partner_sdk.documents import Document
from partner_sdk.wire import QUERY_BATCH_TYPE, QUERY_TYPE, authenticated_bytes, encode

_REQUEST_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Question:
    """May the party with this document do this?

    Attributes:
        document: the party's document.
        action: what it wants to do.
        role: in which role it stands to the action; None takes the action's default role.
    """

    document: Document
    action: Action
    role: Role | str | None = None

    @property
    def stated_role(self) -> Role:
        """The role that is asked about.

        Raises:
            ValueError: the role is none that exists.
        """
        return self.action.default_role if self.role is None else Role(self.role)


@dataclass(frozen=True, slots=True)
class EncodedQuery:
    """The bytes of one Query as asked; it holds the document, hence no representation."""

    payload: bytes = field(repr=False)

    @property
    def digest(self) -> bytes:
        """SHA-256 of the payload, to which the answer is bound."""
        return sha256(self.payload).digest()


def encode_query(question: Question, *, partner: str, at: datetime) -> EncodedQuery:
    """Return a fresh ``Query`` for ``question``, issued by ``partner`` at ``at`` (aware).

    Raises:
        ValueError: the role is none that exists.
    """
    query = pb.Query(
        request_id=secrets.token_bytes(_REQUEST_ID_BYTES),
        partner=partner,
        document=pb.Document(type=question.document.type, number=question.document.number),
        role=_wire_name("ROLE", question.stated_role),
    )
    query.issued_at.FromDatetime(at)
    _set_action(query, question.action)
    return EncodedQuery(encode(query))


def sign_query(query: EncodedQuery, signer: CryptoSigner) -> bytes:
    """Return the bytes of a ``CheckRequest`` with the partner's signature."""
    signed = pb.SignedQuery(
        payload=query.payload,
        payload_type=QUERY_TYPE,
        signatures=[_sign(QUERY_TYPE, query.payload, signer)],
    )
    return encode(pb.CheckRequest(query=signed))


def sign_batch(queries: Sequence[EncodedQuery], signer: CryptoSigner) -> bytes:
    """Return the bytes of a ``BatchCheckRequest`` with one signature over all ``queries``."""
    payload = encode(pb.QueryBatch(queries=[query.payload for query in queries]))
    signed = pb.SignedQueryBatch(
        payload=payload,
        payload_type=QUERY_BATCH_TYPE,
        signatures=[_sign(QUERY_BATCH_TYPE, payload, signer)],
    )
    return encode(pb.BatchCheckRequest(batch=signed))


def _sign(payload_type: str, payload: bytes, signer: CryptoSigner) -> pb.Signature:
    signature = signer.sign(authenticated_bytes(payload_type, payload))
    return pb.Signature(keyid=signature.keyid, sig=bytes.fromhex(signature.signature))


def _set_action(query: pb.Query, action: Action) -> None:
    match action:
        case AirTravel():
            query.air_travel.SetInParent()
        case RailTravel(train=train, seat=seat):
            rail = pb.RailTravel(
                train=_wire_name("TRAIN_CLASS", train), seat=_wire_name("SEAT_CLASS", seat)
            )
            query.rail_travel.CopyFrom(rail)
        case LodgingStay(stars=stars, high_end=high_end):
            query.lodging_stay.CopyFrom(pb.LodgingStay(stars=stars, high_end=high_end))
        case GoodsPurchase(category=category, purpose=purpose):
            goods = pb.GoodsPurchase(
                category=_wire_name("GOODS_CATEGORY", category),
                purpose=None if purpose is None else _wire_name("PURCHASE_PURPOSE", purpose),
            )
            query.goods_purchase.CopyFrom(goods)


def _wire_name(prefix: str, value: str) -> str:
    """Return a value's name on the wire: ``hard-seat`` is ``SEAT_CLASS_HARD_SEAT``."""
    return f"{prefix}_{value.upper().replace('-', '_')}"
