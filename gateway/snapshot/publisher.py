"""The publisher: compiles what changed, commits it in bounded steps, endings first, and keeps the lease alive.

Responsible for: choosing full or delta, the index, the order of commits.
Not responsible for: what waits (``backlog``), the files of pieces (``chain``), distribution (``distribution``) or how
long it runs (``gateway.publishing``).

Order of commits, and what a crash between them leaves:

1. the records are changed in an open transaction of the publisher's own store; a crash leaves nothing;
2. the repository is committed by its timestamp; a crash leaves the store one step behind, and the next run replays the
   committed parts onto it;
3. the store's transaction commits.

A publication is a series of such commits, each yielded as it is made so that the caller can push it. Between any two
the newest endings are looked for, also while a full snapshot is compiled or the base is written anew:

- a **delta** carries at most ``delta_records`` documents; ``index.change`` moves with the last one of what was listed;
- a **full** snapshot is compiled from the register and loaded by every gateway: the first one, one for other tables,
  one that an operator asks for, and one when more changed than half of what is listed;
- a **base** is a full snapshot cut from the publisher's own store when the chain of deltas grew long. It says nothing
  new: new gateways begin with it, and those that follow never load it.

Two publishers: the second is told that another is at work and ends; started after that one, it continues from what
was committed.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
from securesystemslib.signer import SSlibKey
from tuf.api.metadata import TargetFile

from gateway.clock import Clock
from gateway.errors import CommandError, SnapshotError, StoreError
from gateway.snapshot.backlog import Backlog, Batch
from gateway.snapshot.chain import MOST_PIECES, Chain, paths
from gateway.snapshot.committing import Commits
from gateway.snapshot.compilation import Compiler, ListingSource, Spool
from gateway.snapshot.delegation import DecisionKeys
from gateway.snapshot.parts import INDEX_FORMAT, PackIdentity, Piece, SnapshotIndex
from gateway.snapshot.publication import Publication, PublisherPolicy
from gateway.snapshot.repository import Repository
from gateway.snapshot.store import Store, StoredHeader, StoreWriter
from sanctions_matrix.pack import Pack

_Progress = Callable[[int], None]
_MERGED_BATCHES = 100
"""A merged delta has at most so many batches of records."""
_ALWAYS_DELTAS = 200
"""What fits into so many batches is published in deltas, however short the list is."""
_LOOK_EVERY = 1_000
"""After so many compiled records endings are looked for."""


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
        staged: Callable[[str, Path], None] | None = None,
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
            staged: told of every part of a full snapshot before it is committed, so that it can be pushed ahead.
        """
        self._repository = repository
        self._store = store
        self._open_source = open_source
        self._compiler = compiler
        self._pack = PackIdentity(id=pack.id, version=pack.version, digest=pack.digest)
        self._policy = policy
        self._clock = clock
        self._staged = staged
        most = _MERGED_BATCHES * policy.delta_records
        self._chain = Chain(repository, part_bytes=policy.part_bytes, most_records=most)
        self._commits = Commits(
            repository,
            self._chain,
            decision_keys=DecisionKeys(decision_keys, term=policy.decision_key_term),
            policy=policy,
            clock=clock,
        )
        self._backlog: Backlog | None = None
        self._meanwhile: dict[bytes, bytes] | None = None
        self._begun = False

    def publish(
        self, *, full: bool = False, progress: _Progress | None = None
    ) -> Iterator[Publication]:
        """Publish what changed since the last publication, or at least renew the lease.

        Every commit is yielded; a caller that stops early leaves the rest for the next call.

        Args:
            full: publish a full snapshot whatever changed.
            progress: called with the number of records compiled so far.

        Raises:
            CommandError: the publisher's files do not lead to what was published; ``full`` helps.
            TablesLackError: a listing stands on a list, or names a measure, that the pack does not have.
        """
        if not self._begun:
            self._repository.remove_leftovers()
            self._begun = True
        published = False
        try:
            for publication in self._publications(full=full, progress=progress):
                published = True
                yield publication
                self._repository.remove_superfluous()
        finally:
            # Whatever was taken from the backlog and not published is found again by its change number.
            self._backlog = self._meanwhile = None
        if not published:
            yield self._commits.renew()
            self._repository.remove_superfluous()

    def _publications(self, *, full: bool, progress: _Progress | None) -> Iterator[Publication]:
        index = self._commits.found_index()
        follows = (
            index is not None and index.pack == self._pack and self._caught_up(index, full=full)
        )
        if full or not follows or self._changed_too_much():
            yield from self._publish_full(follows=follows, progress=progress)
        yield from self._publish_deltas()
        if self._is_long(self._commits.index()):
            yield from self._publish_base()

    def _changed_too_much(self) -> bool:
        """Tell whether more changed than half of what is listed, so that a full snapshot is the shorter way."""
        index = self._commits.index()
        with self._open_source() as source:
            if source.last_change() == index.change:
                return False
            return source.count_changed(index.change) > self._worth_a_full_one(index)

    def _is_long(self, index: SnapshotIndex) -> bool:
        deltas = index.after(index.full.number) or ()
        records = sum(delta.records for delta in deltas)
        return len(deltas) > MOST_PIECES or records > self._worth_a_full_one(index)

    def _worth_a_full_one(self, index: SnapshotIndex) -> int:
        return max(_ALWAYS_DELTAS * self._policy.delta_records, index.entries // 2)

    # --- after a crash ------------------------------------------------------------------------

    def _caught_up(self, index: SnapshotIndex, *, full: bool) -> bool:
        """Bring the store to what was committed, after a crash or the loss of the store.

        Returns whether it is there; it may be False only when a full snapshot was asked for, which needs nothing.

        Raises:
            CommandError: the committed files do not lead there.
        """
        header = self._stored_header()
        if header is not None and header.number == index.number:
            return True
        try:
            with self._store.write() as writer:
                self._replay_from(writer, index, header)
        except (CommandError, SnapshotError, StoreError) as error:
            if full:
                return False
            message = (
                "the publisher's files do not lead to what was published; run 'publish --full'"
            )
            raise CommandError(message) from error
        return True

    def _stored_header(self) -> StoredHeader | None:
        """Return what the store holds, None also when another version wrote it: it is replayed then."""
        try:
            with self._store.read() as view:
                return view.header()
        except StoreError:
            return None

    def _replay_from(
        self, writer: StoreWriter, index: SnapshotIndex, header: StoredHeader | None
    ) -> None:
        deltas = index.after(header.number) if header is not None else None
        if deltas is None:
            writer.clear()
            self._replay(writer, index.full, into_empty=True)
            deltas = index.after(index.full.number) or ()
        for delta in deltas:
            self._replay(writer, delta, into_empty=False)
        if writer.content_digest().hex() != index.digest:
            message = "the committed parts do not lead to the signed content digest"
            raise SnapshotError(message)
        self._put_header(writer, index)

    def _replay(self, writer: StoreWriter, piece: Piece, *, into_empty: bool) -> None:
        routes: dict[bytes, bytes] = {}

        def records() -> Iterator[tuple[bytes, bytes]]:
            for part in self._chain.parts(piece):
                routes.update(part.routes)
                yield from part.records

        (writer.put_sorted if into_empty else writer.change)(records())
        writer.put_routes(routes.items())

    # --- deltas -------------------------------------------------------------------------------

    def _publish_deltas(self, *, endings_only: bool = False) -> Iterator[Publication]:
        """Publish what waits, batch by batch, each from a view of its own.

        Args:
            endings_only: leave everything else where it is.
        """
        if self._backlog is None:
            self._backlog = Backlog(self._commits.index().change, most=self._policy.delta_records)
        while True:
            with self._open_source() as source:
                batch = self._backlog.next(source, endings_only=endings_only)
                if batch is None:
                    return
                publication = self._publish_batch(source, batch)
            if publication is not None:
                yield publication
            else:  # thousands of these may follow one another, after a restart behind a large feed
                yield from self._commits.renewed_if_due()

    def _publish_batch(self, source: ListingSource, batch: Batch) -> Publication | None:
        """Publish the records of a batch that differ from the published ones; None when there is nothing to commit."""
        index = self._commits.index()
        number = index.number + 1
        routes: dict[bytes, bytes] = {}
        with self._store.write() as writer:
            compiled = self._compiler.records_of(source, batch.documents, routes)
            if self._meanwhile is not None:
                self._meanwhile.update(compiled)
            records = sorted(pair for pair in compiled.items() if _differs(writer, pair))
            if not records:
                return self._note(index, batch.change) if batch.change > index.change else None
            new_routes = sorted(pair for pair in routes.items() if writer.route(pair[0]) is None)
            writer.change(records)
            writer.put_routes(new_routes)
            infos = list(self._chain.stage(f"delta-{number}", records, new_routes))
            digest = writer.content_digest().hex()
            delta = Piece(index.number, number, len(records), digest, paths(infos))
            new = msgspec.structs.replace(
                index,
                number=number,
                as_of=self._clock(),
                change=batch.change,
                entries=writer.count(),
                digest=digest,
                deltas=self._chain.merged((*index.deltas, delta)),
            )
            self._commits.commit(new)
            self._put_header(writer, new)
        return self._commits.told("delta", new, len(records), infos)

    def _note(self, index: SnapshotIndex, change: int) -> Publication:
        """Commit that everything up to ``change`` is published: it turned out to be so already."""
        new = msgspec.structs.replace(index, change=change)
        self._commits.commit(new)
        return self._commits.told("lease", new, 0, [])

    # --- full snapshots -----------------------------------------------------------------------

    def _publish_full(self, *, follows: bool, progress: _Progress | None) -> Iterator[Publication]:
        """Compile everything; while it is sorted on disk, endings go on being published where they can be.

        Args:
            follows: whether gateways hold the state that the store holds, so that deltas still reach them.
            progress: called with the number of records compiled so far.
        """
        routes: dict[bytes, bytes] = {}
        if follows:
            yield from self._publish_deltas(endings_only=True)
        with Spool() as spool:
            with self._open_source() as source:
                # From here on: what was compiled from an earlier view is older than what this one shows.
                self._meanwhile = {}
                change = source.last_change()
                records = self._compiler.all_records(source, routes)
                for count, (pseudonym, record) in enumerate(records, start=1):
                    spool.add(pseudonym, record)
                    if count % _LOOK_EVERY == 0:
                        yield from self._look_up(count, progress, follows=follows)
            for pseudonym, record in self._meanwhile.items():
                spool.add(pseudonym, record)
            yield from self._write_full(spool, routes, change, follows=follows)
        self._backlog = self._meanwhile = None

    def _look_up(
        self, count: int, progress: _Progress | None, *, follows: bool
    ) -> Iterator[Publication]:
        """Between two records of a full snapshot: tell how far it is, publish endings, keep the lease alive."""
        if progress:
            progress(count)
        if follows:
            yield from self._publish_deltas(endings_only=True)
            yield from self._commits.renewed_if_due()

    def _write_full(
        self, spool: Spool, routes: dict[bytes, bytes], change: int, *, follows: bool
    ) -> Iterator[Publication]:
        """Write the spool into the store and the repository, in one commit of both.

        The lease is kept alive on the way; endings wait for the commit.
        """
        number = self._commits.next_number()
        stem = f"settled-full-{number}"
        infos: list[TargetFile] = []
        with self._store.write() as writer:
            kept = dict(writer.all_routes()) if follows else {}
            writer.clear()
            for run in spool.runs():
                writer.put_sorted(run)
                if follows:
                    yield from self._commits.renewed_if_due()
            writer.put_routes({**kept, **routes}.items())
            for info in self._chain.stage(stem, writer.all_records(), writer.all_routes()):
                self._push_ahead(info)
                infos.append(info)
                if follows:
                    yield from self._commits.renewed_if_due()
            entries, digest = writer.count(), writer.content_digest().hex()
            new = SnapshotIndex(
                format=INDEX_FORMAT,
                number=number,
                as_of=self._clock(),
                change=change,
                entries=entries,
                digest=digest,
                pack=self._pack,
                full=Piece(0, number, entries, digest, paths(infos)),
                deltas=(),
            )
            self._commits.commit(new)
            self._put_header(writer, new)
        yield self._commits.told("full", new, new.entries, infos)

    def _publish_base(self) -> Iterator[Publication]:
        """Cut a full snapshot from what the store holds now, while deltas go on being published behind it."""
        infos: list[TargetFile] = []
        with self._store.read() as view:
            header = view.header()
            if header is None:
                return
            number, stem = header.number, f"settled-full-{header.number}"
            for info in self._chain.stage(stem, view.all_records(), view.all_routes()):
                self._push_ahead(info)
                infos.append(info)
                yield from self._publish_deltas()
                yield from self._commits.renewed_if_due()
        index = self._commits.index()
        full = Piece(0, number, header.entries, header.digest.hex(), paths(infos))
        deltas = self._chain.kept(index.deltas, since=number)
        new = msgspec.structs.replace(index, full=full, deltas=deltas)
        self._commits.commit(new)
        yield self._commits.told("base", new, header.entries, infos)

    def _push_ahead(self, info: TargetFile) -> None:
        if self._staged is not None:
            self._staged(*self._repository.staged_file(info))

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


def _differs(writer: StoreWriter, pair: tuple[bytes, bytes]) -> bool:
    return (writer.record(pair[0]) or b"") != pair[1]
