"""The words that parties read: total over what the register knows, and the same in both languages."""

import re
import string
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import gateway.register
from gateway.register.endings import EndKind
from gateway.register.listing_record import DeadlineKind, DeadlineState, ListingState
from gateway.register.schema import TABLES
from gateway.register_service import subject_words as words
from gateway.register_service.subject_telling import STATES
from gateway.register_service.subject_words import Said, say_date, say_instant
from jointgate.register.v1 import subject_pb2 as pb
from sanctions_matrix.listing import ResponsibleRole
from tests.fakes.fixed_clock import MORNING

REGISTER = Path(gateway.register.__file__ or "").parent
KIND = re.compile(r'"((?:listing|deadline)\.[a-z][a-z-]+)"')
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def everything() -> Iterator[tuple[str, Said]]:
    """Yield every word of the table with its place."""
    for name, value in vars(words).items():
        if isinstance(value, Said):
            yield name, value
        elif isinstance(value, Mapping) and name.isupper():
            yield from ((f"{name}[{key}]", said) for key, said in value.items())


def fields(text: str) -> set[str]:
    """Return the names of what is put into a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (words.STATES, ListingState),
        (words.ENDINGS, EndKind),
        (words.DEADLINES, DeadlineKind),
        (words.OPENED, DeadlineKind),
        (words.ROLES, ResponsibleRole),
    ],
)
def test_every_value_has_its_words(table: Mapping[str, Said], values: type[ListingState]) -> None:
    """A table has words for each value that the register knows, and for none that it does not."""
    assert set(table) == {str(one) for one in values}


def test_every_state_of_a_deadline_has_its_words() -> None:
    """What is open is running or overdue by the hour; the rest is as the register says."""
    assert set(words.DEADLINE_STATES) == {*map(str, DeadlineState), "overdue"}


def test_every_state_has_its_number_on_the_wire() -> None:
    """States and enum values match by name, one to one."""
    names = {state: pb.SubjectState.Name(value) for state, value in STATES.items()}
    assert names == {one: f"SUBJECT_STATE_{one.name}" for one in ListingState}


def test_every_kind_of_event_has_its_words() -> None:
    """Every kind of event that the register's code writes about a listing is in the table, and no other."""
    entries = {f"listing.{kind}" for kind in ("added", "changed", "reopened")}
    written = {
        kind for file in REGISTER.rglob("*.py") for kind in KIND.findall(file.read_text("utf-8"))
    }
    columns = {str(column) for table in TABLES.tables.values() for column in table.columns}
    assert set(words.EVENTS) == entries | (written - columns)


@pytest.mark.parametrize(("name", "said"), list(everything()))
def test_both_languages_say_the_same(name: str, said: Said) -> None:
    """Each sentence exists in both languages, in its own script, with the same values in it."""
    assert said.en
    assert said.zh
    assert not CHINESE.search(said.en), name
    text = re.sub(r"\{\w+\}", "", said.zh)
    assert CHINESE.search(text) or not re.search(r"[A-Za-z]", text), name
    assert fields(said.en) == fields(said.zh), name


@pytest.mark.parametrize(("name", "said"), list(everything()))
def test_no_word_reads_like_a_machine(name: str, said: Said) -> None:
    """No identifier, code or placeholder stands where a person reads."""
    for text in said:
        plain = re.sub(r"\{\w+\}|'jointgate [\w -]+'|jointgate [\w -]+ 所写|--ca", "", text)
        assert not re.search(r"[a-z]_[a-z]|[a-z]\.[a-z]|\b[A-Z]{2,}_|None|null", plain), name


def test_an_instant_is_written_in_civil_time() -> None:
    """The authority's day counts, not that of UTC, and the offset stands beside it."""
    evening = MORNING.replace(hour=20)
    assert say_instant(evening, timedelta(hours=8)) == Said(
        "2031-05-07 04:30 (UTC+08:00)", "2031年5月7日04:30（UTC+08:00）"
    )
    assert say_instant(evening, timedelta(hours=-3, minutes=-30)).en.endswith("(UTC-03:30)")
    assert say_instant(evening, timedelta()).en == "2031-05-06 20:30 (UTC)"


@pytest.mark.parametrize(("year", "hours"), [(9999, 8), (9999, 0), (1, -8)])
def test_an_instant_at_the_end_of_the_calendar_is_written_in_utc(year: int, hours: int) -> None:
    """What has no civil year is still told, so that no row can make a party's record unreadable."""
    at = datetime(9999, 12, 31, 23, tzinfo=UTC) if year > 1 else datetime(1, 1, 1, tzinfo=UTC)
    said = say_instant(at, timedelta(hours=hours))
    assert said.en.endswith("(UTC)")
    assert "月" in said.zh


def test_a_date_is_written_as_each_language_does() -> None:
    """English dates are ISO 8601; Chinese ones have their signs."""
    assert say_date(date(2031, 5, 6)) == Said("2031-05-06", "2031年5月6日")
