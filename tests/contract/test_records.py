"""Records of answers on every database: written with their position, counted by reference, deleted after their term."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, make_url, select

from gateway.decision.signatures import DecisionSigner
from gateway.keys import new_decision_key
from gateway.recording.accounts import Account, Accountant
from gateway.recording.gaps import GapSigner, microseconds_at
from gateway.recording.recorder import SWEEP_EVERY, Recorder, Term
from gateway.recording.records import AnswerRecord
from gateway.recording.wire import Batch
from gateway.register.errors import DatabaseError, RegisterError
from gateway.register.records import AnswerCount, RecordBook, StreamEntry, StreamPosition
from gateway.register.register import Register
from gateway.register.schema import answer_gap, answer_record, answer_stream
from tests.fakes.fixed_clock import MORNING, FixedClock

REFERENCE = "L-aaaaaaaaaaaaaaaa"
STREAM = bytes(range(16))
RETENTION = timedelta(days=30)


def row(
    at: datetime = MORNING, partner: str = "airline", action: str = "air.travel", **more: object
) -> dict[str, object]:
    """Return a row of a record."""
    return {
        "at": microseconds_at(at),
        "receipt": bytes(32),
        "partner": partner,
        "action": action,
        "reference": REFERENCE,
        **more,
    }


def gap(ends_at: datetime, lost: int | None = None) -> dict[str, object]:
    """Return a row of a gap of an hour."""
    return {
        "starts_at": microseconds_at(ends_at - timedelta(hours=1)),
        "ends_at": microseconds_at(ends_at),
        "lost": lost,
        "payload": b"{}",
        "keyid": "00" * 32,
        "signature": b"signature",
    }


def entry(
    *records: dict[str, object], gaps: tuple[dict[str, object], ...] = (), is_over: bool = False
) -> StreamEntry:
    """Return what is written of the one run."""
    return StreamEntry(STREAM, StreamPosition(len(records), 7), records, gaps, is_over)


def counts(url: str) -> tuple[int, int, int]:
    """Return how many records, gaps and runs there are."""
    engine = create_engine(make_url(url))
    with engine.connect() as connection:
        found = tuple(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (answer_record, answer_gap, answer_stream)
        )
    engine.dispose()
    return found  # type: ignore[return-value] # three tables


def test_records_are_counted_by_day_partner_and_action(register_url: str) -> None:
    """Whoever knows the reference learns how many answers named the listing; other listings do not count."""
    evening = datetime(2031, 5, 6, 23, 59, 59, 999_999, tzinfo=UTC)
    rows = [
        row(),
        row(evening),
        row(evening + timedelta(microseconds=1)),
        row(partner="hotel", action="lodging.stay"),
        row(reference="L-bbbbbbbbbbbbbbbb"),
    ]
    with RecordBook.open(register_url) as book:
        book.write([entry(*rows)])
        assert book.answers(REFERENCE) == [
            AnswerCount(date(2031, 5, 6), "airline", "air.travel", 2),
            AnswerCount(date(2031, 5, 6), "hotel", "lodging.stay", 1),
            AnswerCount(date(2031, 5, 7), "airline", "air.travel", 1),
        ]
        assert book.answers("L-cccccccccccccccc") == []


def test_records_and_position_are_written_together(register_url: str) -> None:
    """What the database refuses leaves neither record nor gap nor position behind."""
    with RecordBook.open(register_url) as book:
        book.write([entry(row())])
        with pytest.raises(DatabaseError):
            book.write(
                [entry(row(), row(), gaps=(gap(MORNING), {**gap(MORNING), "payload": None}))]
            )
        assert book.position(STREAM) == (1, 7)
    assert counts(register_url) == (1, 0, 1)


def test_a_run_that_is_over_is_forgotten(register_url: str) -> None:
    """Its records and gaps stay, its position goes."""
    with RecordBook.open(register_url) as book:
        assert book.position(STREAM) is None
        book.write([entry(row())])
        book.write([entry(gaps=(gap(MORNING, lost=3),), is_over=True)])
        assert book.position(STREAM) is None
        (kept,) = book.gaps()
    assert (kept.lost, kept.payload, kept.signature) == (3, b"{}", b"signature")
    assert (kept.starts_at, kept.ends_at) == (MORNING - timedelta(hours=1), MORNING)


def test_a_batch_that_comes_again_after_a_crash_is_written_once(register_url: str) -> None:
    """A recorder that died between commit and acknowledgement left the position, and the next one goes by it."""
    accountant = Accountant(GapSigner(DecisionSigner(new_decision_key()), "gateway.test"))
    record = AnswerRecord(microseconds_at(MORNING), bytes(32), "airline", "air.travel", REFERENCE)
    batch = Batch(0, [record, record], 5)
    for _ in range(2):
        with RecordBook.open(register_url) as book:
            position = book.position(STREAM) or StreamPosition(0, 0)
            book.write([accountant.post(Account(STREAM, *position), batch).entry])
    assert counts(register_url) == (2, 0, 1)


def test_a_record_that_does_not_wait_for_the_writers_turn(register_url: str) -> None:
    """On PostgreSQL a record is written while a decision about a listing holds the writers' lock."""
    if register_url.startswith("sqlite"):
        pytest.skip("SQLite has one writer at a time")
    with RecordBook.open(register_url) as book, Register.open(register_url, None) as register:
        with register._engines.writing():  # noqa: SLF001 - the turn itself is what is held
            book.write([entry(row())])
        assert len(book.answers(REFERENCE)) == 1


def test_only_what_is_old_is_deleted(register_url: str) -> None:
    """Records go by their instant, gaps by their end, runs by the last word of them; up to and with the instant."""
    later = MORNING + timedelta(microseconds=1)
    with RecordBook.open(register_url) as book:
        book.write([entry(row(), row(later), gaps=(gap(MORNING), gap(later)))])
        assert book.delete_before(6) == 0
        assert book.purge(microseconds_at(MORNING)) == 3
        assert [one.ends_at for one in book.gaps()] == [later]
    assert counts(register_url) == (1, 1, 0)


def test_what_was_deleted_is_in_no_file_of_the_database(register_url: str, tmp_path: Path) -> None:
    """While others have the register open, neither its file nor the write-ahead log holds a purged receipt's digest."""
    if register_url.startswith("postgresql"):
        pytest.skip("a server keeps its files to itself")
    digest = b"marked-receipt's-digest-in-a-row"
    with Register.open(register_url, None) as other, RecordBook.open(register_url) as book:
        book.write([entry(row(receipt=digest), is_over=True)])
        assert in_files(digest, tmp_path)
        with other.view() as reader:
            reader.last_change()
            assert book.purge(microseconds_at(MORNING)) == 1
            assert book.is_in_log()
        assert book.purge(microseconds_at(MORNING)) == 0
        assert not book.is_in_log()
        assert not in_files(digest, tmp_path)


def test_what_another_process_deleted_leaves_the_log_as_well(
    register_url: str, tmp_path: Path
) -> None:
    """A process that was stopped between deleting and emptying the log is made up for by the next sweep of any."""
    if register_url.startswith("postgresql"):
        pytest.skip("a server keeps its files to itself")
    digest = b"marked-receipt's-digest-in-a-row"
    with Register.open(register_url, None) as other, RecordBook.open(register_url) as book:
        book.write([entry(row(receipt=digest), is_over=True)])
        with other.view() as reader:
            reader.last_change()
            book.purge(microseconds_at(MORNING))
        with RecordBook.open(register_url) as later:
            later.purge(microseconds_at(MORNING))
        assert not in_files(digest, tmp_path)


def test_deleting_is_done_in_short_transactions(register_url: str) -> None:
    """No call deletes more than its share, so that a release waits for one share only."""
    with RecordBook.open(register_url) as book:
        book.write([entry(*[row()] * 5, gaps=(gap(MORNING),) * 2)])
        at = microseconds_at(MORNING)
        assert [book.delete_before(at, limit=3) for _ in range(4)] == [3, 3, 2, 0]


def test_at_the_instant_of_the_term_nothing_older_is_left(
    register_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    """With a sweep an hour, no instant ever sees a record or gap that has reached its term."""
    term = Term(RETENTION, clock)
    recorder = _recorder(register_url, tmp_path, term, clock)
    with RecordBook.open(register_url) as book:
        ages = [timedelta(minutes=17 * place) for place in range(400)]
        rows = [row(MORNING - age) for age in ages]
        gaps = tuple(gap(MORNING - age) for age in ages)
        book.write([entry(*rows, gaps=gaps, is_over=True)])
    began_at = clock.advance(days=24)
    seen: list[int] = []
    for _ in range(4 * 24 * 8):
        recorder.turn(0)
        records, kept_gaps, _ = (
            counts(register_url) if _is_look_due(clock, began_at) else (-1, -1, 0)
        )
        if records >= 0:
            oldest = _oldest(register_url)
            assert oldest is None or oldest > microseconds_at(clock() - RETENTION)
            seen.append(records + kept_gaps)
        clock.advance(minutes=15)
    recorder.close()
    assert seen[0] > 0
    assert seen[-1] == 0


def test_a_shorter_term_works_from_the_next_start(
    register_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    """A recorder that begins deletes at once what the new term no longer allows; the event log is left alone."""
    with Register.open(register_url, None) as register:
        before = register.verify_events()
    with RecordBook.open(register_url) as book:
        book.write([entry(row(), row(MORNING - timedelta(days=6)), is_over=True)])
    for days, left in ((30, 2), (5, 1)):
        recorder = _recorder(register_url, tmp_path, Term(timedelta(days=days), clock), clock)
        recorder.turn(0)
        recorder.close()
        assert counts(register_url)[0] == left
    with Register.open(register_url, None) as register:
        assert register.verify_events() == before


def test_the_next_sweep_comes_before_anything_is_too_old() -> None:
    """What is deleted now is all that would reach its term before the next sweep, and a little more."""
    clock = FixedClock()
    term = Term(RETENTION, clock)
    cut = term.cut()
    assert cut is not None
    assert cut >= microseconds_at(clock() + SWEEP_EVERY - RETENTION)
    term.swept()
    assert term.cut() is None
    clock.advance(hours=1)
    assert term.cut() is not None
    clock.advance(hours=-2)
    assert term.cut() is not None


def test_a_database_that_is_away_is_an_error_of_the_register(tmp_path: Path) -> None:
    """Whatever a driver says stays inside: one line, and nothing of what was to be written."""
    with pytest.raises(RegisterError) as caught:
        RecordBook.open(f"sqlite:///{tmp_path / 'nowhere' / 'register.sqlite'}")
    assert "\n" not in str(caught.value)


def in_files(content: bytes, folder: Path) -> bool:
    """Tell whether any file of a folder holds some bytes."""
    return any(content in file.read_bytes() for file in folder.iterdir() if file.is_file())


def _recorder(url: str, folder: Path, term: Term, clock: FixedClock) -> Recorder:
    signer = GapSigner(DecisionSigner(new_decision_key()), "gateway.test")
    return Recorder(
        folder / "recording", lambda: RecordBook.open(url), Accountant(signer), term, clock
    )


def _is_look_due(clock: FixedClock, began_at: datetime) -> bool:
    """Tell whether a look is due: every two hours, when the next sweep is the next thing to happen."""
    minutes = (clock() - began_at) // timedelta(minutes=1)
    return minutes % 120 == 45


def _oldest(url: str) -> int | None:
    engine = create_engine(make_url(url))
    with engine.connect() as connection:
        found = [
            connection.execute(select(func.min(column))).scalar_one()
            for column in (answer_record.c.at, answer_gap.c.ends_at)
        ]
    engine.dispose()
    return min((one for one in found if one is not None), default=None)
