"""Records: listings as bytes that are the same wherever they are made, and are read strictly."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from gateway.errors import SnapshotError, TablesLackError
from gateway.snapshot.records import ROUTE_BYTES, RecordFormat, Route, parse_route, route_key
from sanctions_matrix.evaluation import Matrix
from sanctions_matrix.listing import ContestRoute, Exemption, Listing, Window
from sanctions_matrix.pack import Pack
from tests.fakes.synthetic_parties import COURT, LISTED_AT, listing

HOUR = timedelta(hours=1)
RICH = listing(
    ends_at=LISTED_AT + timedelta(days=365, microseconds=1),
    stays=(Window(LISTED_AT, LISTED_AT + HOUR), Window(LISTED_AT + 2 * HOUR)),
    exemptions=(Exemption(frozenset({"38"}), Window(LISTED_AT, LISTED_AT + HOUR)),),
)
ENTRY = 0
NOWHERE: dict[bytes, bytes] = {}
FIELDS = (
    "reference",
    "list",
    "kind",
    "measures",
    "starts",
    "ends",
    "route",
    "deadline",
    "stays",
    "exemptions",
)


@pytest.fixture
def records(pack: Pack, matrix: Matrix) -> RecordFormat:
    """The records of the mission's pack."""
    return RecordFormat(pack, matrix)


def encoded(records: RecordFormat, *listings: Listing) -> tuple[bytes, dict[bytes, bytes]]:
    """Return the record of ``listings`` and the routes it names."""
    routes: dict[bytes, bytes] = {}
    return records.encode(listings, routes), routes


def changed(records: RecordFormat, field: str, value: object) -> tuple[bytes, dict[bytes, bytes]]:
    """Return the record of ``RICH`` with one field replaced."""
    record, routes = encoded(records, RICH)
    raw = msgspec.msgpack.decode(record)
    raw[ENTRY][FIELDS.index(field)] = value
    return msgspec.msgpack.encode(raw), routes


def test_listings_come_back_whole(records: RecordFormat) -> None:
    """Windows to the microsecond, stays, exemptions and the way to contest survive."""
    record, routes = encoded(records, RICH)
    assert list(records.decode(record, routes.get)) == [RICH]


def test_the_order_of_listings_does_not_matter(records: RecordFormat) -> None:
    """A register that returns listings in another order gives the same bytes."""
    several = [listing(f"L{number}") for number in range(4)]
    assert encoded(records, *several) == encoded(records, *reversed(several))


def test_measures_have_one_encoding(records: RecordFormat) -> None:
    """The order in which a listing names its measures leaves no trace."""
    assert encoded(records, listing(measures=["38", "39", "46"])) == encoded(
        records, listing(measures=["46", "39", "38"])
    )


def test_a_time_zone_leaves_no_trace(records: RecordFormat) -> None:
    """The same instant, written elsewhere, is the same record."""
    local = LISTED_AT.astimezone(timezone(timedelta(hours=8)))
    assert encoded(records, listing(stays=(Window(local),))) == encoded(
        records, listing(stays=(Window(LISTED_AT),))
    )


def test_what_listings_share_is_kept_once(records: RecordFormat) -> None:
    """A thousand listings of one court name one route, by its hash."""
    _, routes = encoded(records, *(listing(f"L{number}") for number in range(9)))
    ((key, route),) = routes.items()
    assert key == route_key(route)
    assert len(key) == ROUTE_BYTES
    assert parse_route(route) == Route(COURT, COURT, "1 Court Road, Utopia")


def test_routes_of_different_authorities_differ() -> None:
    """Authority, body and address each make a route of their own, and none bleeds into the next."""
    forms = [("A", "B", "C"), ("AB", "", "C"), ("A", "BC", ""), ("", "AB", "C")]
    assert len({route_key(Route(*form).encode()) for form in forms}) == len(forms)


def test_a_listing_of_an_unknown_list_or_measure_is_not_written(records: RecordFormat) -> None:
    """The publisher cannot put into a snapshot what no gateway could read."""
    with pytest.raises(TablesLackError, match="on the list 'nobodys-list' that this"):
        encoded(records, listing(list_id="nobodys-list"))
    with pytest.raises(TablesLackError, match="with the measure 'nobodys-measure' that this"):
        encoded(records, listing(measures=["nobodys-measure"]))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("list", 99),
        ("list", -1),
        ("kind", 3),
        ("kind", -1),
        ("measures", 1 << 63),
        ("measures", -1),
        ("starts", 10**18),
        ("starts", -(10**18)),
        ("starts", 1.5),
        ("starts", None),
        ("ends", 0),
        ("route", b"short"),
        ("route", bytes(ROUTE_BYTES)),
        ("deadline", None),
        ("reference", 7),
        ("stays", [[5, 4]]),
        ("stays", [[5]]),
        ("stays", None),
        ("exemptions", [[1 << 63, 0, None]]),
        ("exemptions", [[0, 5, 5]]),
    ],
)
def test_an_unknown_or_impossible_field_is_refused(
    records: RecordFormat, field: str, value: object
) -> None:
    """A list, kind, measure or window that this pack does not have makes the record unreadable, not empty."""
    record, routes = changed(records, field, value)
    with pytest.raises(SnapshotError):
        records.decode(record, routes.get)


def test_the_untouched_record_of_that_table_is_read(records: RecordFormat) -> None:
    """The refusals above come from what was changed, not from how the test changes it."""
    record, routes = changed(records, "reference", "L1")
    assert list(records.decode(record, routes.get)) == [RICH]


@pytest.mark.parametrize("content", [b"", b"\x00", b"\xc1", b"\x91\x90", b"\x91\xc0", b"\x90\x90"])
def test_what_is_no_record_is_refused(records: RecordFormat, content: bytes) -> None:
    """Empty, foreign, cut-off and overlong bytes are doubt, and doubt is no permission."""
    with pytest.raises(SnapshotError):
        records.decode(content, NOWHERE.get)


def test_a_record_whose_route_is_missing_is_refused(records: RecordFormat) -> None:
    """Nobody is restricted without being told how to contest it."""
    record, _ = encoded(records, RICH)
    with pytest.raises(SnapshotError, match="contest route"):
        records.decode(record, NOWHERE.get)


def test_a_damaged_route_is_refused(records: RecordFormat) -> None:
    """A route of another shape is not read as far as it goes."""
    record, _ = encoded(records, RICH)
    with pytest.raises(SnapshotError, match="contest route"):
        records.decode(record, lambda _: b"\x92\xa1A\xa1B")
    for damaged in (Route("A", "B", "C").encode() + b"\x00", b"\x93\xa1\xff\xa1B\xa1C"):
        with pytest.raises(SnapshotError):
            parse_route(damaged)


def test_an_error_does_not_quote_the_record(records: RecordFormat) -> None:
    """Nothing of a listing gets into a log through the message."""
    record, routes = changed(records, "reference", 4711)
    with pytest.raises(SnapshotError) as caught:
        records.decode(record, routes.get)
    assert "4711" not in str(caught.value)
    assert COURT not in str(caught.value)


def test_the_earliest_and_the_latest_instant_survive(records: RecordFormat) -> None:
    """The whole range of instants can be stored."""
    entry = Listing(
        reference="L",
        list_id=RICH.list_id,
        party_kind=RICH.party_kind,
        authority="",
        measures=frozenset(),
        window=Window(
            datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
        ),
        contest=ContestRoute("", "", ""),
    )
    record, routes = encoded(records, entry)
    assert list(records.decode(record, routes.get)) == [entry]
