"""The SDK against the fake gateway over a real socket: both clients, one behaviour."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Protocol, TypeVar

import pytest

from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk import Answer, AsyncGateway, Gateway, Question, RefusedQuestion, verify_receipt
from partner_sdk.actions import AirTravel, RailTravel, SeatClass, TrainClass
from partner_sdk.documents import Document, ResidentId
from partner_sdk.errors import (
    AudienceMismatchError,
    DeadlineError,
    DecisionExpiredError,
    GatewayUnreachableError,
    InvalidQuestionError,
    NotAnsweredError,
    PartnerError,
    QueryMismatchError,
    SnapshotRollbackError,
    SnapshotStaleError,
    TrustChainError,
    TrustStaleError,
    UnknownKeyError,
    UnknownOutcomeError,
    VerificationError,
)
from partner_sdk.testing import FakeGateway, InMemoryTrustRepository
from partner_sdk.trust_store import TrustStore

pytestmark = pytest.mark.integration

_Result = TypeVar("_Result")

PARTY = ResidentId("110101189001010016")
OTHER = ResidentId("110101189001010024")
TRAIN = RailTravel(TrainClass.G, SeatClass.SECOND)


class Client(Protocol):
    """What both clients can do, as the tests use it."""

    def may(self, document: Document, *, seconds: float = 5) -> Answer:
        """Ask about a train."""

    def may_each(self, questions: list[Question]) -> list[Answer | RefusedQuestion]:
        """Ask several questions."""

    def close(self) -> None:
        """Close the connection."""


class Synchronous:
    """The synchronous client."""

    def __init__(self, identity: Path, clock: Callable[[], datetime]) -> None:
        """Connect with an identity file."""
        self._gateway = Gateway.connect(identity=identity, timeout_seconds=5, clock=clock)

    def may(self, document: Document, *, seconds: float = 5) -> Answer:
        """Ask about a train."""
        return self._gateway.may(document, TRAIN, timeout_seconds=seconds)

    def may_each(self, questions: list[Question]) -> list[Answer | RefusedQuestion]:
        """Ask several questions."""
        return self._gateway.may_each(questions)

    def close(self) -> None:
        """Close the connection."""
        self._gateway.close()


class Asynchronous:
    """The client for asyncio, on a loop of its own."""

    def __init__(self, identity: Path, clock: Callable[[], datetime]) -> None:
        """Connect with an identity file."""
        self._runner = asyncio.Runner()
        self._gateway = self._run(lambda: self._connect(identity, clock))

    async def _connect(self, identity: Path, clock: Callable[[], datetime]) -> AsyncGateway:
        return AsyncGateway.connect(identity=identity, timeout_seconds=5, clock=clock)

    def _run(self, call: Callable[[], Awaitable[_Result]]) -> _Result:
        async def awaited() -> _Result:
            return await call()

        return self._runner.run(awaited())

    def may(self, document: Document, *, seconds: float = 5) -> Answer:
        """Ask about a train."""
        return self._run(lambda: self._gateway.may(document, TRAIN, timeout_seconds=seconds))

    def may_each(self, questions: list[Question]) -> list[Answer | RefusedQuestion]:
        """Ask several questions."""
        return self._run(lambda: self._gateway.may_each(questions))

    def close(self) -> None:
        """Close the connection and the loop."""
        self._run(self._gateway.close)
        self._runner.close()


@pytest.fixture
def fake() -> Iterator[FakeGateway]:
    """Serve a fake gateway."""
    with FakeGateway() as gateway:
        yield gateway


@pytest.fixture
def skew() -> list[timedelta]:
    """Return by how much the partner's clock is off, for tests to change."""
    return [timedelta(0)]


@pytest.fixture(params=[Synchronous, Asynchronous])
def connect(
    request: pytest.FixtureRequest, fake: FakeGateway, tmp_path: Path, skew: list[timedelta]
) -> Iterator[Callable[[], Client]]:
    """Return what connects the partner, each time as a new process would; both clients in turn."""
    identity = fake.write_identity(tmp_path)
    opened: list[Client] = []

    def connect_again() -> Client:
        client: Client = request.param(identity, lambda: datetime.now(UTC) + skew[0])
        opened.append(client)
        return client

    yield connect_again
    for client in opened:
        client.close()


@pytest.fixture
def client(connect: Callable[[], Client]) -> Client:
    """Return a connected partner."""
    return connect()


def test_the_three_outcomes_arrive(client: Client, fake: FakeGateway) -> None:
    """What the gateway decides is what the partner's program sees, with its explanation."""
    assert client.may(PARTY).permitted
    fake.script.restrict(PARTY)
    restricted = client.may(PARTY)
    assert restricted.restricted
    assert "Fake Court" in restricted.explanation
    fake.script.refer(PARTY)
    assert client.may(PARTY).referred


def test_a_script_can_name_an_action(client: Client, fake: FakeGateway) -> None:
    """A restriction for flights leaves trains alone."""
    fake.script.restrict(PARTY, AirTravel)
    assert client.may(PARTY).permitted
    (flight,) = client.may_each([Question(PARTY, AirTravel())])
    assert isinstance(flight, Answer)
    assert flight.restricted


def test_receipts_verify_without_the_gateway(client: Client, fake: FakeGateway) -> None:
    """A receipt, alone or cut from a batch, verifies from the pinned root alone."""
    answers = [client.may(PARTY), *client.may_each([Question(PARTY, TRAIN)] * 5)]
    for answer in answers:
        assert isinstance(answer, Answer)
        assert verify_receipt(answer.receipt(), fake.trust.first_root) == answer.decision


def test_a_batch_mixes_answers_and_refusals(client: Client, fake: FakeGateway) -> None:
    """A refused question does not keep the others from their answers."""
    fake.script.refuse(OTHER, "DOCUMENT_INVALID")
    first, second, third = client.may_each([Question(one, TRAIN) for one in (PARTY, OTHER, PARTY)])
    assert isinstance(first, Answer)
    assert isinstance(second, RefusedQuestion)
    assert isinstance(second.error, InvalidQuestionError)
    assert isinstance(third, Answer)


def test_many_questions_are_split(client: Client, fake: FakeGateway) -> None:
    """More questions than one call may carry are asked in several, and their order stays."""
    fake.script.restrict(OTHER)
    parties = [OTHER if number % 7 == 0 else PARTY for number in range(1203)]
    answers = client.may_each([Question(party, TRAIN) for party in parties])
    assert fake.asked == 2
    assert [isinstance(one, Answer) and one.restricted for one in answers] == [
        one is OTHER for one in parties
    ]


def test_no_questions_need_no_call(client: Client, fake: FakeGateway) -> None:
    """Asking nothing asks nobody."""
    assert client.may_each([]) == []
    assert fake.asked == 0


LIES: list[tuple[str, Callable[[pb.Decision], object], type[VerificationError]]] = [
    ("expired", lambda d: d.expires_at.FromSeconds(d.evaluated_at.seconds - 60), VerificationError),
    ("long expired", lambda d: _shift(d, -120), DecisionExpiredError),
    ("wrong audience", lambda d: setattr(d, "audience", "hotel"), AudienceMismatchError),
    ("wrong query", lambda d: setattr(d, "query_digest", b"q" * 32), QueryMismatchError),
    ("unknown outcome", lambda d: setattr(d, "outcome", 9), UnknownOutcomeError),
]


def _shift(decision: pb.Decision, seconds: int) -> None:
    for instant in (decision.evaluated_at, decision.expires_at):
        instant.FromSeconds(instant.seconds + seconds)


@pytest.mark.parametrize(
    ("lie", "error"), [case[1:] for case in LIES], ids=[case[0] for case in LIES]
)
def test_a_signed_lie_is_no_answer(
    client: Client,
    fake: FakeGateway,
    lie: Callable[[pb.Decision], object],
    error: type[VerificationError],
) -> None:
    """A signed decision that does not fit is an error, alone and in a batch."""

    def apply(decision: pb.Decision) -> None:
        lie(decision)

    fake.before_signing = apply
    with pytest.raises(error):
        client.may(PARTY)
    with pytest.raises(error):
        client.may_each([Question(PARTY, TRAIN)])


def test_a_rollback_is_refused_also_by_the_next_process(
    connect: Callable[[], Client], fake: FakeGateway
) -> None:
    """Once a snapshot was seen, an older one is refused, by this process and by one started later."""
    fake.snapshot_number = 9
    first = connect()
    assert first.may(PARTY).decision.snapshot.number == 9
    fake.snapshot_number = 8
    for client in (first, connect()):
        with pytest.raises(SnapshotRollbackError):
            client.may(PARTY)
    fake.snapshot_number = 9
    assert connect().may(PARTY).permitted


def test_a_replayed_answer_is_refused(client: Client, fake: FakeGateway) -> None:
    """The bytes of an earlier answer do not answer the same question asked again."""
    recorded: list[bytes] = []

    def replay(content: bytes) -> bytes:
        recorded.append(content)
        return recorded[0]

    fake.on_wire = replay
    assert client.may(PARTY).permitted
    with pytest.raises(QueryMismatchError):
        client.may(PARTY)


def test_a_changed_answer_is_refused(client: Client, fake: FakeGateway) -> None:
    """Changed bytes on the way raise a verification error wherever they are; the unit tests try every bit."""
    for place in range(0, 600, 37):

        def flip(content: bytes, place: int = place) -> bytes:
            at = place % len(content)
            return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]

        fake.on_wire = flip
        with pytest.raises(VerificationError):
            client.may(PARTY)


def test_a_new_decision_key_is_followed(client: Client, fake: FakeGateway) -> None:
    """A key replaced while the partner runs is found in the next metadata, from the same pinned root."""
    assert client.may(PARTY).permitted
    fake.trust.rotate_decision_key()
    answer = client.may(PARTY)
    assert answer.permitted
    assert verify_receipt(answer.receipt(), fake.trust.first_root) == answer.decision


def test_an_unknown_key_is_looked_for_once(client: Client, fake: FakeGateway) -> None:
    """A key that nobody published is refused, and the gateway is not asked for it again and again."""
    assert client.may(PARTY).permitted
    fetched: list[str] = []
    get_metadata = fake.trust.get_metadata

    def count(role: str, version: int) -> bytes | None:
        fetched.append(role)
        return get_metadata(role, version)

    fake.trust.get_metadata = count  # type: ignore[method-assign]
    fake.trust.decision_signer = InMemoryTrustRepository(
        "other", clock=lambda: datetime.now(UTC)
    ).decision_signer
    for _ in range(3):
        with pytest.raises(UnknownKeyError):
            client.may(PARTY)
    assert fetched.count("timestamp") == 1


def test_a_new_root_is_followed(connect: Callable[[], Client], fake: FakeGateway) -> None:
    """A root replaced twice is followed by a running partner's successor, and its receipts carry the chain."""
    assert connect().may(PARTY).permitted
    for _ in range(2):
        fake.trust.rotate_root()
    fake.trust.publish()
    answer = connect().may(PARTY)
    assert verify_receipt(answer.receipt(), fake.trust.first_root) == answer.decision


def test_another_gateways_trust_is_refused(client: Client, fake: FakeGateway) -> None:
    """Metadata that does not follow from the pinned root is a verification error, and nothing is asked."""
    stranger = InMemoryTrustRepository("fake.gateway", clock=lambda: datetime.now(UTC))
    fake.trust.files, fake.trust.targets = stranger.files, stranger.targets
    with pytest.raises(TrustChainError):
        client.may(PARTY)
    assert fake.asked == 0


def test_rolled_back_trust_is_refused(connect: Callable[[], Client], fake: FakeGateway) -> None:
    """Metadata older than what this partner has seen is refused, also by the next process."""
    old = dict(fake.trust.files)
    fake.trust.publish()
    assert connect().may(PARTY).permitted
    fake.trust.files["timestamp", 0] = old["timestamp", 0]
    with pytest.raises(TrustChainError):
        connect().may(PARTY)


def test_expired_trust_is_doubt(client: Client, fake: FakeGateway, skew: list[timedelta]) -> None:
    """When the timestamp lapses and no new one comes, there is no answer, and asking again later may help."""
    assert client.may(PARTY).permitted
    skew[0] = fake.trust.lease + timedelta(seconds=5)
    with pytest.raises(TrustStaleError) as caught:
        client.may(PARTY)
    assert (caught.value.retryable, caught.value.reason) == (True, "SNAPSHOT_STALE")


def test_trust_is_fetched_again_when_it_lapses(
    client: Client, fake: FakeGateway, skew: list[timedelta]
) -> None:
    """A renewed timestamp is picked up without a restart."""
    fake.trust.lease = timedelta(seconds=20)
    fake.trust.renew_timestamp()
    assert client.may(PARTY).permitted
    skew[0] = timedelta(seconds=21)
    fake.trust.lease = timedelta(hours=1)
    fake.trust.renew_timestamp()
    assert client.may(PARTY).permitted


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        ("SNAPSHOT_STALE", SnapshotStaleError),
        ("ACTION_UNKNOWN", InvalidQuestionError),
        ("INTERNAL", NotAnsweredError),
    ],
)
def test_a_refusal_is_not_asked_again(
    client: Client, fake: FakeGateway, reason: str, error: type[PartnerError]
) -> None:
    """The gateway's reason arrives as its error, and the question was asked once."""
    fake.failure = reason
    with pytest.raises(error):
        client.may(PARTY)
    assert fake.asked == 1


def test_an_absent_gateway_is_doubt(client: Client, fake: FakeGateway) -> None:
    """When nobody listens any more there is no answer, and asking again later may help."""
    assert client.may(PARTY).permitted
    fake.__exit__(None, None, None)
    with pytest.raises(GatewayUnreachableError) as caught:
        client.may(PARTY)
    assert caught.value.retryable


def test_a_refused_connection_is_told_as_such(client: Client, fake: FakeGateway) -> None:
    """Where nobody listens from the start, the words name the address, and asking again later may help."""
    fake.__exit__(None, None, None)
    with pytest.raises(
        GatewayUnreachableError, match=r"could not connect to 127\.0\.0\.1:"
    ) as caught:
        client.may(PARTY)
    assert (caught.value.retryable, caught.value.reason) == (True, "UNAVAILABLE")


def test_missing_trust_metadata_is_told_as_such(client: Client, fake: FakeGateway) -> None:
    """A gateway that runs and has nothing published yet is told apart from one that does not run."""
    fake.trust.files.clear()
    with pytest.raises(
        TrustStaleError, match=r"127\.0\.0\.1:\d+ has no trust metadata yet"
    ) as caught:
        client.may(PARTY)
    assert caught.value.retryable


def test_silence_is_told_as_such(
    client: Client, fake: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a gateway is connected and says nothing, the words tell how long was waited, and for whom."""
    waited_enough = Event()

    def hold(_role: str, _version: int) -> None:
        waited_enough.wait(timeout=10)

    monkeypatch.setattr(fake.trust, "get_metadata", hold)
    expected = r"no answer within 0\.5 s from 127\.0\.0\.1:\d+; ask again or allow more time"
    with pytest.raises(DeadlineError, match=expected):
        client.may(PARTY, seconds=0.5)
    waited_enough.set()


def test_a_slow_gateway_is_doubt(client: Client, fake: FakeGateway) -> None:
    """An answer after the deadline is no answer."""
    assert client.may(PARTY).permitted
    asked_enough = Event()

    def hold(content: bytes) -> bytes:
        asked_enough.wait(timeout=10)
        return content

    fake.on_wire = hold
    with pytest.raises(DeadlineError):
        client.may(PARTY, seconds=0.2)
    asked_enough.set()


def test_no_time_is_doubt(client: Client) -> None:
    """A deadline that has passed before the question left is the same error."""
    assert client.may(PARTY).permitted
    with pytest.raises(DeadlineError):
        client.may(PARTY, seconds=1e-9)


def test_a_folder_that_is_held_does_not_hold_up_a_call(client: Client, tmp_path: Path) -> None:
    """While another program fetches trust, a call ends with its own deadline; afterwards it is answered."""
    with TrustStore(tmp_path / "trust").locked(math.inf), pytest.raises(DeadlineError):
        client.may(PARTY, seconds=0.3)
    assert client.may(PARTY).permitted


def test_a_task_does_not_wait_for_another_s_fetching(fake: FakeGateway, tmp_path: Path) -> None:
    """Of two tasks that need trust the one with less time is told so first, while the other one fetches on."""
    identity = fake.write_identity(tmp_path)

    async def ask() -> Answer:
        async with AsyncGateway.connect(identity=identity) as gateway:
            with TrustStore(tmp_path / "trust").locked(math.inf):
                patient = asyncio.create_task(gateway.may(PARTY, TRAIN, timeout_seconds=60))
                await asyncio.sleep(0)
                with pytest.raises(DeadlineError):
                    await gateway.may(PARTY, TRAIN, timeout_seconds=0.1)
                assert not patient.done()
            return await patient

    assert asyncio.run(ask()).permitted


def test_a_stranger_is_refused(fake: FakeGateway, tmp_path: Path) -> None:
    """A question signed with a key that the gateway does not know is refused, and the answer's errors say why."""
    with FakeGateway() as other:
        identity = other.write_identity(tmp_path)
        (tmp_path / "root.json").write_bytes(fake.trust.first_root)
    with (
        Gateway.connect(fake.address, identity) as gateway,
        pytest.raises(PartnerError, match="UNKNOWN_KEY"),
    ):
        gateway.may(PARTY, TRAIN, timeout_seconds=5)


def test_nothing_shows_the_document(client: Client, fake: FakeGateway) -> None:
    """Neither an answer nor any error shows the number that was asked about."""
    shown = [repr(client.may(PARTY))]
    for failure in ("SNAPSHOT_STALE", "DOCUMENT_INVALID", "INTERNAL"):
        fake.failure = failure
        with pytest.raises(PartnerError) as caught:
            client.may(PARTY)
        shown.append(f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}")
    fake.failure = ""
    fake.on_wire = lambda content: content[:-1]
    with pytest.raises(VerificationError) as broken:
        client.may(PARTY)
    shown.append(repr(broken.value))
    assert not any(PARTY.number in text for text in shown)
