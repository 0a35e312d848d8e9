"""Synthetic feeds."""

import io
from datetime import date, timedelta

import pytest

from gateway.mainland_calendar import MainlandCalendar
from gateway.packs import load_pack
from gateway.register.feeds.jsonl import JsonlFeed
from gateway.register.feeds.synthetic import FIRST_DAY, LAST_DAY, LISTS, SyntheticFeed
from sanctions_matrix.admission import admit
from sanctions_matrix.documents import Document, PartyKind
from sanctions_matrix.listing import Submission

PARTIES = 1_500


def text_of(feed: SyntheticFeed) -> bytes:
    """Return the whole feed."""
    stream = io.BytesIO()
    feed.write(stream)
    return stream.getvalue()


def submissions(feed: SyntheticFeed) -> list[Submission]:
    """Return the rows of a feed, all of them admitted."""
    definition = load_pack("cn-joint-discipline").lists[feed.list_id]
    rows = JsonlFeed(io.BytesIO(text_of(feed))).rows()
    return [
        admit(row.content or {}, definition, MainlandCalendar(), today=feed.day) for row in rows
    ]


@pytest.mark.parametrize("list_id", LISTS)
def test_every_row_is_admitted(list_id: str) -> None:
    """Synthetic people satisfy every rule of their list, on the feed's day already."""
    assert submissions(SyntheticFeed(PARTIES, 3, list_id))


@pytest.mark.parametrize("list_id", LISTS)
def test_the_first_and_the_last_day_have_room_for_every_row(list_id: str) -> None:
    """Whoever is drawn has dates; a day beyond them is refused before anything is written."""
    for day in (FIRST_DAY, LAST_DAY):
        assert text_of(SyntheticFeed(20_000, 3, list_id, day))
    for day in (FIRST_DAY - timedelta(days=1), LAST_DAY + timedelta(days=1)):
        with pytest.raises(ValueError, match="the day must lie between 0004"):
            SyntheticFeed(1, 3, list_id, day)


def test_a_feed_has_the_number_it_is_given() -> None:
    """A list can be delivered again: the number is the header's, and nothing else of the feed differs."""
    first, later = (SyntheticFeed(20, 3, sequence=number) for number in (1, 7))
    assert JsonlFeed(io.BytesIO(text_of(later))).header.sequence == 7
    assert text_of(first).splitlines()[1:] == text_of(later).splitlines()[1:]


@pytest.mark.parametrize("sequence", [-1, 0, 2**53 + 1])
def test_a_number_that_no_feed_may_have_is_refused(sequence: int) -> None:
    """The smallest is one, the greatest what a submission can say."""
    with pytest.raises(ValueError, match="the sequence must lie between"):
        SyntheticFeed(20, 3, sequence=sequence)


def test_the_mix_holds_every_case() -> None:
    """Persons and organisations, two documents, future, ended, responsible and former responsible."""
    rows = submissions(SyntheticFeed(PARTIES, 3))
    assert len(rows) == PARTIES
    assert {row.party_kind for row in rows} == {PartyKind.NATURAL_PERSON, PartyKind.ORGANISATION}
    assert any(len(row.documents) == 2 for row in rows)
    windows = [row.window for row in rows if row.window]
    assert len(windows) == PARTIES, "nobody is only proposed"
    assert any(window.starts_at.year > 2030 for window in windows)
    assert any(window.ends_at and window.ends_at.year < 2026 for window in windows)
    assert any(row.responsible_for and row.responsible_for.ended_on for row in rows)
    assert len({row.contest for row in rows}) == 40


def test_organisations_come_before_their_responsible_persons() -> None:
    """Who is responsible names a listing on an earlier line."""
    seen: set[str] = set()
    for row in submissions(SyntheticFeed(PARTIES, 3)):
        assert row.responsible_for is None or row.responsible_for.listing in seen
        seen.add(row.record)


def test_everybody_has_documents_of_their_own() -> None:
    """No two parties share a document."""
    documents = [one for row in submissions(SyntheticFeed(PARTIES, 3)) for one in row.documents]
    assert len(set(documents)) == len(documents)


def test_the_same_seed_gives_the_same_feed_and_another_seed_another() -> None:
    """A seed and a number name one feed."""
    assert text_of(SyntheticFeed(50, 3)) == text_of(SyntheticFeed(50, 3))
    assert text_of(SyntheticFeed(50, 3)) != text_of(SyntheticFeed(50, 4))


def test_defaulters_are_limited_in_consumption_as_well() -> None:
    """Whoever is on the one list is on the other, and not the reverse."""

    def people(list_id: str) -> set[Document]:
        return {
            one for row in submissions(SyntheticFeed(PARTIES, 3, list_id)) for one in row.documents
        }

    limited, defaulters = people(LISTS[0]), people(LISTS[1])
    assert defaulters < limited


@pytest.mark.parametrize("wrong", [(0, 1, LISTS[0]), (1, 1, "air-restricted")])
def test_what_cannot_be_made_is_refused(wrong: tuple[int, int, str]) -> None:
    """A number or a list out of range is an error at once."""
    with pytest.raises(ValueError, match=r"synthetic|parties"):
        SyntheticFeed(*wrong)


def test_dates_move_with_the_day() -> None:
    """Nothing depends on the clock: the day is given."""
    early, late = (SyntheticFeed(5, 3, LISTS[0], date(year, 1, 1)) for year in (2026, 2027))
    for one, other in zip(submissions(early), submissions(late), strict=True):
        assert one.window is not None
        assert other.window is not None
        assert (other.window.starts_at - one.window.starts_at).days == 365
