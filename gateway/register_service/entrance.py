"""Who submits: what every signed statement of an authority goes through, and every call that only reads.

Responsible for the envelope's payload type, signature, key and certificate; whose the statement is, and its age.
Not responsible for what is submitted, or whether this authority may submit it.

Rules kept here:

- Nothing is parsed that is not signed, so the two steps are called in this order, with the parsing of the payload
  between them.
- A statement is not remembered here: it names itself by an id of its own, and the register remembers that it was
  carried out, also after a restart.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, cast

from gateway.decision.signatures import MAX_SIGNATURE_BYTES, verify_signature
from gateway.register_service.failures import ServiceError, ServiceReason
from gateway.transport.wire import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import grpc
    from google.protobuf.timestamp_pb2 import Timestamp

    from gateway.clock import Clock
    from gateway.register_service.authorities import Authority, AuthorityRegistry
    from jointgate.decision.v1 import decision_pb2

TOLERANCE = timedelta(seconds=60)
"""How far a statement's issue time may be from the server's clock."""


class Envelope(Protocol):
    """What both signed statements have in common."""

    payload: bytes
    payload_type: str

    @property
    def signatures(self) -> Sequence[decision_pb2.Signature]:
        """The signatures over type and payload."""


class Statement(Protocol):
    """What both payloads say about whoever made them."""

    authority: str

    @property
    def issued_at(self) -> Timestamp:
        """When it was signed."""


class Entrance:
    """Knows the authorities; safe for threads."""

    def __init__(self, authorities: AuthorityRegistry, clock: Clock) -> None:
        """Admit these authorities, by this clock."""
        self._authorities = authorities
        self._clock = clock

    def authenticate(
        self, envelope: Envelope, payload_type: str, context: grpc.ServicerContext
    ) -> Authority:
        """Return the authority that signed the envelope's payload as a `payload_type`.

        Raises:
            ServiceError: the type is another, or the one signature, its key or the certificate is not right.
            AnswerError: the signature does not fit.
        """
        if envelope.payload_type != payload_type:
            message = f"the payload type must be {payload_type!r}"
            raise ServiceError(ServiceReason.MALFORMED_REQUEST, message)
        signatures = envelope.signatures
        if len(signatures) != 1 or not 0 < len(signatures[0].sig) <= MAX_SIGNATURE_BYTES:
            message = "it carries exactly one signature of the authority; see docs/formats.md"
            raise ServiceError(ServiceReason.UNSIGNED_REQUEST, message)
        held = self._authorities.with_key(signatures[0].keyid)
        if held is None:
            message = "no authority has the key that signed; have its public key registered"
            raise ServiceError(ServiceReason.UNKNOWN_KEY, message)
        if held.authority.uri not in _uris(context):
            message = "the client certificate is not that of the authority whose key signed; use one identity for both"
            raise ServiceError(ServiceReason.AUTHORITY_MISMATCH, message)
        if not held.is_valid(self._clock()):
            message = "the key that signed is not valid now; sign with one whose span is registered for today"
            raise ServiceError(ServiceReason.KEY_NOT_VALID, message)
        verify_signature(held.key, payload_type, envelope.payload, signatures[0].sig)
        return held.authority

    def admit(self, statement: Statement, authority: Authority) -> None:
        """Accept an authenticated statement that is the authority's own and fresh.

        Raises:
            ServiceError: it is another's, or too old, or from the future.
        """
        if statement.authority != authority.id:
            message = "the statement's authority is not the one whose key signed it"
            raise ServiceError(ServiceReason.AUTHORITY_MISMATCH, message)
        if abs(self._clock() - parse_instant(statement.issued_at)) > TOLERANCE:
            message = "signed more than 60 seconds away from the register's clock; check yours, sign and send again"
            raise ServiceError(ServiceReason.REQUEST_STALE, message)

    def recognise(self, context: grpc.ServicerContext) -> Authority:
        """Return the authority whose certificate the caller showed.

        Raises:
            ServiceError: it is none's.
        """
        authority = self._authorities.with_uri(_uris(context))
        if authority is None:
            message = "the client certificate is not that of a registered authority"
            raise ServiceError(ServiceReason.UNKNOWN_AUTHORITY, message)
        return authority


def _uris(context: grpc.ServicerContext) -> list[str]:
    names = cast("Iterable[bytes]", context.auth_context().get("x509_subject_alternative_name", ()))
    return [name.decode(errors="replace") for name in names]
