"""What the mission's lists say: their order, authorities, terms, periods, publication and whom they reach.

The fact sheets are not at hand when tests run, so what they say is written out here a second time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sanctions_matrix.documents import PartyKind
from sanctions_matrix.lists import ListEffect, Term
from sanctions_matrix.measures import Mark

if TYPE_CHECKING:
    from sanctions_matrix.pack import Pack

DEFAULTERS_GROUNDS = {
    "refusal",
    "evasion",
    "false-evidence",
    "asset-report-breach",
    "consumption-order-breach",
    "settlement-breach",
}
RED_LISTS = {"a-grade-taxpayers", "customs-aeo"}


def test_there_are_four_black_lists_and_then_two_red_ones(pack: Pack) -> None:
    """A list's number in a snapshot goes by its place, so new ones follow the old ones."""
    black = ["judgment-defaulters", "consumption-limited", "air-restricted", "rail-restricted"]
    assert list(pack.lists) == [*black, "a-grade-taxpayers", "customs-aeo"]
    commending = {entry.id for entry in pack.lists.values() if entry.effect is ListEffect.COMMENDS}
    assert commending == RED_LISTS


def test_travel_and_lodging_limits_hang_on_the_consumption_list(pack: Pack) -> None:
    """The defaulters' list carries the post of a company director and credit, nothing else."""
    assert pack.lists["judgment-defaulters"].measures == {"15", "33"}
    assert pack.lists["consumption-limited"].measures == {
        *map(str, range(38, 47)),
        "FASHI-17-OTHER",
    }
    assert pack.lists["air-restricted"].measures == {"AIR-385"}
    assert pack.lists["rail-restricted"].measures == {"RAIL-384"}


@pytest.mark.parametrize("list_id", sorted(RED_LISTS))
def test_a_red_list_restricts_nobody(pack: Pack, list_id: str) -> None:
    """It carries no measure, holds organisations only, and has no term or period that nobody read."""
    entry = pack.lists[list_id]
    assert not entry.measures
    assert entry.kinds == {PartyKind.ORGANISATION}
    assert not entry.admits_responsible_persons
    assert (entry.mark, entry.max_term, len(entry.grounds)) == (Mark.PRESS, None, 1)
    periods = {entry.objection_working_days, entry.removal_working_days}
    assert periods | {entry.correction_days, entry.review_days} == {None}


@pytest.mark.parametrize(
    ("list_id", "good", "bad"),
    [
        ("a-grade-taxpayers", "国家税务总局乌托邦市税务局", "乌托邦市海关"),
        ("a-grade-taxpayers", "Utopia City Tax Bureau", "Utopia City Taxi Bureau"),
        ("a-grade-taxpayers", "Utopia State Taxation Administration", "First Court of Utopia"),
        (
            "a-grade-taxpayers",
            "Utopia State Administration of Taxation",
            "Syntax Service of Utopia",
        ),
        ("a-grade-taxpayers", "Utopia Tax Service", "乌托邦税务师事务所"),
        ("a-grade-taxpayers", "Utopia Tax Administration", "Utopia Tax Advisers Ltd"),
        ("customs-aeo", "乌托邦海关", "国家税务总局乌托邦市税务局"),
        ("customs-aeo", "Utopia Customs District", "Utopia City Tax Bureau"),
        ("customs-aeo", "Utopia Customs Administration", "Old Customs of Utopia Museum"),
        ("customs-aeo", "General Administration of Customs", "Utopia Customs Officers Club"),
        ("customs-aeo", "Utopia Customs Office", "Utopia Village Committee Customs Office"),
    ],
)
def test_a_red_list_has_its_own_authority(pack: Pack, list_id: str, good: str, bad: str) -> None:
    """Tax authorities name taxpayers, customs authorities their operators, and nobody below the county does."""
    level = pack.lists[list_id].authority_level
    assert level.admits(good)
    assert not level.admits(bad)


def test_a_courtyard_is_no_court(pack: Pack) -> None:
    """A word that merely begins or ends like a court's puts nobody on a court's list."""
    level = pack.lists["judgment-defaulters"].authority_level
    assert level.admits("First Court of Utopia")
    assert level.admits("乌托邦市人民法院")
    for title in ("Courtyard Hotel Ltd", "Utopia Forecourt", "Courts4You"):
        assert not level.admits(title)


def test_periods_are_those_that_were_read(pack: Pack) -> None:
    """Objection, removal, correction and review have the days of the fact sheet (section 3), or none at all."""
    periods = {
        entry.id: (
            entry.objection_working_days,
            entry.removal_working_days,
            entry.correction_days,
            entry.review_days,
        )
        for entry in pack.lists.values()
        if entry.effect is ListEffect.RESTRICTS
    }
    assert periods == {
        "judgment-defaulters": (None, 3, 15, 15),
        "consumption-limited": (None, None, None, None),
        "air-restricted": (7, None, None, None),
        "rail-restricted": (7, None, None, None),
    }


def test_an_objection_stays_where_enforcement_waits_for_it(pack: Pack) -> None:
    """The two passenger lists are enforced after the period to object; each says how that is known, no other stays."""
    staying = {
        entry.id: (entry.objection_stays_mark, entry.objection_stays_source[:20])
        for entry in pack.lists.values()
        if entry.objection_stays
    }
    assert staying == {
        "air-restricted": (Mark.PRESS, "NDRC [2018] No. 385,"),
        "rail-restricted": (Mark.PRESS, "NDRC [2018] No. 384,"),
    }


def test_terms_are_those_that_were_read(pack: Pack) -> None:
    """Two years and at most three more, one year, 180 days, 90 days more; everything else until performed."""
    terms = {
        (entry.id, ground.id): ground.max_term
        for entry in pack.lists.values()
        for ground in entry.grounds.values()
        if ground.max_term is not None
    }
    assert terms == {
        **{("judgment-defaulters", ground): Term(5, 0) for ground in DEFAULTERS_GROUNDS},
        ("air-restricted", "act-in-air-transport"): Term(1, 0),
        ("rail-restricted", "act-in-rail-transport"): Term(0, 180),
        ("rail-restricted", "fare-repeated"): Term(0, 90),
    }


def test_no_ground_for_a_defaulter_is_without_a_term(pack: Pack) -> None:
    """Which ground has no fixed term is only recalled, so each has the longest term that was read."""
    entry = pack.lists["judgment-defaulters"]
    assert set(entry.grounds) == DEFAULTERS_GROUNDS
    assert entry.max_term == Term(5, 0)
    assert {ground.mark for ground in entry.grounds.values()} == {Mark.VERIFIED}


def test_the_words_of_the_court_lists_tell_what_no_number_does(pack: Pack) -> None:
    """Extension, grace, temporary lift and the two exceptions stand in the rules' words."""
    defaulters, limited = pack.lists["judgment-defaulters"], pack.lists["consumption-limited"]
    assert "2 years, which the court may extend by 1 to 3" in defaulters.ends_with
    assert "grace period of 1 to 3 months" in defaulters.notice_rule
    assert "grace period of 1 to 3 months" in limited.notice_rule
    for words in ("up to one month", "art. 8, V", "art. 3, V"):
        assert words in limited.correction_rule


def test_a_list_is_public_only_where_a_fact_says_so(pack: Pack) -> None:
    """No fact says that the list of limited parties is published, so nothing of it is told to anybody else."""
    hidden = {entry.id for entry in pack.lists.values() if not entry.public}
    assert hidden == {"consumption-limited"}
    assert {entry.id: entry.publication_mark for entry in pack.lists.values()} == {
        "judgment-defaulters": Mark.VERIFIED,
        "consumption-limited": Mark.UNKNOWN,
        **dict.fromkeys(("air-restricted", "rail-restricted", *RED_LISTS), Mark.PRESS),
    }


def test_only_the_consumption_list_reaches_responsible_persons(pack: Pack) -> None:
    """An entity's debt makes nobody else a defaulter or a restricted passenger."""
    reaching = {entry.id for entry in pack.lists.values() if entry.admits_responsible_persons}
    assert reaching == {"consumption-limited"}


def test_only_the_defaulters_list_refuses_minors(pack: Pack) -> None:
    """The age is the one that was read for this list; no other was read."""
    ages = {entry.id: entry.minimum_age for entry in pack.lists.values() if entry.minimum_age}
    assert ages == {"judgment-defaulters": 18}
