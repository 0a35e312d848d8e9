"""The page that a party reads."""

from datetime import UTC, datetime

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.register_service.subject_page import page_of
from gateway.register_service.subject_words import LABELS
from jointgate.decision.v1 import decision_pb2
from jointgate.register.v1 import subject_pb2 as pb


def stamp(day: int) -> Timestamp:
    """Return a morning in May 2031."""
    made = Timestamp()
    made.FromDatetime(datetime(2031, 5, day, 8, 30, tzinfo=UTC))
    return made


def said(text: str) -> pb.SubjectWords:
    """Return words in both languages."""
    return pb.SubjectWords(en=f"{text}.", zh=f"{text}。")


def full() -> pb.SubjectListing:
    """Return a listing in which every field is set."""
    return pb.SubjectListing(
        reference="L-aaaaaaaaaaaaaaaa",
        list="a-list",
        list_title=said("title"),
        authority="First Court of Utopia",
        ruling_number="(2031) No. 1",
        ruling_dated="2031-01-02",
        ground="ground",
        ground_words=said("ground"),
        measures=[pb.SubjectMeasure(id="38", words=said("measure"), legal_basis="a law")],
        served_on="2031-02-03",
        starts_at=stamp(1),
        ends_at=stamp(9),
        state=pb.SUBJECT_STATE_STAYED,
        state_words=said("paused"),
        stays=[
            pb.SubjectStay(starts_at=stamp(2), ends_at=stamp(3)),
            pb.SubjectStay(starts_at=stamp(6)),
        ],
        exemptions=[pb.SubjectExemption(measures=["38"], starts_at=stamp(4), ends_at=stamp(5))],
        deadlines=[
            pb.SubjectDeadline(
                words=said("owed"),
                opened_on="2031-05-01",
                due_at=stamp(5),
                state_words=said("not done"),
                late=True,
            )
        ],
        contest=decision_pb2.ContestRoute(body="Body", address="1 Court Road", deadline="15 days"),
        next_steps=[said("one"), said("two")],
        history=[pb.SubjectEvent(at=stamp(1), words=said("happened"), paper="(2031) No. 2")],
        responsible_for=pb.SubjectRole(
            organisation_reference="L-bbbbbbbbbbbbbbbb",
            role=said("role"),
            role_ended_on="2031-04-01",
        ),
        utc_offset_minutes=480,
    )


ENGLISH = """\
Your listings
As of: 2031-05-06 16:30 (UTC+08:00)

Listing L-aaaaaaaaaaaaaaaa
==========================
paused.

  List: title.
  Listed by: First Court of Utopia
  Ruling: (2031) No. 1, of 2031-01-02
  Ground: ground.
  Notice served on: 2031-02-03
  In force from: 2031-05-01 16:30 (UTC+08:00)
  Stops by itself on: 2031-05-09 16:30 (UTC+08:00)
  Listed as: role. of the organisation of listing L-bbbbbbbbbbbbbbbb; the role ended on 2031-04-01

What it closes to you
  - measure. (38)
    basis: a law

Pauses
  - from 2031-05-02 16:30 (UTC+08:00) until 2031-05-03 16:30 (UTC+08:00)
  - from 2031-05-06 16:30 (UTC+08:00), without a fixed end

Measures taken out
  - from 2031-05-04 16:30 (UTC+08:00) until 2031-05-05 16:30 (UTC+08:00): 38

What the authority owes you
  - [LATE] owed.
    counted from 2031-05-01, due by 2031-05-05 16:30 (UTC+08:00): not done.

How to contest it
  Body: Body
  Where: 1 Court Road
  Until when: 15 days

What you can do now
  1. one.
  2. two.

What happened
  - 2031-05-01 16:30 (UTC+08:00)
    happened.
    on: (2031) No. 2
"""


def test_the_page_has_every_section_in_its_order() -> None:
    """Everything that was told is on the page, once."""
    response = pb.ViewResponse(listings=[full()], as_of=stamp(6))
    assert page_of(response, "en", named=1) == ENGLISH


def test_the_chinese_page_says_as_much() -> None:
    """Line for line the same page, with Chinese labels, dates and colons."""
    response = pb.ViewResponse(listings=[full()], as_of=stamp(6))
    page = page_of(response, "zh", named=1)
    assert len(page.splitlines()) == len(ENGLISH.splitlines())
    assert "截至：2031年5月6日16:30（UTC+08:00）" in page
    assert "依据文书：(2031) No. 1，2031年1月2日" in page
    for name in ("closed", "stays", "exemptions", "deadlines", "contest", "next", "history"):
        assert f"\n{LABELS[name].zh}\n" in page


def test_what_is_not_there_is_left_out() -> None:
    """A proposed listing without measures has no empty sections, and says that nothing is closed."""
    bare = pb.SubjectListing(
        reference="L-aaaaaaaaaaaaaaaa", list_title=said("title"), state_words=said("proposed")
    )
    page = page_of(pb.ViewResponse(listings=[bare], as_of=stamp(6)), "en", named=1)
    assert "Notice served on: not served yet" in page
    assert "Nothing: the listing carries no measure." in page
    assert LABELS["deadlines"].en not in page
    assert LABELS["next"].en not in page


@pytest.mark.parametrize(("language", "words"), [("en", "names 2 more"), ("zh", "另列有2项")])
def test_what_is_not_shown_is_counted(language: str, words: str) -> None:
    """A receipt that names others' listings as well says how many are not shown, and nothing of them."""
    response = pb.ViewResponse(listings=[full()], as_of=stamp(6))
    assert words in page_of(response, language, named=3).splitlines()[-1]


def test_nothing_steers_the_terminal() -> None:
    """A paper's name that came with control characters is printed without them."""
    listing = full()
    listing.history[0].paper = "\x1b[2J\u202eevil\nline"
    page = page_of(pb.ViewResponse(listings=[listing], as_of=stamp(6)), "en", named=1)
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "evil line" in page
