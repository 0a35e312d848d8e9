"""Receipts: a decision with all that is needed to verify it later, elsewhere, without a network.

Responsible for: the receipt's bytes, its file, and its offline verification from a pinned root.
Not responsible for: whether the decision may still be relied on; a receipt proves what was decided, and when.

Whom we trust: the pinned root that the verifier gives, and nothing in the receipt.

A receipt is the encoding of ``jointgate.decision.v1.Receipt``; its file is those bytes and nothing else.
It tells who asked and what was decided, but not about whom: of the question it holds a digest only.
"""

from dataclasses import dataclass, field
from pathlib import Path

from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.decision import Decision
from partner_sdk.errors import ConfigurationError, MalformedAnswerError, TrustChainError
from partner_sdk.evidence import Evidence, verify_evidence
from partner_sdk.files import replace_file
from partner_sdk.verification import Verified, verify_signed_decision
from partner_sdk.wire import DECISION_TYPE, encode, parse_strictly

MAX_RECEIPT_BYTES = 4 * 1024 * 1024
"""Longest receipt that is read, in bytes."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The bytes of a well-formed receipt; whether to believe it, ``verify_receipt`` tells."""

    _content: bytes = field(repr=False)

    @classmethod
    def from_bytes(cls, content: bytes) -> "Receipt":
        """Return the receipt with these bytes.

        Raises:
            MalformedAnswerError: they are no receipt, or longer than one may be.
        """
        if len(content) > MAX_RECEIPT_BYTES:
            problem = f"a receipt is at most {MAX_RECEIPT_BYTES} bytes long"
            raise MalformedAnswerError(problem)
        parse_strictly(pb.Receipt, content)
        return cls(content)

    @classmethod
    def load(cls, path: str | Path) -> "Receipt":
        """Return the receipt in the file at ``path``.

        Raises:
            ConfigurationError: the file cannot be read.
            MalformedAnswerError: it holds no receipt.
        """
        return cls.from_bytes(_read_file(path, MAX_RECEIPT_BYTES + 1))

    def to_bytes(self) -> bytes:
        """Return the receipt's bytes."""
        return self._content

    def save(self, path: str | Path) -> None:
        """Write the receipt to ``path``, as a whole or not at all, readable by its owner only.

        Raises:
            ConfigurationError: the file cannot be written.
        """
        target = Path(path)
        try:
            replace_file(target, self._content)
        except OSError as error:
            raise ConfigurationError(
                str(target), [f"cannot be written: {error.strerror}"]
            ) from error


def cut_receipt(item: Verified, evidence: Evidence) -> Receipt:
    """Return the receipt for one verified decision and the chain that its key was found through."""
    decision = pb.SignedDecision(
        payload=item.payload,
        payload_type=DECISION_TYPE,
        inclusion=pb.InclusionProof(leaf_index=item.leaf_index, hashes=item.proof),
        root=pb.SignedRoot.FromString(item.signed_root),
    )
    return Receipt(encode(pb.Receipt(decision=decision, trust=evidence.to_message())))


def verify_receipt(receipt: Receipt | bytes, trust: bytes | str | Path) -> Decision:
    """Verify a receipt offline.

    The metadata and the key must have been valid at the decision's own instant, ``evaluated_at``.
    That the decision has expired since is no error; ask ``Decision.has_expired``.

    Args:
        receipt: a receipt or its bytes.
        trust: the pinned TUF root: its bytes, or the path of its file.

    Returns:
        The decision, as the gateway made it.

    Raises:
        VerificationError: the subclass says what does not hold.
        ConfigurationError: the file of the root cannot be read.
    """
    content = receipt.to_bytes() if isinstance(receipt, Receipt) else receipt
    message = parse_strictly(pb.Receipt, Receipt.from_bytes(content).to_bytes())
    pinned_root = trust if isinstance(trust, bytes) else _read_file(trust, MAX_RECEIPT_BYTES)
    if not message.HasField("trust"):
        problem = "the receipt carries no trust metadata"
        raise TrustChainError(problem)
    chain = verify_evidence(Evidence.from_message(message.trust), pinned_root)
    decision = verify_signed_decision(message.decision, chain.keys).content
    if not isinstance(decision, Decision):  # pragma: no cover - a SignedDecision holds nothing else
        raise MalformedAnswerError
    if decision.evaluated_at >= chain.expires_at:
        problem = "the trust metadata had expired when the decision was made"
        raise TrustChainError(problem)
    return decision


def _read_file(path: str | Path, limit: int) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(limit)
    except OSError as error:
        raise ConfigurationError(str(path), [f"cannot be read: {error.strerror}"]) from error
