"""docs/matrix.md is the page that `jointgate matrix show --document` prints, and tells of every row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.cli.matrix_document import matrix_document
from gateway.cli.matrix_words import EFFECTS, MARKS, STATUSES
from gateway.packs import load_pack
from sanctions_matrix.measures import Effect, Mark, Status

if TYPE_CHECKING:
    from sanctions_matrix.pack import Pack

DOCUMENT = Path(__file__).parents[4] / "docs" / "matrix.md"


@pytest.fixture(scope="module")
def page(pack: Pack) -> str:
    """The page of the mission's pack."""
    return matrix_document(pack)


def test_the_document_is_what_the_tables_say(page: str) -> None:
    """docs/matrix.md is the generated text, so that it cannot fall behind."""
    hint = "run: jointgate matrix show --document > docs/matrix.md"
    assert DOCUMENT.read_text(encoding="utf-8") == page, hint


def test_every_row_of_the_tables_is_in_it(page: str, pack: Pack) -> None:
    """No measure, list, action, rule, ground or agency can be added without a line of its own."""
    ids = [*pack.measures, *pack.lists, *pack.rules]
    ids += [ground for definition in pack.lists.values() for ground in definition.grounds]
    assert [key for key in ids if f"\n| {key} | " not in page] == []
    assert [name for name in pack.actions if f"\n### {name}: " not in page] == []
    agencies = [f"\n| {agency.no} | {agency.id} | " for agency in pack.agencies.values()]
    assert [line for line in agencies if line not in page] == []


def test_both_languages_are_in_it(page: str, pack: Pack) -> None:
    """Whoever reads one of the two languages finds every title and every rule."""
    for measure in pack.measures.values():
        assert measure.title_en in page
        assert measure.title_zh in page
    for rule in pack.rules.values():
        assert rule.explanation_en in page
        assert rule.explanation_zh in page


def test_what_is_unknown_is_counted(page: str, pack: Pack) -> None:
    """The page says of how many pairs nothing is known, and names the measures of which no agency's part is."""
    assert f"Of {len(pack.roles)} pairs" in page
    assert page.rstrip().splitlines()[-1].startswith("No agency's part is known in ")
    assert page.rstrip().endswith("54, 55.")


def test_every_word_of_the_tables_is_explained() -> None:
    """A mark, effect or status cannot be added without its meaning."""
    assert list(MARKS) == list(Mark)
    assert set(EFFECTS) == set(Effect)
    assert set(STATUSES) == set(Status)


def test_a_table_row_is_one_line(page: str) -> None:
    """Every line of a table has as many cells as its head, so that it is shown as a table."""
    head = 0
    for line in page.splitlines():
        cells = line.replace("\\|", "").count("|")
        if not line.startswith("|"):
            head = 0
        elif head == 0:
            head = cells
        else:
            assert cells == head, line


def test_values_are_spelled_as_they_are_given(page: str) -> None:
    """A train class that is copied from the page is one the command takes."""
    assert "\nRoles: traveller; train: G, D, C, " in page


def test_what_is_left_out_is_not_said_to_be_permitted(page: str) -> None:
    """How to read it tells the reason of a refusal, and no attribute reads as if it did not matter."""
    reading = page.partition("## How to read it")[2].partition("## Measures")[0]
    assert "gets no answer, listed or not: `ATTRIBUTE_MISSING`" in reading
    assert "high_end, needed where a rule turns on it: false, true" in page
    assert "if known" not in page


def test_another_pack_has_a_page_too() -> None:
    """Nothing in the page is written for one pack."""
    text = matrix_document(load_pack("us-ofac-sdn"))
    assert "NO-DEALINGS" in text
    assert "judgment" not in text
