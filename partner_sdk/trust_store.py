"""The folder in which a partner keeps what it has seen: trust metadata and the highest snapshot number.

Responsible for: creating the folder privately, the lock between processes, and the number that never goes down.
Not responsible for: the metadata in it (``partner_sdk.trust``).

Rules kept here:

- The highest snapshot number seen is written before an answer that carries it is handed out.
- It is read again for every question, for another process may have seen more.
- A number that cannot be read stops everything: nobody guesses that it was zero.
- Nobody waits for the folder beyond the deadline of the call: who holds it may be waiting for the network.
  The number has a lock of its own, which is held for a moment only: an answer that is there is not lost for that.
"""

import fcntl
import math
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from partner_sdk.errors import ConfigurationError, DeadlineError
from partner_sdk.files import replace_file

_LOOK_SECONDS = 0.01
_NUMBER = re.compile(r"[0-9]{1,20}\n", re.ASCII)


class TrustStore:
    """One partner's folder, shared between its threads and processes."""

    def __init__(self, folder: Path) -> None:
        """Use ``folder`` and create it, for its owner only, when it is not there.

        Raises:
            ConfigurationError: it cannot be created.
        """
        self._folder = folder
        self._number_file = folder / "highest-snapshot"
        with self._explained():
            for place in (folder, self.metadata, self.targets):
                place.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def metadata(self) -> Path:
        """Where the TUF metadata lies."""
        return self._folder / "metadata"

    @property
    def targets(self) -> Path:
        """Where the TUF targets lie."""
        return self._folder / "targets"

    @contextmanager
    def locked(self, deadline: float) -> Iterator[None]:
        """Hold the folder alone, among threads and processes, from before ``deadline`` (monotonic seconds).

        Raises:
            DeadlineError: somebody else held it until then.
            ConfigurationError: the folder cannot be written.
        """
        with self._held("lock", deadline):
            yield

    @contextmanager
    def _held(self, name: str, deadline: float) -> Iterator[None]:
        with self._explained():
            descriptor = os.open(self._folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                while not _is_taken(descriptor):
                    _wait_before(deadline)
                yield
            finally:
                os.close(descriptor)

    def highest_snapshot(self) -> int:
        """Return the highest snapshot number seen, 0 when none was.

        Raises:
            ConfigurationError: it cannot be read.
        """
        with self._explained():
            try:
                text = self._number_file.read_text(encoding="ascii")
            except FileNotFoundError:
                return 0
            except UnicodeDecodeError:
                text = ""
        if not _NUMBER.fullmatch(text):
            problem = "highest-snapshot is damaged; find out who wrote to it before removing it"
            raise ConfigurationError(str(self._folder), [problem])
        return int(text)

    def record_snapshot(self, number: int, deadline: float = math.inf) -> None:
        """Keep ``number`` on disk, before ``deadline`` (monotonic seconds), if it is higher than what is kept.

        Raises:
            DeadlineError: somebody else was writing it until then.
            ConfigurationError: it cannot be kept.
        """
        if number <= self.highest_snapshot():
            return
        with self._held("highest-snapshot-lock", deadline):
            if number > self.highest_snapshot():
                replace_file(self._number_file, f"{number}\n".encode())

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            problem = f"the trust store cannot be used: {error.strerror}"
            raise ConfigurationError(str(self._folder), [problem]) from error


def no_turn() -> DeadlineError:
    """Return the error for a call that had to wait for another one until its deadline."""
    message = (
        "no time was left while another call fetched trust metadata; ask again or allow more time"
    )
    return DeadlineError(message)


def _wait_before(deadline: float) -> None:
    """Wait a moment.

    Raises:
        DeadlineError: it is over.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise no_turn()
    time.sleep(min(_LOOK_SECONDS, left))


def _is_taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
