"""Gaps: signed statements that records were lost, by whoever noticed.

Responsible for: what a gap says, its bytes, and the signature with the decision key.
Not responsible for: noticing a loss (``queue``, ``accounts``), or storing it (``gateway.register.records``).

The payload is JSON under a payload type of its own, signed as answers' roots are: DSSE's encoding, the decision key.
docs/formats.md has the fields, docs/records.md the recipe to verify one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from gateway.decision.signatures import DecisionSigner

GAP_TYPE = "application/vnd.jointgate.record-gap.v1+json"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class GapCause(StrEnum):
    """How records were lost."""

    QUEUE_FULL = "queue-full"
    WORKER_ENDED = "worker-ended"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Gap:
    """A span of time in which answers were given whose records were lost.

    Attributes:
        stream: the worker's run, 16 bytes.
        first: the number of the first lost record in that run.
        lost: how many; None where nobody can know.
        starts_at: microseconds since 1970-01-01 UTC.
        ends_at: the same; not before ``starts_at``.
        cause: how.
    """

    stream: bytes
    first: int
    lost: int | None
    starts_at: int
    ends_at: int
    cause: GapCause


class SignedGap(msgspec.Struct, frozen=True, array_like=True):
    """A gap with the bytes that were signed; the columns of ``answer_gap``."""

    starts_at: int
    ends_at: int
    lost: int | None
    payload: bytes
    keyid: str
    signature: bytes


class GapSigner:
    """Signs the gaps of one gateway."""

    def __init__(self, signer: DecisionSigner, issuer: str) -> None:
        """Keep the decision key and the gateway's name."""
        self._signer = signer
        self._issuer = issuer

    def sign(self, gap: Gap) -> SignedGap:
        """Return ``gap``, signed."""
        payload = self._payload(gap)
        signature = self._signer.sign(GAP_TYPE, payload)
        return SignedGap(
            gap.starts_at, gap.ends_at, gap.lost, payload, self._signer.keyid, signature
        )

    def _payload(self, gap: Gap) -> bytes:
        told = {
            "cause": gap.cause.value,
            "ends_at": instant_text(gap.ends_at),
            "first": gap.first,
            "format": 1,
            "issuer": self._issuer,
            "lost": gap.lost,
            "starts_at": instant_text(gap.starts_at),
            "stream": gap.stream.hex(),
        }
        return json.dumps(told, separators=(",", ":"), sort_keys=True).encode()


def instant_text(microseconds: int) -> str:
    """Return an instant in RFC 3339, UTC, with microseconds."""
    instant = _EPOCH + timedelta(microseconds=microseconds)
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def microseconds_at(instant: datetime) -> int:
    """Return an aware instant as whole microseconds since 1970-01-01 UTC."""
    return (instant - _EPOCH) // _MICROSECOND
