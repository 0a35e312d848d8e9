"""What all tests share.

Responsible for fixtures that more than one folder of tests needs.
Not responsible for fakes, which are ordinary classes under tests/fakes.
A test asks for what it needs by name; nothing here acts on a test that did not ask.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import redis
from hypothesis import settings

from gateway.embedded_redis import redis_server
from gateway.packs import load_pack
from sanctions_matrix.evaluation import Matrix, compile_matrix
from sanctions_matrix.pack import Pack
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.in_memory_distribution import InMemoryDistribution
from tests.fakes.rehearsal import Rehearsal
from tests.in_memory_folder import IN_MEMORY

# How long one example takes says more about what else the machine does than about the code.
settings.register_profile("jointgate", deadline=None)
settings.load_profile("jointgate")

# Whoever starts the tests in the background lets them ignore interrupts, and with them all processes that they start;
# some of these are to be interrupted.
signal.signal(signal.SIGINT, signal.default_int_handler)

_START_SECONDS = 20
_OFAC_VARIABLE = "JOINTGATE_OFAC_DIR"


@pytest.fixture(scope="session")
def pack() -> Pack:
    """The mission's pack."""
    return load_pack("cn-joint-discipline")


@pytest.fixture(scope="session")
def matrix(pack: Pack) -> Matrix:
    """The mission's pack, compiled."""
    return compile_matrix(pack)


@pytest.fixture
def clock() -> FixedClock:
    """A clock that the test sets."""
    return FixedClock()


@pytest.fixture
def distribution() -> InMemoryDistribution:
    """Published files in memory."""
    return InMemoryDistribution()


@pytest.fixture
def quick_path(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where the machine has one, so that what syncs to disk costs a test no time."""
    with TemporaryDirectory(dir=IN_MEMORY or tmp_path) as folder:
        yield Path(folder)


@pytest.fixture
def rehearsal(
    quick_path: Path, distribution: InMemoryDistribution, clock: FixedClock
) -> Iterator[Rehearsal]:
    """A publisher and its followers around the distribution in memory."""
    with Rehearsal(quick_path, distribution, clock) as scene:
        yield scene


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server, Valkey, started as a site without JOINTGATE_REDIS_URL starts it; a test chooses its own prefix."""
    with redis_server("", tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def debian_redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A second real server, the distribution's redis-server, where it is installed."""
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("no redis-server is installed")
    folder = tmp_path_factory.mktemp("debian-redis")
    socket = folder / "r.sock"
    arguments = ["--port", "0", "--unixsocket", str(socket), "--dir", str(folder), "--save", ""]
    server = subprocess.Popen([binary, *arguments], stdout=subprocess.DEVNULL)  # noqa: S603 - no shell
    try:
        _await_answer(socket)
        yield f"unix://{socket}"
    finally:
        server.terminate()
        server.wait()


def _await_answer(socket: Path) -> None:
    """Wait until a server answers on ``socket``."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            with redis.Redis(unix_socket_path=str(socket)) as client:
                client.ping()
        except redis.RedisError:
            assert time.monotonic() < deadline, "redis-server did not start"
            time.sleep(0.02)
        else:
            return


def _ofac_problem() -> str:
    """Say why the published list cannot be read, or nothing."""
    folder = os.environ.get(_OFAC_VARIABLE)
    if not folder:
        return f"{_OFAC_VARIABLE} is not set"
    if not (Path(folder) / "2021-07" / "sdn.csv.xz").is_file():
        return f"{_OFAC_VARIABLE} names a folder without 2021-07/sdn.csv.xz"
    return ""


@pytest.fixture(scope="session")
def ofac_folder() -> Path:
    """Return the folder with the real published list, which is never part of the repository."""
    problem = _ofac_problem()
    if problem:
        pytest.skip(problem)
    return Path(os.environ[_OFAC_VARIABLE])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly when the tests against the real published list did not run."""
    problem = _ofac_problem()
    if problem:
        terminalreporter.section("WARNING", sep="!", red=True, bold=True)
        terminalreporter.line(
            f"Nothing was tested against the real published list: {problem}.", red=True
        )
