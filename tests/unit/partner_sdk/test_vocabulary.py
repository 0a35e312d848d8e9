"""Tests of the actions in words, and of the table of them in docs/sdk.md."""

from pathlib import Path

import pytest

from partner_sdk import actions
from partner_sdk.actions import ACTIONS, parse_action
from partner_sdk.vocabulary import ActionWords, describe_actions

SDK = Path(__file__).parents[3] / "docs" / "sdk.md"
EVERY = list(describe_actions())


def row(words: ActionWords) -> str:
    """Return the row of docs/sdk.md that is due to an action."""
    attributes = [
        f"`{one.name}`{'' if one.required else '?'}: {' '.join(one.values)}"
        for one in words.attributes
    ]
    roles = ", ".join(words.roles)
    return (
        f"| `{words.class_name}` | `{words.name}` | {'; '.join(attributes) or 'none'} | {roles} |"
    )


def test_every_action_is_described() -> None:
    """The words are those of the classes, in their order."""
    assert [words.name for words in EVERY] == list(ACTIONS)
    assert all(getattr(actions, words.class_name) is ACTIONS[words.name] for words in EVERY)


@pytest.mark.parametrize("words", EVERY, ids=lambda words: words.name)
def test_what_is_described_can_be_asked(words: ActionWords) -> None:
    """Every value that is shown is read, what may be left out may be left out, and the default role comes first."""
    shortest = {one.name: one.values[0] for one in words.attributes if one.required}
    kind = ACTIONS[words.name]
    assert isinstance(parse_action(words.name, shortest), kind)
    for one in words.attributes:
        for value in one.values:
            first, *rest = value.split("..")
            for text in (first, *rest):
                parse_action(words.name, shortest | {one.name: text})
    assert words.roles[0] == kind.default_role
    assert set(words.roles) == {role.value for role in kind.roles}


def test_the_documentation_has_the_table() -> None:
    """docs/sdk.md shows every action with its attributes, their values and the roles, and nothing else."""
    below = SDK.read_text("utf-8").split(
        "| class | name | attributes | roles |\n|---|---|---|---|\n", 1
    )[1]
    assert below.split("\n\n", 1)[0].splitlines() == [row(words) for words in EVERY]
