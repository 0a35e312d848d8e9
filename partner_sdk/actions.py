"""What a partner can ask about: the actions of the domain, under the name partners import."""

from sanctions_matrix.actions import (
    ACTIONS,
    Action,
    AirTravel,
    AttributeValueError,
    GoodsCategory,
    GoodsPurchase,
    LodgingStay,
    Purpose,
    RailTravel,
    Role,
    SeatClass,
    TrainClass,
    UnknownActionError,
    parse_action,
)

__all__ = [
    "ACTIONS",
    "Action",
    "AirTravel",
    "AttributeValueError",
    "GoodsCategory",
    "GoodsPurchase",
    "LodgingStay",
    "Purpose",
    "RailTravel",
    "Role",
    "SeatClass",
    "TrainClass",
    "UnknownActionError",
    "parse_action",
]
