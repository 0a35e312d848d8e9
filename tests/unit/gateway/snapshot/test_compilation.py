"""Compiling: the register's listings under pseudonyms, in order, whatever the clock says."""

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest

from gateway.snapshot.compilation import Compiler, Spool
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


def test_everything_is_compiled(compiler: Compiler, register: InMemoryRegister) -> None:
    """A full snapshot has one record for every listed document, and none for a released one."""
    records = list(compiler.all_records(register, {}))
    assert sorted(pseudonym for pseudonym, _ in records) == sorted(
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


def test_documents_are_compiled_and_nothing_else(
    compiler: Compiler, register: InMemoryRegister
) -> None:
    """A delta holds the documents that it was made for; the record of a released one is empty."""
    register.put(citizen(1))
    records = compiler.records_of(register, [citizen(0), citizen(1)], {})
    assert records.keys() == {PSEUDONYMISER.of(citizen(0)), PSEUDONYMISER.of(citizen(1))}
    assert records[PSEUDONYMISER.of(citizen(0))]
    assert records[PSEUDONYMISER.of(citizen(1))] == b""


def test_a_delta_and_a_full_snapshot_write_one_record(
    compiler: Compiler, register: InMemoryRegister
) -> None:
    """The same listings are the same bytes whichever way they are published."""
    routes: dict[bytes, bytes] = {}
    full = dict(compiler.all_records(register, routes))
    documents = [citizen(serial) for serial in range(11)]
    assert compiler.records_of(register, documents, routes) == full


def test_many_changes_are_all_compiled(compiler: Compiler) -> None:
    """Reading the register in chunks loses nobody at their borders."""
    register = InMemoryRegister()
    for serial in range(1_001):
        register.put(citizen(serial), listing(f"L{serial}"))
    documents = [citizen(serial) for serial in range(1_001)]
    records = compiler.records_of(register, documents, {})
    assert len(records) == 1_001
    assert all(records.values())


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


def sorted_by_spool(records: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return what a spool makes of ``records``."""
    with Spool() as spool:
        for pseudonym, record in records:
            spool.add(pseudonym, record)
        return [pair for run in spool.runs() for pair in run]


def test_sorting_on_disk_is_sorting() -> None:
    """Records of every length come back whole and in the order of their pseudonyms."""
    chance = random.Random(7)
    records = [(chance.randbytes(16), chance.randbytes(chance.randrange(300))) for _ in range(500)]
    assert sorted_by_spool(records) == sorted(pair for pair in records if pair[1])
    assert sorted_by_spool([]) == []


def test_the_last_record_of_a_pseudonym_counts() -> None:
    """What was compiled later replaces what was spooled before, and a record that became empty is gone."""
    one, two = bytes(16), bytes(15) + b"\1"
    assert sorted_by_spool([(one, b"old"), (two, b"kept"), (one, b"new")]) == [
        (one, b"new"),
        (two, b"kept"),
    ]
    assert sorted_by_spool([(one, b"old"), (two, b"kept"), (one, b"")]) == [(two, b"kept")]


def test_runs_do_not_share_first_bytes() -> None:
    """A run may be hashed by itself: no bucket of the content digest reaches into the next."""
    chance = random.Random(8)
    with Spool() as spool:
        for _ in range(2_000):
            spool.add(chance.randbytes(16), b"record")
        runs = [{pseudonym[0] for pseudonym, _ in run} for run in spool.runs()]
    assert all(len(firsts) == 1 for firsts in runs)
    assert len(set().union(*runs)) == len(runs)
