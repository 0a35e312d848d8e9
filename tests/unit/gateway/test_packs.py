"""Where packs come from: the installed package, or a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.config import Settings
from gateway.errors import CommandError
from gateway.packs import (
    PACK_IDS,
    UnknownPackError,
    load_pack,
    read_pack,
    shipped_tables,
    site_pack,
)
from sanctions_matrix.actions import MAX_AMOUNT_YUAN
from sanctions_matrix.cells import verify_cells
from sanctions_matrix.pack import PackError
from tests.fakes.utopia import TABLES, threshold, utopia

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def write(folder: Path, tables: Mapping[str, str]) -> Path:
    """Write tables into a folder."""
    folder.mkdir(exist_ok=True)
    for name, text in tables.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("pack_id", PACK_IDS)
def test_a_shipped_pack_loads_once(pack_id: str) -> None:
    """The pack has the id it is asked for by, and is not read twice."""
    assert load_pack(pack_id).id == pack_id
    assert load_pack(pack_id) is load_pack(pack_id)


def test_an_unknown_pack_is_refused_with_the_packs_there_are() -> None:
    """The message says what to give instead; a path is no way round the names."""
    for name in ("nowhere", "../packs/us-ofac-sdn"):
        with pytest.raises(UnknownPackError, match="cn-joint-discipline, us-ofac-sdn"):
            load_pack(name)


def test_a_folder_without_tables_is_refused(tmp_path: Path) -> None:
    """A folder that holds no pack is not an empty pack."""
    with pytest.raises(UnknownPackError):
        read_pack(tmp_path)


def test_a_folder_with_unsound_tables_is_refused(tmp_path: Path) -> None:
    """Empty tables are tables, and not a pack."""
    for name in ("pack", "agencies", "measures", "lists", "actions", "rules"):
        (tmp_path / f"{name}.toml").write_text("", encoding="utf-8")
    with pytest.raises(PackError, match="is missing"):
        read_pack(tmp_path)


def test_thresholds_are_read_where_they_are_there(tmp_path: Path) -> None:
    """The one table that a pack may do without is not overlooked."""
    assert read_pack(write(tmp_path, TABLES)) == utopia()
    (tmp_path / "thresholds.toml").write_text(threshold("goods-luxury", 7), encoding="utf-8")
    assert read_pack(tmp_path) == utopia(goods_luxury=7)


def test_an_amount_that_nobody_can_ask_about_is_a_problem(tmp_path: Path) -> None:
    """A threshold above the largest amount is refused where it stands; at the largest both readers still agree."""
    write(tmp_path, TABLES)
    file = tmp_path / "thresholds.toml"
    file.write_text(threshold("goods-luxury", MAX_AMOUNT_YUAN + 1), encoding="utf-8")
    with pytest.raises(PackError, match=r"goods-luxury, at_least_yuan: must be .* at most 1000000"):
        read_pack(tmp_path)
    file.write_text(threshold("goods-luxury", MAX_AMOUNT_YUAN), encoding="utf-8")
    assert verify_cells(read_pack(tmp_path)) == []


def test_a_table_of_another_name_is_a_problem(tmp_path: Path) -> None:
    """A misspelt table is refused; what is no table, such as an editor's copy, is not looked at."""
    write(tmp_path, {**TABLES, "rules.toml~": "[", "README.md": "words"})
    assert read_pack(tmp_path) == utopia()
    (tmp_path / "threshold.toml").write_text("", encoding="utf-8")
    with pytest.raises(PackError, match=r"threshold\.toml: is not a table of a pack"):
        read_pack(tmp_path)


@pytest.mark.parametrize("name", ["thresholds.TOML", "Thresholds.toml", "RULES.Toml"])
def test_a_table_in_other_letters_is_a_problem(tmp_path: Path, name: str) -> None:
    """Where capitals count, a table named with others is not silently left out."""
    write(tmp_path, TABLES)
    (tmp_path / name).write_text("", encoding="utf-8")
    with pytest.raises(PackError, match=f"{name}: is not a table of a pack"):
        read_pack(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        f"a = {'[' * 5_000}{']' * 5_000}",
        f"{'.'.join('a' * 5_000)} = 1",
        f"a = {'9' * 5_000}",
        f"a = 0x{'f' * 5_000}",
    ],
    ids=["nested lists", "nested tables", "a long number", "a long hexadecimal number"],
)
def test_a_table_beyond_all_measure_is_a_problem(tmp_path: Path, text: str) -> None:
    """What the reader of TOML or the digest gives up on is refused by the file's name."""
    write(tmp_path, {**TABLES, "thresholds.toml": text})
    with pytest.raises(PackError, match=r"thresholds\.toml: is not TOML"):
        read_pack(tmp_path)


def test_tables_that_are_no_text_are_all_named(tmp_path: Path) -> None:
    """Every problem of reading is told, as every problem of the rows is."""
    write(tmp_path, TABLES)
    for name in ("lists.toml", "rules.toml"):
        (tmp_path / name).write_bytes(b"\xff")
    with pytest.raises(
        PackError, match=r"lists\.toml: cannot be read.*rules\.toml: cannot be read"
    ):
        read_pack(tmp_path)


def test_a_site_uses_the_shipped_pack_or_its_own_tables(tmp_path: Path) -> None:
    """The folder is relative to the settings, and wins."""
    assert site_pack(Settings(root=tmp_path)) is load_pack("cn-joint-discipline")
    write(tmp_path / "own", shipped_tables("us-ofac-sdn"))
    settings = Settings(root=tmp_path, pack="us-ofac-sdn", pack_folder="own")
    assert site_pack(settings) == load_pack("us-ofac-sdn")


def test_a_folder_of_another_pack_than_the_settings_name_is_refused(tmp_path: Path) -> None:
    """A slip of a path must not make a gateway answer for other lists."""
    write(tmp_path / "own", shipped_tables("us-ofac-sdn"))
    with pytest.raises(CommandError, match="make them agree") as caught:
        site_pack(Settings(root=tmp_path, pack_folder="own"))
    assert caught.value.exit_code == 2


def test_a_site_without_a_usable_pack_is_a_usage_error(tmp_path: Path) -> None:
    """An unknown id or folder is one line, unsound tables a line for each problem; the status is 2."""
    write(tmp_path / "unsound", {"rules.toml": ""})
    unusable = (
        (Settings(root=tmp_path, pack="nowhere"), "there is no pack"),
        (Settings(root=tmp_path, pack_folder="nowhere"), "there is no pack"),
        (
            Settings(root=tmp_path, pack_folder="unsound"),
            "unsound: 14 problems\n  pack.toml: is missing\n",
        ),
    )
    for settings, words in unusable:
        with pytest.raises(CommandError) as caught:
            site_pack(settings)
        assert caught.value.exit_code == 2
        assert words in str(caught.value)
        assert str(caught.value).count("\n") == (14 if "problems" in words else 0)
