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

_NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""SQLite keeps any integer in 64 bits, and only a column declared INTEGER is its row number."""

TABLES = MetaData()

meta = Table(
    "meta",
    TABLES,
    Column("key", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)
"""`secret` (hex, keys the references and content digests), `change` (the change counter),
`last_listing` (the highest listing id that is visible: rows above it belong to an import that is not finished)."""

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
    Column("first_listing", BigInteger),
    Column("last_listing", BigInteger),
    Column("event_seq", BigInteger),
    Column("submission_id", LargeBinary(16), unique=True),
    Index("feed_by_list", "list_id", "authority", "id"),
)
"""`event_seq` is that of its `feed.imported`, None while the import is not finished.

`times_seen` counts how often this very feed came; before it is finished, how many imports have begun since its row was
left.

`first_listing` to `last_listing` are the ids of the listings it added, None when it added none.
`submission_id` is that of a submission over the RegisterService."""

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
    Column("served_on", String(10)),
    Column("starts_at", BigInteger),
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
    Column("due_at", BigInteger),
    Column("due_as", String(16)),
    Column("change", BigInteger, nullable=False),
    Column("eased", BigInteger),
)
"""`released`: ended by a decision, a removal that was due or the end of its term, so that no feed may bring it back.

`served_on` and `starts_at` are None while a listing is only proposed.
`due_at`, `due_as`: when enforcement stops by itself because its removal is due, and how the listing ends then.
`change` is the number of its last change of its own, 0 for none: the feed that added it carries that one's number.
`eased` is the number of the last change that worked for the party (an ending, stay, exemption, deadline)."""
Index("listing_by_change", listing.c.change)
Index(
    "listing_by_easing",
    listing.c.eased,
    sqlite_where=listing.c.eased.is_not(None),
    postgresql_where=listing.c.eased.is_not(None),
)
Index(
    "listing_by_term",
    listing.c.ends_at,
    sqlite_where=listing.c.ended_at.is_(None) & listing.c.ends_at.is_not(None),
    postgresql_where=listing.c.ended_at.is_(None) & listing.c.ends_at.is_not(None),
)
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

entry = Table(
    "entry",
    TABLES,
    Column("feed_id", _NUMBER, ForeignKey("feed.id"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("listing_id", _NUMBER, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("line", BigInteger, nullable=False),
    Column("content", Text, nullable=False),
    PrimaryKeyConstraint("feed_id", "seq"),
    Index("entry_by_listing", "listing_id"),
    sqlite_with_rowid=False,
)
"""What a feed said of each listing that it added, changed or reopened (`kind`), in full; append-only like `event`.

The feed's event `feed.imported` carries the SHA-256 over its entries in the order of `seq`, so the event chain covers
them. From entries and events the current state is derived, and that of any past instant (`history.py`)."""

change_order = Table(
    "change_order",
    TABLES,
    Column("id", LargeBinary(16), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("reference", String(18), nullable=False),
    Column("change", BigInteger, nullable=False),
)
"""The changes that authorities signed: each is made once, however often it is sent, also after a restart.

`id` is keyed by the authority (`orders.py`), `digest` is that of what was signed but for its issue time."""

deadline = Table(
    "deadline",
    TABLES,
    Column("id", _NUMBER, primary_key=True, autoincrement=False),
    Column("listing_id", _NUMBER, ForeignKey("listing.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("ends_as", String(16)),
    Column("opened_on", String(10), nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("counted", String(16), nullable=False),
    Column("document", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("closed_at", BigInteger),
    Index("deadline_by_listing", "listing_id"),
    Index("deadline_by_due", "state", "due_at"),
)
"""What an authority owes a party by when: `kind` is removal, correction or review; `state` open, kept or missed.

`ends_as` is how the listing ends when a removal is due; `counted` is working-days or calendar-days."""

attempt = Table(
    "attempt",
    TABLES,
    Column("receipt", LargeBinary(32), nullable=False),
    Column("day", String(10), nullable=False),
    Column("count", Integer, nullable=False),
    PrimaryKeyConstraint("receipt", "day"),
)
"""How often a receipt was shown with a document not its party's, per day (UTC); says nothing of the document."""

answer_record = Table(
    "answer_record",
    TABLES,
    Column("id", _NUMBER, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("receipt", LargeBinary(32), nullable=False),
    Column("partner", String(64), nullable=False),
    Column("action", String(32), nullable=False),
    Column("reference", String(18), nullable=False),
    Index("answer_record_by_reference", "reference", "at"),
    Index("answer_record_by_instant", "at"),
)
"""One row for each listing that a RESTRICTED or REFERRED answer named; kept for the retention period only."""

answer_gap = Table(
    "answer_gap",
    TABLES,
    Column("id", _NUMBER, primary_key=True),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("lost", BigInteger),
    Column("payload", LargeBinary, nullable=False),
    Column("keyid", String(64), nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Index("answer_gap_by_end", "ends_at"),
)
"""A span of time in which answers were given whose records were lost; `lost` None: not known how many."""

answer_stream = Table(
    "answer_stream",
    TABLES,
    Column("id", LargeBinary(16), primary_key=True),
    Column("next_seq", BigInteger, nullable=False),
    Column("accounted_at", BigInteger, nullable=False),
)
"""Up to where each running worker's records are written, so that what it sends again is not written twice.

`next_seq` is the number of the first record that is neither written nor in a gap; the row goes when the worker has."""

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
