"""The recorder's process: from its start to its end.

Responsible for: one recorder per site, composing it from the settings, and when it ends: after the workers.
Not responsible for: what it does (``recorder``), or starting it again (``gateway.supervisor``).
"""

from __future__ import annotations

import fcntl
import logging
import multiprocessing
import signal
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.clock import system_clock
from gateway.decision.signatures import DecisionSigner
from gateway.errors import CommandError
from gateway.keys import read_decision_signer
from gateway.recording.accounts import Accountant
from gateway.recording.gaps import GapSigner
from gateway.recording.recorder import Recorder, Term
from gateway.register.records import RecordBook

if TYPE_CHECKING:
    from typing import IO

    from gateway.config import Settings

_TURN_SECONDS = 0.25
_PATIENCE_SECONDS = 2.0
_RETRY_SECONDS = 1.0
_log = logging.getLogger(__name__)


def run_recorder(settings: Settings) -> None:
    """Record until SIGTERM, or until the supervisor is gone; then until the workers have left, in the drain time.

    A recorder that cannot begin says so once and tries again: answers go on, and what is lost is accounted for.
    """
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    said = ""
    while not _is_over(stopping):
        try:
            _record_alone(settings, stopping)
        except (OSError, CommandError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            problem = f"records cannot be taken ({reason}); answers go on without them"
            if problem != said:
                _log.error("%s", problem)
            said = problem
            stopping.wait(_RETRY_SECONDS)


def _record_alone(settings: Settings, stopping: threading.Event) -> None:
    """Record as the only recorder of the site.

    Raises:
        OSError: the site's folder cannot be written to.
        CommandError: the decision key cannot be read.
    """
    folder = settings.root / "recording"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "recorder.lock").open("a") as lock:
        if _is_alone(lock, stopping):
            _record(_composed(settings), stopping, settings.gateway.drain_seconds)


def _is_alone(lock: IO[str], stopping: threading.Event) -> bool:
    """Wait until an earlier recorder of this site has ended; tell whether it has."""
    while not _is_over(stopping):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stopping.wait(_TURN_SECONDS)
        else:
            return True
    return False


def _composed(settings: Settings) -> Recorder:
    signer = DecisionSigner(read_decision_signer(settings.keys / "decision.pem"))
    return Recorder(
        settings.root / "recording",
        lambda: RecordBook.open(settings.database_url),
        Accountant(GapSigner(signer, settings.issuer)),
        Term(timedelta(days=settings.records.retention_days), system_clock),
        system_clock,
    )


def _record(recorder: Recorder, stopping: threading.Event, drain_seconds: float) -> None:
    try:
        while not _is_over(stopping):
            recorder.turn(_TURN_SECONDS)
        deadline = time.monotonic() + drain_seconds + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            recorder.turn(_TURN_SECONDS / 5)
            if recorder.is_through():
                break
    finally:
        recorder.close()


def _is_over(stopping: threading.Event) -> bool:
    parent = multiprocessing.parent_process()
    return stopping.is_set() or (parent is not None and not parent.is_alive())
