"""The server's parts that need no socket: certificates and health."""

from collections.abc import Sequence
from typing import Any, cast

import grpc
import pytest
from grpc_health.v1 import health_pb2

from gateway.transport import decisions, standing
from gateway.transport.server import HealthSwitch, build_server
from gateway.transport.waiting_room import WaitingRoom
from tests.fakes.fixed_context import context


class RecordingServer:
    """A server that keeps what is added to it."""

    def __init__(self) -> None:
        """Start with nothing added."""
        self.methods: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}

    def add_generic_rpc_handlers(self, _: Sequence[grpc.GenericRpcHandler]) -> None:
        """Ignore the older of the two ways in which generated code adds a service."""

    def add_registered_method_handlers(
        self, service: str, methods: "dict[str, grpc.RpcMethodHandler[Any, Any]]"
    ) -> None:
        """Keep the methods of one service."""
        self.methods |= {f"{service}/{name}": method for name, method in methods.items()}


def shown(switch: HealthSwitch, service: str) -> str:
    """Return what a health check for ``service`` is told."""
    server = RecordingServer()
    switch.attach(cast("grpc.Server", server))
    check = server.methods["grpc.health.v1.Health/Check"].unary_unary
    assert check is not None
    answer = check(health_pb2.HealthCheckRequest(service=service), context())
    return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)


@pytest.mark.parametrize("service", ["", decisions.SERVICE, standing.SERVICE])
def test_health_follows_whether_decisions_are_given(service: str) -> None:
    """A balancer sees SERVING exactly while there are answers, and never before the first."""
    switch = HealthSwitch()
    assert shown(switch, service) == "NOT_SERVING"
    switch.show(serving=True)
    assert shown(switch, service) == "SERVING"
    switch.show(serving=False)
    assert shown(switch, service) == "NOT_SERVING"


class WatchContext:
    """The call of a watcher that stays."""

    def add_callback(self, _: object) -> bool:
        """Take what is to be done at the end, which never comes."""
        return True


def test_a_watcher_is_told_of_changes_only() -> None:
    """However often it is said that all is well, the next that a watcher hears is that it is not."""
    switch = HealthSwitch()
    server = RecordingServer()
    switch.attach(cast("grpc.Server", server))
    # A watcher is answered without a thread: the service is handed what sends.
    watch = cast("Any", server.methods["grpc.health.v1.Health/Watch"].unary_stream)
    heard: list[health_pb2.HealthCheckResponse] = []
    switch.show(serving=True)
    watch(health_pb2.HealthCheckRequest(), WatchContext(), heard.append)
    for serving in (True, True, False):
        switch.show(serving=serving)
    told = [health_pb2.HealthCheckResponse.ServingStatus.Name(one.status) for one in heard]
    assert told == ["SERVING", "NOT_SERVING"]


def test_who_leaves_does_not_come_back() -> None:
    """Once draining, a last health check of the loop does not attract new calls."""
    switch = HealthSwitch()
    switch.leave()
    switch.show(serving=True)
    assert shown(switch, "") == "NOT_SERVING"


@pytest.mark.parametrize("reflection", [False, True])
def test_a_server_is_built(*, reflection: bool) -> None:
    """With and without reflection the server can be put together; it listens nowhere yet."""
    server = build_server(
        [], room=WaitingRoom(1), health_switch=HealthSwitch(), reflection=reflection
    )
    server.stop(None)
