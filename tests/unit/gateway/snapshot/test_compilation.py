"""Compiling: the register's listings under pseudonyms, in order, whatever the clock says."""

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest

from gateway.snapshot.compilation import Compiler, sorted_on_disk
from gateway.snapshot.pseudonyms import Pseudonymiser
from gateway.snapshot.records import RecordFormat
from sanctions_matrix.documents import Document
from sanctions_matrix.evaluation import Matrix
from sanctions_matrix.listing import Listing
from sanctions_matrix.pack import Pack
from tests.fakes.in_memory_register import InMemoryRegister
from tests.fakes.synthetic_parties import LISTED_AT, citizen, listing

PSEUDONYMISER = Pseudonymiser(bytes(32))


@pytest.fixture
def compiler(pack: Pack, matrix: Matrix) -> Compiler:
    """A compiler of the mission's pack."""
    return Compiler(PSEUDONYMISER, RecordFormat(pack, matrix))


@pytest.fixture
def register() -> InMemoryRegister:
    """A register with twelve listed citizens, the last of whom was released again."""
    register = InMemoryRegister()
    for serial in range(12):
        register.put(citizen(serial), listing(f"L{serial}"))
    register.put(citizen(11))
    return register


def test_everything_is_compiled_in_order(compiler: Compiler, register: InMemoryRegister) -> None:
    """A full snapshot has one record for every listed document, sorted, and none for a released one."""
    records = list(compiler.all_records(register, {}))
    assert [pseudonym for pseudonym, _ in records] == sorted(
        PSEUDONYMISER.of(citizen(serial)) for serial in range(11)
    )


class TalkativeRegister(InMemoryRegister):
    """A register that also names documents without listings."""

    def all_listings(self) -> Iterator[tuple[Document, list[Listing]]]:
        """Return what is listed, and one document that is not."""
        yield from super().all_listings()
        yield citizen(99), []


def test_a_document_without_listings_has_no_record(compiler: Compiler) -> None:
    """An empty record in a full snapshot would be a party about whom nothing can be said."""
    register = TalkativeRegister()
    register.put(citizen(0), listing())
    records = dict(compiler.all_records(register, {}))
    assert records.keys() == {PSEUDONYMISER.of(citizen(0))}


def test_changes_are_compiled_and_nothing_else(
    compiler: Compiler, register: InMemoryRegister
) -> None:
    """A delta holds the documents that changed since; the record of a released one is empty."""
    since = register.last_change()
    register.put(citizen(0), listing("L0", measures=["38"]))
    register.put(citizen(1))
    records = dict(compiler.changed_records(register, since, {}))
    assert records.keys() == {PSEUDONYMISER.of(citizen(0)), PSEUDONYMISER.of(citizen(1))}
    assert records[PSEUDONYMISER.of(citizen(0))]
    assert records[PSEUDONYMISER.of(citizen(1))] == b""


def test_a_delta_and_a_full_snapshot_write_one_record(
    compiler: Compiler, register: InMemoryRegister
) -> None:
    """The same listings are the same bytes whichever way they are published."""
    routes: dict[bytes, bytes] = {}
    full = dict(compiler.all_records(register, routes))
    delta = {
        pseudonym: record
        for pseudonym, record in compiler.changed_records(register, 0, routes)
        if record
    }
    assert delta == full


def test_many_changes_are_all_compiled(compiler: Compiler) -> None:
    """Reading the register in chunks loses nobody at their borders."""
    register = InMemoryRegister()
    for serial in range(1_001):
        register.put(citizen(serial), listing(f"L{serial}"))
    assert len(dict(compiler.changed_records(register, 0, {}))) == 1_001


def test_an_expired_listing_is_compiled(compiler: Compiler) -> None:
    """What is compiled does not depend on the clock; the engine knows that the listing is over."""
    register = InMemoryRegister()
    register.put(citizen(0), listing(ends_at=LISTED_AT + timedelta(seconds=1)))
    assert len(list(compiler.all_records(register, {}))) == 1


def test_routes_are_collected(compiler: Compiler, register: InMemoryRegister) -> None:
    """The routes that the records name are complete when the last record is out."""
    routes: dict[bytes, bytes] = {}
    list(compiler.all_records(register, routes))
    assert len(routes) == 1


def test_sorting_on_disk_is_sorting() -> None:
    """Records of every length come back whole and in the order of their pseudonyms."""
    chance = random.Random(7)
    records = [(chance.randbytes(16), chance.randbytes(chance.randrange(300))) for _ in range(500)]
    assert list(sorted_on_disk(iter(records))) == sorted(records)
    assert list(sorted_on_disk([])) == []
