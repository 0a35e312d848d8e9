"""What a decision, a deadline, a term, a stay or a request stops, on every database: no feed brings it back."""

from datetime import UTC, date, datetime

import pytest

from gateway.register import DeadlineState, EndKind, ImportReport, ListingState
from gateway.register.feeds.feed import FeedMode
from tests.fakes.in_memory_feed import organisation_row, person_row, responsible_row
from tests.fakes.register_story import DAY, NOW, RegisterStory, proposed

TODAY = date(2026, 9, 1)
ENDS = "2026-09-20T00:00:00+08:00"
ENDS_AT = datetime(2026, 9, 19, 16, tzinfo=UTC)
PROLONGED = {"ends_at": "2027-09-20T00:00:00+08:00"}
AFTER = ENDS_AT + 10 * DAY

swept_or_not = pytest.mark.parametrize("is_swept", [False, True], ids=["unswept", "swept"])


def refused(story: RegisterStory, report: ImportReport) -> list[tuple[str, str]]:
    """Return the rule and the field of what the last feed's quarantine says, in the order of the lines."""
    with story.register.view() as view:
        lines = view.refused_lines(report.feed_id, after=0, limit=10)
    return [(one.rule, one.field) for line in lines for one in line.violations]


@swept_or_not
def test_no_row_prolongs_a_term_that_is_over(story: RegisterStory, *, is_swept: bool) -> None:
    """A later end that comes too late is refused, whether or not anybody has swept (A12)."""
    story.feed(person_row(1, ends_at=ENDS), person_row(2))
    if is_swept:
        assert story.sweep(AFTER).expired == 1
    report = story.feed(person_row(1, **PROLONGED), person_row(2), at=AFTER)
    assert refused(story, report) == [("A12", "record")]
    assert (report.changed, report.reopened) == (0, 0)
    assert report.kept == (0 if is_swept else 1)
    assert story.state(story.reference(), AFTER) is ListingState.ENDED
    assert not any(one.in_force(AFTER) for one in story.listings(1))


def test_a_term_is_prolonged_before_it_is_over(story: RegisterStory) -> None:
    """Up to its last moment a listing can be given a later end."""
    story.feed(person_row(1, ends_at=ENDS))
    assert story.feed(person_row(1, **PROLONGED), at=ENDS_AT - DAY / 1000).changed == 1
    assert story.state(story.reference(), AFTER) is ListingState.IN_FORCE


def test_an_expired_listing_that_a_feed_left_out_does_not_come_back(story: RegisterStory) -> None:
    """It ended for good when it was left out, as it does when it is swept (A12)."""
    story.feed(person_row(1, ends_at=ENDS), person_row(2))
    story.people(2, at=AFTER)
    assert story.show(story.reference()).ended_as == EndKind.EXPIRED
    report = story.feed(person_row(1), person_row(2), at=AFTER + DAY)
    assert refused(story, report) == [("A12", "record")]
    assert story.listings(1) == []


@swept_or_not
def test_no_row_takes_a_person_out_of_a_removal_that_was_due(
    story: RegisterStory, *, is_swept: bool
) -> None:
    """Told without the organisation, a person whom its missed removal stopped stays stopped (A12)."""
    organisation, person = story.organisation_with_person()
    story.owe(organisation, TODAY, NOW)
    if is_swept:
        story.sweep(AFTER)
    report = story.feed(organisation_row(1), person_row(2), at=AFTER)
    assert ("A12", "record") in refused(story, report)
    assert not any(one.in_force(AFTER) for one in story.listings(2))
    assert story.state(person, AFTER) is ListingState.ENDED


def test_a_person_left_out_after_the_organisations_removal_was_due_has_ended_for_good(
    story: RegisterStory,
) -> None:
    """It ends as the organisation's listing should have, and does not come back without it (A12)."""
    organisation, person = story.organisation_with_person()
    story.owe(organisation, TODAY, NOW)
    story.feed(organisation_row(1), at=AFTER)
    assert story.show(person).ended_as == EndKind.PERFORMED
    assert story.feed(person_row(2), at=AFTER, mode=FeedMode.CHANGES).quarantined == 1
    assert story.listings(2) == []


def test_an_organisation_that_is_over_is_not_prolonged_for_its_person(story: RegisterStory) -> None:
    """A person stopped with the organisation's term stays stopped, whatever a later feed says of the term (A12)."""
    story.feed(organisation_row(1, ends_at=ENDS), responsible_row(2, 1))
    report = story.feed(organisation_row(1, **PROLONGED), responsible_row(2, 1), at=AFTER)
    assert (report.unchanged, report.quarantined) == (1, 1)
    assert not any(one.in_force(AFTER) for one in story.listings(2))


@pytest.mark.parametrize("decision", ["stay", "owed"])
@pytest.mark.parametrize("way", ["other", "alone", "left out first"])
def test_no_row_takes_a_person_away_from_what_restrains_the_organisation(
    story: RegisterStory, decision: str, way: str
) -> None:
    """A stay or an owed removal of the organisation's goes on for the person, whomever a row names (A12).

    Who was left out while it is owed has ended for good: there the record itself is over.
    """
    other = organisation_row(1, record="O-9")
    organisations = [organisation_row(1), other]
    story.feed(*organisations, responsible_row(2, 1), person_row(3))
    reference = story.reference("O-1")
    if decision == "stay":
        story.stay(reference, NOW)
    else:
        story.owe(reference, TODAY, NOW)
    if way == "left out first":
        story.feed(*organisations, person_row(3), at=NOW)
    row = person_row(2) if way == "alone" else responsible_row(2, 9)
    report = story.feed(*organisations, row, person_row(3), at=NOW)
    is_over = (decision, way) == ("owed", "left out first")
    assert refused(story, report) == [("A12", "record" if is_over else "responsible_for.listing")]
    assert not any(one.in_force(AFTER) for one in story.listings(2))


def test_a_person_may_be_named_alone_once_nothing_restrains_the_organisation(
    story: RegisterStory,
) -> None:
    """A stay that is over holds for nobody any more."""
    organisation, person = story.organisation_with_person()
    story.stay(organisation, NOW, until=NOW + DAY)
    assert story.feed(organisation_row(1), person_row(2), at=NOW + DAY).changed == 1
    assert story.state(person, NOW + DAY) is ListingState.IN_FORCE


def test_an_end_in_the_same_feed_counts_for_the_lines_behind_it(story: RegisterStory) -> None:
    """A person is not told alone behind the row that says that the organisation's term is over (A12)."""
    story.organisation_with_person()
    over = organisation_row(1, ends_at="2026-08-01T00:00:00+08:00")
    report = story.feed(over, person_row(2))
    assert (report.changed, report.quarantined, report.kept) == (1, 1, 1)
    assert not any(one.in_force(NOW) for one in story.listings(2))


def test_what_was_complete_cannot_come_back_as_proposed(story: RegisterStory) -> None:
    """A listing that a feed left out stays ended when it is sent again as a proposal (A4)."""
    story.people(1, 2)
    story.people(2)
    report = story.feed(proposed(person_row(1)), person_row(2))
    assert refused(story, report) == [("A4", "stage")]
    assert story.state(story.reference(), NOW) is ListingState.ENDED


@pytest.mark.parametrize("is_missed", [False, True], ids=["waiting", "missed"])
def test_a_request_is_granted_by_leaving_its_listing_out(
    story: RegisterStory, *, is_missed: bool
) -> None:
    """The listing ends for good, so that no feed rejects a request that nobody has decided (A12)."""
    story.people(1, 2)
    reference = story.reference()
    story.request(reference, TODAY, NOW)
    at = AFTER if is_missed else NOW + DAY
    if is_missed:
        assert story.sweep(at).missed == 1
    story.people(2, at=at)
    record = story.show(reference)
    assert record.ended_as == EndKind.CORRECTED
    expected = DeadlineState.MISSED if is_missed else DeadlineState.KEPT
    assert [(one.state, one.closed_at) for one in record.deadlines] == [(expected, at)]
    report = story.feed(person_row(1), person_row(2), at=at + DAY)
    assert refused(story, report) == [("A12", "record")]
    assert story.listings(1) == []
    assert story.register.late(at + 30 * DAY) == []
    assert story.register.rebuild(dry=True) == 0
