"""Opening feeds by their files."""

import lzma
import os
from datetime import date
from pathlib import Path

import pytest

from gateway.register.errors import FeedRefusal, FeedRefusedError
from gateway.register.feeds import FeedFormat, FeedSource, format_of, open_feed

ENTRY = b'1,"x","individual",' + b'"-0- ",' * 8 + b'"Passport U0001 (Iran)"\r\n\x1a'


def sequence(path: Path, published_on: date | None = None) -> int:
    """Return the sequence of a publication."""
    source = FeedSource(path, FeedFormat.OFAC_SDN, "sdn", published_on=published_on)
    with open_feed(source) as feed:
        return feed.header.sequence


def documents(path: Path, comments: Path | None = None) -> int:
    """Return how many documents the first entry has."""
    source = FeedSource(path, FeedFormat.OFAC_SDN, "sdn", comments=comments)
    with open_feed(source) as feed:
        party = (next(feed.rows()).content or {})["party"]
        assert isinstance(party, dict)
        return len(party["documents"])


def test_the_format_goes_by_the_name() -> None:
    """CSV by its suffix, everything else is JSON Lines."""
    assert format_of(Path("a.CSV")) is FeedFormat.CSV
    assert format_of(Path("a.jsonl")) is FeedFormat.JSONL


def test_the_date_of_publication(tmp_path: Path) -> None:
    """Given, else in the file's name, else the day in Washington on which the file was modified."""
    named, plain = tmp_path / "001_2021-08-18_x.csv", tmp_path / "x.csv"
    for path in (named, plain):
        path.write_bytes(ENTRY)
        os.utime(path, (0, 0))
    assert sequence(named, date(2020, 1, 2)) == 20200102
    assert sequence(named) == 20210818
    assert sequence(plain) == 19691231
    os.utime(plain, (5 * 3_600, 5 * 3_600))
    assert sequence(plain) == 19700101


@pytest.mark.parametrize("suffix", ["", ".xz"])
def test_the_comments_file_is_found_beside_the_list(tmp_path: Path, suffix: str) -> None:
    """Plain or compressed, and an explicit one wins."""
    path, comments, other = (
        tmp_path / name for name in (f"sdn.csv{suffix}", f"sdn_comments.csv{suffix}", "other.csv")
    )
    pack = lzma.compress if suffix else bytes
    path.write_bytes(pack(ENTRY))
    assert documents(path) == 1
    comments.write_bytes(pack(b'1,"Passport U0002 (Iran)"\r\n'))
    other.write_bytes(b'1,"Passport U0002 (Iran); Passport U0003 (Iran)"\r\n')
    assert documents(path) == 2
    assert documents(path, other) == 3


@pytest.mark.parametrize("content", [b"not xz", lzma.compress(ENTRY)[:-8], b""])
def test_a_damaged_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    """An archive that cannot be unpacked to its end is cut off."""
    path = tmp_path / "sdn.csv.xz"
    path.write_bytes(content)
    with pytest.raises(FeedRefusedError) as refusal:
        documents(path)
    assert refusal.value.reason in {FeedRefusal.CUT_OFF, FeedRefusal.EMPTY}
