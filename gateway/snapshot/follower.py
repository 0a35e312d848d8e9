"""The follower: fetches what was published, verifies it, and applies it to the store.

Responsible for: TUF verification, the order full-then-deltas, the digest check, the lease, files for partners.
Not responsible for: answering. Workers only read the store.

Rules kept here:

- Nothing is applied that TUF has not verified and whose content digest is not the signed one.
- A snapshot older than the held one is refused, also when all signatures are good.
- Whatever goes wrong, the held state stays and lapses with its lease.

Whom we trust: the pinned root, and nobody on the way.
"""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from tuf.api.exceptions import DownloadError, DownloadHTTPError, RepositoryError
from tuf.api.metadata import TargetFile
from tuf.ngclient import Updater, UpdaterConfig
from tuf.ngclient.fetcher import FetcherInterface

from gateway.errors import RepositoryUnreachableError, SnapshotError, StoreError
from gateway.snapshot.parts import INDEX_TARGET, Part, Piece, SnapshotIndex, parse_index, parse_part
from gateway.snapshot.records import route_key
from gateway.snapshot.repository import DECISION_KEYS, KEYS_TARGET, hashed_path
from gateway.snapshot.store import Store, StoredHeader, StoreWriter

_log = logging.getLogger(__name__)
_ROLES = ("timestamp", "snapshot", "targets", "lists", DECISION_KEYS)
_NOT_FOUND = 404


class PublishedFiles(Protocol):
    """Where published files are fetched from."""

    def get(self, path: str) -> bytes | None:
        """Return the file at ``path``, or None when there is none.

        Raises:
            RepositoryUnreachableError: the place does not answer.
        """


class _Fetcher(FetcherInterface):
    """python-tuf's port to ``PublishedFiles``."""

    def __init__(self, files: PublishedFiles) -> None:
        self._files = files

    def _fetch(self, url: str) -> Iterator[bytes]:
        content = self._files.get(url)
        if content is None:
            message = f"{url} is not published"
            raise DownloadHTTPError(message, _NOT_FOUND)
        return iter((content,))


class _Verified(NamedTuple):
    """Metadata of a role that the updater has verified."""

    content: bytes
    version: int
    expires: datetime


@dataclass(frozen=True, slots=True)
class Update:
    """What one look brought.

    Attributes:
        header: what the store holds now.
        applied: "full", "deltas", or "lease" when the content stayed.
    """

    header: StoredHeader
    applied: str


class Follower:
    """Keeps one store at what is published."""

    def __init__(
        self, *, files: PublishedFiles, store: Store, folder: Path, root: bytes, pack_digest: str
    ) -> None:
        """Keep the parts.

        Args:
            files: where published files are fetched from.
            store: the store to keep; this is its only writer.
            folder: for verified metadata, which is what protects against rollback across restarts.
            root: the pinned TUF root.
            pack_digest: the digest of the pack this gateway was started with, hexadecimal.
        """
        self._files = files
        self._store = store
        self._metadata = folder / "metadata"
        self._metadata.mkdir(parents=True, exist_ok=True)
        self._root = root
        self._pack_digest = pack_digest

    def update(self) -> Update:
        """Fetch, verify and apply what is published.

        Raises:
            RepositoryUnreachableError: the files cannot be fetched.
            SnapshotError: what was fetched is refused; the message says why.
            StoreError: there is no room for it on the disk or in the store.
        """
        try:
            return self._update()
        except (DownloadError, RepositoryError) as error:
            if isinstance(error.__cause__, RepositoryUnreachableError):
                raise error.__cause__ from error
            message = f"the published snapshot is refused: {error}"
            raise SnapshotError(message) from error
        except OSError as error:
            message = (
                f"the store's folder cannot be written ({error.strerror}); make room on the disk"
            )
            raise StoreError(message) from error

    def _update(self) -> Update:
        updater = self._updater()
        updater.refresh()
        index = parse_index(self._fetch(updater, INDEX_TARGET))
        if index.pack.digest != self._pack_digest:
            message = f"the snapshot was made for pack {index.pack.id} {index.pack.version}; this gateway has another"
            raise SnapshotError(message)
        held = self._held()
        keys = self._keys(updater)
        if held is not None and index.number < held.number:
            message = f"snapshot {index.number} is older than the held {held.number}"
            raise SnapshotError(message)
        with self._store.write() as writer:
            applied = self._apply(writer, updater, index, held)
            metadata = {role: self._verified(role) for role in _ROLES}
            header = _header(index, keys[1], metadata.values())
            writer.put_header(header)
            writer.replace_trust(self._files_for_partners(metadata, keys))
        return Update(header=header, applied=applied)

    def _updater(self) -> Updater:
        return Updater(
            str(self._metadata),
            "metadata",
            fetcher=_Fetcher(self._files),
            config=UpdaterConfig(max_root_rotations=64),
            bootstrap=self._root,
        )

    def _held(self) -> StoredHeader | None:
        """Return what the store holds, or None when that is of no use: of another pack, or of another version."""
        try:
            with self._store.read() as view:
                header = view.header()
        except StoreError as error:
            _log.warning("%s; it is being rebuilt", error)
            return None
        return header if header is not None and header.pack == self._pack_digest else None

    def _keys(self, updater: Updater) -> tuple[str, bytes]:
        """Return the document of the decision keys with its name for partners; one that is held is not fetched."""
        info = _named(updater, KEYS_TARGET)
        name = hashed_path(KEYS_TARGET, info)
        with self._store.read() as view:
            held = view.trust(name)
        return name, self._verified_target(info) if held is None else held

    def _fetch(self, updater: Updater, path: str) -> bytes:
        return self._verified_target(_named(updater, path))

    def _verified_target(self, info: TargetFile) -> bytes:
        """Fetch a target that TUF named, and let TUF verify length and hash; nothing unverified touches the disk."""
        path = f"targets/{hashed_path(info.path, info)}"
        content = self._files.get(path)
        if content is None:
            message = f"{path} is not published"
            raise DownloadHTTPError(message, _NOT_FOUND)
        info.verify_length_and_hashes(content)
        return content

    def _apply(
        self, writer: StoreWriter, updater: Updater, index: SnapshotIndex, held: StoredHeader | None
    ) -> str:
        if held is not None and held.number == index.number and held.digest.hex() == index.digest:
            return "lease"
        deltas = index.after(held.number) if held is not None else None
        if deltas:
            self._change(writer, updater, deltas)
            if writer.content_digest().hex() == index.digest:
                return "deltas"
            _log.warning("the deltas do not lead to the signed digest; taking the full snapshot")
        self._load(writer, updater, index.full)
        self._change(writer, updater, index.after(index.full.number) or ())
        if writer.content_digest().hex() != index.digest:
            message = "the published parts do not lead to the signed content digest"
            raise SnapshotError(message)
        return "full"

    def _load(self, writer: StoreWriter, updater: Updater, piece: Piece) -> None:
        writer.clear()
        routes: list[tuple[bytes, bytes]] = []
        writer.put_sorted(
            record for part in self._parts(updater, piece, routes) for record in part.records
        )
        writer.put_routes(routes)

    def _change(self, writer: StoreWriter, updater: Updater, deltas: tuple[Piece, ...]) -> None:
        for piece in deltas:
            routes: list[tuple[bytes, bytes]] = []
            writer.change(
                record for part in self._parts(updater, piece, routes) for record in part.records
            )
            writer.put_routes(routes)

    def _parts(
        self, updater: Updater, piece: Piece, routes: list[tuple[bytes, bytes]]
    ) -> Iterator[Part]:
        for name in piece.parts:
            part = parse_part(self._fetch(updater, name))
            _verify_routes(part)
            routes.extend(part.routes)
            yield part

    def _verified(self, role: str) -> _Verified:
        """Return a role's metadata as the updater verified and kept it."""
        content = (self._metadata / f"{role}.json").read_bytes()
        signed = json.loads(content)["signed"]
        expires = datetime.fromisoformat(signed["expires"]).astimezone(UTC)
        return _Verified(content, signed["version"], expires)

    def _files_for_partners(
        self, metadata: Mapping[str, _Verified], keys: tuple[str, bytes]
    ) -> dict[str, bytes]:
        files = {
            file.name: file.read_bytes()
            for file in (self._metadata / "root_history").glob("*.root.json")
        }
        for role in ("snapshot", "targets", DECISION_KEYS):
            files[f"{metadata[role].version}.{role}.json"] = metadata[role].content
        files["timestamp.json"] = metadata["timestamp"].content
        return files | dict([keys])


def _named(updater: Updater, path: str) -> TargetFile:
    """Return what the verified metadata says of a target.

    Raises:
        SnapshotError: they do not name it.
    """
    info = updater.get_targetinfo(path)
    if info is None:
        message = f"{path} is not among what was published"
        raise SnapshotError(message)
    return info


def _header(index: SnapshotIndex, keys: bytes, metadata: Iterable[_Verified]) -> StoredHeader:
    return StoredHeader(
        number=index.number,
        digest=bytes.fromhex(index.digest),
        pack=index.pack.digest,
        entries=index.entries,
        as_of=index.as_of,
        lease_until=min(one.expires for one in metadata),
        decision_keys=_terms(keys),
    )


def _verify_routes(part: Part) -> None:
    """Verify that every route has the key that records, which the content digest covers, name it by.

    Raises:
        SnapshotError: one has another.
    """
    if any(route_key(route) != key for key, route in part.routes):
        message = "a contest route in the snapshot does not have its own key"
        raise SnapshotError(message)


def _terms(keys: bytes) -> dict[str, datetime]:
    """Return until when each delegated decision key may sign, UTC.

    Raises:
        SnapshotError: the document of the keys cannot be read.
    """
    try:
        rows = json.loads(keys)["keys"]
        return {
            row["keyid"]: datetime.fromisoformat(row["not_after"]).astimezone(UTC) for row in rows
        }
    except (ValueError, KeyError, TypeError) as error:
        message = "the document of the decision keys cannot be read"
        raise SnapshotError(message) from error
