"""Parts and the index: of bounded size, complete, and strictly read."""

import msgspec
import pytest

from gateway.errors import SnapshotError
from gateway.snapshot.parts import (
    INDEX_FORMAT,
    PackIdentity,
    Part,
    Piece,
    SnapshotIndex,
    cut_parts,
    older_number,
    parse_index,
    parse_part,
)
from tests.fakes.fixed_clock import MORNING

DIGEST = "0f" * 32


def piece(number: int) -> Piece:
    """Return the piece that leads to snapshot ``number``."""
    since = 0 if number == 4 else number - 1
    return Piece(since, number, records=2, digest=DIGEST, parts=(f"lists/{number}-00000",))


def raw_piece(number: int) -> dict[str, object]:
    """Return the same as it stands in an index."""
    return dict(msgspec.json.decode(msgspec.json.encode(piece(number))))


INDEX = SnapshotIndex(
    format=INDEX_FORMAT,
    number=7,
    as_of=MORNING,
    change=40,
    entries=3,
    digest=DIGEST,
    pack=PackIdentity(id="cn-joint-discipline", version="1", digest=DIGEST),
    full=piece(4),
    deltas=(piece(5), piece(6), piece(7)),
)


def pairs(count: int, *, key_bytes: int = 16, size: int = 100) -> list[tuple[bytes, bytes]]:
    """Return ``count`` sorted pairs with values of ``size`` bytes."""
    return [(number.to_bytes(key_bytes), bytes(size)) for number in range(count)]


def altered(**changes: object) -> bytes:
    """Return the bytes of ``INDEX`` with some fields replaced; None removes a field."""
    raw = msgspec.json.decode(INDEX.encode())
    raw.update(changes)
    return msgspec.json.encode({name: value for name, value in raw.items() if value is not None})


@pytest.mark.parametrize("part_bytes", [200, 1_000, 4_096, 100_000])
def test_parts_keep_to_their_size(part_bytes: int) -> None:
    """No part is larger than the setting, and together they hold everything in order."""
    routes, records = pairs(20, key_bytes=12), pairs(100)
    contents = list(cut_parts(records, routes, part_bytes=part_bytes))
    assert max(map(len, contents)) <= part_bytes
    parts = [parse_part(content) for content in contents]
    assert [pair for part in parts for pair in part.routes] == routes
    assert [pair for part in parts for pair in part.records] == records


def test_a_record_larger_than_a_part_gets_its_own() -> None:
    """One party with very many listings does not stop a publication."""
    records = [*pairs(2), (b"\xff" * 16, bytes(5_000))]
    parts = [parse_part(part) for part in cut_parts(records, [], part_bytes=1_000)]
    assert [len(part.records) for part in parts] == [2, 1]


def test_an_empty_delta_is_one_part() -> None:
    """A delta in which nothing is left to say is published like any other."""
    (content,) = cut_parts([], [], part_bytes=1_000)
    assert parse_part(content) == Part(routes=(), records=())


def test_equal_contents_give_equal_parts() -> None:
    """A part's bytes depend on its content alone."""
    records, routes = pairs(50), pairs(3, key_bytes=12)
    assert list(cut_parts(iter(records), iter(routes), part_bytes=999)) == list(
        cut_parts(records, routes, part_bytes=999)
    )


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        [[]],
        [[], [], []],
        {"routes": [], "records": []},
        [[], [[b"short", b""]]],
        [[], [[bytes(17), b""]]],
        [[], [[bytes(16)]]],
        [[], [[bytes(16), b"", b""]]],
        [[], [[bytes(16), None]]],
        [[[bytes(11), b""]], []],
        [[[bytes(13), b""]], []],
        [[[bytes(12), 5]], []],
    ],
)
def test_a_part_of_another_shape_is_refused(raw: object) -> None:
    """A part with keys of another length, other types or other fields is not read as far as it goes."""
    with pytest.raises(SnapshotError):
        parse_part(msgspec.msgpack.encode(raw))


@pytest.mark.parametrize("content", [b"", b"\xc1", b"\x92\x90", b"\x92\x90\x90\x00", b"{}"])
def test_what_is_no_part_is_refused(content: bytes) -> None:
    """Empty, damaged, cut-off and overlong bytes are refused."""
    with pytest.raises(SnapshotError):
        parse_part(content)


def test_the_index_comes_back_whole() -> None:
    """What the publisher wrote is what a follower reads."""
    assert parse_index(INDEX.encode()) == INDEX


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 1},
        {"format": 3},
        {"format": "1"},
        {"format": None},
        {"number": 0},
        {"number": 2**53},
        {"number": 1.5},
        {"number": None},
        {"as_of": "yesterday"},
        {"as_of": "2031-05-06T08:30:00"},
        {"change": "1"},
        {"change": -1},
        {"entries": None},
        {"entries": -1},
        {"digest": "0f" * 31},
        {"digest": "0F" * 32},
        {"digest": "0f" * 32 + "\n"},
        {"pack": {"id": "x", "version": "1"}},
        {"pack": {"id": "x", "version": "1", "digest": DIGEST, "more": 1}},
        {"full": None},
        {"full": {**raw_piece(4), "digest": ""}},
        {"full": {**raw_piece(4), "since": 3}},
        {"deltas": {}},
        {"deltas": [{**raw_piece(5), "parts": [5]}, raw_piece(6), raw_piece(7)]},
        {"deltas": [{**raw_piece(5), "since": 5}, raw_piece(6), raw_piece(7)]},
        {"full": {**raw_piece(4), "number": 8}},
        {"full": {**raw_piece(4), "number": 7, "digest": "0e" * 32}},
        {"deltas": [{**raw_piece(5), "records": -1}, raw_piece(6), raw_piece(7)]},
        {"deltas": [raw_piece(6), raw_piece(7)]},
        {"comment": "hello"},
        {"number": 8},
        {"number": 6},
        {"digest": "0e" * 32},
        {"deltas": []},
        {"deltas": [raw_piece(6), raw_piece(5), raw_piece(7)]},
        {"deltas": [raw_piece(7), raw_piece(7)]},
        {"deltas": [raw_piece(4), raw_piece(7)]},
    ],
)
def test_an_index_of_another_shape_is_refused(changes: dict[str, object]) -> None:
    """An index that this version does not fully understand is not followed."""
    with pytest.raises(SnapshotError):
        parse_index(altered(**changes))


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b"\xff", b"null", INDEX.encode() + b"{}", b'{"\xe4": 1}']
)
def test_what_is_no_index_is_refused(content: bytes) -> None:
    """Empty, damaged, cut-off and overlong bytes are refused."""
    with pytest.raises(SnapshotError):
        parse_index(content)


def test_the_unaltered_index_of_that_table_is_read() -> None:
    """The refusals above come from what was altered, not from how the test alters it."""
    assert parse_index(altered()) == INDEX


@pytest.mark.parametrize("other", [INDEX_FORMAT - 1, INDEX_FORMAT + 1])
def test_another_format_asks_for_an_upgrade(other: int) -> None:
    """An operator learns what to do, not that something is damaged."""
    with pytest.raises(SnapshotError, match="upgrade"):
        parse_index(altered(format=other))


def test_the_number_of_an_older_index_is_read() -> None:
    """A publisher after an upgrade goes on from there; an index of this format, or of a newer one, is no older one."""
    assert older_number(altered(format=INDEX_FORMAT - 1, deltas="of another form")) == 7
    assert older_number(altered()) is None
    assert older_number(altered(format=INDEX_FORMAT + 1)) is None
    assert older_number(b"no index") is None


def test_a_chain_may_begin_before_the_full_snapshot() -> None:
    """Who is a little behind when a new base is published goes on by deltas, and need not load it."""
    index = parse_index(
        altered(
            full=msgspec.json.decode(
                msgspec.json.encode(msgspec.structs.replace(piece(4), number=6))
            )
        )
    )
    for held, wanted in [(3, None), (4, [5, 6, 7]), (5, [6, 7]), (6, [7]), (7, []), (8, None)]:
        found = index.after(held)
        assert (None if found is None else [delta.number for delta in found]) == wanted


def test_a_merged_delta_leads_on_from_inside_its_span() -> None:
    """A gateway at any number that was published finds a way, though no piece ends there any more."""
    merged = Piece(since=4, number=6, records=3, digest=DIGEST, parts=("lists/merged",))
    index = parse_index(altered(deltas=[merged, piece(7)]))
    for held, wanted in [(3, None), (4, [6, 7]), (5, [6, 7]), (6, [7]), (7, []), (8, None)]:
        found = index.after(held)
        assert (None if found is None else [delta.number for delta in found]) == wanted


@pytest.mark.parametrize(
    ("held", "wanted"),
    [(3, None), (4, (5, 6, 7)), (5, (6, 7)), (6, (7,)), (7, ()), (8, None), (0, None)],
)
def test_deltas_are_found_for_exactly_the_numbers_they_start_from(
    held: int, wanted: tuple[int, ...] | None
) -> None:
    """A store older than the full snapshot, or newer than the index, cannot be led on by deltas."""
    found = INDEX.after(held)
    assert (None if found is None else tuple(delta.number for delta in found)) == wanted
