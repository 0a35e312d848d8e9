"""What records cost an answer: two gateways, one that records and one that does not, asked in turn in one run.

Run ``.venv/bin/python -m bench.records`` in the repository's root; ``--rounds`` and ``--questions`` change its length.
Every answer is RESTRICTED, over TLS with client certificates and signed queries, so each leaves a record on the one.
One client asks one question at a time: the latencies are those of a service that is not loaded.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from gateway.register.records import RecordBook
from jointgate.decision.v1 import decision_pb2 as pb
from tests.integration.live_site import LivePlan, LiveSite
from tests.integration.raw_partner import RawPartner, decision_in
from tests.integration.waiting import eventually

_PARTIES = 200
_WARM_UP = 200
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Side:
    """One gateway, and what was measured on it."""

    name: str
    site: LiveSite
    partner: RawPartner
    number: str
    seconds: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    worker_cpu: list[float] = field(default_factory=list)
    recorder_cpu: list[float] = field(default_factory=list)

    def requests(self, count: int) -> list[bytes]:
        """Return signed requests, each to be sent once within a minute."""
        return [self.partner.request(self.partner.query(self.number)) for _ in range(count)]

    def ask(self, request: bytes) -> None:
        """Ask one question and keep how long it took."""
        began = time.perf_counter()
        reply = self.partner.check(request)
        self.seconds.append(time.perf_counter() - began)
        assert reply.code == "OK", f"{reply.code} {reply.reason}"

    def cpu(self) -> tuple[float, float]:
        """Return the processor seconds of the worker and of the recorder so far."""
        (worker,) = self.site.worker_pids()
        recorder = _cpu_of(self.site.recorder_pid()) if self.name == "on" else 0.0
        return _cpu_of(worker), recorder

    def end_round(self, before: tuple[float, float]) -> None:
        """Take the round's figures."""
        worker, recorder = (now - then for now, then in zip(self.cpu(), before, strict=True))
        cuts = statistics.quantiles(self.seconds, n=100)
        self.p50.append(cuts[49])
        self.p99.append(cuts[98])
        self.worker_cpu.append(worker / len(self.seconds))
        self.recorder_cpu.append(recorder / len(self.seconds))
        self.seconds.clear()


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--questions", type=int, default=1_000, help="questions a round and side")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jg")))
        sides = [_side(stack, folder, name) for name in ("off", "on")]
        for side in sides:
            for request in side.requests(_WARM_UP):
                side.ask(request)
            side.seconds.clear()
        for place in range(arguments.rounds):
            _round(sides[:: 1 if place % 2 else -1], arguments.questions)
        _report(*sides)
        expected = _WARM_UP + arguments.rounds * arguments.questions
        _verify(sides[1], expected)


def _side(stack: ExitStack, folder: Path, name: str) -> Side:
    plan = LivePlan(
        gateway={"workers": 1},
        publisher={"lease_seconds": 600},
        records={"enabled": name == "on"},
    )
    site = stack.enter_context(LiveSite(folder / name, plan))
    site.import_synthetic(_PARTIES)
    site.start()
    partner = stack.enter_context(RawPartner(site.identity("portal")))
    number = site.restricted_citizens()[0][0].number
    assert decision_in(partner.ask(number)).outcome == pb.OUTCOME_RESTRICTED
    if name == "on":
        eventually((folder / name / "recording" / "recorder.sock").exists, "it records")
    return Side(name, site, partner, number)


def _round(sides: list[Side], questions: int) -> None:
    """Ask both sides in turn, question by question, so that the machine's moods strike both alike."""
    before = [side.cpu() for side in sides]
    for _ in range(questions // 100):
        pairs = zip(*(side.requests(100) for side in sides), strict=True)
        for requests in pairs:
            for side, request in zip(sides, requests, strict=True):
                side.ask(request)
    for side, then in zip(sides, before, strict=True):
        side.end_round(then)


def _report(off: Side, on: Side) -> None:
    rows = [
        ("p50, ms", off.p50, on.p50, 1e3),
        ("p99, ms", off.p99, on.p99, 1e3),
        ("worker CPU per answer, us", off.worker_cpu, on.worker_cpu, 1e6),
    ]
    print(f"| what | off | on | ratio, median of {len(on.p50)} rounds | spread |")
    print("|---|---|---|---|---|")
    for what, without, with_, scale in rows:
        ratios = sorted(b / a for a, b in zip(without, with_, strict=True))
        print(
            f"| {what} | {statistics.median(without) * scale:.2f} | {statistics.median(with_) * scale:.2f} "
            f"| {statistics.median(ratios):.3f} | {ratios[0]:.2f} to {ratios[-1]:.2f} |"
        )
    print(f"| recorder CPU per answer, us | | {statistics.median(on.recorder_cpu) * 1e6:.2f} | | |")


def _verify(on: Side, expected: int) -> None:
    """A benchmark checks its own answers: every one of them is recorded."""
    with on.site.register() as register:
        reference = next(
            listings[0].reference
            for document, listings in register.all_listings()
            if document.number == on.number
        )
    with RecordBook.open(on.site.settings.database_url) as book:
        eventually(
            lambda: sum(one.answers for one in book.answers(reference)) == expected + 1,
            "every answer is recorded once",
        )
        assert book.gaps() == []
    print(f"\n{expected + 1} answers recorded, none lost")


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


if __name__ == "__main__":
    main()
