"""SIGTERM and SIGHUP as an exception, so that a command that is ended leaves nothing half done behind.

Responsible for: raising the first of them where the command is, and the exit status that tells which it was.
Not responsible for: commands that end by themselves when asked to, as servers do; they replace these reactions.

Rules kept here:

- After the first one no other interrupts what cleans up.
- Who starts a command with a signal ignored, as nohup does, means it.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_SIGNALLED = 128


class Ended(KeyboardInterrupt):
    """A signal ends the command; like an interruption from the keyboard it is no failure that anybody handles."""

    def __init__(self, number: int) -> None:
        """Keep the signal's number."""
        self.name = signal.Signals(number).name
        self.status = _SIGNALLED + number
        super().__init__(self.name)


@contextmanager
def raised_when_ended() -> Iterator[None]:
    """Raise `Ended` where the main thread is when one of the signals comes.

    Raises:
        Ended: one came.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    is_over = False

    def arrive(number: int, _frame: FrameType | None) -> None:
        nonlocal is_over
        if not is_over:
            is_over = True
            raise Ended(number)

    replaced = [one for one in _SIGNALS if signal.getsignal(one) is signal.SIG_DFL]
    for one in replaced:
        signal.signal(one, arrive)
    try:
        yield
    finally:
        for one in replaced:
            if signal.getsignal(one) is arrive:  # and not what a server put there
                signal.signal(one, signal.SIG_DFL)
