"""The doors of the service: `Check` and `BatchCheck` of a real server, asked over a loopback socket.

Responsible for starting a server per policy pack, for what its store holds, for asking, and for reading the answers.
Not responsible for verifying signatures as a partner does; `partner_sdk` has its own tests.

Rules kept here: the questions are written field by field from the message descriptor, so that a wrong one can be asked
and so that neither the SDK's encoder nor the gateway's parser is trusted to agree with the vector;
everything behind the socket is the real thing, except the clock, which shows the vector's instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING, Any, Self, cast

import grpc
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status

from gateway.snapshot.compilation import Compiler
from gateway.transport.decisions import SERVICE
from gateway.transport.server import HealthSwitch, build_server, listen
from gateway.transport.waiting_room import WaitingRoom
from jointgate.decision.v1 import decision_pb2 as pb
from sanctions_matrix.actions import ACTIONS, Role
from sanctions_matrix.documents import Document, parse_document
from sanctions_matrix.evaluation import compile_matrix
from tests.fakes.answering_site import AnsweringSite
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.in_memory_register import InMemoryRegister
from tests.vectors.vector import NO_ANSWER, Answer, Vector

if TYPE_CHECKING:
    from pathlib import Path

    from google.protobuf.message import Message

    from sanctions_matrix.listing import Listing
    from sanctions_matrix.pack import Pack

PARTNER = "portal"
_SECONDS = 30.0
_UNREADABLE = b"\xc1"
"""A byte that MessagePack never uses."""


@dataclass(frozen=True, slots=True)
class _Gateway:
    """A server that listens, its store, and a partner's connection."""

    site: AnsweringSite
    server: grpc.Server
    channel: grpc.Channel

    def close(self) -> None:
        self.channel.close()
        self.server.stop(None).wait()
        self.site.close()


class ServiceDoors:
    """Servers of every pack asked about, started when first needed; use it in a ``with`` statement."""

    def __init__(self, folder: Path) -> None:
        """Keep the folder for the stores."""
        self._folder = folder
        self._gateways: dict[tuple[str, bool], _Gateway] = {}
        self._numbers = count(1)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop every server."""
        for gateway in self._gateways.values():
            gateway.close()

    def check(self, vector: Vector, held: dict[Document, list[Listing]]) -> Answer:
        """Ask ``Check``."""
        gateway = self._prepared(vector, held)
        payload = self._query(vector)
        request = gateway.site.check_request(payload, PARTNER)
        reply = _call(gateway.channel, "Check", request)
        if isinstance(reply, Answer):
            return reply
        signed = pb.CheckResponse.FromString(reply).decision
        return decided(vector, payload, signed.payload)

    def batch_check(self, vector: Vector, held: dict[Document, list[Listing]]) -> list[Answer]:
        """Ask ``BatchCheck`` the same question twice, and return both answers."""
        gateway = self._prepared(vector, held)
        payloads = [self._query(vector), self._query(vector)]
        request = gateway.site.batch_request(payloads, PARTNER)
        reply = _call(gateway.channel, "BatchCheck", request)
        if isinstance(reply, Answer):
            return [reply, reply]
        items = pb.BatchCheckResponse.FromString(reply).items
        assert len(items) == len(payloads)
        return [
            refused(vector, payload, item.refusal)
            if item.WhichOneof("item") == "refusal"
            else decided(vector, payload, item.decision)
            for payload, item in zip(payloads, items, strict=True)
        ]

    def _prepared(self, vector: Vector, held: dict[Document, list[Listing]]) -> _Gateway:
        """Return the gateway of the vector's pack, its store and clock as the vector says."""
        is_missing = vector.snapshot == "missing"
        pack = vector.tables()
        gateway = self._gateways.get((pack.digest, is_missing))
        if gateway is None:
            folder = self._folder / str(len(self._gateways))
            gateway = self._gateways[pack.digest, is_missing] = started(folder, pack)
        gateway.site.clock.now = vector.at.astimezone(UTC)
        if not is_missing:
            fill(gateway.site, vector, held)
        return gateway

    def _query(self, vector: Vector) -> bytes:
        query = query_of(vector)
        query.request_id = next(self._numbers).to_bytes(16)
        return query.SerializeToString(deterministic=True)


def started(folder: Path, pack: Pack) -> _Gateway:
    """Return a gateway that listens on a free loopback port."""
    site = AnsweringSite(folder, compile_matrix(pack), FixedClock())
    switch = HealthSwitch()
    server = build_server(
        [site.service().handler()], room=WaitingRoom(2), health_switch=switch, reflection=False
    )
    port = listen(server, "127.0.0.1:0", None)
    server.start()
    return _Gateway(site, server, grpc.insecure_channel(f"127.0.0.1:{port}"))


def fill(site: AnsweringSite, vector: Vector, held: dict[Document, list[Listing]]) -> None:
    """Replace what the store holds by a snapshot of exactly these listings, compiled as the publisher does."""
    register, routes = InMemoryRegister(), dict[bytes, bytes]()
    for document, listings in held.items():
        register.put(document, *listings)
    compiler = Compiler(site.pseudonymiser, site.records)
    with site.store.write() as writer:
        writer.clear()
        writer.put_sorted(sorted(compiler.all_records(register, routes)))
        writer.put_routes(routes.items())
        writer.put_header(site.header(**changed_header(site, vector)))
        if vector.snapshot == "unreadable":
            document = parse_document(*vector.document_parts)
            writer.change([(site.pseudonymiser.of(document), _UNREADABLE)])


def changed_header(site: AnsweringSite, vector: Vector) -> dict[str, object]:
    """Return what the vector's doubt about the snapshot changes in a good header."""
    keyid = site.decision_key.public_key.keyid
    changes: dict[str, dict[str, object]] = {
        "stale": {"lease_until": vector.at},
        "other-pack": {"pack": "00" * 32},
        "key-ended": {"decision_keys": {keyid: vector.at}},
    }
    return changes.get(vector.snapshot, {})


def query_of(vector: Vector) -> pb.Query:
    """Return the vector's question, without a request id; what the vector leaves out is left out."""
    type_, number = vector.document_parts
    kind = ACTIONS.get(vector.action_name)
    role = vector.role or (Role.TRAVELLER if kind is None else kind.default_role)
    query = pb.Query(
        partner=PARTNER,
        document=pb.Document(type=type_, number=number),
        role=f"ROLE_{member(role)}",
    )
    query.issued_at.FromDatetime(vector.at)
    if kind is not None:
        message: Message = getattr(query, kind.name.replace(".", "_"))
        message.SetInParent()
        for name, value in vector.attributes.items():
            setattr(message, name, wire_value(message.DESCRIPTOR.fields_by_name[name], value))
    return query


def wire_value(field: Any, value: object) -> Any:  # noqa: ANN401 - what protobuf's fields take
    """Return an attribute as its field takes it: an enum's member by the name that follows its prefix."""
    if field.enum_type is None:
        return value
    prefix = field.enum_type.values[0].name.removesuffix("UNSPECIFIED")
    return field.enum_type.values_by_name[f"{prefix}{member(str(value))}"].number


def member(value: str) -> str:
    """Return a value's name on the wire, without its enumeration's."""
    return value.upper().replace("-", "_")


def decided(vector: Vector, payload: bytes, content: bytes) -> Answer:
    """Read a decision, which must be for this very question and at the vector's instant."""
    assert vector.document_parts[1].encode() not in content
    decision = pb.Decision.FromString(content)
    assert decision.query_digest == sha256(payload).digest()
    assert decision.evaluated_at.ToDatetime(UTC) == vector.at
    for commendation in decision.commendations:
        assert commendation.legal_basis
        assert commendation.explanation_en
        assert commendation.explanation_zh
    return Answer(
        pb.Outcome.Name(decision.outcome).removeprefix("OUTCOME_").lower(),
        tuple(
            f"{ground.measure} {ground.list} {rule_of(vector, ground)}"
            for ground in decision.grounds
        ),
        tuple(commendation.list for commendation in decision.commendations),
        told=tuple(told_by(ground) for ground in decision.grounds),
    )


def refused(vector: Vector, payload: bytes, content: bytes) -> Answer:
    """Read a refusal, which must be for this very question."""
    assert vector.document_parts[1].encode() not in content
    refusal = pb.Refusal.FromString(content)
    assert refusal.query_digest == sha256(payload).digest()
    return Answer(NO_ANSWER, reason=refusal.reason, message=refusal.message)


def rule_of(vector: Vector, ground: pb.Ground) -> str:
    """Return the id of the rule that a ground's words and legal basis are those of."""
    (rule,) = (
        rule
        for rule in vector.tables().rules.values()
        if rule.action == vector.action_name
        and ground.measure in rule.measures
        and (rule.explanation_en, rule.explanation_zh)
        == (ground.explanation_en, ground.explanation_zh)
    )
    assert rule.source.casefold() in ground.legal_basis.casefold()
    return rule.id


def told_by(ground: pb.Ground) -> dict[str, object]:
    """Return what a ground tells, by field."""
    return {
        "authority": ground.authority,
        "reference": ground.listing_reference,
        "basis": ground.legal_basis,
        "ends_at": ground.ends_at.ToDatetime(UTC) if ground.HasField("ends_at") else None,
        "body": ground.contest.body,
        "address": ground.contest.address,
        "deadline": ground.contest.deadline,
    }


def _call(channel: grpc.Channel, method: str, request: Message) -> bytes | Answer:
    """Return the reply's bytes, or the reason of the status with which the call failed."""
    call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(f"/{SERVICE}/{method}")
    try:
        return call(request.SerializeToString(deterministic=True), timeout=_SECONDS)
    except grpc.RpcError as error:
        status = rpc_status.from_call(cast("grpc.Call", error))
        if status is None:
            raise
        details = ErrorInfo()
        status.details[0].Unpack(details)
        return Answer(NO_ANSWER, reason=details.reason, message=status.message)
