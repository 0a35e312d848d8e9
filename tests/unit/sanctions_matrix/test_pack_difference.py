"""The difference of two packs: the sentences that somebody confirms, and what is no matter of answers."""

from __future__ import annotations

import pytest

from gateway.packs import load_pack, shipped_tables
from sanctions_matrix.difference_words import row_sentences, sentences, summary
from sanctions_matrix.field_difference import field_changes
from sanctions_matrix.pack import Pack, parse_pack
from sanctions_matrix.pack_difference import compare_packs
from tests.fakes.utopia import TABLES, utopia


def edited(file: str, old: str, new: str) -> Pack:
    """Return Utopia with a piece of one table replaced everywhere."""
    assert old in TABLES[file]
    return parse_pack({**TABLES, file: TABLES[file].replace(old, new)})


def test_equal_packs_differ_in_nothing() -> None:
    """Comments and layout are no difference."""
    difference = compare_packs(utopia(), edited("rules.toml", "[[rule]]", "# a comment\n[[rule]]"))
    assert (difference.questions, sentences(difference), difference.rows) == (0, (), ())
    assert summary(difference) == "nothing differs"


def test_a_rule_that_goes_is_one_sentence_for_each_party_it_reached() -> None:
    """Attribute values, roles, kinds and lists are drawn together as far as that stays exact."""
    difference = compare_packs(
        utopia(), edited("rules.toml", "stars = [3, 4, 5]", "stars = [4, 5]")
    )
    assert sentences(difference) == (
        (
            "lodging.stay, stars 3, any high_end, as guest or payer: a natural person or an organisation on limits or "
            "debtors was RESTRICTED (lodging by lodging-stars) and would be PERMITTED"
        ),
        (
            "lodging.stay, stars 3, any high_end, as guest or payer: a vessel on limits was RESTRICTED (lodging by "
            "lodging-stars) and would be PERMITTED"
        ),
    )
    assert difference.questions == 3 * 2 * 5
    assert row_sentences(difference.rows) == (
        "rules.toml, lodging-stars: when stars (3, 4, 5 -> 4, 5)",
    )


def test_an_objection_that_would_stay_no_more_is_told_with_how_that_is_known() -> None:
    """What a party loses stands in the difference somebody confirms, although no question is answered otherwise."""
    before = load_pack("cn-joint-discipline")
    tables = dict(shipped_tables("cn-joint-discipline"))
    begin, rest = tables["lists.toml"].split("objection_stays = true", 1)
    tables["lists.toml"] = begin + rest.split('objection_stays_mark = "press"', 1)[1]
    difference = compare_packs(before, parse_pack(tables))
    assert sentences(difference) == ()
    (told,) = row_sentences(difference.rows)
    assert told.startswith("lists.toml, air-restricted: objection_stays (true -> false); ")
    assert "objection_stays_source (NDRC [2018] No. 385" in told
    assert told.endswith("objection_stays_mark (press -> nothing)")


def test_the_sentence_of_the_missions_pack() -> None:
    """Opening the first classes of D and C trains is said in one sentence a lawyer can check against the rule."""
    tables = dict(shipped_tables("cn-joint-discipline"))
    before = load_pack("cn-joint-discipline")
    rule = tables["rules.toml"].split('id = "rail-emu-first-class"')
    begin, rest = rule[0].rsplit("[[rule]]", 1)[0], rule[1].split("[[rule]]", 1)[1]
    tables["rules.toml"] = f"{begin}[[rule]]{rest}"
    difference = compare_packs(before, parse_pack(tables))
    assert sentences(difference) == (
        (
            "rail.travel, train D or C, seat business, premium-first or first, as traveller: a natural person on "
            "consumption-limited was RESTRICTED (39 by rail-emu-first-class) and would be PERMITTED"
        ),
    )
    assert row_sentences(difference.rows) == ("rules.toml, gone: rail-emu-first-class",)


def test_a_threshold_says_what_happens_below_at_and_without_an_amount() -> None:
    """All three are changes, and the attribute that is needed from now on is needed of everybody."""
    difference = compare_packs(utopia(), utopia(goods_luxury=20_000))
    asked = "goods.purchase, category luxury, any purpose, amount"
    who = (
        "as account-holder or payer: a natural person or an organisation on limits "
        "was REFERRED (goods by goods-luxury)"
    )
    assert sentences(difference) == (
        (
            f"{asked} not given, as account-holder or payer: anybody, listed or not, "
            "was answered and would have to give amount_yuan"
        ),
        f"{asked} below 20,000 yuan, {who} and would be PERMITTED",
        f"{asked} 20,000 yuan or more, {who} and would be RESTRICTED (goods by goods-luxury)",
    )
    assert [row.table for row in difference.rows] == ["thresholds.toml"]


def test_a_threshold_that_goes_is_said_the_other_way_round() -> None:
    """What had to be given need not be given any more."""
    (first, *_) = sentences(compare_packs(utopia(goods_luxury=20_000), utopia()))
    assert first.endswith("had to give amount_yuan and would be answered without")


def test_a_moved_threshold_changes_the_band_between() -> None:
    """Bands are those of both packs together."""
    difference = compare_packs(utopia(goods_luxury=100), utopia(goods_luxury=300))
    assert sentences(difference) == (
        (
            "goods.purchase, category luxury, any purpose, amount 100 to 299 yuan, "
            "as account-holder or payer: a natural person or an organisation on limits "
            "was RESTRICTED (goods by goods-luxury) and would be PERMITTED"
        ),
    )


def test_a_measure_off_a_list_is_told_although_another_still_restricts() -> None:
    """Each measure counts, because a listing need not carry all that its list may."""
    carried = '["air", "lodging", "goods", "credit"]'
    difference = compare_packs(
        utopia(), edited("lists.toml", carried, '["air", "lodging", "credit"]')
    )
    (stay,) = (text for text in sentences(difference) if text.startswith("lodging.stay"))
    assert "was RESTRICTED (lodging by lodging-stars, goods by lodging-grand)" in stay
    assert stay.endswith("would be RESTRICTED (lodging by lodging-stars)")


def test_what_refers_beside_what_restricts_is_marked() -> None:
    """A ground that only refers reads so, also where the outcome is RESTRICTED."""
    difference = compare_packs(
        edited("rules.toml", '["lodging", "goods"]', '["lodging", "credit"]'), utopia()
    )
    assert any("credit refers by lodging-grand" in text for text in sentences(difference))


@pytest.mark.parametrize("turned", [False, True])
def test_an_action_only_one_pack_has_is_named(turned: bool) -> None:  # noqa: FBT001 - a parameter
    """What it does, or did, is said in words for everybody on a list, and every question is counted once."""
    actions = TABLES["actions.toml"].replace("credit.extension", "ship.travel")
    rules = TABLES["rules.toml"].replace('"credit.extension"', '"ship.travel"')
    other = parse_pack({**TABLES, "actions.toml": actions, "rules.toml": rules})
    packs = (other, utopia()) if turned else (utopia(), other)
    difference = compare_packs(*packs)
    new, gone = (
        ("credit.extension", "ship.travel") if turned else ("ship.travel", "credit.extension")
    )
    told = sentences(difference)
    assert told[:2] == (
        f"new action: {new}",
        f"action that is gone: {gone} (questions about it would be refused)",
    )
    on = "a natural person or an organisation on limits or debtors"
    referred = "REFERRED (credit by credit-any)"
    opened = [text for text in told if text.startswith(f"{new}, any")]
    closed = [text for text in told if text.startswith(f"{gone}, any")]
    assert any(
        text.endswith(f"{on} could not be asked about and would be {referred}") for text in opened
    )
    assert any(
        text.endswith(f"{on} was {referred} and could not be asked about any more")
        for text in closed
    )
    assert len(opened) + len(closed) == len(told) - 2
    assert difference.questions == sum(change.questions for change in difference.changes)


def test_lists_and_measures_that_go_are_named_with_what_that_means() -> None:
    """A party on a new list is compared with a party on none."""
    lists = TABLES["lists.toml"].replace('"debtors"', '"defaulters"')
    told = sentences(compare_packs(utopia(), parse_pack({**TABLES, "lists.toml": lists})))
    assert told[:2] == (
        "new list: defaulters",
        "list that is gone: debtors (a register that holds listings on it would not open)",
    )
    assert any("on defaulters was PERMITTED and would be RESTRICTED" in text for text in told)
    measures = TABLES["measures.toml"].replace('"idle"', '"idler"')
    told = sentences(compare_packs(utopia(), parse_pack({**TABLES, "measures.toml": measures})))
    assert told == (
        "new measure: idler",
        "measure that is gone: idle (listings that still name it could not be published)",
    )


def test_a_red_list_is_told_as_what_it_adds() -> None:
    """A commendation is part of an answer, and no outcome."""
    lists = TABLES["lists.toml"].replace('"praised"', '"lauded"')
    told = sentences(compare_packs(utopia(), parse_pack({**TABLES, "lists.toml": lists})))
    assert any(
        text.endswith("on lauded was PERMITTED and would be PERMITTED (commended by lauded)")
        for text in told
    )


@pytest.mark.parametrize(
    ("file", "old", "new", "row"),
    [
        (
            "lists.toml",
            "term_years = 2",
            "term_years = 3",
            "lists.toml, debtors: ground evasion max_term years (2 -> 3)",
        ),
        (
            "measures.toml",
            'mark = "recalled"\nsource = "s"',
            'mark = "press"\nsource = "s"',
            "mark (recalled -> press)",
        ),
        (
            "rules.toml",
            '"Utopia Act"',
            '"Utopia Act, art. 2"',
            "rules.toml, air-any: source (Utopia Act -> Utopia Act, art. 2)",
        ),
        ("pack.toml", 'version = "1"', 'version = "2"', "pack.toml, pack: version (1 -> 2)"),
        (
            "agencies.toml",
            '"First Court of Utopia"',
            '"Court"',
            "agencies.toml, court: name_en (First Court of Utopia -> Court)",
        ),
        (
            "roles.toml",
            '"unknown"',
            '"recalled"',
            "roles.toml, air and court: mark (unknown -> recalled)",
        ),
        (
            "actions.toml",
            'title_en = "t"',
            'title_en = "u"',
            "actions.toml, air.travel: title_en (t -> u)",
        ),
    ],
)
def test_words_sources_marks_and_terms_change_no_answer(
    file: str, old: str, new: str, row: str
) -> None:
    """They are told apart, by table, row and field."""
    difference = compare_packs(utopia(), edited(file, old, new))
    assert difference.questions == 0
    assert summary(difference).startswith("no answer changes, but ")
    assert any(row in text for text in row_sentences(difference.rows))


def test_many_roles_are_counted() -> None:
    """A changed default is one line, not one for each pair of the mission's pack."""
    tables = dict(shipped_tables("cn-joint-discipline"))
    tables["roles.toml"] = tables["roles.toml"].replace('mark = "unknown"', 'mark = "recalled"', 1)
    before, after = load_pack("cn-joint-discipline"), parse_pack(tables)
    (told,) = row_sentences(compare_packs(before, after).rows)
    assert told.startswith("roles.toml, ")
    assert told.endswith(" pairs: mark (unknown -> recalled)")


def test_another_order_of_rows_is_told() -> None:
    """A measure's bit is its place, so a snapshot made before cannot be read with the new tables."""
    first, *others = TABLES["measures.toml"].split("[[measure]]")[1:]
    tables = {**TABLES, "measures.toml": "[[measure]]".join(["", *others, first])}
    difference = compare_packs(utopia(), parse_pack(tables))
    assert difference.questions == 0
    assert row_sentences(difference.rows) == ("measures.toml: order",)


def test_what_nothing_reads_is_said_to_differ() -> None:
    """Other tables are never called equal, also where no row that is kept differs."""
    level = '[[authority_level]]\nid = "idle"\nnames_one_of = []\nnames_none_of = []\n'
    other = {**TABLES, "lists.toml": level + TABLES["lists.toml"]}
    difference = compare_packs(utopia(), parse_pack(other))
    assert (difference.questions, difference.rows) == (0, ())
    assert "in what nothing reads" in summary(difference)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('source = "s"', 'source = "another"', "source (s -> another)"),
        ('instrument = "i"', 'instrument = "j"', "instrument (i -> j)"),
    ],
)
def test_what_a_threshold_rests_on_is_told_as_its_own_row(old: str, new: str, told: str) -> None:
    """Its instrument and its source are the threshold's, and not the rule's."""
    plain = {**TABLES, "thresholds.toml": THRESHOLD}
    other = {**plain, "thresholds.toml": THRESHOLD.replace(old, new)}
    difference = compare_packs(parse_pack(plain), parse_pack(other))
    assert difference.questions == 0
    assert row_sentences(difference.rows) == (f"thresholds.toml, goods-luxury: {told}",)


def hidden(*names: str) -> Pack:
    """Return Utopia with these lists made known to nobody."""
    parts = TABLES["lists.toml"].split("[[list]]")
    kept = [
        part.replace("public = true", "public = false")
        if any(f'id = "{name}"' in part for name in names)
        else part
        for part in parts
    ]
    return parse_pack({**TABLES, "lists.toml": "[[list]]".join(kept)})


def test_a_list_that_is_told_of_is_another_answer() -> None:
    """Whoever asks for an organisation's standing learns more or less of it; each list is one question."""
    there = compare_packs(hidden("limits", "praised"), hidden("debtors"))
    assert sentences(there) == (
        "standing: organisations on debtors were told and would not be told",
        "standing: organisations on limits were not told and would be told",
        "standing: organisations on praised were not told and would be told",
    )
    assert there.questions == 3
    assert "lists.toml, limits: public (false -> true)" in row_sentences(there.rows)


def test_a_list_without_organisations_is_no_question_of_standing() -> None:
    """Nobody's standing is asked for there, public or not."""
    kinds = '["natural-person", "organisation"]'
    assert kinds in TABLES["lists.toml"]
    packs = [
        parse_pack(
            {
                **TABLES,
                "lists.toml": text.replace(kinds, '["natural-person"]'),
            }
        )
        for text in (
            TABLES["lists.toml"],
            TABLES["lists.toml"].replace("public = true", "public = false"),
        )
    ]
    assert set(compare_packs(*packs).standings) == {"limits", "praised"}


def test_a_long_text_is_cut_to_where_it_differs() -> None:
    """What changed at the end of a long sentence is shown, and the sentence is not."""
    long = "x" * 200
    (change,) = field_changes("words", f"{long} one {long}", f"{long} another {long}")
    assert change.before.startswith("…xxx")
    assert " one x" in change.before
    assert " another x" in change.after
    assert max(len(change.before), len(change.after)) <= 62


def test_a_change_of_many_roles_in_several_ways_shows_no_values() -> None:
    """What is not the same everywhere is not shown as if it were."""
    tables = dict(shipped_tables("cn-joint-discipline"))
    source = tables["roles.toml"]
    tables["roles.toml"] = source.replace('mark = "', 'mark = "parallel" # ')
    before, after = load_pack("cn-joint-discipline"), parse_pack(tables)
    (told,) = row_sentences(compare_packs(before, after).rows)
    assert told.endswith(" pairs: mark")


THRESHOLD = """
[[threshold]]
rule = "goods-luxury"
at_least_yuan = 5
instrument = "i"
source = "s"
mark = "press"
explanation_en = "e"
explanation_zh = "e"
"""
