"""What a publication is, and who may make one.

Responsible for: the publisher's settings, what it tells of each commit, and the lock that makes it the only one.
Not responsible for: publishing (``publisher``).
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from gateway.errors import CommandError


@dataclass(frozen=True, slots=True)
class PublisherPolicy:
    """The publisher's settings.

    Attributes:
        lease: term of the timestamp.
        part_bytes: size bound of a part, bytes.
        delta_records: how many documents one delta carries at most.
        decision_key_term: term of a decision key's delegation.
    """

    lease: timedelta
    part_bytes: int
    delta_records: int
    decision_key_term: timedelta


@dataclass(frozen=True, slots=True)
class Publication:
    """What one commit of the publisher did.

    Attributes:
        kind: "full", "delta", "base", or "lease" (nothing changed but the lease).
        number: the snapshot's number.
        change: the register's change number that is covered.
        entries: listed pseudonyms.
        changed: records written or removed; all of them when full.
        parts: how many parts were written.
        content_bytes: their size together, bytes.
        digest: the content digest, hexadecimal.
        lease_until: when the lease ends, UTC.
    """

    kind: str
    number: int
    change: int
    entries: int
    changed: int
    parts: int
    content_bytes: int
    digest: str
    lease_until: datetime


@contextmanager
def publisher_lock(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the site's publisher lock.

    Raises:
        CommandError: another publisher holds it and ``wait`` is False.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "publisher.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError as error:
            message = "another publisher is at work on this site; wait for it or stop it"
            raise CommandError(message) from error
        yield
