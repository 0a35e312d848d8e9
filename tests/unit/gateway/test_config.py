"""Settings: read from one file and four variables, refused with every problem, never less secure by default."""

from pathlib import Path

import pytest

from gateway.config import Settings, is_loopback, load_settings, parse_settings, split_address
from gateway.errors import SettingsError

ROOT = Path("site")


def parse(text: str = "", **environ: str) -> Settings:
    """Parse ``text`` as the settings of a site in ``ROOT``."""
    return parse_settings(text, environ, root=ROOT, source="jointgate.toml")


def problems(text: str, **environ: str) -> list[str]:
    """Return the problems that parsing ``text`` reports."""
    with pytest.raises(SettingsError) as caught:
        parse(text, **environ)
    assert caught.value.exit_code == 2
    assert all(problem in str(caught.value) for problem in caught.value.problems)
    return list(caught.value.problems)


def test_an_empty_file_gives_the_defaults() -> None:
    """Every setting has a default, and the defaults are the secure ones."""
    settings = parse()
    assert settings.pack_id == "cn-joint-discipline"
    assert settings.gateway.listen == "127.0.0.1:8443"
    assert settings.gateway.insecure_plaintext is False
    assert settings.gateway.reflection is False
    assert settings.lease.total_seconds() == 60


def test_everything_lies_in_the_folder_of_the_file() -> None:
    """Each path of a site is below its folder, so that the folder can be moved."""
    settings = parse()
    paths = [
        settings.keys,
        settings.tls,
        settings.trust_root,
        settings.repository,
        settings.published_store,
        settings.store,
        settings.partners,
    ]
    assert all(path.is_relative_to(ROOT) for path in paths)
    assert len(set(paths)) == len(paths)
    assert settings.database_url == "sqlite:///site/register.sqlite"


def test_all_problems_are_listed_at_once() -> None:
    """An unknown, a mistyped, an out-of-range and a contradicting setting are reported together."""
    found = problems("""
        colour = "red"
        pack = 3
        [publisher]
        lease_seconds = 0
        speed = 1
        [register]
        shrink_guard = 1.5
        [gateway]
        listen = "0.0.0.0:1"
        insecure_plaintext = true
    """)
    assert found[0] == "unknown setting colour"
    assert [problem.partition(":")[0] for problem in found[1:]] == [
        "pack",
        "register.shrink_guard",
        "unknown setting publisher.speed",
        "publisher.lease_seconds",
        "gateway.insecure_plaintext",
    ]


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("pack = true", "pack"),
        ('pack = "../pack"', "pack"),
        ('issuer = ""', "issuer"),
        ('issuer = "gateway\\n"', "issuer"),
        ("redis = 3", "redis"),
        ("redis.prefix = 'a:b'", "redis.prefix"),
        ("register.shrink_guard = 0", "register.shrink_guard"),
        ("publisher.lease_seconds = 86401", "publisher.lease_seconds"),
        ("publisher.lease_seconds = 1.5", "publisher.lease_seconds"),
        ("publisher.lease_seconds = '60'", "publisher.lease_seconds"),
        ("publisher.part_bytes = 4095", "publisher.part_bytes"),
        ("publisher.delta_records = 0", "publisher.delta_records"),
        ("publisher.decision_key_hours = 169", "publisher.decision_key_hours"),
        ("gateway.workers = 257", "gateway.workers"),
        ("gateway.threads = 0", "gateway.threads"),
        ("gateway.store_gib = 1025", "gateway.store_gib"),
        ("gateway.reflection = 1", "gateway.reflection"),
        ("gateway.insecure_plaintext = 'yes'", "gateway.insecure_plaintext"),
    ],
)
def test_a_wrong_value_names_its_setting(text: str, setting: str) -> None:
    """A value of the wrong type or outside its limits stops the start and says which setting it was."""
    (problem,) = problems(text)
    assert problem.startswith(setting)


def test_the_folder_cannot_be_set() -> None:
    """The site's folder is the place of the file; a setting that pretends otherwise is unknown."""
    assert problems("root = 'elsewhere'") == ["unknown setting root"]


def test_text_that_is_not_toml_is_refused() -> None:
    """A damaged file is no empty file."""
    (problem,) = problems("pack = ")
    assert problem.startswith("not TOML")


def test_the_environment_wins() -> None:
    """A variable overrides the file, setting by setting."""
    settings = parse(
        "redis.url = 'redis://file'\nredis.prefix = 'kept'\ngateway.listen = '127.0.0.1:1'",
        JOINTGATE_REDIS_URL="redis://variable",
        JOINTGATE_DATABASE_URL="sqlite:///variable",
        JOINTGATE_LISTEN="127.0.0.1:2",
    )
    assert settings.redis.url == "redis://variable"
    assert settings.redis.prefix == "kept"
    assert settings.database_url == "sqlite:///variable"
    assert settings.gateway.listen == "127.0.0.1:2"


def test_the_environment_is_checked_like_the_file() -> None:
    """A variable cannot smuggle in what the file may not say."""
    (problem,) = problems("gateway.insecure_plaintext = true", JOINTGATE_LISTEN="0.0.0.0:1")
    assert "insecure_plaintext" in problem
    assert problems("redis = 3", JOINTGATE_REDIS_URL="redis://variable") == [
        "redis must be a table"
    ]


@pytest.mark.parametrize("listen", ["127.0.0.1:1", "[::1]:1", "localhost:1", "127.9.9.9:1"])
def test_plaintext_is_allowed_on_loopback(listen: str) -> None:
    """Experiments without TLS stay on one machine."""
    settings = parse(f"gateway.insecure_plaintext = true\ngateway.listen = '{listen}'")
    assert settings.gateway.insecure_plaintext


@pytest.mark.parametrize("listen", ["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "gateway.example:1"])
def test_plaintext_is_refused_elsewhere(listen: str) -> None:
    """No setting brings unencrypted answers onto a network."""
    (problem,) = problems(f"gateway.insecure_plaintext = true\ngateway.listen = '{listen}'")
    assert "loopback" in problem


@pytest.mark.parametrize("listen", ["8443", ":8443", "host:", "host:https", "host:65536"])
def test_an_address_needs_host_and_port(listen: str) -> None:
    """An address that cannot be listened on is reported as what it is."""
    (problem,) = problems(f"gateway.listen = '{listen}'")
    assert "HOST:PORT" in problem


def test_an_address_is_split_at_its_last_colon() -> None:
    """An IPv6 host stands in brackets and loses them."""
    assert split_address("[::1]:8443") == ("::1", 8443)
    assert split_address("gateway.example:0") == ("gateway.example", 0)


def test_only_this_machine_is_loopback() -> None:
    """A name that is no address is not trusted to be local."""
    assert is_loopback("::1")
    assert not is_loopback("localhost.example")
    assert not is_loopback("10.0.0.1")


def test_a_folder_stands_for_its_file(tmp_path: Path) -> None:
    """Naming the site's folder is naming its jointgate.toml."""
    (tmp_path / "jointgate.toml").write_text("issuer = 'here'", encoding="utf-8")
    by_folder = load_settings(tmp_path, environ={})
    assert by_folder == load_settings(tmp_path / "jointgate.toml", environ={})
    assert (by_folder.issuer, by_folder.root) == ("here", tmp_path)


def test_paths_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the command is called from does not matter."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "jointgate.toml").touch()
    monkeypatch.chdir(tmp_path)
    relative = load_settings("site/jointgate.toml", environ={})
    assert relative.keys == tmp_path / "site" / "keys"


def test_the_variable_names_the_file(tmp_path: Path) -> None:
    """Without an argument the variable says where the settings are; an argument wins over it."""
    for name in ("one", "two"):
        (tmp_path / name).write_text(f"issuer = '{name}'", encoding="utf-8")
    environ = {"JOINTGATE_CONFIG": str(tmp_path / "one")}
    assert load_settings(None, environ).issuer == "one"
    assert load_settings(tmp_path / "two", environ).issuer == "two"


def test_without_a_file_there_is_no_start() -> None:
    """Nobody is served from settings that were guessed."""
    with pytest.raises(SettingsError, match="JOINTGATE_CONFIG"):
        load_settings(None, environ={})


def test_a_missing_or_unreadable_file_is_said(tmp_path: Path) -> None:
    """A wrong path and a file that is no text are told apart from an empty file."""
    with pytest.raises(SettingsError, match="no such file"):
        load_settings(tmp_path, environ={})
    (tmp_path / "jointgate.toml").write_bytes(b"\xff")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path, environ={})
