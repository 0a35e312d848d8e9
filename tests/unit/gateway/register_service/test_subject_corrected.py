"""A listing that was corrected to name somebody else: each party is told its own time, and nothing of the other's."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from gateway.errors import Reason
from gateway.register.endings import EndKind
from gateway.register.listing_record import DeadlineKind
from gateway.register_service.subject_page import page_of
from jointgate.register.v1 import subject_pb2 as pb
from sanctions_matrix.listing import Exemption, Window
from sanctions_matrix.pack import Pack
from tests.fakes.fixed_clock import MORNING
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


def correct(desk: Desk, sequence: int = 2, *, hours: int = 24) -> datetime:
    """Send the party's record again with the stranger's document and ruling, hours later; return the instant."""
    at = desk.clock.advance(hours=hours)
    desk.bring(person_row(9, record="R-1"), *OTHERS, at=at, sequence=sequence)
    return at


def take_back(desk: Desk, sequence: int = 3) -> datetime:
    """Send the party's record with his own document again, a day later; return the instant."""
    at = desk.clock.advance(days=1)
    desk.bring(person_row(1), *OTHERS, at=at, sequence=sequence)
    return at


def ask_for_correction(desk: Desk, paper: str) -> None:
    """Record a request of this day that rests on a paper."""
    desk.register.request(
        desk.reference,
        kind=DeadlineKind.CORRECTION,
        on=desk.clock().date(),
        mandate=desk.mandate(paper),
        terms=desk.terms,
    )


def exempt(desk: Desk, days: int, paper: str) -> None:
    """Take a measure out from now on for some days."""
    at = desk.clock()
    exemption = Exemption(frozenset({"38"}), Window(at, at + timedelta(days=days)))
    desk.register.exempt(desk.reference, exemption, mandate=desk.mandate(paper), is_permit=False)


def go_through(desk: Desk, whose: str) -> None:
    """Let all happen to the listing that opens something and is over within a day."""
    desk.clock.advance(hours=1)
    ask_for_correction(desk, f"{whose} request")
    desk.register.stay(desk.reference, mandate=desk.mandate(f"{whose} stay"))
    exempt(desk, 1, f"{whose} lift")
    desk.clock.advance(hours=1)
    desk.register.lift_stay(desk.reference, mandate=desk.mandate(f"{whose} way on"))
    desk.register.decide(
        desk.reference, granted=False, mandate=desk.mandate(f"{whose} decision"), terms=desk.terms
    )


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


def test_who_was_named_only_in_between_is_shown_his_time(desk: Desk) -> None:
    """A gateway may have answered from any state of the lease before the decision, so each of them opens the record."""
    desk.bring(person_row(9, record="R-1"), *OTHERS, at=MORNING - timedelta(hours=10), sequence=2)
    desk.bring(person_row(1), *OTHERS, at=MORNING - timedelta(hours=5), sequence=3)
    (told,) = desk.ask(desk.receipt(PERSON), STRANGER).listings
    assert told.ruling_number == OTHERS_RULING
    assert told.state_words.en.startswith("No longer about this document")


def test_who_was_named_only_before_the_lease_is_refused(desk: Desk) -> None:
    """What the listing named until more than a lease before the decision did not decide anything."""
    desk.bring(person_row(9, record="R-1"), *OTHERS, at=MORNING - timedelta(days=3), sequence=2)
    desk.bring(person_row(1), *OTHERS, at=MORNING - timedelta(days=2), sequence=3)
    assert desk.refused(desk.receipt(PERSON), STRANGER).reason()[1] == Reason.NO_RECORD.value


# --- pauses, exemptions and periods ---------------------------------------------------------------


def test_who_is_named_now_reads_no_pause_and_no_period_of_who_was(desk: Desk) -> None:
    """What was opened and is over in the time of the party before is that party's alone."""
    go_through(desk, "Party's")
    receipt = desk.receipt(PERSON)
    correct(desk)
    (told,) = desk.ask(receipt, STRANGER).listings
    assert (len(told.stays), len(told.exemptions), len(told.deadlines)) == (0, 0, 0)
    (before,) = desk.ask(receipt, PERSON).listings
    assert (len(before.stays), len(before.exemptions), len(before.deadlines)) == (1, 1, 1)


def test_who_is_named_again_reads_no_pause_and_no_period_of_the_time_between(desk: Desk) -> None:
    """What was opened and is over between two corrections is told neither of the two times' party."""
    receipt = desk.receipt(PERSON)
    go_through(desk, "Party's")
    own = desk.ask(receipt, PERSON).listings[0]
    between = desk.site.receipt(desk.reference, at=correct(desk, hours=1))
    go_through(desk, "Other's")
    take_back(desk)
    desk.clock.advance(days=1)
    (told,) = desk.ask(receipt, PERSON).listings
    assert told.stays == own.stays
    assert told.exemptions == own.exemptions
    assert told.deadlines == own.deadlines
    assert b"Other's" not in told.SerializeToString()
    (others,) = desk.ask(between, STRANGER).listings
    assert (len(others.stays), len(others.exemptions), len(others.deadlines)) == (1, 1, 1)
    assert b"Party's" not in others.SerializeToString()


def test_what_still_works_is_told_from_the_correction_on(desk: Desk) -> None:
    """A pause, an exemption and a request of the party before still bind the authority; their beginning is not told."""
    ask_for_correction(desk, "Party's request")
    desk.register.stay(desk.reference, mandate=desk.mandate("Party's stay"))
    exempt(desk, 5, "Party's lift")
    receipt = desk.receipt(PERSON)
    corrected = correct(desk)
    response = desk.ask(receipt, STRANGER)
    (told,) = response.listings
    assert told.state == pb.SUBJECT_STATE_STAYED
    due = datetime(2031, 5, 21, 16, tzinfo=UTC)
    assert [one.starts_at.ToDatetime(UTC) for one in told.stays] == [due, corrected]
    assert told.exemptions[0].starts_at.ToDatetime(UTC) == corrected
    (owed,) = told.deadlines
    assert (owed.opened_on, owed.state_words.en) == ("", "not done yet, the period is running")
    assert any(one.en.startswith("A request about the listing waits") for one in told.next_steps)
    assert not any(one.en.startswith("Your request") for one in told.next_steps)
    assert b"Party's" not in told.SerializeToString()
    page = page_of(response, "en", named=1)
    assert "    due by 2031-05-22 00:00 (UTC+08:00): not done yet" in page
    assert "2031-05-06" not in page


def test_what_the_other_ended_ended_with_the_correction(desk: Desk) -> None:
    """When a pause was lifted and a request decided in the other's time is not told: it was over at the correction."""
    ask_for_correction(desk, "Party's request")
    desk.register.stay(desk.reference, mandate=desk.mandate("Party's stay"))
    receipt = desk.receipt(PERSON)
    corrected = correct(desk)
    desk.clock.advance(days=20)
    desk.register.lift_stay(desk.reference, mandate=desk.mandate("Other's way on"))
    desk.register.decide(
        desk.reference, granted=False, mandate=desk.mandate("Other's decision"), terms=desk.terms
    )
    take_back(desk)
    (told,) = desk.ask(receipt, PERSON).listings
    assert [one.ends_at.ToDatetime(UTC) for one in told.stays] == [corrected]
    (owed,) = told.deadlines
    assert (owed.opened_on, owed.state_words.en) == ("2031-05-06", "done in time")
    assert b"Other's" not in told.SerializeToString()


def test_a_day_that_passed_is_told_without_the_other_s_paper(desk: Desk) -> None:
    """That a request of the other was not decided pauses the listing; the paper of the request is not told."""
    receipt = desk.receipt(PERSON)
    correct(desk)
    ask_for_correction(desk, "Other's request")
    take_back(desk)
    desk.register.sweep(at=desk.clock.advance(days=30), terms=desk.terms)
    (told,) = desk.ask(receipt, PERSON).listings
    assert told.state == pb.SUBJECT_STATE_STAYED
    assert [one.late for one in told.deadlines] == [True]
    assert b"Other's" not in told.SerializeToString()


def test_a_decision_about_the_other_s_request_is_told_as_a_change(desk: Desk) -> None:
    """Who is named by then asked for nothing: neither what was decided is told, nor its paper."""
    ask_for_correction(desk, "Other's request")
    receipt = desk.receipt(PERSON)
    correct(desk)
    desk.register.decide(
        desk.reference, granted=False, mandate=desk.mandate("Other's decision"), terms=desk.terms
    )
    (told,) = desk.ask(receipt, STRANGER).listings
    assert "A change was recorded." in [one.words.en for one in told.history]
    assert not any("request" in one.words.en for one in told.history)
    assert b"Other's" not in told.SerializeToString()
