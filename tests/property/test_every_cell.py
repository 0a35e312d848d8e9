"""Every cell of small packs: both readers agree on the whole product; `make check-matrix` asks of the shipped packs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.packs import load_pack
from sanctions_matrix.cells import count_cells, verify_cells
from tests.fakes.utopia import utopia

if TYPE_CHECKING:
    from sanctions_matrix.pack import Pack


@pytest.mark.parametrize(
    "pack",
    [load_pack("us-ofac-sdn"), utopia(goods_luxury=100, goods_tourism=300)],
    ids=["us-ofac-sdn", "utopia"],
)
def test_both_readers_agree_on_every_cell(pack: Pack) -> None:
    """Lists, kinds, measures, windows, stays, exemptions and amounts: no cell is read differently."""
    assert count_cells(pack, thorough=True) > 40_000
    assert verify_cells(pack, thorough=True) == []
