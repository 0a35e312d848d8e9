"""`jointgate matrix verify`, `diff`, `confirm` and `export`: what they print and return, and how they refuse."""

from __future__ import annotations

import argparse
import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from gateway.cli import matrix_checks
from gateway.errors import CommandError
from gateway.packs import read_pack, shipped_tables
from gateway.site import SitePlan, create_site
from sanctions_matrix.cells import verify_cells
from sanctions_matrix.evaluation import compile_matrix
from sanctions_matrix.pack import parse_pack
from tests.fakes.fixed_clock import MORNING

if TYPE_CHECKING:
    from pathlib import Path

    from sanctions_matrix.cells import CellDifference
    from sanctions_matrix.pack import Pack

OPENED = ('train = ["G"]', 'train = ["G"], seat = ["business"]')
SENTENCE = (
    "rail.travel, train G, seat premium-first, first, second, hard-sleeper, soft-seat, hard-seat or standing, "
    "as traveller: a natural person on consumption-limited was RESTRICTED (39 by rail-g-train) and would be PERMITTED"
)


def run(*words: str, config: Path | None = None) -> int:
    """Run the command as the command line would."""
    parser = argparse.ArgumentParser(prog="jointgate")
    parser.add_argument("--config", default=config)
    matrix_checks.add_verbs(parser.add_subparsers(required=True))
    arguments = parser.parse_args(words)
    status: int = arguments.func(arguments)
    return status


def write_tables(folder: Path, *edits: tuple[str, str]) -> Pack:
    """Write the mission's tables with some edits, and return the pack they make."""
    folder.mkdir(exist_ok=True)
    for name, text in shipped_tables("cn-joint-discipline").items():
        edited = text
        for old, new in edits:
            edited = edited.replace(old, new)
        (folder / name).write_text(edited, encoding="utf-8")
    return read_pack(folder)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A new site with tables of its own, equal to those that ship."""
    folder = tmp_path / "site"
    create_site(folder, SitePlan("cn-joint-discipline", "127.0.0.1:0"), now=MORNING)
    settings = folder / "jointgate.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(f'pack_folder = "tables"\n{text}', encoding="utf-8")
    write_tables(folder / "tables")
    return folder


def test_verify_tells_count_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    """The quick form of the small pack is compared, and nothing differs."""
    assert run("verify", "--quick", "--pack", "us-ofac-sdn", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["rows"], told["differences"], told["thorough"]) == ([], 0, False)
    assert told["cells"] > 500
    assert "cells, 0 read differently, in " in told["title"]
    assert told["seconds"] > 0
    assert run("verify", "--quick", "--pack", "us-ofac-sdn") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("# us-ofac-sdn: ")
    assert line.endswith("; both readers agree")


def test_verify_and_export_read_the_sites_tables(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a site publishes is what is checked and written, unless --pack says otherwise."""
    write_tables(site / "tables", OPENED)
    config = site / "jointgate.toml"
    assert run("export", str(tmp_path / "own"), config=config) == 0
    assert str(site / "tables") in capsys.readouterr().out
    assert OPENED[1] in (tmp_path / "own" / "rules.toml").read_text(encoding="utf-8")
    assert run("export", str(tmp_path / "first"), "--pack", "us-ofac-sdn", config=config) == 0
    assert "read from" not in capsys.readouterr().out
    assert read_pack(tmp_path / "first").id == "us-ofac-sdn"
    assert run("verify", "--quick", config=config) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"# cn-joint-discipline, read from {site / 'tables'}: ")


def test_verify_names_what_differs_and_exits_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A compiled reader of other tables is caught; the cells are rows, and the title counts them all."""

    def broken(pack: Pack, **options: object) -> list[CellDifference]:
        tables = dict(shipped_tables("us-ofac-sdn"))
        tables["rules.toml"] = tables["rules.toml"].replace("rail-travel-blocked", "rail-blocked")
        return verify_cells(pack, compile_matrix(parse_pack(tables)), **options)  # type: ignore[arg-type]

    monkeypatch.setattr(matrix_checks, "verify_cells", broken)
    assert run("verify", "--quick", "--pack", "us-ofac-sdn", "--format", "csv") == 1
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {row["action"] for row in rows} == {"rail.travel"}
    assert {row["list"] for row in rows} == {"sdn"}
    assert rows[0]["compiled"].endswith("by rail-blocked")
    assert rows[0]["naive"].endswith("by rail-travel-blocked")


def test_diff_of_a_pack_with_itself_is_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same tables from the package and from a folder answer alike."""
    write_tables(tmp_path)
    assert run("diff", "cn-joint-discipline", str(tmp_path)) == 0
    assert capsys.readouterr().out.startswith("# nothing differs\n")


def test_diff_says_in_words_what_a_changed_row_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One changed condition is one sentence; the digests stand above it, and it exits with 1."""
    pack = write_tables(tmp_path, OPENED)
    assert run("diff", "cn-joint-discipline", str(tmp_path)) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "# 7 questions get another answer"
    assert pack.digest[:12] in told[2]
    assert told[3] == f"- {SENTENCE}"
    assert told[-1] == "- rules.toml, rail-g-train: when seat (nothing -> business)"
    assert run("diff", "cn-joint-discipline", str(tmp_path), "--json") == 1
    document = json.loads(capsys.readouterr().out)
    assert document["after"]["digest"] == pack.digest
    (change,) = document["changes"]
    assert (change["sentence"], change["questions"]) == (SENTENCE, 7)
    assert change["before"]["grounds"] == [["39", "restricts", "rail-g-train"]]
    assert change["after"]["outcome"] == "permitted"
    assert document["rows"] == [
        {
            "table": "rules.toml",
            "row": "rail-g-train",
            "state": "changed",
            "fields": [{"name": "when seat", "before": "nothing", "after": "business"}],
        }
    ]


@pytest.mark.parametrize("form", ["csv", "markdown"])
def test_diff_is_a_table_for_machines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    """Answers and rows are told apart by a column."""
    write_tables(tmp_path, OPENED)
    assert run("diff", "cn-joint-discipline", str(tmp_path), "--format", form) == 1
    told = capsys.readouterr().out
    assert SENTENCE in told
    assert "rules.toml, rail-g-train: when" in told


def test_a_list_made_public_is_a_difference_of_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who asks for an organisation's standing is told more, so that it exits with 1 and says so in every form."""
    write_tables(tmp_path, ("public = true", "public = false"))
    sentence = "standing: organisations on judgment-defaulters were told and would not be told"
    for form in ("table", "csv", "json"):
        assert run("diff", "cn-joint-discipline", str(tmp_path), "--format", form) == 1
        assert sentence in capsys.readouterr().out


def test_a_table_cannot_command_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A difference shows the operator's own texts, and an escape in them is replaced."""
    write_tables(tmp_path, ('title_en = "', 'title_en = "\\u001b[2J'))
    assert run("diff", "cn-joint-discipline", str(tmp_path)) == 0
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "\N{REPLACEMENT CHARACTER}[2J" in told


def test_other_words_are_no_difference_of_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It exits with 0 and names the rows."""
    write_tables(tmp_path, ("explanation_en = ", "explanation_en = 'x' # "))
    assert run("diff", "cn-joint-discipline", str(tmp_path)) == 0
    told = capsys.readouterr().out
    assert told.startswith("# no answer changes, but ")
    assert "No answer changes, but:" in told


@pytest.mark.parametrize("words", [("diff", "cn-joint-discipline"), ("diff", "a", "b", "c")])
def test_one_pack_or_three_are_a_usage_error(words: tuple[str, ...]) -> None:
    """There are two sides to a difference."""
    with pytest.raises(CommandError, match="give two packs") as caught:
        run(*words)
    assert caught.value.exit_code == 2


def test_a_pack_that_does_not_exist_is_a_usage_error() -> None:
    """The line names what there is to choose from."""
    for words in (("diff", "cn-joint-discipline", "nowhere"), ("export", "x", "--pack", "nowhere")):
        with pytest.raises(CommandError, match="give one of") as caught:
            run(*words)
        assert caught.value.exit_code == 2


def test_a_site_confirms_what_its_diff_ends_with(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last line of the difference is the command; afterwards nothing differs, and repeating it is no harm."""
    assert run("diff", config=site) == 0
    write_tables(site / "tables", OPENED)
    capsys.readouterr()
    assert run("diff", "--confirmed", config=site) == 1
    command = (
        capsys.readouterr().out.splitlines()[-1].removeprefix("To publish it: jointgate matrix ")
    )
    assert run(*command.split(), config=site) == 0
    assert "confirmed" in capsys.readouterr().out
    assert run(*command.split(), config=site) == 0
    assert "was confirmed already" in capsys.readouterr().out
    assert run(*command.split(), "--json", config=site) == 0
    assert json.loads(capsys.readouterr().out)["changed"] is False
    assert run("diff", config=site) == 0


def test_only_the_digest_that_was_read_is_confirmed(site: Path) -> None:
    """Tables that changed again after the difference was read are not confirmed by the old digest."""
    read = write_tables(site / "tables", OPENED)
    write_tables(site / "tables", OPENED, ('train = ["D", "C"]', 'train = ["D"]'))
    with pytest.raises(CommandError, match="it is not what was read"):
        run("confirm", read.digest[:12], config=site)


@pytest.mark.parametrize("digest", ["", "0123456789a", "0123456789ag", "0123456789AB"])
def test_too_little_of_a_digest_is_a_usage_error(site: Path, digest: str) -> None:
    """Fewer than twelve digits could be met by chance, and nothing else is a digest."""
    with pytest.raises(CommandError, match="hexadecimal digits") as caught:
        run("confirm", digest, config=site)
    assert caught.value.exit_code == 2


def test_an_unsound_folder_is_refused_with_every_problem(site: Path) -> None:
    """Two mistakes in two tables are told at once, and a misspelt name of a table is one."""
    rules = site / "tables" / "rules.toml"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace('effect = "refers"', 'effect = "suggests"'), encoding="utf-8")
    (site / "tables" / "threshold.toml").write_text("", encoding="utf-8")
    for words in (("diff",), ("confirm", "0" * 12)):
        with pytest.raises(CommandError) as caught:
            run(*words, config=site)
        assert caught.value.exit_code == 2
        assert "threshold.toml: is not a table of a pack" in str(caught.value)
        assert str(caught.value).count("must be one of restricts, refers, none") > 2


def test_a_site_without_a_confirmation_is_told_to_confirm(site: Path) -> None:
    """There is nothing to compare with, and the message holds the command."""
    (site / "confirmed-pack.json").unlink()
    with pytest.raises(CommandError, match=r"matrix confirm [0-9a-f]{12}'"):
        run("diff", config=site)


def test_confirmed_tables_of_another_version_are_told(site: Path) -> None:
    """A difference that cannot be told is not taken for none."""
    path = site / "confirmed-pack.json"
    path.write_text(path.read_text(encoding="utf-8").replace("roles.toml", "parts.toml"), "utf-8")
    with pytest.raises(CommandError, match="cannot read the tables confirmed last"):
        run("diff", config=site)


def test_a_pack_whose_readers_disagree_is_not_confirmed(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway would not start with it."""
    monkeypatch.setattr(matrix_checks, "verify_cells", lambda _: ["a cell"])
    digest = write_tables(site / "tables", OPENED).digest
    with pytest.raises(CommandError, match="reads differently in 1 cells"):
        run("confirm", digest, config=site)


def test_export_writes_the_tables_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Comments and all; an empty folder may be there already."""
    folder = tmp_path / "tables"
    folder.mkdir()
    assert run("export", str(folder), "--pack", "us-ofac-sdn") == 0
    assert "7 tables" in capsys.readouterr().out
    written = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert written == dict(shipped_tables("us-ofac-sdn"))
    assert [path.name for path in tmp_path.iterdir()] == ["tables"]


def test_export_overwrites_nothing(tmp_path: Path) -> None:
    """What is there already stays."""
    (tmp_path / "rules.toml").write_text("precious", encoding="utf-8")
    for place in (tmp_path, tmp_path / "rules.toml"):
        with pytest.raises(CommandError, match="choose a new folder"):
            run("export", str(place))
    assert (tmp_path / "rules.toml").read_text(encoding="utf-8") == "precious"
