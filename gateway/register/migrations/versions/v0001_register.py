"""The register of version 0.2: schema 2.

Responsible for the tables as they stood then, and for what the database itself refuses from then on.

Rule kept here: a revision that was released is never edited; what comes later is a revision of its own.
"""

from alembic import op
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

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# --- tables
_NUMBER = BigInteger().with_variant(Integer, "sqlite")

_TABLES = MetaData()

meta = Table(
    "meta",
    _TABLES,
    Column("key", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)

feed = Table(
    "feed",
    _TABLES,
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

contest_route = Table(
    "contest_route",
    _TABLES,
    Column("id", _NUMBER, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("deadline", Text, nullable=False),
    UniqueConstraint("body", "address", "deadline"),
)

listing = Table(
    "listing",
    _TABLES,
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
    _TABLES,
    Column("type", String(24), nullable=False),
    Column("number", String(40), nullable=False),
    Column("listing_id", _NUMBER, ForeignKey("listing.id"), nullable=False),
    Column("dropped", Boolean, nullable=False),
    PrimaryKeyConstraint("type", "number", "listing_id"),
    Index("listing_document_by_listing", "listing_id"),
    sqlite_with_rowid=False,
)

event = Table(
    "event",
    _TABLES,
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

entry = Table(
    "entry",
    _TABLES,
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

change_order = Table(
    "change_order",
    _TABLES,
    Column("id", LargeBinary(16), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("reference", String(18), nullable=False),
    Column("change", BigInteger, nullable=False),
)

deadline = Table(
    "deadline",
    _TABLES,
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

attempt = Table(
    "attempt",
    _TABLES,
    Column("receipt", LargeBinary(32), nullable=False),
    Column("day", String(10), nullable=False),
    Column("count", Integer, nullable=False),
    PrimaryKeyConstraint("receipt", "day"),
)

answer_record = Table(
    "answer_record",
    _TABLES,
    Column("id", _NUMBER, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("receipt", LargeBinary(32), nullable=False),
    Column("partner", String(64), nullable=False),
    Column("action", String(32), nullable=False),
    Column("reference", String(18), nullable=False),
    Index("answer_record_by_reference", "reference", "at"),
    Index("answer_record_by_instant", "at"),
)

answer_gap = Table(
    "answer_gap",
    _TABLES,
    Column("id", _NUMBER, primary_key=True),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("lost", BigInteger),
    Column("payload", LargeBinary, nullable=False),
    Column("keyid", String(64), nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Index("answer_gap_by_end", "ends_at"),
)

answer_stream = Table(
    "answer_stream",
    _TABLES,
    Column("id", LargeBinary(16), primary_key=True),
    Column("next_seq", BigInteger, nullable=False),
    Column("accounted_at", BigInteger, nullable=False),
)

quarantine = Table(
    "quarantine",
    _TABLES,
    Column("feed_id", _NUMBER, ForeignKey("feed.id"), nullable=False),
    Column("line", BigInteger, nullable=False),
    Column("rules", Text, nullable=False),
    Column("messages", Text, nullable=False),
    PrimaryKeyConstraint("feed_id", "line"),
)
# --- refusals

_SQLITE_REFUSAL = """
CREATE TRIGGER {table}_no_{operation} BEFORE {operation} ON {table} {condition}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_SQLITE_FINISHED = "WHEN (SELECT event_seq FROM feed WHERE id = OLD.feed_id) IS NOT NULL"
_POSTGRESQL = (
    """
CREATE FUNCTION append_only() RETURNS trigger AS
'BEGIN RAISE EXCEPTION ''% is append-only'', TG_TABLE_NAME; END' LANGUAGE plpgsql
""",
    """
CREATE FUNCTION append_only_once_finished() RETURNS trigger AS
'BEGIN
IF (SELECT event_seq FROM feed WHERE id = OLD.feed_id) IS NOT NULL THEN
RAISE EXCEPTION ''% is append-only'', TG_TABLE_NAME;
END IF;
RETURN OLD;
END' LANGUAGE plpgsql
""",
    """
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event
FOR EACH STATEMENT EXECUTE FUNCTION append_only()
""",
    """
CREATE TRIGGER contest_route_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON contest_route
FOR EACH STATEMENT EXECUTE FUNCTION append_only()
""",
    """
CREATE TRIGGER entry_append_only BEFORE UPDATE OR TRUNCATE ON entry
FOR EACH STATEMENT EXECUTE FUNCTION append_only()
""",
    """
CREATE TRIGGER entry_append_only_once_finished BEFORE DELETE ON entry
FOR EACH ROW EXECUTE FUNCTION append_only_once_finished()
""",
)


def upgrade() -> None:
    """Make the tables, and let the database refuse to change or remove what was written down for good."""
    connection = op.get_bind()
    _TABLES.create_all(connection, checkfirst=False)
    is_sqlite = connection.dialect.name == "sqlite"
    for statement in _sqlite_refusals() if is_sqlite else _POSTGRESQL:
        connection.exec_driver_sql(statement.replace("%", "%%"))


def _sqlite_refusals() -> list[str]:
    return [
        _SQLITE_REFUSAL.format(
            table=table,
            operation=operation,
            # What an unfinished import left behind may be deleted.
            condition=_SQLITE_FINISHED if (table, operation) == ("entry", "DELETE") else "",
        )
        for table in ("event", "contest_route", "entry")
        for operation in ("UPDATE", "DELETE")
    ]
