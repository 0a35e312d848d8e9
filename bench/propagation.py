"""From a change committed in the register to the first PERMITTED at every gateway, while feeds are imported.

Run from the repository's folder: ``python -m bench.propagation --listings 20000 --changes 60`` makes a site;
``--site DIR`` takes one that is loaded already (its register is changed: use a copy).

How a number is made: one process changes the register and notes when the commit returned. One thread per gateway asks
through the SDK (TLS, signed query, verified answer) every few milliseconds from before the change on; what counts is
when the first PERMITTED had arrived, so that the answer's own way and half a pause between questions are part of it.
A PERMITTED that arrived before the change was asked for is an error, and so is one about a party
whose listing nobody changed; so is a change that does not show within the patience.
Releases, stays and exemptions take turns. Records, TLS and all signatures are on; gateways have one worker each.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from bench.propagation_site import (
    KINDS,
    Change,
    Running,
    changing,
    importing,
    make_site,
    register_of,
    settings_of,
)
from gateway.clock import system_clock
from partner_sdk import Gateway
from partner_sdk.actions import AirTravel
from partner_sdk.documents import Document
from partner_sdk.errors import NotAnsweredError, PartnerError

_PATIENCE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Sample:
    """How long one change took to show at one gateway, milliseconds; None when it did not in time."""

    kind: str
    gateway: str
    milliseconds: float | None


@dataclass
class Tally:
    """What was measured.

    Attributes:
        samples: one per change and gateway.
        errors: what must not happen, by its words.
        commits: how long the register's own call took, milliseconds per change.
    """

    samples: list[Sample] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    commits: list[float] = field(default_factory=list)


class Watcher(threading.Thread):
    """Asks one gateway about one party, until it is permitted or patience ends."""

    def __init__(self, name: str, gateway: Gateway, document: Document, pause: float) -> None:
        """Prepare; ``pause`` is between an answer and the next question, seconds."""
        super().__init__(name=name, daemon=True)
        self._gateway = gateway
        self._document = document
        self._pause = pause
        self._deadline = time.monotonic() + _PATIENCE_SECONDS
        self.first_seen_at: float | None = None
        self.failures: Counter[str] = Counter()

    def run(self) -> None:
        """Ask."""
        while time.monotonic() < self._deadline:
            try:
                permitted = self._gateway.may(self._document, AirTravel()).permitted
            except PartnerError as error:
                permitted = False
                self.failures[type(error).__name__] += 1
            if permitted:
                self.first_seen_at = time.monotonic()
                return
            time.sleep(self._pause)


def parties(folder: Path, count: int) -> list[tuple[Document, str]]:
    """Return ``count`` citizens, with references, whom one listing keeps from flying now."""
    settings, now, found = settings_of(folder), system_clock(), []
    with register_of(settings) as register, register.view() as view:
        for document, listings in view.all_listings():
            (one, *others) = listings
            if document.type == "cn-ric" and not others and one.window.contains(now):
                if not one.stays and not one.exemptions:
                    found.append((Document(document.type, document.number), one.reference))
                if len(found) == count:
                    return found
    sys.exit(f"the register has only {len(found)} citizens to change; give fewer --changes")


def measure(arguments: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Run the benchmark on the site in ``folder``."""
    chosen = parties(folder, arguments.changes + 1)
    witness, changed = chosen[0][0], chosen[1:]
    tally = Tally()
    with ExitStack() as stack:
        above = stack.enter_context(
            tempfile.TemporaryDirectory(dir=arguments.gateways_in or folder)
        )
        running = stack.enter_context(closing(Running(folder, arguments.gateways, Path(above))))
        gateways = {
            name: stack.enter_context(Gateway.connect(identity=path, timeout_seconds=10))
            for name, path in running.identities.items()
        }
        change = stack.enter_context(changing(folder))
        imported = stack.enter_context(
            importing(folder, arguments.feed_rows, arguments.changed_share)
        )
        began, cpu = time.monotonic(), running.cpu_seconds()
        for number, (document, reference) in enumerate(changed):
            kind = KINDS[number % len(KINDS)]
            watchers = [
                Watcher(name, gateway, document, arguments.pause_ms / 1000)
                for name, gateway in gateways.items()
            ]
            for watcher in watchers:
                watcher.start()
            time.sleep(0.1)
            made = change(kind, reference)
            for watcher in watchers:
                watcher.join()
                _count(tally, kind, watcher, made)
            _look_at(witness, gateways, tally)
        seconds = time.monotonic() - began
        spent = {name: round(now - cpu[name], 1) for name, now in running.cpu_seconds().items()}
    return {
        **_circumstances(arguments),
        "seconds": round(seconds, 1),
        "imported": imported,
        "cpu_seconds": spent,
        "register_call_ms": _figures(tally.commits),
        "results_ms": dict(_results(tally)),
        "errors": dict(tally.errors),
    }


def _count(tally: Tally, kind: str, watcher: Watcher, made: Change) -> None:
    if watcher.name == "gateway-1":
        tally.commits.append(1000 * (made.committed_at - made.asked_at))
    for name, times in watcher.failures.items():
        tally.errors[f"no answer: {name}"] += times
    if watcher.first_seen_at is None:
        tally.errors["a change did not show"] += 1
        tally.samples.append(Sample(kind, watcher.name, None))
        return
    if watcher.first_seen_at < made.asked_at:
        tally.errors["PERMITTED before the change"] += 1
    elapsed = 1000 * (watcher.first_seen_at - made.committed_at)
    tally.samples.append(Sample(kind, watcher.name, elapsed))


def _look_at(witness: Document, gateways: dict[str, Gateway], tally: Tally) -> None:
    for gateway in gateways.values():
        try:
            if gateway.may(witness, AirTravel()).permitted:
                tally.errors["PERMITTED to somebody who is listed"] += 1
        except NotAnsweredError as error:
            tally.errors[f"no answer: {type(error).__name__}"] += 1


def _results(tally: Tally) -> Iterator[tuple[str, dict[str, float]]]:
    for title, samples in _groups(tally.samples):
        yield (
            title,
            _figures([one.milliseconds for one in samples if one.milliseconds is not None]),
        )


def _groups(samples: list[Sample]) -> Iterator[tuple[str, list[Sample]]]:
    yield "all", samples
    for kind in KINDS:
        yield kind, [one for one in samples if one.kind == kind]
    for name in sorted({one.gateway for one in samples}):
        yield name, [one for one in samples if one.gateway == name]


def _figures(milliseconds: list[float]) -> dict[str, float]:
    if not milliseconds:
        return {"count": 0}
    ordered = sorted(milliseconds)
    place = -(-99 * len(ordered) // 100) - 1  # the smallest value that 99 in 100 do not exceed
    return {
        "count": len(ordered),
        "median": round(ordered[len(ordered) // 2], 1),
        "p99": round(ordered[place], 1),
        "worst": round(ordered[-1], 1),
    }


def _circumstances(arguments: argparse.Namespace) -> dict[str, object]:
    git = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 - whichever git there is
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "command": f"python -m bench.propagation {' '.join(sys.argv[1:])}",
        "commit": git.stdout.strip() or "unknown",
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}",
        "python": platform.python_version(),
        "gateways": arguments.gateways,
        "changes": arguments.changes,
        "feed_rows": arguments.feed_rows,
        "changed_share": arguments.changed_share,
        "gateways_in": "the site" if arguments.gateways_in is None else str(arguments.gateways_in),
        "pause_ms": arguments.pause_ms,
    }


def _print(report: dict[str, object]) -> None:
    results = report.pop("results_ms")
    for name, value in report.items():
        print(f"{name:<18} {value}")
    print(f"\n{'ms from commit':<18} {'count':>6} {'median':>8} {'p99':>8} {'worst':>8}")
    assert isinstance(results, dict)
    for title, figures in results.items():
        row = [figures.get(name, "-") for name in ("count", "median", "p99", "worst")]
        print(f"{title:<18} {row[0]:>6} {row[1]:>8} {row[2]:>8} {row[3]:>8}")


def _end(number: int, _frame: object) -> None:
    """Leave as after an error, so that every process that was started ends as well."""
    sys.exit(128 + number)


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.propagation", description=__doc__)
    parser.add_argument("--site", type=Path, help="a loaded site; without it one is made")
    parser.add_argument(
        "--listings", type=int, default=20_000, help="parties of a site that is made"
    )
    parser.add_argument("--changes", type=int, default=60, help="how many listings are changed")
    parser.add_argument("--gateways", type=int, default=3, help="how many gateways follow")
    parser.add_argument(
        "--feed-rows", type=int, default=13_700, help="rows in each feed; 0: no feeds"
    )
    parser.add_argument(
        "--changed-share",
        type=float,
        default=0.0,
        help="of the rows in each feed, those that change a listing of the first one; the rest are new listings",
    )
    parser.add_argument(
        "--gateways-in",
        type=Path,
        metavar="DIR",
        help="where the gateways' stores lie (default: in the site); in /dev/shm they share no disk with the register",
    )
    parser.add_argument("--pause-ms", type=float, default=20.0, help="between two questions")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)  # also in the background, where a shell ignores it
    with tempfile.TemporaryDirectory() as folder:
        site = arguments.site
        if site is None:
            site = Path(folder) / "site"
            make_site(site, arguments.listings)
        report = measure(arguments, site.resolve())
    if arguments.json:
        print(json.dumps(report, indent=2))
    else:
        _print(report)


if __name__ == "__main__":
    main()
