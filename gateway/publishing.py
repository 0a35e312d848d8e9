"""Putting a publisher together from the settings, and keeping it running.

Responsible for: the composition of register, compiler, repository and distribution; the loop of ``publish --watch``.
Not responsible for: what a publication is (``gateway.snapshot.publisher``).
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from securesystemslib.signer import CryptoSigner, SSlibKey

from gateway.clock import system_clock
from gateway.config import Settings
from gateway.confirmation import refuse_unconfirmed
from gateway.errors import CommandError, RepositoryUnreachableError
from gateway.keys import DECISION_SCHEME, parse_decision_key, read_secret, read_signer
from gateway.packs import site_pack
from gateway.register.register import Register
from gateway.snapshot.compilation import Compiler
from gateway.snapshot.distribution import RedisDistribution
from gateway.snapshot.pseudonyms import Pseudonymiser
from gateway.snapshot.publisher import Publication, Publisher, PublisherPolicy, publisher_lock
from gateway.snapshot.records import RecordFormat
from gateway.snapshot.repository import ONLINE_ROLES, Repository
from gateway.snapshot.store import open_store
from sanctions_matrix.evaluation import compile_matrix

_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class PublishingSite:
    """An open publisher with its distribution and register."""

    publisher: Publisher
    repository: Repository
    distribution: RedisDistribution
    register: Register
    settings: Settings

    def publish(
        self, *, full: bool = False, progress: Callable[[int], None] | None = None
    ) -> Publication:
        """Publish what changed and push it to Redis; with ``full`` everything, over whatever Redis holds.

        Raises:
            RepositoryUnreachableError: it is committed, but Redis does not take it; publishing again pushes it.
            TablesLackError: a listing stands on a list, or names a measure, that the pack does not have;
                nothing is published.
        """
        publication = self.publisher.publish(full=full, progress=progress)
        self.distribution.push(self.repository.files(), replace=full)
        return publication

    def watch(
        self,
        stopping: threading.Event,
        published: Callable[[Publication], None],
        trouble: Callable[[str], None],
    ) -> None:
        """Publish every change of the register at once and renew the lease in time, until ``stopping`` is set.

        Raises:
            TablesLackError: a listing stands on a list, or names a measure, that the pack does not have.
                The lease is not renewed either: behind such a listing a release would wait, and a gateway that falls
                silent restricts nobody.
        """
        renew_seconds = self.settings.publisher.lease_seconds / 3
        covered, due = -1, 0.0
        while not stopping.is_set():
            change = self.register.last_change()
            if change != covered or time.monotonic() >= due:
                try:
                    published(self.publish())
                    covered, due = change, time.monotonic() + renew_seconds
                except RepositoryUnreachableError as error:
                    trouble(f"{error}; trying again until it does")
                    covered, due = change, time.monotonic() + min(1.0, renew_seconds)
            stopping.wait(_POLL_SECONDS)


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
        )
        distribution = RedisDistribution(redis_url, prefix=settings.redis.prefix)
        stack.callback(distribution.close)
        yield PublishingSite(publisher, repository, distribution, register, settings)


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
        full_after_deltas=settings.publisher.full_after_deltas,
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
