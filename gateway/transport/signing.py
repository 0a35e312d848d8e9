"""The signature over answers: one for a batch, over the root of the tree whose leaves the answers are.

Responsible for: the ``SignedRoot`` of decisions and of standings.
Not responsible for: what the leaves are; each service hashes its answers under their own payload types.
"""

from collections.abc import Sequence

from gateway.decision.merkle import root_hash
from gateway.decision.signatures import DecisionSigner
from gateway.transport.wire import DECISION_ROOT_TYPE
from jointgate.decision.v1 import decision_pb2 as pb


def signed_root(leaves: Sequence[bytes], signer: DecisionSigner) -> pb.SignedRoot:
    """Return the root over the hashes of one or more leaves, signed with the decision key."""
    root = pb.DecisionRoot(root_hash=root_hash(leaves), tree_size=len(leaves))
    content = root.SerializeToString(deterministic=True)
    signature = pb.Signature(keyid=signer.keyid, sig=signer.sign(DECISION_ROOT_TYPE, content))
    return pb.SignedRoot(payload=content, payload_type=DECISION_ROOT_TYPE, signatures=[signature])
