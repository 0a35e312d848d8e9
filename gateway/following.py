"""The follower's process: looks for new snapshots until it is told to stop.

Responsible for: when to look (on announcements, and every few seconds in any case) and what to log.
Not responsible for: what a look does (``gateway.snapshot.follower``).
"""

import logging
import multiprocessing
import signal
import threading
from collections.abc import Callable

from gateway.config import Settings
from gateway.embedded_redis import redis_server
from gateway.errors import RepositoryUnreachableError, SnapshotError, StoreError
from gateway.packs import site_pack
from gateway.snapshot.distribution import RedisDistribution
from gateway.snapshot.follower import Follower
from gateway.snapshot.store import open_store

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 0.5


def run_follower(settings: Settings, redis_url: str) -> None:
    """Follow until SIGTERM, or until the supervisor is gone.

    An embedded Redis is held here too, so that it ends with its last user also when the supervisor was killed.
    """
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    files = RedisDistribution(redis_url, prefix=settings.redis.prefix)
    with (
        redis_server(settings.redis.url, settings.root / "redis"),
        open_store(settings.store, map_bytes=settings.store_bytes) as store,
    ):
        follower = Follower(
            files=files,
            store=store,
            folder=settings.store,
            root=settings.trust_root.read_bytes(),
            pack_digest=site_pack(settings).digest,
        )
        _follow(follower, files, stopping, poll_seconds=settings.gateway.poll_seconds)
    files.close()


def _follow(
    follower: Follower, files: RedisDistribution, stopping: threading.Event, *, poll_seconds: float
) -> None:
    said = ""
    while not _is_over(stopping):
        try:
            with files.announcements() as announcements:
                while not _is_over(stopping):
                    said = _look(follower, said)
                    _wait(announcements.wait, stopping, poll_seconds)
        except RepositoryUnreachableError as error:
            said = _say_once(str(error), said)
            stopping.wait(_RETRY_SECONDS)


def _is_over(stopping: threading.Event) -> bool:
    """Tell whether to stop: because of SIGTERM, or because the supervisor is gone."""
    parent = multiprocessing.parent_process()
    return stopping.is_set() or (parent is not None and not parent.is_alive())


def _wait(wait: Callable[[float], bool], stopping: threading.Event, seconds: float) -> None:
    """Wait for an announcement in short steps, so that stopping is quick."""
    waited = 0.0
    while waited < seconds and not stopping.is_set() and not wait(0.25):
        waited += 0.25


def _look(follower: Follower, said: str) -> str:
    try:
        update = follower.update()
    except (SnapshotError, StoreError) as error:
        if isinstance(error, RepositoryUnreachableError):
            raise
        return _say_once(f"{error}; the held snapshot stays until its lease ends", said)
    if update.applied == "lease" and not said:
        return ""
    header = update.header
    _log.info("snapshot %d in force (%s, %d listed)", header.number, update.applied, header.entries)
    return ""


def _say_once(problem: str, said: str) -> str:
    if problem != said:
        _log.warning("%s", problem)
    return problem
