"""The recorder's accounts: each number once, in a record or in a gap."""

import json
from typing import Any, cast

import pytest
from securesystemslib.signer import CryptoSigner

from gateway.decision.signatures import DecisionSigner
from gateway.keys import new_decision_key
from gateway.recording.accounts import Account, Accountant, Posting
from gateway.recording.gaps import Gap, GapCause, GapSigner
from gateway.recording.records import AnswerRecord
from gateway.recording.streams import LastWords
from gateway.recording.wire import Batch, Goodbye, Hello, Idle, Lost
from tests.fakes.gap_signatures import verify_bytes

STREAM = bytes(range(16))
KEY: CryptoSigner = new_decision_key()
SIGNER = GapSigner(DecisionSigner(KEY), "gateway.test")
ACCOUNTANT = Accountant(SIGNER)
ACCOUNT = Account(STREAM, 10, 1_000)


def batch(first: int, count: int, until: int = 2_000) -> Batch:
    """Return a batch whose records' instants are their numbers."""
    records = [
        AnswerRecord(first + place, bytes(32), "airline", "air.travel", "L-aaaaaaaaaaaaaaaa")
        for place in range(count)
    ]
    return Batch(first, records, until)


def lost(first: int, count: int) -> Lost:
    """Return the notice of a full queue."""
    gap = Gap(STREAM, first, count, 1_500, 1_600, GapCause.QUEUE_FULL)
    return Lost(first, first + count, SIGNER.sign(gap))


def instants(posting: Posting) -> list[int]:
    """Return the instants of the records that are to be written."""
    return [cast("int", row["at"]) for row in posting.entry.records]


def told(posting: Posting) -> list[dict[str, Any]]:
    """Return what the gaps say that are to be written, each with its signature verified."""
    for row in posting.entry.gaps:
        signature = cast("bytes", row["signature"])
        verify_bytes(cast("bytes", row["payload"]), signature, KEY.public_key.keyval["public"])
    return [json.loads(cast("bytes", row["payload"])) for row in posting.entry.gaps]


def test_a_batch_moves_the_account() -> None:
    """Its records are written, and the position is that behind the last."""
    posting = ACCOUNTANT.post(ACCOUNT, batch(10, 3))
    assert instants(posting) == [10, 11, 12]
    assert posting.account == Account(STREAM, 13, 2_000)
    assert posting.entry.position == (13, 2_000)
    assert told(posting) == []


def test_a_batch_that_comes_again_is_written_once() -> None:
    """What is known is left out, in whole or in part, and the account does not go back."""
    again = ACCOUNTANT.post(ACCOUNT, batch(7, 3, until=500))
    partly = ACCOUNTANT.post(ACCOUNT, batch(8, 4))
    assert (instants(again), again.account) == ([], ACCOUNT)
    assert (instants(partly), partly.account.next_seq) == ([10, 11], 12)


def test_a_hole_is_a_gap_of_its_size() -> None:
    """Numbers that never came are counted by the recorder, and signed."""
    posting = ACCOUNTANT.post(ACCOUNT, batch(15, 1))
    (gap,) = told(posting)
    assert (gap["cause"], gap["first"], gap["lost"]) == ("missing", 10, 5)
    assert gap["starts_at"] == "1970-01-01T00:00:00.001000Z"
    assert posting.account.next_seq == 16


def test_a_workers_loss_is_written_as_it_was_signed() -> None:
    """The recorder adds nothing to what the worker knows, and writes it once."""
    posting = ACCOUNTANT.post(ACCOUNT, lost(10, 4))
    (gap,) = told(posting)
    assert (gap["cause"], gap["first"], gap["lost"]) == ("queue-full", 10, 4)
    assert gap["stream"] == STREAM.hex()
    assert gap["issuer"] == "gateway.test"
    again = ACCOUNTANT.post(posting.account, lost(10, 4))
    assert told(again) == []
    assert again.account == posting.account


def test_a_loss_of_which_a_part_is_known_counts_the_rest() -> None:
    """Nothing is counted twice, whatever a worker says."""
    (gap,) = told(ACCOUNTANT.post(ACCOUNT, lost(8, 5)))
    assert (gap["cause"], gap["first"], gap["lost"]) == ("missing", 10, 3)


def test_a_loss_behind_a_hole_is_two_gaps() -> None:
    """The hole in front of it is counted too."""
    gaps = told(ACCOUNTANT.post(ACCOUNT, lost(12, 1)))
    assert [(gap["cause"], gap["first"], gap["lost"]) for gap in gaps] == [
        ("missing", 10, 2),
        ("queue-full", 12, 1),
    ]


def test_an_idle_worker_moves_the_instant_only() -> None:
    """Should it be killed, the gap begins here."""
    posting = ACCOUNTANT.post(ACCOUNT, Idle(5_000))
    assert posting.account == Account(STREAM, 10, 5_000)
    assert (posting.entry.records, posting.entry.gaps) == ([], [])


def test_a_greeting_changes_nothing() -> None:
    """What the account holds is what the worker is told."""
    assert ACCOUNTANT.post(ACCOUNT, Hello(STREAM, 1, 3)).account == ACCOUNT


@pytest.mark.parametrize(("said", "missing"), [(10, []), (12, [2])])
def test_a_goodbye_ends_the_run(said: int, missing: list[int]) -> None:
    """A run that says goodbye leaves a gap only if something is missing after all."""
    posting = ACCOUNTANT.post(ACCOUNT, Goodbye(said))
    assert posting.entry.is_over
    assert [gap["lost"] for gap in told(posting)] == missing


@pytest.mark.parametrize(
    ("words", "gaps"),
    [
        (LastWords(0), [(None, "1970-01-01T00:00:00.009000Z")]),
        (LastWords(0, ended_at=3_000, next_seq=14), [(4, "1970-01-01T00:00:00.003000Z")]),
        (LastWords(0, ended_at=3_000, next_seq=10), []),
        (LastWords(0, ended_at=3_000, next_seq=9), []),
    ],
    ids=["killed", "four-undelivered", "all-delivered", "delivered-before"],
)
def test_a_worker_that_is_gone_is_accounted_for(
    words: LastWords, gaps: list[tuple[int | None, str]]
) -> None:
    """Without last words nobody knows how many were lost; with them the number is exact, and none is no gap."""
    posting = ACCOUNTANT.end(ACCOUNT, words, found_at=9_000)
    assert posting.entry.is_over
    assert [(gap["lost"], gap["ends_at"]) for gap in told(posting)] == gaps
    assert {gap["first"] for gap in told(posting)} <= {10}


def test_a_gap_never_ends_before_it_begins() -> None:
    """A clock that was set back makes a gap of no length, not one that ends before it begins."""
    (gap,) = told(ACCOUNTANT.end(ACCOUNT, LastWords(0), found_at=500))
    assert gap["starts_at"] == gap["ends_at"]
