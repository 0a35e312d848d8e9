"""Tests of the parts that answers share."""

from datetime import UTC, datetime

import pytest

from partner_sdk.parts import Language, spell_end

AT = datetime(2027, 4, 30, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ends_at", "ends_with", "language", "words"),
    [
        (AT, "withdrawal", "en", "2027-04-30 16:00 UTC, or earlier by withdrawal"),
        (AT, "", "en", "2027-04-30 16:00 UTC"),
        (None, "performance", "en", "performance"),
        (None, "", "en", "its authority ends it"),
        (AT, "withdrawal", "zh", "2027-04-30 16:00 UTC，或因“withdrawal”提前终止"),
        (AT, "", "zh", "2027-04-30 16:00 UTC"),
        (None, "performance", "zh", "至“performance”为止"),
        (None, "", "zh", "至列入机关终止为止"),
    ],
)
def test_the_end_is_told_in_one_way(
    ends_at: datetime | None, ends_with: str, language: Language, words: str
) -> None:
    """A date, an event, either and neither read as a sentence does, in both languages."""
    assert spell_end(ends_at, ends_with, language) == words
