"""Actions: what a partner may ask about, as typed values with a finite set of attributes.

Responsible for the vocabulary of actions, and for reading them from text.
Not responsible for what an action falls under: that stands in the packs' `rules.toml`.

Rules kept here: every attribute has a finite domain, so that every cell of the matrix can be visited;
no attribute tells a date, a flight, a room or a basket.
The one number, an amount in whole yuan, is reduced to the band between two thresholds of the pack before it is used,
and to nothing in a pack without thresholds.

A new action is one class here, one message of the same name in the proto and rows in the tables: CONTRIBUTING.md.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields, replace
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from sanctions_matrix.attributes import (
    AttributeValue,
    CabinClass,
    CompanyPosition,
    CreditProduct,
    GoodsCategory,
    OfficePremises,
    PurchasePurpose,
    RenovationWork,
    Role,
    SchoolKind,
    SeatClass,
    TourismProduct,
    TrainClass,
    VenueKind,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = [
    "ACTIONS",
    "AMOUNT",
    "MAX_AMOUNT_YUAN",
    "Action",
    "AirTravel",
    "AttributeValue",
    "AttributeValueError",
    "CabinClass",
    "CompanyAppointment",
    "CompanyPosition",
    "CreditExtension",
    "CreditProduct",
    "EducationTuition",
    "GoodsCategory",
    "GoodsPurchase",
    "InsurancePremium",
    "LodgingStay",
    "OfficeLease",
    "OfficePremises",
    "PropertyPurchase",
    "PropertyRenovation",
    "PurchasePurpose",
    "RailTravel",
    "RenovationWork",
    "Role",
    "SchoolKind",
    "SeatClass",
    "ShipTravel",
    "TourismPackage",
    "TourismProduct",
    "TrainClass",
    "UnknownActionError",
    "VehiclePurchase",
    "VenueKind",
    "VenueSpend",
    "parse_action",
    "spell",
]

AMOUNT = "amount_yuan"
"""The attribute that is a number: whole yuan, from 0 to `MAX_AMOUNT_YUAN`."""

MAX_AMOUNT_YUAN = 10**12

_AMOUNT_IN_WORDS = f"a whole number of yuan from 0 to {MAX_AMOUNT_YUAN}"


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
        choice = _AMOUNT_IN_WORDS if attribute == AMOUNT else f"one of {_spelled(allowed)}"
        if not allowed and attribute != AMOUNT:
            reason = "unknown attribute; see the attributes that the action has"
        elif value is MISSING:
            reason = f"attribute {attribute!r} is missing; give {choice}"
        else:
            reason = f"attribute {attribute!r} cannot have this value; give {choice}"
        super().__init__(reason)


class Action:
    """What every action has in common: a name, roles, and attributes from finite domains.

    An action whose `takes_amount` is true also has the field `amount_yuan`, None when no amount is given.
    """

    __slots__ = ()

    name: ClassVar[str]
    roles: ClassVar[frozenset[Role]]
    default_role: ClassVar[Role]
    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]]
    takes_amount: ClassVar[bool] = False

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
        amount = self.amount
        if amount is not None and not _is_amount(amount):
            raise AttributeValueError(AMOUNT, amount, ())

    @property
    def amount(self) -> int | None:
        """The amount in whole yuan, None when none is given or the action takes none."""
        return getattr(self, AMOUNT) if self.takes_amount else None

    def attributes(self) -> Mapping[str, AttributeValue]:
        """Return the attributes by name; None stands for one that was not given."""
        given = {attribute: getattr(self, attribute) for attribute in self.domains}
        return given | {AMOUNT: self.amount} if self.takes_amount else given

    def in_band(self, thresholds: Sequence[int]) -> Self:
        """Return the action with its amount replaced by the lower bound of its band.

        The bands are parted by `thresholds`, ascending, in whole yuan; without thresholds an amount means nothing.
        """
        if not self.takes_amount or self.amount is None:
            return self
        reached = [bound for bound in (0, *thresholds) if bound <= self.amount]
        return replace(self, **{AMOUNT: reached[-1] if thresholds else None})  # type: ignore[type-var]

    @classmethod
    def every(cls, amounts: Sequence[int | None] = (None,)) -> Iterator[Self]:
        """Yield every value the action can take, with each of `amounts` where it takes one."""
        names = [*cls.domains, AMOUNT] if cls.takes_amount else [*cls.domains]
        domains = [*cls.domains.values(), amounts] if cls.takes_amount else cls.domains.values()
        for values in product(*domains):
            yield cls(**dict(zip(names, values, strict=True)))


ACTIONS: dict[str, type[Action]] = {}
"""Every action by name, in the order of their definition."""

_Kind = TypeVar("_Kind", bound=type[Action])


def registered(kind: _Kind) -> _Kind:
    """Enter an action into `ACTIONS`."""
    ACTIONS[kind.name] = kind
    return kind


@registered
@dataclass(frozen=True, slots=True)
class AirTravel(Action):
    """Take a flight."""

    name: ClassVar[str] = "air.travel"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.TRAVELLER})
    default_role: ClassVar[Role] = Role.TRAVELLER
    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]] = {}


@registered
@dataclass(frozen=True, slots=True)
class RailTravel(Action):
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


@registered
@dataclass(frozen=True, slots=True)
class ShipTravel(Action):
    """Take a ship."""

    name: ClassVar[str] = "ship.travel"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.TRAVELLER})
    default_role: ClassVar[Role] = Role.TRAVELLER
    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]] = {"cabin": tuple(CabinClass)}

    cabin: CabinClass

    if TYPE_CHECKING:

        def __init__(self, cabin: CabinClass | str) -> None: ...


@registered
@dataclass(frozen=True, slots=True)
class LodgingStay(Action):
    """Stay at a hotel; `stars` is the official rating, 0 for a house that has none.

    `high_end` marks a house as a high-consumption place; it is needed where a house has no stars.
    """

    name: ClassVar[str] = "lodging.stay"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.GUEST, Role.PAYER})
    default_role: ClassVar[Role] = Role.GUEST
    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]] = {
        "stars": (0, 1, 2, 3, 4, 5),
        "high_end": (None, False, True),
    }

    stars: int
    high_end: bool | None = None


@registered
@dataclass(frozen=True, slots=True)
class VenueSpend(Action):
    """Spend at a nightclub or a golf course."""

    name: ClassVar[str] = "venue.spend"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.GUEST, Role.PAYER})
    default_role: ClassVar[Role] = Role.GUEST
    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]] = {"venue": tuple(VenueKind)}

    venue: VenueKind

    if TYPE_CHECKING:

        def __init__(self, venue: VenueKind | str) -> None: ...


@registered
@dataclass(frozen=True, slots=True)
class TourismPackage(Action):
    """Travel on holiday, or spend at a resort with an official rating."""

    name: ClassVar[str] = "tourism.package"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.TRAVELLER, Role.PAYER})
    default_role: ClassVar[Role] = Role.TRAVELLER
    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]] = {"product": tuple(TourismProduct)}

    product: TourismProduct

    if TYPE_CHECKING:

        def __init__(self, product: TourismProduct | str) -> None: ...


@registered
@dataclass(frozen=True, slots=True)
class InsurancePremium(Action):
    """Pay a premium; `amount_yuan` is the premium of a year, needed only where a pack has a threshold for it."""

    name: ClassVar[str] = "insurance.premium"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.PAYER})
    default_role: ClassVar[Role] = Role.PAYER
    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]] = {"cash_value": (False, True)}
    takes_amount: ClassVar[bool] = True

    cash_value: bool
    amount_yuan: int | None = None


@registered
@dataclass(frozen=True, slots=True)
class EducationTuition(Action):
    """Pay for a child's school; the question is about the payer, never about the child."""

    name: ClassVar[str] = "education.tuition"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.PAYER})
    default_role: ClassVar[Role] = Role.PAYER
    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]] = {"school": tuple(SchoolKind)}

    school: SchoolKind

    if TYPE_CHECKING:

        def __init__(self, school: SchoolKind | str) -> None: ...


@registered
@dataclass(frozen=True, slots=True)
class PropertyPurchase(Action):
    """Buy real estate, also at an auction."""

    name: ClassVar[str] = "property.purchase"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.PAYER})
    default_role: ClassVar[Role] = Role.PAYER
    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]] = {}


@registered
@dataclass(frozen=True, slots=True)
class PropertyRenovation(Action):
    """Build, extend or renovate a building."""

    name: ClassVar[str] = "property.renovation"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.PAYER})
    default_role: ClassVar[Role] = Role.PAYER
    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]] = {"work": tuple(RenovationWork)}

    work: RenovationWork

    if TYPE_CHECKING:

        def __init__(self, work: RenovationWork | str) -> None: ...


@registered
@dataclass(frozen=True, slots=True)
class OfficeLease(Action):
    """Lease premises as an office; `high_end` is the lessor's or the market's grade of the premises."""

    name: ClassVar[str] = "office.lease"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.PAYER})
    default_role: ClassVar[Role] = Role.PAYER
    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]] = {
        "premises": tuple(OfficePremises),
        "high_end": (False, True),
    }

    premises: OfficePremises
    high_end: bool

    if TYPE_CHECKING:

        def __init__(self, premises: OfficePremises | str, high_end: bool) -> None: ...  # noqa: FBT001 - a field


@registered
@dataclass(frozen=True, slots=True)
class VehiclePurchase(Action):
    """Buy a vehicle; the rule turns on whether the business needs it."""

    name: ClassVar[str] = "vehicle.purchase"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.PAYER})
    default_role: ClassVar[Role] = Role.PAYER
    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]] = {
        "purpose": tuple(PurchasePurpose)
    }

    purpose: PurchasePurpose

    if TYPE_CHECKING:

        def __init__(self, purpose: PurchasePurpose | str) -> None: ...


@registered
@dataclass(frozen=True, slots=True)
class CompanyAppointment(Action):
    """Appoint somebody to a position of a company."""

    name: ClassVar[str] = "company.appointment"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.APPOINTEE})
    default_role: ClassVar[Role] = Role.APPOINTEE
    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]] = {
        "position": tuple(CompanyPosition)
    }

    position: CompanyPosition

    if TYPE_CHECKING:

        def __init__(self, position: CompanyPosition | str) -> None: ...


@registered
@dataclass(frozen=True, slots=True)
class CreditExtension(Action):
    """Extend credit; a listing is weighed by a person and is never a ban by itself."""

    name: ClassVar[str] = "credit.extension"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.ACCOUNT_HOLDER})
    default_role: ClassVar[Role] = Role.ACCOUNT_HOLDER
    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]] = {"product": tuple(CreditProduct)}

    product: CreditProduct

    if TYPE_CHECKING:

        def __init__(self, product: CreditProduct | str) -> None: ...


@registered
@dataclass(frozen=True, slots=True)
class GoodsPurchase(Action):
    """Buy something on a platform.

    `purpose` is needed where a rule turns on it (vehicles), `amount_yuan`, the price of the one item, where the pack
    has a threshold for it.
    """

    name: ClassVar[str] = "goods.purchase"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.PAYER, Role.ACCOUNT_HOLDER})
    default_role: ClassVar[Role] = Role.PAYER
    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]] = {
        "category": tuple(GoodsCategory),
        "purpose": (None, *PurchasePurpose),
    }
    takes_amount: ClassVar[bool] = True

    category: GoodsCategory
    purpose: PurchasePurpose | None = None
    amount_yuan: int | None = None

    if TYPE_CHECKING:  # plain strings are read as the members they name

        def __init__(
            self,
            category: GoodsCategory | str,
            purpose: PurchasePurpose | str | None = None,
            amount_yuan: int | None = None,
        ) -> None: ...


def parse_action(name: str, attributes: Mapping[str, str]) -> Action:
    """Read an action from its name and its attributes as text.

    Raises:
        UnknownActionError: if no action has this name.
        AttributeValueError: if an attribute is unknown, missing, or outside its domain.
    """
    kind = ACTIONS.get(name)
    if kind is None:
        raise UnknownActionError(name)
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # every action is a dataclass
    for attribute in attributes:
        if attribute not in known:
            raise AttributeValueError(attribute, attributes[attribute], ())
    for field in fields(kind):  # type: ignore[arg-type]
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


def _from_text(kind: type[Action], attribute: str, text: str) -> AttributeValue:
    if attribute == AMOUNT:
        if text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_AMOUNT_YUAN)):
            return int(text)
        raise AttributeValueError(AMOUNT, text, ())
    domain = kind.domains[attribute]
    for value in domain:
        if value is not None and spell(value) == text:
            return value
    raise AttributeValueError(attribute, text, domain)


def _is_amount(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_AMOUNT_YUAN


def _member(attribute: str, value: object, domain: tuple[AttributeValue, ...]) -> AttributeValue:
    for allowed in domain:
        if allowed == value and isinstance(allowed, bool) == isinstance(value, bool):
            return allowed
    raise AttributeValueError(attribute, value, domain)


def _spelled(values: tuple[AttributeValue, ...]) -> str:
    return ", ".join(spell(value) for value in values if value is not None)
