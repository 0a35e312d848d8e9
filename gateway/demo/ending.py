"""Endings: of a listing, and of the gateway; and the receipt that outlives both.

Responsible for: the release with its delay, the drain, and what can be verified afterwards.
Not responsible for: releasing (``gateway.register``) or verifying (``partner_sdk``).
"""

import time
from collections import Counter
from pathlib import Path

from gateway.clock import system_clock
from gateway.demo.expectations import expect, failure
from gateway.demo.scenes import G_TRAIN, HOUSE, tail
from gateway.demo.screen import Screen
from gateway.demo.setting import Scenery
from gateway.packs import site_pack
from gateway.register.endings import EndKind
from gateway.register.lifecycle import Mandate
from gateway.register.register import Register
from partner_sdk import Answer, Outcome, VerificationError, verify_receipt
from partner_sdk.actions import AirTravel
from partner_sdk.errors import NotAnsweredError

_RELEASE_SECONDS = 10.0
_POLL_SECONDS = 0.002
_PAPER = "Synthetic Closing Order No. 1"
_STEP_BYTES = 64


def release(scenery: Scenery) -> None:
    """Release an organisation, and watch its responsible person's answer change."""
    screen, cast = scenery.screen, scenery.cast
    screen.part("A debt is paid while everything runs")
    shop = scenery.partners["shop"]
    reference = shop.may(cast.organisation, HOUSE).grounds[0].listing_reference
    settings = scenery.settings
    with Register.open(settings.database_url, site_pack(settings)) as register:
        mandate = Mandate(_PAPER, system_clock(), cast.court)
        register.release(reference, reason=EndKind.PERFORMED, mandate=mandate)
        committed = time.perf_counter()
    answer, asked = _await_permission(scenery)
    milliseconds = 1000 * (time.perf_counter() - committed)
    screen.verdict("RELEASED", f"{reference}, organisation {tail(cast.organisation)}", good=True)
    command = f"jointgate listing release {reference} --document '{_PAPER}' --reason performed"
    screen.details([("as by", command), ("actor", cast.court)])
    words = f"May {tail(cast.representative)}, responsible for it, take the G train now?"
    screen.answer(words, answer, milliseconds=milliseconds)
    number = answer.decision.snapshot.number
    screen.details(
        [
            (
                "after",
                f"{milliseconds:.0f} ms after the commit, on snapshot {number}; until then {asked} times RESTRICTED",
            )
        ]
    )
    answer = shop.may(cast.organisation, HOUSE)
    expect(answer.permitted, "the released organisation is still not permitted to buy")
    screen.answer(f"May organisation {tail(cast.organisation)} itself buy real estate now?", answer)


def _await_permission(scenery: Scenery) -> tuple[Answer, int]:
    """Ask until the responsible person is permitted; return that answer and how often it was not."""
    deadline = time.monotonic() + _RELEASE_SECONDS
    asked = 0
    while True:
        answer = scenery.partners["railway"].may(scenery.cast.representative, G_TRAIN)
        if answer.permitted:
            return answer, asked
        expect(
            time.monotonic() < deadline,
            f"the release had no effect within {_RELEASE_SECONDS:.0f} s",
        )
        asked += 1
        time.sleep(_POLL_SECONDS)


def lose_the_gateway(scenery: Scenery) -> None:
    """Stop gateway and publisher, and show that nobody's answer is not a yes."""
    screen = scenery.screen
    screen.part("The gateway goes, the receipt stays")
    seconds = scenery.server.stop()
    screen.step("serve", "SIGTERM: drained, exit status 0", seconds)
    seconds = scenery.publisher.stop()
    screen.step("publish", "SIGTERM: exit status 0", seconds)
    try:
        answer = scenery.partners["airline"].may(scenery.cast.citizen, AirTravel())
    except NotAnsweredError as error:
        screen.verdict("NO ANSWER", "The airline asks again", good=False)
        screen.details([("SDK", f"{error}; neither a yes nor a no")])
    else:
        raise failure(f"a stopped gateway answered {answer.outcome}")


def verify_offline(screen: Screen, receipt: Path, root: Path) -> None:
    """Verify the first answer's receipt with nothing but the pinned root, then altered copies of it."""
    content, pinned = receipt.read_bytes(), root.read_bytes()
    decision = verify_receipt(content, pinned)
    expect(decision.outcome is Outcome.RESTRICTED, "the receipt tells another outcome")
    screen.verdict("VERIFIED", "The receipt of the first answer, without a network", good=True)
    said = f"{decision.issuer} told the {decision.audience} {decision.outcome}"
    screen.details(
        [
            (
                "proves",
                f"{said} at {decision.evaluated_at:%H:%M:%S} UTC on snapshot {decision.snapshot.number}",
            ),
            (
                "trusts",
                f"{root.name}, pinned beforehand; the receipt's {len(content):,} bytes hold the rest",
            ),
        ]
    )
    forged = content.replace(b"may not travel", b"may now travel", 1)
    expect(forged != content, "the receipt does not hold the reason in words")
    screen.verdict(
        "REFUSED", "The same with one byte changed: 'may not travel' to 'may now travel'", good=True
    )
    screen.details([("SDK", _refusal(forged, pinned, spoken=True))])
    places = range(0, len(content), _STEP_BYTES)
    errors = Counter(_refusal(_flipped(content, place), pinned) for place in places)
    kinds = ", ".join(f"{count} {kind}" for kind, count in errors.most_common())
    screen.details([("and so", f"{len(places)} other copies, one byte flipped in each: {kinds}")])


def _refusal(content: bytes, pinned: bytes, *, spoken: bool = False) -> str:
    try:
        verify_receipt(content, pinned)
    except VerificationError as error:
        kind = type(error).__name__
        return f"{kind}: {error}" if spoken else kind
    raise failure("an altered receipt was verified")


def _flipped(content: bytes, place: int) -> bytes:
    flipped = bytearray(content)
    flipped[place] ^= 1
    return bytes(flipped)
