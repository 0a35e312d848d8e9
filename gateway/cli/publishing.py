"""``jointgate publish``: compile, sign, push; once, or for as long as it runs.

Rule kept here: what watches outlives whoever reads what it prints; a gateway falls silent without a publisher.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import sys
import threading
from typing import TYPE_CHECKING

from gateway.cli.complaint import complain

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.publishing import PublishingSite
    from gateway.snapshot.publication import Publication

_EPILOG = """\
examples:
  jointgate publish              what changed, once
  jointgate publish --full       everything, once
  jointgate publish --watch      every change at once, and the lease kept alive, until SIGTERM

Gateways stop answering when the lease ends (publisher.lease_seconds); only --watch renews it.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``publish``."""
    parser = commands.add_parser(
        "publish",
        help="compile, sign and push what is listed",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--full", action="store_true", help="publish a full snapshot, whatever changed"
    )
    parser.add_argument(
        "--watch", action="store_true", help="go on publishing and renewing the lease"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, one object a publication")
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Publish; returns 0."""
    from gateway.config import load_settings
    from gateway.embedded_redis import redis_server
    from gateway.errors import RepositoryUnreachableError
    from gateway.publishing import publishing_site
    from gateway.register.errors import DatabaseError

    printed = _Printed(as_json=arguments.json)
    tell = printed.told_if_possible if arguments.watch else printed.told
    settings = load_settings(arguments.config)
    with (
        redis_server(settings.redis.url, settings.root / "redis") as url,
        publishing_site(settings, url) as site,
    ):
        try:
            _publish(site, tell, full=arguments.full)
        except RepositoryUnreachableError:
            if not arguments.watch:
                raise  # it is committed; the watch pushes it as soon as Redis is there
        except DatabaseError:
            if not arguments.watch or arguments.full:
                raise  # the watch, which tries again, publishes everything only where it must
        if arguments.watch:
            _watch(site, tell)
    return 0


def _publish(site: PublishingSite, tell: Callable[[Publication], None], *, full: bool) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    shown = console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=not shown) as progress:
        total = site.register.count().documents if shown else None
        task = progress.add_task("documents compiled", total=total)
        for publication in site.publish(
            full=full, progress=lambda count: progress.update(task, completed=count)
        ):
            tell(publication)


def _watch(site: PublishingSite, tell: Callable[[Publication], None]) -> None:
    from gateway.embedded_redis import revive
    from gateway.errors import CommandError
    from gateway.stopping import stop_when_ended

    stopping = threading.Event()
    stop_when_ended(stopping)
    troubles: set[str] = set()

    def published(publication: Publication) -> None:
        if publication.kind != "lease" or troubles:
            tell(publication)
        troubles.clear()

    def trouble(text: str) -> None:
        if text not in troubles:
            complain(text)
        troubles.add(text)
        if not site.settings.redis.url:
            with contextlib.suppress(CommandError):  # the next attempt says so again
                revive(site.settings.root / "redis")

    site.watch(stopping, published, trouble)


class _Printed:
    """What is said of publications on standard output."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._is_lost = False

    def told(self, publication: Publication) -> None:
        """Print one; raises OSError when that cannot be written."""
        sys.stdout.write(self._line(publication) + "\n")
        sys.stdout.flush()

    def told_if_possible(self, publication: Publication) -> None:
        """Print one; that nobody reads it, or that the disk of the log is full, is said once, until it can be again."""
        try:
            self.told(publication)
        except OSError as error:
            if not self._is_lost:
                complain(f"publications cannot be told ({error.strerror}); publishing goes on")
            self._is_lost = True
        else:
            self._is_lost = False

    def _line(self, publication: Publication) -> str:
        if not self._as_json:
            return _in_words(publication)
        until = publication.lease_until.isoformat()
        return json.dumps({**dataclasses.asdict(publication), "lease_until": until})


def _in_words(publication: Publication) -> str:
    lease = f"lease until {publication.lease_until:%H:%M:%S} UTC"
    if publication.kind == "lease":
        return f"snapshot {publication.number}: nothing changed, {lease}"
    what = "full for new gateways" if publication.kind == "base" else publication.kind
    size = publication.content_bytes / 1e6
    return (
        f"snapshot {publication.number}: {what}, {publication.changed:,} records in {publication.parts} "
        f"parts ({size:,.2f} MB), {publication.entries:,} documents listed, {lease}"
    )
