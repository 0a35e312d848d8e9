"""The decision vectors through the doors of the service: `Check` and `BatchCheck` over a real socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.vectors.service_doors import ServiceDoors
from tests.vectors.vector import Vector, all_vectors, assert_stated

if TYPE_CHECKING:
    from collections.abc import Iterator

VECTORS = all_vectors()

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceDoors]:
    """The servers, each started when a vector first asks under its pack."""
    with ServiceDoors(tmp_path_factory.mktemp("stores")) as opened:
        yield opened


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_check_gives_the_answer_it_states(vector: Vector, doors: ServiceDoors) -> None:
    """One signed question over the socket gets the answer that the pure function gives."""
    held, _ = vector.listings()
    assert_stated(vector, doors.check(vector, held))


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_batch_check_gives_the_answer_it_states(vector: Vector, doors: ServiceDoors) -> None:
    """Both places of a batch that asks twice get the answer that the pure function gives."""
    held, _ = vector.listings()
    for answer in doors.batch_check(vector, held):
        assert_stated(vector, answer)
