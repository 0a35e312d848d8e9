"""Sixty consecutive publications of a real list: a chain of deltas ends where a full rebuild does, after every step.

Everything is real but the processes: register, publisher, Redis and followers run inside the test, for speed.
The list is read from the folder that ``JOINTGATE_OFAC_DIR`` names; no assertion here shows a document.
"""

import re
import shutil
import tarfile
import time
from collections import Counter, defaultdict
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from gateway.config import Settings
from gateway.keys import read_secret
from gateway.packs import load_pack
from gateway.publishing import PublishingSite, publishing_site
from gateway.register.errors import FeedRefusedError
from gateway.register.feeds.opening import FeedFormat
from gateway.snapshot.compilation import Compiler
from gateway.snapshot.distribution import RedisDistribution
from gateway.snapshot.follower import Follower
from gateway.snapshot.pseudonyms import Pseudonymiser
from gateway.snapshot.publisher import Publication
from gateway.snapshot.records import RecordFormat
from gateway.snapshot.store import Store, open_store
from sanctions_matrix.evaluation import compile_matrix
from tests.integration.conftest import Figure, SiteMaker
from tests.integration.live_site import LivePlan, LiveSite
from tests.integration.redis_server import RedisServer, binaries

pytestmark = pytest.mark.integration

_PACK = "us-ofac-sdn"
_HISTORY = "sdn_history_2021-08_2022-03.tar.xz"
_FIRST_DAY = date(2021, 7, 30)
_STORE_BYTES = 1024**3
_STRAGGLER_LOOKS_EVERY = 7


@dataclass(slots=True)
class _Chain:
    """A publisher, a follower that takes every step, one that skips most, and a clean rebuild after each step."""

    site: LiveSite
    publishing: PublishingSite
    follower: Follower
    straggler: Follower
    stores: dict[str, Store]
    folder: Path
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    kinds: Counter[str] = field(default_factory=Counter)

    def import_publication(self, path: Path, day: date) -> bool:
        """Import one publication; tells whether the register changed."""
        began_at = time.monotonic()
        try:
            report = self.site.import_file(path, "sdn", form=FeedFormat.OFAC_SDN, day=day)
        except FeedRefusedError:
            self.kinds["refused"] += 1
            return False
        finally:
            self._spent("import", began_at)
        return report.change is not None

    def publish(self) -> Publication:
        """Publish, and let the follower look."""
        began_at = time.monotonic()
        publication = self.publishing.publish()
        self.kinds[publication.kind] += 1
        self._spent("publish", began_at)
        began_at = time.monotonic()
        self.follower.update()
        self._spent("follow", began_at)
        return publication

    def digest_of(self, name: str) -> str:
        """Return the content digest of one of the stores, computed from its buckets."""
        with self.stores[name].read() as view:
            return view.content_digest().hex()

    def rebuilt_digest(self) -> str:
        """Return the digest of a new store that is filled from the register alone."""
        began_at = time.monotonic()
        compiler, routes = _compiler(self.site.settings), dict[bytes, bytes]()
        with (
            self.publishing.register.view() as source,
            self.stores["rebuilt"].write() as writer,
        ):
            writer.clear()
            writer.put_sorted(compiler.all_records(source, routes))
            digest = writer.content_digest().hex()
        self._spent("rebuild", began_at)
        return digest

    def _spent(self, what: str, began_at: float) -> None:
        self.seconds[what] += time.monotonic() - began_at


@pytest.fixture
def chain(make_site: SiteMaker, tmp_path: Path) -> Iterator[_Chain]:
    """Return the parts around a new register, each with a store of its own."""
    server = RedisServer(binaries()["valkey"], tmp_path / "redis")
    server.start()
    site = make_site(LivePlan(pack=_PACK, redis=server, publisher={"lease_seconds": 3_600}))
    names = ("follower", "straggler", "newcomer", "rebuilt")
    stores = {name: open_store(tmp_path / name, map_bytes=_STORE_BYTES) for name in names}
    try:
        with publishing_site(site.settings, server.url) as publishing:
            follower, straggler = (
                _follower(site.settings, publishing.distribution, stores[name], tmp_path / name)
                for name in names[:2]
            )
            yield _Chain(site, publishing, follower, straggler, stores, tmp_path)
    finally:
        for store in stores.values():
            store.close()
        server.kill()


def test_every_step_of_the_chain_equals_a_full_rebuild(
    chain: _Chain, ofac_folder: Path, figure: Figure
) -> None:
    """After each of 60 publications publisher, follower and a rebuild from the register have one digest."""
    chain.import_publication(ofac_folder / "2021-07" / "sdn.csv.xz", _FIRST_DAY)
    publication = chain.publish()
    assert publication.kind == "full"
    digest, digests, steps, wrong = publication.digest, set[str](), 0, []
    for steps, (path, day) in enumerate(_publications(ofac_folder, chain.folder), start=1):
        has_changed = chain.import_publication(path, day)
        publication = chain.publish()
        digest = chain.rebuilt_digest()
        digests.add(digest)
        if steps % _STRAGGLER_LOOKS_EVERY == 0:
            chain.straggler.update()
        held = {publication.digest, chain.digest_of("follower")}
        if held != {digest} or publication.kind != ("delta" if has_changed else "lease"):
            wrong.append(steps)
    figure(f"{steps} publications, {dict(chain.kinds)}, {len(digests)} different contents")
    figure(", ".join(f"{what} {seconds:.1f} s" for what, seconds in chain.seconds.items()))
    figure(f"{publication.entries:,} documents listed at the end")
    assert steps == 60
    assert wrong == []
    assert len(digests) > 50
    _require_latecomers(chain, digest)


def _require_latecomers(chain: _Chain, digest: str) -> None:
    """Require that who looked seldom, and who looks for the first time, arrive at the same content."""
    chain.straggler.update()
    newcomer = _follower(
        chain.site.settings,
        chain.publishing.distribution,
        chain.stores["newcomer"],
        chain.folder / "newcomer",
    )
    newcomer.update()
    assert chain.digest_of("straggler") == digest
    assert chain.digest_of("newcomer") == digest


def test_a_refused_publication_changes_nothing(chain: _Chain, ofac_folder: Path) -> None:
    """An empty publication, one cut off at any of some places, and an older one leave register and content alone."""
    publications = _publications(ofac_folder, chain.folder)
    older, bad = chain.folder / "older.csv", chain.folder / "bad.csv"
    path, older_day = next(publications)
    shutil.copy(path, older)
    path, day = next(publications)
    chain.import_publication(path, day)
    digest = chain.publish().digest
    content = path.read_bytes()
    cuts = (0, 1, 1_000, len(content) // 2, len(content) - 1, content.rindex(b"\n", 0, -10) + 1)
    for length in cuts:
        bad.write_bytes(content[:length])
        assert not chain.import_publication(bad, date(2021, 12, 31))
    assert chain.kinds["refused"] == len(cuts)
    assert not chain.import_publication(older, older_day)
    assert chain.kinds["refused"] == len(cuts) + 1
    assert chain.publish().kind == "lease"
    assert {chain.digest_of("follower"), chain.rebuilt_digest()} == {digest}
    publications.close()


def _publications(ofac_folder: Path, folder: Path) -> Generator[tuple[Path, date], None, None]:
    """Yield the publications in order, one file at a time; each is removed when the next is asked for."""
    with tarfile.open(ofac_folder / _HISTORY, mode="r|xz") as archive:
        last = ""
        for member in archive:
            stated = re.search(r"(\d{3})_(\d{4}-\d{2}-\d{2})_", member.name)
            if stated is None:
                continue
            assert stated[1] > last
            last = stated[1]
            path = folder / "publication.csv"
            stream = archive.extractfile(member)
            assert stream is not None
            path.write_bytes(stream.read())
            yield path, date.fromisoformat(stated[2])
            path.unlink()


def _follower(settings: Settings, files: RedisDistribution, store: Store, folder: Path) -> Follower:
    return Follower(
        files=files,
        store=store,
        folder=folder,
        root=settings.trust_root.read_bytes(),
        pack_digest=load_pack(_PACK).digest,
    )


def _compiler(settings: Settings) -> Compiler:
    pack = load_pack(_PACK)
    pseudonymiser = Pseudonymiser(read_secret(settings.keys / "pseudonym.key"))
    return Compiler(pseudonymiser, RecordFormat(pack, compile_matrix(pack)))
