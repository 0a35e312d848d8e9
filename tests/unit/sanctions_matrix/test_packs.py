"""What the shipped packs say: the counts, the statuses and the marks of the fact sheets.

The fact sheets are not at hand when tests run, so what they say is written out here a second time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from gateway.packs import PACK_IDS, load_pack
from sanctions_matrix.actions import ACTIONS
from sanctions_matrix.attributes import Role
from sanctions_matrix.cells import count_cells, verify_cells
from sanctions_matrix.documents import PartyKind
from sanctions_matrix.lists import ListEffect
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
    "lodging-star-rated-guest": "40",
    "lodging-star-rated-payer": "40",
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


def test_the_basis_that_is_told_is_what_was_read(pack: Pack) -> None:
    """A served measure's basis names no instrument beside those its mark vouches for.

    What the fact sheet's column of legal bases says beside them stands in `source`, word for word.
    """
    fa_shi = "SPC Fa Shi [2015] No. 17 Art. 3"
    no_64 = "CPC/State Council General Offices, Zhongbanfa [2016] No. 64 s. 2(7)"
    points = {"38": 1, "39": 1, "40": 2, "41": 2, "42": 3, "43": 5, "44": 4, "45": 6, "46": 6}
    told = {measure.id: measure.legal_basis for measure in pack.measures.values() if measure.acts}
    assert told == {
        "15": "SPC Fa Shi [2017] No. 7 Art. 8",
        "33": "Company Law (2023) Art. 178(5)",
        **{number: f"{fa_shi}; {no_64}{point}" for number, point in points.items()},
        "AIR-385": "NDRC [2018] No. 385",
        "RAIL-384": "NDRC [2018] No. 384",
        "FASHI-17-OTHER": "SPC Fa Shi [2015] No. 17 art. 3, closing clause",
    }


@pytest.mark.parametrize(
    ("number", "rest"),
    [
        ("13", "MoU-cited basis: unknown"),
        ("15", "Civil Procedure Law (2023) Art. 266 (credit-record entry)"),
        ("15", "MoU-cited basis: unknown"),
        ("28", "MoU-cited basis: unknown"),
        ("33", "2014 eight-body MoU (press)"),
        ("38", "Fagaicaijin [2018] No. 385"),
        ("39", "Fagaicaijin [2018] No. 384"),
        ("44", "SPC Fa Fa [2019] No. 35"),
        ("50", "Art. 15 as cited by a Chongqing municipal system"),
    ],
)
def test_nothing_of_the_fact_sheet_is_lost(pack: Pack, number: str, rest: str) -> None:
    """What the column of legal bases says and was not read is kept as its source, and told to nobody as a basis."""
    measure = pack.measures[number]
    assert measure.basis_mark is Mark.VERIFIED
    assert rest in measure.source
    assert rest not in measure.legal_basis


def test_no_basis_that_counts_as_read_is_called_unknown(pack: Pack) -> None:
    """A mark of verified stands beside no text that says that nobody knows."""
    for measure in pack.measures.values():
        assert not (measure.basis_mark.may_restrict and "unknown" in measure.legal_basis)


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


def test_no_organisation_is_restricted_in_travel(pack: Pack) -> None:
    """Only people take flights, trains and ships, and only people hold posts."""
    for measure_id in ("33", "38", "39", "AIR-385", "RAIL-384"):
        assert pack.measures[measure_id].targets == {PartyKind.NATURAL_PERSON}


def test_no_organisation_is_restricted_in_its_childrens_schools(pack: Pack) -> None:
    """It has none; the other limits of consumption reach organisations as well."""
    assert pack.measures["44"].targets == {PartyKind.NATURAL_PERSON}
    for number in ("40", "41", "42", "43", "45", "46"):
        assert pack.measures[number].targets == {PartyKind.NATURAL_PERSON, PartyKind.ORGANISATION}


def test_who_lodges_and_who_pays_fall_under_their_own_instrument(pack: Pack) -> None:
    """Each star-rated stay has one rule for the guest and one for the payer, and no other."""
    rules = [rule for rule in pack.rules.values() if rule.when.get("stars", {0}) != {0}]
    roles = {rule.id: set(rule.roles) for rule in rules if rule.action == "lodging.stay"}
    assert roles == {
        "lodging-star-rated-guest": {Role.GUEST},
        "lodging-star-rated-payer": {Role.PAYER},
    }


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
        ("lodging-star-rated-guest", {"Zhongbanfa [2016] No. 64"}),
        ("lodging-star-rated-payer", {"Fa Shi [2015] No. 17"}),
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
