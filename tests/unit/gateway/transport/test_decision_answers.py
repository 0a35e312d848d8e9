"""The decision service: what it answers, to one question and to many, and what nobody foresaw."""

import logging
from dataclasses import dataclass

import grpc
import pytest

from gateway.decision.deciding import Decider
from gateway.decision.merkle import hash_leaf, root_hash
from gateway.decision.signatures import authenticated_bytes, verify_signature
from gateway.errors import Reason
from gateway.keys import new_decision_key, parse_decision_key
from gateway.transport.decisions import DecisionService
from gateway.transport.status import answering
from gateway.transport.wire import (
    DECISION_ROOT_TYPE,
    DECISION_TYPE,
    REFUSAL_TYPE,
)
from jointgate.decision.v1 import decision_pb2 as pb
from tests.fakes.answering_site import AnsweringSite
from tests.fakes.asked_decisions import batch, check, decision, reason_of_check
from tests.fakes.fixed_context import AbortedError, context
from tests.fakes.synthetic_parties import citizen, listing


class TestAnswers:
    """What is answered, and what is signed."""

    def test_one_question_and_a_batch_of_it_get_the_same_answer(self, site: AnsweringSite) -> None:
        """There is one code path: the decision's bytes are equal, whichever way was asked."""
        site.put(citizen(0), listing())
        query = site.query()
        alone = check(site, site.check_request(query))
        (item,) = batch(site, [query]).items
        assert alone == decision(item)
        assert alone.outcome == pb.OUTCOME_RESTRICTED

    def test_answers_are_in_the_order_of_the_questions(self, site: AnsweringSite) -> None:
        """Each answer is bound to the digest of its own query's bytes."""
        site.put(citizen(1), listing())
        queries = [site.query() for _ in range(3)]
        queries[1].document.number = citizen(1).number
        outcomes = [decision(item).outcome for item in batch(site, queries).items]
        assert outcomes == [pb.OUTCOME_PERMITTED, pb.OUTCOME_RESTRICTED, pb.OUTCOME_PERMITTED]
        digests = {decision(item).query_digest for item in batch(site, queries).items}
        assert len(digests) == 3

    def test_all_answers_of_a_batch_are_for_one_moment(self, site: AnsweringSite) -> None:
        """One snapshot and one instant, although the clock goes on meanwhile."""

        def ticking() -> object:
            return site.clock.advance(seconds=1)

        raw = site.batch_request([site.query() for _ in range(3)]).SerializeToString()
        service = site.service()
        service._clock = ticking  # type: ignore[assignment]  # noqa: SLF001
        answer = pb.BatchCheckResponse.FromString(service.batch_check(raw, context()))
        moments = {
            (decision(item).snapshot.number, decision(item).evaluated_at.seconds)
            for item in answer.items
        }
        assert len(moments) == 1

    def test_a_decision_is_for_the_partner_that_asked(self, site: AnsweringSite) -> None:
        """Nobody else can rely on it."""
        assert check(site, site.check_request(site.query())).audience == "airline"
        portal = check(site, site.check_request(site.query("portal"), "portal"))
        assert portal.audience == "portal"

    def leaves(self, answer: pb.BatchCheckResponse) -> list[bytes]:
        """Return the leaves that the items of a batch make."""
        return [
            hash_leaf(authenticated_bytes(DECISION_TYPE, item.decision))
            if item.WhichOneof("item") == "decision"
            else hash_leaf(authenticated_bytes(REFUSAL_TYPE, item.refusal))
            for item in answer.items
        ]

    def verified_root(self, site: AnsweringSite, root: pb.SignedRoot) -> pb.DecisionRoot:
        """Return the root after its signature was verified with the gateway's public key."""
        assert root.payload_type == DECISION_ROOT_TYPE
        (signature,) = root.signatures
        keyid, key = parse_decision_key(site.decision_key.public_key.keyval["public"])
        assert signature.keyid == keyid
        verify_signature(key, DECISION_ROOT_TYPE, root.payload, signature.sig)
        return pb.DecisionRoot.FromString(root.payload)

    def test_a_batch_is_signed_once_over_all_items(self, site: AnsweringSite) -> None:
        """Decisions and refusals are leaves of one tree, each under the type of what it is."""
        answer = batch(site, [site.query(), b"no query", site.query()])
        root = self.verified_root(site, answer.root)
        assert root.tree_size == 3
        assert root.root_hash == root_hash(self.leaves(answer))

    def test_a_refusal_is_no_decision(self, site: AnsweringSite) -> None:
        """The leaf of a refusal is not the leaf of the same bytes as a decision."""
        answer = batch(site, [b"no query"])
        as_decision = hash_leaf(authenticated_bytes(DECISION_TYPE, answer.items[0].refusal))
        assert self.verified_root(site, answer.root).root_hash != root_hash([as_decision])

    def test_one_decision_is_signed_like_a_batch_of_one(self, site: AnsweringSite) -> None:
        """A Check's answer carries everything that verifies it alone."""
        raw = site.check_request(site.query()).SerializeToString()
        answer = pb.CheckResponse.FromString(site.service().check(raw, context())).decision
        root = self.verified_root(site, answer.root)
        assert answer.payload_type == DECISION_TYPE
        assert answer.HasField("inclusion")
        assert (answer.inclusion.leaf_index, list(answer.inclusion.hashes)) == (0, [])
        leaf = hash_leaf(authenticated_bytes(DECISION_TYPE, answer.payload))
        assert (root.tree_size, root.root_hash) == (1, leaf)

    def test_another_gateways_key_does_not_sign(self, site: AnsweringSite) -> None:
        """A gateway whose key is not delegated signs nothing."""
        site.decision_key = new_decision_key()
        raw = site.check_request(site.query()).SerializeToString()
        assert reason_of_check(site, raw) is Reason.DECISION_KEY_EXPIRED


class TestFaults:
    """What nobody foresaw."""

    @pytest.mark.parametrize("method", ["check", "batch_check"])
    def test_an_unexpected_exception_says_nothing(
        self,
        site: AnsweringSite,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        method: str,
    ) -> None:
        """It becomes INTERNAL; the log names its type and place, and neither its text nor the document."""

        def fail(_: Decider, *arguments: object) -> None:
            message = f"cannot decide {arguments[-2]} {citizen(0).number}"
            raise RuntimeError(message)

        monkeypatch.setattr(Decider, "decide", fail)
        caplog.set_level(logging.DEBUG)
        requests = {
            "check": site.check_request(site.query()),
            "batch_check": site.batch_request([site.query()]),
        }
        answer = answering(getattr(site.service(), method))
        with pytest.raises(AbortedError) as caught:
            answer(requests[method].SerializeToString(), context())
        assert caught.value.reason() == ("jointgate", "INTERNAL")
        assert "RuntimeError" in caplog.text
        everything = f"{caught.value.status} {caplog.text}"
        assert citizen(0).number not in everything
        assert "cannot decide" not in everything

    def test_both_methods_are_wrapped(self, site: AnsweringSite) -> None:
        """Nothing reaches a partner except through the table of reasons."""
        handler = site.service().handler()
        for name in ("Check", "BatchCheck"):
            details = CallDetails(f"/jointgate.decision.v1.DecisionService/{name}")
            method = handler.service(details)
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


def test_a_service_is_made_for_each_worker(site: AnsweringSite) -> None:
    """What a worker has seen is its own; another one starts with nothing."""
    assert isinstance(site.service(), DecisionService)
    raw = site.check_request(site.query()).SerializeToString()
    for _ in range(2):
        site.service().check(raw, context())
