"""The CSV feed: for agencies whose systems export tables.

Responsible for the format described in docs/formats.md, chapter "CSV".
Not responsible for what the rows mean (`sanctions_matrix.admission`).

Rules kept here: UTF-8, at most 64 KiB a line, one line per row (no line breaks inside a field), the columns exactly
as `COLUMNS` names them and in that order; a file without its closing line is cut off.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from gateway.register.errors import FeedRefusal, FeedRefusedError
from gateway.register.feeds.feed import FeedHeader, FeedRow, unreadable
from gateway.register.feeds.header import check_count, parse_header
from gateway.register.feeds.lines import BoundedLines, decode_utf8, has_control_characters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

COLUMNS = (
    "record",
    "kind",
    "documents",
    "born_on",
    "ruling_number",
    "ruling_authority",
    "ruling_dated",
    "ruling_effective",
    "ground",
    "served_on",
    "starts_at",
    "ends_at",
    "measures",
    "contest_body",
    "contest_address",
    "contest_deadline",
    "responsible_listing",
    "responsible_role",
    "responsible_ended_on",
)

_MAGIC = "#jointgate_feed"
_END = "#end"
_HEADER_FIELDS = ("list", "authority", "sequence", "mode", "records")
_EFFECTIVE = {"true": True, "false": False}

_TOO_LONG = unreadable(
    "The line is longer than 64 KiB; send a shorter row.", "该行超过 64 KiB；请缩短后重新报送。"
)
_NOT_A_ROW = unreadable(
    f"The line does not have the {len(COLUMNS)} columns of the header, or a quote is open; write one row per line.",
    f"该行不是 {len(COLUMNS)} 列，或者引号未闭合；请按表头的列填写。",
)
_NOT_A_DOCUMENT = unreadable(
    "A document is not written as TYPE:NUMBER; write each so, and join several by semicolons.",
    "证件的写法不符合“类型:号码”；请按此填写，多个证件以分号分隔。",
    "documents",
)


class CsvFeed:
    """A CSV feed on a binary stream that the caller opens and closes."""

    def __init__(self, stream: BinaryIO) -> None:
        """Read the header line and the line with the column names.

        Raises:
            FeedRefusedError: if the file is empty, has no header, or other columns than `COLUMNS`.
        """
        self._lines = BoundedLines(stream)
        self._numbered = iter(self._lines)
        self._header = self._read_header()
        if self._next_cells() != list(COLUMNS):
            message = "the second line must name the columns: " + ",".join(COLUMNS)
            raise FeedRefusedError(FeedRefusal.WRONG_HEADER, message)

    @property
    def header(self) -> FeedHeader:
        """What the first line says."""
        return self._header

    def digest(self) -> bytes:
        """Return the digest of everything read."""
        return self._lines.digest()

    def rows(self) -> Iterator[FeedRow]:
        """Yield the rows between the column names and the closing line; see `Feed.rows`."""
        count = 0
        end: object = None
        for line, raw in self._numbered:
            if end is not None:
                message = f"line {line} follows the closing line; send one feed per file"
                raise FeedRefusedError(FeedRefusal.CUT_OFF, message)
            if raw is not None and raw.startswith(_END.encode()):
                end = _parse_end(raw)
                continue
            count += 1
            yield _parse_row(line, raw)
        check_count(count, announced=self._header.records, ended=end)

    def _read_header(self) -> FeedHeader:
        cells = self._next_cells()
        if not cells:
            raise FeedRefusedError(
                FeedRefusal.EMPTY, "the file is empty; the last good state stays"
            )
        if cells[:2] != [_MAGIC, "1"] or len(cells) != len(_HEADER_FIELDS) + 2:
            message = (
                f"the first line is not a feed header; it must be {_MAGIC},1,"
                + ",".join(_HEADER_FIELDS).upper()
            )
            raise FeedRefusedError(FeedRefusal.WRONG_HEADER, message)
        content: dict[str, object] = dict(zip(_HEADER_FIELDS, cells[2:], strict=True))
        for name in ("sequence", "records"):
            content[name] = _number(str(content[name]))
        return parse_header(content)

    def _next_cells(self) -> list[str]:
        line, raw = next(self._numbered, (0, b""))
        return _cells(decode_utf8((raw or b"").removeprefix(b"\xef\xbb\xbf"), line)) or []


def _cells(text: str) -> list[str] | None:
    if has_control_characters(text):
        return None
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 16 else None  # noqa: PLR2004 below 2**53


def _parse_end(raw: bytes) -> object:
    cells = _cells(raw.decode("ascii", errors="replace")) or []
    return _number(cells[1]) if len(cells) == 2 and cells[0] == _END else "unreadable"  # noqa: PLR2004 a pair


def _parse_row(line: int, raw: bytes | None) -> FeedRow:
    if raw is None:
        return FeedRow(line, None, None, (_TOO_LONG,))
    cells = _cells(decode_utf8(raw, line))
    if cells is None or len(cells) != len(COLUMNS):
        return FeedRow(line, None, None, (_NOT_A_ROW,))
    cell = dict(zip(COLUMNS, cells, strict=True))
    record = cell["record"] or None
    documents = _documents(cell["documents"])
    if documents is None:
        return FeedRow(line, record, None, (_NOT_A_DOCUMENT,))
    return FeedRow(line, record, _content(cell, documents))


def _documents(text: str) -> list[dict[str, str]] | None:
    documents = []
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        type_, colon, number = part.rpartition(":")
        if not colon:
            return None
        documents.append({"type": type_, "number": number})
    return documents


def _content(cell: dict[str, str], documents: Sequence[dict[str, str]]) -> dict[str, object]:
    party: dict[str, object] = {"kind": cell["kind"], "documents": list(documents)}
    if cell["born_on"]:
        party["born_on"] = cell["born_on"]
    content: dict[str, object] = {
        "record": cell["record"],
        "party": party,
        "ruling": {
            "number": cell["ruling_number"],
            "authority": cell["ruling_authority"],
            "dated": cell["ruling_dated"],
            "effective": _EFFECTIVE.get(cell["ruling_effective"], cell["ruling_effective"]),
        },
        "ground": cell["ground"],
        "notice": {"served_on": cell["served_on"]},
        "starts_at": cell["starts_at"],
        "ends_at": cell["ends_at"] or None,
        "contest": {name: cell[f"contest_{name}"] for name in ("body", "address", "deadline")},
    }
    if cell["measures"]:
        content["measures"] = cell["measures"].split(";")
    responsible = {name: cell[f"responsible_{name}"] for name in ("listing", "role", "ended_on")}
    if any(responsible.values()):
        content["responsible_for"] = {name: value for name, value in responsible.items() if value}
    return content
