"""Violations: each fault says in two languages what to mend, and where."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sanctions_matrix.violations import Fault, Violation

DUE_PROCESS = Path(__file__).parents[3] / "docs" / "due-process.md"


def test_a_fault_becomes_a_violation_at_its_own_field() -> None:
    """Rule, English, Chinese and field are passed on as the table has them."""
    assert Fault.GROUND_UNKNOWN.violation() == Violation(
        rule="A3",
        message_en="The ground is not one of the list's grounds; give the id of one that is.",
        message_zh="列入事由不属于本名单规定的事由；请填写规定的事由代码。",
        field="ground",
    )


def test_a_fault_becomes_a_violation_at_the_field_given() -> None:
    """A fault that can occur in several places names the one where it occurred."""
    assert Fault.UNKNOWN_FIELD.violation("party.spouse").field == "party.spouse"


@pytest.mark.parametrize("fault", Fault)
def test_a_message_tells_what_to_mend_in_both_languages(fault: Fault) -> None:
    """What is wrong, a semicolon, and what to do; nothing of it depends on the row, and only a period on the list."""
    told = fault.violation(working_days=7)
    assert re.fullmatch(r"[A-Z][^;{}%]*; [a-z][^;{}%]*\.", told.message_en)
    assert re.fullmatch(
        r"[^;{}%]*[\u4e00-\u9fff][^;{}%]*；[^{}%]*[\u4e00-\u9fff][^{}%]*。", told.message_zh
    )


def test_only_the_period_to_object_tells_a_number_of_the_lists_rules() -> None:
    """Its days stand in both messages; every other message is told as the table has it."""
    telling = {fault for fault in Fault if "{" in fault.message_en + fault.message_zh}
    assert telling == {Fault.START_IN_OBJECTION_PERIOD}
    told = Fault.START_IN_OBJECTION_PERIOD.violation(working_days=11)
    assert "11 working days" in told.message_en
    assert "11 个工作日" in told.message_zh


def test_no_two_faults_share_a_message() -> None:
    """A clerk can tell every fault from every other."""
    assert len({fault.message_en for fault in Fault}) == len(Fault)
    assert len({fault.message_zh for fault in Fault}) == len(Fault)


def test_the_rules_are_those_of_the_document() -> None:
    """Every rule that a fault names has its row in docs/due-process.md, and A1 to A11 all have a fault."""
    documented = re.findall(r"^\| (A\d+) \|", DUE_PROCESS.read_text(encoding="utf-8"), re.MULTILINE)
    assert [*dict.fromkeys(fault.rule for fault in Fault)] == documented[:-1]
    assert documented[-1] == "A12"
