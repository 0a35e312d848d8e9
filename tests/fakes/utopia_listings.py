"""Listings under the tables of Utopia, windows around one instant, and how an answer is written down in a test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sanctions_matrix.actions import (
    Action,
    CreditExtension,
    CreditProduct,
    GoodsCategory,
    GoodsPurchase,
    Role,
)
from sanctions_matrix.documents import PartyKind
from sanctions_matrix.evaluation import Verdict, compile_matrix
from sanctions_matrix.listing import ContestRoute, Listing, Window

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sanctions_matrix.pack import Pack

    Reader = Callable[[Pack, Action, Role, Sequence[Listing], datetime], Verdict]

AT = datetime(2024, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
AROUND = Window(AT - HOUR, AT + HOUR)
BEFORE = Window(AT - HOUR, AT)
AFTER = Window(AT + HOUR)
ROUTE = ContestRoute("First Court of Utopia", "1 Court Road", "10 days")
PERSON, ORGANISATION, VESSEL = PartyKind
LIMITS = ("air", "lodging", "goods", "credit")
LUXURY = GoodsPurchase(GoodsCategory.LUXURY)
LOAN = CreditExtension(CreditProduct.LOAN)


def compiled(
    pack: Pack, action: Action, role: Role, listings: Sequence[Listing], at: datetime
) -> Verdict:
    """Answer with the compiled reader, compiling the pack anew."""
    return compile_matrix(pack).evaluate(action, role, listings, at)


def listing(
    *measures: str,
    list_id: str = "limits",
    kind: PartyKind = PERSON,
    reference: str = "L-a",
    window: Window = AROUND,
) -> Listing:
    """Return a listing that names these measures, in force at `AT`."""
    return Listing(
        reference, list_id, kind, "First Court of Utopia", frozenset(measures), window, ROUTE
    )


def praise(kind: PartyKind = ORGANISATION, reference: str = "P-a") -> Listing:
    """Return a listing on the red list, in force at `AT`."""
    return listing(list_id="praised", kind=kind, reference=reference)


def outcome(verdict: Verdict) -> tuple[str, list[str]]:
    """Return the outcome and the measure and rule of each ground."""
    grounds = [f"{ground.measure.id} by {ground.rule_id}" for ground in verdict.grounds]
    return verdict.outcome.value, grounds
