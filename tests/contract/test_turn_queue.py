"""Threads of a service wait for their turn to write in the order in which they came, and not for ever."""

import errno
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from gateway.register import turn_queue
from gateway.register.engine import end_waiting, open_engines
from gateway.register.errors import DatabaseError
from gateway.register.locks import FileLock
from tests.integration.waiting import eventually, waiters_for


@pytest.fixture
def lock(tmp_path: Path) -> Iterator[FileLock]:
    """A file's lock, for which waiting is allowed."""
    path = tmp_path / "register.sqlite-writer"
    yield FileLock(path)
    turn_queue.allow_waiting(path)


def open_descriptors() -> int:
    """Count this process's."""
    return len(list(Path("/proc/self/fd").iterdir()))


@contextmanager
def waiting(lock: FileLock, told: Callable[[float | DatabaseError], None]) -> Iterator[None]:
    """Wait for the lock in a thread meanwhile; when it has it, or why not, is told."""

    def take() -> None:
        try:
            with lock.held():
                told(time.monotonic())
        except DatabaseError as error:
            told(error)

    before = waiters_for(lock.path)
    thread = threading.Thread(target=take)
    thread.start()
    eventually(lambda: waiters_for(lock.path) > before, "the thread waits")
    yield
    thread.join()


def test_threads_have_their_turn_in_the_order_in_which_they_came(lock: FileLock) -> None:
    """Nobody overtakes, and whoever is next has the lock within milliseconds after it is free."""
    order: list[int] = []
    taken: list[float] = []
    with ExitStack() as threads, lock.held():
        for number in range(5):

            def tell(at: float | DatabaseError, number: int = number) -> None:
                assert isinstance(at, float)
                order.append(number)
                taken.append(at)

            threads.enter_context(waiting(lock, tell))
        freed_at = time.monotonic()
    print(f"the first had it after {(taken[0] - freed_at) * 1e3:.2f} ms")  # noqa: T201 for -s
    assert order == [0, 1, 2, 3, 4]
    assert taken[0] - freed_at < 0.5 * turn_queue._LOOK_SECONDS  # noqa: SLF001 woken, not looked


def test_a_thread_gives_up_after_a_while(lock: FileLock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its caller is told in one line, and the place it leaves is taken by the next one instead of a second place."""
    monkeypatch.setattr(turn_queue, "LONGEST_SECONDS", 0.3)
    told: list[float | DatabaseError] = []
    descriptors = open_descriptors()
    with lock.held():
        with waiting(lock, told.append):
            pass
        thread = threading.Thread(target=_take, args=(lock, told.append))
        thread.start()
        thread.join()
        assert waiters_for(lock.path) == 1
    assert [type(one) for one in told] == [DatabaseError, DatabaseError]
    assert "nothing was done" in str(told[0])
    eventually(lambda: waiters_for(lock.path) == 0, "the place lets go")
    eventually(lambda: open_descriptors() == descriptors, "it is closed")
    with lock.held():
        pass


def _take(lock: FileLock, told: Callable[[float | DatabaseError], None]) -> None:
    try:
        with lock.held():
            told(time.monotonic())
    except DatabaseError as error:
        told(error)


def test_waiting_ends_where_a_service_stops_and_is_allowed_when_it_is_opened_again(
    tmp_path: Path,
) -> None:
    """Who waits is refused at once; a turn that is free is taken all the same."""
    url = f"sqlite:///{tmp_path / 'register.sqlite'}"
    engines = open_engines(url)
    assert engines.turns is not None
    told: list[float | DatabaseError] = []
    with engines.turns.held(), waiting(engines.turns, told.append):
        end_waiting(url)
        eventually(lambda: told != [], "the thread gives up")
    eventually(
        lambda: waiters_for(FileLock(tmp_path / "register.sqlite-writer").path) == 0, "it is free"
    )
    thread = threading.Thread(target=_take, args=(engines.turns, told.append))
    thread.start()
    thread.join()
    assert [type(one) for one in told] == [DatabaseError, float]
    engines.writer.dispose()
    again = open_engines(url)
    with ExitStack() as threads, engines.turns.held():
        threads.enter_context(waiting(engines.turns, told.append))
    assert isinstance(told[-1], float)
    again.writer.dispose()


@pytest.mark.parametrize("fault", ["no lock", "no thread"])
def test_a_system_without_room_is_told_and_leaves_nothing(
    lock: FileLock, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """Who waits is refused at once, the next one as well, and neither leaves a descriptor or a place behind."""
    told: list[float | DatabaseError] = []

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    def start(thread: threading.Thread) -> None:
        if thread.name == "turn":
            message = "can't start new thread"
            raise RuntimeError(message)
        begin(thread)

    begin = threading.Thread.start
    with lock.held():
        descriptors = open_descriptors()
        if fault == "no lock":
            monkeypatch.setattr(turn_queue, "take", refuse)
        else:
            monkeypatch.setattr(threading.Thread, "start", start)
        for _ in range(3):
            thread = threading.Thread(target=_take, args=(lock, told.append))
            thread.start()
            thread.join()
        eventually(lambda: open_descriptors() == descriptors, "all are closed")
    monkeypatch.undo()
    assert [str(one).partition(" for")[0] for one in told] == ["the system has no room"] * 3
    with lock.held():
        pass


def test_a_process_ends_although_a_place_is_left(lock: FileLock) -> None:
    """Python waits for the threads of a pool; the one that sleeps for them is none of these."""
    script = (
        "import sys; from concurrent.futures import ThreadPoolExecutor; from pathlib import Path\n"
        "from gateway.register import turn_queue; from gateway.register.locks import FileLock\n"
        "turn_queue.LONGEST_SECONDS = 0.3\n"
        "pool = ThreadPoolExecutor()\n"
        "waits = pool.submit(FileLock(Path(sys.argv[1])).held().__enter__)\n"
        "print(type(waits.exception()).__name__)\n"
    )
    with lock.held():
        ended = subprocess.run(  # noqa: S603 - the test's own program
            [sys.executable, "-c", script, str(lock.path)],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    assert ended.stdout == "DatabaseError\n"
