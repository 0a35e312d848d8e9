"""Soundness of a pack: whether its rows fit together and keep the rules of restraint.

Responsible for what no single row can show.
Not responsible for the shape of rows (`pack_rows`).

Source of the rules of restraint: the fact sheet of instruments, opening paragraph and sections 4 and 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sanctions_matrix.actions import ACTIONS, AMOUNT, MAX_AMOUNT_YUAN
from sanctions_matrix.documents import PartyKind
from sanctions_matrix.lists import ListEffect
from sanctions_matrix.measures import AgencyRole, Effect, Involvement, Measure, Status
from sanctions_matrix.tables import TableProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sanctions_matrix.lists import ListDefinition
    from sanctions_matrix.rules import ActionEntry, Rule, Threshold

MASK_BITS = 64
"""How many measures a pack can have: one bit of a mask each."""


def soundness_problems(
    *,
    measures: Mapping[str, Measure],
    roles: Mapping[tuple[str, str], AgencyRole],
    lists: Mapping[str, ListDefinition],
    actions: Mapping[str, ActionEntry],
    rules: Mapping[str, Rule],
) -> list[TableProblem]:
    """Return every problem between the rows of a pack."""
    problems = [*_measure_problems(measures), *_leader_problems(measures, roles)]
    for definition in lists.values():
        problems += _list_problems(definition)
        problems += _carrying_problems(definition, measures)
    for rule in rules.values():
        problems += _rule_problems(rule, measures, actions)
    return problems


def _measure_problems(measures: Mapping[str, Measure]) -> Iterator[TableProblem]:
    if len(measures) > MASK_BITS:
        yield TableProblem("measures.toml", "", "", f"has more than {MASK_BITS} measures")
    for measure in measures.values():
        place = ("measures.toml", measure.id)
        if measure.status is not Status.SERVED and measure.effect is not Effect.NONE:
            yield TableProblem(
                *place, "effect", f"must be none while the measure is {measure.status}"
            )
        if measure.status is Status.SERVED and not measure.targets:
            yield TableProblem(*place, "targets", "a served measure must say whom it may reach")
        if (
            measure.acts
            and measure.effect is Effect.RESTRICTS
            and not measure.basis_mark.may_restrict
        ):
            yield TableProblem(
                *place, "basis_mark", f"a basis that is {measure.basis_mark} may not restrict"
            )


def _leader_problems(
    measures: Mapping[str, Measure], roles: Mapping[tuple[str, str], AgencyRole]
) -> Iterator[TableProblem]:
    led = {role.measure for role in roles.values() if role.role is Involvement.LEADS}
    for measure in measures.values():
        if measure.acts and measure.id not in led:
            yield TableProblem(
                "roles.toml", measure.id, "role", "no agency leads this measure, and it has effect"
            )


def threshold_problems(
    thresholds: Iterable[Threshold], rules: Mapping[str, Rule]
) -> list[TableProblem]:
    """Return every problem of an operator's thresholds with the rules they name."""
    problems: list[TableProblem] = []
    named: set[str] = set()
    for threshold in thresholds:
        place = ("thresholds.toml", threshold.rule)
        rule = rules.get(threshold.rule)
        if threshold.rule in named:
            problems.append(TableProblem(*place, "rule", "has two thresholds"))
        named.add(threshold.rule)
        if rule is None:
            problems.append(TableProblem(*place, "rule", "there is no such rule"))
        elif not ACTIONS[rule.action].takes_amount:
            problems.append(TableProblem(*place, "rule", f"{rule.action} has no {AMOUNT}"))
        elif rule.effect is not Effect.REFERS:
            problems.append(
                TableProblem(*place, "rule", "only a rule that refers waits for an amount")
            )
        if not 0 < threshold.at_least_yuan <= MAX_AMOUNT_YUAN:
            text = (
                f"must be above 0 and at most {MAX_AMOUNT_YUAN}, the most that can be asked about"
            )
            problems.append(TableProblem(*place, "at_least_yuan", text))
        if not threshold.mark.may_restrict:
            text = f"a threshold that is {threshold.mark} may not restrict"
            problems.append(TableProblem(*place, "mark", text))
    return problems


def _list_problems(definition: ListDefinition) -> Iterator[TableProblem]:
    place = ("lists.toml", definition.id)
    if not definition.grounds:
        yield TableProblem(*place, "ground", "a list needs at least one ground")
    if not definition.kinds:
        yield TableProblem(*place, "kinds", "a list must say whom it may hold")
    if definition.effect is ListEffect.COMMENDS and definition.kinds != {PartyKind.ORGANISATION}:
        yield TableProblem(*place, "kinds", "a list that commends holds organisations only")
    if definition.effect is ListEffect.COMMENDS and definition.admits_responsible_persons:
        yield TableProblem(
            *place, "admits_responsible_persons", "a list that commends reaches no person"
        )
    if not definition.mark.may_restrict:
        text = f"a list that is {definition.mark} may not be told of anybody"
        yield TableProblem(*place, "mark", text)
    if definition.public and not definition.publication_mark.may_restrict:
        text = f"a publication that is {definition.publication_mark} makes no list public"
        yield TableProblem(*place, "publication_mark", text)
    yield from _objection_problems(definition)
    yield from _ground_problems(definition)


def _objection_problems(definition: ListDefinition) -> Iterator[TableProblem]:
    """That an objection stays a listing says how it is known; where it does not, there is nothing to know."""
    place = ("lists.toml", definition.id)
    given = {
        "objection_stays_source": bool(definition.objection_stays_source),
        "objection_stays_mark": definition.objection_stays_mark is not None,
    }
    for field, is_given in given.items():
        if is_given != definition.objection_stays:
            yield TableProblem(*place, field, "must be given exactly where objection_stays = true")


def _ground_problems(definition: ListDefinition) -> Iterator[TableProblem]:
    """A ground that nobody read may put nobody on a list that restricts."""
    for ground in definition.grounds.values():
        if definition.effect is ListEffect.RESTRICTS and not ground.mark.may_restrict:
            text = f"a ground that is {ground.mark} may not restrict"
            yield TableProblem("lists.toml", definition.id, f"ground {ground.id}, mark", text)


def _carrying_problems(
    definition: ListDefinition, measures: Mapping[str, Measure]
) -> Iterator[TableProblem]:
    place = ("lists.toml", definition.id)
    if definition.effect is ListEffect.COMMENDS and definition.measures:
        yield TableProblem(*place, "measures", "a list that commends carries no measure")
    if definition.effect is ListEffect.RESTRICTS and not definition.measures:
        yield TableProblem(*place, "measures", "a list must carry at least one measure")
    for measure_id in sorted(definition.measures):
        yield from _carried(place, measure_id, measures)


def _rule_problems(
    rule: Rule, measures: Mapping[str, Measure], actions: Mapping[str, ActionEntry]
) -> Iterator[TableProblem]:
    place = ("rules.toml", rule.id)
    if rule.action not in actions:
        yield TableProblem(*place, "action", "does not stand in actions.toml")
    if not rule.measures:
        yield TableProblem(*place, "measures", "a rule must name at least one measure")
    if not rule.roles:
        yield TableProblem(*place, "roles", "a rule must apply to at least one role")
    if rule.effect is Effect.NONE:
        yield TableProblem(*place, "effect", "a rule without effect is no rule; leave the row out")
    for measure_id in rule.measures:
        yield from _carried(place, measure_id, measures)
        measure = measures.get(measure_id)
        if measure is None:
            continue
        restricts = rule.effect.weaker(measure.effect) is Effect.RESTRICTS
        if restricts and not rule.mark.may_restrict:
            yield TableProblem(*place, "mark", f"a rule that is {rule.mark} may not restrict")


def _carried(
    place: tuple[str, str], measure_id: str, measures: Mapping[str, Measure]
) -> Iterator[TableProblem]:
    measure = measures.get(measure_id)
    if measure is None:
        yield TableProblem(*place, "measures", f"there is no measure {measure_id}")
    elif not measure.acts:
        yield TableProblem(
            *place, "measures", f"measure {measure_id} is {measure.status} and has no effect"
        )
