"""Packs: what loads, what does not, and that every problem is named with its place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sanctions_matrix.documents import PartyKind
from sanctions_matrix.lists import ListEffect
from sanctions_matrix.measures import AgencyRole, Effect, Involvement, Mark, Status
from sanctions_matrix.pack import PackError, parse_pack
from tests.fakes.utopia import TABLES, threshold, utopia

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
    "roles.toml": """
        [default]
        role = "none"
        mark = "unknown"
        source = "s"

        [[role]]
        measure = "1"
        agency = "a"
        role = "leads"
        mark = "press"
        source = "t"
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
        effect = "restricts"
        explanation_en = "e"
        explanation_zh = "e"
        public = true
        publication_source = "p"
        publication_mark = "verified"
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
    assert pack.roles == {("1", "a"): AgencyRole("1", "a", Involvement.LEADS, Mark.PRESS, "t")}
    assert (pack.lists["l"].effect, pack.lists["l"].public) == (ListEffect.RESTRICTS, True)
    assert (pack.lists["l"].correction_days, pack.lists["l"].review_days) == (None, None)


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
    ("lists.toml", 'effect = "restricts"', "", "lists.toml, list 1 (l), effect: is missing"),
    ("lists.toml", 'effect = "restricts"', 'effect = "shames"', "effect: must be one of restricts, commends"),
    ("lists.toml", 'effect = "restricts"', 'effect = "commends"', "a list that commends carries no measure"),
    ("lists.toml", 'effect = "restricts"', 'effect = "commends"', "commends holds organisations only"),
    ("lists.toml", 'explanation_en = "e"', "", "lists.toml, list 1 (l), explanation_en: is missing"),
    ("lists.toml", 'explanation_zh = "e"', "", "lists.toml, list 1 (l), explanation_zh: is missing"),
    ("lists.toml", "public = true", "", "lists.toml, list 1 (l), public: is missing"),
    ("lists.toml", "public = true", 'public = "yes"', "public: must be true or false"),
    ("lists.toml", 'publication_source = "p"', "", "lists.toml, list 1 (l), publication_source: is missing"),
    ("lists.toml", 'publication_mark = "verified"', "", "lists.toml, list 1 (l), publication_mark: is missing"),
    ("lists.toml", '_mark = "verified"', '_mark = "quoted-local"', "makes no list public"),
    ("lists.toml", "public = true", "public = true\ncorrection_days = -1", "correction_days: must be a whole number"),
    ("lists.toml", "public = true", 'public = true\nreview_days = "15"', "review_days: must be a whole number"),
    ("lists.toml", "public = true", 'public = true\nobjection_stays = "yes"', "objection_stays: must be true or false"),
    ("lists.toml", "public = true", "public = true\nobjection_stays = true", "stays_source: must be given exactly"),
    ("lists.toml", "public = true", "public = true\nobjection_stays = true", "stays_mark: must be given exactly"),
    ("lists.toml", "public = true", 'public = true\nobjection_stays_source = "s"', "_source: must be given exactly"),
    ("lists.toml", "public = true", 'public = true\nobjection_stays_mark = "press"', "_mark: must be given exactly"),
    ("lists.toml", "public = true", 'public = true\nobjection_stays_mark = "sure"', "_mark: must be one of verified"),
    ("roles.toml", 'role = "none"', "", "roles.toml, default, role: is missing"),
    ("roles.toml", 'mark = "unknown"', "", "roles.toml, default, mark: is missing"),
    ("roles.toml", 'source = "s"', "", "roles.toml, default, source: is missing"),
    ("roles.toml", 'source = "s"', 'source = "s"\nwhy = "w"', "roles.toml, default, why: is not a known field"),
    ("roles.toml", 'role = "leads"', 'role = "helps"', "must be one of leads, cooperates, none"),
    ("roles.toml", 'role = "leads"', 'role = "cooperates"', "roles.toml, 1, role: no agency leads this measure"),
    ("roles.toml", 'mark = "press"', "", "roles.toml, role 1, mark: is missing"),
    ("roles.toml", 'source = "t"', "", "roles.toml, role 1, source: is missing"),
    ("roles.toml", 'measure = "1"', 'measure = "2"', "there is no measure '2' or no agency 'a'"),
    ("roles.toml", 'agency = "a"', 'agency = "b"', "there is no measure '1' or no agency 'b'"),
    ("roles.toml", "[default]", "[[usual]]", "roles.toml, usual: is not a known table"),
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
    """A pack consists of its seven tables and perhaps thresholds, no fewer and no more."""
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


def test_a_role_may_stand_only_once() -> None:
    """Two rows of one measure and one agency would leave open which one counts."""
    again = SMALL["roles.toml"] + SMALL["roles.toml"].partition("[[role]]")[1]
    row = SMALL["roles.toml"].partition("[[role]]")[2]
    with pytest.raises(PackError, match=r"roles\.toml, role 2, agency: stands twice"):
        parse_pack({**SMALL, "roles.toml": again + row})


def test_every_pair_of_a_measure_and_an_agency_has_a_role() -> None:
    """A pair without a row takes the default with its mark and source, so the matrix has no holes."""
    agencies = SMALL["agencies.toml"] + SMALL["agencies.toml"].replace('"a"', '"b"')
    roles = parse_pack({**SMALL, "agencies.toml": agencies}).roles
    assert list(roles) == [("1", "a"), ("1", "b")]
    assert roles["1", "b"] == AgencyRole("1", "b", Involvement.NONE, Mark.UNKNOWN, "s")


def test_a_red_list_of_organisations_without_measures_loads() -> None:
    """It reaches nobody else and carries nothing."""
    praised = utopia().lists["praised"]
    assert praised.effect is ListEffect.COMMENDS
    assert not praised.measures
    assert praised.kinds == {PartyKind.ORGANISATION}


@pytest.mark.parametrize("mark", ["recalled", "quoted", "unknown"])
def test_a_ground_that_nobody_read_restricts_nobody(mark: str) -> None:
    """It does not load on a list that restricts, whatever the mark of the list itself."""
    before, _, ground = SMALL["lists.toml"].partition("[[list.ground]]")
    ground = ground.replace('mark = "verified"', f'mark = "{mark}"')
    with pytest.raises(
        PackError, match=rf"l, ground g, mark: a ground that is {mark} may not restrict"
    ):
        parse_pack({**SMALL, "lists.toml": f"{before}[[list.ground]]{ground}"})


def test_a_ground_of_a_red_list_may_rest_on_less() -> None:
    """It restricts nobody."""
    before, merit, ground = TABLES["lists.toml"].partition('id = "merit"')
    ground = ground.replace('mark = "verified"', 'mark = "recalled"')
    pack = parse_pack({**TABLES, "lists.toml": before + merit + ground})
    assert pack.lists["praised"].grounds["merit"].mark is Mark.RECALLED


def test_a_red_list_reaches_no_responsible_person() -> None:
    """Nobody is praised for being somebody's director."""
    rows = TABLES["lists.toml"]
    red = rows.index('id = "praised"')
    wrong = rows[:red] + rows[red:].replace("persons = false", "persons = true")
    with pytest.raises(
        PackError, match="praised, admits_responsible_persons: a list that commends"
    ):
        parse_pack({**TABLES, "lists.toml": wrong})


class TestThresholds:
    """An operator's amounts, each with the instrument it rests on."""

    def test_a_threshold_turns_a_rule_that_refers_into_one_that_restricts(self) -> None:
        """Amount, instrument, mark and words are the threshold's; everything else stays the rule's."""
        before, after = (
            pack.rules["goods-luxury"] for pack in (utopia(), utopia(goods_luxury=20_000))
        )
        assert after == replace(
            before,
            effect=Effect.RESTRICTS,
            at_least_yuan=20_000,
            threshold_source="s",
            source="Utopia Circular on goods-luxury",
            mark=Mark.PRESS,
            explanation_en="From this amount on it is closed.",
            explanation_zh="自该金额起予以限制。",
        )

    def test_the_amounts_of_an_action_ascend_and_are_told_once(self) -> None:
        """They part the bands of the amount; other actions have none."""
        pack = utopia(goods_luxury=20_000, goods_tourism=5_000)
        assert pack.thresholds("goods.purchase") == (5_000, 20_000)
        assert utopia(goods_luxury=1, goods_tourism=1).thresholds("goods.purchase") == (1,)
        assert pack.thresholds("air.travel") == ()
        assert utopia().thresholds("goods.purchase") == ()

    def test_rules_keep_their_order(self) -> None:
        """Of two equal rules the first speaks, thresholds or not."""
        assert list(utopia(goods_luxury=1).rules) == list(utopia().rules)

    def test_a_threshold_changes_the_digest(self) -> None:
        """Two packs that answer differently have two digests."""
        assert utopia(goods_luxury=1).digest != utopia().digest
        assert utopia(goods_luxury=1).digest != utopia(goods_luxury=2).digest

    @pytest.mark.parametrize(
        ("rows", "sentence"),
        [
            (threshold("no-rule", 1), "no-rule, rule: there is no such rule"),
            (threshold("credit-any", 1), "credit-any, rule: credit.extension has no amount_yuan"),
            (threshold("goods-vehicle", 1), "goods-vehicle, rule: only a rule that refers waits"),
            (threshold("goods-luxury", 0), "goods-luxury, at_least_yuan: must be above 0"),
            (threshold("goods-luxury", -1), "at_least_yuan: must be a whole number"),
            (threshold("goods-luxury", 1) * 2, "goods-luxury, rule: has two thresholds"),
            (
                threshold("goods-luxury", 1).replace('"press"', '"recalled"'),
                "goods-luxury, mark: a threshold that is recalled may not restrict",
            ),
            (threshold("goods-luxury", 1).replace("instrument", "name"), "instrument: is missing"),
            (threshold("goods-luxury", 1) + 'currency = "yuan"', "is not a known field"),
            ("[[limit]]", "thresholds.toml, limit: is not a known table"),
        ],
    )
    def test_an_unsound_threshold_does_not_load(self, rows: str, sentence: str) -> None:
        """An amount without an instrument, without a rule that waits for it, or with a weak mark restricts nobody."""
        with pytest.raises(PackError) as caught:
            parse_pack({**TABLES, "thresholds.toml": rows})
        assert any(sentence in problem.sentence() for problem in caught.value.problems)
