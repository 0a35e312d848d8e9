"""Actions as a partner's library can put them on the wire: with any number where an enum's value stands."""

from jointgate.decision.v1 import decision_pb2 as pb


def rail(train: int = 0, seat: int = 0) -> pb.RailTravel:
    """Return travel by rail; 0 is not set, and a number that the enum does not have is a newer client's."""
    return pb.RailTravel(train=train, seat=seat)  # type: ignore[arg-type]


def goods(category: int = 0, purpose: int = 0) -> pb.GoodsPurchase:
    """Return a purchase, as ``rail``."""
    return pb.GoodsPurchase(category=category, purpose=purpose)  # type: ignore[arg-type]
