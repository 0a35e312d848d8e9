"""The supervisor's first step: nothing is answered from tables that two readers read differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway import supervisor
from gateway.errors import CommandError
from sanctions_matrix.cells import verify_cells
from sanctions_matrix.evaluation import compile_matrix
from sanctions_matrix.pack import parse_pack
from tests.fakes.utopia import TABLES, utopia

if TYPE_CHECKING:
    from sanctions_matrix.cells import CellDifference
    from sanctions_matrix.pack import Pack


def test_readers_that_agree_let_the_gateway_start() -> None:
    """The quick form is what is waited for."""
    supervisor._verify_pack(utopia())  # noqa: SLF001 - the step itself; the rest of a start is an integration test


def test_readers_that_disagree_stop_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiled reader that lost a row answers nobody."""
    tables = {
        **TABLES,
        "rules.toml": TABLES["rules.toml"].replace("stars = [3, 4, 5]", "stars = [4, 5]"),
    }

    def compiled_wrongly(pack: Pack) -> list[CellDifference]:
        return verify_cells(pack, compile_matrix(parse_pack(tables)))

    monkeypatch.setattr(supervisor, "verify_cells", compiled_wrongly)
    with pytest.raises(CommandError, match=r"utopia reads differently in \d+ cells"):
        supervisor._verify_pack(utopia())  # noqa: SLF001 - as above
