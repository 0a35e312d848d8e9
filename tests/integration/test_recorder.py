"""The recorder on its socket: strangers, doubles, and workers that come back."""

import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from gateway.decision.signatures import DecisionSigner
from gateway.keys import new_decision_key
from gateway.recording.accounts import Accountant
from gateway.recording.gaps import GapSigner, microseconds_at
from gateway.recording.recorder import Recorder, Term
from gateway.recording.records import AnswerRecord
from gateway.recording.streams import StreamMark, marked_streams, socket_address
from gateway.recording.wire import (
    Ack,
    Batch,
    Frame,
    FrameBuffer,
    Goodbye,
    Hello,
    Idle,
    framed,
    parse_ack,
)
from gateway.register.records import RecordBook
from tests.fakes.fixed_clock import MORNING, FixedClock
from tests.integration.waiting import eventually

pytestmark = pytest.mark.integration

REFERENCE = "L-aaaaaaaaaaaaaaaa"
NOW = microseconds_at(MORNING)
_UNBOUND = 1 << 30


class Scene:
    """A recorder that a test turns by hand, and its register."""

    def __init__(self, folder: Path) -> None:
        """Begin."""
        self.folder = folder / "recording"
        self.url = f"sqlite:///{folder / 'register.sqlite'}"
        self.clock = FixedClock()
        self.pages = _UNBOUND
        signer = GapSigner(DecisionSigner(new_decision_key()), "gateway.test")
        self.recorder = Recorder(
            self.folder,
            self.open_book,
            Accountant(signer),
            Term(timedelta(days=30), self.clock),
            self.clock,
        )

    def open_book(self) -> RecordBook:
        """Open the register; once ``pages`` is set, its file takes no more than so many."""
        book = RecordBook.open(self.url)
        event.listen(book._engines.writer, "begin", self._bound)  # noqa: SLF001 - the disk is the test's
        return book

    def _bound(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={self.pages}")

    def fill_disk(self) -> None:
        """Let the register's file grow no more."""
        with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as connection:
            (self.pages,) = connection.execute("PRAGMA page_count").fetchone()

    def connect(self) -> socket.socket:
        """Return a connection to it."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(5)
        with socket_address(self.folder) as address:
            connection.connect(address)
        return connection

    def say(self, connection: socket.socket, frame: Frame) -> Ack | None:
        """Send a frame; return the acknowledgement, or None when the recorder hangs up."""
        connection.sendall(framed(frame))
        return self.heard(connection)

    def heard(self, connection: socket.socket) -> Ack | None:
        """Return what the recorder says next."""
        self.turn()
        buffer = FrameBuffer()
        while (content := buffer.next()) is None:
            try:
                piece = connection.recv(4_096)
            except ConnectionResetError:
                return None
            if not piece:
                return None
            buffer.feed(piece)
        return parse_ack(content)

    def turn(self) -> None:
        """Let the recorder take connections, then what they say."""
        for _ in range(3):
            self.recorder.turn(0.05)

    def answers(self) -> int:
        """Return how many answers named the listing."""
        with RecordBook.open(self.url) as book:
            return sum(one.answers for one in book.answers(REFERENCE))

    def answers_after_a_turn(self) -> int:
        """Let the recorder work, then count."""
        self.turn()
        return self.answers()

    def lost(self) -> list[int | None]:
        """Return how many records each gap says are lost."""
        with RecordBook.open(self.url) as book:
            return [gap.lost for gap in book.gaps()]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Return a recorder."""
    scene = Scene(tmp_path)
    yield scene
    scene.recorder.close()


def batch(first: int, count: int) -> Batch:
    """Return a batch of records."""
    record = AnswerRecord(NOW, bytes(32), "airline", "air.travel", REFERENCE)
    return Batch(first, [record] * count, NOW)


def test_a_run_from_its_greeting_to_its_goodbye(scene: Scene) -> None:
    """Each word is acknowledged with the number up to which everything is committed; at the end no mark stays."""
    mark = StreamMark(scene.folder, opened_at=NOW)
    with closing(scene.connect()) as worker:
        said: list[Frame] = [
            Hello(mark.stream, NOW, 0),
            batch(0, 3),
            Idle(NOW),
            batch(3, 1),
            Goodbye(4),
        ]
        heard = [scene.say(worker, frame) for frame in said]
    mark.close()
    assert heard == [Ack(0), Ack(3), Ack(3), Ack(4), Ack(4)]
    assert (scene.answers(), scene.lost()) == (4, [])
    assert list(marked_streams(scene.folder)) == []


def test_a_worker_that_comes_back_is_told_what_is_there(scene: Scene) -> None:
    """A worker whose acknowledgement was lost sends nothing twice, and what it does send twice is written once."""
    mark = StreamMark(scene.folder, opened_at=NOW)
    with closing(scene.connect()) as worker:
        scene.say(worker, Hello(mark.stream, NOW, 0))
        scene.say(worker, batch(0, 3))
    with closing(scene.connect()) as worker:
        assert scene.say(worker, Hello(mark.stream, NOW, 0)) == Ack(3)
        assert scene.say(worker, batch(0, 4)) == Ack(4)
    scene.turn()
    mark.close()
    assert scene.answers() == 4


def test_a_second_connection_of_a_run_ends_the_first(scene: Scene) -> None:
    """Two connections never write for one run."""
    mark = StreamMark(scene.folder, opened_at=NOW)
    with closing(scene.connect()) as first, closing(scene.connect()) as second:
        assert scene.say(first, Hello(mark.stream, NOW, 0)) == Ack(0)
        assert scene.say(second, Hello(mark.stream, NOW, 0)) == Ack(0)
        assert scene.heard(first) is None
        assert scene.say(second, batch(0, 1)) == Ack(1)
    mark.close()


@pytest.mark.parametrize(
    "content", [framed(Idle(1)), framed(batch(0, 1)), b"\x00\x00\x00\x01\xc1", b"\xff" * 8]
)
def test_who_does_not_greet_is_hung_up_on(scene: Scene, content: bytes) -> None:
    """Words without a greeting, and what is no word at all, write nothing and stop nobody else."""
    with closing(scene.connect()) as stranger:
        stranger.sendall(content)
        assert scene.heard(stranger) is None
    mark = StreamMark(scene.folder, opened_at=NOW)
    with closing(scene.connect()) as worker:
        assert scene.say(worker, Hello(mark.stream, NOW, 0)) == Ack(0)
        assert scene.say(worker, Goodbye(0)) == Ack(0)
    mark.close()
    assert (scene.answers(), scene.lost()) == (0, [])


def test_a_connection_that_ends_is_no_death(scene: Scene) -> None:
    """While the worker holds its mark its run goes on; once it lets go without a word, there is a gap."""
    mark = StreamMark(scene.folder, opened_at=NOW)
    with closing(scene.connect()) as worker:
        scene.say(worker, Hello(mark.stream, NOW, 0))
    scene.turn()
    assert scene.lost() == []
    assert not scene.recorder.is_through()
    mark.close()
    while list(marked_streams(scene.folder)):
        scene.turn()
    assert scene.lost() == [None]
    assert scene.recorder.is_through()


def test_last_words_are_exact(scene: Scene) -> None:
    """What a worker could not deliver is counted from its last words and what was committed."""
    mark = StreamMark(scene.folder, opened_at=NOW)
    with closing(scene.connect()) as worker:
        scene.say(worker, Hello(mark.stream, NOW, 0))
        scene.say(worker, batch(0, 3))
    mark.leave(ended_at=NOW, next_seq=8)
    mark.close()
    while list(marked_streams(scene.folder)):
        scene.turn()
    assert (scene.answers(), scene.lost()) == (3, [5])


def test_a_full_disk_delays_and_doubles_nothing(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """What the database cannot take is not acknowledged; it is said once, and written once when there is room again."""
    mark = StreamMark(scene.folder, opened_at=NOW)
    with closing(scene.connect()) as worker:
        scene.say(worker, Hello(mark.stream, NOW, 0))
        scene.fill_disk()
        worker.sendall(framed(batch(0, 500)))
        worker.settimeout(0.1)
        until = time.monotonic() + 2.5
        while time.monotonic() < until:
            scene.turn()
        with pytest.raises(TimeoutError):
            worker.recv(1)
        scene.pages = _UNBOUND
        worker.settimeout(5)
        eventually(lambda: scene.answers_after_a_turn() == 500, "there is room again")
        assert scene.heard(worker) == Ack(500)
        assert scene.say(worker, Goodbye(500)) == Ack(500)
    mark.close()
    assert (scene.answers(), scene.lost()) == (500, [])
    said = [line for line in caplog.messages if "records wait" in line]
    assert len(said) == 1
    assert "DatabaseError" not in said[0]


def test_the_folder_is_the_owners_alone(scene: Scene) -> None:
    """Nobody else can say anything to the recorder."""
    assert scene.folder.stat().st_mode & 0o777 == 0o700
