"""What a history may take away from a party by mending: nothing that the tables grant."""

import json

import pytest

from gateway.register.revival import COMPARED, would_revive

ROW = {
    "ended_at": None,
    "released": False,
    "due_at": 50,
    "starts_at": 10,
    "ends_at": 90,
    "measures": "13,38",
    "stays": json.dumps([[10, 20]]),
    "exemptions": json.dumps([[["38"], 10, 20]]),
}
LESS: dict[str, list[object]] = {
    "ended_at": [1],
    "released": [True],
    "due_at": [49],
    "starts_at": [11, None],
    "ends_at": [89],
    "measures": ["13", "38"],
    "stays": [json.dumps([[10, 21]]), json.dumps([[10, None]]), json.dumps([[10, 20], [30, 40]])],
    "exemptions": [json.dumps([[["13", "38"], 10, 20]]), json.dumps([[["38"], 9, 20]])],
}
"""What the tables may hold instead of the row, so that they restrict less than it."""


def test_every_column_is_tried() -> None:
    """A column that is compared has its own examples here."""
    assert set(LESS) == set(COMPARED) == set(ROW)


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in LESS.items() for value in values]
)
def test_what_spares_more_than_the_history_is_not_mended_away(name: str, value: object) -> None:
    """In either direction: the same the other way round is a relief that the tables lack, and is mended."""
    assert would_revive(ROW | {name: value}, ROW)
    assert not would_revive(ROW, ROW | {name: value}) or (name == "starts_at" and value is None)
    assert not would_revive(ROW, ROW)


def test_a_listing_of_which_nothing_is_told_is_not_taken_away_when_it_has_ended() -> None:
    """One that has not ended may go: nobody is restricted by what is gone."""
    free = ROW | dict.fromkeys(("due_at", "stays", "exemptions"))
    assert not would_revive(free, None)
    assert would_revive(free | {"ended_at": 1}, None)
