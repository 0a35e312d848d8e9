"""Places of submissions: so many are received or wait at once, and so many of them are one authority's.

Responsible for: counting them.
Not responsible for: who holds a place, and until when (`service.py`, `importing.py`).
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from gateway.register_service.failures import ServiceError, ServiceReason

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

MAX_SUBMISSIONS = 4
"""So many submissions are received or wait at once."""
MAX_SUBMISSIONS_OF_ONE = 2
"""So many of them are one authority's."""


class Places:
    """The places of one service; safe for threads."""

    def __init__(self) -> None:
        """Begin with all of them free."""
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, authority: str) -> Place:
        """Return a place for a submission of the authority with this id.

        Raises:
            ServiceError: there is none.
        """
        with self._lock:
            if (
                self._taken.total() >= MAX_SUBMISSIONS
                or self._taken[authority] >= MAX_SUBMISSIONS_OF_ONE
            ):
                message = (
                    "too many submissions are being received or wait; send yours again in a moment"
                )
                raise ServiceError(ServiceReason.OVERLOADED, message)
            self._taken[authority] += 1
        return Place(self, authority)

    def give_back(self, authority: str) -> None:
        """Free a place of the authority."""
        with self._lock:
            self._taken[authority] -= 1


class Place:
    """A place that was taken; use it in a `with` statement, which releases it unless it was handed over."""

    def __init__(self, places: Places, authority: str) -> None:
        """Use `Places.take` instead."""
        self._places = places
        self._authority = authority
        self._is_handed_over = False

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Release it, unless somebody else does."""
        if not self._is_handed_over:
            self.release()

    def hand_over(self) -> None:
        """Leave it to somebody else, who releases it once."""
        self._is_handed_over = True

    def release(self) -> None:
        """Give it back."""
        self._places.give_back(self._authority)
