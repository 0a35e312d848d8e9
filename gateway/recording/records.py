"""What is kept of an answer that restricts or refers, and the port through which the answering path hands it over.

Responsible for: the record's fields, the digest of a receipt, the port ``AnswerRecorder`` and its null implementation.
Not responsible for: how a record reaches the register (``queue``, ``feed``, ``recorder``).

Rules kept here:

- A record has no field for a party, a document, or anything that was asked beyond the action's name.
- A PERMITTED answer has no record.
- Handing over never waits and never fails: what cannot be kept is counted as lost.
"""

from __future__ import annotations

from contextlib import nullcontext
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager

Digest = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]


class AnswerRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One listing that one answer named.

    Attributes:
        at: when the answer was given, whole microseconds since 1970-01-01 UTC.
        receipt: the digest of the receipt, 32 bytes; see ``receipt_digest``.
        partner: who asked, at most 64 characters.
        action: the action's name, at most 32 characters.
        reference: of the listing that the answer named.
    """

    at: int
    receipt: Digest
    partner: Annotated[str, msgspec.Meta(max_length=64)]
    action: Annotated[str, msgspec.Meta(max_length=32)]
    reference: Annotated[str, msgspec.Meta(max_length=18)]


class AnswerRecorder(Protocol):
    """Takes records from the threads that answer."""

    def answering(self) -> AbstractContextManager[None]:
        """Return a context in which one request is answered: the instant of its answers is taken and recorded in it."""
        ...

    def record(self, records: Sequence[AnswerRecord]) -> None:
        """Take the records of the answers to one request; never waits, never raises."""
        ...


class NullRecorder:
    """Keeps nothing: for sites whose records are switched off."""

    def answering(self) -> AbstractContextManager[None]:
        """Nobody waits for the records."""
        return nullcontext()

    def record(self, records: Sequence[AnswerRecord]) -> None:
        """Forget them."""


def receipt_digest(payload: bytes) -> bytes:
    """Return what identifies a receipt: SHA-256 over the bytes of its ``Decision``, the payload of the receipt.

    A single answer and one that was cut out of a batch have the same, and no signature is in it.
    """
    return sha256(payload).digest()


def records_of(
    payload: bytes, *, at: int, partner: str, action: str, references: Iterable[str]
) -> list[AnswerRecord]:
    """Return the records of one answer: one for each listing that it names, however many grounds name it.

    Args:
        payload: the bytes of the ``Decision``.
        at: when it was given, whole microseconds since 1970-01-01 UTC.
        partner: who asked.
        action: the action's name.
        references: of the listings that its grounds name.
    """
    digest = receipt_digest(payload)
    return [
        AnswerRecord(at, digest, partner, action, reference)
        for reference in dict.fromkeys(references)
    ]
