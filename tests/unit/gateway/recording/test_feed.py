"""Delivery from a worker: in order, again after an interruption, and the last word."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from gateway.decision.signatures import DecisionSigner
from gateway.keys import new_decision_key
from gateway.recording.feed import BATCH, Delivery
from gateway.recording.gaps import GapSigner
from gateway.recording.queue import RecordQueue
from gateway.recording.records import AnswerRecord
from gateway.recording.wire import Ack, Batch, Frame, Goodbye, Hello, Idle, LinkError, Lost

STREAM = bytes(range(16))
SIGNER = GapSigner(DecisionSigner(new_decision_key()), "gateway.test")


@dataclass
class InMemoryRecorder:
    """A recorder that a test interrupts: before it commits a frame, or after, so that its word is lost."""

    committed: int = 0
    frames: list[Frame] = field(default_factory=list)
    fails_before: type[Frame] | None = None
    fails_after: type[Frame] | None = None
    links: int = 0

    def connect(self) -> "InMemoryRecorder":
        """Return a link."""
        self.links += 1
        return self

    def exchange(self, frame: Frame) -> Ack:
        """Commit a frame, unless the test says otherwise."""
        if self.fails_before is type(frame):
            self.fails_before = None
            raise LinkError
        self.frames.append(frame)
        if isinstance(frame, Batch):
            self.committed = frame.first + len(frame.records)
        if isinstance(frame, Lost):
            self.committed = frame.next_seq
        if self.fails_after is type(frame):
            self.fails_after = None
            raise LinkError
        return Ack(self.committed)

    def close(self) -> None:
        """There is nothing to close."""

    def seen(self) -> list[int]:
        """Return the instants of the records that were committed."""
        return [
            one.at for frame in self.frames if isinstance(frame, Batch) for one in frame.records
        ]


def records(*instants: int) -> list[AnswerRecord]:
    """Return records of these instants."""
    return [
        AnswerRecord(at, bytes(32), "airline", "air.travel", "L-aaaaaaaaaaaaaaaa")
        for at in instants
    ]


def delivery(queue: RecordQueue, connect: Callable[[], InMemoryRecorder]) -> Delivery:
    """Return the delivery of this queue."""
    return Delivery(queue, SIGNER, connect, stream=STREAM, opened_at=3)


def test_what_waits_is_delivered_in_order() -> None:
    """The run is named once, then come the records, and an idle queue says so."""
    queue, recorder = RecordQueue(10, lambda: 99), InMemoryRecorder()
    feed = delivery(queue, recorder.connect)
    queue.record(records(1, 2))
    assert feed.deliver()
    assert not feed.deliver()
    feed.touch()
    assert recorder.frames == [Hello(STREAM, 3, 0), Batch(0, records(1, 2), 99), Idle(99)]


def test_a_worker_with_something_to_say_is_not_idle() -> None:
    """As long as a record waits, nobody is told that everything was."""
    queue, recorder = RecordQueue(10, lambda: 99), InMemoryRecorder()
    queue.record(records(1))
    delivery(queue, recorder.connect).touch()
    assert recorder.frames == []


def test_many_records_are_many_batches() -> None:
    """One transaction never holds more than a batch."""
    queue, recorder = RecordQueue(10_000, lambda: 99), InMemoryRecorder()
    queue.record(records(*range(2 * BATCH + 1)))
    delivery(queue, recorder.connect).deliver()
    sizes = [len(frame.records) for frame in recorder.frames if isinstance(frame, Batch)]
    assert sizes == [BATCH, BATCH, 1]
    assert recorder.seen() == list(range(2 * BATCH + 1))


@pytest.mark.parametrize("kind", [Hello, Batch, Lost])
def test_what_was_not_committed_is_delivered_again(kind: type[Frame]) -> None:
    """After an interruption the run is named again from the first record that nobody acknowledged."""
    queue, recorder = RecordQueue(2, lambda: 99), InMemoryRecorder(fails_before=kind)
    feed = delivery(queue, recorder.connect)
    queue.record(records(1, 2, 3))
    with pytest.raises(LinkError):
        feed.deliver()
    feed.deliver()
    assert recorder.seen() == [1, 2]
    assert [f.next_seq for f in recorder.frames if isinstance(f, Lost)] == [3]
    assert recorder.links == 2
    assert queue.head_seq == 3


@pytest.mark.parametrize("kind", [Batch, Lost])
def test_what_was_committed_is_not_delivered_again(kind: type[Frame]) -> None:
    """When only the acknowledgement was lost, the next greeting tells what is there already."""
    queue, recorder = RecordQueue(2, lambda: 99), InMemoryRecorder(fails_after=kind)
    feed = delivery(queue, recorder.connect)
    queue.record(records(1, 2, 3))
    with pytest.raises(LinkError):
        feed.deliver()
    feed.deliver()
    assert recorder.seen() == [1, 2]
    assert len([frame for frame in recorder.frames if isinstance(frame, Lost)]) == 1
    assert queue.head_seq == 3


def test_a_recorder_that_is_away_costs_nothing_but_room() -> None:
    """What waits stays, however often delivery fails."""
    queue = RecordQueue(10, lambda: 99)
    queue.record(records(1, 2))

    def nobody() -> InMemoryRecorder:
        raise LinkError

    feed = delivery(queue, nobody)
    for _ in range(3):
        with pytest.raises(LinkError):
            feed.deliver()
    assert (queue.head_seq, queue.next_seq) == (0, 2)


def test_leaving_delivers_all_and_says_how_many_there_were() -> None:
    """The last word lets the recorder see whether anything is missing."""
    queue, recorder = RecordQueue(10, lambda: 99), InMemoryRecorder()
    queue.record(records(1, 2))
    delivery(queue, recorder.connect).leave()
    assert recorder.frames[1:] == [Batch(0, records(1, 2), 99), Goodbye(2)]
