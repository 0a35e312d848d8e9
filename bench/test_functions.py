"""What the parts of an answer cost, function by function, without a socket.

Run by ``make bench``. The whole service over a socket is not measured here yet; bench/README.md says what is missing.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from gateway.packs import load_pack
from gateway.snapshot.pseudonyms import Pseudonymiser
from sanctions_matrix.actions import AirTravel, Role
from sanctions_matrix.documents import parse_document
from sanctions_matrix.evaluation import Matrix, compile_matrix
from tests.fakes.answering_site import AnsweringSite
from tests.fakes.fixed_clock import MORNING, FixedClock
from tests.fakes.fixed_context import FixedContext
from tests.fakes.synthetic_parties import citizen, listing

BATCH = 256


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    """The compiled mission pack."""
    return compile_matrix(load_pack("cn-joint-discipline"))


@pytest.fixture
def site(tmp_path: Path, matrix: Matrix) -> Iterator[AnsweringSite]:
    """A decision service over a store on disk."""
    site = AnsweringSite(tmp_path / "store", matrix, FixedClock())
    site.hold()
    yield site
    site.close()


def test_parse_a_document(benchmark: BenchmarkFixture) -> None:
    """A citizen number: normalised, date and check digit verified."""
    benchmark(parse_document, "cn-ric", "110101189001010016")


def test_pseudonymise(benchmark: BenchmarkFixture) -> None:
    """The keyed hash of a document."""
    benchmark(Pseudonymiser(bytes(32)).of, citizen(0))


def test_evaluate_nobody(benchmark: BenchmarkFixture, matrix: Matrix) -> None:
    """The verdict on a party that is on no list."""
    benchmark(matrix.evaluate, AirTravel(), Role.TRAVELLER, (), MORNING)


def test_evaluate_a_listing(benchmark: BenchmarkFixture, matrix: Matrix) -> None:
    """The verdict on a party with one listing that restricts."""
    benchmark(matrix.evaluate, AirTravel(), Role.TRAVELLER, (listing(),), MORNING)


@pytest.mark.parametrize("listed", [False, True], ids=["unlisted", "listed"])
def test_check(benchmark: BenchmarkFixture, site: AnsweringSite, *, listed: bool) -> None:
    """One Check without the transport: two signatures, a look-up, a verdict, strict parsing."""
    if listed:
        site.put(citizen(0), listing())
    service = site.service()

    def fresh() -> tuple[tuple[bytes, FixedContext], dict[str, object]]:
        request = site.check_request(site.query())
        return (request.SerializeToString(deterministic=True), FixedContext()), {}

    benchmark.pedantic(service.check, setup=fresh, rounds=500)  # type: ignore[no-untyped-call]


def test_batch_check(benchmark: BenchmarkFixture, site: AnsweringSite) -> None:
    """A BatchCheck of 256 without the transport; divide by 256 for one decision."""
    service = site.service()

    def fresh() -> tuple[tuple[bytes, FixedContext], dict[str, object]]:
        request = site.batch_request([site.query() for _ in range(BATCH)])
        return (request.SerializeToString(deterministic=True), FixedContext()), {}

    benchmark.pedantic(service.batch_check, setup=fresh, rounds=30)  # type: ignore[no-untyped-call]
