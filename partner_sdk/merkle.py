"""Merkle trees over answers, as RFC 9162 section 2.1 writes them.

Responsible for: the root over leaves, the inclusion proof of one leaf, and following such a proof.
Not responsible for: what a leaf holds, or who signed the root.

Rules kept here: SHA-256 throughout; a leaf is hashed behind 0x00 and an inner node behind 0x01,
so that an inner node can never pass for an answer.
"""

from collections.abc import Sequence
from hashlib import sha256

DIGEST_LENGTH = 32
"""Length of a hash in bytes."""


def hash_leaf(content: bytes) -> bytes:
    """Return the hash of one leaf (RFC 9162, section 2.1.1)."""
    return sha256(b"\x00" + content).digest()


class MerkleTree:
    """The tree over leaf hashes, at least one.

    It is built from the leaves up, and a node without a sibling moves up as it is;
    that gives the tree which RFC 9162 defines from the root down.
    """

    def __init__(self, leaves: Sequence[bytes]) -> None:
        """Build the tree over ``leaves``, each the hash of a leaf."""
        level = list(leaves)
        self._levels = [level]
        while len(level) > 1:
            pairs = zip(level[::2], level[1::2], strict=False)
            above = [_hash_node(left, right) for left, right in pairs]
            level = [*above, level[-1]] if len(level) % 2 else above
            self._levels.append(level)

    @property
    def root(self) -> bytes:
        """The root hash, 32 bytes."""
        return self._levels[-1][0]

    @property
    def size(self) -> int:
        """The number of leaves."""
        return len(self._levels[0])

    def prove(self, index: int) -> tuple[bytes, ...]:
        """Return the sibling hashes from leaf ``index`` up to the root (RFC 9162, section 2.1.3.1)."""
        proof = []
        for level in self._levels[:-1]:
            sibling = index ^ 1
            if sibling < len(level):
                proof.append(level[sibling])
            index >>= 1
        return tuple(proof)


def follow_proof(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """Return the root that ``proof`` leads to from ``leaf``, or None when it cannot be a proof for that place.

    Source: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        return None
    here, last, reached = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if here & 1 or here == last:
            reached = _hash_node(sibling, reached)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            reached = _hash_node(reached, sibling)
        here, last = here >> 1, last >> 1
    return reached if last == 0 else None


def _hash_node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
