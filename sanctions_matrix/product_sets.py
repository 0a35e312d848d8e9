"""Product sets: many points said in few words.

Responsible for covering a set of points, each a tuple of one value per dimension, by disjoint product sets.
Not responsible for what the dimensions are.

Rule kept here: the cover is exact; a product set never holds a point that was not given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Point = tuple[str, ...]
    ProductSet = tuple[frozenset[str], ...]


def product_sets(points: Iterable[Point]) -> list[ProductSet]:
    """Return disjoint product sets that together hold exactly the points, as few as merging them finds.

    Merging begins with one set a point and joins two that differ in one dimension only.
    The order of the dimensions decides what is found, so several are tried.
    """
    single = sorted({tuple(frozenset({value}) for value in point) for point in points}, key=_order)
    if not single:
        return []
    places = range(len(single[0]))
    orders = [[*places[turn:], *places[:turn]] for turn in places]
    orders += [order[::-1] for order in orders]
    covers = [_merged(single, order) for order in orders or [[]]]
    fewest = min(len(cover) for cover in covers)
    return sorted(next(cover for cover in covers if len(cover) == fewest), key=_order)


def _merged(sets: Sequence[ProductSet], order: Sequence[int]) -> list[ProductSet]:
    held, count = list(sets), len(sets) + 1
    while len(held) < count:
        count = len(held)
        for place in order:
            held = _joined(held, place)
    return held


def _joined(sets: Iterable[ProductSet], place: int) -> list[ProductSet]:
    """Join the sets that differ in one dimension only."""
    joined: dict[tuple[ProductSet, ProductSet], frozenset[str]] = {}
    for entry in sets:
        rest = (entry[:place], entry[place + 1 :])
        joined[rest] = joined.get(rest, frozenset()) | entry[place]
    return [(*before, values, *after) for (before, after), values in joined.items()]


def _order(entry: ProductSet) -> list[list[str]]:
    return [sorted(values) for values in entry]
