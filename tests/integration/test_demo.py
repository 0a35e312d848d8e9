"""``jointgate demo`` from the outside: what it shows, how it ends, and that it leaves nothing behind.

Responsible for: the whole demonstration, an interruption in the middle, a failure in the middle.
Not responsible for: the single parts, which have tests of their own wherever they come from.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

PARTIES = "1000"
LONGEST_SECONDS = 60.0
KEY_LINES = (
    r"import +1,000 rows admitted, 0 quarantined",
    r"import +three rows written by hand for air-restricted: 1 admitted, 2 quarantined",
    r"line 3 +A9: ",
    r"publish +snapshot 1: [\d,]+ documents",
    r"serve +127\.0\.0\.1:\d+, TLS with client certificates, 2 workers; health: SERVING",
    r"RESTRICTED +May citizen …\w{4}, listed by a court, take a flight\?",
    r"why +A party limited from high consumption may not travel by air\.",
    r"until +performance, a settlement with the creditor's consent, or adequate security",
    r"contest +Synthetic People's Court of District \d+",
    r"PERMITTED +May citizen …0016, who is on no list, take one\?",
    r"RESTRICTED +May …\w{4}, responsible for a listed organisation, take the G train\?",
    r"PERMITTED +May citizen …\w{4} take a hard seat on a K train\?",
    r"RESTRICTED +May citizen …\w{4} stay at a three-star hotel\?",
    r"PERMITTED +May citizen …\w{4} stay at a guest house without stars\?",
    r"RESTRICTED +May organisation …\w{4}, listed by a court, buy real estate\?",
    r"REFERRED +May citizen …\w{4} buy luxury goods\?",
    r"cn-ric: the check digit does not fit the number",
    r"PERMISSION_DENIED, ACTION_NOT_ALLOWED",
    r"answers +\d+ PERMITTED, \d+ RESTRICTED: exactly those whose listing is in force today",
    r"rate +[\d,]+ a second",
    r"after +\d+ ms after the commit, on snapshot \d+",
    r"serve +SIGTERM: drained, exit status 0",
    r"VERIFIED +The receipt of the first answer, without a network",
    r"SDK +InclusionError: the decision is not part of the signed tree",
    r"no process and no file is left\.",
)


@contextmanager
def demonstration(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the demonstration with its temporary folder inside ``folder``; its output goes to files there."""
    environment = {**os.environ, "TMPDIR": str(folder), "COLUMNS": "100"}
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        demo = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "gateway", "demo", "--parties", PARTIES],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=environment,
        )
        try:
            yield demo
        finally:
            demo.terminate()
            demo.wait(LONGEST_SECONDS)


def running(folder: Path) -> dict[int, str]:
    """Return the command lines of the processes that have ``folder`` in their arguments or environment."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            arguments, environment = (
                (place / name).read_bytes() for name in ("cmdline", "environ")
            )
        except OSError:  # ended meanwhile, or somebody else's
            continue
        if os.fsencode(folder) in arguments + environment:
            found[int(place.name)] = arguments.replace(b"\0", b" ").decode(errors="replace")
    return found


def await_shown(folder: Path, pattern: str, demo: subprocess.Popen[bytes]) -> None:
    """Wait until the demonstration has printed ``pattern``."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while not re.search(pattern, (folder / "out").read_text("utf-8")):
        assert demo.poll() is None, (folder / "err").read_text("utf-8")
        assert time.monotonic() < deadline, (folder / "out").read_text("utf-8")
        time.sleep(0.05)


def assert_nothing_left(folder: Path) -> None:
    """Require that no process and nothing but the two output files is left."""
    assert running(folder) == {}
    assert sorted(path.name for path in folder.iterdir()) == ["err", "out"]


def test_demo_shows_everything(tmp_path: Path) -> None:
    """The demonstration ends by itself within a minute with status 0, shows every part, and leaves nothing behind."""
    began = time.monotonic()
    with demonstration(tmp_path) as demo:
        status = demo.wait(2 * LONGEST_SECONDS)
    elapsed = time.monotonic() - began
    shown = (tmp_path / "out").read_text("utf-8")
    assert (status, (tmp_path / "err").read_text("utf-8")) == (0, "")
    assert [line for line in KEY_LINES if not re.search(line, shown)] == []
    assert max(map(len, shown.splitlines())) <= 100
    assert "\x1b" not in shown
    assert elapsed < LONGEST_SECONDS
    assert_nothing_left(tmp_path)


@pytest.mark.parametrize("moment", ["synth +1,000", "Four partners ask"])
def test_demo_interrupted(tmp_path: Path, moment: str) -> None:
    """Ctrl-C while the register is filled, or while partners ask, stops everything and removes everything."""
    with demonstration(tmp_path) as demo:
        await_shown(tmp_path, moment, demo)
        assert any(
            "serve" in command or "valkey" in command for command in running(tmp_path).values()
        )
        demo.send_signal(signal.SIGINT)
        status = demo.wait(LONGEST_SECONDS)
    assert (status, (tmp_path / "err").read_text("utf-8")) == (130, "jointgate: interrupted\n")
    assert_nothing_left(tmp_path)


def test_demo_fails(tmp_path: Path) -> None:
    """A gateway that dies ends the demonstration with status 1 and one line, and nothing is left behind."""
    with demonstration(tmp_path) as demo:
        await_shown(tmp_path, r"serve +127", demo)
        commands = running(tmp_path)
        (gateway,) = (
            pid for pid, command in commands.items() if command.endswith("gateway serve ")
        )
        os.kill(gateway, signal.SIGKILL)
        status = demo.wait(LONGEST_SECONDS)
    error = (tmp_path / "err").read_text("utf-8")
    assert (status, len(error.splitlines())) == (1, 1)
    assert error.startswith("jointgate: 'jointgate serve' ended with status -9")
    assert_nothing_left(tmp_path)
