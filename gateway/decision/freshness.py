"""Freshness: a query counts for 60 seconds, and once.

Responsible for: refusing queries that are too old, from the future, or seen before by this worker.
Not responsible for: signatures; only verified queries are remembered.

Two generations of request ids are kept, each for as long as a query can be fresh, so that memory stays bounded by the
queries of four minutes and nothing has to be searched for expiry.
"""

import threading
from datetime import datetime, timedelta

from gateway.errors import AnswerError, Reason

TOLERANCE = timedelta(seconds=60)
REQUEST_ID_BYTES = 16


class FreshnessGuard:
    """Remembers the request ids of one worker; safe for its threads."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self._lock = threading.Lock()
        self._young: set[bytes] = set()
        self._old: set[bytes] = set()
        self._turned_at: datetime | None = None

    def verify(self, partner: str, request_id: bytes, issued_at: datetime, now: datetime) -> None:
        """Accept a query once.

        Args:
            partner: who asked.
            request_id: 16 bytes.
            issued_at: when the partner asked, UTC.
            now: the current instant, UTC.

        Raises:
            AnswerError: it is more than 60 seconds away from now, or was seen before.
        """
        if abs(now - issued_at) > TOLERANCE:
            message = "the query was issued more than 60 seconds away from the gateway's clock; check yours, ask again"
            raise AnswerError(Reason.QUERY_STALE, message)
        seen = partner.encode() + b"\0" + request_id
        with self._lock:
            self._turn(now)
            if seen in self._young or seen in self._old:
                message = "a query with this request id was answered already; ask again with 16 new random bytes"
                raise AnswerError(Reason.QUERY_REPLAYED, message)
            self._young.add(seen)

    def _turn(self, now: datetime) -> None:
        if self._turned_at is None:
            self._turned_at = now
        elif now - self._turned_at > 2 * TOLERANCE:
            self._old, self._young = self._young, set()
            self._turned_at = now
