"""The JSON Lines feed."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.register.errors import FeedRefusal, FeedRefusedError
from gateway.register.feeds.feed import FeedMode, FeedRow
from gateway.register.feeds.jsonl import JsonlFeed
from gateway.register.feeds.lines import MAX_LINE_BYTES

HEADER: dict[str, object] = {
    "jointgate_feed": 1,
    "list": "consumption-limited",
    "authority": "Synthetic Court",
    "sequence": 7,
    "mode": "full",
    "records": 1,
}


def header(**changes: object) -> bytes:
    """Return a header line."""
    return (
        json.dumps(
            {name: one for name, one in (HEADER | changes).items() if one is not None}
        ).encode()
        + b"\n"
    )


def opened(*lines: bytes) -> JsonlFeed:
    """Open a feed with these lines."""
    return JsonlFeed(io.BytesIO(b"".join(lines)))


def rows(*lines: bytes) -> list[FeedRow]:
    """Return the rows of a feed with these lines, of which the header counts all but itself and the end."""
    return list(opened(header(records=len(lines)), *lines, b'{"end": %d}\n' % len(lines)).rows())


def test_a_feed_is_a_header_rows_and_an_end() -> None:
    """Header and rows come out as written, rows with their line."""
    feed = opened(header(), b'{"record": "R-1"}\n', b'{"end": 1}')
    assert (feed.header.sequence, feed.header.mode, feed.header.records) == (7, FeedMode.FULL, 1)
    assert list(feed.rows()) == [FeedRow(2, "R-1", {"record": "R-1"})]


def test_the_digest_covers_every_byte() -> None:
    """Two feeds that differ anywhere have different digests."""
    digests = set()
    for record in (b'{"record": "R-1"}\n', b'{"record": "R-2"}\n', b'{"record":  "R-1"}\n'):
        feed = opened(header(), record, b'{"end": 1}\n')
        list(feed.rows())
        digests.add(feed.digest())
    assert len(digests) == 3


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((), FeedRefusal.EMPTY),
        ((b"\n",), FeedRefusal.WRONG_HEADER),
        ((b"[1]\n",), FeedRefusal.WRONG_HEADER),
        ((b'{"record": "R-1"}\n',), FeedRefusal.WRONG_HEADER),
        ((header(jointgate_feed=2),), FeedRefusal.WRONG_HEADER),
        ((header(list=None),), FeedRefusal.WRONG_HEADER),
        ((header(sequence="7"),), FeedRefusal.WRONG_HEADER),
        ((header(sequence=True),), FeedRefusal.WRONG_HEADER),
        ((header(sequence=-1),), FeedRefusal.WRONG_HEADER),
        ((header(sequence=2**53 + 1),), FeedRefusal.WRONG_HEADER),
        ((header(mode="some"),), FeedRefusal.WRONG_HEADER),
        ((header(extra=1),), FeedRefusal.WRONG_HEADER),
        ((header(list=" " * 201),), FeedRefusal.WRONG_HEADER),
        ((header(authority=""),), FeedRefusal.WRONG_HEADER),
        ((header(authority=" "),), FeedRefusal.WRONG_HEADER),
        ((header(authority="Synthetic Court "),), FeedRefusal.WRONG_HEADER),
        ((header(authority="Synthetic  Court"),), FeedRefusal.WRONG_HEADER),
        ((header(authority="Synthetic\u200b Court"),), FeedRefusal.WRONG_HEADER),
        ((header(authority=7),), FeedRefusal.WRONG_HEADER),
        ((header(records=0),), FeedRefusal.EMPTY),
        ((b"\xff\xfe{\x00}\x00",), FeedRefusal.WRONG_ENCODING),
        ((b'{"list": ' + b"[" * 60_000 + b"\n",), FeedRefusal.WRONG_HEADER),
    ],
)
def test_a_wrong_beginning_is_refused(lines: tuple[bytes, ...], reason: FeedRefusal) -> None:
    """A file that does not begin as a feed is not read any further."""
    with pytest.raises(FeedRefusedError) as refusal:
        opened(*lines)
    assert refusal.value.reason is reason


def test_a_wrong_number_is_told_with_its_bounds() -> None:
    """Whoever gives too large a number learns that it was a number, and how large one may be."""
    with pytest.raises(
        FeedRefusedError, match="sequence must be a number from 0 to 9007199254740992"
    ):
        opened(header(sequence=2**53 + 1))


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((b'{"record": "R-1"}\n',), FeedRefusal.CUT_OFF),
        ((b'{"end": 1}\n',), FeedRefusal.CUT_OFF),
        ((b'{"record": "R-1"}\n', b'{"end": 2}\n'), FeedRefusal.CUT_OFF),
        ((b'{"record": "R-1"}\n', b'{"end": true}\n'), FeedRefusal.CUT_OFF),
        ((b'{"record": "R-1"}\n', b'{"end": 1.0}\n'), FeedRefusal.CUT_OFF),
        ((b'{"record": "R-1"}\n', b'{"end": ' + b"[" * 60_000 + b"\n"), FeedRefusal.CUT_OFF),
        ((b'{"record": "R-1"}\n', b'{"end": 1}\n', b"{}\n"), FeedRefusal.CUT_OFF),
        ((b'{"record": "R-1"}\n', b'{"record": "R-2"}\n', b'{"end": 2}\n'), FeedRefusal.CUT_OFF),
        ((b'{"record": "\xe9"}\n', b'{"end": 1}\n'), FeedRefusal.WRONG_ENCODING),
    ],
)
def test_a_file_not_to_be_trusted_is_refused(lines: tuple[bytes, ...], reason: FeedRefusal) -> None:
    """Cut off, miscounted, continued after its end, or not UTF-8."""
    feed = opened(header(), *lines)
    with pytest.raises(FeedRefusedError) as refusal:
        list(feed.rows())
    assert refusal.value.reason is reason


@pytest.mark.parametrize(
    "line",
    [
        b"not JSON\n",
        b"[]\n",
        b"\n",
        b'{"record": "R-1", "record": "R-2"}\n',
        b'{"record": "R-1", "record" : "R-2"}\n',
        b'{"record": "R-1", "party": {"kind": "a", "kind": "b"}}\n',
        b'{"record": "R-1", "ruling": {"number": "\\"1", "number": "2"}}\n',
        b'{"record": "R-1", "x": NaN}\n',
        b'{"record": "R-1\\u0000"}\n',
        b'{"record": "R-1", "x": ["\\ud800"]}\n',
        b"[" * 60_000 + b"\n",
        b'{"record": "\\u0041", "x": ' + b"[" * 900 + b"]" * 900 + b"}\n",
        b'{"record": "' + b"x" * MAX_LINE_BYTES + b'"}\n',
    ],
    ids=range(13),
)
def test_a_line_that_cannot_be_read_is_a_problem_of_that_line(line: bytes) -> None:
    """Broken, ambiguous, oversized and hostile lines are quarantined; the rest of the feed is read."""
    first, second = rows(line, b'{"record": "R-9"}\n')
    assert (first.content, [one.rule for one in first.problems]) == (None, ["F1"])
    assert second.record == "R-9"


@given(
    st.dictionaries(
        st.text(max_size=8),
        st.recursive(st.text(max_size=8), lambda inner: st.lists(inner, max_size=3)),
        max_size=5,
    ).filter(lambda row: list(row) != ["end"])
)
def test_a_row_without_control_characters_comes_out_as_written(row: dict[str, object]) -> None:
    """Both ways of reading a line give the object that was written."""
    escaped, plain = (
        json.dumps(row, ensure_ascii=ascii_).encode() + b"\n" for ascii_ in (True, False)
    )
    for read in rows(escaped, plain):
        assert read.content == row or read.problems
    if not any(
        ord(one) < 32 or ord(one) == 127 for one in json.dumps(row, ensure_ascii=False)
    ) and "\\" not in repr(row):
        assert rows(plain)[0].content == row
