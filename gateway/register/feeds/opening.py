"""Opening a feed's file in the format that was asked for.

Responsible for files, compression, the neighbouring comments file of `ofac-sdn`, and its date of publication.
Not responsible for any format.
"""

from __future__ import annotations

import lzma
import re
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from gateway.register.errors import FeedRefusal, FeedRefusedError
from gateway.register.feeds.delimited import CsvFeed
from gateway.register.feeds.jsonl import JsonlFeed
from gateway.register.feeds.ofac_sdn import PLACE, OfacSdnFeed, Publication

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from gateway.register.feeds.feed import Feed

_COMPRESSED = ".xz"
_LIST_FILE = "sdn.csv"
_COMMENTS_FILE = "sdn_comments.csv"
_DATE = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)")


class FeedFormat(StrEnum):
    """The formats a feed can have."""

    JSONL = "jsonl"
    CSV = "csv"
    OFAC_SDN = "ofac-sdn"


@dataclass(frozen=True, slots=True)
class FeedSource:
    """Where a feed is; `comments` and `published_on` are for `ofac-sdn` only and are looked for when None."""

    path: Path
    format: FeedFormat
    list_id: str
    comments: Path | None = None
    published_on: date | None = None


@contextmanager
def open_feed(source: FeedSource) -> Iterator[Feed]:
    """Open the feed for as long as the block lasts.

    Raises:
        FeedRefusedError: if the file's beginning is not that of a feed of the format.
        OSError: if a file cannot be read.
    """
    with ExitStack() as stack:
        if source.format is FeedFormat.OFAC_SDN:
            yield _open_ofac(source, stack)
            return
        stream = stack.enter_context(source.path.open("rb"))
        yield CsvFeed(stream) if source.format is FeedFormat.CSV else JsonlFeed(stream)


def format_of(path: Path) -> FeedFormat:
    """Return the format that a file's name says; `ofac-sdn` never goes by the name."""
    return FeedFormat.CSV if path.suffix.lower() == ".csv" else FeedFormat.JSONL


def _open_ofac(source: FeedSource, stack: ExitStack) -> OfacSdnFeed:
    comments = source.comments or _neighbour(source.path)
    entries_stream = _open_maybe_compressed(source.path, stack)
    comments_stream = None if comments is None else _open_maybe_compressed(comments, stack)
    published_on = source.published_on or _published_on(source.path)
    try:
        return OfacSdnFeed(
            Publication(entries_stream, comments_stream, published_on), list_id=source.list_id
        )
    except (lzma.LZMAError, EOFError):
        message = "the .xz file is damaged or cut off; send it again"
        raise FeedRefusedError(FeedRefusal.CUT_OFF, message) from None


def _open_maybe_compressed(path: Path, stack: ExitStack) -> BinaryIO:
    if path.suffix == _COMPRESSED:
        return cast("BinaryIO", stack.enter_context(lzma.open(path)))
    return stack.enter_context(path.open("rb"))


def _neighbour(path: Path) -> Path | None:
    """Return the comments file beside a list file of the published name, compressed or not, if there is one."""
    if path.name.removesuffix(_COMPRESSED) != _LIST_FILE:
        return None
    candidates = (path.with_name(_COMMENTS_FILE), path.with_name(_COMMENTS_FILE + _COMPRESSED))
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _published_on(path: Path) -> date:
    """Return the date in the file's name, else the day (at the publisher's place) on which it was last modified."""
    match = _DATE.search(path.name)
    if match is not None:
        try:
            return date.fromisoformat(match[1])
        except ValueError:
            pass
    return datetime.fromtimestamp(path.stat().st_mtime, PLACE).date()
