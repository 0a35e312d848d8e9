"""The register may lose its process at any statement: it is either before or after, and the next run goes on.

Each scenario of `mortal.py` is run once to its end, and then once for every step on the way, on a copy of the register
as it was before; the process is killed (SIGKILL) at that step.

What a killed process leaves is what it had committed, and most steps lie between the same two commits.
So every step is tried, and what follows from what it left is looked at once for each content of the database.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, Self

import pytest
from sqlalchemy import create_engine, make_url, text

from gateway.register import Register
from gateway.register.schema import TABLES
from sanctions_matrix.documents import Document
from sanctions_matrix.listing import Listing
from sanctions_matrix.pack import Pack
from tests.contract.mortal import SCENARIOS
from tests.in_memory_folder import IN_MEMORY

_ROOT = Path(__file__).parents[2]
_MOST_STEPS = 400
_NUMBERS = count(1)
_FIRST = {
    "sweep": ("import_first", "owe_removal"),
    "decide": ("import_first", "request"),
    "import_first": (),
}
"""What has happened before a scenario begins, where that is more, or less, than the first import."""
_SEVERAL = {"sweep"}
"""Scenarios of several changes, each of which may stand without the next."""

Copy = Callable[[str], AbstractContextManager[str]]


class Picture(NamedTuple):
    """Everything that can be seen of a register, but for the instants at which it was seen.

    `events` is their number; a contest route that an import noted ahead has one, and says nothing of anybody.
    """

    listings: dict[Document, list[Listing]]
    counts: dict[str, int]
    last_change: int
    events: int

    def is_as(self, other: "Picture") -> bool:
        """Whether nobody could tell the two registers apart by what they hold of parties."""
        return self[:3] == other[:3]


@pytest.fixture(scope="module")
def mortal() -> Iterator["Mortal"]:
    """The program that dies on demand."""
    with Mortal() as program:
        yield program


class Mortal:
    """Runs scenarios in children of one program, which has loaded everything already."""

    def __enter__(self) -> Self:
        """Start the program."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.contract.mortal"],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._process.communicate()

    def run(self, url: str, scenario: str, *, die_at: int = 0) -> str:
        """Run a scenario; return `died`, `done` or `refused`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{url} {scenario} {die_at}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


@pytest.fixture
def copy(register_url: str) -> Copy:
    """Copies a register that nobody has open, and removes the copy afterwards."""
    return _copied_file if register_url.startswith("sqlite") else _copied_database


@contextmanager
def _copied_file(url: str) -> Iterator[str]:
    # Into memory, for there are many.
    with TemporaryDirectory(dir=IN_MEMORY) as folder:
        target = Path(folder) / "register.sqlite"
        shutil.copy(url.removeprefix("sqlite:///"), target)
        yield f"sqlite:///{target}"


@contextmanager
def _copied_database(url: str) -> Iterator[str]:
    parsed = make_url(url)
    name = f"{parsed.database}_copy_{next(_NUMBERS)}"
    engine = create_engine(parsed.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {parsed.database}"))
        yield parsed.set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def picture(url: str, pack: Pack) -> Picture:
    """Look at a register whose history must be sound and must say what its tables say."""
    with Register.open(url, pack) as register:
        register.verify_events()
        assert register.rebuild(dry=True) == 0
        counts = register.count()._asdict()
        events = counts.pop("events")
        return Picture(dict(register.all_listings()), counts, register.last_change(), events)


def content(url: str) -> bytes:
    """Return a digest of every row of every table."""
    digest = hashlib.sha256()
    engine = create_engine(url)
    with engine.connect() as connection:
        for name in TABLES.tables:
            rows = connection.exec_driver_sql(f"SELECT * FROM {name}")  # noqa: S608 names of the schema
            digest.update(repr((name, sorted(map(repr, rows)))).encode())
    engine.dispose()
    return digest.digest()


def prepared(url: str, scenario: str, mortal: Mortal, pack: Pack) -> None:
    """Bring an empty register to where the scenario begins."""
    Register.open(url, pack).close()
    for earlier in _FIRST.get(scenario, ("import_first",)):
        assert mortal.run(url, earlier) == "done"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_register_killed_at_any_statement_is_before_or_after(
    scenario: str, register_url: str, copy: Copy, mortal: Mortal, pack: Pack
) -> None:
    """Killed at each step in turn: the state before or after, a sound chain, and the next run ends undisturbed."""
    prepared(register_url, scenario, mortal, pack)
    before = picture(register_url, pack)
    with copy(register_url) as finished:
        assert mortal.run(finished, scenario) == "done"
        after = picture(finished, pack)
    assert (before == after) == (scenario == "rebuild")
    seen: dict[bytes, Picture] = {}
    for step in range(1, _MOST_STEPS):
        with copy(register_url) as url:
            outcome = mortal.run(url, scenario, die_at=step)
            left = content(url)
            if outcome == "done":
                assert picture(url, pack) == after
                break
            assert outcome == "died", step
            if left in seen:
                continue
            seen[left] = found = picture(url, pack)
            assert found.is_as(before) or found.is_as(after) or scenario in _SEVERAL, step
            assert mortal.run(url, scenario) in {"done", "refused"}, step
            assert picture(url, pack) == after, step
    else:
        pytest.fail(f"{scenario} takes more than {_MOST_STEPS} steps")
    assert before in seen.values()
    assert scenario in {"rebuild"} | _SEVERAL or after in seen.values()
