"""Rows on their way from a feed into the register: flat, digested, and spooled to disk when they differ.

Responsible for the flat form of an admitted row, its content digest, and the spool between the two phases of an import.
Not responsible for comparing with what is held, nor for writing.

Rules kept here: equal content has an equal digest, whatever line it stands on;
the spool is an unnamed temporary file, so it is gone with the program however it ends, and nobody else can open it.
"""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from gateway.register.columns import measures_text, microseconds_of, reference_of
from gateway.register.errors import SpoolError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    from gateway.register.feeds.feed import FeedHeader
    from sanctions_matrix.listing import Submission

_Item = TypeVar("_Item")

_DIGEST_BYTES = 16
_encode = msgspec.json.Encoder().encode


class StagedRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An admitted row as the columns of `listing` and `listing_document` want it.

    `digest` is hexadecimal; `starts_at` and `ends_at` are microseconds since 1970-01-01 UTC; civil dates are ISO texts.
    A proposed row has neither `served_on` nor `starts_at`.
    """

    reference: str
    line: int
    digest: str
    record: str
    party_kind: str
    authority: str
    ruling_number: str
    ground: str
    ends_at: int | None
    measures: str
    contest: tuple[str, str, str]
    responsible_reference: str | None
    responsible_role: str | None
    responsible_ended_on: str | None
    documents: tuple[tuple[str, str], ...]
    ruling_dated: str
    served_on: str | None
    starts_at: int | None

    def __repr__(self) -> str:
        """Show where the row stands and nothing of what it says."""
        return f"StagedRow(reference={self.reference!r}, line={self.line})"


class Stager:
    """Makes staged rows of one feed; the same submission always makes the same row."""

    def __init__(self, header: FeedHeader, *, secret: bytes) -> None:
        """Stage for the list and authority of a feed; an undated feed's dates are left out of the digests."""
        self._list_id = header.list_id
        self._authority = header.authority
        self._secret = secret
        self._is_undated = header.is_undated

    def reference(self, record: str) -> str:
        """Return the reference of a record of this feed."""
        return reference_of(self._list_id, self._authority, record, self._secret)

    def stage(self, submission: Submission, *, reference: str, line: int) -> StagedRow:
        """Return the flat form with its digest; documents are ordered, so their order in the feed does not matter."""
        responsible = submission.responsible_for
        contest = submission.contest
        window, notice = submission.window, submission.notice
        ends_at = None if window is None else window.ends_at
        content = (
            submission.party_kind.value,
            submission.ruling.authority,
            submission.ruling.number,
            submission.ground,
            None if ends_at is None else microseconds_of(ends_at),
            measures_text(submission.measures),
            (contest.body, contest.address, contest.deadline),
            self.reference(responsible.listing) if responsible else None,
            responsible.role.value if responsible else None,
            responsible.ended_on.isoformat() if responsible and responsible.ended_on else None,
            tuple(sorted({(one.type, one.number) for one in submission.documents})),
        )
        dates = (
            submission.ruling.dated.isoformat(),
            None if notice is None else notice.served_on.isoformat(),
            None if window is None else microseconds_of(window.starts_at),
        )
        digest = self._digest(content if self._is_undated else content + dates)
        return StagedRow(reference, line, digest, submission.record, *content, *dates)

    def _digest(self, content: tuple[object, ...]) -> str:
        return hashlib.blake2b(
            _encode(content), key=self._secret, digest_size=_DIGEST_BYTES
        ).hexdigest()


@contextmanager
def _blaming_the_folder() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = (
            f"the temporary folder cannot be used: {error.strerror}; make room in it or set TMPDIR"
        )
        raise SpoolError(message) from None


class Spool(Generic[_Item]):
    """Values of one type on disk as lines of JSON, written once and then read once, in order.

    `count` is how many were put into it.
    """

    def __init__(self, kind: type[_Item]) -> None:
        """Open an unnamed file in the temporary folder for values of `kind`."""
        self.count = 0
        self._decode = msgspec.json.Decoder(kind).decode
        with _blaming_the_folder():
            self._file = tempfile.TemporaryFile("w+b")  # noqa: SIM115 closed by __exit__

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Close the file, which removes it."""
        with suppress(OSError):  # what was not written yet is not wanted any more
            self._file.close()

    def put(self, value: _Item) -> None:
        """Append one value.

        Raises:
            SpoolError: if the temporary folder is full.
        """
        with _blaming_the_folder():
            self._file.write(_encode(value) + b"\n")
        self.count += 1

    def __iter__(self) -> Iterator[_Item]:
        """Read everything back, from the first.

        Raises:
            SpoolError: if the temporary folder is full, so that the last values were not written.
        """
        with _blaming_the_folder():
            self._file.flush()
            self._file.seek(0)
        yield from map(self._decode, self._file)
