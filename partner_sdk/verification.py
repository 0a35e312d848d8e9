"""What makes an answer believable: signature, inclusion, binding, time.

Responsible for: turning the bytes of an answer into verified values, or into the error that says what is wrong.
Not responsible for: where the keys come from (``partner_sdk.trust``, ``partner_sdk.evidence``), or the call.

Rules kept here:

- Bytes are verified before they are parsed, and every byte counts.
- One path for one question, a batch and a receipt.
- Pure: the keys, the question and the instant are given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.decision import Decision, read_decision
from partner_sdk.decision_keys import DecisionKey, DecisionKeys
from partner_sdk.documents import PartyKind
from partner_sdk.errors import (
    AudienceMismatchError,
    ContradictoryDecisionError,
    DecisionExpiredError,
    DecisionFromFutureError,
    InclusionError,
    IncompleteDecisionError,
    IssuerMismatchError,
    KeyTermError,
    MalformedAnswerError,
    PayloadTypeError,
    QueryMismatchError,
    SignatureError,
    SnapshotRollbackError,
)
from partner_sdk.merkle import DIGEST_LENGTH, MerkleTree, follow_proof, hash_leaf
from partner_sdk.parts import SnapshotVersion
from partner_sdk.wire import (
    DECISION_ROOT_TYPE,
    DECISION_TYPE,
    REFUSAL_TYPE,
    STANDING_TYPE,
    authenticated_bytes,
    encode,
    parse_instant,
    parse_strictly,
)

CLOCK_SKEW = timedelta(seconds=30)
"""How far a gateway's clock may be ahead of this one."""

_NOUNS = {DECISION_TYPE: "decision", STANDING_TYPE: "standing"}


class Leaf(Protocol):
    """What a signed decision and a signed standing have in common: a payload that is one leaf of a signed tree."""

    payload: bytes
    payload_type: str

    @property
    def inclusion(self) -> pb.InclusionProof:
        """The proof that the leaf is in the tree."""

    @property
    def root(self) -> pb.SignedRoot:
        """The signed root of the tree."""

    def HasField(self, field_name: Literal["inclusion"], /) -> bool:  # noqa: N802 - protobuf's name
        """Tell whether the proof is there."""


class Answered(Protocol):
    """What decisions and standings have in common: for whom, to what, from which snapshot, and for how long."""

    @property
    def audience(self) -> str:
        """The partner that asked."""

    @property
    def query_digest(self) -> bytes:
        """SHA-256 of the question's bytes."""

    @property
    def snapshot(self) -> SnapshotVersion:
        """The snapshot that was asked."""

    @property
    def evaluated_at(self) -> datetime:
        """The instant for which was answered, aware UTC."""

    @property
    def expires_at(self) -> datetime:
        """From this instant on it must not be relied on, aware UTC."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A gateway's signed word that one question of a batch got no answer."""

    issuer: str
    audience: str
    query_digest: bytes
    reason: str
    message: str
    refused_at: datetime


@dataclass(frozen=True, slots=True)
class Verified:
    """One item whose signature, place in the tree, key term and issuer hold.

    Attributes:
        content: what the item says.
        payload: its bytes.
        leaf_index: its place in the tree, from 0.
        proof: the sibling hashes from the leaf up.
        signed_root: the bytes of the ``SignedRoot`` over the tree.
    """

    content: Decision | Refusal
    payload: bytes
    leaf_index: int
    proof: tuple[bytes, ...]
    signed_root: bytes


@dataclass(frozen=True, slots=True)
class Binding:
    """What a fresh answer has to fit.

    Attributes:
        audience: the partner that asked.
        query_digest: SHA-256 of the question's bytes.
        least_snapshot: the highest snapshot number seen before the question was asked.
        kind: what the document that was asked about says about the party; None when it does not say.
    """

    audience: str
    query_digest: bytes
    least_snapshot: int
    kind: PartyKind | None = None


def verify_check_response(content: bytes, keys: DecisionKeys) -> Verified:
    """Verify the bytes of a ``CheckResponse``.

    Raises:
        VerificationError: the subclass says what does not hold.
    """
    response = parse_strictly(pb.CheckResponse, content)
    return verify_signed_decision(response.decision, keys)


def verify_signed_decision(message: pb.SignedDecision, keys: DecisionKeys) -> Verified:
    """Verify one decision with its inclusion proof; ``message`` comes from ``parse_strictly``.

    Raises:
        VerificationError: the subclass says what does not hold.
    """
    key = verify_leaf(message, DECISION_TYPE, keys)
    decision = _read_signed_decision(message.payload, key)
    index, proof = message.inclusion.leaf_index, tuple(message.inclusion.hashes)
    return Verified(decision, message.payload, index, proof, encode(message.root))


def verify_leaf(message: Leaf, payload_type: str, keys: DecisionKeys) -> DecisionKey:
    """Verify that a payload of ``payload_type`` is part of a signed tree; return the key that signed it.

    Raises:
        VerificationError: the subclass says what does not hold.
    """
    _require_type(message.payload_type, payload_type)
    key, root = _verify_root(message.root, keys)
    leaf = hash_leaf(authenticated_bytes(payload_type, message.payload))
    index, proof = message.inclusion.leaf_index, tuple(message.inclusion.hashes)
    if (
        not message.HasField("inclusion")
        or follow_proof(leaf, index, root.tree_size, proof) != root.root_hash
    ):
        problem = f"the {_NOUNS[payload_type]} is not part of the signed tree"
        raise InclusionError(problem)
    return key


def verify_batch_response(content: bytes, keys: DecisionKeys, *, count: int) -> list[Verified]:
    """Verify the bytes of a ``BatchCheckResponse`` to ``count`` questions, in their order.

    Raises:
        VerificationError: the subclass says what does not hold.
    """
    response = parse_strictly(pb.BatchCheckResponse, content)
    key, root = _verify_root(response.root, keys)
    if not len(response.items) == root.tree_size == count:
        problem = f"{count} questions got {len(response.items)} items in a tree of {root.tree_size}"
        raise InclusionError(problem)
    tree = MerkleTree([_hash_item(item) for item in response.items])
    if tree.root != root.root_hash:
        problem = "the items are not those of the signed tree"
        raise InclusionError(problem)
    signed_root = encode(response.root)
    return [
        Verified(
            _read_item(item, key),
            item.decision or item.refusal,
            index,
            tree.prove(index),
            signed_root,
        )
        for index, item in enumerate(response.items)
    ]


def require_binding(content: Answered | Refusal, binding: Binding) -> None:
    """Require that an answer belongs to this partner and this question.

    Raises:
        AudienceMismatchError: it was made for another partner.
        QueryMismatchError: it belongs to another question.
        SnapshotRollbackError: it rests on an older snapshot than one seen before.
        ContradictoryDecisionError: it commends a natural person, who is on no red list.
    """
    if content.audience != binding.audience:
        problem = "the answer was made for another partner"
        raise AudienceMismatchError(problem)
    if content.query_digest != binding.query_digest:
        problem = "the answer belongs to another question"
        raise QueryMismatchError(problem)
    if not isinstance(content, Refusal) and content.snapshot.number < binding.least_snapshot:
        problem = (
            f"the answer rests on snapshot {content.snapshot.number}, but {binding.least_snapshot} was seen before; "
            "if the gateway was set up anew, start with a new trust store"
        )
        raise SnapshotRollbackError(problem)
    if binding.kind is PartyKind.NATURAL_PERSON and isinstance(content, Decision):
        _refuse_commendations(content)


def _refuse_commendations(decision: Decision) -> None:
    if decision.commendations:
        problem = "the decision commends a natural person; red lists hold organisations only"
        raise ContradictoryDecisionError(problem)


def require_fresh(answer: Answered, now: datetime) -> None:
    """Require that an answer may be relied on at ``now`` (aware).

    Raises:
        DecisionFromFutureError: it was made later than the skew of clocks allows.
        DecisionExpiredError: it has expired.
    """
    if answer.evaluated_at > now + CLOCK_SKEW:
        problem = "the answer was made in the future; compare the clocks"
        raise DecisionFromFutureError(problem)
    if now >= answer.expires_at:
        problem = "the answer has expired; ask again"
        raise DecisionExpiredError(problem)


def _verify_root(message: pb.SignedRoot, keys: DecisionKeys) -> tuple[DecisionKey, pb.DecisionRoot]:
    _require_type(message.payload_type, DECISION_ROOT_TYPE)
    if len(message.signatures) != 1:
        problem = f"the answer carries {len(message.signatures)} signatures instead of one"
        raise SignatureError(problem)
    signature = message.signatures[0]
    key = keys.find(signature.keyid)
    key.verify(signature.sig, authenticated_bytes(DECISION_ROOT_TYPE, message.payload))
    root = parse_strictly(pb.DecisionRoot, message.payload)
    if len(root.root_hash) != DIGEST_LENGTH or root.tree_size < 1:
        problem = "the signed root is incomplete"
        raise InclusionError(problem)
    return key, root


def _hash_item(item: pb.AnswerItem) -> bytes:
    match item.WhichOneof("item"):
        case "decision":
            return hash_leaf(authenticated_bytes(DECISION_TYPE, item.decision))
        case "refusal":
            return hash_leaf(authenticated_bytes(REFUSAL_TYPE, item.refusal))
    problem = "an item of the batch is empty"
    raise MalformedAnswerError(problem)


def _read_item(item: pb.AnswerItem, key: DecisionKey) -> Decision | Refusal:
    if item.WhichOneof("item") == "decision":
        return _read_signed_decision(item.decision, key)
    return _read_signed_refusal(item.refusal, key)


def _read_signed_decision(payload: bytes, key: DecisionKey) -> Decision:
    decision = read_decision(parse_strictly(pb.Decision, payload))
    require_signer(decision.issuer, decision.evaluated_at, key)
    return decision


def _read_signed_refusal(payload: bytes, key: DecisionKey) -> Refusal:
    message = parse_strictly(pb.Refusal, payload)
    if not message.reason:
        problem = "a refusal lacks its reason"
        raise IncompleteDecisionError(problem)
    refused_at = parse_instant(message, "refused_at")
    require_signer(message.issuer, refused_at, key)
    return Refusal(
        message.issuer,
        message.audience,
        message.query_digest,
        message.reason,
        message.message,
        refused_at,
    )


def require_signer(issuer: str, at: datetime, key: DecisionKey) -> None:
    """Require that ``key`` may sign for ``issuer`` at ``at`` (aware).

    Raises:
        IssuerMismatchError: it is another gateway's.
        KeyTermError: its term does not cover the instant.
    """
    if issuer != key.issuer:
        problem = "the answer names another gateway than the one its key belongs to"
        raise IssuerMismatchError(problem)
    if not key.covers(at):
        problem = "the answer was made outside the term of the key that signed it"
        raise KeyTermError(problem)


def _require_type(stated: str, expected: str) -> None:
    if stated != expected:
        problem = f"the payload is declared to be something else than {expected}"
        raise PayloadTypeError(problem)


def best_snapshot(items: Sequence[Verified]) -> int:
    """Return the highest snapshot number that ``items`` carry, 0 when they carry none."""
    return max(
        (item.content.snapshot.number for item in items if isinstance(item.content, Decision)),
        default=0,
    )
