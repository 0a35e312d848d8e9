"""The chain of metadata from a pinned TUF root to the decision keys.

Responsible for: following the chain without any network, the same way for live answers and for receipts.
Not responsible for: fetching metadata and its freshness (``partner_sdk.trust``).

Whom we trust: the holder of the pinned root, and through it, by threshold, everyone it delegates to;
root -> newer roots -> targets -> ``decision-keys`` -> the list of keys.

Rules kept here:

- Every byte counts: each file must be in the compact encoding of python-tuf, without fields that
  are not known and without signatures that do not verify.
- An expiry is reported, not judged: what has to be covered is an instant that only the answer tells.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from securesystemslib.signer import Signature
from tuf.api.exceptions import LengthOrHashMismatchError, RepositoryError
from tuf.api.metadata import Metadata, Root, Targets
from tuf.api.serialization import DeserializationError
from tuf.api.serialization.json import JSONSerializer

from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.decision_keys import DecisionKeys, parse_decision_keys
from partner_sdk.errors import TrustChainError

ROLE = "decision-keys"
"""The delegated role that names the decision keys."""
KEYS_PATH = f"{ROLE}/current.json"
"""The target that lists them."""
MAX_ROOTS = 64
"""Most root versions that one chain may hold."""
MAX_FILE_BYTES = 512_000
"""Longest metadata file or target, in bytes."""

_HEX = re.compile(r"(?:[0-9a-f]{2})+", re.ASCII)
_Signed = TypeVar("_Signed", Root, Targets)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The files of the chain, as published; nothing here is verified.

    Attributes:
        roots: root.json in consecutive versions, in order, up to the one in force.
        targets: targets.json.
        decision_keys: decision-keys.json.
        keys: the target ``decision-keys/current.json``.
    """

    roots: tuple[bytes, ...]
    targets: bytes
    decision_keys: bytes
    keys: bytes

    @classmethod
    def from_message(cls, message: pb.TrustEvidence) -> "Evidence":
        """Return the evidence that a receipt carries."""
        return cls(tuple(message.roots), message.targets, message.decision_keys, message.keys)

    def to_message(self) -> pb.TrustEvidence:
        """Return the evidence as a receipt carries it."""
        return pb.TrustEvidence(
            roots=self.roots, targets=self.targets, decision_keys=self.decision_keys, keys=self.keys
        )


@dataclass(frozen=True, slots=True)
class VerifiedEvidence:
    """A chain that holds together.

    Attributes:
        evidence: its files.
        keys: the decision keys that it leads to.
        expires_at: when the first of root, targets and decision-keys expires, aware UTC.
    """

    evidence: Evidence
    keys: DecisionKeys
    expires_at: datetime


def verify_evidence(evidence: Evidence, pinned_root: bytes) -> VerifiedEvidence:
    """Follow the chain from ``pinned_root`` to the decision keys.

    Raises:
        TrustChainError: a link does not hold.
    """
    _refuse_large(evidence, pinned_root)
    try:
        targets, keys_role = (
            _read(Targets, evidence.targets),
            _read(Targets, evidence.decision_keys),
        )
        _verify_target(keys_role.signed, evidence.keys)
        root = _follow_roots(pinned_root, [_read(Root, content) for content in evidence.roots])
        _verify(targets, Targets.type, [(root.signed, Targets.type)])
        _refuse_wrong_delegation(targets.signed)
        _verify(keys_role, ROLE, [(targets.signed, ROLE)])
    except (RepositoryError, ValueError) as error:
        problem = f"the trust metadata does not hold together: {error}"
        raise TrustChainError(problem) from error
    expires_at = min(signed.expires for signed in (root.signed, targets.signed, keys_role.signed))
    return VerifiedEvidence(evidence, parse_decision_keys(evidence.keys), expires_at)


def read_root(content: bytes) -> Metadata[Root]:
    """Return a root that is signed by itself, for pinning.

    Raises:
        TrustChainError: the bytes are no such root.
    """
    try:
        root = _read(Root, content)
        root.signed.verify_delegate(Root.type, root.signed_bytes, root.signatures)
    except (RepositoryError, ValueError) as error:
        problem = f"not a TUF root that is signed by itself: {error}"
        raise TrustChainError(problem) from error
    return root


def _refuse_large(evidence: Evidence, pinned_root: bytes) -> None:
    files = (pinned_root, *evidence.roots, evidence.targets, evidence.decision_keys, evidence.keys)
    if len(evidence.roots) > MAX_ROOTS or any(len(content) > MAX_FILE_BYTES for content in files):
        problem = "the trust metadata is larger than it may be"
        raise TrustChainError(problem)


def _follow_roots(pinned: bytes, chain: list[Metadata[Root]]) -> Metadata[Root]:
    """Return the last root of ``chain``, which may begin at any version up to the one after the pinned root."""
    trusted = anchor = read_root(pinned)
    before: Metadata[Root] | None = None
    for root in chain:
        if before is not None and root.signed.version != before.signed.version + 1:
            problem = "the roots are not consecutive"
            raise TrustChainError(problem)
        if root.signed.version > anchor.signed.version:
            _verify_successor(root, trusted)
            trusted = root
        else:
            _verify_predecessor(root, before, anchor)
        before = root
    if before is not None and before.signed.version < anchor.signed.version:
        problem = f"the roots end before version {anchor.signed.version}, the pinned one"
        raise TrustChainError(problem)
    return trusted


def _verify_successor(root: Metadata[Root], trusted: Metadata[Root]) -> None:
    if root.signed.version != trusted.signed.version + 1:
        problem = (
            f"the roots begin at version {root.signed.version}, the pinned one is version {trusted.signed.version}; "
            "verify with the root that was pinned when the answer was given"
        )
        raise TrustChainError(problem)
    _verify(root, Root.type, [(trusted.signed, Root.type), (root.signed, Root.type)])


def _verify_predecessor(
    root: Metadata[Root], before: Metadata[Root] | None, anchor: Metadata[Root]
) -> None:
    """Check a root up to the pinned one; nothing is derived from it."""
    if root.signed.version == anchor.signed.version and root != anchor:
        problem = f"root version {root.signed.version} is another one than the pinned"
        raise TrustChainError(problem)
    if before is None:
        # Signatures by keys from before the chain cannot be checked; nothing rests on them.
        root.signed.verify_delegate(Root.type, root.signed_bytes, root.signatures)
    else:
        _verify(root, Root.type, [(before.signed, Root.type), (root.signed, Root.type)])


def _refuse_wrong_delegation(targets: Targets) -> None:
    """Refuse a delegation that does not give the list of keys to the role, first and alone."""
    roles = (
        targets.delegations.get_roles_for_target(KEYS_PATH)
        if targets.delegations is not None
        else ()
    )
    if KEYS_PATH in targets.targets or [name for name, _ in roles][:1] != [ROLE]:
        problem = f"targets does not delegate {KEYS_PATH} to {ROLE}"
        raise TrustChainError(problem)


def _verify_target(role: Targets, content: bytes) -> None:
    target = role.targets.get(KEYS_PATH)
    if target is None:
        problem = f"{ROLE} does not name {KEYS_PATH}"
        raise TrustChainError(problem)
    try:
        target.verify_length_and_hashes(content)
    except LengthOrHashMismatchError:
        problem = f"{KEYS_PATH} is not the file that {ROLE} names"
        raise TrustChainError(problem) from None


def _read(kind: type[_Signed], content: bytes) -> Metadata[_Signed]:
    try:
        metadata = Metadata[_Signed].from_bytes(content)
    except DeserializationError:
        problem = f"not {kind.type} metadata"
        raise TrustChainError(problem) from None
    if (
        not isinstance(metadata.signed, kind)
        or metadata.unrecognized_fields
        or _compact(metadata) != content
    ):
        problem = f"not {kind.type} metadata in the compact encoding"
        raise TrustChainError(problem)
    return metadata


def _compact(metadata: Metadata[_Signed]) -> bytes:
    return metadata.to_bytes(JSONSerializer(compact=True))


def _verify(
    metadata: Metadata[_Signed], role: str, delegators: list[tuple[Root | Targets, str]]
) -> None:
    """Require each delegator's threshold, and that no signature is superfluous, wrong or oddly spelled."""
    content = metadata.signed_bytes
    verified: set[str] = set()
    for delegator, name in delegators:
        result = delegator.get_verification_result(name, content, metadata.signatures)
        if not result.verified:
            problem = f"{role} is signed by {len(result.signed)} of {result.threshold} keys"
            raise TrustChainError(problem)
        verified |= result.signed.keys()
    if verified != metadata.signatures.keys() or not all(
        map(_is_plain, metadata.signatures.values())
    ):
        problem = f"{role} carries a signature that does not verify"
        raise TrustChainError(problem)


def _is_plain(signature: Signature) -> bool:
    return not signature.unrecognized_fields and _HEX.fullmatch(signature.signature) is not None
