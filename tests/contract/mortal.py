"""A program that changes a register and dies at the step it is told: what `test_killed_anywhere.py` starts.

Reads lines `URL SCENARIO STEP`; for each it forks a child that opens the register, runs the scenario and kills itself
at that step, and answers `died`, `done` or `refused`. Step 0 never comes.
A step is a statement about to be sent, a bulk copy about to begin, a commit about to be made, or a connection that is
given back.

Batches are made small, so that a feed of few rows takes several transactions.
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from tempfile import TemporaryDirectory

import psycopg
from sqlalchemy import Engine, Pool, create_engine, event

from gateway.mainland_calendar import MainlandCalendar
from gateway.packs import load_pack
from gateway.register import (
    EndKind,
    ImportOptions,
    Mandate,
    Register,
    RegisterError,
    additions,
    leftovers,
    sweeping,
)
from gateway.register.columns import reference_of
from gateway.register.deadlines import Terms
from gateway.register.feeds.feed import FeedMode
from gateway.register.listing_record import DeadlineKind
from sanctions_matrix.listing import Exemption, Window
from tests.fakes.in_memory_feed import (
    LIST,
    InMemoryFeed,
    organisation_row,
    person_row,
    responsible_row,
    with_passport,
)

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
LATER = AT + timedelta(days=400)
PAPER = "(2026) Synthetic Decision No. 7"
_DIED, _DONE, _REFUSED = 9, 0, 3
_ANSWERS = {-signal.SIGKILL: "died", _DONE: "done", _REFUSED: "refused"}
_PACK = load_pack("cn-joint-discipline")
_TERMS = Terms(_PACK.lists, MainlandCalendar())
_REQUESTED = [
    organisation_row(1),
    responsible_row(2, 1),
    responsible_row(3, 1),
    with_passport(person_row(4), 4),
    person_row(5, ends_at="2026-12-01T00:00:00+08:00"),
    *(person_row(serial) for serial in range(6, 18)),
]
_NEXT = [
    organisation_row(1),
    responsible_row(2, 1),
    person_row(4),
    person_row(5, ends_at="2026-11-01T00:00:00+08:00"),
    *(person_row(serial) for serial in range(6, 17)),
    *(person_row(serial) for serial in range(30, 38)),
    person_row(40, ground="no-such-ground"),
]


def import_first(register: Register) -> None:
    """Fill an empty register."""
    _import(register, _REQUESTED, 1)


def import_next(register: Register) -> None:
    """Import a full feed that adds, changes, ends and quarantines."""
    _import(register, _NEXT, 2)


def release(register: Register) -> None:
    """End an organisation's listing, and with it those of the persons responsible."""
    register.release(_reference(register, "O-1"), reason=EndKind.PERFORMED, mandate=_mandate())


def stay(register: Register) -> None:
    """Pause a listing."""
    register.stay(_reference(register, "R-6"), mandate=_mandate())


def exempt(register: Register) -> None:
    """Lift one measure for a week."""
    lift = Exemption(frozenset({"38"}), Window(AT, AT + timedelta(days=7)))
    reference = _reference(register, "R-7")
    if not register.show(reference).listing.exemptions:
        register.exempt(reference, lift, mandate=_mandate())


def owe_removal(register: Register) -> None:
    """Note that a removal was triggered."""
    register.owe_removal(
        _reference(register, "R-8"),
        reason=EndKind.PERFORMED,
        on=date(2026, 3, 2),
        mandate=_mandate(),
        terms=_TERMS,
    )


def request(register: Register) -> None:
    """Note a request for correction."""
    register.request(
        _reference(register, "R-9"),
        kind=DeadlineKind.CORRECTION,
        on=date(2026, 3, 2),
        mandate=_mandate(),
        terms=_TERMS,
    )


def decide(register: Register) -> None:
    """Grant the request, so that the removal is owed."""
    register.decide(_reference(register, "R-9"), granted=True, mandate=_mandate(), terms=_TERMS)


def sweep(register: Register) -> None:
    """Write down, long after, what the passing of time did."""
    register.sweep(LATER, _TERMS)


def rebuild(register: Register) -> None:
    """Derive everything anew."""
    register.rebuild()


SCENARIOS: dict[str, Callable[[Register], None]] = {
    one.__name__: one
    for one in (
        import_first,
        import_next,
        release,
        stay,
        exempt,
        owe_removal,
        request,
        decide,
        sweep,
        rebuild,
    )
}


def _import(register: Register, rows: list[dict[str, object]], sequence: int) -> None:
    feed = InMemoryFeed(rows, sequence=sequence, mode=FeedMode.FULL)
    options = ImportOptions(confirm_shrink=True, calendar=_TERMS.calendar)
    register.import_feed(feed, definition=_PACK.lists[LIST], at=AT, options=options)


def _reference(register: Register, record: str) -> str:
    secret = register._secret  # noqa: SLF001 - no command asks for a reference by its record
    return reference_of(LIST, "Synthetic Court", record, secret)


def _mandate() -> Mandate:
    return Mandate(PAPER, AT, "operator")


def _die_at(step: int) -> None:
    """Count steps from now on, and be gone at the given one."""
    steps = count(1)

    def stepped(*_: object, **__: object) -> None:
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", stepped)
    event.listen(Engine, "commit", stepped)
    event.listen(Pool, "checkin", stepped)
    copy = psycopg.Cursor.copy

    def copied(*arguments: object, **options: object) -> object:
        stepped()
        return copy(*arguments, **options)  # type: ignore[arg-type]

    psycopg.Cursor.copy = copied  # type: ignore[method-assign, assignment]


def _child(url: str, scenario: str, step: int) -> int:
    _die_at(step)
    try:
        with Register.open(url, _PACK) as register:
            SCENARIOS[scenario](register)
    except RegisterError as error:
        sys.stderr.write(f"{scenario}: {error}\n")
        return _REFUSED
    return _DONE


def _warm_up() -> None:
    """Do once what every child would do first: load drivers, and fill caches that a fork inherits."""
    create_engine("postgresql+psycopg://").dispose()
    with (
        TemporaryDirectory() as folder,
        Register.open(f"sqlite:///{folder}/register.sqlite", _PACK) as register,
    ):
        for scenario in SCENARIOS.values():
            scenario(register)


def main() -> None:
    """Answer one line after the other, each by a child of its own."""
    additions.ROWS_AT_ONCE = 4
    sweeping.BATCH = 2
    leftovers._ROWS_AT_ONCE = 3  # noqa: SLF001 - small, as all batches here
    _warm_up()
    for line in sys.stdin:
        url, scenario, step = line.split()
        child = os.fork()
        if not child:
            os._exit(_child(url, scenario, int(step)))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(_ANSWERS.get(os.waitstatus_to_exitcode(status), "failed") + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
