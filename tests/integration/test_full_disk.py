"""The register on a disk that fills: what was committed stays."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

LIMIT = 900_000
IMPORT = """
import resource, sys
from gateway.packs import load_pack
from gateway.register import Register
from tests.fakes.in_memory_feed import LIST
from tests.fakes.register_story import RegisterStory

pack = load_pack("cn-joint-discipline")
url = f"sqlite:///{sys.argv[1]}"
with Register.open(url, pack) as register:
    story = RegisterStory(register, pack.lists[LIST], url)
    story.people(1)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
    story.people(*range(1, 1_600))
    print(register.count().in_force)
"""
"""A limit on the size of files stands for the disk: the log fits below it, the file does not."""


def test_an_import_does_not_fail_because_its_log_cannot_be_moved(tmp_path: Path) -> None:
    """What is in the log is committed; where the disk is really full, the next commit says so."""
    path = tmp_path / "register.sqlite"
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", IMPORT, str(path), str(LIMIT)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "1599\n"
    assert (
        path.stat().st_size
        <= LIMIT
        < path.stat().st_size + path.with_name("register.sqlite-wal").stat().st_size
    )
