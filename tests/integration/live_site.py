"""A whole site that runs: Redis, ``jointgate publish --watch`` and ``jointgate serve`` as real processes.

Responsible for: making the site, starting and stopping its parts, finding its processes, reading what they printed.
Not responsible for: asking (``raw_partner``, or the SDK itself) or judging.

The register is opened by the test itself, as any command of the site would open it.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

import grpc
import redis
from grpc_health.v1 import health_pb2

from gateway.clock import system_clock
from gateway.config import Settings, load_settings
from gateway.embedded_redis import socket_path
from gateway.packs import load_pack
from gateway.register.feeds.opening import FeedFormat, FeedSource, open_feed
from gateway.register.feeds.synthetic import LISTS, SyntheticFeed
from gateway.register.imports import ImportReport
from gateway.register.register import Register
from gateway.site import SitePlan, create_site
from gateway.snapshot.store import StoredHeader, open_store
from partner_sdk import Gateway
from partner_sdk.connection import open_channel
from partner_sdk.identity import Identity, load_identity
from sanctions_matrix.documents import Document
from sanctions_matrix.listing import Listing
from tests.integration.child import Child, command_of, name_of, socket_holders
from tests.integration.redis_server import RedisServer, free_port
from tests.integration.waiting import eventually

ASK_SECONDS = 30.0
"""How long a test lets a question take: a busy machine is not a failure."""
HEALTH = "/grpc.health.v1.Health/"
_RUN_SECONDS = 120
_Section = Mapping[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class LivePlan:
    """What a test's site shall be.

    Attributes:
        pack: the policy pack.
        redis: a server that the test keeps; None for the site's embedded one.
        publisher: settings of the section ``publisher``.
        gateway: settings of the section ``gateway``.
        records: settings of the section ``records``.
        register: settings of the section ``register``, beside its ports.
    """

    pack: str = "cn-joint-discipline"
    redis: RedisServer | None = None
    publisher: _Section = field(default_factory=dict)
    gateway: _Section = field(default_factory=dict)
    records: _Section = field(default_factory=dict)
    register: _Section = field(default_factory=dict)


class LiveSite:
    """One site; use it in a ``with`` statement, so that nothing stays."""

    def __init__(self, folder: Path, plan: LivePlan) -> None:
        """Make the site in ``folder``; nothing is started yet."""
        self.folder = folder
        self.plan = plan
        self.port = free_port()
        self.publisher: Child | None = None
        self.gateway: Child | None = None
        self.register_service: Child | None = None
        create_site(
            folder, SitePlan(pack=plan.pack, listen=f"127.0.0.1:{self.port}"), now=system_clock()
        )
        self._write_settings()

    @property
    def settings(self) -> Settings:
        """The site's settings."""
        return load_settings(self.folder / "jointgate.toml", environ={})

    @property
    def logs(self) -> Path:
        """The folder of what the processes printed; beside the site, not in it."""
        folder = self.folder.with_name(f"{self.folder.name}-logs")
        folder.mkdir(exist_ok=True)
        return folder

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop everything."""
        self.close()

    def close(self) -> None:
        """Stop everything, by force where asking does not help."""
        for child in (self.gateway, self.register_service, self.publisher):
            if child is not None:
                child.end()
        embedded = self.embedded_redis_pid()
        if embedded is not None:
            os.kill(embedded, signal.SIGKILL)

    # --- the register -------------------------------------------------------------------------

    @contextmanager
    def register(self) -> Iterator[Register]:
        """Open the site's register."""
        with Register.open(self.settings.database_url, load_pack(self.plan.pack)) as register:
            yield register

    def import_file(
        self,
        path: Path,
        list_id: str,
        *,
        form: FeedFormat = FeedFormat.JSONL,
        day: date | None = None,
    ) -> ImportReport:
        """Import a feed into the register, as ``jointgate import`` does."""
        definition = load_pack(self.plan.pack).lists[list_id]
        source = FeedSource(path, form, list_id, published_on=day)
        with self.register() as register, open_feed(source) as feed:
            return register.import_feed(feed, definition=definition, at=system_clock())

    def import_synthetic(self, parties: int, *, seed: int = 1) -> ImportReport:
        """Import a synthetic population."""
        path = self.logs / f"synthetic-{seed}.jsonl"
        with path.open("wb") as stream:
            SyntheticFeed(parties, seed).write(stream)
        report = self.import_file(path, LISTS[0])
        path.unlink()
        return report

    def restricted_citizens(self) -> list[tuple[Document, Listing]]:
        """Return the citizens whom exactly one listing restricts now, in a fixed order."""
        now = system_clock()
        with self.register() as register:
            return [
                (document, listings[0])
                for document, listings in register.all_listings()
                if document.type == "cn-ric"
                and len(listings) == 1
                and listings[0].window.contains(now)
            ]

    # --- processes ----------------------------------------------------------------------------

    def start(self) -> None:
        """Start publisher and gateway, and wait until every worker answers."""
        self.start_publisher()
        self.start_gateway()

    def start_publisher(self) -> Child:
        """Start ``publish --watch`` and wait for its first publication."""
        self.publisher = publisher = self.spawn("publish", "--watch", name="publisher")
        _first_line(publisher, "snapshot ", "the publisher publishes")
        return publisher

    def start_gateway(self, *, is_serving: bool = True) -> Child:
        """Start ``serve`` and wait until all workers listen, and by default until they answer."""
        self.gateway = gateway = self.spawn("serve", name="gateway")
        _first_line(gateway, "jointgate answers on ", "the gateway listens")
        if is_serving:
            self.await_serving()
        return gateway

    def start_register(self) -> tuple[str, str]:
        """Start ``register serve``; return the addresses for authorities and for parties."""
        self.register_service = register = self.spawn("register", "serve", name="register")
        _first_line(register, "jointgate register answers", "the register's services listen")
        authorities, parties = re.findall(r"127\.0\.0\.1:\d+", register.output())
        return authorities, parties

    def spawn(self, *arguments: str, name: str) -> Child:
        """Start a command of the site that goes on running."""
        return Child(
            [sys.executable, "-m", "gateway", *arguments],
            environment=self.environment(),
            log=self.logs / f"{name}.log",
        )

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the site to its end."""
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "gateway", *arguments],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_RUN_SECONDS,
            check=False,
        )

    def environment(self) -> dict[str, str]:
        """Return the environment of the site's commands."""
        # Compiled modules are kept, wherever the tests run: a command then starts in half the time.
        dropped = ("JOINTGATE_", "PYTHONDONTWRITEBYTECODE")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
        return {**kept, "JOINTGATE_CONFIG": str(self.folder / "jointgate.toml")}

    def await_serving(self) -> None:
        """Wait until decisions are given."""
        eventually(lambda: self.health() == "SERVING", "the gateway's health is SERVING")

    def worker_pids(self) -> set[int]:
        """Return the ids of the processes that listen on the gateway's port."""
        return socket_holders(self._spawned(), port=self.port, listening=True)

    def follower_pid(self) -> int:
        """Return the id of the follower."""
        return self._named("follower")

    def recorder_pid(self) -> int:
        """Return the id of the recorder."""
        return self._named("recorder")

    def _named(self, name: str) -> int:
        (pid,) = (pid for pid in self._spawned() if name_of(pid) == f"jg-{name}")
        return pid

    def _spawned(self) -> list[int]:
        assert self.gateway is not None
        return [pid for pid in self.gateway.others() if "spawn_main" in command_of(pid)]

    def embedded_redis_pid(self) -> int | None:
        """Return the process id of the site's embedded Redis, if it answers."""
        folder = self.folder / "redis"
        if not folder.exists():
            return None
        client = redis.Redis(unix_socket_path=str(socket_path(folder)), socket_timeout=5)
        try:
            return int(client.info("server")["process_id"])
        except redis.RedisError:
            return None
        finally:
            client.close()

    # --- what it shows ------------------------------------------------------------------------

    def identity(self, partner: str) -> Identity:
        """Return a partner's identity as the site made it."""
        return load_identity(self.identity_file(partner))

    def identity_file(self, partner: str) -> Path:
        """Return the path of a partner's identity file."""
        return self.folder / "partners" / partner / "identity.toml"

    def connect(self, partner: str = "portal") -> Gateway:
        """Return the SDK's connection for a partner; close it."""
        return Gateway.connect(identity=self.identity_file(partner), timeout_seconds=ASK_SECONDS)

    def health(self) -> str:
        """Return the gateway's health as its standard service tells it, or how the call failed."""
        with open_channel(self.identity("portal")) as channel:
            return health_over(channel)

    def header(self) -> StoredHeader:
        """Return the header of the gateway's store."""
        settings = self.settings
        with (
            open_store(settings.store, map_bytes=settings.store_bytes, readonly=True) as store,
            store.read() as view,
        ):
            header = view.header()
        assert header is not None
        return header

    def printed(self) -> str:
        """Return everything that the site's processes printed so far."""
        return "".join(file.read_text(errors="replace") for file in sorted(self.logs.iterdir()))

    def _write_settings(self) -> None:
        sections = {"gateway": {"listen": f"127.0.0.1:{self.port}", **self.plan.gateway}}
        ports = {"listen": "127.0.0.1:0", "subject_listen": "127.0.0.1:0"}
        sections["register"] = {**ports, **self.plan.register}
        sections["publisher"] = dict(self.plan.publisher)
        sections["records"] = dict(self.plan.records)
        if self.plan.redis is not None:
            sections["redis"] = {"url": self.plan.redis.url}
        lines = [f'pack = "{self.plan.pack}"', 'issuer = "gateway.local"']
        for name, section in sections.items():
            lines += [
                "",
                f"[{name}]",
                *(f"{key} = {_toml(value)}" for key, value in section.items()),
            ]
        (self.folder / "jointgate.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def health_over(channel: grpc.Channel) -> str:
    """Return the health that a gateway tells over ``channel``, or the status with which the call failed."""
    check: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(HEALTH + "Check")
    try:
        return health_in(check(b"", timeout=10))
    except grpc.RpcError as error:
        return error.code().name


def health_in(reply: bytes) -> str:
    """Return the health in a reply of the standard service."""
    status = health_pb2.HealthCheckResponse.FromString(reply).status
    return health_pb2.HealthCheckResponse.ServingStatus.Name(status)


def _toml(value: str | int | bool) -> str:  # noqa: FBT001 - a value of a setting
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _first_line(child: Child, beginning: str, what: str) -> None:
    """Wait for a line of a process's output, and fail at once when it ended instead."""

    def look() -> bool:
        if any(line.startswith(beginning) for line in child.output().splitlines()):
            return True
        assert child.is_running, f"it ended instead, with status {child.wait()}: {what}"
        return False

    eventually(look, what)
