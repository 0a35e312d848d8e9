"""What is kept of an answer, and what identifies its receipt."""

from hashlib import sha256

import msgspec

from gateway.recording.records import AnswerRecord, NullRecorder, receipt_digest, records_of

PAYLOAD = b"the bytes of a decision"


def test_a_receipts_digest_is_that_of_its_payload() -> None:
    """Anybody can compute it from the receipt with a tool for SHA-256."""
    assert receipt_digest(PAYLOAD) == sha256(PAYLOAD).digest()


def test_one_record_for_each_listing() -> None:
    """A listing that two grounds name is one record; the order is that of the grounds."""
    records = records_of(
        PAYLOAD, at=5, partner="airline", action="air.travel", references=["L2", "L1", "L2"]
    )
    digest = sha256(PAYLOAD).digest()
    assert records == [
        AnswerRecord(5, digest, "airline", "air.travel", "L2"),
        AnswerRecord(5, digest, "airline", "air.travel", "L1"),
    ]


def test_a_record_has_five_fields() -> None:
    """There is no field for a party, a document, a role or an attribute."""
    names = {field.name for field in msgspec.structs.fields(AnswerRecord)}
    assert names == {"at", "receipt", "partner", "action", "reference"}


def test_the_null_recorder_forgets() -> None:
    """It takes anything and keeps nothing."""
    NullRecorder().record(
        records_of(PAYLOAD, at=5, partner="airline", action="air.travel", references=["L1"])
    )
