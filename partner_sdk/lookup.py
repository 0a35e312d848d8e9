"""Asking for an organisation's standing: the signed bytes that ask, and the verified bytes that answer.

Responsible for: the ``StandingQuestion`` value, its encoding, the partner's signature, and the reply's verification.
Not responsible for: sending it, and for whether the answer is this question's and fresh
(``partner_sdk.correspondence``).

Rule kept here: a document that a natural person may have is refused before anything is sent.
"""

from dataclasses import dataclass
from datetime import datetime

from securesystemslib.signer import CryptoSigner

from jointgate.decision.v1 import decision_pb2
from jointgate.standing.v1 import standing_pb2 as pb
from partner_sdk.decision_keys import DecisionKeys
from partner_sdk.documents import Document, PartyKind
from partner_sdk.errors import PersonDocumentError
from partner_sdk.question import EncodedQuery, new_request_id, require_document, sign_payload
from partner_sdk.standing import Standing, read_standing
from partner_sdk.verification import require_signer, verify_leaf
from partner_sdk.wire import STANDING_QUERY_TYPE, STANDING_TYPE, encode, parse_strictly


@dataclass(frozen=True, slots=True)
class StandingQuestion:
    """On which public lists does the organisation with this document stand?

    Raises:
        InvalidQuestionError: the document is no document.
        PersonDocumentError: the document is not of a type that only organisations have.
    """

    document: Document

    def __post_init__(self) -> None:
        """Refuse what may be a natural person's."""
        require_document(self.document)
        if self.document.kind is not PartyKind.ORGANISATION:
            problem = (
                "standing is told of organisations only; give a document that only they have, a social credit code"
                " (cn-uscc); nothing was sent"
            )
            raise PersonDocumentError(problem, reason="PERSON_DOCUMENT")


def encode_standing_query(
    question: StandingQuestion, *, partner: str, at: datetime
) -> EncodedQuery:
    """Return a fresh ``StandingQuery`` for ``question``, issued by ``partner`` at ``at`` (aware)."""
    document = question.document
    query = pb.StandingQuery(
        request_id=new_request_id(),
        partner=partner,
        document=decision_pb2.Document(type=document.type, number=document.number),
    )
    query.issued_at.FromDatetime(at)
    return EncodedQuery(encode(query), document.kind)


def sign_standing_query(query: EncodedQuery, signer: CryptoSigner) -> bytes:
    """Return the bytes of a ``LookupRequest`` with the partner's signature."""
    signed = pb.SignedStandingQuery(
        payload=query.payload,
        payload_type=STANDING_QUERY_TYPE,
        signatures=[sign_payload(STANDING_QUERY_TYPE, query.payload, signer)],
    )
    return encode(pb.LookupRequest(query=signed))


def verify_lookup_response(content: bytes, keys: DecisionKeys) -> Standing:
    """Verify the bytes of a ``LookupResponse``.

    Raises:
        VerificationError: the subclass says what does not hold.
    """
    signed = parse_strictly(pb.LookupResponse, content).standing
    key = verify_leaf(signed, STANDING_TYPE, keys)
    standing = read_standing(parse_strictly(pb.Standing, signed.payload))
    require_signer(standing.issuer, standing.evaluated_at, key)
    return standing
