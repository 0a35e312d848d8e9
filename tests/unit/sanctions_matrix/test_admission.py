"""Admission: one row for each way of breaking one rule, and rows that break many."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from gateway.packs import load_pack
from sanctions_matrix.admission import AdmissionError, Violation, admit
from sanctions_matrix.documents import DocumentError, PartyKind, parse_document
from sanctions_matrix.listing import (
    ContestRoute,
    Notice,
    Ruling,
    Window,
)
from sanctions_matrix.violations import Fault
from tests.fakes.admitted_rows import (
    CALENDAR,
    CITIZEN,
    COMPANY,
    REMOVED,
    ROLE,
    TODAY,
    changed,
    defaulter,
    violations,
)
from tests.fakes.fixed_calendar import FixedCalendar

if TYPE_CHECKING:
    from sanctions_matrix.pack import Pack


def test_a_good_row_is_admitted_with_all_its_parts(row: dict[str, Any], pack: Pack) -> None:
    """What the agency said is kept, typed and in UTC; the measures are spelled out."""
    submission = admit(row, pack.lists["consumption-limited"], CALENDAR, today=TODAY)
    assert submission.record == "2024-1"
    assert [document.type for document in submission.documents] == ["cn-ric", "passport:UTO"]
    assert submission.party_kind is PartyKind.NATURAL_PERSON
    assert submission.ground == "not-performed"
    assert submission.ruling == Ruling(
        "(2024) U 1 No. 1", "First Court of Utopia", date(2024, 1, 10)
    )
    assert submission.notice == Notice(date(2024, 1, 20))
    assert submission.window == Window(datetime(2024, 1, 31, 16, tzinfo=UTC))
    assert not submission.is_proposed
    assert submission.measures == pack.lists["consumption-limited"].measures
    assert submission.contest == ContestRoute(
        "First Court of Utopia", "1 Court Road", "within 10 days of service"
    )
    assert submission.responsible_for is None


BROKEN = [
    ("A1 ruling", "ruling", REMOVED),
    ("A1 ruling", "ruling", "a court"),
    ("A1 ruling.number", "ruling.number", ""),
    ("A1 ruling.number", "ruling.number", "x" * 201),
    ("A1 ruling.number", "ruling.number", "a\nb"),
    ("A1 ruling.authority", "ruling.authority", REMOVED),
    ("A1 ruling.dated", "ruling.dated", "10 January 2024"),
    ("A1 ruling.dated", "ruling.dated", "2024-02-02"),
    ("A1 ruling.effective", "ruling.effective", False),
    ("A1 ruling.effective", "ruling.effective", REMOVED),
    ("A1 ruling.effective", "ruling.effective", 1),
    ("A2 ruling.authority", "ruling.authority", "Bureau of Utopia"),
    ("A3 ground", "ground", "bad manners"),
    ("A3 ground", "ground", REMOVED),
    ("A3 ground", "ground", ["not-performed"]),
    ("A4 notice.served_on", "notice", REMOVED),
    ("A4 notice.served_on", "notice", {}),
    ("A4 notice.served_on", "notice.served_on", "2024-02-02"),
    ("A4 stage", "stage", "in force"),
    ("A4 stage", "stage", ""),
    ("A4 stage", "stage", ["proposed"]),
    ("A5 starts_at", "starts_at", "2024-02-01"),
    ("A5 starts_at", "starts_at", REMOVED),
    ("A5 ends_at", "ends_at", "for ever"),
    ("A5 ends_at", "ends_at", "2024-02-01T00:00:00+08:00"),
    ("A6 party", "party", REMOVED),
    ("A6 party.kind", "party.kind", "family"),
    ("A6 party.kind", "party.kind", ["natural-person"]),
    ("A6 party.documents", "party.documents", []),
    ("A6 party.documents", "party.documents", REMOVED),
    ("A6 party.documents", "party.documents", [CITIZEN] * 17),
    ("A6 party.documents[0]", "party.documents", ["110101189001010016"]),
    ("A6 party.documents[0]", "party.documents", [{"type": "cn-ric"}]),
    ("A6 party.documents[1]", "party.documents", [CITIZEN, {"type": "cn-ric", "number": "110101189001010017"}]),
    ("A6 party.documents", "party.documents", [CITIZEN, COMPANY]),
    ("A7 party.born_on", "party.born_on", "01.01.1890"),
    ("A7 party.born_on", "party.born_on", "1890-01-02"),
    ("A8 responsible_for.listing", "responsible_for", {"role": "legal-representative"}),
    ("A8 responsible_for.listing", "responsible_for", "2024-9"),
    ("A8 responsible_for.listing", "responsible_for", {**ROLE, "listing": "r" * 65}),
    ("A8 responsible_for.role", "responsible_for", {"listing": "2024-9"}),
    ("A8 responsible_for.role", "responsible_for", {**ROLE, "role": "spouse"}),
    ("A8 responsible_for.role", "responsible_for", {**ROLE, "role": "child"}),
    ("A8 responsible_for.role", "responsible_for", {**ROLE, "role": "shareholder"}),
    ("A8 responsible_for.ended_on", "responsible_for", {**ROLE, "ended_on": "soon"}),
    ("A8 responsible_for.ended_on", "responsible_for", {**ROLE, "ended_on": "2024-02-01"}),
    ("A9 name", "name", "somebody"),
    ("A9 religion", "religion", "any"),
    ("A9 (other)", "110101189001010016", "any"),
    ("A9 (other)", "Name", "any"),
    ("A9 party.(other)", "party.Name", "any"),
    ("A9 score", "score", 7),
    ("A9 party.ethnicity", "party.ethnicity", "any"),
    ("A9 party.spouse", "party.spouse", CITIZEN),
    ("A9 ruling.case_text", "ruling.case_text", "…"),
    ("A9 notice.by", "notice.by", "post"),
    ("A9 contest.email", "contest.email", "x"),
    ("A9 party.documents[0]", "party.documents", [{**CITIZEN, "holder": "somebody"}]),
    ("A9 record", "record", ""),
    ("A9 record", "record", "r" * 65),
    ("A9 record", "record", 7),
    ("A9 record", "record", "110101189001010016"),
    ("A9 record", "record", "11010818921229288x"),
    ("A9 ruling.number", "ruling.number", "110101189001010016"),
    ("A10 contest", "contest", REMOVED),
    ("A10 contest.body", "contest.body", ""),
    ("A10 contest.address", "contest.address", REMOVED),
    ("A10 contest.deadline", "contest.deadline", None),
    ("A11 measures", "measures", ["33"]),
    ("A11 measures", "measures", ["38", "1"]),
    ("A11 measures", "measures", []),
    ("A11 measures", "measures", "38"),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "path", "value"), BROKEN)
def test_a_row_that_breaks_one_rule_breaks_only_that_one(
    row: dict[str, Any], pack: Pack, expected: str, path: str, value: object
) -> None:
    """The rule and the field are named, in both languages, and nothing else is complained of."""
    found = violations(changed(row, path, value), pack, "consumption-limited")
    assert [f"{entry.rule} {entry.field}" for entry in found] == [expected]
    assert found[0].message_en
    assert any("\u4e00" <= character <= "\u9fff" for character in found[0].message_zh)


def test_the_error_says_every_rule_and_what_to_mend(row: dict[str, Any], pack: Pack) -> None:
    """Whoever sees only the error's text learns all of it, in the order of the rules."""
    broken = changed(changed(row, "measures", []), "ground", "bad manners")
    with pytest.raises(AdmissionError) as caught:
        admit(broken, pack.lists["consumption-limited"], CALENDAR, today=TODAY)
    ground, measures = Fault.GROUND_UNKNOWN, Fault.MEASURES_SHAPE
    assert caught.value.violations == (ground.violation(), measures.violation())
    assert str(caught.value) == f"A3: {ground.message_en}; A11: {measures.message_en}"


def test_a_document_that_is_refused_says_why(row: dict[str, Any], pack: Pack) -> None:
    """The advice of the document's reader stands in the message, in both languages, without the number."""
    wrong = {"type": "cn-ric", "number": "110101189001010017"}
    found = violations(
        changed(row, "party.documents", [CITIZEN, wrong]), pack, "consumption-limited"
    )
    with pytest.raises(DocumentError) as caught:
        parse_document(wrong["type"], wrong["number"])
    problem = caught.value.problem
    assert found == (
        Violation(
            "A6",
            f"A document is refused: {problem.advice_en}.",
            f"证件无效：{problem.advice_zh}。",
            "party.documents[1]",
        ),
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("record", "r" * 64),
        ("record", "110101189001010017"),
        ("record", "r" * 18),
        ("ruling.number", "No. 110101189001010016"),
        ("ruling.number", "n" * 200),
        ("ruling.dated", "2024-02-01"),
        ("notice.served_on", "2024-02-01"),
        ("party.documents", [CITIZEN] * 16),
        ("responsible_for", {**ROLE, "listing": "r" * 64}),
        ("ends_at", "2024-02-01T00:00:00.000001+08:00"),
        ("starts_at", "2024-01-20T00:00:00+08:00"),
    ],
)
def test_a_value_at_its_limit_is_admitted(
    row: dict[str, Any], pack: Pack, path: str, value: object
) -> None:
    """Longest texts, most documents, the day of the start for ruling and service, and what is no citizen's number."""
    assert not violations(changed(row, path, value), pack, "consumption-limited")


@pytest.mark.parametrize(
    ("path", "fault"),
    [("ruling.dated", Fault.RULING_AHEAD), ("notice.served_on", Fault.NOTICE_AHEAD)],
)
@pytest.mark.parametrize("starts_at", ["2024-02-01T00:00:00+08:00", "2030-01-01T00:00:00+08:00"])
def test_a_ruling_and_a_notice_are_there_when_the_row_is_imported(
    row: dict[str, Any], pack: Pack, path: str, fault: Fault, starts_at: str
) -> None:
    """Nobody knows today what will be decided or served tomorrow, whenever the listing starts."""
    written = changed(changed(row, "starts_at", starts_at), path, "2024-01-25")
    day, before = date(2024, 1, 25), date(2024, 1, 24)
    assert not violations(written, pack, "consumption-limited", today=day)
    refused = violations(written, pack, "consumption-limited", today=before)
    assert refused == (fault.violation(),)


def test_a_date_ahead_and_after_the_start_is_one_fault(row: dict[str, Any], pack: Pack) -> None:
    """A clerk hears that the day has not come, and not of what else is wrong with it."""
    for path, fault in (
        ("ruling.dated", Fault.RULING_AHEAD),
        ("notice.served_on", Fault.NOTICE_AHEAD),
    ):
        written = changed(row, path, "2024-02-02")
        refused = violations(written, pack, "consumption-limited", today=date(2024, 2, 1))
        assert refused == (fault.violation(),)


def test_no_period_to_object_is_counted_from_a_notice_that_is_not_served(
    row: dict[str, Any], pack: Pack
) -> None:
    """A start within the period is no fault of its own while the period has not begun."""
    written = passenger(row, "2024-03-04", "2024-03-05T00:00:00+08:00")
    refused = violations(written, pack, "air-restricted", today=date(2024, 3, 3))
    assert refused == (Fault.NOTICE_AHEAD.violation(),)


def test_every_broken_rule_is_reported_at_once(row: dict[str, Any], pack: Pack) -> None:
    """An empty row breaks nearly every rule and hears of each, in the order of the rules."""
    rules = [entry.rule for entry in violations({}, pack, "consumption-limited")]
    assert rules == ["A1", "A3", "A4", "A5", "A6", "A9", "A10"]
    twice = changed(changed(row, "measures", ["1"]), "notice.served_on", "never")
    assert [entry.rule for entry in violations(twice, pack, "consumption-limited")] == ["A4", "A11"]


def test_no_violation_repeats_a_value_of_the_row(row: dict[str, Any], pack: Pack) -> None:
    """A number in the wrong place, even as a field's name, does not come back in a message."""
    marked = "110101189001010017"
    broken = {
        **row,
        "record": marked * 4,
        marked: marked,
        "ground": marked,
        "party": {"kind": marked, "documents": [{"type": "cn-ric", "number": marked}]},
        "ruling": {"number": marked, "authority": marked, "dated": marked},
        "starts_at": marked,
        "measures": [marked],
    }
    with pytest.raises(AdmissionError) as caught:
        admit(broken, pack.lists["consumption-limited"], CALENDAR, today=TODAY)
    assert marked not in f"{caught.value} {caught.value!r} {caught.value.violations}"


def test_a_row_asks_for_some_of_the_measures(row: dict[str, Any], pack: Pack) -> None:
    """A court may impose less than the list carries."""
    submission = admit(
        changed(row, "measures", ["38"]), pack.lists["consumption-limited"], CALENDAR, today=TODAY
    )
    assert submission.measures == {"38"}


def test_the_same_document_twice_is_one_document(row: dict[str, Any], pack: Pack) -> None:
    """Two spellings of one number are one document."""
    spaced = {"type": "cn-ric", "number": "110101 18900101 0016"}
    submission = admit(
        changed(row, "party.documents", [CITIZEN, spaced]),
        pack.lists["consumption-limited"],
        CALENDAR,
        today=TODAY,
    )
    assert submission.documents == (parse_document("cn-ric", CITIZEN["number"]),)


@pytest.mark.parametrize(
    ("ends_at", "rules"),
    [
        ("2029-02-01T00:00:00+08:00", []),
        ("2029-02-01T00:00:00.000001+08:00", ["A5"]),
        (None, ["A5"]),
    ],
)
def test_a_term_may_not_exceed_what_the_ground_allows(
    row: dict[str, Any], pack: Pack, ends_at: str | None, rules: list[str]
) -> None:
    """Two years and three more are five, to the instant; this ground needs an end."""
    found = violations(changed(defaulter(row), "ends_at", ends_at), pack, "judgment-defaulters")
    assert [entry.rule for entry in found] == rules


def test_a_ground_that_ends_with_performance_needs_no_end(row: dict[str, Any], pack: Pack) -> None:
    """Where a ground has no fixed term, none is asked for and one may be given."""
    for ends_at in (None, "2040-01-01T00:00:00+08:00"):
        assert not violations(changed(row, "ends_at", ends_at), pack, "consumption-limited")


def passenger(row: dict[str, Any], served_on: str, starts_at: str) -> dict[str, Any]:
    """Turn the good row into one for `air-restricted`, with the day of service and the start given."""
    row = changed(row, "ground", "act-in-air-transport")
    row = changed(row, "ends_at", f"{int(starts_at[:4]) + 1}{starts_at[4:]}")
    return changed(changed(row, "notice.served_on", served_on), "starts_at", starts_at)


@pytest.mark.parametrize(
    ("served_on", "starts_at", "is_admitted"),
    [
        # Monday 4 March 2024: the seventh working day is Wednesday the 13th.
        ("2024-03-04", "2024-03-13T00:00:00+08:00", False),
        ("2024-03-04", "2024-03-13T23:59:59.999999+08:00", False),
        ("2024-03-04", "2024-03-14T00:00:00+08:00", True),
        ("2024-03-04", "2024-03-13T16:00:00Z", True),
        # Across the National Day of 2026, with Saturday 10 October worked: Tuesday the 13th.
        ("2026-09-28", "2026-10-13T00:00:00+08:00", False),
        ("2026-09-28", "2026-10-14T00:00:00+08:00", True),
        # The seventh is the worked Saturday itself.
        ("2026-09-23", "2026-10-10T00:00:00+08:00", False),
        ("2026-09-23", "2026-10-11T00:00:00+08:00", True),
        # Served on a holiday: the count begins on Thursday the 8th.
        ("2026-10-03", "2026-10-15T00:00:00+08:00", False),
        ("2026-10-03", "2026-10-16T00:00:00+08:00", True),
        # The day of service is the day of the start.
        ("2024-03-04", "2024-03-04T12:00:00+08:00", False),
    ],
)
def test_a_listing_starts_after_the_period_to_object(
    row: dict[str, Any], pack: Pack, served_on: str, starts_at: str, *, is_admitted: bool
) -> None:
    """Seven working days after the day of service are the party's, to the last second at the authority's place."""
    found = violations(passenger(row, served_on, starts_at), pack, "air-restricted")
    refused = Fault.START_IN_OBJECTION_PERIOD.violation(working_days=7)
    assert found == (() if is_admitted else (refused,))


def test_the_rule_of_the_period_to_object_is_told_in_both_languages() -> None:
    """How many days, counted from when, with which days, and from when on the listing may start."""
    refused = Fault.START_IN_OBJECTION_PERIOD.violation(working_days=7)
    assert (refused.rule, refused.field) == ("A4", "starts_at")
    for words in ("7 working days", "no earlier than the day after", "day after service"):
        assert words in refused.message_en
    for words in ("7 个工作日", "送达次日起算", "调休", "次日或者之后"):
        assert words in refused.message_zh


def test_working_days_that_nobody_knows_yet_keep_a_listing_out(
    row: dict[str, Any], pack: Pack
) -> None:
    """The period is not guessed, however late the start, and the message says whose turn it is."""
    calendar = FixedCalendar(years=[2024])
    definition = pack.lists["air-restricted"]
    admit(
        passenger(row, "2024-12-20", "2025-02-01T00:00:00+08:00"), definition, calendar, today=TODAY
    )
    late = passenger(row, "2024-12-24", "2025-02-01T00:00:00+08:00")
    with pytest.raises(AdmissionError) as caught:
        admit(late, definition, calendar, today=TODAY)
    assert caught.value.violations == (Fault.OBJECTION_YEAR_UNKNOWN.violation(),)


def test_a_list_without_a_period_to_object_needs_no_calendar(
    row: dict[str, Any], pack: Pack
) -> None:
    """Served on the day of the start, in a year that nobody knows; the same where the period has no days."""
    calendar = FixedCalendar(years=[])
    row = changed(row, "notice.served_on", "2024-02-01")
    definition = pack.lists["consumption-limited"]
    for days in (None, 0):
        without = replace(definition, objection_working_days=days)
        assert admit(row, without, calendar, today=TODAY).notice == Notice(date(2024, 2, 1))


@pytest.mark.parametrize(
    ("path", "value", "rules"),
    [
        ("notice.served_on", "2024-03-15", ["A4"]),
        ("notice.served_on", "in March", ["A4"]),
        ("starts_at", "in March", ["A5"]),
    ],
)
def test_a_wrong_date_is_one_fault_and_no_period_is_counted_from_it(
    row: dict[str, Any], pack: Pack, path: str, value: str, rules: list[str]
) -> None:
    """A clerk hears of the date, and not of what follows from it."""
    wrong = changed(passenger(row, "2024-03-04", "2024-03-14T00:00:00+08:00"), path, value)
    assert [entry.rule for entry in violations(wrong, pack, "air-restricted")] == rules


def proposed(row: dict[str, Any]) -> dict[str, Any]:
    """Turn a good row into one that is only proposed."""
    undated = {
        name: value for name, value in row.items() if name not in {"notice", "starts_at", "ends_at"}
    }
    return {**undated, "stage": "proposed"}


def test_a_proposed_row_is_admitted_without_notice_and_window(
    row: dict[str, Any], pack: Pack
) -> None:
    """Everything else is there; nothing in it says from when anybody could be restricted."""
    definition = pack.lists["consumption-limited"]
    complete = admit(row, definition, CALENDAR, today=TODAY)
    submission = admit(proposed(row), definition, CALENDAR, today=TODAY)
    assert submission.is_proposed
    assert submission == replace(complete, notice=None, window=None)


def test_nothing_stands_for_a_field_that_is_not_given(row: dict[str, Any], pack: Pack) -> None:
    """An explicit null is an absent field, for the stage of a complete row and for the dates of a proposed one."""
    definition = pack.lists["consumption-limited"]
    assert not admit({**row, "stage": None}, definition, CALENDAR, today=TODAY).is_proposed
    dates = {"notice": None, "starts_at": None, "ends_at": None}
    assert admit({**proposed(row), **dates}, definition, CALENDAR, today=TODAY).is_proposed


def test_a_proposed_row_has_its_ruling_already(row: dict[str, Any], pack: Pack) -> None:
    """What is proposed is to tell the party, not to decide."""
    written = proposed(changed(row, "ruling.dated", "2024-01-25"))
    assert not violations(written, pack, "consumption-limited", today=date(2024, 1, 25))
    refused = violations(written, pack, "consumption-limited", today=date(2024, 1, 24))
    assert refused == (Fault.RULING_AHEAD.violation(),)


@pytest.mark.parametrize("name", ["notice", "starts_at", "ends_at"])
def test_a_proposed_row_with_a_date_is_refused(row: dict[str, Any], pack: Pack, name: str) -> None:
    """Whoever gives a date has either served the party or not; the field is named and nothing else complained of."""
    dated = {**proposed(row), name: {**row, "ends_at": "2030-01-01T00:00:00+08:00"}[name]}
    assert violations(dated, pack, "consumption-limited") == (
        Fault.PROPOSED_WITH_DATES.violation(name),
    )


def test_nothing_is_measured_from_a_start_that_a_proposed_row_cannot_have(
    row: dict[str, Any], pack: Pack
) -> None:
    """A start before the ruling, and one that cannot be read, are each told once, as a date not to be given yet."""
    for start in ("2020-01-01T00:00:00+08:00", "soon"):
        dated = {**proposed(row), "starts_at": start}
        assert violations(dated, pack, "consumption-limited") == (
            Fault.PROPOSED_WITH_DATES.violation("starts_at"),
        )


def test_every_rule_without_dates_holds_for_a_proposed_row(row: dict[str, Any], pack: Pack) -> None:
    """All but A4 and A5 are heard of, as for a complete row."""
    rules = [entry.rule for entry in violations({"stage": "proposed"}, pack, "consumption-limited")]
    assert rules == ["A1", "A3", "A6", "A9", "A10"]
    for expected, path, value in BROKEN:
        if expected[:2] in {"A4", "A5"} or path == "notice.by" or value == "2024-02-02":
            continue
        if path.startswith("responsible_for") and "2024-02-01" in str(value):
            continue
        found = violations(proposed(changed(row, path, value)), pack, "consumption-limited")
        assert [f"{entry.rule} {entry.field}" for entry in found] == [expected]


def test_what_is_measured_at_the_start_waits_for_the_start(row: dict[str, Any], pack: Pack) -> None:
    """Being of age, and still in a role, is judged when the row is completed; that the age shows, at once."""
    young = changed(proposed(row), "ground", "evasion")
    young = changed(young, "party.documents", [{"type": "passport:UTO", "number": "U00000001"}])
    assert (
        violations(changed(young, "party.born_on", "2020-01-01"), pack, "judgment-defaulters") == ()
    )
    assert violations(young, pack, "judgment-defaulters") == (Fault.AGE_UNKNOWN.violation(),)
    former = {**proposed(row), "responsible_for": {**ROLE, "ended_on": "1999-01-01"}}
    assert violations(former, pack, "consumption-limited") == ()


def test_an_authority_below_county_level_is_refused(row: dict[str, Any], pack: Pack) -> None:
    """A township may not list passengers; a county bureau may."""
    row = changed(row, "ground", "act-in-air-transport")
    row = changed(row, "ends_at", "2024-08-01T00:00:00+08:00")
    for authority, rules in (
        ("某县公安局", []),
        ("某镇人民政府", ["A2"]),
        ("某街道办事处", ["A2"]),
    ):
        found = violations(changed(row, "ruling.authority", authority), pack, "air-restricted")
        assert [entry.rule for entry in found] == rules


def test_a_list_with_its_own_route_needs_none_in_the_row(row: dict[str, Any]) -> None:
    """The published list of the United States has one route for all entries."""
    definition = load_pack("us-ofac-sdn").lists["sdn"]
    row = changed(row, "contest", REMOVED)
    row = changed(row, "ruling.authority", "Office of Foreign Assets Control")
    submission = admit(changed(row, "ground", "designated"), definition, CALENDAR, today=TODAY)
    assert submission.contest == definition.contest


def test_a_row_may_give_its_own_route_beside_the_lists(row: dict[str, Any], pack: Pack) -> None:
    """What the row says comes before what the list says for all."""
    listed = pack.lists["consumption-limited"]
    definition = replace(listed, contest=ContestRoute("Other Court", "2 Court Road", "none"))
    submission = admit(row, definition, CALENDAR, today=TODAY)
    assert submission.contest == ContestRoute(
        "First Court of Utopia", "1 Court Road", "within 10 days of service"
    )
