"""One suite for every place where published files can lie: in memory, in Valkey, and in Debian's redis-server."""

from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
import redis

from gateway.errors import RepositoryUnreachableError, SnapshotError
from gateway.snapshot.distribution import KEEP_SECONDS, TIMESTAMP, RedisDistribution
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.in_memory_distribution import InMemoryDistribution
from tests.fakes.rehearsal import Rehearsal
from tests.fakes.synthetic_parties import citizen, listing

Distribution = InMemoryDistribution | RedisDistribution
REAL = [
    pytest.param("redis_url", id="valkey", marks=pytest.mark.integration),
    pytest.param("debian_redis_url", id="redis-server", marks=pytest.mark.integration),
]
_PREFIXES = (f"contract-{number}" for number in count())


@pytest.fixture
def prefix() -> str:
    """A prefix that no other test uses."""
    return next(_PREFIXES)


@pytest.fixture(params=["memory", *REAL])
def distribution(request: pytest.FixtureRequest, prefix: str) -> Iterator[Distribution]:
    """Each kind of place in turn, with nothing published."""
    if request.param == "memory":
        yield InMemoryDistribution()
        return
    with closing(
        RedisDistribution(request.getfixturevalue(request.param), prefix=prefix, keep_seconds=0)
    ) as real:
        yield real


@pytest.fixture(params=["memory", *REAL])
def unreachable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Distribution]:
    """Each kind of place in turn, dead."""
    if request.param == "memory":
        dead = InMemoryDistribution()
        dead.reachable = False
        yield dead
        return
    with closing(RedisDistribution(f"unix://{tmp_path}/nobody.sock", prefix="dead")) as real:
        yield real


@pytest.fixture(params=REAL)
def server(request: pytest.FixtureRequest) -> Iterator[redis.Redis]:
    """A client of each real server in turn, for what a test does behind the distribution's back."""
    with redis.Redis.from_url(request.getfixturevalue(request.param)) as client:
        yield client


@pytest.fixture
def real(server: redis.Redis, prefix: str) -> Iterator[RedisDistribution]:
    """The distribution on ``server``."""
    path = server.connection_pool.connection_kwargs["path"]
    with closing(RedisDistribution(f"unix://{path}", prefix=prefix)) as distribution:
        yield distribution


def written(folder: Path, **contents: bytes) -> dict[str, Path]:
    """Write files and return them as what is to be pushed, the timestamp among them."""
    contents.setdefault("timestamp", b"t")
    files = {}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
        files[TIMESTAMP if name == "timestamp" else f"targets/{name}"] = folder / name
    return files


def test_nothing_is_found_where_nothing_is(distribution: Distribution) -> None:
    """A file that was not pushed is None, and no error."""
    assert distribution.get("targets/a") is None
    assert distribution.get("") is None


@pytest.mark.parametrize(
    "content", [b"", b"\0\xff", b"x" * 2_000_000], ids=["empty", "binary", "large"]
)
def test_what_was_pushed_is_found(
    distribution: Distribution, tmp_path: Path, content: bytes
) -> None:
    """Every byte comes back."""
    assert distribution.push(written(tmp_path, a=content)) == 2
    assert distribution.get("targets/a") == content
    assert distribution.get(TIMESTAMP) == b"t"


def test_only_what_is_missing_is_pushed(distribution: Distribution, tmp_path: Path) -> None:
    """Names say what is in a file, so one that is there is not sent again; the timestamp always is."""
    distribution.push(written(tmp_path, a=b"1"))
    assert distribution.push(written(tmp_path, a=b"2", b=b"3", timestamp=b"u")) == 2
    assert distribution.get("targets/a") == b"1"
    assert distribution.get("targets/b") == b"3"
    assert distribution.get(TIMESTAMP) == b"u"


def test_everything_can_be_pushed_again(distribution: Distribution, tmp_path: Path) -> None:
    """What somebody damaged is put right by replacing every file."""
    distribution.push(written(tmp_path, a=b"damaged", b=b"2"))
    files = written(tmp_path, a=b"1", b=b"2")
    assert distribution.push(files, replace=True) == 3
    assert distribution.get("targets/a") == b"1"


def test_what_is_not_named_is_removed(distribution: Distribution, tmp_path: Path) -> None:
    """No file stays that the newest publication does not need."""
    distribution.push(written(tmp_path, a=b"1", b=b"2"))
    distribution.push(written(tmp_path, b=b"2"))
    assert distribution.get("targets/a") is None
    assert distribution.get("targets/b") == b"2"


def test_the_timestamp_comes_last(distribution: Distribution, tmp_path: Path) -> None:
    """A push that breaks off leaves the old timestamp, and with it the old publication whole."""
    old = written(tmp_path, a=b"1")
    distribution.push(old)
    new = written(tmp_path, b=b"2", c=b"3", timestamp=b"u")
    new["targets/c"].unlink()
    with pytest.raises(FileNotFoundError):
        distribution.push(new)
    assert distribution.get(TIMESTAMP) == b"t"
    assert distribution.get("targets/a") == b"1"
    new["targets/c"].write_bytes(b"3")
    distribution.push(new)
    assert distribution.get("targets/c") == b"3"
    assert distribution.get("targets/a") is None


def test_a_push_is_announced(distribution: Distribution, tmp_path: Path) -> None:
    """Whoever waits learns of it; several announcements are one reason to look."""
    files = written(tmp_path)
    with distribution.announcements() as announcements:
        assert not announcements.wait(0.01)
        distribution.push(files)
        assert announcements.wait(5)
        assert not announcements.wait(0.01)
        for _ in range(3):
            distribution.push(files)
        assert announcements.wait(5)
        assert not announcements.wait(0.05)


def test_an_announcement_comes_after_the_files(distribution: Distribution, tmp_path: Path) -> None:
    """Whoever looks when told finds what was announced."""
    with distribution.announcements() as announcements:
        distribution.push(written(tmp_path, a=b"1"))
        assert announcements.wait(5)
        assert distribution.get("targets/a") == b"1"
        assert distribution.get(TIMESTAMP) == b"t"


def test_what_was_announced_earlier_is_not_repeated(
    distribution: Distribution, tmp_path: Path
) -> None:
    """A subscription begins with what comes next; whoever subscribes looks once anyway."""
    distribution.push(written(tmp_path))
    with distribution.announcements() as announcements:
        assert not announcements.wait(0.01)


def test_a_dead_place_is_unreachable(unreachable: Distribution, tmp_path: Path) -> None:
    """Every operation says the same: that nobody answers, and not what a library calls it."""
    with pytest.raises(RepositoryUnreachableError):
        unreachable.get("targets/a")
    with pytest.raises(RepositoryUnreachableError):
        unreachable.push(written(tmp_path))
    with pytest.raises(RepositoryUnreachableError), unreachable.announcements():
        pytest.fail("subscribed to a dead place")


class TestPublication:
    """A site publishes through each kind of place, and its gateways follow."""

    @pytest.fixture
    def scene(self, distribution: Distribution, quick_path: Path) -> Iterator[Rehearsal]:
        """A publisher and followers around the distribution."""
        with Rehearsal(quick_path, distribution, FixedClock()) as scene:
            scene.change(citizen(0), listing("L0"))
            scene.follow()
            yield scene

    def test_full_delta_and_lease(self, scene: Rehearsal) -> None:
        """Each kind of publication arrives."""
        scene.change(citizen(1), listing("L1"))
        assert scene.follow().applied == "deltas"
        scene.publish()
        assert scene.follow().applied == "lease"
        scene.publish(full=True)
        assert scene.follow().applied == "full"
        assert scene.follow("late").applied == "full"
        assert scene.content("late") == scene.content() == scene.content("published")

    def test_an_emptied_place_is_filled_again(
        self, scene: Rehearsal, distribution: Distribution, tmp_path: Path
    ) -> None:
        """After everything was lost the next publication brings it back, and nobody restarts."""
        distribution.push(written(tmp_path))
        with pytest.raises(SnapshotError):
            scene.follow()
        scene.publish()
        assert scene.follow().applied == "lease"
        assert scene.follow("late").applied == "full"


class TestRealServers:
    """What only a real server can do."""

    def keys(self, server: redis.Redis, prefix: str) -> set[str]:
        """Return the keys of this test's site."""
        return {key.decode() for key in server.scan_iter(match=f"*{prefix}*")}

    def test_a_file_that_is_needed_again_stays(
        self, server: redis.Redis, real: RedisDistribution, prefix: str, tmp_path: Path
    ) -> None:
        """What was let go and is named again, by this publisher or by one after a restart, does not expire."""
        both, one = written(tmp_path, a=b"1", b=b"2"), written(tmp_path, b=b"2")
        path, key = server.connection_pool.connection_kwargs["path"], f"{prefix}:tuf:targets/a"
        with closing(RedisDistribution(f"unix://{path}", prefix=prefix)) as restarted:
            for again in (real, restarted):
                real.push(both)
                real.push(one)
                assert 0 < server.ttl(key) <= KEEP_SECONDS
                again.push(both)
                assert server.ttl(key) == -1

    def test_a_restart_lets_go_of_what_another_left(
        self, server: redis.Redis, real: RedisDistribution, prefix: str, tmp_path: Path
    ) -> None:
        """The first push of a process looks at everything that is there, so that nothing stays for ever."""
        server.set(f"{prefix}:tuf:targets/left", b"by a publisher that was killed")
        real.push(written(tmp_path, a=b"1"))
        assert 0 < server.ttl(f"{prefix}:tuf:targets/left") <= KEEP_SECONDS

    def test_a_part_that_is_put_ahead_is_not_put_again(
        self, server: redis.Redis, real: RedisDistribution, prefix: str, tmp_path: Path
    ) -> None:
        """A full snapshot is pushed while it is written, so that the push that names it is short."""
        files = written(tmp_path, a=b"1", b=b"2")
        real.push(written(tmp_path, b=b"2"))
        real.put_ahead("targets/a", files["targets/a"])
        assert server.get(f"{prefix}:tuf:targets/a") == b"1"
        assert real.push(files) == 1

    def test_no_key_without_a_purpose(
        self, server: redis.Redis, real: RedisDistribution, prefix: str, quick_path: Path
    ) -> None:
        """The keys that stay are exactly the files of the newest publication; the others have some minutes left."""
        with Rehearsal(quick_path, real, FixedClock()) as scene:
            for serial in range(3):
                scene.change(citizen(serial), listing(f"L{serial}"))
            scene.publish(full=True)
            expected = {f"{prefix}:tuf:{path}" for path in scene.repository().files()}
        keys = self.keys(server, prefix)
        assert {key for key in keys if server.ttl(key) == -1} == expected
        assert keys > expected
        assert all(0 < server.ttl(key) <= KEEP_SECONDS for key in keys - expected)

    def test_a_poisoned_file_is_refused_and_can_be_mended(
        self, server: redis.Redis, real: RedisDistribution, prefix: str, quick_path: Path
    ) -> None:
        """A writer to Redis stops new gateways until everything is pushed again, and does nothing else."""
        with Rehearsal(quick_path, real, FixedClock()) as scene:
            scene.change(citizen(0), listing())
            (part,) = (key for key in self.keys(server, prefix) if "full-1" in key)
            server.set(part, b"poison")
            with pytest.raises(SnapshotError):
                scene.follow()
            real.push(scene.repository().files(), replace=True)
            assert scene.follow().applied == "full"

    def test_a_site_touches_only_its_own_keys(
        self, server: redis.Redis, real: RedisDistribution, prefix: str, tmp_path: Path
    ) -> None:
        """Two sites, and whatever else there is, share one server."""
        path = server.connection_pool.connection_kwargs["path"]
        foreign = {f"{prefix}:other", f"{prefix}x:tuf:targets/a", f"x:{prefix}:tuf:targets/a"}
        for key in foreign:
            server.set(key, b"foreign")
        with closing(RedisDistribution(f"unix://{path}", prefix=f"{prefix}-2")) as other:
            other.push(written(tmp_path, a=b"other"))
            real.push(written(tmp_path, b=b"own"))
            assert other.get("targets/a") == b"other"
            assert real.get("targets/a") is None
        assert foreign <= self.keys(server, prefix)

    def test_a_dropped_connection_is_opened_again(
        self, server: redis.Redis, real: RedisDistribution, tmp_path: Path
    ) -> None:
        """A server that ended all connections, as a restart does, is simply asked again."""
        real.push(written(tmp_path, a=b"1"))
        server.client_kill_filter(_type="normal", skipme=True)
        assert real.get("targets/a") == b"1"

    def test_a_full_server_is_said_and_finished_later(
        self, server: redis.Redis, real: RedisDistribution, tmp_path: Path
    ) -> None:
        """When Redis has no room the publisher says so; with room the same push goes through."""
        files = written(tmp_path, a=b"1")
        server.config_set("maxmemory", 1)
        try:
            with pytest.raises(RepositoryUnreachableError):
                real.push(files)
        finally:
            server.config_set("maxmemory", 0)
        assert real.get(TIMESTAMP) is None
        real.push(files)
        assert real.get("targets/a") == b"1"

    def test_a_broken_subscription_is_made_again(
        self, server: redis.Redis, real: RedisDistribution, tmp_path: Path
    ) -> None:
        """A follower whose connection broke while it waited hears the next announcement."""
        with real.announcements() as announcements:
            server.client_kill_filter(_type="pubsub", skipme=True)
            assert not announcements.wait(0.05)
            real.push(written(tmp_path))
            assert announcements.wait(5)


def test_no_message_names_the_server(unreachable: Distribution) -> None:
    """A URL can hold a password; no error repeats it."""
    with pytest.raises(RepositoryUnreachableError) as caught:
        unreachable.get("a")
    assert "nobody.sock" not in str(caught.value)
