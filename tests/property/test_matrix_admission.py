"""Properties of admission over arbitrary rows."""

from __future__ import annotations

import copy
from datetime import date
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mainland_calendar import MainlandCalendar
from gateway.packs import PACK_IDS, load_pack
from sanctions_matrix.admission import AdmissionError, admit
from sanctions_matrix.listing import Submission

if TYPE_CHECKING:
    from sanctions_matrix.lists import ListDefinition

DEFINITIONS = [entry for pack_id in PACK_IDS for entry in load_pack(pack_id).lists.values()]
TODAY = date(2024, 2, 1)
GOOD: dict[str, Any] = {
    "record": "2024-1",
    "party": {"kind": "natural-person", "documents": [{"type": "cn-ric", "number": "110101189001010016"}]},
    "ruling": {"number": "No. 1", "authority": "First Court of Utopia", "dated": "2024-01-10", "effective": True},
    "ground": "not-performed",
    "notice": {"served_on": "2024-01-20"},
    "starts_at": "2024-02-01T00:00:00+08:00",
    "ends_at": None,
    "measures": ["38", "39"],
    "contest": {"body": "First Court of Utopia", "address": "1 Court Road", "deadline": "10 days"},
    "responsible_for": {"listing": "2024-9", "role": "legal-representative", "ended_on": "2025-01-01"},
}  # fmt: skip
CALENDAR = MainlandCalendar()
CONSUMPTION = load_pack("cn-joint-discipline").lists["consumption-limited"]

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
telling = st.sampled_from(
    [
        "38",
        "cn-ric",
        "110101189001010016",
        "2024-02-01",
        "9000-12-31T23:59:59-14:00",
        "spouse",
        "0001-01-01",
    ]
)
values = st.recursive(
    scalars | telling,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3)
    ),
    max_leaves=6,
)
PATHS = [(name,) for name in GOOD] + [
    (name, inner) for name, part in GOOD.items() if isinstance(part, dict) for inner in part
]


def judge(row: dict[str, Any], definition: ListDefinition) -> Submission | AdmissionError:
    """Return what admission makes of a row."""
    try:
        return admit(row, definition, CALENDAR, today=TODAY)
    except AdmissionError as error:
        return error


@given(st.dictionaries(st.sampled_from([*GOOD, "name"]), values), st.sampled_from(DEFINITIONS))
@settings(deadline=None)
def test_any_row_is_admitted_or_refused_with_reasons(
    row: dict[str, Any], definition: ListDefinition
) -> None:
    """Nothing that JSON can say makes admission fail in another way."""
    judged = judge(row, definition)
    assert isinstance(judged, Submission) or judged.violations


@given(st.sampled_from(PATHS), values)
@settings(deadline=None)
def test_a_good_row_with_one_arbitrary_value_is_admitted_or_refused(
    path: tuple[str, ...], value: object
) -> None:
    """One bad value is found wherever it stands, and what is admitted is complete."""
    row = copy.deepcopy(GOOD)
    part = row
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    judged = judge(row, CONSUMPTION)
    if isinstance(judged, Submission):
        assert judged.documents
        assert judged.measures
        assert judged.measures <= CONSUMPTION.measures
        assert judged.contest.body
        assert judged.ruling.number


@given(st.sets(st.sampled_from(sorted(GOOD)), min_size=1))
@settings(deadline=None)
def test_a_row_is_refused_exactly_when_it_lacks_a_required_part(names: set[str]) -> None:
    """Only the end, the measures and the responsible person may be left out, whatever else is missing."""
    optional = {"measures", "responsible_for", "ends_at"}
    broken = judge({key: value for key, value in GOOD.items() if key not in names}, CONSUMPTION)
    assert isinstance(broken, AdmissionError) == bool(names - optional)
