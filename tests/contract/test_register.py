"""The contract of the register, on every database it runs on."""

import os
import signal
import subprocess
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from gateway.register import (
    DatabaseError,
    EndKind,
    EventLogError,
    FeedRefusal,
    FeedRefusedError,
    ImportOptions,
    ImportReport,
    LifeCycleError,
    Mandate,
    Register,
    RowReport,
    SchemaError,
    UnknownReferenceError,
)
from gateway.register.engine import open_engines
from gateway.register.feeds.feed import FeedMode, FeedRow, unreadable
from gateway.register.feeds.opening import FeedFormat, FeedSource, open_feed
from gateway.register.feeds.synthetic import SyntheticFeed
from sanctions_matrix import synthetic
from sanctions_matrix.documents import Document
from sanctions_matrix.listing import Exemption, Listing, Window
from sanctions_matrix.pack import Pack
from tests.fakes.in_memory_feed import (
    LIST,
    InMemoryFeed,
    organisation_row,
    person_row,
    responsible_row,
    with_passport,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PAPER = "(2026) Decision No. 1"
CONFIRMED = ImportOptions(confirm_shrink=True)

Import = Callable[..., ImportReport]


@pytest.fixture
def register(register_url: str, pack: Pack) -> Iterator[Register]:
    """An empty register."""
    with Register.open(register_url, pack) as opened:
        yield opened


@pytest.fixture
def imports(register: Register, pack: Pack) -> Import:
    """Import rows as a feed of the next sequence."""
    sequences = iter(range(1, 1_000))

    def run(
        rows: Sequence[object], options: ImportOptions | None = None, **header: object
    ) -> ImportReport:
        header.setdefault("sequence", next(sequences))
        feed = InMemoryFeed(rows, **header)  # type: ignore[arg-type]
        return register.import_feed(feed, definition=pack.lists[LIST], at=NOW, options=options)

    return run


def citizen(serial: int) -> Document:
    """Return the document of a synthetic citizen."""
    return Document("cn-ric", synthetic.citizen_number(serial))


def passport(serial: int) -> Document:
    """Return the passport of a synthetic citizen."""
    return Document("passport:UTO", synthetic.passport_number(serial))


def organisation(serial: int) -> Document:
    """Return the document of a synthetic organisation."""
    return Document("cn-uscc", synthetic.organisation_code(serial))


def only_listing(register: Register, document: Document) -> Listing:
    """Return the one listing in force that names a document."""
    (listing,) = register.listings_of([document])[document]
    return listing


def state(register: Register) -> dict[Document, list[Listing]]:
    """Return everything in force."""
    return dict(register.all_listings())


def people(*serials: int) -> list[dict[str, object]]:
    """Return rows of synthetic citizens."""
    return [person_row(serial) for serial in serials]


def test_a_feed_becomes_listings_that_reach_exactly_the_documents_named(
    register: Register, imports: Import
) -> None:
    """Each row of a feed is in force for its own documents and for no other."""
    report = imports([with_passport(person_row(1), 1), person_row(2)])
    assert (report.rows, report.added, report.quarantined, report.change) == (2, 2, 0, 1)
    assert set(state(register)) == {citizen(1), passport(1), citizen(2)}
    assert only_listing(register, citizen(1)) == only_listing(register, passport(1))
    assert register.listings_of([citizen(3)]) == {citizen(3): []}


def test_a_listing_comes_back_as_it_was_submitted(register: Register, imports: Import) -> None:
    """Window, measures, authority and contest route survive the database unchanged."""
    imports([person_row(1, measures=["38", "40"], ends_at="2027-05-01T00:00:00.5+08:00")])
    listing = only_listing(register, citizen(1))
    assert listing.measures == {"38", "40"}
    assert listing.window == Window(
        datetime(2024, 4, 30, 16, tzinfo=UTC), datetime(2027, 4, 30, 16, 0, 0, 500_000, tzinfo=UTC)
    )
    assert listing.authority == "Synthetic People's Court"
    assert listing.contest.address == "1 Example Road"


def test_a_document_in_several_listings_gets_them_all(register: Register, imports: Import) -> None:
    """Two rows that name one document give it two listings."""
    imports([person_row(1), person_row(1, record="R-1-again")])
    assert len(register.listings_of([citizen(1)])[citizen(1)]) == 2


def test_the_same_feed_again_changes_nothing(register: Register, imports: Import) -> None:
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


def test_a_new_delivery_of_the_same_rows_moves_no_change_number(
    register: Register, imports: Import
) -> None:
    """Rows that say the same are unchanged, whatever their order and that of their documents."""
    imports([with_passport(person_row(1), 1), person_row(2)])
    report = imports([person_row(2), with_passport(person_row(1), 1)])
    assert (report.unchanged, report.change) == (2, None)
    assert register.last_change() == 1
    assert register.count().feeds == 2


def test_what_a_full_feed_no_longer_names_has_ended(register: Register, imports: Import) -> None:
    """A listing absent from a full feed is withdrawn and its document reported as changed."""
    imports(people(*range(10)))
    reference = only_listing(register, citizen(0)).reference
    report = imports(people(*range(1, 10)))
    assert (report.ended, report.unchanged, report.change) == (1, 9, 2)
    assert register.listings_of([citizen(0)]) == {citizen(0): []}
    assert register.changed_documents(1) == [citizen(0)]
    record = register.show(reference)
    assert record.ended_as == EndKind.WITHDRAWN
    assert [event.kind for event in record.events] == ["listing.added", "listing.ended"]


def test_a_listing_whose_term_ran_out_ends_as_expired(register: Register, imports: Import) -> None:
    """An expired listing that a feed leaves out is not counted as removed by the guard."""
    imports([person_row(1, ends_at="2025-05-01T00:00:00+08:00"), person_row(2)])
    reference = only_listing(register, citizen(1)).reference
    assert imports(people(2)).ended == 1
    assert register.show(reference).ended_as == EndKind.EXPIRED


def test_a_feed_of_changes_ends_nothing(register: Register, imports: Import) -> None:
    """In a feed of changes absence means nothing."""
    imports(people(1, 2))
    report = imports(people(3), mode=FeedMode.CHANGES)
    assert (report.added, report.ended) == (1, 0)
    assert set(state(register)) == {citizen(1), citizen(2), citizen(3)}


def test_a_feed_that_shrinks_the_list_beyond_the_guard_is_refused(
    register: Register, imports: Import
) -> None:
    """Removing more than a fifth leaves everything as it was until it is confirmed (A12)."""
    imports(people(*range(10)))
    before = state(register), register.count(), register.last_change()
    with pytest.raises(FeedRefusedError, match="confirm-shrink") as refusal:
        imports(people(*range(7)))
    assert refusal.value.reason is FeedRefusal.SHRINKS
    assert (state(register), register.count(), register.last_change()) == before
    assert imports(people(*range(8))).ended == 2
    assert imports(people(1), CONFIRMED).ended == 7


def test_an_older_feed_is_refused(register: Register, imports: Import) -> None:
    """A feed with a smaller sequence never undoes a newer one (A12)."""
    imports(people(1, 2), sequence=5)
    with pytest.raises(FeedRefusedError, match="older") as refusal:
        imports(people(1), CONFIRMED, sequence=4)
    assert refusal.value.reason is FeedRefusal.STALE
    with pytest.raises(FeedRefusedError, match="other content"):
        imports(people(1), CONFIRMED, sequence=5)
    assert set(state(register)) == {citizen(1), citizen(2)}


def test_a_feed_for_another_list_is_refused(register: Register, pack: Pack) -> None:
    """The list is named twice, in the feed and by the operator, and must be the same."""
    feed = InMemoryFeed(people(1))
    with pytest.raises(FeedRefusedError) as refusal:
        register.import_feed(feed, definition=pack.lists["judgment-defaulters"], at=NOW)
    assert refusal.value.reason is FeedRefusal.WRONG_LIST


def test_a_feed_without_rows_is_refused(register: Register, imports: Import) -> None:
    """An empty feed ends nobody's listing and starts none."""
    imports(people(1))
    with pytest.raises(FeedRefusedError) as refusal:
        imports([])
    assert refusal.value.reason is FeedRefusal.EMPTY
    assert set(state(register)) == {citizen(1)}


def test_a_feed_that_turns_out_cut_off_leaves_the_last_good_state(
    register: Register, imports: Import, pack: Pack, tmp_path: Path
) -> None:
    """Whatever was read before the cut is not half-applied."""
    imports(people(1))
    path = tmp_path / "feed.jsonl"
    with path.open("wb") as stream:
        SyntheticFeed(50, 1).write(stream)
    path.write_bytes(path.read_bytes()[:-200])
    with (
        open_feed(FeedSource(path, FeedFormat.JSONL, LIST)) as feed,
        pytest.raises(FeedRefusedError) as refusal,
    ):
        register.import_feed(feed, definition=pack.lists[LIST], at=NOW, options=CONFIRMED)
    assert refusal.value.reason is FeedRefusal.CUT_OFF
    assert set(state(register)) == {citizen(1)}


def test_a_quarantined_row_leaves_the_held_listing_as_it_is(
    register: Register, imports: Import
) -> None:
    """A row that breaks a rule neither changes nor removes the listing held for its record."""
    imports(people(1, 2))
    held = only_listing(register, citizen(1))
    report = imports([with_passport(person_row(1, ground="no-such-ground"), 1), person_row(2)])
    assert (report.quarantined, report.kept, report.ended, report.change) == (1, 1, 0, None)
    assert only_listing(register, citizen(1)) == held
    assert register.listings_of([passport(1)]) == {passport(1): []}


def test_every_broken_rule_is_reported_with_its_line(imports: Import) -> None:
    """The report names line and rules, and no document number is kept with it."""
    reports: list[RowReport] = []
    row = person_row(1, ground="none", contest={"body": "only"})
    imports([person_row(2), row], ImportOptions(report=reports.append))
    (report,) = reports
    assert report.line == 3
    assert {"A3", "A10"} <= {violation.rule for violation in report.violations}
    assert citizen(1).number not in repr(report)


def test_a_row_that_cannot_be_identified_withholds_endings(
    register: Register, imports: Import
) -> None:
    """While any row is unreadable, an absent listing may be that row: it is not ended."""
    imports(people(*range(10)))
    broken = FeedRow(2, None, None, (unreadable("cannot be read", "无法读取"),))
    report = imports([broken, *people(*range(1, 10))])
    assert (report.quarantined, report.withheld, report.ended) == (1, 1, 0)
    assert citizen(0) in state(register)


def test_a_record_given_twice_counts_once(register: Register, imports: Import) -> None:
    """The second row of a record is quarantined, for new records and for held ones."""
    again = person_row(1, ends_at="2027-01-01T00:00:00Z")
    assert imports([person_row(1), again]).quarantined == 1
    assert imports([person_row(1), again]).quarantined == 1
    assert only_listing(register, citizen(1)).window.ends_at is None


def test_a_changed_row_changes_the_listing_under_the_same_reference(
    register: Register, imports: Import
) -> None:
    """A new end replaces the old one, and only that document is reported as changed."""
    imports(people(1, 2))
    before = only_listing(register, citizen(1))
    report = imports([person_row(1, ends_at="2027-01-01T00:00:00Z"), person_row(2)])
    after = only_listing(register, citizen(1))
    assert (report.changed, report.unchanged) == (1, 1)
    assert after.reference == before.reference
    assert after.window.ends_at == datetime(2027, 1, 1, tzinfo=UTC)
    assert register.changed_documents(1) == [citizen(1)]


def test_a_document_that_a_listing_no_longer_names_is_reported_as_changed(
    register: Register, imports: Import
) -> None:
    """A dropped document loses the listing, and a delta learns of it; named again, it is back."""
    imports([with_passport(person_row(1), 1)])
    imports([person_row(1)])
    assert register.listings_of([passport(1)]) == {passport(1): []}
    assert set(register.changed_documents(1)) == {citizen(1), passport(1)}
    imports([with_passport(person_row(1), 1)])
    assert set(state(register)) == {citizen(1), passport(1)}


def test_a_listing_ended_by_absence_comes_back_with_the_feed(
    register: Register, imports: Import
) -> None:
    """The authority that left a row out may put it in again."""
    imports(people(1, 2))
    imports(people(2), CONFIRMED)
    report = imports(people(1, 2))
    assert report.reopened == 1
    assert set(state(register)) == {citizen(1), citizen(2)}


def test_a_released_listing_does_not_come_back_with_a_late_feed(
    register: Register, imports: Import
) -> None:
    """An agency whose data lag cannot restrict somebody again who was released (A12)."""
    imports(people(1, 2))
    reference = only_listing(register, citizen(1)).reference
    register.release(reference, document=PAPER, reason=EndKind.PERFORMED, at=NOW)
    reports: list[RowReport] = []
    report = imports(people(1, 2), ImportOptions(report=reports.append))
    assert (report.quarantined, report.change) == (1, None)
    assert [violation.rule for violation in reports[0].violations] == ["A12"]
    assert set(state(register)) == {citizen(2)}


def test_releasing_an_organisation_releases_its_responsible_persons(
    register: Register, imports: Import
) -> None:
    """Persons listed for an organisation's debt fall with the organisation's listing, no others."""
    imports(
        [organisation_row(1), responsible_row(1, 1), organisation_row(2), responsible_row(2, 2)]
    )
    reference = only_listing(register, organisation(1)).reference
    change = register.release(reference, document=PAPER, reason=EndKind.PERFORMED, at=NOW)
    assert set(state(register)) == {organisation(2), citizen(2)}
    assert set(register.changed_documents(change - 1)) == {organisation(1), citizen(1)}


def test_an_organisation_that_leaves_a_feed_takes_its_responsible_persons_along(
    register: Register, imports: Import
) -> None:
    """A person still in the feed is not restricted for an organisation that is no longer listed."""
    imports([organisation_row(1), responsible_row(1, 1), *people(*range(2, 9))])
    report = imports([responsible_row(1, 1), *people(*range(2, 9))])
    assert report.ended == 2
    assert not {organisation(1), citizen(1)} & set(state(register))


def test_a_responsible_person_without_the_organisation_is_quarantined(
    register: Register, imports: Import
) -> None:
    """The organisation's listing must be in force, on an earlier line or in the register (A8)."""
    reports: list[RowReport] = []
    rows = [responsible_row(1, 1), organisation_row(1), responsible_row(2, 1)]
    imports(rows, ImportOptions(report=reports.append))
    assert [(one.line, one.violations[0].rule) for one in reports] == [(2, "A8")]
    assert set(state(register)) == {organisation(1), citizen(2)}
    assert imports(rows).quarantined == 0


def test_a_responsible_person_is_never_listed_longer_than_the_organisation(
    register: Register, imports: Import
) -> None:
    """The person's window ends with the organisation's, follows its changes, and a delta learns of them."""
    filler = people(*range(2, 12))
    end, later = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
    imports([organisation_row(1), responsible_row(1, 1), *filler])
    reference = only_listing(register, citizen(1)).reference
    for ends_at, since in ((end, 1), (later, 2)):
        organisations = [organisation_row(1, ends_at=ends_at.isoformat())]
        assert imports([*organisations, responsible_row(1, 1), *filler]).changed == 1
        assert only_listing(register, citizen(1)).window.ends_at == ends_at
        assert state(register)[citizen(1)] == [only_listing(register, citizen(1))]
        assert register.show(reference).listing.window.ends_at == ends_at
        assert set(register.changed_documents(since)) == {organisation(1), citizen(1)}
    assert only_listing(register, organisation(1)).window.ends_at == later
    assert only_listing(register, citizen(2)).window.ends_at is None


def test_a_responsible_persons_own_earlier_end_stays(register: Register, imports: Import) -> None:
    """A later end of the organisation's listing prolongs nobody's."""
    own = responsible_row(1, 1) | {"ends_at": "2026-03-01T00:00:00Z"}
    imports([organisation_row(1, ends_at="2026-06-01T00:00:00Z"), own])
    assert only_listing(register, citizen(1)).window.ends_at == datetime(2026, 3, 1, tzinfo=UTC)


def test_a_responsible_person_who_would_begin_after_the_organisations_end_is_not_listed(
    register: Register, imports: Import
) -> None:
    """A window that the organisation's term leaves nothing of is no listing, and can still be shown."""
    later = responsible_row(1, 1) | {"starts_at": "2026-08-01T00:00:00Z"}
    imports([organisation_row(1), later, person_row(2)])
    reference = only_listing(register, citizen(1)).reference
    imports([organisation_row(1, ends_at="2026-06-01T00:00:00Z"), later, person_row(2)])
    assert set(state(register)) == {organisation(1), citizen(2)}
    assert register.listings_of([citizen(1)]) == {citizen(1): []}
    assert register.show(reference).listing.reference == reference


def test_nobody_is_admitted_for_an_organisation_whose_term_is_over(
    register: Register, imports: Import
) -> None:
    """The organisation's term counts in the same feed and in the register alike (A8)."""
    over = organisation_row(1, ends_at="2025-05-01T00:00:00+08:00")
    for rows in ([over, responsible_row(1, 1), person_row(2)], [over, responsible_row(3, 1)]):
        reports: list[RowReport] = []
        report = imports(
            rows, ImportOptions(report=reports.append, confirm_shrink=True), mode=FeedMode.CHANGES
        )
        assert report.quarantined == 1
        assert [(one.line, one.violations[0].rule) for one in reports] == [(3, "A8")]
    assert not {citizen(1), citizen(3)} & set(state(register))


@pytest.mark.parametrize("mode", list(FeedMode))
@pytest.mark.parametrize(
    "moved",
    [
        {"ends_at": "2025-05-01T00:00:00+08:00"},
        {"starts_at": "2030-05-01T00:00:00+08:00"},
    ],
    ids=["ended", "put-off"],
)
def test_a_feed_that_ends_the_list_in_place_is_refused(
    register: Register, imports: Import, mode: FeedMode, moved: dict[str, str]
) -> None:
    """Rows that take listings out of force count as removed, as absent ones do (A12)."""
    imports([*people(*range(9)), person_row(9, ends_at="2025-05-01T00:00:00+08:00")])
    before = state(register), register.count(), register.last_change()
    rest = [*people(*range(2, 9)), person_row(9, ends_at="2025-05-01T00:00:00+08:00")]
    with pytest.raises(FeedRefusedError, match="remove 2 of 9") as refusal:
        imports([person_row(0, **moved), person_row(1, **moved), *rest], mode=mode)
    assert refusal.value.reason is FeedRefusal.SHRINKS
    assert (state(register), register.count(), register.last_change()) == before
    assert imports([person_row(0, **moved), *people(1), *rest], mode=mode).changed == 1
    assert imports([person_row(1, **moved)], CONFIRMED, mode=FeedMode.CHANGES).changed == 1


def test_an_incomplete_row_never_replaces_what_is_held(register: Register, imports: Import) -> None:
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
    register: Register, imports: Import
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
    assert record.served_on.isoformat() == "2024-05-01"


def test_two_publications_of_one_day_are_both_imported(imports: Import) -> None:
    """An undated feed may repeat its sequence with new content, but not with content seen before."""
    first, second = people(1, 2, 3, 4, 5), people(1, 2, 3, 4, 5, 6)
    imports(first, sequence=20240501, is_undated=True)
    assert imports(second, sequence=20240501, is_undated=True).added == 1
    with pytest.raises(FeedRefusedError, match="imported before"):
        imports(first, sequence=20240501, is_undated=True)


def test_a_stay_and_its_end_are_in_the_listing(register: Register, imports: Import) -> None:
    """A stay runs from its decision until lifted, and a second one is refused while it runs."""
    imports(people(1))
    reference = only_listing(register, citizen(1)).reference
    assert register.stay(reference, document=PAPER, at=NOW) == 2
    assert only_listing(register, citizen(1)).stays == (Window(NOW),)
    with pytest.raises(LifeCycleError, match="stayed already"):
        register.stay(reference, document=PAPER, at=NOW + timedelta(days=1))
    end = NOW + timedelta(days=2)
    register.lift_stay(reference, document=PAPER, at=end)
    assert only_listing(register, citizen(1)).stays == (Window(NOW, end),)
    with pytest.raises(LifeCycleError, match="not stayed"):
        register.lift_stay(reference, document=PAPER, at=end)
    assert register.changed_documents(1) == [citizen(1)]


def test_a_stay_survives_the_next_feed(register: Register, imports: Import) -> None:
    """A changed row replaces what the feed says and nothing that was decided."""
    imports(people(1))
    reference = only_listing(register, citizen(1)).reference
    register.stay(reference, document=PAPER, at=NOW, until=NOW + timedelta(days=15))
    imports([person_row(1, ends_at="2027-01-01T00:00:00Z")])
    assert only_listing(register, citizen(1)).stays == (Window(NOW, NOW + timedelta(days=15)),)


def test_an_exemption_names_carried_measures_and_at_most_a_month(
    register: Register, imports: Import
) -> None:
    """A temporary lift beyond a month or of a foreign measure is refused; a permit may be longer."""
    imports([person_row(1, measures=["38", "39"])])
    reference = only_listing(register, citizen(1)).reference
    mandate = Mandate(PAPER, NOW, "court clerk")
    month = Exemption(frozenset({"38"}), Window(NOW, NOW + timedelta(days=31)))
    year = Exemption(frozenset({"38"}), Window(NOW, NOW + timedelta(days=365)))
    foreign = Exemption(frozenset({"46"}), Window(NOW, NOW + timedelta(days=1)))
    for refused in (year, foreign):
        with pytest.raises(LifeCycleError):
            register.exempt(reference, refused, mandate=mandate)
    register.exempt(reference, month, mandate=mandate)
    register.exempt(reference, year, mandate=mandate, is_permit=True)
    assert only_listing(register, citizen(1)).exemptions == (month, year)
    assert register.show(reference).events[-1].actor == "court clerk"


def test_a_change_without_a_paper_is_refused(register: Register, imports: Import) -> None:
    """Nobody is released, stayed or exempted on nothing."""
    imports(people(1))
    reference = only_listing(register, citizen(1)).reference
    with pytest.raises(LifeCycleError, match="document"):
        register.release(reference, document="  ", reason=EndKind.PERFORMED, at=NOW)
    assert set(state(register)) == {citizen(1)}


def test_an_ended_listing_cannot_be_changed(register: Register, imports: Import) -> None:
    """Release is final, and an unknown reference is its own error."""
    imports(people(1))
    reference = only_listing(register, citizen(1)).reference
    register.release(reference, document=PAPER, reason=EndKind.CORRECTED, at=NOW)
    with pytest.raises(LifeCycleError, match="ended"):
        register.stay(reference, document=PAPER, at=NOW)
    with pytest.raises(UnknownReferenceError):
        register.show("L-aaaaaaaaaaaaaaaa")


def test_a_chain_of_deltas_equals_a_full_reading(register: Register, imports: Import) -> None:
    """Whoever applies every delta in turn ends with what `all_listings` says."""
    followed: dict[Document, list[Listing]] = {}
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
    register.stay(only_listing(register, citizen(5)).reference, document=PAPER, at=NOW)
    reference = only_listing(register, citizen(6)).reference
    register.release(reference, document=PAPER, reason=EndKind.PERFORMED, at=NOW)
    follow()
    imports([person_row(1), *people(*range(3, 25))])
    follow()


def test_reading_everything_sees_one_state(register: Register, imports: Import) -> None:
    """A change that commits while everything is read does not show in that reading."""
    imports(people(*range(10)))
    with register.view() as view:
        listings = view.all_listings()
        first = next(listings)
        imports(people(*range(20)))
        assert len([first, *listings]) == 10
        assert view.last_change() == 1


def test_the_event_log_refuses_to_be_rewritten(
    register: Register, imports: Import, register_url: str
) -> None:
    """The database itself refuses to change or delete an event."""
    imports(people(1))
    engine = create_engine(register_url)
    for statement in ("UPDATE event SET actor = 'x'", "DELETE FROM event"):
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(text(statement))
    engine.dispose()
    register.verify_events()


def test_a_rewritten_event_is_found(register: Register, imports: Import, register_url: str) -> None:
    """Whoever gets around the refusal breaks the chain."""
    imports(people(1, 2))
    engine = create_engine(register_url)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER event_no_UPDATE"))
        else:
            connection.execute(text("ALTER TABLE event DISABLE TRIGGER ALL"))
        connection.execute(text("UPDATE event SET actor = 'nobody' WHERE seq = 2"))
    engine.dispose()
    with pytest.raises(EventLogError, match="event 2"):
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


def test_a_database_of_another_version_is_refused(register_url: str, pack: Pack) -> None:
    """A schema this version does not know is not worked on."""
    Register.open(register_url, pack).close()
    engine = create_engine(register_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE meta SET value = '99' WHERE key = 'schema_version'"))
    engine.dispose()
    with pytest.raises(SchemaError, match="99"):
        Register.open(register_url, pack)


def test_no_document_number_shows_in_what_the_register_says(
    register: Register, imports: Import
) -> None:
    """Representations of records, reports and errors hold no number."""
    report = imports([with_passport(person_row(1), 1)])
    record = register.show(only_listing(register, citizen(1)).reference)
    shown = repr(report) + repr(record)
    assert citizen(1).number not in shown
    assert passport(1).number not in shown


def test_a_failing_database_is_one_line_without_a_number(
    register: Register, imports: Import, register_url: str
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
    for engine in engines:
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


_IMPORT_AND_DIE = """
    import os, signal, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from gateway.packs import load_pack
    from gateway.register import ImportPhase, Register
    from gateway.register.feeds import FeedFormat, FeedSource, open_feed

    pack = load_pack("cn-joint-discipline")

    def die(phase: ImportPhase, count: int) -> None:
        if phase is ImportPhase.WRITING:
            os.kill(os.getpid(), signal.SIGKILL)

    source = FeedSource(Path(sys.argv[2]), FeedFormat.JSONL, "consumption-limited")
    with Register.open(sys.argv[1], pack) as register, open_feed(source) as feed:
        definition = pack.lists["consumption-limited"]
        register.import_feed(feed, definition=definition, at=datetime.now(UTC), progress=die)
"""


@pytest.mark.integration
def test_a_killed_import_leaves_the_state_before(
    register: Register, register_url: str, imports: Import, tmp_path: Path
) -> None:
    """SIGKILL after rows were written and before the commit leaves nothing of the feed."""
    imports(people(1), sequence=0)
    before = state(register), register.count(), register.last_change()
    path = tmp_path / "feed.jsonl"
    with path.open("wb") as stream:
        SyntheticFeed(6_000, 1).write(stream)
    command = [sys.executable, "-c", textwrap.dedent(_IMPORT_AND_DIE), register_url, str(path)]
    root = Path(__file__).parents[2]
    killed = subprocess.run(  # noqa: S603 the test's own program
        command, check=False, env={**os.environ, "PYTHONPATH": str(root)}
    )
    assert killed.returncode == -signal.SIGKILL
    assert (state(register), register.count(), register.last_change()) == before
    assert imports(people(1, 2)).added == 1
