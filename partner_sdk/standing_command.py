"""What ``jointgate standing`` does.

Responsible for: asking for one organisation's standing, the words for it, and the exit status.
Not responsible for: reading the command line (``gateway.cli.standing``).

Rules kept here:

- The document appears in no output.
- An organisation on a black list and one on none end with the same status: a standing is no yes and no no.
"""

from dataclasses import dataclass, field
from pathlib import Path

from partner_sdk.client import DEFAULT_TIMEOUT_SECONDS, Gateway
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
from partner_sdk.documents import DocumentError, parse_document_text
from partner_sdk.errors import ConfigurationError, PartnerError, PersonDocumentError
from partner_sdk.parts import spell_end
from partner_sdk.standing import ListEffect, Standing, StandingEntry

ANSWERED = 0
"""Exit status: the gateway answered, whatever it told."""


@dataclass(frozen=True, slots=True)
class StandingOrder:
    """One question as given on the command line.

    Attributes:
        document: ``TYPE:NUMBER``.
        identity: the identity file.
        gateway: the address to ask instead of the identity's.
        timeout_seconds: how long the call may take.
        as_json: whether to print JSON.
    """

    document: str = field(repr=False)
    identity: Path
    gateway: str | None = None
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    as_json: bool = False


def tell_standing(order: StandingOrder, console: Console) -> int:
    """Ask the question and print the answer; return the exit status."""
    try:
        document = parse_document_text(order.document)
        with Gateway.connect(
            order.gateway, order.identity, timeout_seconds=order.timeout_seconds
        ) as gateway:
            standing = gateway.standing(document)
    except (DocumentError, PersonDocumentError, ConfigurationError) as error:
        return _report(error, order, console, USAGE)
    except PartnerError as error:
        return _report(error, order, console, NO_ANSWER)
    if order.as_json:
        console.print_object(describe_standing(standing))
    else:
        console.print_blocks(_word_standing(standing))
    return ANSWERED


def describe_standing(standing: Standing) -> dict[str, object]:
    """Return a standing as a JSON object; instants are RFC 3339, digests hexadecimal."""
    return {
        "entries": [_describe_entry(entry) for entry in standing.entries],
        "issuer": standing.issuer,
        "audience": standing.audience,
        "query_digest": standing.query_digest.hex(),
        "pack": describe_pack(standing.pack),
        "snapshot": describe_snapshot(standing.snapshot),
        "evaluated_at": spell(standing.evaluated_at),
        "expires_at": spell(standing.expires_at),
    }


def _describe_entry(entry: StandingEntry) -> dict[str, object]:
    return {
        "list": entry.list_id,
        "effect": entry.effect.value,
        "title": {"en": entry.title_en, "zh": entry.title_zh},
        "authority": entry.authority,
        "legal_basis": entry.legal_basis,
        "listing_reference": entry.listing_reference,
        "starts_at": spell(entry.starts_at),
        "ends_at": None if entry.ends_at is None else spell(entry.ends_at),
        "ends_with": entry.ends_with,
        "contest": describe_route(entry.contest),
        "explanation": {"en": entry.explanation_en, "zh": entry.explanation_zh},
    }


def _report(error: Exception, order: StandingOrder, console: Console, status: int) -> int:
    if order.as_json:
        console.print_object({"entries": None, **describe_error(error)})
    prefix = "no answer: " if status == NO_ANSWER else ""
    console.print_failure(f"{prefix}{error}")
    return status


def _word_standing(standing: Standing) -> list[str]:
    entries = [_word_entry(entry) for entry in standing.entries]
    gap = [""] if entries else []
    told = (
        f"Told by {standing.issuer} at {spell(standing.evaluated_at)} "
        f"on snapshot {standing.snapshot.number}; rely on it until {spell(standing.expires_at)}."
    )
    return [standing.heading(), *entries, *gap, told]


def _word_entry(entry: StandingEntry) -> str:
    colour = "red, it commends" if entry.effect is ListEffect.COMMENDS else "black"
    rows = [
        ("list", f"{entry.list_id} ({colour}): {entry.title_en}"),
        ("authority", entry.authority),
        ("basis", entry.legal_basis),
        ("since", spell(entry.starts_at)),
        ("until", spell_end(entry.ends_at, entry.ends_with)),
        ("contest", f"{entry.contest.body}, {entry.contest.address}; {entry.contest.deadline}"),
        ("reference", entry.listing_reference),
    ]
    return as_entry(entry.explanation_en, rows)
