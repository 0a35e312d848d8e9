"""Where trust comes from, over a channel that calls the gateway's own service without a socket."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest

from gateway.errors import AnswerError
from gateway.transport.trust import TrustService
from jointgate.trust.v1 import trust_pb2 as pb
from partner_sdk.errors import DeadlineError, TrustStaleError
from partner_sdk.trust import Trust, TrustSource
from partner_sdk.trust_store import TrustStore
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.in_memory_distribution import InMemoryDistribution
from tests.fakes.rehearsal import Rehearsal

Before = Callable[[pb.GetMetadataRequest], None]


class NotFoundError(grpc.RpcError):
    """What a call ends with whose file the gateway does not have."""

    def code(self) -> grpc.StatusCode:
        """Return the status."""
        return grpc.StatusCode.NOT_FOUND


class DirectChannel:
    """Calls a gateway's trust service; `before` sees each request for metadata, and may let things happen."""

    def __init__(self, rehearsal: Rehearsal, before: Before) -> None:
        """Serve what the rehearsal's gateway holds."""
        self._service = TrustService(rehearsal.store("gateway"))
        self._before = before

    def unary_unary(self, path: str) -> Callable[..., bytes]:
        """Return the call of a method."""
        return self._metadata if path.endswith("GetMetadata") else self._target

    def _metadata(self, raw: bytes, **_: object) -> bytes:
        self._before(pb.GetMetadataRequest.FromString(raw))
        return self._found(self._service.get_metadata, raw)

    def _target(self, raw: bytes, **_: object) -> bytes:
        return self._found(self._service.get_target, raw)

    @staticmethod
    def _found(method: Callable[..., bytes], raw: bytes) -> bytes:
        try:
            return method(raw, None)
        except AnswerError:
            raise NotFoundError from None


def source(rehearsal: Rehearsal, folder: Path, before: Before) -> TrustSource:
    """Return the trust of a partner of the rehearsal's gateway."""
    return TrustSource(
        DirectChannel(rehearsal, before),  # type: ignore[arg-type]
        TrustStore(folder / "trust"),
        pinned_root=rehearsal.root,
        clock=lambda: datetime.now(UTC),
    )


@pytest.fixture
def following(quick_path: Path, distribution: InMemoryDistribution) -> Iterator[Rehearsal]:
    """A gateway that holds a publication of this very moment, for python-tuf reads the host's clock."""
    clock = FixedClock(datetime.now(UTC))
    with Rehearsal(quick_path, distribution, clock) as scene:
        scene.publish()
        scene.follow()
        yield scene


@pytest.mark.parametrize("times", [1, 2])
def test_files_that_are_replaced_while_they_are_fetched_are_fetched_again(
    following: Rehearsal, tmp_path: Path, times: int
) -> None:
    """A publication that comes between two files of the one before costs a moment and no answer."""
    left = times

    def publish(request: pb.GetMetadataRequest) -> None:
        nonlocal left
        if request.role == "snapshot" and left:
            left -= 1
            following.publish(full=True)
            following.follow()

    trust = source(following, tmp_path, publish).current(time.monotonic() + 60)
    assert (left, trust.is_usable(datetime.now(UTC))) == (0, True)


def test_a_gateway_that_never_has_the_files_is_stale(following: Rehearsal, tmp_path: Path) -> None:
    """Looking again has an end: the error says that nothing is published."""
    seen: list[str] = []

    def lose(request: pb.GetMetadataRequest) -> None:
        seen.append(request.role)
        with following.store("gateway").write() as writer:
            writer.replace_trust({})

    with pytest.raises(TrustStaleError, match="no trust metadata yet"):
        source(following, tmp_path, lose).current(time.monotonic() + 60)
    assert seen.count("timestamp") == 3


def test_nobody_waits_for_another_s_fetching_beyond_his_deadline(
    following: Rehearsal, tmp_path: Path
) -> None:
    """A thread whose time is over while another one fetches gets the error of a deadline, and fetches nothing."""
    ends: list[Exception | Trust] = []

    def ask() -> None:
        try:
            ends.append(trusted.current(time.monotonic()))
        except DeadlineError as error:
            ends.append(error)

    def ask_meanwhile(request: pb.GetMetadataRequest) -> None:
        if request.role == "timestamp":
            other = threading.Thread(target=ask)
            other.start()
            other.join(timeout=5)

    trusted = source(following, tmp_path, ask_meanwhile)
    trust = trusted.current(time.monotonic() + 60)
    assert [type(one) for one in ends] == [DeadlineError]
    assert trusted.current(time.monotonic()) is trust


def test_who_had_no_turn_to_look_has_not_looked(following: Rehearsal, tmp_path: Path) -> None:
    """The next one need not wait for the interval between two looks."""
    trusted = source(following, tmp_path, lambda _: None)
    seen = trusted.current(time.monotonic() + 60)
    with (
        TrustStore(tmp_path / "trust").locked(math.inf),
        pytest.raises(DeadlineError, match="no time was left"),
    ):
        trusted.renewed(seen, time.monotonic() + 0.05)
    renewed = trusted.renewed(seen, time.monotonic() + 60)
    assert renewed is not None
    assert trusted.renewed(renewed, time.monotonic() + 60) is None
