"""Pseudonyms: the only form in which a document leaves the register.

A pseudonym is BLAKE2b, keyed with the site's 32-byte key, 16 bytes long, over type and number.
The encoding is injective: the type's length in one byte, the type, the number.

Whom we trust: who holds the key can try document numbers until one fits, so it stays on publisher and gateways.
A copy of a snapshot without the key tells nothing about who is listed.
"""

from hashlib import blake2b
from typing import NewType

from sanctions_matrix.documents import Document

Pseudonym = NewType("Pseudonym", bytes)

PSEUDONYM_BYTES = 16
_PERSON = b"jointgate-pseud1"
_TYPES_KEPT = 1_024


class Pseudonymiser:
    """Turns documents into pseudonyms under one key."""

    __slots__ = ("_keyed", "_typed")

    def __init__(self, key: bytes) -> None:
        """Keep ``key``, 32 bytes.

        Raises:
            ValueError: the key has another length.
        """
        if len(key) != 32:  # noqa: PLR2004 - stated above
            message = "the pseudonym key must have 32 bytes"
            raise ValueError(message)
        self._keyed = blake2b(digest_size=PSEUDONYM_BYTES, key=key, person=_PERSON)
        self._typed: dict[str, blake2b] = {}

    def of(self, document: Document) -> Pseudonym:
        """Return the document's pseudonym, 16 bytes."""
        digest = (self._typed.get(document.type) or self._begun(document.type)).copy()
        digest.update(document.number.encode())
        return Pseudonym(digest.digest())

    def _begun(self, type_: str) -> blake2b:
        """Return the hash as far as the type goes, and keep it for the next document of the type."""
        kind, begun = type_.encode(), self._keyed.copy()
        begun.update(bytes((len(kind),)) + kind)
        if len(self._typed) >= _TYPES_KEPT:
            self._typed.clear()
        self._typed[type_] = begun
        return begun
