"""Tests of typed decisions."""

from datetime import UTC, datetime

import pytest

from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.decision import Outcome, read_decision
from partner_sdk.errors import (
    ContradictoryDecisionError,
    IncompleteDecisionError,
    UnknownOutcomeError,
)
from partner_sdk.parts import Language


def ground(effect: pb.Effect = pb.EFFECT_RESTRICTS) -> pb.Ground:
    """Return a complete ground."""
    return pb.Ground(
        measure="38",
        effect=effect,
        list="consumption-limited",
        authority="Fake Court",
        legal_basis="Rules, article 3",
        listing_reference="Lxyz",
        ends_at=datetime(2027, 1, 2, 3, 4, tzinfo=UTC),
        ends_with="performance",
        contest=pb.ContestRoute(body="Fake Court", address="Road 1", deadline="at any time"),
        explanation_en="No flights.",
        explanation_zh="禁止乘坐飞机。",
    )


def decision(outcome: pb.Outcome, *grounds: pb.Ground) -> pb.Decision:
    """Return a complete decision."""
    return pb.Decision(
        issuer="gateway",
        audience="airline",
        query_digest=b"q" * 32,
        outcome=outcome,
        grounds=grounds,
        pack=pb.PackVersion(id="pack", version="1", digest=b"p" * 32),
        snapshot=pb.SnapshotVersion(number=7, digest=b"s" * 32),
        evaluated_at=datetime(2026, 11, 23, 20, 0, tzinfo=UTC),
        expires_at=datetime(2026, 11, 23, 20, 1, tzinfo=UTC),
    )


RESTRICTS, REFERS = pb.EFFECT_RESTRICTS, pb.EFFECT_REFERS
PERMITTED, RESTRICTED, REFERRED = pb.OUTCOME_PERMITTED, pb.OUTCOME_RESTRICTED, pb.OUTCOME_REFERRED


@pytest.mark.parametrize(
    ("outcome", "effects", "expected"),
    [
        (PERMITTED, (), Outcome.PERMITTED),
        (RESTRICTED, (RESTRICTS,), Outcome.RESTRICTED),
        (RESTRICTED, (REFERS, RESTRICTS), Outcome.RESTRICTED),
        (REFERRED, (REFERS,), Outcome.REFERRED),
    ],
)
def test_a_consistent_decision_is_read(
    outcome: pb.Outcome, effects: tuple[pb.Effect, ...], expected: Outcome
) -> None:
    """An outcome that follows from its grounds is accepted."""
    assert read_decision(decision(outcome, *map(ground, effects))).outcome is expected


@pytest.mark.parametrize(
    ("outcome", "effects"),
    [
        (PERMITTED, (RESTRICTS,)),
        (PERMITTED, (REFERS,)),
        (RESTRICTED, ()),
        (RESTRICTED, (REFERS,)),
        (REFERRED, ()),
        (REFERRED, (RESTRICTS,)),
        (REFERRED, (REFERS, RESTRICTS)),
    ],
)
def test_a_contradiction_is_no_answer(outcome: pb.Outcome, effects: tuple[pb.Effect, ...]) -> None:
    """An outcome that does not follow from its grounds is neither a yes nor a no."""
    with pytest.raises(ContradictoryDecisionError):
        read_decision(decision(outcome, *map(ground, effects)))


@pytest.mark.parametrize("outcome", [pb.OUTCOME_UNSPECIFIED, 4, 99, -1])
def test_an_unknown_outcome_is_no_answer(outcome: pb.Outcome) -> None:
    """An outcome that this SDK does not know is an error."""
    with pytest.raises(UnknownOutcomeError):
        read_decision(decision(outcome))


@pytest.mark.parametrize("effect", [pb.EFFECT_UNSPECIFIED, 3])
def test_an_unknown_effect_is_no_answer(effect: pb.Effect) -> None:
    """An effect that this SDK does not know is an error."""
    with pytest.raises(UnknownOutcomeError):
        read_decision(decision(RESTRICTED, ground(), ground(effect)))


@pytest.mark.parametrize(
    "field",
    [
        "measure",
        "list",
        "authority",
        "legal_basis",
        "listing_reference",
        "contest",
        "explanation_en",
        "explanation_zh",
    ],
)
def test_a_ground_that_does_not_explain_itself_is_no_answer(field: str) -> None:
    """A ground without one of the things that the party must be told is an error."""
    incomplete = ground()
    incomplete.ClearField(field)
    with pytest.raises(IncompleteDecisionError):
        read_decision(decision(RESTRICTED, incomplete))


@pytest.mark.parametrize("field", ["body", "address", "deadline"])
def test_a_ground_tells_how_to_contest_it(field: str) -> None:
    """A contest route without body, address or deadline is an error."""
    incomplete = ground()
    incomplete.contest.ClearField(field)
    with pytest.raises(IncompleteDecisionError, match=field):
        read_decision(decision(RESTRICTED, incomplete))


def test_a_ground_tells_until_when() -> None:
    """Either the end's instant or what ends the listing must be told; one of them suffices."""
    endless = ground()
    endless.ClearField("ends_at")
    assert read_decision(decision(RESTRICTED, endless)).grounds[0].ends_at is None
    endless.ClearField("ends_with")
    with pytest.raises(IncompleteDecisionError, match="ends_with"):
        read_decision(decision(RESTRICTED, endless))


@pytest.mark.parametrize(
    "field",
    ["issuer", "audience", "query_digest", "pack", "snapshot", "evaluated_at", "expires_at"],
)
def test_an_incomplete_decision_is_no_answer(field: str) -> None:
    """A decision that lacks a field is an error."""
    incomplete = decision(PERMITTED)
    incomplete.ClearField(field)
    with pytest.raises(IncompleteDecisionError):
        read_decision(incomplete)


def test_a_decision_expires_after_it_was_made() -> None:
    """A decision that was never valid is an error."""
    impossible = decision(PERMITTED)
    impossible.expires_at.CopyFrom(impossible.evaluated_at)
    with pytest.raises(ContradictoryDecisionError, match="expires before"):
        read_decision(impossible)


def test_expiry_is_half_open() -> None:
    """A decision may be relied on up to its expiry and not at it."""
    made = read_decision(decision(PERMITTED))
    assert not made.has_expired(datetime(2026, 11, 23, 20, 0, 59, tzinfo=UTC))
    assert made.has_expired(made.expires_at)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "Restricted",
                "No flights.",
                "2027-01-02 03:04 UTC",
                "performance",
                "Fake Court",
                "at any time",
            ),
        ),
        ("zh", ("限制", "禁止乘坐飞机。", "2027-01-02 03:04 UTC", "Fake Court")),
    ],
)
def test_a_restriction_explains_itself(language: Language, words: tuple[str, ...]) -> None:
    """The words tell the outcome, the measure, until when, and how to contest it, in both languages."""
    restricted = read_decision(decision(RESTRICTED, ground()))
    assert all(word in restricted.explain(language) for word in words)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "2027-01-02 03:04 UTC, or earlier by performance."),
        ("zh", "期限：2027-01-02 03:04 UTC，或因“performance”提前终止。"),
    ],
)
def test_a_ground_tells_its_end_and_what_may_come_earlier(language: Language, words: str) -> None:
    """A ground with a date and an event tells both, as one sentence."""
    assert words in read_decision(decision(RESTRICTED, ground())).grounds[0].explain(language)


def test_a_language_that_is_not_spoken_is_refused() -> None:
    """Neither a decision, nor its heading, nor a ground is told in English under another language's name."""
    told = read_decision(decision(RESTRICTED, ground()))
    for explain in (told.explain, told.heading, told.grounds[0].explain):
        with pytest.raises(ValueError, match='"en" or "zh"'):
            explain("de")  # type: ignore[arg-type]  # which is what is tested
