"""Imports and decisions take turns, on every database the register runs on: nothing waits for a whole feed."""

import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.event import listen, remove

from gateway.register import (
    EndKind,
    FeedRefusedError,
    ImportOptions,
    ImportPhase,
    Mandate,
    Register,
    RowReport,
    UnknownReferenceError,
)
from gateway.register import additions as additions_module
from gateway.register.feeds.feed import FeedMode
from gateway.register.feeds.synthetic import SyntheticFeed
from gateway.register.schema import TABLES, contest_route, event, feed, listing, meta
from sanctions_matrix.pack import Pack
from tests.fakes.in_memory_feed import organisation_row, person_row, responsible_row
from tests.fakes.register_scene import (
    CONFIRMED,
    NOW,
    PAPER,
    Imports,
    citizen,
    only_listing,
    organisation,
    people,
    state,
)

MANDATE = Mandate(PAPER, NOW, "operator")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an import write two new listings per transaction."""
    monkeypatch.setattr(additions_module, "ROWS_AT_ONCE", 2)


@pytest.fixture
def other(register_url: str, pack: Pack, register: Register) -> Iterator[Register]:
    """The same register, opened by somebody else."""
    assert register.last_change() == 0
    with Register.open(register_url, pack) as opened:
        yield opened


def row_counts(url: str) -> Mapping[str, int]:
    """Count the rows of every table, less what an unfinished import may leave: its own row, and contest routes."""
    engine = create_engine(url)
    with engine.connect() as connection:
        counts = {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in TABLES.sorted_tables
            if table not in {feed, contest_route, event}
        }
    engine.dispose()
    return counts


def youngest_references(url: str) -> list[str]:
    """Return the references of listings that an unfinished import has written."""
    engine = create_engine(url)
    with engine.connect() as connection:
        last = connection.scalar(select(meta.c.value).where(meta.c.key == "last_listing"))
        found = list(
            connection.scalars(select(listing.c.reference).where(listing.c.id > int(last or 0)))
        )
    engine.dispose()
    return found


@pytest.mark.usefixtures("small_batches")
def test_a_release_between_two_batches_counts_and_nothing_of_the_feed_shows_before_its_end(
    register: Register, other: Register, imports: Imports
) -> None:
    """Decisions are made while a feed is written, see nothing of it, and are not undone by it."""
    imports(people(*range(10)))
    references = [only_listing(register, citizen(serial)).reference for serial in range(4)]
    expected, change = state(register), register.last_change()
    seen = []

    def release(phase: ImportPhase, _count: int) -> None:
        nonlocal change
        if phase is not ImportPhase.WRITING or not references:
            return
        other.release(references.pop(), reason=EndKind.PERFORMED, mandate=MANDATE)
        del expected[citizen(len(references))]
        change += 1
        assert state(other) == expected
        assert other.changed_documents(change - 1) == [citizen(len(references))]
        assert other.eased_documents(change - 1).decided == [citizen(len(references))]
        assert other.count_changed(change - 1) == 1
        assert other.count().in_force == len(expected)
        seen.append(change)

    report = imports(people(*range(30)), progress=release)
    assert seen == [2, 3, 4, 5]
    assert (report.added, report.quarantined, report.change) == (20, 0, 6)
    assert set(state(other)) == {citizen(serial) for serial in range(4, 30)}
    assert set(other.changed_documents(5)) == {citizen(serial) for serial in range(10, 30)}
    assert not any(other.eased_documents(5))
    other.verify_events()


@pytest.mark.usefixtures("small_batches")
def test_what_is_being_imported_cannot_be_shown_or_changed_before_its_end(
    register: Register, other: Register, imports: Imports, register_url: str
) -> None:
    """A listing that nobody can see is unknown to decisions as well, until the feed is whole."""
    imports(people(1, 2))
    written: set[str] = set()

    def look(phase: ImportPhase, _count: int) -> None:
        if phase is not ImportPhase.WRITING:
            return
        for reference in youngest_references(register_url):
            written.add(reference)
            with pytest.raises(UnknownReferenceError):
                other.show(reference)
            with pytest.raises(UnknownReferenceError):
                other.release(reference, reason=EndKind.PERFORMED, mandate=MANDATE)

    imports(people(*range(1, 8)), progress=look)
    assert len(written) == 5
    assert {other.show(reference).ended_at for reference in written} == {None}
    assert register.count().in_force == 7


@pytest.mark.usefixtures("small_batches")
def test_a_person_is_not_listed_for_an_organisation_that_fell_while_the_feed_was_written(
    register: Register, other: Register, imports: Imports
) -> None:
    """The release that came first counts for the persons whom the feed was about to add, too."""
    imports([organisation_row(1), organisation_row(2), *people(*range(20, 40))])
    reference = only_listing(register, organisation(1)).reference
    persons = [responsible_row(1, 1), responsible_row(2, 1), responsible_row(3, 2)]

    def release(phase: ImportPhase, count: int) -> None:
        if phase is ImportPhase.WRITING and count == 2:
            other.release(reference, reason=EndKind.PERFORMED, mandate=MANDATE)

    report = imports([*persons, *people(50, 51)], mode=FeedMode.CHANGES, progress=release)
    assert (report.added, report.ended) == (5, 2)
    listed = set(state(register))
    assert not {organisation(1), citizen(1), citizen(2)} & listed
    assert {organisation(2), citizen(3), citizen(50), citizen(51)} <= listed
    register.verify_events()


@pytest.mark.usefixtures("small_batches")
def test_a_new_person_is_listed_for_an_organisation_that_the_same_feed_brings_back(
    register: Register, imports: Imports
) -> None:
    """A row that depends on what is held waits for the last transaction, in the order of the lines."""
    imports([organisation_row(1), *people(*range(20, 40))])
    imports(people(*range(20, 40)), CONFIRMED)
    rows = [organisation_row(1), responsible_row(1, 1), *people(*range(20, 45))]
    report = imports(rows)
    assert (report.added, report.reopened, report.quarantined) == (6, 1, 0)
    assert only_listing(register, citizen(1)).window.ends_at is None


@pytest.mark.usefixtures("small_batches")
def test_a_record_given_twice_counts_once_however_far_apart(
    register: Register, imports: Imports
) -> None:
    """The second row of a new record is quarantined in a later transaction as in the same one."""
    reports: list[RowReport] = []
    again = person_row(1, ends_at="2027-01-01T00:00:00Z")
    rows = [*people(1, 2, 3, 4), again, person_row(5), again]
    report = imports(rows, ImportOptions(report=reports.append))
    assert (report.added, report.quarantined) == (5, 2)
    assert [(one.line, one.violations[0].rule) for one in reports] == [(6, "F2"), (8, "F2")]
    assert only_listing(register, citizen(1)).window.ends_at is None
    register.verify_events()


@pytest.mark.usefixtures("small_batches")
def test_a_feed_refused_at_its_end_leaves_nothing(
    imports: Imports, register: Register, register_url: str
) -> None:
    """What was written before the guard spoke is gone, and the next feed is whole (A12)."""
    imports(people(*range(10)))
    before = row_counts(register_url)
    broken = person_row(99, ground="no-such-ground")
    with pytest.raises(FeedRefusedError):
        imports([*people(*range(20, 30)), broken])
    assert row_counts(register_url) == before
    assert imports([*people(*range(8)), *people(*range(20, 30))]).added == 10
    register.verify_events()


def test_a_second_import_says_that_it_waits_and_then_proceeds(
    register: Register, other: Register, pack: Pack
) -> None:
    """Two imports never run at once, and neither is lost."""
    is_waiting, phases = threading.Event(), list[ImportPhase]()
    first, second = Imports(register, pack), Imports(other, pack)

    def hear(phase: ImportPhase, _count: int) -> None:
        phases.append(phase)
        is_waiting.set()

    thread = threading.Thread(
        target=second,
        args=(people(1, 2, 3),),
        kwargs={"sequence": 2, "progress": hear},
    )

    def start(phase: ImportPhase, _count: int) -> None:
        if phase is ImportPhase.READING:
            thread.start()
            assert is_waiting.wait(timeout=60)

    assert first(people(1, 2), progress=start).added == 2
    thread.join()
    assert phases[0] is ImportPhase.WAITING
    assert ImportPhase.WAITING not in phases[phases.index(ImportPhase.READING) :]
    assert set(state(register)) == {citizen(1), citizen(2), citizen(3)}
    assert register.last_change() == 2


_IMPORT = """
    import os, signal, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from gateway.packs import load_pack
    from gateway.register import ImportOptions, ImportPhase, Register
    from gateway.register.feeds import FeedFormat, FeedSource, open_feed

    url, path, last = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    pack = load_pack("cn-joint-discipline")

    def progress(phase: ImportPhase, count: int) -> None:
        if phase is ImportPhase.WRITING:
            print(count, flush=True)
            if count >= last:
                os.kill(os.getpid(), signal.SIGKILL)

    source = FeedSource(path, FeedFormat.JSONL, "consumption-limited")
    with Register.open(url, pack) as register, open_feed(source) as feed:
        definition = pack.lists["consumption-limited"]
        options = ImportOptions(confirm_shrink=True)
        register.import_feed(
            feed, definition=definition, at=datetime.now(UTC), progress=progress, options=options
        )
"""


def importing(url: str, path: Path, *, dies_after: int) -> subprocess.Popen[str]:
    """Start a program that imports a feed, says how far it is, and kills itself after so many rows."""
    command = [sys.executable, "-c", textwrap.dedent(_IMPORT), url, str(path), str(dies_after)]
    return subprocess.Popen(  # noqa: S603 the test's own program
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


def synthetic_feed(folder: Path, parties: int) -> Path:
    """Write a synthetic feed of this many parties."""
    path = folder / "feed.jsonl"
    with path.open("wb") as stream:
        SyntheticFeed(parties, 1).write(stream)
    return path


@pytest.mark.integration
def test_releases_do_not_wait_for_the_feed_of_another_process(
    register: Register, register_url: str, imports: Imports, tmp_path: Path
) -> None:
    """While 20,000 rows are written, one release after the other commits, and none of them is lost."""
    imports(people(*range(60)), sequence=0)
    references = {serial: only_listing(register, citizen(serial)).reference for serial in range(60)}
    released, waits = 0, list[float]()
    with importing(register_url, synthetic_feed(tmp_path, 20_000), dies_after=10**9) as program:
        assert program.stdout is not None
        program.stdout.readline()
        while program.poll() is None and released < len(references):
            begun = time.monotonic()
            register.release(references[released], reason=EndKind.PERFORMED, mandate=MANDATE)
            waits.append(time.monotonic() - begun)
            released += 1
            assert register.count().in_force in {60 - released, 20_060 - released}
    print(f"{released} releases while writing; the longest waited {max(waits):.3f} s")  # noqa: T201 for -s
    assert program.returncode == 0
    assert released >= 5
    assert not {citizen(serial) for serial in range(released)} & set(state(register))
    assert register.count().in_force == 20_060 - released
    register.verify_events()


@pytest.mark.integration
@pytest.mark.parametrize("dies_after", [1, 6_000], ids=["in-the-middle", "before-the-last"])
def test_a_killed_import_leaves_the_state_before_and_the_next_one_works(
    register: Register, register_url: str, imports: Imports, tmp_path: Path, dies_after: int
) -> None:
    """SIGKILL after rows were committed and before they are shown leaves nothing that counts."""
    imports(people(1), sequence=0)
    shown, counts, change = state(register), row_counts(register_url), register.last_change()
    feed_path = synthetic_feed(tmp_path, 6_000)
    with importing(register_url, feed_path, dies_after=dies_after) as program:
        program.communicate()
    assert program.returncode == -signal.SIGKILL
    assert row_counts(register_url)["listing"] > counts["listing"]
    assert (state(register), register.last_change()) == (shown, change)
    assert register.count()._replace(events=0) == (1, 0, 1, 0, 1, 0)
    register.verify_events()
    assert imports(people(1, 2)).added == 1
    assert set(state(register)) == {citizen(1), citizen(2)}
    assert row_counts(register_url)["listing"] == 2
    assert row_counts(register_url)["entry"] == 2
    register.verify_events()


def test_no_statement_writes_a_key_that_others_refer_to(
    imports: Imports, small_batches: None
) -> None:
    """A database that is to keep references sound would look through every listing, while others wait for the turn."""
    assert small_batches is None
    written: list[str] = []

    def take(*arguments: object) -> None:
        written.append(str(arguments[2]))

    listen(Engine, "before_cursor_execute", take)
    try:
        imports([organisation_row(1), responsible_row(2, 1), *people(3, 4, 5)])
        imports([organisation_row(1), *people(3, 4, 6, 7)], CONFIRMED)
    finally:
        remove(Engine, "before_cursor_execute", take)
    changes = [one for one in written if one.startswith(("UPDATE feed", "UPDATE listing"))]
    assert changes
    keys = re.compile(r"SET (?:.*, )?(?:id|reference)=")
    assert [one for one in changes if keys.search(one)] == []
