"""The commands that the demonstration runs, as real processes.

Responsible for: starting ``python -m gateway ...``, waiting for what a command says or for its end, stopping all.
Not responsible for: what the commands do.

Rules kept here:

- Nothing started here outlives ``Children.close``, and what a child itself started is ended with it.
- Every wait has a deadline, and ends at once when the child does.
"""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gateway.config import CONFIG_VARIABLE
from gateway.demo.interruption import Interruptions
from gateway.errors import CommandError

_OURS = "JOINTGATE_"
_POLL_SECONDS = 0.02
_WORK_SECONDS = 120.0
_STOP_SECONDS = 20.0
_GROUP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Child:
    """A running command with the files that it writes its output and its errors to."""

    command: str
    process: "subprocess.Popen[bytes]"
    output: Path
    errors: Path

    def await_line(self, pattern: str) -> re.Match[str]:
        """Return the first match of ``pattern`` in its output, as soon as there is one.

        Raises:
            CommandError: it ended, or said nothing of the kind in time.
        """
        deadline = time.monotonic() + _WORK_SECONDS
        while True:
            status = self._status()
            found = re.search(pattern, self.output.read_text("utf-8"))
            if found:
                return found
            if status is not None:
                raise self._failure(f"ended with status {status}")
            if time.monotonic() > deadline:
                raise self._failure(f"was not ready within {_WORK_SECONDS:.0f} s")
            time.sleep(_POLL_SECONDS)

    def await_end(self, *statuses: int) -> str:
        """Return its whole output when it has ended with one of ``statuses``.

        Raises:
            CommandError: it ended otherwise, or not in time.
        """
        status = self._await_status(_WORK_SECONDS)
        if status is None:
            raise self._failure(f"did not end within {_WORK_SECONDS:.0f} s")
        if status not in statuses:
            raise self._failure(f"ended with status {status}")
        return self.output.read_text("utf-8")

    def require_running(self) -> None:
        """Require that it has not ended.

        Raises:
            CommandError: it has.
        """
        status = self._status()
        if status is not None:
            raise self._failure(f"ended with status {status}")

    def stop(self) -> float:
        """Ask it to stop with SIGTERM, and return how many seconds it took.

        Raises:
            CommandError: it did not end with status 0.
        """
        asked = time.monotonic()
        os.kill(self.process.pid, signal.SIGTERM)
        self.await_end(0)
        return time.monotonic() - asked

    def close(self) -> None:
        """End it and whatever it started, at the latest after ``_STOP_SECONDS``; never raises."""
        os.kill(self.process.pid, signal.SIGTERM)
        self._await_status(_STOP_SECONDS)
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._await_empty_group()

    def _await_empty_group(self) -> None:
        """Wait until what it started is gone as well, and with it every lock that was held."""
        deadline = time.monotonic() + _GROUP_SECONDS
        with suppress(ProcessLookupError):
            while time.monotonic() < deadline:
                os.killpg(self.process.pid, 0)
                time.sleep(_POLL_SECONDS)

    def _await_status(self, seconds: float) -> int | None:
        deadline = time.monotonic() + seconds
        while (status := self._status()) is None and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        return status

    def _status(self) -> int | None:
        """Return its exit status once it has ended; only ``close`` collects it, so its number stays its own."""
        ended = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return None
        return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status

    def _failure(self, what: str) -> CommandError:
        said = self.errors.read_text("utf-8").strip().splitlines()
        return CommandError(
            f"'jointgate {self.command}' {what}; it said: {(said or ['nothing'])[-1]}"
        )


class Children:
    """Starts commands for one site, and ends what is left of them."""

    def __init__(self, folder: Path, settings: Path, interruptions: Interruptions) -> None:
        """Keep logs in ``folder`` and give the settings' path to every command."""
        self._folder = folder
        self._environment = _environment(settings)
        self._interruptions = interruptions
        self._started: list[Child] = []

    def start(self, *arguments: str) -> Child:
        """Start ``jointgate`` with ``arguments``."""
        place = self._folder / f"{len(self._started) + 1}-{arguments[0]}"
        output, errors = place.with_suffix(".out"), place.with_suffix(".err")
        with (
            output.open("wb") as out,
            errors.open("wb") as err,
            self._interruptions.deferred(),
        ):
            process = subprocess.Popen(  # noqa: S603 - our own command, no shell
                [sys.executable, "-m", "gateway", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=self._environment,
                process_group=0,  # Ctrl-C reaches the demonstration alone, which stops its children in order
            )
            child = Child(arguments[0], process, output, errors)
            self._started.append(child)
        return child

    def run(self, *arguments: str, statuses: tuple[int, ...] = (0,)) -> str:
        """Run ``jointgate`` with ``arguments`` to its end and return its output.

        Raises:
            CommandError: its exit status is none of ``statuses``.
        """
        return self.start(*arguments).await_end(*statuses)

    def close(self) -> None:
        """End every process that still runs, the last one started first; never raises."""
        for child in reversed(self._started):
            child.close()


def _environment(settings: Path) -> dict[str, str]:
    """Return our own environment, less whatever points to another site."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    environment[CONFIG_VARIABLE] = str(settings)
    return environment
