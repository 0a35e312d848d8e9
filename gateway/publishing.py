"""Putting a publisher together from the settings, and keeping it running.

Responsible for: the composition of register, compiler, repository and distribution; the loop of ``publish --watch``.
Not responsible for: what a publication is (``gateway.snapshot.publisher``).
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from securesystemslib.signer import CryptoSigner, SSlibKey

from gateway.clock import system_clock
from gateway.config import Settings
from gateway.confirmation import refuse_unconfirmed
from gateway.errors import CommandError, RepositoryUnreachableError
from gateway.keys import DECISION_SCHEME, parse_decision_key, read_secret, read_signer
from gateway.mainland_calendar import MainlandCalendar
from gateway.packs import site_pack
from gateway.register.deadlines import Terms
from gateway.register.errors import DatabaseError
from gateway.register.register import Register
from gateway.snapshot.compilation import Compiler
from gateway.snapshot.distribution import RedisDistribution
from gateway.snapshot.pseudonyms import Pseudonymiser
from gateway.snapshot.publication import Publication, PublisherPolicy, publisher_lock
from gateway.snapshot.publisher import Publisher
from gateway.snapshot.records import RecordFormat
from gateway.snapshot.repository import ONLINE_ROLES, Repository
from gateway.snapshot.store import open_store
from sanctions_matrix.evaluation import compile_matrix

_POLL_SECONDS = 0.02
"""How often the register is asked whether something changed; that costs it a fraction of a millisecond."""
_LONGEST_REST_SECONDS = 1.0
_RETRY_SECONDS = 1.0
_SWEEP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class PublishingSite:
    """An open publisher with its distribution and register.

    Attributes:
        publisher: compiles and commits.
        repository: what is committed.
        distribution: where it is pushed to.
        register: what is published.
        settings: the site's.
        sweeps: what ``watch`` does once a minute in a thread of its own, because it is due without anybody asking.
    """

    publisher: Publisher
    repository: Repository
    distribution: RedisDistribution
    register: Register
    settings: Settings
    sweeps: tuple[Callable[[], object], ...] = ()

    def publish(
        self, *, full: bool = False, progress: Callable[[int], None] | None = None
    ) -> Iterator[Publication]:
        """Publish what changed, in steps, and push each to Redis; with ``full`` everything, over whatever Redis holds.

        Raises:
            RepositoryUnreachableError: it is committed, but Redis does not take it; publishing again pushes it.
            TablesLackError: a listing stands on a list, or names a measure, that the pack does not have;
                nothing of its step is published.
        """
        for publication in self.publisher.publish(full=full, progress=progress):
            replace = full and publication.kind == "full"
            self.distribution.push(self.repository.files(), replace=replace)
            yield publication

    def watch(
        self,
        stopping: threading.Event,
        published: Callable[[Publication], None],
        trouble: Callable[[str], None],
    ) -> None:
        """Publish every change of the register at once and renew the lease in time, until ``stopping`` is set.

        A Redis or a database that fails is told to ``trouble`` and tried again, within a second.
        While the register cannot be read the lease is not renewed: a gateway that falls silent restricts nobody on
        listings that may have ended.

        Raises:
            TablesLackError: a listing stands on a list, or names a measure, that the pack does not have.
                The lease is not renewed either: behind such a listing a release would wait.
        """
        renew_seconds = self.settings.publisher.lease_seconds / 3
        retry_seconds = min(_RETRY_SECONDS, renew_seconds)
        change, covered, due = -1, -1, 0.0
        with self._sweeping(trouble) as look_after_sweeps:
            while not stopping.is_set():
                look_after_sweeps()
                try:
                    change = self.register.last_change()
                    if change != covered or time.monotonic() >= due:
                        covered = self._publish_until(stopping, published)
                        due = time.monotonic() + renew_seconds
                except RepositoryUnreachableError as error:
                    trouble(f"{error}; trying again until it does")
                    covered, due = change, time.monotonic() + retry_seconds
                except DatabaseError as error:
                    trouble(f"{error}; trying again until it answers")
                    stopping.wait(retry_seconds)
                stopping.wait(_POLL_SECONDS)

    def _publish_until(
        self, stopping: threading.Event, published: Callable[[Publication], None]
    ) -> int:
        """Publish step by step, to the end or until ``stopping`` is set; returns the change number that is covered."""
        covered, began_at = -1, time.monotonic()
        for publication in self.publish():
            published(publication)
            covered = publication.change
            self._rest(stopping, time.monotonic() - began_at)
            if stopping.is_set():
                break
            began_at = time.monotonic()
        return covered

    def _rest(self, stopping: threading.Event, seconds: float) -> None:
        """Leave gateways the time to apply a step, which is about as long as it took; any new change ends the rest.

        A gateway that is several steps behind applies them together, and an ending would wait until it has.
        """
        change = self.register.last_change()
        until = time.monotonic() + min(seconds, _LONGEST_REST_SECONDS)
        while time.monotonic() < until and change == self.register.last_change():
            if stopping.wait(_POLL_SECONDS):
                break

    @contextmanager
    def _sweeping(self, trouble: Callable[[str], None]) -> Iterator[Callable[[], None]]:
        """Run the sweeps once a minute beside the loop, which has to look after them; a failure of one is raised there.

        What a sweep ends is an ending like any other, and the loop finds it as a change of the register.
        A database that fails is told to ``trouble`` and tried again: enforcement stops by itself, swept or not, but
        without a publisher the lease would end for everybody.
        """
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sweep") as aside:
            running: list[Future[object]] = []
            due = 0.0

            def look_after() -> None:
                nonlocal due
                while running and running[0].done():
                    try:
                        running.pop(0).result()
                    except DatabaseError as error:
                        trouble(f"{error}; sweeping again in a minute")
                if not running and time.monotonic() >= due:
                    running.extend(aside.submit(sweep) for sweep in self.sweeps)
                    due = time.monotonic() + _SWEEP_SECONDS

            yield look_after


@contextmanager
def publishing_site(settings: Settings, redis_url: str) -> Iterator[PublishingSite]:
    """Open the site for publishing; one publisher at a time.

    Raises:
        CommandError: another publisher is at work, a key or the repository is missing, or the pack was not confirmed.
    """
    pack = site_pack(settings)
    refuse_unconfirmed(settings.root, pack)
    matrix = compile_matrix(pack)
    with ExitStack() as stack:
        stack.enter_context(publisher_lock(settings.repository, wait=False))
        register = stack.enter_context(Register.open(settings.database_url, pack))
        store = stack.enter_context(
            open_store(settings.published_store, map_bytes=settings.store_bytes)
        )
        repository = Repository(
            settings.repository,
            _signers(settings),
        )
        distribution = RedisDistribution(redis_url, prefix=settings.redis.prefix)
        stack.callback(distribution.close)
        pseudonymiser = Pseudonymiser(read_secret(settings.keys / "pseudonym.key"))
        publisher = Publisher(
            repository=repository,
            store=store,
            open_source=register.view,
            compiler=Compiler(pseudonymiser, RecordFormat(pack, matrix)),
            pack=pack,
            decision_keys={settings.issuer: [_decision_key(settings)]},
            policy=_policy(settings),
            clock=system_clock,
            staged=_ahead(distribution),
        )
        terms = Terms(pack.lists, MainlandCalendar())
        sweeps = (lambda: register.sweep(system_clock(), terms),)
        yield PublishingSite(publisher, repository, distribution, register, settings, sweeps)


def _ahead(distribution: RedisDistribution) -> Callable[[str, Path], None]:
    """Return how a part of a full snapshot is pushed ahead; what could not be is put by the push that names it."""

    def put(path: str, file: Path) -> None:
        with suppress(RepositoryUnreachableError):
            distribution.put_ahead(path, file)

    return put


def _signers(settings: Settings) -> dict[str, CryptoSigner]:
    """Read the online roles' keys, and that of the delegations where it is kept online as well."""
    delegating = ("targets",) if (settings.keys / "targets.pem").exists() else ()
    return {
        role: read_signer(settings.keys / f"{role}.pem") for role in (*ONLINE_ROLES, *delegating)
    }


def _policy(settings: Settings) -> PublisherPolicy:
    return PublisherPolicy(
        lease=settings.lease,
        part_bytes=settings.publisher.part_bytes,
        delta_records=settings.publisher.delta_records,
        decision_key_term=timedelta(hours=settings.publisher.decision_key_hours),
    )


def _decision_key(settings: Settings) -> SSlibKey:
    path = settings.keys / "decision.public.pem"
    try:
        _, key = parse_decision_key(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"{path}: no public decision key ({error}); 'jointgate init' makes one"
        raise CommandError(message) from error
    return SSlibKey.from_crypto(key, scheme=DECISION_SCHEME)
