"""The chain of published pieces: staged part by part, read back, and kept short by merging.

Responsible for: the target files of pieces, which deltas are merged, and when a chain is too long.
Not responsible for: what is in a delta, or when something is committed.

Deltas are merged like digits are carried: when the last four or more are about as large as the last one, they become
one, in which the newest record of each pseudonym counts and routes are united. So a chain of n records has in the
order of log n pieces, and each record is written in the order of log n times. A merged piece is bounded; those that
reached the bound lie under names of their own, whose metadata is signed anew only when one is added.

The last deltas are not merged yet: a gateway that is a step behind would otherwise apply a merged piece of any size to
get one step on, and whoever waits for an ending would wait for that.

A merged delta leads from every number inside its span to its end: its records are the newest of their pseudonyms, so
that those which a gateway holds already change nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, takewhile

from tuf.api.metadata import TargetFile

from gateway.snapshot.parts import Part, Piece, cut_parts, parse_part
from gateway.snapshot.repository import LISTS, SETTLED, Repository, role_of

Pairs = Iterable[tuple[bytes, bytes]]
MOST_PIECES = 64
FEWEST_MERGED = 4
UNMERGED = 16
"""So many of the last deltas stay as they were published, some seconds' worth of steps."""


class Chain:
    """Writes and reads the pieces of one repository."""

    def __init__(self, repository: Repository, *, part_bytes: int, most_records: int) -> None:
        """Keep the parts.

        Args:
            repository: where target files lie.
            part_bytes: size bound of a part, bytes.
            most_records: size bound of a merged delta.
        """
        self._repository = repository
        self._part_bytes = part_bytes
        self._most = most_records

    def stage(self, stem: str, records: Pairs, routes: Pairs) -> Iterator[TargetFile]:
        """Write the parts of a piece, one with each step."""
        contents = cut_parts(records, routes, part_bytes=self._part_bytes)
        for place, content in enumerate(contents):
            yield self._repository.stage(f"{LISTS}/{stem}-{place:05}", content)

    def parts(self, piece: Piece) -> Iterator[Part]:
        """Read the parts of a committed or staged piece.

        Raises:
            SnapshotError: one cannot be read.
            CommandError: one is not there any more.
        """
        for name in piece.parts:
            yield parse_part(self._repository.content(self._repository.known(name)))

    def merged(self, deltas: Sequence[Piece]) -> tuple[Piece, ...]:
        """Return ``deltas`` with those merged that are due, except the last ones."""
        place = max(0, len(deltas) - UNMERGED)
        settled, recent = deltas[:place], deltas[place:]
        while due := _due(settled, most=self._most):
            settled = (*settled[:-due], self._merge(settled[-due:]))
        return (*settled, *recent)

    def kept(self, deltas: Sequence[Piece], *, since: int) -> tuple[Piece, ...]:
        """Return the deltas that stay when a new base stands for snapshot ``since``.

        All behind it do, and as many before it as one merged delta may hold, for gateways that are a little behind.
        """
        before = [delta for delta in deltas if delta.number <= since]
        together = accumulate(delta.records for delta in reversed(before))
        count = sum(1 for _ in takewhile(lambda records: records <= self._most, together))
        return tuple(deltas[len(before) - count :])

    def _merge(self, deltas: Sequence[Piece]) -> Piece:
        records: dict[bytes, bytes] = {}
        routes: dict[bytes, bytes] = {}
        for delta in deltas:
            for part in self.parts(delta):
                records.update(part.records)
                routes.update(part.routes)
        first, last = deltas[0], deltas[-1]
        stem = f"delta-{first.since}-{last.number}"
        if len(records) > self._most // 2:
            stem = f"settled-{stem}"
        infos = self.stage(stem, sorted(records.items()), sorted(routes.items()))
        return Piece(first.since, last.number, len(records), last.digest, paths(infos))

    def targets(self, pieces: Sequence[Piece]) -> dict[str, list[TargetFile]]:
        """Return what is known of the parts of ``pieces``, by the role that signs for them."""
        targets: dict[str, list[TargetFile]] = {LISTS: [], SETTLED: []}
        for piece in pieces:
            for name in piece.parts:
                targets[role_of(name)].append(self._repository.known(name))
        return targets


def paths(infos: Iterable[TargetFile]) -> tuple[str, ...]:
    """Return the names of target files."""
    return tuple(info.path for info in infos)


def _due(deltas: Sequence[Piece], *, most: int) -> int:
    """Return how many of the last deltas are to be merged; 0 when none are."""
    if not deltas:
        return 0
    size = _digit(deltas[-1])
    alike = list(takewhile(lambda delta: _digit(delta) <= size, reversed(deltas)))
    together = accumulate(delta.records for delta in alike)
    count = sum(1 for _ in takewhile(lambda records: records <= most, together))
    return count if count >= FEWEST_MERGED else 0


def _digit(delta: Piece) -> int:
    """Return the order of magnitude of a delta, to the base of four."""
    return (delta.records.bit_length() + 1) // 2
