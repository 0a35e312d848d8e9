"""A proto and an action that no gateway and no partner has ever heard of.

Responsible for: showing that both sides of the wire need no line for a new action, and what they say when proto and
action differ.
Not responsible for: the actions that exist; ``raw_actions`` writes those.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from google.protobuf import text_format
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from sanctions_matrix.actions import Action, AttributeValue, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from google.protobuf.message import Message

PROTO = """
name: "zoo.proto" package: "zoo.v1" syntax: "proto3"
message_type {
  name: "Query"
  oneof_decl { name: "action" }
  field {
    name: "zoo_visit" number: 10 type: TYPE_MESSAGE type_name: ".zoo.v1.ZooVisit"
    label: LABEL_OPTIONAL oneof_index: 0
  }
}
message_type {
  name: "ZooVisit"
  field { name: "house" number: 1 type: TYPE_ENUM type_name: ".zoo.v1.AnimalHouse" label: LABEL_OPTIONAL }
  field { name: "fed" number: 2 type: TYPE_BOOL label: LABEL_OPTIONAL oneof_index: 0 proto3_optional: true }
  field { name: "gate" number: 3 type: TYPE_UINT32 label: LABEL_OPTIONAL oneof_index: 1 proto3_optional: true }
  oneof_decl { name: "_fed" }
  oneof_decl { name: "_gate" }
}
enum_type {
  name: "AnimalHouse"
  value { name: "ANIMAL_HOUSE_UNSPECIFIED" number: 0 }
  value { name: "ANIMAL_HOUSE_BIG_CATS" number: 1 }
  value { name: "ANIMAL_HOUSE_BIRDS" number: 2 }
}
"""
"""The file of the proto, as text."""


def query_of(proto: str) -> type[Message]:
    """Return the class of the message ``Query`` of a proto."""
    pool = DescriptorPool()
    pool.AddSerializedFile(text_format.Parse(proto, FileDescriptorProto()).SerializeToString())
    return GetMessageClass(pool.FindMessageTypeByName("zoo.v1.Query"))


class AnimalHouse(StrEnum):
    """What is visited."""

    BIG_CATS = "big-cats"
    BIRDS = "birds"


@dataclass(frozen=True, slots=True)
class ZooVisit(Action):
    """Visit a zoo, through one of three gates."""

    name: ClassVar[str] = "zoo.visit"
    roles: ClassVar[frozenset[Role]] = frozenset({Role.GUEST})
    default_role: ClassVar[Role] = Role.GUEST
    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]] = {
        "house": tuple(AnimalHouse),
        "fed": (False, True),
        "gate": (None, 0, 1, 2),
    }

    house: AnimalHouse
    fed: bool
    gate: int | None = None


ZOO: dict[str, type[Action]] = {ZooVisit.name: ZooVisit}
"""The actions of the zoo by name."""
