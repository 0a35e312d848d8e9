"""The second reader: the plainest reading of a pack's tables, for comparison with the compiled matrix.

Responsible for reaching the same verdict without masks, cells or anything computed beforehand.
Not responsible for speed; it is written from the words of the rules and shares no code with `evaluation`
except the types of the verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sanctions_matrix.actions import UnknownActionError
from sanctions_matrix.measures import Effect, Status
from sanctions_matrix.verdict import (
    Commendation,
    Ground,
    MissingAttributeError,
    Outcome,
    RoleError,
    UnknownListError,
    UnknownMeasureError,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sanctions_matrix.actions import Action, AttributeValue, Role
    from sanctions_matrix.listing import Listing, Window
    from sanctions_matrix.measures import Measure
    from sanctions_matrix.pack import Pack
    from sanctions_matrix.rules import Rule


def naive_evaluate(
    pack: Pack, action: Action, role: Role, listings: Sequence[Listing], at: datetime
) -> Verdict:
    """Answer as `Matrix.evaluate` does, and raise what it raises."""
    if action.name not in pack.actions:
        raise UnknownActionError(action.name)
    if role not in action.roles:
        raise RoleError(role)
    applying = [rule for rule in pack.rules.values() if _applies(rule, action, role)]
    if at.utcoffset() is None:
        message = "the instant of an evaluation needs a time zone"
        raise ValueError(message)
    grounds: list[Ground] = []
    for listing in listings:
        for ground in _grounds_of(pack, listing, applying, at):
            if ground not in grounds:
                grounds.append(ground)
    grounds.sort(key=lambda ground: ground.order)
    commendations = _commendations(pack, listings, at)
    return Verdict(_outcome(grounds), tuple(grounds), tuple(commendations))


def _applies(rule: Rule, action: Action, role: Role) -> bool:
    """Whether the rule's row describes the action.

    A row that is ruled out by what is given does not apply, whatever else is absent.
    """
    if rule.action != action.name or role not in rule.roles:
        return False
    given = action.attributes()
    named = [*rule.when, *(["amount_yuan"] if rule.at_least_yuan is not None else [])]
    if any(given[name] is not None and not _allows(rule, name, given[name]) for name in named):
        return False
    for name in named:
        if given[name] is None:
            raise MissingAttributeError(name)
    return True


def _allows(rule: Rule, attribute: str, value: AttributeValue) -> bool:
    """Whether the row's condition on one attribute holds for a value that is given."""
    if attribute == "amount_yuan":
        return isinstance(value, int) and value >= (rule.at_least_yuan or 0)
    return value in rule.when[attribute]


def _grounds_of(pack: Pack, listing: Listing, applying: list[Rule], at: datetime) -> list[Ground]:
    if listing.list_id not in pack.lists:
        raise UnknownListError(listing.list_id)
    grounds = []
    for measure in pack.measures.values():
        if not _binds(pack, listing, measure, at):
            continue
        rule = _strongest([rule for rule in applying if measure.id in rule.measures])
        if rule is not None:
            definition = pack.lists[listing.list_id]
            until, route = listing.window.ends_at, listing.contest
            grounds.append(
                Ground(
                    measure, definition, rule, listing.authority, listing.reference, until, route
                )
            )
    unknown = [measure_id for measure_id in listing.measures if measure_id not in pack.measures]
    if unknown:
        raise UnknownMeasureError(unknown[0])
    return grounds


def _commendations(pack: Pack, listings: Sequence[Listing], at: datetime) -> list[Commendation]:
    """Return one commendation for each red list on which the party, an organisation, stands now."""
    told: list[Commendation] = []
    for listing in listings:
        definition = pack.lists[listing.list_id]
        if definition.effect == "restricts" or listing.party_kind != "organisation":
            continue
        if not _inside(listing.window, at) or any(_inside(stay, at) for stay in listing.stays):
            continue
        until, route = listing.window.ends_at, listing.contest
        entry = Commendation(definition, listing.authority, listing.reference, until, route)
        if entry not in told:
            told.append(entry)
    return sorted(told, key=lambda entry: entry.order)


def _binds(pack: Pack, listing: Listing, measure: Measure, at: datetime) -> bool:
    """Whether the listing imposes the measure at the instant."""
    if measure.status is not Status.SERVED or measure.effect is Effect.NONE:
        return False
    if measure.id not in listing.measures or measure.id not in pack.lists[listing.list_id].measures:
        return False
    if listing.party_kind not in measure.targets:
        return False
    if not _inside(listing.window, at) or any(_inside(stay, at) for stay in listing.stays):
        return False
    lifted = [exemption for exemption in listing.exemptions if _inside(exemption.window, at)]
    return all(measure.id not in exemption.measures for exemption in lifted)


def _inside(window: Window, at: datetime) -> bool:
    if at < window.starts_at:
        return False
    return window.ends_at is None or at < window.ends_at


def _strongest(rules: list[Rule]) -> Rule | None:
    """Return the first rule of the strongest effect."""
    for effect in (Effect.RESTRICTS, Effect.REFERS, Effect.NONE):
        for rule in rules:
            if rule.effect is effect:
                return rule
    return None


def _outcome(grounds: list[Ground]) -> Outcome:
    for ground in grounds:
        if ground.measure.effect is Effect.RESTRICTS and ground.rule.effect is Effect.RESTRICTS:
            return Outcome.RESTRICTED
    return Outcome.REFERRED if grounds else Outcome.PERMITTED
