"""How the partner's commands speak: exit statuses, where they write, and the words that they share.

Responsible for: standard output and error, one line for a failure, and JSON of what all answers have in common.
Not responsible for: what a command asks, and the words for its answer (``partner_sdk.commands``,
``partner_sdk.standing_command``).

Rule kept here: what came over the network is printed without anything that could steer a terminal.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Console:
    """Where a command writes, and the present by which it tells an expired decision."""

    out: TextIO
    error: TextIO
    clock: Callable[[], datetime] = utc_now

    def print_object(self, value: dict[str, object]) -> None:
        """Write one JSON object on one line."""
        self.out.write(json.dumps(value, ensure_ascii=False, sort_keys=True) + "\n")

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


def as_lines(blocks: list[str]) -> str:
    """Return the blocks as lines without anything that could steer a terminal."""
    lines = "\n".join(blocks).split("\n")
    return "".join(f"{printable(line)}\n" for line in lines)


def spell(at: datetime) -> str:
    """Return an aware UTC instant as RFC 3339, to the second."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
