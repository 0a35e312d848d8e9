"""A publisher, what it distributes through, and followers, in one folder of one test.

Responsible for: composing the real publisher and followers around a register in memory and a clock that is set.
Not responsible for: servers and processes; tests/integration starts those.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol, Self

from securesystemslib.signer import CryptoSigner
from tuf.ngclient import Updater

from gateway.keys import new_decision_key, new_role_key
from gateway.packs import load_pack
from gateway.snapshot.compilation import Compiler
from gateway.snapshot.follower import Follower, PublishedFiles, Update
from gateway.snapshot.parts import INDEX_TARGET, SnapshotIndex, parse_index
from gateway.snapshot.pseudonyms import Pseudonymiser
from gateway.snapshot.publication import Publication, PublisherPolicy
from gateway.snapshot.publisher import Publisher
from gateway.snapshot.records import RecordFormat
from gateway.snapshot.repository import (
    DECISION_KEYS,
    KEYS_TARGET,
    LISTS,
    ONLINE_ROLES,
    SETTLED,
    Repository,
    create_root,
    create_targets,
    role_of,
)
from gateway.snapshot.store import Store, StoredHeader, open_store
from sanctions_matrix.documents import Document
from sanctions_matrix.evaluation import Matrix, compile_matrix
from sanctions_matrix.listing import Listing
from sanctions_matrix.pack import Pack
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.in_memory_register import InMemoryRegister

MAP_BYTES = 64 * 1024 * 1024
POLICY = PublisherPolicy(
    lease=timedelta(seconds=60),
    part_bytes=4_096,
    delta_records=1_000,
    decision_key_term=timedelta(hours=24),
)


_MATRICES: dict[str, Matrix] = {}
"""Compiled packs by digest; compiling one takes longer than most rehearsals."""


class Distribution(PublishedFiles, Protocol):
    """Where files are pushed to and fetched from."""

    def push(self, files: Mapping[str, Path], *, replace: bool = False) -> int:
        """Put what is missing, or everything, and remove what is not named."""


class ClockedFollower(Follower):
    """A follower whose TUF client judges expiry by a test's clock."""

    clock: FixedClock

    def _updater(self) -> Updater:
        updater = super()._updater()
        # python-tuf reads the host's clock here and offers no parameter.
        updater._trusted_set.reference_time = self.clock.now  # noqa: SLF001 # type: ignore[misc]
        return updater


@dataclass
class Rehearsal:
    """One site's distribution, from a register to the stores of its gateways.

    Attributes:
        folder: where everything lies.
        distribution: through what is distributed.
        clock: everybody's clock.
        register: what is published.
        policy: the publisher's settings.
        pack: the publisher's pack; a test may replace it.
        issuer: the gateway's name.
    """

    folder: Path
    distribution: Distribution
    clock: FixedClock = field(default_factory=FixedClock)
    register: InMemoryRegister = field(default_factory=InMemoryRegister)
    policy: PublisherPolicy = POLICY
    pack: Pack = field(default_factory=lambda: load_pack("cn-joint-discipline"))
    issuer: str = "gateway.test"
    decision_key: CryptoSigner = field(default_factory=new_decision_key)

    def __post_init__(self) -> None:
        """Create keys and the first metadata."""
        self._stores: dict[str, Store] = {}
        self.use_pack(self.pack)
        self.pseudonymiser = Pseudonymiser(bytes(32))
        self.root_keys = [new_role_key() for _ in range(2)]
        self.signers = {role: new_role_key() for role in ("targets", *ONLINE_ROLES)}
        now = self.clock()
        self.root = create_root(list(self.root_keys), self.signers, threshold=2, now=now)
        metadata = self.folder / "repository" / "metadata"
        metadata.mkdir(parents=True)
        (metadata / "1.root.json").write_bytes(self.root)
        targets = create_targets(self.signers["targets"], self.signers, now=now)
        (metadata / "1.targets.json").write_bytes(targets)

    def __enter__(self) -> Self:
        """Return itself; leaving closes the stores."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all stores."""
        for name in list(self._stores):
            self.close_store(name)

    def store(self, name: str) -> Store:
        """Return the open store ``name``: "published" is the publisher's, any other a gateway's."""
        if name not in self._stores:
            self._stores[name] = open_store(self.folder / name, map_bytes=MAP_BYTES)
        return self._stores[name]

    def close_store(self, name: str) -> None:
        """Close the store ``name``, so that a test may remove its folder."""
        self._stores.pop(name).close()

    def repository(self) -> Repository:
        """Open the repository anew, as every start of a publisher does."""
        return Repository(self.folder / "repository", self.signers)

    def publisher(self) -> Publisher:
        """Return a new publisher, as every start of the command makes one."""
        return Publisher(
            repository=self.repository(),
            store=self.store("published"),
            open_source=self.register.view,
            compiler=Compiler(self.pseudonymiser, self.records),
            pack=self.pack,
            decision_keys={self.issuer: [self.decision_key.public_key]},
            policy=self.policy,
            clock=self.clock,
        )

    def compile_only(self, *, full: bool = False) -> Publication:
        """Publish into the repository without pushing; returns the last commit."""
        return self.compile_all(full=full)[-1]

    def compile_all(self, *, full: bool = False) -> list[Publication]:
        """Publish into the repository without pushing; returns every commit."""
        return list(self.publisher().publish(full=full))

    def push(self) -> int:
        """Push what is committed."""
        return self.distribution.push(self.repository().files())

    def publish(self, *, full: bool = False) -> Publication:
        """Publish what changed, and push it."""
        publication = self.compile_only(full=full)
        self.push()
        return publication

    def change(self, document: Document, *listings: Listing) -> Publication:
        """Put ``listings`` into the register and publish."""
        self.register.put(document, *listings)
        return self.publish()

    def follower(self, name: str = "gateway") -> Follower:
        """Return a new follower of the gateway ``name``, as after a restart."""
        follower = ClockedFollower(
            files=self.distribution,
            store=self.store(name),
            folder=self.folder / name,
            root=self.root,
            pack_digest=self.pack.digest,
        )
        follower.clock = self.clock
        return follower

    def follow(self, name: str = "gateway") -> Update:
        """Let the gateway ``name`` look once."""
        return self.follower(name).update()

    def header(self, name: str = "gateway") -> StoredHeader | None:
        """Return what the store ``name`` says it holds."""
        with self.store(name).read() as view:
            return view.header()

    def content(self, name: str = "gateway") -> dict[bytes, bytes]:
        """Return the records that the store ``name`` holds."""
        with self.store(name).read() as view:
            return dict(view.all_records())

    def trust_files(self, name: str = "gateway") -> dict[str, bytes]:
        """Return the TUF files for partners that the store ``name`` holds."""
        with self.store(name).read() as view:
            pairs = view._pairs(b"trust")  # noqa: SLF001 - nobody but a test lists them
            return {key.decode(): content for key, content in pairs}

    def listed(self, document: Document, name: str = "gateway") -> list[str]:
        """Return the references of the listings that the store ``name`` holds for ``document``."""
        with self.store(name).read() as view:
            record = view.record(self.pseudonymiser.of(document))
            listings = self.records.decode(record, view.route) if record is not None else []
            return [entry.reference for entry in listings]

    def index(self) -> SnapshotIndex:
        """Return the committed index."""
        content = self.repository().target(INDEX_TARGET)
        assert content is not None, "nothing is published yet"
        return parse_index(content)

    def publish_index(self, index: SnapshotIndex) -> None:
        """Publish ``index``, properly signed, whether it is true or not; its parts must be committed already."""
        repository = self.repository()
        names = [name for piece in (index.full, *index.deltas) for name in piece.parts]
        kept = [repository.known(name) for name in dict.fromkeys(names)]
        targets = {
            LISTS: [repository.stage(INDEX_TARGET, index.encode())]
            + [info for info in kept if role_of(info.path) == LISTS],
            SETTLED: [info for info in kept if role_of(info.path) == SETTLED],
        }
        repository.commit(targets, now=self.clock(), lease=self.policy.lease)
        self.push()

    def publish_keys_document(self, content: bytes) -> None:
        """Publish ``content``, properly signed, as the document of the decision keys."""
        repository = self.repository()
        targets = [repository.stage(KEYS_TARGET, content)]
        repository.commit({DECISION_KEYS: targets}, now=self.clock(), lease=self.policy.lease)
        self.push()

    def use_pack(self, pack: Pack) -> None:
        """Give publisher and new followers another pack."""
        self.pack = pack
        if pack.digest not in _MATRICES:
            _MATRICES[pack.digest] = compile_matrix(pack)
        self.records = RecordFormat(pack, _MATRICES[pack.digest])

    def set_policy(self, **changes: object) -> None:
        """Change some of the publisher's settings."""
        self.policy = replace(self.policy, **changes)  # type: ignore[arg-type]

    def delegated_keys(self) -> list[dict[str, str]]:
        """Return the rows of the committed document of the decision keys."""
        content = self.repository().target(KEYS_TARGET)
        assert content is not None, "nothing is published yet"
        rows: list[dict[str, str]] = json.loads(content)["keys"]
        return rows
