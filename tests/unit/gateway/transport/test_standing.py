"""The standing service: every reason it can give, what it tells, and what it signs."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256

import grpc
import pytest

from gateway.decision.merkle import hash_leaf
from gateway.decision.signatures import authenticated_bytes, verify_signature
from gateway.errors import AnswerError, Reason
from gateway.keys import parse_decision_key
from gateway.snapshot.store import StoreView
from gateway.transport.standing import SERVICE, STANDING_QUERY_TYPE, STANDING_TYPE
from gateway.transport.status import answering
from gateway.transport.wire import DECISION_ROOT_TYPE, DECISION_TYPE, QUERY_TYPE
from jointgate.decision.v1 import decision_pb2
from jointgate.standing.v1 import standing_pb2 as pb
from sanctions_matrix.documents import Document, parse_document
from sanctions_matrix.evaluation import compile_matrix
from sanctions_matrix.listing import Exemption, Window
from sanctions_matrix.synthetic import passport_number
from tests.fakes.answering_site import ISSUER, TERM, AnsweringSite, partner_uri
from tests.fakes.fixed_clock import MORNING
from tests.fakes.fixed_context import AbortedError, context
from tests.fakes.standing_questions import (
    BLACK,
    RED,
    UNPUBLISHED,
    organisations_listing,
    query,
    request,
    service,
)
from tests.fakes.synthetic_parties import CONTEST, COURT, LISTED_AT, citizen, listing, organisation


def signed(site: AnsweringSite) -> pb.SignedStanding:
    """Ask a new service the good question."""
    raw = request(site, query(site)).SerializeToString(deterministic=True)
    return pb.LookupResponse.FromString(service(site).lookup(raw, context())).standing


def told(site: AnsweringSite) -> pb.Standing:
    """Return what is told of organisation 0."""
    return pb.Standing.FromString(signed(site).payload)


def reason(site: AnsweringSite, raw: bytes) -> Reason:
    """Return why a ``Lookup`` gets no answer."""
    with pytest.raises(AnswerError) as caught:
        service(site).lookup(raw, context())
    return caught.value.reason


def changed(site: AnsweringSite, **changes: object) -> pb.StandingQuery:
    """Return a good question with some fields replaced; None clears one."""
    asked = query(site)
    for name, value in changes.items():
        asked.ClearField(name)
        if value is not None:
            asked.MergeFrom(pb.StandingQuery(**{name: value}))  # type: ignore[arg-type]
    return asked


def about(site: AnsweringSite, document: Document) -> pb.StandingQuery:
    """Return a question about any document."""
    given = decision_pb2.Document(type=document.type, number=document.number)
    return changed(site, document=given)


def resigned(site: AnsweringSite, signatures: list[decision_pb2.Signature]) -> bytes:
    """Return a request with other signatures."""
    asked = request(site, query(site))
    del asked.query.signatures[:]
    asked.query.signatures.extend(signatures)
    return asked.SerializeToString(deterministic=True)


def with_type(site: AnsweringSite, payload_type: str) -> bytes:
    """Return a request that is properly signed under another type."""
    asked = request(site, query(site))
    asked.query.payload_type = payload_type
    del asked.query.signatures[:]
    asked.query.signatures.append(site.signature("portal", payload_type, asked.query.payload))
    return asked.SerializeToString(deterministic=True)


def serial(asked: pb.StandingQuery | pb.LookupRequest) -> bytes:
    """Return the prescribed encoding."""
    return asked.SerializeToString(deterministic=True)


ENVELOPES: dict[Reason, dict[str, Callable[[AnsweringSite], bytes]]] = {
    Reason.MALFORMED_REQUEST: {
        "empty": lambda _: b"",
        "garbage": lambda _: b"\xff" * 9,
        "unknown-field": lambda site: serial(request(site, query(site))) + b"\x98\x06\x01",
        "type-of-a-check": lambda site: with_type(site, QUERY_TYPE),
        "type-of-a-standing": lambda site: with_type(site, STANDING_TYPE),
    },
    Reason.QUERY_TOO_LARGE: {"envelope": lambda _: b"\x0a" * 6_000},
    Reason.UNSIGNED_QUERY: {
        "no-signature": lambda site: resigned(site, []),
        "two-signatures": lambda site: resigned(
            site, [site.signature("portal", STANDING_QUERY_TYPE, b"")] * 2
        ),
    },
    Reason.UNKNOWN_KEY: {
        "nobodys": lambda site: resigned(
            site, [decision_pb2.Signature(keyid="0" * 64, sig=b"0" * 70)]
        ),
    },
    Reason.SIGNATURE_INVALID: {
        "another-payload": lambda site: resigned(
            site, [site.signature("portal", STANDING_QUERY_TYPE, b"another")]
        ),
        "signed-as-a-check": lambda site: resigned(
            site, [site.signature("portal", QUERY_TYPE, serial(query(site)))]
        ),
    },
}
"""What is wrong before a query is parsed, by the reason it gets."""

QUESTIONS: dict[Reason, dict[str, Callable[[AnsweringSite], pb.StandingQuery | bytes]]] = {
    Reason.MALFORMED_REQUEST: {
        "garbage": lambda _: b"\xff" * 9,
        "unknown-field": lambda site: serial(query(site)) + b"\x98\x06\x01",
        "a-query-about-an-action": lambda site: site.query("portal").SerializeToString(),
        "short-request-id": lambda site: changed(site, request_id=bytes(15)),
        "impossible-instant": lambda site: changed(site, issued_at={"nanos": 2_000_000_000}),
    },
    Reason.QUERY_TOO_LARGE: {"one-byte-too-many": lambda _: bytes(4_097)},
    Reason.PARTNER_MISMATCH: {"another-partner": lambda site: changed(site, partner="airline")},
    Reason.QUERY_STALE: {
        "old": lambda site: query(site, at=MORNING - timedelta(seconds=61)),
        "future": lambda site: query(site, at=MORNING + timedelta(seconds=61)),
        "no-instant": lambda site: changed(site, issued_at=None),
    },
    Reason.DOCUMENT_INVALID: {
        "none": lambda site: changed(site, document=None),
        "check-digit": lambda site: changed(
            site,
            document=decision_pb2.Document(
                type="cn-uscc", number=f"{organisation(0).number[:-1]}!"
            ),
        ),
        "a-persons-number-that-fits-a-credit-code": lambda site: changed(
            site, document=decision_pb2.Document(type="cn-uscc", number="11010118900126020X")
        ),
        "too-long": lambda site: changed(
            site, document=decision_pb2.Document(type="cn-uscc", number="9" * 65)
        ),
    },
    Reason.PERSON_DOCUMENT: {
        "citizen": lambda site: about(site, citizen(0)),
        "passport": lambda site: about(site, parse_document("passport:UTO", passport_number(0))),
        "tax-number": lambda site: about(site, parse_document("tax-id:UTO", "12345678")),
        "register-number": lambda site: about(site, parse_document("registration:UTO", "123456")),
        "individual-business": lambda site: about(
            site, parse_document("cn-uscc", "92990000MA0000007T")
        ),
        "ship": lambda site: about(site, parse_document("imo", "9074729")),
    },
}
"""What is wrong with a properly signed query of the portal, by the reason it gets."""


def cases(table: Mapping[Reason, Mapping[str, object]]) -> list[object]:
    """Return a table's cells as parameters of a test."""
    return [
        pytest.param(expected, make, id=f"{expected}-{name}")
        for expected, row in table.items()
        for name, make in row.items()
    ]


BROKEN: dict[Reason, Callable[[AnsweringSite], object]] = {
    Reason.NO_SNAPSHOT: lambda site: site.hold(format=99),
    Reason.SNAPSHOT_STALE: lambda site: site.hold(lease_until=MORNING),
    Reason.PACK_MISMATCH: lambda site: site.hold(pack="00" * 32),
    Reason.DECISION_KEY_EXPIRED: lambda site: site.hold(decision_keys={}),
    Reason.INTERNAL: lambda site: site.put_record(organisation(0), b"cannot be read"),
}
"""States of the gateway from which nothing is told."""


@pytest.fixture
def nothing_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every look-up of a party fail the test."""

    def fail(_: StoreView, pseudonym: bytes) -> bytes:
        message = f"looked up {pseudonym!r}"
        raise AssertionError(message)

    monkeypatch.setattr(StoreView, "record", fail)


class TestRefusals:
    """Each documented reason can be met, and none of them says anything about the organisation."""

    @pytest.mark.parametrize(("expected", "make"), cases(ENVELOPES))
    def test_an_envelope_is_refused(
        self, site: AnsweringSite, expected: Reason, make: Callable[[AnsweringSite], bytes]
    ) -> None:
        """What is not exactly one properly signed query about standing is not parsed."""
        assert reason(site, make(site)) is expected

    @pytest.mark.usefixtures("nothing_is_looked_up")
    @pytest.mark.parametrize(("expected", "make"), cases(QUESTIONS))
    def test_a_question_is_refused_before_any_look_up(
        self,
        site: AnsweringSite,
        caplog: pytest.LogCaptureFixture,
        expected: Reason,
        make: Callable[[AnsweringSite], pb.StandingQuery | bytes],
    ) -> None:
        """A signed question that cannot be answered gets its reason, nothing looked up and no number repeated."""
        caplog.set_level(logging.DEBUG)
        asked = make(site)
        raw = serial(request(site, asked))
        with pytest.raises(AbortedError) as caught:
            answering(service(site).lookup)(raw, context())
        assert caught.value.reason() == ("jointgate", expected.value)
        said = f"{caught.value.status} {caplog.text}"
        for document in (organisation(0), citizen(0)):
            assert document.number[:-1] not in said
        assert "12345" not in said
        assert passport_number(0) not in said
        assert "9074729" not in said
        assert "11010118900126020X" not in said
        assert "92990000MA0000007T" not in said

    def test_all_refused_documents_get_the_same_words(self, site: AnsweringSite) -> None:
        """A listed person, an unlisted one and a tax number cannot be told apart by the refusal."""
        site.put(citizen(0), listing(list_id=BLACK, measures=()))
        refusals = set()
        for document in (citizen(0), citizen(1), parse_document("tax-id:UTO", "12345678")):
            raw = serial(request(site, about(site, document)))
            with pytest.raises(AbortedError) as caught:
                answering(service(site).lookup)(raw, context())
            refusals.add(caught.value.status.SerializeToString(deterministic=True))
        assert len(refusals) == 1

    @pytest.mark.usefixtures("nothing_is_looked_up")
    def test_a_partner_without_the_permission_is_refused(self, site: AnsweringSite) -> None:
        """The airline may ask about flights and not about standing, whatever document it names."""
        for asked in (query(site, "airline"), changed(site, partner="airline", document=None)):
            assert (
                reason(site, serial(request(site, asked, "airline"))) is Reason.STANDING_NOT_ALLOWED
            )

    @pytest.mark.parametrize(("expected", "spoil"), BROKEN.items())
    def test_a_gateway_that_does_not_know_tells_nothing(
        self, site: AnsweringSite, expected: Reason, spoil: Callable[[AnsweringSite], object]
    ) -> None:
        """Doubt is an error of its own, never an empty standing."""
        spoil(site)
        assert reason(site, serial(request(site, query(site)))) is expected

    def test_a_listing_of_an_unknown_list_is_no_empty_standing(self, site: AnsweringSite) -> None:
        """A pack that no longer has the list cannot say what it means."""
        site.put(organisation(0), organisations_listing())
        pack = site.matrix.pack
        asked = serial(request(site, query(site)))
        asking = service(site)
        lists = {name: entry for name, entry in pack.lists.items() if name != BLACK}
        fewer = compile_matrix(pack)
        fewer.pack = replace(pack, lists=lists)
        asking._decider._matrix = fewer  # noqa: SLF001
        with pytest.raises(AnswerError) as caught:
            asking.lookup(asked, context())
        assert caught.value.reason is Reason.INTERNAL

    def test_a_query_counts_once(self, site: AnsweringSite) -> None:
        """The same query is refused the second time."""
        asking, raw = service(site), serial(request(site, query(site)))
        asking.lookup(raw, context())
        with pytest.raises(AnswerError) as caught:
            asking.lookup(raw, context())
        assert caught.value.reason is Reason.QUERY_REPLAYED

    @pytest.mark.parametrize("uris", [(), (partner_uri("airline"),)])
    def test_with_tls_the_certificate_must_be_the_partners(
        self, site: AnsweringSite, uris: tuple[str, ...]
    ) -> None:
        """A stolen signing key is of no use without the certificate."""
        raw = serial(request(site, query(site)))
        assert service(site, tls=True).lookup(raw, context(partner_uri("portal")))
        with pytest.raises(AnswerError) as caught:
            service(site, tls=True).lookup(raw, context(*uris))
        assert caught.value.reason is Reason.PARTNER_MISMATCH

    def test_the_method_is_wrapped(self, site: AnsweringSite) -> None:
        """Nothing reaches a partner except through the table of reasons."""
        method = service(site).handler().service(CallDetails(f"/{SERVICE}/Lookup"))
        assert method is not None
        assert method.unary_unary is not None
        assert method.request_deserializer is None
        with pytest.raises(AbortedError) as caught:
            method.unary_unary(b"\xff", context())
        assert caught.value.reason() == ("jointgate", "MALFORMED_REQUEST")


@dataclass
class CallDetails(grpc.HandlerCallDetails):
    """The method of a call."""

    method: str
    invocation_metadata: tuple[tuple[str, str | bytes], ...] = ()


class TestAnswers:
    """What is told, for whom, and for how long."""

    def test_an_organisation_on_no_list(self, site: AnsweringSite) -> None:
        """An unlisted organisation gets an answer without entries, bound to partner, question, pack and snapshot."""
        asked = query(site)
        raw = serial(request(site, asked))
        answer = pb.LookupResponse.FromString(service(site).lookup(raw, context()))
        standing = pb.Standing.FromString(answer.standing.payload)
        assert (standing.issuer, standing.audience, list(standing.entries)) == (
            ISSUER,
            "portal",
            [],
        )
        assert standing.query_digest == sha256(serial(asked)).digest()
        assert standing.pack.digest.hex() == site.matrix.pack.digest
        assert standing.snapshot.number == site.header().number

    def test_black_and_red_lists_are_told(self, site: AnsweringSite) -> None:
        """Both come in one answer, each with its effect, title, basis and meaning."""
        site.put(organisation(0), organisations_listing(), organisations_listing("L2", RED))
        entries = {entry.list: entry for entry in told(site).entries}
        assert {name: entry.effect for name, entry in entries.items()} == {
            BLACK: pb.LIST_EFFECT_RESTRICTS,
            RED: pb.LIST_EFFECT_COMMENDS,
        }
        for name, entry in entries.items():
            definition = site.matrix.pack.lists[name]
            assert (entry.title_en, entry.title_zh) == (definition.title_en, definition.title_zh)
            assert entry.legal_basis == definition.legal_basis
            assert entry.explanation_en == definition.explanation_en
            assert entry.explanation_zh == definition.explanation_zh

    def test_an_entry_tells_term_and_contest_route(self, site: AnsweringSite) -> None:
        """Authority, reference, start, end, what ends it and how it is contested are told."""
        ends_at = MORNING + timedelta(days=1)
        site.put(organisation(0), organisations_listing(ends_at=ends_at))
        (entry,) = told(site).entries
        assert (entry.authority, entry.listing_reference) == (COURT, "L1")
        assert entry.starts_at.ToDatetime(LISTED_AT.tzinfo) == LISTED_AT
        assert entry.ends_at.ToDatetime(LISTED_AT.tzinfo) == ends_at
        assert entry.ends_with == site.matrix.pack.lists[BLACK].ends_with
        route = (entry.contest.body, entry.contest.address, entry.contest.deadline)
        assert route == (CONTEST.body, CONTEST.address, CONTEST.deadline)

    def test_a_listing_without_an_end_has_none(self, site: AnsweringSite) -> None:
        """No end is told as no end, not as an instant."""
        site.put(organisation(0), organisations_listing())
        (entry,) = told(site).entries
        assert not entry.HasField("ends_at")

    def test_what_may_not_be_told_is_not(self, site: AnsweringSite) -> None:
        """A list that is not public, a stayed listing, one to come, one that ended and a person's stay silent."""
        site.put(
            organisation(0),
            organisations_listing("unpublished", UNPUBLISHED),
            organisations_listing("stayed", stays=(Window(LISTED_AT),)),
            organisations_listing("over", ends_at=MORNING),
            replace(organisations_listing("to-come"), window=Window(MORNING + timedelta(hours=1))),
            listing("a-persons", list_id=BLACK, measures=()),
            organisations_listing("told"),
        )
        assert [entry.listing_reference for entry in told(site).entries] == ["told"]

    def test_nobody_else_is_told_of(self, site: AnsweringSite) -> None:
        """Another organisation's listing is not this one's."""
        site.put(organisation(1), organisations_listing())
        assert list(told(site).entries) == []

    @pytest.mark.parametrize(
        ("parts", "header", "expected"),
        [
            ({}, {}, TERM),
            ({"ends_at": MORNING + timedelta(seconds=7)}, {}, timedelta(seconds=7)),
            ({"stays": (Window(MORNING + timedelta(seconds=8)),)}, {}, timedelta(seconds=8)),
            ({"stays": (Window(LISTED_AT, MORNING),)}, {}, TERM),
            ({}, {"lease_until": MORNING + timedelta(seconds=9)}, timedelta(seconds=9)),
            (
                {"exemptions": (Exemption(frozenset(), Window(MORNING + timedelta(seconds=11))),)},
                {},
                timedelta(seconds=11),
            ),
        ],
    )
    def test_a_standing_expires_like_a_decision(
        self,
        site: AnsweringSite,
        parts: dict[str, object],
        header: dict[str, object],
        expected: timedelta,
    ) -> None:
        """After the term, with the lease, or when what it tells ends, is stayed or exempted; whichever is first."""
        site.hold(**header)  # type: ignore[arg-type]
        site.put(organisation(0), organisations_listing(**parts))  # type: ignore[arg-type]
        standing = told(site)
        assert standing.evaluated_at.ToDatetime(MORNING.tzinfo) == MORNING
        assert standing.expires_at.ToDatetime(MORNING.tzinfo) == MORNING + expected

    def test_a_standing_expires_with_the_decision_key(self, site: AnsweringSite) -> None:
        """It is not relied on longer than the key that signed it may sign."""
        ends = MORNING + timedelta(seconds=5)
        site.hold(decision_keys={site.decision_key.public_key.keyid: ends})
        assert told(site).expires_at.ToDatetime(MORNING.tzinfo) == ends

    def test_what_is_not_told_does_not_shorten_the_term(self, site: AnsweringSite) -> None:
        """The expiry does not betray a listing on a list that is not public, nor one that is about to start."""
        soon = MORNING + timedelta(seconds=7)
        site.put(
            organisation(0),
            organisations_listing("unpublished", UNPUBLISHED, ends_at=soon),
            replace(organisations_listing("to-come"), window=Window(soon)),
        )
        assert told(site).expires_at.ToDatetime(MORNING.tzinfo) == MORNING + TERM

    def test_a_reference_that_is_used_twice_does_not_shorten_the_term(
        self, site: AnsweringSite
    ) -> None:
        """A listing that is not told stays out of the expiry although one that is told has its reference."""
        soon = MORNING + timedelta(seconds=7)
        site.put(
            organisation(0),
            organisations_listing("same"),
            organisations_listing("same", UNPUBLISHED, ends_at=soon),
        )
        assert told(site).expires_at.ToDatetime(MORNING.tzinfo) == MORNING + TERM

    def test_a_standing_is_one_signed_leaf(self, site: AnsweringSite) -> None:
        """The decision key signs the root of a tree of one, under the standing's own type."""
        answer = signed(site)
        root = answer.root
        assert (answer.payload_type, root.payload_type) == (STANDING_TYPE, DECISION_ROOT_TYPE)
        (signature,) = root.signatures
        keyid, key = parse_decision_key(site.decision_key.public_key.keyval["public"])
        assert signature.keyid == keyid
        verify_signature(key, DECISION_ROOT_TYPE, root.payload, signature.sig)
        tree = decision_pb2.DecisionRoot.FromString(root.payload)
        leaf = hash_leaf(authenticated_bytes(STANDING_TYPE, answer.payload))
        assert (tree.tree_size, tree.root_hash) == (1, leaf)
        assert answer.HasField("inclusion")
        assert (answer.inclusion.leaf_index, list(answer.inclusion.hashes)) == (0, [])
        assert leaf != hash_leaf(authenticated_bytes(DECISION_TYPE, answer.payload))
