"""Decision keys: which public keys sign for which gateway, and for how long.

Responsible for: reading the TUF target ``decision-keys/current.json`` strictly, and finding a key for an answer.
Not responsible for: whether the target may be believed (``partner_sdk.evidence``).

Rules kept here:

- A key's identifier is computed from the key; the one stated must equal it.
- Only P-256 keys with SHA-256 are accepted.
- A key speaks for one issuer and for instants inside its term only.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.signer import SSlibKey

from partner_sdk.errors import SignatureError, TrustChainError, UnknownKeyError

FORMAT = 1
"""The format of the target that this module reads."""
SCHEME = "ecdsa-sha2-nistp256"
"""The only signature scheme of queries and decisions, by its name in TUF."""

_INSTANT = "%Y-%m-%dT%H:%M:%SZ"
_INSTANT_SHAPE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


@dataclass(frozen=True, slots=True)
class DecisionKey:
    """One gateway's key with its term ``[not_before, not_after)``, aware UTC."""

    issuer: str
    keyid: str
    not_before: datetime
    not_after: datetime
    public: EllipticCurvePublicKey = field(repr=False)

    def covers(self, at: datetime) -> bool:
        """Tell whether ``at`` lies in the key's term."""
        return self.not_before <= at < self.not_after

    def verify(self, signature: bytes, content: bytes) -> None:
        """Verify a DER signature over ``content``.

        Raises:
            SignatureError: it does not fit.
        """
        try:
            self.public.verify(signature, content, ECDSA(SHA256()))
        except InvalidSignature:
            problem = "the signature does not fit the answer"
            raise SignatureError(problem) from None


@dataclass(frozen=True, slots=True)
class DecisionKeys:
    """The keys that one target names, by identifier."""

    by_keyid: dict[str, DecisionKey]

    def find(self, keyid: str) -> DecisionKey:
        """Return the key with this identifier.

        Raises:
            UnknownKeyError: there is none.
        """
        key = self.by_keyid.get(keyid)
        if key is None:
            problem = "the answer is signed by a key that the trust root does not lead to"
            raise UnknownKeyError(problem)
        return key

    def any_covers(self, at: datetime) -> bool:
        """Tell whether at least one key may sign at ``at``."""
        return any(key.covers(at) for key in self.by_keyid.values())


def parse_decision_keys(content: bytes) -> DecisionKeys:
    """Read the target's bytes.

    Raises:
        TrustChainError: they are not the compact, sorted JSON that is prescribed, or a key is not acceptable.
    """
    try:
        document = json.loads(content)
        canonical = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
        if (
            canonical != content
            or document.keys() != {"format", "keys"}
            or document["format"] != FORMAT
        ):
            problem = f"the decision keys are not in format {FORMAT}"
            raise TrustChainError(problem)
        keys = [_read_key(entry) for entry in document["keys"]]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        problem = "the decision keys are malformed"
        raise TrustChainError(problem) from None
    by_keyid = {key.keyid: key for key in keys}
    if len(by_keyid) != len(keys):
        problem = "the decision keys name a key twice"
        raise TrustChainError(problem)
    return DecisionKeys(by_keyid)


def _read_key(entry: dict[str, Any]) -> DecisionKey:
    public = load_pem_public_key(entry["key"]["keyval"]["public"].encode())
    if not isinstance(public, EllipticCurvePublicKey) or not isinstance(public.curve, SECP256R1):
        problem = f"a decision key is not of the scheme {SCHEME}"
        raise TrustChainError(problem)
    key = SSlibKey.from_crypto(public)
    expected = {**entry, "key": key.to_dict(), "keyid": key.keyid}
    if entry != expected or entry.keys() != {"issuer", "key", "keyid", "not_after", "not_before"}:
        problem = "a decision key does not match its identifier or carries more than it may"
        raise TrustChainError(problem)
    term = _read_instant(entry["not_before"]), _read_instant(entry["not_after"])
    if not isinstance(entry["issuer"], str) or not entry["issuer"] or term[0] >= term[1]:
        problem = "a decision key has no issuer or no term"
        raise TrustChainError(problem)
    return DecisionKey(entry["issuer"], key.keyid, *term, public)


def _read_instant(text: str) -> datetime:
    if not _INSTANT_SHAPE.fullmatch(text):
        raise ValueError
    return datetime.strptime(text, _INSTANT).replace(tzinfo=UTC)
