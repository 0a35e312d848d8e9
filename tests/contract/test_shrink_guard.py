"""The shrink guard, on every database: what of a list one feed may take out of force without a second confirmation."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest

from gateway.mainland_calendar import MainlandCalendar
from gateway.register import (
    EndKind,
    FeedRefusal,
    FeedRefusedError,
    Mandate,
    Register,
    Terms,
)
from gateway.register.feeds.feed import FeedMode
from sanctions_matrix.pack import Pack
from tests.fakes.in_memory_feed import (
    LIST,
    organisation_row,
    person_row,
    responsible_row,
    with_passport,
)
from tests.fakes.register_scene import (
    CONFIRMED,
    PAPER,
    Imports,
    citizen,
    only_listing,
    people,
    state,
)
from tests.fakes.register_story import proposed

Rows = Sequence[Mapping[str, object]]
SOON = "2026-01-01T08:01:00+08:00"
"""A minute after `NOW`."""
MEASURES = ["38", "39"]


def cut_short(register: Register, imports: Imports, rows: Rows, **header: Any) -> str:  # noqa: ANN401 a feed header's fields
    """Import rows that the guard refuses, see that nothing changed, and return the words for how much it was."""
    before = state(register), register.count(), register.last_change()
    with pytest.raises(FeedRefusedError) as refusal:
        imports(rows, **header)
    assert refusal.value.reason is FeedRefusal.SHRINKS
    assert (state(register), register.count(), register.last_change()) == before
    return str(refusal.value)


def test_who_falls_with_an_organisation_counts(register: Register, imports: Imports) -> None:
    """A feed that leaves out one organisation ends all who are responsible for it (A12)."""
    persons = [responsible_row(serial, 1) for serial in range(4)]
    others = people(*range(10, 15))
    imports([organisation_row(1), *persons, *others])
    assert "cut short 5 of 10 " in cut_short(register, imports, [*persons, *others])
    assert imports([*persons, *others], CONFIRMED).ended == 5


CUTS: Mapping[str, Callable[[int], dict[str, object]]] = {
    "other-documents": lambda serial: person_row(serial + 100, record=f"R-{serial}"),
    "a-document-less": person_row,
    "a-measure-less": lambda serial: with_passport(person_row(serial, measures=["38"]), serial),
    "a-shorter-term": lambda serial: with_passport(person_row(serial, ends_at=SOON), serial),
    "a-later-start": lambda serial: with_passport(person_row(serial, starts_at=SOON), serial),
    "another-organisation": lambda serial: with_passport(responsible_row(serial, 1), serial),
}


@pytest.mark.parametrize("mode", list(FeedMode))
@pytest.mark.parametrize("cut", CUTS)
def test_what_a_row_takes_away_counts(
    register: Register, imports: Imports, cut: str, mode: FeedMode
) -> None:
    """Rows that say less than is held cut listings short, in either mode, and too many stop the feed (A12)."""
    held = [with_passport(person_row(serial), serial) for serial in range(9)]
    imports([organisation_row(1), *held])
    less = [CUTS[cut](serial) for serial in range(3)]
    rows = [organisation_row(1), *less, *held[3:]]
    assert "cut short 3 of 10 " in cut_short(register, imports, rows, mode=mode)
    assert imports([organisation_row(1), *less[:2], *held[2:]], mode=mode).changed == 2


def test_what_an_organisations_row_takes_away_counts_for_its_persons(
    register: Register, imports: Imports
) -> None:
    """The term of one organisation is that of all who are responsible for it, and nobody counts twice (A12)."""
    persons = [responsible_row(serial, 1) for serial in range(4)]
    imports([organisation_row(1), *persons, *people(*range(10, 15))])
    shorter = [{**row, "ends_at": SOON} for row in persons[:2]]
    rows = [organisation_row(1, ends_at=SOON), *shorter, *persons[2:], *people(*range(10, 15))]
    assert "cut short 5 of 10 " in cut_short(register, imports, rows)


def test_who_is_left_behind_by_another_organisation_counts(
    register: Register, imports: Imports
) -> None:
    """Persons whose organisation's record names another one end with it, and count (A12)."""
    persons = [responsible_row(serial, 1) for serial in range(4)]
    imports([organisation_row(1), *persons, *people(*range(10, 15))])
    rows = [organisation_row(7, record="O-1"), *persons, *people(*range(10, 15))]
    assert "cut short 5 of 10 " in cut_short(register, imports, rows)


def test_what_is_not_in_force_does_not_hide_what_is(register: Register, imports: Imports) -> None:
    """Proposals and listings that have not begun are no part of the list that is guarded (A12)."""
    waiting = [proposed(person_row(serial)) for serial in range(10, 30)]
    later = [person_row(serial, starts_at=SOON) for serial in range(30, 50)]
    imports([*people(*range(5)), *waiting, *later])
    assert "cut short 5 of 5 " in cut_short(register, imports, [*waiting, *later])
    assert imports([*people(*range(5)), *waiting]).ended == 20


def test_a_row_that_says_more_is_not_weighed(register: Register, imports: Imports) -> None:
    """New documents, measures and later ends are no shrinking."""
    imports([person_row(1, measures=["38"], ends_at=SOON)])
    more = person_row(1, measures=MEASURES, ends_at="2027-01-01T00:00:00+08:00")
    assert imports([with_passport(more, 1)]).changed == 1
    assert only_listing(register, citizen(1)).measures == set(MEASURES)


def test_an_authority_that_does_what_it_owes_is_not_stopped(
    register: Register, imports: Imports, pack: Pack
) -> None:
    """Listings whose removal is owed or was due do not count, nor do the persons who hang on them (A12)."""
    persons = [responsible_row(serial, 1) for serial in (1, 2)]
    imports([organisation_row(1), *persons, *people(*range(10, 20))])
    terms = Terms({LIST: pack.lists[LIST]}, MainlandCalendar())
    references = [
        register.listings_of([citizen(serial)])[citizen(serial)][0].reference for serial in (10, 11)
    ]
    record = register.show(only_listing(register, citizen(1)).reference)
    assert record.responsible_reference is not None
    references.append(record.responsible_reference)
    for reference in references:
        register.owe_removal(
            reference,
            reason=EndKind.PERFORMED,
            on=date(2025, 12, 31),
            mandate=Mandate(PAPER, datetime(2025, 12, 31, 4, tzinfo=UTC), "operator"),
            terms=terms,
        )
    assert imports(people(*range(12, 20))).ended == 5
    assert "cut short 2 of 8 " in cut_short(register, imports, people(*range(14, 20)))
