"""Receipts of a site, made without a gateway, a publisher or a partner.

Responsible for: a real site's keys, delegations and roots, and receipts with any grounds signed under them.
Not responsible for: how a gateway decides; what these receipts say is what the test wants them to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.metadata import Metadata, Root, Targets

from gateway.decision.merkle import hash_leaf
from gateway.decision.signatures import DecisionSigner, authenticated_bytes
from gateway.keys import (
    DECISION_SCHEME,
    new_role_key,
    parse_decision_key,
    read_decision_signer,
    read_signer,
)
from gateway.site import SitePlan, create_site
from gateway.snapshot.repository import (
    DECISION_KEYS,
    KEYS_TARGET,
    ONLINE_ROLES,
    Repository,
    keys_document,
)
from gateway.transport.signing import signed_root
from gateway.transport.wire import DECISION_TYPE
from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.merkle import MerkleTree

ISSUER = "gateway.local"
_STAMP = "%Y-%m-%dT%H:%M:%SZ"


@dataclass
class SiteReceipts:
    """One site that can write receipts.

    Attributes:
        folder: of the site.
        now: the instant at which it is made and its key is delegated.
    """

    folder: Path
    now: datetime
    issuer: str = ISSUER
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        """Make the site and delegate its decision key for a day."""
        plan = SitePlan(pack="cn-joint-discipline", listen="127.0.0.1:1", issuer=self.issuer)
        create_site(self.folder, plan, now=self.now)
        self.signer = DecisionSigner(read_decision_signer(self.folder / "keys" / "decision.pem"))
        signers = {role: self._key(role) for role in ONLINE_ROLES}
        self._repository = Repository(self.folder / "repository", signers)
        self.delegate(self.now)

    @property
    def pinned(self) -> Path:
        """The site's pinned root."""
        return self.folder / "trust" / "root.json"

    @property
    def published(self) -> Path:
        """The folder of the site's published roots."""
        return self.folder / "repository" / "metadata"

    def _key(self, name: str) -> CryptoSigner:
        return read_signer(self.folder / "keys" / f"{name}.pem")

    def delegate(self, now: datetime) -> None:
        """Delegate the decision key for a day, and nothing else any more."""
        pem = (self.folder / "keys" / "decision.public.pem").read_text(encoding="utf-8")
        key = SSlibKey.from_crypto(parse_decision_key(pem)[1], scheme=DECISION_SCHEME)
        row = {
            "issuer": self.issuer,
            "keyid": key.keyid,
            "key": key.to_dict(),
            "not_before": now.strftime(_STAMP),
            "not_after": (now + timedelta(days=1)).strftime(_STAMP),
        }
        staged = self._repository.stage(KEYS_TARGET, keys_document([row]))
        self._repository.commit({DECISION_KEYS: [staged]}, now=now, lease=timedelta(minutes=1))

    def evidence(self, *, roots: Sequence[bytes] = ()) -> pb.TrustEvidence:
        """Return the metadata as they are now, behind roots that the asking partner did not have."""
        files = self._repository.files()
        found = {
            part: path.read_bytes()
            for name, path in files.items()
            for part in ("targets.json", "decision-keys.json", "current.json")
            if name.endswith(f".{part}")
        }
        return pb.TrustEvidence(
            roots=roots,
            targets=found["targets.json"],
            decision_keys=found["decision-keys.json"],
            keys=found["current.json"],
        )

    def replace_targets_key(self, now: datetime) -> bytes:
        """Publish a second root with another key for the targets, and what is signed with it; return the root."""
        root = Metadata[Root].from_bytes(self.pinned.read_bytes())
        targets = Metadata[Targets].from_bytes((self.published / "1.targets.json").read_bytes())
        key = new_role_key()
        root.signed.revoke_key(self._key("targets").public_key.keyid, "targets")
        root.signed.add_key(key.public_key, "targets")
        root.signed.version = 2
        root.signatures.clear()
        for number in (1, 2):
            root.sign(self._key(f"root-{number}"), append=True)
        targets.signed.version = 2
        targets.sign(key)
        (self.published / "2.root.json").write_bytes(root.to_bytes())
        (self.published / "2.targets.json").write_bytes(targets.to_bytes())
        signers = {role: self._key(role) for role in ONLINE_ROLES}
        # Opened anew without its timestamp, it continues from the newest targets.
        (self.published / "timestamp.json").unlink()
        self._repository = Repository(self.folder / "repository", signers)
        self.delegate(now)
        return root.to_bytes()

    def decision(self, *references: str, at: datetime | None = None) -> pb.Decision:
        """Return a decision with one ground for each listing; PERMITTED without any."""
        at = at or self.now
        return pb.Decision(
            issuer=self.issuer,
            audience="railway",
            query_digest=next(self._numbers).to_bytes(32),
            outcome=pb.OUTCOME_RESTRICTED if references else pb.OUTCOME_PERMITTED,
            grounds=[
                pb.Ground(measure="38", effect=pb.EFFECT_RESTRICTS, listing_reference=one)
                for one in references
            ],
            evaluated_at=at,
            expires_at=at + timedelta(minutes=1),
        )

    def receipt(self, *references: str, at: datetime | None = None) -> pb.Receipt:
        """Return a receipt of such a decision."""
        return self.receipts(self.decision(*references, at=at))[0]

    def receipts(
        self, *decisions: pb.Decision, evidence: pb.TrustEvidence | None = None
    ) -> list[pb.Receipt]:
        """Return the receipts that are cut from one batch of decisions."""
        payloads = [one.SerializeToString(deterministic=True) for one in decisions]
        leaves = [hash_leaf(authenticated_bytes(DECISION_TYPE, one)) for one in payloads]
        root, tree = signed_root(leaves, self.signer), MerkleTree(leaves)
        return [
            pb.Receipt(
                decision=pb.SignedDecision(
                    payload=payload,
                    payload_type=DECISION_TYPE,
                    inclusion=pb.InclusionProof(leaf_index=index, hashes=tree.prove(index)),
                    root=root,
                ),
                trust=evidence or self.evidence(),
            )
            for index, payload in enumerate(payloads)
        ]
