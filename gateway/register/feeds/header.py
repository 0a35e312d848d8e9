"""The header and the closing count that the two formats of our own share.

Responsible for turning the header's fields into a `FeedHeader` and for noticing a file that was cut off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.register.authority_names import MAX_TITLE, is_title
from gateway.register.errors import FeedRefusal, FeedRefusedError
from gateway.register.feeds.feed import FeedHeader, FeedMode

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXT_FIELDS = ("list", "authority", "mode")
_NUMBER_FIELDS = ("sequence", "records")
MAX_NUMBER = 2**53
"""Up to here every program reads a JSON number exactly."""


def parse_header(content: Mapping[str, object]) -> FeedHeader:
    """Return the header.

    Raises:
        FeedRefusedError: naming every field that is missing, unknown or wrong; also if no row is announced.
    """
    problems = [
        f"{name} is unknown" for name in content if name not in _TEXT_FIELDS + _NUMBER_FIELDS
    ]
    problems += [
        f"{name} must be a text"
        for name in _TEXT_FIELDS
        if name != "authority" and not _is_text(content.get(name))
    ]
    if not is_title(content.get("authority")):
        problems.append("authority must be a title, with no blank at its ends and no two in a row")
    problems += [
        f"{name} must be a number from 0 to {MAX_NUMBER}"
        for name in _NUMBER_FIELDS
        if not _is_number(content.get(name))
    ]
    mode = content.get("mode")
    if mode not in tuple(FeedMode):
        problems.append("mode must be full or changes")
    if problems:
        raise FeedRefusedError(
            FeedRefusal.WRONG_HEADER, "the feed's header is wrong: " + "; ".join(problems)
        )
    records, sequence = content["records"], content["sequence"]
    if not isinstance(records, int) or not isinstance(sequence, int) or records == 0:
        raise FeedRefusedError(
            FeedRefusal.EMPTY, "the feed announces no rows; the last good state stays"
        )
    return FeedHeader(
        str(content["list"]), str(content["authority"]), sequence, FeedMode(str(mode)), records
    )


def check_count(count: int, *, announced: int | None, ended: object) -> None:
    """Refuse a feed whose rows, announced number and closing number are not one and the same.

    Raises:
        FeedRefusedError: if the closing line is missing or the three numbers differ.
    """
    if ended is None:
        message = f"the file ends after {count} rows without its closing line: it was cut off; send it again"
        raise FeedRefusedError(FeedRefusal.CUT_OFF, message)
    if not _is_number(ended) or ended != count or announced != count:
        message = f"the file holds {count} rows, but its header or its closing line counts others; send it again"
        raise FeedRefusedError(FeedRefusal.CUT_OFF, message)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_TITLE and value.isprintable()


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_NUMBER
