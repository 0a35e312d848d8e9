"""Refusals of whole feeds: each names its rule, and says in two languages what to do."""

import re

import pytest

from gateway.register.errors import FeedRefusal, FeedRefusedError
from sanctions_matrix.violations import Violation


@pytest.mark.parametrize("reason", FeedRefusal)
def test_every_refusal_says_in_chinese_what_is_wrong_and_what_to_do(reason: FeedRefusal) -> None:
    """A clerk who reads no English gets a sentence with a remedy, whatever the reason."""
    refused = FeedRefusedError(reason, "e; do")
    assert re.fullmatch(r"[^;]*[\u4e00-\u9fff][^;]*；[^;]*[\u4e00-\u9fff]。", refused.message_zh)


def test_order_and_shrinking_are_rule_a12_and_everything_else_is_the_files_fault() -> None:
    """A program that sorts reports by rule finds each refusal under one."""
    rules = {reason: reason.rule for reason in FeedRefusal}
    assert rules == dict.fromkeys(FeedRefusal, "F0") | {
        FeedRefusal.STALE: "A12",
        FeedRefusal.SHRINKS: "A12",
    }


def test_a_refusal_is_told_as_a_broken_rule_is() -> None:
    """Rule and both messages; a closer Chinese one stands before the reason's own."""
    refused = FeedRefusedError(FeedRefusal.STALE, "older; send the newest", "旧；请报送")
    assert refused.violation == Violation("A12", "older; send the newest", "旧；请报送", "")
