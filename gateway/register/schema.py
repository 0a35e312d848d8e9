"""The register's tables.

Responsible for the columns, keys and indexes, and for nothing that runs.

Rules kept here:

- No name of a party is stored anywhere; a party is its documents.
- Instants are whole microseconds since 1970-01-01 UTC; civil dates are ISO 8601 texts. Both sort as they stand.
- `listing` and `listing_document` are the derived current state; `event` is what happened, and is only ever added to.
- A document that a listing no longer names stays as a dropped row, so that a delta can tell the gateways.
- Types and keys exist alike in SQLite and PostgreSQL; whatever differs between them stands in `engine.py`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA_VERSION = "1"

_NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""SQLite keeps any integer in 64 bits, and only a column declared INTEGER is its row number."""

TABLES = MetaData()

meta = Table(
    "meta",
    TABLES,
    Column("key", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)
"""`schema_version`, `secret` (hex, keys the references and content digests), `change` (the change counter)."""

feed = Table(
    "feed",
    TABLES,
    Column("id", _NUMBER, primary_key=True, autoincrement=False),
    Column("list_id", String(64), nullable=False),
    Column("authority", String(200), nullable=False),
    Column("mode", String(8), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("line_count", BigInteger, nullable=False),
    Column("quarantined", BigInteger, nullable=False),
    Column("change", BigInteger),
    Column("received_at", BigInteger, nullable=False),
    Column("last_seen_at", BigInteger, nullable=False),
    Column("times_seen", BigInteger, nullable=False),
    Index("feed_by_list", "list_id", "id"),
)

contest_route = Table(
    "contest_route",
    TABLES,
    Column("id", _NUMBER, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("deadline", Text, nullable=False),
    UniqueConstraint("body", "address", "deadline"),
)
"""Each route is stored once: a court's is the same on every listing of that court."""

listing = Table(
    "listing",
    TABLES,
    Column("id", _NUMBER, primary_key=True, autoincrement=False),
    Column("reference", String(18), nullable=False, unique=True),
    Column("list_id", String(64), nullable=False),
    Column("record", String(64), nullable=False),
    Column("digest", LargeBinary(16), nullable=False),
    Column("party_kind", String(16), nullable=False),
    Column("authority", Text, nullable=False),
    Column("ruling_number", Text, nullable=False),
    Column("ruling_dated", String(10), nullable=False),
    Column("ground", String(64), nullable=False),
    Column("served_on", String(10), nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger),
    Column("measures", Text, nullable=False),
    Column("contest_id", _NUMBER, ForeignKey("contest_route.id"), nullable=False),
    Column("responsible_reference", String(18)),
    Column("responsible_role", String(32)),
    Column("responsible_ended_on", String(10)),
    Column("stays", Text),
    Column("exemptions", Text),
    Column("ended_at", BigInteger),
    Column("ended_as", String(16)),
    Column("released", Boolean, nullable=False),
    Column("feed_id", _NUMBER, ForeignKey("feed.id"), nullable=False),
    Column("line", BigInteger, nullable=False),
    Column("change", BigInteger, nullable=False),
)
"""`released`: ended by a decision of its own, so that no feed may bring it back."""
Index("listing_by_change", listing.c.change)
Index(
    "listing_by_organisation",
    listing.c.responsible_reference,
    sqlite_where=listing.c.responsible_reference.is_not(None),
    postgresql_where=listing.c.responsible_reference.is_not(None),
)

listing_document = Table(
    "listing_document",
    TABLES,
    Column("type", String(24), nullable=False),
    Column("number", String(40), nullable=False),
    Column("listing_id", _NUMBER, ForeignKey("listing.id"), nullable=False),
    Column("dropped", Boolean, nullable=False),
    PrimaryKeyConstraint("type", "number", "listing_id"),
    Index("listing_document_by_listing", "listing_id"),
    sqlite_with_rowid=False,
)
"""Which documents a listing names; one document may stand in several listings."""

event = Table(
    "event",
    TABLES,
    Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("subject", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("chain", LargeBinary(32), nullable=False),
    Index("event_by_subject", "subject", "seq"),
)
"""Append-only. `document` names the paper the event rests on; it is never a party's document number."""

quarantine = Table(
    "quarantine",
    TABLES,
    Column("feed_id", _NUMBER, ForeignKey("feed.id"), nullable=False),
    Column("line", BigInteger, nullable=False),
    Column("rules", Text, nullable=False),
    Column("messages", Text, nullable=False),
    PrimaryKeyConstraint("feed_id", "line"),
)
"""Rows that were refused: where, by which rules, and what to mend. Never what the row said."""
