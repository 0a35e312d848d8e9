"""Questions about standing as a partner of an ``AnsweringSite`` asks them, and the service that answers.

Responsible for: composing the real standing service on a site's store, and good requests that a test may change.
Not responsible for: the store and the partners; see ``answering_site``.
"""

from datetime import datetime
from itertools import count

from gateway.decision.signatures import DecisionSigner
from gateway.transport.standing import STANDING_QUERY_TYPE, StandingService, StandingWriter
from jointgate.decision.v1 import decision_pb2
from jointgate.standing.v1 import standing_pb2 as pb
from sanctions_matrix.documents import PartyKind
from sanctions_matrix.listing import Listing
from tests.fakes.answering_site import ISSUER, AnsweringSite, registry
from tests.fakes.synthetic_parties import listing, organisation

BLACK, RED, UNPUBLISHED = "judgment-defaulters", "a-grade-taxpayers", "consumption-limited"
_NUMBERS = count(1)


def organisations_listing(reference: str = "L1", list_id: str = BLACK, **parts: object) -> Listing:
    """Return an organisation's listing, in force since ``LISTED_AT``."""
    return listing(
        reference,
        list_id=list_id,
        measures=(),
        party_kind=PartyKind.ORGANISATION,
        **parts,  # type: ignore[arg-type]
    )


def service(site: AnsweringSite, *, tls: bool = False) -> StandingService:
    """Return a new service on the site's store, which has seen no query yet."""
    return StandingService(
        store=site.store,
        decider=site.decider(),
        partners=registry(site.signers),
        signer=DecisionSigner(site.decision_key),
        writer=StandingWriter(ISSUER, site.matrix.pack),
        clock=site.clock,
        tls=tls,
    )


def query(
    site: AnsweringSite, partner: str = "portal", *, at: datetime | None = None
) -> pb.StandingQuery:
    """Return a good question: on which lists does organisation 0 stand?"""
    document = organisation(0)
    return pb.StandingQuery(
        request_id=next(_NUMBERS).to_bytes(16),
        partner=partner,
        issued_at=at or site.clock(),
        document=decision_pb2.Document(type=document.type, number=document.number),
    )


def request(
    site: AnsweringSite, asked: pb.StandingQuery | bytes, partner: str = "portal"
) -> pb.LookupRequest:
    """Return the signed request for one question, or for any bytes in its place."""
    payload = asked if isinstance(asked, bytes) else asked.SerializeToString(deterministic=True)
    return pb.LookupRequest(
        query=pb.SignedStandingQuery(
            payload=payload,
            payload_type=STANDING_QUERY_TYPE,
            signatures=[site.signature(partner, STANDING_QUERY_TYPE, payload)],
        )
    )
