"""The examples of docs/admission.md, imported: each feed breaks one rule, and the report says what the page says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.cli import main
from gateway.config import load_settings
from gateway.confirmation import confirm
from gateway.packs import load_pack, site_pack_with_tables
from gateway.register import Register
from sanctions_matrix.violations import Fault
from tests.fakes.fixed_clock import MORNING

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., tuple[int, str]]

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "admission.md").read_text(encoding="utf-8")
FILES = sorted(path.name for path in (DOCS / "admission").iterdir())
ROWS = [name for name in FILES if not name.startswith("A12")]
HELD, OLDER, SHRINKS = (name for name in FILES if name.startswith("A12"))
LINK = re.compile(r"\[`([^`]+)`\]\(admission/([^)]+)\)")
RULES = [*dict.fromkeys(fault.rule for fault in Fault), "A12"]


def told(name: str) -> list[str]:
    """Return the report lines that the page shows below an example's link, up to the next one or the next rule."""
    _, link, rest = PAGE.partition(f"(admission/{name})")
    assert link, f"docs/admission.md does not link {name}"
    below = re.split(r"\]\(admission/|^## ", rest, maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^```json\n(.*?)\n```$", below, re.MULTILINE | re.DOTALL)


@pytest.fixture
def site(quick_path: Path) -> Path:
    """The settings of an empty site whose pack is confirmed."""
    path = quick_path / "jointgate.toml"
    path.write_text("", encoding="utf-8")
    pack, tables = site_pack_with_tables(load_settings(path))
    confirm(quick_path, pack, tables, now=MORNING)
    return path


@pytest.fixture
def imports(site: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Import an example by the command of the page; returns exit status and output, and leaves the report."""

    def run(name: str, *options: str) -> tuple[int, str]:
        path = DOCS / "admission" / name
        header = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
        report = ["--report", str(site.parent / "report.jsonl")]
        command = ["import", str(path), "--list", header["list"], "--json", *report, *options]
        return main(["--config", str(site), *command]), capsys.readouterr().out

    return run


def reported(site: Path) -> list[str]:
    """Return the lines of the last report."""
    return (site.parent / "report.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", ROWS)
def test_an_example_breaks_its_rule_and_no_other(imports: Run, site: Path, name: str) -> None:
    """The bad row is quarantined under that rule alone, in the very words of the page; the good one is admitted."""
    status, out = imports(name)
    assert (status, reported(site)) == (3, told(name))
    (line,) = map(json.loads, reported(site))
    rule = re.split(r"\W", name)[0]
    assert line["rules"] == [rule]
    assert [message["rule"] for message in line["messages"]] == [rule]
    counts = json.loads(out)
    assert (counts["rows"], counts["added"], counts["quarantined"]) == (2, 1, 1)


def test_a_feed_that_is_older_or_shrinks_the_list_is_refused_whole(
    imports: Run, site: Path
) -> None:
    """Exit status 4, the report as on the page, and everything held stays; a confirmed feed is imported."""
    assert imports(HELD)[0] == 0
    assert (reported(site), told(HELD)) == ([], [])
    before = held(site)
    assert len(before) == 4
    for name in (OLDER, SHRINKS):
        status, out = imports(name)
        assert (status, reported(site)) == (4, told(name))
        assert json.loads(out)["rule"] == "A12"
        assert held(site) == before
    assert imports(SHRINKS, "--confirm-shrink")[0] == 0
    assert len(held(site)) == 2


def held(site: Path) -> set[str]:
    """Return the references of all listings in force."""
    settings = load_settings(site)
    with Register.open(settings.database_url, load_pack(settings.pack_id)) as register:
        return {one.reference for _, listings in register.all_listings() for one in listings}


def test_the_page_has_every_rule_and_every_example() -> None:
    """A chapter for each rule, in order, with an example; each file is shown once, and no link leads elsewhere."""
    assert re.findall(r"^## (A\d+):", PAGE, re.MULTILINE) == RULES
    links = LINK.findall(PAGE)
    assert [shown for shown, _ in links] == [target for _, target in links]
    assert sorted(target for _, target in links) == FILES
    for chapter in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        rule = chapter.partition(":")[0]
        if rule in RULES:
            named = {re.split(r"\W", target)[0] for _, target in LINK.findall(chapter)}
            assert named == {rule}


def test_no_example_names_anybody_real() -> None:
    """Every number is of the synthetic stock: citizens born in the 1890s, the unassigned area, Utopia."""
    for name in FILES:
        text = (DOCS / "admission" / name).read_text(encoding="utf-8")
        for number in re.findall(r'"number": "([^" ]+)"', text):
            assert re.match(r"\d{6}189\d{8}[\dX]$|91990000|U\d{8}$", number), name
