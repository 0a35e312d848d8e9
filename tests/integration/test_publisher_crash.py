"""The publisher may die at any step: what gateways see is the state before or after, and the next run goes on.

A death is an exception that nothing catches, raised before or after one file is written; whatever was written stays.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.snapshot import repository as repository_module
from tests.fakes.rehearsal import Rehearsal
from tests.fakes.synthetic_parties import citizen, listing

BEFORE, EASED, AFTER = [["L0"], ["L1"], []], [["L0"], [], []], [["L0"], [], ["L2"]]
"""An ending and a new listing wait; the ending is committed first."""
FILES = ("-00000", "index.json", "lists.json", "snapshot.json", "timestamp.json")


class Death(BaseException):
    """The process is gone; no ``except`` of the code under test sees it as an error of its own."""


@pytest.fixture(autouse=True)
def _published(rehearsal: Rehearsal) -> None:
    """One gateway holds snapshot 1, and a change waits to be published."""
    for serial in range(2):
        rehearsal.register.put(citizen(serial), listing(f"L{serial}"))
    rehearsal.publish()
    rehearsal.follow()
    rehearsal.register.put(citizen(1))
    rehearsal.register.put(citizen(2), listing("L2"))


def die_when_writing(
    monkeypatch: pytest.MonkeyPatch, name: str, *, written: bool, time: int = 1
) -> None:
    """Let the publisher die at a file whose name ends with ``name``: before or after it is in place.

    ``time`` says the how manieth of them it is.
    """
    write = repository_module._write  # noqa: SLF001 - the one place where files come into being
    seen: list[Path] = []

    def dying(path: Path, content: bytes) -> None:
        if path.name.endswith(name):
            seen.append(path)
        if not path.name.endswith(name) or len(seen) < time:
            write(path, content)
            return
        if written:
            write(path, content)
        raise Death

    monkeypatch.setattr(repository_module, "_write", dying)


def die_when_renaming(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let the publisher die when the file whose name ends with ``name`` is written and not yet in its place."""
    rename = Path.replace

    def dying(path: Path, place: Path) -> Path:
        if place.name.endswith(name):
            raise Death
        return rename(path, place)

    monkeypatch.setattr(Path, "replace", dying)


def outcome(scene: Rehearsal, name: str = "gateway") -> list[list[str]]:
    """Return the references that the gateway ``name`` holds for the three citizens."""
    return [scene.listed(citizen(serial), name) for serial in range(3)]


def die(scene: Rehearsal, *, full: bool) -> None:
    """Publish, which ends in death, and let the gateways look at what is committed."""
    with pytest.raises(Death):
        scene.compile_only(full=full)
    scene.close_store("published")
    scene.push()
    scene.follow()


def go_on(scene: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start the publisher again; afterwards everybody, also a new gateway, holds the new state."""
    monkeypatch.undo()
    scene.publish()
    scene.follow()
    scene.follow("new")
    assert outcome(scene) == outcome(scene, "new") == AFTER
    assert scene.content("published") == scene.content() == scene.content("new")
    committed = set(scene.repository().files().values())
    folder = scene.folder / "repository"
    assert {path for path in folder.rglob("*") if path.is_file()} == committed


@pytest.mark.parametrize("full", [False, True], ids=["delta", "full"])
@pytest.mark.parametrize("written", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("time", [1, 2])
@pytest.mark.parametrize("name", FILES)
def test_a_death_at_any_file_leaves_before_or_after(  # noqa: PLR0913 - three things vary
    rehearsal: Rehearsal,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    *,
    time: int,
    written: bool,
    full: bool,
) -> None:
    """The renaming of the timestamp divides two states, and nothing lies between them; the ending goes first."""
    die_when_writing(monkeypatch, name, written=written, time=time)
    die(rehearsal, full=full)
    states = (BEFORE, EASED, AFTER)
    committed = name == "timestamp.json" and written
    assert outcome(rehearsal) == states[time if committed else time - 1]
    go_on(rehearsal, monkeypatch)


@pytest.mark.parametrize("written", [False, True], ids=["before", "after"])
def test_a_death_at_the_names_of_settled_parts_leaves_the_ending(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch, *, written: bool
) -> None:
    """A full snapshot writes one file more, and dies there like at any other."""
    die_when_writing(monkeypatch, "lists-settled.json", written=written)
    die(rehearsal, full=True)
    assert outcome(rehearsal) == EASED
    go_on(rehearsal, monkeypatch)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_renamed_does_no_harm(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What was being written lies beside its place, is never read, and is removed by the next run."""
    die_when_renaming(monkeypatch, name)
    die(rehearsal, full=False)
    assert outcome(rehearsal) == BEFORE
    go_on(rehearsal, monkeypatch)


@pytest.mark.parametrize("full", [False, True], ids=["delta", "full"])
@pytest.mark.parametrize(
    "step",
    [
        "gateway.snapshot.publisher.Publisher._put_header",
        "gateway.snapshot.repository.Repository.remove_superfluous",
    ],
)
def test_a_death_between_the_commits_is_caught_up(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch, step: str, *, full: bool
) -> None:
    """The repository is committed and the publisher's store is not: gateways go on, and so does the next run."""
    monkeypatch.setattr(step, _dying)
    die(rehearsal, full=full)
    assert outcome(rehearsal) == EASED
    assert rehearsal.header("published") != rehearsal.header()
    go_on(rehearsal, monkeypatch)


@pytest.mark.parametrize(
    "step",
    [
        "gateway.snapshot.compilation.Compiler.records_of",
        "gateway.snapshot.store.StoreWriter.change",
        "gateway.snapshot.repository.Repository.stage",
        "gateway.snapshot.repository.Repository.commit",
        "gateway.snapshot.repository.Repository._sign",
    ],
)
def test_a_death_before_the_commit_changes_nothing(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Whatever was computed is computed again."""
    monkeypatch.setattr(step, _dying)
    die(rehearsal, full=False)
    assert outcome(rehearsal) == BEFORE
    go_on(rehearsal, monkeypatch)


def _dying(*_: object, **__: object) -> None:
    raise Death


@pytest.mark.parametrize("name", ["snapshot.json", "timestamp.json"])
def test_a_death_while_the_lease_is_renewed(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Renewing may fail too; the old lease runs on and the next run renews it."""
    rehearsal.publish()
    rehearsal.follow()
    before = rehearsal.header()
    rehearsal.clock.advance(hours=13)
    die_when_writing(monkeypatch, name, written=False)
    with pytest.raises(Death):
        rehearsal.compile_only()
    assert rehearsal.header() == before
    go_on(rehearsal, monkeypatch)


def test_a_push_that_fails_half_way_is_finished_by_the_next(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gateways keep what they hold until the timestamp, which comes last, names the rest."""
    publication = rehearsal.compile_only()
    assert (publication.kind, publication.number) == ("delta", 3)
    put: list[str] = []
    read = Path.read_bytes

    def failing(path: Path) -> bytes:
        if len(put) == 2:
            raise Death
        put.append(path.name)
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", failing)
    with pytest.raises(Death):
        rehearsal.push()
    monkeypatch.undo()
    rehearsal.follow()
    assert outcome(rehearsal) == BEFORE
    rehearsal.push()
    rehearsal.follow()
    assert outcome(rehearsal) == AFTER


class TestMerging:
    """Deltas that are merged, and a base that is written anew, while the publisher dies."""

    @pytest.fixture(autouse=True)
    def _nearly_merged(self, rehearsal: Rehearsal) -> Iterator[None]:
        """The next delta of others is merged with three before it; a late gateway holds the first of them."""
        with pytest.MonkeyPatch.context() as patch:  # one that `go_on` does not undo
            patch.setattr("gateway.snapshot.chain.UNMERGED", 0)
            rehearsal.publish()
            rehearsal.follow("late")
            rehearsal.change(citizen(3), listing("L3"))
            rehearsal.register.put(citizen(4), listing("L4"))
            yield

    @pytest.mark.parametrize("written", [False, True], ids=["before", "after"])
    @pytest.mark.parametrize("name", ["delta-1-5-00000", "index.json", "timestamp.json"])
    def test_a_death_while_deltas_are_merged(
        self, rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch, name: str, *, written: bool
    ) -> None:
        """The old pieces lead on until the new index is committed, and the merged one afterwards."""
        die_when_writing(monkeypatch, name, written=written)
        die(rehearsal, full=False)
        committed = name == "timestamp.json" and written
        assert rehearsal.listed(citizen(4)) == (["L4"] if committed else [])
        go_on(rehearsal, monkeypatch)
        assert [(one.since, one.number) for one in rehearsal.index().deltas] == [(1, 5)]
        assert rehearsal.follow("late").applied == "deltas"
        assert rehearsal.content("late") == rehearsal.content()

    @pytest.mark.parametrize("written", [False, True], ids=["before", "after"])
    @pytest.mark.parametrize(
        "name", ["settled-full-5-00000", "lists-settled.json", "index.json", "timestamp.json"]
    )
    def test_a_death_while_the_base_is_written(
        self, rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch, name: str, *, written: bool
    ) -> None:
        """It says nothing new: whatever of it is committed, gateways hold the same, and new ones get there."""
        monkeypatch.setattr("gateway.snapshot.publisher.MOST_PIECES", 0)
        # The delta before it writes an index and a timestamp of its own.
        second = name in {"index.json", "timestamp.json"}
        die_when_writing(monkeypatch, name, written=written, time=2 if second else 1)
        die(rehearsal, full=False)
        assert rehearsal.listed(citizen(4)) == ["L4"]
        go_on(rehearsal, monkeypatch)
        assert rehearsal.content("late") != rehearsal.content()
        rehearsal.follow("late")
        assert rehearsal.content("late") == rehearsal.content()
