"""A gateway that answers from a store which the test fills, without servers, sockets or a publisher.

Responsible for: composing the real decision service, and asking it as a partner asks.
Not responsible for: verifying answers as a partner does; ``partner_sdk`` has its own tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import msgspec
from securesystemslib.signer import CryptoSigner

from gateway.decision.deciding import Decider
from gateway.decision.partners import PartnerRegistry, parse_registry
from gateway.decision.signatures import DecisionSigner
from gateway.keys import new_decision_key
from gateway.recording.records import AnswerRecorder
from gateway.snapshot.pseudonyms import Pseudonymiser
from gateway.snapshot.records import RecordFormat
from gateway.snapshot.store import StoredHeader, open_store
from gateway.transport.decisions import DecisionService
from gateway.transport.wire import QUERY_BATCH_TYPE, QUERY_TYPE, DecisionWriter
from jointgate.decision.v1 import decision_pb2 as pb
from sanctions_matrix.actions import ACTIONS, Role
from sanctions_matrix.documents import Document
from sanctions_matrix.evaluation import Matrix
from sanctions_matrix.listing import Listing
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.synthetic_parties import citizen

MAP_BYTES = 16 * 1024 * 1024
TERM = timedelta(seconds=60)
ISSUER = "gateway.test"

_ROW = """
[[partner]]
id = "{id}"
name = "A partner"
uri = "spiffe://jointgate.example/partner/{id}"
actions = {actions}
roles = {roles}
standing = {standing}
keys = ['''
{key}''']
"""
_SCOPES = {
    "airline": (["air.travel"], ["traveller"]),
    "portal": ([*ACTIONS], [role.value for role in Role]),
}


def registry(signers: dict[str, CryptoSigner]) -> PartnerRegistry:
    """Return the registry of the two partners with their public keys."""
    rows = [
        _ROW.format(
            id=name,
            actions=actions,
            roles=roles,
            standing=str(name == "portal").lower(),
            key=signers[name].public_key.keyval["public"],
        )
        for name, (actions, roles) in _SCOPES.items()
    ]
    return parse_registry("".join(rows), source="partners.toml")


def partner_uri(partner: str) -> str:
    """Return the URI in the client certificate of ``partner``."""
    return f"spiffe://jointgate.example/partner/{partner}"


@dataclass
class AnsweringSite:
    """One gateway with two partners: an airline, and a portal that may ask about everything, standing included.

    Attributes:
        folder: of the store.
        matrix: the compiled pack.
        clock: the gateway's and the partners' clock.
    """

    folder: Path
    matrix: Matrix
    clock: FixedClock
    decision_key: CryptoSigner = field(default_factory=new_decision_key)
    pseudonymiser: Pseudonymiser = field(default_factory=lambda: Pseudonymiser(bytes(32)))

    def __post_init__(self) -> None:
        """Open an empty store."""
        self.signers = {name: new_decision_key() for name in _SCOPES}
        self.store = open_store(self.folder, map_bytes=MAP_BYTES)
        self.records = RecordFormat(self.matrix.pack, self.matrix)
        self._numbers = count(1)

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def header(self, **changes: object) -> StoredHeader:
        """Return a header of which everything is in order, with some fields changed."""
        now = self.clock()
        good = StoredHeader(
            number=7,
            digest=bytes(range(32)),
            pack=self.matrix.pack.digest,
            entries=1,
            as_of=now,
            lease_until=now + timedelta(hours=1),
            decision_keys={self.decision_key.public_key.keyid: now + timedelta(hours=2)},
        )
        return msgspec.structs.replace(good, **changes)

    def hold(self, header: StoredHeader | None = None, **changes: object) -> StoredHeader:
        """Put a header into the store."""
        header = header or self.header(**changes)
        with self.store.write() as writer:
            writer.put_header(header)
        return header

    def put(self, document: Document, *listings: Listing) -> None:
        """List ``document``."""
        routes: dict[bytes, bytes] = {}
        self.put_record(document, self.records.encode(listings, routes))
        with self.store.write() as writer:
            writer.put_routes(routes.items())

    def put_record(self, document: Document, record: bytes) -> None:
        """Put any bytes as the record of ``document``."""
        with self.store.write() as writer:
            writer.change([(self.pseudonymiser.of(document), record)])

    def decider(self) -> Decider:
        """Return a new decider."""
        return Decider(
            self.matrix,
            self.records,
            self.pseudonymiser,
            keyid=self.decision_key.public_key.keyid,
            term=TERM,
        )

    def service(
        self, *, tls: bool = False, recorder: AnswerRecorder | None = None
    ) -> DecisionService:
        """Return a new service, which has seen no query yet; it records nothing unless told where."""
        return DecisionService(
            store=self.store,
            decider=self.decider(),
            partners=registry(self.signers),
            signer=DecisionSigner(self.decision_key),
            writer=DecisionWriter(ISSUER, self.matrix.pack),
            clock=self.clock,
            tls=tls,
            recorder=recorder,
        )

    def query(self, partner: str = "airline", *, at: datetime | None = None) -> pb.Query:
        """Return a good question, which a test may change: may citizen 0 travel by air?"""
        document = citizen(0)
        return pb.Query(
            request_id=next(self._numbers).to_bytes(16),
            partner=partner,
            issued_at=at or self.clock(),
            document=pb.Document(type=document.type, number=document.number),
            role=pb.ROLE_TRAVELLER,
            air_travel=pb.AirTravel(),
        )

    def signature(self, partner: str, payload_type: str, payload: bytes) -> pb.Signature:
        """Return the signature of ``partner``."""
        signer = DecisionSigner(self.signers[partner])
        return pb.Signature(keyid=signer.keyid, sig=signer.sign(payload_type, payload))

    def check_request(self, query: pb.Query | bytes, partner: str = "airline") -> pb.CheckRequest:
        """Return the signed request for one question, or for any bytes in its place."""
        payload = query if isinstance(query, bytes) else query.SerializeToString(deterministic=True)
        return pb.CheckRequest(
            query=pb.SignedQuery(
                payload=payload,
                payload_type=QUERY_TYPE,
                signatures=[self.signature(partner, QUERY_TYPE, payload)],
            )
        )

    def batch_request(
        self, queries: Sequence[pb.Query | bytes], partner: str = "airline"
    ) -> pb.BatchCheckRequest:
        """Return the signed request for several questions, or for any bytes in their places."""
        payloads = [
            query if isinstance(query, bytes) else query.SerializeToString(deterministic=True)
            for query in queries
        ]
        payload = pb.QueryBatch(queries=payloads).SerializeToString(deterministic=True)
        return pb.BatchCheckRequest(
            batch=pb.SignedQueryBatch(
                payload=payload,
                payload_type=QUERY_BATCH_TYPE,
                signatures=[self.signature(partner, QUERY_BATCH_TYPE, payload)],
            )
        )
