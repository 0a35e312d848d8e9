"""Which value of an admitted row goes into which column."""

from gateway.register.entries import EntryContent
from gateway.register.listing_rows import REPLACED, ListingRow, added_row, content_of, replaced
from gateway.register.schema import listing
from gateway.register.staging import StagedRow

ROW = StagedRow(
    reference="L-aaaaaaaaaaaaaaaa",
    line=2,
    digest="00" * 16,
    record="R-1",
    party_kind="natural-person",
    authority="Synthetic Court",
    ruling_number="(2024) No. 1",
    ground="not-performed",
    ends_at=9,
    measures="38",
    contest=("body", "address", "deadline"),
    responsible_reference="L-bbbbbbbbbbbbbbbb",
    responsible_role="legal-representative",
    responsible_ended_on="2025-01-01",
    documents=(("cn-ric", "MARKED"),),
    ruling_dated="2024-03-01",
    served_on="2024-04-01",
    starts_at=5,
)


def test_a_new_listing_has_its_values_in_the_order_of_the_columns() -> None:
    """Rows are handed to the driver by position, so the order is the table's, and every name its own value's."""
    assert ListingRow._fields == tuple(listing.c.keys())
    row = added_row(ROW, 7, id_=1, list_id="list", feed_id=3)
    for name in set(StagedRow.__struct_fields__) & set(ListingRow._fields) - {"digest"}:
        assert getattr(row, name) == getattr(ROW, name)
    assert (row.id, row.list_id, row.contest_id, row.feed_id) == (1, "list", 7, 3)
    assert (row.digest, row.released, row.change) == (bytes(16), False, 0)
    unset = ("stays", "exemptions", "ended_at", "ended_as", "due_at", "due_as", "eased")
    assert {getattr(row, name) for name in unset} == {None}


def test_an_entry_says_all_that_the_row_said() -> None:
    """Every field of the entry is the row's of the same name."""
    content = content_of(ROW, 7)
    for name in set(EntryContent._fields) - {"contest_id"}:
        assert getattr(content, name) == getattr(ROW, name)
    assert content.contest_id == 7


def test_a_changed_listing_takes_what_the_row_says() -> None:
    """Each of the replaced columns is one of the table's, and has the row's value."""
    assert set(REPLACED) <= set(listing.c.keys())
    assert replaced(ROW) == {name: getattr(ROW, name) for name in REPLACED} | {"digest": bytes(16)}


def test_no_row_shows_what_it_says() -> None:
    """What is shown of a row, a listing or an entry holds no document number."""
    shown = [ROW, added_row(ROW, 7, id_=1, list_id="list", feed_id=3), content_of(ROW, 7)]
    assert "MARKED" not in repr(shown)
