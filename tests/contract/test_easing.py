"""For whom something got better, and who of them cannot wait, on every database."""

from collections.abc import Callable
from datetime import date

import pytest

from gateway.register.feeds.feed import FeedMode
from tests.fakes.in_memory_feed import organisation_row, person_row
from tests.fakes.register_story import DAY, NOW, RegisterStory, citizen

TODAY = date(2026, 9, 1)
"""The authority's date at `NOW`."""
LATER = NOW + DAY
ENDS = "2026-09-20T00:00:00+08:00"
OTHER = "2027-01-01T00:00:00+08:00"

Decide = Callable[[RegisterStory, str], object]

DECISIONS: dict[str, Decide] = {
    "release": lambda story, one: story.release(one, NOW),
    "stay": lambda story, one: story.stay(one, NOW),
    "exemption": lambda story, one: story.exempt(one, NOW),
    "removal": lambda story, one: story.owe(one, TODAY, NOW),
    "request": lambda story, one: story.request(one, TODAY, NOW),
}


def change_rows(story: RegisterStory, *serials: int) -> None:
    """Change a row of each citizen by one feed."""
    rows = (person_row(serial, ends_at=OTHER) for serial in serials)
    story.feed(*rows, at=LATER, mode=FeedMode.CHANGES)


@pytest.mark.parametrize("decide", DECISIONS.values(), ids=DECISIONS)
def test_what_is_decided_stands_apart_from_what_a_feed_changed(
    story: RegisterStory, decide: Decide
) -> None:
    """Each decision is told from the rows of a feed that is seen with it, whichever came first."""
    story.people(1, 2, 3, 4)
    since = story.register.last_change()
    change_rows(story, 1, 2)
    decide(story, story.reference("R-1"))
    decide(story, story.reference("R-3"))
    change_rows(story, 4)
    eased = story.register.eased_documents(since)
    assert eased.decided == [citizen(1), citizen(3)]
    assert (eased.ended, eased.changed) == ([], [citizen(2), citizen(4)])


@pytest.mark.parametrize("name", ["stay", "exemption", "removal", "request"])
def test_a_feed_hides_no_decision(story: RegisterStory, name: str) -> None:
    """A row that changes a listing after the decision, before anybody looked, leaves it among the decided."""
    story.people(1, 2)
    since = story.register.last_change()
    DECISIONS[name](story, story.reference("R-1"))
    change_rows(story, 1, 2)
    eased = story.register.eased_documents(since)
    assert (eased.decided, eased.changed) == ([citizen(1)], [citizen(2)])


def test_what_a_feed_ended_stands_apart_from_both(story: RegisterStory) -> None:
    """Left out by a full feed is neither decided nor only changed, and so are the persons who fall with it."""
    story.feed(
        organisation_row(1),
        person_row(2, responsible_for={"listing": "O-1", "role": "legal-representative"}),
        person_row(3),
        person_row(4),
        person_row(5),
    )
    since = story.register.last_change()
    story.feed(person_row(3), person_row(4, ends_at=OTHER), at=LATER)
    story.release(story.reference("R-3"), LATER)
    eased = story.register.eased_documents(since)
    assert eased.decided == [citizen(3)]
    assert {citizen(2), citizen(5)} < set(eased.ended)
    assert eased.changed == [citizen(4)]


def test_what_had_stopped_by_itself_does_not_press(story: RegisterStory) -> None:
    """The end of a term is written down in masses, and no gateway waits for it."""
    story.feed(person_row(1, ends_at=ENDS), person_row(2))
    since = story.register.last_change()
    assert story.sweep(NOW + 40 * DAY).expired == 1
    eased = story.register.eased_documents(since)
    assert (eased.decided, eased.ended, eased.changed) == ([], [citizen(1)], [])


def test_the_newest_of_each_kind_comes_last(story: RegisterStory) -> None:
    """In the order of the changes, so that who reads from the end takes the newest first."""
    story.people(*range(8))
    since = story.register.last_change()
    for serial in (3, 1, 2):
        story.stay(story.reference(f"R-{serial}"), NOW)
    for serial in (6, 4, 5):
        change_rows(story, serial)
    story.lift(story.reference("R-3"), LATER)
    story.exempt(story.reference("R-3"), LATER)
    eased = story.register.eased_documents(since)
    assert eased.decided == [citizen(serial) for serial in (1, 2, 3)]
    assert eased.changed == [citizen(serial) for serial in (6, 4, 5)]


def test_persons_follow_their_organisation(story: RegisterStory) -> None:
    """What is decided about an organisation is decided about the persons responsible for it, changed rows or not."""
    organisation, _ = story.organisation_with_person()
    since = story.register.last_change()
    role = {"listing": "O-1", "role": "legal-representative"}
    story.feed(person_row(2, ends_at=OTHER, responsible_for=role), at=LATER, mode=FeedMode.CHANGES)
    assert story.register.eased_documents(since).changed == [citizen(2)]
    story.stay(organisation, LATER)
    eased = story.register.eased_documents(since)
    assert citizen(2) in eased.decided
    assert (len(eased.decided), eased.changed) == (2, [])
