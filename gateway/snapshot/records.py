"""The record of one pseudonym: its listings, as bytes that are the same wherever they are made.

Responsible for: the encoding of listings in snapshots and stores, and its strict reading.
Not responsible for: where records are kept, or what listings mean.

A record is MessagePack of an array of entries, sorted by reference; an entry is an array in the field order of
``Entry``. Instants are microseconds since 1970-01-01T00:00:00Z. Lists and kinds are numbers in the order of the pack's
tables, so a record belongs to one pack, whose digest the snapshot states.
Authorities' names and addresses repeat a million times; an entry names them by a hash (``route``).
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Annotated

import msgspec

from gateway.errors import SnapshotError, TablesLackError
from sanctions_matrix.documents import PartyKind
from sanctions_matrix.evaluation import Matrix, UnknownMeasureError
from sanctions_matrix.listing import ContestRoute, Exemption, Listing, Window
from sanctions_matrix.pack import Pack

ROUTE_BYTES = 12
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_KINDS = tuple(PartyKind)
_KIND_NUMBERS = {kind: number for number, kind in enumerate(_KINDS)}
_KEPT = 65_536
"""How many encoded routes and masks are kept for the next listing."""

Micros = int
Mask = Annotated[int, msgspec.Meta(ge=0)]
Place = Annotated[int, msgspec.Meta(ge=0)]
RouteKey = Annotated[bytes, msgspec.Meta(min_length=ROUTE_BYTES, max_length=ROUTE_BYTES)]


class Route(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What many listings share: the authority, and where its listings are contested."""

    authority: str
    body: str
    address: str

    def encode(self) -> bytes:
        """Return the route as bytes."""
        return _encoder.encode(self)


class Entry(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One listing of one pseudonym."""

    reference: str
    list: Place
    kind: Place
    measures: Mask
    starts: Micros
    ends: Micros | None
    route: RouteKey
    deadline: str
    stays: tuple[tuple[Micros, Micros | None], ...]
    exemptions: tuple[tuple[Mask, Micros, Micros | None], ...]


_encoder = msgspec.msgpack.Encoder()
_entries = msgspec.msgpack.Decoder(tuple[Entry, ...])
_route = msgspec.msgpack.Decoder(Route)


def route_key(encoded: bytes) -> bytes:
    """Return the key under which an encoded route is found, 12 bytes of its BLAKE2b."""
    return blake2b(encoded, digest_size=ROUTE_BYTES).digest()


def parse_route(encoded: bytes) -> Route:
    """Read a route.

    Raises:
        SnapshotError: the bytes are not one.
    """
    try:
        return _route.decode(encoded)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = "a contest route in the snapshot cannot be read"
        raise SnapshotError(message) from error


class RecordFormat:
    """Writes and reads the records of one pack."""

    def __init__(self, pack: Pack, matrix: Matrix) -> None:
        """Number the pack's lists in the order of its table."""
        self._lists = tuple(pack.lists)
        self._list_numbers = {name: number for number, name in enumerate(self._lists)}
        self._matrix = matrix
        self._masks: dict[frozenset[str], int] = {}
        self._routes: dict[tuple[str, str, str], tuple[bytes, bytes]] = {}

    def encode(self, listings: Iterable[Listing], routes: dict[bytes, bytes]) -> bytes:
        """Return the record of ``listings``; the routes it needs are added to ``routes``.

        Raises:
            TablesLackError: a listing stands on a list, or names a measure, that the pack does not have.
        """
        entries = [self._entry(listing, routes) for listing in listings]
        if len(entries) > 1:
            entries.sort(key=_reference)
        return _encoder.encode(entries)

    def _entry(self, listing: Listing, routes: dict[bytes, bytes]) -> Entry:
        contest, mask = listing.contest, self._mask
        named = (listing.authority, contest.body, contest.address)
        key, encoded = self._routes.get(named) or self._route(named)
        routes[key] = encoded
        number = self._list_numbers.get(listing.list_id)
        if number is None:
            raise TablesLackError(f"a listing on the list {listing.list_id!r}")
        return Entry(
            reference=listing.reference,
            list=number,
            kind=_KIND_NUMBERS[listing.party_kind],
            measures=mask(listing.measures),
            starts=_micros(listing.window.starts_at),
            ends=_micros_or_none(listing.window.ends_at),
            route=key,
            deadline=contest.deadline,
            stays=tuple((_micros(w.starts_at), _micros_or_none(w.ends_at)) for w in listing.stays),
            exemptions=tuple(
                (mask(e.measures), _micros(e.window.starts_at), _micros_or_none(e.window.ends_at))
                for e in listing.exemptions
            ),
        )

    def _route(self, named: tuple[str, str, str]) -> tuple[bytes, bytes]:
        """Encode a route, and keep it: a court's is the same in a million listings."""
        encoded = Route(*named).encode()
        if len(self._routes) >= _KEPT:
            self._routes.clear()
        self._routes[named] = route_key(encoded), encoded
        return self._routes[named]

    def _mask(self, measures: frozenset[str]) -> int:
        mask = self._masks.get(measures)
        if mask is None:
            mask = self._new_mask(measures)
            if len(self._masks) >= _KEPT:
                self._masks.clear()
            self._masks[measures] = mask
        return mask

    def _new_mask(self, measures: frozenset[str]) -> int:
        try:
            return self._matrix.measures_mask(measures)
        except UnknownMeasureError:
            known = self._matrix.pack.measures
            lacking = ", ".join(sorted(repr(name) for name in measures if name not in known))
            raise TablesLackError(f"a listing with the measure {lacking}") from None

    def decode(self, record: bytes, route: Callable[[bytes], bytes | None]) -> Sequence[Listing]:
        """Read a record; ``route`` finds an encoded route by its key.

        Raises:
            SnapshotError: the record or a route it names cannot be read; it is then unknown whether the party is
                listed, and no answer may be given.
        """
        try:
            entries = _entries.decode(record)
            return [self._listing(entry, route(entry.route)) for entry in entries]
        except (msgspec.DecodeError, LookupError, OverflowError, ValueError) as error:
            message = "a record of the snapshot cannot be read"
            raise SnapshotError(message) from error

    def _listing(self, entry: Entry, encoded_route: bytes | None) -> Listing:
        if encoded_route is None:
            message = "a record names a contest route that the snapshot lacks"
            raise SnapshotError(message)
        route = parse_route(encoded_route)
        measures_of = self._matrix.ids_of_mask
        return Listing(
            reference=entry.reference,
            list_id=self._lists[entry.list],
            party_kind=_KINDS[entry.kind],
            authority=route.authority,
            measures=frozenset(measures_of(entry.measures)),
            window=_window(entry.starts, entry.ends),
            contest=ContestRoute(body=route.body, address=route.address, deadline=entry.deadline),
            stays=tuple(_window(starts, ends) for starts, ends in entry.stays),
            exemptions=tuple(
                Exemption(frozenset(measures_of(mask)), _window(starts, ends))
                for mask, starts, ends in entry.exemptions
            ),
        )


def _reference(entry: Entry) -> str:
    return entry.reference


def _micros(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


def _micros_or_none(instant: datetime | None) -> int | None:
    return None if instant is None else _micros(instant)


def _instant(micros: int) -> datetime:
    return _EPOCH + micros * _MICROSECOND


def _window(starts: int, ends: int | None) -> Window:
    return Window(_instant(starts), None if ends is None else _instant(ends))
