"""Actions on the wire: an action becomes the message of the proto that has its name.

Responsible for: the tables between the two, made once from the actions' classes and the proto's descriptors.
Not responsible for: the rest of a question (``partner_sdk.question``).

Rules kept here:

- Names alone join the two sides: ``rail.travel`` is the field ``rail_travel``, an attribute is the field of its name,
  and ``hard-seat`` of ``SeatClass`` is ``SEAT_CLASS_HARD_SEAT``. A new action needs no line here.
- What was given is written, ``False`` and 0 too; what was not given is left out.
"""

import re
from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum

from google.protobuf.message import Message

from partner_sdk.actions import Action, AttributeValue, UnknownActionError

_Numbers = Mapping[AttributeValue, int]


class ActionWriter:
    """Writes actions into queries."""

    def __init__(self, query: type[Message], actions: Mapping[str, type[Action]]) -> None:
        """Join ``actions``, by name, with the fields of the message ``query``.

        Raises:
            KeyError: the proto lacks an action, an attribute or a value.
        """
        self._fields = {kind: field_name(kind) for kind in actions.values()}
        self._numbers = {
            kind: _numbers_by_attribute(query, name, kind) for kind, name in self._fields.items()
        }

    def write(self, query: Message, action: Action) -> None:
        """Set the action of ``query``.

        Raises:
            UnknownActionError: it is none of the actions.
        """
        kind = type(action)
        if kind not in self._fields:
            raise UnknownActionError(kind.__name__)
        message: Message = getattr(query, self._fields[kind])
        message.SetInParent()  # an action without attributes is set, too
        for attribute, numbers in self._numbers[kind].items():
            value = getattr(action, attribute)
            if value is not None:
                setattr(message, attribute, value if numbers is None else numbers[value])


def field_name(kind: type[Action]) -> str:
    """Return the name that the action's field has on the wire: ``air.travel`` is ``air_travel``."""
    return kind.name.replace(".", "_")


def _numbers_by_attribute(
    query: type[Message], name: str, kind: type[Action]
) -> dict[str, _Numbers | None]:
    """Return the numbers of each attribute's values, None for one whose values are written as they are."""
    message = query.DESCRIPTOR.fields_by_name[name].message_type
    numbers: dict[str, _Numbers | None] = {}
    for attribute in fields(kind):  # type: ignore[arg-type]  # every action is a dataclass
        enum = message.fields_by_name[attribute.name].enum_type  # type: ignore[union-attr]
        numbers[attribute.name] = None
        if enum is not None:
            members = [one for one in kind.domains[attribute.name] if isinstance(one, StrEnum)]
            prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", enum.name).upper()
            numbers[attribute.name] = {
                one: enum.values_by_name[f"{prefix}_{one.name}"].number for one in members
            }
    return numbers
