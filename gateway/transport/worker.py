"""A worker: one process that answers, and nothing else.

Responsible for: putting one server together from the settings, its health, its drain on SIGTERM: first the calls, then
their records.
Not responsible for: updating the store (the follower) or starting again (the supervisor).
"""

import multiprocessing
import signal
import threading
import time
from contextlib import suppress
from datetime import timedelta
from multiprocessing.connection import Connection

import grpc

from gateway.clock import system_clock
from gateway.config import Settings
from gateway.decision.deciding import Decider
from gateway.decision.partners import PartnerRegistry, parse_registry
from gateway.decision.signatures import DecisionSigner
from gateway.errors import AnswerError, CommandError, JointgateError
from gateway.keys import read_decision_signer, read_secret
from gateway.packs import site_pack
from gateway.recording.feed import start_recording
from gateway.recording.records import AnswerRecorder
from gateway.snapshot.pseudonyms import Pseudonymiser
from gateway.snapshot.records import RecordFormat
from gateway.snapshot.store import Store, open_store
from gateway.transport.decisions import DecisionService
from gateway.transport.server import HealthSwitch, build_server, listen
from gateway.transport.standing import StandingService, StandingWriter
from gateway.transport.tls import TlsFiles
from gateway.transport.trust import TrustService
from gateway.transport.waiting_room import WaitingRoom
from gateway.transport.wire import DecisionWriter
from sanctions_matrix.evaluation import compile_matrix

_HEALTH_SECONDS = 0.25


def run_worker(settings: Settings, address: str, ready: Connection) -> None:
    """Serve on ``address`` until SIGTERM, then drain.

    Tells ``ready`` an empty text when it listens, or what is wrong.
    A worker whose supervisor is gone drains too.
    """
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _serve(settings, address, ready, stopping)
    except JointgateError as error:
        _tell(ready, str(error))
        raise SystemExit(1) from error


def _tell(ready: Connection, text: str) -> None:
    """Tell the supervisor, if it still listens: it does not for workers that replace others."""
    with suppress(OSError):
        ready.send(text)


def _serve(settings: Settings, address: str, ready: Connection, stopping: threading.Event) -> None:
    signer = DecisionSigner(read_decision_signer(settings.keys / "decision.pem"))
    with open_store(settings.store, map_bytes=settings.store_bytes, readonly=True) as store:
        recording = start_recording(settings, signer)
        left = 0.0
        try:
            decider, handlers = _services(settings, store, signer, recording.recorder)
            health = HealthSwitch()
            room = WaitingRoom(settings.gateway.threads)
            server = build_server(
                [*handlers, TrustService(store).handler()],
                room=room,
                health_switch=health,
                reflection=settings.gateway.reflection,
            )
            listen(server, address, _tls(settings))
            server.start()
            room.start()
            _tell(ready, "")
            parent = multiprocessing.parent_process()
            while not stopping.wait(_HEALTH_SECONDS) and (parent is None or parent.is_alive()):
                health.show(serving=_is_answering(store, decider))
            health.leave()
            left = _drained(server, settings.gateway.drain_seconds)
            room.stop()
        finally:
            recording.close(left)


def _drained(server: grpc.Server, seconds: float) -> float:
    """Let calls in flight finish within ``seconds``; returns how many are left for the records."""
    deadline = time.monotonic() + seconds
    server.stop(seconds).wait()
    return deadline - time.monotonic()


def _services(
    settings: Settings, store: Store, signer: DecisionSigner, recorder: AnswerRecorder
) -> tuple[Decider, list[grpc.GenericRpcHandler]]:
    matrix = compile_matrix(site_pack(settings))
    decider = Decider(
        matrix,
        RecordFormat(matrix.pack, matrix),
        Pseudonymiser(read_secret(settings.keys / "pseudonym.key")),
        keyid=signer.keyid,
        term=timedelta(seconds=settings.gateway.decision_seconds),
    )
    partners, tls = _registry(settings), not settings.gateway.insecure_plaintext
    decisions = DecisionService(
        store=store,
        decider=decider,
        partners=partners,
        signer=signer,
        writer=DecisionWriter(settings.issuer, matrix.pack),
        clock=system_clock,
        tls=tls,
        recorder=recorder,
    )
    standing = StandingService(
        store=store,
        decider=decider,
        partners=partners,
        signer=signer,
        writer=StandingWriter(settings.issuer, matrix.pack),
        clock=system_clock,
        tls=tls,
    )
    return decider, [decisions.handler(), standing.handler()]


def _registry(settings: Settings) -> PartnerRegistry:
    try:
        text = settings.partners.read_text(encoding="utf-8")
    except OSError as error:
        message = f"{settings.partners}: the partner registry cannot be read ({error.strerror})"
        raise CommandError(message) from error
    return parse_registry(text, source=str(settings.partners))


def _tls(settings: Settings) -> TlsFiles | None:
    if settings.gateway.insecure_plaintext:
        return None
    folder = settings.tls
    return TlsFiles(
        certificate=folder / "server.pem", key=folder / "server.key", authority=folder / "ca.pem"
    )


def _is_answering(store: Store, decider: Decider) -> bool:
    try:
        with store.read() as view:
            decider.usable_header(view, system_clock())
    except AnswerError:
        return False
    return True
