"""`jointgate matrix show`: what it prints in each form and language, and how it refuses."""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from rich.console import Console

from gateway.cli import matrix
from gateway.cli.matrix_agencies import LEGEND, letter, roles_view
from gateway.cli.matrix_document import matrix_document
from gateway.cli.matrix_words import condition
from gateway.cli.tabular import Sheet, View, print_view
from gateway.errors import CommandError
from gateway.packs import load_pack, shipped_tables
from sanctions_matrix.actions import ACTIONS
from sanctions_matrix.measures import AgencyRole, Involvement, Mark
from sanctions_matrix.pack import TABLE_FILES

if TYPE_CHECKING:
    from pathlib import Path


def run(*words: str) -> int:
    """Run the command as the command line would."""
    parser = argparse.ArgumentParser(prog="jointgate")
    matrix.add_parser(parser.add_subparsers(required=True))
    arguments = parser.parse_args(["matrix", *words])
    status: int = arguments.func(arguments)
    return status


def test_show_prints_every_measure(capsys: pytest.CaptureFixture[str]) -> None:
    """Away from a terminal the table is plain: a title, then columns parted by tabs."""
    assert run("show") == 0
    lines = capsys.readouterr().out.splitlines()
    pack = load_pack("cn-joint-discipline")
    assert lines[0].startswith(f"# {pack.id}")
    assert [line.split("\t")[0] for line in lines[2:]] == list(pack.measures)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site, named by the environment, whose tables of its own say version 7 of the small pack."""
    tables = tmp_path / "tables"
    tables.mkdir()
    for name, text in shipped_tables("us-ofac-sdn").items():
        edited = re.sub(r'^version = ".*"$', 'version = "7"', text, flags=re.MULTILINE)
        (tables / name).write_text(edited, encoding="utf-8")
    settings = tmp_path / "jointgate.toml"
    settings.write_text('pack = "us-ofac-sdn"\npack_folder = "tables"\n', encoding="utf-8")
    monkeypatch.setenv("JOINTGATE_CONFIG", str(settings))
    return tmp_path


@pytest.mark.parametrize("words", [(), ("--document",)])
def test_a_site_shows_its_own_tables_and_where_they_lie(
    words: tuple[str, ...], site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --pack the site's folder is read, and the head says so."""
    assert run("show", *words) == 0
    head = capsys.readouterr().out.partition("\n## " if words else "\n")[0]
    assert "us-ofac-sdn" in head
    assert str(site / "tables") in head
    assert " 7" in head


def test_a_pack_that_is_named_is_shown_inside_a_site_too(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--pack comes before the site's, and what ships with the gateway has no folder to name."""
    assert run("show", "--pack", "cn-joint-discipline") == 0
    head = capsys.readouterr().out.splitlines()[0]
    assert head.startswith("# cn-joint-discipline ")
    assert str(site) not in head


def test_a_site_without_tables_of_its_own_shows_the_pack_of_its_settings(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The default is what the site uses, not the first pack there is."""
    (site / "jointgate.toml").write_text('pack = "us-ofac-sdn"\n', encoding="utf-8")
    assert run("show") == 0
    head = capsys.readouterr().out.splitlines()[0]
    assert head.startswith("# us-ofac-sdn ")
    assert "read from" not in head


def test_each_problem_of_a_pack_has_a_line(tmp_path: Path) -> None:
    """The first line says how many there are, in which folder; a single problem needs no count."""
    for name, text in shipped_tables("us-ofac-sdn").items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for names in (["a.toml"], ["a.toml", "b.toml"]):
        (tmp_path / names[-1]).touch()
        with pytest.raises(CommandError) as caught:
            run("show", "--pack", str(tmp_path))
        assert caught.value.exit_code == 2
        head, *told = str(caught.value).splitlines()
        if len(names) > 1:
            assert head == f"{tmp_path}: 2 problems"
        else:
            told = [head.replace(f"{tmp_path}: ", "  ")]
        assert [line.partition(": ")[0] for line in told] == [f"  {name}" for name in names]


def test_show_one_measure_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """A measure is shown with its marks, lists and rules, in Chinese as well."""
    assert run("show", "--measure", "39", "--json") == 0
    rows = {row["field"]: row["value"] for row in json.loads(capsys.readouterr().out)["rows"]}
    assert rows["mark"] == "press"
    assert rows["basis mark"] == "verified"
    assert rows["lists"] == "consumption-limited"
    assert "软卧" in rows["title (zh)"]
    assert "rule rail-g-train" in rows


@pytest.mark.parametrize("name", ACTIONS)
def test_show_an_action_as_csv(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every action has at least one rule, each with its source and mark."""
    assert run("show", "--action", name, "--format", "csv") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert rows
    assert all(row["source"] and row["mark"] for row in rows)


def test_a_weakened_rule_shows_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    """A rule that only refers is shown so, although its measure restricts."""
    assert run("show", "--action", "goods.purchase", "--format", "csv") == 0
    rows = csv.DictReader(io.StringIO(capsys.readouterr().out))
    effects = {row["rule"]: row["effect"] for row in rows}
    assert effects["goods-insurance"] == "refers"
    assert effects["goods-real-estate"] == "restricts"


def test_show_agencies_as_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    """A Markdown table has one line an agency, a head and a rule."""
    assert run("show", "--agency", "all", "--format", "markdown") == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + 44
    assert set(lines[1]) == set("|- ")


def test_show_one_agency_with_its_successor(capsys: pytest.CaptureFixture[str]) -> None:
    """The successor's mark is told beside it."""
    assert run("show", "--agency", "17") == 0
    shown = capsys.readouterr().out
    assert "Ministry of Natural Resources" in shown
    assert "successor mark\trecalled" in shown


@pytest.mark.parametrize(
    "list_id", ["judgment-defaulters", "consumption-limited", "air-restricted", "rail-restricted"]
)
def test_show_a_list_with_its_grounds(list_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    """How to contest a listing is part of what is shown."""
    assert run("show", "--list", list_id) == 0
    shown = capsys.readouterr().out
    for fact in (
        "contest",
        "notice",
        "objection period",
        "open objection",
        "removal deadline",
        "longest term",
        "public",
    ):
        assert f"\n{fact}\t" in shown
    assert "\nground " in shown


@pytest.mark.parametrize(
    "words",
    [
        ("show", "--measure", "99"),
        ("show", "--action", "sea.travel"),
        ("show", "--agency", "45"),
        ("show", "--agency", "nobody"),
        ("show", "--rule", "gossip"),
        ("show", "--list", "gossip"),
        ("show", "--pack", "nowhere"),
    ],
)
def test_what_does_not_exist_is_a_usage_error_in_one_line(words: tuple[str, ...]) -> None:
    """The line names what there is to choose from, and the exit status is 2."""
    with pytest.raises(CommandError, match="give one of") as caught:
        run(*words)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("show", "--measure", "1", "--list", "x"),
        ("show", "--roles", "--document"),
        ("show", "--json", "--format", "csv"),
        ("show", "--lang", "fr"),
    ],
)
def test_contradicting_options_are_a_usage_error(words: tuple[str, ...]) -> None:
    """They are refused before anything is read, with status 2."""
    with pytest.raises(SystemExit) as caught:
        run(*words)
    assert caught.value.code == 2


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` ends with commands that can be copied."""
    with pytest.raises(SystemExit):
        run("show", "--help")
    assert "jointgate matrix show --action rail.travel" in capsys.readouterr().out


PARTS = (
    (),
    ("--measure", "38"),
    ("--measure", "FASHI-17-OTHER"),
    ("--action", "rail.travel"),
    ("--action", "all"),
    ("--rule", "goods-luxury"),
    ("--agency", "spc"),
    ("--agency", "all"),
    ("--list", "judgment-defaulters"),
    ("--list", "all"),
    ("--roles",),
)


class Terminal(io.StringIO):
    """A text stream that calls itself a terminal."""

    def isatty(self) -> bool:
        """Say yes."""
        return True


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("part", PARTS, ids=" ".join)
def test_a_terminal_of_100_columns_breaks_no_word(
    part: tuple[str, ...], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every word of every cell that is shown stands whole on a line, and no line is wider than the terminal."""
    terminal = Terminal()
    views: list[View] = []
    with monkeypatch.context() as patch:
        patch.setenv("COLUMNS", "100")
        patch.setattr(sys, "stdout", terminal)
        patch.setattr(matrix, "print_view", lambda view, form: print_all(views, view, form))
        assert run("show", *part, "--lang", language) == 0
    lines = [re.sub("\x1b[^m]*m", "", line) for line in terminal.getvalue().splitlines()]
    assert max(map(cell_len, lines)) <= Console(width=100).width
    drawn = {word for line in lines for word in line.split()}
    (view,) = views
    sheet = view.drawn or Sheet(view.columns, view.rows)
    shown = " ".join([view.title, *view.notes, *(cell for row in sheet.rows for cell in row)])
    assert [word for word in shown.split() if word.isascii() and word not in drawn] == []


def print_all(views: list[View], view: View, form: str) -> None:
    """Print a view and keep it."""
    views.append(view)
    print_view(view, form)


def shown_rows(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, str]]:
    """Run a command with --json and return its rows."""
    assert run("show", *words, "--json") == 0
    rows: list[dict[str, str]] = json.loads(capsys.readouterr().out)["rows"]
    return rows


def shown_record(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, str]:
    """Run a command with --json and return the fields of its one record."""
    return {row["field"]: row["value"] for row in shown_rows(capsys, *words)}


def test_every_measure_shows_basis_and_both_marks(capsys: pytest.CaptureFixture[str]) -> None:
    """No row comes without its legal basis, the basis's mark and its own."""
    rows = shown_rows(capsys)
    assert all(row["legal basis"] and row["basis mark"] and row["mark"] for row in rows)


def test_a_measure_shows_its_agencies_with_marks(capsys: pytest.CaptureFixture[str]) -> None:
    """Those with a part are named with its mark and source; of the others it is said that nothing is known."""
    record = shown_record(capsys, "--measure", "38")
    pack = load_pack("cn-joint-discipline")
    entry = pack.roles["38", "spc"]
    assert record["agency spc"] == f"leads ({entry.mark}); {entry.source}"
    assert "none (unknown)" in record["other agencies"]


def test_an_agency_shows_the_measures_it_leads_with_marks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By number and by id it is the same agency, with the title of each measure."""
    record = shown_record(capsys, "--agency", "spc")
    assert record == shown_record(capsys, "--agency", "2")
    assert record["measure 38"].startswith("leads (press); ")
    assert record["measure 38"].endswith("No air tickets")


def test_the_long_form_of_the_roles_has_every_pair(capsys: pytest.CaptureFixture[str]) -> None:
    """One row for each measure and agency, each with role, mark and source."""
    assert run("show", "--roles", "--format", "csv") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    pack = load_pack("cn-joint-discipline")
    assert [(row["measure"], row["agency"]) for row in rows] == list(pack.roles)
    assert all(row["role"] and row["mark"] and row["source"] for row in rows)


def test_the_roles_as_markdown_are_a_matrix(capsys: pytest.CaptureFixture[str]) -> None:
    """One column for each agency, under its number, and the legend beneath."""
    assert run("show", "--roles", "--format", "markdown") == 0
    printed = capsys.readouterr().out
    pack = load_pack("cn-joint-discipline")
    table = [line for line in printed.splitlines() if line.startswith("|")]
    assert len(table) == 2 + len(pack.measures)
    assert table[0] == "| measure | " + " | ".join(map(str, range(1, 45))) + " |"
    assert LEGEND in printed


@pytest.mark.parametrize(
    ("role", "mark", "expected"),
    [
        (Involvement.LEADS, Mark.VERIFIED, "L"),
        (Involvement.LEADS, Mark.RECALLED, "l"),
        (Involvement.COOPERATES, Mark.PRESS, "C"),
        (Involvement.COOPERATES, Mark.PARALLEL, "c"),
        (Involvement.NONE, Mark.VERIFIED, "-"),
        (Involvement.NONE, Mark.UNKNOWN, "."),
    ],
)
def test_a_letter_tells_the_part_and_whether_it_was_read(
    role: Involvement, mark: Mark, expected: str
) -> None:
    """What nobody read is a small letter, and what nobody knows is no statement that there is nothing."""
    assert letter(AgencyRole("1", "spc", role, mark, "s")) == expected


def test_the_drawn_roles_name_every_agency_and_count_what_is_unknown() -> None:
    """The grid has a letter for each agency, and its notes say which number is whose and how much is not known."""
    pack = load_pack("cn-joint-discipline")
    view = roles_view(pack)
    assert view.drawn is not None
    assert all(len(row[1].replace(" ", "")) == len(pack.agencies) for row in view.drawn.rows)
    numbers = [line.replace(" ", "") for line in view.drawn.columns[1].splitlines()]
    assert [f"{tens}{units}" for tens, units in zip(*numbers, strict=True)][42:] == ["43", "44"]
    assert all(f"{agency.no}={agency.id}" in view.notes[1] for agency in pack.agencies.values())
    unknown = sum(row[1].count(".") for row in view.drawn.rows)
    assert f"of {unknown} nothing is known" in view.notes[2]


def test_all_lists_show_black_and_red(capsys: pytest.CaptureFixture[str]) -> None:
    """A red list carries no measure and says that it commends."""
    rows = {row["list"]: row for row in shown_rows(capsys, "--list", "all")}
    assert rows["judgment-defaulters"]["effect"] == "black list: restricts"
    assert rows["judgment-defaulters"]["removal deadline"] == "3 working days"
    assert rows["air-restricted"]["objection period"] == "7 working days"
    assert rows["air-restricted"]["open objection"].startswith(
        "stays the listing; NDRC [2018] No. 385"
    )
    assert rows["air-restricted"]["open objection"].endswith("(press)")
    assert rows["customs-aeo"]["open objection"] == "no rule that it stays the listing was read"
    assert rows["air-restricted"]["longest term"] == "1 year"
    longest = rows["judgment-defaulters"]["longest term"]
    assert longest == "5 years"
    longest = rows["rail-restricted"]["longest term"]
    assert longest == "180 days; no fixed term on the ground fare-unpaid"
    assert rows["customs-aeo"]["effect"] == "red list: commends"
    assert rows["customs-aeo"]["measures"] == "none"
    assert rows["consumption-limited"]["public"].startswith("no; ")
    assert rows["consumption-limited"]["public"].endswith(" (unknown)")


def test_a_rule_shows_measure_instrument_and_mark(capsys: pytest.CaptureFixture[str]) -> None:
    """The id that an answer names leads back to the row of the tables."""
    record = shown_record(capsys, "--rule", "rail-g-train")
    assert record["when"] == "train = G"
    assert record["measures"] == "39"
    assert record["source"] == "SPC Fa Shi [2015] No. 17 art. 3"
    assert record["mark"] == "verified"


def test_an_operators_threshold_shows_in_the_condition() -> None:
    """The amount from which a rule restricts is part of when it applies."""
    rule = load_pack("cn-joint-discipline").rules["goods-luxury"]
    told = condition(replace(rule, at_least_yuan=20000))
    assert told == "category = luxury, amount_yuan at least 20000"


def test_all_actions_are_one_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Every rule of the pack stands in it once, in table order."""
    rows = shown_rows(capsys, "--action", "all")
    assert [row["rule"] for row in rows] == list(load_pack("cn-joint-discipline").rules)


def test_titles_and_explanations_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    """--lang changes what is said, not the names of the columns."""
    assert {row["measure"]: row["title"] for row in shown_rows(capsys, "--lang", "zh")}[
        "38"
    ] == "限制乘坐飞机"
    (rule, *_) = shown_rows(capsys, "--action", "air.travel", "--lang", "zh")
    assert rule["explanation"] == "被限制消费人员不得乘坐飞机。"
    assert shown_record(capsys, "--agency", "spc", "--lang", "zh")["name"] == "最高人民法院"
    record = shown_record(capsys, "--list", "consumption-limited", "--lang", "zh")
    assert record["title"] == "限制消费人员名单"


@pytest.mark.parametrize("part", PARTS[:1] + PARTS[4:5] + PARTS[7:8] + PARTS[9:], ids=" ".join)
def test_another_pack_is_shown_in_the_same_way(
    part: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing in the views is written for one pack."""
    assert shown_rows(capsys, *part, "--pack", "us-ofac-sdn")


def test_a_pack_without_lists_and_agencies_can_be_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tables that are only begun are shown as what they are: empty."""
    words = 'id = "new"\nversion = "1"\ntitle_en = "t"\ntitle_zh = "t"\ndescription = "d"'
    for file in TABLE_FILES:
        (tmp_path / file).write_text("", encoding="utf-8")
    (tmp_path / "pack.toml").write_text(f"[pack]\n{words}", encoding="utf-8")
    default = '[default]\nrole = "none"\nmark = "unknown"\nsource = "s"'
    (tmp_path / "roles.toml").write_text(default, encoding="utf-8")
    for part in ((), ("--list", "all"), ("--agency", "all"), ("--roles",)):
        assert shown_rows(capsys, *part, "--pack", str(tmp_path)) == []
    assert run("show", "--document", "--pack", str(tmp_path)) == 0


def test_the_document_is_printed_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """--document prints the page for any pack."""
    assert run("show", "--document", "--pack", "us-ofac-sdn") == 0
    assert capsys.readouterr().out == matrix_document(load_pack("us-ofac-sdn"))


def test_a_document_is_markdown_only() -> None:
    """Another form is refused, not ignored."""
    with pytest.raises(CommandError, match="prints Markdown") as caught:
        run("show", "--document", "--json")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("verb", ["show", "verify", "diff", "confirm", "export"])
def test_every_verb_has_examples(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The help of each ends with commands that can be copied."""
    with pytest.raises(SystemExit):
        run(verb, "--help")
    examples = capsys.readouterr().out.partition("examples:")[2]
    assert f"  jointgate matrix {verb}" in examples
