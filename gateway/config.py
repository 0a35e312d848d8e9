"""The settings of one site: one frozen tree, built once from a TOML file and four environment variables.

Responsible for: reading, checking and defaulting settings.
Not responsible for: creating a site (``gateway.site``) or keys.

Rules kept here:

- Nothing else reads the environment.
- Every problem is reported, not the first.
- Relative paths are relative to the file, so a site can be moved as a folder.
- There is no default for a trust anchor, and less security needs a setting with ``insecure`` in its name.
"""

import dataclasses
import ipaddress
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import msgspec

from gateway.errors import SettingsError

_Tree = TypeVar("_Tree")

CONFIG_VARIABLE = "JOINTGATE_CONFIG"
ENVIRONMENT = {
    "JOINTGATE_REDIS_URL": ("redis", "url"),
    "JOINTGATE_DATABASE_URL": ("register", "database_url"),
    "JOINTGATE_LISTEN": ("gateway", "listen"),
}

Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=86_400)]
Hours = Annotated[int, msgspec.Meta(ge=1, le=168)]
PartBytes = Annotated[int, msgspec.Meta(ge=4_096, le=16 * 1024 * 1024)]
Count = Annotated[int, msgspec.Meta(ge=1, le=256)]
DeltaRecords = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
SubmissionMiB = Annotated[int, msgspec.Meta(ge=1, le=65_536)]
Attempts = Annotated[int, msgspec.Meta(ge=1, le=100)]
RetentionDays = Annotated[int, msgspec.Meta(ge=1, le=90)]
QueueLength = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
GiB = Annotated[int, msgspec.Meta(ge=1, le=1_024)]
RedisUrl = Annotated[str, msgspec.Meta(pattern=r"^(?:(?:redis|rediss|unix)://\S+)?\Z")]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}\Z")]


@dataclass(frozen=True, slots=True)
class RegisterSettings:
    """Where listings are recorded."""

    database_url: str = ""
    """SQLAlchemy URL of the register; empty: SQLite in the site's folder."""
    shrink_guard: Share = 0.2
    """Share of an authority's part of a list that one feed may end or cut short without a second confirmation."""
    listen: str = "127.0.0.1:8444"
    """Address and port of the RegisterService, for authorities with a client certificate."""
    subject_listen: str = "127.0.0.1:8445"
    """Address and port of the SubjectService, for parties, who have no certificate; empty: not served."""
    submission_mib: SubmissionMiB = 4_096
    """Size bound of one submission, in MiB."""
    attempts_a_day: Attempts = 10
    """How often a day one receipt may be shown with a document that is not its party's."""


@dataclass(frozen=True, slots=True)
class RecordSettings:
    """What is kept of answers: of RESTRICTED and REFERRED ones only, for as long as a contest may need it."""

    enabled: bool = True
    """Whether such answers leave a record in the register's database."""
    retention_days: RetentionDays = 30
    """After how many days a record is deleted; 90 at most."""
    queue: QueueLength = 10_000
    """How many records one worker holds while the database cannot take them; what exceeds it is lost and counted."""


@dataclass(frozen=True, slots=True)
class RedisSettings:
    """Through what snapshots are distributed; trusted with availability only."""

    url: RedisUrl = ""
    """Redis URL; empty: an embedded server on a socket in the site's folder."""
    prefix: Name = "jointgate"
    """Prefix of every key and of the channel."""


@dataclass(frozen=True, slots=True)
class PublisherSettings:
    """How snapshots are published."""

    lease_seconds: Seconds = 60
    """How long gateways may answer without hearing from the publisher again."""
    part_bytes: PartBytes = 1024 * 1024
    """Size bound of one published part, in bytes."""
    delta_records: DeltaRecords = 200
    """How many documents one delta carries at most; an ending waits for one delta of other changes, never for more."""
    decision_key_hours: Hours = 24
    """For how long a decision key is delegated at a time."""


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """The service."""

    listen: str = "127.0.0.1:8443"
    """Address and port."""
    workers: Count = 2
    """Number of worker processes."""
    threads: Count = 8
    """Threads that answer in one worker."""
    decision_seconds: Seconds = 60
    """For how long a decision may be relied on."""
    drain_seconds: Seconds = 10
    """How long a stopping worker waits for calls in flight."""
    poll_seconds: Seconds = 5
    """How often the follower looks for a snapshot when no announcement comes."""
    store_gib: GiB = 64
    """Upper bound of the store on disk, in GiB; address space, not memory."""
    reflection: bool = False
    """Whether the service describes itself to anybody who can connect."""
    insecure_plaintext: bool = False
    """Serve without TLS; loopback addresses only, for experiments."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One site's settings."""

    root: Path
    """The site's folder; not a setting, the place of the file."""
    pack: Name = "cn-joint-discipline"
    """The policy pack."""
    pack_folder: str = ""
    """Folder of the pack's tables, where a site has its own; empty: those that ship with the gateway."""
    issuer: Name = "gateway.local"
    """The gateway's name in decisions and in the delegation of its key."""
    register: RegisterSettings = field(default_factory=RegisterSettings)
    records: RecordSettings = field(default_factory=RecordSettings)
    redis: RedisSettings = field(default_factory=RedisSettings)
    publisher: PublisherSettings = field(default_factory=PublisherSettings)
    gateway: GatewaySettings = field(default_factory=GatewaySettings)

    @property
    def pack_id(self) -> str:
        """The policy pack's identifier."""
        return self.pack

    @property
    def tables(self) -> Path | None:
        """Folder of the site's own tables, None where it uses those that ship with the gateway."""
        return self.root / self.pack_folder if self.pack_folder else None

    @property
    def database_url(self) -> str:
        """The register's SQLAlchemy URL."""
        return self.register.database_url or f"sqlite:///{self.root / 'register.sqlite'}"

    @property
    def shrink_guard(self) -> float:
        """Share of a list that one feed may end, 0 to 1."""
        return self.register.shrink_guard

    @property
    def lease(self) -> timedelta:
        """How long a timestamp is good for."""
        return timedelta(seconds=self.publisher.lease_seconds)

    @property
    def keys(self) -> Path:
        """Folder of the private keys."""
        return self.root / "keys"

    @property
    def tls(self) -> Path:
        """Folder of the service's certificate."""
        return self.root / "tls"

    @property
    def trust_root(self) -> Path:
        """The pinned TUF root."""
        return self.root / "trust" / "root.json"

    @property
    def repository(self) -> Path:
        """The publisher's copy of the TUF repository."""
        return self.root / "repository"

    @property
    def published_store(self) -> Path:
        """The publisher's own store, equal to what it published."""
        return self.root / "published"

    @property
    def store(self) -> Path:
        """The gateway's store."""
        return self.root / "store"

    @property
    def partners(self) -> Path:
        """The partner registry."""
        return self.root / "partners.toml"

    @property
    def authorities(self) -> Path:
        """The registry of the authorities that may write to the register."""
        return self.root / "authorities.toml"

    @property
    def store_bytes(self) -> int:
        """Upper bound of a store, in bytes."""
        return self.gateway.store_gib * 1024**3


def load_settings(path: str | Path | None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from ``path``, or from the file that ``JOINTGATE_CONFIG`` names.

    Raises:
        SettingsError: the file is missing or wrong; every problem is listed.
    """
    environ = os.environ if environ is None else environ
    chosen = path or environ.get(CONFIG_VARIABLE)
    if not chosen:
        problem = f"no settings: give --config FILE or set {CONFIG_VARIABLE}; 'jointgate init DIR' makes a site"
        raise SettingsError("settings", [problem])
    file = Path(chosen)
    if file.is_dir():
        file = file / "jointgate.toml"
    return parse_settings(_read(file), environ, root=file.resolve().parent, source=str(file))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        problem = "no such file; 'jointgate init DIR' makes a site with one"
        raise SettingsError(str(file), [problem]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(str(file), [f"cannot be read: {error}"]) from error


def parse_settings(text: str, environ: Mapping[str, str], *, root: Path, source: str) -> Settings:
    """Build the settings from a file's ``text`` and the environment, which wins.

    Raises:
        SettingsError: with every problem.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(source, [f"not TOML: {error}"]) from error
    for variable, (section, key) in ENVIRONMENT.items():
        if variable in environ and isinstance(table.setdefault(section, {}), dict):
            table[section][key] = environ[variable]
    problems: list[str] = []
    settings = _build(Settings, table, "", problems, root=root)
    problems += _contradictions(table.get("gateway", {}))
    if problems or settings is None:
        raise SettingsError(source, problems)
    return settings


def _build(
    cls: type[_Tree], table: Mapping[str, Any], prefix: str, problems: list[str], **given: object
) -> _Tree | None:
    hints = get_type_hints(cls, include_extras=True)
    for name in given:
        hints.pop(name)
    problems += [f"unknown setting {prefix}{key}" for key in sorted(table.keys() - hints.keys())]
    values: dict[str, object] = dict(given)
    before = len(problems)
    for name in (name for name in hints if name in table):
        values[name] = _value(hints[name], table[name], prefix + name, problems)
    return cls(**values) if len(problems) == before else None


def _value(hint: Any, raw: object, name: str, problems: list[str]) -> object:  # noqa: ANN401 - a type form
    if dataclasses.is_dataclass(hint):
        if isinstance(raw, dict):
            return _build(hint, raw, f"{name}.", problems)  # type: ignore[arg-type]
        problems.append(f"{name} must be a table")
        return None
    try:
        return msgspec.convert(raw, hint)
    except msgspec.ValidationError as error:
        problems.append(f"{name}: {error}")
        return None


def split_address(address: str) -> tuple[str, int]:
    """Split ``host:port``; an IPv6 host stands in brackets.

    Raises:
        ValueError: there is no port between 0 and 65535.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65_535:  # noqa: PLR2004 - the largest port
        message = f"{address!r} is not HOST:PORT"
        raise ValueError(message)
    return host.strip("[]"), int(port)


def is_loopback(host: str) -> bool:
    """Tell whether ``host`` is an address of this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _contradictions(table: object) -> list[str]:
    """Return what does not fit together in the table ``gateway``, whatever is wrong elsewhere."""
    gateway = _build(GatewaySettings, table, "", []) if isinstance(table, dict) else None
    if gateway is None:
        return []
    try:
        host, _ = split_address(gateway.listen)
    except ValueError as error:
        return [f"gateway.listen: {error}"]
    if gateway.insecure_plaintext and not is_loopback(host):
        return [
            "gateway.insecure_plaintext: only for a loopback address; give certificates or listen on 127.0.0.1"
        ]
    return []
