"""Redis as the place where published files lie for gateways to fetch.

Responsible for: keys, the announcement channel, pushing what is missing and removing what is not needed.
Not responsible for: trust. Everything read from here is verified through TUF; who can write here can make gateways
refuse to answer, and nothing else.

Keys: ``<prefix>:tuf:<path>``, one per file of the TUF repository, nothing else.
Channel: ``<prefix>:announce``; a message only says "look".

A file that nothing names any more stays for some minutes: a gateway that began before the last publication still
fetches it, and one that loads a long list must not be overtaken by a publisher that merges deltas behind it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from gateway.errors import RepositoryUnreachableError

TIMESTAMP = "metadata/timestamp.json"
KEEP_SECONDS = 600
_BATCH_BYTES = 8 * 1024 * 1024


class RedisDistribution:
    """The published files in one Redis server."""

    def __init__(
        self,
        url: str,
        *,
        prefix: str,
        timeout_seconds: float = 10.0,
        keep_seconds: int = KEEP_SECONDS,
    ) -> None:
        """Connect lazily to ``url``; a dead server is noticed on use.

        Args:
            url: redis://, rediss:// or unix:// URL.
            prefix: of keys and channel.
            timeout_seconds: for connecting and for each answer.
            keep_seconds: how long a file stays that is not named any more.
        """
        self._client = redis.Redis.from_url(
            url,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            health_check_interval=15,
            retry=Retry(
                NoBackoff(), 1
            ),  # a dropped connection is opened anew; the callers wait and repeat
        )
        self._prefix = f"{prefix}:tuf:"
        self._channel = f"{prefix}:announce"
        self._keep_seconds = keep_seconds
        self._pushed: set[str] = set()

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def get(self, path: str) -> bytes | None:
        """Return the file at ``path``, or None when there is none.

        Raises:
            RepositoryUnreachableError: Redis does not answer.
        """
        with _translated():
            found: bytes | None = self._client.get(self._prefix + path)  # type: ignore[assignment]
        return found

    def push(self, files: Mapping[str, Path], *, replace: bool = False) -> int:
        """Put the files that are missing, then the timestamp, announce, and retire what ``files`` does not name.

        Names contain versions or hashes, so a file that is there is the right one or is refused by every follower.
        With ``replace`` every file is put, also over one that is there, and what is not named goes at once: the way out
        when somebody damaged them.
        Returns how many files were put.

        Raises:
            RepositoryUnreachableError: Redis does not answer, or is full; pushing again finishes the work.
        """
        paths = [path for path in files if path != TIMESTAMP]
        with _translated():
            missing = paths if replace else self._missing(paths)
            self._put({path: files[path] for path in missing})
            pipeline = self._client.pipeline(transaction=False)
            pipeline.set(self._prefix + TIMESTAMP, files[TIMESTAMP].read_bytes())
            pipeline.publish(self._channel, b"look")
            pipeline.execute()
            self._retire(set(files), everything=replace or not self._pushed, at_once=replace)
        self._pushed = set(files)
        return len(missing) + 1

    def put_ahead(self, path: str, file: Path) -> None:
        """Put a file that the next push will name, so that the push itself is short.

        Raises:
            RepositoryUnreachableError: Redis does not answer, or is full; the push will put it.
        """
        with _translated():
            self._client.set(self._prefix + path, file.read_bytes())

    def _put(self, files: Mapping[str, Path]) -> None:
        """Put files in batches of bounded size, each in one exchange."""
        pipeline, size = self._client.pipeline(transaction=False), 0
        for path, file in files.items():
            content = file.read_bytes()
            pipeline.set(self._prefix + path, content)
            size += len(content)
            if size > _BATCH_BYTES:
                pipeline.execute()
                size = 0
        pipeline.execute()

    def _missing(self, paths: Sequence[str]) -> list[str]:
        """Return which of ``paths`` are not there; those that this process did not push are kept from expiring."""
        known = [self._prefix + path for path in paths if path in self._pushed]
        if known and self._client.exists(*known) == len(known):
            paths = [path for path in paths if path not in self._pushed]
        if not paths:
            return []
        pipeline = self._client.pipeline(transaction=False)
        for path in paths:
            pipeline.persist(self._prefix + path)
            pipeline.exists(self._prefix + path)
        there = pipeline.execute()[1::2]
        return [path for path, found in zip(paths, there, strict=True) if not found]

    def _retire(self, wanted: set[str], *, everything: bool, at_once: bool) -> None:
        """Let go of what this process pushed and ``wanted`` does not name; with ``everything``, whoever put it.

        Unless it has to go ``at_once``, it stays for a while, for gateways that are loading it.
        """
        gone = {self._prefix + path for path in self._pushed - wanted}
        if everything:
            there = {raw.decode() for raw in self._client.scan_iter(f"{self._prefix}*", count=1000)}
            gone |= there - {self._prefix + path for path in wanted}
        if not gone:
            return
        pipeline = self._client.pipeline(transaction=False)
        for key in gone:
            if self._keep_seconds and not at_once:
                pipeline.expire(key, self._keep_seconds)
            else:
                pipeline.unlink(key)
        pipeline.execute()

    @contextmanager
    def announcements(self) -> "Iterator[Announcements]":
        """Subscribe to the channel.

        Raises:
            RepositoryUnreachableError: Redis does not answer.
        """
        subscription: redis.client.PubSub = self._client.pubsub(ignore_subscribe_messages=True)
        try:
            with _translated():
                subscription.subscribe(self._channel)
            yield Announcements(subscription)
        finally:
            subscription.close()


class Announcements:
    """A subscription to the announcement channel."""

    def __init__(self, subscription: redis.client.PubSub) -> None:
        """Use ``RedisDistribution.announcements`` instead."""
        self._subscription = subscription

    def wait(self, seconds: float) -> bool:
        """Wait for an announcement, at most ``seconds``; tells whether one came.

        Raises:
            RepositoryUnreachableError: Redis does not answer.
        """
        with _translated():
            announced = self._subscription.get_message(timeout=seconds) is not None
            # Several announcements are one reason to look; and what came first may have been no announcement
            # but the confirmation of the subscription, or the answer to a health check.
            while self._subscription.get_message(timeout=0) is not None:
                announced = True
        return announced


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (redis.RedisError, ConnectionError, TimeoutError) as error:
        message = f"Redis does not do what it should ({type(error).__name__}); check JOINTGATE_REDIS_URL and the server"
        raise RepositoryUnreachableError(message) from error
