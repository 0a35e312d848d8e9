"""One line on standard error, from whatever command.

Rule kept here: what is wrong is said as well as it can be; that nobody can read it changes nothing.
"""

import contextlib
import sys


def complain(message: str) -> None:
    """Say what is wrong; standard error may be closed, full, or read by nobody any more."""
    with contextlib.suppress(OSError, AttributeError, ValueError):  # None, or closed, is no stream
        sys.stderr.write(f"jointgate: {message}\n")
        sys.stderr.flush()
