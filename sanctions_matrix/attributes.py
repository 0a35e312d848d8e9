"""The vocabulary of attributes: the roles of a party, and the finite values an action's attributes can have.

Responsible for the enumerations.
Not responsible for which action has which of them (`actions`).

Rule kept here: on the wire a member is named after its enumeration, `hard-seat` of `SeatClass` being
`SEAT_CLASS_HARD_SEAT`, so that a new member needs a line here and a line in the proto and no other.
"""

from __future__ import annotations

from enum import StrEnum

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


class PurchasePurpose(StrEnum):
    """What a purchase is for, as the buyer declares it."""

    BUSINESS = "business"
    PRIVATE = "private"


class CabinClass(StrEnum):
    """What is sold on a ship; `other` is a berth or seat outside the ladder of classes."""

    SPECIAL = "special"
    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    FOURTH = "fourth"
    FIFTH = "fifth"
    SEAT = "seat"
    OTHER = "other"


class VenueKind(StrEnum):
    """The venues that Fa Shi [2015] No. 17 art. 3 names beside hotels."""

    NIGHTCLUB = "nightclub"
    GOLF_COURSE = "golf-course"


class TourismProduct(StrEnum):
    """What a travel agency or a resort sells; `rated-resort` is spending in a resort with an official rating."""

    GROUP_TOUR_ABROAD = "group-tour-abroad"
    GROUP_TOUR_DOMESTIC = "group-tour-domestic"
    HOLIDAY = "holiday"
    RATED_RESORT = "rated-resort"


class SchoolKind(StrEnum):
    """Whose fees are paid; whether a private school is a high-fee one is its education authority's word."""

    PUBLIC = "public"
    PRIVATE = "private"
    PRIVATE_HIGH_FEE = "private-high-fee"


class RenovationWork(StrEnum):
    """What is done to a building."""

    NEW_BUILDING = "new-building"
    EXTENSION = "extension"
    LUXURY = "luxury"
    ORDINARY = "ordinary"


class OfficePremises(StrEnum):
    """What is leased as an office."""

    OFFICE_BUILDING = "office-building"
    HOTEL = "hotel"
    APARTMENT = "apartment"
    OTHER = "other"


class CompanyPosition(StrEnum):
    """To which position of a company the party is to be appointed."""

    LEGAL_REPRESENTATIVE = "legal-representative"
    DIRECTOR = "director"
    SUPERVISOR = "supervisor"
    SENIOR_MANAGER = "senior-manager"
    OTHER = "other"


class CreditProduct(StrEnum):
    """What kind of credit is asked for."""

    LOAN = "loan"
    CREDIT_CARD = "credit-card"
    OTHER = "other"
