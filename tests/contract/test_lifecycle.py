"""The life of one listing, on every database: each transition there is, and each one that is refused."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from gateway.register import (
    ChangedMeanwhileError,
    DeadlineKind,
    EndKind,
    LifeCycleError,
    ListingState,
    Mandate,
    UnknownReferenceError,
)
from gateway.register.feeds.feed import FeedMode
from sanctions_matrix.listing import Exemption, Window
from tests.fakes.in_memory_feed import organisation_row, person_row
from tests.fakes.register_story import DAY, NOW, RegisterStory, mandate, proposed

TODAY = date(2026, 9, 1)
"""The authority's date at `NOW`."""
LATER = NOW + DAY
STARTS = "2026-09-11T00:00:00+08:00"
STARTS_AT = datetime(2026, 9, 10, 16, tzinfo=UTC)
ENDS = "2026-09-20T00:00:00+08:00"
ENDS_AT = datetime(2026, 9, 19, 16, tzinfo=UTC)

Step = Callable[[RegisterStory, str], object]


def test_a_listing_goes_from_proposed_to_in_force(story: RegisterStory) -> None:
    """Proposed it restricts nobody; complete it is notified first, and in force from its start."""
    story.feed(proposed(person_row(1)))
    reference = story.reference()
    assert story.state(reference, LATER) is ListingState.PROPOSED
    assert story.listings(1) == []
    story.feed(person_row(1, starts_at=STARTS), at=LATER)
    assert story.reference() == reference
    assert story.state(reference, LATER) is ListingState.NOTIFIED
    assert story.state(reference, STARTS_AT) is ListingState.IN_FORCE
    (listing,) = story.listings(1)
    assert not listing.in_force(LATER)
    assert listing.in_force(STARTS_AT)


@pytest.mark.parametrize("stage", ["proposed", "notified"])
def test_what_ends_before_it_was_in_force_is_withdrawn(story: RegisterStory, stage: str) -> None:
    """A listing released before it began never was in force, and its state says so."""
    row = person_row(1, starts_at=STARTS)
    story.feed(proposed(row) if stage == "proposed" else row)
    story.release(story.reference(), LATER, EndKind.WITHDRAWN)
    assert story.state(story.reference(), LATER) is ListingState.WITHDRAWN
    assert story.listings(1) == []


def test_what_ends_at_the_instant_it_begins_never_was_in_force(story: RegisterStory) -> None:
    """At its very start it is withdrawn, a moment later it has ended."""
    story.feed(person_row(1, starts_at=STARTS), person_row(2, starts_at=STARTS))
    story.release(story.reference("R-1"), STARTS_AT)
    story.release(story.reference("R-2"), STARTS_AT + DAY / 1000)
    assert story.state(story.reference("R-1"), LATER + 30 * DAY) is ListingState.WITHDRAWN
    assert story.state(story.reference("R-2"), LATER + 30 * DAY) is ListingState.ENDED


@pytest.mark.parametrize("reason", list(EndKind))
def test_a_release_ends_with_its_reason(story: RegisterStory, reason: EndKind) -> None:
    """Each way of ending is kept with the listing, with who did it, when, and on which paper."""
    story.people(1)
    reference = story.reference()
    story.release(reference, LATER, reason)
    record = story.show(reference)
    assert (record.ended_at, record.ended_as) == (LATER, reason)
    assert record.state_at(LATER) is ListingState.ENDED
    last = record.history[-1]
    assert (last.kind, last.actor, last.at) == ("listing.ended", mandate().actor, LATER)
    assert last.document == mandate().document


def test_a_stay_pauses_and_its_end_resumes(story: RegisterStory) -> None:
    """In force, stayed, in force again: by a lift, and by the end of the stay itself."""
    story.people(1)
    reference = story.reference()
    story.stay(reference, NOW)
    assert story.state(reference, LATER) is ListingState.STAYED
    story.lift(reference, LATER)
    assert story.state(reference, LATER) is ListingState.IN_FORCE
    story.stay(reference, LATER, until=LATER + DAY)
    assert story.state(reference, LATER + DAY) is ListingState.IN_FORCE
    (listing,) = story.listings(1)
    assert [listing.in_force(NOW + hours * DAY) for hours in (0, 1, 2)] == [False, False, True]


@pytest.mark.parametrize("year", [1, 1799, 9001, 9999])
def test_what_no_calendar_can_write_is_refused(story: RegisterStory, year: int) -> None:
    """A stay or permit that ends or begins at the edge of time is refused, and says how to give no end."""
    story.people(1)
    reference = story.reference()
    edge = datetime(year, 12, 31, 23, 59, tzinfo=UTC)
    window = Window(edge, None) if edge < NOW else Window(NOW, edge)
    permit = Exemption(frozenset({"38"}), window)
    with pytest.raises(LifeCycleError, match="1800 to 9000; leave the end out"):
        story.register.exempt(reference, permit, mandate=mandate(), is_permit=True)
    if edge > NOW:
        with pytest.raises(LifeCycleError, match="1800 to 9000"):
            story.stay(reference, NOW, until=edge)
    record = story.show(reference)
    assert (record.stays, record.exemptions) == ((), ())


def test_a_listing_ends_when_its_term_does(story: RegisterStory) -> None:
    """The state changes at the instant, though nobody has written anything."""
    story.feed(person_row(1, ends_at=ENDS))
    reference = story.reference()
    assert story.state(reference, ENDS_AT - DAY / 1000) is ListingState.IN_FORCE
    assert story.state(reference, ENDS_AT) is ListingState.ENDED
    assert story.show(reference).ended_at is None


def test_an_organisation_takes_its_person_along(story: RegisterStory) -> None:
    """Its stay, the day its removal is due, and its end are the responsible person's as well."""
    organisation, person = story.organisation_with_person()
    story.stay(organisation, NOW, until=LATER)
    (listing,) = story.listings(2)
    assert not listing.in_force(NOW)
    assert listing.in_force(LATER)
    assert story.state(person, NOW) is ListingState.STAYED
    change = story.owe(organisation, TODAY, LATER)
    due_at = story.show(organisation).due_at
    assert due_at is not None
    (listing,) = story.listings(2)
    assert listing.window.ends_at == story.show(person).stops_at == due_at
    assert story.state(person, due_at) is ListingState.ENDED
    with story.register.view() as view:
        assert len(view.eased_documents(change - 1).decided) == 2
    story.release(organisation, LATER)
    assert story.listings(2) == []
    record = story.show(person)
    assert (record.ended_as, record.ended_at) == (EndKind.PERFORMED, LATER)


def ended(story: RegisterStory, reference: str) -> None:
    """Release the listing."""
    story.release(reference, NOW)


def owed(story: RegisterStory, reference: str) -> None:
    """Let the removal have been due on 5 September."""
    story.owe(reference, TODAY, NOW)


def stayed(story: RegisterStory, reference: str) -> None:
    """Stay the listing."""
    story.stay(reference, NOW)


def waiting(story: RegisterStory, reference: str) -> None:
    """Let a request wait that stays the listing already."""
    story.request(reference, date(2026, 8, 1), NOW)


def nothing(_story: RegisterStory, _reference: str) -> None:
    """Do nothing before."""


FOREIGN = Exemption(frozenset({"13"}), Window(NOW, NOW + DAY))
LONG = Exemption(frozenset({"38"}), Window(NOW, NOW + 32 * DAY))
FAR = NOW + 30 * DAY


REFUSED: dict[str, tuple[Step, Step, str]] = {
    "ended: release": (ended, lambda story, one: story.release(one, LATER), "has ended"),
    "ended: stay": (ended, lambda story, one: story.stay(one, LATER), "has ended"),
    "ended: lift": (ended, lambda story, one: story.lift(one, LATER), "has ended"),
    "ended: exempt": (ended, lambda story, one: story.exempt(one, LATER), "has ended"),
    "ended: due": (ended, lambda story, one: story.owe(one, TODAY, LATER), "has ended"),
    "ended: request": (ended, lambda story, one: story.request(one, TODAY, LATER), "has ended"),
    "ended: decide": (
        ended,
        lambda story, one: story.decide(one, LATER, granted=True),
        "no request",
    ),
    "a second stay": (stayed, lambda story, one: story.stay(one, LATER), "stayed already"),
    "a shorter stay": (
        stayed,
        lambda story, one: story.stay(one, LATER, until=LATER + DAY),
        "stayed already",
    ),
    "nothing to lift": (nothing, lambda story, one: story.lift(one, LATER), "not stayed"),
    "an empty stay": (nothing, lambda story, one: story.stay(one, LATER, until=NOW), "end after"),
    "nothing to decide": (
        nothing,
        lambda story, one: story.decide(one, LATER, granted=False),
        "no request",
    ),
    "a request's stay": (waiting, lambda story, one: story.lift(one, LATER), "decide the request"),
    "a second request": (
        waiting,
        lambda story, one: story.request(one, TODAY, LATER),
        "waits for its decision",
    ),
    "a request to come": (
        nothing,
        lambda story, one: story.request(one, date(2026, 9, 2), NOW),
        "still to come",
    ),
    "a trigger to come": (
        nothing,
        lambda story, one: story.owe(one, date(2026, 9, 2), NOW),
        "still to come",
    ),
    "a trigger too early": (
        nothing,
        lambda story, one: story.owe(one, date(2024, 2, 29), NOW),
        "before the ruling",
    ),
    "a request for removal": (
        nothing,
        lambda story, one: story.request(one, TODAY, NOW, DeadlineKind.REMOVAL),
        "not requested",
    ),
    "owed already": (owed, lambda story, one: story.owe(one, TODAY, LATER), "owed already"),
    "over: stay": (owed, lambda story, one: story.stay(one, FAR), "is over"),
    "over: request": (owed, lambda story, one: story.request(one, TODAY, FAR), "is over"),
    "over: due": (owed, lambda story, one: story.owe(one, TODAY, FAR), "is over"),
    "a foreign measure": (
        nothing,
        lambda story, one: story.register.exempt(one, FOREIGN, mandate=mandate()),
        "carries",
    ),
    "a long lift": (
        nothing,
        lambda story, one: story.register.exempt(one, LONG, mandate=mandate()),
        "one month",
    ),
}


@pytest.mark.parametrize(("before", "step", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_possible_is_refused_and_changes_nothing(
    story: RegisterStory, before: Step, step: Step, said: str
) -> None:
    """Each refusal says why, and leaves the listing and its history as they were."""
    story.people(1)
    reference = story.reference()
    before(story, reference)
    held = story.show(reference)
    with pytest.raises(LifeCycleError, match=said):
        step(story, reference)
    assert story.show(reference) == held


def test_what_is_over_is_not_stayed_any_more(story: RegisterStory) -> None:
    """After its term a listing can be released, so that it is written down, and nothing else."""
    story.feed(person_row(1, ends_at=ENDS))
    reference = story.reference()
    with pytest.raises(LifeCycleError, match="over"):
        story.exempt(reference, ENDS_AT)
    story.release(reference, ENDS_AT, EndKind.EXPIRED)
    assert story.show(reference).ended_as == EndKind.EXPIRED


def test_an_earlier_trigger_brings_the_day_forward(story: RegisterStory) -> None:
    """A removal that turns out to have been owed earlier stops enforcement earlier, and never later."""
    story.people(1)
    reference = story.reference()
    story.owe(reference, TODAY, NOW)
    first = story.show(reference).due_at
    story.owe(reference, date(2026, 8, 31), NOW, EndKind.CORRECTED)
    record = story.show(reference)
    assert first is not None
    assert record.due_at == first - DAY
    assert record.due_as == EndKind.CORRECTED
    assert len(record.deadlines) == 2


def test_a_listing_nobody_knows_cannot_be_changed(story: RegisterStory) -> None:
    """An unknown reference is an error of its own, whatever is asked."""
    for step in (story.release, story.stay, story.lift, story.exempt):
        with pytest.raises(UnknownReferenceError):
            step("L-aaaaaaaaaaaaaaaa", NOW)


@pytest.mark.parametrize("paper", ["", "  ", "two\nlines", "x" * 201])
def test_a_change_rests_on_a_paper_that_is_named(paper: str) -> None:
    """Without a paper, or with one that is no line, there is no mandate."""
    with pytest.raises(LifeCycleError, match="document"):
        mandate(paper=paper)
    with pytest.raises(LifeCycleError, match="time zone"):
        Mandate("paper", datetime(2026, 1, 1), "clerk")  # noqa: DTZ001 that is the point


def test_an_expected_change_that_is_not_the_last_is_refused(story: RegisterStory) -> None:
    """Whoever decided on what is no longer so is told, and nothing is done; whoever saw the last change may act."""
    story.people(1)
    reference = story.reference()
    seen = story.show(reference).change
    assert seen == 1
    story.stay(reference, NOW)
    held = story.show(reference)
    with pytest.raises(ChangedMeanwhileError, match="show it again"):
        story.register.lift_stay(reference, mandate=mandate(LATER, seen))
    assert story.show(reference) == held
    assert story.register.lift_stay(reference, mandate=mandate(LATER, held.change)) == 3


def test_a_feed_does_not_undo_a_decision(story: RegisterStory) -> None:
    """A later row of the same record changes what it says; stays, exemptions and the day due stay."""
    story.people(1, 2)
    reference = story.reference()
    story.exempt(reference, NOW)
    story.stay(reference, NOW)
    story.owe(reference, TODAY, NOW)
    before = story.show(reference)
    story.feed(person_row(1, measures=["38"]), person_row(2), at=LATER)
    record = story.show(reference)
    assert record.measures == {"38"}
    assert (record.stays, record.exemptions) == (before.stays, before.exemptions)
    assert (record.due_at, record.due_as) == (before.due_at, before.due_as)
    assert record.deadlines == before.deadlines


def test_a_feed_that_leaves_out_what_was_owed_does_what_was_owed(story: RegisterStory) -> None:
    """The listing ends as the decision said and for good, and the authority has kept its deadline."""
    story.people(1, 2)
    reference = story.reference()
    story.owe(reference, TODAY, NOW)
    story.people(2, at=LATER)
    record = story.show(reference)
    assert (record.ended_as, record.ended_at) == (EndKind.PERFORMED, LATER)
    (deadline,) = record.deadlines
    assert (deadline.state, deadline.closed_at) == ("kept", LATER)
    assert story.feed(person_row(1), person_row(2), at=LATER + DAY).quarantined == 1
    assert story.listings(1) == []


def test_a_decision_does_not_undo_a_feed(story: RegisterStory) -> None:
    """What a feed withdrew and brought back is in force again, with the exemption it had before."""
    story.people(1, 2)
    reference = story.reference()
    story.exempt(reference, NOW, days=20)
    story.people(2, at=LATER)
    assert story.state(reference, LATER) is ListingState.ENDED
    with pytest.raises(LifeCycleError, match="withdrawn"):
        story.stay(reference, LATER)
    story.people(1, 2, at=LATER + DAY)
    record = story.show(reference)
    assert record.state_at(LATER + DAY) is ListingState.IN_FORCE
    assert len(record.exemptions) == 1


def test_a_person_ends_once_with_the_organisation(story: RegisterStory) -> None:
    """A full feed that leaves out both ends each of them once."""
    _, person = story.organisation_with_person()
    report = story.feed(person_row(3), at=LATER)
    assert report.ended == 2
    kinds = [one.kind for one in story.show(person).history]
    assert kinds == ["listing.added", "listing.ended"]


def test_a_person_ends_once_however_far_from_the_organisation(story: RegisterStory) -> None:
    """Many listings lie between the two in a feed that ends them all; still each of them ends once."""
    role = {"listing": "O-1", "role": "legal-representative"}
    others = [person_row(serial) for serial in range(10, 5_020)]
    story.feed(organisation_row(1), *others, person_row(2, responsible_for=role))
    report = story.feed(person_row(3), at=LATER)
    assert report.ended == len(others) + 2
    ends = [one for one in story.show(story.reference("R-2")).history if one.at == LATER]
    assert len(ends) == 1


def test_a_stay_is_prolonged(story: RegisterStory) -> None:
    """A longer stay runs beside a shorter one, whose end then restricts nobody; a lift ends both."""
    story.people(1)
    reference = story.reference()
    story.stay(reference, NOW, until=LATER)
    story.stay(reference, NOW + DAY / 2, until=LATER + 8 * DAY)
    assert story.state(reference, LATER) is ListingState.STAYED
    (listing,) = story.listings(1)
    assert [listing.in_force(LATER + days * DAY) for days in (-1, 0, 8)] == [False, False, True]
    with pytest.raises(LifeCycleError, match="stayed already"):
        story.stay(reference, LATER, until=LATER + 8 * DAY)
    story.stay(reference, LATER)
    story.lift(reference, LATER + DAY)
    assert story.state(reference, LATER + DAY) is ListingState.IN_FORCE
    assert story.state_recorded(reference, LATER) is ListingState.STAYED
    assert story.show(reference, LATER + DAY) == story.show(reference)
    assert story.register.rebuild(dry=True) == 0


@pytest.mark.parametrize("ends", ["rejected", "lifted"])
def test_a_court_stays_what_a_request_stays_already(story: RegisterStory, ends: str) -> None:
    """The court's stay is recorded beside the request's, and either ends without the other."""
    story.people(1)
    reference = story.reference()
    waiting(story, reference)
    assert story.state(reference, NOW) is ListingState.STAYED
    story.stay(reference, NOW)
    if ends == "rejected":
        story.decide(reference, LATER, granted=False)
    else:
        story.lift(reference, LATER)
    assert story.state(reference, LATER) is ListingState.STAYED
    assert len(story.show(reference).stays) == 2
    assert story.register.rebuild(dry=True) == 0
    if ends == "rejected":
        story.lift(reference, LATER)
    else:
        story.decide(reference, LATER, granted=False)
    assert story.state(reference, LATER) is ListingState.IN_FORCE
    assert story.show(reference, LATER) == story.show(reference)
    assert story.register.rebuild(dry=True) == 0


def test_a_stay_beside_a_request_that_is_still_in_time_is_lifted(story: RegisterStory) -> None:
    """Only the stay that a request caused waits for its decision, once it has begun."""
    story.people(1)
    reference = story.reference()
    story.request(reference, TODAY, NOW)
    story.stay(reference, NOW)
    story.lift(reference, LATER)
    assert story.state(reference, LATER) is ListingState.IN_FORCE
    with pytest.raises(LifeCycleError, match="decide the request"):
        story.lift(reference, FAR)


def test_an_organisation_owed_and_left_out_takes_its_person_along(story: RegisterStory) -> None:
    """The person's listing ends as the organisation's was owed to, and for good."""
    organisation, person = story.organisation_with_person()
    story.owe(organisation, TODAY, NOW)
    role = {"listing": "O-1", "role": "legal-representative"}
    person_only = person_row(2, responsible_for=role)
    story.feed(person_only, person_row(3), at=LATER)
    assert story.show(person).ended_as == EndKind.PERFORMED
    again = story.feed(organisation_row(1), person_only, at=LATER, mode=FeedMode.CHANGES)
    assert again.quarantined == 2
