"""What the tests of the gateway's answers share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sanctions_matrix.evaluation import Matrix
from tests.fakes.answering_site import AnsweringSite
from tests.fakes.fixed_clock import FixedClock


@pytest.fixture
def site(quick_path: Path, matrix: Matrix, clock: FixedClock) -> Iterator[AnsweringSite]:
    """A gateway that holds an empty snapshot from which may be answered."""
    site = AnsweringSite(quick_path / "store", matrix, clock)
    site.hold()
    yield site
    site.close()
