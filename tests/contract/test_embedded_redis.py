"""The embedded server: shared by a site's commands, kept while one needs it, and remembered over a pause."""

import os
import signal
from pathlib import Path

import pytest
import redis

from gateway.embedded_redis import is_answering, redis_server, revive, socket_path

pytestmark = pytest.mark.integration


def client(url: str) -> redis.Redis:
    """Return a client of the server at ``url``."""
    return redis.Redis.from_url(url)


def test_a_given_server_is_used_and_left_alone(tmp_path: Path) -> None:
    """With a URL nothing is started and no folder is made."""
    folder = tmp_path / "redis"
    with redis_server("redis://somewhere", folder) as url:
        assert url == "redis://somewhere"
    assert not folder.exists()


def test_commands_of_a_site_share_one_server(tmp_path: Path) -> None:
    """The second finds what the first put, and the first still has it when the second left."""
    folder = tmp_path / "redis"
    with redis_server("", folder) as first, client(first) as one:
        one.set("a", b"1")
        with redis_server("", folder) as second, client(second) as two:
            assert second == first
            assert two.get("a") == b"1"
        assert one.get("a") == b"1"


def test_the_last_one_saves_and_stops_it(tmp_path: Path) -> None:
    """After the last command nothing runs; the next one finds everything again."""
    folder = tmp_path / "redis"
    with redis_server("", folder) as url, client(url) as one:
        one.set("a", b"\0\xff")
    assert not is_answering(socket_path(folder))
    with redis_server("", folder) as url, client(url) as one:
        assert one.get("a") == b"\0\xff"


def test_a_server_that_died_is_started_again(tmp_path: Path) -> None:
    """Whoever needs it brings it back; a second call finds it there."""
    folder = tmp_path / "redis"
    with redis_server("", folder) as url:
        client = redis.Redis.from_url(url)
        died = int(client.info("server")["process_id"])
        os.kill(died, signal.SIGKILL)
        with pytest.raises(redis.ConnectionError):
            client.ping()
        revive(folder)
        revive(folder)
        alive = int(client.info("server")["process_id"])
        client.close()
    assert alive != died
    assert not is_answering(socket_path(folder))


def test_only_its_owner_can_reach_it(tmp_path: Path) -> None:
    """The folder and the socket are the owner's, and there is no port."""
    folder = tmp_path / "redis"
    with redis_server("", folder) as url, client(url) as one:
        assert folder.stat().st_mode & 0o077 == 0
        assert socket_path(folder).stat().st_mode & 0o077 == 0
        assert one.config_get("port") == {"port": "0"}


def test_a_deep_folder_gets_a_short_socket(tmp_path: Path) -> None:
    """Socket paths are limited to about a hundred bytes; a site may lie deeper."""
    folder = tmp_path / ("deep" * 30)
    with redis_server("", folder) as url, client(url) as one:
        assert one.ping()
        assert len(os.fsencode(socket_path(folder))) < 100
