"""Real processes of a test: started in a group of their own, so that none can be left behind.

Responsible for: starting, signalling, waiting with a deadline, ending the whole group, and seeing who is in it.
Not responsible for: what runs.
"""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.integration.waiting import eventually

_STOP_SECONDS = 60.0


class Child:
    """One process, and everything that it starts without leaving its group."""

    def __init__(
        self, arguments: Sequence[str], *, environment: Mapping[str, str], log: Path
    ) -> None:
        """Start it; standard output and standard error are appended to ``log``."""
        self.log = log
        self._seen = log.stat().st_size if log.exists() else 0
        with log.open("ab") as stream:
            self._process = subprocess.Popen(  # noqa: S603 - our own commands
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                env=environment,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process's id, which is its group's as well."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process itself has not ended."""
        return self._process.poll() is None

    def output(self) -> str:
        """Return what this process has printed since it was started."""
        return self.log.read_bytes()[self._seen :].decode(errors="replace")

    def others(self) -> list[int]:
        """Return the ids of the other living processes of its group."""
        return [pid for pid in group_members(self.pid) if pid != self.pid]

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process alone."""
        self._process.send_signal(number)

    def wait(self, seconds: float = _STOP_SECONDS) -> int:
        """Return the exit status, once it has ended.

        Raises:
            AssertionError: it has not within ``seconds``.
        """
        eventually(lambda: not self.is_running, "the process ends", seconds=seconds)
        return self._process.wait()

    def kill(self) -> None:
        """End the process alone, at once."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """Ask the process to end, and return its exit status."""
        self.send(signal.SIGTERM)
        return self.wait()

    def end(self) -> None:
        """End the whole group, politely if it lets itself be asked."""
        with suppress(AssertionError):
            if self.is_running:
                self.stop()
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()


def group_members(group: int) -> list[int]:
    """Return the ids of the living processes of a process group."""
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _group_if_alive(entry) == group
    ]


def _group_if_alive(entry: Path) -> int | None:
    try:
        fields = (entry / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[2])


def command_of(pid: int) -> str:
    """Return a process's command line, or nothing when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def name_of(pid: int) -> str:
    """Return the name that a process gave itself, or nothing when it is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def socket_holders(pids: Sequence[int], *, port: int, listening: bool) -> set[int]:
    """Return those of ``pids`` that listen on the local TCP ``port``, or that hold a connection to it."""
    inodes = _inodes(port, "0A" if listening else "01")
    return {pid for pid in pids if inodes & _open_sockets(pid)}


def _inodes(port: int, state: str) -> set[str]:
    tables = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
    rows = [line.split() for table in tables for line in table.read_text().splitlines()[1:]]
    return {row[9] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == state}


def _open_sockets(pid: int) -> set[str]:
    found = set()
    with suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                found.add(str(descriptor.readlink()).removeprefix("socket:[").removesuffix("]"))
    return found
