"""The decision service: every reason reachable, one pipeline for one question and for many."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from gateway.errors import AnswerError, Reason
from gateway.transport.status import answering
from gateway.transport.wire import (
    DECISION_TYPE,
    MAX_BATCH,
    QUERY_BATCH_TYPE,
    QUERY_TYPE,
)
from jointgate.decision.v1 import decision_pb2 as pb
from sanctions_matrix.evaluation import compile_matrix
from tests.fakes.answering_site import AnsweringSite, partner_uri
from tests.fakes.asked_decisions import batch, decision, drop_header, reason_of_check, refusal
from tests.fakes.fixed_clock import MORNING
from tests.fakes.fixed_context import AbortedError, context
from tests.fakes.raw_actions import goods, newer_action, rail
from tests.fakes.synthetic_parties import citizen

Answered = pb.CheckResponse | pb.BatchCheckResponse


def changed(site: AnsweringSite, **changes: object) -> pb.Query:
    """Return a good question by the portal with some fields replaced."""
    query = site.query("portal")
    if "document" in changes:
        query.ClearField("document")
    query.MergeFrom(pb.Query(**changes))  # type: ignore[arg-type]
    return query


def without(site: AnsweringSite, field: str) -> pb.Query:
    """Return a good question by the portal without one of its fields."""
    query = site.query("portal")
    query.ClearField(field)
    return query


def resigned(site: AnsweringSite, signatures: list[pb.Signature]) -> bytes:
    """Return a request with other signatures."""
    request = site.check_request(site.query())
    del request.query.signatures[:]
    request.query.signatures.extend(signatures)
    return request.SerializeToString(deterministic=True)


def with_signature(site: AnsweringSite, **fields: object) -> bytes:
    """Return a request whose one signature has some fields replaced."""
    signature = site.check_request(site.query()).query.signatures[0]
    signature.MergeFrom(pb.Signature(**fields))  # type: ignore[arg-type]
    return resigned(site, [signature])


def with_type(site: AnsweringSite, payload_type: str) -> bytes:
    """Return a request that is properly signed under another type."""
    request = site.check_request(site.query())
    query = request.query
    query.payload_type = payload_type
    del query.signatures[:]
    query.signatures.append(site.signature("airline", payload_type, query.payload))
    return request.SerializeToString(deterministic=True)


Requests = dict[str, Callable[[AnsweringSite], bytes]]
Queries = dict[str, Callable[[AnsweringSite], pb.Query | bytes]]

ENVELOPES: dict[Reason, Requests] = {
    Reason.MALFORMED_REQUEST: {
        "empty": lambda _: b"",
        "garbage": lambda _: b"\xff" * 9,
        "unknown-field": lambda site: (
            site.check_request(site.query()).SerializeToString() + b"\x98\x06\x01"
        ),
        "trailing": lambda site: site.check_request(site.query()).SerializeToString() + b"\x00",
        "no-type": lambda site: with_type(site, ""),
        "type-of-a-batch": lambda site: with_type(site, QUERY_BATCH_TYPE),
        "type-of-a-decision": lambda site: with_type(site, DECISION_TYPE),
        "type-with-a-space": lambda site: with_type(site, QUERY_TYPE + " "),
    },
    Reason.QUERY_TOO_LARGE: {
        "envelope": lambda _: b"\x0a" * 6_000,
    },
    Reason.UNSIGNED_QUERY: {
        "no-signature": lambda site: resigned(site, []),
        "two-signatures": lambda site: resigned(
            site, list(site.check_request(site.query()).query.signatures) * 2
        ),
        "empty": lambda site: resigned(site, [pb.Signature(keyid="0" * 64)]),
        "too-long": lambda site: with_signature(site, sig=bytes(513)),
    },
    Reason.UNKNOWN_KEY: {
        "nobodys": lambda site: with_signature(site, keyid="0" * 64),
        "none": lambda site: resigned(site, [pb.Signature(sig=b"0" * 70)]),
    },
    Reason.SIGNATURE_INVALID: {
        "garbage": lambda site: with_signature(site, sig=b"0" * 70),
        "another-payload": lambda site: resigned(
            site, list(site.check_request(site.query()).query.signatures)
        ),
        "another-partners-key-id": lambda site: with_signature(
            site, keyid=site.signature("portal", QUERY_TYPE, b"").keyid
        ),
    },
}
"""What is wrong before a query is parsed, by the reason it gets."""

QUESTIONS: dict[Reason, Queries] = {
    Reason.MALFORMED_REQUEST: {
        "garbage": lambda _: b"\xff" * 9,
        "unknown-field": lambda site: site.query("portal").SerializeToString() + b"\x98\x06\x01",
        "no-request-id": lambda site: without(site, "request_id"),
        "short-request-id": lambda site: changed(site, request_id=bytes(15)),
        "long-request-id": lambda site: changed(site, request_id=bytes(17)),
        "impossible-instant": lambda site: changed(site, issued_at={"nanos": 2_000_000_000}),
    },
    Reason.QUERY_TOO_LARGE: {
        "one-byte-too-many": lambda _: bytes(4_097),
    },
    Reason.PARTNER_MISMATCH: {
        "another-partner": lambda site: changed(site, partner="airline"),
        "no-partner": lambda site: without(site, "partner"),
        "case": lambda site: changed(site, partner="Portal"),
    },
    Reason.QUERY_STALE: {
        "old": lambda site: site.query("portal", at=MORNING - timedelta(seconds=61)),
        "future": lambda site: site.query("portal", at=MORNING + timedelta(seconds=61)),
        "no-instant": lambda site: without(site, "issued_at"),
    },
    Reason.ACTION_UNKNOWN: {
        "no-action": lambda site: without(site, "air_travel"),
        "of-a-newer-proto": lambda site: (
            without(site, "air_travel").SerializeToString() + newer_action()
        ),
    },
    Reason.ATTRIBUTE_MISSING: {
        "train": lambda site: changed(site, rail_travel=rail(seat=1)),
        "stars": lambda site: changed(site, role=pb.ROLE_GUEST, lodging_stay=pb.LodgingStay()),
        "purpose-of-a-vehicle": lambda site: changed(
            site,
            role=pb.ROLE_PAYER,
            goods_purchase=goods(category=pb.GOODS_CATEGORY_VEHICLE),
        ),
    },
    Reason.ATTRIBUTE_INVALID: {
        "train": lambda site: changed(site, rail_travel=rail(train=99, seat=1)),
        "stars": lambda site: changed(site, lodging_stay=pb.LodgingStay(stars=9)),
    },
    Reason.ROLE_INVALID: {
        "none": lambda site: without(site, "role"),
        "unknown": lambda site: changed(site, role=99),
        "not-of-the-action": lambda site: changed(site, role=pb.ROLE_GUEST),
    },
    Reason.DOCUMENT_INVALID: {
        "check-digit": lambda site: changed(
            site, document=pb.Document(type="cn-ric", number="110101189001010017")
        ),
        "none": lambda site: without(site, "document"),
    },
}
"""What is wrong with a properly signed query of the portal, by the reason it gets."""


def cases(table: dict[Reason, Requests] | dict[Reason, Queries]) -> list[object]:
    """Return a table's cells as parameters of a test."""
    return [
        pytest.param(reason, make, id=f"{reason}-{name}")
        for reason, row in table.items()
        for name, make in row.items()
    ]


def reason_of_batch(site: AnsweringSite, raw: bytes) -> Reason:
    """Return why a whole ``BatchCheck`` gets no answer."""
    with pytest.raises(AnswerError) as caught:
        site.service().batch_check(raw, context())
    return caught.value.reason


@dataclass
class Broken:
    """A state of the gateway from which nothing is answered."""

    reason: Reason
    spoil: Callable[[AnsweringSite], object]


BROKEN = [
    Broken(Reason.NO_SNAPSHOT, drop_header),
    Broken(Reason.SNAPSHOT_STALE, lambda site: site.hold(lease_until=MORNING)),
    Broken(Reason.PACK_MISMATCH, lambda site: site.hold(pack="00" * 32)),
    Broken(Reason.DECISION_KEY_EXPIRED, lambda site: site.hold(decision_keys={})),
]


class TestRefusals:
    """Each documented reason can be met, and means the same for one question as for many."""

    @pytest.mark.parametrize(("reason", "make"), cases(ENVELOPES))
    def test_an_envelope_is_refused(
        self, site: AnsweringSite, reason: Reason, make: Callable[[AnsweringSite], bytes]
    ) -> None:
        """What is not exactly one properly signed query is not parsed."""
        assert reason_of_check(site, make(site)) is reason

    @pytest.mark.parametrize(("reason", "make"), cases(QUESTIONS))
    def test_a_question_is_refused(
        self,
        site: AnsweringSite,
        reason: Reason,
        make: Callable[[AnsweringSite], pb.Query | bytes],
    ) -> None:
        """A signed question that cannot be answered is refused, in a Check and as an item of a batch."""
        query = make(site)
        raw = site.check_request(query, "portal").SerializeToString(deterministic=True)
        assert reason_of_check(site, raw) is reason
        good = site.query("portal")
        first, second, third = batch(site, [good, query, site.query("portal")], "portal").items
        assert refusal(second).reason == reason.value
        assert {decision(first).outcome, decision(third).outcome} == {pb.OUTCOME_PERMITTED}

    @pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: str(broken.reason))
    def test_a_gateway_without_a_usable_snapshot_refuses_all(
        self, site: AnsweringSite, broken: Broken
    ) -> None:
        """Neither one question nor a batch is answered, and nothing is signed."""
        broken.spoil(site)
        one, many = site.check_request(site.query()), site.batch_request([site.query()])
        assert reason_of_check(site, one.SerializeToString()) is broken.reason
        assert reason_of_batch(site, many.SerializeToString()) is broken.reason

    @pytest.mark.parametrize("count", [0, MAX_BATCH + 1])
    def test_a_batch_has_one_to_a_thousand_queries(self, site: AnsweringSite, count: int) -> None:
        """An empty batch and a query too many are refused as a whole."""
        raw = site.batch_request([b"query"] * count).SerializeToString()
        assert reason_of_batch(site, raw) is Reason.BATCH_SIZE

    def test_a_thousand_queries_are_answered(self, site: AnsweringSite) -> None:
        """The largest batch gets an answer for each, also when none of them is a question."""
        items = batch(site, [b"query"] * MAX_BATCH).items
        assert len(items) == MAX_BATCH

    @pytest.mark.parametrize(
        ("role", "action", "expected"),
        [
            (
                pb.ROLE_TRAVELLER,
                {"rail_travel": rail(train=1, seat=1)},
                Reason.ACTION_NOT_ALLOWED,
            ),
            (pb.ROLE_GUEST, {"lodging_stay": pb.LodgingStay(stars=1)}, Reason.ACTION_NOT_ALLOWED),
            (pb.ROLE_PAYER, {"air_travel": pb.AirTravel()}, Reason.ROLE_NOT_ALLOWED),
        ],
    )
    def test_a_partner_asks_within_its_scope(
        self, site: AnsweringSite, role: pb.Role, action: dict[str, object], expected: Reason
    ) -> None:
        """An action or a role that the airline is not registered for is refused before any look-up."""
        site.put_record(citizen(0), b"cannot be read")
        query = site.query()
        query.ClearField("air_travel")
        query.MergeFrom(pb.Query(role=role, **action))  # type: ignore[arg-type]
        assert reason_of_check(site, site.check_request(query).SerializeToString()) is expected

    def test_a_query_counts_once(self, site: AnsweringSite) -> None:
        """The same query is refused the second time, alone and within a batch."""
        service, query = site.service(), site.query()
        raw = site.check_request(query).SerializeToString()
        service.check(raw, context())
        with pytest.raises(AnswerError) as caught:
            service.check(raw, context())
        assert caught.value.reason is Reason.QUERY_REPLAYED
        first, second = batch(site, [query, query]).items
        assert decision(first).outcome == pb.OUTCOME_PERMITTED
        assert refusal(second).reason == "QUERY_REPLAYED"

    def test_a_refused_key_does_not_use_up_a_query(self, site: AnsweringSite) -> None:
        """Somebody who copies a request id without the key cannot keep its owner from asking."""
        service, query = site.service(), site.query()
        forged = site.check_request(query)
        forged.query.signatures[0].sig = b"0" * 70
        with pytest.raises(AnswerError):
            service.check(forged.SerializeToString(), context())
        assert service.check(site.check_request(query).SerializeToString(), context())

    def test_a_pack_that_does_not_know_the_action(self, site: AnsweringSite) -> None:
        """An action of the proto that the pack says nothing about is unknown, not permitted."""
        pack = site.matrix.pack
        some = {name: entry for name, entry in pack.actions.items() if name != "air.travel"}
        site.matrix = compile_matrix(replace(pack, actions=some))
        raw = site.check_request(site.query()).SerializeToString()
        assert reason_of_check(site, raw) is Reason.ACTION_UNKNOWN

    def test_a_record_that_cannot_be_read(self, site: AnsweringSite) -> None:
        """One damaged record costs one answer, and it is no restriction."""
        site.put_record(citizen(0), b"cannot be read")
        raw = site.check_request(site.query()).SerializeToString()
        assert reason_of_check(site, raw) is Reason.INTERNAL
        other = site.query()
        other.document.number = citizen(1).number
        damaged, good = batch(site, [site.query(), other]).items
        assert refusal(damaged).reason == "INTERNAL"
        assert decision(good).outcome == pb.OUTCOME_PERMITTED

    def test_every_reason_is_met_here(self) -> None:
        """The tables and tests above leave out no reason that this service can give."""
        elsewhere = {
            Reason.METADATA_NOT_FOUND,
            Reason.TARGET_NOT_FOUND,
            Reason.OVERLOADED,
            Reason.STANDING_NOT_ALLOWED,
            Reason.PERSON_DOCUMENT,
            Reason.NO_RECORD,
            Reason.ATTEMPTS_EXHAUSTED,
            Reason.REGISTER_UNAVAILABLE,
        }
        single = {
            Reason.BATCH_SIZE,
            Reason.ACTION_NOT_ALLOWED,
            Reason.ROLE_NOT_ALLOWED,
            Reason.QUERY_REPLAYED,
            Reason.INTERNAL,
        }
        met = {*ENVELOPES, *QUESTIONS, *(broken.reason for broken in BROKEN), *single}
        assert met == set(Reason) - elsewhere

    @pytest.mark.parametrize(("reason", "make"), cases(QUESTIONS))
    def test_no_refusal_quotes_the_document(
        self,
        site: AnsweringSite,
        caplog: pytest.LogCaptureFixture,
        reason: Reason,
        make: Callable[[AnsweringSite], pb.Query | bytes],
    ) -> None:
        """Whatever is wrong, the number is in no message and no log."""
        caplog.set_level(logging.DEBUG)
        raw = site.check_request(make(site), "portal").SerializeToString(deterministic=True)
        with pytest.raises(AbortedError) as caught:
            answering(site.service().check)(raw, context())
        assert caught.value.reason() == ("jointgate", reason.value)
        assert "11010118900101001" not in f"{caught.value.status} {caplog.text}"


class TestOrder:
    """What is checked before what."""

    def test_nobody_unknown_learns_the_gateways_state(self, site: AnsweringSite) -> None:
        """Whoever has no key is told so, and not whether there is a snapshot."""
        drop_header(site)
        raw = with_signature(site, keyid="0" * 64)
        assert reason_of_check(site, raw) is Reason.UNKNOWN_KEY

    def test_nothing_unsigned_is_parsed(self, site: AnsweringSite) -> None:
        """A payload that is no query gets the signature's reason first."""
        request = site.check_request(b"\xff" * 9)
        request.query.signatures[0].sig = b"0" * 70
        assert reason_of_check(site, request.SerializeToString()) is Reason.SIGNATURE_INVALID


class TestCertificates:
    """With TLS the client certificate must be that of the partner that signed."""

    def asked_by(self, site: AnsweringSite, *uris: str) -> bytes:
        """Ask with a certificate that names ``uris``."""
        raw = site.check_request(site.query()).SerializeToString()
        return site.service(tls=True).check(raw, context(*uris))

    def test_ones_own_certificate_is_accepted(self, site: AnsweringSite) -> None:
        """Certificate, key and query of one partner fit together."""
        assert self.asked_by(site, partner_uri("airline"))

    @pytest.mark.parametrize(
        "uris",
        [
            (),
            (partner_uri("portal"),),
            (partner_uri("airline") + "/",),
            (partner_uri("airline").upper(),),
            (partner_uri("airline")[:-1],),
            ("airline",),
        ],
    )
    def test_any_other_is_refused(self, site: AnsweringSite, uris: tuple[str, ...]) -> None:
        """A stolen signing key is of no use without the certificate, and no name is nearly right."""
        with pytest.raises(AnswerError) as caught:
            self.asked_by(site, *uris)
        assert caught.value.reason is Reason.PARTNER_MISMATCH

    def test_without_tls_the_signature_alone_counts(self, site: AnsweringSite) -> None:
        """The insecure experiment on loopback still knows who signed."""
        raw = site.check_request(site.query()).SerializeToString()
        assert site.service(tls=False).check(raw, context())
