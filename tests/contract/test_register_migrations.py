"""How a database becomes a register of this version, on every database the register runs on."""

import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, create_engine, select, text
from sqlalchemy.exc import DBAPIError

from gateway.register import Register, SchemaError
from gateway.register.engine import open_engines
from gateway.register.migration import HEAD, OWN, Revisions
from gateway.register.schema import TABLES
from sanctions_matrix.pack import Pack
from tests.fakes.in_memory_feed import LIST, InMemoryFeed, organisation_row, person_row

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROOT = Path(__file__).parents[2]

_REHEARSAL = """
    import sqlalchemy as sa
    from alembic import op

    revision = "0002"
    down_revision = "0001"
    branch_labels = None
    depends_on = None

    def upgrade() -> None:
        with op.batch_alter_table("listing", recreate="auto") as table:
            table.add_column(sa.Column("rehearsed", sa.Integer, server_default="7"))
            table.create_check_constraint("rehearsed_is_given", "rehearsed IS NOT NULL")
        op.create_table("rehearsal", sa.Column("id", sa.Integer, primary_key=True))
        {ending}
"""


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """Speak to the database without the register."""
    engine = create_engine(url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def rows(url: str) -> Mapping[str, list[tuple[object, ...]]]:
    """Return every row of the register's own tables."""
    with connected(url) as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in TABLES.sorted_tables
        }


def structure(url: str) -> set[tuple[object, ...]]:
    """Return what the database itself says of its tables and indexes; of the names of tables, Alembic's left out."""
    queries = {
        "sqlite": "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE '%alembic%'",
        "postgresql": "SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        " AND tablename <> 'alembic_version' UNION SELECT table_name, column_name,"
        " concat_ws(' ', data_type, is_nullable, character_maximum_length, column_default)"
        " FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'",
    }
    with connected(url) as connection:
        found = connection.execute(text(queries[connection.dialect.name]))
        return {
            (kind, name, None if sql is None else " ".join(sql.split()))
            for kind, name, sql in found
            if kind != "trigger"
        }


def rehearsal(folder: Path, *, ending: str = "pass") -> Revisions:
    """Return revisions that go one further, with the extra one in `folder`."""
    text_ = textwrap.dedent(_REHEARSAL).format(ending=ending)
    (folder / "v0002_rehearsal.py").write_text(text_)
    return Revisions("0002", (*OWN.folders, folder))


@pytest.fixture
def filled_url(register_url: str, pack: Pack) -> str:
    """The URL of a register that holds something."""
    with Register.open(register_url, pack) as register:
        feed = InMemoryFeed([organisation_row(1), *map(person_row, range(10))])
        register.import_feed(feed, definition=pack.lists[LIST], at=NOW)
    return register_url


def test_the_revisions_make_the_tables_that_the_register_works_on(register_url: str) -> None:
    """What Alembic would change between the last revision and the tables in the code is nothing."""
    open_engines(register_url).writer.dispose()
    with connected(register_url) as connection:
        assert compare_metadata(MigrationContext.configure(connection), TABLES) == []


def test_the_revisions_make_every_index_as_the_tables_say_it(
    register_url: str, other_register_url: str
) -> None:
    """Partial indexes, keys and storage options, which Alembic does not compare, are the same as well."""
    open_engines(register_url).writer.dispose()
    with connected(other_register_url) as connection:
        TABLES.create_all(connection)
    assert structure(register_url) == structure(other_register_url)


def test_the_head_named_in_the_code_is_the_last_revision() -> None:
    """Opening compares with a constant, so that it need not read the revisions."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "gateway/register/migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_a_register_is_brought_up_with_everything_it_holds(
    filled_url: str, tmp_path: Path, pack: Pack
) -> None:
    """A further revision that makes the largest table anew changes no row, and the older version refuses it then."""
    before = rows(filled_url)
    open_engines(filled_url, rehearsal(tmp_path)).writer.dispose()
    assert rows(filled_url) == before
    with connected(filled_url) as connection:
        assert set(connection.scalars(text("SELECT rehearsed FROM listing"))) == {7}
        with pytest.raises(DBAPIError, match="append-only"), connection.begin_nested():
            connection.execute(text("DELETE FROM event"))
    with pytest.raises(SchemaError, match="newer version"):
        Register.open(filled_url, pack)


def test_a_revision_that_fails_leaves_everything_as_it_was(
    filled_url: str, tmp_path: Path, pack: Pack
) -> None:
    """Neither the tables it made nor the column it added stay, and the register works on."""
    before, tables = rows(filled_url), structure(filled_url)
    revisions = rehearsal(tmp_path, ending="raise ValueError('half way')")
    with pytest.raises(ValueError, match="half way"):
        open_engines(filled_url, revisions)
    assert (rows(filled_url), structure(filled_url)) == (before, tables)
    with Register.open(filled_url, pack) as register:
        assert register.count().in_force == 11


def test_a_revision_that_leaves_a_row_without_what_it_refers_to_is_undone(
    filled_url: str, tmp_path: Path
) -> None:
    """Foreign keys that were not looked at while a table was made anew are looked at before the commit."""
    before = rows(filled_url)
    revisions = rehearsal(tmp_path, ending="op.execute('DELETE FROM listing WHERE id = 3')")
    with pytest.raises((SchemaError, DBAPIError)):
        open_engines(filled_url, revisions)
    assert rows(filled_url) == before


def test_a_register_of_the_first_version_is_refused(register_url: str, pack: Pack) -> None:
    """What was made before there were revisions says what to do."""
    with connected(register_url) as connection:
        for table in ("meta", "listing", "event"):
            connection.execute(text(f"CREATE TABLE {table} (key TEXT, value TEXT)"))
    with pytest.raises(SchemaError, match=r"before 0\.2; make a new register"):
        Register.open(register_url, pack)


@pytest.mark.parametrize("tables", [("orders",), ("alembic_version", "orders")])
def test_a_database_of_something_else_is_refused(
    register_url: str, pack: Pack, tables: tuple[str, ...]
) -> None:
    """A database that holds other tables is not touched, whoever made them."""
    with connected(register_url) as connection:
        for table in tables:
            connection.execute(text(f"CREATE TABLE {table} (version_num TEXT)"))
    before = structure(register_url)
    with pytest.raises(SchemaError, match="a database of its own"):
        Register.open(register_url, pack)
    assert structure(register_url) == before


_OPEN = """
    import sys
    from gateway.register import Register

    sys.stdin.read(1)
    with Register.open(sys.argv[1], None) as register:
        print(register.last_change(), "alembic" in sys.modules)
"""


def opening(url: str) -> subprocess.Popen[str]:
    """Start a program that opens a register once it is told to."""
    command = [sys.executable, "-c", textwrap.dedent(_OPEN), url]
    return subprocess.Popen(  # noqa: S603 the test's own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


@pytest.mark.integration
def test_several_processes_may_open_an_empty_database_at_once(register_url: str) -> None:
    """One of them makes the tables, and all of them work on the same register."""
    programs = [opening(register_url) for _ in range(4)]
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("x")
        program.stdin.flush()
    said = [program.communicate()[0].split() for program in programs]
    assert [program.returncode for program in programs] == [0] * 4
    assert {change for change, _ in said} == {"0"}
    with connected(register_url) as connection:
        assert connection.scalar(text("SELECT count(*) FROM meta WHERE key = 'secret'")) == 1


@pytest.mark.integration
def test_opening_a_register_that_is_up_to_date_does_not_import_alembic(filled_url: str) -> None:
    """A command on one listing does not pay for revisions there is no need of."""
    said, _ = opening(filled_url).communicate("x")
    assert said.split() == ["1", "False"]


def test_a_register_that_is_up_to_date_is_opened_without_writing(
    filled_url: str, pack: Pack
) -> None:
    """Whoever writes for long keeps nobody from opening, and so from reading."""
    engines = open_engines(filled_url)
    with engines.writing(), Register.open(filled_url, pack) as register:
        assert register.last_change() == 1
    engines.writer.dispose()


def test_tables_are_declared_nowhere_else(register_url: str) -> None:
    """Whatever a register holds beside Alembic's own table is in the schema."""
    open_engines(register_url).writer.dispose()
    held = MetaData()
    with connected(register_url) as connection:
        held.reflect(connection)
    assert set(held.tables) - {"alembic_version"} == set(TABLES.tables)
