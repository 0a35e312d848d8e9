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
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from gateway.config import Settings
from gateway.keys import read_secret
from gateway.packs import load_pack
from gateway.publishing import PublishingSite, publishing_site
from gateway.register.errors import FeedRefusedError
from gateway.register.feeds.opening import FeedFormat
from gateway.register.imports import ImportReport
from gateway.snapshot.compilation import Compiler
from gateway.snapshot.distribution import RedisDistribution
from gateway.snapshot.follower import Follower
from gateway.snapshot.pseudonyms import Pseudonymiser
from gateway.snapshot.publication import Publication
from gateway.snapshot.records import RecordFormat
from gateway.snapshot.store import Store, open_store
from sanctions_matrix.evaluation import compile_matrix
from tests.in_memory_folder import IN_MEMORY
from tests.integration.conftest import Figure, SiteMaker
from tests.integration.live_site import LivePlan, LiveSite
from tests.integration.redis_server import RedisServer, binaries

pytestmark = pytest.mark.integration

_PACK = "us-ofac-sdn"
_HISTORY = "sdn_history_2021-08_2022-03.tar.xz"
_FIRST_DAY = date(2021, 7, 30)
_STORE_BYTES = 1024**3
_STRAGGLER_LOOKS_EVERY = 7


@dataclass(frozen=True, slots=True)
class _Step:
    """What one publication did.

    Attributes:
        report: what its import did; None when it was refused.
        publication: what was published of it.
        followed: the follower's digest afterwards.
        rebuilt: the digest of a store filled from the register alone.
    """

    report: ImportReport | None
    publication: Publication
    followed: str
    rebuilt: str


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

    def import_publication(self, path: Path, day: date) -> ImportReport | None:
        """Import one publication; None when it was refused."""
        began_at = time.monotonic()
        try:
            return self.site.import_file(path, "sdn", form=FeedFormat.OFAC_SDN, day=day)
        except FeedRefusedError:
            return None
        finally:
            self._spent("import", began_at)

    def step(self, path: Path, day: date) -> _Step:
        """Import and publish one publication, let the follower look, and rebuild."""
        report = self.import_publication(path, day)
        publication = self.publish()
        return _Step(report, publication, self.digest_of("follower"), self.rebuilt_digest())

    def publish(self) -> Publication:
        """Publish, and let the follower look; returns all its steps as one."""
        began_at = time.monotonic()
        steps = list(self.publishing.publish())
        changed = sum(step.changed for step in steps)
        publication = replace(steps[-1], kind=steps[0].kind, changed=changed)
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
            writer.put_sorted(sorted(compiler.all_records(source, routes)))
            digest = writer.content_digest().hex()
        self._spent("rebuild", began_at)
        return digest

    def _spent(self, what: str, began_at: float) -> None:
        self.seconds[what] += time.monotonic() - began_at


@contextmanager
def _chain(make_site: SiteMaker) -> Iterator[_Chain]:
    """Open the parts around a new register, each with a store of its own, in memory where that is possible."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(dir=IN_MEMORY)))
        server = RedisServer(binaries()["valkey"], folder / "redis")
        server.start()
        stack.callback(server.kill)
        site = make_site(LivePlan(pack=_PACK, redis=server, publisher={"lease_seconds": 3_600}))
        publishing = stack.enter_context(publishing_site(site.settings, server.url))
        names = ("follower", "straggler", "newcomer", "rebuilt")
        stores = {name: open_store(folder / name, map_bytes=_STORE_BYTES) for name in names}
        for store in stores.values():
            stack.callback(store.close)
        follower, straggler = (
            _follower(site.settings, publishing.distribution, stores[name], folder / name)
            for name in names[:2]
        )
        yield _Chain(site, publishing, follower, straggler, stores, folder)


@pytest.fixture(scope="module")
def chain(make_site: SiteMaker) -> Iterator[_Chain]:
    """Return the parts that all sixty publications go through."""
    with _chain(make_site) as chain:
        yield chain


@pytest.fixture(scope="module")
def steps(chain: _Chain, ofac_folder: Path) -> list[_Step]:
    """Go through the complete set of July 2021 and the sixty publications after it."""
    steps = [chain.step(ofac_folder / "2021-07" / "sdn.csv.xz", _FIRST_DAY)]
    for path, day in _publications(ofac_folder, chain.folder):
        steps.append(chain.step(path, day))
        if len(steps) % _STRAGGLER_LOOKS_EVERY == 0:
            chain.straggler.update()
    return steps


def test_every_step_of_the_chain_equals_a_full_rebuild(
    chain: _Chain, steps: list[_Step], figure: Figure
) -> None:
    """After each of 60 publications publisher, follower and a rebuild from the register have one digest."""
    different = [
        place
        for place, step in enumerate(steps)
        if not step.publication.digest == step.followed == step.rebuilt
    ]
    digests = {step.rebuilt for step in steps}
    figure(f"{len(steps) - 1} publications, {len(digests)} different contents")
    figure(", ".join(f"{what} {seconds:.1f} s" for what, seconds in chain.seconds.items()))
    assert len(steps) == 61
    assert different == []
    assert len(digests) > 50


def test_every_change_is_published_as_a_delta(steps: list[_Step], figure: Figure) -> None:
    """The first set is published in full, what changed later as deltas of its own size, and the rest not at all."""
    published = [(step.report, step.publication) for step in steps[1:]]
    kinds = Counter(publication.kind for _, publication in published)
    entries, changed = steps[-1].publication.entries, [one.changed for _, one in published]
    figure(
        f"{dict(kinds)}; at most {max(changed)} of {entries:,} records changed, {sum(changed):,} in all"
    )
    assert steps[0].publication.kind == "full"
    assert [
        place
        for place, (report, publication) in enumerate(published, start=1)
        if publication.kind != ("delta" if report and report.change is not None else "lease")
    ] == []
    assert max(changed) < entries / 10


def test_no_publication_is_refused_and_none_changes_much(
    steps: list[_Step], figure: Figure
) -> None:
    """Each is imported on top of the one before: none is refused, and what it adds and changes stays small."""
    reports = [step.report for step in steps[1:] if step.report is not None]
    total = {
        name: sum(getattr(report, name) for report in reports)
        for name in ("added", "changed", "reopened", "ended")
    }
    figure(f"{len(reports)} imported: {total}")
    later = reports[1:]
    assert len(reports) == 60
    assert all(report.withheld == 0 for report in later)
    assert max(report.added + report.changed + report.reopened for report in later) < 100
    assert total["ended"] > 300


def test_latecomers_arrive_at_the_same_content(chain: _Chain, steps: list[_Step]) -> None:
    """Who looked at every seventh step only, and who looks for the first time, arrive where the others are."""
    chain.straggler.update()
    newcomer = _follower(
        chain.site.settings,
        chain.publishing.distribution,
        chain.stores["newcomer"],
        chain.folder / "newcomer",
    )
    newcomer.update()
    assert chain.digest_of("straggler") == steps[-1].rebuilt
    assert chain.digest_of("newcomer") == steps[-1].rebuilt


def test_a_refused_publication_changes_nothing(make_site: SiteMaker, ofac_folder: Path) -> None:
    """An empty publication, one cut off at any of some places, and an older one leave register and content alone."""
    with _chain(make_site) as chain, closing(_publications(ofac_folder, chain.folder)) as files:
        older, bad = chain.folder / "older.csv", chain.folder / "bad.csv"
        path, older_day = next(files)
        shutil.copy(path, older)
        path, day = next(files)
        good = chain.step(path, day)
        content = path.read_bytes()
        cuts = (0, 1, 1_000, len(content) // 2, len(content) - 1, content.rindex(b"\n", 0, -10) + 1)
        accepted = []
        for length in cuts:
            bad.write_bytes(content[:length])
            if chain.import_publication(bad, date(2021, 12, 31)) is not None:
                accepted.append(length)
        assert accepted == []
        assert chain.import_publication(older, older_day) is None
        after = chain.step(path, day)
        assert after.report is not None
        assert after.report.is_repeated
        assert after.publication.kind == "lease"
        assert {after.publication.digest, after.followed, after.rebuilt} == {good.rebuilt}


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
