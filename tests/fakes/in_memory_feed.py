"""A feed that is a list of rows, and rows of synthetic parties for it.

Stands in for the feed formats behind the port ``gateway.register.feeds.feed.Feed``.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence

from gateway.register.feeds.feed import FeedHeader, FeedMode, FeedRow
from sanctions_matrix import synthetic

LIST = "consumption-limited"
START = "2024-05-01T00:00:00+08:00"


def person_row(serial: int, **changes: object) -> dict[str, object]:
    """Return a row for the synthetic citizen of a serial; `changes` replace whole fields."""
    row: dict[str, object] = {
        "record": f"R-{serial}",
        "party": {
            "kind": "natural-person",
            "documents": [{"type": "cn-ric", "number": synthetic.citizen_number(serial)}],
        },
        "ruling": {
            "number": f"(2024) No. {serial}",
            "authority": "Synthetic People's Court",
            "dated": "2024-03-01",
            "effective": True,
        },
        "ground": "not-performed",
        "notice": {"served_on": "2024-04-01"},
        "starts_at": START,
        "ends_at": None,
        "contest": {"body": "Synthetic Court", "address": "1 Example Road", "deadline": "15 days"},
    }
    return row | changes


def organisation_row(serial: int, **changes: object) -> dict[str, object]:
    """Return a row for the synthetic organisation of a serial."""
    documents = [{"type": "cn-uscc", "number": synthetic.organisation_code(serial)}]
    party = {"kind": "organisation", "documents": documents}
    return person_row(serial) | {"record": f"O-{serial}", "party": party} | changes


def responsible_row(serial: int, organisation: int) -> dict[str, object]:
    """Return a row for a person responsible for the organisation of a serial."""
    role = {"listing": f"O-{organisation}", "role": "legal-representative"}
    return person_row(serial, responsible_for=role)


def with_passport(row: dict[str, object], serial: int) -> dict[str, object]:
    """Return the row with the synthetic passport of a serial beside its other documents."""
    party = row["party"]
    assert isinstance(party, dict)
    passport = {"type": "passport:UTO", "number": synthetic.passport_number(serial)}
    return row | {"party": party | {"documents": [*party["documents"], passport]}}


class InMemoryFeed:
    """Rows in the admission shape, or ready-made `FeedRow` objects, as a feed."""

    def __init__(
        self,
        rows: Sequence[Mapping[str, object] | FeedRow],
        *,
        sequence: int = 1,
        mode: FeedMode = FeedMode.FULL,
        is_undated: bool = False,
        authority: str = "Synthetic Court",
    ) -> None:
        """Hold the rows; line 1 is the header's, as in a file."""
        self._rows = rows
        self._header = FeedHeader(LIST, authority, sequence, mode, len(rows), is_undated)

    @property
    def header(self) -> FeedHeader:
        """The header."""
        return self._header

    def digest(self) -> bytes:
        """Return a digest of header and rows."""
        text = json.dumps([repr(self._header), *map(_text, self._rows)])
        return hashlib.blake2b(text.encode(), digest_size=32).digest()

    def rows(self) -> Iterator[FeedRow]:
        """Yield the rows."""
        for line, row in enumerate(self._rows, start=2):
            yield row if isinstance(row, FeedRow) else _feed_row(line, row)


def _feed_row(line: int, row: Mapping[str, object]) -> FeedRow:
    record = row.get("record")
    return FeedRow(line, record if isinstance(record, str) else None, row)


def _text(row: Mapping[str, object] | FeedRow) -> str:
    return repr(row) if isinstance(row, FeedRow) else json.dumps(row, sort_keys=True)
