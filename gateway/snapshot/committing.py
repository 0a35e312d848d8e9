"""Commits: the index and its pieces, the lease and the delegation of the decision keys, signed together.

Responsible for: what a commit of the repository consists of, and what it tells.
Not responsible for: what is published (``publisher``) or how files are signed and written (``repository``).

Every commit renews the lease.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from tuf.api.metadata import TargetFile

from gateway.clock import Clock
from gateway.errors import CommandError
from gateway.snapshot.chain import Chain
from gateway.snapshot.delegation import DecisionKeys
from gateway.snapshot.parts import INDEX_TARGET, SnapshotIndex, older_number, parse_index
from gateway.snapshot.publication import Publication, PublisherPolicy
from gateway.snapshot.repository import DECISION_KEYS, KEYS_TARGET, LISTS, SETTLED, Repository


class Commits:
    """Commits to one repository."""

    def __init__(
        self,
        repository: Repository,
        chain: Chain,
        *,
        decision_keys: DecisionKeys,
        policy: PublisherPolicy,
        clock: Clock,
    ) -> None:
        """Keep the parts.

        Args:
            repository: where publications are committed.
            chain: the pieces in it.
            decision_keys: the keys that may sign decisions.
            policy: settings.
            clock: the current instant.
        """
        self._repository = repository
        self._chain = chain
        self._decision_keys = decision_keys
        self._policy = policy
        self._clock = clock

    def found_index(self) -> SnapshotIndex | None:
        """Return the committed index; None when there is none, or one of an older format.

        Raises:
            SnapshotError: it cannot be read.
        """
        content = self._repository.target(INDEX_TARGET)
        if content is None or older_number(content) is not None:
            return None
        return parse_index(content)

    def index(self) -> SnapshotIndex:
        """Return the committed index, which is known to be there.

        Raises:
            CommandError: it is not.
        """
        index = self.found_index()
        if index is None:
            message = "nothing is published yet"
            raise CommandError(message)
        return index

    def next_number(self) -> int:
        """Return the number of the next snapshot: one more than the committed one, of whatever format its index is."""
        content = self._repository.target(INDEX_TARGET)
        if content is None:
            return 1
        return (older_number(content) or parse_index(content).number) + 1

    def commit(self, index: SnapshotIndex) -> None:
        """Commit ``index`` with all its pieces, which are staged or committed already."""
        now = self._clock()
        targets = self._chain.targets((index.full, *index.deltas))
        listed = [self._repository.stage(INDEX_TARGET, index.encode()), *targets[LISTS]]
        changed = {**self._due(now), LISTS: listed}
        if not self._repository.has_exactly(SETTLED, targets[SETTLED]):
            changed[SETTLED] = targets[SETTLED]
        self._sign(changed, now)

    def renew(self) -> Publication:
        """Commit nothing new but the lease, and what else is about to lapse."""
        now = self._clock()
        self._sign(self._due(now), now)
        return self.told("lease", self.index(), 0, [])

    def renewed_if_due(self) -> Iterator[Publication]:
        """Renew the lease when a third of it is over."""
        if self._clock() >= self._repository.lease_until - self._policy.lease * 2 / 3:
            yield self.renew()

    def told(
        self, kind: str, index: SnapshotIndex, changed: int, infos: Sequence[TargetFile]
    ) -> Publication:
        """Return what is told of the last commit.

        Args:
            kind: of publication.
            index: as it is committed now.
            changed: records written or removed.
            infos: the parts that are new.
        """
        return Publication(
            kind=kind,
            number=index.number,
            change=index.change,
            entries=index.entries,
            changed=changed,
            parts=len(infos),
            content_bytes=sum(info.length for info in infos),
            digest=index.digest,
            lease_until=self._repository.lease_until,
        )

    def _sign(self, changed: dict[str, Iterable[TargetFile]], now: datetime) -> None:
        self._repository.commit(changed, now=now, lease=self._policy.lease)

    def _due(self, now: datetime) -> dict[str, Iterable[TargetFile]]:
        """Return the roles that lapse soon with their present targets, and the decision keys when they are due."""
        due = self._repository.renewals(now)
        document = self._decision_keys.document_due(self._repository.target(KEYS_TARGET), now)
        if document is not None:
            due[DECISION_KEYS] = [self._repository.stage(KEYS_TARGET, document)]
        return due
