"""The publisher's copy of the TUF repository: files on disk, committed by renaming ``timestamp.json``.

Responsible for: metadata versions, signing, target files, commit, removal of what nothing names any more.
Not responsible for: what the targets hold, or distributing them.

Roles: ``root`` (offline, threshold) names the keys of the others; ``targets`` delegates ``lists/*`` to the role
``lists`` and ``decision-keys/*`` to the role ``decision-keys``; ``snapshot`` and ``timestamp`` as in TUF.
The timestamp's term is the lease: gateways stop answering when it lapses.

``lists`` delegates ``lists/settled-*`` to ``lists-settled``, with the same key: the full snapshot may have thousands of
parts, and who follows deltas neither fetches nor verifies their names again with each of them.

A crash before the rename leaves the last committed state; what was written for the next one is overwritten or removed.
"""

import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from securesystemslib.exceptions import StorageError
from securesystemslib.signer import Signer
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from gateway.errors import CommandError

LISTS = "lists"
SETTLED = "lists-settled"
DECISION_KEYS = "decision-keys"
KEYS_TARGET = "decision-keys/current.json"
ONLINE_ROLES = ("lists", "decision-keys", "snapshot", "timestamp")
_SETTLED_NAMES = "lists/settled-"
_DELEGATED = (LISTS, SETTLED, DECISION_KEYS)
_ROOT_TERM = timedelta(days=365)
_TARGETS_TERM = timedelta(days=90)
_ONLINE_TERM = timedelta(days=7)


def create_root(
    root_signers: list[Signer], role_signers: Mapping[str, Signer], *, threshold: int, now: datetime
) -> bytes:
    """Return the first root metadata, signed by all ``root_signers``; ``threshold`` of them can replace it.

    Args:
        root_signers: the offline keys.
        role_signers: the signers of "targets", "snapshot" and "timestamp".
        threshold: how many root signatures a new root needs.
        now: the current instant, UTC.
    """
    root = Root(expires=_whole(now + _ROOT_TERM), consistent_snapshot=True)
    for signer in root_signers:
        root.add_key(signer.public_key, Root.type)
    root.roles[Root.type].threshold = threshold
    for role in (Targets.type, Snapshot.type, Timestamp.type):
        root.add_key(role_signers[role].public_key, role)
    metadata = Metadata(root)
    for signer in root_signers:
        metadata.sign(signer, append=True)
    return metadata.to_bytes()


def create_targets(signer: Signer, delegated: Mapping[str, Signer], *, now: datetime) -> bytes:
    """Return the first top-level targets metadata: two delegations, no targets of its own."""
    roles = {
        name: DelegatedRole(
            name, [delegated[name].public_key.keyid], 1, terminating=True, paths=[f"{name}/*"]
        )
        for name in (LISTS, DECISION_KEYS)
    }
    keys = {signer.public_key.keyid: signer.public_key for signer in delegated.values()}
    targets = Targets(expires=_whole(now + _TARGETS_TERM), delegations=Delegations(keys, roles))
    metadata = Metadata(targets)
    metadata.sign(signer)
    return metadata.to_bytes()


class Repository:
    """The repository in one folder, with the signers of its online roles.

    Who opens it must hold the publisher's lock.
    """

    def __init__(self, folder: Path, signers: Mapping[str, Signer]) -> None:
        """Load the last committed state.

        Args:
            folder: with ``metadata/`` and ``targets/``.
            signers: by role, one for each of ``ONLINE_ROLES``; with one for "targets", its delegations are renewed
                in the second half of their term, too.

        Raises:
            CommandError: the folder holds no repository, or a damaged one.
        """
        self._folder = folder
        self._signers = {**signers, SETTLED: signers[LISTS]}
        self._staged: dict[str, TargetFile] = {}
        self._target_files: dict[str, tuple[Metadata[Any] | None, dict[str, Path]]] = {}
        try:
            self._roles = self._load()
        except (OSError, StorageError, RepositoryError) as error:
            message = f"{folder}: no usable repository ({error}); 'jointgate init' makes one"
            raise CommandError(message) from error
        self._named = set(self.files().values())
        self._superfluous: set[Path] = set()

    def _load(self) -> dict[str, Metadata[Any]]:
        timestamp_file = self._folder / "metadata" / "timestamp.json"
        targets = self._metadata(f"{self._newest('targets')}.targets.json")
        if not timestamp_file.exists():
            return {"targets": targets}
        timestamp = Metadata[Timestamp].from_file(str(timestamp_file))
        snapshot = self._metadata(f"{timestamp.signed.snapshot_meta.version}.snapshot.json")
        roles: dict[str, Metadata[Any]] = {"timestamp": timestamp, "snapshot": snapshot}
        for name, meta in snapshot.signed.meta.items():
            roles[name.removesuffix(".json")] = self._metadata(f"{meta.version}.{name}")
        return roles

    def _metadata(self, name: str) -> Metadata[Any]:
        return Metadata.from_file(str(self._folder / "metadata" / name))

    def _newest(self, role: str) -> int:
        versions = [
            int(file.name.split(".")[0])
            for file in (self._folder / "metadata").glob(f"*.{role}.json")
        ]
        return max(versions, default=1)

    def target(self, path: str) -> bytes | None:
        """Return the committed content of the target ``path``, or None when there is none.

        Raises:
            CommandError: the file that was committed is not there any more.
        """
        info = self._committed(path)
        return None if info is None else self.content(info)

    def content(self, info: TargetFile) -> bytes:
        """Return the content of a committed or staged target.

        Raises:
            CommandError: the file is not there any more.
        """
        path = info.path
        file = self._folder / "targets" / hashed_path(path, info)
        try:
            return file.read_bytes()
        except OSError as error:
            message = f"{file}: published, but lost ({error.strerror}); restore it from a backup"
            raise CommandError(message) from error

    def _committed(self, path: str) -> TargetFile | None:
        role = self._roles.get(role_of(path))
        info: TargetFile | None = role.signed.targets.get(path) if role else None
        return info

    def stage(self, path: str, content: bytes) -> TargetFile:
        """Write a target file; it is published by the next ``commit`` that names it."""
        info = TargetFile.from_data(path, content, ["sha256"])
        _write(self._folder / "targets" / hashed_path(path, info), content)
        self._staged[path] = info
        return info

    def has_exactly(self, role: str, targets: Iterable[TargetFile]) -> bool:
        """Tell whether the delegated role ``role`` is committed with these targets and no others."""
        held = self._roles.get(role)
        return held is not None and held.signed.targets == {info.path: info for info in targets}

    def staged_file(self, info: TargetFile) -> tuple[str, Path]:
        """Return the path under which a staged file will be distributed, and the file."""
        name = hashed_path(info.path, info)
        return f"targets/{name}", self._folder / "targets" / name

    def known(self, path: str) -> TargetFile:
        """Return what is committed or staged about the target ``path``.

        Raises:
            KeyError: neither.
        """
        info = self._staged.get(path) or self._committed(path)
        if info is None:
            raise KeyError(path)
        return info

    def commit(
        self, changed: Mapping[str, Iterable[TargetFile]], *, now: datetime, lease: timedelta
    ) -> None:
        """Sign and commit: new targets for the roles in ``changed``, and always a new timestamp.

        Args:
            changed: per delegated role all the targets it has from now on.
            now: the current instant, UTC.
            lease: the timestamp's term.
        """
        for role, targets in changed.items():
            signed = Targets(
                **self._next(role, now),
                targets={info.path: info for info in targets},
                delegations=self._settled() if role == LISTS else None,
            )
            self._sign(role, signed)
        renewed = self._renew_delegations(now)
        if changed or renewed or self._lapses_soon("snapshot", now):
            meta = {
                f"{role}.json": MetaFile(self._roles[role].signed.version)
                for role in self._targets_roles()
            }
            self._sign("snapshot", Snapshot(**self._next("snapshot", now), meta=meta))
        version = self._version("timestamp") + 1
        snapshot = MetaFile(self._version("snapshot"))
        self._sign(
            "timestamp",
            Timestamp(version=version, expires=_whole(now + lease), snapshot_meta=snapshot),
        )
        self._note_superfluous()

    def _settled(self) -> Delegations:
        """Return the delegation of settled pieces, to the very key that delegates them."""
        key = self._signers[LISTS].public_key
        role = DelegatedRole(
            SETTLED, [key.keyid], 1, terminating=True, paths=[f"{_SETTLED_NAMES}*"]
        )
        return Delegations({key.keyid: key}, {SETTLED: role})

    def _renew_delegations(self, now: datetime) -> bool:
        """Sign the same delegations for another term, when it is time and the key is here; tells whether it did."""
        delegating: Targets = self._roles["targets"].signed
        if "targets" not in self._signers or delegating.expires >= now + _TARGETS_TERM / 2:
            return False
        renewed = Targets(
            version=delegating.version + 1,
            expires=_whole(now + _TARGETS_TERM),
            delegations=delegating.delegations,
        )
        self._sign("targets", renewed)
        return True

    @property
    def lease_until(self) -> datetime:
        """When the committed timestamp lapses, UTC."""
        expires: datetime = self._roles["timestamp"].signed.expires
        return expires

    def renewals(self, now: datetime) -> dict[str, Iterable[TargetFile]]:
        """Return the delegated roles whose metadata lapses soon, with their present targets."""
        return {
            role: self._roles[role].signed.targets.values()
            for role in _DELEGATED
            if role in self._roles and self._lapses_soon(role, now)
        }

    def _targets_roles(self) -> list[str]:
        return [role for role in ("targets", *_DELEGATED) if role in self._roles]

    def _next(self, role: str, now: datetime) -> dict[str, Any]:
        return {"version": self._version(role) + 1, "expires": _whole(now + _ONLINE_TERM)}

    def _version(self, role: str) -> int:
        return self._roles[role].signed.version if role in self._roles else 0

    def _lapses_soon(self, role: str, now: datetime) -> bool:
        return role not in self._roles or self._roles[role].signed.expires < now + _ONLINE_TERM / 2

    def _sign(self, role: str, signed: Any) -> None:  # noqa: ANN401 - any of TUF's four kinds
        metadata = Metadata(signed)
        metadata.sign(self._signers[role])
        name = f"{role}.json" if role == "timestamp" else f"{signed.version}.{role}.json"
        _write(self._folder / "metadata" / name, metadata.to_bytes())
        self._roles[role] = metadata

    def files(self) -> dict[str, Path]:
        """Return what is to be distributed, by path: roots, current metadata, current targets; the timestamp last."""
        metadata = self._folder / "metadata"
        files = {f"metadata/{file.name}": file for file in sorted(metadata.glob("*.root.json"))}
        for role in self._targets_roles():
            files.update(self._targets_of(role))
        for role in (*self._targets_roles(), "snapshot"):
            name = f"{self._version(role)}.{role}.json"
            files[f"metadata/{name}"] = metadata / name
        files["metadata/timestamp.json"] = metadata / "timestamp.json"
        return files

    def _targets_of(self, role: str) -> dict[str, Path]:
        """Return the target files of a role; computed once for each of its versions, because they may be thousands."""
        known, files = self._target_files.get(role, (None, {}))
        if known is not self._roles[role]:
            targets = self._roles[role].signed.targets.values()
            files = dict(self.staged_file(info) for info in targets)
            self._target_files[role] = (self._roles[role], files)
        return files

    def _note_superfluous(self) -> None:
        """Note what was committed until now and is not any more, and what was staged and then not needed.

        Settled parts stay staged: they are written long before the commit that names them.
        """
        named = set(self.files().values())
        self._superfluous |= self._named
        for path, info in list(self._staged.items()):
            if role_of(path) != SETTLED or self._committed(path) == info:
                self._superfluous.add(self.staged_file(info)[1])
                del self._staged[path]
        self._superfluous -= named
        self._named = named

    def remove_superfluous(self) -> None:
        """Remove what the last commits made superfluous; it can wait until they are pushed."""
        while self._superfluous:
            self._superfluous.pop().unlink(missing_ok=True)

    def remove_leftovers(self) -> None:
        """Remove every file that the committed state does not name, as a crash leaves them; nothing stays staged."""
        self._staged.clear()
        self._named = set(self.files().values())
        for file in self._folder.glob("*/**/*"):
            if file.is_file() and file not in self._named:
                file.unlink()


def role_of(path: str) -> str:
    """Return the role that signs for the target ``path``."""
    return SETTLED if path.startswith(_SETTLED_NAMES) else path.split("/", maxsplit=1)[0]


def hashed_path(path: str, info: TargetFile) -> str:
    """Return the target's path with its hash before the last component, as consistent snapshots want it."""
    folder, _, name = path.rpartition("/")
    return f"{folder}/{info.hashes['sha256']}.{name}"


def keys_document(keys: list[dict[str, Any]]) -> bytes:
    """Return the content of the target ``decision-keys/current.json``: compact JSON with sorted keys."""
    return json.dumps({"format": 1, "keys": keys}, sort_keys=True, separators=(",", ":")).encode()


def _whole(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".new")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
