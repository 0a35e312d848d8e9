"""Freshness: a query counts for sixty seconds, and once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from gateway.decision.freshness import TOLERANCE, FreshnessGuard
from gateway.errors import AnswerError, Reason
from tests.fakes.fixed_clock import MORNING

ID = bytes(16)
INSTANT = timedelta(microseconds=1)


def reason(guard: FreshnessGuard, **changes: object) -> Reason | None:
    """Let ``guard`` judge a query issued and asked at ``MORNING``, with changes; None when it is accepted."""
    query = {"partner": "airline", "request_id": ID, "issued_at": MORNING, "now": MORNING}
    try:
        guard.verify(**{**query, **changes})  # type: ignore[arg-type]
    except AnswerError as error:
        return error.reason
    return None


def test_a_fresh_query_is_accepted() -> None:
    """A question asked now gets through."""
    assert reason(FreshnessGuard()) is None


@pytest.mark.parametrize("direction", [1, -1], ids=["past", "future"])
def test_a_minute_is_tolerated_and_not_more(direction: int) -> None:
    """Clocks may differ by sixty seconds, in either direction, and by no instant more."""
    edge = MORNING + direction * TOLERANCE
    assert reason(FreshnessGuard(), now=edge) is None
    assert reason(FreshnessGuard(), now=edge + direction * INSTANT) is Reason.QUERY_STALE
    assert timedelta(seconds=60) == TOLERANCE


def test_a_stale_query_is_not_remembered() -> None:
    """Only what counted once is refused a second time."""
    guard = FreshnessGuard()
    assert reason(guard, now=MORNING + 2 * TOLERANCE) is Reason.QUERY_STALE
    assert reason(guard) is None


def test_a_query_counts_once() -> None:
    """Whoever recorded a query cannot ask it again."""
    guard = FreshnessGuard()
    assert reason(guard) is None
    assert reason(guard) is Reason.QUERY_REPLAYED
    assert reason(guard, issued_at=MORNING + INSTANT) is Reason.QUERY_REPLAYED


def test_other_ids_and_other_partners_are_other_queries() -> None:
    """Two partners that chose the same bytes do not lock each other out."""
    guard = FreshnessGuard()
    assert reason(guard) is None
    assert reason(guard, request_id=bytes(15) + b"\1") is None
    assert reason(guard, partner="railway") is None


@pytest.mark.parametrize("offset", range(0, 260, 20))
def test_a_query_is_remembered_for_as_long_as_it_is_fresh(offset: int) -> None:
    """However the generations turn meanwhile, a query from the far future stays refused until it is stale."""
    guard = FreshnessGuard()
    assert reason(guard, request_id=b"f" * 16) is None
    first = MORNING + timedelta(seconds=offset)
    issued = first + TOLERANCE
    assert reason(guard, issued_at=issued, now=first) is None
    for seconds in range(0, 121, 10):
        now = first + timedelta(seconds=seconds)
        between = (1 + seconds).to_bytes(16)
        assert reason(guard, request_id=between, issued_at=now, now=now) is None
        assert reason(guard, issued_at=issued, now=now) is Reason.QUERY_REPLAYED
    assert reason(guard, issued_at=issued, now=issued + TOLERANCE + INSTANT) is Reason.QUERY_STALE


def test_ids_are_forgotten_in_the_end() -> None:
    """Memory holds the queries of four minutes: after two turns an id is as good as new."""
    guard = FreshnessGuard()
    assert reason(guard) is None
    first, second = (MORNING + timedelta(minutes=minutes) for minutes in (3, 6))
    assert reason(guard, request_id=b"1" * 16, issued_at=first, now=first) is None
    assert reason(guard, request_id=b"2" * 16, issued_at=second, now=second) is None
    assert reason(guard, issued_at=second, now=second) is None


def test_a_clock_that_is_set_back_opens_nothing() -> None:
    """After the gateway's clock was stepped back what was seen is still refused."""
    guard = FreshnessGuard()
    assert reason(guard) is None
    back = MORNING - timedelta(seconds=50)
    assert reason(guard, now=back) is Reason.QUERY_REPLAYED


def test_of_two_threads_one_wins() -> None:
    """The same query on two threads at once counts once."""
    guard, start = FreshnessGuard(), Barrier(8)

    def ask(_: int) -> Reason | None:
        start.wait()
        return reason(guard)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(ask, range(8)))
    assert sorted(results, key=str) == [None, *[Reason.QUERY_REPLAYED] * 7]
