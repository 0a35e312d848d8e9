"""Live trust: the decision keys that are valid now, kept fresh through TUF.

Responsible for: fetching the partner's part of the TUF repository, and caching the keys that it leads to.
Not responsible for: what makes the chain valid (``partner_sdk.evidence``), or opening the connection.

Whom we trust: the pinned root alone.
The gateway that serves the metadata, and the network, can withhold it; they cannot change it, roll it back,
or keep it from expiring.

Rules kept here:

- Keys are used until the TUF timestamp expires or no key's term covers now; then they are fetched again.
- A key that is not known makes the SDK look once more, but not more often than every ten seconds.
- Threads fetch one after the other, and none waits for another's fetching beyond its own deadline.
- The instant of refusal is decided by this process's clock, not by the gateway's.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import grpc
from google.protobuf.message import DecodeError
from tuf.api.exceptions import (
    DownloadError,
    DownloadHTTPError,
    ExpiredMetadataError,
    RepositoryError,
)
from tuf.api.metadata import Metadata, Root, Timestamp
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from jointgate.trust.v1 import trust_pb2 as pb
from partner_sdk.errors import (
    ConfigurationError,
    DeadlineError,
    GatewayUnreachableError,
    NotAnsweredError,
    QuestionRefusedError,
    TrustChainError,
    TrustStaleError,
)
from partner_sdk.evidence import (
    KEYS_PATH,
    MAX_FILE_BYTES,
    MAX_ROOTS,
    Evidence,
    VerifiedEvidence,
    verify_evidence,
)
from partner_sdk.refusals import error_of_call
from partner_sdk.trust_store import TrustStore, no_turn

FORCED_REFRESH_INTERVAL = timedelta(seconds=10)
"""How long after looking for an unknown key the SDK does not look again."""

_METADATA_URL = re.compile(r"metadata/(?:(?P<version>[0-9]+)\.)?(?P<role>[a-z-]+)\.json", re.ASCII)
_TARGETS_PREFIX = "targets/"
_TRIES = 3
"""So often files are fetched that the gateway replaces meanwhile."""
_SERVICE = "/jointgate.trust.v1.TrustService/"


@dataclass(frozen=True, slots=True)
class Trust:
    """Verified keys, and how long they may be used without looking again.

    Attributes:
        chain: the chain that leads to the keys.
        fresh_until: when the TUF timestamp expires, aware UTC.
    """

    chain: VerifiedEvidence
    fresh_until: datetime

    def is_usable(self, at: datetime) -> bool:
        """Tell whether answers may be verified with these keys at ``at`` (aware)."""
        return (
            at < self.fresh_until and at < self.chain.expires_at and self.chain.keys.any_covers(at)
        )


class TrustSource:
    """Supplies the trust that is valid now; may be used from several threads."""

    def __init__(
        self,
        channel: grpc.Channel,
        store: TrustStore,
        *,
        pinned_root: bytes,
        clock: Callable[[], datetime],
        address: str = "the gateway's address",
    ) -> None:
        """Fetch over ``channel``, keep in ``store``, derive everything from ``pinned_root``.

        ``address`` is where the channel leads, for messages.
        """
        self._address = address
        self._channel = channel
        self._store = store
        self._pinned_root = pinned_root
        self._clock = clock
        self._guard = threading.Lock()
        self._trust: Trust | None = None
        self._forced_at: datetime | None = None

    def cached(self) -> Trust | None:
        """Return the trust that needs no fetching, if there is one."""
        trust = self._trust
        return trust if trust is not None and trust.is_usable(self._clock()) else None

    def current(self, deadline: float) -> Trust:
        """Return usable trust, fetched before ``deadline`` (monotonic seconds) when none is cached.

        Raises:
            NotAnsweredError: it has expired or cannot be fetched; the subclass says which.
            QuestionRefusedError: the gateway does not serve this partner.
            TrustChainError: what was fetched does not follow from the pinned root.
            ConfigurationError: the trust store cannot be used.
        """
        cached = self.cached()
        if cached is not None:
            return cached
        with self._guarded(deadline):
            return self.cached() or self._fetch(deadline)

    def renewed(self, seen: Trust, deadline: float) -> Trust | None:
        """Return trust newer than ``seen``, or None when it is too soon to look again.

        Raises:
            NotAnsweredError: it has expired or cannot be fetched; the subclass says which.
            QuestionRefusedError: the gateway does not serve this partner.
            TrustChainError: what was fetched does not follow from the pinned root.
            ConfigurationError: the trust store cannot be used.
        """
        with self._guarded(deadline):
            if self._trust is not seen:
                return self._trust
            now = self._clock()
            if (
                self._forced_at is not None
                and timedelta(0) <= now - self._forced_at < FORCED_REFRESH_INTERVAL
            ):
                return None
            return self._fetch(deadline, forced_at=now)

    @contextmanager
    def _guarded(self, deadline: float) -> Iterator[None]:
        if not self._guard.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise no_turn()
        try:
            yield
        finally:
            self._guard.release()

    def _fetch(self, deadline: float, *, forced_at: datetime | None = None) -> Trust:
        """Fetch; ``forced_at`` is noted once it is this call's turn, so that one that had none counts for nothing."""
        seconds = max(0.0, deadline - time.monotonic())
        try:
            with self._store.locked(deadline):
                self._forced_at = forced_at or self._forced_at
                trust = self._update_in_one_piece(deadline)
        except ExpiredMetadataError as error:
            message = (
                "SNAPSHOT_STALE: the published trust metadata has expired with the gateway's lease; "
                "the publisher is late, ask again later"
            )
            raise TrustStaleError(message, reason="SNAPSHOT_STALE") from error
        except DownloadError as error:
            raise _explain(error, self._address, seconds) from error
        except RepositoryError as error:
            message = f"the trust metadata does not follow from the pinned root: {error}"
            raise TrustChainError(message) from error
        if not trust.is_usable(self._clock()):
            message = (
                "SNAPSHOT_STALE: the published trust metadata or every decision key has expired; "
                "ask again later"
            )
            raise TrustStaleError(message, reason="SNAPSHOT_STALE")
        self._trust = trust
        return trust

    def _update_in_one_piece(self, deadline: float) -> Trust:
        """Fetch again what is gone: a gateway has the files of its newest publication only, and that changes."""
        for _ in range(_TRIES - 1):
            try:
                return self._update(TrustFetcher(self._channel, deadline))
            except DownloadHTTPError:
                continue
        return self._update(TrustFetcher(self._channel, deadline))

    def _update(self, fetcher: "TrustFetcher") -> Trust:
        updater = Updater(
            metadata_dir=str(self._store.metadata),
            metadata_base_url="metadata/",
            target_dir=str(self._store.targets),
            target_base_url=_TARGETS_PREFIX,
            fetcher=fetcher,
            config=UpdaterConfig(
                max_root_rotations=MAX_ROOTS,
                root_max_length=MAX_FILE_BYTES,
                targets_max_length=MAX_FILE_BYTES,
            ),
            bootstrap=self._pinned_root,
        )
        target = updater.get_targetinfo(KEYS_PATH)
        if target is None:
            problem = f"the trust metadata names no {KEYS_PATH}"
            raise TrustChainError(problem)
        if updater.find_cached_target(target) is None:
            updater.download_target(target)
        chain = verify_evidence(
            self._collect(updater.find_cached_target(target)), self._pinned_root
        )
        timestamp = Metadata[Timestamp].from_bytes(
            (self._store.metadata / "timestamp.json").read_bytes()
        )
        return Trust(chain, timestamp.signed.expires.astimezone(UTC))

    def _collect(self, keys_file: str | None) -> Evidence:
        """Return the files that the updater has just verified."""
        if keys_file is None:
            raise ConfigurationError(
                str(self._store.targets), ["a file vanished while it was used"]
            )
        folder = self._store.metadata
        first = _root_version(self._pinned_root) + 1
        last = _root_version((folder / "root.json").read_bytes())
        return Evidence(
            roots=tuple(
                (folder / "root_history" / f"{version}.root.json").read_bytes()
                for version in range(first, last + 1)
            ),
            targets=(folder / "targets.json").read_bytes(),
            decision_keys=(folder / "decision-keys.json").read_bytes(),
            keys=(self._store.targets / keys_file).read_bytes(),
        )


class _CallError(DownloadError):
    """A call for trust metadata failed; tuf hands it on as it is.

    Attributes:
        problem: what happened, as the error of any call.
    """

    def __init__(self, problem: NotAnsweredError | QuestionRefusedError) -> None:
        super().__init__(str(problem))
        self.problem = problem


def _explain(
    error: DownloadError, address: str, seconds: float
) -> NotAnsweredError | QuestionRefusedError:
    """Return the error for metadata that could not be fetched from ``address`` within ``seconds``."""
    if isinstance(error, DownloadHTTPError):
        message = (
            f"the gateway at {address} has no trust metadata yet; check that its publisher has published, "
            "then ask again"
        )
        return TrustStaleError(message)
    if not isinstance(error, _CallError):
        return TrustStaleError(f"the trust metadata of {address} could not be fetched: {error}")
    problem = error.problem
    if isinstance(problem, GatewayUnreachableError):
        message = (
            f"could not connect to {address}; check that a gateway runs there, the network and the "
            "certificates, then ask again"
        )
        return GatewayUnreachableError(message, reason=problem.reason)
    if isinstance(problem, DeadlineError):
        message = (
            f"no answer within {round(seconds, 1):g} s from {address}; ask again or allow more time"
        )
        return DeadlineError(message, reason=problem.reason)
    return problem


class TrustFetcher(FetcherInterface):
    """Fetches TUF files over the gateway's ``TrustService``, all before one deadline."""

    def __init__(self, channel: grpc.Channel, deadline: float) -> None:
        """Use ``channel`` until ``deadline`` (monotonic seconds)."""
        self._get_metadata: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            f"{_SERVICE}GetMetadata"
        )
        self._get_target: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            f"{_SERVICE}GetTarget"
        )
        self._deadline = deadline

    def _fetch(self, url: str) -> Iterator[bytes]:
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            message = "no time was left to fetch trust metadata"
            raise _CallError(DeadlineError(message))
        try:
            return iter((self._call(url, remaining),))
        except grpc.RpcError as failure:
            if failure.code() is grpc.StatusCode.NOT_FOUND:
                problem = f"{url} does not exist"
                raise DownloadHTTPError(problem, 404) from None
            raise _CallError(error_of_call(failure)) from None
        except DecodeError:
            problem = f"{url} came in an unreadable message"
            raise DownloadError(problem) from None

    def _call(self, url: str, timeout: float) -> bytes:
        if url.startswith(_TARGETS_PREFIX):
            target = pb.GetTargetRequest(path=url.removeprefix(_TARGETS_PREFIX))
            return pb.GetTargetResponse.FromString(
                self._get_target(target.SerializeToString(), timeout=timeout)
            ).content
        named = _METADATA_URL.fullmatch(url)
        if named is None:
            problem = f"{url} is no metadata file"
            raise DownloadError(problem)
        metadata = pb.GetMetadataRequest(role=named["role"], version=int(named["version"] or 0))
        return pb.GetMetadataResponse.FromString(
            self._get_metadata(metadata.SerializeToString(), timeout=timeout)
        ).content


def _root_version(content: bytes) -> int:
    return Metadata[Root].from_bytes(content).signed.version
