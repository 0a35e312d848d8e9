"""The Merkle tree over a batch of answers (RFC 9162, section 2.1), as far as the gateway needs it.

Responsible for: the root of a batch, and following the proof of one answer that somebody brings back.
Not responsible for cutting proofs: whoever holds the batch does; in a batch of one the proof is empty.

Leaves are hashed behind 0x00 and inner nodes behind 0x01, so that no inner node can pass for an answer.
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


def follow_proof(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """Return the root that ``proof`` leads to from the hash of a leaf, None when it is no proof for that place.

    Source: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        return None
    place, last, reached = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if place % 2 or place == last:
            reached = sha256(b"\x01" + sibling + reached).digest()
            while place and not place % 2:
                place, last = place // 2, last // 2
        else:
            reached = sha256(b"\x01" + reached + sibling).digest()
        place, last = place // 2, last // 2
    return reached if last == 0 else None
