"""The recipes of docs/records.md and docs/formats.md for records, run as they stand."""

import json
import os
import re
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from gateway.decision.signatures import DecisionSigner
from gateway.keys import new_decision_key
from gateway.recording.gaps import Gap, GapCause, GapSigner
from jointgate.decision.v1 import decision_pb2 as pb

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def recipe(document: str, word: str) -> str:
    """Return the only snippet of a document that has this word in it."""
    blocks = _BLOCK.findall((ROOT / "docs" / document).read_text("utf-8"))
    (block,) = (block for block in blocks if word in block)
    return str(block)


def run(script: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a snippet with this interpreter as ``python``, and the folder's own ``jointgate``."""
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "python").symlink_to(sys.executable)
    return subprocess.run(  # noqa: S603 - the document's own words
        [shutil.which("bash") or "bash", "-euc", script],
        cwd=folder,
        env={**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def gap_in(folder: Path) -> dict[str, object]:
    """Put a decision key into the folder's site, and return a gap that it signed as the command prints it."""
    signer = new_decision_key()
    pem = signer._private_key.private_bytes(  # noqa: SLF001 - a key that is written nowhere else
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    (folder / "site" / "keys").mkdir(parents=True)
    (folder / "site" / "keys" / "decision.pem").write_bytes(pem)
    gap = Gap(bytes(16), 3, None, 1_000_000, 2_000_000, GapCause.WORKER_ENDED)
    signed = GapSigner(DecisionSigner(signer), "gateway.local").sign(gap)
    return {"payload": signed.payload.decode(), "signature": signed.signature.hex()}


def answer(folder: Path, gap: dict[str, object]) -> None:
    """Let ``jointgate`` print this gap."""
    (folder / "tools").mkdir()
    command = folder / "tools" / "jointgate"
    (folder / "answer.json").write_text(json.dumps({"gaps": [gap]}))
    command.write_text(f"#!/bin/sh\ncat {folder / 'answer.json'}\n")
    command.chmod(0o700)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize(("spoil", "verdict"), [("", "Verified OK"), (" ", "Verification failure")])
def test_a_gap_is_verified_with_openssl(tmp_path: Path, spoil: str, verdict: str) -> None:
    """The recipe accepts a gap as it was signed, and none in which a single byte is different."""
    gap = gap_in(tmp_path)
    answer(tmp_path, {**gap, "payload": f"{gap['payload']}{spoil}"})
    done = run(recipe("records.md", "openssl dgst"), tmp_path)
    assert verdict in done.stdout + done.stderr
    assert (done.returncode == 0) == (spoil == "")


@pytest.mark.parametrize("length", [1, 127, 128, 20_000])
def test_a_receipts_digest_is_computed_from_its_file(tmp_path: Path, length: int) -> None:
    """Whatever the decision's length, the recipe finds it at the beginning of the receipt's file."""
    payload = bytes(place % 251 for place in range(length))
    receipt = pb.Receipt(
        decision=pb.SignedDecision(payload=payload, payload_type="type"),
        trust=pb.TrustEvidence(targets=b"targets"),
    )
    (tmp_path / "receipt").write_bytes(receipt.SerializeToString(deterministic=True))
    done = run(recipe("formats.md", "Receipt.decision"), tmp_path)
    assert done.stdout.strip() == sha256(payload).hexdigest(), done.stderr
