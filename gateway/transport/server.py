"""One gRPC server: limits, health, reflection, the address.

Responsible for: building the server that one worker runs, and its health.
Not responsible for: TLS (``tls``), processes (``worker``, ``gateway.supervisor``) or answers.
"""

from collections.abc import Sequence

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from gateway.errors import CommandError
from gateway.transport import decisions, standing, trust
from gateway.transport.tls import TlsFiles
from gateway.transport.waiting_room import WaitingRoom

MAX_MESSAGE_BYTES = 6 * 1024 * 1024
"""Beyond this the transport refuses a message itself, with RESOURCE_EXHAUSTED and without a reason of ours."""


class HealthSwitch:
    """The standard health service: SERVING exactly while answers are given."""

    def __init__(self, services: Sequence[str] = (decisions.SERVICE, standing.SERVICE)) -> None:
        """Start with NOT_SERVING, for the server as a whole and for ``services``, which need what may be missing."""
        self._names = ("", *services)
        self._servicer = health.HealthServicer()
        self._is_serving: bool | None = None
        self.show(serving=False)

    def attach(self, server: grpc.Server) -> None:
        """Add the service to ``server``."""
        health_pb2_grpc.add_HealthServicer_to_server(self._servicer, server)

    def show(self, *, serving: bool) -> None:
        """Say whether answers are given; who watches is told of changes only."""
        if serving is self._is_serving:
            return
        self._is_serving = serving
        status = (
            health_pb2.HealthCheckResponse.SERVING
            if serving
            else health_pb2.HealthCheckResponse.NOT_SERVING
        )
        for name in self._names:
            self._servicer.set(name, status)

    def leave(self) -> None:
        """Say NOT_SERVING from now on, whatever is shown later."""
        self._servicer.enter_graceful_shutdown()


def build_server(
    handlers: Sequence[grpc.GenericRpcHandler],
    *,
    room: WaitingRoom,
    health_switch: HealthSwitch,
    reflection: bool,
) -> grpc.Server:
    """Return a server that is not started and listens nowhere yet; its requests are waited for in ``room``."""
    server = grpc.server(
        room.pool,
        interceptors=[room],
        options=[
            ("grpc.so_reuseport", 1),
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_metadata_size", 16 * 1024),
            ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
        ],
    )
    server.add_generic_rpc_handlers(tuple(handlers))
    health_switch.attach(server)
    if reflection:
        _reflect(server)
    return server


def _reflect(server: grpc.Server) -> None:
    from grpc_reflection.v1alpha import reflection  # noqa: PLC0415 - loaded only where it is switched on

    ours = (decisions.SERVICE, standing.SERVICE, trust.SERVICE)
    names = (*ours, health.SERVICE_NAME, reflection.SERVICE_NAME)
    reflection.enable_server_reflection(names, server)


def listen(server: grpc.Server, address: str, tls: TlsFiles | None) -> int:
    """Bind ``server`` to ``address``; returns the port.

    Raises:
        CommandError: the address cannot be bound, or a certificate is missing.
    """
    try:
        if tls is None:
            return server.add_insecure_port(address)
        return server.add_secure_port(address, tls.credentials())
    except RuntimeError as error:
        message = (
            f"{address}: cannot listen there; is another service on it, or a certificate damaged?"
        )
        raise CommandError(message) from error
