"""The RegisterService over a real socket, on every database that the register runs on."""

import dataclasses
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway.errors import SettingsError
from gateway.register.engine import open_engines
from gateway.register_service.client import CallRefusedError, FeedFile
from jointgate.register.v1 import register_pb2 as pb
from tests.fakes.in_memory_feed import person_row
from tests.integration.register_site import (
    COURT,
    LIST,
    TRANSPORT,
    Refusal,
    RegisterSite,
    air_row,
    feed_bytes,
    register_site,
    rows,
)
from tests.integration.waiting import eventually

pytestmark = pytest.mark.integration


@pytest.fixture
def site(register_url: str, tmp_path: Path) -> Iterator[RegisterSite]:
    """A site whose register is empty."""
    with register_site(tmp_path / "site", database_url=register_url) as made:
        yield made


@pytest.fixture
def elsewhere(register_url: str, site: RegisterSite) -> Iterator[ExitStack]:
    """Another import of the same register, which goes on until this is closed."""
    assert site.references() == []
    engines = open_engines(register_url)
    with ExitStack() as importing:
        importing.enter_context(engines.imports.held())
        yield importing
    engines.writer.dispose()


def test_a_feed_is_imported_and_told(site: RegisterSite, tmp_path: Path) -> None:
    """Good rows are admitted, a bad one is told with its rule in both languages, and GetSubmission tells the same."""
    bad = person_row(9, ground="because")
    path = tmp_path / "feed.jsonl"
    path.write_bytes(feed_bytes([*rows(3), bad]))
    phases = []
    with site.client() as client:
        outcome = client.submit(
            FeedFile(path, "jsonl", LIST), lambda told: phases.append(told.phase)
        )
        again = client.submission(outcome.submission_id)
    assert (outcome.counts.rows, outcome.counts.added, outcome.counts.quarantined) == (4, 3, 1)
    assert (outcome.change, outcome.is_repeated) == (1, False)
    (line,) = outcome.quarantine
    assert (line.line, [one.rule for one in line.violations]) == (5, ["A3"])
    assert all(one.message_en and one.message_zh for one in line.violations)
    assert phases[0] == pb.SUBMISSION_PHASE_RECEIVING
    assert pb.SUBMISSION_PHASE_WAITING in phases
    assert len(site.references()) == 3
    assert again.is_repeated
    again.is_repeated = False
    assert again == outcome


def test_a_submission_waits_for_another_import_and_says_so(
    site: RegisterSite, elsewhere: ExitStack, tmp_path: Path
) -> None:
    """While somebody else imports, the authority is told that its feed waits; then it is imported."""
    path = tmp_path / "feed.jsonl"
    path.write_bytes(feed_bytes(rows(2)))
    phases = []
    with site.client() as client:

        def told(progress: pb.SubmissionProgress) -> None:
            phases.append(progress.phase)
            if phases.count(pb.SUBMISSION_PHASE_WAITING) == 3:
                elsewhere.close()

        outcome = client.submit(FeedFile(path, "jsonl", LIST), told)
    assert outcome.counts.added == 2
    assert phases.count(pb.SUBMISSION_PHASE_WAITING) >= 3


def test_what_waits_keeps_its_place_when_its_caller_goes(
    site: RegisterSite, elsewhere: ExitStack
) -> None:
    """Who sends feeds and hangs up fills neither disk nor queue: the next is refused until those are imported."""
    court = site.raw("court")
    contents = [feed_bytes(rows(2), sequence=sequence) for sequence in (1, 2, 3)]
    for content in contents[:2]:
        court.submit_and_go(content)
    refused = court.submit(contents[2]).refusal
    assert refused is not None
    assert refused.reason == "OVERLOADED"
    elsewhere.close()
    eventually(lambda: court.submit(contents[2]).outcome, "the places are free again")
    assert len(site.references()) == 2


def test_a_service_that_stops_does_not_wait_for_another_import(
    site: RegisterSite, elsewhere: ExitStack, tmp_path: Path
) -> None:
    """A submission that waits for somebody else's import is broken off when the drain is over, and told why."""
    path = tmp_path / "feed.jsonl"
    path.write_bytes(feed_bytes(rows(2)))
    gateway = dataclasses.replace(site.settings.gateway, drain_seconds=5)
    site.settings = dataclasses.replace(site.settings, gateway=gateway)
    phases = []
    with site.serving() as servers, site.client() as client:
        stopping = threading.Thread(target=servers.stop)

        def told(progress: pb.SubmissionProgress) -> None:
            phases.append(progress.phase)
            if phases.count(pb.SUBMISSION_PHASE_WAITING) == 2:
                stopping.start()

        with pytest.raises(CallRefusedError) as caught:
            client.submit(FeedFile(path, "jsonl", LIST), told)
        stopping.join(timeout=30)
        is_stopped = not stopping.is_alive()
        elsewhere.close()
        stopping.join()
        assert site.references() == []
    assert is_stopped
    assert caught.value.reason == "STOPPING"


def test_the_same_submission_changes_nothing(site: RegisterSite) -> None:
    """Sent again under the same id, or the same bytes under another, nothing is imported twice."""
    court, content = site.raw("court"), feed_bytes(rows(2))
    first = court.submit(content).outcome
    again = court.submit(content).outcome
    other = court.submit(content, submission_id=bytes(16)).outcome
    assert first is not None
    assert again is not None
    assert other is not None
    assert (first.is_repeated, again.is_repeated, other.is_repeated) == (False, True, True)
    assert (again.feed, other.feed) == (first.feed, first.feed)
    assert (again.counts, again.change) == (first.counts, first.change)
    assert site.register.last_change() == first.change


def test_an_id_is_not_taken_for_other_content(site: RegisterSite) -> None:
    """An id that was used stays with its content; nothing is imported under it again."""
    court = site.raw("court")
    assert court.submit(feed_bytes(rows(2)), submission_id=bytes(16)).outcome is not None
    refused = court.submit(feed_bytes(rows(3), sequence=2), submission_id=bytes(16)).refusal
    assert refused is not None
    assert refused.reason == "SUBMISSION_REUSED"
    assert len(site.references()) == 2


def test_an_id_of_one_authority_means_nothing_to_another(site: RegisterSite) -> None:
    """Two authorities may use the same id, and neither can ask for the other's outcome."""
    content = feed_bytes([air_row(1)], list="air-restricted", authority="x")
    content = content.replace(b'"x"', b'"Synthetic Transport Administration of Utopia"')
    assert site.raw("court").submit(feed_bytes(rows(2)), submission_id=bytes(16)).outcome
    with site.client("transport") as client, pytest.raises(CallRefusedError) as caught:
        client.submission(bytes(16))
    assert caught.value.reason == "SUBMISSION_NOT_FOUND"
    sent = site.raw("transport").submit(content, submission_id=bytes(16))
    assert sent.outcome is not None, sent.refusal


def test_a_change_is_made_once(site: RegisterSite) -> None:
    """A release ends the listing; the same signed again changes nothing and tells the same number."""
    court = site.raw("court")
    court.submit(feed_bytes(rows(2)))
    reference = site.references()[0]
    first = court.order(court.change(reference))
    again = court.order(court.change(reference))
    assert isinstance(first, pb.ChangeListingResponse)
    assert isinstance(again, pb.ChangeListingResponse)
    assert (first.state, first.is_repeated) == (pb.LISTING_STATE_ENDED, False)
    assert (again.change, again.is_repeated) == (first.change, True)
    assert site.register.last_change() == first.change
    assert reference not in site.references()


def test_a_change_that_lost_to_another_does_nothing(site: RegisterSite) -> None:
    """Whoever expects an older state is told so, and the listing is as the other left it."""
    court = site.raw("court")
    court.submit(feed_bytes(rows(1)))
    (reference,) = site.references()
    seen = site.register.show(reference).change
    stay = court.change(reference, change_id=bytes(16), release=None, stay=pb.Stay())
    stayed = court.order(stay)
    assert isinstance(stayed, pb.ChangeListingResponse)
    lost = court.order(court.change(reference, expected_change=seen))
    assert isinstance(lost, Refusal)
    assert (lost.reason, lost.code) == ("CHANGED_MEANWHILE", "ABORTED")
    assert site.register.last_change() == stayed.change
    won = court.order(court.change(reference, expected_change=stayed.change))
    assert isinstance(won, pb.ChangeListingResponse)


def test_what_was_done_survives_a_restart(site: RegisterSite) -> None:
    """A service that starts again knows submissions and changes by their ids."""
    content = feed_bytes(rows(2))
    court = site.raw("court")
    first = court.submit(content).outcome
    reference = site.references()[0]
    done = court.order(court.change(reference))
    with site.serving():
        court = site.raw("court")
        assert court.submit(content).outcome is not None
        again = court.order(court.change(reference))
    assert isinstance(done, pb.ChangeListingResponse)
    assert isinstance(again, pb.ChangeListingResponse)
    assert (again.change, again.is_repeated) == (done.change, True)
    assert first is not None


def test_an_authority_keeps_the_name_of_its_feeds(site: RegisterSite) -> None:
    """With another name in the registry the services do not start, and say which to give back."""
    assert site.raw("court").submit(feed_bytes(rows(2))).outcome is not None
    registry = site.settings.authorities
    text = registry.read_text("utf-8")
    registry.write_text(text.replace(COURT, "Supreme Court of Utopia"), "utf-8")
    with pytest.raises(SettingsError) as caught, site.serving():
        pass
    assert f"court: its feeds are held under the name {COURT!r}" in str(caught.value)
    registry.write_text(text.replace(TRANSPORT, "Transport Office of Utopia"), "utf-8")
    with site.serving():
        assert len(site.references()) == 2
