"""OFAC publications, on invented entries."""

import io
from datetime import date

import pytest

from gateway.mainland_calendar import MainlandCalendar
from gateway.packs import load_pack
from gateway.register.errors import FeedRefusal, FeedRefusedError
from gateway.register.feeds.ofac_remarks import CUT_OFF
from gateway.register.feeds.ofac_sdn import MAX_FILE_BYTES, OfacSdnFeed, Publication
from sanctions_matrix import synthetic
from sanctions_matrix.admission import admit
from sanctions_matrix.listing import Notice

DAY = date(2021, 7, 30)
PASSPORT = "Passport U00000001 (Iran)"


def entry(number: int, remarks: str, kind: str = "individual") -> str:
    """Return one line of a publication."""
    cells = [str(number), '"UTOPIA, Nobody of"', f'"{kind}"', *['"-0- "'] * 8, f'"{remarks}"']
    return ",".join(cells) + "\r\n"


def feed(text: str, comments: str | None = None, *, end: bytes = b"\x1a") -> OfacSdnFeed:
    """Return a publication with these lines as a feed."""
    overflow = None if comments is None else io.BytesIO(comments.encode("ascii"))
    return OfacSdnFeed(
        Publication(io.BytesIO(text.encode("latin-1") + end), overflow, DAY), list_id="sdn"
    )


def numbers(opened: OfacSdnFeed) -> list[list[str]]:
    """Return the document numbers of every row."""
    found = []
    for row in opened.rows():
        party = (row.content or {})["party"]
        assert isinstance(party, dict)
        found.append([one["number"] for one in party["documents"]])
    return found


def test_an_entry_becomes_a_row_that_is_admitted() -> None:
    """Ruling, notice, start and contest route satisfy the list's rules of admission, on the day of publication too."""
    (row,) = feed(entry(7, PASSPORT)).rows()
    assert row.content is not None
    definition = load_pack("us-ofac-sdn").lists["sdn"]
    submission = admit(row.content, definition, MainlandCalendar(), today=DAY)
    assert submission.record == "7"
    assert submission.ruling.number == "SDN 7"
    assert submission.ruling.dated == DAY
    assert submission.notice == Notice(DAY)
    assert submission.window is not None
    assert submission.window.ends_at is None


def test_no_name_leaves_the_importer() -> None:
    """The row holds nothing of the columns that hold names."""
    (row,) = feed(entry(7, PASSPORT)).rows()
    assert "UTOPIA" not in repr(row)


def test_kinds_of_entries() -> None:
    """Individuals, vessels and everything unmarked are parties; an aircraft has no document type (A6)."""
    imo = f"Vessel Registration Identification IMO {synthetic.imo_number(1)}"
    text = (
        entry(1, PASSPORT) + entry(2, imo, "vessel") + entry(3, "NIT # 1 (Colombia)", "-0- ")
        + entry(4, "Aircraft Tail Number U1", "aircraft")
    )  # fmt: skip
    rows = list(feed(text).rows())
    kinds = [row.content["party"]["kind"] for row in rows if row.content]  # type: ignore[index]
    assert kinds == ["natural-person", "vessel", "organisation"]
    assert [violation.rule for violation in rows[3].problems] == ["A6"]
    assert rows[3].record == "4"


def test_remarks_go_on_in_the_comments_file() -> None:
    """A number that is cut at the thousandth character is joined again."""
    filler = "a.k.a. 'x'; " * 90
    start = filler[: 1_000 - len("; Passport U0000")] + "; Passport U0000"
    assert len(start) == 1_000
    opened = feed(entry(1, start), '1,"0001 (Iran)."\r\n')
    assert numbers(opened) == [["U00000001"]]


@pytest.mark.parametrize("length", [999, 1_000])
def test_full_remarks_without_overflow_lose_their_last_fragment(length: int) -> None:
    """The fragment that may be cut off is dropped, and the row's report says so."""
    filler = f"{PASSPORT}; " + "x" * 2_000
    tail = "; Passport U0000"
    (row,) = feed(entry(1, filler[: length - len(tail)] + tail)).rows()
    assert row.notes == (CUT_OFF,)
    assert "U0000'" not in repr(row.content)


@pytest.mark.parametrize("length", [999, 1_000])
@pytest.mark.parametrize("comments", ["", '2,"U00000001 (Iran)"\r\n'], ids=["empty", "cut off"])
def test_a_comments_file_that_lacks_an_entry_is_refused(length: int, comments: str) -> None:
    """Numbers that stand only in the lost rows would silently stop being listed."""
    text = entry(1, "x" * length) + entry(2, "y" * 1_000)
    with pytest.raises(FeedRefusedError, match="comments file lacks") as refusal:
        feed(text, comments)
    assert refusal.value.reason is FeedRefusal.CUT_OFF
    assert len(list(feed(text, comments + f'1,"{PASSPORT}"\r\n2,"z"\r\n').rows())) == 2


def test_only_an_entry_that_may_be_cut_off_is_incomplete() -> None:
    """Short remarks, and long ones that go on in the comments file, are whole."""
    text = entry(1, PASSPORT) + entry(2, f"{PASSPORT}; " + "x" * 1_000)
    assert [row.is_incomplete for row in feed(text).rows()] == [False, True]
    assert [row.is_incomplete for row in feed(text, '2,"z"\r\n').rows()] == [False, False]


def test_overflow_of_short_remarks_is_a_fragment_of_its_own() -> None:
    """Text that was not cut is not glued to the text that follows."""
    opened = feed(entry(1, "Passport U0001 (Iran)"), '1,"Passport U0002 (Iran)"\r\n')
    assert numbers(opened) == [["U0001", "U0002"]]


def test_more_than_sixteen_documents_are_cut_and_said() -> None:
    """A row carries the sixteen documents that admission takes."""
    remarks = "; ".join(f"Passport U{number:03} (Iran)" for number in range(20))
    (row,) = feed(entry(1, remarks)).rows()
    assert "first 16 of 20" in row.notes[0]


def test_a_line_that_is_no_entry_is_a_problem_of_that_line() -> None:
    """A row without number or columns is quarantined, not the file."""
    rows = list(feed(entry(1, PASSPORT) + '"x",2,3\r\n').rows())
    assert [violation.rule for violation in rows[1].problems] == ["F1"]


@pytest.mark.parametrize(
    ("text", "end", "reason"),
    [
        ("", b"", FeedRefusal.EMPTY),
        ("", b"\x1a", FeedRefusal.EMPTY),
        (entry(1, PASSPORT), b"", FeedRefusal.CUT_OFF),
        (entry(1, PASSPORT)[:-2], b"\x1a", FeedRefusal.CUT_OFF),
        (entry(1, PASSPORT)[:-10] + "\r\n", b"\x1a", FeedRefusal.CUT_OFF),
        (entry(1, PASSPORT) + "\x00", b"\x1a", FeedRefusal.WRONG_ENCODING),
        ("<html>\r\n", b"\x1a", FeedRefusal.WRONG_HEADER),
    ],
)
def test_a_broken_publication_is_refused(text: str, end: bytes, reason: FeedRefusal) -> None:
    """Empty, cut off, of another encoding or another file: nothing of it is read."""
    with pytest.raises(FeedRefusedError) as refusal:
        feed(text, end=end)
    assert refusal.value.reason is reason


@pytest.mark.parametrize("comments", ['1,"open', '1,"a"', "1,2,3\r\n"])
def test_a_broken_comments_file_is_refused(comments: str) -> None:
    """Half an overflow would leave truncated numbers."""
    with pytest.raises(FeedRefusedError):
        feed(entry(1, PASSPORT), comments)


def test_a_file_beyond_the_limit_is_refused() -> None:
    """An archive cannot fill the memory."""
    with pytest.raises(FeedRefusedError) as refusal:
        feed("x" * (MAX_FILE_BYTES + 1))
    assert refusal.value.reason is FeedRefusal.TOO_LARGE
