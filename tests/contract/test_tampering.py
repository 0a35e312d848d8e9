"""A register changed past the software, on every database: it is found, and nothing is derived from it."""

import json
from base64 import b64decode

import pytest

from gateway.register import EndKind, EventLogError, Register
from gateway.register.events import Link, parse_link
from tests.fakes.in_memory_feed import person_row, with_passport
from tests.fakes.register_story import DAY, NOW, RegisterStory, mandate

HISTORY = ("event", "entry", "contest_route")
TAMPERINGS = {
    "who did it": (
        "UPDATE event SET actor = 'somebody' WHERE kind = 'listing.stayed'",
        "does not follow",
    ),
    "what was decided": (
        "UPDATE event SET detail = '{}' WHERE kind = 'listing.stayed'",
        "does not follow",
    ),
    "an event taken out": ("DELETE FROM event WHERE kind = 'listing.stayed'", "does not follow"),
    "an entry rewritten": (
        "UPDATE entry SET content = replace(content, 'R-1', 'R-7')",
        "the entries of feed 1",
    ),
    "an entry of another line": ("UPDATE entry SET line = line + 1", "the entries of feed 1"),
    "an entry taken out": ("DELETE FROM entry WHERE seq = 2", "the entries of feed 1"),
    "a route rewritten": ("UPDATE contest_route SET address = 'nowhere'", "contest route 1"),
    "a feed put after a release": (
        "UPDATE feed SET event_seq = (SELECT event_seq FROM feed WHERE id = 2) WHERE id = 1",
        "the row of feed 1",
    ),
    "a feed that was never finished": (
        "UPDATE feed SET event_seq = NULL WHERE id = 2",
        "the row of feed 2",
    ),
    "a feed of another authority": (
        "UPDATE feed SET authority = 'Another Synthetic Court'",
        "the row of feed 1",
    ),
    "a feed of another list": (
        "UPDATE feed SET list_id = 'judgment-defaulters'",
        "the row of feed 1",
    ),
    "a feed of another kind": ("UPDATE feed SET mode = 'changes'", "the row of feed 1"),
    "an older feed let in": ("UPDATE feed SET sequence = 0 WHERE id = 2", "the row of feed 2"),
    "a feed that may come again": (
        "UPDATE feed SET digest = (SELECT digest FROM feed WHERE id = 2) WHERE id = 1",
        "the row of feed 1",
    ),
    "a feed that changed nothing": (
        "UPDATE feed SET change = NULL WHERE id = 2",
        "the row of feed 2",
    ),
    "a feed that added nobody": (
        "UPDATE feed SET first_listing = NULL, last_listing = NULL WHERE id = 1",
        "the row of feed 1",
    ),
    "a listing renamed": (
        "UPDATE listing SET reference = 'L-aaaaaaaaaaaaaaaa' WHERE record = 'R-1'",
        "about a listing that the register does not hold",
    ),
    "changes counted anew": (
        "UPDATE meta SET value = '0' WHERE key = 'change'",
        "the number of the last change",
    ),
}


def a_story(story: RegisterStory) -> None:
    """Two feeds, a stay and a release."""
    story.people(1, 2)
    story.stay(story.reference(), NOW)
    story.release(story.reference(), NOW + DAY)
    story.feed(with_passport(person_row(2), 2), at=NOW + 2 * DAY)


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_what_was_changed_is_found_and_nothing_is_derived_from_it(
    story: RegisterStory, tampering: str
) -> None:
    """Whoever gets past the triggers is found by the chain, told by its place, and a rebuild refuses to work on it."""
    statement, message = TAMPERINGS[tampering]
    a_story(story)
    for table in HISTORY:
        without_triggers(story, table)
    story.sql(statement)
    tampered = story.derived()
    with pytest.raises(EventLogError, match=message):
        story.register.verify_events()
    for dry in (True, False):
        with pytest.raises(EventLogError, match=message):
            story.register.rebuild(dry=dry)
    assert story.derived() == tampered


def test_another_secret_is_found_where_something_was_decided(story: RegisterStory) -> None:
    """Under another secret every listing has another name, and no decision would reach it: the register refuses."""
    a_story(story)
    story.sql("UPDATE meta SET value = '" + "ab" * 32 + "' WHERE key = 'secret'")
    with Register.open(story.url, None) as register:
        assert register.rebuild(dry=True) != 0
        with pytest.raises(EventLogError, match="whose end may have been cut off"):
            register.rebuild()


def test_a_trigger_of_the_same_name_elsewhere_keeps_nothing(story: RegisterStory) -> None:
    """It is missed where it belongs."""
    a_story(story)
    without_triggers(story, "event")
    if story.url.startswith("postgresql"):
        names = ["event_append_only"]
        body = "BEFORE TRUNCATE ON meta FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
    else:
        names = ["event_no_DELETE", "event_no_UPDATE"]
        body = "BEFORE UPDATE ON meta BEGIN SELECT 1; END"
    for name in names:
        story.sql(f"CREATE TRIGGER {name} {body}")
    with pytest.raises(EventLogError, match=f"no longer keeps .*{', '.join(names)} missing"):
        story.register.verify_events()


def test_bytes_that_stand_for_a_text_are_not_the_text(story: RegisterStory) -> None:
    """SQLite keeps them in a column of texts, and the chain writes them as the very text that they decode."""
    if story.url.startswith("postgresql"):
        pytest.skip("PostgreSQL keeps no bytes where a text belongs")
    a_story(story)
    story.register.release(
        story.reference("R-2"),
        reason=EndKind.PERFORMED,
        mandate=mandate(NOW + DAY, paper="papers12"),
    )
    kept = story.register.verify_events()
    ((trigger,),) = story.sql("SELECT sql FROM sqlite_master WHERE name = 'event_no_UPDATE'")
    story.sql("DROP TRIGGER event_no_UPDATE")
    story.sql(
        f"UPDATE event SET document = x'{b64decode('papers12').hex()}' WHERE seq = {kept.seq}"  # noqa: S608
    )
    story.sql(str(trigger).replace(":", r"\:"))
    with pytest.raises(EventLogError, match=f"event {kept.seq} does not follow"):
        story.register.verify_events(kept)


@pytest.mark.parametrize("table", HISTORY)
def test_a_history_without_its_triggers_is_not_sound(story: RegisterStory, table: str) -> None:
    """What keeps a table append-only is missed as soon as it is gone."""
    a_story(story)
    story.register.verify_events()
    without_triggers(story, table)
    with pytest.raises(EventLogError, match=f"no longer keeps .*{table}"):
        story.register.verify_events()


def test_a_feed_never_follows_a_release(story: RegisterStory) -> None:
    """A chain written anew, in which a feed brings back what was released, restricts nobody."""
    story.people(1)
    kept = story.register.verify_events()
    story.release(story.reference(), NOW + DAY)
    story.people(2, at=NOW + 2 * DAY)
    (content,) = story.sql("SELECT content FROM entry WHERE listing_id = 1")[0]
    without_triggers(story, "entry")
    story.sql("UPDATE entry SET listing_id = 1, kind = 'changed' WHERE feed_id = 2")
    assert str(content).count("R-1") == 1
    with pytest.raises(EventLogError):
        story.register.rebuild(expected=kept)
    with pytest.raises(EventLogError, match=r"brings back L-.*, which a decision had ended"):
        story.register.show(story.reference(), NOW + 3 * DAY)


def test_a_kept_link_shows_that_the_end_was_cut_off(story: RegisterStory) -> None:
    """A history without its last decisions is sound in itself; the link that was kept is missing from it."""
    a_story(story)
    first = story.register.verify_events()
    story.release(story.reference("R-2"), NOW + 3 * DAY)
    kept = story.register.verify_events(first)
    assert kept.seq == first.seq + 1
    cut_off(story, first)
    assert story.register.verify_events() == first
    with pytest.raises(EventLogError, match=f"ends with event {first.seq}, before the link"):
        story.register.verify_events(kept)


def test_a_kept_link_shows_that_the_history_was_rewritten(story: RegisterStory) -> None:
    """Another decision under the same number is not the one whose link was kept."""
    a_story(story)
    first = story.register.verify_events()
    story.release(story.reference("R-2"), NOW + 3 * DAY)
    kept = story.register.verify_events()
    cut_off(story, first)
    story.sql("UPDATE listing SET ended_at = NULL, ended_as = NULL, released = FALSE WHERE id = 2")
    story.exempt(story.reference("R-2"), NOW + 4 * DAY)
    assert story.register.verify_events(first).seq == kept.seq
    with pytest.raises(EventLogError, match=f"event {kept.seq} is another than the one"):
        story.register.verify_events(kept)


RELIEFS = {
    "a release": lambda story: story.release(story.reference("R-2"), NOW + 3 * DAY),
    "a stay": lambda story: story.stay(story.reference("R-2"), NOW + 3 * DAY),
    "an exemption": lambda story: story.exempt(story.reference("R-2"), NOW + 3 * DAY),
    "a removal that is owed": lambda story: story.owe(
        story.reference("R-2"), (NOW + DAY).date(), NOW + 3 * DAY, EndKind.PERFORMED
    ),
}


@pytest.mark.parametrize("relief", RELIEFS)
def test_a_relief_of_long_ago_says_nothing_of_one_that_was_cut_off(
    story: RegisterStory, relief: str
) -> None:
    """A stay and an exemption that are over, and a removal due later, leave the protection as it is."""
    a_story(story)
    reference = story.reference("R-2")
    story.stay(reference, NOW + DAY, until=NOW + 2 * DAY)
    story.exempt(reference, NOW + DAY)
    kept = story.register.verify_events()
    RELIEFS[relief](story)
    cut_off(story, kept)
    with pytest.raises(EventLogError, match="whose end may have been cut off"):
        story.register.rebuild()
    assert story.register.rebuild(expected=kept) != 0


@pytest.mark.parametrize("relief", RELIEFS)
def test_nobody_is_restricted_again_on_the_word_of_a_history_cut_off(
    story: RegisterStory, relief: str
) -> None:
    """A rebuild revives nothing unless a kept link says that the history is whole up to there."""
    a_story(story)
    kept = story.register.verify_events()
    RELIEFS[relief](story)
    cut_off(story, kept)
    assert story.register.rebuild(dry=True) != 0
    before = story.derived()
    with pytest.raises(EventLogError, match="whose end may have been cut off"):
        story.register.rebuild()
    assert story.derived() == before
    assert story.register.rebuild(expected=kept) != 0
    assert story.register.rebuild(dry=True) == 0


def test_a_release_of_what_a_feed_had_ended_is_not_taken_back(story: RegisterStory) -> None:
    """Without it the next feed would bring the listing back; only the link shows that it was there."""
    story.people(1, 2)
    story.people(2, at=NOW + DAY)
    kept = story.register.verify_events()
    story.release(story.reference(), NOW + 2 * DAY)
    cut_off(story, kept)
    with pytest.raises(EventLogError, match="whose end may have been cut off"):
        story.register.rebuild()
    story.people(1, 2, at=NOW + 3 * DAY)
    assert story.listings(1) == []


def test_a_link_is_read_as_it_is_written() -> None:
    """Number, colon, 64 hexadecimal digits; anything else is refused in words."""
    link = Link(17, bytes(range(32)))
    assert parse_link(str(link)) == link
    for text in (
        "",
        "17",
        "0:" + "00" * 32,
        "-1:" + "00" * 32,
        "17:" + "0" * 63,
        "17:" + "0G" * 32,
    ):
        with pytest.raises(ValueError, match="as 'register verify' prints it"):
            parse_link(text)


def cut_off(story: RegisterStory, last: Link) -> None:
    """Take away every event after a link, as somebody with the database in hand could, and cover the tracks."""
    if story.url.startswith("postgresql"):
        story.sql("ALTER TABLE event DISABLE TRIGGER USER")
        story.sql(f"DELETE FROM event WHERE seq > {last.seq}")  # noqa: S608
        story.sql("ALTER TABLE event ENABLE TRIGGER USER")
    else:
        ((trigger,),) = story.sql("SELECT sql FROM sqlite_master WHERE name = 'event_no_DELETE'")
        story.sql("DROP TRIGGER event_no_DELETE")
        story.sql(f"DELETE FROM event WHERE seq > {last.seq}")  # noqa: S608
        story.sql(str(trigger).replace(":", r"\:"))
    details = (json.loads(str(detail)) for (detail,) in story.sql("SELECT detail FROM event"))
    change = max(detail.get("change") or 0 for detail in details)
    story.sql(f"UPDATE meta SET value = '{change}' WHERE key = 'change'")  # noqa: S608


def without_triggers(story: RegisterStory, table: str) -> None:
    """Take away what keeps a table append-only, as somebody with the database in hand could."""
    if story.url.startswith("postgresql"):
        story.sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        return
    names = f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}'"  # noqa: S608
    for (name,) in story.sql(names):
        story.sql(f"DROP TRIGGER {name}")
