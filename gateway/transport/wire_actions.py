"""Actions off the wire: a message of the proto becomes the action of the domain that has its name.

Responsible for: the tables between the two sides, made once from the proto's descriptors and the actions' classes.
Not responsible for: encodings and limits (``wire``), or what an action falls under (the policy pack).

Rules kept here:

- Names alone join the two sides: ``rail.travel`` is the field ``rail_travel`` with the message ``RailTravel``, an
  attribute is the field of its name, and ``hard-seat`` of ``SeatClass`` is ``SEAT_CLASS_HARD_SEAT``.
  A new action needs no line here.
- Where one side has what the other has not, nothing is read at all.
- An attribute that is left out has its action's default, or is an error that names it; it is never a guess.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, fields
from enum import StrEnum
from typing import cast

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from gateway.errors import AnswerError, Reason
from sanctions_matrix.actions import AMOUNT, Action, AttributeValue, AttributeValueError

ACTION_UNKNOWN = (
    "Query.action is not set, or an action this gateway does not know; see the actions in protos/"
)

_ONEOF = "action"
_NUMBERS = frozenset({FieldDescriptor.TYPE_UINT32, FieldDescriptor.TYPE_UINT64})
_Reader = Callable[[Message], AttributeValue]


class ActionReader:
    """Reads the actions of queries."""

    def __init__(self, query: type[Message], actions: Mapping[str, type[Action]]) -> None:
        """Join the oneof ``action`` of the message ``query`` with ``actions``, the domain's by name.

        Raises:
            LookupError: one side has what the other has not; every difference is listed.
        """
        if problems := list(mismatches(query, actions)):
            raise LookupError(f"protos and actions differ: {'; '.join(problems)}")
        self._kinds: dict[str, tuple[Callable[..., Action], tuple[_Reader, ...]]] = {
            name: (kind, _readers(message, kind)) for name, message, kind in _joined(query, actions)
        }

    def read(self, query: Message) -> Action:
        """Return what ``query`` asks about.

        Raises:
            AnswerError: the action is not set, or an attribute is missing or has no value of its own.
        """
        name = query.WhichOneof(_ONEOF)
        if name is None:
            raise AnswerError(Reason.ACTION_UNKNOWN, ACTION_UNKNOWN)
        kind, readers = self._kinds[name]
        message = getattr(query, name)
        try:
            return kind(*[read(message) for read in readers])
        except AttributeValueError as error:
            raise AnswerError(Reason.ATTRIBUTE_INVALID, str(error)) from error


def mismatches(query: type[Message], actions: Mapping[str, type[Action]]) -> Iterator[str]:
    """Yield, in words, whatever the proto or the domain has and the other has not."""
    on_wire = _messages(query).keys()
    in_domain = {_field_name(kind) for kind in actions.values()}
    for name in sorted(in_domain - on_wire):
        yield f"{query.DESCRIPTOR.name} has no action {name}"
    for name in sorted(on_wire - in_domain):
        yield f"no action of the domain is called {name}"
    for _, message, kind in _joined(query, actions):
        yield from _mismatches_of_action(message, kind)


def _messages(query: type[Message]) -> dict[str, Descriptor]:
    choices = query.DESCRIPTOR.oneofs_by_name[_ONEOF].fields
    members = [field for field in choices if field.message_type is not None]
    # The stubs know two classes of descriptors, one of which is only how the other is implemented.
    return {field.name: cast("Descriptor", field.message_type) for field in members}


def _joined(
    query: type[Message], actions: Mapping[str, type[Action]]
) -> Iterator[tuple[str, Descriptor, type[Action]]]:
    """Yield every action that both sides have: its field's name, its message and its class."""
    messages = _messages(query)
    for kind in actions.values():
        name = _field_name(kind)
        if name in messages:
            yield name, messages[name], kind


def _mismatches_of_action(message: Descriptor, kind: type[Action]) -> Iterator[str]:
    attributes = [attribute.name for attribute in _attributes(kind)]
    if message.name != kind.__name__:
        yield f"{kind.name} is the message {message.name}, not {kind.__name__}"
    for name in attributes:
        if name in message.fields_by_name:
            yield from _mismatches_of_attribute(message.fields_by_name[name], _domain(kind, name))
        else:
            yield f"{message.name} has no field {name}"
    for field in message.fields:
        if field.name not in attributes:
            yield f"{kind.name} has no attribute {field.name}"


def _mismatches_of_attribute(
    field: FieldDescriptor, domain: tuple[AttributeValue, ...]
) -> Iterator[str]:
    spelled = field.full_name.rpartition(".v1.")[2]
    members = _members(domain)
    if members:
        yield from _mismatches_of_enumeration(spelled, field.enum_type, members)
        return
    wanted = {FieldDescriptor.TYPE_BOOL} if isinstance(domain[-1], bool) else _NUMBERS
    if field.type not in wanted:
        yield f"{spelled} has another type than its attribute"
    if not field.has_presence:
        yield f"{spelled} is not optional, so that leaving it out would not show"


def _mismatches_of_enumeration(
    spelled: str, enum: EnumDescriptor | None, members: list[StrEnum]
) -> Iterator[str]:
    wanted = type(members[0]).__name__
    if enum is None or enum.name != wanted:
        yield f"{spelled} is not the enumeration {wanted}"
        return
    on_wire = {value.name for value in enum.values if value.number != 0}
    in_domain = {_value_name(enum, member) for member in members}
    for name in sorted(in_domain - on_wire):
        yield f"{enum.name} has no value {name}"
    for name in sorted(on_wire - in_domain):
        yield f"no value of {spelled} is called {name}"


def _readers(message: Descriptor, kind: type[Action]) -> tuple[_Reader, ...]:
    """Return what reads each attribute, in the order in which the action takes them."""
    readers: list[_Reader] = []
    for attribute in _attributes(kind):
        name = attribute.name
        default = () if attribute.default is MISSING else (attribute.default,)
        enum = message.fields_by_name[name].enum_type
        if enum is None:
            readers.append(_scalar_reader(name, default))
        else:
            members = _members(_domain(kind, name))
            numbers = {enum.values_by_name[_value_name(enum, one)].number: one for one in members}
            unset = {0: default[0]} if default else {}
            readers.append(_enum_reader(name, unset | numbers))
    return tuple(readers)


def _scalar_reader(name: str, default: tuple[AttributeValue, ...]) -> _Reader:
    """Return what reads a number or a truth value; ``default`` is empty where there is none."""

    def read(message: Message) -> AttributeValue:
        if message.HasField(name):
            value: AttributeValue = getattr(message, name)
            return value
        if not default:
            raise _missing(name)
        return default[0]

    return read


def _enum_reader(name: str, meanings: Mapping[int, AttributeValue]) -> _Reader:
    """Return what reads an enumeration; 0, which is not set, has a meaning where the attribute has a default."""

    def read(message: Message) -> AttributeValue:
        number = getattr(message, name)
        try:
            return meanings[number]
        except KeyError:
            raise (_missing(name) if number == 0 else _unknown(name)) from None

    return read


def _missing(attribute: str) -> AnswerError:
    return AnswerError(
        Reason.ATTRIBUTE_MISSING, f"attribute {attribute!r} is needed to answer; set it"
    )


def _unknown(attribute: str) -> AnswerError:
    return AnswerError(Reason.ATTRIBUTE_INVALID, f"attribute {attribute!r} has an unknown value")


def _attributes(kind: type[Action]) -> tuple["Field[AttributeValue]", ...]:
    return fields(kind)  # type: ignore[arg-type]  # every action is a dataclass


def _domain(kind: type[Action], attribute: str) -> tuple[AttributeValue, ...]:
    return (None, 0) if attribute == AMOUNT else kind.domains[attribute]


def _members(domain: tuple[AttributeValue, ...]) -> list[StrEnum]:
    return [value for value in domain if isinstance(value, StrEnum)]


def _field_name(kind: type[Action]) -> str:
    return kind.name.replace(".", "_")


def _value_name(enum: EnumDescriptor, member: StrEnum) -> str:
    prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", enum.name).upper()
    return f"{prefix}_{member.name}"
