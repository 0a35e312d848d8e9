"""The actions in words: what can be asked, with which attributes, in which role.

Responsible for: one description of every action, from which ``jointgate check --help`` and docs/sdk.md are made.
Not responsible for: which attribute a rule needs where it may be left out; the policy pack says so.
"""

from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields

from partner_sdk.actions import ACTIONS, AMOUNT, MAX_AMOUNT_YUAN, Action, spell


@dataclass(frozen=True, slots=True)
class AttributeWords:
    """An attribute of an action.

    Attributes:
        name: as it is given on the command line and to the class.
        values: what it can be, as the command line spells it.
        required: whether it can never be left out; any other is needed where a rule of the pack turns on it.
    """

    name: str
    values: tuple[str, ...]
    required: bool


@dataclass(frozen=True, slots=True)
class ActionWords:
    """An action.

    Attributes:
        name: as it is given on the command line.
        class_name: of its class in ``partner_sdk.actions``.
        attributes: in the order in which the class takes them.
        roles: in which the party can stand to it, the default one first.
    """

    name: str
    class_name: str
    attributes: tuple[AttributeWords, ...]
    roles: tuple[str, ...]


def describe_actions() -> Iterator[ActionWords]:
    """Yield every action."""
    for kind in ACTIONS.values():
        others = sorted(role.value for role in kind.roles - {kind.default_role})
        yield ActionWords(
            name=kind.name,
            class_name=kind.__name__,
            attributes=tuple(_attributes(kind)),
            roles=(kind.default_role.value, *others),
        )


def _attributes(kind: type[Action]) -> Iterator[AttributeWords]:
    for attribute in fields(kind):  # type: ignore[arg-type]  # every action is a dataclass
        yield AttributeWords(
            name=attribute.name,
            values=_values(kind, attribute.name),
            required=attribute.default is MISSING,
        )


def _values(kind: type[Action], attribute: str) -> tuple[str, ...]:
    if attribute == AMOUNT:
        return (f"0..{MAX_AMOUNT_YUAN}",)
    return tuple(spell(value) for value in kind.domains[attribute] if value is not None)
