"""Who asks: what every signed question goes through, whichever service it is put to.

Responsible for: the envelope's payload type, signature, key and certificate; whose the query is, its age, and that it
counts once.
Not responsible for: what is asked, whether this partner may ask it, or the answer.

Rule kept here: nothing is parsed that is not signed, so the two steps are called in this order, with the parsing of the
payload between them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol, cast

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.decision.freshness import REQUEST_ID_BYTES, FreshnessGuard
from gateway.decision.partners import Partner, PartnerRegistry
from gateway.decision.signatures import MAX_SIGNATURE_BYTES, verify_signature
from gateway.errors import AnswerError, Reason
from gateway.transport.wire import parse_instant
from jointgate.decision.v1 import decision_pb2 as pb


class Envelope(Protocol):
    """What all signed questions have in common, single ones and batches."""

    payload: bytes
    payload_type: str

    @property
    def signatures(self) -> Sequence[pb.Signature]:
        """The signatures over type and payload."""


class Origin(Protocol):
    """What all queries say about whoever asks."""

    request_id: bytes
    partner: str

    @property
    def issued_at(self) -> Timestamp:
        """When the partner asked."""


class Doorkeeper:
    """Knows the partners, and the queries that one service of one worker has seen; safe for its threads."""

    def __init__(self, partners: PartnerRegistry, *, tls: bool) -> None:
        """Keep the registry; with ``tls`` the client certificate must name the partner that signed."""
        self._partners = partners
        self._tls = tls
        self._freshness = FreshnessGuard()

    def authenticate(
        self, envelope: Envelope, payload_type: str, context: grpc.ServicerContext
    ) -> Partner:
        """Return the partner that signed the envelope's payload as a ``payload_type``.

        Raises:
            AnswerError: the type is another, or the one signature, its key or the certificate is not right.
        """
        if envelope.payload_type != payload_type:
            raise AnswerError(
                Reason.MALFORMED_REQUEST, f"the payload type must be {payload_type!r}"
            )
        if (
            len(envelope.signatures) != 1
            or not 0 < len(envelope.signatures[0].sig) <= MAX_SIGNATURE_BYTES
        ):
            message = "a query carries exactly one signature of the partner; see docs/formats.md"
            raise AnswerError(Reason.UNSIGNED_QUERY, message)
        signature = envelope.signatures[0]
        partner = self._partners.with_key(signature.keyid)
        if self._tls and partner.uri not in _uris(context):
            message = "the client certificate is not that of the partner whose key signed; use one partner's identity"
            raise AnswerError(Reason.PARTNER_MISMATCH, message)
        verify_signature(partner.key, payload_type, envelope.payload, signature.sig)
        return partner

    def admit(self, query: Origin, partner: Partner, at: datetime) -> None:
        """Accept an authenticated ``query`` of ``partner`` once, at the instant ``at``, UTC.

        Raises:
            AnswerError: it is another partner's, lacks its request id, is not fresh, or was seen before.
        """
        if query.partner != partner.id:
            message = "the query's partner is not the one whose key signed it"
            raise AnswerError(Reason.PARTNER_MISMATCH, message)
        if len(query.request_id) != REQUEST_ID_BYTES:
            raise AnswerError(
                Reason.MALFORMED_REQUEST,
                f"the query's request_id must have {REQUEST_ID_BYTES} random bytes",
            )
        self._freshness.verify(partner.id, query.request_id, parse_instant(query.issued_at), at)


def _uris(context: grpc.ServicerContext) -> set[str]:
    names = cast("Iterable[bytes]", context.auth_context().get("x509_subject_alternative_name", ()))
    return {name.decode(errors="replace") for name in names}
