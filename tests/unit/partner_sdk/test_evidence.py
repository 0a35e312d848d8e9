"""Tests of the chain from a pinned root to the decision keys."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from partner_sdk.errors import TrustChainError
from partner_sdk.evidence import MAX_FILE_BYTES, MAX_ROOTS, Evidence, read_root, verify_evidence
from partner_sdk.testing import InMemoryTrustRepository


@pytest.fixture
def repository(clock: Callable[[], datetime]) -> InMemoryTrustRepository:
    """Return a repository with its first keys."""
    return InMemoryTrustRepository("gateway", clock=clock)


def rewritten(content: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return metadata after ``change``, in the prescribed encoding."""
    document = json.loads(content)
    change(document)
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def test_the_chain_leads_to_the_decision_key(repository: InMemoryTrustRepository) -> None:
    """From the pinned root alone, the key that signs decisions is found."""
    chain = verify_evidence(repository.evidence(), repository.first_root)
    assert chain.keys.find(repository.decision_signer.public_key.keyid).issuer == "gateway"


def test_the_chain_follows_root_rotations(repository: InMemoryTrustRepository) -> None:
    """A root replaced twice is followed from the first one."""
    repository.rotate_root()
    repository.rotate_root()
    evidence = repository.evidence()
    assert len(evidence.roots) == 2
    verify_evidence(evidence, repository.first_root)


@pytest.mark.parametrize("version", [2, 3])
def test_a_newer_pinned_root_suffices(repository: InMemoryTrustRepository, version: int) -> None:
    """Whoever pinned a later root of the chain verifies the same evidence."""
    repository.rotate_root()
    repository.rotate_root()
    verify_evidence(repository.evidence(), repository.files["root", version])


def test_another_root_of_the_same_version_is_refused(
    repository: InMemoryTrustRepository, clock: Callable[[], datetime]
) -> None:
    """Evidence whose root differs from the pinned one of that version does not verify."""
    stranger = InMemoryTrustRepository("gateway", clock=clock)
    for one in (repository, stranger):
        one.rotate_root()
    with pytest.raises(TrustChainError):
        verify_evidence(repository.evidence(), stranger.files["root", 2])


def test_a_stranger_cannot_name_keys(
    repository: InMemoryTrustRepository, clock: Callable[[], datetime]
) -> None:
    """Evidence from another repository does not follow from the pinned root."""
    stranger = InMemoryTrustRepository("gateway", clock=clock)
    with pytest.raises(TrustChainError):
        verify_evidence(stranger.evidence(), repository.first_root)


@pytest.mark.parametrize("part", ["targets", "decision_keys", "keys"])
def test_files_of_two_repositories_do_not_mix(
    repository: InMemoryTrustRepository, clock: Callable[[], datetime], part: str
) -> None:
    """No single file of the chain can be exchanged."""
    stranger = InMemoryTrustRepository("gateway", clock=clock).evidence()
    mixed = replace(repository.evidence(), **{part: getattr(stranger, part)})
    with pytest.raises(TrustChainError):
        verify_evidence(mixed, repository.first_root)


def test_a_gap_in_the_roots_is_refused(repository: InMemoryTrustRepository) -> None:
    """A missing root version breaks the chain, and the error says where it begins."""
    repository.rotate_root()
    repository.rotate_root()
    evidence = repository.evidence()
    with pytest.raises(TrustChainError, match="begin at version 3, the pinned one is version 1"):
        verify_evidence(replace(evidence, roots=evidence.roots[1:]), repository.first_root)
    with pytest.raises(TrustChainError, match="not consecutive"):
        verify_evidence(replace(evidence, roots=evidence.roots[:1] * 2), repository.first_root)


def test_roots_that_end_before_the_pinned_one_are_refused(
    repository: InMemoryTrustRepository,
) -> None:
    """A chain that stops at an older root than the pinned one is not followed."""
    repository.rotate_root()
    repository.rotate_root()
    evidence = repository.evidence()
    with pytest.raises(TrustChainError, match="end before version 3"):
        verify_evidence(replace(evidence, roots=evidence.roots[:1]), repository.files["root", 3])


def test_a_root_needs_the_old_key_and_the_new_one(repository: InMemoryTrustRepository) -> None:
    """A rotated root without the old key's signature is refused, and so is one without the new key's."""
    repository.rotate_root()
    evidence = repository.evidence()
    for kept in (slice(0, 1), slice(1, 2)):

        def drop(document: dict[str, Any], kept: slice = kept) -> None:
            document["signatures"] = document["signatures"][kept]

        partial = rewritten(evidence.roots[0], drop)
        with pytest.raises(TrustChainError):
            verify_evidence(replace(evidence, roots=(partial,)), repository.first_root)


def test_superfluous_signatures_are_refused(repository: InMemoryTrustRepository) -> None:
    """A signature that nobody asked for would be bytes that nobody checks."""
    evidence = repository.evidence()
    stray = {"keyid": "0" * 64, "sig": "00"}
    more = rewritten(evidence.targets, lambda document: document["signatures"].append(stray))
    with pytest.raises(TrustChainError, match="does not verify"):
        verify_evidence(replace(evidence, targets=more), repository.first_root)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda content: content + b"\n", id="trailing newline"),
        pytest.param(lambda content: json.dumps(json.loads(content)).encode(), id="spaces"),
        pytest.param(
            lambda content: rewritten(content, lambda d: d.update(extra=1)), id="unsigned field"
        ),
        pytest.param(
            lambda content: rewritten(content, lambda d: d["signatures"][0].update(extra=1)),
            id="field of a signature",
        ),
        pytest.param(
            lambda content: rewritten(
                content, lambda d: d["signatures"][0].update(sig=d["signatures"][0]["sig"].upper())
            ),
            id="capital hexadecimal",
        ),
        pytest.param(lambda content: b"[" * 100_000 + content, id="deep nesting"),
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda content: content + b" " * MAX_FILE_BYTES, id="too long"),
    ],
)
@pytest.mark.parametrize("part", ["targets", "decision_keys"])
def test_any_other_encoding_is_refused(
    repository: InMemoryTrustRepository, part: str, spoil: Callable[[bytes], bytes]
) -> None:
    """No second byte string carries the same metadata."""
    evidence = repository.evidence()
    spoilt: dict[str, Any] = {part: spoil(getattr(evidence, part))}
    with pytest.raises(TrustChainError):
        verify_evidence(replace(evidence, **spoilt), repository.first_root)


def test_roles_do_not_stand_in_for_each_other(repository: InMemoryTrustRepository) -> None:
    """Metadata of another role is refused in a role's place."""
    evidence = repository.evidence()
    with pytest.raises(TrustChainError):
        verify_evidence(replace(evidence, targets=repository.first_root), repository.first_root)
    with pytest.raises(TrustChainError):
        verify_evidence(replace(evidence, decision_keys=evidence.targets), repository.first_root)
    with pytest.raises(TrustChainError):
        read_root(evidence.targets)


def test_the_number_of_roots_is_bounded(repository: InMemoryTrustRepository) -> None:
    """A chain longer than the contract allows is refused before it is parsed."""
    evidence = replace(repository.evidence(), roots=(b"",) * (MAX_ROOTS + 1))
    with pytest.raises(TrustChainError, match="larger"):
        verify_evidence(evidence, repository.first_root)


def test_evidence_survives_its_message(repository: InMemoryTrustRepository) -> None:
    """Evidence read from a receipt is the evidence written to it."""
    repository.rotate_root()
    evidence = repository.evidence()
    assert Evidence.from_message(evidence.to_message()) == evidence
