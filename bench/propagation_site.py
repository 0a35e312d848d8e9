"""What the propagation benchmark runs: a register, one publisher, several gateways, and an importer of feeds.

Responsible for: folders, processes, the register's changes in a process of their own, feeds.
Not responsible for: asking and counting (``propagation``).

The gateways are as docs/operations.md describes them: each has the keys of a gateway, a store of its own, and follows
the publisher's Redis. They run on one machine here, so that one clock tells when something was committed and seen.
"""

import json
import multiprocessing
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from gateway.clock import system_clock
from gateway.config import Settings, load_settings
from gateway.embedded_redis import socket_path
from gateway.packs import site_pack
from gateway.register.endings import EndKind
from gateway.register.feeds.opening import FeedFormat, FeedSource, open_feed
from gateway.register.feeds.synthetic import LISTS, SyntheticFeed
from gateway.register.imports import ImportOptions
from gateway.register.lifecycle import Mandate
from gateway.register.register import Register
from gateway.site import SitePlan, create_site
from partner_sdk.connection import open_channel
from partner_sdk.identity import load_identity
from sanctions_matrix.listing import Exemption, Window
from sanctions_matrix.synthetic import foreign_residence_number
from tests.integration.child import Child, group_members
from tests.integration.live_site import health_over
from tests.integration.redis_server import free_port
from tests.integration.waiting import eventually

KINDS = ("release", "stay", "exempt")
PARTNER = "portal"
_LIST = LISTS[0]
_AUTHORITY = "Synthetic Court of the benchmark"
_START_SECONDS = 900.0
_spawn = multiprocessing.get_context("spawn")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one listing, as the register's process made it; instants of the machine's monotonic clock.

    Attributes:
        asked_at: when it was asked for, seconds.
        committed_at: when the register had committed it, seconds.
    """

    asked_at: float
    committed_at: float


def make_site(folder: Path, listings: int) -> None:
    """Make a site with a synthetic population; nothing is published yet."""
    create_site(folder, SitePlan("cn-joint-discipline", "127.0.0.1:0"), now=system_clock())
    path = folder / "population.jsonl"
    with path.open("wb") as stream:
        SyntheticFeed(listings, seed=1).write(stream)
    settings = settings_of(folder)
    with register_of(settings) as register:
        _import(register, settings, path)
    path.unlink()


def settings_of(folder: Path) -> Settings:
    """Return the settings of the site in ``folder``, whatever the environment says."""
    return load_settings(folder / "jointgate.toml", environ={})


def register_of(settings: Settings) -> Register:
    """Open the site's register."""
    return Register.open(settings.database_url, site_pack(settings))


def _import(register: Register, settings: Settings, path: Path) -> int:
    definition = site_pack(settings).lists[_LIST]
    with open_feed(FeedSource(path, FeedFormat.JSONL, _LIST)) as feed:
        options = ImportOptions(actor="benchmark")
        report = register.import_feed(
            feed, definition=definition, at=system_clock(), options=options
        )
    return report.admitted


class Running:
    """A site whose publisher and gateways run; everything ends with ``close``."""

    def __init__(self, folder: Path, gateways: int, gateways_in: Path) -> None:
        """Start the publisher, then ``gateways`` gateways in ``gateways_in``, and wait until all answer."""
        self.folder = folder
        self._gateways_in = gateways_in
        self.settings = settings_of(folder)
        self.logs = folder / "bench-logs"
        self.logs.mkdir(exist_ok=True)
        self.groups: dict[str, int] = {}
        self.identities: dict[str, Path] = {}
        self._stack = ExitStack()
        try:
            self._start_publisher()
            for number in range(1, gateways + 1):
                self._start_gateway(f"gateway-{number}")
            for name, identity in self.identities.items():
                waits = partial(_is_serving, identity)
                eventually(waits, f"{name} answers", seconds=_START_SECONDS)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End what was started, the gateways first."""
        self._stack.close()

    def _start_publisher(self) -> None:
        child = self._spawn("publisher", self.folder, "publish", "--watch", "--json")
        eventually(
            lambda: child.output().startswith("{") or not child.is_running,
            "the publisher publishes",
            seconds=_START_SECONDS,
        )
        if not child.is_running:
            raise SystemExit(child.output())

    def _start_gateway(self, name: str) -> None:
        folder = self._gateways_in / name
        port = free_port()
        _write_gateway(folder, self.settings, port)
        self.identities[name] = folder / "partners" / PARTNER / "identity.toml"
        self._spawn(name, folder, "serve")

    def _spawn(self, name: str, folder: Path, *arguments: str) -> Child:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("JOINTGATE_")}
        child = Child(
            [sys.executable, "-m", "gateway", *arguments],
            environment={**kept, "JOINTGATE_CONFIG": str(folder)},
            log=self.logs / f"{name}.log",
        )
        self._stack.callback(child.end)
        self.groups[name] = child.pid
        return child

    def cpu_seconds(self) -> dict[str, float]:
        """Return the CPU time that the living processes of each part have taken so far."""
        return {name: sum(map(_cpu, group_members(pid))) for name, pid in self.groups.items()}


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _is_serving(identity: Path) -> bool:
    with open_channel(load_identity(identity)) as channel:
        return health_over(channel) == "SERVING"


def _write_gateway(folder: Path, settings: Settings, port: int) -> None:
    """Write the folder of a gateway: what docs/operations.md says it needs, and settings of its own."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    keys = folder / "keys"
    keys.mkdir(mode=0o700)
    for name in ("decision.pem", "decision.public.pem", "pseudonym.key"):
        shutil.copy2(settings.keys / name, keys / name)
    for name in ("tls", "trust", "partners"):
        shutil.copytree(settings.root / name, folder / name, ignore=shutil.ignore_patterns("store"))
    for file in settings.root.glob("*.toml"):
        shutil.copy2(file, folder / file.name)
    for file in settings.root.glob("confirmed-*"):
        shutil.copy2(file, folder / file.name)
    redis_url = settings.redis.url or f"unix://{socket_path(settings.root / 'redis')}"
    (folder / "jointgate.toml").write_text(
        f'pack = "{settings.pack}"\nissuer = "{settings.issuer}"\n'
        f'[register]\ndatabase_url = "{settings.database_url}"\n'
        f'[redis]\nurl = "{redis_url}"\n'
        f'[gateway]\nlisten = "127.0.0.1:{port}"\nworkers = 1\n',
        encoding="utf-8",
    )
    identity = folder / "partners" / PARTNER / "identity.toml"
    text = identity.read_text(encoding="utf-8").splitlines()
    lines = [
        f'gateway = "127.0.0.1:{port}"' if one.startswith("gateway =") else one for one in text
    ]
    identity.write_text("\n".join(lines) + "\n", encoding="utf-8")


# --- the register's changes, in a process of their own ---------------------------------------------


@contextmanager
def changing(folder: Path) -> Iterator[Callable[[str, str], Change]]:
    """Yield how a listing is changed: by kind and reference, in another process that has the register open."""
    ours, theirs = _spawn.Pipe()
    process = _spawn.Process(target=_change_until_told, args=(folder, theirs))
    process.start()
    ours.recv()

    def change(kind: str, reference: str) -> Change:
        ours.send((kind, reference))
        return Change(*ours.recv())

    try:
        yield change
    finally:
        ours.send(None)
        process.join()


def _change_until_told(folder: Path, pipe: Connection) -> None:
    with register_of(settings_of(folder)) as register:
        pipe.send("ready")
        while (order := pipe.recv()) is not None:
            kind, reference = order
            mandate = Mandate("(2026) Benchmark No. 1", system_clock(), "benchmark")
            measures = register.show(reference).listing.measures
            asked_at = time.monotonic()
            if kind == "release":
                register.release(reference, reason=EndKind.PERFORMED, mandate=mandate)
            elif kind == "stay":
                register.stay(reference, mandate=mandate)
            else:
                window = Window(mandate.at, mandate.at + timedelta(days=10))
                register.exempt(reference, Exemption(measures, window), mandate=mandate)
            pipe.send((asked_at, time.monotonic()))


# --- feeds, in a process of their own ---------------------------------------------------------------


@contextmanager
def importing(folder: Path, rows: int, changed_share: float) -> Iterator[dict[str, int]]:
    """Import feeds of ``rows`` rows back to back while inside; yields what was done, known on leaving.

    The first feed holds new listings only. Of each later one ``changed_share`` are rows of the first, with another
    beginning; the rest are new listings.
    """
    done: dict[str, int] = {}
    if not rows:
        yield done
        return
    ours, theirs = _spawn.Pipe(duplex=False)
    stopping = _spawn.Event()
    arguments = (folder, rows, round(rows * changed_share), stopping, theirs)
    process = _spawn.Process(target=_import_until, args=arguments)
    process.start()
    try:
        ours.recv()
        yield done
    finally:
        stopping.set()
        done.update(ours.recv())
        process.join()


def _import_until(folder: Path, rows: int, changed: int, stopping: Event, pipe: Connection) -> None:
    settings, feeds, admitted = settings_of(folder), 0, 0
    path = folder / "bench-logs" / "feed.jsonl"
    begun = int(time.time())
    with register_of(settings) as register:
        while not stopping.is_set():
            again = _rows(begun, range(changed), begins_after=30 + feeds % 30) if feeds else []
            new = _rows(begun + feeds, range(len(again), rows), begins_after=30)
            _write_feed(path, [*again, *new], sequence=begun + feeds)
            admitted += _import(register, settings, path)
            feeds += 1
            if feeds == 1:
                pipe.send("ready")
    path.unlink()
    pipe.send({"feeds": feeds, "rows": admitted})


def _write_feed(path: Path, rows: list[Row], *, sequence: int) -> None:
    header = {
        "jointgate_feed": 1,
        "list": _LIST,
        "authority": _AUTHORITY,
        "sequence": sequence,
        "mode": "changes",
        "records": len(rows),
    }
    with path.open("w", encoding="utf-8") as stream:
        for line in (header, *rows, {"end": len(rows)}):
            print(json.dumps(line), file=stream)


def _rows(sequence: int, numbers: range, *, begins_after: int) -> list[Row]:
    """Return rows of a feed whose parties no other feed names; they have documents of a type of their own."""
    first = sequence * 20_011 % 100_000_000
    return [
        _row(f"B-{sequence}-{number}", first + number, timedelta(days=begins_after))
        for number in numbers
    ]


def _row(record: str, serial: int, begins_after: timedelta) -> Row:
    day = date(2026, 1, 5)
    return {
        "record": record,
        "party": {
            "kind": "natural-person",
            "documents": [{"type": "cn-frp", "number": foreign_residence_number(serial)}],
        },
        "ruling": {
            "number": f"(2026) Benchmark No. {serial}",
            "authority": "Synthetic People's Court of the benchmark",
            "dated": day.isoformat(),
            "effective": True,
        },
        "ground": "not-performed",
        "notice": {"served_on": day.isoformat()},
        "starts_at": f"{day + begins_after}T00:00:00+08:00",
        "ends_at": None,
        "contest": {
            "body": "Synthetic People's Court of the benchmark",
            "address": "1 Example Road",
            "deadline": "15 days from service",
        },
    }
