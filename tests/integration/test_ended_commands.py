"""A command that SIGTERM or SIGHUP ends: it leaves nothing half written, and its status names the signal."""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import make_url

from gateway.cli import main
from gateway.config import load_settings
from gateway.confirmation import confirm
from gateway.packs import site_pack_with_tables
from gateway.register.locks import FileLock
from tests.fakes.fixed_clock import MORNING
from tests.integration.child import Child, group_members
from tests.integration.live_site import LivePlan, LiveSite
from tests.integration.waiting import eventually

pytestmark = pytest.mark.integration


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The settings of an empty site whose pack is confirmed, with a feed beside them."""
    path = tmp_path / "jointgate.toml"
    path.write_text("", encoding="utf-8")
    pack, tables = site_pack_with_tables(load_settings(path))
    confirm(tmp_path, pack, tables, now=MORNING)
    feed = str(tmp_path / "feed.jsonl")
    assert main(["synth", "--parties", "10", "--seed", "1", "--out", feed]) == 0
    return path


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda one: one.name)
def test_an_import_that_waits_ends_and_leaves_no_part_of_its_report(
    site: Path, number: signal.Signals
) -> None:
    """It waits for another import's lock, which never is free; the report of the last time stays as it was."""
    report = site.with_name("report.jsonl")
    report.write_text("the last one", encoding="utf-8")
    words = ["import", str(site.with_name("feed.jsonl")), "--list", "consumption-limited"]
    command = [sys.executable, "-m", "gateway", "--config", str(site), *words]
    database = make_url(load_settings(site).database_url).database
    with ExitStack() as stack:
        stack.enter_context(FileLock(Path(f"{database}-import")).held())
        child = Child(
            [*command, "--report", str(report)],
            environment=os.environ,
            log=site.with_name("log"),
        )
        stack.callback(child.end)
        eventually(lambda: "waiting for another import" in child.output(), "the import waits")
        assert list(site.parent.glob(".*.part"))
        child.send(number)
        assert child.wait() == 128 + number
    assert child.output().endswith(f"jointgate: ended by {number.name}\n")
    assert not list(site.parent.glob(".*.part"))
    assert report.read_text(encoding="utf-8") == "the last one"


def test_a_signal_that_is_ignored_from_the_start_stays_ignored() -> None:
    """Who starts a command with nohup means it; what a server put in place is left there as well."""
    script = (
        "import signal; from gateway.cli.ending_signals import raised_when_ended as raised\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "with raised():\n"
        "    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN\n"
        "    assert callable(signal.getsignal(signal.SIGTERM))\n"
        "assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL\n"
        "with raised():\n"
        "    signal.signal(signal.SIGTERM, print)\n"
        "assert signal.getsignal(signal.SIGTERM) is print\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)  # noqa: S603 - the test's own program


def test_a_server_that_is_ended_twice_ends_once(tmp_path: Path) -> None:
    """What sends SIGTERM may send SIGHUP right behind it: the drain goes on, and no process is left."""
    with LiveSite(tmp_path / "site", LivePlan()) as site:
        site.start()
        site.start_register()
        for server in (site.gateway, site.register_service, site.publisher):
            assert server is not None
            members = group_members(server.pid)
            server.send(signal.SIGTERM)
            time.sleep(0.1)
            if server.is_running:
                server.send(signal.SIGHUP)
            # When all is done and Python itself ends, a signal ends it at once.
            assert server.wait() in {0, -signal.SIGHUP}
            eventually(partial(_are_gone, members), "all have ended")


def _are_gone(members: list[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in members)


def test_servers_end_cleanly_when_their_terminal_is_gone(tmp_path: Path) -> None:
    """SIGHUP asks them to stop like SIGTERM does."""
    with LiveSite(tmp_path / "site", LivePlan()) as site:
        site.start()
        for server in (site.gateway, site.publisher):
            assert server is not None
            server.send(signal.SIGHUP)
            assert server.wait() == 0
