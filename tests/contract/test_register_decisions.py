"""The contract of the register, on every database it runs on: release, stay and exemption."""

from datetime import timedelta

import pytest

from gateway.register import (
    EndKind,
    LifeCycleError,
    Mandate,
    Register,
    UnknownReferenceError,
)
from sanctions_matrix.listing import Exemption, Window
from tests.fakes.in_memory_feed import (
    person_row,
)
from tests.fakes.register_scene import (
    CONFIRMED,
    NOW,
    PAPER,
    Imports,
    citizen,
    only_listing,
    people,
    state,
)


def test_a_stay_and_its_end_are_in_the_listing(register: Register, imports: Imports) -> None:
    """A stay runs from its decision until lifted, and a second one is refused while it runs."""
    imports(people(1))
    reference = only_listing(register, citizen(1)).reference
    assert register.stay(reference, mandate=Mandate(PAPER, NOW, "operator")) == 2
    assert only_listing(register, citizen(1)).stays == (Window(NOW),)
    with pytest.raises(LifeCycleError, match="stayed already"):
        register.stay(reference, mandate=Mandate(PAPER, NOW + timedelta(days=1), "operator"))
    end = NOW + timedelta(days=2)
    register.lift_stay(reference, mandate=Mandate(PAPER, end, "operator"))
    assert only_listing(register, citizen(1)).stays == (Window(NOW, end),)
    with pytest.raises(LifeCycleError, match="not stayed"):
        register.lift_stay(reference, mandate=Mandate(PAPER, end, "operator"))
    assert register.changed_documents(1) == [citizen(1)]


def test_a_stay_survives_the_next_feed(register: Register, imports: Imports) -> None:
    """A changed row replaces what the feed says and nothing that was decided."""
    imports(people(1))
    reference = only_listing(register, citizen(1)).reference
    register.stay(
        reference, mandate=Mandate(PAPER, NOW, "operator"), until=NOW + timedelta(days=15)
    )
    imports([person_row(1, ends_at="2027-01-01T00:00:00Z")], CONFIRMED)
    assert only_listing(register, citizen(1)).stays == (Window(NOW, NOW + timedelta(days=15)),)


def test_an_exemption_names_carried_measures_and_at_most_a_month(
    register: Register, imports: Imports
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
    assert register.show(reference).history[-1].actor == "court clerk"


def test_a_change_without_a_paper_is_refused(register: Register, imports: Imports) -> None:
    """Nobody is released, stayed or exempted on nothing."""
    imports(people(1))
    reference = only_listing(register, citizen(1)).reference
    with pytest.raises(LifeCycleError, match="document"):
        register.release(
            reference, reason=EndKind.PERFORMED, mandate=Mandate("  ", NOW, "operator")
        )
    assert set(state(register)) == {citizen(1)}


@pytest.mark.parametrize("form", ["{}", " {} "])
def test_a_party_is_no_paper(form: str) -> None:
    """Paper and actor of a change are told to others and kept for good: neither may be a citizen's number."""
    number = form.format(citizen(1).number)
    with pytest.raises(LifeCycleError, match="cannot be a citizen's number") as paper:
        Mandate(number, NOW, "operator")
    with pytest.raises(LifeCycleError, match="cannot be a citizen's number"):
        Mandate(PAPER, NOW, number)
    assert citizen(1).number not in str(paper.value)


def test_an_ended_listing_cannot_be_changed(register: Register, imports: Imports) -> None:
    """Release is final, and an unknown reference is its own error."""
    imports(people(1))
    reference = only_listing(register, citizen(1)).reference
    register.release(reference, reason=EndKind.CORRECTED, mandate=Mandate(PAPER, NOW, "operator"))
    with pytest.raises(LifeCycleError, match="ended"):
        register.stay(reference, mandate=Mandate(PAPER, NOW, "operator"))
    with pytest.raises(UnknownReferenceError):
        register.show("L-aaaaaaaaaaaaaaaa")
