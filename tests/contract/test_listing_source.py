"""One suite for every register that snapshots can be compiled from: the one in memory, and the real one."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from gateway.register import ImportOptions, Register
from gateway.snapshot.compilation import ListingSource
from sanctions_matrix.pack import Pack
from tests.fakes.fixed_clock import MORNING
from tests.fakes.in_memory_feed import LIST, InMemoryFeed, person_row
from tests.fakes.in_memory_register import InMemoryRegister
from tests.fakes.synthetic_parties import citizen, listing


@dataclass
class Source:
    """A register under test.

    Attributes:
        view: opens it for reading.
        list_exactly: makes these citizens listed and nobody else.
    """

    view: Callable[[], AbstractContextManager[ListingSource]]
    list_exactly: Callable[[set[int]], object]


def in_memory() -> Source:
    """Return the register in memory."""
    register, held = InMemoryRegister(), set[int]()

    def list_exactly(serials: set[int]) -> None:
        for serial in sorted(held ^ serials):
            register.put(citizen(serial), *([listing(f"L{serial}")] if serial in serials else []))
        held.clear()
        held.update(serials)

    return Source(register.view, list_exactly)


def on_database(register: Register, pack: Pack) -> Source:
    """Return the real register, which learns of listings through feeds."""
    sequences = count(1)

    def list_exactly(serials: set[int]) -> None:
        rows = [person_row(serial) for serial in sorted(serials)]
        feed = InMemoryFeed(rows, sequence=next(sequences))
        options = ImportOptions(confirm_shrink=True)
        register.import_feed(feed, definition=pack.lists[LIST], at=MORNING, options=options)

    return Source(register.view, list_exactly)


@pytest.fixture(params=["memory", "database"])
def source(request: pytest.FixtureRequest, pack: Pack, quick_path: Path) -> Iterator[Source]:
    """Each kind of register in turn, with nobody listed."""
    if request.param == "memory":
        yield in_memory()
        return
    with Register.open(f"sqlite:///{quick_path / 'register.sqlite'}", pack) as register:
        yield on_database(register, pack)


def changed(source: Source, since: int) -> set[str]:
    """Return the numbers of the documents that changed after ``since``."""
    with source.view() as view:
        return {document.number for document in view.changed_documents(since)}


def numbers(*serials: int) -> set[str]:
    """Return the numbers of some citizens."""
    return {citizen(serial).number for serial in serials}


def last_change(source: Source) -> int:
    """Return the number of the newest change."""
    with source.view() as view:
        return view.last_change()


def test_a_new_register_lists_nobody(source: Source) -> None:
    """Nothing has changed, nobody is listed, and asking about somebody says so."""
    with source.view() as view:
        assert view.last_change() == 0
        assert list(view.changed_documents(0)) == []
        assert list(view.all_listings()) == []
        assert view.listings_of([citizen(0)]) == {citizen(0): []}


def test_a_change_has_a_number_and_its_documents(source: Source) -> None:
    """What changed after a number is found by it, and nothing that was there before."""
    source.list_exactly({0, 1})
    first = last_change(source)
    assert first > 0
    assert changed(source, 0) == numbers(0, 1)
    source.list_exactly({0, 1, 2})
    assert last_change(source) > first
    assert changed(source, first) == numbers(2)
    assert changed(source, last_change(source)) == set()


def test_listings_that_changed_lead_to_the_documents_that_did(source: Source) -> None:
    """Who reads them group by group misses nobody, also those whose listing ended."""
    source.list_exactly(set(range(8)))
    first = last_change(source)
    source.list_exactly(set(range(2, 9)))
    with source.view() as view:
        for since, expected in ((0, numbers(*range(9))), (first, numbers(0, 1, 8))):
            groups = [view.documents_of(group) for group in view.changed_listings(since)]
            assert {document.number for group in groups for document in group} == expected
        assert list(view.changed_listings(last_change(source))) == []


def test_an_end_is_a_change(source: Source) -> None:
    """The document of a listing that ended is among the changed ones, without a listing."""
    source.list_exactly({0, 1})
    since = last_change(source)
    source.list_exactly({0})
    assert changed(source, since) == numbers(1)
    with source.view() as view:
        assert view.listings_of([citizen(1)]) == {citizen(1): []}
        assert [document for document, _ in view.all_listings()] == [citizen(0)]


def eased(source: Source, since: int) -> set[str]:
    """Return the numbers of the documents that were eased after ``since``, of whatever urgency."""
    with source.view() as view:
        return {document.number for group in view.eased_documents(since) for document in group}


def test_an_end_is_an_easing_and_a_new_listing_is_none(source: Source) -> None:
    """What works for a party is found by itself, so that it can be published first."""
    source.list_exactly({0, 1})
    since = last_change(source)
    assert eased(source, 0) == set()
    source.list_exactly({0, 2})
    assert numbers(1) <= eased(source, since)
    assert not eased(source, since) & numbers(2)
    assert eased(source, last_change(source)) == set()


def test_the_count_of_changes_is_never_too_small(source: Source) -> None:
    """Whether a full snapshot is the shorter way is decided by it."""
    source.list_exactly({0, 1, 2})
    since = last_change(source)
    with source.view() as view:
        assert view.count_changed(0) >= 3
        assert view.count_changed(since) == 0
    source.list_exactly({0, 3})
    with source.view() as view:
        assert view.count_changed(since) >= len(view.changed_documents(since)) == 3


def test_nothing_new_is_no_change(source: Source) -> None:
    """The same state again moves no number, so that nothing is published for it."""
    source.list_exactly({0})
    before = last_change(source)
    source.list_exactly({0})
    assert last_change(source) == before


def test_both_ways_of_reading_agree(source: Source) -> None:
    """Everything at once and document by document give the same listings."""
    source.list_exactly({0, 1, 2})
    with source.view() as view:
        everything = dict(view.all_listings())
        assert everything == view.listings_of([citizen(serial) for serial in range(3)])
        assert all(len(listings) == 1 for listings in everything.values())
