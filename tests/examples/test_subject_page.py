"""What docs/subject.md shows is what a party sees."""

import re
from datetime import date
from pathlib import Path

import pytest

from gateway.cli.commands import build_parser
from gateway.register.listing_record import DeadlineKind
from gateway.register_service.subject_page import page_of
from sanctions_matrix.pack import Pack
from tests.fakes.in_memory_feed import organisation_row, person_row, responsible_row
from tests.fakes.subject_desk import Desk
from tests.fakes.synthetic_parties import citizen

DOCUMENT = (Path(__file__).parents[2] / "docs" / "subject.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"^jointgate (subject .+)$", DOCUMENT, re.MULTILINE)))


def test_the_page_shown_is_the_page_printed(tmp_path: Path, pack: Pack) -> None:
    """The example page is printed, word for word, for a listing whose correction is overdue."""
    desk = Desk(tmp_path, pack)
    rows = [person_row(1), organisation_row(2), responsible_row(3, 2)]
    desk.bring(*rows, person_row(5, measures=["38"]), at=desk.clock(), sequence=2)
    reference = desk.newest_reference()
    receipt = desk.site.receipt(reference)
    desk.register.request(
        reference,
        kind=DeadlineKind.CORRECTION,
        on=date(2031, 5, 6),
        mandate=desk.mandate(),
        terms=desk.terms,
    )
    desk.clock.advance(days=20)
    page = page_of(desk.ask(receipt, citizen(5)), "en", named=1)
    desk.register.close()
    example = re.search(r"```text\n(.*?)```", DOCUMENT, re.DOTALL)
    assert example is not None
    assert page.replace(reference, "L-abcdefghijklmnop") == example[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_shown_are_commands(command: str) -> None:
    """Every command line of the document is one that the command understands."""
    words = command.split()
    arguments = build_parser(words).parse_args(words)
    assert arguments.server == "register.example.org:8445"
