"""The subject's view over real sockets: a served site with a real receipt, and one whose clock the test sets."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from google.protobuf import any_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc.status_pb2 import Status

from gateway.certificates import DevelopmentAuthority
from gateway.clock import system_clock
from gateway.register.lifecycle import Mandate
from gateway.register_service.subject import SERVICE
from gateway.register_service.subject_client import Failure, Place, ViewError, view
from gateway.register_service.subject_page import page_of
from jointgate.decision.v1 import decision_pb2
from jointgate.register.v1 import subject_pb2 as pb
from partner_sdk.actions import AirTravel
from partner_sdk.documents import ResidentId
from sanctions_matrix.documents import Document
from sanctions_matrix.pack import Pack
from tests.fakes.subject_desk import LIMIT, PERSON, STRANGER, Desk
from tests.integration.child import Child
from tests.integration.conftest import SiteMaker
from tests.integration.live_site import LivePlan, LiveSite
from tests.integration.waiting import eventually

pytestmark = pytest.mark.integration

_ADDRESS = re.compile(r"parties on (\S+) \(TLS\)")
_A_DAY = 4
_NO_ANSWER, _NO_RECORD = 20, 22


# --- a served site ------------------------------------------------------------------------------


@dataclass
class Served:
    """A site with a receipt about one of its citizens."""

    site: LiveSite
    receipt: Path
    party: Document
    other: Document
    stayed: Document
    reference: str
    register: Child
    server: str = ""

    def start_register(self) -> None:
        """Serve the register, at a port that is free."""
        self.register = self.site.spawn("register", "serve", name="register")

        def listens() -> bool:
            found = _ADDRESS.search(self.register.output())
            self.server = found[1] if found else ""
            assert self.register.is_running, self.register.output()
            return bool(self.server)

        eventually(listens, "the register's services listen")

    def run(
        self, document: Document, *options: str, receipt: Path | None = None
    ) -> tuple[int, str, str]:
        """Run the party's command."""
        done = self.site.run(
            "subject",
            str(receipt or self.receipt),
            f"{document.type}:{document.number}",
            "--server",
            self.server,
            "--ca",
            str(self.site.folder / "tls" / "ca.pem"),
            *options,
        )
        return done.returncode, done.stdout, done.stderr

    def new_receipt(self, document: Document | None = None) -> Path:
        """Ask the gateway once more, about the party unless said otherwise, and keep the receipt."""
        path = self.receipt.with_name(f"{len(list(self.receipt.parent.iterdir()))}.receipt")
        with self.site.connect("airline") as gateway:
            answer = gateway.may(ResidentId((document or self.party).number), AirTravel())
        assert answer.decision.grounds
        answer.receipt().save(path)
        return path


@pytest.fixture(scope="module")
def served(make_site: SiteMaker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a site with gateway and register, and ask about a citizen whom one listing restricts."""
    site = make_site(LivePlan(register={"attempts_a_day": _A_DAY}))
    site.import_synthetic(200)
    site.start()
    (party, listing), (other, _), (stayed, _) = site.restricted_citizens()[:3]
    folder = tmp_path_factory.mktemp("receipts")
    assert site.publisher is not None
    first = Served(
        site, folder / "0", party, other, stayed, listing.reference, register=site.publisher
    )
    first.receipt = first.new_receipt()
    first.start_register()
    yield first
    first.register.end()
    printed = site.printed()
    for document in (party, other, stayed):
        assert document.number not in printed


def test_the_party_reads_its_record_in_both_languages(served: Served) -> None:
    """From a real decision to a page that a person can read, and the number stands nowhere on it."""
    status, page, error = served.run(served.party)
    assert (status, error) == (0, "")
    assert page.startswith("Your listings\n")
    assert f"Listing {served.reference}\n" in page
    assert "In force: the listing restricts you." in page
    status, chinese, _ = served.run(served.party, "--lang", "zh")
    assert status == 0
    assert "有效：该列入正在对您产生限制。" in chinese
    assert len(chinese.splitlines()) == len(page.splitlines())
    for text in (page, chinese, served.register.output()):
        assert served.party.number not in text


def test_a_change_is_on_the_page_at_once(served: Served) -> None:
    """A stay that was committed in the register is told to the next who asks, with its paper."""
    receipt = served.new_receipt(served.stayed)
    (reference,) = {
        one.listing_reference
        for one in decision_pb2.Decision.FromString(
            decision_pb2.Receipt.FromString(receipt.read_bytes()).decision.payload
        ).grounds
    }
    with served.site.register() as register:
        mandate = Mandate("(2031) Objection No. 5", system_clock(), "operator")
        register.stay(reference, mandate=mandate)
    described = json.loads(served.run(served.stayed, "--json", receipt=receipt)[1])
    (listing,) = described["listings"]
    assert listing["state"] == "SUBJECT_STATE_STAYED"
    assert listing["history"][-1]["paper"] == "(2031) Objection No. 5"


def test_another_document_a_forgery_and_a_stranger_are_told_the_same(
    served: Served, tmp_path: Path
) -> None:
    """Byte for byte the same words and the same status, whatever is wrong."""
    receipt = served.new_receipt()
    forgery = tmp_path / "forged.receipt"
    message = decision_pb2.Receipt.FromString(receipt.read_bytes())
    message.decision.root.signatures[0].sig = b"\x30\x00"
    forgery.write_bytes(message.SerializeToString(deterministic=True))
    wrong = served.run(served.other, receipt=receipt)
    assert wrong[0] == _NO_RECORD
    assert wrong[1] == ""
    assert served.run(served.party, receipt=forgery) == wrong
    assert served.other.number not in wrong[2]


def test_a_receipt_is_closed_for_the_day_and_a_restart_does_not_open_it(served: Served) -> None:
    """After so many wrong documents the party itself has to wait, also after the service was restarted."""
    receipt = served.new_receipt()
    statuses = [served.run(served.other, receipt=receipt)[0] for _ in range(_A_DAY)]
    assert statuses == [_NO_RECORD] * _A_DAY
    status, out, _ = served.run(served.party, "--json", receipt=receipt)
    told = json.loads(out)
    assert (status, told["error"]) == (_NO_ANSWER, "ATTEMPTS_EXHAUSTED")
    assert 0 < told["retry_seconds"] <= 86_400
    served.register.end()
    served.start_register()
    assert served.run(served.party, receipt=receipt)[0] == _NO_ANSWER
    assert served.run(served.party)[0] == 0


def test_without_the_sites_authority_nothing_is_sent(served: Served) -> None:
    """A server whose certificate leads nowhere that the caller trusts learns nothing, and one line says so."""
    done = served.site.run(
        "subject",
        str(served.receipt),
        f"{served.party.type}:{served.party.number}",
        "--server",
        served.server,
    )
    assert done.returncode == _NO_ANSWER
    assert "cannot be reached" in done.stderr
    assert done.stderr.count("\n") == 1


# --- a clock that the test sets -----------------------------------------------------------------


@contextmanager
def on_a_socket(handler: grpc.GenericRpcHandler | None) -> Iterator[Place]:
    """Serve over TLS, with a certificate of the real present; yields where."""
    authority = DevelopmentAuthority(system_clock())
    issued = authority.issue_server("127.0.0.1")
    credentials = grpc.ssl_server_credentials([(issued.key, issued.certificate)])
    server = grpc.server(futures.ThreadPoolExecutor(8))
    if handler is not None:
        server.add_generic_rpc_handlers((handler,))
    port = server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    try:
        yield Place(f"127.0.0.1:{port}", authority.certificate)
    finally:
        server.stop(None).wait()


@pytest.fixture
def desk(tmp_path: Path, pack: Pack) -> Iterator[Desk]:
    """A desk in the morning of a day that the test sets."""
    opened = Desk(tmp_path, pack)
    yield opened
    opened.register.close()


def failure(receipt: decision_pb2.Receipt, document: Document, place: Place) -> ViewError:
    """Return why there is nothing to show."""
    with pytest.raises(ViewError) as caught:
        view(receipt, document, place)
    return caught.value


def test_many_at_once_compare_no_more_than_the_limit(desk: Desk) -> None:
    """Of many wrong documents shown in the same moment, only as many as the limit are looked at."""
    receipt = desk.receipt(PERSON)
    with on_a_socket(desk.service.handler()) as place, futures.ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: failure(receipt, STRANGER, place).failure, range(LIMIT + 5)))
    assert told.count(Failure.NO_RECORD) == LIMIT
    assert told.count(Failure.EXHAUSTED) == 5


def test_the_next_day_the_party_is_let_in(desk: Desk) -> None:
    """The client tells how long to wait, and after that time the record is shown."""
    receipt = desk.receipt(PERSON)
    with on_a_socket(desk.service.handler()) as place:
        for _ in range(LIMIT):
            failure(receipt, STRANGER, place)
        closed = failure(receipt, PERSON, place)
        assert closed.failure is Failure.EXHAUSTED
        assert closed.retry_seconds is not None
        desk.clock.advance(seconds=closed.retry_seconds)
        response = view(receipt, PERSON, place)
    assert isinstance(response, pb.ViewResponse)
    assert desk.reference in page_of(response, "zh", named=1)


def test_a_server_that_has_no_such_service_is_no_answer(desk: Desk) -> None:
    """Another service on the address is told apart from a refusal."""
    with on_a_socket(None) as place:
        assert failure(desk.receipt(PERSON), PERSON, place).failure is Failure.UNANSWERED


def on_a_server_that(behaves: Callable[[grpc.ServicerContext], bytes]) -> grpc.GenericRpcHandler:
    """Return a service that answers every view with what `behaves` returns, or as it aborts."""
    method: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(
        lambda _, context: behaves(context)
    )
    return grpc.method_handlers_generic_handler(SERVICE, {"View": method})


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        (b"\xff\xff\xff", Failure.UNREACHABLE),
        (Status(code=5, message="other").SerializeToString(), Failure.UNANSWERED),
        (
            Status(
                code=14,
                details=[any_pb2.Any(type_url="x/google.rpc.ErrorInfo", value=b"\xff")],
            ).SerializeToString(),
            Failure.UNANSWERED,
        ),
    ],
    ids=["no status", "another code", "a damaged detail"],
)
def test_damaged_details_of_a_failure_are_no_answer(
    desk: Desk, details: bytes, expected: Failure
) -> None:
    """What a proxy puts in the place of a failure's details, or another code in it, is an error of the client."""

    def abort(context: grpc.ServicerContext) -> bytes:
        context.set_trailing_metadata((("grpc-status-details-bin", details),))
        context.abort(grpc.StatusCode.UNAVAILABLE, "away")

    with on_a_socket(on_a_server_that(abort)) as place:
        assert failure(desk.receipt(PERSON), PERSON, place).failure is expected


@pytest.mark.parametrize(
    "listing",
    [
        pb.SubjectListing(utc_offset_minutes=2**30),
        pb.SubjectListing(utc_offset_minutes=-24 * 60),
        pb.SubjectListing(starts_at=Timestamp(seconds=2**60)),
    ],
    ids=["far ahead", "a day behind", "no instant"],
)
def test_an_answer_that_no_page_can_show_is_no_answer(
    desk: Desk, listing: pb.SubjectListing
) -> None:
    """A civil time or an instant that there is none of ends as an error of the client, not of the page."""
    reply = pb.ViewResponse(listings=[listing], as_of=Timestamp(seconds=1)).SerializeToString()
    with on_a_socket(on_a_server_that(lambda _: reply)) as place:
        assert failure(desk.receipt(PERSON), PERSON, place).failure is Failure.UNANSWERED
