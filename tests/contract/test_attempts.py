"""Attempts on a receipt: bounded by the day, whoever counts, on both databases."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from multiprocessing import get_context

import pytest
from sqlalchemy import create_engine, select

from gateway.register.attempts import Attempts
from gateway.register.register import Register
from gateway.register.schema import attempt
from tests.fakes.fixed_clock import MORNING

ONE, OTHER = b"1" * 32, b"2" * 32
LIMIT = 3


@pytest.fixture
def register(register_url: str) -> Iterator[Register]:
    """An open register on each kind of database."""
    with Register.open(register_url, None) as opened:
        yield opened


@pytest.fixture
def attempts(register: Register) -> Attempts:
    """A count of three a day."""
    return register.attempts(a_day=LIMIT)


def rows(url: str) -> list[tuple[bytes, str, int]]:
    """Return everything that is counted."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [
            (bytes(receipt), str(day), int(count))
            for receipt, day, count in connection.execute(select(attempt))
        ]
    engine.dispose()
    return sorted(found)


def take(attempts: Attempts, receipt: bytes, at: datetime) -> bool:
    """Use up an attempt, as a wrong document does; tell whether there was one."""
    with attempts.taken(receipt, at) as attempt:
        return attempt is not None


def show_rightly(attempts: Attempts, receipt: bytes) -> bool:
    """Hold an attempt and give it back, as the right document does; tell whether there was one."""
    with attempts.taken(receipt, MORNING) as attempt:
        if attempt is not None:
            attempt.give_back()
        return attempt is not None


def test_a_day_has_so_many_attempts_and_no_more(attempts: Attempts) -> None:
    """The limit is the number of attempts that are given, and asking again does not move it."""
    assert [take(attempts, ONE, MORNING) for _ in range(LIMIT + 2)] == [True] * LIMIT + [False] * 2


def test_receipts_are_counted_apart(attempts: Attempts) -> None:
    """Using up one receipt's attempts takes nothing from another's."""
    while take(attempts, ONE, MORNING):
        pass
    assert take(attempts, OTHER, MORNING)


def test_what_is_given_back_can_be_taken_again(attempts: Attempts, register_url: str) -> None:
    """A right document costs nothing, however often it is shown, and leaves no trace."""
    assert all(show_rightly(attempts, ONE) for _ in range(LIMIT * 2))
    assert rows(register_url) == []


def test_giving_back_leaves_the_wrong_ones_counted(attempts: Attempts) -> None:
    """A right document does not wash off the wrong ones before it."""
    take(attempts, ONE, MORNING)
    assert show_rightly(attempts, ONE)
    assert [take(attempts, ONE, MORNING) for _ in range(LIMIT)] == [True, True, False]


def test_what_an_error_ended_was_no_attempt(attempts: Attempts, register_url: str) -> None:
    """A view that broke off told nothing, and takes nothing."""

    def break_off() -> None:
        with attempts.taken(ONE, MORNING):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        break_off()
    assert rows(register_url) == []


def test_right_ones_at_once_are_never_refused(attempts: Attempts) -> None:
    """With one attempt left, many that show the right document at the same moment are all let in."""
    for _ in range(LIMIT - 1):
        take(attempts, ONE, MORNING)
    gate = threading.Barrier(8)

    def ask(_: int) -> bool:
        gate.wait()
        return show_rightly(attempts, ONE)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(8)))
    assert [take(attempts, ONE, MORNING) for _ in range(2)] == [True, False]


def test_the_next_day_begins_anew_and_forgets(attempts: Attempts, register_url: str) -> None:
    """At midnight UTC the count starts again, and the rows of the day before are gone."""
    evening = MORNING.replace(hour=23, minute=59, second=59)
    while take(attempts, ONE, evening):
        pass
    take(attempts, OTHER, evening)
    midnight = evening + timedelta(seconds=1)
    assert take(attempts, ONE, midnight)
    assert rows(register_url) == [(ONE, midnight.date().isoformat(), 1)]


def test_a_restart_keeps_the_count(register_url: str) -> None:
    """Attempts used up before a restart are used up after it."""
    with Register.open(register_url, None) as before:
        first = before.attempts(a_day=LIMIT)
        assert take(first, ONE, MORNING)
        assert take(first, ONE, MORNING)
    with Register.open(register_url, None) as after:
        second = after.attempts(a_day=LIMIT)
        assert [take(second, ONE, MORNING) for _ in range(2)] == [True, False]


def test_threads_cannot_exceed_the_limit(attempts: Attempts) -> None:
    """Of many that ask at the same moment, exactly as many as the limit get an attempt."""
    gate = threading.Barrier(8)

    def ask(_: int) -> bool:
        gate.wait()
        return take(attempts, ONE, MORNING)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(8))) == LIMIT


def take_many(url: str) -> int:
    """Take attempts in a process of its own; return how many it got."""
    with Register.open(url, None) as register:
        attempts = register.attempts(a_day=LIMIT)
        return sum(take(attempts, ONE, MORNING) for _ in range(LIMIT))


@pytest.mark.integration
def test_processes_cannot_exceed_the_limit(register_url: str) -> None:
    """Two servers on one register give out the limit together, not each."""
    Register.open(register_url, None).close()
    with get_context("spawn").Pool(2) as pool:
        assert sum(pool.map(take_many, [register_url] * 4, chunksize=1)) == LIMIT
