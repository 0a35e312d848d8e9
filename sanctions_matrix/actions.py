"""Actions: what a partner may ask about, as typed values with a finite set of attributes.

Responsible for the vocabulary of actions.
Not responsible for what every action has in common (`action`),
nor for what an action falls under: that stands in the packs' `rules.toml`.

Rule kept here: no attribute tells a date, a flight, a room or a basket.

A new action is one class here, one message of the same name in the proto and rows in the tables: CONTRIBUTING.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from sanctions_matrix.action import (
    ACTIONS,
    AMOUNT,
    MAX_AMOUNT_YUAN,
    Action,
    AttributeValueError,
    UnknownActionError,
    parse_action,
    registered,
    spell,
)
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
    from collections.abc import Mapping

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
    """Spend at a nightclub or a golf course; whoever is there and does not pay does nothing that is asked about."""

    name: ClassVar[str] = "venue.spend"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.PAYER})
    default_role: ClassVar[Role] = Role.PAYER
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
