"""Actions on the wire: an action becomes the message of the proto that has its name.

Responsible for: the tables between the two, made once from the actions' classes and the proto's descriptors.
Not responsible for: the rest of a question (``partner_sdk.question``).

Rules kept here:

- Names alone join the two sides: ``rail.travel`` is the field ``rail_travel``, an attribute is the field of its name,
  and ``hard-seat`` of ``SeatClass`` is ``SEAT_CLASS_HARD_SEAT``. A new action needs no line here.
- What was given is written, ``False`` and 0 too; what was not given is left out.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from enum import StrEnum
from typing import cast

from google.protobuf.descriptor import Descriptor, EnumDescriptor
from google.protobuf.message import Message

from partner_sdk.actions import Action, AttributeValue, UnknownActionError

_Numbers = Mapping[AttributeValue, int]


class ActionWriter:
    """Writes actions into queries."""

    def __init__(self, query: type[Message], actions: Mapping[str, type[Action]]) -> None:
        """Join ``actions``, by name, with the fields of the message ``query``.

        Raises:
            LookupError: the proto lacks an action, an attribute or a value; everything that it lacks is listed.
        """
        if problems := list(_mismatches(query, actions)):
            raise LookupError(
                f"protos and actions differ: {'; '.join(problems)}; run 'make generate'"
            )
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


def _mismatches(query: type[Message], actions: Mapping[str, type[Action]]) -> Iterator[str]:
    """Yield, in words, whatever the actions have and the proto has not."""
    for kind in actions.values():
        field = query.DESCRIPTOR.fields_by_name.get(field_name(kind))
        if field is None or field.message_type is None:
            yield f"{query.DESCRIPTOR.name} has no action {field_name(kind)}"
        else:
            # The stubs know two classes of descriptors, one of which is only how the other is implemented.
            yield from _mismatches_of_action(cast("Descriptor", field.message_type), kind)


def _mismatches_of_action(message: Descriptor, kind: type[Action]) -> Iterator[str]:
    for attribute in _attributes(kind):
        field = message.fields_by_name.get(attribute)
        if field is None:
            yield f"{message.name} has no field {attribute}"
        elif field.enum_type is not None:
            enum = field.enum_type
            names = set(_value_names(enum, kind, attribute).values())
            missing = names - set(enum.values_by_name)
            yield from (f"{enum.name} has no value {name}" for name in sorted(missing))


def _numbers_by_attribute(
    query: type[Message], name: str, kind: type[Action]
) -> dict[str, _Numbers | None]:
    """Return the numbers of each attribute's values, None for one whose values are written as they are."""
    message = query.DESCRIPTOR.fields_by_name[name].message_type
    numbers: dict[str, _Numbers | None] = {}
    for attribute in _attributes(kind):
        enum = message.fields_by_name[attribute].enum_type  # type: ignore[union-attr]
        numbers[attribute] = None
        if enum is not None:
            names = _value_names(cast("EnumDescriptor", enum), kind, attribute)
            numbers[attribute] = {one: enum.values_by_name[names[one]].number for one in names}
    return numbers


def _attributes(kind: type[Action]) -> Iterator[str]:
    for attribute in fields(kind):  # type: ignore[arg-type]  # every action is a dataclass
        yield attribute.name


def _value_names(
    enum: EnumDescriptor, kind: type[Action], attribute: str
) -> dict[AttributeValue, str]:
    """Return the name on the wire of each member that the attribute can be."""
    prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", enum.name).upper()
    members = [one for one in kind.domains[attribute] if isinstance(one, StrEnum)]
    return {one: f"{prefix}_{one.name}" for one in members}
