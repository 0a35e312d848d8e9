"""The partners ask: one by one, wrongly, and by the hundred.

Responsible for: asking through the SDK, and checking each answer against what it must be.
Not responsible for: the questions themselves (``scenes``).
"""

import time
from collections import Counter
from pathlib import Path

from gateway.demo.expectations import expect, failure
from gateway.demo.population import UNLISTED
from gateway.demo.scenes import G_TRAIN, HOTEL, Act, plan_acts, tail
from gateway.demo.screen import Screen
from gateway.demo.setting import Scenery
from gateway.errors import PRESENTATIONS, Reason
from partner_sdk import (
    Answer,
    DocumentError,
    Gateway,
    Outcome,
    Question,
    QuestionRefusedError,
    ResidentId,
)
from partner_sdk.errors import NotEntitledError

_BATCH_SECONDS = 30.0


def ask_one_by_one(scenery: Scenery, receipt: Path) -> None:
    """Let every partner ask its questions; keep the receipt of the very first answer in ``receipt``."""
    scenery.screen.part(
        "Four partners ask",
        "Each through the SDK, over TLS, with its own certificate and signing key. "
        "The first answer of each also takes the handshake, and the trust metadata checked from the pinned root on.",
    )
    for act in plan_acts(scenery.cast):
        scenery.screen.act(act.title)
        answers = _play(act, scenery.partners[act.partner], scenery.screen)
        if not receipt.exists():
            answers[0].receipt().save(receipt)


def _play(act: Act, gateway: Gateway, screen: Screen) -> list[Answer]:
    answers = []
    for scene in act.scenes:
        asked = time.perf_counter()
        question = scene.question
        answer = gateway.may(question.document, question.action, role=question.role)
        taken = time.perf_counter() - asked
        expect(
            answer.outcome is scene.expected,
            f"'{scene.words}' got {answer.outcome} instead of {scene.expected}",
        )
        screen.answer(scene.words, answer, milliseconds=1000 * taken)
        answers.append(answer)
    return answers


def ask_wrongly(scenery: Scenery) -> None:
    """Show two mistakes, each with an error of its own."""
    screen = scenery.screen
    screen.part("A mistake is an error of its own, never a restriction")
    mistyped = f"{UNLISTED[:-1]}7"
    try:
        ResidentId(mistyped)
    except DocumentError as error:
        screen.verdict("NOT ASKED", f"A clerk types one digit wrong: …{mistyped[-4:]}", good=False)
        screen.details([("SDK", f"{error} (before any call)")])
    else:
        raise failure("a wrong check digit was not noticed")
    refusal = _refusal(scenery.partners["airline"], Question(scenery.cast.citizen, HOTEL, "guest"))
    code = PRESENTATIONS[Reason(refusal.reason)].code
    expect(code == "PERMISSION_DENIED", f"a question out of scope got {code}")
    screen.verdict("REFUSED", "The airline asks about a hotel stay", good=False)
    screen.details([("gateway", f"{code}, {refusal}")])


def _refusal(gateway: Gateway, question: Question) -> QuestionRefusedError:
    try:
        answer = gateway.may(question.document, question.action, role=question.role)
    except NotEntitledError as refusal:
        return refusal
    raise failure(f"a question out of the partner's scope got {answer.outcome}")


def ask_a_crowd(scenery: Scenery) -> None:
    """Let the railway ask about several hundred travellers at once."""
    crowd = scenery.cast.crowd
    questions = [Question(document, G_TRAIN) for document, _ in crowd]
    asked = time.perf_counter()
    answers = scenery.partners["railway"].may_each(questions, timeout_seconds=_BATCH_SECONDS)
    seconds = time.perf_counter() - asked
    outcomes = Counter(answer.outcome for answer in answers if isinstance(answer, Answer))
    for answer, (document, is_listed) in zip(answers, crowd, strict=True):
        expected = Outcome.RESTRICTED if is_listed else Outcome.PERMITTED
        expect(
            isinstance(answer, Answer) and answer.outcome is expected,
            f"traveller {tail(document)} of the batch did not get {expected}",
        )
    screen = scenery.screen
    screen.part("Many at once")
    screen.verdict(
        "BATCH",
        f"May these {len(crowd)} travellers take the G train? Half of them stand in the feed.",
        good=True,
    )
    counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    screen.details(
        [
            ("answers", f"{counts}: exactly those whose listing is in force today"),
            (
                "rate",
                f"{len(crowd) / seconds:,.0f} a second, all in {seconds * 1000:.0f} ms under one signature",
            ),
        ]
    )
