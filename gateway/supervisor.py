"""The gateway's parent process: one follower, one recorder, several workers, one port.

Responsible for: the quick check of the pack's cells, starting the children, starting dead ones again, stopping all in
order on SIGTERM or SIGINT.
Not responsible for: following, recording or answering; it imports neither gRPC nor LMDB's reader side, so that children
can be spawned cleanly.

The recorder stops last, so that the workers can hand it what they still hold.
It is loaded in its own process only: neither the parent nor a worker ever imports the register.

The port is held by a socket that never listens, so that every worker can bind it with SO_REUSEPORT.
"""

import logging
import multiprocessing
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from gateway.config import Settings, split_address
from gateway.errors import CommandError
from gateway.following import run_follower
from gateway.packs import site_pack
from gateway.snapshot.store import open_store
from gateway.stopping import stop_when_ended
from sanctions_matrix.cells import verify_cells
from sanctions_matrix.pack import Pack

_READY_SECONDS = 60
_CHECK_SECONDS = 0.5
_log = logging.getLogger(__name__)
_spawn = multiprocessing.get_context("spawn")


def supervise(settings: Settings, redis_url: str, announce: Callable[[str], None]) -> None:
    """Run the gateway until SIGTERM or SIGINT; returns after a clean drain.

    Args:
        settings: the site.
        redis_url: where snapshots are fetched from.
        announce: called with the address once every worker listens.

    Raises:
        CommandError: a worker cannot start, or the pack's two readers disagree.
    """
    stopping = threading.Event()
    stop_when_ended(stopping)
    _verify_pack(site_pack(settings))
    open_store(settings.store, map_bytes=settings.store_bytes).close()
    with _reserved(settings.gateway.listen) as address:
        crew = _Crew(settings, redis_url, address)
        try:
            crew.start()
            announce(address)
            while not stopping.wait(_CHECK_SECONDS):
                crew.replace_dead()
        finally:
            crew.stop(settings.gateway.drain_seconds + 5)


def _verify_pack(pack: Pack) -> None:
    """Compare the compiled matrix with the naive reading of its tables before anything is answered."""
    differences = verify_cells(pack)
    if differences:
        message = (
            f"the pack {pack.id} reads differently in {len(differences)} cells; "
            "nothing is answered: see 'jointgate matrix verify'"
        )
        raise CommandError(message)


@contextmanager
def _reserved(listen: str) -> Iterator[str]:
    host, port = split_address(listen)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as holder:
        try:
            _refuse_taken(family, host, port)
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            holder.bind((host, port))
        except OSError as error:
            message = f"{listen}: cannot listen there ({error.strerror}); stop what is on it or set JOINTGATE_LISTEN"
            raise CommandError(message) from error
        shown = f"[{host}]" if family == socket.AF_INET6 else host
        yield f"{shown}:{holder.getsockname()[1]}"


def _refuse_taken(family: int, host: str, port: int) -> None:
    """Bind once without SO_REUSEPORT, so that a second gateway does not silently share the port of the first."""
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Start children with SIGINT blocked: a terminal sends it to all, and only the parent shall act on it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Crew:
    """The child processes."""

    def __init__(self, settings: Settings, redis_url: str, address: str) -> None:
        self._settings = settings
        self._redis_url = redis_url
        self._address = address
        self._follower: BaseProcess | None = None
        self._recorder: BaseProcess | None = None
        self._workers: list[BaseProcess] = []

    def start(self) -> None:
        self._follower = self._start_follower()
        self._recorder = self._start_recorder()
        starting = [self._start_worker() for _ in range(self._settings.gateway.workers)]
        self._workers = [worker for worker, _ in starting]
        for worker, ready in starting:
            _await_ready(worker, ready)

    def _start_follower(self) -> BaseProcess:
        follower = _spawn.Process(
            target=_in_child, args=(run_follower, self._settings, self._redis_url), name="follower"
        )
        with _deaf_children():
            follower.start()
        return follower

    def _start_recorder(self) -> BaseProcess | None:
        if not self._settings.records.enabled:
            return None
        recorder = _spawn.Process(target=_recorder, args=(self._settings,), name="recorder")
        with _deaf_children():
            recorder.start()
        return recorder

    def _start_worker(self) -> tuple[BaseProcess, Connection]:
        receiver, sender = _spawn.Pipe(duplex=False)
        worker = _spawn.Process(
            target=_worker, args=(self._settings, self._address, sender), name="worker"
        )
        with _deaf_children():
            worker.start()
        sender.close()
        return worker, receiver

    def replace_dead(self) -> None:
        if self._follower is not None and not self._follower.is_alive():
            _log.error(
                "the follower ended with status %s; starting it again", self._follower.exitcode
            )
            self._follower = self._start_follower()
        if self._recorder is not None and not self._recorder.is_alive():
            _log.error(
                "the recorder ended with status %s; starting it again", self._recorder.exitcode
            )
            self._recorder = self._start_recorder()
        for place, worker in enumerate(self._workers):
            if not worker.is_alive():
                _log.error("a worker ended with status %s; starting another", worker.exitcode)
                self._workers[place], _ = self._start_worker()

    def stop(self, seconds: float) -> None:
        _end([*self._workers, *([self._follower] if self._follower else [])], seconds)
        _end([self._recorder] if self._recorder else [], seconds)


def _end(children: list[BaseProcess], seconds: float) -> None:
    """Ask children to end, and end them after ``seconds``."""
    for child in children:
        child.terminate()
    for child in children:
        child.join(seconds)
        if child.is_alive():
            _log.error("%s did not stop within %.0f s and is ended", child.name, seconds)
            child.kill()
            child.join()


def _await_ready(worker: BaseProcess, ready: Connection) -> None:
    problem = "it said nothing"
    try:
        if ready.poll(_READY_SECONDS):
            problem = ready.recv()
    except EOFError:
        problem = f"it ended with status {worker.exitcode}"
    finally:
        ready.close()
    if problem:
        message = f"a worker cannot start: {problem}"
        raise CommandError(message)


def _worker(settings: Settings, address: str, ready: Connection) -> None:
    from gateway.transport.worker import run_worker  # noqa: PLC0415 - gRPC is loaded in workers only

    _in_child(run_worker, settings, address, ready)


def _recorder(settings: Settings) -> None:
    from gateway.recording.process import run_recorder  # noqa: PLC0415 - the register is loaded in the recorder only

    _in_child(run_recorder, settings)


def _in_child(target: Callable[..., None], *arguments: object) -> None:
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(processName)s %(levelname)s %(message)s"
    )
    for library in ("tuf", "securesystemslib"):
        logging.getLogger(library).setLevel(logging.WARNING)
    # What ps and top show; where there is no such file they show the interpreter.
    with suppress(OSError):
        Path("/proc/self/comm").write_text(
            f"jg-{multiprocessing.current_process().name}", encoding="ascii"
        )
    target(*arguments)
