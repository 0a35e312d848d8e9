"""Windows are half-open, aware and in UTC; terms count on the civil calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from sanctions_matrix.listing import Window, WindowError
from sanctions_matrix.lists import AuthorityLevel, Term
from tests.fakes.synthetic_parties import listing
from tests.fakes.utopia import utopia

START = datetime(2024, 2, 29, 16, tzinfo=UTC)


def test_a_window_holds_its_start_and_not_its_end() -> None:
    """The instant of the end is already free."""
    end = START + timedelta(seconds=1)
    window = Window(START, end)
    assert window.contains(START)
    assert window.contains(end - timedelta(microseconds=1))
    assert not window.contains(end)
    assert not window.contains(START - timedelta(microseconds=1))


def test_a_window_without_end_goes_on() -> None:
    """No end means until lifted."""
    assert Window(START).contains(datetime(9000, 1, 1, tzinfo=UTC))


def test_a_window_is_kept_in_utc() -> None:
    """Instants of another offset are brought to UTC."""
    local = START.astimezone(timezone(timedelta(hours=8)))
    assert Window(local, local + timedelta(days=1)).starts_at.tzinfo is UTC


def test_a_naive_instant_is_refused() -> None:
    """An instant without a time zone is no instant."""
    with pytest.raises(WindowError, match=r"^an instant needs a time zone$"):
        Window(START.replace(tzinfo=None))


@pytest.mark.parametrize("length", [timedelta(0), timedelta(seconds=-1)])
def test_an_empty_window_is_refused(length: timedelta) -> None:
    """A window that ends when it starts, or before, is a mistake."""
    with pytest.raises(WindowError, match=r"^a window must end after it starts$"):
        Window(START, START + length)


@pytest.mark.parametrize(
    ("term", "starts_at", "latest"),
    [
        (Term(1, 0), datetime(2024, 5, 1, tzinfo=UTC), datetime(2025, 5, 1, tzinfo=UTC)),
        (Term(0, 180), datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 6, 29, tzinfo=UTC)),
        (Term(1, 0), datetime(2024, 2, 28, 16, tzinfo=UTC), datetime(2025, 2, 28, 16, tzinfo=UTC)),
        (Term(1, 0), datetime(2024, 2, 29, 16, tzinfo=UTC), datetime(2025, 2, 28, 16, tzinfo=UTC)),
        (Term(1, 90), datetime(2023, 1, 1, tzinfo=UTC), datetime(2024, 3, 31, tzinfo=UTC)),
    ],
)
def test_a_term_is_counted_on_the_civil_calendar(
    term: Term, starts_at: datetime, latest: datetime
) -> None:
    """A year is a calendar year where the authority is; a leap day that is missing counts as 1 March."""
    assert term.latest_end(starts_at, timedelta(hours=8)) == latest
    assert term.latest_end(starts_at, timedelta(hours=8)).tzinfo is UTC


def test_an_authority_is_known_by_its_title() -> None:
    """What must stand in a title must, what must not must not, whatever the case."""
    level = AuthorityLevel("court", ("court", "法院"), ("moot",))
    assert level.admits("High COURT of Utopia")
    assert level.admits("某某市人民法院")
    assert not level.admits("Bureau of Utopia")
    assert not level.admits("Moot Court of Utopia")


@pytest.mark.parametrize(
    ("word", "title", "admits"),
    [
        ("court", "Court", True),
        ("court", "某某Court法院", True),
        ("court", "First (Court)", True),
        ("court", "Courtyard Hotel Ltd", False),
        ("court", "The Forecourt", False),
        ("court", "Courté", False),
        ("court", "Court2", False),
        ("court", "Courtyard of the Court", True),
        ("法院", "某某法院路", True),
        ("法院", "Utopia法院A", True),
        ("tax bureau", "Syntax Bureau", False),
        ("a.b", "A.B", True),
        ("a.b", "AxB", False),
        ("法院a", "某某法院A", True),
        ("法院a", "某某法院Ab", False),
        ("a法院", "ba法院", False),
    ],
)
def test_a_latin_word_of_a_title_stands_as_a_word(word: str, title: str, *, admits: bool) -> None:
    """A Latin word is no part of a longer one, and a Chinese word may stand anywhere."""
    assert AuthorityLevel("l", (word,), ()).admits(title) is admits
    assert AuthorityLevel("l", (), (word,)).admits(title) is not admits


def test_a_list_without_open_ends_tells_the_longest_term_of_its_grounds() -> None:
    """Years count before days, days beyond a year count too, and one ground until performance leaves no term."""
    debtors, praised = (utopia().lists[name] for name in ("debtors", "praised"))
    assert debtors.max_term is None
    assert praised.max_term == Term(0, 30)
    merit = praised.grounds["merit"]
    for terms, longest in (
        ((Term(1, 0), Term(2, 0)), Term(2, 0)),
        ((Term(1, 0), Term(0, 364)), Term(1, 0)),
        ((Term(1, 0), Term(0, 366)), Term(0, 366)),
        ((Term(1, 1), Term(1, 2)), Term(1, 2)),
        ((Term(2, 0), Term(0, 367)), Term(2, 0)),
    ):
        grounds = {str(term): replace(merit, max_term=term) for term in terms}
        assert replace(praised, grounds=grounds).max_term == longest
        mixed = {**grounds, "open": replace(merit, max_term=None)}
        assert replace(praised, grounds=mixed).max_term is None


def test_a_listing_is_in_force_in_its_window_and_outside_its_stays() -> None:
    """Each edge is the window's own: the first instant counts, the last does not."""
    end = START + timedelta(days=2)
    stay = Window(START + timedelta(days=1), START + timedelta(days=1, hours=1))
    held = replace(listing(ends_at=None), window=Window(START, end), stays=(stay,))
    for at, expected in (
        (START - timedelta(microseconds=1), False),
        (START, True),
        (stay.starts_at - timedelta(microseconds=1), True),
        (stay.starts_at, False),
        (stay.ends_at or START, True),
        (end, False),
    ):
        assert held.in_force(at) is expected
