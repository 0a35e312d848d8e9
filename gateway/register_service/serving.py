"""The process of the register's services: authorities on one address, parties on another.

Responsible for putting both servers together from the settings, their certificates, their health, and their drain.
Not responsible for what they answer (`service`, `subject`).

Rules kept here:

- Authorities are asked for a client certificate, always: there is no setting that serves them without TLS.
- Parties have no certificate, so they have a server of their own, on which nothing else is.
- SIGTERM and SIGINT let calls in flight finish; an import that outlasts the drain is broken off, and leaves nothing.
  Who still waits for its turn to write then is refused: nothing is carried out after its caller has gone.
"""

from __future__ import annotations

import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import grpc

from gateway.clock import system_clock
from gateway.config import split_address
from gateway.errors import CommandError
from gateway.mainland_calendar import MainlandCalendar
from gateway.register.deadlines import Terms
from gateway.register.engine import end_waiting
from gateway.register.errors import DatabaseError
from gateway.register.register import Register
from gateway.register_service import payloads, subject
from gateway.register_service.authorities import read_authorities, refuse_renamed
from gateway.register_service.changing import Changer
from gateway.register_service.entrance import Entrance
from gateway.register_service.importing import Importer
from gateway.register_service.service import RegisterService
from gateway.register_service.subject_receipts import ReceiptVerifier
from gateway.register_service.tables import SiteTables
from gateway.stopping import stop_when_ended
from gateway.transport.server import HealthSwitch
from gateway.transport.tls import TlsFiles
from gateway.transport.waiting_room import WaitingRoom

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.config import Settings

_THREADS = 16
_CALLS_OF_ONE = 64
"""So many calls of one connection are open at once; more wait at the caller's side."""
_HEALTH_SECONDS = 2.0
_MIB = 1024 * 1024
_LEAVING_SHARE = 0.8
"""Of the drain: what runs then is broken off, so that its caller is still told why."""


class Addresses(NamedTuple):
    """Where the services listen; `subject` is empty where it is not served."""

    authorities: str
    subject: str


def _print(addresses: Addresses) -> None:
    parties = f", parties on {addresses.subject} (TLS)" if addresses.subject else ""
    sys.stdout.write(
        f"jointgate register answers authorities on {addresses.authorities} "
        f"(TLS with client certificates){parties}\n"
    )
    sys.stdout.flush()


def serve(settings: Settings, announce: Callable[[Addresses], None] = _print) -> None:
    """Serve until SIGTERM or SIGINT; returns after a clean drain.

    Args:
        settings: the site.
        announce: called once both servers answer.

    Raises:
        CommandError: a file of the site is missing or wrong, or an address cannot be bound.
        RegisterError: the register cannot be opened.
    """
    stopping = threading.Event()
    stop_when_ended(stopping)
    with ExitStack() as stack:
        register = stack.enter_context(Register.open(settings.database_url, None))
        servers = RegisterServers(settings, register)
        stack.callback(servers.stop)
        servers.start()
        announce(servers.addresses)
        while not stopping.wait(_HEALTH_SECONDS):
            servers.show_health()


class RegisterServers:
    """Both servers and the importer behind them."""

    def __init__(self, settings: Settings, register: Register) -> None:
        """Bind both addresses; nothing is answered yet.

        Raises:
            CommandError: a file of the site is missing or wrong, or an address cannot be bound.
        """
        self._register = register
        self._database_url = settings.database_url
        self._drain_seconds = settings.gateway.drain_seconds
        self._health = HealthSwitch((payloads.SERVICE, subject.SERVICE))
        self._rooms: list[WaitingRoom] = []
        tables = SiteTables.read(settings)
        self._importer = Importer(register, shrink_guard=settings.shrink_guard, clock=system_clock)
        tls = TlsFiles(
            certificate=settings.tls / "server.pem",
            key=settings.tls / "server.key",
            authority=settings.tls / "ca.pem",
        )
        # Parties have no certificate: their server asks nobody who it is.
        open_to_all = replace(tls, authority=None)
        register_server = self._server(
            self._register_service(settings, tables), max_bytes=2 * payloads.CHUNK_BYTES
        )
        self._servers = [register_server]
        authorities = _listen(register_server, settings.register.listen, tls.credentials())
        parties = ""
        if settings.register.subject_listen:
            subject_server = self._server(
                _subject_service(settings, register, tables),
                max_bytes=2 * subject.MAX_REQUEST_BYTES,
            )
            self._servers.append(subject_server)
            parties = _listen(
                subject_server, settings.register.subject_listen, open_to_all.credentials()
            )
        self.addresses = Addresses(authorities, parties)

    def start(self) -> None:
        """Answer from now on."""
        for server in self._servers:
            server.start()
        for room in self._rooms:
            room.start()
        self.show_health()

    def show_health(self) -> None:
        """Say whether the register can be read."""
        try:
            self._register.last_change()
        except DatabaseError:
            self._health.show(serving=False)
        else:
            self._health.show(serving=True)

    def stop(self) -> None:
        """Take no new calls, let those in flight finish, and break off what lasts longer than the drain."""
        self._health.leave()
        ended = [server.stop(self._drain_seconds) for server in self._servers]
        until = time.monotonic() + self._drain_seconds * _LEAVING_SHARE
        for one in ended:
            one.wait(max(0.0, until - time.monotonic()))
        # Also an import whose caller has gone, of which no call tells.
        self._importer.break_off()
        end_waiting(self._database_url)
        for one in ended:
            one.wait()
        for room in self._rooms:
            room.stop()
        self._importer.stop()

    def _server(self, handler: grpc.GenericRpcHandler, *, max_bytes: int) -> grpc.Server:
        room = WaitingRoom(_THREADS)
        self._rooms.append(room)
        server = grpc.server(
            room.pool,
            interceptors=[room],
            options=[
                ("grpc.max_concurrent_streams", _CALLS_OF_ONE),
                ("grpc.so_reuseport", 0),
                ("grpc.max_receive_message_length", max_bytes),
                ("grpc.max_metadata_size", 16 * 1024),
                ("grpc.keepalive_time_ms", 30_000),
                ("grpc.keepalive_timeout_ms", 10_000),
                ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
            ],
        )
        server.add_generic_rpc_handlers((handler,))
        self._health.attach(server)
        return server

    def _register_service(self, settings: Settings, tables: SiteTables) -> grpc.GenericRpcHandler:
        known = None if tables.pack is None else tables.lists.keys()
        authorities = read_authorities(settings.authorities, known)
        with self._register.view() as view:
            submitted = view.submitted_names()
        refuse_renamed(authorities, submitted, source=str(settings.authorities))
        return RegisterService(
            register=self._register,
            entrance=Entrance(authorities, system_clock),
            importer=self._importer,
            changer=Changer(self._register, Terms(tables.lists, MainlandCalendar())),
            tables=tables,
            max_bytes=settings.register.submission_mib * _MIB,
            clock=system_clock,
        ).handler()


def _subject_service(
    settings: Settings, register: Register, tables: SiteTables
) -> grpc.GenericRpcHandler:
    return subject.SubjectService(
        register=register,
        pack=tables.pack,
        verifier=ReceiptVerifier(settings.trust_root, settings.repository / "metadata"),
        clock=system_clock,
        attempts_a_day=settings.register.attempts_a_day,
    ).handler()


def _listen(server: grpc.Server, address: str, credentials: grpc.ServerCredentials) -> str:
    """Bind a server; returns the address with the port that it got."""
    try:
        host, _ = split_address(address)
        port = server.add_secure_port(address, credentials)
    except ValueError as error:
        raise CommandError(f"register.listen and register.subject_listen: {error}") from error
    except RuntimeError as error:
        message = (
            f"{address}: cannot listen there; is another service on it, or a certificate damaged?"
        )
        raise CommandError(message) from error
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
