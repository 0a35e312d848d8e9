"""The tree over a batch is the one of RFC 9162, and the one that partners compute."""

from hashlib import sha256

import pytest

from gateway.decision.merkle import follow_proof, hash_leaf, root_hash
from partner_sdk.merkle import MerkleTree
from partner_sdk.merkle import follow_proof as follow_proof_at_partner
from partner_sdk.merkle import hash_leaf as hash_leaf_at_partner

CONTENTS = [f"answer {number}".encode() for number in range(1_000)]


def recursive_root(contents: list[bytes]) -> bytes:
    """Return the tree's root as RFC 9162, section 2.1.1, defines it: from the root down."""
    if len(contents) == 1:
        return sha256(b"\x00" + contents[0]).digest()
    split = 1 << ((len(contents) - 1).bit_length() - 1)
    left, right = recursive_root(contents[:split]), recursive_root(contents[split:])
    return sha256(b"\x01" + left + right).digest()


@pytest.mark.parametrize("size", [*range(1, 21), 255, 256, 257, 1_000])
def test_the_root_is_that_of_the_definition(size: int) -> None:
    """Built level by level the tree is the one that is defined recursively, for every size."""
    contents = CONTENTS[:size]
    assert root_hash([hash_leaf(content) for content in contents]) == recursive_root(contents)


@pytest.mark.parametrize("size", range(1, 21))
def test_partners_compute_the_same_root(size: int) -> None:
    """The SDK, which shares no code with the gateway, gets the same root, and its proofs lead to it."""
    leaves = [hash_leaf(content) for content in CONTENTS[:size]]
    assert leaves == [hash_leaf_at_partner(content) for content in CONTENTS[:size]]
    tree, root = MerkleTree(leaves), root_hash(leaves)
    assert tree.root == root
    for place, leaf in enumerate(leaves):
        assert follow_proof_at_partner(leaf, place, size, tree.prove(place)) == root


@pytest.mark.parametrize("size", range(1, 21))
def test_a_proof_leads_to_the_root_from_its_own_place_only(size: int) -> None:
    """A proof that a partner cut is followed back, and from any other place, or in another size, leads elsewhere."""
    leaves = [hash_leaf(content) for content in CONTENTS[:size]]
    tree, root = MerkleTree(leaves), root_hash(leaves)
    for place, leaf in enumerate(leaves):
        proof = tree.prove(place)
        assert follow_proof(leaf, place, size, proof) == root
        wrong = [follow_proof(leaf, other, size, proof) for other in range(size) if other != place]
        wrong += [follow_proof(leaf, size, size, proof), follow_proof(leaf, -1, size, proof)]
        wrong += [follow_proof(leaf, place, size, (*proof, root))]
        wrong += [follow_proof(leaf, place, size, proof[:-1])] if proof else []
        assert root not in wrong


def test_known_roots() -> None:
    """The roots published with the test data of Certificate Transparency come out."""
    texts = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    leaves = [hash_leaf(bytes.fromhex(text)) for text in texts]
    one = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    eight = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert (root_hash(leaves[:1]).hex(), root_hash(leaves).hex()) == (one, eight)


def test_order_and_number_matter() -> None:
    """An answer cannot be moved, dropped or repeated under the same root."""
    leaves = [hash_leaf(content) for content in CONTENTS[:5]]
    others = [leaves[::-1], leaves[:4], [*leaves, leaves[-1]], [*leaves[:4], leaves[0]]]
    assert len({root_hash(leaves), *map(root_hash, others)}) == 5


def test_an_inner_node_cannot_pass_for_an_answer() -> None:
    """A leaf whose content is two hashes has another hash than the node above them."""
    left, right = hash_leaf(b"a"), hash_leaf(b"b")
    assert hash_leaf(left + right) != root_hash([left, right])
