"""The contract of the register, on every database it runs on: organisations and who is responsible for them."""

from datetime import UTC, datetime

import pytest

from gateway.register import (
    EndKind,
    ImportOptions,
    ListingState,
    Mandate,
    Register,
    RowReport,
)
from gateway.register.feeds.feed import FeedMode
from sanctions_matrix.listing import Window
from tests.fakes.in_memory_feed import (
    organisation_row,
    person_row,
    responsible_row,
)
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


def test_releasing_an_organisation_releases_its_responsible_persons(
    register: Register, imports: Imports
) -> None:
    """Persons listed for an organisation's debt fall with the organisation's listing, no others."""
    imports(
        [organisation_row(1), responsible_row(1, 1), organisation_row(2), responsible_row(2, 2)]
    )
    reference = only_listing(register, organisation(1)).reference
    change = register.release(
        reference, reason=EndKind.PERFORMED, mandate=Mandate(PAPER, NOW, "operator")
    )
    assert set(state(register)) == {organisation(2), citizen(2)}
    assert set(register.changed_documents(change - 1)) == {organisation(1), citizen(1)}


def test_an_organisation_that_leaves_a_feed_takes_its_responsible_persons_along(
    register: Register, imports: Imports
) -> None:
    """A person still in the feed is not restricted for an organisation that is no longer listed."""
    imports([organisation_row(1), responsible_row(1, 1), *people(*range(2, 9))])
    report = imports([responsible_row(1, 1), *people(*range(2, 9))], CONFIRMED)
    assert report.ended == 2
    assert not {organisation(1), citizen(1)} & set(state(register))


def test_a_responsible_person_without_the_organisation_is_quarantined(
    register: Register, imports: Imports
) -> None:
    """The organisation's listing must be in force, on an earlier line or in the register (A8)."""
    reports: list[RowReport] = []
    rows = [responsible_row(1, 1), organisation_row(1), responsible_row(2, 1)]
    imports(rows, ImportOptions(report=reports.append))
    assert [(one.line, one.violations[0].rule) for one in reports] == [(2, "A8")]
    assert set(state(register)) == {organisation(1), citizen(2)}
    assert imports(rows).quarantined == 0


def test_a_responsible_person_is_never_listed_longer_than_the_organisation(
    register: Register, imports: Imports
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


def test_a_responsible_persons_own_earlier_end_stays(register: Register, imports: Imports) -> None:
    """A later end of the organisation's listing prolongs nobody's."""
    own = responsible_row(1, 1) | {"ends_at": "2026-03-01T00:00:00Z"}
    imports([organisation_row(1, ends_at="2026-06-01T00:00:00Z"), own])
    assert only_listing(register, citizen(1)).window.ends_at == datetime(2026, 3, 1, tzinfo=UTC)


def test_a_responsible_person_who_would_begin_after_the_organisations_end_is_not_listed(
    register: Register, imports: Imports
) -> None:
    """A window that the organisation's term leaves nothing of is no listing, and can still be shown."""
    later = responsible_row(1, 1) | {"starts_at": "2026-08-01T00:00:00Z"}
    imports([organisation_row(1), later, person_row(2)])
    reference = only_listing(register, citizen(1)).reference
    imports([organisation_row(1, ends_at="2026-06-01T00:00:00Z"), later, person_row(2)], CONFIRMED)
    assert set(state(register)) == {organisation(1), citizen(2)}
    assert register.listings_of([citizen(1)]) == {citizen(1): []}
    assert register.show(reference).listing.reference == reference


def test_nobody_is_admitted_for_an_organisation_whose_term_is_over(
    register: Register, imports: Imports
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


def test_a_stay_of_the_organisation_is_one_of_its_responsible_persons(
    register: Register, imports: Imports
) -> None:
    """The person's listing follows the organisation's, and what eases the one reaches the documents of the other."""
    imports([organisation_row(1), responsible_row(1, 1), *people(2)])
    reference = only_listing(register, organisation(1)).reference
    change = register.stay(reference, mandate=Mandate(PAPER, NOW, "operator"))
    assert only_listing(register, citizen(1)).stays == (Window(NOW),)
    assert only_listing(register, citizen(2)).stays == ()
    eased = {organisation(1), citizen(1)}
    assert set(register.eased_documents(change - 1).decided) == eased
    assert set(register.changed_documents(change - 1)) == eased
    assert register.count_changed(change - 1) == 2
    assert not any(register.eased_documents(change))


LATER = "2026-06-01T00:00:00Z"
LATER_AT = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize("is_put_off", [False, True], ids=["from-the-beginning", "put-off"])
def test_a_responsible_person_is_not_restricted_before_the_organisation(
    register: Register, imports: Imports, *, is_put_off: bool
) -> None:
    """The person's window begins with the organisation's, also where that is put off later (A8)."""
    if is_put_off:
        imports([organisation_row(1), responsible_row(1, 1), *people(*range(2, 12))])
    imports([organisation_row(1, starts_at=LATER), responsible_row(1, 1), *people(*range(2, 12))])
    listing = only_listing(register, citizen(1))
    assert listing.window.starts_at == LATER_AT
    assert state(register)[citizen(1)] == [listing]
    record = register.show(listing.reference)
    assert (record.begins_at, record.listing) == (LATER_AT, listing)
    assert record.state_at(NOW) is ListingState.NOTIFIED
    assert record.state_at(LATER_AT) is ListingState.IN_FORCE
    imports([organisation_row(1), responsible_row(1, 1), *people(*range(2, 12))])
    assert only_listing(register, citizen(1)).in_force(NOW)


def test_a_responsible_person_whose_organisation_begins_after_the_persons_end_is_not_listed(
    register: Register, imports: Imports
) -> None:
    """A window that the organisation's start leaves nothing of is no listing, and can still be shown."""
    own = responsible_row(1, 1) | {"ends_at": "2026-03-01T00:00:00Z"}
    imports([organisation_row(1), own, person_row(2)])
    reference = only_listing(register, citizen(1)).reference
    imports([organisation_row(1, starts_at=LATER), own, person_row(2)], CONFIRMED)
    assert set(state(register)) == {organisation(1), citizen(2)}
    assert register.listings_of([citizen(1)]) == {citizen(1): []}
    assert register.show(reference).listing.reference == reference


@pytest.mark.parametrize("is_left_out", [False, True], ids=["held", "left-out"])
def test_a_record_stays_one_of_its_kind_of_party(
    register: Register, imports: Imports, *, is_left_out: bool
) -> None:
    """Nobody is responsible for what turns out to be a person: such a row is refused (A6)."""
    rows = [organisation_row(1), responsible_row(1, 1), *people(*range(2, 12))]
    imports(rows)
    if is_left_out:
        imports(rows[1:], CONFIRMED)
    reports: list[RowReport] = []
    options = ImportOptions(report=reports.append)
    report = imports([person_row(20, record="O-1"), *rows[1:]], options)
    assert (report.changed, report.reopened) == (0, 0)
    (first,) = reports[0].violations
    assert (first.rule, first.field) == ("A6", "party.kind")
    assert citizen(20) not in state(register)


def test_nobody_is_responsible_for_a_record_of_their_own(
    register: Register, imports: Imports
) -> None:
    """A person's row that names itself is refused, over an organisation's record and over none (A8)."""
    imports([organisation_row(1), *people(2, 3)])
    own = {"listing": "O-1", "role": "legal-representative"}
    over = person_row(1, record="O-1", responsible_for=own)
    none = responsible_row(4, 4) | {"record": "O-4"}
    assert imports([over, none, *people(2, 3)]).quarantined == 2
    assert set(state(register)) == {organisation(1), citizen(2), citizen(3)}


def test_persons_end_when_the_record_names_another_organisation(
    register: Register, imports: Imports
) -> None:
    """They were listed for the one that was held, and a feed that names them on does not bring them back (A8)."""
    rows = [responsible_row(1, 1), *people(*range(2, 12))]
    imports([organisation_row(1), *rows])
    reference = only_listing(register, citizen(1)).reference
    other = organisation_row(7, record="O-1")
    report = imports([other, *rows, responsible_row(12, 1)])
    assert (report.changed, report.ended, report.added) == (1, 1, 1)
    assert {organisation(7), citizen(12)} <= set(state(register))
    assert not {organisation(1), citizen(1)} & set(state(register))
    assert register.show(reference).ended_as == EndKind.WITHDRAWN
    assert imports([other, *rows, responsible_row(12, 1)]).quarantined == 1
    assert citizen(1) not in state(register)
    assert register.rebuild(dry=True) == 0


def test_persons_stay_when_their_organisation_changes_one_of_its_documents(
    register: Register, imports: Imports
) -> None:
    """An organisation that still names a document of before is the same one."""
    number = {"type": "registration:UTO", "number": "UTO 1890 17"}
    documents = [{"type": "cn-uscc", "number": organisation(1).number}, number]
    both = organisation_row(1, party={"kind": "organisation", "documents": documents})
    rows = [responsible_row(1, 1), *people(*range(2, 12))]
    imports([both, *rows])
    report = imports([organisation_row(1), *rows])
    assert (report.changed, report.ended) == (1, 0)
    assert citizen(1) in state(register)


@pytest.mark.parametrize("mode", list(FeedMode))
def test_a_row_that_says_that_the_role_was_over_ends_what_is_held(
    register: Register, imports: Imports, mode: FeedMode
) -> None:
    """Nobody stays restricted whose own row says that they were not responsible any more (A8)."""
    rows = [organisation_row(1), *people(*range(2, 12))]
    imports([*rows, responsible_row(1, 1)])
    reference = only_listing(register, citizen(1)).reference
    role = {"listing": "O-1", "role": "legal-representative", "ended_on": "2024-04-15"}
    over = person_row(1, responsible_for=role)
    report = imports([*rows, over], mode=mode)
    assert (report.quarantined, report.kept, report.ended) == (1, 0, 1)
    assert register.show(reference).ended_as == EndKind.WITHDRAWN
    assert citizen(1) not in state(register)
    assert imports([*rows, over], mode=mode).ended == 0
    assert register.rebuild(dry=True) == 0


def test_a_row_with_another_fault_beside_its_role_s_end_ends_nothing(
    register: Register, imports: Imports
) -> None:
    """What cannot be trusted as a whole is kept from changing anything."""
    rows = [organisation_row(1), *people(*range(2, 12))]
    imports([*rows, responsible_row(1, 1)])
    role = {"listing": "O-1", "role": "legal-representative", "ended_on": "2024-04-15"}
    report = imports([*rows, person_row(1, responsible_for=role, ground="no-such-ground")])
    assert (report.quarantined, report.kept, report.ended) == (1, 1, 0)
    assert citizen(1) in state(register)
