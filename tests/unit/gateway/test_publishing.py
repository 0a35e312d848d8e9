"""The publisher's loop: every change at once, the lease in time, and on through a dead Redis."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from gateway.config import PublisherSettings, Settings
from gateway.errors import CommandError, SnapshotError, TablesLackError
from gateway.publishing import PublishingSite, publishing_site
from gateway.register.errors import DatabaseError
from gateway.site import SitePlan, create_site
from gateway.snapshot.publication import Publication, publisher_lock
from tests.fakes.fixed_clock import MORNING
from tests.fakes.in_memory_distribution import InMemoryDistribution
from tests.fakes.in_memory_register import InMemoryRegister
from tests.fakes.rehearsal import Rehearsal
from tests.fakes.synthetic_parties import citizen, listing

if TYPE_CHECKING:
    from gateway.register.register import Register
    from gateway.snapshot.distribution import RedisDistribution
    from gateway.snapshot.publisher import Publisher
    from gateway.snapshot.repository import Repository
    from sanctions_matrix.listing import Listing


@dataclass
class RehearsedPublisher:
    """The publisher of a rehearsal, opened anew for every publication."""

    scene: Rehearsal

    def publish(self, *, full: bool = False, progress: object = None) -> Iterator[Publication]:
        """Publish into the rehearsal's repository."""
        del progress
        return self.scene.publisher().publish(full=full)


@dataclass
class RehearsedRepository:
    """The repository of a rehearsal, as it is committed now."""

    scene: Rehearsal

    def files(self) -> dict[str, Path]:
        """Return what is to be distributed."""
        return self.scene.repository().files()


@dataclass
class CountedEvent(threading.Event):
    """An event that is set after it has been waited for so many times."""

    turns: int
    each_turn: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start unset."""
        super().__init__()

    def wait(self, timeout: float | None = None) -> bool:
        """Count one turn and return at once."""
        del timeout
        self.turns -= 1
        if self.turns <= 0:
            self.set()
        return self.is_set()


def site(
    scene: Rehearsal, distribution: InMemoryDistribution, lease: int = 86_400
) -> PublishingSite:
    """Return the rehearsal as the site that ``publish --watch`` works on."""
    settings = Settings(root=scene.folder, publisher=PublisherSettings(lease_seconds=lease))
    return PublishingSite(
        publisher=cast("Publisher", RehearsedPublisher(scene)),
        repository=cast("Repository", RehearsedRepository(scene)),
        distribution=cast("RedisDistribution", distribution),
        register=cast("Register", scene.register),
        settings=settings,
    )


def fail_on_it(publication: Publication) -> None:
    """Fail, because nothing was to be published."""
    pytest.fail(publication.kind)


def test_publishing_pushes(rehearsal: Rehearsal, distribution: InMemoryDistribution) -> None:
    """What was published is at once where gateways look."""
    rehearsal.register.put(citizen(0), listing())
    assert [one.kind for one in site(rehearsal, distribution).publish()] == ["full"]
    assert rehearsal.follow().header.entries == 1


def test_publishing_everything_mends_everything(
    rehearsal: Rehearsal, distribution: InMemoryDistribution
) -> None:
    """An operator gets rid of files that somebody damaged, also of those that a full snapshot keeps."""
    rehearsal.register.put(citizen(0), listing())
    opened = site(rehearsal, distribution)
    list(opened.publish())
    distribution.files["metadata/1.targets.json"] = b"damaged"
    list(opened.publish())
    with pytest.raises(SnapshotError):
        rehearsal.follow()
    list(opened.publish(full=True))
    assert rehearsal.follow().applied == "full"


def test_a_change_is_published_once(
    rehearsal: Rehearsal, distribution: InMemoryDistribution
) -> None:
    """As long as nothing changes and the lease is fresh nothing is published; a change is, at once."""
    kinds: list[str] = []
    stopping = CountedEvent(10_000_000)

    def published(publication: Publication) -> None:
        kinds.append(publication.kind)
        if len(kinds) == 1:
            rehearsal.register.put(citizen(1), listing("L2"))
        else:
            stopping.turns = 1_000

    site(rehearsal, distribution).watch(stopping, published, pytest.fail)
    assert kinds == ["full", "delta"]


def test_sweeps_run_beside_the_loop_and_what_they_end_is_published(
    rehearsal: Rehearsal, distribution: InMemoryDistribution
) -> None:
    """What is due without anybody asking is an ending like any other; a sweep runs once in a minute."""
    rehearsal.register.put(citizen(0), listing())
    swept = threading.Event()

    def sweep() -> None:
        rehearsal.register.put(citizen(0))
        assert not swept.is_set()
        swept.set()

    kinds: list[str] = []
    stopping = CountedEvent(10_000_000)

    def published(publication: Publication) -> None:
        kinds.append(publication.kind)
        if publication.entries == 0:
            stopping.set()

    opened = replace(site(rehearsal, distribution), sweeps=(sweep,))
    opened.watch(stopping, published, pytest.fail)
    assert swept.is_set()
    assert rehearsal.follow().header.entries == 0


def test_a_database_that_fails_in_a_sweep_is_said_and_the_watch_goes_on(
    rehearsal: Rehearsal, distribution: InMemoryDistribution
) -> None:
    """Enforcement stops by itself, swept or not; without a publisher the lease would end for everybody."""

    def sweep() -> None:
        message = "the register's database failed"
        raise DatabaseError(message)

    said: list[str] = []
    stopping = CountedEvent(10_000_000)

    def trouble(problem: str) -> None:
        said.append(problem)
        rehearsal.register.put(citizen(0), listing())

    def published(publication: Publication) -> None:
        if said and publication.entries == 1:
            stopping.set()

    opened = replace(site(rehearsal, distribution), sweeps=(sweep,))
    opened.watch(stopping, published, trouble)
    assert said == ["the register's database failed; sweeping again in a minute"]
    assert rehearsal.follow().header.entries == 1


def test_a_sweep_that_is_wrong_ends_the_watch(
    rehearsal: Rehearsal, distribution: InMemoryDistribution
) -> None:
    """A mistake of the program in the other thread is not swallowed."""

    def sweep() -> None:
        raise ZeroDivisionError

    opened = replace(site(rehearsal, distribution), sweeps=(sweep,))
    with pytest.raises(ZeroDivisionError):
        opened.watch(CountedEvent(10_000_000), lambda _: None, pytest.fail)


def test_a_dead_redis_is_said_and_tried_again(
    rehearsal: Rehearsal, distribution: InMemoryDistribution
) -> None:
    """What could not be pushed is committed, and pushed with the next change."""
    said: list[str] = []
    published: list[str] = []
    distribution.reachable = False

    def trouble(problem: str) -> None:
        said.append(problem)
        distribution.reachable = True
        rehearsal.register.put(citizen(1), listing("L2"))

    site(rehearsal, distribution).watch(
        CountedEvent(3), lambda publication: published.append(publication.kind), trouble
    )
    assert (len(said), published) == (1, ["delta"])
    assert rehearsal.follow().header.number == 2


@dataclass
class MortalRegister:
    """A register whose database fails when told to: as it is asked for its last change, or as it is read."""

    register: InMemoryRegister
    failures: list[str] = field(default_factory=list)
    asked: int = 0

    def last_change(self) -> int:
        """Return the number of the newest change."""
        self.asked += 1
        self._fail("asked")
        return self.register.last_change()

    def fail_when_read(self) -> None:
        """Fail as a publication reads it."""
        self._fail("read")

    def _fail(self, occasion: str) -> None:
        if self.failures and self.failures[0] == occasion:
            del self.failures[0]
            message = "the register's database failed"
            raise DatabaseError(message)


@dataclass
class MortalPublisher(RehearsedPublisher):
    """The publisher of a rehearsal on a register whose database fails now and then."""

    register: MortalRegister

    def publish(self, *, full: bool = False, progress: object = None) -> Iterator[Publication]:
        """Publish into the rehearsal's repository, unless the register cannot be read."""
        self.register.fail_when_read()
        return super().publish(full=full, progress=progress)


def mortal_site(
    rehearsal: Rehearsal, distribution: InMemoryDistribution, failures: list[str]
) -> PublishingSite:
    """Return the rehearsal's site on a register that fails these times."""
    register = MortalRegister(rehearsal.register, failures)
    return replace(
        site(rehearsal, distribution),
        register=cast("Register", register),
        publisher=cast("Publisher", MortalPublisher(rehearsal, register)),
    )


@pytest.mark.parametrize("occasion", ["asked", "read"])
def test_a_database_that_fails_is_said_and_tried_again(
    rehearsal: Rehearsal, distribution: InMemoryDistribution, occasion: str
) -> None:
    """PostgreSQL is started anew, and the publisher outlives it: what changed meanwhile is published."""
    rehearsal.register.put(citizen(0), listing())
    said: list[str] = []
    published: list[str] = []
    opened = mortal_site(rehearsal, distribution, [occasion, occasion])
    opened.watch(CountedEvent(9), lambda one: published.append(one.kind), said.append)
    assert said == ["the register's database failed; trying again until it answers"] * 2
    assert published == ["full"]
    assert rehearsal.follow().header.entries == 1


def test_a_database_that_fails_after_a_publication_ends_nothing(
    rehearsal: Rehearsal, distribution: InMemoryDistribution
) -> None:
    """Between two steps it is asked as well, whether something else came."""
    rehearsal.register.put(citizen(0), listing())
    opened = mortal_site(rehearsal, distribution, [])
    said: list[str] = []
    published: list[str] = []

    def tell(publication: Publication) -> None:
        published.append(publication.kind)
        if len(published) == 1:
            cast("MortalRegister", opened.register).failures.append("asked")
            rehearsal.register.put(citizen(1), listing("L2"))

    opened.watch(CountedEvent(9), tell, said.append)
    assert (len(said), published) == (1, ["full", "delta"])
    assert rehearsal.follow().header.entries == 2


def test_a_register_that_cannot_be_read_keeps_no_lease_alive(
    rehearsal: Rehearsal, distribution: InMemoryDistribution
) -> None:
    """Gateways fall silent rather than restrict on what may have ended, and the database is not asked without pause."""
    opened = mortal_site(rehearsal, distribution, [])
    list(opened.publish())
    first = rehearsal.follow().header
    rehearsal.clock.advance(seconds=40)
    register = cast("MortalRegister", opened.register)
    register.failures.extend(["asked"] * 1_000)
    stopping, said = CountedEvent(100), list[str]()
    opened.watch(stopping, fail_on_it, said.append)
    assert rehearsal.follow().header == first
    assert len(said) == register.asked == 50


def test_what_is_stopped_before_it_began_publishes_nothing(rehearsal: Rehearsal) -> None:
    """A stop that comes early is obeyed."""
    stopped = CountedEvent(1)
    stopped.set()
    published: list[Publication] = []
    site(rehearsal, InMemoryDistribution()).watch(stopped, published.append, pytest.fail)
    assert published == []
    assert rehearsal.header("published") is None


def test_a_listing_with_a_measure_the_pack_lost_is_told(rehearsal: Rehearsal) -> None:
    """What cannot be published is said in words that lead to a repair, and nothing is published."""
    rehearsal.register.put(citizen(0), listing(measures=("38", "given-up")))
    with pytest.raises(
        CommandError, match=r"the measure 'given-up' that this publisher's tables lack.*as dormant"
    ):
        list(site(rehearsal, InMemoryDistribution()).publish())
    assert rehearsal.header("published") is None


@pytest.mark.parametrize(
    ("strange", "named"),
    [
        (listing("L2", list_id="a-new-list"), "the list 'a-new-list'"),
        (listing("L2", measures=("38", "a-new-measure")), "the measure 'a-new-measure'"),
    ],
    ids=["list", "measure"],
)
def test_a_watch_whose_tables_lack_something_ends_with_words(
    rehearsal: Rehearsal, distribution: InMemoryDistribution, strange: "Listing", named: str
) -> None:
    """Somebody imported under newer tables: it stops and says so, and keeps no lease alive."""
    rehearsal.register.put(citizen(0), listing())
    opened = site(rehearsal, distribution)
    list(opened.publish())
    first = rehearsal.follow().header
    rehearsal.clock.advance(seconds=40)
    rehearsal.register.put(citizen(1), strange)
    with pytest.raises(
        TablesLackError, match=f"{named} that this publisher's tables lack; restart it"
    ):
        opened.watch(CountedEvent(3), fail_on_it, pytest.fail)
    assert rehearsal.follow().header == first


def test_a_second_publisher_is_refused(tmp_path: Path) -> None:
    """Two publishers never sign different things under one version."""
    folder = tmp_path / "site"
    create_site(folder, SitePlan("us-ofac-sdn", "127.0.0.1:0"), now=MORNING)
    settings = Settings(root=folder, pack="us-ofac-sdn")
    with (
        publisher_lock(settings.repository),
        pytest.raises(CommandError, match="another publisher"),
        publishing_site(settings, "unix:///nowhere"),
    ):
        pytest.fail("the second publisher started")


def test_a_site_opens_for_publishing(tmp_path: Path) -> None:
    """A new site has every key and table that its publisher needs."""
    folder = tmp_path / "site"
    create_site(folder, SitePlan("us-ofac-sdn", "127.0.0.1:0"), now=MORNING)
    settings = Settings(root=folder, pack="us-ofac-sdn")
    with publishing_site(settings, "unix:///nowhere") as opened:
        (publication,) = opened.publisher.publish()
        assert publication.entries == 0


@pytest.mark.parametrize(
    "name", ["lists.pem", "pseudonym.key", "decision.public.pem", "timestamp.pem"]
)
def test_a_missing_key_is_named(tmp_path: Path, name: str) -> None:
    """Without one of its keys the publisher does not start, and says which."""
    folder = tmp_path / "site"
    create_site(folder, SitePlan("us-ofac-sdn", "127.0.0.1:0"), now=MORNING)
    (folder / "keys" / name).unlink()
    settings = Settings(root=folder, pack="us-ofac-sdn")
    with pytest.raises(CommandError, match=name), publishing_site(settings, "unix:///nowhere"):
        pytest.fail("the publisher started without a key")


def test_a_register_in_memory_is_read_like_the_real_one() -> None:
    """The fake keeps to the port: removed listings show as changed documents without any."""
    register = InMemoryRegister()
    register.put(citizen(0), listing())
    register.put(citizen(0))
    assert register.changed_documents(1) == [citizen(0)]
    assert register.listings_of([citizen(0)]) == {citizen(0): []}
    assert list(register.all_listings()) == []
