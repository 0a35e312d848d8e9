"""A changed receipt never verifies: every byte of it counts, also of the metadata that it carries."""

from datetime import UTC, datetime

import pytest

from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.errors import VerificationError
from partner_sdk.receipt import verify_receipt
from partner_sdk.testing import FakeGateway

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


def make_receipt(fake: FakeGateway) -> bytes:
    """Return the receipt for a permission."""
    decision = pb.Decision(
        issuer="fake.gateway",
        audience="airline",
        query_digest=b"q" * 32,
        outcome=pb.OUTCOME_PERMITTED,
        pack=pb.PackVersion(id="pack", version="1", digest=b"p" * 32),
        snapshot=pb.SnapshotVersion(number=7, digest=b"s" * 32),
    )
    decision.evaluated_at.FromDatetime(NOW)
    decision.expires_at.FromSeconds(decision.evaluated_at.seconds + 60)
    trust = fake.trust.evidence().to_message()
    receipt = pb.Receipt(decision=fake.sign_alone(decision), trust=trust)
    return receipt.SerializeToString(deterministic=True)


@pytest.mark.parametrize("rotated", [False, True], ids=["first root", "rotated root"])
def test_no_changed_byte_of_a_receipt_verifies(*, rotated: bool) -> None:
    """One bit changed in any byte, a different one in each neighbour, is a verification error and no other."""
    fake = FakeGateway(clock=lambda: NOW)
    if rotated:
        fake.trust.rotate_root()
    receipt = make_receipt(fake)
    verify_receipt(receipt, fake.trust.first_root)
    for place, byte in enumerate(receipt):
        changed = receipt[:place] + bytes([byte ^ 1 << place % 8]) + receipt[place + 1 :]
        with pytest.raises(VerificationError):
            verify_receipt(changed, fake.trust.first_root)
