"""Lines of untrusted files: bounded in length, decoded strictly, digested as they pass.

Responsible for reading a binary stream line by line and for the limits on it.
Not responsible for what a line means.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from gateway.register.errors import FeedRefusal, FeedRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

MAX_LINE_BYTES = 64 * 1024
"""A row with 16 documents takes about 2 KiB; anything near this limit is not a row."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class BoundedLines:
    """The lines of a stream, numbered from 1; a line over the limit comes as None and is skipped to its end."""

    def __init__(self, stream: BinaryIO) -> None:
        """Read from `stream`, which the caller opens in binary mode and closes."""
        self._stream = stream
        self._hash = hashlib.blake2b(digest_size=32)

    def __iter__(self) -> Iterator[tuple[int, bytes | None]]:
        """Yield (line number, bytes without the line's end)."""
        number = 0
        update = self._hash.update
        readline = self._stream.readline
        while raw := readline(MAX_LINE_BYTES + 2):
            number += 1
            update(raw)
            if len(raw) > MAX_LINE_BYTES and not raw.endswith(b"\n"):
                self._skip_to_line_end()
                yield number, None
                continue
            yield number, raw.rstrip(b"\r\n")

    def digest(self) -> bytes:
        """Return the BLAKE2b-256 digest of everything read so far."""
        return self._hash.digest()

    def _skip_to_line_end(self) -> None:
        while piece := self._stream.readline(MAX_LINE_BYTES):
            self._hash.update(piece)
            if piece.endswith(b"\n"):
                return


def decode_utf8(raw: bytes, line: int) -> str:
    """Return the text of a line.

    Raises:
        FeedRefusedError: if the bytes are not UTF-8, because then no other line can be trusted either.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        message = f"line {line} is not UTF-8; export the feed as UTF-8 and send it again"
        raise FeedRefusedError(FeedRefusal.WRONG_ENCODING, message) from None


def has_control_characters(text: str) -> bool:
    """Whether the text holds a control character or half of a surrogate pair, which no field may."""
    return _CONTROL.search(text) is not None
