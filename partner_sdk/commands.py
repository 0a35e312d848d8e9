"""What ``jointgate check`` and ``jointgate verify`` do.

Responsible for: asking one question or verifying one receipt, the words for it, and the exit status.
Not responsible for: reading the command line (``gateway.cli.ask``).

Rules kept here:

- The document appears in no output.
- "No answer" has an exit status of its own, which is neither that of a yes nor that of a no.
- What came over the network is printed without anything that could steer a terminal.
"""

from dataclasses import dataclass, field
from pathlib import Path

from partner_sdk.actions import AttributeValueError, Role, UnknownActionError, parse_action
from partner_sdk.answer import Answer
from partner_sdk.client import DEFAULT_TIMEOUT_SECONDS, Gateway
from partner_sdk.commendation import Commendation
from partner_sdk.console import (
    NO_ANSWER,
    USAGE,
    Console,
    as_entry,
    describe_error,
    describe_pack,
    describe_route,
    describe_snapshot,
    spell,
)
from partner_sdk.decision import Decision, Ground, Outcome
from partner_sdk.documents import DocumentError, parse_document_text
from partner_sdk.errors import (
    ConfigurationError,
    NotAnsweredError,
    PartnerError,
    QuestionRefusedError,
    VerificationError,
)
from partner_sdk.parts import spell_end
from partner_sdk.question import Question
from partner_sdk.receipt import Receipt, verify_receipt

VERIFIED = 0
"""Exit status: the receipt holds."""
NOT_VERIFIED = 21
"""Exit status: the receipt does not hold."""
EXIT_STATUS = {Outcome.PERMITTED: 0, Outcome.RESTRICTED: 10, Outcome.REFERRED: 11}
"""Exit status of each outcome."""


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
        console.print_blocks(_word_decision(answer.decision))
    return EXIT_STATUS[answer.outcome]


def verify(receipt: Path, trust: Path, console: Console, *, as_json: bool = False) -> int:
    """Verify the receipt in a file against the pinned root in another; return the exit status."""
    try:
        decision = verify_receipt(Receipt.load(receipt), trust)
    except PartnerError as error:
        if as_json:
            console.print_object({"verified": False, **describe_error(error)})
        console.print_failure(str(error))
        return USAGE if isinstance(error, ConfigurationError) else NOT_VERIFIED
    expired = decision.has_expired(console.clock())
    if as_json:
        console.print_object({"verified": True, "expired": expired, **describe(decision)})
    else:
        console.print_blocks(_word_receipt(decision, expired=expired))
    return VERIFIED


def describe(decision: Decision) -> dict[str, object]:
    """Return a decision as a JSON object; instants are RFC 3339, digests hexadecimal."""
    return {
        "outcome": decision.outcome.value,
        "grounds": [_describe_ground(ground) for ground in decision.grounds],
        "commendations": [_describe_commendation(one) for one in decision.commendations],
        "issuer": decision.issuer,
        "audience": decision.audience,
        "query_digest": decision.query_digest.hex(),
        "pack": describe_pack(decision.pack),
        "snapshot": describe_snapshot(decision.snapshot),
        "evaluated_at": spell(decision.evaluated_at),
        "expires_at": spell(decision.expires_at),
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
        console.print_object({"outcome": None, **describe_error(error)})
    prefix = "no answer: " if status == NO_ANSWER else ""
    console.print_failure(f"{prefix}{error}")
    return status


def _describe_ground(ground: Ground) -> dict[str, object]:
    return {
        "measure": ground.measure,
        "effect": ground.effect.value,
        "list": ground.list_id,
        "authority": ground.authority,
        "legal_basis": ground.legal_basis,
        "listing_reference": ground.listing_reference,
        "ends_at": None if ground.ends_at is None else spell(ground.ends_at),
        "ends_with": ground.ends_with,
        "contest": describe_route(ground.contest),
        "explanation": {"en": ground.explanation_en, "zh": ground.explanation_zh},
    }


def _describe_commendation(one: Commendation) -> dict[str, object]:
    return {
        "list": one.list_id,
        "authority": one.authority,
        "legal_basis": one.legal_basis,
        "listing_reference": one.listing_reference,
        "ends_at": None if one.ends_at is None else spell(one.ends_at),
        "contest": describe_route(one.contest),
        "explanation": {"en": one.explanation_en, "zh": one.explanation_zh},
    }


def _word_decision(decision: Decision) -> list[str]:
    entries = [_word_ground(ground) for ground in decision.grounds]
    entries += [_word_commendation(one) for one in decision.commendations]
    gap = [""] if entries else []
    decided = (
        f"Decided by {decision.issuer} at {spell(decision.evaluated_at)} "
        f"on snapshot {decision.snapshot.number}; rely on it until {spell(decision.expires_at)}."
    )
    return [decision.heading(), *entries, *gap, decided]


def _word_receipt(decision: Decision, *, expired: bool) -> list[str]:
    state = (
        "It has expired since; ask again before relying on it."
        if expired
        else "It has not expired."
    )
    heading = ["Verified: the gateway made this decision.", f"For {decision.audience}."]
    return [*heading, *_word_decision(decision), state]


def _word_ground(ground: Ground) -> str:
    contest = ground.contest
    rows = [
        ("measure", f"{ground.measure} ({ground.effect.lower()}), list {ground.list_id}"),
        ("authority", ground.authority),
        ("basis", ground.legal_basis),
        ("until", spell_end(ground.ends_at, ground.ends_with)),
        ("contest", f"{contest.body}, {contest.address}; {contest.deadline}"),
        ("reference", ground.listing_reference),
    ]
    return as_entry(ground.explanation_en, rows)


def _word_commendation(one: Commendation) -> str:
    rows = [
        ("commends", f"list {one.list_id}; this has no effect on the outcome"),
        ("authority", one.authority),
        ("basis", one.legal_basis),
        ("until", spell_end(one.ends_at, "")),
        ("contest", f"{one.contest.body}, {one.contest.address}; {one.contest.deadline}"),
        ("reference", one.listing_reference),
    ]
    return as_entry(one.explanation_en, rows)
