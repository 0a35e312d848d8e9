"""Actions: what a partner may ask about, as typed values with a finite set of attributes.

Responsible for the vocabulary of actions and roles, and for reading them from text.
Not responsible for what an action falls under: that stands in the packs' `rules.toml`.

Rules kept here: every attribute has a finite domain, so that every cell of the matrix can be visited;
no attribute tells a date, a flight, a room or a price.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

AttributeValue = str | int | bool | None


class Role(StrEnum):
    """The part the party plays in an action."""

    TRAVELLER = "traveller"
    GUEST = "guest"
    PAYER = "payer"
    ACCOUNT_HOLDER = "account-holder"
    APPOINTEE = "appointee"


class TrainClass(StrEnum):
    """The letter of a mainland train number; G, D and C are electric multiple units (EMU)."""

    G = "G"
    D = "D"
    C = "C"
    Z = "Z"
    T = "T"
    K = "K"
    OTHER = "other"


class SeatClass(StrEnum):
    """What is sold on a train."""

    BUSINESS = "business"
    PREMIUM_FIRST = "premium-first"
    FIRST = "first"
    SECOND = "second"
    SOFT_SLEEPER = "soft-sleeper"
    HARD_SLEEPER = "hard-sleeper"
    SOFT_SEAT = "soft-seat"
    HARD_SEAT = "hard-seat"
    STANDING = "standing"


class GoodsCategory(StrEnum):
    """What is bought, as coarsely as the rules can tell it apart."""

    GENERAL = "general"
    LUXURY = "luxury"
    VEHICLE = "vehicle"
    REAL_ESTATE = "real-estate"
    INSURANCE_WITH_CASH_VALUE = "insurance-with-cash-value"
    TOURISM = "tourism"


class Purpose(StrEnum):
    """What a purchase is for, as the buyer declares it."""

    BUSINESS = "business"
    PRIVATE = "private"


class UnknownActionError(LookupError):
    """An action nobody defined, or that a pack does not answer for."""

    def __init__(self, action: str) -> None:
        """Keep the name of the action."""
        self.action = action
        # The name is not repeated: a document given in the wrong place must not be shown.
        super().__init__(f"unknown action; give one of {', '.join(ACTIONS)}")


class AttributeValueError(ValueError):
    """An attribute is missing, unknown, or has a value outside its domain."""

    def __init__(self, attribute: str, value: object, allowed: tuple[AttributeValue, ...]) -> None:
        """Keep the attribute, the value given and the values allowed (none when it does not exist)."""
        self.attribute = attribute
        self.value = value
        self.allowed = allowed
        if not allowed:
            reason = "unknown attribute; see the attributes that the action has"
        elif value is MISSING:
            reason = f"attribute {attribute!r} is missing; give one of {_spelled(allowed)}"
        else:
            reason = (
                f"attribute {attribute!r} cannot have this value; give one of {_spelled(allowed)}"
            )
        super().__init__(reason)


class TypedAction:
    """What every action has in common: a name, roles, and attributes from finite domains."""

    __slots__ = ()

    name: ClassVar[str]
    roles: ClassVar[frozenset[Role]]
    default_role: ClassVar[Role]
    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]]

    def __post_init__(self) -> None:
        """Turn plain strings into the enumerations' members.

        Raises:
            AttributeValueError: if a value lies outside its attribute's domain.
        """
        for attribute, domain in self.domains.items():
            value = getattr(self, attribute)
            if type(value) is type(domain[-1]) and value in domain:
                continue  # already a member, which is how actions come off the wire
            object.__setattr__(self, attribute, _member(attribute, value, domain))

    def attributes(self) -> Mapping[str, AttributeValue]:
        """Return the attributes by name; None stands for one that was not given."""
        return {attribute: getattr(self, attribute) for attribute in self.domains}

    @classmethod
    def every(cls) -> Iterator[Self]:
        """Yield every value the action can take."""
        for values in product(*cls.domains.values()):
            yield cls(**dict(zip(cls.domains, values, strict=True)))


@dataclass(frozen=True, slots=True)
class AirTravel(TypedAction):
    """Take a flight."""

    name: ClassVar[str] = "air.travel"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.TRAVELLER})
    default_role: ClassVar[Role] = Role.TRAVELLER
    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]] = {}


@dataclass(frozen=True, slots=True)
class RailTravel(TypedAction):
    """Take a train."""

    name: ClassVar[str] = "rail.travel"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.TRAVELLER})
    default_role: ClassVar[Role] = Role.TRAVELLER
    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]] = {
        "train": tuple(TrainClass),
        "seat": tuple(SeatClass),
    }

    train: TrainClass
    seat: SeatClass

    if TYPE_CHECKING:  # plain strings are read as the members they name

        def __init__(self, train: TrainClass | str, seat: SeatClass | str) -> None: ...


@dataclass(frozen=True, slots=True)
class LodgingStay(TypedAction):
    """Stay at a hotel; `stars` is the official rating, 0 for a house that has none.

    `high_end` marks a house as a high-consumption place although it may have no stars.
    """

    name: ClassVar[str] = "lodging.stay"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.GUEST, Role.PAYER})
    default_role: ClassVar[Role] = Role.GUEST
    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]] = {
        "stars": (0, 1, 2, 3, 4, 5),
        "high_end": (False, True),
    }

    stars: int
    high_end: bool = False


@dataclass(frozen=True, slots=True)
class GoodsPurchase(TypedAction):
    """Buy something; `purpose` is needed where a rule turns on it (vehicles)."""

    name: ClassVar[str] = "goods.purchase"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.PAYER, Role.ACCOUNT_HOLDER})
    default_role: ClassVar[Role] = Role.PAYER
    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]] = {
        "category": tuple(GoodsCategory),
        "purpose": (None, *Purpose),
    }

    category: GoodsCategory
    purpose: Purpose | None = None

    if TYPE_CHECKING:  # plain strings are read as the members they name

        def __init__(
            self, category: GoodsCategory | str, purpose: Purpose | str | None = None
        ) -> None: ...


Action = AirTravel | RailTravel | LodgingStay | GoodsPurchase

ACTIONS: Mapping[str, type[Action]] = {
    kind.name: kind for kind in (AirTravel, RailTravel, LodgingStay, GoodsPurchase)
}


def parse_action(name: str, attributes: Mapping[str, str]) -> Action:
    """Read an action from its name and its attributes as text.

    Raises:
        UnknownActionError: if no action has this name.
        AttributeValueError: if an attribute is unknown, missing, or outside its domain.
    """
    kind = ACTIONS.get(name)
    if kind is None:
        raise UnknownActionError(name)
    for attribute in attributes:
        if attribute not in kind.domains:
            raise AttributeValueError(attribute, attributes[attribute], ())
    for field in fields(kind):
        if field.default is MISSING and field.name not in attributes:
            raise AttributeValueError(field.name, MISSING, kind.domains[field.name])
    values: dict[str, Any] = {
        attribute: _from_text(kind, attribute, text) for attribute, text in attributes.items()
    }
    return kind(**values)


def spell(value: AttributeValue) -> str:
    """Return an attribute's value as the command line and the tables spell it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _from_text(kind: type[TypedAction], attribute: str, text: str) -> AttributeValue:
    domain = kind.domains[attribute]
    for value in domain:
        if value is not None and spell(value) == text:
            return value
    raise AttributeValueError(attribute, text, domain)


def _member(attribute: str, value: object, domain: tuple[AttributeValue, ...]) -> AttributeValue:
    for allowed in domain:
        if allowed == value and isinstance(allowed, bool) == isinstance(value, bool):
            return allowed
    raise AttributeValueError(attribute, value, domain)


def _spelled(values: tuple[AttributeValue, ...]) -> str:
    return ", ".join(spell(value) for value in values if value is not None)
