"""The content digest over arbitrary histories: a chain of deltas ends where a full rebuild ends."""

import random
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.snapshot.store import Store, StoreWriter, open_store

# Few first bytes, so that buckets and rows are shared, filled and emptied often.
pseudonyms = st.builds(
    lambda head, tail: head + tail,
    st.sampled_from([b"\0\0", b"\0\1", b"\0\xff", b"\1\0", b"\xff\xff"]),
    st.sampled_from(
        [bytes(14), bytes(13) + b"\1", b"\x0f" + bytes(13), b"\x10" * 14, b"\xff" * 14]
    ),
)
contents = st.dictionaries(pseudonyms, st.binary(min_size=1, max_size=40), max_size=12)
deltas = st.dictionaries(pseudonyms, st.binary(max_size=40), max_size=8)


class _UndoneError(Exception):
    """Takes back what an example wrote."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for all examples; each takes back what it wrote."""
    folder = tmp_path_factory.mktemp("store")
    with open_store(folder, map_bytes=16 * 1024 * 1024) as store:
        yield store


def rebuilt(writer: StoreWriter, content: dict[bytes, bytes]) -> bytes:
    """Return the digest of a store that was just filled with ``content``."""
    writer.clear()
    writer.put_sorted(sorted(content.items()))
    return writer.content_digest()


def applied(content: dict[bytes, bytes], delta: dict[bytes, bytes]) -> dict[bytes, bytes]:
    """Return ``content`` after ``delta``."""
    return {key: record for key, record in (content | delta).items() if record}


@given(contents, st.lists(deltas, max_size=6))
def test_a_chain_of_deltas_ends_where_a_rebuild_ends(
    store: Store, content: dict[bytes, bytes], chain: list[dict[bytes, bytes]]
) -> None:
    """After every delta the digest and the records are those of a store that was built anew."""
    with suppress(_UndoneError), store.write() as writer:
        states = [content]
        for delta in chain:
            states.append(applied(states[-1], delta))
        expected = [rebuilt(writer, state) for state in states]
        assert rebuilt(writer, content) == expected[0]
        for delta, digest, state in zip(chain, expected[1:], states[1:], strict=True):
            writer.change(delta.items())
            assert writer.content_digest() == digest
            assert list(writer.all_records()) == sorted(state.items())
            assert writer.count() == len(state)
        raise _UndoneError


@given(contents, st.lists(deltas, max_size=4), st.randoms(use_true_random=False))
def test_the_order_within_a_delta_does_not_matter(
    store: Store,
    content: dict[bytes, bytes],
    chain: list[dict[bytes, bytes]],
    chance: random.Random,
) -> None:
    """Changes to different parties can be applied in any order, and one by one."""
    with suppress(_UndoneError), store.write() as writer:
        rebuilt(writer, content)
        for delta in chain:
            writer.change(delta.items())
        expected = writer.content_digest()
        rebuilt(writer, content)
        for delta in chain:
            shuffled = list(delta.items())
            chance.shuffle(shuffled)
            for change in shuffled:
                writer.change([change])
        assert writer.content_digest() == expected
        raise _UndoneError


@given(st.lists(contents, min_size=2, max_size=4))
def test_digests_are_equal_exactly_when_contents_are(
    store: Store, several: list[dict[bytes, bytes]]
) -> None:
    """No two contents share a digest."""
    with suppress(_UndoneError), store.write() as writer:
        digests = [rebuilt(writer, content) for content in several]
        for (one, first), (other, second) in pairwise(zip(several, digests, strict=True)):
            assert (one == other) == (first == second)
        raise _UndoneError
