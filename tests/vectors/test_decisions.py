"""The decision vectors through the first door: admission, the compiled matrix and the naive reader."""

from __future__ import annotations

from dataclasses import MISSING
from typing import TYPE_CHECKING

import pytest

from sanctions_matrix.actions import (
    Action,
    AttributeValueError,
    Role,
    UnknownActionError,
    parse_action,
    spell,
)
from sanctions_matrix.documents import Document, DocumentError, parse_document
from sanctions_matrix.evaluation import Matrix, MissingAttributeError, RoleError, compile_matrix
from sanctions_matrix.evaluation_naive import naive_evaluate
from tests.vectors.vector import NO_ANSWER, Answer, Vector, all_vectors, assert_stated

if TYPE_CHECKING:
    from datetime import datetime

    from sanctions_matrix.listing import Listing
    from sanctions_matrix.pack import Pack
    from sanctions_matrix.verdict import Ground, Verdict

# A vector about the state of a snapshot has nothing to say where there is none.
ASKED = {name: vector for name, vector in all_vectors().items() if not vector.snapshot}
REASONS: dict[type[Exception], str] = {
    MissingAttributeError: "ATTRIBUTE_MISSING",
    RoleError: "ROLE_INVALID",
    DocumentError: "DOCUMENT_INVALID",
    UnknownActionError: "ACTION_UNKNOWN",
}
_MATRICES: dict[str, Matrix] = {}


@pytest.mark.parametrize("vector", ASKED.values(), ids=ASKED)
def test_a_vector_gets_the_answer_it_states(vector: Vector) -> None:
    """Rows are admitted or refused as stated, and both readers of the tables give the stated answer."""
    held, refused = vector.listings()
    assert tuple(refused) == vector.refused
    assert_stated(vector, asked(vector, held))


def asked(vector: Vector, held: dict[Document, list[Listing]]) -> Answer:
    """Ask the pure function."""
    pack = vector.tables()
    try:
        attributes = {name: spell(value) for name, value in vector.attributes.items()}
        action = parse_action(vector.action_name, attributes)
        role = Role(vector.role or action.default_role)
        found = held.get(parse_document(*vector.document_parts), [])
        verdict = evaluated(pack, action, role, found, vector.at)
    except (LookupError, ValueError) as error:
        return Answer(NO_ANSWER, reason=reason_of(error), message=str(error))
    return Answer(
        verdict.outcome.value,
        tuple(
            f"{ground.measure.id} {ground.list.id} {ground.rule_id}" for ground in verdict.grounds
        ),
        tuple(commendation.list.id for commendation in verdict.commendations),
        told=tuple(told_by(ground) for ground in verdict.grounds),
    )


def evaluated(
    pack: Pack, action: Action, role: Role, found: list[Listing], at: datetime
) -> Verdict:
    """Return the verdict of both readers, which must agree, also in refusing to answer."""
    try:
        verdict = matrix_of(pack).evaluate(action, role, found, at)
    except (LookupError, ValueError) as error:
        with pytest.raises(type(error)):
            naive_evaluate(pack, action, role, found, at)
        raise
    assert naive_evaluate(pack, action, role, found, at) == verdict
    return verdict


def matrix_of(pack: Pack) -> Matrix:
    """Return the compiled pack, compiled once."""
    if pack.digest not in _MATRICES:
        _MATRICES[pack.digest] = compile_matrix(pack)
    return _MATRICES[pack.digest]


def reason_of(error: Exception) -> str:
    """Return the reason that the wire gives for an error of the domain."""
    if isinstance(error, AttributeValueError):
        return "ATTRIBUTE_MISSING" if error.value is MISSING else "ATTRIBUTE_INVALID"
    return REASONS[type(error)]


def told_by(ground: Ground) -> dict[str, object]:
    """Return what a ground tells, by field."""
    return {
        "authority": ground.authority,
        "reference": ground.reference,
        "basis": ground.measure.legal_basis,
        "ends_at": ground.ends_at,
        "body": ground.contest.body,
        "address": ground.contest.address,
        "deadline": ground.contest.deadline,
    }
