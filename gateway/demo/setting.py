"""Setting up: everything that must stand before the first question.

Responsible for: the first part, what is built and what gets into the register.
Not responsible for: how it is built (``stage``).
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.clock import system_clock
from gateway.config import Settings
from gateway.demo.children import Child
from gateway.demo.expectations import expect
from gateway.demo.population import HANDWRITTEN_LIST, Cast, read_cast
from gateway.demo.screen import Screen
from gateway.demo.stage import Stage, await_serving
from gateway.site import SAMPLE_PARTNERS
from partner_sdk import Gateway

CROWD = 800
"""How many travellers are asked about at once."""


@dataclass(frozen=True, slots=True)
class Scenery:
    """What the later parts need.

    Attributes:
        screen: where everything is shown.
        settings: the site's.
        server: the running ``jointgate serve``.
        publisher: the running ``jointgate publish --watch``.
        cast: the parties.
        partners: a connection for each partner, with its own identity.
    """

    screen: Screen
    settings: Settings
    server: Child
    publisher: Child
    cast: Cast
    partners: Mapping[str, Gateway]


class _Watch:
    """Tells how many seconds passed since it was asked last."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def lap(self) -> float:
        since, self._since = self._since, time.monotonic()
        return self._since - since


def set_up(stage: Stage, screen: Screen, parties: int) -> tuple[Settings, Child, Child]:
    """Build the site, fill the register, start publisher and gateway; return settings, gateway and publisher."""
    screen.part("Set-up")
    watch = _Watch()
    settings = stage.build_site()
    screen.step(
        "site",
        f"keys, a trust root under 2 of 3 signatures, certificates for {len(SAMPLE_PARTNERS)} partners",
        watch.lap(),
    )
    with screen.waiting("synth"):
        rows = stage.draw(parties)
    server = stage.start_gateway()  # gets ready while the register is filled
    expect(rows == parties, f"{parties} rows were asked for, {rows} drawn")
    screen.step("synth", f"{rows:,} listings by 40 courts on people who never lived", watch.lap())
    with screen.waiting("import"):
        report = stage.admit()
    expect(report["added"] == rows, f"{report['added']} of {rows} rows were admitted")
    screen.step(
        "import", f"{rows:,} rows admitted, {report['quarantined']} quarantined", watch.lap()
    )
    _show_admission(stage, screen, watch)
    publisher = _show_publication(stage, screen, watch)
    with screen.waiting("serve"):
        announced = server.await_line(r"answers on (.+)\n").group(1)
        await_serving(settings, settings.root / "partners" / "airline")
    screen.step("serve", f"{announced}; health: SERVING", watch.lap())
    return settings, server, publisher


def _show_publication(stage: Stage, screen: Screen, watch: _Watch) -> Child:
    with screen.waiting("publish"):
        publisher, first = stage.start_publisher()
    expect(first["kind"] == "full", "the first publication is not a full snapshot")
    screen.step(
        "publish",
        f"snapshot {first['number']}: {first['entries']:,} documents under pseudonyms, "
        f"{first['content_bytes'] / 1e6:.1f} MB in {first['parts']} signed parts",
        watch.lap(),
    )
    return publisher


def _show_admission(stage: Stage, screen: Screen, watch: _Watch) -> None:
    with screen.waiting("import"):
        added, refused = stage.admit_by_hand()
    expect((added, len(refused)) == (1, 2), f"{added} of the three rows written by hand got in")
    screen.step(
        "import",
        f"three rows written by hand for {HANDWRITTEN_LIST}: {added} admitted, {len(refused)} quarantined",
        watch.lap(),
    )
    for row in refused:
        screen.details((f"line {row.line}", f"{rule}: {text}") for rule, text in row.broken)


def choose_cast(stage: Stage) -> Cast:
    """Read the parties back from the feed."""
    return read_cast(stage.feed, now=system_clock(), crowd=CROWD)
