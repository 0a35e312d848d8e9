"""Tests that no answer survives the change of a single bit; tests/property does the same to receipts."""

from collections.abc import Callable, Iterator

from partner_sdk.actions import AirTravel
from partner_sdk.correspondence import Correspondent, Letter
from partner_sdk.documents import Document
from partner_sdk.errors import VerificationError
from partner_sdk.question import Question
from partner_sdk.testing import FakeGateway
from partner_sdk.trust import Trust


def every_bit(content: bytes) -> Iterator[bytes]:
    """Yield ``content`` with each of its bits changed in turn."""
    for place, byte in enumerate(content):
        for bit in range(8):
            yield content[:place] + bytes([byte ^ 1 << bit]) + content[place + 1 :]


def survivors(
    letter: Letter, replies: Iterator[bytes], correspondent: Correspondent, trust: Trust
) -> list[bytes]:
    """Return the replies that verify."""
    found = []
    for reply in replies:
        try:
            correspondent.read(letter, reply, trust)
        except VerificationError:
            continue
        found.append(reply)
    return found


def test_no_changed_bit_of_an_answer_verifies(
    correspondent: Correspondent, trust: Callable[[], Trust], fake: FakeGateway, document: Document
) -> None:
    """Every bit of a signed decision counts, and each change is a verification error and no other."""
    fake.script.restrict(document)
    letter = correspondent.write(Question(document, AirTravel()), 0)
    reply = fake.answer_check(letter.content)
    assert survivors(letter, iter([reply]), correspondent, trust()) == [reply]
    assert survivors(letter, every_bit(reply), correspondent, trust()) == []


def test_no_changed_bit_of_a_batch_verifies(
    correspondent: Correspondent,
    trust: Callable[[], Trust],
    fake: FakeGateway,
    document: Document,
    other_document: Document,
) -> None:
    """Every bit of a batch with a permission and a refusal counts."""
    fake.script.refuse(other_document, "DOCUMENT_INVALID")
    letter = correspondent.write_batch(
        [Question(one, AirTravel()) for one in (document, other_document)], 0
    )
    reply = fake.answer_batch_check(letter.content)
    assert survivors(letter, iter([reply]), correspondent, trust()) == [reply]
    assert survivors(letter, every_bit(reply), correspondent, trust()) == []


def test_no_shortened_answer_verifies(
    correspondent: Correspondent, trust: Callable[[], Trust], fake: FakeGateway, document: Document
) -> None:
    """An answer cut off anywhere, or with something behind it, is refused."""
    letter = correspondent.write(Question(document, AirTravel()), 0)
    reply = fake.answer_check(letter.content)
    cut = (reply[:length] for length in range(len(reply)))
    assert survivors(letter, cut, correspondent, trust()) == []
    assert survivors(letter, iter([reply + b"\x00", reply + reply]), correspondent, trust()) == []
