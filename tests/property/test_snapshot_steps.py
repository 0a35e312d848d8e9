"""Publishing in steps: whatever comes in whatever order, a chain of merged deltas ends where a full rebuild does."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.keys import new_decision_key
from gateway.snapshot import repository as repository_module
from tests.fakes.in_memory_distribution import InMemoryDistribution
from tests.fakes.rehearsal import Rehearsal
from tests.fakes.synthetic_parties import citizen, listing
from tests.in_memory_folder import IN_MEMORY

PARTIES = 12
serials = st.integers(0, PARTIES - 1)
actions = st.one_of(
    st.tuples(st.just("list"), serials),
    st.tuples(st.just("end"), serials),
    st.tuples(st.just("feed"), serials),
    st.tuples(st.just("publish"), st.integers(0, 6)),
    st.tuples(st.just("die"), st.integers(0, 12)),
    st.tuples(st.just("follow"), st.integers(0, 2)),
    st.tuples(st.just("full"), st.just(0)),
)


class Death(BaseException):
    """The publisher is gone."""


@contextmanager
def dying_at(place: int) -> Iterator[None]:
    """Let whoever writes a file of the repository die at the one with this place."""
    write, seen = repository_module._write, [0]  # noqa: SLF001 - the one place where files come into being

    def dying(path: Path, content: bytes) -> None:
        if seen[0] == place:
            raise Death
        seen[0] += 1
        write(path, content)

    repository_module._write = dying  # noqa: SLF001
    try:
        yield
    except Death:
        pass
    finally:
        repository_module._write = write  # noqa: SLF001


class Play:
    """One site through which hypothesis goes."""

    def __init__(self, scene: Rehearsal) -> None:
        """Begin with an empty register."""
        self.scene = scene
        self.edition = 0

    def act(self, action: str, number: int) -> None:
        """Do one thing, and look whether nobody was led astray."""
        getattr(self, action)(number)

    def list(self, serial: int) -> None:
        """List somebody, or list them otherwise."""
        self.edition += 1
        self.scene.register.put(citizen(serial), listing(f"L{self.edition}"))

    def end(self, serial: int) -> None:
        """End whatever listing somebody has."""
        self.scene.register.put(citizen(serial))

    def feed(self, serial: int) -> None:
        """List many at once."""
        for other in range(serial, PARTIES):
            self.list(other)

    def publish(self, steps: int) -> None:
        """Publish, and stop after some steps; endings before everything else."""
        publisher = self.scene.publisher()
        for step, _ in enumerate(publisher.publish()):
            self.scene.push()
            if step == steps:
                break

    def full(self, _: int) -> None:
        """Publish everything anew."""
        self.scene.publish(full=True)

    def die(self, place: int) -> None:
        """Publish, and die at a file."""
        with dying_at(place):
            self.scene.compile_only()
        self.scene.close_store("published")
        self.scene.push()

    def follow(self, gateway: int) -> None:
        """Let one of three gateways look."""
        self.scene.follow(f"gateway-{gateway}")


@contextmanager
def play() -> Iterator[Play]:
    """Open a stage: deltas of two documents, of which two stay unmerged, and a chain of seven pieces counts as long."""
    with (
        TemporaryDirectory(dir=IN_MEMORY) as folder,
        Rehearsal(Path(folder), InMemoryDistribution(), decision_key=new_decision_key()) as scene,
    ):
        scene.set_policy(delta_records=2)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("gateway.snapshot.publisher.MOST_PIECES", 6)
            patch.setattr("gateway.snapshot.chain.UNMERGED", 2)
            scene.publish()
            yield Play(scene)


def truth(scene: Rehearsal) -> dict[bytes, bytes]:
    """Return the content that a rebuild from the register alone leads to."""
    with scene.register.view() as source:
        return dict(scene.publisher()._compiler.all_records(source, {}))  # noqa: SLF001


@settings(max_examples=60)
@given(st.lists(actions, max_size=40))
def test_every_way_leads_to_the_same_content(todo: list[tuple[str, int]]) -> None:
    """Steps, merges, bases, deaths: all gateways, early, late and new, hold what a rebuild holds, digest and all."""
    with play() as stage:
        scene = stage.scene
        for action, number in todo:
            stage.act(action, number)
        scene.publish()
        expected = truth(scene)
        assert scene.content("published") == expected
        names = ["gateway-0", "gateway-1", "gateway-2", "new"]
        digests = {scene.follow(name).header.digest for name in names}
        assert all(scene.content(name) == expected for name in names)
        publication = scene.publish(full=True)
        assert digests == {bytes.fromhex(publication.digest)}


@settings(max_examples=40)
@given(st.lists(serials, min_size=1, max_size=30), st.lists(serials, min_size=1, max_size=4))
def test_an_ending_waits_for_one_step_at_most(listed: list[int], ended: list[int]) -> None:
    """Whatever waits, and however much of it, the next step but one at the latest carries the ending."""
    with play() as stage:
        scene = stage.scene
        for serial in range(PARTIES):
            stage.list(serial)
        scene.publish()
        for serial in listed:
            stage.list(serial)
        publications = scene.publisher().publish()
        next(publications)
        for serial in ended:
            stage.end(serial)
        # Two endings fit into a step; before the first of them, and between two, stands one step of the rest.
        for _ in zip(range(2 * (len(set(ended)) + 1) // 2), publications, strict=False):
            scene.push()
        scene.follow()
        assert not any(scene.listed(citizen(serial)) for serial in ended)
