"""What is published next: endings first, in bounded batches, and nothing for ever."""

from collections.abc import Sequence

import pytest

from gateway.snapshot.backlog import Backlog
from sanctions_matrix.documents import Document
from tests.fakes.in_memory_register import InMemoryRegister
from tests.fakes.synthetic_parties import citizen, listing


def listed(count: int) -> InMemoryRegister:
    """Return a register with so many citizens, each by a change of its own."""
    register = InMemoryRegister()
    for serial in range(count):
        register.put(citizen(serial), listing(f"L{serial}"))
    return register


def drained(backlog: Backlog, register: InMemoryRegister) -> list[tuple[int, int]]:
    """Take everything; returns sizes and covered changes."""
    batches = iter(lambda: backlog.next(register), None)
    return [(len(batch.documents), batch.change) for batch in batches]


def test_batches_are_bounded_and_the_last_covers_all() -> None:
    """The covered change moves with the last batch of what was listed, and not before."""
    register = listed(5)
    backlog = Backlog(0, most=2)
    assert drained(backlog, register) == [(2, 0), (2, 0), (1, 5)]
    assert backlog.next(register) is None


def test_what_changes_meanwhile_is_listed_afterwards() -> None:
    """A change behind what was listed is no part of it, and is not lost."""
    register = listed(3)
    backlog = Backlog(0, most=2)
    backlog.next(register)
    register.put(citizen(9), listing("L9"))
    assert drained(backlog, register) == [(1, 3), (1, 4)]


def test_documents_of_a_large_feed_are_read_batch_by_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a decision waits for one batch, and not until all documents of the feed were read."""
    register = listed(30)
    read: list[int] = []
    documents_of = register.documents_of

    def counted(listings: Sequence[int]) -> Sequence[Document]:
        read.extend(listings)
        return documents_of(listings)

    monkeypatch.setattr(register, "documents_of", counted)
    backlog = Backlog(0, most=4)
    backlog.next(register)
    assert len(read) == 6  # groups of three
    register.put(citizen(0))
    batch = backlog.next(register)
    assert batch is not None
    assert (list(batch.documents), len(read)) == ([citizen(0)], 6)
    assert drained(backlog, register)[-1][1] == 31
    assert len(read) >= 30


def test_an_ending_goes_before_what_waits() -> None:
    """It is in the next batch, alone."""
    register = listed(6)
    backlog = Backlog(0, most=2)
    backlog.next(register)
    register.put(citizen(0))
    batch = backlog.next(register)
    assert batch is not None
    assert (list(batch.documents), batch.change) == ([citizen(0)], 0)


def test_the_newest_ending_goes_before_a_mass_of_others() -> None:
    """One decision does not wait for a feed that ended many."""
    register = listed(9)
    backlog = Backlog(9, most=2)
    for serial in range(8):
        register.put(citizen(serial))
    backlog.next(register)
    register.ease(citizen(8), listing("L8"))
    backlog.next(register)  # one batch of the rest is in between
    batch = backlog.next(register)
    assert batch is not None
    assert citizen(8) in batch.documents


def test_a_decision_about_somebody_whom_a_feed_has_changed_does_not_wait_for_the_feed() -> None:
    """Waiting already keeps nobody at an old place: the batch after the next holds the decision, and it alone."""
    register = listed(9)
    backlog = Backlog(9, most=2)
    register.change(*map(citizen, range(9)))
    backlog.next(register)
    register.put(citizen(4))
    backlog.next(register)  # one batch of the rest is in between
    batch = backlog.next(register)
    assert batch is not None
    assert list(batch.documents) == [citizen(4)]


def test_a_decision_goes_before_changed_rows_that_are_seen_with_it() -> None:
    """A publisher that begins behind both takes the decision first, though the feed is newer."""
    register = listed(9)
    register.put(citizen(4))
    register.change(*(citizen(serial) for serial in range(9) if serial != 4))
    batch = Backlog(9, most=2).next(register)
    assert batch is not None
    assert list(batch.documents) == [citizen(4)]


def test_a_feed_does_not_hold_up_a_decision_that_waits() -> None:
    """Who is decided about keeps the place when a row of a feed changes them afterwards, and is published once."""
    register = listed(5)
    backlog = Backlog(5, most=1)
    register.put(citizen(3))
    register.put(citizen(4))
    backlog.next(register)
    register.change(*map(citizen, range(5)))
    eased = []
    while (batch := backlog.next(register)) is not None:
        eased.append(batch.documents[0])
    assert eased[1] == citizen(3)
    assert eased[0] == citizen(0)  # of the rest


def test_the_newer_of_two_decisions_goes_first_also_about_somebody_who_waits() -> None:
    """Deciding again moves a party to the front."""
    register = listed(5)
    backlog = Backlog(5, most=1)
    for serial in range(3):
        register.put(citizen(serial))
    backlog.next(register)
    register.ease(citizen(0), listing("L0"))
    backlog.next(register)  # one batch of the rest is in between
    batch = backlog.next(register)
    assert batch is not None
    assert list(batch.documents) == [citizen(0)]


def test_endings_do_not_starve_the_rest() -> None:
    """Between two batches of endings stands one of everything else."""
    register = listed(3)
    backlog = Backlog(0, most=1)
    taken: list[Document] = []
    for serial in range(3, 9):
        register.put(citizen(serial))
        batch = backlog.next(register)
        assert batch is not None
        taken += batch.documents
    assert taken == [citizen(serial) for serial in (3, 0, 5, 1, 7, 2)]


def test_a_single_ending_covers_its_change() -> None:
    """When nothing else changed, one delta is all that there is to publish."""
    register = listed(3)
    backlog = Backlog(3, most=2)
    register.put(citizen(0))
    assert drained(backlog, register) == [(1, 4)]


def test_endings_only_leaves_the_rest() -> None:
    """While a full snapshot is compiled nothing else is published, and nothing is forgotten."""
    register = listed(3)
    backlog = Backlog(0, most=2)
    register.put(citizen(0))
    assert backlog.next(register, endings_only=True) is not None
    assert backlog.next(register, endings_only=True) is None
    assert [size for size, _ in drained(backlog, register)] == [2, 1]
