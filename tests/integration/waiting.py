"""Waiting in tests: asking again until something holds, with a deadline, and never just sleeping."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

_Found = TypeVar("_Found")

STEP_SECONDS = 0.02
PATIENCE_SECONDS = 90.0
"""For what takes a second on an idle machine and much longer on a busy one."""


def eventually(
    look: Callable[[], _Found | None], what: str, *, seconds: float = PATIENCE_SECONDS
) -> _Found:
    """Return what ``look`` finds as soon as it finds something true.

    Args:
        look: returns something true, or something false to be called again.
        what: what is waited for, in words.
        seconds: the longest wait.

    Raises:
        AssertionError: it did not within ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            message = f"within {seconds:.0f} s this did not come true: {what}"
            raise AssertionError(message)
        time.sleep(STEP_SECONDS)
    return found


def waiters_for(path: Path) -> int:
    """Count who sleeps in the kernel's queue for a file's lock."""
    inode = str(path.stat().st_ino)
    lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    return sum("->" in line and f":{inode} " in line for line in lines)
