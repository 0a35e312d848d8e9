"""What the domain's tests share: the shipped packs, and rows as an agency would submit them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from gateway.packs import load_pack
from sanctions_matrix.evaluation import Matrix, compile_matrix
from sanctions_matrix.evaluation_naive import naive_evaluate
from tests.fakes.utopia_listings import compiled

if TYPE_CHECKING:
    from sanctions_matrix.pack import Pack
    from tests.fakes.utopia_listings import Reader


@pytest.fixture(scope="session")
def pack() -> Pack:
    """The mission's pack."""
    return load_pack("cn-joint-discipline")


@pytest.fixture(scope="session")
def matrix(pack: Pack) -> Matrix:
    """The mission's pack, compiled."""
    return compile_matrix(pack)


@pytest.fixture
def row() -> dict[str, object]:
    """A good row for `consumption-limited`."""
    return {
        "record": "2024-1",
        "party": {
            "kind": "natural-person",
            "documents": [
                {"type": "cn-ric", "number": "110101189001010016"},
                {"type": "passport:UTO", "number": "U00000001"},
            ],
        },
        "ruling": {
            "number": "(2024) U 1 No. 1",
            "authority": "First Court of Utopia",
            "dated": "2024-01-10",
            "effective": True,
        },
        "ground": "not-performed",
        "notice": {"served_on": "2024-01-20"},
        "starts_at": "2024-02-01T00:00:00+08:00",
        "ends_at": None,
        "contest": {
            "body": "First Court of Utopia",
            "address": "1 Court Road",
            "deadline": "within 10 days of service",
        },
    }


@pytest.fixture(params=[compiled, naive_evaluate], ids=["compiled", "naive"])
def read(request: pytest.FixtureRequest) -> Reader:
    """Each of the two readers of the tables."""
    return cast("Reader", request.param)
