"""``jointgate subject``: what a party reads about its own listings, on the base installation.

Responsible for: reading the command line, the receipt's file and the document, and printing the page.
Not responsible for: the call (``gateway.register_service.subject_client``), or the page's lines
(``gateway.register_service.subject_page``).

Rule kept here: the number of a document is never printed, and need not stand on the command line
(``gateway.cli.commands`` refuses one in the receipt's place, before anything could repeat it).
"""

import argparse
import json
import sys
from pathlib import Path

from gateway.cli.option_types import said
from gateway.errors import CommandError
from gateway.register_service.subject_client import (
    MAX_RECEIPT_BYTES,
    Failure,
    Place,
    ViewError,
    describe,
    named_listings,
    read_receipt,
    view,
)
from gateway.register_service.subject_page import page_of
from gateway.register_service.subject_words import LANGUAGES
from sanctions_matrix.documents import Document, DocumentError, parse_document

_USAGE = 2
_NO_ANSWER = 20
_NO_RECORD = 22
_STATUSES = {
    Failure.NO_RECORD: _NO_RECORD,
    Failure.NO_GROUNDS: _NO_RECORD,
    Failure.WRONG_REQUEST: _USAGE,
    Failure.EXHAUSTED: _NO_ANSWER,
    Failure.UNREACHABLE: _NO_ANSWER,
    Failure.UNANSWERED: _NO_ANSWER,
}
_MOST_TYPED = 256
_EPILOG = """\
examples:
  jointgate subject answer.receipt cn-ric:- --server register.example.org:8445 --lang zh
  jointgate subject answer.receipt passport:UTO:L898902C3 --server 127.0.0.1:8445 --ca ca.pem --json

Shows the whole record of each listing that the receipt names, to the party whose document was asked about.
TYPE:- reads the number from standard input, so that it stands in no list of processes and no history of commands.
Without --server and --ca the service of the site in --config is asked.
Ten wrong documents a day close a receipt until the next day (UTC), unless the site says otherwise.

exit status: 0 shown, 20 no answer, 22 no record for this receipt and this document, 2 usage, receipt or document.
"""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``subject``."""
    parser = commands.add_parser(
        "subject",
        help="read the record of your own listings, with a receipt and your document",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("receipt", metavar="RECEIPT", type=Path, help="the receipt's file")
    parser.add_argument(
        "document", metavar="TYPE:NUMBER", help="the document that was asked about; TYPE:- asks"
    )
    parser.add_argument(
        "--lang", choices=LANGUAGES, default="en", help="the page's language (default: en)"
    )
    parser.add_argument(
        "--server",
        metavar="HOST:PORT",
        type=said,
        help="the service (default: that of the site)",
    )
    parser.add_argument(
        "--ca",
        metavar="FILE",
        type=Path,
        help="certificates that the server's must lead to "
        "(default: the site's; the public ones with --server)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run_subject)


def run_subject(arguments: argparse.Namespace) -> int:
    """Show the record; return the exit status."""
    try:
        receipt = read_receipt(_content(arguments.receipt))
        document = _document(arguments.document, arguments.lang)
        response = view(receipt, document, _place(arguments))
    except ViewError as error:
        return _failed(error, arguments)
    if arguments.json:
        print(json.dumps(describe(response), ensure_ascii=False, sort_keys=True))
    else:
        print(page_of(response, arguments.lang, named=named_listings(receipt)), end="")
    return 0


def _failed(error: ViewError, arguments: argparse.Namespace) -> int:
    if arguments.json:
        described: dict[str, object] = {
            "error": error.failure.value,
            "message": error.said.of(arguments.lang),
        }
        if error.retry_seconds is not None:
            described["retry_seconds"] = int(error.retry_seconds)
        print(json.dumps(described, ensure_ascii=False, sort_keys=True))
    raise CommandError(error.said.of(arguments.lang), exit_code=_STATUSES[error.failure])


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_RECEIPT_BYTES + 1)
    except OSError as error:
        message = f"{path}: the receipt cannot be read ({error.strerror})"
        raise CommandError(message, exit_code=_USAGE) from error


def _document(text: str, language: str) -> Document:
    kind, colon, number = text.rpartition(":")
    if not kind or not colon:
        message = "give TYPE:NUMBER, or TYPE:- to read the number from standard input"
        raise CommandError(message, exit_code=_USAGE)
    if number == "-":
        number = _typed()
    try:
        return parse_document(kind, number)
    except DocumentError as error:
        problem = error.problem
        advice = problem.advice_zh if language == "zh" else problem.advice_en
        raise CommandError(advice, exit_code=_USAGE) from None


def _typed() -> str:
    """Read a number that was typed or piped; at a terminal it is not shown."""
    if sys.stdin is not None and sys.stdin.isatty():
        from getpass import getpass

        return getpass("number: ").strip()
    return "" if sys.stdin is None else sys.stdin.readline(_MOST_TYPED).strip()


def _place(arguments: argparse.Namespace) -> Place:
    if arguments.server is not None:
        authority = None if arguments.ca is None else _certificates(arguments.ca)
        return Place(arguments.server, authority)
    try:
        from gateway.config import load_settings
    except ModuleNotFoundError as error:  # the base installation knows no sites
        message = "give --server HOST:PORT, the address of the service"
        raise CommandError(message, exit_code=_USAGE) from error
    settings = load_settings(arguments.config)
    if not settings.register.subject_listen:
        message = "the site does not serve the subject's view; give --server HOST:PORT"
        raise CommandError(message, exit_code=_USAGE)
    return Place(
        settings.register.subject_listen,
        _certificates(arguments.ca or settings.tls / "ca.pem"),
    )


def _certificates(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"{path}: the certificates cannot be read ({error.strerror})"
        raise CommandError(message, exit_code=_USAGE) from error
