"""The JSON Lines feed: a header object, one object per row in the admission shape, an end object.

Responsible for the format described in docs/formats.md, chapter "JSON Lines".
Not responsible for what the rows mean (`sanctions_matrix.admission`).

Rules kept here: UTF-8, at most 64 KiB a line, no key twice in one object, no control characters;
a file without its end object, or whose end object counts differently, is cut off.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

import msgspec

from gateway.register.errors import FeedRefusal, FeedRefusedError
from gateway.register.feeds.feed import FeedHeader, FeedRow, unreadable
from gateway.register.feeds.header import check_count, parse_header
from gateway.register.feeds.lines import BoundedLines, decode_utf8, has_control_characters

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from sanctions_matrix.violations import Violation

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_TOO_LONG = unreadable(
    "The line is longer than 64 KiB; send a shorter row.", "该行超过 64 KiB；请缩短后重新报送。"
)
_NOT_AN_OBJECT = unreadable(
    "The line is not one JSON object with distinct keys; write one object per line.",
    "该行不是一个键不重复的 JSON 对象；请每行填写一个对象。",
)
_CONTROL = unreadable(
    "A text holds a control character; remove it.", "文本含有控制字符；请删除后重新报送。"
)


class JsonlFeed:
    """A JSON Lines feed on a binary stream that the caller opens and closes."""

    def __init__(self, stream: BinaryIO) -> None:
        """Read the header line.

        Raises:
            FeedRefusedError: if the file is empty or does not begin with a header.
        """
        self._lines = BoundedLines(stream)
        self._numbered = iter(self._lines)
        self._header = self._read_header()

    @property
    def header(self) -> FeedHeader:
        """What the first line says."""
        return self._header

    def digest(self) -> bytes:
        """Return the digest of everything read."""
        return self._lines.digest()

    def rows(self) -> Iterator[FeedRow]:
        """Yield the rows between the header and the end object; see `Feed.rows`."""
        count = 0
        end: object = None
        for line, raw in self._numbered:
            if end is not None:
                message = f"line {line} follows the end object; send one feed per file"
                raise FeedRefusedError(FeedRefusal.CUT_OFF, message)
            if raw is not None and raw.startswith(b'{"end"'):
                end = _parse_end(raw)
                continue
            count += 1
            yield _parse_row(line, raw)
        check_count(count, announced=self._header.records, ended=end)

    def _read_header(self) -> FeedHeader:
        line, raw = next(self._numbered, (0, b""))
        if line == 0:
            raise FeedRefusedError(
                FeedRefusal.EMPTY, "the file is empty; the last good state stays"
            )
        try:
            content = _load(decode_utf8(raw or b"", line))
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict) or content.pop("jointgate_feed", None) != 1:
            message = (
                'the first line is not a feed header; it must hold {"jointgate_feed": 1, "list": …}'
            )
            raise FeedRefusedError(FeedRefusal.WRONG_HEADER, message)
        return parse_header(content)


def _parse_row(line: int, raw: bytes | None) -> FeedRow:
    if raw is None:
        return FeedRow(line, None, None, (_TOO_LONG,))
    plain = _plain_object(raw)
    if plain is not None:
        record = plain.get("record")
        return FeedRow(line, record if isinstance(record, str) else None, plain)
    text = decode_utf8(raw, line)
    try:
        content = _load(text)
        has_control = "\\u" in text and _has_control(content)
    except (ValueError, RecursionError):
        return FeedRow(line, None, None, (_NOT_AN_OBJECT,))
    if not isinstance(content, dict):
        return FeedRow(line, None, None, (_NOT_AN_OBJECT,))
    record = content.get("record")
    known = record if isinstance(record, str) else None
    problems: tuple[Violation, ...] = ()
    if has_control:
        problems = (_CONTROL,)
        known = known if known is None or not has_control_characters(known) else None
    return FeedRow(line, known, None if problems else content, problems)


def _plain_object(raw: bytes) -> dict[str, object] | None:
    """Return the object of a line without escapes and repeated keys, quickly; None when the line needs a closer look.

    Without escapes every quotation mark begins or ends a string, so a repeated key, which is lost in reading,
    shows in their number when the object is written again.
    """
    if b"\\" in raw:
        return None
    try:
        content = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(content, dict) or _encode(content).count(b'"') != raw.count(b'"'):
        return None
    return content


def _parse_end(raw: bytes) -> object:
    try:
        content = _load(raw.decode("ascii"))
    except (ValueError, RecursionError):
        return "unreadable"
    return (
        content["end"] if isinstance(content, dict) and list(content) == ["end"] else "unreadable"
    )


def _load(text: str) -> object:
    content: object = _DECODER.decode(text)
    return content


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) != len(pairs):
        message = "a key stands twice in one object"
        raise ValueError(message)
    return content


def _refuse_constant(_name: str) -> NoReturn:
    message = "NaN and Infinity are not JSON"
    raise ValueError(message)


_DECODER = json.JSONDecoder(object_pairs_hook=_distinct, parse_constant=_refuse_constant)


def _has_control(content: object) -> bool:
    if isinstance(content, str):
        return has_control_characters(content)
    if isinstance(content, dict):
        return any(_has_control(key) or _has_control(value) for key, value in content.items())
    return isinstance(content, list) and any(map(_has_control, content))
