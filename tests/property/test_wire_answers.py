"""Answers over arbitrary listings and questions: one path, and the plainest reading of the tables."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.packs import load_pack
from jointgate.decision.v1 import decision_pb2 as pb
from sanctions_matrix.actions import LodgingStay, Role
from sanctions_matrix.evaluation import compile_matrix
from sanctions_matrix.evaluation_naive import naive_evaluate
from sanctions_matrix.listing import Listing, Window
from tests.fakes.answering_site import AnsweringSite
from tests.fakes.fixed_clock import MORNING, FixedClock
from tests.fakes.fixed_context import context
from tests.fakes.synthetic_parties import citizen, listing

PACK = load_pack("cn-joint-discipline")
spans = st.integers(-3, 3).map(lambda hours: timedelta(hours=hours))
listings = st.lists(
    st.builds(
        listing,
        st.sampled_from(["L1", "L2", "L3"]),
        list_id=st.sampled_from(list(PACK.lists)),
        measures=st.frozensets(st.sampled_from(list(PACK.measures))),
        ends_at=st.none() | spans.map(lambda span: MORNING + span),
        stays=st.lists(
            spans.map(lambda span: Window(MORNING + span, MORNING + span + timedelta(hours=2))),
            max_size=2,
        ).map(tuple),
    ),
    max_size=3,
    unique_by=lambda one: one.reference,
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnsweringSite]:
    """One gateway for all examples."""
    folder = tmp_path_factory.mktemp("site")
    site = AnsweringSite(folder / "store", compile_matrix(PACK), FixedClock())
    site.hold()
    yield site
    site.close()


def asked(site: AnsweringSite, stars: int, *, high_end: bool, payer: bool) -> pb.Query:
    """Return the portal's question about a night in a hotel."""
    query = site.query("portal")
    role = pb.ROLE_PAYER if payer else pb.ROLE_GUEST
    stay = pb.LodgingStay(stars=stars, high_end=high_end)
    query.MergeFrom(pb.Query(role=role, lodging_stay=stay))
    return query


@given(some=listings, stars=st.integers(0, 5), high_end=st.booleans(), payer=st.booleans())
def test_one_question_alone_and_in_a_batch(
    site: AnsweringSite, *, some: list[Listing], stars: int, high_end: bool, payer: bool
) -> None:
    """Check and BatchCheck say the same, byte for byte, and what the tables say when read naively."""
    site.put(citizen(0), *some)
    query = asked(site, stars, high_end=high_end, payer=payer)
    raw = site.check_request(query, "portal").SerializeToString()
    alone = pb.CheckResponse.FromString(site.service().check(raw, context())).decision.payload
    raw = site.batch_request([query, query], "portal").SerializeToString()
    items = pb.BatchCheckResponse.FromString(site.service().batch_check(raw, context())).items
    assert items[0].decision == alone
    naive = naive_evaluate(
        PACK,
        LodgingStay(stars=stars, high_end=high_end),
        Role.PAYER if payer else Role.GUEST,
        some,
        MORNING,
    )
    decision = pb.Decision.FromString(alone)
    assert pb.Outcome.Name(decision.outcome) == f"OUTCOME_{naive.outcome.name}"
    assert [(ground.measure, ground.listing_reference) for ground in decision.grounds] == [
        (ground.measure.id, ground.reference) for ground in naive.grounds
    ]
