"""The feeds shown in docs/formats.md are feeds."""

import io
import re
from datetime import date
from pathlib import Path

import pytest

from gateway.mainland_calendar import MainlandCalendar
from gateway.register.feeds.delimited import CsvFeed
from gateway.register.feeds.jsonl import JsonlFeed
from sanctions_matrix.admission import admit
from sanctions_matrix.pack import Pack

_CHAPTER = (
    (Path(__file__).parents[2] / "docs" / "formats.md")
    .read_text(encoding="utf-8")
    .split("## Feeds")[1]
)


@pytest.mark.parametrize(("language", "reader"), [("json", JsonlFeed), ("csv", CsvFeed)])
def test_the_feed_shown_is_admitted(
    language: str, reader: type[JsonlFeed] | type[CsvFeed], pack: Pack
) -> None:
    """The first example of each format is read to its end, and its row becomes a submission."""
    example = re.search(rf"```{language}\n(.*?)```", _CHAPTER, re.DOTALL)
    assert example is not None
    feed = reader(io.BytesIO(example[1].encode()))
    (row,) = feed.rows()
    definition = pack.lists[feed.header.list_id]
    submission = admit(row.content or {}, definition, MainlandCalendar(), today=date(2024, 5, 1))
    assert submission.record == "R-1"
