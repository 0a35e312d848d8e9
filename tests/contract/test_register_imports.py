"""The contract of the register, on every database it runs on: what a feed adds, changes and ends."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.register import (
    EndKind,
    FeedRefusedError,
    ImportOptions,
    ImportReport,
    Mandate,
    Register,
    RowReport,
)
from gateway.register.feeds.feed import FeedMode, FeedRow, unreadable
from sanctions_matrix.listing import Window
from sanctions_matrix.pack import Pack
from tests.fakes.in_memory_feed import (
    LIST,
    InMemoryFeed,
    person_row,
    with_passport,
)
from tests.fakes.register_scene import (
    CONFIRMED,
    NOW,
    PAPER,
    Imports,
    citizen,
    only_listing,
    passport,
    people,
    state,
)


def test_a_feed_becomes_listings_that_reach_exactly_the_documents_named(
    register: Register, imports: Imports
) -> None:
    """Each row of a feed is in force for its own documents and for no other."""
    report = imports([with_passport(person_row(1), 1), person_row(2)])
    assert (report.rows, report.added, report.quarantined, report.change) == (2, 2, 0, 1)
    assert set(state(register)) == {citizen(1), passport(1), citizen(2)}
    assert only_listing(register, citizen(1)) == only_listing(register, passport(1))
    assert register.listings_of([citizen(3)]) == {citizen(3): []}


def test_a_listing_comes_back_as_it_was_submitted(register: Register, imports: Imports) -> None:
    """Window, measures, authority and contest route survive the database unchanged."""
    imports([person_row(1, measures=["38", "40"], ends_at="2027-05-01T00:00:00.5+08:00")])
    listing = only_listing(register, citizen(1))
    assert listing.measures == {"38", "40"}
    assert listing.window == Window(
        datetime(2024, 4, 30, 16, tzinfo=UTC), datetime(2027, 4, 30, 16, 0, 0, 500_000, tzinfo=UTC)
    )
    assert listing.authority == "Synthetic People's Court"
    assert listing.contest.address == "1 Example Road"


def test_a_document_in_several_listings_gets_them_all(register: Register, imports: Imports) -> None:
    """Two rows that name one document give it two listings."""
    imports([person_row(1), person_row(1, record="R-1-again")])
    assert len(register.listings_of([citizen(1)])[citizen(1)]) == 2


def test_the_same_feed_again_changes_nothing(register: Register, imports: Imports) -> None:
    """A repeated feed moves neither the change counter nor the event log."""
    rows = [person_row(1), person_row(2, ground="no-such-ground")]
    first = imports(rows, sequence=7)
    before = register.count()
    again = imports(rows, sequence=7)
    assert again.is_repeated
    assert (again.unchanged, again.quarantined, again.change) == (1, 1, None)
    assert again.feed_id == first.feed_id
    assert register.count() == before
    assert register.last_change() == 1


def test_a_released_listing_is_told_when_the_same_feed_comes_again(
    register: Register, imports: Imports
) -> None:
    """The feed that was imported before the release neither brings anybody back nor counts it as listed (A12)."""
    imports(people(1, 2), sequence=7)
    reference = only_listing(register, citizen(1)).reference
    register.release(reference, reason=EndKind.PERFORMED, mandate=Mandate(PAPER, NOW, "operator"))
    before = register.count(), register.verify_events()
    reports: list[RowReport] = []
    again = imports(people(1, 2), ImportOptions(report=reports.append), sequence=7)
    assert (again.is_repeated, again.unchanged, again.quarantined, again.kept) == (True, 1, 1, 0)
    assert [(one.line, one.violations[0].rule) for one in reports] == [(2, "A12")]
    assert (register.count(), register.verify_events()) == before


def test_a_new_delivery_of_the_same_rows_moves_no_change_number(
    register: Register, imports: Imports
) -> None:
    """Rows that say the same are unchanged, whatever their order and that of their documents."""
    imports([with_passport(person_row(1), 1), person_row(2)])
    report = imports([person_row(2), with_passport(person_row(1), 1)])
    assert (report.unchanged, report.change) == (2, None)
    assert register.last_change() == 1
    assert register.count().feeds == 2


def test_what_a_full_feed_no_longer_names_has_ended(register: Register, imports: Imports) -> None:
    """A listing absent from a full feed is withdrawn and its document reported as changed."""
    imports(people(*range(10)))
    reference = only_listing(register, citizen(0)).reference
    report = imports(people(*range(1, 10)))
    assert (report.ended, report.unchanged, report.change) == (1, 9, 2)
    assert register.listings_of([citizen(0)]) == {citizen(0): []}
    assert register.changed_documents(1) == [citizen(0)]
    record = register.show(reference)
    assert record.ended_as == EndKind.WITHDRAWN
    assert [one.kind for one in record.history] == ["listing.added", "listing.ended"]


def test_a_listing_whose_term_ran_out_ends_as_expired(register: Register, imports: Imports) -> None:
    """An expired listing that a feed leaves out is not counted as removed by the guard."""
    imports([person_row(1, ends_at="2025-05-01T00:00:00+08:00"), person_row(2)])
    reference = only_listing(register, citizen(1)).reference
    assert imports(people(2)).ended == 1
    assert register.show(reference).ended_as == EndKind.EXPIRED


def test_nobody_is_served_on_a_day_that_has_not_begun_at_the_court(
    register: Register, pack: Pack
) -> None:
    """A notice of 1 April is refused until it is midnight at the list's place, eight hours before UTC's (A4)."""
    row = person_row(1, starts_at="2027-03-01T00:00:00+08:00")
    midnight = datetime(2024, 3, 31, 16, tzinfo=UTC)
    before = midnight - timedelta(microseconds=1)
    reports = [
        register.import_feed(
            InMemoryFeed([row], sequence=sequence), definition=pack.lists[LIST], at=at
        )
        for sequence, at in enumerate((before, midnight), start=1)
    ]
    assert [(one.added, one.quarantined) for one in reports] == [(0, 1), (1, 0)]


def test_a_feed_of_changes_ends_nothing(register: Register, imports: Imports) -> None:
    """In a feed of changes absence means nothing."""
    imports(people(1, 2))
    report = imports(people(3), mode=FeedMode.CHANGES)
    assert (report.added, report.ended) == (1, 0)
    assert set(state(register)) == {citizen(1), citizen(2), citizen(3)}


def test_a_quarantined_row_leaves_the_held_listing_as_it_is(
    register: Register, imports: Imports
) -> None:
    """A row that breaks a rule neither changes nor removes the listing held for its record."""
    imports(people(1, 2))
    held = only_listing(register, citizen(1))
    report = imports([with_passport(person_row(1, ground="no-such-ground"), 1), person_row(2)])
    assert (report.quarantined, report.kept, report.ended, report.change) == (1, 1, 0, None)
    assert only_listing(register, citizen(1)) == held
    assert register.listings_of([passport(1)]) == {passport(1): []}


def test_every_broken_rule_is_reported_with_its_line(imports: Imports) -> None:
    """The report names line and rules, and no document number is kept with it."""
    reports: list[RowReport] = []
    row = person_row(1, ground="none", contest={"body": "only"})
    imports([person_row(2), row], ImportOptions(report=reports.append))
    (report,) = reports
    assert report.line == 3
    assert {"A3", "A10"} <= {violation.rule for violation in report.violations}
    assert citizen(1).number not in repr(report)


def test_a_row_that_cannot_be_identified_withholds_endings(
    register: Register, imports: Imports
) -> None:
    """While any row is unreadable, an absent listing may be that row: it is not ended."""
    imports(people(*range(10)))
    broken = FeedRow(2, None, None, (unreadable("cannot be read", "无法读取"),))
    report = imports([broken, *people(*range(1, 10))])
    assert (report.quarantined, report.withheld, report.ended) == (1, 1, 0)
    assert citizen(0) in state(register)


def test_a_record_given_twice_counts_once(register: Register, imports: Imports) -> None:
    """The second row of a record is quarantined, for new records and for held ones."""
    again = person_row(1, ends_at="2027-01-01T00:00:00Z")
    assert imports([person_row(1), again]).quarantined == 1
    assert imports([person_row(1), again]).quarantined == 1
    assert only_listing(register, citizen(1)).window.ends_at is None


def test_a_changed_row_changes_the_listing_under_the_same_reference(
    register: Register, imports: Imports
) -> None:
    """A new end replaces the old one, and only that document is reported as changed."""
    imports(people(1, 2))
    before = only_listing(register, citizen(1))
    rows = [person_row(1, ends_at="2027-01-01T00:00:00Z"), person_row(2)]
    report = imports(rows, CONFIRMED)
    after = only_listing(register, citizen(1))
    assert (report.changed, report.unchanged) == (1, 1)
    assert after.reference == before.reference
    assert after.window.ends_at == datetime(2027, 1, 1, tzinfo=UTC)
    assert register.changed_documents(1) == [citizen(1)]


def test_a_document_that_a_listing_no_longer_names_is_reported_as_changed(
    register: Register, imports: Imports
) -> None:
    """A dropped document loses the listing, and a delta learns of it; named again, it is back."""
    imports([with_passport(person_row(1), 1)])
    imports([person_row(1)], CONFIRMED)
    assert register.listings_of([passport(1)]) == {passport(1): []}
    assert set(register.changed_documents(1)) == {citizen(1), passport(1)}
    imports([with_passport(person_row(1), 1)])
    assert set(state(register)) == {citizen(1), passport(1)}


def test_a_listing_ended_by_absence_comes_back_with_the_feed(
    register: Register, imports: Imports
) -> None:
    """The authority that left a row out may put it in again."""
    imports(people(1, 2))
    imports(people(2), CONFIRMED)
    report = imports(people(1, 2))
    assert report.reopened == 1
    assert set(state(register)) == {citizen(1), citizen(2)}


def test_a_released_listing_does_not_come_back_with_a_late_feed(
    register: Register, imports: Imports
) -> None:
    """An agency whose data lag cannot restrict somebody again who was released (A12)."""
    imports(people(1, 2))
    reference = only_listing(register, citizen(1)).reference
    register.release(reference, reason=EndKind.PERFORMED, mandate=Mandate(PAPER, NOW, "operator"))
    reports: list[RowReport] = []
    report = imports(people(1, 2), ImportOptions(report=reports.append))
    assert (report.quarantined, report.change) == (1, None)
    assert [violation.rule for violation in reports[0].violations] == ["A12"]
    assert set(state(register)) == {citizen(2)}


def test_an_incomplete_row_never_replaces_what_is_held(
    register: Register, imports: Imports
) -> None:
    """An entry whose file stops in its middle may list somebody, but takes no document away."""

    def cut_off(row: dict[str, object]) -> FeedRow:
        return FeedRow(2, str(row["record"]), row, is_incomplete=True)

    assert imports([cut_off(with_passport(person_row(1), 1)), person_row(2)]).added == 2
    reports: list[RowReport] = []
    report = imports([cut_off(person_row(1)), person_row(2)], ImportOptions(report=reports.append))
    assert (report.quarantined, report.kept, report.changed, report.change) == (1, 1, 0, None)
    assert [violation.rule for violation in reports[0].violations] == ["F3"]
    assert set(state(register)) == {citizen(1), passport(1), citizen(2)}
    again = imports([cut_off(with_passport(person_row(1), 1)), person_row(2)])
    assert (again.unchanged, again.quarantined) == (2, 0)


def test_an_undated_feed_keeps_the_dates_of_the_first_publication(
    register: Register, imports: Imports
) -> None:
    """Dates of publication do not make a listing change; a changed listing keeps its first ones."""

    def published(day: str, row: dict[str, object]) -> dict[str, object]:
        ruling = row["ruling"]
        assert isinstance(ruling, dict)
        dates = {"notice": {"served_on": day}, "starts_at": f"{day}T00:00:00+08:00"}
        return row | dates | {"ruling": ruling | {"dated": day}}

    def publish(day: str, *rows: dict[str, object]) -> ImportReport:
        dated = [published(day, row) for row in rows]
        return imports(dated, sequence=int(day.replace("-", "")), is_undated=True)

    publish("2024-05-01", person_row(1), person_row(2))
    first = only_listing(register, citizen(1)).window
    assert publish("2024-06-01", person_row(1), person_row(2)).change is None
    report = publish("2024-07-01", with_passport(person_row(1), 1), person_row(2))
    assert report.changed == 1
    record = register.show(only_listing(register, passport(1)).reference)
    assert record.listing.window == first
    assert record.ruling_dated.isoformat() == "2024-05-01"
    assert str(record.served_on) == "2024-05-01"


def test_two_publications_of_one_day_are_both_imported(imports: Imports) -> None:
    """An undated feed may repeat its sequence with new content, but not with content seen before."""
    first, second = people(1, 2, 3, 4, 5), people(1, 2, 3, 4, 5, 6)
    imports(first, sequence=20240501, is_undated=True)
    assert imports(second, sequence=20240501, is_undated=True).added == 1
    with pytest.raises(FeedRefusedError, match="imported before"):
        imports(first, sequence=20240501, is_undated=True)


def test_two_authorities_number_their_records_and_their_feeds_each_for_itself(
    register: Register, imports: Imports
) -> None:
    """A full feed speaks for the listings of its own authority only, and so do its sequence and the guard (A12)."""
    imports(people(*range(10)), sequence=7)
    other: dict[str, Any] = {"authority": "Synthetic Court of Erewhon"}
    assert imports([person_row(20, record="R-1"), person_row(21)], sequence=1, **other).added == 2
    assert only_listing(register, citizen(1)) != only_listing(register, citizen(20))
    assert imports(people(20, 21), CONFIRMED, sequence=2, **other).ended == 1
    assert set(state(register)) == {citizen(serial) for serial in (*range(10), 20, 21)}
    with pytest.raises(FeedRefusedError, match="cut short 3 of 10"):
        imports(people(*range(7)), sequence=8)
    with pytest.raises(FeedRefusedError, match="older"):
        imports(people(20), CONFIRMED, sequence=1, **other)


def test_a_feed_takes_effect_when_it_was_written_and_not_when_it_began(
    register: Register, imports: Imports
) -> None:
    """What is recorded of it, and of what it ends, bears the instant of its last transaction."""
    imports(people(*range(10)))
    reference = only_listing(register, citizen(0)).reference
    later = NOW + timedelta(hours=1)
    imports(people(*range(1, 10)), ImportOptions(clock=lambda: later))
    record = register.show(reference)
    assert (record.ended_at, record.history[-1].at) == (later, later)
