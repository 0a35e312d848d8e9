"""Questions to the decision service of a site, and what its answers hold."""

from collections.abc import Sequence

import pytest

from gateway.errors import AnswerError, Reason
from jointgate.decision.v1 import decision_pb2 as pb
from tests.fakes.answering_site import AnsweringSite
from tests.fakes.fixed_context import context


def check(
    site: AnsweringSite, request: pb.CheckRequest | bytes, *, tls: bool = False
) -> pb.Decision:
    """Ask a new service one question."""
    raw = request if isinstance(request, bytes) else request.SerializeToString(deterministic=True)
    answer = pb.CheckResponse.FromString(site.service(tls=tls).check(raw, context()))
    return pb.Decision.FromString(answer.decision.payload)


def batch(
    site: AnsweringSite, queries: Sequence[pb.Query | bytes], partner: str = "airline"
) -> pb.BatchCheckResponse:
    """Ask a new service several questions."""
    raw = site.batch_request(queries, partner).SerializeToString(deterministic=True)
    return pb.BatchCheckResponse.FromString(site.service().batch_check(raw, context()))


def refusal(item: pb.AnswerItem) -> pb.Refusal:
    """Return the refusal that an item is."""
    assert item.WhichOneof("item") == "refusal"
    return pb.Refusal.FromString(item.refusal)


def decision(item: pb.AnswerItem) -> pb.Decision:
    """Return the decision that an item is."""
    assert item.WhichOneof("item") == "decision"
    return pb.Decision.FromString(item.decision)


def drop_header(site: AnsweringSite) -> None:
    """Empty the store's header, as before the first snapshot."""
    with site.store.write() as writer:
        writer._transaction.drop(writer._databases[b"meta"], delete=False)  # noqa: SLF001


def reason_of_check(site: AnsweringSite, raw: bytes) -> Reason:
    """Return why a ``Check`` gets no decision."""
    with pytest.raises(AnswerError) as caught:
        site.service().check(raw, context())
    return caught.value.reason
