"""Where packs come from: the installed package, or a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.packs import PACK_IDS, UnknownPackError, load_pack, read_pack
from sanctions_matrix.pack import PackError

if TYPE_CHECKING:
    from pathlib import Path


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
