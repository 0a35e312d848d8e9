"""Serving: several workers on one port, replacement, drain, restart, and who may connect at all."""

import os
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest

from gateway.certificates import DevelopmentAuthority
from gateway.clock import system_clock
from partner_sdk import Gateway
from partner_sdk.actions import AirTravel
from partner_sdk.connection import open_channel
from partner_sdk.correspondence import CHECK
from partner_sdk.documents import ResidentId
from partner_sdk.errors import GatewayUnreachableError, PartnerError
from partner_sdk.identity import load_identity
from sanctions_matrix.synthetic import citizen_number
from tests.integration.child import socket_holders
from tests.integration.conftest import Figure, SiteMaker
from tests.integration.live_site import (
    ASK_SECONDS,
    HEALTH,
    LivePlan,
    LiveSite,
    health_in,
    health_over,
)
from tests.integration.raw_partner import RawPartner
from tests.integration.waiting import eventually

pytestmark = pytest.mark.integration

_CONNECTIONS = 16
_ASKERS = 4
_LEASE_SECONDS = 300
_REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
_LIST_SERVICES = ServerReflectionRequest(list_services="").SerializeToString()
_UNLISTED = ResidentId(citizen_number(7))


@pytest.fixture(scope="module")
def running_site(make_site: SiteMaker) -> LiveSite:
    """Return a site with 300 parties that is started once for the module."""
    plan = LivePlan(publisher={"lease_seconds": _LEASE_SECONDS}, gateway={"drain_seconds": 5})
    site = make_site(plan)
    site.import_synthetic(300)
    site.start()
    return site


@pytest.fixture
def site(running_site: LiveSite) -> LiveSite:
    """Return the module's site with its gateway running, whatever the test before did to it."""
    publisher, gateway = running_site.publisher, running_site.gateway
    if publisher is None or not publisher.is_running:
        running_site.start_publisher()
    if gateway is None or not gateway.is_running:
        running_site.start_gateway()
    running_site.await_serving()
    return running_site


@pytest.fixture
def partners(site: LiveSite) -> Iterator[list[RawPartner]]:
    """Return as many connections as make it all but certain that every worker gets some."""
    opened = [RawPartner(site.identity("airline")) for _ in range(_CONNECTIONS)]
    yield opened
    for partner in opened:
        partner.__exit__(None, None, None)


def test_every_worker_of_one_port_answers(site: LiveSite, partners: list[RawPartner]) -> None:
    """Two processes listen on the one port, and both hold connections over which answers came."""
    replies = [partner.ask(_UNLISTED.number) for partner in partners]
    workers = site.worker_pids()
    serving = socket_holders(sorted(workers), port=site.port, listening=False)
    assert [reply.code for reply in replies] == ["OK"] * _CONNECTIONS
    assert len(workers) == 2
    assert serving == workers


def test_calls_that_send_nothing_hold_up_no_question(
    site: LiveSite, partners: list[RawPartner]
) -> None:
    """A partner that opens hundreds of calls and sends no query does not keep another from its answer."""
    over = threading.Event()

    def never_sent() -> Iterator[bytes]:
        over.wait()
        yield from ()

    calls: list[grpc.StreamUnaryMultiCallable[bytes, bytes]] = [
        partner.channel.stream_unary(CHECK) for partner in partners
    ]
    opened = [call.future(never_sent()) for call in calls for _ in range(20)]
    try:
        with RawPartner(site.identity("hotel")) as other:
            reply = other.ask(_UNLISTED.number)
    finally:
        over.set()
        for one in opened:
            one.cancel()
    assert reply.reason == "ACTION_NOT_ALLOWED"


def test_a_killed_worker_is_replaced_while_the_other_answers(
    site: LiveSite, figure: Figure
) -> None:
    """After a worker is killed every question is answered at the first or second try, and two workers are back."""
    before = site.worker_pids()
    follower = site.follower_pid()
    victim = min(before)
    with site.connect("airline") as warm:
        warm.may(_UNLISTED, AirTravel())
        os.kill(victim, signal.SIGKILL)
        killed_at = time.monotonic()
        answered = failed = 0
        while (now := site.worker_pids() - {victim}) == before - {victim}:
            with site.connect("airline") as fresh:
                for gateway in (warm, fresh):
                    failed += not _is_answered(gateway)
                    answered += 1
            assert time.monotonic() < killed_at + 60
    figure(f"replaced in {time.monotonic() - killed_at:.1f} s; {answered} asked, {failed} failed")
    assert len(now) == 2
    assert failed == 0
    assert site.follower_pid() == follower


def test_a_drain_finishes_what_is_in_flight(site: LiveSite, figure: Figure) -> None:
    """SIGTERM under load: status 0 within the drain time, and whoever gets no answer is told to ask elsewhere."""
    gateway = site.gateway
    assert gateway is not None
    load = _Load(site)
    load.start()
    eventually(lambda: len(load.heard) >= 100, "a load is on")
    told_at = time.monotonic()
    gateway.send(signal.SIGTERM)
    status = gateway.wait()
    seconds = time.monotonic() - told_at
    load.stop()
    before = Counter(what for at, what in load.heard if at <= told_at)
    after = Counter(what for at, what in load.heard if at > told_at)
    figure(
        f"{before['answer']} answers before SIGTERM, {dict(after)} after, end in {seconds:.1f} s"
    )
    assert status == 0
    assert before.keys() == {"answer"}
    assert after.keys() <= {"answer", "GatewayUnreachableError"}
    assert after["answer"] > 0
    assert seconds < site.settings.gateway.drain_seconds + 5
    eventually(lambda: gateway.others() == [], "nobody stays")


def test_health_says_not_serving_before_the_gateway_leaves(site: LiveSite) -> None:
    """A watcher of the health service hears NOT_SERVING while the gateway still drains, and status 0 follows."""
    gateway = site.gateway
    assert gateway is not None
    with open_channel(site.identity("portal")) as channel:
        watch: grpc.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(HEALTH + "Watch")
        heard = watch(b"", timeout=60)
        told = map(health_in, heard)
        while next(told) != "SERVING":  # a worker that has just started says so first
            pass
        gateway.send(signal.SIGTERM)
        last = next(told)
        was_running = gateway.is_running
        heard.cancel()
    assert last == "NOT_SERVING"
    assert was_running
    assert gateway.wait() == 0


def test_a_restart_answers_from_the_store_on_disk(site: LiveSite, figure: Figure) -> None:
    """A gateway that starts again answers at once what it held, from the same snapshot, for the same listed party."""
    listed, _ = site.restricted_citizens()[0]
    header = site.header()
    assert site.gateway is not None
    assert site.gateway.stop() == 0
    started_at = time.monotonic()
    site.start_gateway()
    seconds = time.monotonic() - started_at
    with site.connect("airline") as gateway:
        answer = gateway.may(listed, AirTravel())
    figure(f"start to first answer {seconds:.1f} s")
    assert answer.restricted
    assert answer.decision.snapshot.number == header.number


def test_the_embedded_redis_ends_with_its_last_user(site: LiveSite) -> None:
    """Whoever of publisher and gateway leaves last ends the embedded Redis, also when the gateway was killed."""
    server = site.embedded_redis_pid()
    assert server is not None
    assert site.publisher is not None
    assert site.publisher.stop() == 0
    assert site.embedded_redis_pid() == server
    assert site.gateway is not None
    site.gateway.kill()
    eventually(lambda: not Path(f"/proc/{server}").exists(), "the embedded Redis has ended")


def test_reflection_is_off_by_default(site: LiveSite) -> None:
    """Nobody can list the services unless the settings say so."""
    with open_channel(site.identity("portal")) as channel:
        ask: grpc.StreamStreamMultiCallable[bytes, bytes] = channel.stream_stream(_REFLECTION)
        with pytest.raises(grpc.RpcError) as caught:
            list(ask(iter([_LIST_SERVICES]), timeout=ASK_SECONDS))
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_client_without_a_certificate_is_refused(site: LiveSite) -> None:
    """The transport refuses who shows no certificate, before any byte of a question is read."""
    authority = (site.settings.tls / "ca.pem").read_bytes()
    credentials = grpc.ssl_channel_credentials(root_certificates=authority)
    assert _health_with(site, credentials) == "UNAVAILABLE"


def test_a_certificate_of_another_authority_is_refused(site: LiveSite) -> None:
    """A certificate with a partner's URI counts only when the site's authority has signed it."""
    authority = (site.settings.tls / "ca.pem").read_bytes()
    foreign = DevelopmentAuthority(system_clock()).issue_client(
        "airline", "spiffe://jointgate.example/partner/airline"
    )
    credentials = grpc.ssl_channel_credentials(authority, foreign.key, foreign.certificate)
    assert _health_with(site, credentials) == "UNAVAILABLE"


def test_a_certificate_and_a_key_of_two_partners_do_not_mix(site: LiveSite, tmp_path: Path) -> None:
    """A query signed by the airline over the hotel's connection is refused with PARTNER_MISMATCH."""
    shutil.copytree(site.folder / "partners" / "hotel", tmp_path / "mixed")
    for name in ("signing.pem", "identity.toml"):
        shutil.copy(site.folder / "partners" / "airline" / name, tmp_path / "mixed" / name)
    with RawPartner(load_identity(tmp_path / "mixed" / "identity.toml")) as partner:
        reply = partner.ask(_UNLISTED.number)
    assert (reply.code, reply.reason) == ("UNAUTHENTICATED", "PARTNER_MISMATCH")


class _Load:
    """Four partners that ask without a pause, and what they heard: an answer, or which error."""

    def __init__(self, site: LiveSite) -> None:
        self.heard: list[tuple[float, str]] = []
        self._site = site
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(_ASKERS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        with self._site.connect("airline") as gateway:
            while not self._stopping.is_set():
                try:
                    heard = "answer" if gateway.may(_UNLISTED, AirTravel()).permitted else "?"
                except PartnerError as error:
                    heard = type(error).__name__
                self.heard.append((time.monotonic(), heard))


def _is_answered(gateway: Gateway) -> bool:
    try:
        return gateway.may(_UNLISTED, AirTravel()).permitted
    except GatewayUnreachableError:
        return False


def _health_with(site: LiveSite, credentials: grpc.ChannelCredentials) -> str:
    with grpc.secure_channel(f"127.0.0.1:{site.port}", credentials) as channel:
        return health_over(channel)
