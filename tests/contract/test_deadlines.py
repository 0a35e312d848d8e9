"""What an authority owes and by when, on every database: enforcement stops at the day, and the authority is told."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.mainland_calendar import MainlandCalendar
from gateway.register import (
    DeadlineKind,
    DeadlineState,
    EndKind,
    LifeCycleError,
    ListingState,
    Mandate,
    Terms,
)
from gateway.register.feeds.feed import FeedMode
from gateway.snapshot.records import RecordFormat
from sanctions_matrix.actions import AirTravel, Role
from sanctions_matrix.evaluation import compile_matrix
from sanctions_matrix.pack import Pack
from sanctions_matrix.verdict import Outcome
from tests.fakes.in_memory_feed import person_row
from tests.fakes.register_story import DAY, NOW, RegisterStory, mandate

PERFORMED_ON = date(2026, 9, 30)
"""A Wednesday; the seven days after it are the National Day holiday, and Saturday the 10th is worked instead."""
REPORTED = datetime(2026, 9, 30, 3, tzinfo=UTC)
DUE = datetime(2026, 10, 10, 16, tzinfo=UTC)
"""The beginning of 11 October in Beijing: the 8th, the 9th and the 10th were worked."""
MOMENT = timedelta(microseconds=1)


def owed_over_the_holiday(story: RegisterStory) -> str:
    """Import a citizen whose performance is reported before the holiday; return the reference."""
    story.people(1, 2)
    reference = story.reference()
    story.owe(reference, PERFORMED_ON, REPORTED)
    return reference


def test_enforcement_stops_when_a_removal_was_due_across_the_october_holiday(
    story: RegisterStory,
) -> None:
    """Nobody acts; up to the due instant the listing is enforced, from it on it is not, without anything published."""
    reference = owed_over_the_holiday(story)
    record = story.show(reference)
    assert (record.due_at, record.due_as) == (DUE, EndKind.PERFORMED)
    assert record.deadlines[0].counted == "working-days"
    (listing,) = story.listings(1)
    assert listing.in_force(DUE - MOMENT)
    assert not listing.in_force(DUE)
    assert record.state_at(DUE - MOMENT) is ListingState.IN_FORCE
    assert record.state_at(DUE) is ListingState.ENDED


def test_a_compiled_record_stops_at_the_due_instant(story: RegisterStory, pack: Pack) -> None:
    """What a gateway holds restricts just before the due instant and permits at it."""
    owed_over_the_holiday(story)
    matrix = compile_matrix(pack)
    records = RecordFormat(pack, matrix)
    routes: dict[bytes, bytes] = {}
    held = records.decode(records.encode(story.listings(1), routes), routes.get)
    flight = AirTravel()
    before = matrix.evaluate(flight, Role.TRAVELLER, held, DUE - MOMENT)
    after = matrix.evaluate(flight, Role.TRAVELLER, held, DUE)
    assert (before.outcome, after.outcome) == (Outcome.RESTRICTED, Outcome.PERMITTED)


def test_an_authority_that_is_late_is_named_with_its_days(story: RegisterStory) -> None:
    """Nobody is late before the day; from then on each begun day counts, swept or not, until the authority acts."""
    reference = owed_over_the_holiday(story)
    assert story.register.late(DUE - MOMENT) == []
    (late,) = story.register.late(DUE)
    assert (late.authority, late.delivered_by) == ("Synthetic People's Court", "Synthetic Court")
    assert (late.list_id, late.reference) == (story.definition.id, reference)
    assert (late.kind, late.opened_on, late.due_at) == (DeadlineKind.REMOVAL, PERFORMED_ON, DUE)
    assert (late.days_late, late.is_stopped) == (1, True)
    story.sweep(DUE + DAY / 24)
    (late,) = story.register.late(DUE + 2 * DAY)
    assert (late.days_late, late.is_stopped) == (3, True)
    story.release(reference, DUE + 2 * DAY)
    assert story.register.late(DUE + 3 * DAY) == []
    (deadline,) = story.show(reference).deadlines
    assert (deadline.state, deadline.closed_at) == (DeadlineState.MISSED, DUE + 2 * DAY)
    with pytest.raises(LifeCycleError, match="has ended"):
        story.release(reference, DUE + 3 * DAY)


def test_a_release_in_time_keeps_the_deadline(story: RegisterStory) -> None:
    """Nobody is late, and nothing is left to sweep."""
    reference = owed_over_the_holiday(story)
    story.release(reference, DUE - MOMENT)
    (deadline,) = story.show(reference).deadlines
    assert (deadline.state, deadline.closed_at) == (DeadlineState.KEPT, DUE - MOMENT)
    assert story.register.late(DUE + DAY) == []
    assert story.sweep(DUE + DAY).is_empty


def test_a_release_too_late_misses_it(story: RegisterStory) -> None:
    """The deadline was missed, and is closed: the authority has acted."""
    reference = owed_over_the_holiday(story)
    story.release(reference, DUE)
    (deadline,) = story.show(reference).deadlines
    assert (deadline.state, deadline.closed_at) == (DeadlineState.MISSED, DUE)
    assert story.register.late(DUE + DAY) == []


def test_a_sweep_ends_what_was_due_once(story: RegisterStory) -> None:
    """The listing ends as the decision said, for good; a second sweep finds nothing, and no feed brings it back."""
    reference = owed_over_the_holiday(story)
    assert story.sweep(DUE - MOMENT).is_empty
    change = story.register.last_change()
    report = story.sweep(DUE)
    assert (report.missed, report.ended, report.expired) == (1, 1, 0)
    assert story.sweep(DUE).is_empty
    record = story.show(reference)
    assert (record.ended_at, record.ended_as) == (DUE, EndKind.PERFORMED)
    assert [one.kind for one in record.history[-2:]] == ["deadline.missed", "listing.ended"]
    with story.register.view() as view:
        assert view.eased_documents(change).decided == view.changed_documents(change) != []
    assert story.feed(person_row(1), person_row(2), at=DUE + DAY).quarantined == 1


def test_a_full_feed_without_it_is_the_late_answer(story: RegisterStory) -> None:
    """As long as the feed names a listing that was ended for it, its authority is late; then no more."""
    reference = owed_over_the_holiday(story)
    story.sweep(DUE)
    story.people(1, 2, at=DUE + DAY)
    assert len(story.register.late(DUE + DAY)) == 1
    story.feed(person_row(2), at=DUE + DAY, mode=FeedMode.CHANGES)
    assert len(story.register.late(DUE + DAY)) == 1
    change = story.show(reference).change
    story.people(2, at=DUE + 2 * DAY)
    assert story.register.late(DUE + 3 * DAY) == []
    record = story.show(reference)
    assert record.deadlines[0].closed_at == DUE + 2 * DAY
    assert (record.history[-1].kind, record.change) == ("deadline.closed", change)
    assert story.register.rebuild(dry=True) == 0


def test_a_due_day_that_has_passed_already_stops_at_once(story: RegisterStory) -> None:
    """A trigger that becomes known late does not give the authority its days again."""
    story.people(1)
    reference = story.reference()
    story.owe(reference, date(2026, 8, 3), NOW)
    assert story.state(reference, NOW) is ListingState.ENDED
    (late,) = story.register.late(NOW)
    assert late.days_late > 20


def test_a_year_nobody_has_announced_counts_every_day(story: RegisterStory) -> None:
    """Three calendar days are never later than three working days, and the deadline says how it was counted."""
    unknown = MainlandCalendar().last_year + 1
    story.people(1)
    reference = story.reference()
    at = datetime(unknown, 1, 1, 3, tzinfo=UTC)
    story.owe(reference, date(unknown, 1, 1), at)
    record = story.show(reference)
    assert record.due_at == datetime(unknown, 1, 4, 16, tzinfo=UTC)
    assert record.deadlines[0].counted == "calendar-days"


REQUESTED_ON = date(2026, 9, 1)
EXAMINED_BY = datetime(2026, 9, 16, 16, tzinfo=UTC)
"""The beginning of 17 September in Beijing: the fifteenth day after the request is over."""


@pytest.mark.parametrize("kind", [DeadlineKind.CORRECTION, DeadlineKind.REVIEW])
def test_a_request_not_examined_in_time_stays_the_listing(
    story: RegisterStory, kind: DeadlineKind
) -> None:
    """Once the fifteenth day is over the listing is stayed, without end, and the authority is late."""
    story.people(1)
    reference = story.reference()
    story.request(reference, REQUESTED_ON, NOW, kind)
    (listing,) = story.listings(1)
    assert listing.in_force(EXAMINED_BY - MOMENT)
    assert not listing.in_force(EXAMINED_BY)
    assert not listing.in_force(EXAMINED_BY + 1_000 * DAY)
    (late,) = story.register.late(EXAMINED_BY + DAY)
    assert (late.kind, late.days_late, late.is_stopped) == (kind, 2, True)
    assert story.sweep(EXAMINED_BY).missed == 1
    assert story.show(reference).ended_at is None


def test_a_late_rejection_ends_the_stay_and_keeps_what_was_missed(story: RegisterStory) -> None:
    """From the decision on the listing is in force again; that it came late stays on record."""
    story.people(1)
    reference = story.reference()
    story.request(reference, REQUESTED_ON, NOW)
    story.sweep(EXAMINED_BY)
    decided_at = EXAMINED_BY + 3 * DAY
    story.decide(reference, decided_at, granted=False)
    record = story.show(reference)
    assert record.state_at(decided_at - MOMENT) is ListingState.STAYED
    assert record.state_at(decided_at) is ListingState.IN_FORCE
    (deadline,) = record.deadlines
    assert (deadline.state, deadline.closed_at) == (DeadlineState.MISSED, decided_at)
    assert story.register.late(decided_at) == []


def test_a_rejection_in_time_leaves_no_stay(story: RegisterStory) -> None:
    """Examined and rejected within its days, a request changes nothing, and a new one may be made."""
    story.people(1)
    reference = story.reference()
    story.request(reference, REQUESTED_ON, NOW)
    story.decide(reference, EXAMINED_BY - MOMENT, granted=False)
    record = story.show(reference)
    assert (record.stays, record.deadlines[0].state) == ((), DeadlineState.KEPT)
    story.request(reference, date(2026, 9, 16), EXAMINED_BY - MOMENT)
    assert len(story.show(reference).deadlines) == 2


def test_a_correction_that_is_granted_is_owed_from_that_day(story: RegisterStory) -> None:
    """The removal is due three working days later, and the stay goes on until then."""
    story.people(1)
    reference = story.reference()
    story.request(reference, REQUESTED_ON, NOW)
    granted_at = datetime(2026, 9, 18, 3, tzinfo=UTC)
    story.decide(reference, granted_at, granted=True)
    record = story.show(reference)
    # Friday the 18th; Sunday the 20th is worked for the holiday to come.
    assert record.due_at == datetime(2026, 9, 22, 16, tzinfo=UTC)
    assert record.due_as == EndKind.CORRECTED
    assert record.state_at(granted_at) is ListingState.STAYED
    assert [one.kind for one in record.deadlines] == [DeadlineKind.CORRECTION, DeadlineKind.REMOVAL]


def test_a_granted_correction_does_not_put_off_what_is_owed(story: RegisterStory) -> None:
    """The earlier of two days stands."""
    story.people(1)
    reference = story.reference()
    story.request(reference, REQUESTED_ON, NOW)
    story.owe(reference, REQUESTED_ON, NOW)
    due_at = story.show(reference).due_at
    story.decide(reference, NOW + DAY, granted=True)
    record = story.show(reference)
    assert (record.due_at, record.due_as) == (due_at, EndKind.PERFORMED)


def test_where_the_list_says_so_an_objection_stays_at_once(story: RegisterStory) -> None:
    """An acknowledged objection stays from its instant, and a rejection in time ends the stay there."""
    definition = replace(story.definition, objection_stays=True)
    story.terms = Terms({definition.id: definition}, MainlandCalendar())
    story.people(1)
    reference = story.reference()
    story.request(reference, REQUESTED_ON, NOW)
    assert story.state(reference, NOW) is ListingState.STAYED
    with pytest.raises(LifeCycleError, match="decide the request"):
        story.lift(reference, NOW + DAY)
    story.decide(reference, NOW + DAY, granted=False)
    assert story.state(reference, NOW) is ListingState.STAYED
    assert story.state(reference, NOW + DAY) is ListingState.IN_FORCE


def test_a_stay_of_another_paper_outlives_the_request(story: RegisterStory) -> None:
    """A rejection ends the stay that the request caused, and no other."""
    story.people(1)
    reference = story.reference()
    story.stay(reference, NOW, until=NOW + 100 * DAY)
    story.request(reference, REQUESTED_ON, NOW)
    story.decide(reference, EXAMINED_BY + DAY, granted=False)
    assert story.state(reference, EXAMINED_BY + 2 * DAY) is ListingState.STAYED
    assert story.state(reference, NOW + 100 * DAY) is ListingState.IN_FORCE


def test_a_sweep_ends_terms_that_are_over(story: RegisterStory) -> None:
    """At once where the list gives no period to remove; after that period where it does."""
    ends_at = datetime(2026, 9, 30, 16, tzinfo=UTC)
    story.feed(person_row(1, ends_at="2026-10-01T00:00:00+08:00"), person_row(2))
    reference = story.reference()
    assert story.sweep(ends_at - MOMENT).is_empty
    definition = replace(story.definition, removal_working_days=3)
    patient = Terms({definition.id: definition}, MainlandCalendar())
    assert story.register.sweep(DUE - MOMENT, patient).is_empty
    assert story.register.sweep(DUE, patient).expired == 1
    assert story.show(reference).ended_as == EndKind.EXPIRED
    story.feed(person_row(3, ends_at="2026-10-01T00:00:00+08:00"), person_row(2))
    assert story.sweep(ends_at).expired == 1
    assert story.sweep(ends_at).is_empty


def test_an_ending_organisation_sweeps_its_person(story: RegisterStory) -> None:
    """The person's listing ends with the organisation's, and only the organisation's authority is late."""
    organisation, person = story.organisation_with_person()
    story.owe(organisation, PERFORMED_ON, REPORTED)
    assert story.sweep(DUE).ended == 2
    assert story.show(person).ended_as == EndKind.PERFORMED
    assert [one.reference for one in story.register.late(DUE)] == [organisation]


def test_a_sweep_takes_any_number_in_short_batches(story: RegisterStory) -> None:
    """More listings than fit a batch are all ended, and what was done is told after each batch."""
    story.people(*range(1_100))
    references = [
        str(row[0]) for row in story.sql("SELECT reference FROM listing ORDER BY id LIMIT 1100")
    ]
    paper = Mandate("(2026) Amnesty No. 1", REPORTED, "court clerk")
    with story.register.changing(paper) as change:
        for reference in references:
            change.owe_removal(
                reference, reason=EndKind.PERFORMED, on=PERFORMED_ON, terms=story.terms
            )
    told: list[int] = []
    report = story.register.sweep(DUE, story.terms, lambda done: told.append(done.ended))
    assert (report.missed, report.ended) == (1_100, 1_100)
    assert told == [500, 1_000, 1_100]
    assert len(story.register.late(DUE)) == 1_100


def test_a_deadline_is_told_with_its_paper(story: RegisterStory) -> None:
    """What is late names the document on which it was triggered, so that the authority finds its file."""
    story.people(1)
    paper = mandate(NOW, paper="(2026) Receipt No. 3")
    story.register.owe_removal(
        story.reference(),
        reason=EndKind.PERFORMED,
        on=date(2026, 9, 1),
        mandate=paper,
        terms=story.terms,
    )
    (late,) = story.register.late(NOW + 30 * DAY)
    assert late.document == "(2026) Receipt No. 3"
