"""Tests of receipts."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.actions import AirTravel
from partner_sdk.answer import Answer, RefusedQuestion
from partner_sdk.documents import Document
from partner_sdk.errors import (
    ConfigurationError,
    KeyTermError,
    MalformedAnswerError,
    TrustChainError,
    VerificationError,
)
from partner_sdk.question import Question
from partner_sdk.receipt import MAX_RECEIPT_BYTES, Receipt, verify_receipt
from partner_sdk.testing import FakeGateway, InMemoryTrustRepository

Ask = Callable[[Question], Answer]
AskEach = Callable[[Sequence[Question]], tuple[Answer | RefusedQuestion, ...]]


@pytest.fixture
def receipt(ask: Ask, fake: FakeGateway, document: Document) -> Receipt:
    """Return the receipt for a restriction."""
    fake.script.restrict(document)
    return ask(Question(document, AirTravel())).receipt()


def changed(receipt: Receipt, change: Callable[[pb.Receipt], object]) -> bytes:
    """Return a receipt's bytes after ``change``, in the prescribed encoding."""
    message = pb.Receipt.FromString(receipt.to_bytes())
    change(message)
    return message.SerializeToString(deterministic=True)


def test_a_receipt_says_what_the_answer_said(
    ask: Ask, fake: FakeGateway, document: Document
) -> None:
    """The verified decision of a receipt equals the one of the answer."""
    answer = ask(Question(document, AirTravel()))
    assert verify_receipt(answer.receipt(), fake.trust.first_root) == answer.decision


def test_a_batch_is_cut_into_receipts(
    ask_each: AskEach, fake: FakeGateway, document: Document
) -> None:
    """Each answer of a batch has a receipt that verifies alone, whatever the size of the batch."""
    for size in (1, 2, 5, 8):
        for answer in ask_each([Question(document, AirTravel())] * size):
            assert isinstance(answer, Answer)
            assert verify_receipt(answer.receipt(), fake.trust.first_root) == answer.decision


def test_a_receipt_outlives_the_decision(
    receipt: Receipt,
    fake: FakeGateway,
    clock: Callable[[], datetime],
    advance: Callable[[timedelta], None],
) -> None:
    """Years later the receipt still verifies, and tells that the decision has expired."""
    advance(timedelta(days=2000))
    assert verify_receipt(receipt, fake.trust.first_root).has_expired(clock())


def test_a_receipt_outlives_every_key(receipt: Receipt, fake: FakeGateway) -> None:
    """Keys and roots replaced later do not matter to it."""
    fake.trust.rotate_root()
    fake.trust.rotate_decision_key()
    verify_receipt(receipt, fake.trust.first_root)


def test_a_receipt_carries_the_rotated_root(
    ask: Ask, fake: FakeGateway, document: Document
) -> None:
    """A receipt made after the root was replaced verifies from the first root."""
    fake.trust.rotate_root()
    answer = ask(Question(document, AirTravel()))
    assert verify_receipt(answer.receipt(), fake.trust.first_root).audience == "airline"


def test_a_receipt_keeps_the_document_to_itself(receipt: Receipt, document: Document) -> None:
    """Neither the receipt's bytes nor its representation hold the document's number."""
    assert document.number.encode() not in receipt.to_bytes()
    assert document.number not in repr(receipt)


def test_another_root_does_not_verify_it(receipt: Receipt, clock: Callable[[], datetime]) -> None:
    """A receipt is worth nothing to somebody who pinned another root."""
    with pytest.raises(TrustChainError):
        verify_receipt(receipt, InMemoryTrustRepository("fake.gateway", clock=clock).first_root)


def test_metadata_must_cover_the_decision(ask: Ask, fake: FakeGateway, document: Document) -> None:
    """A decision made after the metadata had expired does not verify from it."""
    fake.trust.key_term = timedelta(days=400)
    fake.trust.publish()

    def later(decision: pb.Decision) -> None:
        decision.expires_at.FromSeconds(decision.expires_at.seconds + 31 * 86_400)

    fake.before_signing = later
    good = ask(Question(document, AirTravel())).receipt()
    verify_receipt(good, fake.trust.first_root)
    late = changed(good, lambda message: _redate(message, fake, days=31))
    with pytest.raises(TrustChainError, match="expired when the decision was made"):
        verify_receipt(late, fake.trust.first_root)


def test_the_key_must_cover_the_decision(receipt: Receipt, fake: FakeGateway) -> None:
    """A decision dated outside its key's term does not verify."""
    late = changed(receipt, lambda message: _redate(message, fake, days=2))
    with pytest.raises(KeyTermError):
        verify_receipt(late, fake.trust.first_root)


def _redate(message: pb.Receipt, fake: FakeGateway, *, days: int) -> None:
    """Date a decision later and sign it again with the gateway's key."""
    decision = pb.Decision.FromString(message.decision.payload)
    for instant in (decision.evaluated_at, decision.expires_at):
        instant.FromSeconds(instant.seconds + days * 86_400)
    message.decision.CopyFrom(fake.sign_alone(decision))


def test_a_receipt_survives_its_file(receipt: Receipt, fake: FakeGateway, tmp_path: Path) -> None:
    """A saved receipt is loaded unchanged, is readable by its owner only, and verifies from a root's file."""
    file, root = tmp_path / "answer.receipt", tmp_path / "root.json"
    receipt.save(file)
    root.write_bytes(fake.trust.first_root)
    assert Receipt.load(file) == receipt
    assert file.stat().st_mode & 0o777 == 0o600
    assert verify_receipt(Receipt.load(file).to_bytes(), root).audience == "airline"
    assert sorted(path.name for path in tmp_path.glob("*receipt*")) == ["answer.receipt"]


@pytest.mark.parametrize("part", ["decision", "trust"])
def test_an_incomplete_receipt_is_refused(receipt: Receipt, fake: FakeGateway, part: str) -> None:
    """A receipt without its decision or without its chain does not verify."""
    partial = changed(receipt, lambda message: message.ClearField(part))
    with pytest.raises(VerificationError):
        verify_receipt(partial, fake.trust.first_root)


@pytest.mark.parametrize("content", [b"\x00", b"no receipt", b"\x0a" * (MAX_RECEIPT_BYTES + 1)])
def test_what_is_no_receipt_is_refused(content: bytes) -> None:
    """Other bytes, and too many, are refused when they are read."""
    with pytest.raises(MalformedAnswerError):
        Receipt.from_bytes(content)


def test_files_that_cannot_be_used_are_reported(receipt: Receipt, tmp_path: Path) -> None:
    """Missing files are configuration errors and not a library's."""
    with pytest.raises(ConfigurationError):
        Receipt.load(tmp_path / "none")
    with pytest.raises(ConfigurationError):
        verify_receipt(receipt, tmp_path / "none")
    with pytest.raises(ConfigurationError):
        receipt.save(tmp_path / "none" / "file")
