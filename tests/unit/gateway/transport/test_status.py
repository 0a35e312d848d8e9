"""Failures on the wire: a documented reason, and nothing from inside."""

import logging

import grpc
import pytest

from gateway.errors import PRESENTATIONS, AnswerError, Reason
from gateway.transport.status import DOMAIN, answering, status_of
from tests.fakes.fixed_context import AbortedError, context

SECRET = "110101189001010016"


def aborted(error: Exception) -> AbortedError:
    """Return how a call ends whose method raises ``error``."""

    def method(_: bytes, __: grpc.ServicerContext) -> bytes:
        raise error

    with pytest.raises(AbortedError) as caught:
        answering(method)(b"", context())
    return caught.value


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_reaches_the_partner(reason: Reason) -> None:
    """Code, domain, reason, words and waiting time are those of the table."""
    ended = aborted(AnswerError(reason, "what is wrong and what to do"))
    presentation = PRESENTATIONS[reason]
    assert ended.code is grpc.StatusCode[presentation.code]
    assert ended.reason() == (DOMAIN, reason.value)
    assert ended.details == ended.status.message == "what is wrong and what to do"
    assert ended.retry_seconds() == presentation.retry_seconds


def test_fractions_of_seconds_survive(monkeypatch: pytest.MonkeyPatch) -> None:
    """A waiting time below a second is not rounded to none."""
    presentation = type(PRESENTATIONS[Reason.OVERLOADED])("RESOURCE_EXHAUSTED", 1.25)
    monkeypatch.setitem(PRESENTATIONS, Reason.OVERLOADED, presentation)
    assert aborted(AnswerError(Reason.OVERLOADED, "wait")).retry_seconds() == 1.25


def test_an_answer_is_passed_on() -> None:
    """Without an error the wrapper changes nothing."""
    assert answering(lambda request, _: request + b"!")(b"hello", context()) == b"hello!"


@pytest.mark.parametrize("kind", [RuntimeError, KeyError, ValueError, MemoryError, RecursionError])
def test_what_is_unexpected_is_internal_and_silent(
    kind: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    """A fault reaches the partner as INTERNAL, and neither it nor the log repeats the exception's text."""
    caplog.set_level(logging.DEBUG)
    ended = aborted(kind(f"cannot handle {SECRET}"))
    assert ended.reason() == (DOMAIN, "INTERNAL")
    assert "not a restriction" in ended.details
    assert SECRET not in f"{ended.details} {ended.status} {caplog.text}"
    assert "cannot handle" not in f"{ended.details} {caplog.text}"
    (record,) = caplog.records
    assert kind.__name__ in record.getMessage()
    assert "method" in record.getMessage()
    assert record.exc_info is None


def test_a_refusal_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """What partners do wrong is theirs to see; a log of refused queries would be a log of queries."""
    caplog.set_level(logging.DEBUG)
    aborted(AnswerError(Reason.DOCUMENT_INVALID, "wrong check digit"))
    assert caplog.records == []


def test_a_status_says_no_more_than_the_error() -> None:
    """Details are the reason and, where it helps, the waiting time."""
    assert len(status_of(AnswerError(Reason.SNAPSHOT_STALE, "stale")).details) == 2
    assert len(status_of(AnswerError(Reason.UNKNOWN_KEY, "unknown")).details) == 1
