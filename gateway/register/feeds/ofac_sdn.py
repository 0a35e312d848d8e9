"""OFAC's Specially Designated Nationals list as published: `sdn.csv` with its overflow `sdn_comments.csv`.

Responsible for reading a publication and for giving every entry as a row in the admission shape.
Not responsible for the remarks' content (`ofac_remarks.py`), nor for admission; how to contest an entry is said by the
list's definition in the policy pack, not by the publication.

The format, as read in 61 publications: no header, twelve columns, `-0- ` for "no value", the file ends with a lone
0x1A byte; remarks stop at 1,000 characters and go on in the comments file, cut anywhere, even inside a word.
Every publication read is pure ASCII. The files are decoded as Latin-1, which cannot fail: names, the one place where
another character could stand, are not loaded, and a document number with such a character is refused further on.

Dates: a publication carries no date of designation. The feed is therefore undated: ruling, notice and start of an
entry carry the date of publication, and the register keeps those of the publication that first held the entry.

Trust: the file is believed for what it says; that it came from the Treasury is for the operator to see to.
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from typing import TYPE_CHECKING

from gateway.register.errors import FeedRefusal, FeedRefusedError
from gateway.register.feeds.feed import FeedHeader, FeedMode, FeedRow, unreadable
from gateway.register.feeds.ofac_remarks import extract_documents
from sanctions_matrix.documents import PartyKind
from sanctions_matrix.party import MAX_DOCUMENTS
from sanctions_matrix.violations import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from typing import BinaryIO

    from gateway.register.feeds.ofac_remarks import Extract

AUTHORITY = "Office of Foreign Assets Control, United States Department of the Treasury"
PLACE = timezone(timedelta(hours=-5))
"""Winter time in Washington, in which the list's definition counts days."""
REMARKS_LIMIT = 1_000
"""Characters of remarks in `sdn.csv`; from one below it on, remarks without overflow may be cut off."""
MAX_FILE_BYTES = 64 * 1024 * 1024
"""Thirty times a publication of 2022; also what an `.xz` file may unpack to."""

_END_OF_FILE = b"\x1a"
_NO_VALUE = "-0- "
_COLUMNS = 12
_COMMENT_COLUMNS = 2
_KINDS = {
    _NO_VALUE.strip(): PartyKind.ORGANISATION,
    "individual": PartyKind.NATURAL_PERSON,
    "vessel": PartyKind.VESSEL,
}
_AIRCRAFT = Violation(
    "A6",
    "there is no document type for this kind of entry; it cannot be identified, so it is not loaded",
    "此类条目没有可识别的证件类型, 不予载入",
    "party.kind",
)
_NOT_A_ROW = unreadable(
    "The line does not have an entry number and twelve columns; take the file as it was published.",
    "该行缺少条目编号或者不是十二列；请使用原始发布文件。",
)


@dataclass(frozen=True, slots=True)
class Publication:
    """One publication: the list's file, the overflow's where there is one, and the date of publication."""

    entries: BinaryIO
    comments: BinaryIO | None
    published_on: date


class OfacSdnFeed:
    """One publication as a full, undated feed; a publication of 2022 has 2 MB and is held in memory."""

    def __init__(self, publication: Publication, *, list_id: str) -> None:
        """Read the files.

        Raises:
            FeedRefusedError: if a file is empty, cut off, too large, or not of the format, or if the comments file
                lacks what does not fit into the list's remarks.
        """
        raw = _read(publication.entries)
        comments = b"" if publication.comments is None else _read(publication.comments)
        self._published_on = publication.published_on.isoformat()
        self._starts_at = datetime.combine(publication.published_on, time(), PLACE).isoformat()
        self._digest = hashlib.blake2b(
            len(raw).to_bytes(8) + raw + comments, digest_size=32
        ).digest()
        self._entries = _entries(raw)
        self._overflow = _overflow(comments)
        if publication.comments is not None:
            self._refuse_missing_overflow()
        sequence = int(publication.published_on.strftime("%Y%m%d"))
        self._header = FeedHeader(
            list_id, AUTHORITY, sequence, FeedMode.FULL, len(self._entries), is_undated=True
        )

    @property
    def header(self) -> FeedHeader:
        """The list, with the date of publication as the sequence."""
        return self._header

    def digest(self) -> bytes:
        """Return the digest of both files."""
        return self._digest

    def rows(self) -> Iterator[FeedRow]:
        """Yield every entry; see `Feed.rows`."""
        for line, cells in enumerate(self._entries, start=1):
            yield self._row(line, cells)

    def _refuse_missing_overflow(self) -> None:
        missing = sum(
            _is_full(cells[-1]) and cells[0].strip() not in self._overflow
            for cells in self._entries
            if len(cells) == _COLUMNS
        )
        if missing:
            message = (
                f"the comments file lacks the rest of {missing} entries: it was cut off or is another publication's; "
                "the last good list stays"
            )
            raise FeedRefusedError(FeedRefusal.CUT_OFF, message)

    def _row(self, line: int, cells: Sequence[str]) -> FeedRow:
        number = cells[0].strip()
        if len(cells) != _COLUMNS or not (number.isascii() and number.isdigit()):
            return FeedRow(line, None, None, (_NOT_A_ROW,))
        kind = _KINDS.get(cells[2].strip())
        if kind is None:
            return FeedRow(line, number, None, (_AIRCRAFT,))
        extract = self._extract(number, cells[-1], kind)
        notes = list(extract.notes)
        if len(extract.documents) > MAX_DOCUMENTS:
            notes.append(
                f"only the first {MAX_DOCUMENTS} of {len(extract.documents)} documents loaded"
            )
        return FeedRow(
            line,
            number,
            self._content(number, kind, extract),
            notes=tuple(notes),
            is_incomplete=_is_full(cells[-1]) and number not in self._overflow,
        )

    def _extract(self, number: str, remarks: str, kind: PartyKind) -> Extract:
        is_full = _is_full(remarks)
        overflow = self._overflow.get(number)
        if remarks.strip() == _NO_VALUE.strip():
            remarks = ""
        if overflow is None:
            return extract_documents(remarks, kind, is_cut_off=is_full)
        joined = remarks + overflow if is_full else f"{remarks};{overflow}"
        return extract_documents(joined, kind, is_cut_off=False)

    def _content(self, number: str, kind: PartyKind, extract: Extract) -> Mapping[str, object]:
        documents = [
            {"type": one.type, "number": one.number} for one in extract.documents[:MAX_DOCUMENTS]
        ]
        return {
            "record": number,
            "party": {"kind": kind.value, "documents": documents},
            "ruling": {
                "number": f"SDN {number}",
                "authority": AUTHORITY,
                "dated": self._published_on,
                "effective": True,
            },
            "ground": "designated",
            "notice": {"served_on": self._published_on},
            "starts_at": self._starts_at,
            "ends_at": None,
        }


def _is_full(remarks: str) -> bool:
    return len(remarks) >= REMARKS_LIMIT - 1


def _read(stream: BinaryIO) -> bytes:
    raw = stream.read(MAX_FILE_BYTES + 1)
    if len(raw) > MAX_FILE_BYTES:
        message = f"the file is larger than {MAX_FILE_BYTES // 2**20} MiB; it is not a publication of this list"
        raise FeedRefusedError(FeedRefusal.TOO_LARGE, message)
    if b"\x00" in raw:
        message = "the file holds zero bytes, as UTF-16 does; send the file as published"
        raise FeedRefusedError(FeedRefusal.WRONG_ENCODING, message)
    return raw


def _entries(raw: bytes) -> list[list[str]]:
    if not raw.strip(_END_OF_FILE + b"\r\n \t"):
        raise FeedRefusedError(
            FeedRefusal.EMPTY, "the publication is empty; the last good list stays"
        )
    if not raw.endswith(_END_OF_FILE):
        message = "the publication does not end with its 0x1A byte: it was cut off; the last good list stays"
        raise FeedRefusedError(FeedRefusal.CUT_OFF, message)
    entries = _table(raw[:-1])
    if not any(len(cells) == _COLUMNS for cells in entries):
        message = f"no line of the file has the {_COLUMNS} columns of sdn.csv; it is another file"
        raise FeedRefusedError(FeedRefusal.WRONG_HEADER, message)
    return entries


def _overflow(raw: bytes) -> dict[str, str]:
    rows = _table(raw.removesuffix(_END_OF_FILE))
    if any(len(cells) != _COMMENT_COLUMNS for cells in rows):
        message = f"a line of the comments file does not have {_COMMENT_COLUMNS} columns; send it as published"
        raise FeedRefusedError(FeedRefusal.WRONG_HEADER, message)
    overflow: dict[str, str] = {}
    for number, text in rows:
        overflow[number.strip()] = overflow.get(number.strip(), "") + text
    return overflow


def _table(raw: bytes) -> list[list[str]]:
    if raw and not raw.endswith(b"\n"):
        message = "the file ends in the middle of a line: it was cut off; the last good list stays"
        raise FeedRefusedError(FeedRefusal.CUT_OFF, message)
    try:
        return [
            cells
            for cells in csv.reader(io.StringIO(raw.decode("latin-1"), newline=""), strict=True)
            if cells
        ]
    except csv.Error:
        message = "a quotation mark is left open: the file was cut off or damaged; the last good list stays"
        raise FeedRefusedError(FeedRefusal.CUT_OFF, message) from None
