"""A register service that stops while somebody else writes: callers are told, and nothing is done afterwards."""

import dataclasses
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import make_url

from gateway.register.locks import FileLock
from gateway.register_service import wording
from gateway.register_service.client import CallRefusedError, FeedFile, NoAnswerError
from gateway.register_service.payloads import ID_BYTES
from tests.integration.register_site import LIST, RegisterSite, feed_bytes, rows
from tests.integration.waiting import eventually, waiters_for

pytestmark = pytest.mark.integration


def stopping_soon(folder: Path) -> RegisterSite:
    """Return a site whose services leave calls in flight two seconds."""
    site = RegisterSite(folder, pack="cn-joint-discipline")
    gateway = dataclasses.replace(site.settings.gateway, drain_seconds=2)
    site.settings = dataclasses.replace(site.settings, gateway=gateway)
    return site


def test_a_change_that_waits_for_its_turn_is_refused_when_the_service_stops(tmp_path: Path) -> None:
    """No thread is left for the end of the process to wait for, and the change is not made once the turn is free."""
    site = stopping_soon(tmp_path / "site")
    feed = tmp_path / "feed.jsonl"
    feed.write_bytes(feed_bytes(rows(1)))
    failures: list[Exception] = []
    before = _pooled()
    with site.serving() as servers, site.client() as client:
        client.submit(FeedFile(feed, "jsonl", LIST), lambda _: None, timeout_seconds=60)
        (reference,) = site.references()
        change = wording.new_change(bytes(ID_BYTES), reference, "(2026) 7", None)
        wording.fill(change, "release", {"reason": "performed"})

        def release() -> None:
            try:
                client.change(change)
            except (CallRefusedError, NoAnswerError) as error:
                failures.append(error)

        turns = FileLock(Path(f"{make_url(site.settings.database_url).database}-writer"))
        caller = threading.Thread(target=release)
        with turns.held():
            caller.start()
            eventually(lambda: waiters_for(turns.path) == 1, "the change waits")
            servers.stop()
            caller.join()
            for room in servers._rooms:  # noqa: SLF001 as Python does when a process ends
                room.pool.shutdown(wait=False)
            eventually(lambda: not _pooled() - before, "the process could end", seconds=20)
        eventually(lambda: waiters_for(turns.path) == 0, "the turn is free")
        assert site.references() == [reference]
    assert len(failures) == 1
    assert "nothing was done" in str(failures[0])


def _pooled() -> set[threading.Thread]:
    """Return the threads that answer calls, for which the end of the process would wait."""
    return {one for one in threading.enumerate() if one.name.startswith("answer")}


def test_an_import_whose_caller_has_gone_does_not_hold_the_service_up(tmp_path: Path) -> None:
    """It waits for its turn to write; no call tells of it, and it is broken off with the drain."""
    site = stopping_soon(tmp_path / "site")
    with site.serving() as servers:
        turns = FileLock(Path(f"{make_url(site.settings.database_url).database}-writer"))
        with turns.held(), site.client() as client:
            feed = tmp_path / "feed.jsonl"
            feed.write_bytes(feed_bytes(rows(1)))
            with pytest.raises(NoAnswerError):
                client.submit(FeedFile(feed, "jsonl", LIST), lambda _: None, timeout_seconds=1)
            eventually(lambda: waiters_for(turns.path) == 1, "the import waits")
            began = time.monotonic()
            servers.stop()
            assert time.monotonic() - began < 10  # of the thirty seconds that it may wait
        assert site.references() == []
