"""Answers over arbitrary listings and questions: one path, and the plainest reading of the tables."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from gateway.packs import load_pack
from jointgate.decision.v1 import decision_pb2 as pb
from sanctions_matrix.actions import ACTIONS, Action, Role
from sanctions_matrix.documents import Document, PartyKind, parse_document
from sanctions_matrix.evaluation import compile_matrix
from sanctions_matrix.evaluation_naive import naive_evaluate
from sanctions_matrix.listing import Listing, Window
from sanctions_matrix.synthetic import organisation_code
from sanctions_matrix.verdict import MissingAttributeError
from tests.fakes.answering_site import AnsweringSite
from tests.fakes.fixed_clock import MORNING, FixedClock
from tests.fakes.fixed_context import context
from tests.fakes.raw_actions import as_query
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
actions = st.sampled_from([action for kind in ACTIONS.values() for action in kind.every()])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnsweringSite]:
    """One gateway for all examples."""
    folder = tmp_path_factory.mktemp("site")
    site = AnsweringSite(folder / "store", compile_matrix(PACK), FixedClock())
    site.hold()
    yield site
    site.close()


ORGANISATION = parse_document("cn-uscc", organisation_code(0))


def asked(site: AnsweringSite, document: Document, action: Action, role: Role) -> pb.Query:
    """Return the portal's question."""
    query = site.query("portal")
    query.document.CopyFrom(pb.Document(type=document.type, number=document.number))
    query.MergeFrom(pb.Query(role=f"ROLE_{role.name}"))
    query.MergeFrom(as_query(action))
    return query


@given(some=listings, action=actions, organisation=st.booleans(), data=st.data())
def test_one_question_alone_and_in_a_batch(
    site: AnsweringSite,
    *,
    some: list[Listing],
    action: Action,
    organisation: bool,
    data: st.DataObject,
) -> None:
    """Check and BatchCheck say the same, byte for byte, and what the tables say when read naively."""
    kind = PartyKind.ORGANISATION if organisation else PartyKind.NATURAL_PERSON
    document = ORGANISATION if organisation else citizen(0)
    some = [replace(one, party_kind=kind) for one in some]
    role = data.draw(st.sampled_from(sorted(action.roles)))
    try:
        naive = naive_evaluate(PACK, action, role, some, MORNING)
    except MissingAttributeError:
        reject()
    site.put(document, *some)
    query = asked(site, document, action, role)
    raw = site.check_request(query, "portal").SerializeToString()
    alone = pb.CheckResponse.FromString(site.service().check(raw, context())).decision.payload
    raw = site.batch_request([query, query], "portal").SerializeToString()
    items = pb.BatchCheckResponse.FromString(site.service().batch_check(raw, context())).items
    assert items[0].decision == alone
    decision = pb.Decision.FromString(alone)
    assert pb.Outcome.Name(decision.outcome) == f"OUTCOME_{naive.outcome.name}"
    assert [(ground.measure, ground.listing_reference) for ground in decision.grounds] == [
        (ground.measure.id, ground.reference) for ground in naive.grounds
    ]
    assert [(one.list, one.listing_reference) for one in decision.commendations] == [
        (one.list.id, one.reference) for one in naive.commendations
    ]
