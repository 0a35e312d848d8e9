"""The importer of OFAC's list, on the real publications.

The folder is named by JOINTGATE_OFAC_DIR and stays outside of the project: it holds real people's names and numbers.
Nothing here prints one: failures show counts and entry numbers only.
"""

import csv
import io
import lzma
import os
import re
import tarfile
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gateway.packs import load_pack
from gateway.register import FeedRefusal, FeedRefusedError, ImportReport, Register
from gateway.register.feeds import FeedFormat, FeedSource, open_feed
from gateway.register.feeds.ofac_remarks import extract_documents
from sanctions_matrix.documents import PartyKind
from tests.integration.conftest import Figure

pytestmark = pytest.mark.integration

_SKIPPED = (
    "NOT TESTED: the import of the real OFAC list. Set JOINTGATE_OFAC_DIR to the folder that holds "
    "2021-07/ and sdn_history_*.tar.xz"
)
_JULY = date(2021, 7, 30)
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_PACK = load_pack("us-ofac-sdn")
_KINDS = {"individual": PartyKind.NATURAL_PERSON, "vessel": PartyKind.VESSEL}

# Written without looking at the importer: what stands behind the word up to a date, a place or other words.
_PASSPORT = re.compile(r"(?:^|; )[^;']*?\bPassport\b([^;]*)")
_BEHIND = re.compile(r" issued| expires| and |,| \(")


@pytest.fixture(scope="module")
def folder() -> Path:
    """The folder of the publications."""
    name = os.environ.get("JOINTGATE_OFAC_DIR")
    if not name:
        pytest.skip(_SKIPPED)
    return Path(name)


class Remarks(dict[str, tuple[PartyKind, str]]):
    """Kind and remarks by entry; shown by number only, so that a failure prints nobody's."""

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"<the remarks of {len(self)} entries>"


@pytest.fixture(scope="module")
def joined_remarks(folder: Path) -> Remarks:
    """Kind and whole remarks of every entry of July 2021, read without the importer."""
    comments = {row[0]: row[1] for row in _rows(folder / "2021-07" / "sdn_comments.csv.xz")}
    return Remarks(
        (row[0], (_KINDS.get(row[2], PartyKind.ORGANISATION), row[11] + comments.get(row[0], "")))
        for row in _rows(folder / "2021-07" / "sdn.csv.xz")
    )


@pytest.fixture(scope="module")
def publications(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The sixty publications of the history, in order."""
    target = tmp_path_factory.mktemp("history")
    (archive,) = folder.glob("sdn_history_*.tar.xz")
    with tarfile.open(archive) as members:
        members.extractall(target, filter="data")
    return sorted(target.rglob("*.csv"))


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    """An empty register over the small pack."""
    with Register.open(f"sqlite:///{tmp_path / 'register.sqlite'}", _PACK) as opened:
        yield opened


def _rows(path: Path) -> list[list[str]]:
    text = lzma.decompress(path.read_bytes()).decode("ascii").rstrip("\x1a")
    return list(csv.reader(io.StringIO(text, newline="")))


def _import(register: Register, path: Path, published_on: date | None = None) -> ImportReport:
    source = FeedSource(path, FeedFormat.OFAC_SDN, "sdn", published_on=published_on)
    with open_feed(source) as feed:
        return register.import_feed(feed, definition=_PACK.lists["sdn"], at=_NOW)


def _loaded(path: Path) -> dict[str, set[tuple[str, str]]]:
    """Return the documents of every entry as the importer gives them."""
    loaded = {}
    with open_feed(FeedSource(path, FeedFormat.OFAC_SDN, "sdn", published_on=_JULY)) as feed:
        for row in feed.rows():
            party = (row.content or {}).get("party")
            if row.record is not None and isinstance(party, Mapping):
                loaded[row.record] = {(one["type"], one["number"]) for one in party["documents"]}
    return loaded


def test_the_complete_set_of_july_2021(register: Register, folder: Path) -> None:
    """Every entry is a row; at least 4,200 of 8,976 have a document and are admitted."""
    report = _import(register, folder / "2021-07" / "sdn.csv.xz", _JULY)
    assert report.rows == 8_976
    assert report.added >= 4_200
    assert report.added + report.quarantined == 8_976
    families = Counter(document.type.partition(":")[0] for document, _ in register.all_listings())
    assert families["passport"] > 1_300
    assert families["imo"] > 390
    assert set(families) >= {"national-id", "tax-id", "registration", "cn-ric", "cn-uscc"}


def _passport_number(behind: str) -> str:
    """Return capitals and digits of the words without small letters."""
    words = _BEHIND.split(behind)[0].split()
    return re.sub("[^A-Z0-9]", "", "".join(word for word in words if not re.search("[a-z]", word)))


def test_every_passport_is_loaded_whole(
    folder: Path, joined_remarks: Remarks, figure: Figure
) -> None:
    """An independent expression over remarks and overflow finds the same passports, entry by entry."""
    loaded = _loaded(folder / "2021-07" / "sdn.csv.xz")
    found = {
        (entry, number)
        for entry, (kind, remarks) in joined_remarks.items()
        if kind is PartyKind.NATURAL_PERSON
        for number in map(_passport_number, _PASSPORT.findall(remarks))
        if any(map(str.isdigit, number))
    }
    passports = {
        (entry, number)
        for entry, documents in loaded.items()
        for type_, number in documents
        if type_.startswith("passport:")
    }
    entries_not_loaded = sorted(entry for entry, _ in found - passports)
    entries_not_stated = sorted(entry for entry, _ in passports - found)
    figure(f"passports by the expression {len(found)}, loaded {len(passports)}")
    assert (entries_not_loaded, entries_not_stated) == ([], [])
    assert len(passports) > 1_450


def test_the_overflow_is_read(folder: Path) -> None:
    """Without the comments file no document appears that was not there with it, and some are gone."""
    whole = _loaded(folder / "2021-07" / "sdn.csv.xz")
    entries = {row[0] for row in _rows(folder / "2021-07" / "sdn_comments.csv.xz")}
    assert entries <= set(whole)
    assert len(entries) == 5


def test_no_cut_makes_a_truncated_number(
    joined_remarks: Remarks,
) -> None:
    """Wherever the longest remarks are cut, what is loaded was in the whole text."""
    longest = sorted(joined_remarks.values(), key=lambda pair: len(pair[1]))[-6:]
    for kind, remarks in longest:
        whole = set(extract_documents(remarks, kind, is_cut_off=False).documents)
        for end in range(0, len(remarks), 7):
            part = extract_documents(remarks[:end], kind, is_cut_off=True)
            assert not set(part.documents) - whole


def test_a_broken_publication_leaves_the_last_good_list(
    register: Register, publications: list[Path], tmp_path: Path
) -> None:
    """Empty, cut off after a line, cut off within a line: refused, and nothing ends."""
    _import(register, publications[0])
    before = register.count(), register.last_change()
    good = publications[1].read_bytes()
    lines = good.splitlines(keepends=True)
    for broken, reason in (
        (b"", FeedRefusal.EMPTY),
        (b"\x1a", FeedRefusal.EMPTY),
        (b"".join(lines[:5_000]), FeedRefusal.CUT_OFF),
        (good[: len(good) // 2], FeedRefusal.CUT_OFF),
        (b"".join(lines[:5_000]) + b"\x1a", FeedRefusal.SHRINKS),
        (good.decode("ascii").encode("utf-16"), FeedRefusal.WRONG_ENCODING),
    ):
        path = tmp_path / publications[1].name
        path.write_bytes(broken)
        with pytest.raises(FeedRefusedError) as refusal:
            _import(register, path)
        assert refusal.value.reason is reason
        assert (register.count(), register.last_change()) == before
