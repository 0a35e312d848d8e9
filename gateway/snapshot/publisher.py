"""The publisher: compiles what changed, commits it, and keeps the lease alive.

Responsible for: choosing full or delta, the index, the decision keys' delegation, the order of commits.
Not responsible for: distribution (``distribution``) or how long it runs (``gateway.cli.publishing``).

Order of commits, and what a crash between them leaves:

1. the records are changed in an open transaction of the publisher's own store; a crash leaves nothing;
2. the repository is committed by its timestamp; a crash leaves the store one step behind, and the next run replays the
   committed parts onto it;
3. the store's transaction commits.

Two publishers: the second waits for the lock of the first, then continues from what that one committed.
"""

import fcntl
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from securesystemslib.signer import SSlibKey
from tuf.api.metadata import TargetFile

from gateway.clock import Clock
from gateway.errors import CommandError, SnapshotError, StoreError
from gateway.snapshot.compilation import Compiler, ListingSource
from gateway.snapshot.parts import (
    INDEX_FORMAT,
    INDEX_TARGET,
    PackIdentity,
    Piece,
    SnapshotIndex,
    cut_parts,
    parse_index,
    parse_part,
)
from gateway.snapshot.repository import DECISION_KEYS, KEYS_TARGET, LISTS, Repository, keys_document
from gateway.snapshot.store import Store, StoredHeader, StoreView, StoreWriter
from sanctions_matrix.pack import Pack

_Progress = Callable[[int], None]
_ALWAYS_DELTA = 1_000
"""So many changed records make a delta, however short the list is."""


@dataclass(frozen=True, slots=True)
class PublisherPolicy:
    """The publisher's settings.

    Attributes:
        lease: term of the timestamp.
        part_bytes: size bound of a part, bytes.
        full_after_deltas: number of deltas after which a full snapshot is published.
        decision_key_term: term of a decision key's delegation.
    """

    lease: timedelta
    part_bytes: int
    full_after_deltas: int
    decision_key_term: timedelta


@dataclass(frozen=True, slots=True)
class Publication:
    """What one run of the publisher did.

    Attributes:
        kind: "full", "delta" or "lease" (nothing changed but the lease).
        number: the snapshot's number.
        entries: listed pseudonyms.
        changed: records written or removed; all of them when full.
        parts: how many parts were written.
        content_bytes: their size together, bytes.
        digest: the content digest, hexadecimal.
        lease_until: when the lease ends, UTC.
    """

    kind: str
    number: int
    entries: int
    changed: int
    parts: int
    content_bytes: int
    digest: str
    lease_until: datetime


@contextmanager
def publisher_lock(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the site's publisher lock.

    Raises:
        CommandError: another publisher holds it and ``wait`` is False.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "publisher.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError as error:
            message = "another publisher is at work on this site; wait for it or stop it"
            raise CommandError(message) from error
        yield


class Publisher:
    """Publishes one register; the caller holds ``publisher_lock``."""

    def __init__(  # noqa: PLR0913 - the composition root gives every part by name
        self,
        *,
        repository: Repository,
        store: Store,
        open_source: Callable[[], AbstractContextManager[ListingSource]],
        compiler: Compiler,
        pack: Pack,
        decision_keys: Mapping[str, list[SSlibKey]],
        policy: PublisherPolicy,
        clock: Clock,
    ) -> None:
        """Keep the parts.

        Args:
            repository: where publications are committed.
            store: the publisher's own store.
            open_source: opens the register for reading one consistent state.
            compiler: turns listings into records.
            pack: the policy pack.
            decision_keys: per issuer the public keys that may sign decisions.
            policy: settings.
            clock: the current instant.
        """
        self._repository = repository
        self._store = store
        self._open_source = open_source
        self._compiler = compiler
        self._pack = PackIdentity(id=pack.id, version=pack.version, digest=pack.digest)
        self._decision_keys = decision_keys
        self._policy = policy
        self._clock = clock

    def publish(self, *, full: bool = False, progress: _Progress | None = None) -> Publication:
        """Publish what changed since the last publication, and renew the lease.

        Args:
            full: publish a full snapshot whatever changed.
            progress: called with the number of records compiled so far.
        """
        index = self._committed_index()
        if full or index is None or self._wants_full(index):
            with self._open_source() as source:
                return self._publish_full(index, source, progress)
        self._catch_up(index)
        with self._open_source() as source:
            if source.last_change() == index.change:
                return self._renew(index)
            delta = self._publish_delta(index, source, progress)
            return delta or self._publish_full(index, source, progress)

    def _committed_index(self) -> SnapshotIndex | None:
        content = self._repository.target(INDEX_TARGET)
        return parse_index(content) if content else None

    def _wants_full(self, index: SnapshotIndex) -> bool:
        return index.pack != self._pack or len(index.deltas) >= self._policy.full_after_deltas

    def _catch_up(self, index: SnapshotIndex) -> None:
        """Bring the store to what was committed, after a crash or the loss of the store."""
        with self._store.read() as view:
            header = view.header()
        if header is not None and header.number == index.number:
            return
        message = "the publisher's files do not lead to what was published; run 'publish --full'"
        with self._store.write() as writer:
            try:
                self._replay_from(writer, index, header)
            except (CommandError, SnapshotError, StoreError) as error:
                raise CommandError(message) from error
            if writer.content_digest().hex() != index.digest:
                raise CommandError(message)
            self._put_header(writer, index)

    def _replay_from(
        self, writer: StoreWriter, index: SnapshotIndex, header: StoredHeader | None
    ) -> None:
        deltas = index.after(header.number) if header is not None else None
        if deltas is None:
            self._replay(writer, index.full, into_empty=True)
            deltas = index.deltas
        for delta in deltas:
            self._replay(writer, delta, into_empty=False)

    def _replay(self, writer: StoreWriter, piece: Piece, *, into_empty: bool) -> None:
        parts = [parse_part(self._repository.target(name) or b"") for name in piece.parts]
        if into_empty:
            writer.clear()
            writer.put_sorted(record for part in parts for record in part.records)
        else:
            writer.change(record for part in parts for record in part.records)
        writer.put_routes(route for part in parts for route in part.routes)

    def _publish_full(
        self, index: SnapshotIndex | None, source: ListingSource, progress: _Progress | None
    ) -> Publication:
        number = index.number + 1 if index else 1
        routes: dict[bytes, bytes] = {}
        with self._store.write() as writer:
            writer.clear()
            writer.put_sorted(_counted(self._compiler.all_records(source, routes), progress))
            writer.put_routes(routes.items())
            contents = cut_parts(
                writer.all_records(), sorted(routes.items()), part_bytes=self._policy.part_bytes
            )
            infos = self._stage(f"full-{number}", contents)
            piece = Piece(number=number, digest=writer.content_digest().hex(), parts=_paths(infos))
            new = self._index(writer, None, piece, source.last_change())
            self._commit(writer, new, infos)
        return self._publication("full", new, new.entries, infos)

    def _publish_delta(
        self, index: SnapshotIndex, source: ListingSource, progress: _Progress | None
    ) -> Publication | None:
        """Publish what changed since ``index``; None when so much did that a full snapshot is smaller."""
        number = index.number + 1
        routes: dict[bytes, bytes] = {}
        with self._store.write() as writer:
            compiled = self._compiler.changed_records(source, index.change, routes)
            records = sorted(
                pair for pair in _counted(compiled, progress) if _differs(writer, pair)
            )
            if len(records) > max(_ALWAYS_DELTA, index.entries // 2):
                return None
            new_routes = sorted(pair for pair in routes.items() if writer.route(pair[0]) is None)
            writer.change(records)
            writer.put_routes(new_routes)
            contents = cut_parts(records, new_routes, part_bytes=self._policy.part_bytes)
            infos = self._stage(f"delta-{number}", contents)
            piece = Piece(number=number, digest=writer.content_digest().hex(), parts=_paths(infos))
            new = self._index(writer, index, piece, source.last_change())
            kept = [name for old in (index.full, *index.deltas) for name in old.parts]
            self._commit(writer, new, [*map(self._repository.known, kept), *infos])
        return self._publication("delta", new, len(records), infos)

    def _renew(self, index: SnapshotIndex) -> Publication:
        now = self._clock()
        self._repository.commit(
            {**self._repository.renewals(now), **self._keys_due(now)},
            now=now,
            lease=self._policy.lease,
        )
        self._repository.remove_unnamed()
        return self._publication("lease", index, 0, [])

    def _stage(self, stem: str, contents: Iterator[bytes]) -> list[TargetFile]:
        return [
            self._repository.stage(f"{LISTS}/{stem}-{place:05}", content)
            for place, content in enumerate(contents)
        ]

    def _index(
        self, view: StoreView, last: SnapshotIndex | None, piece: Piece, change: int
    ) -> SnapshotIndex:
        """Return the index after ``piece``: a delta on ``last``, or a full snapshot when that is None."""
        return SnapshotIndex(
            format=INDEX_FORMAT,
            number=piece.number,
            as_of=self._clock(),
            change=change,
            entries=view.count(),
            digest=piece.digest,
            pack=self._pack,
            full=last.full if last else piece,
            deltas=(*last.deltas, piece) if last else (),
        )

    def _commit(self, writer: StoreWriter, index: SnapshotIndex, parts: list[TargetFile]) -> None:
        now = self._clock()
        targets = [self._repository.stage(INDEX_TARGET, index.encode()), *parts]
        self._repository.commit(
            {LISTS: targets, **self._keys_due(now)}, now=now, lease=self._policy.lease
        )
        self._put_header(writer, index)
        self._repository.remove_unnamed()

    def _put_header(self, writer: StoreWriter, index: SnapshotIndex) -> None:
        """Note in the publisher's own store what it holds; nobody answers from it, so it has no lease and no keys."""
        header = StoredHeader(
            number=index.number,
            digest=bytes.fromhex(index.digest),
            pack=index.pack.digest,
            entries=index.entries,
            as_of=index.as_of,
            lease_until=index.as_of,
            decision_keys={},
        )
        writer.put_header(header)

    def _keys_due(self, now: datetime) -> dict[str, list[TargetFile]]:
        """Delegate the decision keys anew when one is new, gone, of another issuer, or past half of its term."""
        content = self._repository.target(KEYS_TARGET)
        held = (
            {key["keyid"]: key for key in msgspec.json.decode(content)["keys"]} if content else {}
        )
        issuers = {keyid: key["issuer"] for keyid, key in held.items()}
        wanted = {key.keyid: issuer for issuer, keys in self._decision_keys.items() for key in keys}
        renew_before = _stamp(now + self._policy.decision_key_term / 2)
        if issuers == wanted and all(key["not_after"] > renew_before for key in held.values()):
            return {}
        keys = [
            self._key_row(issuer, key, held.get(key.keyid), now)
            for issuer, keys in sorted(self._decision_keys.items())
            for key in keys
        ]
        return {DECISION_KEYS: [self._repository.stage(KEYS_TARGET, keys_document(keys))]}

    def _key_row(
        self, issuer: str, key: SSlibKey, held: dict[str, Any] | None, now: datetime
    ) -> dict[str, Any]:
        return {
            "issuer": issuer,
            "keyid": key.keyid,
            "key": key.to_dict(),
            "not_before": held["not_before"] if held else _stamp(now - timedelta(minutes=5)),
            "not_after": _stamp(now + self._policy.decision_key_term),
        }

    def _publication(
        self, kind: str, index: SnapshotIndex, changed: int, infos: list[TargetFile]
    ) -> Publication:
        return Publication(
            kind=kind,
            number=index.number,
            entries=index.entries,
            changed=changed,
            parts=len(infos),
            content_bytes=sum(info.length for info in infos),
            digest=index.digest,
            lease_until=self._repository.lease_until,
        )


def _differs(writer: StoreWriter, pair: tuple[bytes, bytes]) -> bool:
    return (writer.record(pair[0]) or b"") != pair[1]


def _paths(infos: list[TargetFile]) -> tuple[str, ...]:
    return tuple(info.path for info in infos)


def _stamp(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _counted(
    records: Iterator[tuple[bytes, bytes]], progress: _Progress | None
) -> Iterator[tuple[bytes, bytes]]:
    for count, record in enumerate(records, start=1):
        if progress and count % 1000 == 0:
            progress(count)
        yield record
