"""What the shipped packs say: the counts, the statuses and the marks of the fact sheets.

The fact sheets are not at hand when tests run, so what they say is written out here a second time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from gateway.packs import PACK_IDS, load_pack
from sanctions_matrix.actions import ACTIONS
from sanctions_matrix.cells import count_cells, verify_cells
from sanctions_matrix.documents import PartyKind
from sanctions_matrix.lists import ListEffect, Term
from sanctions_matrix.measures import Effect, Involvement, Mark, Status

if TYPE_CHECKING:
    from sanctions_matrix.pack import Pack

RESTRICTING = {"33", *map(str, range(38, 47)), "AIR-385", "RAIL-384", "FASHI-17-OTHER"}
SERVED = {"15", *RESTRICTING}
HELD = {"13", "28", "47", "48", "50"}
MARKS = {
    Mark.PRESS: "1 2 3 6 9 13 15 22 23 24 25 28 30 36 38 39 40 41 42 43 47",
    Mark.QUOTED_LOCAL: "4 5 18 19 20 21 29 34 35 49 50",
    Mark.PARALLEL: "7 11 14 16 17 27 31 32 33 45 46 48 52",
    Mark.RECALLED: "8 10 12 26 37 51 53",
    Mark.QUOTED: "44",
    Mark.UNKNOWN: "54 55",
}
CATEGORIES = {
    "C1": range(1, 5),
    "C2": range(5, 22),
    "C3": range(22, 29),
    "C4": range(29, 34),
    "C5": range(34, 38),
    "C6": range(38, 47),
    "C7": range(47, 49),
    "C8": range(49, 54),
    "unknown": range(54, 56),
}
AGENCIES = {
    "ACFIC": "acfic",
    "CBRC": "cbrc",
    "CFDA": "cfda",
    "CIRC": "circ",
    "CNTA": "cnta",
    "CPC Organization Department": "cpc-organization",
    "CPC Publicity Department": "cpc-publicity",
    "CSRC": "csrc",
    "CYL": "cyl",
    "Central Civilization Office": "civilization-office",
    "China Railway Corporation": "crc",
    "Cyberspace Administration": "cac",
    "GACC": "gacc",
    "MCA": "mca",
    "MLR": "mlr",
    "MOC": "moc",
    "MOF": "mof",
    "MOFCOM": "mofcom",
    "MOHRSS": "mohrss",
    "MOHURD": "mohurd",
    "MOT (CAAC)": "mot",
    "MPS": "mps",
    "Ministry of Agriculture": "moa",
    "Ministry of Education": "moe",
    "NDRC": "ndrc",
    "NDRC (issuer of the instrument)": "ndrc",
    "PBOC": "pboc",
    "SAFE": "safe",
    "SAIC": "saic",
    "SASAC": "sasac",
    "SAT": "sat",
    "SAWS": "saws",
    "SPC": "spc",
    "SPP": "spp",
    "State Administration of Civil Service": "civil-service",
    "State Commission Office for Public Sector Reform": "public-sector-reform",
    "State Forestry Administration": "sfa",
}
"""The names in the column of lead agencies, and the signatory each of them stands for."""
NO_SIGNATORIES = {"local guarantee-company supervisors?", "industry regulators?", "unknown"}
MEASURE_OF_RULE = {
    "air-any-flight": "38",
    "air-restricted-passenger": "AIR-385",
    "appointment-legal-representative": "33",
    "appointment-manager": "33",
    "credit-reference": "15",
    "goods-insurance": "43",
    "goods-luxury": "FASHI-17-OTHER",
    "goods-real-estate": "45",
    "goods-tourism": "42",
    "goods-vehicle-private": "46",
    "insurance-cash-value": "43",
    "lodging-high-end-unrated-guest": "40",
    "lodging-high-end-unrated-payer": "40",
    "lodging-star-rated": "40",
    "office-lease-high-end": "45",
    "office-lease-high-end-other": "45",
    "property-purchase": "45",
    "rail-emu-first-class": "39",
    "rail-g-train": "39",
    "rail-other-first-class": "39",
    "rail-restricted-passenger": "RAIL-384",
    "rail-soft-sleeper": "39",
    "renovation-building": "45",
    "renovation-luxury": "45",
    "ship-other-cabin": "39",
    "ship-second-class-or-above": "39",
    "tourism-group-tour-abroad": "42",
    "tourism-holiday": "42",
    "tourism-rated-resort": "42",
    "tuition-high-fee-private": "44",
    "vehicle-private": "46",
    "venue-nightclub-golf": "41",
}
REFERRING = {
    "credit-reference",
    "goods-insurance",
    "goods-luxury",
    "insurance-cash-value",
    "lodging-high-end-unrated-payer",
    "office-lease-high-end-other",
    "rail-other-first-class",
    "ship-other-cabin",
    "tourism-rated-resort",
}
RED_LISTS = {"a-grade-taxpayers", "customs-aeo"}
_HAN = re.compile(r"[\u4e00-\u9fff]")


def leading(pack: Pack) -> dict[tuple[str, str], Mark]:
    """Return who leads which measure, as pairs of ids, with the mark of the role."""
    leaders = [entry for entry in pack.roles.values() if entry.role is Involvement.LEADS]
    return {(entry.measure, entry.agency): entry.mark for entry in leaders}


def test_there_are_44_agencies_and_55_measures(pack: Pack) -> None:
    """The memorandum's rows are all there, numbered without a gap, and three measures of other instruments."""
    assert [agency.no for agency in pack.agencies.values()] == list(range(1, 45))
    assert list(pack.measures)[:55] == [str(number) for number in range(1, 56)]
    assert list(pack.measures)[55:] == ["AIR-385", "RAIL-384", "FASHI-17-OTHER"]


def test_the_categories_are_those_of_the_fact_sheet(pack: Pack) -> None:
    """Each of the 55 stands in its category, in order."""
    found = {number: pack.measures[str(number)].category.split()[0] for number in range(1, 56)}
    assert found == {number: name for name, numbers in CATEGORIES.items() for number in numbers}


def test_only_the_measures_named_as_served_are_served(pack: Pack) -> None:
    """Served, held and dormant are exactly what the fact sheet of instruments says (section 5)."""
    by_status = {
        status: {measure.id for measure in pack.measures.values() if measure.status is status}
        for status in Status
    }
    assert by_status[Status.SERVED] == SERVED
    assert by_status[Status.HELD] == HELD
    assert by_status[Status.DORMANT] == set(pack.measures) - SERVED - HELD


def test_only_served_measures_have_an_effect(pack: Pack) -> None:
    """A held or dormant measure cannot reach a mask; credit refers, the others restrict."""
    effects = {measure.id: measure.effect for measure in pack.measures.values() if measure.acts}
    assert effects == {"15": Effect.REFERS} | dict.fromkeys(RESTRICTING, Effect.RESTRICTS)


@pytest.mark.parametrize("number", ["54", "55"])
def test_what_is_unknown_stays_unknown(pack: Pack, number: str) -> None:
    """Nothing was invented for the two measures whose wording nobody found, and nobody leads them."""
    measure = pack.measures[number]
    texts = {measure.title_en, measure.title_zh, measure.category, measure.applies_to}
    assert texts | {measure.legal_basis, measure.lead_agencies} == {"unknown"}
    assert {measure.mark, measure.basis_mark} == {Mark.UNKNOWN}
    assert (measure.status, measure.effect) == (Status.DORMANT, Effect.NONE)
    assert not measure.targets
    assert number not in {pair[0] for pair in leading(pack)}


def test_marks_of_measures_were_not_promoted(pack: Pack) -> None:
    """Each of the 55 carries the mark of the fact sheet, and none is called verified."""
    marks = {measure.id: measure.mark for measure in list(pack.measures.values())[:55]}
    assert marks == {key: mark for mark, ids in MARKS.items() for key in ids.split()}


def test_a_basis_is_marked_as_read_only_where_one_was(pack: Pack) -> None:
    """Every dormant measure's basis is unknown, and those of the air and rail lists were read in a summary."""
    marks = {measure.id: measure.basis_mark for measure in pack.measures.values()}
    dormant = set(pack.measures) - SERVED - HELD
    expected = dict.fromkeys(SERVED | HELD, Mark.VERIFIED) | dict.fromkeys(dormant, Mark.UNKNOWN)
    assert marks == expected | {"AIR-385": Mark.PRESS, "RAIL-384": Mark.PRESS}


def test_a_target_is_one_that_the_fact_sheet_does_not_doubt(pack: Pack) -> None:
    """Nobody is a target of a measure because of words that end in a question mark."""
    doubted = [
        measure for measure in pack.measures.values() if "legal entities?" in measure.applies_to
    ]
    assert len(doubted) > 20
    assert all(PartyKind.ORGANISATION not in measure.targets for measure in doubted)
    unsure = [
        measure for measure in pack.measures.values() if "natural persons?" in measure.applies_to
    ]
    assert all(PartyKind.NATURAL_PERSON not in measure.targets for measure in unsure)


def test_successors_of_agencies_are_recalled(pack: Pack) -> None:
    """Which agency followed which was not read anywhere, and is marked so; the signatories were read."""
    followed = [agency for agency in pack.agencies.values() if agency.successor]
    assert len(followed) == 18
    assert {agency.successor_mark for agency in followed} == {Mark.RECALLED}
    assert {agency.mark for agency in pack.agencies.values()} == {Mark.VERIFIED}
    assert all(
        agency.successor_mark is None for agency in pack.agencies.values() if not agency.successor
    )


def test_who_leads_is_what_the_column_of_lead_agencies_says(pack: Pack) -> None:
    """Each signatory named there leads, with the mark it has there, and nobody else does.

    A name with a question mark is recalled; one without has the mark of the measure's row, never a higher one.
    """
    expected = {}
    for measure in pack.measures.values():
        for name in (part.strip() for part in measure.lead_agencies.split(";")):
            if name not in NO_SIGNATORIES:
                agency = AGENCIES[name.removesuffix("?")]
                mark = Mark.RECALLED if name.endswith("?") else measure.mark
                expected[measure.id, agency] = mark
    assert len(expected) == 93
    assert leading(pack) == expected


def test_no_agency_is_said_to_cooperate(pack: Pack) -> None:
    """No text about cooperating agencies was read, so every other cell of the matrix is none, unknown."""
    assert len(pack.roles) == len(pack.measures) * 44
    others = [entry for entry in pack.roles.values() if entry.role is not Involvement.LEADS]
    assert {(entry.role, entry.mark) for entry in others} == {(Involvement.NONE, Mark.UNKNOWN)}
    assert {entry.source for entry in others} == {
        "no text about this agency's part in this measure was read"
    }


@pytest.mark.parametrize("pack_id", PACK_IDS)
def test_every_acting_measure_has_a_leader(pack_id: str) -> None:
    """Whoever is restricted can be told which agency answers for it."""
    shipped = load_pack(pack_id)
    led = {pair[0] for pair in leading(shipped)}
    assert {measure.id for measure in shipped.measures.values() if measure.acts} <= led


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
        ("a-grade-taxpayers", "Utopia City Tax Bureau", "Utopia City Taxi Authority"),
        ("a-grade-taxpayers", "Utopia State Taxation Administration", "First Court of Utopia"),
        ("customs-aeo", "乌托邦海关", "国家税务总局乌托邦市税务局"),
        ("customs-aeo", "Utopia Customs", "Utopia City Tax Bureau"),
        ("customs-aeo", "Utopia Customs", "Utopia Village Committee for Customs"),
    ],
)
def test_a_red_list_has_its_own_authority(pack: Pack, list_id: str, good: str, bad: str) -> None:
    """Tax authorities name taxpayers, customs authorities their operators, and nobody below the county does."""
    level = pack.lists[list_id].authority_level
    assert level.admits(good)
    assert not level.admits(bad)


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


def test_terms_are_those_that_were_read(pack: Pack) -> None:
    """Two years and at most three more, one year, 180 days, 90 days more; everything else until performed."""
    terms = {
        (entry.id, ground.id): ground.max_term
        for entry in pack.lists.values()
        for ground in entry.grounds.values()
        if ground.max_term is not None
    }
    five = ("evasion", "false-evidence", "asset-report-breach", "consumption-order-breach")
    assert terms == {
        **{("judgment-defaulters", ground): Term(5, 0) for ground in (*five, "settlement-breach")},
        ("air-restricted", "act-in-air-transport"): Term(1, 0),
        ("rail-restricted", "act-in-rail-transport"): Term(0, 180),
        ("rail-restricted", "fare-repeated"): Term(0, 90),
    }


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


def test_only_the_consumption_list_reaches_responsible_persons(pack: Pack) -> None:
    """An entity's debt makes nobody else a defaulter or a restricted passenger."""
    reaching = {entry.id for entry in pack.lists.values() if entry.admits_responsible_persons}
    assert reaching == {"consumption-limited"}


def test_only_the_defaulters_list_refuses_minors(pack: Pack) -> None:
    """The age is the one that was read for this list; no other was read."""
    ages = {entry.id: entry.minimum_age for entry in pack.lists.values() if entry.minimum_age}
    assert ages == {"judgment-defaulters": 18}


def test_no_organisation_is_restricted_in_travel(pack: Pack) -> None:
    """Only people take flights, trains and ships, and only people hold posts."""
    for measure_id in ("33", "38", "39", "AIR-385", "RAIL-384"):
        assert pack.measures[measure_id].targets == {PartyKind.NATURAL_PERSON}


def test_each_rule_rests_on_its_measure(pack: Pack) -> None:
    """Every rule has exactly the one measure that it is meant to have."""
    assert {rule.id: rule.measures for rule in pack.rules.values()} == {
        rule_id: (measure_id,) for rule_id, measure_id in MEASURE_OF_RULE.items()
    }


def test_every_acting_measure_is_reached_by_a_rule(pack: Pack) -> None:
    """No measure is served in name only: each served one is the answer to some question."""
    reached = {measure_id for rule in pack.rules.values() for measure_id in rule.measures}
    assert reached == SERVED


def test_every_list_is_led_to_by_a_rule(pack: Pack) -> None:
    """No listing on a black list is without any consequence."""
    reached = {measure_id for rule in pack.rules.values() for measure_id in rule.measures}
    for entry in pack.lists.values():
        assert entry.effect is ListEffect.COMMENDS or entry.measures <= reached


def test_rules_that_need_a_person_refer(pack: Pack) -> None:
    """Where a row cannot show that the rule is met, or its amount is given nowhere, nobody is restricted by it."""
    assert {rule.id for rule in pack.rules.values() if rule.effect is Effect.REFERS} == REFERRING


def test_no_amount_stands_in_the_shipped_tables(pack: Pack) -> None:
    """No instrument that was read gives an amount, so no shipped rule has one."""
    assert all(rule.at_least_yuan is None for rule in pack.rules.values())


def test_the_post_outside_the_company_law_carries_a_lower_mark(pack: Pack) -> None:
    """Article 178 does not name the legal representative; the rule that does rests on a summary."""
    assert pack.rules["appointment-manager"].mark is Mark.VERIFIED
    assert pack.rules["appointment-legal-representative"].mark is Mark.PRESS


def test_only_rules_on_summaries_are_not_called_verified(pack: Pack) -> None:
    """The passengers' instruments, the memorandum of 2014 and the reference for credit were not read themselves."""
    marked = {rule.id for rule in pack.rules.values() if rule.mark is not Mark.VERIFIED}
    assert marked == {
        "air-restricted-passenger",
        "appointment-legal-representative",
        "credit-reference",
        "rail-restricted-passenger",
    }
    assert {pack.rules[rule_id].mark for rule_id in marked} == {Mark.PRESS}


@pytest.mark.parametrize(
    ("rule_id", "instruments"),
    [
        ("lodging-star-rated", {"Fa Shi [2015] No. 17"}),
        ("lodging-high-end-unrated-guest", {"Zhongbanfa [2016] No. 64"}),
        ("tourism-holiday", {"Fa Shi [2015] No. 17"}),
        ("tourism-group-tour-abroad", {"Fa Shi [2015] No. 17", "Zhongbanfa [2016] No. 64"}),
        ("tourism-rated-resort", {"Zhongbanfa [2016] No. 64"}),
        ("goods-tourism", {"Fa Shi [2015] No. 17"}),
    ],
)
def test_a_rule_names_the_instrument_that_applied(
    pack: Pack, rule_id: str, instruments: set[str]
) -> None:
    """Where two instruments differ, source and both explanations say which one was applied."""
    rule = pack.rules[rule_id]
    for instrument in ("Fa Shi [2015] No. 17", "Zhongbanfa [2016] No. 64"):
        assert (instrument in rule.source) is (instrument in instruments)
    assert all(instrument in rule.explanation_en for instrument in instruments)
    assert "applied: " in rule.explanation_en
    assert "适用：" in rule.explanation_zh
    spelled = {"Fa Shi [2015] No. 17": "17号", "Zhongbanfa [2016] No. 64": "64号"}
    assert all(spelled[instrument] in rule.explanation_zh for instrument in instruments)


@pytest.mark.parametrize("pack_id", PACK_IDS)
def test_everything_a_party_is_told_stands_in_both_languages(pack_id: str) -> None:
    """English has no Chinese characters in it, Chinese has some, and no two rules of an action say the same."""
    shipped = load_pack(pack_id)
    texts = [(rule.explanation_en, rule.explanation_zh) for rule in shipped.rules.values()]
    texts += [(entry.explanation_en, entry.explanation_zh) for entry in shipped.lists.values()]
    texts += [(entry.title_en, entry.title_zh) for entry in shipped.actions.values()]
    texts += [(entry.title_en, entry.title_zh) for entry in shipped.lists.values()]
    acting = [measure for measure in shipped.measures.values() if measure.acts]
    texts += [(measure.explanation_en, measure.explanation_zh) for measure in acting]
    for english, chinese in texts:
        assert not _HAN.search(english)
        assert _HAN.search(chinese)
    sentences = [(rule.action, rule.explanation_en) for rule in shipped.rules.values()]
    assert len(sentences) == len(set(sentences))


@pytest.mark.parametrize("pack_id", PACK_IDS)
def test_every_cell_reads_the_same_twice(pack_id: str) -> None:
    """On every cell of every shipped pack the compiled matrix and the naive reading agree."""
    shipped = load_pack(pack_id)
    assert count_cells(shipped) > 500
    assert verify_cells(shipped) == []


def test_the_mission_pack_answers_for_every_action(pack: Pack) -> None:
    """No action that partners may ask about is without a row in the pack, or without a rule."""
    assert list(pack.actions) == list(ACTIONS)
    assert {rule.action for rule in pack.rules.values()} == set(ACTIONS)


def test_the_united_states_pack_blocks_everything_it_answers_for(pack: Pack) -> None:
    """One list, one measure, four actions, every kind of party, marked as no more than a publisher's summary."""
    other = load_pack("us-ofac-sdn")
    assert list(other.lists) == ["sdn"]
    assert (other.lists["sdn"].mark, other.lists["sdn"].public) == (Mark.VERIFIED, True)
    measure = other.measures["NO-DEALINGS"]
    assert (measure.mark, measure.basis_mark) == (Mark.PRESS, Mark.PRESS)
    assert measure.targets == set(PartyKind)
    assert leading(other) == {("NO-DEALINGS", "ofac"): Mark.PRESS}
    answered = {"air.travel", "rail.travel", "lodging.stay", "goods.purchase"}
    assert set(other.actions) == {rule.action for rule in other.rules.values()} == answered
    assert other.digest != pack.digest
