"""Situations: every way in which a party can stand on the lists of a pack at one instant.

Responsible for the product of list membership, party kind, measures, position in the window, stay and exemption,
as listings that are built once and asked about many times.
Not responsible for asking (`cells`).

What the product is, in full:

- nobody: no listing;
- on each list, each kind of party that it holds, a listing that names every measure of the pack (what its list does not
  carry and what is not served among them): every moment with every stay and every exemption;
- the same for each measure alone that the list carries;
- each other measure alone on each list, in force: a listing must not do what its list does not carry;
- on each list, each kind of party that it does not hold, with every measure;
- on each list, each kind of party that it holds, with every measure: two stays, either in force and neither; two
  exemptions that share the measures between them, either in force, both, and neither;
- three listings: one over, one stayed, and one in force on each list, which stands last or first;
- each pair of lists, the same one twice among them, in both orders: the second listing in force, stayed, or over;
- a list and a measure that the pack does not have.

Moments lie on both sides of each edge of the window, to the microsecond, because windows are half-open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations_with_replacement, product
from typing import TYPE_CHECKING

from sanctions_matrix.documents import PartyKind
from sanctions_matrix.listing import ContestRoute, Exemption, Listing, Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sanctions_matrix.pack import Pack

NO_LIST = "(none)"
"""Stands for a party that is on no list."""

EVERY_MEASURE = "(all)"
"""Stands for a listing that names every measure of the pack."""

_START = datetime(2000, 1, 1, tzinfo=UTC)
_END = datetime(2001, 1, 1, tzinfo=UTC)
_INSIDE = datetime(2000, 7, 1, tzinfo=UTC)
_INSTANT = timedelta(microseconds=1)
_HOUR = timedelta(hours=1)
_ROUTE = ContestRoute("-", "-", "-")
_ABSENT = "(not in the pack)"

_MOMENTS = {
    "inside": (_INSIDE, _END),
    "before the start": (_START - _INSTANT, _END),
    "the start itself": (_START, _END),
    "the last instant": (_END - _INSTANT, _END),
    "the end itself": (_END, _END),
    "inside, no end fixed": (_INSIDE, None),
}
_STAYS = ("none", "in force", "over")
_EXEMPTIONS = ("none", "for it", "for something else", "over")
_IN_FORCE = (("inside", "none", "none"),)
_MILDER = (
    ("the end itself", "none", "none"),
    ("inside", "in force", "none"),
    ("inside", "none", "for something else"),
)
_EVERY = tuple(product(_MOMENTS, _STAYS, _EXEMPTIONS))
_SECOND = (("inside", "none"), ("inside", "in force"), ("the end itself", "none"))

_NOW = Window(_INSIDE, _INSIDE + _INSTANT)
_PAST = Window(_INSIDE - _HOUR, _INSIDE)
_FUTURE = Window(_INSIDE + _INSTANT, _INSIDE + _HOUR)
_TWO_STAYS = {
    "over, then in force": (_PAST, _NOW),
    "in force, then over": (_NOW, _PAST),
    "over, then not yet": (_PAST, _FUTURE),
}
_TWO_EXEMPTIONS = {
    "over, then in force": (_PAST, _NOW),
    "in force, then over": (_NOW, _PAST),
    "both in force": (_NOW, _NOW),
    "over, then not yet": (_PAST, _FUTURE),
}


@dataclass(frozen=True, slots=True)
class Situation:
    """A party's listings at the aware instant `at`; the other fields say in words what they are."""

    lists: str
    kind: str
    measures: str
    moment: str
    stay: str
    exemption: str
    listings: tuple[Listing, ...]
    at: datetime


NOBODY = Situation(NO_LIST, "any", "-", "-", "-", "-", (), _INSIDE)
"""A party on no list."""


def quick_situations(pack: Pack) -> tuple[Situation, ...]:
    """Return the situations for a check that must not be waited for; the first is `NOBODY`.

    Each list and kind in force, and on one list of each effect what takes a listing out and a kind it does not hold.
    """
    stray: dict[str, tuple[str, PartyKind]] = {}
    for definition, kind in product(pack.lists.values(), sorted(PartyKind)):
        if kind not in definition.kinds:
            stray.setdefault(definition.effect, (definition.id, kind))
    one_of_each = {definition.effect: definition for definition in pack.lists.values()}
    milder = (
        _situation(pack, definition.id, min(definition.kinds), EVERY_MEASURE, condition)
        for definition, condition in product(one_of_each.values(), _MILDER)
    )
    held = (
        _situation(pack, definition.id, kind, EVERY_MEASURE, _IN_FORCE[0])
        for definition in pack.lists.values()
        for kind in sorted(definition.kinds)
    )
    outside = (_situation(pack, *place, EVERY_MEASURE, _IN_FORCE[0]) for place in stray.values())
    return (NOBODY, *held, *milder, *outside)


def all_situations(pack: Pack) -> tuple[Situation, ...]:
    """Return every situation; the first is `NOBODY`."""
    return (
        NOBODY,
        *_on_each_list(pack),
        *_by_measure(pack),
        *_of_several(pack),
        *_on_two_lists(pack),
        *_on_three_lists(pack),
        *_outside(pack),
    )


def _on_each_list(pack: Pack) -> Iterator[Situation]:
    for definition, kind in product(pack.lists.values(), PartyKind):
        for condition in _EVERY if kind in definition.kinds else _IN_FORCE:
            yield _situation(pack, definition.id, kind, EVERY_MEASURE, condition)


def _by_measure(pack: Pack) -> Iterator[Situation]:
    for definition, measure in product(pack.lists.values(), pack.measures):
        carried = measure in definition.measures
        kinds = sorted(definition.kinds)
        for kind in kinds if carried else kinds[:1]:
            for condition in _EVERY if carried else _IN_FORCE:
                yield _situation(pack, definition.id, kind, measure, condition)


def _of_several(pack: Pack) -> Iterator[Situation]:
    """Yield listings with two stays or two exemptions: neither place may be overlooked."""
    window, named = Window(_START, _END), tuple(pack.measures)
    halves = frozenset(named[::2]), frozenset(named[1::2])
    for definition in pack.lists.values():
        for kind in sorted(definition.kinds):
            told = (definition.id, kind.value, EVERY_MEASURE, "inside")
            place = (pack, definition.id, kind, EVERY_MEASURE, window)
            for state, stays in _TWO_STAYS.items():
                stayed = _listing(*place, stays=stays)
                yield Situation(*told, state, "none", (stayed,), _INSIDE)
            for (state, windows), first in product(_TWO_EXEMPTIONS.items(), (0, 1)):
                pair = (halves[first], halves[1 - first])
                exemptions = tuple(map(Exemption, pair, windows))
                exempted = _listing(*place, exemptions=exemptions)
                yield Situation(*told, "none", state, (exempted,), _INSIDE)


def _on_three_lists(pack: Pack) -> Iterator[Situation]:
    """Yield one listing in force behind, or before, two that are not."""
    for definition in pack.lists.values():
        for kind in sorted(definition.kinds):
            place = (pack, definition.id, kind, EVERY_MEASURE)
            over = _listing(*place, Window(_START, _INSIDE))
            stayed = _listing(*place, Window(_START, _END), stays=_stays("in force", _INSIDE))
            alone = _listing(*place, Window(_START, _END))
            told = (" and ".join([definition.id] * 3), kind.value, EVERY_MEASURE)
            last = ("over, inside, inside", "none, in force, none", "none")
            yield Situation(*told, *last, (over, stayed, alone), _INSIDE)
            first = ("inside, inside, over", "none, in force, none", "none")
            yield Situation(*told, *first, (alone, stayed, over), _INSIDE)


def _on_two_lists(pack: Pack) -> Iterator[Situation]:
    """Yield both orders of a pair: what comes first must not matter."""
    pairs = combinations_with_replacement(pack.lists, 2)
    held = sorted({kind for definition in pack.lists.values() for kind in definition.kinds})
    for pair, kind, (moment, stay) in product(pairs, held, _SECOND):
        first = _situation(pack, pair[0], kind, EVERY_MEASURE, _IN_FORCE[0]).listings
        at, ends_at = _MOMENTS[moment]
        window = Window(_START, ends_at) if at == _INSIDE else Window(_START - _HOUR, _INSIDE)
        second = _listing(pack, pair[1], kind, EVERY_MEASURE, window, stays=_stays(stay, _INSIDE))
        state = f"inside, then {moment}"
        told = (" and ".join(pair), kind.value, EVERY_MEASURE, state, f"none, then {stay}", "none")
        yield Situation(*told, (*first, second), _INSIDE)
        yield Situation(*told, (second, *first), _INSIDE)


def _outside(pack: Pack) -> Iterator[Situation]:
    """Yield listings that no answer can be given about."""
    kind, window = PartyKind.NATURAL_PERSON, Window(_START, _END)
    labels = ("inside", "none", "none")
    stray = Listing("stray", _ABSENT, kind, "-", frozenset(pack.measures), window, _ROUTE)
    yield Situation(_ABSENT, kind.value, EVERY_MEASURE, *labels, (stray,), _INSIDE)
    for list_id in pack.lists:
        for measures in (frozenset({_ABSENT}), frozenset({_ABSENT, *pack.measures})):
            odd = Listing("odd", list_id, kind, "-", measures, window, _ROUTE)
            yield Situation(list_id, kind.value, _ABSENT, *labels, (odd,), _INSIDE)


def _situation(
    pack: Pack, list_id: str, kind: PartyKind, measure: str, condition: tuple[str, str, str]
) -> Situation:
    moment, stay, exemption = condition
    at, ends_at = _MOMENTS[moment]
    listing = _listing(
        pack,
        list_id,
        kind,
        measure,
        Window(_START, ends_at),
        stays=_stays(stay, at),
        exemptions=_exemptions(exemption, at, _named(pack, measure), tuple(pack.measures)),
    )
    return Situation(list_id, kind.value, measure, moment, stay, exemption, (listing,), at)


def _listing(  # noqa: PLR0913 - the parts of one listing
    pack: Pack,
    list_id: str,
    kind: PartyKind,
    measure: str,
    window: Window,
    *,
    stays: tuple[Window, ...] = (),
    exemptions: tuple[Exemption, ...] = (),
) -> Listing:
    reference = f"{list_id}, {'stayed' if stays else 'plain'}"
    named = _named(pack, measure)
    return Listing(
        reference, list_id, kind, f"{list_id}'s", named, window, _ROUTE, stays, exemptions
    )


def _named(pack: Pack, measure: str) -> frozenset[str]:
    return frozenset(pack.measures) if measure == EVERY_MEASURE else frozenset({measure})


def _stays(stay: str, at: datetime) -> tuple[Window, ...]:
    if stay == "none":
        return ()
    return (Window(at, at + _INSTANT) if stay == "in force" else Window(at - _HOUR, at),)


def _exemptions(
    exemption: str, at: datetime, named: frozenset[str], measures: tuple[str, ...]
) -> tuple[Exemption, ...]:
    """Return an exemption whose edges touch the instant; of every measure, something else is each second one."""
    if exemption == "none":
        return ()
    lasting, over = Window(at, at + _INSTANT), Window(at - _HOUR, at)
    if exemption == "for something else":
        others = frozenset(measures) - named or frozenset(measures[::2])
        return (Exemption(others | {_ABSENT}, lasting),)
    return (Exemption(named, lasting if exemption == "for it" else over),)
