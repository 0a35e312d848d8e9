"""Packs: what loads, what does not, and that every problem is named with its place."""

from __future__ import annotations

import pytest

from sanctions_matrix.measures import Effect, Mark, Status
from sanctions_matrix.pack import PackError, parse_pack

SMALL = {
    "pack.toml": """
        [pack]
        id = "small"
        version = "1"
        title_en = "t"
        title_zh = "t"
        description = "d"
    """,
    "agencies.toml": """
        [[agency]]
        no = 1
        id = "a"
        name_en = "A"
        name_zh = "A"
        mark = "verified"
        source = "s"
    """,
    "measures.toml": """
        [[measure]]
        id = "1"
        category = "c"
        title_en = "t"
        title_zh = "t"
        effect = "restricts"
        status = "served"
        targets = ["natural-person"]
        applies_to = "x"
        legal_basis = "b"
        lead_agencies = "A"
        mark = "parallel"
        source = "s"
        basis_mark = "verified"
        basis_source = "s"
        explanation_en = "e"
        explanation_zh = "e"
    """,
    "lists.toml": """
        [[authority_level]]
        id = "court"
        names_one_of = ["court"]
        names_none_of = []

        [[list]]
        id = "l"
        title_en = "t"
        title_zh = "t"
        legal_basis = "b"
        authority_level = "court"
        measures = ["1"]
        kinds = ["natural-person"]
        ends_with = "e"
        notice_rule = "n"
        correction_rule = "c"
        removal_rule = "r"
        contest_rule = "c"
        admits_responsible_persons = false
        utc_offset = "+08:00"
        mark = "press"
        source = "s"

        [[list.ground]]
        id = "g"
        text_en = "t"
        text_zh = "t"
        until_performed = true
        mark = "verified"
        source = "s"
    """,
    "actions.toml": """
        [[action]]
        name = "air.travel"
        title_en = "t"
        title_zh = "t"

        [[action]]
        name = "lodging.stay"
        title_en = "t"
        title_zh = "t"
    """,
    "rules.toml": """
        [[rule]]
        id = "r"
        action = "lodging.stay"
        when = { stars = [5] }
        measures = ["1"]
        source = "s"
        mark = "verified"
        explanation_en = "e"
        explanation_zh = "e"
    """,
}


def with_change(file: str, before: str, after: str) -> dict[str, str]:
    """Return the small pack with one text of one table replaced."""
    assert before in SMALL[file]
    return {**SMALL, file: SMALL[file].replace(before, after, 1)}


def test_a_small_pack_loads() -> None:
    """Every table's rows can be reached by id; a measure's bit is its place."""
    pack = parse_pack(SMALL)
    assert pack.id == "small"
    assert pack.measures["1"].bit == 0
    assert pack.measures["1"].effect is Effect.RESTRICTS
    assert pack.lists["l"].grounds["g"].max_term is None
    assert pack.rules["r"].when == {"stars": frozenset({5})}
    assert pack.agencies["a"].mark is Mark.VERIFIED


PROBLEMS = [
    ("lists.toml", 'legal_basis = "b"', "", "lists.toml, list 1 (l), legal_basis: is missing"),
    ("lists.toml", 'legal_basis = "b"', 'legal_basis = " "', "lists.toml, list 1 (l), legal_basis: must be"),
    ("lists.toml", 'authority_level = "court"', "", "lists.toml, list 1 (l), authority_level: is missing"),
    ("lists.toml", 'authority_level = "court"', 'authority_level = "king"', "is not one of court"),
    ("lists.toml", 'contest_rule = "c"', "", "lists.toml, list 1 (l), contest_rule: is missing"),
    ("lists.toml", 'mark = "press"', "", "lists.toml, list 1 (l), mark: is missing"),
    ("lists.toml", 'mark = "press"', 'mark = "recalled"', "lists.toml, l, mark: a list that is recalled may not"),
    ("lists.toml", 'mark = "press"', 'mark = "sure"', "mark: must be one of verified"),
    ("lists.toml", 'measures = ["1"]', 'measures = ["2"]', "there is no measure 2"),
    ("lists.toml", 'measures = ["1"]', "measures = []", "must carry at least one measure"),
    ("lists.toml", 'kinds = ["natural-person"]', 'kinds = ["dog"]', "'dog' is not one of natural-person"),
    ("lists.toml", 'kinds = ["natural-person"]', "kinds = []", "must say whom it may hold"),
    ("lists.toml", '"+08:00"', '"Beijing"', "must be whole hours"),
    ("lists.toml", "until_performed = true", "until_performed = false", "either until_performed"),
    ("lists.toml", "until_performed = true", "until_performed = true\nterm_years = 1", "either until_performed"),
    ("lists.toml", "[[list.ground]]", "[list.contest]", "lists.toml, list 1 (l) contest, body: is missing"),
    ("lists.toml", "admits_responsible_persons = false", 'admits_responsible_persons = "no"', "must be true or false"),
    ("measures.toml", 'mark = "parallel"', "", "measures.toml, measure 1 (1), mark: is missing"),
    ("measures.toml", 'legal_basis = "b"', "", "measures.toml, measure 1 (1), legal_basis: is missing"),
    ("measures.toml", 'basis_mark = "verified"', 'basis_mark = "recalled"', "a basis that is recalled may not"),
    ("measures.toml", 'basis_mark = "verified"', 'basis_mark = "parallel"', "a basis that is parallel may not"),
    ("measures.toml", 'status = "served"', 'status = "dormant"', "must be none while the measure is dormant"),
    ("measures.toml", 'status = "served"', 'status = "held"', "measure 1 is held and has no effect"),
    ("measures.toml", 'targets = ["natural-person"]', "targets = []", "must say whom it may reach"),
    ("measures.toml", 'source = "s"', 'source = "s"\nweight = 3', "weight: is not a known field"),
    ("measures.toml", 'category = "c"', "category = 3", "category: must be a text"),
    ("agencies.toml", "no = 1", "no = -1", "agencies.toml, agency 1 (a), no: must be a whole number"),
    ("agencies.toml", "no = 1", "no = true", "no: must be a whole number"),
    ("actions.toml", "air.travel", "sea.travel", "name: is not one of air.travel"),
    ("actions.toml", "air.travel", "lodging.stay", "name: stands twice"),
    ("rules.toml", 'mark = "verified"', 'mark = "recalled"', "a rule that is recalled may not restrict"),
    ("rules.toml", 'mark = "verified"', 'mark = "quoted"', "a rule that is quoted may not restrict"),
    ("rules.toml", 'source = "s"', "", "rules.toml, rule 1 (r), source: is missing"),
    ("rules.toml", "stars = [5]", "stars = [6]", "when.stars: 6 is not a value"),
    ("rules.toml", "stars = [5]", "stars = [true]", "when.stars: True is not a value"),
    ("rules.toml", "stars = [5]", "stars = []", "must be a list of allowed values"),
    ("rules.toml", "stars = [5]", "beds = [5]", "when.beds: is not an attribute"),
    ("rules.toml", 'measures = ["1"]', "measures = []", "must name at least one measure"),
    ("rules.toml", 'measures = ["1"]', 'measures = ["1"]\nroles = ["traveller"]', "the action has the roles guest"),
    ("rules.toml", 'measures = ["1"]', 'measures = ["1"]\neffect = "none"', "a rule without effect"),
    ("actions.toml", "lodging.stay", "rail.travel", "does not stand in actions.toml"),
    ("rules.toml", "[[rule]]", "[[rules]]", "rules.toml, rules: is not a known table"),
    ("rules.toml", "[[rule]]", "[rule]", "must be a list of tables"),
    ("rules.toml", "[[rule]]", "[[rule", "is not TOML"),
    ("pack.toml", 'id = "small"', "", "pack.toml, pack, id: is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "before", "after", "sentence"), PROBLEMS)
def test_an_unsound_pack_does_not_load(file: str, before: str, after: str, sentence: str) -> None:
    """The problem is named with file, row and field."""
    with pytest.raises(PackError) as caught:
        parse_pack(with_change(file, before, after))
    assert any(sentence in problem.sentence() for problem in caught.value.problems)


def test_all_problems_are_reported_at_once() -> None:
    """Three mistakes in three tables are three problems in one error."""
    tables = with_change("measures.toml", 'category = "c"', "")
    tables["rules.toml"] = tables["rules.toml"].replace('source = "s"', "")
    tables["lists.toml"] = tables["lists.toml"].replace('contest_rule = "c"', "")
    with pytest.raises(PackError) as caught:
        parse_pack(tables)
    assert {problem.field for problem in caught.value.problems} == {
        "category",
        "source",
        "contest_rule",
    }


def test_a_missing_and_a_foreign_table_are_problems() -> None:
    """A pack consists of its six tables, no fewer and no more."""
    tables = {name: text for name, text in SMALL.items() if name != "rules.toml"} | {
        "extra.toml": ""
    }
    with pytest.raises(PackError) as caught:
        parse_pack(tables)
    sentences = [problem.sentence() for problem in caught.value.problems]
    assert sentences == ["extra.toml: is not a table of a pack", "rules.toml: is missing"]


def test_an_id_may_not_stand_twice() -> None:
    """Two rows of one id would leave open which one counts."""
    tables = {**SMALL, "rules.toml": SMALL["rules.toml"] * 2}
    with pytest.raises(PackError, match=r"rules\.toml, r, id: stands twice"):
        parse_pack(tables)


def test_more_measures_than_bits_are_refused() -> None:
    """A mask has 64 bits."""
    many = "".join(SMALL["measures.toml"].replace('id = "1"', f'id = "{n}"') for n in range(65))
    with pytest.raises(PackError, match="more than 64"):
        parse_pack({**SMALL, "measures.toml": many})


def test_a_rule_that_only_refers_may_rest_on_less() -> None:
    """A recalled rule may send the question to a person, for that restricts nobody."""
    tables = with_change("rules.toml", 'mark = "verified"', 'mark = "recalled"\neffect = "refers"')
    assert parse_pack(tables).rules["r"].effect is Effect.REFERS


def test_the_digest_follows_the_content_and_not_the_layout() -> None:
    """A comment changes nothing; one letter of a title does."""
    digest = parse_pack(SMALL).digest
    assert len(digest) == 64
    assert parse_pack({**SMALL, "rules.toml": "# why\n" + SMALL["rules.toml"]}).digest == digest
    assert (
        parse_pack(with_change("rules.toml", 'explanation_en = "e"', 'explanation_en = "f"')).digest
        != digest
    )


def test_a_dormant_measure_without_effect_loads() -> None:
    """The 55 stand in the table even where nobody knows their text, as long as nothing uses them."""
    extra = SMALL["measures.toml"].replace('id = "1"', 'id = "2"').replace('"restricts"', '"none"')
    extra = extra.replace('"served"', '"dormant"').replace('["natural-person"]', "[]")
    pack = parse_pack({**SMALL, "measures.toml": SMALL["measures.toml"] + extra})
    assert pack.measures["2"].status is Status.DORMANT
    assert not pack.measures["2"].acts
