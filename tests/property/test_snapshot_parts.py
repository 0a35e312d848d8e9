"""Parts and indexes over arbitrary contents and arbitrary damage."""

from contextlib import suppress
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import SnapshotError
from gateway.snapshot.parts import (
    INDEX_FORMAT,
    PackIdentity,
    Piece,
    SnapshotIndex,
    cut_parts,
    parse_index,
    parse_part,
)
from tests.fakes.fixed_clock import MORNING

DIGEST = "0f" * 32
records = st.lists(
    st.tuples(st.binary(min_size=16, max_size=16), st.binary(max_size=300)), max_size=30
)
routes = st.lists(
    st.tuples(st.binary(min_size=12, max_size=12), st.binary(max_size=90)), max_size=9
)
Pairs = list[tuple[bytes, bytes]]


def index(numbers: list[int]) -> SnapshotIndex:
    """Return an index whose full snapshot and deltas have these numbers."""
    spans = pairwise([0, *numbers])
    full, *deltas = [Piece(since, to, 1, DIGEST, (f"lists/{to}",)) for since, to in spans]
    return SnapshotIndex(
        format=INDEX_FORMAT,
        number=numbers[-1],
        as_of=MORNING,
        change=1,
        entries=2,
        digest=DIGEST,
        pack=PackIdentity("p", "1", DIGEST),
        full=full,
        deltas=tuple(deltas),
    )


numbers = st.lists(st.integers(1, 2**53 - 1), min_size=1, max_size=6, unique=True).map(sorted)


@given(records, routes, st.integers(64, 5_000))
def test_parts_hold_everything_in_order(some: Pairs, named: Pairs, part_bytes: int) -> None:
    """Nothing is lost or moved at the cuts, there is always a part, and none is larger than it must be."""
    contents = list(cut_parts(some, named, part_bytes=part_bytes))
    parts = [parse_part(content) for content in contents]
    assert [pair for part in parts for pair in part.routes] == named
    assert [pair for part in parts for pair in part.records] == some
    assert parts
    for content, part in zip(contents, parts, strict=True):
        assert len(content) <= part_bytes or len(part.routes) + len(part.records) == 1


@given(st.binary(max_size=300))
def test_any_bytes_are_a_part_or_an_error(content: bytes) -> None:
    """There is no other outcome."""
    with suppress(SnapshotError):
        parse_part(content)


@given(records, st.data())
def test_a_cut_off_part_is_an_error(some: Pairs, data: st.DataObject) -> None:
    """No beginning of a part is one."""
    (content,) = cut_parts(some, [], part_bytes=1 << 20)
    with pytest.raises(SnapshotError):
        parse_part(content[: data.draw(st.integers(0, len(content) - 1))])


@given(numbers)
def test_reading_an_index_undoes_writing(several: list[int]) -> None:
    """What the publisher wrote is what a follower reads."""
    assert parse_index(index(several).encode()) == index(several)


@given(numbers, st.data())
def test_a_changed_index_is_an_error_or_another_index(
    several: list[int], data: st.DataObject
) -> None:
    """One changed byte makes no reader fail in another way, and does not read as the same index."""
    content = bytearray(index(several).encode())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    with suppress(SnapshotError):
        assert parse_index(bytes(content)) != index(several)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from(SnapshotIndex.__struct_fields__), json)
def test_any_value_in_a_field_is_an_index_or_an_error(field: str, value: object) -> None:
    """A field of another type does not get through to where it would be used."""
    raw = msgspec.json.decode(index([1, 2]).encode())
    with suppress(SnapshotError):
        parse_index(msgspec.json.encode({**raw, field: value}))


@given(numbers, st.integers(0, 2**53))
def test_deltas_lead_from_where_they_begin(several: list[int], held: int) -> None:
    """From a number of the chain all deltas that end behind it are needed, from any other none will do."""
    for number in (*several, held):
        found = index(several).after(number)
        if not several[0] <= number <= several[-1]:
            assert found is None
        else:
            assert found is not None
            assert [piece.number for piece in found] == [one for one in several if one > number]
            assert not found or found[0].since <= number
