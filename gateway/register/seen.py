"""A set of listings, small enough to hold all of them.

Responsible for that and nothing else.
"""

from __future__ import annotations


class Seen:
    """A set of listing ids in one bit each."""

    def __init__(self, last_id: int) -> None:
        """Make room for the ids from 1 to `last_id`."""
        self._last_id = last_id
        self._bits = bytearray(last_id // 8 + 1)

    def add(self, number: int) -> bool:
        """Add an id and say whether it was there before."""
        index, bit = number >> 3, 1 << (number & 7)
        before = self._bits[index] & bit
        self._bits[index] |= bit
        return bool(before)

    def __contains__(self, number: int) -> bool:
        """Whether the id is in the set; ids beyond the room are, for they are younger than the survey."""
        return number > self._last_id or bool(self._bits[number >> 3] & 1 << (number & 7))
