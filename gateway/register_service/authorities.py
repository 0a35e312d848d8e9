"""The registry of authorities: who may write to which lists, with which keys, and where it is told that it is late.

Responsible for reading `authorities.toml`, and for finding an authority by key or by certificate.
Not responsible for signatures (`entrance`), nor for whether the authority may list by law: admission reads that.

Whom we trust: whoever can write the registry decides who may list; it lies beside the keys.

Rule kept here: every problem of the file is reported, not the first.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from gateway.errors import CommandError, SettingsError
from gateway.keys import parse_decision_key
from gateway.register.authority_names import MAX_TITLE, is_title, other_spelling

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric import ec

_Instant = Annotated[datetime, msgspec.Meta(tz=True)]
_FIELDS: dict[str, Any] = {
    "id": Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}\Z")],
    "name": Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TITLE)],
    "uri": Annotated[
        str, msgspec.Meta(pattern=r"^spiffe://[a-z0-9.-]+/[!-~]+\Z", max_length=2_048)
    ],
    "contact": Annotated[str, msgspec.Meta(min_length=3, max_length=MAX_TITLE)],
    "lists": Annotated[
        list[Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}\Z")]],
        msgspec.Meta(min_length=1, max_length=64),
    ],
    "key": Annotated[list[dict[str, Any]], msgspec.Meta(min_length=1, max_length=8)],
}
_KEY_FIELDS: dict[str, Any] = {"public": str, "not_before": _Instant, "not_after": _Instant}


@dataclass(frozen=True, slots=True)
class Authority:
    """Who may write to the register.

    Attributes:
        id: the identifier it puts into submissions and changes.
        name: its title, as the headers of its feeds write it.
        uri: the URI in its client certificate.
        lists: the lists it may write.
        contact: where it is told that it is late.
    """

    id: str
    name: str
    uri: str
    lists: frozenset[str]
    contact: str

    @property
    def actor(self) -> str:
        """How the event log names what it does."""
        return f"authority:{self.id}"


@dataclass(frozen=True, slots=True)
class AuthorityKey:
    """A key with its owner and the span in which it may sign: from `not_before`, and before `not_after`."""

    authority: Authority
    key: ec.EllipticCurvePublicKey
    not_before: datetime
    not_after: datetime

    def is_valid(self, at: datetime) -> bool:
        """Whether it may sign at the instant `at`, aware."""
        return self.not_before <= at < self.not_after


class AuthorityRegistry:
    """The registered authorities."""

    def __init__(self, authorities: Iterable[Authority], keys: Mapping[str, AuthorityKey]) -> None:
        """Use `parse_authorities` instead."""
        self._by_uri = {one.uri: one for one in authorities}
        self._keys = dict(keys)

    def __iter__(self) -> Iterator[Authority]:
        """Yield the authorities in the order of the file."""
        return iter(self._by_uri.values())

    def with_key(self, keyid: str) -> AuthorityKey | None:
        """Return the key of this id with its owner, None if nobody has it."""
        return self._keys.get(keyid)

    def with_uri(self, uris: Iterable[str]) -> Authority | None:
        """Return the authority that a certificate with these URIs is of, None if it is none's."""
        return next((self._by_uri[uri] for uri in uris if uri in self._by_uri), None)


def read_authorities(path: Path, lists: Collection[str] | None = None) -> AuthorityRegistry:
    """Read the registry's file; see `parse_authorities`.

    Raises:
        CommandError: it is not there or wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: the registry of authorities cannot be read; docs/authorities.md says what it holds"
        raise CommandError(message) from error
    return parse_authorities(text, source=str(path), lists=lists)


def refuse_renamed(
    registry: AuthorityRegistry, submitted: Iterable[tuple[str, str]], *, source: str
) -> None:
    """Refuse a registry in which an authority has another name than the feeds it submitted.

    The register keeps by that name whose a listing is and which feed comes next: under another name an authority would
    find none of its listings, could release none, and would put all on record a second time.

    Args:
        registry: the authorities.
        submitted: who submitted feeds, as the event log names it, and under which name.
        source: how errors name the registry's file.

    Raises:
        SettingsError: at least one was renamed; every one is listed.
    """
    names: dict[str, list[str]] = {}
    for actor, name in submitted:
        names.setdefault(actor, []).append(name)
    problems = [
        f"authority {one.id}: its feeds are held under the name {' or '.join(map(repr, held))}, not {one.name!r}; "
        "give that name back, and write a corrected title into the rows; docs/authorities.md says why"
        for one in registry
        if (held := names.get(one.actor)) and one.name not in held
    ]
    if problems:
        raise SettingsError(source, problems)


def parse_authorities(
    text: str, *, source: str, lists: Collection[str] | None = None
) -> AuthorityRegistry:
    """Read the registry.

    Args:
        text: the file's text, TOML.
        source: how errors name it.
        lists: the lists that there are; None where that is not known, and any is taken.

    Raises:
        SettingsError: it is wrong; every problem is listed.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(source, [f"not TOML: {error}"]) from error
    reader = _Reader(lists)
    registry = reader.read(table)
    if reader.problems:
        raise SettingsError(source, reader.problems)
    return registry


class _Reader:
    """Reads one file and collects what is wrong with it."""

    def __init__(self, lists: Collection[str] | None) -> None:
        self.problems: list[str] = []
        self._lists = lists
        self._keys: dict[str, AuthorityKey] = {}

    def read(self, table: Mapping[str, Any]) -> AuthorityRegistry:
        self.problems += [f"unknown table {name}" for name in sorted(table.keys() - {"authority"})]
        rows = table.get("authority", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self.problems.append("authorities are written as [[authority]]")
            rows = []
        found = [self._authority(row, number) for number, row in enumerate(rows, start=1)]
        authorities = [one for one in found if one is not None]
        for field in ("id", "name", "uri"):
            self._refuse_repeated(field, [getattr(one, field) for one in authorities])
        self._refuse_spellings({one.name for one in authorities})
        return AuthorityRegistry(authorities, self._keys)

    def _authority(self, row: Mapping[str, Any], number: int) -> Authority | None:
        named = row.get("id")
        who = f"authority {named if isinstance(named, str) and named.isprintable() else number}"
        values = self._values(row, _FIELDS, who)
        if values is None:
            return None
        if not is_title(values["name"]):
            self.problems.append(
                f"{who}: name is printable, with no blank at its ends and no two in a row"
            )
        if not values["contact"].isprintable():
            self.problems.append(f"{who}: contact is a printable text")
        if self._lists is not None:
            unknown = sorted(set(values["lists"]) - set(self._lists))
            self.problems += [f"{who}: the pack has no list {name!r}" for name in unknown]
        authority = Authority(
            values["id"],
            values["name"],
            values["uri"],
            frozenset(values["lists"]),
            values["contact"],
        )
        for place, key in enumerate(values["key"], start=1):
            self._key(key, authority, f"{who}: key {place}")
        return authority

    def _key(self, row: Mapping[str, Any], authority: Authority, who: str) -> None:
        values = self._values(row, _KEY_FIELDS, who)
        if values is None:
            return
        if values["not_before"] >= values["not_after"]:
            self.problems.append(f"{who}: not_after is not behind not_before")
        try:
            keyid, key = parse_decision_key(values["public"])
        except ValueError as error:
            self.problems.append(f"{who}: {error}")
            return
        if keyid in self._keys:
            self.problems.append(f"{who}: it is also that of {self._keys[keyid].authority.id}")
        self._keys[keyid] = AuthorityKey(authority, key, values["not_before"], values["not_after"])

    def _values(
        self, row: Mapping[str, Any], fields: Mapping[str, Any], who: str
    ) -> dict[str, Any] | None:
        before = len(self.problems)
        self.problems += [
            f"{who}: unknown field {_shown(name)}" for name in sorted(row.keys() - fields.keys())
        ]
        values = {}
        for name, hint in fields.items():
            if name not in row:
                self.problems.append(f"{who}: {name} is missing")
                continue
            try:
                values[name] = msgspec.convert(row[name], hint)
            except msgspec.ValidationError as error:
                self.problems.append(f"{who}: {name}: {error}")
        return values if len(self.problems) == before else None

    def _refuse_repeated(self, field: str, values: list[str]) -> None:
        for value in sorted({value for value in values if values.count(value) > 1}):
            self.problems.append(f"two authorities have the {field} {value}")

    def _refuse_spellings(self, names: set[str]) -> None:
        for name in sorted(names):
            other = other_spelling(name, names - {name})
            if other is not None and other < name:
                self.problems.append(
                    f"two authorities have one name in two spellings: {other}, and {name}"
                )


def _shown(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]{1,40}", name) else "of an odd name"
