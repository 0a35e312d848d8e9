"""The command of `make mutate`: what it prepares, and what it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mutation import mutate
from tests.mutation.mutate import (
    DOCUMENT,
    SCOPE,
    Survivor,
    documented,
    judge,
    survivor_of,
    with_plain_properties,
    without_memory,
)

if TYPE_CHECKING:
    from pathlib import Path

PROPERTY = '''
class A:
    @property
    def one(self) -> int:
        """One."""
        return 1

    @staticmethod
    def two() -> int:
        return 2
'''
ODD = Survivor("lists.Term.latest_end", "return a | b")


@pytest.fixture
def document(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A document that explains one survivor."""
    path = tmp_path / "mutation-testing.md"
    path.write_text("| `lists.Term.latest_end` | `return a \\| b` | it is so |\n", encoding="utf-8")
    monkeypatch.setattr(mutate, "DOCUMENT", path)
    return path


def results(survived: int) -> dict[str, str]:
    """Return the statuses of a thousand mutants."""
    names = [f"sanctions_matrix.lists.x_f__mutmut_{number}" for number in range(1000)]
    return {name: "survived" if at < survived else "killed" for at, name in enumerate(names)}


def test_properties_become_methods_that_can_be_mutated() -> None:
    """What the class does stays the same; other decorators are left alone."""
    text = with_plain_properties(PROPERTY)
    scope: dict[str, type] = {}
    exec(text, scope)  # noqa: S102 - our own text
    assert scope["A"]().one == 1
    assert "@property" not in text
    assert "    one = property(_one)" in text
    assert "@staticmethod" in text


def test_a_function_that_remembers_becomes_one_that_can_be_mutated() -> None:
    """The decorator goes, whatever it is given, and everything else stays."""
    text = "@lru_cache(maxsize=_MANY)\ndef f(x: int) -> int:\n    return x\n\n\n@cached\ndef g() -> None: ...\n"
    plain = "def f(x: int) -> int:\n    return x\n\n\n@cached\ndef g() -> None: ...\n"
    assert without_memory(text) == plain


def test_a_survivor_is_known_by_its_function_and_its_changed_line() -> None:
    """The number of a mutant changes with every edit, so it is left out."""
    difference = "--- a\n+++ b\n@@ -1 +1 @@\n def f():\n-    return a & b\n+    return a | b\n"
    name = "sanctions_matrix.lists.xǁTermǁlatest_end__mutmut_12"
    assert survivor_of(name, difference) == ODD


def test_a_survivor_that_is_explained_is_accepted(document: Path) -> None:
    """The document says why; nothing is printed about it."""
    assert documented(document.read_text(encoding="utf-8")) == [ODD]
    assert judge(results(1), [ODD], whole=True) == 0


def test_a_survivor_without_a_reason_is_refused(
    document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The place and the line are named."""
    assert document.is_file()
    assert judge(results(2), [ODD, Survivor("party.f", "return 2")], whole=True) == 1
    assert "survived without a reason: party.f: return 2" in capsys.readouterr().out


def test_a_reason_without_a_survivor_is_refused(document: Path) -> None:
    """The list does not grow stale; a run of some modules only does not judge the others."""
    assert document.is_file()
    assert judge(results(0), [], whole=True) == 1
    assert judge(results(0), [], whole=False) == 0


def test_too_many_survivors_are_refused(document: Path) -> None:
    """Three in a hundred are the limit, explained or not."""
    document.write_text("| `a` | `b` | c |\n" * 31, encoding="utf-8")
    for survived, code in ((30, 0), (31, 1)):
        survivors = [Survivor("a", "b")] * survived
        assert judge(results(survived), survivors, whole=False) == code


def test_the_document_explains_places_in_the_scope() -> None:
    """Every row of its table names a module that is mutated."""
    rows = documented(DOCUMENT.read_text(encoding="utf-8"))
    assert {row.place.partition(".")[0] for row in rows} <= set(SCOPE)
