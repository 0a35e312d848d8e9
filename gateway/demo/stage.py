"""The stage: a site in a temporary folder with everything that runs on it.

Responsible for: building the site, filling its register, starting publisher and gateway, removing all of it.
Not responsible for: what is asked.

Rule kept here: whatever ends the demonstration, no process and no folder of it is left.
"""

import json
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health_pb2

from gateway.clock import system_clock
from gateway.config import Settings, load_settings
from gateway.demo.children import Child, Children
from gateway.demo.interruption import Interruptions
from gateway.demo.population import HANDWRITTEN_LIST, write_by_hand
from gateway.embedded_redis import redis_server
from gateway.errors import CommandError
from gateway.packs import PACK_IDS
from gateway.site import SitePlan, create_site

SEED = 7
_QUARANTINED = 3
_UTC_PLUS_8 = timezone(timedelta(hours=8))
_SERVING_SECONDS = 30.0
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that did not get in: its line in the feed, and the rules it breaks with what to mend."""

    line: int
    broken: tuple[tuple[str, str], ...]


class Stage:
    """An open stage; its methods are called in their order here."""

    def __init__(self, folder: Path, stack: ExitStack, interruptions: Interruptions) -> None:
        """Use ``open_stage`` instead."""
        self.folder = folder
        self._stack = stack
        self._interruptions = interruptions
        self._children = Children(folder, folder / "site" / "jointgate.toml", interruptions)

    @property
    def feed(self) -> Path:
        """The synthetic feed."""
        return self.folder / "synthetic.jsonl"

    def build_site(self) -> Settings:
        """Create the site and start its Redis; return its settings."""
        listen = f"127.0.0.1:{_free_port()}"
        site = self.folder / "site"
        create_site(site, SitePlan(pack=PACK_IDS[0], listen=listen), now=system_clock())
        settings = load_settings(site / "jointgate.toml", environ={})
        with self._interruptions.deferred():
            self._stack.enter_context(redis_server(settings.redis.url, site / "redis"))
            # Behind the server on the stack, hence ended before it: the server's last user is this process.
            self._stack.callback(self._children.close)
        return settings

    def start_gateway(self) -> Child:
        """Start ``jointgate serve``."""
        return self._children.start("serve")

    def draw(self, parties: int) -> int:
        """Run ``jointgate synth`` for so many ``parties``; return the number of rows."""
        day = system_clock().astimezone(_UTC_PLUS_8).date().isoformat()
        options = ["--parties", str(parties), "--seed", str(SEED), "--day", day]
        return int(
            _read(self._children.run("synth", *options, "--out", str(self.feed), "--json"))["rows"]
        )

    def admit(self) -> dict[str, Any]:
        """Run ``jointgate import`` on the synthetic feed; return its report."""
        return _read(
            self._children.run("import", str(self.feed), "--list", "consumption-limited", "--json")
        )

    def admit_by_hand(self) -> tuple[int, list[Refused]]:
        """Run ``jointgate import`` on three rows written by hand; return how many got in, and what did not."""
        feed, refused = self.folder / "by-hand.jsonl", self.folder / "refused.jsonl"
        write_by_hand(feed, today=system_clock().astimezone(_UTC_PLUS_8).date())
        options = ["--list", HANDWRITTEN_LIST, "--report", str(refused), "--json"]
        report = _read(self._children.run("import", str(feed), *options, statuses=(_QUARANTINED,)))
        return int(report["added"]), [
            _refused(line) for line in refused.read_text("utf-8").splitlines()
        ]

    def start_publisher(self) -> tuple[Child, dict[str, Any]]:
        """Start ``jointgate publish --watch``; return it with its first publication."""
        child = self._children.start("publish", "--watch", "--json")
        return child, _read(child.await_line(r".+\n").group())


@contextmanager
def open_stage() -> Iterator[Stage]:
    """Open the stage, and remove everything on it in the end."""
    with Interruptions() as interruptions, ExitStack() as stack:
        try:
            with interruptions.deferred():
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="jointgate-demo-"))
            yield Stage(Path(folder), stack, interruptions)
        finally:
            interruptions.ignore()


def await_serving(settings: Settings, partner: Path) -> None:
    """Wait until the health service says SERVING to the partner whose identity lies in the folder ``partner``.

    Raises:
        CommandError: it does not in time.
    """
    credentials = grpc.ssl_channel_credentials(
        *(partner.joinpath(name).read_bytes() for name in ("ca.pem", "client.key", "client.pem"))
    )
    deadline = time.monotonic() + _SERVING_SECONDS
    with grpc.secure_channel(settings.gateway.listen, credentials) as channel:
        check = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        while not _is_serving(lambda: check(health_pb2.HealthCheckRequest(), timeout=2)):
            if time.monotonic() > deadline:
                message = f"the gateway was not serving within {_SERVING_SECONDS:.0f} s"
                raise CommandError(message)
            time.sleep(_POLL_SECONDS)


def _is_serving(ask: Callable[[], health_pb2.HealthCheckResponse]) -> bool:
    try:
        status = ask().status
    except grpc.RpcError:
        return False
    return bool(status == health_pb2.HealthCheckResponse.SERVING)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _read(text: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(text)
    return content


def _refused(line: str) -> Refused:
    content = _read(line)
    broken = tuple((one["rule"], one["message_en"]) for one in content["messages"])
    return Refused(content["line"], broken)
