"""Which receipts are one of the site's: all that it ever wrote, and no others."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.errors import CommandError
from gateway.register_service.subject_receipts import ReceiptError, ReceiptVerifier
from jointgate.decision.v1 import decision_pb2 as pb
from tests.fakes.fixed_clock import MORNING
from tests.fakes.site_receipts import SiteReceipts

LISTING = "L-aaaaaaaaaaaaaaaa"


@pytest.fixture
def site(tmp_path: Path) -> SiteReceipts:
    """A site whose decision key is delegated since this morning."""
    return SiteReceipts(tmp_path / "site", MORNING)


@pytest.fixture
def verifier(site: SiteReceipts) -> ReceiptVerifier:
    """What knows the site's receipts."""
    return ReceiptVerifier(site.pinned, site.published)


def test_a_receipt_says_which_listings(site: SiteReceipts, verifier: ReceiptVerifier) -> None:
    """What verifies is the decision, its instant, and the digest by which it is identified."""
    decision = site.decision(LISTING)
    verified = verifier.verify(site.receipts(decision)[0])
    assert verified.decision == decision
    assert verified.digest == decision.query_digest
    assert verified.evaluated_at == MORNING


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_each_item_of_a_batch_verifies_alone(
    site: SiteReceipts, verifier: ReceiptVerifier, size: int
) -> None:
    """A receipt that was cut out of a batch verifies by its proof, wherever it stood."""
    decisions = [site.decision(LISTING) for _ in range(size)]
    for decision, receipt in zip(decisions, site.receipts(*decisions), strict=True):
        assert verifier.verify(receipt).decision == decision


def test_old_receipts_verify_when_their_key_is_long_gone(
    site: SiteReceipts, verifier: ReceiptVerifier
) -> None:
    """The receipt brings the delegation of its time, so a later one takes nothing from it."""
    old = site.receipt(LISTING)
    site.delegate(MORNING + timedelta(days=300))
    assert verifier.verify(old).evaluated_at == MORNING


def test_old_receipts_verify_when_the_root_was_replaced(
    site: SiteReceipts, verifier: ReceiptVerifier
) -> None:
    """A root that follows the pinned one does not take back what the one before it vouched for."""
    old = site.receipt(LISTING)
    site.replace_targets_key(MORNING + timedelta(hours=1))
    verifier.verify(old)


def test_new_receipts_verify_without_a_restart(
    site: SiteReceipts, verifier: ReceiptVerifier
) -> None:
    """A root that was published while the service runs is found, from a partner that had pinned it already."""
    verifier.verify(site.receipt(LISTING))
    site.replace_targets_key(MORNING + timedelta(hours=1))
    verifier.verify(site.receipt(LISTING, at=MORNING + timedelta(hours=2)))


def test_a_receipt_may_bring_the_root_that_follows(site: SiteReceipts) -> None:
    """Where the site holds no newer roots, those of the receipt lead on from the pinned one."""
    root = site.replace_targets_key(MORNING + timedelta(hours=1))
    alone = ReceiptVerifier(site.pinned)
    decision = site.decision(LISTING, at=MORNING + timedelta(hours=2))
    with pytest.raises(ReceiptError):
        alone.verify(site.receipts(decision)[0])
    alone.verify(site.receipts(decision, evidence=site.evidence(roots=[root]))[0])


def test_a_newer_pinned_root_ends_what_the_older_one_vouched_for(site: SiteReceipts) -> None:
    """An operator who pins the second root answers no receipt any more that rests on the first one's keys."""
    old = site.receipt(LISTING)
    site.pinned.write_bytes(site.replace_targets_key(MORNING + timedelta(hours=1)))
    verifier = ReceiptVerifier(site.pinned, site.published)
    with pytest.raises(ReceiptError):
        verifier.verify(old)
    verifier.verify(site.receipt(LISTING, at=MORNING + timedelta(hours=2)))


def test_another_sites_receipt_is_none_of_ours(tmp_path: Path, verifier: ReceiptVerifier) -> None:
    """Another gateway's receipt does not verify, though it has the same issuer and is genuine there."""
    other = SiteReceipts(tmp_path / "other", MORNING)
    ReceiptVerifier(other.pinned).verify(other.receipt(LISTING))
    with pytest.raises(ReceiptError):
        verifier.verify(other.receipt(LISTING))


def test_another_sites_key_under_our_metadata_is_refused(
    tmp_path: Path, site: SiteReceipts, verifier: ReceiptVerifier
) -> None:
    """Genuine metadata around somebody else's signature prove nothing."""
    forged = SiteReceipts(tmp_path / "other", MORNING).receipt(LISTING)
    forged.trust.CopyFrom(site.evidence())
    with pytest.raises(ReceiptError):
        verifier.verify(forged)


@pytest.mark.parametrize("swapped", [("keys",), ("keys", "decision_keys")], ids=" and ".join)
def test_every_link_of_the_chain_is_checked(
    tmp_path: Path, site: SiteReceipts, verifier: ReceiptVerifier, swapped: tuple[str, ...]
) -> None:
    """Somebody's own decision key is not smuggled in below our genuine metadata, at whichever link."""
    other = SiteReceipts(tmp_path / "other", MORNING)
    evidence, theirs = site.evidence(), other.evidence()
    for name in swapped:
        setattr(evidence, name, getattr(theirs, name))
    (forged,) = other.receipts(other.decision(LISTING), evidence=evidence)
    with pytest.raises(ReceiptError):
        verifier.verify(forged)


def test_a_root_that_only_signs_itself_does_not_follow(
    tmp_path: Path, verifier: ReceiptVerifier
) -> None:
    """A second root that our first one did not sign leads nowhere, though all below it holds together."""
    other = SiteReceipts(tmp_path / "other", MORNING)
    root = other.replace_targets_key(MORNING)
    evidence = other.evidence(roots=[root])
    (forged,) = other.receipts(other.decision(LISTING), evidence=evidence)
    ReceiptVerifier(other.pinned, other.published).verify(forged)
    with pytest.raises(ReceiptError):
        verifier.verify(forged)


def test_the_key_must_have_been_delegated_at_the_time(
    site: SiteReceipts, verifier: ReceiptVerifier
) -> None:
    """A decision outside the key's term, or of another issuer than the key's, does not verify."""
    late = site.decision(LISTING, at=MORNING + timedelta(days=2))
    early = site.decision(LISTING, at=MORNING - timedelta(seconds=1))
    stranger = site.decision(LISTING)
    stranger.issuer = "gateway.other"
    for receipt in site.receipts(late, early, stranger):
        with pytest.raises(ReceiptError):
            verifier.verify(receipt)


def test_the_metadata_must_have_been_valid_at_the_time(
    site: SiteReceipts, verifier: ReceiptVerifier
) -> None:
    """A key's term beyond the end of its metadata is worth nothing."""
    year = MORNING + timedelta(days=400)
    site.delegate(year)
    stale = site.receipts(site.decision(LISTING, at=year))[0]
    with pytest.raises(ReceiptError):
        verifier.verify(stale)


CHANGES: dict[str, Callable[[pb.Receipt], object]] = {
    "nothing at all": lambda receipt: receipt.Clear(),
    "no decision": lambda receipt: receipt.ClearField("decision"),
    "no trust": lambda receipt: receipt.ClearField("trust"),
    "another payload": lambda receipt: setattr(
        receipt.decision, "payload", receipt.decision.payload + b"\0"
    ),
    "another type": lambda receipt: setattr(receipt.decision, "payload_type", "text/plain"),
    "another place": lambda receipt: setattr(receipt.decision.inclusion, "leaf_index", 1),
    "a proof too many": lambda receipt: receipt.decision.inclusion.hashes.append(bytes(32)),
    "no signature": lambda receipt: receipt.decision.root.ClearField("signatures"),
    "two signatures": lambda receipt: receipt.decision.root.signatures.extend(
        list(receipt.decision.root.signatures)
    ),
    "another signature": lambda receipt: setattr(
        receipt.decision.root.signatures[0], "sig", b"\x30\x00"
    ),
    "another key": lambda receipt: setattr(receipt.decision.root.signatures[0], "keyid", "0" * 64),
    "another root type": lambda receipt: setattr(
        receipt.decision.root, "payload_type", "text/plain"
    ),
    "other keys": lambda receipt: setattr(receipt.trust, "keys", b'{"keys":[]}'),
    "no keys": lambda receipt: setattr(receipt.trust, "keys", b""),
    "deep keys": lambda receipt: setattr(receipt.trust, "keys", b"[" * 100_000),
    "no metadata": lambda receipt: setattr(receipt.trust, "targets", b"[]"),
    "metadata of another role": lambda receipt: setattr(
        receipt.trust, "targets", receipt.trust.decision_keys
    ),
    "deep metadata": lambda receipt: setattr(receipt.trust, "decision_keys", b"[" * 100_000),
    "too many roots": lambda receipt: receipt.trust.roots.extend([b"{}"] * 65),
    "a root that is none": lambda receipt: receipt.trust.roots.append(b"{}"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_receipt_does_not_verify(
    site: SiteReceipts, verifier: ReceiptVerifier, change: Callable[[pb.Receipt], object]
) -> None:
    """Whatever is taken away, put in or exchanged, it is the same error, and says no more."""
    receipt = site.receipt(LISTING)
    change(receipt)
    with pytest.raises(ReceiptError, match=r"\Athe receipt does not verify\Z"):
        verifier.verify(receipt)


def test_a_site_without_its_root_does_not_start(tmp_path: Path) -> None:
    """Without a trust anchor nothing can be verified, and the operator is told."""
    with pytest.raises(CommandError, match="no usable TUF root"):
        ReceiptVerifier(tmp_path / "root.json")


def test_published_roots_that_do_not_follow_are_the_operators_trouble(
    site: SiteReceipts, verifier: ReceiptVerifier
) -> None:
    """A damaged root among the published ones is an error of the site, and no party's receipt is blamed."""
    (site.published / "2.root.json").write_bytes(b"{}")
    with pytest.raises(CommandError, match="do not follow"):
        verifier.verify(site.receipt(LISTING))
