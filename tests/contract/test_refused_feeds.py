"""Feeds that the register refuses as a whole, and what they leave: the last good state, and nobody bound."""

import dataclasses
from pathlib import Path

import pytest

from gateway.register import (
    FeedRefusal,
    FeedRefusedError,
    ImportOptions,
    Register,
    RowReport,
    SchemaError,
)
from gateway.register.feeds.feed import FeedMode
from gateway.register.feeds.opening import FeedFormat, FeedSource, open_feed
from gateway.register.feeds.synthetic import SyntheticFeed
from gateway.register.imports import ImportPhase
from sanctions_matrix.pack import Pack
from tests.fakes.in_memory_feed import (
    LIST,
    InMemoryFeed,
    organisation_row,
    person_row,
    responsible_row,
)
from tests.fakes.register_scene import (
    CONFIRMED,
    NOW,
    Imports,
    citizen,
    people,
    state,
)


def test_what_a_feed_was_refused_for_is_refused_again(register: Register, imports: Imports) -> None:
    """A person before the organisation's line is not listed by sending the same feed again (A8)."""
    rows = [responsible_row(1, 1), organisation_row(1), person_row(2)]
    assert imports(rows, sequence=7).quarantined == 1
    before = register.count(), register.verify_events(), state(register)
    with register.view() as view:
        refused = view.refused_lines(1, after=0, limit=10)
    reports: list[RowReport] = []
    again = imports(rows, ImportOptions(report=reports.append), sequence=7)
    assert (again.is_repeated, again.added, again.unchanged, again.quarantined) == (True, 0, 2, 1)
    assert [(one.line, one.violations) for one in reports] == [(2, refused[0].violations)]
    assert (register.count(), register.verify_events(), state(register)) == before
    with register.view() as view:
        assert view.refused_lines(1, after=0, limit=10) == refused
    assert imports(rows, sequence=8).added == 1


def test_a_feed_that_shrinks_the_list_beyond_the_guard_is_refused(
    register: Register, imports: Imports
) -> None:
    """Removing more than a fifth leaves everything as it was until it is confirmed (A12)."""
    imports(people(*range(10)))
    before = state(register), register.count(), register.last_change()
    with pytest.raises(FeedRefusedError, match="confirm-shrink") as refusal:
        imports(people(*range(7)))
    assert refusal.value.reason is FeedRefusal.SHRINKS
    assert (state(register), register.count(), register.last_change()) == before
    assert imports(people(*range(8))).ended == 2
    assert imports(people(1), CONFIRMED).ended == 7


@pytest.mark.parametrize("held", [None, 7, 2**52])
def test_a_mistyped_sequence_locks_nobody_out(
    register: Register, imports: Imports, held: int | None
) -> None:
    """A number that uses up more than half of those that are left is refused, also as the first, and the next works."""
    last = -1
    if held is not None:
        imports(people(1), sequence=held)
        last = held
    highest = last + 1 + (2**53 - last) // 2
    before = register.count()
    for sequence in (2**53, highest + 1):
        with pytest.raises(FeedRefusedError, match=f"number on from {last + 1}$") as refusal:
            imports(people(1), sequence=sequence)
        assert refusal.value.reason is FeedRefusal.STALE
        assert f"请从 {last + 1} 起继续编号" in refusal.value.message_zh
    assert register.count() == before
    assert imports(people(1, 2), sequence=last + 1).rows == 2
    assert imports(people(1, 2, 3), sequence=highest).rows == 3


@pytest.mark.parametrize(
    "authority", ["synthetic court", "SyntheticCourt", "Synthetic  Court", "\uff33ynthetic Court"]
)
def test_an_authority_has_one_spelling(
    register: Register, imports: Imports, authority: str
) -> None:
    """Another spelling is refused with the one that is held, or its listings would end with nobody's feed (F0)."""
    imports(people(1, 2))
    before = state(register), register.count(), register.last_change()
    with pytest.raises(FeedRefusedError, match="write it as: Synthetic Court") as refusal:
        imports(people(3), authority=authority)
    assert (refusal.value.reason, refusal.value.reason.rule) == (FeedRefusal.WRONG_HEADER, "F0")
    assert "按已有写法填写：Synthetic Court。" in refusal.value.message_zh
    assert (state(register), register.count(), register.last_change()) == before
    assert imports(people(3), authority="Synthetic Courts").added == 1


def test_an_import_that_broke_off_holds_no_spelling(imports: Imports) -> None:
    """What was never imported binds nobody to how it was written."""

    def stop(phase: ImportPhase, _count: int) -> None:
        if phase is ImportPhase.WRITING:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        imports(people(1), authority="synthetic court", progress=stop)
    assert imports(people(1)).added == 1


def test_an_older_feed_is_refused(register: Register, imports: Imports) -> None:
    """A feed with a smaller sequence never undoes a newer one (A12)."""
    imports(people(1, 2), sequence=5)
    with pytest.raises(FeedRefusedError, match="older") as refusal:
        imports(people(1), CONFIRMED, sequence=4)
    assert refusal.value.reason is FeedRefusal.STALE
    with pytest.raises(FeedRefusedError, match="other content"):
        imports(people(1), CONFIRMED, sequence=5)
    assert set(state(register)) == {citizen(1), citizen(2)}


def test_a_feed_for_another_list_is_refused(register: Register, pack: Pack) -> None:
    """The list is named twice, in the feed and by the operator, and must be the same."""
    feed = InMemoryFeed(people(1))
    with pytest.raises(FeedRefusedError) as refusal:
        register.import_feed(feed, definition=pack.lists["judgment-defaulters"], at=NOW)
    assert refusal.value.reason is FeedRefusal.WRONG_LIST


def test_a_feed_without_rows_is_refused(register: Register, imports: Imports) -> None:
    """An empty feed ends nobody's listing and starts none."""
    imports(people(1))
    with pytest.raises(FeedRefusedError) as refusal:
        imports([])
    assert refusal.value.reason is FeedRefusal.EMPTY
    assert set(state(register)) == {citizen(1)}


def test_a_feed_that_turns_out_cut_off_leaves_the_last_good_state(
    register: Register, imports: Imports, pack: Pack, tmp_path: Path
) -> None:
    """Whatever was read before the cut is not half-applied."""
    imports(people(1))
    path = tmp_path / "feed.jsonl"
    with path.open("wb") as stream:
        SyntheticFeed(50, 1).write(stream)
    path.write_bytes(path.read_bytes()[:-200])
    with (
        open_feed(FeedSource(path, FeedFormat.JSONL, LIST)) as feed,
        pytest.raises(FeedRefusedError) as refusal,
    ):
        register.import_feed(feed, definition=pack.lists[LIST], at=NOW, options=CONFIRMED)
    assert refusal.value.reason is FeedRefusal.CUT_OFF
    assert set(state(register)) == {citizen(1)}


@pytest.mark.parametrize("mode", list(FeedMode))
@pytest.mark.parametrize(
    "moved",
    [
        {"ends_at": "2025-05-01T00:00:00+08:00"},
        {"starts_at": "2030-05-01T00:00:00+08:00"},
    ],
    ids=["ended", "put-off"],
)
def test_a_feed_that_ends_the_list_in_place_is_refused(
    register: Register, imports: Imports, mode: FeedMode, moved: dict[str, str]
) -> None:
    """Rows that take listings out of force count as removed, as absent ones do (A12)."""
    imports([*people(*range(9)), person_row(9, ends_at="2025-05-01T00:00:00+08:00")])
    before = state(register), register.count(), register.last_change()
    rest = [*people(*range(2, 9)), person_row(9, ends_at="2025-05-01T00:00:00+08:00")]
    with pytest.raises(FeedRefusedError, match="cut short 2 of 9") as refusal:
        imports([person_row(0, **moved), person_row(1, **moved), *rest], mode=mode)
    assert refusal.value.reason is FeedRefusal.SHRINKS
    assert (state(register), register.count(), register.last_change()) == before
    assert imports([person_row(0, **moved), *people(1), *rest], mode=mode).changed == 1
    assert imports([person_row(1, **moved)], CONFIRMED, mode=FeedMode.CHANGES).changed == 1


def test_a_feed_that_did_not_come_to_its_end_binds_nobody_to_its_list(
    register_url: str, pack: Pack
) -> None:
    """Its row is left, and tables without the list still open the register; once listings are held they do not."""
    without = dataclasses.replace(
        pack, lists={name: one for name, one in pack.lists.items() if name != LIST}
    )

    def stop(phase: ImportPhase, _count: int) -> None:
        if phase is ImportPhase.WRITING:
            raise KeyboardInterrupt

    with Register.open(register_url, pack) as register, pytest.raises(KeyboardInterrupt):
        Imports(register, pack)(people(1), progress=stop)
    with Register.open(register_url, without) as register:
        assert register.count().in_force == 0
    with Register.open(register_url, pack) as register:
        Imports(register, pack)(people(1))
    with pytest.raises(SchemaError, match=LIST):
        Register.open(register_url, without)
