"""What ended for good stays ended: released after a feed had left it out, owed, or with very many persons."""

from collections.abc import Collection
from datetime import date
from functools import partial

import pytest
from sqlalchemy import Connection

from gateway.register import EndKind, LifeCycleError, ListingState, endings
from gateway.register.deadline_rows import read_deadlines
from gateway.register.history import Deadline
from gateway.register.survey import batches
from tests.fakes.in_memory_feed import organisation_row, person_row
from tests.fakes.register_story import DAY, NOW, RegisterStory

ROLE = {"listing": "O-1", "role": "legal-representative"}


def test_a_release_holds_also_where_a_feed_had_left_the_listing_out(story: RegisterStory) -> None:
    """The next feed would bring back what a court has decided to be over; and it ended when it did."""
    story.people(1, 2)
    reference = story.reference()
    story.people(2, at=NOW + DAY)
    ended_at = story.show(reference).ended_at
    change = story.release(reference, NOW + 2 * DAY)
    record = story.show(reference)
    assert (record.ended_as, record.ended_at) == (EndKind.PERFORMED, ended_at)
    assert story.show(reference, NOW + DAY).ended_as == EndKind.WITHDRAWN
    report = story.feed(person_row(1), person_row(2), at=NOW + 3 * DAY)
    assert (report.reopened, report.quarantined) == (0, 1)
    assert story.listings(1) == []
    assert story.register.last_change() == change
    assert story.register.rebuild(dry=True) == 0
    with pytest.raises(LifeCycleError, match="has ended"):
        story.release(reference, NOW + 4 * DAY)


def test_of_two_removals_that_are_owed_the_one_due_first_is_told(story: RegisterStory) -> None:
    """A correction that was granted is not told as a performance, whichever was noted first."""
    story.people(1, 2)
    reference = story.reference()
    story.owe(reference, date(2026, 9, 1), NOW, EndKind.PERFORMED)
    story.owe(reference, date(2026, 8, 31), NOW, EndKind.CORRECTED)
    story.people(2, at=NOW + DAY / 24)
    record = story.show(reference)
    assert record.ended_as == EndKind.CORRECTED
    assert story.register.rebuild(dry=True) == 0


def test_a_person_left_out_while_the_organisations_removal_is_owed_stays_out(
    story: RegisterStory,
) -> None:
    """A person's listing follows the organisation's: what would end it for good there does so here."""
    organisation, person = story.organisation_with_person()
    story.owe(organisation, date(2026, 9, 1), NOW)
    story.feed(organisation_row(1), at=NOW + DAY / 24)
    assert story.show(person).ended_as == EndKind.PERFORMED
    rows = (organisation_row(1), person_row(2, responsible_for=ROLE))
    assert story.feed(*rows, at=NOW + DAY / 12).reopened == 0
    assert story.state(person, NOW + DAY / 12) is ListingState.ENDED


def test_very_many_persons_fall_with_an_organisation(
    story: RegisterStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They end in batches: a database takes some ten thousand parameters, and an ending must not fail for it."""
    persons = [person_row(serial, responsible_for=ROLE) for serial in range(2, 9)]
    story.feed(organisation_row(1), *persons)
    asked: list[int] = []

    def counted(connection: Connection, ids: Collection[int]) -> dict[int, tuple[Deadline, ...]]:
        asked.append(len(ids))
        return read_deadlines(connection, ids)

    monkeypatch.setattr(endings, "batches", partial(batches, size=3))
    monkeypatch.setattr(endings, "read_deadlines", counted)
    story.release(story.reference("O-1"), NOW + DAY)
    assert asked == [1, 3, 3, 1]
    assert not any(story.listings(serial) for serial in range(2, 9))
    assert story.register.rebuild(dry=True) == 0
