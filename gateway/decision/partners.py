"""The partner registry: who may ask, about which actions, in which roles, about standing or not, with which keys.

Responsible for: reading ``partners.toml`` and finding a partner by key.
Not responsible for: signatures (``signatures``) or quotas.

Whom we trust: whoever can write the registry decides who may ask; it lies beside the keys.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.errors import AnswerError, Reason, SettingsError
from gateway.keys import parse_decision_key
from sanctions_matrix.actions import ACTIONS, Role

PartnerId = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}\Z")]


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: PartnerId
    name: str
    uri: Annotated[str, msgspec.Meta(pattern=r"^spiffe://[a-z0-9.-]+/\S+\Z")]
    actions: frozenset[str]
    roles: frozenset[Role]
    keys: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=8)]
    contact: str = ""
    standing: bool = False


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    partner: tuple[_Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Partner:
    """A company that may ask about some actions and no others.

    Attributes:
        id: the identifier it puts into queries.
        uri: the URI in its client certificate.
        actions: names of the actions it may ask about.
        roles: in which roles of the party.
        key: the public key that signed.
        standing: whether it may ask on which public lists an organisation stands.
    """

    id: str
    uri: str
    actions: frozenset[str]
    roles: frozenset[Role]
    key: ec.EllipticCurvePublicKey
    standing: bool = False


class PartnerRegistry:
    """The registered partners, by key id."""

    def __init__(self, by_key: dict[str, Partner]) -> None:
        """Use ``parse_registry`` instead."""
        self._by_key = by_key

    def __len__(self) -> int:
        """Return the number of registered keys."""
        return len(self._by_key)

    def with_key(self, keyid: str) -> Partner:
        """Return the partner that owns the key.

        Raises:
            AnswerError: nobody does.
        """
        partner = self._by_key.get(keyid)
        if partner is None:
            message = "no partner has the key that signed; register its public key, or sign with the registered one"
            raise AnswerError(Reason.UNKNOWN_KEY, message)
        return partner


def parse_registry(text: str, *, source: str) -> PartnerRegistry:
    """Read the registry.

    Raises:
        SettingsError: it is wrong; every problem beyond the first malformed row is listed.
    """
    try:
        rows = msgspec.convert(tomllib.loads(text), _Table).partner
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(source, [str(error)]) from error
    problems: list[str] = []
    by_key: dict[str, Partner] = {}
    for row in rows:
        problems += [
            f"partner {row.id}: unknown action {name!r}"
            for name in sorted(row.actions - ACTIONS.keys())
        ]
        for keyid, partner in _with_keys(row, problems):
            if keyid in by_key:
                problems.append(f"partner {row.id}: its key is also that of {by_key[keyid].id}")
            by_key[keyid] = partner
    problems += _repeated("id", (row.id for row in rows)) + _repeated(
        "uri", (row.uri for row in rows)
    )
    if problems:
        raise SettingsError(source, problems)
    return PartnerRegistry(by_key)


def _with_keys(row: _Row, problems: list[str]) -> list[tuple[str, Partner]]:
    found = []
    for number, pem in enumerate(row.keys, start=1):
        try:
            keyid, key = parse_decision_key(pem)
        except ValueError as error:
            problems.append(f"partner {row.id}: key {number}: {error}")
            continue
        partner = Partner(row.id, row.uri, row.actions, row.roles, key, standing=row.standing)
        found.append((keyid, partner))
    return found


def _repeated(field: str, values: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    problems = []
    for value in values:
        if value in seen:
            problems.append(f"two partners have the {field} {value}")
        seen.add(value)
    return problems
