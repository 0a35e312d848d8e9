"""The instants of the history, on every database: none goes back, and none is earlier than what it tells of."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import create_engine, text

from gateway.register import (
    EndKind,
    ImportOptions,
    ImportPhase,
    ListingState,
    Mandate,
)
from gateway.register.feeds.feed import FeedMode
from gateway.register_service.authorities import Authority
from gateway.register_service.changing import Changer
from gateway.register_service.statements import OrderedChange, Releasing
from tests.fakes.in_memory_feed import LIST, InMemoryFeed, person_row
from tests.fakes.register_story import CLERK, DAY, NOW, PAPER, RegisterStory

SECOND = timedelta(seconds=1)


class _Told(Exception):  # noqa: N818 - no error, only a way out of waiting
    """Somebody else writes."""


def somebody_writes(story: RegisterStory) -> bool:
    """Whether the writer's turn is taken, by a look that does not wait for it."""
    turns = story.register._engines.turns  # noqa: SLF001 - no command tells it
    if turns is None:
        engine = create_engine(story.url)
        with engine.begin() as connection:
            is_free = connection.scalar(text(f"SELECT pg_try_advisory_xact_lock({0x6A6F696E7467})"))
        engine.dispose()
        return not is_free

    def leave() -> None:
        raise _Told

    try:
        with turns.held(leave):
            return False
    except _Told:
        return True


class _Watch:
    """A clock that shows an instant and notes, each time it is read, whether somebody writes."""

    def __init__(self, story: RegisterStory, at: datetime) -> None:
        """Show `at`."""
        self.at = at
        self.in_turn: list[bool] = []
        self._story = story

    def __call__(self) -> datetime:
        """Return what it shows."""
        self.in_turn.append(somebody_writes(self._story))
        return self.at


def instants(story: RegisterStory) -> list[int]:
    """Return the instants of all events, in their order."""
    return [int(str(at)) for (at,) in story.sql("SELECT at FROM event ORDER BY seq")]


def is_sound(story: RegisterStory) -> bool:
    """Whether no instant goes back, and the tables say what the history says."""
    assert all(one <= other for one, other in pairwise(instants(story)))
    return story.register.rebuild(dry=True) == 0


def test_a_change_is_never_dated_before_what_was_recorded_before_it(story: RegisterStory) -> None:
    """A release whose clock was read before it waited for a feed ends the listing when the feed had taken effect."""
    story.feed(person_row(1), person_row(2))
    story.feed(person_row(1, ends_at="2030-01-01T00:00:00Z"), person_row(2), at=NOW + 40 * SECOND)
    reference = story.reference()
    story.release(reference, NOW + 30 * SECOND)
    assert story.show(reference).ended_at == NOW + 40 * SECOND
    assert story.show(reference).history[-1].at == NOW + 40 * SECOND
    for seconds, state in ((35, ListingState.IN_FORCE), (40, ListingState.ENDED)):
        at = NOW + seconds * SECOND
        assert story.show(reference, at).state_at(at) == story.state(reference, at) == state
    assert is_sound(story)


def test_every_kind_of_change_keeps_the_order_of_instants(story: RegisterStory) -> None:
    """Deadlines, sweeps, feeds and contest routes are dated like the change before them where their clock is behind."""
    story.people(1, 2, 3, at=NOW + 40 * DAY)
    story.request(story.reference("R-1"), date(2026, 8, 3), NOW)
    story.decide(story.reference("R-1"), NOW, granted=True)
    story.owe(story.reference("R-2"), date(2026, 8, 3), NOW)
    assert story.sweep(NOW + 30 * DAY).ended == 2
    route = {"body": "Another Court", "address": "2 Example Road", "deadline": "15 days"}
    story.feed(person_row(4, contest=route), person_row(3, contest=route), at=NOW)
    ended = {story.show(story.reference(f"R-{serial}")).ended_at for serial in (1, 2)}
    assert ended == {NOW + 40 * DAY}
    assert is_sound(story)


@pytest.mark.parametrize("kind", ["stay", "release"])
def test_a_clock_that_was_set_back_keeps_nobody_restricted(story: RegisterStory, kind: str) -> None:
    """After an event from the future, a stay begins at its own instant and a release ends at once all the same."""
    story.people(1, 2, at=NOW + DAY)
    reference = story.reference()
    if kind == "stay":
        story.stay(reference, NOW)
    else:
        story.release(reference, NOW)
    assert not any(one.in_force(NOW) for one in story.listings(1))
    assert is_sound(story)
    if kind == "stay":
        story.lift(reference, NOW + 2 * DAY)
        (listing,) = story.listings(1)
        assert [(one.starts_at, one.ends_at) for one in listing.stays] == [(NOW, NOW + 2 * DAY)]
        assert is_sound(story)


def test_a_decision_is_dated_in_its_turn(story: RegisterStory) -> None:
    """The clock of a mandate is read once the change need not wait any more, and dates it."""
    story.people(1, 2)
    watch = _Watch(story, NOW + 90 * SECOND)
    waited = Mandate(PAPER, NOW, CLERK, clock=watch)
    story.register.release(story.reference(), reason=EndKind.PERFORMED, mandate=waited)
    assert watch.in_turn == [True]
    assert story.show(story.reference()).ended_at == NOW + 90 * SECOND
    assert not somebody_writes(story)


def test_a_feed_is_dated_after_its_rows_were_written(story: RegisterStory) -> None:
    """Who looks while the last transaction writes sees what the history says of that instant."""
    rows = [person_row(serial) for serial in range(1, 11)]
    story.feed(*rows)
    watch = _Watch(story, NOW + DAY)
    reference, before_commit = story.reference(), NOW + DAY + 120 * SECOND
    seen = []

    def progress(phase: ImportPhase, _rows: int) -> None:
        if phase is ImportPhase.WRITING:
            seen.append(story.state(reference, before_commit))
            watch.at = NOW + DAY + 180 * SECOND

    over = [person_row(1, ends_at=(NOW + DAY + 60 * SECOND).isoformat()), *rows[1:-1]]
    story.register.import_feed(
        InMemoryFeed(over, sequence=9, mode=FeedMode.FULL),
        definition=story.definition,
        at=NOW,
        progress=progress,
        options=ImportOptions(clock=watch),
    )
    assert seen == [ListingState.IN_FORCE]
    assert story.show(reference, before_commit).state_at(before_commit) is ListingState.IN_FORCE
    assert story.show(reference).history[-1].at == watch.at
    assert story.show(story.reference("R-10")).ended_at == watch.at
    assert watch.in_turn[-1]
    assert is_sound(story)


def test_an_authority_s_change_is_dated_in_its_turn(story: RegisterStory) -> None:
    """What the RegisterService carries out reads its clock in its turn."""
    story.people(1, 2)
    watch = _Watch(story, NOW + SECOND)
    ordered = OrderedChange(
        id=bytes(16),
        reference=story.reference(),
        document=PAPER,
        expected_change=None,
        step=Releasing(EndKind.PERFORMED),
        digest=bytes(32),
    )
    court = Authority("court", "Synthetic Court", "urn:court", frozenset({LIST}), "court@example")
    assert Changer(story.register, story.terms).carry_out(ordered, court, watch) == (2, False)
    assert watch.in_turn[-1]
    assert story.show(story.reference()).ended_at == watch.at
