"""An import that lost its turn writes nothing more: the lock was lost, or is not shared, and another one has begun."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from gateway.register import ImportPhase, Register, TurnLostError
from gateway.register import additions as additions_module
from gateway.register import leftovers as leftovers_module
from gateway.register.engine import Engines, open_engines
from gateway.register.import_turn import ImportTurn
from gateway.register.leftovers import remove_leftovers
from gateway.register.locks import FileLock
from sanctions_matrix.pack import Pack
from tests.fakes.in_memory_feed import person_row, responsible_row
from tests.fakes.register_scene import CONFIRMED, Imports, citizen, people, state

_IMPORT_LOCK = 0x6A6F696E7467 + 1
SERIALS = tuple(range(1, 8))
FIRST = people(*SERIALS)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write and remove two rows per transaction."""
    monkeypatch.setattr(additions_module, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr(leftovers_module, "_ROWS_AT_ONCE", 2)


@pytest.fixture
def apart(register_url: str, register: Register, tmp_path: Path) -> Iterator[Register]:
    """The same register, opened by somebody whose import lock is another one."""
    assert register.last_change() == 0
    engines = open_engines(register_url)
    with Register(replace(engines, imports=FileLock(tmp_path / "apart")), b"") as opened:
        opened._secret = register._secret  # noqa: SLF001 - as `Register.open` would read it
        yield opened


@pytest.fixture
def others(apart: Register, pack: Pack) -> Imports:
    """Import as somebody whom the import lock does not keep out."""
    return Imports(apart, pack)


def once(phase: ImportPhase, rows: int, act: Callable[[], object]) -> Callable[..., None]:
    """Return what acts when an import has come to a phase and a number of rows, the first time."""
    to_do = [act]

    def progress(at: ImportPhase, count: int) -> None:
        if at is phase and count == rows and to_do:
            to_do.pop()()

    return progress


def leave_something_behind(imports: Imports) -> None:
    """Begin an import that fails after its first rows."""

    def fail() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        imports(people(90, 91, 92, 93, 94), progress=once(ImportPhase.WRITING, 4, fail))


def is_sound(register: Register) -> bool:
    """Whether the history is sound, and the tables say what it says."""
    register.verify_events()
    return register.rebuild(dry=True) == 0


@dataclass(frozen=True, slots=True)
class _Crossing:
    """Where the first import is when the second one begins, what the second one brings, and what stood before."""

    phase: ImportPhase
    rows: int
    serials: tuple[int, ...] = (20, 21, 22, 23, 24)
    has_leftovers: bool = False


@pytest.mark.parametrize(
    "crossing",
    [
        pytest.param(_Crossing(ImportPhase.READING, 7), id="survey"),
        pytest.param(_Crossing(ImportPhase.READING, 7, SERIALS), id="survey-same-feed"),
        pytest.param(_Crossing(ImportPhase.READING, 7, has_leftovers=True), id="survey-crash"),
        pytest.param(_Crossing(ImportPhase.WRITING, 2), id="between-batches"),
        pytest.param(_Crossing(ImportPhase.WRITING, 7), id="before-the-last"),
        pytest.param(
            _Crossing(ImportPhase.WRITING, 7, SERIALS, has_leftovers=True), id="last-crash"
        ),
    ],
)
def test_of_two_imports_at_once_the_later_one_counts_and_the_other_is_told(
    register: Register, imports: Imports, others: Imports, crossing: _Crossing
) -> None:
    """Wherever the first import is, the second is whole, and the first says that it counts for nothing."""
    imports(people(50), sequence=1)
    if crossing.has_leftovers:
        leave_something_behind(imports)
    second = people(*crossing.serials)
    interrupt = once(crossing.phase, crossing.rows, lambda: others(second, CONFIRMED, sequence=8))
    with pytest.raises(TurnLostError, match="import the feed again"):
        imports(FIRST, CONFIRMED, sequence=8, progress=interrupt)
    assert set(state(register)) == {citizen(serial) for serial in crossing.serials}
    assert is_sound(register)
    assert imports(FIRST, CONFIRMED, sequence=9).rows == len(FIRST)
    assert set(state(register)) == {citizen(serial) for serial in SERIALS}
    assert is_sound(register)


@pytest.mark.parametrize(
    "first",
    [
        [*people(1, 2), person_row(3, ends_at="2030-01-01T00:00:00Z")],
        [*people(1, 2, 3), person_row(4, ground="no-such-ground")],
        [*people(1, 2, 3), responsible_row(4, 9)],
    ],
    ids=["a-change", "a-refused-line", "a-late-row"],
)
def test_an_import_that_adds_nothing_loses_its_turn_like_any_other(
    register: Register, imports: Imports, others: Imports, first: list[dict[str, object]]
) -> None:
    """Changing what is held and quarantining lines are asked for their turn as well."""
    imports(people(1, 2, 3), sequence=1)
    interrupt = once(
        ImportPhase.READING, len(first), lambda: others(people(1, 2, 3, 5), sequence=2)
    )
    with pytest.raises(TurnLostError):
        imports(first, sequence=2, progress=interrupt)
    assert set(state(register)) == {citizen(serial) for serial in (1, 2, 3, 5)}
    assert {one.window.ends_at for (one,) in state(register).values()} == {None}
    assert is_sound(register)


@dataclass(frozen=True, slots=True)
class _Interrupted(Engines):
    """Engines that do something whenever they would let others write."""

    act: Callable[[], object] = print

    def give_way(self) -> None:
        """Do it."""
        self.act()


def test_what_is_removed_as_left_behind_is_looked_at_again_where_it_is_removed(
    register: Register, imports: Imports, others: Imports
) -> None:
    """Rows that became visible after they were found to be left behind stay."""
    imports(people(50), sequence=1)
    leave_something_behind(imports)
    engines = register._engines  # noqa: SLF001 - nothing else removes without importing
    same = {one.name: getattr(engines, one.name) for one in fields(Engines)}
    interrupted = _Interrupted(**same, act=lambda: others(people(*range(50, 60)), sequence=2))
    with pytest.raises(TurnLostError):
        remove_leftovers(ImportTurn(interrupted, lambda: None))
    assert set(state(register)) == {citizen(serial) for serial in range(50, 60)}
    assert is_sound(register)


def test_an_import_whose_lock_ended_with_its_session_says_so(
    register: Register, imports: Imports, register_url: str
) -> None:
    """On a server, an import without its lock writes nothing more, though nobody else has begun."""
    if register_url.startswith("sqlite"):
        pytest.skip("the lock on a file ends with its process only")

    def end_session() -> None:
        engine = create_engine(register_url)
        with engine.begin() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
                    "AND objid = :low AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                ),
                {"low": _IMPORT_LOCK & 0xFFFFFFFF},
            )
        engine.dispose()

    with pytest.raises(TurnLostError, match="import the feed again"):
        imports(FIRST, progress=once(ImportPhase.WRITING, 2, end_session))
    assert state(register) == {}
    assert imports(FIRST).added == len(FIRST)
    assert is_sound(register)


def test_all_ways_to_one_file_lead_to_one_turn(tmp_path: Path) -> None:
    """A link to the file, or to its folder, takes the same locks as the file's own path."""
    folder = tmp_path / "held"
    folder.mkdir()
    (tmp_path / "folder").symlink_to(folder)
    (tmp_path / "link.sqlite").symlink_to(folder / "register.sqlite")
    urls = [
        f"sqlite:///{tmp_path / path}"
        for path in ("held/register.sqlite", "folder/register.sqlite", "link.sqlite")
    ]
    opened = [open_engines(url) for url in urls]
    assert len({(one.turns, one.imports) for one in opened}) == 1
    assert opened[0].imports == FileLock(folder.resolve() / "register.sqlite-import")
    for one in opened:
        one.writer.dispose()
