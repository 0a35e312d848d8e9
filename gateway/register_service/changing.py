"""Carrying out what an authority ordered for one listing.

Responsible for turning an ordered change into the register's own, once.
Not responsible for whether the authority may change the listing (`service`), nor for the rules of a change.

Rule kept here: what lets somebody be restricted again waits for confirmed tables; what eases never does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.register.errors import LifeCycleError
from gateway.register.lifecycle import Mandate
from gateway.register.orders import Order, OrderRepeatedError
from gateway.register_service.statements import (
    Deciding,
    Exempting,
    Lifting,
    OwingRemoval,
    Releasing,
    Requesting,
    Staying,
)
from sanctions_matrix.listing import Exemption, Window, WindowError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from gateway.clock import Clock
    from gateway.register.deadlines import Terms
    from gateway.register.register import Register
    from gateway.register_service.authorities import Authority
    from gateway.register_service.statements import OrderedChange


class Changer:
    """Changes listings of one register."""

    def __init__(self, register: Register, terms: Terms) -> None:
        """Change by the periods of `terms`."""
        self._register = register
        self._terms = terms
        self._steps: Mapping[type, Callable[[str, Any, Mandate], int]] = {
            Releasing: self._release,
            Staying: self._stay,
            Lifting: self._lift,
            Exempting: self._exempt,
            OwingRemoval: self._owe,
            Requesting: self._request,
            Deciding: self._decide,
        }

    def carry_out(
        self, ordered: OrderedChange, authority: Authority, clock: Clock
    ) -> tuple[int, bool]:
        """Make the change, in its turn, by `clock`; return its number, and whether it had been made before.

        Raises:
            RegisterError: the register refuses it.
        """
        mandate = Mandate(
            ordered.document,
            clock(),
            authority.actor,
            expected_change=ordered.expected_change,
            order=Order(authority.id, ordered.id, ordered.reference, ordered.digest),
            clock=clock,
        )
        try:
            return self._steps[type(ordered.step)](ordered.reference, ordered.step, mandate), False
        except OrderRepeatedError as repeated:
            return repeated.change, True

    def _release(self, reference: str, step: Releasing, mandate: Mandate) -> int:
        return self._register.release(reference, reason=step.reason, mandate=mandate)

    def _stay(self, reference: str, step: Staying, mandate: Mandate) -> int:
        return self._register.stay(reference, until=step.until, mandate=mandate)

    def _lift(self, reference: str, _step: Lifting, mandate: Mandate) -> int:
        return self._register.lift_stay(reference, mandate=mandate)

    def _exempt(self, reference: str, step: Exempting, mandate: Mandate) -> int:
        try:
            window = Window(step.starts_at or mandate.at, step.ends_at)
        except WindowError as error:
            raise LifeCycleError(str(error)) from None
        exemption = Exemption(step.measures, window)
        return self._register.exempt(
            reference, exemption, mandate=mandate, is_permit=step.is_permit
        )

    def _owe(self, reference: str, step: OwingRemoval, mandate: Mandate) -> int:
        return self._register.owe_removal(
            reference, reason=step.reason, on=step.on, mandate=mandate, terms=self._terms
        )

    def _request(self, reference: str, step: Requesting, mandate: Mandate) -> int:
        return self._register.request(
            reference, kind=step.kind, on=step.on, mandate=mandate, terms=self._terms
        )

    def _decide(self, reference: str, step: Deciding, mandate: Mandate) -> int:
        return self._register.decide(
            reference, granted=step.granted, mandate=mandate, terms=self._terms
        )
