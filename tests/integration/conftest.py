"""What the integration tests share: sites that run, and the figures they print at the end.

Responsible for fixtures, and for the section "figures" of the terminal summary.
Not responsible for what a site is (``live_site``).
"""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from tests.integration.live_site import LivePlan, LiveSite

Figure = Callable[[str], None]
SiteMaker = Callable[[LivePlan], LiveSite]
_TAIL = 6_000
_FIGURES = pytest.StashKey[list[str]]()


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Figure:
    """Keep a line for the summary, under the test's name."""
    lines = request.config.stash.setdefault(_FIGURES, [])
    return lambda line: lines.append(f"{request.node.name}: {line}")


@pytest.fixture(scope="module")
def make_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteMaker]:
    """Make sites that are stopped when the module's tests are over, whatever happened."""
    made: list[LiveSite] = []

    def make(plan: LivePlan) -> LiveSite:
        made.append(LiveSite(_short(tmp_path_factory) / "site", plan))
        return made[-1]

    yield make
    for site in made:
        site.close()


def _short(factory: pytest.TempPathFactory) -> Path:
    """Return a new folder with a short name: the paths of sockets must be short."""
    return factory.mktemp("s")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show beside a failure what the site's processes printed; they never print a document."""
    report = yield
    sites = [v for v in getattr(item, "funcargs", {}).values() if isinstance(v, LiveSite)]
    if report.failed and sites:
        report.sections.append(("what the site's processes printed", sites[0].printed()[-_TAIL:]))
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the figures that tests kept."""
    lines = config.stash.get(_FIGURES, [])
    if lines:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.line(line)
