"""Every refusal has a reason, and every reason a code, a waiting time and a chapter."""

import re
from pathlib import Path

import grpc
import pytest

from gateway.errors import (
    PRESENTATIONS,
    AnswerError,
    CommandError,
    JointgateError,
    Presentation,
    Reason,
    RepositoryUnreachableError,
    SettingsError,
    SnapshotError,
    StoreError,
)

FORMATS = Path(__file__).parents[3] / "docs" / "formats.md"
ROW = re.compile(r"^\| `([A-Z_]+)` \| `([A-Z_]+)` \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)


def test_every_reason_has_a_presentation() -> None:
    """The table that maps reasons to what a partner sees is total and holds nothing else."""
    assert list(PRESENTATIONS) == list(Reason)


@pytest.mark.parametrize("reason", list(Reason))
def test_every_code_is_one_of_grpc(reason: Reason) -> None:
    """A reason's code is a real one, and none that says it went well."""
    code = grpc.StatusCode[PRESENTATIONS[reason].code]
    assert code not in {grpc.StatusCode.OK, grpc.StatusCode.UNKNOWN, grpc.StatusCode.CANCELLED}


@pytest.mark.parametrize("reason", list(Reason))
def test_waiting_is_advised_exactly_where_it_helps(reason: Reason) -> None:
    """What is unavailable or exhausted says when to ask again; what is wrong in the question never does."""
    presentation = PRESENTATIONS[reason]
    passing = presentation.code in {"UNAVAILABLE", "RESOURCE_EXHAUSTED"}
    assert (presentation.retry_seconds is not None) == passing
    assert presentation.retry_seconds is None or presentation.retry_seconds > 0


def test_a_reason_is_its_own_name_on_the_wire() -> None:
    """Values are part of the contract; renaming one would break partners silently."""
    assert [reason.value for reason in Reason] == [reason.name for reason in Reason]


def test_the_documents_table_is_the_codes_table() -> None:
    """docs/formats.md names every reason with its code and its waiting time, and no other."""
    rows = {row[0]: row for row in ROW.findall(FORMATS.read_text(encoding="utf-8"))}
    assert list(rows) == [reason.value for reason in Reason]
    for reason, presentation in PRESENTATIONS.items():
        _, code, meaning, advice, retry = rows[reason.value]
        assert (code, retry) == (presentation.code, waiting(presentation))
        assert meaning.strip(), reason
        assert advice.strip(), reason


def waiting(presentation: Presentation) -> str:
    """Return how the document writes a waiting time."""
    seconds = presentation.retry_seconds
    return "no" if seconds is None else f"after {seconds:g} s"


def test_an_answer_error_keeps_its_reason() -> None:
    """Whoever catches one can tell which doubt it is."""
    error = AnswerError(Reason.SNAPSHOT_STALE, "what is wrong and what to do")
    assert (error.reason, str(error)) == (Reason.SNAPSHOT_STALE, "what is wrong and what to do")


def test_settings_problems_are_all_in_the_message() -> None:
    """One line on standard error tells everything that is wrong, and the exit status says usage."""
    error = SettingsError("file", ["one", "two"])
    assert (str(error), error.problems, error.exit_code) == ("file: one; two", ("one", "two"), 2)


def test_a_command_error_has_an_exit_status() -> None:
    """Unless told otherwise a failed command exits with 1."""
    assert CommandError("wrong").exit_code == 1
    assert CommandError("refused", exit_code=4).exit_code == 4


def test_unreachable_is_told_apart_from_refused() -> None:
    """A dead Redis is a snapshot error of its own: it leads to waiting, not to an alarm."""
    assert issubclass(RepositoryUnreachableError, SnapshotError)
    assert not issubclass(StoreError, SnapshotError)
    assert issubclass(StoreError, JointgateError)
