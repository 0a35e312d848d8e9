"""Tests of the Merkle trees over answers."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_sdk.merkle import MerkleTree, follow_proof, hash_leaf


def recursive_root(leaves: list[bytes]) -> bytes:
    """Return the root as RFC 9162 section 2.1.1 defines it, from the root down."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(
        b"\x01" + recursive_root(leaves[:split]) + recursive_root(leaves[split:])
    ).digest()


def leaves_of(size: int) -> list[bytes]:
    """Return ``size`` different leaf hashes."""
    return [hash_leaf(str(number).encode()) for number in range(size)]


@pytest.mark.parametrize("size", range(1, 40))
def test_the_root_is_the_one_of_the_rfc(size: int) -> None:
    """Building from the leaves up gives the root that the RFC defines from the root down."""
    assert MerkleTree(leaves_of(size)).root == recursive_root(leaves_of(size))


@pytest.mark.parametrize("size", range(1, 40))
def test_every_leaf_proves_its_place(size: int) -> None:
    """The proof of each leaf leads to the root."""
    leaves = leaves_of(size)
    tree = MerkleTree(leaves)
    for index, leaf in enumerate(leaves):
        assert follow_proof(leaf, index, size, tree.prove(index)) == tree.root


@given(st.integers(2, 33).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))))
def test_a_proof_fits_one_place_only(size_and_index: tuple[int, int]) -> None:
    """A leaf with its proof at any other place does not lead to the root."""
    size, index = size_and_index
    leaves = leaves_of(size)
    tree = MerkleTree(leaves)
    for other in range(-1, size + 2):
        if other != index:
            assert follow_proof(leaves[index], other, size, tree.prove(index)) != tree.root


@pytest.mark.parametrize("size", [2, 3, 7, 8])
def test_a_longer_or_shorter_proof_is_none(size: int) -> None:
    """A proof with a hash too many or too few leads nowhere."""
    leaves = leaves_of(size)
    tree = MerkleTree(leaves)
    proof = tree.prove(0)
    assert follow_proof(leaves[0], 0, size, (*proof, leaves[0])) is None
    assert follow_proof(leaves[0], 0, size, proof[:-1]) is None


def test_an_inner_node_is_no_leaf() -> None:
    """The concatenation under an inner node does not hash to it as a leaf."""
    leaves = leaves_of(2)
    assert hash_leaf(leaves[0] + leaves[1]) != MerkleTree(leaves).root
