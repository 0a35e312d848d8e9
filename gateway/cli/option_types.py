"""What an option's text must be, as argparse's types.

Responsible for: refusing what no command could send, store or print.
Not responsible for: what a text means.
"""

import argparse
from datetime import UTC, datetime


def said(text: str) -> str:
    """Return a text that can be sent: what a terminal gives may be no text at all."""
    if not text.isprintable():
        raise argparse.ArgumentTypeError("give a text of printable characters in UTF-8")
    return text


def instant(text: str) -> datetime:
    """Return an instant in UTC; it is written with its offset."""
    try:
        found = datetime.fromisoformat(text)
        if found.utcoffset() is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # told below
    raise argparse.ArgumentTypeError("an instant is written like 2026-05-01T00:00:00+08:00")
