"""The policy pack of Utopia: every kind of row that a pack can have, once or twice, and nothing else.

Responsible for tables against which admission, evaluation and thresholds are tested.
Not responsible for law: what the shipped packs say is tested by `test_packs.py` and by the vectors.

`limits` is a black list for everybody, `debtors` one with terms and an age, `praised` a red list.
"""

from __future__ import annotations

from functools import cache

from sanctions_matrix.pack import Pack, parse_pack

_WORDS = """
title_en = "t"
title_zh = "t"
explanation_en = "e"
explanation_zh = "e"
"""

_MEASURE = """
[[measure]]
id = "{id}"
effect = "{effect}"
status = "{status}"
targets = {targets}
category = "c"
applies_to = "x"
legal_basis = "b"
lead_agencies = "Court"
mark = "recalled"
source = "s"
basis_mark = "verified"
basis_source = "s"
"""

_LIST = """
[[list]]
id = "{id}"
effect = "{effect}"
measures = {measures}
kinds = {kinds}
public = true
publication_source = "s"
publication_mark = "press"
legal_basis = "b"
authority_level = "court"
ends_with = "e"
notice_rule = "n"
correction_rule = "c"
removal_rule = "r"
contest_rule = "c"
utc_offset = "+08:00"
mark = "press"
source = "s"
"""

_GROUND = """
[[list.ground]]
id = "{id}"
text_en = "t"
text_zh = "t"
mark = "verified"
source = "s"
"""

_RULE = """
[[rule]]
id = "{id}"
action = "{action}"
when = {when}
measures = {measures}
source = "Utopia Act"
mark = "verified"
explanation_en = "e"
explanation_zh = "e"
"""

_THRESHOLD = """
[[threshold]]
rule = "{rule}"
at_least_yuan = {at_least_yuan}
instrument = "Utopia Circular on {rule}"
source = "s"
mark = "press"
explanation_en = "From this amount on it is closed."
explanation_zh = "自该金额起予以限制。"
"""

_EVERYBODY = '["natural-person", "organisation", "vessel"]'


def _measure(id_: str, effect: str, status: str, targets: str) -> str:
    return _MEASURE.format(id=id_, effect=effect, status=status, targets=targets) + _WORDS


def _list(id_: str, effect: str, measures: str, kinds: str) -> str:
    return _LIST.format(id=id_, effect=effect, measures=measures, kinds=kinds) + _WORDS


def _rule(id_: str, action: str, when: str, measures: str) -> str:
    return _RULE.format(id=id_, action=action, when=when, measures=measures)


TABLES = {
    "pack.toml": """
        [pack]
        id = "utopia"
        version = "1"
        title_en = "t"
        title_zh = "t"
        description = "d"
    """,
    "agencies.toml": """
        [[agency]]
        no = 1
        id = "court"
        name_en = "First Court of Utopia"
        name_zh = "f"
        mark = "verified"
        source = "s"
    """,
    "measures.toml": _measure("air", "restricts", "served", '["natural-person"]')
    + _measure("lodging", "restricts", "served", _EVERYBODY)
    + _measure("goods", "restricts", "served", '["natural-person", "organisation"]')
    + _measure("credit", "refers", "served", '["natural-person", "organisation"]')
    + _measure("idle", "none", "dormant", "[]"),
    "roles.toml": """
        [default]
        role = "leads"
        mark = "unknown"
        source = "s"
    """,
    "lists.toml": """
        [[authority_level]]
        id = "court"
        names_one_of = ["Court"]
        names_none_of = ["Moot"]
    """
    + _list("limits", "restricts", '["air", "lodging", "goods", "credit"]', _EVERYBODY)
    + "admits_responsible_persons = true\n"
    + _GROUND.format(id="not-performed")
    + "until_performed = true\n"
    + _list("debtors", "restricts", '["lodging", "credit"]', '["natural-person", "organisation"]')
    + "admits_responsible_persons = false\nminimum_age = 18\n"
    + _GROUND.format(id="evasion")
    + "until_performed = false\nterm_years = 2\n"
    + _GROUND.format(id="refusal")
    + "until_performed = true\n"
    + _list("praised", "commends", "[]", '["organisation"]')
    + "admits_responsible_persons = false\n"
    + _GROUND.format(id="merit")
    + "until_performed = false\nterm_days = 30\n",
    "actions.toml": "".join(
        f'[[action]]\nname = "{name}"\ntitle_en = "t"\ntitle_zh = "t"\n'
        for name in ("air.travel", "lodging.stay", "credit.extension", "goods.purchase")
    ),
    "rules.toml": _rule("air-any", "air.travel", "{}", '["air"]')
    + _rule("lodging-suspect", "lodging.stay", "{ stars = [4, 5] }", '["lodging"]')
    + 'effect = "refers"\n'
    + _rule("lodging-stars", "lodging.stay", "{ stars = [3, 4, 5] }", '["lodging"]')
    + _rule("lodging-grand", "lodging.stay", "{ stars = [5] }", '["lodging", "goods"]')
    + _rule(
        "lodging-high-end-guest",
        "lodging.stay",
        "{ stars = [0], high_end = [true] }",
        '["lodging"]',
    )
    + 'roles = ["guest"]\n'
    + _rule("credit-any", "credit.extension", "{}", '["credit"]')
    + _rule(
        "goods-vehicle",
        "goods.purchase",
        '{ category = ["vehicle"], purpose = ["private"] }',
        '["goods"]',
    )
    + _rule("goods-luxury", "goods.purchase", '{ category = ["luxury"] }', '["goods"]')
    + 'effect = "refers"\n'
    + _rule("goods-tourism", "goods.purchase", '{ category = ["tourism"] }', '["goods"]')
    + 'effect = "refers"\nroles = ["payer"]\n',
}
"""The tables of Utopia, file name to text, without thresholds."""


def threshold(rule: str, at_least_yuan: int) -> str:
    """Return a row of `thresholds.toml`: a rule and the amount, in whole yuan, from which it restricts."""
    return _THRESHOLD.format(rule=rule, at_least_yuan=at_least_yuan)


@cache
def utopia(**amounts: int) -> Pack:
    """Return the pack of Utopia, with thresholds by the rule's id (`_` for `-`), in whole yuan."""
    rows = [threshold(rule.replace("_", "-"), amount) for rule, amount in amounts.items()]
    extra = {"thresholds.toml": "".join(rows)} if rows else {}
    return parse_pack({**TABLES, **extra})
