"""Admission: who may stand on a list, of what age, and for whom."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from sanctions_matrix.admission import admit
from sanctions_matrix.listing import (
    ResponsibleFor,
    ResponsibleRole,
    Window,
)
from sanctions_matrix.violations import Fault

if TYPE_CHECKING:
    from sanctions_matrix.pack import Pack
from tests.fakes.admitted_rows import (
    CALENDAR,
    COMPANY,
    REMOVED,
    ROLE,
    START,
    TODAY,
    changed,
    defaulter,
    violations,
)


def test_an_organisation_is_admitted_by_its_code(row: dict[str, Any], pack: Pack) -> None:
    """An organisation has no age and no passport."""
    party = {"kind": "organisation", "documents": [COMPANY]}
    assert not violations(changed(row, "party", party), pack, "consumption-limited")


def taxpayer(row: dict[str, Any], *documents: dict[str, str]) -> dict[str, Any]:
    """Turn the good row into one about an organisation on `a-grade-taxpayers`."""
    row = changed(row, "party", {"kind": "organisation", "documents": [*documents]})
    row = changed(row, "ruling.authority", "Tax Bureau of Utopia")
    return changed(row, "ground", "graded-a")


def test_a_red_list_holds_only_documents_that_organisations_alone_have(
    row: dict[str, Any], pack: Pack
) -> None:
    """A number that a person may have is refused there, beside a good one as well, and admitted on a black list."""
    either = {"type": "tax-id:UTO", "number": "U0000001"}
    assert violations(taxpayer(row, COMPANY), pack, "a-grade-taxpayers") == ()
    refused = (Fault.DOCUMENT_NOT_ORGANISATIONS.violation(),)
    assert violations(taxpayer(row, either), pack, "a-grade-taxpayers") == refused
    assert violations(taxpayer(row, COMPANY, either), pack, "a-grade-taxpayers") == refused
    limited = changed(row, "party", {"kind": "organisation", "documents": [either]})
    assert violations(limited, pack, "consumption-limited") == ()


def test_a_kind_of_party_the_list_cannot_hold_is_refused(row: dict[str, Any], pack: Pack) -> None:
    """An organisation cannot be a restricted air passenger."""
    row = changed(row, "party", {"kind": "organisation", "documents": [COMPANY]})
    row = changed(row, "ground", "act-in-air-transport")
    row = changed(row, "ends_at", "2024-08-01T00:00:00+08:00")
    found = violations(row, pack, "air-restricted")
    assert [(entry.rule, entry.field) for entry in found] == [("A6", "party.kind")]


@pytest.mark.parametrize(
    ("born_on", "rules"),
    [("2006-01-31", []), ("2006-02-01", ["A7"]), ("2020-01-01", ["A7"]), (REMOVED, ["A7"])],
)
def test_a_minor_is_not_put_on_the_defaulters_list(
    row: dict[str, Any], pack: Pack, born_on: object, rules: list[str]
) -> None:
    """Of age at the start, shown by a stated birth date, or the row is refused."""
    row = changed(
        defaulter(row), "party.documents", [{"type": "passport:UTO", "number": "U00000001"}]
    )
    if born_on is not REMOVED:
        row = changed(row, "party.born_on", born_on)
    assert [entry.rule for entry in violations(row, pack, "judgment-defaulters")] == rules


def test_the_citizen_number_shows_the_age(row: dict[str, Any], pack: Pack) -> None:
    """No birth date needs stating where a document states it."""
    assert not violations(defaulter(row), pack, "judgment-defaulters")


@pytest.mark.parametrize("role", list(ResponsibleRole))
def test_each_of_the_four_roles_is_admitted(
    row: dict[str, Any], pack: Pack, role: ResponsibleRole
) -> None:
    """A responsible person's listing names the organisation's listing and the role."""
    submission = admit(
        changed(row, "responsible_for", {"listing": "2024-9", "role": role.value}),
        pack.lists["consumption-limited"],
        CALENDAR,
        today=TODAY,
    )
    assert submission.responsible_for == ResponsibleFor("2024-9", role)


def test_nobody_is_a_defaulter_for_an_organisation(row: dict[str, Any], pack: Pack) -> None:
    """A responsible person may not be put on the defaulters' list for the entity's debt."""
    found = violations(
        changed(defaulter(row), "responsible_for", ROLE), pack, "judgment-defaulters"
    )
    assert [(entry.rule, entry.field) for entry in found] == [("A8", "responsible_for")]


def test_an_organisation_is_nobodys_responsible_person(row: dict[str, Any], pack: Pack) -> None:
    """Only a natural person can hold one of the four roles."""
    row = changed(row, "party", {"kind": "organisation", "documents": [COMPANY]})
    found = violations(changed(row, "responsible_for", ROLE), pack, "consumption-limited")
    assert [entry.rule for entry in found] == ["A8"]


def test_a_listing_ends_with_the_role(row: dict[str, Any], pack: Pack) -> None:
    """A role that ends on a day frees its former holder when that day begins."""
    ended = changed(row, "responsible_for", {**ROLE, "ended_on": "2024-03-01"})
    submission = admit(ended, pack.lists["consumption-limited"], CALENDAR, today=TODAY)
    assert submission.window == Window(START, datetime(2024, 2, 29, 16, tzinfo=UTC))


@pytest.mark.parametrize(
    ("ends_at", "expected"),
    [
        ("2024-02-20T00:00:00Z", datetime(2024, 2, 20, tzinfo=UTC)),
        ("2024-03-20T00:00:00Z", datetime(2024, 2, 29, 16, tzinfo=UTC)),
    ],
)
def test_a_listing_ends_with_its_term_or_with_the_role_whichever_is_first(
    row: dict[str, Any], pack: Pack, ends_at: str, expected: datetime
) -> None:
    """Neither lengthens the other."""
    ended = changed(row, "responsible_for", {**ROLE, "ended_on": "2024-03-01"})
    submission = admit(
        changed(ended, "ends_at", ends_at), pack.lists["consumption-limited"], CALENDAR, today=TODAY
    )
    assert submission.window == Window(START, expected)


def test_an_organisation_needs_no_birth_date_where_persons_do(
    row: dict[str, Any], pack: Pack
) -> None:
    """The list that is closed to minors asks organisations for no age."""
    row = changed(defaulter(row), "party", {"kind": "organisation", "documents": [COMPANY]})
    assert not violations(row, pack, "judgment-defaulters")
