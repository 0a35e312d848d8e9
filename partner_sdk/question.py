"""Questions: what a partner asks, and the signed bytes that ask it.

Responsible for: the ``Question`` value, its encoding as a ``Query``, and the partner's signature over it.
Not responsible for: how an action is written (``partner_sdk.wire_actions``), sending it, or what comes back.

Rules kept here: every encoding draws fresh random bytes, so no question is ever sent twice;
the document stands in the payload and nowhere else;
what is no document, no action or no role is refused before anything is sent, and is not shown.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from securesystemslib.signer import CryptoSigner

from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.actions import ACTIONS, Action, Role
from partner_sdk.documents import Document, PartyKind
from partner_sdk.errors import InvalidQuestionError
from partner_sdk.wire import QUERY_BATCH_TYPE, QUERY_TYPE, authenticated_bytes, encode
from partner_sdk.wire_actions import ActionWriter

_REQUEST_ID_BYTES = 16
_ACTIONS = ActionWriter(pb.Query, ACTIONS)


@dataclass(frozen=True, slots=True)
class Question:
    """May the party with this document do this?

    Attributes:
        document: the party's document.
        action: what it wants to do.
        role: in which role it stands to the action; None takes the action's default role.

    Raises:
        InvalidQuestionError: the document is no document, the action no action, or the role none that exists.
    """

    document: Document
    action: Action
    role: Role | str | None = None

    def __post_init__(self) -> None:
        """Refuse what no gateway could be asked."""
        require_document(self.document)
        _require_action(self.action)
        if self.role is not None and self.role not in list(Role):
            roles = ", ".join(sorted(self.action.roles))
            problem = f"give a role that a party can have to this action: {roles}; nothing was sent"
            raise InvalidQuestionError(problem, reason="ROLE_INVALID")

    @property
    def stated_role(self) -> Role:
        """The role that is asked about."""
        return self.action.default_role if self.role is None else Role(self.role)


@dataclass(frozen=True, slots=True)
class EncodedQuery:
    """The bytes of one Query as asked; it holds the document, hence no representation.

    Attributes:
        payload: the bytes.
        kind: what the type of the document says about the party; None when it does not say.
    """

    payload: bytes = field(repr=False)
    kind: PartyKind | None = None

    @property
    def digest(self) -> bytes:
        """SHA-256 of the payload, to which the answer is bound."""
        return sha256(self.payload).digest()


def require_document(document: object) -> None:
    """Require that ``document`` is one, and not a number alone.

    Raises:
        InvalidQuestionError: it is something else.
    """
    if not isinstance(document, Document):
        problem = (
            "give a document, such as ResidentId(...) or SocialCreditCode(...); nothing was sent"
        )
        raise InvalidQuestionError(problem, reason="DOCUMENT_INVALID")


def _require_action(action: object) -> None:
    if not isinstance(action, Action):
        problem = "give an action, such as actions.AirTravel(); nothing was sent"
        raise InvalidQuestionError(problem, reason="ACTION_UNKNOWN")


def new_request_id() -> bytes:
    """Return 16 random bytes, by which a gateway tells a question from one it has seen."""
    return secrets.token_bytes(_REQUEST_ID_BYTES)


def encode_query(question: Question, *, partner: str, at: datetime) -> EncodedQuery:
    """Return a fresh ``Query`` for ``question``, issued by ``partner`` at ``at`` (aware).

    Raises:
        UnknownActionError: the action is none that exists.
    """
    query = pb.Query(
        request_id=new_request_id(),
        partner=partner,
        document=pb.Document(type=question.document.type, number=question.document.number),
        role=f"ROLE_{question.stated_role.name}",
    )
    query.issued_at.FromDatetime(at)
    _ACTIONS.write(query, question.action)
    return EncodedQuery(encode(query), question.document.kind)


def sign_query(query: EncodedQuery, signer: CryptoSigner) -> bytes:
    """Return the bytes of a ``CheckRequest`` with the partner's signature."""
    signed = pb.SignedQuery(
        payload=query.payload,
        payload_type=QUERY_TYPE,
        signatures=[sign_payload(QUERY_TYPE, query.payload, signer)],
    )
    return encode(pb.CheckRequest(query=signed))


def sign_batch(queries: Sequence[EncodedQuery], signer: CryptoSigner) -> bytes:
    """Return the bytes of a ``BatchCheckRequest`` with one signature over all ``queries``."""
    payload = encode(pb.QueryBatch(queries=[query.payload for query in queries]))
    signed = pb.SignedQueryBatch(
        payload=payload,
        payload_type=QUERY_BATCH_TYPE,
        signatures=[sign_payload(QUERY_BATCH_TYPE, payload, signer)],
    )
    return encode(pb.BatchCheckRequest(batch=signed))


def sign_payload(payload_type: str, payload: bytes, signer: CryptoSigner) -> pb.Signature:
    """Return the partner's signature over a payload and its type."""
    signature = signer.sign(authenticated_bytes(payload_type, payload))
    return pb.Signature(keyid=signature.keyid, sig=bytes.fromhex(signature.signature))
