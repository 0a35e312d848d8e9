"""What every action is: a name, roles, attributes from finite domains, perhaps an amount; and its reading from text.

Responsible for the type `Action`, the register of actions, and the errors of attributes.
Not responsible for which actions there are (`actions`), nor for what they fall under (the packs' `rules.toml`).

Rules kept here: every attribute has a finite domain, so that every cell of the matrix can be visited;
the one number, an amount in whole yuan, is reduced to the band between two thresholds of the pack before it is used,
and to nothing in a pack without thresholds.
"""

from __future__ import annotations

import re
from dataclasses import MISSING, fields, replace
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sanctions_matrix.attributes import AttributeValue, Role

AMOUNT = "amount_yuan"
"""The attribute that is a number: whole yuan, from 0 to `MAX_AMOUNT_YUAN`."""

MAX_AMOUNT_YUAN = 10**12

_NAME = re.compile(r"[a-z_]{1,40}")
"""What the name of an attribute looks like, and no document's number does."""

_AMOUNT_IN_WORDS = f"a whole number of yuan from 0 to {MAX_AMOUNT_YUAN}"


class UnknownActionError(LookupError):
    """An action nobody defined, or that a pack does not answer for."""

    def __init__(self, action: str) -> None:
        """Keep the name of the action."""
        self.action = action
        # The name is not repeated: a document given in the wrong place must not be shown.
        super().__init__(f"unknown action; give one of {', '.join(ACTIONS)}")


class AttributeValueError(ValueError):
    """An attribute is missing, unknown, or has a value outside its domain."""

    def __init__(
        self,
        attribute: str,
        value: object,
        allowed: tuple[AttributeValue, ...],
        known: Sequence[str] | None = None,
    ) -> None:
        """Keep the attribute, the value given and the values allowed (none when it does not exist).

        `known` are the names of the attributes that the action has, told when this is none of them.
        """
        self.attribute = attribute
        self.value = value
        self.allowed = allowed
        choice = _AMOUNT_IN_WORDS if attribute == AMOUNT else f"one of {_spelled(allowed)}"
        if known is not None:
            # Only what can be a name is repeated: a document given in the wrong place must not be shown.
            told = f" {attribute!r}" if _NAME.fullmatch(attribute) else ""
            reason = (
                f"unknown attribute{told}; this action has {', '.join(known) or 'no attributes'}"
            )
        elif value is MISSING:
            reason = f"attribute {attribute!r} is missing; give {choice}"
        else:
            reason = f"attribute {attribute!r} cannot have this value; give {choice}"
        super().__init__(reason)


class Action:
    """What every action has in common: a name, roles, and attributes from finite domains.

    An action whose `takes_amount` is true also has the field `amount_yuan`, None when no amount is given.
    """

    __slots__ = ()

    name: ClassVar[str]
    roles: ClassVar[frozenset[Role]]
    default_role: ClassVar[Role]
    domains: ClassVar[Mapping[str, tuple[AttributeValue, ...]]]
    takes_amount: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Turn plain strings into the enumerations' members.

        Raises:
            AttributeValueError: if a value lies outside its attribute's domain.
        """
        for attribute, domain in self.domains.items():
            value = getattr(self, attribute)
            if type(value) is type(domain[-1]) and value in domain:
                continue  # already a member, which is how actions come off the wire
            object.__setattr__(self, attribute, _member(attribute, value, domain))
        amount = self.amount
        if amount is not None and not _is_amount(amount):
            raise AttributeValueError(AMOUNT, amount, ())

    @property
    def amount(self) -> int | None:
        """The amount in whole yuan, None when none is given or the action takes none."""
        return getattr(self, AMOUNT) if self.takes_amount else None

    def attributes(self) -> Mapping[str, AttributeValue]:
        """Return the attributes by name; None stands for one that was not given."""
        given = {attribute: getattr(self, attribute) for attribute in self.domains}
        return given | {AMOUNT: self.amount} if self.takes_amount else given

    def in_band(self, thresholds: Sequence[int]) -> Self:
        """Return the action with its amount replaced by the lower bound of its band.

        The bands are parted by `thresholds`, ascending, in whole yuan; without thresholds an amount means nothing.
        """
        if not self.takes_amount or self.amount is None:
            return self
        reached = [bound for bound in (0, *thresholds) if bound <= self.amount]
        return replace(self, **{AMOUNT: reached[-1] if thresholds else None})  # type: ignore[type-var]

    @classmethod
    def every(cls, amounts: Sequence[int | None] = (None,)) -> Iterator[Self]:
        """Yield every value the action can take, with each of `amounts` where it takes one."""
        names = [*cls.domains, AMOUNT] if cls.takes_amount else [*cls.domains]
        domains = [*cls.domains.values(), amounts] if cls.takes_amount else cls.domains.values()
        for values in product(*domains):
            yield cls(**dict(zip(names, values, strict=True)))


ACTIONS: dict[str, type[Action]] = {}
"""Every action by name, in the order of their definition."""

_Kind = TypeVar("_Kind", bound=type[Action])


def registered(kind: _Kind) -> _Kind:
    """Enter an action into `ACTIONS`."""
    ACTIONS[kind.name] = kind
    return kind


def parse_action(name: str, attributes: Mapping[str, str]) -> Action:
    """Read an action from its name and its attributes as text.

    Raises:
        UnknownActionError: if no action has this name.
        AttributeValueError: if an attribute is unknown, missing, or outside its domain.
    """
    kind = ACTIONS.get(name)
    if kind is None:
        raise UnknownActionError(name)
    known = [field.name for field in fields(kind)]  # type: ignore[arg-type]  # every action is a dataclass
    for attribute in attributes:
        if attribute not in known:
            raise AttributeValueError(attribute, attributes[attribute], (), known)
    for field in fields(kind):  # type: ignore[arg-type]
        if field.default is MISSING and field.name not in attributes:
            raise AttributeValueError(field.name, MISSING, kind.domains[field.name])
    values: dict[str, Any] = {
        attribute: _from_text(kind, attribute, text) for attribute, text in attributes.items()
    }
    return kind(**values)


def spell(value: AttributeValue) -> str:
    """Return an attribute's value as the command line and the tables spell it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _from_text(kind: type[Action], attribute: str, text: str) -> AttributeValue:
    if attribute == AMOUNT:
        if text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_AMOUNT_YUAN)):
            return int(text)
        raise AttributeValueError(AMOUNT, text, ())
    domain = kind.domains[attribute]
    for value in domain:
        if value is not None and spell(value) == text:
            return value
    raise AttributeValueError(attribute, text, domain)


def _is_amount(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_AMOUNT_YUAN


def _member(attribute: str, value: object, domain: tuple[AttributeValue, ...]) -> AttributeValue:
    for allowed in domain:
        if allowed == value and isinstance(allowed, bool) == isinstance(value, bool):
            return allowed
    raise AttributeValueError(attribute, value, domain)


def _spelled(values: tuple[AttributeValue, ...]) -> str:
    return ", ".join(spell(value) for value in values if value is not None)
