"""The collection of vectors: large enough, complete, and each with its reason."""

from __future__ import annotations

import pytest

from gateway.packs import PACK_IDS, load_pack
from sanctions_matrix.actions import ACTIONS
from sanctions_matrix.documents import DocumentError, parse_document
from tests.vectors.vector import (
    FOLDER,
    HARMS,
    NO_ANSWER,
    SNAPSHOTS,
    Vector,
    all_vectors,
    read_vectors,
)

VECTORS = all_vectors()
GOOD = """
[[vector]]
proves = "A good vector is read"
why = "SPC Fa Shi [2015] No. 17 art. 3 closes travel by air."
row = [{ list = "consumption-limited" }]
document = "cn-ric:110101189001010016"
at = 2024-06-01T00:00:00Z
action = { name = "air.travel" }
outcome = "restricted"
grounds = ["38 consumption-limited air-any-flight"]
"""
SOURCES = (
    "Fa Shi",
    "Zhongbanfa",
    "Guobanfa",
    "NDRC",
    "Company Law",
    "Opinions of 2019",
    "GB ",
    "ICAO",
    "31 CFR",
    "act sheet of",
    "ue process",
)
"""What the answers rest on: instruments, the fact sheets about them, and the due process drawn from these."""


def test_a_good_vector_is_read() -> None:
    """What the refusals below start from is a vector that is read."""
    (vector,) = read_vectors(GOOD)
    assert vector.answer.grounds == ("38 consumption-limited air-any-flight",)


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ('why = "SPC Fa Shi [2015] No. 17 art. 3 closes travel by air."', 'why = ""'),
        ("at = 2024-06-01T00:00:00Z", "at = 2024-06-01T00:00:00"),
        ('outcome = "restricted"', 'outcome = "permitted"'),
        ('outcome = "restricted"', 'outcome = "no answer"'),
        ('outcome = "restricted"', 'outcome = "restricted"\nreason = "INTERNAL"'),
        ('outcome = "restricted"', 'outcome = "restricted"\nharm = "another"'),
        ('outcome = "restricted"', 'outcome = "restricted"\nsnapshot = "stale"'),
        ('outcome = "restricted"', 'outcome = "restricted"\nsnapshot = "another"'),
    ],
)
def test_a_vector_that_contradicts_itself_is_not_read(line: str, other: str) -> None:
    """A reason, a time zone, a known harm and snapshot, and an outcome that fits are asked for."""
    assert line in GOOD
    with pytest.raises(ValueError, match="A good vector is read: "):
        list(read_vectors(GOOD.replace(line, other)))


@pytest.mark.parametrize("line", [line for line in GOOD.splitlines() if line.startswith("why")])
def test_a_vector_without_a_reason_is_not_read(line: str) -> None:
    """Whoever writes an answer says which instrument it is from."""
    with pytest.raises(TypeError, match="why"):
        list(read_vectors(GOOD.replace(line, "")))


def test_a_field_that_does_not_exist_is_not_read() -> None:
    """A misspelt field does not silently test nothing."""
    with pytest.raises(TypeError, match="outcomes"):
        list(read_vectors(GOOD.replace("outcome =", "outcomes =")))


def test_there_are_enough_vectors() -> None:
    """There are at least 150 questions, and no two make the same claim."""
    assert len(VECTORS) >= 150
    texts = [path.read_text(encoding="utf-8") for path in FOLDER.glob("*.toml")]
    written = sum(text.count("[[vector]]") for text in texts)
    assert len(VECTORS) == written
    assert len({vector.proves for vector in VECTORS.values()}) == written


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_a_vector_names_its_source(vector: Vector) -> None:
    """The reason is one sentence and names the instrument, or the paper drawn from it, that decides."""
    assert any(source in vector.why for source in SOURCES), vector.why
    assert vector.why.endswith(".")


def test_every_rule_of_both_packs_decides_a_vector() -> None:
    """No rule stands in the tables that no example shows."""
    shown = {ground.split()[2] for vector in VECTORS.values() for ground in vector.grounds}
    for pack_id in PACK_IDS:
        assert load_pack(pack_id).rules.keys() <= shown


def test_every_list_of_both_packs_is_told_in_a_vector() -> None:
    """Every list, black or red, is seen to act."""
    told = {ground.split()[1] for vector in VECTORS.values() for ground in vector.grounds}
    told |= {name for vector in VECTORS.values() for name in vector.commendations}
    for pack_id in PACK_IDS:
        assert load_pack(pack_id).lists.keys() <= told


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_stays_open_to_some_listed_party(action: str) -> None:
    """No listing closes everything: each action has a vector in which a listed party is permitted it."""
    assert any(
        vector.outcome == "permitted" and is_listed(vector)
        for vector in VECTORS.values()
        if vector.action_name == action
    )


@pytest.mark.parametrize("harm", sorted(HARMS))
def test_every_harm_on_record_is_answered(harm: str) -> None:
    """Each of the seven harms of the fact sheet has at least one vector."""
    assert any(vector.harm == harm for vector in VECTORS.values())


@pytest.mark.parametrize("snapshot", sorted(SNAPSHOTS - {""}))
def test_every_doubt_about_the_snapshot_is_an_outage(snapshot: str) -> None:
    """Whatever is wrong with the snapshot has a vector, and none of them is answered."""
    doubtful = [vector for vector in VECTORS.values() if vector.snapshot == snapshot]
    assert doubtful
    assert {(vector.outcome, vector.harm) for vector in doubtful} == {(NO_ANSWER, "outage")}


def is_listed(vector: Vector) -> bool:
    """Whether a row about the document asked about was admitted."""
    try:
        return parse_document(*vector.document_parts) in vector.listings()[0]
    except DocumentError:
        return False
