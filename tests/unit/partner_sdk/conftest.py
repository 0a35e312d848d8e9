"""What the tests of the SDK share: a fake gateway without a connection, and one partner that writes to it.

Fixtures hand out plain callables, for tests are no package and could not import a class from here.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from partner_sdk.answer import Answer, RefusedQuestion
from partner_sdk.correspondence import Correspondent, only_answer
from partner_sdk.documents import Document, ResidentId
from partner_sdk.evidence import verify_evidence
from partner_sdk.identity import Identity
from partner_sdk.question import Question
from partner_sdk.testing import FakeGateway
from partner_sdk.trust import Trust


@pytest.fixture
def present() -> list[datetime]:
    """Return the one instant that it is, for tests to change."""
    return [datetime(2026, 11, 23, 20, 0, tzinfo=UTC)]


@pytest.fixture
def clock(present: list[datetime]) -> Callable[[], datetime]:
    """Return a clock that stands still."""
    return lambda: present[0]


@pytest.fixture
def advance(present: list[datetime]) -> Callable[[timedelta], None]:
    """Return what moves the clock on."""

    def move(span: timedelta) -> None:
        present[0] += span

    return move


@pytest.fixture
def fake(clock: Callable[[], datetime]) -> FakeGateway:
    """Return a gateway that is not connected to anything."""
    return FakeGateway(clock=clock)


@pytest.fixture
def identity(fake: FakeGateway, tmp_path: Path) -> Identity:
    """Return the identity of the partner that the gateway knows."""
    return Identity(
        partner="airline",
        gateway="127.0.0.1:1",
        signer=fake.partner_signer,
        pinned_root=fake.trust.first_root,
        trust_store=tmp_path / "trust",
        tls=None,
    )


@pytest.fixture
def correspondent(identity: Identity, clock: Callable[[], datetime]) -> Correspondent:
    """Return the partner's side of the correspondence."""
    return Correspondent(identity, clock)


@pytest.fixture
def trust(fake: FakeGateway, identity: Identity) -> Callable[[], Trust]:
    """Return what tells the trust as it is now."""

    def current() -> Trust:
        chain = verify_evidence(fake.trust.evidence(), identity.pinned_root)
        return Trust(chain, chain.expires_at)

    return current


@pytest.fixture
def ask(
    fake: FakeGateway, correspondent: Correspondent, trust: Callable[[], Trust]
) -> Callable[[Question], Answer]:
    """Return what asks one question and verifies the reply."""

    def exchange(question: Question) -> Answer:
        letter = correspondent.write(question, 0)
        return only_answer(correspondent.read(letter, fake.answer_check(letter.content), trust()))

    return exchange


@pytest.fixture
def ask_each(
    fake: FakeGateway, correspondent: Correspondent, trust: Callable[[], Trust]
) -> Callable[[Sequence[Question]], tuple[Answer | RefusedQuestion, ...]]:
    """Return what asks several questions in one batch and verifies the reply."""

    def exchange(questions: Sequence[Question]) -> tuple[Answer | RefusedQuestion, ...]:
        letter = correspondent.write_batch(questions, 0)
        return correspondent.read(letter, fake.answer_batch_check(letter.content), trust()).answers

    return exchange


@pytest.fixture
def document() -> Document:
    """Return nobody's citizen number."""
    return ResidentId("110101189001010016")


@pytest.fixture
def other_document() -> Document:
    """Return another one."""
    return ResidentId("110101189001010024")
