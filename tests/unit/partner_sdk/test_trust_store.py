"""Tests of the trust store."""

import fcntl
import math
import time
from pathlib import Path
from threading import Thread

import pytest

from partner_sdk.errors import ConfigurationError, DeadlineError
from partner_sdk.trust_store import TrustStore


def test_the_folder_is_private(tmp_path: Path) -> None:
    """Only its owner can reach the trust store."""
    TrustStore(tmp_path / "trust")
    assert (tmp_path / "trust").stat().st_mode & 0o777 == 0o700


def test_the_number_never_goes_down(tmp_path: Path) -> None:
    """A lower number does not replace a higher one."""
    store = TrustStore(tmp_path / "trust")
    assert store.highest_snapshot() == 0
    for number in (5, 3, 5, 4):
        store.record_snapshot(number)
    assert store.highest_snapshot() == 5


def test_the_number_is_shared_and_kept(tmp_path: Path) -> None:
    """Another user of the same folder, and a later one, sees the number."""
    here, there = TrustStore(tmp_path / "trust"), TrustStore(tmp_path / "trust")
    here.record_snapshot(7)
    assert there.highest_snapshot() == 7
    assert TrustStore(tmp_path / "trust").highest_snapshot() == 7


def test_many_writers_leave_the_highest(tmp_path: Path) -> None:
    """Whatever order threads write in, the highest number stays."""
    threads = [
        Thread(target=TrustStore(tmp_path / "trust").record_snapshot, args=(number,))
        for number in range(1, 30)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert TrustStore(tmp_path / "trust").highest_snapshot() == 29
    assert not list((tmp_path / "trust").glob(".highest-*"))


def test_a_number_is_kept_while_somebody_fetches(tmp_path: Path) -> None:
    """An answer that is there does not wait for another one's network."""
    here, there = TrustStore(tmp_path / "trust"), TrustStore(tmp_path / "trust")
    with here.locked(math.inf):
        there.record_snapshot(7, time.monotonic() + 5)
    assert here.highest_snapshot() == 7


def test_nobody_waits_for_the_folder_beyond_his_deadline(tmp_path: Path) -> None:
    """While somebody else holds it, the call ends when its time is over; so it does while the number is written."""
    here, there = TrustStore(tmp_path / "trust"), TrustStore(tmp_path / "trust")
    late = there.locked(time.monotonic() + 0.02)
    with here.locked(math.inf), pytest.raises(DeadlineError, match="no time was left"), late:
        pass
    with (tmp_path / "trust" / "highest-snapshot-lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(DeadlineError, match="no time was left"):
            there.record_snapshot(7, time.monotonic() + 0.02)
    assert there.highest_snapshot() == 0
    there.record_snapshot(7, time.monotonic())
    assert there.highest_snapshot() == 7


@pytest.mark.parametrize("content", [b"", b"7", b"-7\n", b"seven\n", b"\xff\n", b"7\n7\n"])
def test_a_damaged_number_stops_everything(tmp_path: Path, content: bytes) -> None:
    """Nobody guesses what a damaged number was."""
    store = TrustStore(tmp_path / "trust")
    (tmp_path / "trust" / "highest-snapshot").write_bytes(content)
    with pytest.raises(ConfigurationError, match="damaged"):
        store.highest_snapshot()
    with pytest.raises(ConfigurationError, match="damaged"):
        store.record_snapshot(9)


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    """A file in the folder's place is a configuration error and not a library's."""
    (tmp_path / "trust").write_bytes(b"")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        TrustStore(tmp_path / "trust")
