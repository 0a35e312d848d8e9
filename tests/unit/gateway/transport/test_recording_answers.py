"""What the decision service hands over to be recorded: restricting and referring answers, and nothing else."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256

import pytest

from gateway.errors import AnswerError
from gateway.recording.gaps import microseconds_at
from gateway.recording.records import AnswerRecord
from jointgate.decision.v1 import decision_pb2 as pb
from tests.fakes.answering_site import AnsweringSite
from tests.fakes.fixed_clock import MORNING
from tests.fakes.fixed_context import context
from tests.fakes.synthetic_parties import citizen, listing


@dataclass
class InMemoryRecorder:
    """Keeps what was handed over, request by request."""

    requests: list[list[AnswerRecord]] = field(default_factory=list)
    is_answering: bool = False
    on_begin: Callable[[], object] = lambda: None

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Know that an answer is on its way."""
        self.is_answering = True
        self.on_begin()
        try:
            yield
        finally:
            self.is_answering = False

    def record(self, records: Sequence[AnswerRecord]) -> None:
        """Keep them."""
        assert self.is_answering
        self.requests.append(list(records))

    @property
    def records(self) -> list[AnswerRecord]:
        """All records."""
        return [record for request in self.requests for record in request]


@pytest.fixture
def recorder() -> InMemoryRecorder:
    """A recorder in memory."""
    return InMemoryRecorder()


def ask(site: AnsweringSite, recorder: InMemoryRecorder, *queries: pb.Query) -> list[bytes]:
    """Ask in one batch; return the bytes of the answers, decisions and refusals alike."""
    raw = site.batch_request(queries, "portal").SerializeToString(deterministic=True)
    reply = site.service(recorder=recorder).batch_check(raw, context())
    items = pb.BatchCheckResponse.FromString(reply).items
    return [item.decision or item.refusal for item in items]


def test_a_restricted_answer_leaves_one_record(
    site: AnsweringSite, recorder: InMemoryRecorder
) -> None:
    """Receipt digest, instant, partner, action and reference; the digest is that of the signed bytes."""
    site.put(citizen(0), listing("L1"))
    raw = site.check_request(site.query()).SerializeToString(deterministic=True)
    reply = site.service(recorder=recorder).check(raw, context())
    payload = pb.CheckResponse.FromString(reply).decision.payload
    assert recorder.records == [
        AnswerRecord(
            microseconds_at(MORNING), sha256(payload).digest(), "airline", "air.travel", "L1"
        )
    ]


def test_single_and_batch_have_the_same_digest_rule(
    site: AnsweringSite, recorder: InMemoryRecorder
) -> None:
    """An answer out of a batch is identified as a single one is: by its own bytes."""
    site.put(citizen(0), listing("L1"))
    answers = ask(site, recorder, site.query("portal"), site.query("portal"))
    assert [one.receipt for one in recorder.records] == [sha256(a).digest() for a in answers]
    assert len(recorder.requests) == 1


def test_each_listing_that_is_named_leaves_a_record(
    site: AnsweringSite, recorder: InMemoryRecorder
) -> None:
    """Two listings behind one answer are two records with one receipt."""
    site.put(citizen(0), listing("L1"), listing("L2"))
    ask(site, recorder, site.query("portal"))
    assert [one.reference for one in recorder.records] == ["L1", "L2"]
    assert len({one.receipt for one in recorder.records}) == 1


def test_a_referred_answer_leaves_a_record(site: AnsweringSite, recorder: InMemoryRecorder) -> None:
    """What a person has to look at may be contested as well."""
    site.put(citizen(0), listing("L1"))
    query = site.query("portal")
    query.rail_travel.train = pb.TRAIN_CLASS_OTHER
    query.rail_travel.seat = pb.SEAT_CLASS_FIRST
    (answer,) = ask(site, recorder, query)
    assert pb.Decision.FromString(answer).outcome == pb.OUTCOME_REFERRED
    assert [(one.action, one.reference) for one in recorder.records] == [("rail.travel", "L1")]


def test_a_permitted_answer_leaves_nothing(site: AnsweringSite, recorder: InMemoryRecorder) -> None:
    """Neither a party on no list nor one whose listing does not speak here leaves a record."""
    site.put(citizen(0), listing("L1", measures=("38",)))
    query = site.query("portal")
    query.rail_travel.train = pb.TRAIN_CLASS_K
    query.rail_travel.seat = pb.SEAT_CLASS_SECOND
    unlisted = site.query("portal")
    unlisted.document.number = citizen(1).number
    answers = ask(site, recorder, query, unlisted)
    outcomes = {pb.Decision.FromString(answer).outcome for answer in answers}
    assert outcomes == {pb.OUTCOME_PERMITTED}
    assert recorder.records == []


def test_a_refusal_leaves_nothing(site: AnsweringSite, recorder: InMemoryRecorder) -> None:
    """A question that gets no decision leaves no trace, alone or in a batch."""
    site.put(citizen(0), listing("L1"))
    wrong = site.query("portal")
    wrong.document.number = "?"
    assert len(ask(site, recorder, wrong, site.query("portal"))) == 2
    assert len(recorder.records) == 1
    raw = site.check_request(wrong, "portal").SerializeToString(deterministic=True)
    with pytest.raises(AnswerError):
        site.service(recorder=recorder).check(raw, context())
    assert len(recorder.records) == 1


def test_without_a_recorder_answers_are_the_same(site: AnsweringSite) -> None:
    """Records switched off change no answer."""
    site.put(citizen(0), listing("L1"))
    raw = site.check_request(site.query()).SerializeToString(deterministic=True)
    reply = pb.CheckResponse.FromString(site.service().check(raw, context()))
    assert pb.Decision.FromString(reply.decision.payload).outcome == pb.OUTCOME_RESTRICTED


def test_an_answer_has_begun_before_its_instant_is_taken(
    site: AnsweringSite, recorder: InMemoryRecorder
) -> None:
    """The recorder knows of the answer before the clock is read, so that nothing is told of the time since."""
    site.put(citizen(0), listing("L1"))
    recorder.on_begin = lambda: site.clock.advance(seconds=1)
    raw = site.check_request(site.query()).SerializeToString(deterministic=True)
    site.service(recorder=recorder).check(raw, context())
    (record,) = recorder.records
    assert record.at == microseconds_at(site.clock())
    assert not recorder.is_answering
