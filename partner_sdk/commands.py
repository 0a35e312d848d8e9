"""What ``jointgate check`` and ``jointgate verify`` do.

Responsible for: asking one question or verifying one receipt, the words for it, and the exit status.
Not responsible for: reading the command line (``gateway.cli.ask``).

Rules kept here:

- The document appears in no output.
- "No answer" has an exit status of its own, which is neither that of a yes nor that of a no.
- What came over the network is printed without anything that could steer a terminal.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TextIO

from partner_sdk.actions import AttributeValueError, Role, UnknownActionError, parse_action
from partner_sdk.answer import Answer
from partner_sdk.client import DEFAULT_TIMEOUT_SECONDS, Gateway, utc_now
from partner_sdk.decision import Decision, Ground, Outcome
from partner_sdk.documents import DocumentError, parse_document_text
from partner_sdk.errors import (
    ConfigurationError,
    NotAnsweredError,
    PartnerError,
    QuestionRefusedError,
    VerificationError,
)
from partner_sdk.question import Question
from partner_sdk.receipt import Receipt, verify_receipt
from partner_sdk.refusals import printable

VERIFIED = 0
"""Exit status: the receipt holds."""
USAGE = 2
"""Exit status: the command, the document or the identity is wrong; nothing was asked."""
NO_ANSWER = 20
"""Exit status: there is no answer that may be believed."""
NOT_VERIFIED = 21
"""Exit status: the receipt does not hold."""
EXIT_STATUS = {Outcome.PERMITTED: 0, Outcome.RESTRICTED: 10, Outcome.REFERRED: 11}
"""Exit status of each outcome."""


@dataclass(frozen=True, slots=True)
class Console:
    """Where a command writes, and the present by which it tells an expired decision."""

    out: TextIO
    error: TextIO
    clock: Callable[[], datetime] = utc_now

    def print_object(self, value: dict[str, object]) -> None:
        """Write one JSON object on one line."""
        self.out.write(json.dumps(value, ensure_ascii=False, sort_keys=True) + "\n")

    def print_failure(self, message: str) -> None:
        """Write one line about what is wrong."""
        self.error.write(f"jointgate: {printable(message)}\n")


@dataclass(frozen=True, slots=True)
class CheckOrder:
    """One question as given on the command line.

    Attributes:
        document: ``TYPE:NUMBER``.
        action: the action's name.
        identity: the identity file.
        attributes: the action's attributes as text.
        role: the party's role; None takes the action's default role.
        gateway: the address to ask instead of the identity's.
        timeout_seconds: how long the call may take.
        receipt: where to keep the receipt.
        as_json: whether to print JSON.
    """

    document: str = field(repr=False)
    action: str
    identity: Path
    attributes: dict[str, str]
    role: str | None = None
    gateway: str | None = None
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    receipt: Path | None = None
    as_json: bool = False


def check(order: CheckOrder, console: Console) -> int:
    """Ask the question and print the answer; return the exit status."""
    try:
        question = _read_question(order)
        answer = _ask(question, order)
        if order.receipt is not None:
            answer.receipt().save(order.receipt)
    except (DocumentError, AttributeValueError, UnknownActionError, ConfigurationError) as error:
        return _report(error, order, console, USAGE)
    except (NotAnsweredError, QuestionRefusedError, VerificationError) as error:
        return _report(error, order, console, NO_ANSWER)
    if order.as_json:
        console.print_object(describe(answer.decision))
    else:
        console.out.write(_word_decision(answer.decision))
    return EXIT_STATUS[answer.outcome]


def verify(receipt: Path, trust: Path, console: Console, *, as_json: bool = False) -> int:
    """Verify the receipt in a file against the pinned root in another; return the exit status."""
    try:
        decision = verify_receipt(Receipt.load(receipt), trust)
    except PartnerError as error:
        if as_json:
            console.print_object({"verified": False, **_describe_error(error)})
        console.print_failure(str(error))
        return USAGE if isinstance(error, ConfigurationError) else NOT_VERIFIED
    expired = decision.has_expired(console.clock())
    if as_json:
        console.print_object({"verified": True, "expired": expired, **describe(decision)})
    else:
        console.out.write(_word_receipt(decision, expired=expired))
    return VERIFIED


def describe(decision: Decision) -> dict[str, object]:
    """Return a decision as a JSON object; instants are RFC 3339, digests hexadecimal."""
    return {
        "outcome": decision.outcome.value,
        "grounds": [_describe_ground(ground) for ground in decision.grounds],
        "issuer": decision.issuer,
        "audience": decision.audience,
        "query_digest": decision.query_digest.hex(),
        "pack": {
            "id": decision.pack.id,
            "version": decision.pack.version,
            "digest": decision.pack.digest.hex(),
        },
        "snapshot": {"number": decision.snapshot.number, "digest": decision.snapshot.digest.hex()},
        "evaluated_at": _spell(decision.evaluated_at),
        "expires_at": _spell(decision.expires_at),
    }


def _read_question(order: CheckOrder) -> Question:
    document = parse_document_text(order.document)
    action = parse_action(order.action, order.attributes)
    return Question(document, action, None if order.role is None else Role(order.role))


def _ask(question: Question, order: CheckOrder) -> Answer:
    with Gateway.connect(
        order.gateway, order.identity, timeout_seconds=order.timeout_seconds
    ) as gateway:
        return gateway.may(question.document, question.action, role=question.role)


def _report(error: Exception, order: CheckOrder, console: Console, status: int) -> int:
    if order.as_json:
        console.print_object({"outcome": None, **_describe_error(error)})
    prefix = "no answer: " if status == NO_ANSWER else ""
    console.print_failure(f"{prefix}{error}")
    return status


def _describe_error(error: Exception) -> dict[str, object]:
    described: dict[str, object] = {"error": type(error).__name__, "message": str(error)}
    if isinstance(error, NotAnsweredError | QuestionRefusedError):
        described["reason"] = error.reason
    if isinstance(error, NotAnsweredError):
        described["retryable"] = error.retryable
    return described


def _describe_ground(ground: Ground) -> dict[str, object]:
    return {
        "measure": ground.measure,
        "effect": ground.effect.value,
        "list": ground.list_id,
        "authority": ground.authority,
        "legal_basis": ground.legal_basis,
        "listing_reference": ground.listing_reference,
        "ends_at": None if ground.ends_at is None else _spell(ground.ends_at),
        "ends_with": ground.ends_with,
        "contest": {
            "body": ground.contest.body,
            "address": ground.contest.address,
            "deadline": ground.contest.deadline,
        },
        "explanation": {"en": ground.explanation_en, "zh": ground.explanation_zh},
    }


def _word_decision(decision: Decision) -> str:
    blocks = [decision.heading()]
    blocks += [_word_ground(ground) for ground in decision.grounds]
    blocks.append(
        f"Decided by {decision.issuer} at {_spell(decision.evaluated_at)} "
        f"on snapshot {decision.snapshot.number}; rely on it until {_spell(decision.expires_at)}."
    )
    return _lines(blocks)


def _word_receipt(decision: Decision, *, expired: bool) -> str:
    state = (
        "It has expired since; ask again before relying on it."
        if expired
        else "It has not expired."
    )
    return _lines(["Verified: the gateway made this decision.", f"For {decision.audience}."]) + (
        _word_decision(decision) + f"{state}\n"
    )


def _word_ground(ground: Ground) -> str:
    until = " or ".join(
        part
        for part in (ground.ends_with, "" if ground.ends_at is None else _spell(ground.ends_at))
        if part
    )
    return (
        f"\n  {ground.explanation_en}\n"
        f"    measure    {ground.measure} ({ground.effect.lower()}), list {ground.list_id}\n"
        f"    authority  {ground.authority}\n"
        f"    basis      {ground.legal_basis}\n"
        f"    until      {until}\n"
        f"    contest    {ground.contest.body}, {ground.contest.address}; {ground.contest.deadline}\n"
        f"    reference  {ground.listing_reference}\n"
    )


def _lines(blocks: list[str]) -> str:
    """Return the blocks as lines without anything that could steer a terminal."""
    lines = "\n".join(blocks).split("\n")
    return "".join(f"{printable(line)}\n" for line in lines)


def _spell(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
