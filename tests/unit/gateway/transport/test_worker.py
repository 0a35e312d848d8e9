"""The worker's view of itself: it shows SERVING exactly while it would answer."""

from datetime import timedelta

import pytest

from gateway.transport import worker
from tests.fakes.answering_site import AnsweringSite
from tests.fakes.fixed_clock import FixedClock


@pytest.fixture(autouse=True)
def _set_clock(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's clock is the test's."""
    monkeypatch.setattr(worker, "system_clock", clock)


def answering(site: AnsweringSite) -> bool:
    """Return what the worker's health shows."""
    return worker._is_answering(site.store, site.decider())  # noqa: SLF001


def test_a_worker_with_a_usable_snapshot_serves(site: AnsweringSite) -> None:
    """With a lease and a delegated key it answers."""
    assert answering(site)


def test_a_worker_whose_lease_ended_does_not(site: AnsweringSite) -> None:
    """A balancer turns away at the instant at which answers stop."""
    header = site.header()
    site.clock.now = header.lease_until - timedelta(microseconds=1)
    assert answering(site)
    site.clock.now = header.lease_until
    assert not answering(site)


def test_a_worker_without_a_delegated_key_does_not(site: AnsweringSite) -> None:
    """What it would sign nobody would believe."""
    site.hold(decision_keys={})
    assert not answering(site)
