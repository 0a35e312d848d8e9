"""Measures and agencies: what a restriction forbids, on which basis, and how sure we are of it.

Responsible for the value types of `measures.toml`, `agencies.toml` and `roles.toml` and for the marks of provenance.
Not responsible for reading the tables (`pack`) nor for applying them (`evaluation`).

Rules kept here: a mark is carried as it was given and never promoted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sanctions_matrix.documents import PartyKind


class Mark(StrEnum):
    """How a fact was established."""

    VERIFIED = "verified"
    """The text itself was read."""
    PRESS = "press"
    """A press report or a third party's summary was read."""
    PARALLEL = "parallel"
    """A parallel instrument was read, this one was not."""
    QUOTED = "quoted"
    """Another text quotes it."""
    QUOTED_LOCAL = "quoted-local"
    """A local authority's system quotes it."""
    RECALLED = "recalled"
    """General knowledge, unconfirmed."""
    UNKNOWN = "unknown"
    """Not established at all."""

    @property
    def may_restrict(self) -> bool:
        """Whether a rule or a basis of this mark may make the gateway restrict anybody."""
        return self in {Mark.VERIFIED, Mark.PRESS}


class Effect(StrEnum):
    """What a measure does to an answer."""

    RESTRICTS = "restricts"
    REFERS = "refers"
    NONE = "none"

    @property
    def strength(self) -> int:
        """Order of effects: 2 restricts, 1 refers, 0 none."""
        return {Effect.RESTRICTS: 2, Effect.REFERS: 1, Effect.NONE: 0}[self]

    def weaker(self, other: Effect) -> Effect:
        """Return the weaker of two effects."""
        return self if self.strength <= other.strength else other


class Status(StrEnum):
    """Whether the gateway answers for a measure."""

    SERVED = "served"
    """The gateway answers for it."""
    HELD = "held"
    """An agency enforces it itself; no private partner may ask."""
    DORMANT = "dormant"
    """No effect until somebody supplies the text it rests on."""


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency of a pack; `no` is its place in the instrument that names it."""

    no: int
    id: str
    name_en: str
    name_zh: str
    successor: str
    mark: Mark
    successor_mark: Mark | None
    source: str


class Involvement(StrEnum):
    """The part an agency has in a measure."""

    LEADS = "leads"
    COOPERATES = "cooperates"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class AgencyRole:
    """One cell of the matrix of measures (by id) and agencies (by id), with its mark."""

    measure: str
    agency: str
    role: Involvement
    mark: Mark
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A disciplinary measure.

    `mark` and `source` say how the row itself was established (that the measure exists under this number).
    `basis_mark` and `basis_source` say how the legal text behind it was established.
    `bit` is the measure's position in every 64-bit mask: its place in the table, from 0.
    """

    id: str
    category: str
    title_en: str
    title_zh: str
    effect: Effect
    status: Status
    targets: frozenset[PartyKind]
    applies_to: str
    legal_basis: str
    lead_agencies: str
    mark: Mark
    source: str
    basis_mark: Mark
    basis_source: str
    explanation_en: str
    explanation_zh: str
    bit: int

    @property
    def acts(self) -> bool:
        """Whether the measure can change an answer: only a served one with an effect can."""
        return self.status is Status.SERVED and self.effect is not Effect.NONE
