"""How the partner's commands speak: exit statuses, where they write, and the words that they share.

Responsible for: standard output and error, one line for a failure, and JSON of what all answers have in common.
Not responsible for: what a command asks, and the words for its answer (``partner_sdk.commands``,
``partner_sdk.standing_command``).

Rule kept here: what came over the network is printed without anything that could steer a terminal.
"""

import json
import shutil
import sys
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TextIO

from partner_sdk.client import utc_now
from partner_sdk.errors import NotAnsweredError, QuestionRefusedError
from partner_sdk.parts import ContestRoute, PackVersion, SnapshotVersion
from partner_sdk.refusals import printable

USAGE = 2
"""Exit status: the command, the document or the identity is wrong; nothing was asked."""
NO_ANSWER = 20
"""Exit status: there is no answer that may be believed."""

_ROW_INDENT = 4
_LABEL_WIDTH = 11
_LEAST_WIDTH = 40


def terminal_width() -> int | None:
    """Return how wide standard output is when it is a terminal, None when it is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


@dataclass(frozen=True, slots=True)
class Console:
    """Where a command writes, and the present by which it tells an expired decision.

    Attributes:
        out: for the answer; it may be shown on standard output only later.
        error: for one line about a failure.
        clock: returns the present, aware.
        width: how wide the lines of words may be; None when nothing limits them.
    """

    out: TextIO
    error: TextIO
    clock: Callable[[], datetime] = utc_now
    width: int | None = field(default_factory=terminal_width)

    def print_object(self, value: dict[str, object]) -> None:
        """Write one JSON object on one line."""
        self.out.write(json.dumps(value, ensure_ascii=False, sort_keys=True) + "\n")

    def print_blocks(self, blocks: Sequence[str]) -> None:
        """Write blocks of lines, at most ``width`` wide."""
        self.out.write(as_lines(blocks, self.width))

    def print_failure(self, message: str) -> None:
        """Write one line about what is wrong."""
        self.error.write(f"jointgate: {printable(message)}\n")


def describe_error(error: Exception) -> dict[str, object]:
    """Return an error as a JSON object."""
    described: dict[str, object] = {"error": type(error).__name__, "message": str(error)}
    if isinstance(error, NotAnsweredError | QuestionRefusedError):
        described["reason"] = error.reason
    if isinstance(error, NotAnsweredError):
        described["retryable"] = error.retryable
    return described


def describe_route(route: ContestRoute) -> dict[str, object]:
    """Return a contest route as a JSON object."""
    return {"body": route.body, "address": route.address, "deadline": route.deadline}


def describe_pack(pack: PackVersion) -> dict[str, object]:
    """Return a pack's identity as a JSON object; the digest is hexadecimal."""
    return {"id": pack.id, "version": pack.version, "digest": pack.digest.hex()}


def describe_snapshot(snapshot: SnapshotVersion) -> dict[str, object]:
    """Return a snapshot's identity as a JSON object; the digest is hexadecimal."""
    return {"number": snapshot.number, "digest": snapshot.digest.hex()}


def as_entry(explanation: str, rows: Sequence[tuple[str, str]]) -> str:
    """Return one entry of an answer: an empty line, what it means, and its labelled rows."""
    labelled = (f"{' ' * _ROW_INDENT}{label:<{_LABEL_WIDTH}}{text}" for label, text in rows)
    return "\n".join(["", f"  {explanation}", *labelled])


def as_lines(blocks: Sequence[str], width: int | None = None) -> str:
    """Return the blocks as lines without anything that could steer a terminal, at most ``width`` wide when given."""
    lines = [printable(line) for line in "\n".join(blocks).split("\n")]
    if width is not None:
        lines = [part for line in lines for part in _wrap(line, max(width, _LEAST_WIDTH))]
    return "".join(f"{line}\n" for line in lines)


def _wrap(line: str, width: int) -> list[str]:
    """Return a line in parts; those after the first begin where its text does."""
    spaces = len(line) - len(line.lstrip())
    indent = _ROW_INDENT + _LABEL_WIDTH if spaces == _ROW_INDENT else spaces
    parts = textwrap.wrap(
        line,
        width,
        subsequent_indent=" " * indent,
        break_long_words=False,  # references and addresses are copied
        break_on_hyphens=False,
    )
    return parts or [""]


def spell(at: datetime) -> str:
    """Return an aware UTC instant as RFC 3339, to the second."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
