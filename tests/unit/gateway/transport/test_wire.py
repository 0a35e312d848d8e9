"""The wire: one encoding and no other, and the domain's values neither more nor fewer than the proto's."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.decision.deciding import Decided
from gateway.errors import AnswerError, Reason
from gateway.transport import wire
from gateway.transport.wire import (
    _EFFECTS,
    _OUTCOMES,
    _ROLES,
    DecisionWriter,
    parse_instant,
    parse_query,
    parse_question,
    parse_strictly,
)
from jointgate.decision.v1 import decision_pb2 as pb
from sanctions_matrix.actions import AirTravel, Role
from sanctions_matrix.documents import PartyKind, parse_document
from sanctions_matrix.evaluation import Matrix
from sanctions_matrix.measures import Effect
from sanctions_matrix.synthetic import organisation_code
from sanctions_matrix.verdict import Outcome
from tests.fakes.answering_site import AnsweringSite
from tests.fakes.fixed_clock import MORNING
from tests.fakes.raw_actions import newer_action, rail
from tests.fakes.synthetic_parties import CONTEST, COURT, citizen, listing

if TYPE_CHECKING:
    from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

DOCUMENT = pb.Document(type="cn-ric", number="110101189001010016")
QUERY = pb.Query(
    request_id=bytes(range(16)),
    partner="airline",
    issued_at=MORNING,
    document=DOCUMENT,
    role=pb.ROLE_TRAVELLER,
    rail_travel=rail(train=pb.TRAIN_CLASS_G, seat=pb.SEAT_CLASS_SECOND),
)
CONTENT = QUERY.SerializeToString(deterministic=True)


def question(**changes: object) -> pb.Query:
    """Return ``QUERY`` with some fields replaced."""
    query = pb.Query()
    query.CopyFrom(QUERY)
    query.MergeFrom(pb.Query(**changes))  # type: ignore[arg-type]
    return query


def reason(query: pb.Query) -> Reason:
    """Return why ``query`` is no question."""
    with pytest.raises(AnswerError) as caught:
        parse_question(query)
    assert query.document.number == "" or query.document.number not in str(caught.value)
    return caught.value.reason


class TestStrictness:
    """Only the encoding that the gateway would have written itself is read."""

    def refused(self, content: bytes, *, limit: int = 4_096) -> Reason:
        """Return why ``content`` is no query."""
        with pytest.raises(AnswerError) as caught:
            parse_strictly(pb.Query, content, limit=limit)
        return caught.value.reason

    def test_the_prescribed_encoding_is_read(self) -> None:
        """What a partner's library writes comes back equal."""
        assert parse_strictly(pb.Query, CONTENT, limit=len(CONTENT)) == QUERY

    def test_size_comes_first(self) -> None:
        """One byte over the limit is refused before anything is parsed."""
        assert self.refused(CONTENT, limit=len(CONTENT) - 1) is Reason.QUERY_TOO_LARGE
        assert self.refused(b"\xff" * 5_000) is Reason.QUERY_TOO_LARGE

    @pytest.mark.parametrize(
        "content",
        [
            CONTENT + b"\xfa\x01\x00",
            CONTENT + b"\x98\x06\x01",
            CONTENT + b"\x28\x01",
            CONTENT + b"\x12\x07airline",
            b"\x12\x07railway" + CONTENT,
            CONTENT + CONTENT,
            CONTENT + b"\x00",
            CONTENT + b"\x0a",
            CONTENT[:-1],
            CONTENT.replace(b"\x28\x01", b"\x28\x81\x00"),
            CONTENT.replace(b"\x28\x01", b"\x28\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00"),
            CONTENT.replace(b"\x12\x07airline", b"\x12\x87\x00airline"),
            CONTENT.replace(b"\x12\x07airline", b"\x10\x07"),
            CONTENT.replace(b"\x12\x07airline", b"\x92\x00\x07airline"),
            CONTENT.replace(b"airline", b"airlin\xff"),
            CONTENT[18:] + CONTENT[:18],
            CONTENT.replace(b"\x28\x01", b"") + b"\x28\x00",
            pb.Query(role=pb.ROLE_GUEST, air_travel=pb.AirTravel()).SerializeToString()
            + b"\x5a\x00",
            pb.Query(air_travel=pb.AirTravel()).SerializeToString()[:1] + b"\x02\x08\x01",
            b"\x6a\x02\x10\x00",
            b"\x0b\x0c",
            b"\xff" * 20,
        ],
        ids=[
            "unknown-field",
            "unknown-varint",
            "field-twice",
            "text-twice",
            "text-twice-in-front",
            "concatenated",
            "zero-tag",
            "cut-off-field",
            "cut-off",
            "overlong-varint",
            "overlong-varint-of-ten",
            "overlong-length",
            "wrong-wire-type",
            "overlong-tag",
            "no-utf8",
            "out-of-order",
            "default-written-out",
            "two-actions",
            "unknown-field-inside",
            "default-inside",
            "group",
            "garbage",
        ],
    )
    def test_every_other_encoding_is_refused(self, content: bytes) -> None:
        """Two readers can never understand one signed query differently."""
        assert content != CONTENT
        assert self.refused(content) is Reason.MALFORMED_REQUEST

    def test_an_empty_message_is_a_message(self) -> None:
        """What is missing in it is for the next step to say."""
        assert parse_strictly(pb.Query, b"", limit=0) == pb.Query()

    def test_no_message_quotes_what_was_sent(self) -> None:
        """The error says which message was expected, not what was in it."""
        with pytest.raises(AnswerError) as caught:
            parse_strictly(pb.Query, CONTENT + b"\x98\x06\x01", limit=4_096)
        assert DOCUMENT.number not in str(caught.value)
        assert "Query" in str(caught.value)


class TestNewerClients:
    """A query by a client that knows more than this gateway."""

    def reason(self, content: bytes) -> Reason:
        """Return why ``content`` is no query."""
        with pytest.raises(AnswerError) as caught:
            parse_query(content)
        return caught.value.reason

    def test_a_query_is_read(self) -> None:
        """What both know is read as ever."""
        assert parse_query(CONTENT) == QUERY

    @pytest.mark.parametrize(
        "field", [newer_action(), newer_action(ahead=6), newer_action(wire_type=0)]
    )
    def test_an_action_of_a_newer_proto_is_unknown(self, field: bytes) -> None:
        """The partner learns that the gateway is older, not that its bytes are damaged."""
        assert self.reason(pb.Query(role=pb.ROLE_GUEST).SerializeToString() + field) is (
            Reason.ACTION_UNKNOWN
        )

    @pytest.mark.parametrize(
        "content",
        [
            CONTENT + newer_action(),
            pb.Query(role=pb.ROLE_GUEST).SerializeToString() + b"\x30\x01",
            pb.Query(role=pb.ROLE_GUEST).SerializeToString() + newer_action()[:-1],
        ],
        ids=["beside-an-action", "elsewhere", "cut-off"],
    )
    def test_any_other_unknown_field_is_malformed(self, content: bytes) -> None:
        """Only in the place of an action is something new an action."""
        assert self.reason(content) is Reason.MALFORMED_REQUEST

    def test_size_still_comes_first(self) -> None:
        """A query that is too large is not looked into."""
        assert self.reason(newer_action() * 3_000) is Reason.QUERY_TOO_LARGE


class TestInstants:
    """When a query was issued."""

    def test_an_instant_is_aware_and_utc(self) -> None:
        """Whole and fractional seconds arrive."""
        stamp = Timestamp()
        stamp.FromDatetime(MORNING + timedelta(microseconds=5))
        assert parse_instant(stamp) == MORNING + timedelta(microseconds=5)
        assert parse_instant(stamp).tzinfo is UTC

    def test_no_instant_is_the_epoch(self) -> None:
        """A query without one is as stale as it can be."""
        assert parse_instant(Timestamp()) == datetime(1970, 1, 1, tzinfo=UTC)

    @pytest.mark.parametrize(
        "stamp",
        [
            Timestamp(seconds=253_402_300_800),
            Timestamp(seconds=-62_135_596_801),
            Timestamp(seconds=2**63 - 1),
            Timestamp(seconds=-(2**63)),
            Timestamp(nanos=-1),
            Timestamp(nanos=10**9),
        ],
        ids=["year-10000", "year-0", "largest", "smallest", "negative-nanos", "nanos-of-a-second"],
    )
    def test_an_impossible_instant_is_refused(self, stamp: Timestamp) -> None:
        """Outside the years 1 to 9999, or of more than a second's fraction, it is no instant."""
        with pytest.raises(AnswerError) as caught:
            parse_instant(stamp)
        assert caught.value.reason is Reason.MALFORMED_REQUEST


def values(kind: "EnumTypeWrapper") -> dict[str, int]:
    """Return the values of a proto enum but its zero, by the last part of their names."""
    prefix = kind.Name(0).removesuffix("UNSPECIFIED")
    return {name.removeprefix(prefix): number for name, number in kind.items() if number}


class TestVocabulary:
    """Proto and domain have the same words."""

    def test_every_role_that_is_asked_has_its_meaning(self) -> None:
        """Each role of the proto means the domain's role of the same name; zero means nothing."""
        assert {role.name: number for number, role in _ROLES.items()} == values(pb.Role)
        assert set(_ROLES.values()) == set(Role)

    @pytest.mark.parametrize(
        ("kind", "domain", "table"),
        [(pb.Outcome, Outcome, _OUTCOMES), (pb.Effect, Effect, _EFFECTS)],
    )
    def test_every_value_that_is_answered_has_its_number(
        self, kind: "EnumTypeWrapper", domain: type[Enum], table: Mapping[Enum, int]
    ) -> None:
        """Each outcome and effect has the number of its name; zero is never answered."""
        assert {member.name: number for member, number in table.items()} == values(kind)
        assert set(table) == {member for member in domain if member is not Effect.NONE}

    def test_the_types_of_payloads_differ(self) -> None:
        """No signature over one kind of bytes verifies as one over another kind."""
        types = {name: text for name, text in vars(wire).items() if name.endswith("_TYPE")}
        assert len(types) == len(set(types.values())) == 5

    def test_the_largest_batch_fits_its_limit(self) -> None:
        """A thousand queries of the largest size pass the limits that are checked before them."""
        largest = pb.QueryBatch(queries=[bytes(wire.MAX_QUERY_BYTES)] * wire.MAX_BATCH)
        signature = pb.Signature(keyid="0" * 64, sig=bytes(512))
        payload = largest.SerializeToString()
        request = pb.BatchCheckRequest(
            batch=pb.SignedQueryBatch(
                payload=payload, payload_type=wire.QUERY_BATCH_TYPE, signatures=[signature]
            )
        )
        assert len(request.SerializeToString()) <= wire.MAX_BATCH_BYTES


class TestQuestions:
    """What a query asks."""

    def test_an_action_arrives(self) -> None:
        """What is asked about is what was sent; ``test_wire_actions`` goes through all of it."""
        query = question(air_travel=pb.AirTravel())
        assert parse_question(parse_query(query.SerializeToString(deterministic=True))).action == (
            AirTravel()
        )

    def test_document_and_role_arrive(self) -> None:
        """The number is normalised as everywhere else."""
        spaced = pb.Document(type="cn-ric", number="110101 18900101-0016")
        parsed = parse_question(question(document=spaced, role=pb.ROLE_APPOINTEE))
        assert (parsed.document, parsed.role) == (citizen_of(DOCUMENT), Role.APPOINTEE)

    @pytest.mark.parametrize("number", [0, 6, 99, -1])
    def test_an_unknown_role_is_refused(self, number: int) -> None:
        """A role that is missing, or newer than this gateway, is not guessed."""
        query = question()
        query.role = number  # type: ignore[assignment]
        assert reason(query) is Reason.ROLE_INVALID

    def test_an_action_that_cannot_be_read_is_refused(self) -> None:
        """The refusals of actions and attributes are the question's."""
        assert reason(pb.Query(document=DOCUMENT, role=pb.ROLE_PAYER)) is Reason.ACTION_UNKNOWN
        assert reason(question(rail_travel=rail(seat=99))) is Reason.ATTRIBUTE_INVALID

    @pytest.mark.parametrize(
        "document",
        [
            pb.Document(),
            pb.Document(type="cn-ric"),
            pb.Document(number="110101189001010016"),
            pb.Document(type="cn-ric", number="110101189001010017"),
            pb.Document(type="CN-RIC", number="110101189001010016"),
            pb.Document(type="name", number="SOMEBODY"),
            pb.Document(type="passport:UTO", number="U" * 65),
            pb.Document(type="passport:UTO" + " " * 30, number="U1"),
        ],
        ids=["empty", "no-number", "no-type", "check-digit", "case", "name", "long", "long-type"],
    )
    def test_a_wrong_document_is_refused(self, document: pb.Document) -> None:
        """Only a valid document is looked up, and the refusal does not repeat it."""
        query = question()
        query.document.CopyFrom(document)
        assert reason(query) is Reason.DOCUMENT_INVALID

    def test_a_missing_document_is_refused(self) -> None:
        """A question about nobody gets no answer."""
        query = question()
        query.ClearField("document")
        assert reason(query) is Reason.DOCUMENT_INVALID


def citizen_of(document: pb.Document) -> object:
    """Return ``document`` as the domain knows it."""
    return parse_question(question(document=document)).document


class TestAnswers:
    """What a decision says."""

    @pytest.fixture
    def decided(self, site: AnsweringSite) -> Decided:
        """The answer about a citizen who is listed twice."""
        ends_at = MORNING + timedelta(hours=1)
        site.put(
            citizen(0),
            listing("L1", measures=["38"], ends_at=ends_at),
            replace(listing("L2", measures=["AIR-385"], list_id="air-restricted"), authority="NRA"),
        )
        query = site.query()
        with site.store.read() as view:
            decider = site.decider()
            header = decider.usable_header(view, MORNING)
            return decider.decide(view, header, parse_question(query), MORNING)

    def written(self, site: AnsweringSite, decided: Decided) -> pb.Decision:
        """Return the decision that is written for ``decided``."""
        writer = DecisionWriter("gateway.test", site.matrix.pack)
        content = writer.decision(
            decided, audience="airline", query_digest=b"d" * 32, header=site.header()
        )
        return parse_strictly(pb.Decision, content, limit=1 << 20)

    def test_a_decision_says_by_what_it_was_made(
        self, site: AnsweringSite, decided: Decided
    ) -> None:
        """Issuer, audience, query, pack, snapshot and both instants are those of the answer."""
        decision, pack = self.written(site, decided), site.matrix.pack
        assert (decision.issuer, decision.audience) == ("gateway.test", "airline")
        assert decision.query_digest == b"d" * 32
        assert decision.outcome == pb.OUTCOME_RESTRICTED
        assert (decision.pack.id, decision.pack.version) == (pack.id, pack.version)
        assert decision.pack.digest.hex() == pack.digest
        assert (decision.snapshot.number, decision.snapshot.digest) == (7, bytes(range(32)))
        assert decision.evaluated_at.ToDatetime(UTC) == decided.evaluated_at
        assert decision.expires_at.ToDatetime(UTC) == decided.expires_at

    def test_every_ground_is_told(self, site: AnsweringSite, decided: Decided) -> None:
        """Measure, effect, list, authority, basis, reference, end, contest and words in two languages."""
        told = self.written(site, decided).grounds
        assert len(told) == len(decided.verdict.grounds) == 2
        for ground, message in zip(decided.verdict.grounds, told, strict=True):
            assert message.measure == ground.measure.id
            assert message.effect == pb.EFFECT_RESTRICTS
            assert (message.list, message.authority) == (ground.list.id, ground.authority)
            assert ground.measure.legal_basis in message.legal_basis
            assert ground.rule_source in message.legal_basis
            assert message.listing_reference == ground.reference
            assert message.ends_with == ground.list.ends_with
            assert (message.contest.body, message.contest.address, message.contest.deadline) == (
                CONTEST.body,
                CONTEST.address,
                CONTEST.deadline,
            )
            assert message.explanation_en == ground.rule.explanation_en
            assert message.explanation_zh == ground.rule.explanation_zh

    def test_an_end_is_told_exactly_where_there_is_one(
        self, site: AnsweringSite, decided: Decided
    ) -> None:
        """A listing that ends by performance has no instant, and no zero in its place."""
        with_end, without = self.written(site, decided).grounds
        assert with_end.ends_at.ToDatetime(UTC) == MORNING + timedelta(hours=1)
        assert not without.HasField("ends_at")
        assert (with_end.authority, without.authority) == (COURT, "NRA")

    def test_a_permission_has_no_grounds(self, site: AnsweringSite) -> None:
        """It says by what it was made, like any decision, and nothing about anybody."""
        with site.store.read() as view:
            decider = site.decider()
            header = decider.usable_header(view, MORNING)
            decided = decider.decide(view, header, parse_question(site.query()), MORNING)
        decision = self.written(site, decided)
        assert (decision.outcome, list(decision.grounds)) == (pb.OUTCOME_PERMITTED, [])

    def test_every_commendation_is_told(self, site: AnsweringSite) -> None:
        """List, authority, basis, reference, end, contest and words in two languages, beside an outcome of its own."""
        ends_at = MORNING + timedelta(hours=1)
        red = listing("L1", measures=[], list_id="a-grade-taxpayers", ends_at=ends_at)
        endless = listing("L2", measures=[], list_id="customs-aeo")
        document = parse_document("cn-uscc", organisation_code(0))
        site.put(
            document, *(replace(one, party_kind=PartyKind.ORGANISATION) for one in (red, endless))
        )
        query = site.query()
        query.document.CopyFrom(pb.Document(type=document.type, number=document.number))
        with site.store.read() as view:
            decider = site.decider()
            header = decider.usable_header(view, MORNING)
            decided = decider.decide(view, header, parse_question(query), MORNING)
        decision = self.written(site, decided)
        assert (decision.outcome, list(decision.grounds)) == (pb.OUTCOME_PERMITTED, [])
        told = {message.list: message for message in decision.commendations}
        assert list(told) == ["a-grade-taxpayers", "customs-aeo"]
        for reference, (list_id, message) in zip(("L1", "L2"), told.items(), strict=True):
            definition = site.matrix.pack.lists[list_id]
            assert (message.authority, message.listing_reference) == (COURT, reference)
            assert message.legal_basis == definition.legal_basis
            assert message.contest.body == CONTEST.body
            assert message.contest.address == CONTEST.address
            assert message.contest.deadline == CONTEST.deadline
            assert message.explanation_en == definition.explanation_en
            assert message.explanation_zh == definition.explanation_zh
        assert told["a-grade-taxpayers"].ends_at.ToDatetime(UTC) == ends_at
        assert not told["customs-aeo"].HasField("ends_at")

    def test_a_refusal_says_why(self, matrix: Matrix) -> None:
        """Reason and words are those of the error, bound to the query and its partner."""
        content = DecisionWriter("gateway.test", matrix.pack).refusal(
            AnswerError(Reason.DOCUMENT_INVALID, "the words"),
            audience="airline",
            query_digest=b"d" * 32,
            at=MORNING,
        )
        refusal = parse_strictly(pb.Refusal, content, limit=4_096)
        assert (refusal.issuer, refusal.audience) == ("gateway.test", "airline")
        assert (refusal.query_digest, refusal.reason) == (b"d" * 32, "DOCUMENT_INVALID")
        assert (refusal.message, refusal.refused_at.ToDatetime(UTC)) == ("the words", MORNING)
