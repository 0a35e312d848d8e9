"""What the sub-commands of ``jointgate listing`` do.

Responsible for: showing a listing, and for the changes that an operator makes.
Not responsible for: the rules of these changes (``gateway.register.lifecycle``, ``gateway.register.deadlines``).

Rule kept here: what restrains never waits for tables.
A stay, an exemption, a release, a removal that is due and a request change what is listed already, so they work under a
pack that is not confirmed, lacks the listing's list, or is not sound; a period that the tables would give is then the
usual one.
Lifting a stay and rejecting a request restrict again, and are refused until the site's pack is confirmed.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gateway.cli.listing_shown import content, print_record
from gateway.clock import system_clock
from gateway.config import load_settings
from gateway.confirmation import refuse_unconfirmed
from gateway.deadline_terms import site_terms
from gateway.errors import CommandError
from gateway.packs import site_pack
from gateway.register.endings import EndKind
from gateway.register.lifecycle import Mandate
from gateway.register.listing_record import DeadlineKind
from gateway.register.register import Register
from sanctions_matrix.listing import Exemption, Window, WindowError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from gateway.register.listing_record import ListingRecord

_USAGE = 2


def run_show(arguments: argparse.Namespace) -> int:
    """Print the listing; returns 0."""
    with _register(arguments) as register:
        record = register.show(arguments.reference, arguments.at)
    at = arguments.at or system_clock()
    if arguments.json:
        print(json.dumps(content(record, at), ensure_ascii=False))
    else:
        print_record(record, at)
    return 0


def run_stay(arguments: argparse.Namespace) -> int:
    """Stay the listing, or lift its stay; returns 0."""
    if arguments.lift:
        _refuse_unconfirmed(arguments, "the stay is not lifted")
    mandate = _mandate(arguments)
    with _register(arguments) as register:
        if arguments.lift:
            change = register.lift_stay(arguments.reference, mandate=mandate)
        else:
            change = register.stay(arguments.reference, mandate=mandate, until=arguments.until)
    return _done(arguments, change, "stay lifted" if arguments.lift else "stayed")


def run_exempt(arguments: argparse.Namespace) -> int:
    """Exempt the listing from measures for a while; returns 0."""
    mandate = _mandate(arguments)
    try:
        window = Window(arguments.starts_at or mandate.at, arguments.until)
    except WindowError as error:
        raise CommandError(str(error), exit_code=_USAGE) from error
    exemption = Exemption(frozenset(arguments.measure), window)
    with _register(arguments) as register:
        _refuse_without_measures(register.show(arguments.reference))
        change = register.exempt(
            arguments.reference, exemption, mandate=mandate, is_permit=arguments.permit
        )
    return _done(arguments, change, "exempted")


def _refuse_without_measures(record: ListingRecord) -> None:
    if not record.measures:
        message = "a red list carries no measures, so there is nothing to exempt"
        raise CommandError(message)


def run_release(arguments: argparse.Namespace) -> int:
    """Release the listing; returns 0."""
    with _register(arguments) as register:
        change = register.release(
            arguments.reference, reason=EndKind(arguments.reason), mandate=_mandate(arguments)
        )
    return _done(arguments, change, "released")


def run_due(arguments: argparse.Namespace) -> int:
    """Note that the removal was triggered; returns 0."""
    terms = site_terms(load_settings(arguments.config))
    mandate = _mandate(arguments)
    with _register(arguments) as register:
        list_id = register.show(arguments.reference).list_id
        change = register.owe_removal(
            arguments.reference,
            reason=EndKind(arguments.reason),
            on=arguments.on or terms.civil_date(list_id, mandate.at),
            mandate=mandate,
            terms=terms,
        )
        due_at = register.show(arguments.reference).due_at
    until = f", enforced until {due_at:%Y-%m-%d %H:%M} UTC at the latest" if due_at else ""
    return _done(arguments, change, f"removal owed{until}")


def run_object(arguments: argparse.Namespace) -> int:
    """Note a request for correction or review; returns 0."""
    kind = DeadlineKind.REVIEW if arguments.review else DeadlineKind.CORRECTION
    with _register(arguments) as register:
        change = register.request(
            arguments.reference,
            kind=kind,
            on=arguments.on,
            mandate=_mandate(arguments),
            terms=site_terms(load_settings(arguments.config)),
        )
        due_at = register.show(arguments.reference).deadlines[-1].due_at
    return _done(arguments, change, f"{kind} requested, due {due_at:%Y-%m-%d %H:%M} UTC")


def run_decide(arguments: argparse.Namespace) -> int:
    """Decide the request that waits; returns 0."""
    if arguments.rejected:
        _refuse_unconfirmed(arguments, "the request is not rejected")
    with _register(arguments) as register:
        change = register.decide(
            arguments.reference,
            granted=arguments.granted,
            mandate=_mandate(arguments),
            terms=site_terms(load_settings(arguments.config)),
        )
    return _done(arguments, change, "request granted" if arguments.granted else "request rejected")


def _mandate(arguments: argparse.Namespace) -> Mandate:
    return Mandate(
        arguments.document,
        system_clock(),
        arguments.actor,
        arguments.if_change,
        clock=system_clock,
    )


def _refuse_unconfirmed(arguments: argparse.Namespace, refused: str) -> None:
    settings = load_settings(arguments.config)
    refuse_unconfirmed(settings.root, site_pack(settings), refused=refused)


@contextmanager
def _register(arguments: argparse.Namespace) -> Iterator[Register]:
    settings = load_settings(arguments.config)
    with Register.open(settings.database_url, None) as register:
        yield register


def _done(arguments: argparse.Namespace, change: int, outcome: str) -> int:
    if arguments.json:
        print(json.dumps({"reference": arguments.reference, "outcome": outcome, "change": change}))
    else:
        print(
            f"{arguments.reference}: {outcome} (change {change}); a running 'jointgate publish --watch' "
            "makes it known at once, otherwise run 'jointgate publish'"
        )
    return 0
