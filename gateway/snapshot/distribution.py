"""Redis as the place where published files lie for gateways to fetch.

Responsible for: keys, the announcement channel, pushing what is missing and removing what is not needed.
Not responsible for: trust. Everything read from here is verified through TUF; who can write here can make gateways
refuse to answer, and nothing else.

Keys: ``<prefix>:tuf:<path>``, one per file of the TUF repository, nothing else.
Channel: ``<prefix>:announce``; a message only says "look".
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from gateway.errors import RepositoryUnreachableError

TIMESTAMP = "metadata/timestamp.json"
_BATCH = 16


class RedisDistribution:
    """The published files in one Redis server."""

    def __init__(self, url: str, *, prefix: str, timeout_seconds: float = 10.0) -> None:
        """Connect lazily to ``url``; a dead server is noticed on use.

        Args:
            url: redis://, rediss:// or unix:// URL.
            prefix: of keys and channel.
            timeout_seconds: for connecting and for each answer.
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
        """Put the files that are missing, then the timestamp, announce, and remove what ``files`` does not name.

        Names contain versions or hashes, so a file that is there is the right one or is refused by every follower.
        With ``replace`` every file is put, also over one that is there: the way out when somebody damaged them.
        Returns how many files were put.

        Raises:
            RepositoryUnreachableError: Redis does not answer, or is full; pushing again finishes the work.
        """
        with _translated():
            wanted = list(files) if replace else self._missing(list(files))
            missing = [path for path in wanted if path != TIMESTAMP]
            for path in missing:
                self._client.set(self._prefix + path, files[path].read_bytes())
            self._client.set(self._prefix + TIMESTAMP, files[TIMESTAMP].read_bytes())
            self._client.publish(self._channel, b"look")
            self._remove_all_but({self._prefix + path for path in files})
        return len(missing) + 1

    def _missing(self, paths: list[str]) -> list[str]:
        pipeline = self._client.pipeline(transaction=False)
        for path in paths:
            pipeline.exists(self._prefix + path)
        return [path for path, there in zip(paths, pipeline.execute(), strict=True) if not there]

    def _remove_all_but(self, wanted: set[str]) -> None:
        for raw in self._client.scan_iter(match=f"{self._prefix}*", count=1000):
            if raw.decode() not in wanted:
                self._client.unlink(raw)

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
