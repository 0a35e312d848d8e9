"""The CSV feed."""

import csv
import io
from datetime import date

import pytest

from gateway.mainland_calendar import MainlandCalendar
from gateway.packs import load_pack
from gateway.register.errors import FeedRefusal, FeedRefusedError
from gateway.register.feeds.delimited import COLUMNS, CsvFeed
from gateway.register.feeds.feed import FeedRow
from sanctions_matrix import synthetic
from sanctions_matrix.admission import admit

HEADER = "#jointgate_feed,1,consumption-limited,Synthetic Court,7,full,1"
PERSON = {
    "record": "R-1",
    "kind": "natural-person",
    "documents": f"cn-ric:{synthetic.citizen_number(1)}; passport:UTO:{synthetic.passport_number(1)}",
    "ruling_number": "(2024) No. 1",
    "ruling_authority": "Synthetic People's Court",
    "ruling_dated": "2024-03-01",
    "ruling_effective": "true",
    "ground": "not-performed",
    "served_on": "2024-04-01",
    "starts_at": "2024-05-01T00:00:00+08:00",
    "measures": "38;39",
    "contest_body": "Synthetic Court, Enforcement",
    "contest_address": "1 Example Road",
    "contest_deadline": "15 days",
}


def line(**changes: str) -> str:
    """Return a row."""
    out = io.StringIO()
    csv.writer(out).writerow([(PERSON | changes).get(column, "") for column in COLUMNS])
    return out.getvalue().rstrip("\r\n")


def opened(*lines: str, header: str = HEADER) -> CsvFeed:
    """Open a feed with these lines below the column names."""
    text = "\r\n".join([header, ",".join(COLUMNS), *lines]) + "\r\n"
    return CsvFeed(io.BytesIO(text.encode()))


def only_row(text: str) -> FeedRow:
    """Return the one row of a feed."""
    (row,) = opened(text, "#end,1").rows()
    return row


def test_a_row_is_admitted_as_written() -> None:
    """Every column finds its place in the admission shape."""
    row = only_row(line())
    assert (row.line, row.record) == (3, "R-1")
    assert row.content is not None
    submission = admit(
        row.content,
        load_pack("cn-joint-discipline").lists["consumption-limited"],
        MainlandCalendar(),
        today=date(2024, 5, 1),
    )
    assert [one.type for one in submission.documents] == ["cn-ric", "passport:UTO"]
    assert submission.measures == {"38", "39"}
    assert submission.window is not None
    assert submission.window.ends_at is None
    assert submission.contest.body == "Synthetic Court, Enforcement"


def test_a_responsible_person_names_the_organisation() -> None:
    """The three columns of responsibility become one part."""
    row = only_row(line(responsible_listing="O-1", responsible_role="actual-controller"))
    assert row.content is not None
    assert row.content["responsible_for"] == {"listing": "O-1", "role": "actual-controller"}


def test_a_spreadsheet_may_put_a_byte_order_mark() -> None:
    """The mark that spreadsheets write before UTF-8 is no part of the header."""
    text = f"\ufeff{HEADER}\n{','.join(COLUMNS)}\n{line()}\n#end,1\n"
    assert CsvFeed(io.BytesIO(text.encode())).header.sequence == 7


@pytest.mark.parametrize(
    "text",
    [
        "too,few",
        line() + ",extra",
        line().replace("R-1", '"R-1'),
        line(record="R\x00"),
        line(documents="cn-ric"),
    ],
    ids=["short", "long", "open quote", "control", "no type"],
)
def test_a_line_that_cannot_be_read_is_a_problem_of_that_line(text: str) -> None:
    """A line of another shape is quarantined."""
    row = only_row(text)
    assert row.content is None
    assert [problem.rule for problem in row.problems] == ["F1"]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("", FeedRefusal.EMPTY),
        ("record,kind", FeedRefusal.WRONG_HEADER),
        (HEADER.replace(",1,", ",2,", 1), FeedRefusal.WRONG_HEADER),
        (HEADER.replace("7", "seven"), FeedRefusal.WRONG_HEADER),
        (HEADER.replace("full,1", "full,0"), FeedRefusal.EMPTY),
    ],
)
def test_a_wrong_header_is_refused(header: str, reason: FeedRefusal) -> None:
    """A file that is not a feed is not read any further."""
    with pytest.raises(FeedRefusedError) as refusal:
        opened(header=header)
    assert refusal.value.reason is reason


def test_other_columns_are_refused() -> None:
    """A column outside the schema, a name for instance, refuses the whole file (A9)."""
    text = f"{HEADER}\n{','.join(COLUMNS)},name\n"
    with pytest.raises(FeedRefusedError, match="columns"):
        CsvFeed(io.BytesIO(text.encode()))


@pytest.mark.parametrize("end", [(), ("#end,2",), ("#end",), ("#end,1", "after")])
def test_a_file_that_was_cut_off_is_refused(end: tuple[str, ...]) -> None:
    """Without the right closing line nothing of the file counts."""
    with pytest.raises(FeedRefusedError) as refusal:
        list(opened(line(), *end).rows())
    assert refusal.value.reason is FeedRefusal.CUT_OFF
