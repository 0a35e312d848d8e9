"""Authorities that send what they must not, over real sockets with real certificates: each is told its reason.

After every refusal the register is as it was.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import grpc
import pytest

from gateway.register_service.payloads import CHUNK_BYTES
from jointgate.decision.v1 import decision_pb2
from jointgate.register.v1 import register_pb2 as pb
from tests.integration.register_site import (
    LIST,
    RawAuthority,
    Refusal,
    RegisterSite,
    Sent,
    chunks,
    feed_bytes,
    refusal_of,
    register_site,
    rows,
)

pytestmark = pytest.mark.integration

FEED = feed_bytes(rows(3))
ID = bytes(range(16))
HELD_UP_SECONDS = 15.0
"""Much more than it takes, and much less than a call may be open."""
Wrong = Callable[[RawAuthority], Sent]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegisterSite]:
    """A site with one listing of the court."""
    folder = tmp_path_factory.mktemp("register") / "site"
    with register_site(folder) as made:
        sent = made.raw("court").submit(feed_bytes(rows(1, first=50)))
        assert sent.outcome is not None
        yield made


def _tampered(court: RawAuthority) -> Sent:
    wrong = FEED.replace(b"R-1", b"R-9")
    return court.send([court.header(court.submission(FEED, sequence=2)), *chunks(wrong)])


def _cut(court: RawAuthority) -> Sent:
    return court.send([court.header(court.submission(FEED)), *chunks(FEED[:-40])])


def _longer(court: RawAuthority) -> Sent:
    return court.send([court.header(court.submission(FEED)), *chunks(FEED + b"\n")])


def _no_header(court: RawAuthority) -> Sent:
    return court.send(chunks(FEED))


def _two_headers(court: RawAuthority) -> Sent:
    header = court.header(court.submission(FEED))
    return court.send([header, header])


def _big_chunk(bytes_too_many: int) -> Wrong:
    chunk = pb.SubmitRequest(chunk=bytes(CHUNK_BYTES + bytes_too_many)).SerializeToString()
    return lambda court: court.send([court.header(court.submission(FEED)), chunk])


def _unsigned(court: RawAuthority) -> Sent:
    return court.send([court.header(court.submission(FEED), signatures=[])])


def _other_type(court: RawAuthority) -> Sent:
    kind = "application/vnd.jointgate.change.v1+protobuf"
    return court.send([court.header(court.submission(FEED), payload_type=kind)])


def _unknown_key(court: RawAuthority) -> Sent:
    signature = decision_pb2.Signature(keyid="0" * 64, sig=b"x" * 70)
    return court.send([court.header(court.submission(FEED), signatures=[signature])])


def _wrong_signature(court: RawAuthority) -> Sent:
    payload = court.submission(FEED).SerializeToString(deterministic=True)
    signature = court.signature("application/vnd.jointgate.change.v1+protobuf", payload)
    return court.send([court.header(court.submission(FEED), signatures=[signature])])


def _fields(**fields: Any) -> Wrong:  # noqa: ANN401 - any field
    return lambda court: court.submit(FEED, **fields)


def _feed(**header: object) -> Wrong:
    """Return a submission whose signed header says what the feed's own does not."""
    content = feed_bytes(rows(3), **header)
    return lambda court: court.submit(content, list=LIST, sequence=7)


REFUSED: dict[str, tuple[Wrong, str]] = {
    "other bytes than were signed": (_tampered, "CONTENT_MISMATCH"),
    "fewer bytes": (_cut, "CONTENT_MISMATCH"),
    "more bytes": (_longer, "CONTENT_MISMATCH"),
    "no header": (_no_header, "MALFORMED_REQUEST"),
    "two headers": (_two_headers, "MALFORMED_REQUEST"),
    "a chunk a byte too large": (_big_chunk(1), "MALFORMED_REQUEST"),
    "a chunk far too large": (_big_chunk(CHUNK_BYTES // 2), "REQUEST_TOO_LARGE"),
    "no signature": (_unsigned, "UNSIGNED_REQUEST"),
    "another payload type": (_other_type, "MALFORMED_REQUEST"),
    "an unknown key": (_unknown_key, "UNKNOWN_KEY"),
    "a signature of another type": (_wrong_signature, "SIGNATURE_INVALID"),
    "another authority's name": (_fields(authority="transport"), "AUTHORITY_MISMATCH"),
    "signed two minutes ago": (
        lambda court: court.submit(FEED, issued_at=datetime.now(UTC) - timedelta(minutes=2)),
        "REQUEST_STALE",
    ),
    "signed in two minutes": (
        lambda court: court.submit(FEED, issued_at=datetime.now(UTC) + timedelta(minutes=2)),
        "REQUEST_STALE",
    ),
    "a list of another authority": (_fields(list="air-restricted"), "LIST_NOT_ALLOWED"),
    "a short id": (_fields(submission_id=b"short"), "SUBMISSION_INVALID"),
    "no format": (_fields(format=pb.FEED_FORMAT_UNSPECIFIED), "SUBMISSION_INVALID"),
    "two megabytes": (_fields(content_length=2 * 1024 * 1024), "SUBMISSION_TOO_LARGE"),
    "a feed of another authority": (_feed(authority="Somebody else"), "FEED_MISMATCH"),
    "a feed of another sequence": (_feed(sequence=8), "FEED_MISMATCH"),
    "a feed that shrinks the list": (
        lambda court: court.submit(feed_bytes(rows(1), sequence=2)),
        "FEED_REFUSED",
    ),
    "a feed cut off": (
        lambda court: court.submit(FEED.rsplit(b"\n", 2)[0] + b"\n", sequence=1),
        "FEED_REFUSED",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_submission_is_refused_with_its_reason(site: RegisterSite, name: str) -> None:
    """Each mistake has its reason, says nothing of a party, and leaves the register as it was."""
    send, reason = REFUSED[name]
    before = site.register.last_change(), site.register.count()
    refusal = send(site.raw("court")).refusal
    assert refusal is not None
    assert (refusal.reason, refusal.domain) == (reason, "jointgate")
    assert refusal.message
    assert "cn-ric" not in refusal.message
    assert (site.register.last_change(), site.register.count()) == before


def test_a_certificate_of_another_authority_is_refused(site: RegisterSite) -> None:
    """A key without its certificate submits nothing; neither does a certificate without its key."""
    refusal = site.raw("court", certificate="transport").submit(FEED).refusal
    assert refusal is not None
    assert refusal.reason == "AUTHORITY_MISMATCH"


def _asked_without_certificate(site: RegisterSite, address: str) -> grpc.StatusCode:
    credentials = grpc.ssl_channel_credentials(root_certificates=site.identity("court").trusted)
    with grpc.secure_channel(address, credentials) as channel:
        ask: Any = channel.unary_unary("/jointgate.register.v1.RegisterService/ViewListing")
        with pytest.raises(grpc.RpcError) as caught:
            ask(b"", timeout=10)
    code: grpc.StatusCode = caught.value.code()
    return code


def test_without_a_certificate_nothing_is_answered(site: RegisterSite) -> None:
    """Who shows no certificate does not even get a connection."""
    code = _asked_without_certificate(site, site.addresses.authorities)
    assert code is grpc.StatusCode.UNAVAILABLE


def test_parties_address_has_no_register_service(site: RegisterSite) -> None:
    """The address without client certificates knows the SubjectService and nothing else."""
    code = _asked_without_certificate(site, site.addresses.subject)
    assert code is grpc.StatusCode.UNIMPLEMENTED


def _never_sent(over: threading.Event) -> Iterator[bytes]:
    over.wait()
    yield from ()


@contextmanager
def _half_open(channel: grpc.Channel, method: str) -> Iterator[None]:
    """Hold more calls open than there are threads, none of which sends its request."""
    over = threading.Event()
    call: Any = channel.stream_unary(method)
    opened = [call.future(_never_sent(over)) for _ in range(40)]
    try:
        yield
    finally:
        over.set()
        for one in opened:
            one.cancel()


def test_calls_that_send_nothing_hold_up_no_release(site: RegisterSite) -> None:
    """Whoever has a certificate and opens calls without a request takes no authority's thread for long."""
    (reference,) = site.references()
    stranger = site.raw("transport")
    with _half_open(stranger.channel, "/jointgate.register.v1.RegisterService/ViewListing"):
        started = time.monotonic()
        with site.client() as client:
            assert client.view(reference).reference == reference
        assert time.monotonic() - started < HELD_UP_SECONDS


def test_calls_that_send_nothing_hold_up_no_party(site: RegisterSite) -> None:
    """Nor does anybody at the address of the parties, with whatever method, its health included."""
    trusted = grpc.ssl_channel_credentials(site.identity("court").trusted)
    with (
        grpc.secure_channel(site.addresses.subject, trusted) as anybody,
        grpc.secure_channel(
            site.addresses.subject, trusted, [("grpc.use_local_subchannel_pool", 1)]
        ) as party,
        _half_open(anybody, "/jointgate.register.v1.SubjectService/View"),
        _half_open(anybody, "/grpc.health.v1.Health/Check"),
        _half_open(anybody, "/grpc.health.v1.Health/Watch"),
    ):
        view: Any = party.unary_unary("/jointgate.register.v1.SubjectService/View")
        with pytest.raises(grpc.RpcError) as caught:
            view(b"", timeout=HELD_UP_SECONDS)
    assert refusal_of(caught.value).reason == "DOCUMENT_INVALID"


def test_anothers_listing_is_answered_like_an_unknown_one(site: RegisterSite) -> None:
    """The transport authority cannot tell a listing of the court from one that nobody has."""
    (held,) = site.references()
    transport = site.raw("transport")
    others, nobodys = (
        transport.order(transport.change(reference, change_id=ID))
        for reference in (held, "L-aaaaaaaaaaaaaaaa")
    )
    assert isinstance(others, Refusal)
    assert others == nobodys
    assert others.reason == "LISTING_NOT_FOUND"
    views = [
        transport.call(
            "ViewListing", pb.ViewListingRequest(listing_reference=one).SerializeToString()
        )
        for one in (held, "L-aaaaaaaaaaaaaaaa")
    ]
    assert views[0] == views[1]


def test_a_change_is_bound_to_its_content(site: RegisterSite) -> None:
    """A change id that was used for one change does not do another; a stale one does nothing."""
    court = site.raw("court")
    (reference,) = site.references()
    stay = court.change(reference, change_id=ID, release=None, stay=pb.Stay())
    assert isinstance(court.order(stay), pb.ChangeListingResponse)
    other = court.order(court.change(reference, change_id=ID))
    assert isinstance(other, Refusal)
    assert other.reason == "CHANGE_REUSED"
    old = datetime.now(UTC) - timedelta(minutes=5)
    stale = court.order(
        court.change(reference, change_id=sha256(b"x").digest()[:16], issued_at=old)
    )
    assert isinstance(stale, Refusal)
    assert stale.reason == "REQUEST_STALE"
    lifted = court.order(
        court.change(reference, change_id=ID[::-1], release=None, lift_stay=pb.LiftStay())
    )
    assert isinstance(lifted, pb.ChangeListingResponse)


def test_a_key_whose_span_is_over_signs_nothing(tmp_path: Path) -> None:
    """A registered key counts within its span only."""
    with register_site(tmp_path / "site") as made:
        registry = made.settings.authorities
        text = registry.read_text("utf-8")
        years = {line for line in text.splitlines() if line.startswith("not_after")}
        for line in years:
            text = text.replace(line, f"not_after = {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
        registry.write_text(text, "utf-8")
        with made.serving():
            refusal = made.raw("court").submit(FEED).refusal
    assert refusal is not None
    assert refusal.reason == "KEY_NOT_VALID"


def test_under_unconfirmed_tables_endings_work_and_nothing_else(tmp_path: Path) -> None:
    """While nobody has confirmed the tables no feed is imported and no stay lifted; a stay and a release work."""
    with register_site(tmp_path / "site") as made:
        court = made.raw("court")
        assert court.submit(FEED).outcome is not None
        reference = made.references()[0]
        (made.folder / "confirmed-pack.json").unlink()
        with made.serving():
            court = made.raw("court")
            refused = court.submit(feed_bytes(rows(4), sequence=2)).refusal
            stayed = court.order(
                court.change(reference, change_id=ID, release=None, stay=pb.Stay())
            )
            lifted = court.order(
                court.change(reference, change_id=ID[::-1], release=None, lift_stay=pb.LiftStay())
            )
            released = court.order(court.change(reference))
    assert refused is not None
    assert refused.reason == "PACK_UNCONFIRMED"
    assert isinstance(lifted, Refusal)
    assert lifted.reason == "PACK_UNCONFIRMED"
    assert isinstance(stayed, pb.ChangeListingResponse)
    assert isinstance(released, pb.ChangeListingResponse)
