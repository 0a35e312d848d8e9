"""Records over arbitrary listings: what is read is what was written, and damage is an error or harmless."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import SnapshotError
from gateway.packs import load_pack
from gateway.snapshot.records import RecordFormat
from sanctions_matrix.documents import PartyKind
from sanctions_matrix.evaluation import compile_matrix
from sanctions_matrix.listing import ContestRoute, Exemption, Listing, Window

PACK = load_pack("cn-joint-discipline")
RECORDS = RecordFormat(PACK, compile_matrix(PACK))

instants = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
windows = st.builds(
    lambda starts_at, length: Window(starts_at, None if length is None else starts_at + length),
    instants,
    st.none() | st.timedeltas(timedelta(microseconds=1), timedelta(days=4_000)),
)
measures = st.frozensets(st.sampled_from(list(PACK.measures)))
texts = st.text(max_size=30)
listings = st.lists(
    st.builds(
        Listing,
        reference=texts,
        list_id=st.sampled_from(list(PACK.lists)),
        party_kind=st.sampled_from(PartyKind),
        authority=texts,
        measures=measures,
        window=windows,
        contest=st.builds(ContestRoute, texts, texts, texts),
        stays=st.lists(windows, max_size=3).map(tuple),
        exemptions=st.lists(st.builds(Exemption, measures, windows), max_size=3).map(tuple),
    ),
    max_size=4,
    unique_by=lambda listing: listing.reference,
)


def encoded(given_listings: list[Listing]) -> tuple[bytes, dict[bytes, bytes]]:
    """Return the record of some listings and the routes it names."""
    routes: dict[bytes, bytes] = {}
    return RECORDS.encode(given_listings, routes), routes


@given(listings)
def test_reading_undoes_writing(some: list[Listing]) -> None:
    """Every listing comes back, to the microsecond, in the order of the references."""
    record, routes = encoded(some)
    assert list(RECORDS.decode(record, routes.get)) == sorted(some, key=lambda one: one.reference)


@given(listings, st.randoms(use_true_random=False))
def test_order_does_not_matter(some: list[Listing], chance: random.Random) -> None:
    """The same listings give the same bytes in whatever order the register has them."""
    shuffled = list(some)
    chance.shuffle(shuffled)
    assert encoded(shuffled) == encoded(some)


@given(listings)
def test_writing_what_was_read_changes_nothing(some: list[Listing]) -> None:
    """There is one record for a set of listings: reading and writing again gives the same bytes."""
    record, routes = encoded(some)
    assert encoded(list(RECORDS.decode(record, routes.get))) == (record, routes)


@given(listings.filter(bool), st.data())
def test_a_flipped_bit_is_an_error_or_another_record(
    some: list[Listing], data: st.DataObject
) -> None:
    """No damage makes the reader fail in another way, and none is read as the undamaged record."""
    record, routes = encoded(some)
    place = data.draw(st.integers(0, len(record) * 8 - 1))
    damaged = bytearray(record)
    damaged[place // 8] ^= 1 << place % 8
    try:
        read = list(RECORDS.decode(bytes(damaged), routes.get))
    except SnapshotError:
        return
    assert read != list(RECORDS.decode(record, routes.get))


@given(listings, st.data())
def test_a_cut_off_record_is_an_error(some: list[Listing], data: st.DataObject) -> None:
    """No beginning of a record is one."""
    record, routes = encoded(some)
    length = data.draw(st.integers(0, len(record) - 1))
    with pytest.raises(SnapshotError):
        RECORDS.decode(record[:length], routes.get)


@given(listings, st.binary(min_size=1, max_size=20))
def test_an_overlong_record_is_an_error(some: list[Listing], more: bytes) -> None:
    """Nothing follows a record."""
    record, routes = encoded(some)
    with pytest.raises(SnapshotError):
        RECORDS.decode(record + more, routes.get)


@given(st.binary(max_size=200), st.none() | st.binary(max_size=60))
def test_any_bytes_are_a_record_or_an_error(content: bytes, route: bytes | None) -> None:
    """Whatever lies in the store, and whatever route is found, there is no other outcome."""
    try:
        read = RECORDS.decode(content, lambda _: route)
    except SnapshotError:
        return
    assert all(isinstance(one, Listing) for one in read)
