"""Whether a receipt is one of this site's, however old it is.

Responsible for: the chain from the site's own roots to the decision key, the signature, the place in the tree.
Not responsible for: what the register holds, or how often somebody may ask.

Whom we trust: the site's pinned root and the roots that follow it, each signed by the one before; nothing in the
receipt.
A receipt carries the metadata that was in force when it was made, so nothing has to be kept for old receipts but the
roots: every key that one of them led to at the time is known again by its delegation.
An operator who does not want to answer for an old root any more pins a newer one.

Rules kept here:

- Key and metadata must have been valid at the decision's own instant; that all of them have ended since is no fault.
- Every failure is the same failure: why a receipt does not verify is told to nobody.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from tuf.api.exceptions import LengthOrHashMismatchError, RepositoryError
from tuf.api.metadata import Metadata, Root, Targets
from tuf.api.serialization import DeserializationError

from gateway.decision.merkle import follow_proof, hash_leaf
from gateway.decision.signatures import authenticated_bytes, verify_signature
from gateway.errors import AnswerError, CommandError, JointgateError
from gateway.keys import parse_decision_key
from gateway.snapshot.repository import DECISION_KEYS, KEYS_TARGET
from gateway.transport.wire import DECISION_ROOT_TYPE, DECISION_TYPE, parse_instant, parse_strictly
from jointgate.decision.v1 import decision_pb2 as pb

MAX_ROOTS = 64
"""Most roots that a receipt may bring; the contract's limit."""
_MAX_PAYLOAD_BYTES = 1024 * 1024
_DIGEST_BYTES = 32
_ROOT_FILE = re.compile(r"([1-9][0-9]{0,9})\.root\.json", re.ASCII)
_INSTANT = "%Y-%m-%dT%H:%M:%SZ"
_Signed = TypeVar("_Signed", Root, Targets)
_NOT_VERIFIED = (
    AnswerError,
    RepositoryError,
    msgspec.MsgspecError,
    ValueError,
    KeyError,
    RecursionError,
)
"""What parsing and verifying somebody else's bytes can raise."""


class ReceiptError(JointgateError):
    """The receipt is not one of this site's; why is not told."""

    def __init__(self) -> None:
        """Say no more than that."""
        super().__init__("the receipt does not verify")


@dataclass(frozen=True, slots=True)
class VerifiedReceipt:
    """A decision that a key of this site signed.

    Attributes:
        decision: what was decided.
        digest: by which the decision is identified, 32 bytes: that of the question it answers.
        evaluated_at: the instant for which was decided, UTC.
    """

    decision: pb.Decision
    digest: bytes
    evaluated_at: datetime


class ReceiptVerifier:
    """Knows the roots of one site; a root that is published later is found without a restart."""

    def __init__(self, pinned: Path, published: Path | None = None) -> None:
        """Remember where the roots are.

        Args:
            pinned: the file of the site's pinned root.
            published: the folder with the newer ones, ``N.root.json``; None where the site has none.

        Raises:
            CommandError: the pinned root cannot be read.
        """
        self._pinned = pinned
        self._published = published
        self._names: tuple[str, ...] = ()
        self._roots: Sequence[Metadata[Root]] = (_read_pinned(pinned),)

    def verify(self, receipt: pb.Receipt) -> VerifiedReceipt:
        """Return the decision of a receipt that a decision key of this site signed.

        Raises:
            ReceiptError: it is anything else.
        """
        try:
            roots = self._candidates(receipt.trust.roots)
            chain = _follow(receipt.trust, roots)
            return _decision(receipt.decision, chain)
        except _NOT_VERIFIED:
            raise ReceiptError from None

    def _candidates(self, brought: Sequence[bytes]) -> list[Root]:
        """Return the roots that may have led to the receipt's keys, the newest first."""
        if len(brought) > MAX_ROOTS:
            raise ReceiptError
        known = self._known()
        return [one.signed for one in reversed([*known, *_successors(known[-1], brought)])]

    def _known(self) -> Sequence[Metadata[Root]]:
        names = tuple(sorted(_files(self._published)))
        if names != self._names:
            self._roots = _chain(_read_pinned(self._pinned), self._published, names)
            self._names = names
        return self._roots


def _read_pinned(path: Path) -> Metadata[Root]:
    try:
        root = Metadata[Root].from_bytes(path.read_bytes())
        root.signed.verify_delegate(Root.type, root.signed_bytes, root.signatures)
    except (OSError, DeserializationError, RepositoryError, ValueError) as error:
        message = f"{path}: no usable TUF root; 'jointgate init' makes one"
        raise CommandError(message) from error
    return root


def _files(folder: Path | None) -> Iterator[str]:
    if folder is not None and folder.is_dir():
        yield from (path.name for path in folder.iterdir() if _ROOT_FILE.fullmatch(path.name))


def _chain(
    pinned: Metadata[Root], folder: Path | None, names: Sequence[str]
) -> tuple[Metadata[Root], ...]:
    """Return the pinned root and those in the folder that follow it."""
    ordered = sorted(names, key=lambda name: int(name.partition(".")[0]))
    try:
        contents = [(folder / name).read_bytes() for name in ordered] if folder is not None else []
        return (pinned, *_successors(pinned, contents))
    except (OSError, ReceiptError, RepositoryError, ValueError) as error:
        message = f"{folder}: the published roots do not follow from the pinned one; restore them"
        raise CommandError(message) from error


def _successors(trusted: Metadata[Root], contents: Sequence[bytes]) -> Iterator[Metadata[Root]]:
    """Yield the roots that follow a trusted one; what comes before it or does not follow is left out."""
    for content in contents:
        root = _parse(Root, content)
        if root.signed.version != trusted.signed.version + 1:
            continue
        trusted.signed.verify_delegate(Root.type, root.signed_bytes, root.signatures)
        root.signed.verify_delegate(Root.type, root.signed_bytes, root.signatures)
        trusted = root
        yield root


@dataclass(frozen=True, slots=True)
class _Chain:
    """The keys that metadata lead to, and until when the metadata are good."""

    keys: tuple["_Key", ...]
    expires_at: datetime


class _KeyValue(msgspec.Struct):
    public: str


class _KeyForm(msgspec.Struct):
    keyval: _KeyValue


class _Key(msgspec.Struct):
    issuer: str
    keyid: str
    key: _KeyForm
    not_before: str
    not_after: str

    def public(self) -> ec.EllipticCurvePublicKey:
        keyid, public = parse_decision_key(self.key.keyval.public)
        if keyid != self.keyid:
            raise ReceiptError
        return public

    def covers(self, at: datetime) -> bool:
        return _instant(self.not_before) <= at < _instant(self.not_after)


class _Keys(msgspec.Struct):
    keys: tuple[_Key, ...]


def _follow(trust: pb.TrustEvidence, roots: Sequence[Root]) -> _Chain:
    """Return the keys that the receipt's metadata name, under the root that signed for them."""
    targets, role = _parse(Targets, trust.targets), _parse(Targets, trust.decision_keys)
    root = next((one for one in roots if _signs(one, Targets.type, targets)), None)
    if root is None or not _signs(targets.signed, DECISION_KEYS, role):
        raise ReceiptError
    try:
        role.signed.targets[KEYS_TARGET].verify_length_and_hashes(trust.keys)
    except LengthOrHashMismatchError:
        raise ReceiptError from None
    keys = msgspec.json.decode(trust.keys, type=_Keys).keys
    return _Chain(keys, min(one.expires for one in (root, targets.signed, role.signed)))


def _signs(delegator: Root | Targets, role: str, metadata: Metadata[Any]) -> bool:
    try:
        delegator.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
    except (RepositoryError, ValueError):
        return False
    return True


def _decision(signed: pb.SignedDecision, chain: _Chain) -> VerifiedReceipt:
    key, tree = _root(signed.root, chain.keys)
    leaf = hash_leaf(authenticated_bytes(DECISION_TYPE, signed.payload))
    index, proof = signed.inclusion.leaf_index, tuple(signed.inclusion.hashes)
    if (
        signed.payload_type != DECISION_TYPE
        or follow_proof(leaf, index, tree.tree_size, proof) != tree.root_hash
    ):
        raise ReceiptError
    decision = parse_strictly(pb.Decision, signed.payload, limit=_MAX_PAYLOAD_BYTES)
    at = parse_instant(decision.evaluated_at)
    if decision.issuer != key.issuer or not key.covers(at) or at >= chain.expires_at:
        raise ReceiptError
    if len(decision.query_digest) != _DIGEST_BYTES:
        raise ReceiptError
    return VerifiedReceipt(decision, decision.query_digest, at)


def _root(signed: pb.SignedRoot, keys: Sequence[_Key]) -> tuple[_Key, pb.DecisionRoot]:
    if signed.payload_type != DECISION_ROOT_TYPE or len(signed.signatures) != 1:
        raise ReceiptError
    (signature,) = signed.signatures
    key = next((one for one in keys if one.keyid == signature.keyid), None)
    if key is None:
        raise ReceiptError
    verify_signature(key.public(), DECISION_ROOT_TYPE, signed.payload, signature.sig)
    return key, parse_strictly(pb.DecisionRoot, signed.payload, limit=_MAX_PAYLOAD_BYTES)


def _parse(kind: type[_Signed], content: bytes) -> Metadata[_Signed]:
    try:
        metadata = Metadata[_Signed].from_bytes(content)
    except DeserializationError:
        raise ReceiptError from None
    if not isinstance(metadata.signed, kind):
        raise ReceiptError
    return metadata


def _instant(text: str) -> datetime:
    return datetime.strptime(text, _INSTANT).replace(tzinfo=UTC)
