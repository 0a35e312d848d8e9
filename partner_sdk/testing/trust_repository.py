"""A TUF repository in memory, with the keys to sign it.

Responsible for: publishing decision keys so that the SDK can follow them from a root, and rotating keys.
Not responsible for: being careful with keys; they live in this process and protect nothing.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from partner_sdk.evidence import KEYS_PATH, ROLE, Evidence

_Signed = TypeVar("_Signed", Snapshot, Targets)

_PUBLISHED = "%Y-%m-%dT%H:%M:%SZ"
_TOP_LEVEL = ("root", "timestamp", "snapshot", "targets")


class InMemoryTrustRepository:
    """Serves what a gateway's ``TrustService`` serves.

    Attributes:
        files: every metadata file, by role and version.
        targets: every target, by its path with the hash prefix.
        decision_signer: signs decisions now.
        key_term: for how long a decision key may sign from its publication on.
        lease: for how long a timestamp is good.
    """

    def __init__(self, issuer: str, *, clock: Callable[[], datetime]) -> None:
        """Publish a first root and one decision key of ``issuer``; ``clock`` returns the present, aware."""
        self.files: dict[tuple[str, int], bytes] = {}
        self.targets: dict[str, bytes] = {}
        self.decision_signer = CryptoSigner.generate_ecdsa()
        self.key_term = timedelta(hours=24)
        self.lease = timedelta(hours=1)
        self._issuer = issuer
        self._clock = clock
        self._signers = {role: CryptoSigner.generate_ed25519() for role in (*_TOP_LEVEL, ROLE)}
        self._version = 0
        self._keys = b""
        self._root = Metadata(Root(version=1, expires=self._in(days=365)))
        for role in _TOP_LEVEL:
            self._root.signed.add_key(self._signers[role].public_key, role)
        self._publish_root(self._signers["root"])
        self.publish()

    @property
    def first_root(self) -> bytes:
        """The root that partners pin, version 1."""
        return self.files["root", 1]

    def get_metadata(self, role: str, version: int) -> bytes | None:
        """Return one metadata file, or None when there is none; the timestamp has version 0."""
        return self.files.get((role, version))

    def evidence(self) -> Evidence:
        """Return the chain to the current decision keys, for a partner that pinned the first root."""
        return Evidence(
            roots=tuple(
                self.files["root", version] for version in range(2, self._root.signed.version + 1)
            ),
            targets=self.files["targets", self._version],
            decision_keys=self.files[ROLE, self._version],
            keys=self._keys,
        )

    def rotate_root(self) -> None:
        """Replace the root's key and publish the next root, signed with the old key and the new one."""
        old, new = self._signers["root"], CryptoSigner.generate_ed25519()
        root = self._root.signed
        root.revoke_key(old.public_key.keyid, "root")
        root.add_key(new.public_key, "root")
        root.version += 1
        self._signers["root"] = new
        self._publish_root(old, new)

    def rotate_decision_key(self) -> None:
        """Replace the decision key and publish the new one alone."""
        self.decision_signer = CryptoSigner.generate_ecdsa()
        self.publish()

    def publish(self) -> None:
        """Publish the current decision key, its term beginning an hour ago, in new metadata of every role."""
        self._version += 1
        keys = self._keys = self._list_keys()
        target = TargetFile.from_data(KEYS_PATH, keys, ["sha256"])
        self.targets[KEYS_PATH.replace("/", f"/{target.hashes['sha256']}.")] = keys
        version, expires = self._version, self._in(days=30)
        named = Targets(version=version, expires=expires, targets={KEYS_PATH: target})
        self._sign(ROLE, Metadata(named))
        delegating = Targets(version=version, expires=expires, delegations=self._delegate())
        self._sign("targets", Metadata(delegating))
        meta = {f"{role}.json": MetaFile(version) for role in ("targets", ROLE)}
        self._sign("snapshot", Metadata(Snapshot(version=version, expires=expires, meta=meta)))
        self.renew_timestamp()

    def renew_timestamp(self) -> None:
        """Sign the timestamp anew, good for ``lease`` from now on."""
        timestamp = Timestamp(
            version=self._timestamp_version() + 1,
            expires=self._clock() + self.lease,
            snapshot_meta=MetaFile(self._version),
        )
        metadata = Metadata(timestamp)
        metadata.sign(self._signers["timestamp"])
        self.files["timestamp", 0] = metadata.to_bytes()

    def _timestamp_version(self) -> int:
        content = self.files.get(("timestamp", 0))
        return 0 if content is None else Metadata[Timestamp].from_bytes(content).signed.version

    def _list_keys(self) -> bytes:
        now = self._clock()
        key = self.decision_signer.public_key
        entry = {
            "issuer": self._issuer,
            "keyid": key.keyid,
            "key": key.to_dict(),
            "not_before": (now - timedelta(hours=1)).strftime(_PUBLISHED),
            "not_after": (now + self.key_term).strftime(_PUBLISHED),
        }
        return json.dumps(
            {"format": 1, "keys": [entry]}, sort_keys=True, separators=(",", ":")
        ).encode()

    def _delegate(self) -> Delegations:
        key = self._signers[ROLE].public_key
        role = DelegatedRole(ROLE, [key.keyid], threshold=1, terminating=True, paths=[f"{ROLE}/*"])
        return Delegations({key.keyid: key}, {ROLE: role})

    def _publish_root(self, *signers: CryptoSigner) -> None:
        self._root.signatures.clear()
        for signer in signers:
            self._root.sign(signer, append=True)
        self.files["root", self._root.signed.version] = self._root.to_bytes()

    def _sign(self, role: str, metadata: Metadata[_Signed]) -> None:
        metadata.sign(self._signers[role])
        self.files[role, self._version] = metadata.to_bytes()

    def _in(self, *, days: int) -> datetime:
        return self._clock() + timedelta(days=days)
