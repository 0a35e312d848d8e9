"""The parts that every answer is made of: contest route, pack, snapshot, and the end of a listing.

Responsible for: their value types, reading them from messages, and that nothing that must be told is missing.
Not responsible for: what an answer says with them (``partner_sdk.decision``, ``partner_sdk.standing``).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from google.protobuf.message import Message

from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.errors import IncompleteDecisionError
from partner_sdk.merkle import DIGEST_LENGTH

Language = Literal["en", "zh"]
"""The languages in which answers explain themselves."""


@dataclass(frozen=True, slots=True)
class ContestRoute:
    """How the party contests a listing: where, and until when (in words or as a date)."""

    body: str
    address: str
    deadline: str


@dataclass(frozen=True, slots=True)
class PackVersion:
    """The policy pack by which was decided; ``digest`` is 32 bytes."""

    id: str
    version: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class SnapshotVersion:
    """The snapshot on which was decided; ``number`` only grows, ``digest`` is 32 bytes."""

    number: int
    digest: bytes


def read_contest(message: pb.ContestRoute) -> ContestRoute:
    """Return a contest route.

    Raises:
        IncompleteDecisionError: one of its parts is missing.
    """
    require(message, "body", "address", "deadline")
    return ContestRoute(message.body, message.address, message.deadline)


def read_pack(message: pb.PackVersion) -> PackVersion:
    """Return a pack's identity.

    Raises:
        IncompleteDecisionError: one of its parts is missing.
    """
    require(message, "id", "version")
    require_digest(message, "digest")
    return PackVersion(message.id, message.version, message.digest)


def read_snapshot(message: pb.SnapshotVersion) -> SnapshotVersion:
    """Return a snapshot's identity.

    Raises:
        IncompleteDecisionError: one of its parts is missing.
    """
    require(message, "number")
    require_digest(message, "digest")
    return SnapshotVersion(message.number, message.digest)


def require(message: Message, *fields: str) -> None:
    """Require that none of the ``fields`` is empty.

    Raises:
        IncompleteDecisionError: some are; they are all named.
    """
    missing = [field for field in fields if not getattr(message, field)]
    if missing:
        problem = f"{message.DESCRIPTOR.name} lacks {', '.join(missing)}"
        raise IncompleteDecisionError(problem)


def require_digest(message: Message, field: str) -> None:
    """Require that ``field`` holds a digest of 32 bytes.

    Raises:
        IncompleteDecisionError: it does not.
    """
    if len(getattr(message, field)) != DIGEST_LENGTH:
        problem = f"{message.DESCRIPTOR.name}.{field} is not {DIGEST_LENGTH} bytes"
        raise IncompleteDecisionError(problem)


def require_language(language: str) -> None:
    """Require that answers can explain themselves in ``language``.

    Raises:
        ValueError: they cannot; the message names the languages in which they can.
    """
    if language not in get_args(Language):
        problem = 'answers explain themselves in two languages; give "en" or "zh"'
        raise ValueError(problem)


def spell_end(ends_at: datetime | None, ends_with: str, language: Language = "en") -> str:
    """Return in words when a listing ends: by the clock (UTC), earlier by an event, or by an event alone.

    Args:
        ends_at: when it ends by itself, aware UTC; None when no end is fixed.
        ends_with: what ends it otherwise, in English words, which the Chinese words quote; empty when none are told.
        language: the language of the words around it.
    """
    date = "" if ends_at is None else f"{ends_at:%Y-%m-%d %H:%M} UTC"
    if not ends_with:
        return date or _ENDED_BY_AUTHORITY[language]
    if language == "zh":
        return f"{date}，或因“{ends_with}”提前终止" if date else f"至“{ends_with}”为止"
    return f"{date}, or earlier by {ends_with}" if date else ends_with


_ENDED_BY_AUTHORITY: dict[Language, str] = {
    "en": "its authority ends it",
    "zh": "至列入机关终止为止",
}
