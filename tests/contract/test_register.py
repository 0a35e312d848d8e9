"""The contract of the register, on every database it runs on: what can be read, and what cannot be rewritten."""

import traceback

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from gateway.register import (
    DatabaseError,
    EndKind,
    EventLogError,
    Mandate,
    Register,
)
from gateway.register.engine import open_engines
from sanctions_matrix.documents import Document
from sanctions_matrix.listing import Listing
from sanctions_matrix.pack import Pack
from tests.fakes.in_memory_feed import (
    LIST,
    InMemoryFeed,
    organisation_row,
    person_row,
    responsible_row,
    with_passport,
)
from tests.fakes.register_scene import (
    NOW,
    PAPER,
    Imports,
    citizen,
    only_listing,
    passport,
    people,
    state,
)


def test_a_chain_of_deltas_equals_a_full_reading(register: Register, imports: Imports) -> None:
    """Whoever applies every delta in turn ends with what `all_listings` says."""
    followed = dict[Document, list[Listing]]()
    since = 0

    def follow() -> None:
        nonlocal since
        with register.view() as view:
            changed = view.changed_documents(since)
            followed.update(view.listings_of(changed))
            since = view.last_change()
        for document in [one for one, listings in followed.items() if not listings]:
            del followed[document]
        assert followed == state(register)

    imports([*people(*range(20)), organisation_row(1), responsible_row(30, 1)])
    follow()
    imports([with_passport(person_row(1), 1), *people(*range(3, 25)), organisation_row(1)])
    follow()
    register.stay(
        only_listing(register, citizen(5)).reference, mandate=Mandate(PAPER, NOW, "operator")
    )
    reference = only_listing(register, citizen(6)).reference
    register.release(reference, reason=EndKind.PERFORMED, mandate=Mandate(PAPER, NOW, "operator"))
    follow()
    imports([person_row(1), *people(*range(3, 25))])
    follow()


def test_reading_everything_sees_one_state(register: Register, imports: Imports) -> None:
    """A change that commits while everything is read does not show in that reading."""
    imports(people(*range(10)))
    with register.view() as view:
        listings = view.all_listings()
        first = next(listings)
        imports(people(*range(20)))
        assert len([first, *listings]) == 10
        assert view.last_change() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET actor = 'x'",
        "DELETE FROM event",
        "UPDATE entry SET content = 'x'",
        "DELETE FROM entry",
        "UPDATE contest_route SET body = 'x'",
        "DELETE FROM contest_route",
    ],
)
def test_what_was_written_down_refuses_to_be_rewritten(
    register: Register, imports: Imports, register_url: str, statement: str
) -> None:
    """The database itself refuses to change or delete an event, an entry of a finished feed, or a contest route."""
    imports(people(1))
    engine = create_engine(register_url)
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
    register.verify_events()


@pytest.mark.parametrize(
    ("table", "over"),
    [
        ("event", "(seq) DO UPDATE SET actor = 'x'"),
        ("entry", "(feed_id, seq) DO UPDATE SET content = 'x'"),
        ("contest_route", "(id) DO UPDATE SET body = 'x'"),
    ],
)
def test_what_was_written_down_is_not_replaced_by_an_insertion(
    register: Register, imports: Imports, register_url: str, table: str, over: str
) -> None:
    """A row inserted over itself is refused on every connection of the register, in each database's words for it."""
    imports(people(1))
    same = f"INTO {table} SELECT * FROM {table} WHERE true"  # noqa: S608 names of the schema
    statement = {
        "sqlite": f"INSERT OR REPLACE {same}",
        "postgresql": f"INSERT {same} ON CONFLICT {over}",
    }
    engines = open_engines(register_url)
    with pytest.raises(DBAPIError, match="append-only"), engines.writing() as connection:
        connection.execute(text(statement[connection.dialect.name]))
    engines.writer.dispose()
    register.verify_events()


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE event SET actor = 'nobody' WHERE seq = 1", "event 1"),
        ("DELETE FROM event WHERE seq = 1", "event 1"),
        ("UPDATE entry SET content = replace(content, 'Court', 'Police')", "feed 1"),
        ("DELETE FROM entry WHERE seq = 2", "feed 1"),
        ("UPDATE feed SET event_seq = NULL", "feed 1"),
        ("UPDATE contest_route SET address = 'elsewhere'", "contest route 1"),
    ],
)
def test_whatever_was_rewritten_is_found(
    register: Register, imports: Imports, register_url: str, statement: str, found: str
) -> None:
    """Whoever gets around the refusal breaks the chain, or what it vouches for."""
    imports(people(1, 2))
    register.verify_events()
    engine = create_engine(register_url)
    with engine.begin() as connection:
        for table in ("event", "entry", "contest_route"):
            if engine.dialect.name == "sqlite":
                connection.execute(text(f"DROP TRIGGER {table}_no_UPDATE"))
                connection.execute(text(f"DROP TRIGGER {table}_no_DELETE"))
            else:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        connection.execute(text(statement))
    engine.dispose()
    with pytest.raises(EventLogError, match=found):
        register.verify_events()


def test_a_register_opens_again_with_the_same_references(register_url: str, pack: Pack) -> None:
    """References rest on a secret that stays with the register."""
    definition = pack.lists[LIST]
    with Register.open(register_url, pack) as first:
        first.import_feed(InMemoryFeed(people(1)), definition=definition, at=NOW)
        before = only_listing(first, citizen(1))
    with Register.open(register_url, pack) as second:
        assert only_listing(second, citizen(1)) == before
        report = second.import_feed(InMemoryFeed(people(1)), definition=definition, at=NOW)
    assert report.is_repeated


def test_no_document_number_shows_in_what_the_register_says(
    register: Register, imports: Imports
) -> None:
    """Representations of records, reports and errors hold no number."""
    report = imports([with_passport(person_row(1), 1)])
    record = register.show(only_listing(register, citizen(1)).reference)
    shown = repr(report) + repr(record)
    assert citizen(1).number not in shown
    assert passport(1).number not in shown


def test_a_failing_database_is_one_line_without_a_number(
    register: Register, imports: Imports, register_url: str
) -> None:
    """Whatever the driver says, with the row that it quotes, stays in the register."""
    imports(people(1))
    engine = create_engine(register_url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE listing_document RENAME TO gone"))
    engine.dispose()
    for attempt in (lambda: imports(people(1, 2)), lambda: register.listings_of([citizen(1)])):
        with pytest.raises(DatabaseError, match="database failed") as failure:
            attempt()
        shown = "".join(traceback.format_exception(failure.value))
        assert str(failure.value).count("\n") == 0
        assert "Error); check the disk" in str(failure.value)
        assert citizen(2).number not in shown
        assert citizen(1).number not in shown
    with pytest.raises(DatabaseError):
        list(register.all_listings())


def test_the_engines_keep_parameters_out_of_errors(register_url: str) -> None:
    """Not even the error that the register replaces holds what was written."""
    engines = open_engines(register_url)
    for engine in (engines.reader, engines.writer):
        with pytest.raises(DBAPIError) as failure, engine.begin() as connection:
            connection.execute(text("SELECT * FROM no_such_table WHERE x = :x"), {"x": "MARKED"})
        assert "MARKED" not in str(failure.value)
    engines.writer.dispose()


@pytest.mark.integration
def test_a_server_that_does_not_answer_is_one_line(pack: Pack) -> None:
    """Nobody listens on port 1: the error names neither the server nor the password."""
    url = "postgresql://nobody:secret@127.0.0.1:1/none?connect_timeout=2"
    with pytest.raises(DatabaseError, match="OperationalError") as failure:
        Register.open(url, pack)
    assert "secret" not in "".join(traceback.format_exception(failure.value))
