"""`jointgate matrix`: what it prints in each form, and how it refuses."""

from __future__ import annotations

import argparse
import csv
import io
import json
import shutil
from pathlib import Path

import pytest

import sanctions_matrix
from gateway.cli import matrix
from gateway.errors import CommandError
from gateway.packs import load_pack
from sanctions_matrix.actions import ACTIONS

PACKS = Path(sanctions_matrix.__file__).parent / "packs"


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
    lines = capsys.readouterr().out.splitlines()
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
    assert "\ncontest\t" in shown
    assert "\nground " in shown


@pytest.mark.parametrize(
    "words",
    [
        ("show", "--measure", "99"),
        ("show", "--action", "sea.travel"),
        ("show", "--agency", "45"),
        ("show", "--list", "gossip"),
        ("show", "--pack", "nowhere"),
        ("diff", "cn-joint-discipline", "nowhere"),
    ],
)
def test_what_does_not_exist_is_a_usage_error_in_one_line(words: tuple[str, ...]) -> None:
    """The line names what there is to choose from, and the exit status is 2."""
    with pytest.raises(CommandError, match="give one of") as caught:
        run(*words)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "words", [(), ("show", "--measure", "1", "--list", "x"), ("show", "--json", "--format", "csv")]
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


@pytest.mark.parametrize("pack_id", ["cn-joint-discipline", "us-ofac-sdn"])
def test_verify_finds_no_cell_read_differently(
    pack_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both readers of the shipped tables agree, and the number of cells is told."""
    assert run("verify", "--pack", pack_id, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows"] == []
    assert "cells, 0 read differently" in told["title"]


def test_diff_of_a_pack_with_itself_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    """The same tables from the package and from a folder answer alike."""
    assert run("diff", "us-ofac-sdn", str(PACKS / "us-ofac-sdn")) == 0
    assert capsys.readouterr().out.startswith("# 0 cells differ")


def test_diff_names_the_cells_that_a_changed_row_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Opening G trains in a copy shows exactly the G trains' open seats, and exits with 1."""
    copy = tmp_path / "copy"
    shutil.copytree(PACKS / "cn-joint-discipline", copy)
    rules = copy / "rules.toml"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(
        text.replace('train = ["G"]', 'train = ["G"], seat = ["business"]'), encoding="utf-8"
    )
    assert run("diff", "cn-joint-discipline", str(copy), "--json") == 1
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {row["other"] for row in rows} == {"permitted"}
    assert all(row["attributes"].startswith("train=G") for row in rows)
    assert len(rows) == 7
