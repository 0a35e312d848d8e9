"""The history of the register, on every database: what was so at a past instant, and that what is follows from it."""

import json
import random
import subprocess
import sys
import textwrap
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from gateway.register import (
    EndKind,
    LifeCycleError,
    ListingState,
    UnknownReferenceError,
)
from gateway.register.feeds.feed import FeedMode
from tests.fakes.in_memory_feed import organisation_row, person_row, with_passport
from tests.fakes.register_story import DAY, NOW, RegisterStory, citizen, mandate, proposed

MOMENT = timedelta(microseconds=1)
STARTS = "2026-09-11T00:00:00+08:00"


def day(number: int) -> datetime:
    """Return an instant of the story, in days from its beginning."""
    return NOW + number * DAY


def a_long_story(story: RegisterStory) -> str:
    """Let everything happen to one listing, a day or more apart; return its reference."""
    row = person_row(1, starts_at=STARTS)
    story.feed(proposed(row), person_row(2), at=day(0))
    reference = story.reference()
    story.feed(row, person_row(2), at=day(2))
    story.request(reference, date(2026, 9, 4), day(4))
    story.decide(reference, day(6), granted=False)
    story.stay(reference, day(12))
    story.lift(reference, day(14))
    story.exempt(reference, day(16))
    story.feed(with_passport(row, 1), person_row(2), at=day(18))
    story.people(2, at=day(20))
    story.feed(with_passport(row, 1), person_row(2), at=day(22))
    story.owe(reference, date(2026, 9, 24), day(24), EndKind.CORRECTED)
    story.sweep(day(31))
    story.release(reference, day(32))
    return reference


STATES = [
    (0, ListingState.PROPOSED),
    (1, ListingState.PROPOSED),
    (2, ListingState.NOTIFIED),
    (11, ListingState.IN_FORCE),
    (12, ListingState.STAYED),
    (13, ListingState.STAYED),
    (14, ListingState.IN_FORCE),
    (20, ListingState.ENDED),
    (21, ListingState.ENDED),
    (22, ListingState.IN_FORCE),
    (24, ListingState.IN_FORCE),
    (29, ListingState.IN_FORCE),
    (30, ListingState.ENDED),
    (31, ListingState.ENDED),
    (33, ListingState.ENDED),
]


def test_every_past_state_can_be_shown(story: RegisterStory) -> None:
    """At each instant of a long story the state is the one that was recorded then."""
    reference = a_long_story(story)
    for number, expected in STATES:
        assert (number, story.state_recorded(reference, day(number))) == (number, expected)


def test_nothing_later_is_shown(story: RegisterStory) -> None:
    """A past record holds what was recorded by then: documents, stays, deadlines, history and change number."""
    reference = a_long_story(story)
    with pytest.raises(UnknownReferenceError, match="not known at that instant"):
        story.show(reference, day(0) - MOMENT)
    first = story.show(reference, day(0))
    assert (first.starts_at, first.served_on, first.change) == (None, None, 1)
    assert [one.kind for one in first.history] == ["listing.added"]
    asked = story.show(reference, day(4))
    assert len(asked.stays) == len(asked.deadlines) == 1
    assert asked.deadlines[0].closed_at is None
    assert story.show(reference, day(6)).stays == ()
    assert len(story.show(reference, day(17)).documents) == 1
    assert len(story.show(reference, day(18)).documents) == 2
    assert story.show(reference, day(23)).due_at is None
    changes = [story.show(reference, day(number)).change for number in range(33)]
    assert changes == sorted(changes)


def test_what_stood_before_an_event_can_be_shown(story: RegisterStory) -> None:
    """Each thing that happened says which documents the listing named then, and what stood before it can be shown."""
    story.feed(person_row(1))
    reference = story.reference()
    story.stay(reference, NOW)
    story.feed(person_row(2, record="R-1"))
    added, stayed, changed = story.show(reference).history
    named = [one.documents for one in (added, stayed, changed)]
    assert named == [{citizen(1)}, {citizen(1)}, {citizen(2)}]
    with story.register.view() as view:
        before = view.show(reference, before=changed.seq)
        with pytest.raises(UnknownReferenceError):
            view.show(reference, before=added.seq)
    assert (before.documents, before.ruling_number) == ((citizen(1),), "(2024) No. 1")
    assert before.history == (added, stayed)
    assert len(before.stays) == 1


def test_the_last_past_is_the_present(story: RegisterStory) -> None:
    """What the history says of now is what the tables say, item by item."""
    reference = a_long_story(story)
    assert story.show(reference, day(32)) == story.show(reference)
    kinds = [one.kind for one in story.show(reference).history]
    assert kinds == [
        "listing.added",
        "listing.changed",
        "deadline.opened",
        "deadline.decided",
        "listing.stayed",
        "listing.stay-lifted",
        "listing.exempted",
        "listing.changed",
        "listing.ended",
        "listing.reopened",
        "deadline.opened",
        "deadline.missed",
        "listing.ended",
        "deadline.closed",
    ]


def test_a_person_s_past_has_the_organisation_s(story: RegisterStory) -> None:
    """At a past instant the organisation's stays and days count as they were recorded then."""
    organisation, person = story.organisation_with_person(at=day(0))
    story.stay(organisation, day(2), until=day(4))
    assert story.state_recorded(person, day(1)) is ListingState.IN_FORCE
    assert story.show(person, day(1)).stays == ()
    assert story.state_recorded(person, day(3)) is ListingState.STAYED
    story.owe(organisation, date(2026, 9, 6), day(6))
    assert story.show(person, day(5)).stops_at is None
    assert story.show(person, day(6)).stops_at == story.show(organisation).due_at


def live(story: RegisterStory, chance: random.Random, steps: int) -> None:
    """Let a random story happen to some citizens and an organisation; refusals are part of it."""
    at = NOW
    for _ in range(steps):
        at += timedelta(hours=chance.randrange(1, 90))
        references = [str(row[0]) for row in story.sql("SELECT reference FROM listing")]
        if not references or chance.random() < 0.3:
            story.feed(*some_rows(chance), at=at, mode=chance.choice(list(FeedMode)))
            continue
        try:
            decide_something(story, chance, chance.choice(references), at)
        except LifeCycleError:
            continue


def decide_something(story: RegisterStory, chance: random.Random, one: str, at: datetime) -> None:
    """Change a listing in any of the ways there are."""
    civil = at.date()
    changes = (
        lambda: story.release(one, at, chance.choice(list(EndKind))),
        lambda: story.stay(one, at, until=chance.choice([None, at + 9 * DAY])),
        lambda: story.lift(one, at),
        lambda: story.exempt(one, at),
        lambda: story.owe(one, civil - chance.randrange(9) * DAY, at),
        lambda: story.request(one, civil - chance.randrange(30) * DAY, at),
        lambda: story.decide(one, at, granted=chance.random() < 0.5),
        lambda: story.sweep(at),
    )
    chance.choice(changes)()


def some_rows(chance: random.Random) -> list[dict[str, object]]:
    """Return rows of a random feed: the same few parties again and again, told otherwise each time."""
    rows = []
    for serial in chance.sample(range(6), chance.randrange(1, 6)):
        row = person_row(serial, measures=chance.choice([["38"], ["38", "40"]]))
        if chance.random() < 0.3:
            row = with_passport(row, serial)
        if chance.random() < 0.3:
            row |= {"ends_at": "2026-10-01T00:00:00+08:00"}
        rows.append(proposed(row) if chance.random() < 0.2 else row)
    role = {"listing": "O-1", "role": "legal-representative"}
    if chance.random() < 0.7:
        rows += [organisation_row(1), person_row(9, responsible_for=role)]
    return rows


@pytest.mark.parametrize("seed", range(4))
def test_the_tables_are_what_the_history_says(story: RegisterStory, seed: int) -> None:
    """After any story nothing differs, and the chain is whole."""
    live(story, random.Random(seed), 50)
    assert story.sql("SELECT count(*) FROM event")[0][0] != 0
    assert story.register.rebuild(dry=True) == 0
    story.register.verify_events()
    assert story.register.rebuild() == 0


DAMAGES = {
    "a release undone": (
        "UPDATE listing SET ended_at = NULL, ended_as = NULL, released = FALSE WHERE id = 1",
        1,
    ),
    "a stay forged": ("UPDATE listing SET stays = '[[0, null]]' WHERE id = 2", 1),
    "a day put off": ("UPDATE listing SET due_at = due_at + 1 WHERE id = 3", 1),
    "a document added": (
        "INSERT INTO listing_document VALUES ('cn-ric', '11010119900101001X', 2, FALSE)",
        1,
    ),
    "a document dropped": ("UPDATE listing_document SET dropped = TRUE WHERE listing_id = 2", 1),
    "a deadline kept": ("UPDATE deadline SET state = 'kept', closed_at = 1", 1),
    "a deadline gone": ("DELETE FROM deadline", 1),
    "a listing gone": ("DELETE FROM listing WHERE id = 4", 1),
    "the edge moved": ("UPDATE meta SET value = '2' WHERE key = 'last_listing'", 1),
    "every change number": ("UPDATE listing SET change = 99", 4),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_rebuild_mends_what_was_damaged(story: RegisterStory, damage: str) -> None:
    """It says how many rows differed, only looks when told so, and leaves everything as it was before the damage."""
    statement, rows = DAMAGES[damage]
    story.people(1, 2, 3, 4)
    story.release(story.reference("R-1"), day(1))
    story.owe(story.reference("R-3"), date(2026, 9, 1), day(1))
    before = story.derived()
    kept = story.register.verify_events()
    if damage == "a listing gone":
        story.sql("DELETE FROM listing_document WHERE listing_id = 4")
        rows += 1
    story.sql(statement)
    assert story.register.rebuild(dry=True) == rows
    assert story.register.rebuild(dry=True) == rows
    told: list[int] = []
    assert story.register.rebuild(expected=kept, progress=told.append) == rows
    assert told == [4]
    assert story.register.rebuild(dry=True) == 0
    assert story.derived() == before
    assert len(story.listings(4)) == 1
    assert story.listings(1) == []


OPERATOR = textwrap.dedent(
    """
    import json, sys
    from datetime import UTC, datetime, timedelta
    from gateway.register import (
        EndKind, LifeCycleError, Mandate, Register, ChangedMeanwhileError
    )
    from sanctions_matrix.listing import Exemption, Window

    url, reference, name, guarded = sys.argv[1:]
    at = datetime(2026, 9, 2, tzinfo=UTC)
    outcomes = []
    with Register.open(url, None) as register:
        print("ready", flush=True)
        sys.stdin.readline()
        turn = 0
        while turn < 20:
            at += timedelta(seconds=1)
            seen = register.show(reference).change if guarded == "guarded" else None
            mandate = Mandate(f"paper {name} {turn}", at, name, seen)
            window = Window(at, at + timedelta(days=1))
            exemption = Exemption(frozenset({"38"}), window)
            try:
                if turn % 4 == 3 and guarded != "guarded":
                    register.stay(reference, mandate=mandate)
                else:
                    register.exempt(reference, exemption, mandate=mandate)
                outcomes.append("done")
            except ChangedMeanwhileError:
                outcomes.append("told")
                continue  # look again, and decide anew
            except LifeCycleError:
                outcomes.append("refused")
            turn += 1
    print(json.dumps(outcomes))
    """
)


@pytest.mark.parametrize("guarded", ["guarded", "unguarded"])
def test_two_operators_at_once_lose_nothing(story: RegisterStory, guarded: str) -> None:
    """From two processes every change is made in turn, or refused in words; with an expected change one of two wins."""
    story.people(1)
    reference = story.reference()
    operators = [
        subprocess.Popen(  # noqa: S603 our own text
            [sys.executable, "-c", OPERATOR, story.url, reference, name, guarded],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    for one in operators:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in operators:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    outcomes = [json.loads(one.communicate(timeout=60)[0]) for one in operators]
    assert [one.returncode for one in operators] == [0, 0]
    told = [outcome for each in outcomes for outcome in each]
    done = told.count("done")
    history = [one for one in story.show(reference).history if one.kind != "listing.added"]
    assert len(history) == done == story.register.last_change() - 1
    assert {one.actor for one in history} == {"one", "two"}
    if guarded == "unguarded":
        assert (
            told.count("refused") == 9
        )  # ten wanted to stay it, and the first stay covers them all
    else:
        assert set(told) <= {"done", "told"}
        assert done == 2 * 20  # whoever is told looks again, until it is done
    assert story.register.rebuild(dry=True) == 0
    story.register.verify_events()


def test_of_two_that_saw_the_same_one_wins(story: RegisterStory) -> None:
    """Both saw change 1; the second is told, and what the first did stands."""
    story.people(1)
    reference = story.reference()
    seen = story.show(reference).change
    story.register.stay(reference, mandate=mandate(NOW, seen))
    with pytest.raises(LifeCycleError, match="changed meanwhile"):
        story.register.release(reference, reason=EndKind.DELETED, mandate=mandate(NOW, seen))
    assert story.state(reference, NOW) is ListingState.STAYED


def test_a_rebuild_takes_any_number_in_parts(story: RegisterStory) -> None:
    """More listings than are looked at at once are all looked at, and one damaged in the last part is mended."""
    story.people(*range(2_100))
    kept = story.register.verify_events()
    story.sql("UPDATE listing SET measures = '38' WHERE id = 2050")
    told: list[int] = []
    assert story.register.rebuild(expected=kept, progress=told.append) == 1
    assert told == [1_000, 2_000, 2_100]
    assert story.register.rebuild(dry=True) == 0
    assert len(story.listings(2_049)[0].measures) > 1
    assert citizen(2_049) in dict(story.register.all_listings())


def test_a_record_of_the_past_keeps_utc(story: RegisterStory) -> None:
    """An instant in any time zone shows the same record."""
    reference = a_long_story(story)
    local = day(13).astimezone(tz=None)
    assert story.show(reference, local) == story.show(reference, day(13))
    assert day(13).tzinfo is UTC
