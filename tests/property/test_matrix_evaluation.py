"""Properties of evaluation over arbitrary packs, thresholds, parties, questions and instants."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.packs import PACK_IDS, load_pack
from sanctions_matrix.actions import ACTIONS
from sanctions_matrix.documents import PartyKind
from sanctions_matrix.evaluation import Matrix, Outcome, Verdict, compile_matrix
from sanctions_matrix.evaluation_naive import naive_evaluate
from sanctions_matrix.listing import ContestRoute, Exemption, Listing, Window
from sanctions_matrix.lists import ListEffect
from sanctions_matrix.measures import Mark
from sanctions_matrix.rules import Threshold
from sanctions_matrix.verdict import MissingAttributeError
from tests.fakes.utopia import utopia

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from sanctions_matrix.actions import Action, Role
    from sanctions_matrix.pack import Pack

ORIGIN = datetime(2024, 1, 1, tzinfo=UTC)
STRENGTH = {Outcome.PERMITTED: 0, Outcome.REFERRED: 1, Outcome.RESTRICTED: 2}
HOUR = timedelta(hours=1)
BOUNDS = (5_000, 20_000)
AMOUNTS = (None, 0, 4_999, 5_000, 19_999, 20_000, 20_001)


@cache
def matrices() -> list[Matrix]:
    """Return shipped packs and Utopia, compiled, each also with thresholds where a rule waits for one."""
    packs = [*map(load_pack, PACK_IDS), utopia()]
    amended = [under_thresholds(pack, bound) for pack in packs for bound in BOUNDS]
    twice = utopia(goods_luxury=BOUNDS[1], goods_tourism=BOUNDS[0])
    return [compile_matrix(pack) for pack in [*packs, *amended, twice]]


def under_thresholds(pack: Pack, at_least_yuan: int) -> Pack:
    """Return the pack with a threshold on every rule that may have one."""
    rules = {
        rule.id: Threshold(
            rule=rule.id,
            at_least_yuan=at_least_yuan,
            instrument="i",
            source="s",
            mark=Mark.PRESS,
            explanation_en="e",
            explanation_zh="e",
        ).applied_to(rule)
        for rule in pack.rules.values()
        if ACTIONS[rule.action].takes_amount and rule.effect == "refers"
    }
    return replace(pack, rules={**pack.rules, **rules})


@cache
def questions_of(matrix: Matrix, *, answerable: bool) -> list[tuple[Action, Role]]:
    """Return every question a pack allows, with amounts on and beside the thresholds."""
    questions = [
        (action, role)
        for name in matrix.pack.actions
        for action in ACTIONS[name].every(AMOUNTS)
        for role in sorted(action.roles)
    ]
    if not answerable:
        return questions
    return [
        question
        for question in questions
        if isinstance(answer(matrix.evaluate, *question, [], ORIGIN), Verdict)
    ]


def hours(number: int) -> datetime:
    """Return an instant of the coarse clock that windows and questions share, so that edges meet often."""
    return ORIGIN + timedelta(hours=number)


WINDOWS = [
    Window(hours(start), hours(start + length) if length else None)
    for start in range(21)
    for length in range(11)
]
instants = st.integers(0, 20).map(hours)
windows = st.sampled_from(WINDOWS)


@cache
def measure_sets(matrix: Matrix) -> st.SearchStrategy[frozenset[str]]:
    """Return a strategy for sets of measures that act, with one that does not."""
    measures = matrix.pack.measures.values()
    ids = sorted(measure.id for measure in measures if measure.acts)
    ids += [measure.id for measure in measures if not measure.acts][:1]
    return st.integers(0, 2 ** len(ids) - 1).map(
        lambda mask: frozenset(name for bit, name in enumerate(ids) if mask >> bit & 1)
    )


@st.composite
def listings(draw: st.DrawFn, matrix: Matrix) -> Listing:
    """Draw a listing on any list of a pack, red ones included, with any measures, stays and exemptions."""
    measures = measure_sets(matrix)
    definition = draw(st.sampled_from([*matrix.pack.lists.values()]))
    exemptions = st.builds(Exemption, measures, windows)
    return Listing(
        reference=draw(st.sampled_from(["L-a", "L-b", "L-c"])),
        list_id=definition.id,
        party_kind=draw(st.sampled_from(PartyKind)),
        authority=draw(st.sampled_from(["First Court", "Second Court"])),
        measures=draw(st.just(definition.measures) | measures),
        window=draw(windows),
        contest=ContestRoute("body", "address", draw(st.sampled_from(["d1", "d2"]))),
        stays=draw(st.just(()) | st.lists(windows, max_size=2).map(tuple)),
        exemptions=draw(st.just(()) | st.lists(exemptions, max_size=2).map(tuple)),
    )


@dataclass(frozen=True)
class Case:
    """A question to a pack about a party, and one more listing that could be the party's."""

    matrix: Matrix
    question: tuple[Action, Role]
    party: list[Listing]
    other: Listing
    at: datetime

    def ask(self, party: list[Listing], at: datetime | None = None) -> Verdict:
        """Return the verdict on a party, at the case's instant or another."""
        return self.matrix.evaluate(*self.question, party, at or self.at)


@st.composite
def cases(draw: st.DrawFn, *, answerable: bool = True) -> Case:
    """Draw a case; an answerable one gives every attribute that its pack asks for."""
    matrix = draw(st.sampled_from(matrices()))
    return Case(
        matrix,
        draw(st.sampled_from(questions_of(matrix, answerable=answerable))),
        draw(st.lists(listings(matrix), max_size=3)),
        draw(listings(matrix)),
        draw(instants),
    )


def answer(read: Callable[..., Verdict], *question: object) -> Verdict | str:
    """Return a reader's verdict, or the name of the attribute it misses."""
    try:
        return read(*question)
    except MissingAttributeError as error:
        return error.attribute


def strength(verdict: Verdict) -> int:
    """Return how much a verdict restricts."""
    return STRENGTH[verdict.outcome]


def told(verdict: Verdict) -> set[object]:
    """Return the place of each ground and commendation."""
    grounds = {ground.order for ground in verdict.grounds}
    return {*grounds, *(commendation.order for commendation in verdict.commendations)}


def measures_named(case: Case) -> set[str]:
    """Return every measure that any rule for the question's action names, whatever the attributes."""
    rules = case.matrix.pack.rules.values()
    named = [rule.measures for rule in rules if rule.action == case.question[0].name]
    return set().union(*named)


@given(cases(answerable=False))
@settings(deadline=None, max_examples=200)
def test_the_compiled_matrix_reads_as_the_tables_do(case: Case) -> None:
    """Two independent readings of the same tables give the same verdict, ground by ground, or miss the same."""
    naive = partial(naive_evaluate, case.matrix.pack)
    question = (*case.question, case.party, case.at)
    assert answer(naive, *question) == answer(case.matrix.evaluate, *question)


@given(cases())
@settings(deadline=None)
def test_adding_an_unrelated_listing_changes_nothing(case: Case) -> None:
    """A black listing whose measures no rule of the action names leaves verdict, grounds and order untouched."""
    lists = case.matrix.pack.lists
    black = [name for name, entry in lists.items() if entry.effect is ListEffect.RESTRICTS]
    measures = frozenset(case.matrix.pack.measures) - measures_named(case)
    unrelated = replace(case.other, list_id=black[0], measures=measures)
    before = case.ask(case.party)
    assert case.ask([*case.party, unrelated]) == before
    assert case.ask([unrelated, *case.party]) == before


@given(cases())
@settings(deadline=None)
def test_a_listing_that_is_not_in_force_changes_nothing(case: Case) -> None:
    """What is over, lies ahead or is stayed is as if it were not there, red or black."""
    later = Window(case.at + HOUR)
    over = Window(case.at - HOUR, case.at)
    stayed = replace(case.other, stays=(*case.other.stays, Window(case.at)))
    before = case.ask(case.party)
    for silent in (replace(case.other, window=later), replace(case.other, window=over), stayed):
        assert case.ask([*case.party, silent]) == before


@given(cases(), windows, windows)
@settings(deadline=None)
def test_ending_staying_or_exempting_never_restricts_more(
    case: Case, shorter: Window, pause: Window
) -> None:
    """Whatever relieves one listing adds no ground and never makes the answer harsher."""
    entry = case.other
    ended = replace(entry, window=Window(entry.window.starts_at, entry.window.starts_at + HOUR))
    lifted = Exemption(frozenset([*case.matrix.pack.measures][:40]), pause)
    reliefs = [
        [],
        [ended if entry.window.contains(ended.window.ends_at or ORIGIN) else entry],
        [replace(entry, stays=(*entry.stays, shorter))],
        [replace(entry, exemptions=(*entry.exemptions, lifted))],
    ]
    before = case.ask([*case.party, entry])
    for relieved in reliefs:
        after = case.ask([*case.party, *relieved])
        assert strength(after) <= strength(before)
        # An ended listing says another end, so its ground is counted and not compared.
        assert len(after.grounds) <= len(before.grounds)


@given(cases(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_order_never_matters(case: Case, random: Random) -> None:
    """A party's listings are a set, and a listing found twice is one."""
    shuffled = sorted([*case.party, *case.party], key=lambda _: random.random())
    assert case.ask(shuffled) == case.ask(case.party)


@given(cases(), st.integers(1, 20))
@settings(deadline=None)
def test_time_only_ends_restrictions_unless_a_start_lies_ahead(case: Case, wait: int) -> None:
    """As time passes nothing is added, unless a listing starts, or a stay or an exemption ends, on the way."""
    later = case.at + wait * HOUR
    party = [entry for entry in [*case.party, case.other] if not begins(entry, case.at, later)]
    now, then = case.ask(party), case.ask(party, later)
    assert strength(then) <= strength(now)
    assert told(then) <= told(now)


def begins(entry: Listing, now: datetime, later: datetime) -> bool:
    """Whether a listing starts to act, or acts again, after `now` and up to `later`."""
    pauses = [*entry.stays, *(exemption.window for exemption in entry.exemptions)]
    starts = [entry.window.starts_at, *(pause.ends_at for pause in pauses)]
    return any(start is not None and now < start <= later for start in starts)


@given(cases())
@settings(deadline=None)
def test_a_red_list_never_changes_an_outcome(case: Case) -> None:
    """With or without its red listings, a party gets the same outcome and the same grounds."""
    lists = case.matrix.pack.lists
    red = {name for name, entry in lists.items() if entry.effect is ListEffect.COMMENDS}
    black = [entry for entry in case.party if entry.list_id not in red]
    praised = [*black, *(replace(case.other, list_id=name) for name in sorted(red))]
    without = case.ask(black)
    for party in (case.party, praised):
        verdict = case.ask(party)
        assert (verdict.outcome, verdict.grounds) == (without.outcome, without.grounds)
    assert without.commendations == ()


@given(cases())
@settings(deadline=None)
def test_no_natural_person_is_ever_commended(case: Case) -> None:
    """Whatever a person is listed on, nothing is told in praise; nor of a vessel."""
    for kind in (PartyKind.NATURAL_PERSON, PartyKind.VESSEL):
        party = [replace(entry, party_kind=kind) for entry in [*case.party, case.other]]
        assert case.ask(party).commendations == ()


@given(cases())
@settings(deadline=None)
def test_a_verdict_is_the_union_of_its_listings_verdicts(case: Case) -> None:
    """Listings neither strengthen nor weaken one another."""
    together = case.ask(case.party)
    apart = [case.ask([entry]) for entry in case.party]
    assert strength(together) == max([0, *map(strength, apart)])
    assert told(together) == set().union(*map(told, apart))


@given(cases())
@settings(deadline=None)
def test_a_listing_acts_from_its_start_until_just_before_its_end(case: Case) -> None:
    """Windows are half-open: nothing before the start, nothing from the end on."""
    at, end = case.at, case.at + HOUR
    moment = timedelta(microseconds=1)
    bounded = [replace(case.other, window=Window(at, end), stays=(), exemptions=())]
    assert case.ask(bounded, at) == case.ask(bounded, end - moment)
    for outside in (at - moment, end):
        assert case.ask(bounded, outside) == Verdict(Outcome.PERMITTED)
