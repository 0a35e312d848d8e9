"""The demonstration from beginning to end.

Responsible for: the order of the parts, and one line about what went wrong.
Not responsible for: the parts (``setting``, ``asking``, ``ending``), nor for how they look (``screen``).
"""

import time
from contextlib import ExitStack
from pathlib import Path

from gateway.demo.asking import ask_a_crowd, ask_one_by_one, ask_wrongly
from gateway.demo.ending import lose_the_gateway, release, verify_offline
from gateway.demo.expectations import expect, failure
from gateway.demo.screen import Screen
from gateway.demo.setting import Scenery, choose_cast, set_up
from gateway.demo.stage import Stage, open_stage
from gateway.site import SAMPLE_PARTNERS
from partner_sdk import Gateway, PartnerError

_CALL_SECONDS = 10.0
"""How long one question may take: everything runs on one machine, which may be busy."""


def play(parties: int) -> None:
    """Play the demonstration with so many synthetic ``parties`` on standard output.

    Raises:
        CommandError: something was not as it must be.
        KeyboardInterrupt: it was interrupted; everything is cleaned up.
    """
    began = time.monotonic()
    screen = Screen()
    screen.open(
        "jointgate: may this party do this?",
        "Everything below happens now, on this machine, in a temporary folder. Nobody in it ever lived.",
    )
    try:
        with open_stage() as stage:
            set_up_seconds = _play(stage, screen, parties)
    except BrokenPipeError:
        raise
    except (PartnerError, OSError) as error:
        raise failure(str(error)) from error
    expect(not stage.folder.exists(), f"{stage.folder} was left behind")
    _close(screen, time.monotonic() - began, set_up_seconds)


def _play(stage: Stage, screen: Screen, parties: int) -> float:
    """Play every part, and return how many seconds the set-up took."""
    began = time.monotonic()
    settings, server, publisher = set_up(stage, screen, parties)
    cast = choose_cast(stage)
    taken = time.monotonic() - began
    receipt = stage.folder / "first.receipt"
    with ExitStack() as stack:
        partners = {
            partner.id: stack.enter_context(_connect(settings.root / "partners" / partner.id))
            for partner in SAMPLE_PARTNERS
        }
        scenery = Scenery(screen, settings, server, publisher, cast, partners)
        try:
            _ask(scenery, receipt)
        except PartnerError:
            server.require_running()  # the better explanation, if it is one
            publisher.require_running()
            raise
        lose_the_gateway(scenery)
    verify_offline(screen, receipt, settings.trust_root)
    return taken


def _ask(scenery: Scenery, receipt: Path) -> None:
    ask_one_by_one(scenery, receipt)
    ask_wrongly(scenery)
    ask_a_crowd(scenery)
    release(scenery)


def _connect(identity: Path) -> Gateway:
    return Gateway.connect(identity=identity / "identity.toml", timeout_seconds=_CALL_SECONDS)


def _close(screen: Screen, seconds: float, set_up_seconds: float) -> None:
    screen.part("What it refuses to do")
    screen.details(
        [
            (
                "names",
                "nobody is found by name: the register has no field for one, and there is no reverse look-up",
            ),
            ("scores", "there are none, and no listing comes from private or social-media data"),
            ("records", "a PERMITTED answer leaves no trace of who asked about whom"),
        ]
    )
    screen.open(
        f"Done in {seconds:.0f} s, {set_up_seconds:.0f} s of them set-up; no process and no file is left.",
        "Read on: README.md (the same by hand), docs/architecture.md, docs/due-process.md.",
    )
