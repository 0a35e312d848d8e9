"""Product sets: what says many points in few words says exactly those."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from sanctions_matrix.product_sets import product_sets

POINTS = st.sets(st.tuples(*[st.sampled_from("abc")] * 3))


@given(points=POINTS)
def test_the_cover_is_exact(points: set[tuple[str, ...]]) -> None:
    """Every point is in exactly one set, and no set holds another one."""
    covered = [point for entry in product_sets(points) for point in product(*entry)]
    assert len(covered) == len(set(covered))
    assert set(covered) == points


@given(points=POINTS)
def test_order_does_not_matter(points: set[tuple[str, ...]]) -> None:
    """The same points give the same sets."""
    assert product_sets(sorted(points)) == product_sets(sorted(points, reverse=True))


@given(
    first=st.sets(st.sampled_from("abc"), min_size=1),
    second=st.sets(st.sampled_from("xyz"), min_size=1),
)
def test_a_product_becomes_one_set(first: set[str], second: set[str]) -> None:
    """What can be said in one sentence is."""
    assert product_sets(product(first, second)) == [(frozenset(first), frozenset(second))]
