"""The Merkle tree over a batch of answers (RFC 9162, section 2.1), as far as the gateway needs it: its root.

Leaves are hashed behind 0x00 and inner nodes behind 0x01, so that no inner node can pass for an answer.
Proofs are cut by whoever holds the batch; in a batch of one the proof is empty.
"""

from collections.abc import Sequence
from hashlib import sha256


def hash_leaf(content: bytes) -> bytes:
    """Return the leaf hash of ``content``, 32 bytes."""
    return sha256(b"\x00" + content).digest()


def root_hash(leaves: Sequence[bytes]) -> bytes:
    """Return the root over the hashes of one or more leaves, 32 bytes.

    Level by level: a last node without a sibling moves up unchanged, which gives the same tree as the recursive
    definition.
    """
    level = list(leaves)
    while len(level) > 1:
        paired = [
            sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)
        ]
        level = paired + level[len(paired) * 2 :]
    return level[0]
