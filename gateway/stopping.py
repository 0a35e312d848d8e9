"""What tells a process that serves to stop: SIGTERM, SIGINT, and SIGHUP where that is not ignored, as nohup does.

Responsible for: setting an event, as often as a signal comes.
Not responsible for: short commands, which are ended where they are (`gateway.cli.ending_signals`), nor for draining.
"""

import signal
import threading


def stop_when_ended(stopping: threading.Event) -> None:
    """Set ``stopping`` when a signal asks to stop; a second one changes nothing while the first is obeyed."""
    numbers = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    for number in numbers:
        signal.signal(number, lambda *_: stopping.set())
