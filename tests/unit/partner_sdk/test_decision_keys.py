"""Tests of the list of decision keys."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from securesystemslib.signer import CryptoSigner

from partner_sdk.decision_keys import parse_decision_keys
from partner_sdk.errors import SignatureError, TrustChainError, UnknownKeyError

SIGNER = CryptoSigner.generate_ecdsa()
EDWARDS = CryptoSigner.generate_ed25519()
LARGER = CryptoSigner.generate_ecdsa(scheme="ecdsa-sha2-nistp384")


def listed(signer: CryptoSigner = SIGNER, **changes: object) -> dict[str, Any]:
    """Return the list with one key."""
    key = signer.public_key
    entry = {
        "issuer": "gateway",
        "keyid": key.keyid,
        "key": key.to_dict(),
        "not_before": "2026-11-23T20:00:00Z",
        "not_after": "2026-11-24T20:00:00Z",
    }
    return {"format": 1, "keys": [entry | changes]}


def encode(document: object) -> bytes:
    """Return the prescribed encoding."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def test_a_key_covers_its_term() -> None:
    """The term includes its beginning and excludes its end."""
    key = parse_decision_keys(encode(listed())).find(SIGNER.public_key.keyid)
    assert key.covers(datetime(2026, 11, 23, 20, tzinfo=UTC))
    assert key.covers(datetime(2026, 11, 24, 19, 59, 59, tzinfo=UTC))
    assert not key.covers(datetime(2026, 11, 23, 19, 59, 59, tzinfo=UTC))
    assert not key.covers(datetime(2026, 11, 24, 20, tzinfo=UTC))


def test_a_key_verifies_what_it_signed_and_nothing_else() -> None:
    """A signature over other bytes does not fit."""
    key = parse_decision_keys(encode(listed())).find(SIGNER.public_key.keyid)
    signature = bytes.fromhex(SIGNER.sign(b"yes").signature)
    key.verify(signature, b"yes")
    with pytest.raises(SignatureError):
        key.verify(signature, b"no")


def test_an_unknown_key_is_not_found() -> None:
    """A key that is not listed is an error."""
    with pytest.raises(UnknownKeyError):
        parse_decision_keys(encode(listed())).find("0" * 64)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(listed(keyid="0" * 64), id="stated identifier is not the key's"),
        pytest.param(listed(EDWARDS), id="other kind of key"),
        pytest.param(listed(LARGER), id="other curve"),
        pytest.param(listed(extra=1), id="unknown field of a key"),
        pytest.param(listed() | {"extra": 1}, id="unknown field"),
        pytest.param(listed() | {"format": 2}, id="other format"),
        pytest.param(listed(issuer=""), id="no issuer"),
        pytest.param(listed(issuer=3), id="issuer is no text"),
        pytest.param(listed(not_before="2026-11-24T20:00:00Z"), id="empty term"),
        pytest.param(
            listed(not_before="2026-11-23T20:00:00+00:00"), id="other spelling of an instant"
        ),
        pytest.param(listed(not_before="2026-11-23T2:00:00Z"), id="instant without padding"),
        pytest.param({"format": 1, "keys": listed()["keys"] * 2}, id="key named twice"),
        pytest.param({"format": 1, "keys": [3]}, id="key is no object"),
        pytest.param([], id="no object"),
    ],
)
def test_what_is_not_prescribed_is_refused(document: object) -> None:
    """Every deviation from the format is an error."""
    with pytest.raises(TrustChainError):
        parse_decision_keys(encode(document))


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda content: content + b"\n", id="trailing newline"),
        pytest.param(lambda content: content.replace(b":", b": ", 1), id="space"),
        pytest.param(lambda content: content[:-1], id="cut off"),
        pytest.param(lambda _: b"[" * 100_000, id="deep nesting"),
        pytest.param(lambda _: b"\xff", id="not UTF-8"),
    ],
)
def test_any_other_encoding_is_refused(spoil: Callable[[bytes], bytes]) -> None:
    """No second byte string carries the same list."""
    with pytest.raises(TrustChainError):
        parse_decision_keys(spoil(encode(listed())))
