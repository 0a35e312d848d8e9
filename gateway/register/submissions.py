"""What the register tells an authority about what it delivered: feeds, their quarantine, whose a listing is.

Responsible for reading these out of one read transaction.
Not responsible for importing (`imports.py`), nor for who may ask.

Rule kept here: only finished imports are told of.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.register.columns import instant_of
from gateway.register.schema import event, feed, listing, quarantine
from sanctions_matrix.violations import Violation

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

_KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class RecordedFeed:
    """A feed that was imported.

    `change` is None where it changed nothing.
    `counts` are those of the import, by the names of `ImportReport`.
    `digest` is the BLAKE2b-256 of its bytes.
    """

    feed_id: int
    list_id: str
    authority: str
    sequence: int
    digest: bytes
    imported_at: datetime
    change: int | None
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A quarantined line and every rule it breaks."""

    line: int
    violations: tuple[Violation, ...]


def submission_key(sender: str, submission_id: bytes) -> bytes:
    """Return the 16 bytes under which a sender's submission is recorded, so that ids of two senders never meet."""
    named = hashlib.blake2b(submission_id, digest_size=_KEY_BYTES)
    named.update(sender.encode())
    return named.digest()


def recorded_submission(connection: Connection, key: bytes) -> RecordedFeed | None:
    """Return the feed that was imported under this key of a submission, None if there is none."""
    return _recorded(connection, feed.c.submission_id == key)


def recorded_feed(connection: Connection, feed_id: int) -> RecordedFeed | None:
    """Return one imported feed, None if there is none of this number."""
    return _recorded(connection, feed.c.id == feed_id)


def refused_lines(
    connection: Connection, feed_id: int, *, after: int, limit: int
) -> list[RefusedLine]:
    """Return up to `limit` quarantined lines of a feed from behind the line `after`, in their order."""
    query = (
        select(quarantine.c.line, quarantine.c.messages)
        .where(quarantine.c.feed_id == feed_id, quarantine.c.line > after)
        .order_by(quarantine.c.line)
        .limit(limit)
    )
    return [RefusedLine(line, _violations(text)) for line, text in connection.execute(query)]


def refused_among(
    connection: Connection, feed_id: int, lines: Collection[int]
) -> dict[int, tuple[Violation, ...]]:
    """Return those of the lines that are in a feed's quarantine, with every rule each breaks."""
    query = select(quarantine.c.line, quarantine.c.messages).where(
        quarantine.c.feed_id == feed_id, quarantine.c.line.in_(lines)
    )
    return {line: _violations(text) for line, text in connection.execute(query)}


def deliverer_of(connection: Connection, reference: str) -> tuple[str, str] | None:
    """Return the list of a visible listing and the authority whose feed last spoke of it; None if there is none."""
    query = (
        select(listing.c.list_id, feed.c.authority)
        .join(feed, feed.c.id == listing.c.feed_id)
        .where(listing.c.reference == reference, feed.c.event_seq.is_not(None))
    )
    row = connection.execute(query).first()
    return None if row is None else (row.list_id, row.authority)


def submitted_names(connection: Connection) -> list[tuple[str, str]]:
    """Return who submitted feeds, as the event log names it, with every name under which it did; in their order."""
    query = (
        select(event.c.actor, feed.c.authority)
        .join(event, event.c.seq == feed.c.event_seq)
        .where(feed.c.submission_id.is_not(None))
        .distinct()
        .order_by(event.c.actor, feed.c.authority)
    )
    return [(row.actor, row.authority) for row in connection.execute(query)]


def _recorded(connection: Connection, condition: ColumnElement[bool]) -> RecordedFeed | None:
    query = (
        select(feed, event.c.detail).join(event, event.c.seq == feed.c.event_seq).where(condition)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    counts = {
        name: value for name, value in json.loads(row.detail).items() if isinstance(value, int)
    }
    return RecordedFeed(
        feed_id=row.id,
        list_id=row.list_id,
        authority=row.authority,
        sequence=row.sequence,
        digest=row.digest,
        imported_at=instant_of(row.received_at),
        change=row.change,
        counts=counts,
    )


def _violations(text: str) -> tuple[Violation, ...]:
    return tuple(
        Violation(one["rule"], one["en"], one["zh"], one["field"]) for one in json.loads(text)
    )
