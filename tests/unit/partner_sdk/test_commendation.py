"""Tests of commendations: read as strictly as grounds, and without any part in the outcome."""

from datetime import UTC, datetime

import pytest

from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.commendation import read_commendation
from partner_sdk.decision import Outcome, read_decision
from partner_sdk.errors import IncompleteDecisionError
from partner_sdk.parts import Language


def commendation() -> pb.Commendation:
    """Return a complete commendation."""
    return pb.Commendation(
        list="a-grade-taxpayers",
        authority="Fake Tax Bureau",
        legal_basis="Rules, article 5",
        listing_reference="Cxyz",
        ends_at=datetime(2027, 1, 2, 3, 4, tzinfo=UTC),
        contest=pb.ContestRoute(body="Fake Bureau", address="Road 2", deadline="at any time"),
        explanation_en="Pays its taxes.",
        explanation_zh="依法纳税。",
    )


def decision(*commendations: pb.Commendation) -> pb.Decision:
    """Return a complete permission."""
    return pb.Decision(
        issuer="gateway",
        audience="airline",
        query_digest=b"q" * 32,
        outcome=pb.OUTCOME_PERMITTED,
        pack=pb.PackVersion(id="pack", version="1", digest=b"p" * 32),
        snapshot=pb.SnapshotVersion(number=7, digest=b"s" * 32),
        evaluated_at=datetime(2026, 11, 23, 20, 0, tzinfo=UTC),
        expires_at=datetime(2026, 11, 23, 20, 1, tzinfo=UTC),
        commendations=commendations,
    )


def test_every_part_is_read() -> None:
    """What was sent comes back, the instant aware."""
    told = read_commendation(commendation())
    assert (told.list_id, told.authority) == ("a-grade-taxpayers", "Fake Tax Bureau")
    assert (told.legal_basis, told.listing_reference) == ("Rules, article 5", "Cxyz")
    assert told.ends_at == datetime(2027, 1, 2, 3, 4, tzinfo=UTC)
    assert (told.contest.body, told.contest.address) == ("Fake Bureau", "Road 2")
    assert told.contest.deadline == "at any time"
    assert (told.explanation_en, told.explanation_zh) == ("Pays its taxes.", "依法纳税。")


def test_a_permission_may_carry_commendations() -> None:
    """They are no grounds: the outcome follows from the grounds alone."""
    read = read_decision(decision(commendation(), commendation()))
    assert (read.outcome, read.grounds, len(read.commendations)) == (Outcome.PERMITTED, (), 2)


@pytest.mark.parametrize(
    "field",
    [
        "list",
        "authority",
        "legal_basis",
        "listing_reference",
        "contest",
        "explanation_en",
        "explanation_zh",
    ],
)
def test_a_commendation_that_does_not_explain_itself_is_no_answer(field: str) -> None:
    """A commendation without one of the things that must be told makes the whole decision an error."""
    incomplete = commendation()
    incomplete.ClearField(field)
    with pytest.raises(IncompleteDecisionError):
        read_decision(decision(commendation(), incomplete))


@pytest.mark.parametrize("field", ["body", "address", "deadline"])
def test_a_commendation_tells_how_to_contest_it(field: str) -> None:
    """A contest route without body, address or deadline is an error."""
    incomplete = commendation()
    incomplete.contest.ClearField(field)
    with pytest.raises(IncompleteDecisionError, match=field):
        read_commendation(incomplete)


def test_an_impossible_end_is_no_answer() -> None:
    """An end outside the years 1 to 9999 is an error, not an end that is not fixed."""
    impossible = commendation()
    impossible.ends_at.seconds = 2**62
    with pytest.raises(IncompleteDecisionError, match="ends_at"):
        read_commendation(impossible)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("without effect on the outcome", "Pays its taxes.", "Fake Tax Bureau", "Road 2")),
        ("zh", ("不影响本决定", "依法纳税。", "Fake Tax Bureau", "Road 2")),
    ],
)
def test_a_commendation_explains_itself(language: Language, words: tuple[str, ...]) -> None:
    """The words tell what is commended, by whom, until when, how to contest it, and that the outcome stays."""
    told = read_commendation(commendation()).explain(language)
    assert all(word in told for word in (*words, "2027-01-02 03:04 UTC", "Rules, article 5"))


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Until: its authority ends it."), ("zh", "期限：至列入机关终止为止。")],
)
def test_an_end_that_is_not_fixed_is_said(language: Language, words: str) -> None:
    """Nothing looks as if it had been forgotten."""
    endless = commendation()
    endless.ClearField("ends_at")
    told = read_commendation(endless)
    assert told.ends_at is None
    assert words in told.explain(language)


def test_a_language_that_is_not_spoken_is_refused() -> None:
    """A commendation is not told in English under another language's name."""
    with pytest.raises(ValueError, match='"en" or "zh"'):
        read_commendation(commendation()).explain("de")  # type: ignore[arg-type]  # which is what is tested
