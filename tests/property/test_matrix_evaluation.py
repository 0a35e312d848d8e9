"""Properties of evaluation over arbitrary parties, questions and instants."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.packs import PACK_IDS, load_pack
from sanctions_matrix.actions import ACTIONS
from sanctions_matrix.documents import PartyKind
from sanctions_matrix.evaluation import Matrix, Outcome, Verdict, compile_matrix
from sanctions_matrix.evaluation_naive import naive_evaluate
from sanctions_matrix.listing import ContestRoute, Exemption, Listing, Window
from sanctions_matrix.verdict import MissingAttributeError

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from sanctions_matrix.actions import Action, Role

MATRICES = {pack_id: compile_matrix(load_pack(pack_id)) for pack_id in PACK_IDS}
MISSION = MATRICES[PACK_IDS[0]]
ORIGIN = datetime(2024, 1, 1, tzinfo=UTC)
STRENGTH = {Outcome.PERMITTED: 0, Outcome.REFERRED: 1, Outcome.RESTRICTED: 2}
QUESTIONS = [
    (action, role)
    for kind in ACTIONS.values()
    for action in kind.every()
    for role in sorted(kind.roles)
]

instants = st.integers(0, 20).map(lambda hours: ORIGIN + timedelta(hours=hours))


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """Draw a window on the same coarse clock as the instants, so that edges meet often."""
    starts_at = draw(instants)
    length = draw(st.none() | st.integers(1, 10))
    return Window(starts_at, None if length is None else starts_at + timedelta(hours=length))


@st.composite
def listings(draw: st.DrawFn, matrix: Matrix) -> Listing:
    """Draw a listing on any list of a pack, with any of its measures, stays and exemptions."""
    measures = st.frozensets(st.sampled_from(sorted(matrix.pack.measures)), max_size=12)
    definition = draw(st.sampled_from([*matrix.pack.lists.values()]))
    exemptions = st.builds(Exemption, measures, windows())
    return Listing(
        reference=draw(st.sampled_from(["L-a", "L-b", "L-c"])),
        list_id=definition.id,
        party_kind=draw(st.sampled_from(PartyKind)),
        authority=draw(st.sampled_from(["First Court", "Second Court"])),
        measures=draw(st.just(definition.measures) | measures),
        window=draw(windows()),
        contest=ContestRoute("body", "address", draw(st.sampled_from(["d1", "d2"]))),
        stays=draw(st.lists(windows(), max_size=2).map(tuple)),
        exemptions=draw(st.lists(exemptions, max_size=2).map(tuple)),
    )


questions = st.sampled_from(QUESTIONS)
parties = st.lists(listings(MISSION), max_size=4)


def answer(read: Callable[..., Verdict], *question: object) -> Verdict | str:
    """Return a reader's verdict, or the name of the attribute it misses."""
    try:
        return read(*question)
    except MissingAttributeError as error:
        return error.attribute


def ask(question: tuple[Action, Role], party: list[Listing], at: datetime) -> Verdict | None:
    """Return the mission pack's verdict, None where an attribute is missing."""
    try:
        return MISSION.evaluate(*question, party, at)
    except MissingAttributeError:
        return None


def strength(verdict: Verdict | None) -> int:
    """Return how much a verdict restricts."""
    return -1 if verdict is None else STRENGTH[verdict.outcome]


@pytest.mark.parametrize("pack_id", PACK_IDS)
@given(st.data())
@settings(deadline=None, max_examples=150)
def test_the_compiled_matrix_reads_as_the_tables_do(pack_id: str, drawn: st.DataObject) -> None:
    """Two independent readings of the same tables give the same verdict, ground by ground."""
    matrix = MATRICES[pack_id]
    action, role = drawn.draw(questions)
    party = drawn.draw(st.lists(listings(matrix), max_size=4))
    at = drawn.draw(instants)
    compiled = answer(matrix.evaluate, action, role, party, at)
    naive = answer(partial(naive_evaluate, matrix.pack), action, role, party, at)
    assert naive == compiled


@given(questions, parties, instants, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_listings_does_not_matter(
    question: tuple[Action, Role], party: list[Listing], at: datetime, random: Random
) -> None:
    """A party's listings are a set."""
    shuffled = sorted(party, key=lambda _: random.random())
    assert ask(question, shuffled, at) == ask(question, party, at)


@given(questions, parties, listings(MISSION), instants)
@settings(deadline=None)
def test_a_listing_that_says_nothing_to_the_question_changes_nothing(
    question: tuple[Action, Role], party: list[Listing], other: Listing, at: datetime
) -> None:
    """A listing that alone would permit leaves the verdict on the others untouched."""
    alone = ask(question, [other], at)
    if alone is not None and alone.outcome is Outcome.PERMITTED:
        assert ask(question, [*party, other], at) == ask(question, party, at)


@given(questions, parties, instants)
@settings(deadline=None)
def test_a_verdict_is_the_union_of_its_listings_verdicts(
    question: tuple[Action, Role], party: list[Listing], at: datetime
) -> None:
    """Listings neither strengthen nor weaken one another."""
    together = ask(question, party, at)
    apart = [ask(question, [entry], at) for entry in party]
    if together is not None:
        assert strength(together) == max([0, *map(strength, apart)])
        grounds = {ground.order for one in apart if one is not None for ground in one.grounds}
        assert {ground.order for ground in together.grounds} == grounds


@given(questions, parties, instants, st.integers(0, 3))
@settings(deadline=None)
def test_ending_a_listing_never_restricts_more(
    question: tuple[Action, Role], party: list[Listing], at: datetime, position: int
) -> None:
    """Taking a listing away cannot make the answer harsher."""
    fewer = party[:position] + party[position + 1 :]
    assert strength(ask(question, fewer, at)) <= strength(ask(question, party, at))


@given(questions, listings(MISSION), windows(), instants)
@settings(deadline=None)
def test_staying_or_exempting_never_restricts_more(
    question: tuple[Action, Role], entry: Listing, window: Window, at: datetime
) -> None:
    """A stay or an exemption can only soften the answer, and a stay silences the listing."""
    before = ask(question, [entry], at)
    stayed = ask(question, [replace(entry, stays=(*entry.stays, window))], at)
    lifted = Exemption(frozenset({"38", "39", "40"}), window)
    exempted = ask(question, [replace(entry, exemptions=(*entry.exemptions, lifted))], at)
    assert strength(stayed) <= strength(before)
    assert strength(exempted) <= strength(before)
    if stayed is not None and window.contains(at):
        assert stayed.outcome is Outcome.PERMITTED


@given(questions, listings(MISSION), instants)
@settings(deadline=None)
def test_a_listing_acts_from_its_start_until_just_before_its_end(
    question: tuple[Action, Role], entry: Listing, at: datetime
) -> None:
    """Windows are half-open: nothing before the start, nothing from the end on."""
    bounded = replace(entry, window=Window(at, at + timedelta(hours=1)), stays=(), exemptions=())
    just_before = at - timedelta(microseconds=1)
    end = at + timedelta(hours=1)
    inside = ask(question, [bounded], at)
    last = ask(question, [bounded], end - timedelta(microseconds=1))
    assert inside == last
    for outside in (ask(question, [bounded], just_before), ask(question, [bounded], end)):
        assert outside is None or outside.outcome is Outcome.PERMITTED
