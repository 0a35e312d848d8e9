"""The reasons that authorities get: one table, told in docs/authorities.md as it stands in the code."""

import logging
from pathlib import Path

import pytest

from gateway.errors import AnswerError, Reason
from gateway.register.errors import (
    ChangedMeanwhileError,
    DatabaseError,
    FeedRefusal,
    FeedRefusedError,
    LifeCycleError,
    SpoolError,
    TurnLostError,
    UnknownReferenceError,
)
from gateway.register_service.failures import (
    PRESENTATIONS,
    ServiceReason,
    service_error,
    status_of,
)

_PAGE = Path(__file__).parents[4] / "docs" / "authorities.md"
_NUMBER = "cn-ric:110101189001010016"


def documented() -> dict[str, tuple[str, str]]:
    """Return code and waiting time of every reason in the page."""
    rows = [line.split("|")[1:-1] for line in _PAGE.read_text("utf-8").splitlines()]
    return {
        cells[0].strip(" `"): (cells[1].strip(" `"), cells[4].strip())
        for cells in rows
        if len(cells) == 5 and cells[0].strip(" `").isupper()
    }


def test_the_page_tells_every_reason() -> None:
    """Code and waiting time of each reason stand in docs/authorities.md, and no other reason does."""
    expected = {
        reason.value: (
            told.code,
            "no" if told.retry_seconds is None else f"after {told.retry_seconds:g} s",
        )
        for reason, told in PRESENTATIONS.items()
    }
    assert documented() == expected
    assert set(PRESENTATIONS) == set(ServiceReason)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ChangedMeanwhileError("no"), ServiceReason.CHANGED_MEANWHILE),
        (LifeCycleError("no"), ServiceReason.CHANGE_REFUSED),
        (UnknownReferenceError("no"), ServiceReason.LISTING_NOT_FOUND),
        (DatabaseError("no"), ServiceReason.REGISTER_UNAVAILABLE),
        (SpoolError("no"), ServiceReason.REGISTER_UNAVAILABLE),
        (TurnLostError(), ServiceReason.REGISTER_UNAVAILABLE),
        (AnswerError(Reason.SIGNATURE_INVALID, "no"), ServiceReason.SIGNATURE_INVALID),
        (AnswerError(Reason.QUERY_TOO_LARGE, "no"), ServiceReason.REQUEST_TOO_LARGE),
    ],
)
def test_what_the_register_refuses_has_a_reason(error: Exception, reason: ServiceReason) -> None:
    """Each error of the parts below becomes one reason, with its own words."""
    told = service_error(error)
    assert (told.reason, str(told)) == (reason, str(error))


def test_a_refused_feed_says_which_refusal() -> None:
    """A program can tell a stale feed from one that shrinks the list."""
    told = service_error(FeedRefusedError(FeedRefusal.SHRINKS, "too much", "过多"))
    assert (told.reason, told.refusal) == (ServiceReason.FEED_REFUSED, "shrinks")


def test_an_unexpected_failure_says_nothing_of_what_was_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither the caller nor the log gets the text of an error that nobody foresaw."""
    with caplog.at_level(logging.ERROR):
        told = service_error(ValueError(_NUMBER))
    assert told.reason is ServiceReason.INTERNAL
    assert _NUMBER not in str(told) + caplog.text
    assert "ValueError" in caplog.text
    assert _NUMBER not in str(status_of(told))
