"""Published files in a dictionary.

Stands in for ``gateway.snapshot.distribution.RedisDistribution``; tests/contract runs one suite on both.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from gateway.errors import RepositoryUnreachableError
from gateway.snapshot.distribution import TIMESTAMP


class InMemoryAnnouncements:
    """A subscription that holds the announcements made since it began."""

    def __init__(self, distribution: "InMemoryDistribution") -> None:
        """Use ``InMemoryDistribution.announcements`` instead."""
        self._distribution = distribution
        self.waiting: deque[bytes] = deque()

    def wait(self, seconds: float) -> bool:
        """Tell whether an announcement came; a dictionary need not be waited for, so ``seconds`` pass at once."""
        del seconds
        self._distribution.require_reachable()
        announced = bool(self.waiting)
        self.waiting.clear()
        return announced


class InMemoryDistribution:
    """The published files of one test.

    Attributes:
        files: content by path; a test that plays an attacker changes it.
        reachable: whether the place answers.
    """

    def __init__(self) -> None:
        """Start with nothing published."""
        self.files: dict[str, bytes] = {}
        self.reachable = True
        self._subscriptions: list[InMemoryAnnouncements] = []

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def require_reachable(self) -> None:
        """Fail as a dead server does, when the test made this one dead.

        Raises:
            RepositoryUnreachableError: the test set ``reachable`` to False.
        """
        if not self.reachable:
            message = "the published files cannot be reached"
            raise RepositoryUnreachableError(message)

    def get(self, path: str) -> bytes | None:
        """Return the file at ``path``, or None when there is none."""
        self.require_reachable()
        return self.files.get(path)

    def push(self, files: Mapping[str, Path], *, replace: bool = False) -> int:
        """Put the missing files and the timestamp, announce, and remove what ``files`` does not name.

        With ``replace`` files that are there are put as well.
        """
        self.require_reachable()
        wanted = [path for path in files if replace or path not in self.files]
        missing = [path for path in wanted if path != TIMESTAMP]
        for path in (*missing, TIMESTAMP):
            self.files[path] = files[path].read_bytes()
        for path in self.files.keys() - files.keys():
            del self.files[path]
        for subscription in self._subscriptions:
            subscription.waiting.append(b"look")
        return len(missing) + 1

    @contextmanager
    def announcements(self) -> Iterator[InMemoryAnnouncements]:
        """Subscribe to what ``push`` announces."""
        self.require_reachable()
        subscription = InMemoryAnnouncements(self)
        self._subscriptions.append(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.remove(subscription)
