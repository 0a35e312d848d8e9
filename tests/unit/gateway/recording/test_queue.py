"""The worker's queue: what is taken, what is lost, and that every number is accounted for once."""

import random
import threading

import pytest

from gateway.recording.queue import Loss, RecordQueue, Run
from gateway.recording.records import AnswerRecord

CAPACITY = 3


def record(at: int) -> AnswerRecord:
    """Return a record of the instant ``at``."""
    return AnswerRecord(at, bytes(32), "airline", "air.travel", "L-aaaaaaaaaaaaaaaa")


def queue_of(*instants: int, capacity: int = CAPACITY) -> RecordQueue:
    """Return a queue to which records of these instants were handed over, one by one, at instant 1000."""
    queue = RecordQueue(capacity, lambda: 1_000)
    for at in instants:
        queue.record([record(at)])
    return queue


def test_records_come_out_in_order_and_stay_until_acknowledged() -> None:
    """What was handed out is handed out again until the recorder has it."""
    queue = queue_of(1, 2)
    run = Run(0, [record(1), record(2)], 1_000)
    assert queue.take(10) == run
    assert queue.take(10) == run
    queue.acknowledge(1)
    assert queue.take(10) == Run(1, [record(2)], 1_000)
    queue.acknowledge(2)
    assert queue.take(10) is None


@pytest.mark.parametrize("seed", range(50))
def test_a_run_never_tells_of_an_answer_that_waits_behind_it(seed: int) -> None:
    """Whatever the order of instants, and whatever found no room: nothing handed out later began before `until`."""
    chance = random.Random(seed)
    instants = [chance.randrange(10) for _ in range(chance.randrange(30))]
    limit = chance.randrange(1, 6)
    queue = RecordQueue(chance.randrange(1, 13), lambda: 100)
    for at in instants:
        queue.record([record(at)])
    told = 0
    while (part := queue.take(limit)) is not None:
        length = part.count if isinstance(part, Loss) else len(part.records)
        left = instants[told + length :]
        if isinstance(part, Run):
            earliest = min([*left, 100])
            assert part.until == min(earliest, part.records[-1].at if left else 100)
        told += length
        queue.acknowledge(told)
    assert told == len(instants)
    assert queue.idle_since() == 100


def test_a_part_of_the_queue_tells_nothing_of_the_present() -> None:
    """While something is left behind, only what was handed out is told up to its last instant."""
    assert queue_of(1, 2, 3).take(2) == Run(0, [record(1), record(2)], 2)


def test_what_finds_no_room_is_counted() -> None:
    """Three are kept, two are lost, with the instants between which they were given."""
    queue = queue_of(1, 2, 3, 9, 5)
    assert queue.next_seq == 5
    queue.acknowledge(3)
    assert queue.take(10) == Loss(3, 2, 5, 9, is_closed=True)
    queue.acknowledge(5)
    assert queue.take(10) is None
    assert queue.head_seq == 5


def test_one_request_is_kept_as_far_as_there_is_room() -> None:
    """The records of a batch are counted one by one."""
    queue = RecordQueue(CAPACITY, lambda: 1_000)
    queue.record([record(at) for at in range(5)])
    run = queue.take(10)
    assert isinstance(run, Run)
    assert [one.at for one in run.records] == [0, 1, 2]
    queue.acknowledge(3)
    assert queue.take(10) == Loss(3, 2, 3, 4, is_closed=True)


def test_what_waits_for_its_acknowledgement_takes_room() -> None:
    """A queue holds no more than it may, also while the recorder does not answer."""
    queue = queue_of(1, 2, 3)
    queue.take(10)
    queue.record([record(4)])
    queue.acknowledge(3)
    assert isinstance(queue.take(10), Loss)


def test_a_loss_that_was_handed_out_does_not_grow() -> None:
    """A signed gap stays true: what is lost later is another loss."""
    queue = queue_of(1, 2, 3, 4)
    queue.acknowledge(3)
    told = queue.take(10)
    queue.record([record(5), record(6), record(7), record(8)])
    assert told == Loss(3, 1, 4, 4, is_closed=True)
    queue.acknowledge(4)
    assert queue.take(10) == Run(4, [record(5), record(6), record(7)], 7)
    queue.acknowledge(7)
    assert queue.take(10) == Loss(7, 1, 8, 8, is_closed=True)


def test_two_losses_in_a_row_keep_their_numbers() -> None:
    """A closed loss is followed by the next one without a number between them or twice."""
    queue = queue_of(1, 2, 3, 4)
    queue.acknowledge(2)
    queue.record([record(5), record(6), record(7)])
    queue.acknowledge(3)
    assert queue.take(10) == Loss(3, 1, 4, 4, is_closed=True)
    queue.acknowledge(4)
    assert queue.take(10) == Run(4, [record(5), record(6)], 6)
    queue.acknowledge(6)
    assert queue.take(10) == Loss(6, 1, 7, 7, is_closed=True)


def test_an_empty_queue_says_up_to_when_it_is() -> None:
    """Only a queue in which nothing waits may say that everything is told."""
    assert RecordQueue(CAPACITY, lambda: 7).idle_since() == 7
    assert queue_of(1).idle_since() is None


@pytest.mark.parametrize("seed", range(20))
def test_every_number_is_delivered_or_lost_once(seed: int) -> None:
    """Whatever the order of handing over, taking and acknowledging, no number is missing and none comes twice."""
    chance = random.Random(seed)
    queue = RecordQueue(4, lambda: 1_000)
    handed = expected = 0
    while handed < 300 or queue.take(1) is not None:
        if handed < 300 and chance.random() < 0.6:
            count = chance.randint(1, 5)
            queue.record([record(handed + place) for place in range(count)])
            handed += count
            continue
        part = queue.take(chance.randint(1, 6))
        if part is None:
            continue
        assert part.first == expected
        if isinstance(part, Run):
            assert [one.at for one in part.records] == list(
                range(part.first, part.first + len(part.records))
            )
            expected += chance.randint(0, len(part.records))
        else:
            expected = part.next_seq
        queue.acknowledge(expected)
    assert expected == handed == queue.next_seq


def test_many_threads_lose_no_count() -> None:
    """Records handed over by several threads at once are each kept or counted."""
    queue = RecordQueue(500, lambda: 1_000)

    def hand_over() -> None:
        for _ in range(200):
            queue.record([record(1), record(2)])

    threads = [threading.Thread(target=hand_over) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run = queue.take(10_000)
    assert isinstance(run, Run)
    assert len(run.records) == 500
    queue.acknowledge(500)
    loss = queue.take(1)
    assert isinstance(loss, Loss)
    assert (loss.first, loss.count, queue.next_seq) == (500, 1_100, 1_600)


def test_nothing_is_told_of_the_time_since_an_answer_began() -> None:
    """Until an answer's record is handed over, or there is none, a queue tells up to that answer's beginning only."""
    clock = [100]
    queue = RecordQueue(CAPACITY, lambda: clock[0])
    with queue.answering():
        clock[0] = 200
        with queue.answering():
            clock[0] = 300
            assert queue.idle_since() == 100
            queue.record([record(200)])
        assert queue.take(10) == Run(0, [record(200)], 100)
        queue.record([record(100)])
    assert queue.take(10) == Run(0, [record(200), record(100)], 300)
    with pytest.raises(LookupError), queue.answering():
        raise LookupError
    queue.acknowledge(2)
    assert queue.idle_since() == 300


def test_a_part_of_the_queue_tells_nothing_of_an_answer_that_waits() -> None:
    """Records come in the order in which they were signed; one that began earlier may wait behind."""
    assert queue_of(5, 6, 3).take(2) == Run(0, [record(5), record(6)], 3)
    queue = queue_of(5, 6, 7, 3)
    assert queue.take(10) == Run(0, [record(5), record(6), record(7)], 3)
