"""Ctrl-C and SIGTERM at moments when everything started so far is known.

Responsible for: turning the first signal into one ``KeyboardInterrupt``, later when something is just being started.
Not responsible for: cleaning up.

Rule kept here: after the first signal no other one interrupts what cleans up.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruptions:
    """Catches the signals that end a program while it is used in a ``with`` statement."""

    def __init__(self) -> None:
        self._is_deferred = False
        self._is_due = False
        self._is_over = False
        self._before = {
            number: handler
            for number in _SIGNALS
            # Who starts us with a signal ignored, as nohup does, means it.
            if (handler := signal.getsignal(number)) is not signal.SIG_IGN
        }

    def __enter__(self) -> Self:
        """Begin to catch."""
        for number in self._before:
            signal.signal(number, self._arrive)
        return self

    def __exit__(self, *_: object) -> None:
        """Put back what was there before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Let signals wait until the end of the block, so that what it starts is also noted down."""
        self._is_deferred = True
        try:
            yield
        finally:
            self._is_deferred = False
            if self._is_due:
                self._raise()

    def ignore(self) -> None:
        """Ignore signals from now on."""
        self._is_over = True

    def _arrive(self, _number: int, _frame: FrameType | None) -> None:
        if self._is_deferred:
            self._is_due = True
        else:
            self._raise()

    def _raise(self) -> None:
        if not self._is_over:
            self._is_over = True
            raise KeyboardInterrupt
