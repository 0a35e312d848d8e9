"""Tests of typed standings."""

from datetime import UTC, datetime, timedelta

import pytest

from jointgate.decision.v1 import decision_pb2
from jointgate.standing.v1 import standing_pb2 as pb
from partner_sdk.errors import (
    ContradictoryDecisionError,
    IncompleteDecisionError,
    UnknownOutcomeError,
)
from partner_sdk.parts import Language
from partner_sdk.standing import ListEffect, Standing, read_standing

AT = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def entry(effect: pb.ListEffect = pb.LIST_EFFECT_RESTRICTS) -> pb.StandingEntry:
    """Return a complete entry."""
    return pb.StandingEntry(
        list="judgment-defaulters",
        effect=effect,
        title_en="dishonest judgment debtors",
        title_zh="失信被执行人名单",
        authority="First Court of Utopia",
        legal_basis="Rules of Utopia, article 1",
        listing_reference="L1",
        starts_at=AT - DAY,
        ends_at=AT + DAY,
        ends_with="performance",
        contest=decision_pb2.ContestRoute(
            body="Court Office", address="1 Court Road", deadline="10 days"
        ),
        explanation_en="A court has so decided.",
        explanation_zh="法院已作出决定。",
    )


def standing(*entries: pb.StandingEntry) -> pb.Standing:
    """Return a complete standing."""
    return pb.Standing(
        issuer="gateway.test",
        audience="bank",
        query_digest=bytes(32),
        entries=entries,
        pack=decision_pb2.PackVersion(id="pack", version="1", digest=bytes(32)),
        snapshot=decision_pb2.SnapshotVersion(number=7, digest=bytes(32)),
        evaluated_at=AT,
        expires_at=AT + timedelta(seconds=60),
    )


def read(*entries: pb.StandingEntry) -> Standing:
    """Return a complete standing as a value."""
    return read_standing(standing(*entries))


def test_everything_that_is_told_is_read() -> None:
    """Issuer, audience, pack, snapshot, term and every part of an entry arrive."""
    told = read(entry())
    assert (told.issuer, told.audience, told.snapshot.number) == ("gateway.test", "bank", 7)
    assert (told.evaluated_at, told.expires_at) == (AT, AT + timedelta(seconds=60))
    (one,) = told.entries
    assert (one.list_id, one.effect) == ("judgment-defaulters", ListEffect.RESTRICTS)
    assert (one.title_en, one.authority) == ("dishonest judgment debtors", "First Court of Utopia")
    assert (one.legal_basis, one.listing_reference) == ("Rules of Utopia, article 1", "L1")
    assert (one.starts_at, one.ends_at, one.ends_with) == (AT - DAY, AT + DAY, "performance")
    assert one.contest.address == "1 Court Road"


def test_no_entry_is_a_standing() -> None:
    """An organisation on no public list is told as such, and without praise."""
    told = read()
    assert told.entries == ()
    assert told.explanation == (
        "The organisation stands on none of the public lists that this gateway holds."
    )


@pytest.mark.parametrize("effect", [0, 9])
def test_an_unknown_effect_is_no_value(effect: int) -> None:
    """A list that is neither black nor red is doubt."""
    with pytest.raises(UnknownOutcomeError):
        read(entry(effect))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "field",
    [
        "list",
        "title_en",
        "title_zh",
        "authority",
        "legal_basis",
        "listing_reference",
        "starts_at",
        "contest",
        "explanation_en",
        "explanation_zh",
    ],
)
def test_an_incomplete_entry_is_refused(field: str) -> None:
    """Every entry says all that the organisation must be told."""
    one = entry()
    one.ClearField(field)
    with pytest.raises(IncompleteDecisionError):
        read(one)


@pytest.mark.parametrize("field", ["body", "address", "deadline"])
def test_an_incomplete_contest_route_is_refused(field: str) -> None:
    """A listing that cannot be contested is not told."""
    one = entry()
    one.contest.ClearField(field)
    with pytest.raises(IncompleteDecisionError):
        read(one)


@pytest.mark.parametrize(
    "field",
    ["issuer", "audience", "query_digest", "pack", "snapshot", "evaluated_at", "expires_at"],
)
def test_an_incomplete_standing_is_refused(field: str) -> None:
    """A standing that does not say for whom, from what or until when is none."""
    message = standing(entry())
    message.ClearField(field)
    with pytest.raises(IncompleteDecisionError):
        read_standing(message)


@pytest.mark.parametrize("gone", ["ends_at", "ends_with"])
def test_an_end_is_a_date_or_an_event(gone: str) -> None:
    """One of the two suffices, none does not."""
    one = entry()
    one.ClearField(gone)
    assert read(one).entries[0].explain()
    one.ClearField("ends_at")
    one.ClearField("ends_with")
    with pytest.raises(IncompleteDecisionError, match="ends"):
        read(one)


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "holds"),
    [
        (AT, AT + DAY, True),
        (AT + timedelta(microseconds=1), AT + DAY, False),
        (AT - DAY, AT + timedelta(microseconds=1), True),
        (AT - DAY, AT, False),
    ],
)
def test_an_entry_is_in_force_at_the_standings_instant(
    starts_at: datetime, ends_at: datetime, *, holds: bool
) -> None:
    """An entry to come and one that is over contradict the standing that tells them."""
    one = entry()
    one.starts_at.FromDatetime(starts_at)
    one.ends_at.FromDatetime(ends_at)
    if holds:
        assert read(one).entries
        return
    with pytest.raises(ContradictoryDecisionError, match="not in force"):
        read(one)


def test_a_term_that_is_none_is_refused() -> None:
    """A standing that expires when it is made contradicts itself."""
    message = standing()
    message.expires_at.FromDatetime(AT)
    with pytest.raises(ContradictoryDecisionError, match="expires"):
        read_standing(message)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "Black list",
                "Red list",
                "First Court of Utopia",
                "Rules of Utopia",
                "Since",
                "performance",
                "10 days",
            ),
        ),
        (
            "zh",
            ("黑名单", "红名单", "失信被执行人名单", "法院已作出决定", "1 Court Road", "异议受理"),
        ),
    ],
)
def test_a_standing_explains_itself(language: Language, words: tuple[str, ...]) -> None:
    """In both languages each entry says list, authority, basis, term and contest route, one line each."""
    told = read(entry(), entry(pb.LIST_EFFECT_COMMENDS)).explanation_in(language)
    assert len(told.splitlines()) == 3
    assert [word for word in words if word not in told] == []


def test_a_standing_is_neither_true_nor_false() -> None:
    """``if gateway.standing(...)`` raises, so that nothing passes for good or bad by accident."""
    with pytest.raises(TypeError, match="entries"):
        bool(read())


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "2026-11-24 20:00 UTC, or earlier by performance."),
        ("zh", "期限：2026-11-24 20:00 UTC，或因“performance”提前终止。"),
    ],
)
def test_an_entry_tells_its_end_and_what_may_come_earlier(language: Language, words: str) -> None:
    """An entry with a date and an event tells both, as one sentence."""
    assert words in read(entry()).entries[0].explain(language)


def test_a_language_that_is_not_spoken_is_refused() -> None:
    """Neither a standing, nor its heading, nor an entry is told in English under another language's name."""
    told = read(entry())
    for explain in (told.explanation_in, told.heading, told.entries[0].explain):
        with pytest.raises(ValueError, match='"en" or "zh"'):
            explain("de")  # type: ignore[arg-type]  # which is what is tested
