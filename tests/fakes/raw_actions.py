"""Actions as a partner's library can put them on the wire, also wrongly, and written down without the SDK.

Responsible for: messages with any number where an enum's value stands, fields of protos that do not exist yet, and the
plainest writing of an action: its names, read by the JSON form of Protocol Buffers.
Not responsible for: a proto with other actions; see ``zoo``.
"""

import re
from dataclasses import fields
from enum import StrEnum

from google.protobuf.json_format import ParseDict

from jointgate.decision.v1 import decision_pb2 as pb
from sanctions_matrix.actions import Action

NEWEST_FIELD = max(pb.Query.DESCRIPTOR.fields_by_number)
"""The largest number of a field of a query; a newer proto would go on behind it."""


def rail(train: int = 0, seat: int = 0) -> pb.RailTravel:
    """Return travel by rail; 0 is not set, and a number that the enum does not have is a newer client's."""
    return pb.RailTravel(train=train, seat=seat)  # type: ignore[arg-type]


def goods(category: int = 0, purpose: int = 0) -> pb.GoodsPurchase:
    """Return a purchase, as ``rail``."""
    return pb.GoodsPurchase(category=category, purpose=purpose)  # type: ignore[arg-type]


def newer_action(*, ahead: int = 1, wire_type: int = 2) -> bytes:
    """Return an empty action of a newer proto, ``ahead`` fields behind the newest; or a 0, as ``wire_type`` 0."""
    tag = (NEWEST_FIELD + ahead) << 3 | wire_type
    return bytes([tag & 0x7F | 0x80, tag >> 7, 0])


def as_query(action: Action) -> pb.Query:
    """Return a query that asks about ``action`` and nothing else, written by its names."""
    given = {field.name: getattr(action, field.name) for field in fields(action)}  # type: ignore[arg-type]
    attributes = {name: _wire_name(value) for name, value in given.items() if value is not None}
    return ParseDict({action.name.replace(".", "_"): attributes}, pb.Query())


def _wire_name(value: object) -> object:
    if not isinstance(value, StrEnum):
        return value
    enumeration = re.sub(r"\B(?=[A-Z])", "_", type(value).__name__)
    return f"{enumeration}_{value.name}".upper()
