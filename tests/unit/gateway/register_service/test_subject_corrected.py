"""A listing that was corrected to name somebody else: each party is told its own time, and nothing of the other's."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gateway.register.endings import EndKind
from gateway.register.listing_record import DeadlineKind
from jointgate.register.v1 import subject_pb2 as pb
from sanctions_matrix.pack import Pack
from tests.fakes.in_memory_feed import organisation_row, person_row, responsible_row
from tests.fakes.subject_desk import PASSPORT, PERSON, STRANGER, Desk

OTHERS = (organisation_row(2), responsible_row(3, 2))
OTHERS_RULING = "(2024) No. 9"


@pytest.fixture
def desk(tmp_path: Path, pack: Pack) -> Iterator[Desk]:
    """A desk in the morning."""
    opened = Desk(tmp_path, pack)
    yield opened
    opened.register.close()


def correct(desk: Desk, sequence: int = 2) -> datetime:
    """Send the party's record again with the stranger's document and ruling, a day later; return the instant."""
    at = desk.clock.advance(days=1)
    desk.bring(person_row(9, record="R-1"), *OTHERS, at=at, sequence=sequence)
    return at


def test_who_is_not_named_any_more_reads_the_last_record_of_his_own(desk: Desk) -> None:
    """Who holds a receipt of before is told that the listing is over for him, and nothing of whom it names now."""
    receipt = desk.receipt(PERSON)
    corrected = correct(desk)
    desk.clock.advance(days=1)
    desk.register.stay(desk.reference, mandate=desk.mandate("(2031) Other's paper"))
    (told,) = desk.ask(receipt, PERSON).listings
    assert told.state == pb.SUBJECT_STATE_ENDED
    assert told.ended_at.ToDatetime(UTC) == corrected
    assert not told.HasField("ends_at")
    assert told.state_words.en.startswith("No longer about this document")
    assert "不再包含您所出示的证件" in told.state_words.zh
    assert told.ruling_number == "(2024) No. 1"
    assert [one.paper for one in told.history] == ["(2024) No. 1"]
    assert not told.stays
    assert "this listing and this document" in told.next_steps[0].en
    content = told.SerializeToString()
    for secret in (OTHERS_RULING, "Other's paper"):
        assert secret.encode() not in content


def test_who_is_named_now_reads_nothing_of_who_was(desk: Desk) -> None:
    """The rulings and papers of the party before are not the present party's; a stay that still works is told."""
    desk.register.stay(desk.reference, mandate=desk.mandate("(2031) Party's paper"))
    receipt = desk.receipt(PERSON)
    correct(desk)
    (told,) = desk.ask(receipt, STRANGER).listings
    assert told.state == pb.SUBJECT_STATE_STAYED
    assert told.ruling_number == OTHERS_RULING
    assert [one.paper for one in told.history] == [OTHERS_RULING]
    for secret in ("(2024) No. 1", "Party's paper"):
        assert secret.encode() not in told.SerializeToString()


def test_who_is_named_again_reads_nothing_of_the_time_between(desk: Desk) -> None:
    """A correction that is taken back leaves a gap in the history, and the listing is in force as before."""
    receipt = desk.receipt(PERSON)
    correct(desk)
    desk.bring(person_row(1), *OTHERS, at=desk.clock.advance(days=1), sequence=3)
    (told,) = desk.ask(receipt, PERSON).listings
    assert told.state == pb.SUBJECT_STATE_IN_FORCE
    assert [one.paper for one in told.history] == ["(2024) No. 1", "(2024) No. 1"]
    assert OTHERS_RULING.encode() not in told.SerializeToString()


def test_what_was_owed_to_who_is_not_named_any_more_is_settled(desk: Desk) -> None:
    """A request that waited at the correction is never called late afterwards: nothing restricts by it."""
    desk.register.request(
        desk.reference,
        kind=DeadlineKind.CORRECTION,
        on=date(2031, 5, 6),
        mandate=desk.mandate(),
        terms=desk.terms,
    )
    receipt = desk.receipt(PERSON)
    correct(desk)
    desk.clock.advance(days=100)
    (told,) = desk.ask(receipt, PERSON).listings
    (owed,) = told.deadlines
    assert (owed.late, owed.state_words.en) == (False, "done in time")
    assert not any("late" in one.en for one in told.next_steps)


def test_a_listing_that_had_ended_before_is_told_as_ended(desk: Desk) -> None:
    """Who was off the list before it was taken up again for somebody else is told how his own listing ended."""
    receipt = desk.receipt(PERSON)
    ended = desk.clock.advance(hours=1)
    desk.bring(*OTHERS, at=ended, sequence=2)
    correct(desk, sequence=3)
    (told,) = desk.ask(receipt, PERSON).listings
    assert told.ended_at.ToDatetime(UTC) == ended
    assert told.state_words.en.startswith("Ended: ")
    assert told.ruling_number == "(2024) No. 1"


def test_a_term_that_was_over_before_is_told_as_expired(desk: Desk) -> None:
    """Of two ends the first is told: a removal that was due before the correction ended the listing."""
    desk.register.owe_removal(
        desk.reference,
        reason=EndKind.PERFORMED,
        on=date(2031, 4, 1),
        mandate=desk.mandate(),
        terms=desk.terms,
    )
    receipt = desk.receipt(PERSON)
    correct(desk)
    (told,) = desk.ask(receipt, PERSON).listings
    assert "has been performed" in told.state_words.en
    assert told.ended_at.ToDatetime(UTC) < desk.clock()


def test_a_document_that_the_listing_no_longer_names_says_so(desk: Desk) -> None:
    """Whose passport was left out is told that of the passport, and that another document may open the listing."""
    receipt = desk.receipt(PERSON)
    desk.bring(person_row(1), *OTHERS, at=desk.clock.advance(hours=2), sequence=2)
    (told,) = desk.ask(receipt, PASSPORT).listings
    assert told.state_words.en.startswith("No longer about this document")
    assert "another document" in told.next_steps[0].en
    assert desk.ask(receipt, PERSON).listings[0].state == pb.SUBJECT_STATE_IN_FORCE
