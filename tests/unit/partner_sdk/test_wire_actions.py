"""Tests of the join between actions and the proto's messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

import pytest

from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.actions import Action, AirTravel, AttributeValue, RailTravel
from partner_sdk.wire_actions import ActionWriter


class Place(StrEnum):
    """Where nobody sits."""

    ROOF = "roof"


@dataclass(frozen=True, slots=True)
class ClubMembership(AirTravel):
    """An action that the proto lacks."""

    name: ClassVar[str] = "club.membership"


@dataclass(frozen=True, slots=True)
class RailTravelWithDog(RailTravel):
    """An action with an attribute that the proto lacks."""

    dog: bool = False


@dataclass(frozen=True, slots=True)
class RailTravelOnTheRoof(RailTravel):
    """An action with a value that the proto lacks."""

    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]] = {
        **RailTravel.domains,
        "seat": (Place.ROOF,),
    }


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        (ClubMembership, "Query has no action club_membership"),
        (RailTravelWithDog, "RailTravel has no field dog"),
        (RailTravelOnTheRoof, "SeatClass has no value SEAT_CLASS_ROOF"),
    ],
)
def test_what_the_proto_lacks_is_said(kind: type[Action], problem: str) -> None:
    """An old proto is named as such, with what it lacks and what to run."""
    expected = f"^protos and actions differ: {problem}; run 'make generate'$"
    with pytest.raises(LookupError, match=expected):
        ActionWriter(pb.Query, {kind.name: kind})


def test_everything_that_the_proto_lacks_is_said_at_once() -> None:
    """Two differences are told in one go."""
    kinds: dict[str, type[Action]] = {"one": ClubMembership, "two": RailTravelWithDog}
    with pytest.raises(LookupError, match="club_membership; RailTravel has no field dog;"):
        ActionWriter(pb.Query, kinds)
