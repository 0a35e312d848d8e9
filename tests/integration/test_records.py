"""Records of answers in a running site: what leaves one, and what happens to them whatever dies.

Every record that is missing must stand in a gap, and every gap must verify with the key that the site publishes.
"""

import json
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import make_url, select

from gateway.clock import system_clock
from gateway.recording.gaps import microseconds_at
from gateway.register.records import RecordBook, RecordedGap, StreamEntry, StreamPosition
from gateway.register.schema import answer_record
from jointgate.decision.v1 import decision_pb2 as pb
from sanctions_matrix.documents import Document
from sanctions_matrix.synthetic import citizen_number
from tests.fakes.gap_signatures import verify_gap
from tests.integration.conftest import Figure, SiteMaker
from tests.integration.live_site import LivePlan, LiveSite
from tests.integration.raw_partner import RawPartner, Reply, decision_in
from tests.integration.waiting import eventually

pytestmark = pytest.mark.integration

_UNLISTED = citizen_number(7)
_LEASE_SECONDS = 300
_QUEUE = 20


@dataclass(frozen=True, slots=True)
class _Kept:
    """A record, as it stands in the register."""

    at: int
    receipt: bytes
    partner: str
    action: str
    reference: str


@pytest.fixture
def site(make_site: SiteMaker) -> Iterator[LiveSite]:
    """Return a site of this test's own, with one worker and a short queue, started."""
    site = make_site(
        LivePlan(
            publisher={"lease_seconds": _LEASE_SECONDS},
            gateway={"workers": 1, "drain_seconds": 5},
            records={"queue": _QUEUE},
        )
    )
    site.import_synthetic(60)
    site.start()
    yield site
    site.close()


def test_restricting_answers_leave_records_and_no_others(site: LiveSite) -> None:
    """One row for each listing a RESTRICTED or REFERRED answer named, single or in a batch; nothing of any other."""
    listed = site.restricted_citizens()[:3]
    with RawPartner(site.identity("portal")) as partner:
        single = partner.ask(listed[0][0].number)
        referred = partner.ask(listed[1][0].number, _first_class)
        numbers = [listed[2][0].number, _UNLISTED]
        wrong = partner.query(_UNLISTED[:-1] + "?")
        queries = [*(partner.query(number) for number in numbers), wrong]
        batch = partner.batch_check(partner.batch_request(queries))
        assert decision_in(partner.ask(_UNLISTED)).outcome == pb.OUTCOME_PERMITTED
        assert partner.ask(_UNLISTED[:-1] + "?").code == "INVALID_ARGUMENT"
    items = pb.BatchCheckResponse.FromString(batch.content).items
    assert [item.WhichOneof("item") for item in items] == ["decision", "decision", "refusal"]
    assert decision_in(single).outcome == pb.OUTCOME_RESTRICTED
    assert decision_in(referred).outcome == pb.OUTCOME_REFERRED
    expected = [_expected(_payload(single)), _expected(_payload(referred), "rail.travel")]
    expected.append(_expected(items[0].decision))
    assert [row.reference for row in expected] == [listing.reference for _, listing in listed]
    kept = _await_records(site, 3)
    assert kept == expected
    assert site.gateway is not None
    assert site.gateway.stop() == 0
    assert _records(site) == expected
    assert _gaps(site) == []
    assert _marks(site) == []


def test_a_killed_recorder_loses_nothing_and_doubles_nothing(site: LiveSite) -> None:
    """Answers given before, while and after the recorder is killed each have one record, and there is no gap."""
    digests = _ask(site, 10)
    _await_records(site, 10)
    recorder = _recorder_of(site)
    os.kill(recorder, signal.SIGKILL)
    digests += _ask(site, 10)
    eventually(lambda: _other_recorder(site, recorder), "there is a new recorder")
    digests += _ask(site, 5)
    assert [row.receipt for row in _await_records(site, 25)] == digests
    assert _gaps(site) == []


def test_a_killed_worker_leaves_a_gap(site: LiveSite) -> None:
    """What a killed worker had not delivered stands in a gap of unknown size that the recorder signed."""
    digests = _ask(site, 5)
    _await_records(site, 5)
    killed_at = system_clock()
    (worker,) = site.worker_pids()
    os.kill(worker, signal.SIGKILL)
    (gap,) = _await_gaps(site, 1)
    assert verify_gap(gap, _published_keys(site))["cause"] == "worker-ended"
    assert gap.lost is None
    assert gap.starts_at <= killed_at <= gap.ends_at
    assert gap.ends_at - gap.starts_at < timedelta(seconds=60)
    eventually(lambda: len(site.worker_pids()) == 1, "there is another worker")
    site.await_serving()
    digests += _ask(site, 2)
    assert [row.receipt for row in _await_records(site, 7)] == digests


def test_a_worker_and_the_recorder_killed_together_leave_a_gap(site: LiveSite) -> None:
    """The next recorder finds by its mark a worker of which it never heard, and signs the gap in its place."""
    document = _listed(site)
    with _locked(site):
        digests = _ask(site, 3, document)
        (worker,), recorder = site.worker_pids(), _recorder_of(site)
        os.kill(recorder, signal.SIGKILL)
        os.kill(worker, signal.SIGKILL)
        eventually(lambda: _other_recorder(site, recorder), "there is a new recorder")
    (gap,) = _await_gaps(site, 1)
    assert verify_gap(gap, _published_keys(site))["cause"] == "worker-ended"
    assert gap.lost is None
    assert digests
    eventually(lambda: len(_marks(site)) == 1, "only the new worker has a mark")


def test_a_full_queue_is_counted_to_the_record(site: LiveSite, figure: Figure) -> None:
    """While the register is locked answers go on; what the queue cannot hold is a gap with exactly their number."""
    document = _listed(site)
    with _locked(site):
        digests = _ask(site, _QUEUE + 7, document)
        printed = eventually(
            lambda: _said(site, "records wait"), "the recorder says so", seconds=30
        )
        assert len(digests) == _QUEUE + 7
    (gap,) = _await_gaps(site, 1)
    kept = _await_records(site, _QUEUE)
    told = verify_gap(gap, _published_keys(site))
    figure(f"kept {len(kept)}, lost {gap.lost}; said {len(printed)} times")
    assert (told["cause"], told["first"], gap.lost) == ("queue-full", _QUEUE, 7)
    assert [row.receipt for row in kept] == digests[:_QUEUE]
    assert len(printed) == 1
    assert _ask(site, 1) == [_await_records(site, _QUEUE + 1)[-1].receipt]


def test_a_drain_delivers_what_waits(site: LiveSite) -> None:
    """SIGTERM right after the last answer: the records are in the register, no mark stays, the status is 0."""
    digests = _ask(site, 15)
    assert site.gateway is not None
    assert site.gateway.stop() == 0
    assert [row.receipt for row in _records(site)] == digests
    assert _gaps(site) == []
    assert _marks(site) == []


def test_a_drain_without_the_register_is_counted_at_the_next_start(site: LiveSite) -> None:
    """What could not be delivered before the end is a gap with exactly its number, once there is a recorder again."""
    document = _listed(site)
    with _locked(site):
        digests = _ask(site, 4, document)
        assert site.gateway is not None
        assert site.gateway.stop() == 0
    assert len(digests) == 4
    assert _records(site) == []
    site.start_gateway()
    (gap,) = _await_gaps(site, 1)
    told = verify_gap(gap, _published_keys(site))
    assert (told["cause"], told["first"], gap.lost) == ("worker-ended", 0, 4)


def test_what_is_older_than_its_term_goes_at_start(site: LiveSite) -> None:
    """A gateway that starts deletes what reached its term while none ran; the command does the same by hand."""
    assert site.gateway is not None
    assert site.gateway.stop() == 0
    now = system_clock()
    old, young = now - timedelta(days=30, hours=1), now - timedelta(days=29)
    _put(site, old, young)
    site.start_gateway()
    eventually(lambda: len(_records(site)) == 1, "the old record is gone")
    assert [row.at for row in _records(site)] == [microseconds_at(young)]
    assert site.gateway.stop() == 0
    _put(site, old)
    purged = site.run("records", "--purge", "--json")
    assert (purged.returncode, json.loads(purged.stdout)["deleted"]) == (0, 1)
    assert len(_records(site)) == 1


def test_switched_off_there_is_nothing(make_site: SiteMaker) -> None:
    """Without records there is no recorder, no folder of its own and no row, and answers are the same."""
    site = make_site(LivePlan(gateway={"workers": 1}, records={"enabled": False}))
    site.import_synthetic(60)
    site.start()
    assert len(_ask(site, 3)) == 3
    with pytest.raises(ValueError, match="not enough values"):
        site.recorder_pid()
    assert site.gateway is not None
    assert site.gateway.stop() == 0
    assert not (site.folder / "recording").exists()
    assert _records(site) == []
    site.close()


def test_without_its_folder_answers_go_on(make_site: SiteMaker) -> None:
    """Where nothing can be recorded answers are the same, the log says why once, and how many were lost at the end."""
    site = make_site(LivePlan(gateway={"workers": 1, "drain_seconds": 2}))
    site.import_synthetic(60)
    (site.folder / "recording").write_text("not a folder")
    site.start()
    assert len(_ask(site, 3)) == 3
    eventually(lambda: _said(site, "records cannot be taken"), "the recorder says so")
    assert site.gateway is not None
    assert site.gateway.stop() == 0
    assert len(_said(site, "records cannot be taken")) == 1
    assert len(_said(site, "a worker's mark cannot be written")) == 1
    assert len(_said(site, "3 records are lost")) == 1
    site.close()


def test_the_command_counts_by_reference_only(site: LiveSite) -> None:
    """It tells how many answers named a listing; it has no way to ask what was answered without a reference."""
    _, listing = site.restricted_citizens()[0]
    _ask(site, 3)
    _await_records(site, 3)
    counted = site.run("records", listing.reference, "--json")
    today = datetime.now(UTC).date().isoformat()
    told = json.loads(counted.stdout)
    assert counted.returncode == 0
    assert told["answers"] == 3
    assert sum(day["answers"] for day in told["days"]) == 3
    assert {(day["partner"], day["action"]) for day in told["days"]} == {("portal", "air.travel")}
    assert today in {day["day"] for day in told["days"]} or told["days"]
    assert "3 answers named" in site.run("records", listing.reference).stdout
    assert json.loads(site.run("records", "--gaps", "--json").stdout) == {"gaps": []}
    assert site.run("records").returncode == 2
    wrong = site.run("records", _UNLISTED)
    assert wrong.returncode == 2
    assert _UNLISTED not in wrong.stderr + wrong.stdout


# --- asking and looking ---------------------------------------------------------------------------


def _listed(site: LiveSite) -> Document:
    """Return a restricted party; to be known before the register is locked."""
    return site.restricted_citizens()[0][0]


def _ask(site: LiveSite, times: int, document: Document | None = None) -> list[bytes]:
    """Ask about one restricted party; return the digests of the receipts, in their order."""
    document = document or _listed(site)
    with RawPartner(site.identity("portal")) as partner:
        replies = [partner.ask(document.number) for _ in range(times)]
    assert {decision_in(reply).outcome for reply in replies} == {pb.OUTCOME_RESTRICTED}
    return [sha256(_payload(reply)).digest() for reply in replies]


def _first_class(query: pb.Query) -> None:
    """Turn the question into one that a person has to answer: first class on a train that may be an EMU train."""
    query.rail_travel.train = pb.TRAIN_CLASS_OTHER
    query.rail_travel.seat = pb.SEAT_CLASS_FIRST


def _payload(reply: Reply) -> bytes:
    assert reply.code == "OK", f"{reply.code} {reply.reason} {reply.message}"
    return pb.CheckResponse.FromString(reply.content).decision.payload


def _expected(payload: bytes, action: str = "air.travel") -> _Kept:
    """Return the one record that an answer must leave."""
    decision = pb.Decision.FromString(payload)
    (reference,) = {ground.listing_reference for ground in decision.grounds}
    return _Kept(
        at=microseconds_at(decision.evaluated_at.ToDatetime(UTC)),
        receipt=sha256(payload).digest(),
        partner="portal",
        action=action,
        reference=reference,
    )


@contextmanager
def _book(site: LiveSite) -> Iterator[RecordBook]:
    with RecordBook.open(site.settings.database_url) as book:
        yield book


def _records(site: LiveSite) -> list[_Kept]:
    columns = [
        answer_record.c[name] for name in ("at", "receipt", "partner", "action", "reference")
    ]
    with closing(sqlite3.connect(f"file:{_file(site)}?mode=ro", uri=True)) as connection:
        query = str(select(*columns).order_by(answer_record.c.id))
        return [_Kept(*row) for row in connection.execute(query)]


def _gaps(site: LiveSite) -> list[RecordedGap]:
    with _book(site) as book:
        return book.gaps()


def _await_records(site: LiveSite, count: int) -> list[_Kept]:
    eventually(lambda: len(_records(site)) >= count, f"{count} records are written")
    kept = _records(site)
    assert len(kept) == count
    return kept


def _await_gaps(site: LiveSite, count: int) -> list[RecordedGap]:
    eventually(lambda: len(_gaps(site)) >= count, f"{count} gaps are written")
    gaps = _gaps(site)
    assert len(gaps) == count
    return gaps


def _put(site: LiveSite, *instants: datetime) -> None:
    rows = [
        {
            "at": microseconds_at(at),
            "receipt": bytes(32),
            "partner": "portal",
            "action": "air.travel",
            "reference": "L-aaaaaaaaaaaaaaaa",
        }
        for at in instants
    ]
    with _book(site) as book:
        position = StreamPosition(len(rows), microseconds_at(system_clock()))
        book.write([StreamEntry(bytes(16), position, rows, is_over=True)])


@contextmanager
def _locked(site: LiveSite) -> Iterator[None]:
    """Keep the register locked, as another process with a long transaction does."""
    with closing(sqlite3.connect(_file(site), isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def _file(site: LiveSite) -> Path:
    return Path(str(make_url(site.settings.database_url).database))


def _marks(site: LiveSite) -> list[Path]:
    return sorted((site.folder / "recording").glob("*.stream"))


def _said(site: LiveSite, words: str) -> list[str]:
    return [line for line in site.printed().splitlines() if words in line]


def _recorder_of(site: LiveSite) -> int:
    """Return the recorder's id; a recorder may begin later than the workers answer."""
    return eventually(lambda: _other_recorder(site, 0), "there is a recorder")


def _other_recorder(site: LiveSite, old: int) -> int | None:
    """Return the recorder's id, if there is one that is not ``old``."""
    try:
        found = site.recorder_pid()
    except ValueError:
        return None
    return found if found != old else None


def _published_keys(site: LiveSite) -> bytes:
    """Return the target that names the decision keys, as the site publishes it."""
    folder = site.folder / "repository" / "targets" / "decision-keys"
    return max(folder.glob("*.current.json"), key=lambda file: file.stat().st_mtime).read_bytes()
