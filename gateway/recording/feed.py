"""The worker's side: one thread that empties the queue towards the recorder.

Responsible for: delivering in order, again after an interruption, and the last delivery within the drain time.
Not responsible for: what is recorded (``gateway.transport.decisions``), or what the recorder does with it.

The threads that answer touch the queue only; nothing here makes them wait, whatever the recorder does.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from gateway.clock import system_clock
from gateway.recording.gaps import Gap, GapCause, GapSigner, microseconds_at
from gateway.recording.link import Link, SocketLink
from gateway.recording.queue import Loss, RecordQueue, Run
from gateway.recording.records import AnswerRecorder, NullRecorder
from gateway.recording.streams import StreamMark, new_stream
from gateway.recording.wire import Batch, Frame, Goodbye, Hello, Idle, LinkError, Lost

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.config import Settings
    from gateway.decision.signatures import DecisionSigner

BATCH = 500
"""Records that are delivered and committed at once."""
_FLUSH_SECONDS = 0.2
_RETRY_SECONDS = 0.5
_IDLE_FLUSHES = 5
_LEAST_DRAIN_SECONDS = 1.0
_SAID_AFTER_SECONDS = 10.0
_log = logging.getLogger(__name__)


class Delivery:
    """Empties one queue over one link after the other; used by one thread."""

    def __init__(
        self,
        queue: RecordQueue,
        signer: GapSigner,
        connect: Callable[[], Link],
        *,
        stream: bytes,
        opened_at: int,
    ) -> None:
        """Keep the parts; ``connect`` is called whenever there is no link.

        Args:
            queue: what is emptied.
            signer: signs what was lost.
            connect: returns a link, or raises ``LinkError``.
            stream: this run, 16 bytes.
            opened_at: when it began, microseconds since 1970-01-01 UTC.
        """
        self._queue = queue
        self._signer = signer
        self._connect = connect
        self._stream = stream
        self._opened_at = opened_at
        self._link: Link | None = None

    def deliver(self) -> bool:
        """Deliver all that waits; returns whether there was anything.

        Raises:
            LinkError: the recorder is away; what is not acknowledged stays in the queue.
        """
        is_busy = False
        if self._link is None:
            self._exchange(Hello(self._stream, self._opened_at, self._queue.head_seq))
        while (part := self._queue.take(BATCH)) is not None:
            self._exchange(self._frame(part))
            is_busy = True
        return is_busy

    def touch(self) -> None:
        """Tell up to when nothing waits, if so: should this worker be killed, the gap begins there.

        Raises:
            LinkError: the recorder is away.
        """
        if (until := self._queue.idle_since()) is not None:
            self._exchange(Idle(until))

    def leave(self) -> None:
        """Deliver all that waits, and end the run.

        Raises:
            LinkError: the recorder is away; the run is not ended.
        """
        self.deliver()
        self._exchange(Goodbye(self._queue.next_seq))

    def _frame(self, part: Run | Loss) -> Frame:
        if isinstance(part, Run):
            return Batch(part.first, part.records, part.until)
        gap = Gap(
            stream=self._stream,
            first=part.first,
            lost=part.count,
            starts_at=part.starts_at,
            ends_at=part.ends_at,
            cause=GapCause.QUEUE_FULL,
        )
        return Lost(part.first, part.next_seq, self._signer.sign(gap))

    def _exchange(self, frame: Frame) -> None:
        try:
            if self._link is None:
                self._link = self._connect()
            ack = self._link.exchange(frame)
        except LinkError:
            self.drop()
            raise
        self._queue.acknowledge(ack.next_seq)

    def drop(self) -> None:
        """Close the link, if there is one."""
        if self._link is not None:
            self._link.close()
            self._link = None


class _Outage:
    """Says once that the recorder is away, and only when it does not come by itself as it does at a start."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._is_said = False

    def goes_on(self, problem: str) -> None:
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        if now - self._since >= _SAID_AFTER_SECONDS and not self._is_said:
            _log.warning("%s", problem)
            self._is_said = True

    def is_over(self) -> None:
        self._since, self._is_said = None, False


class Recording:
    """A worker's recording: its queue, its thread, its mark."""

    def __init__(self, settings: Settings, signer: DecisionSigner) -> None:
        """Begin to record; a folder that cannot be written to does not keep the worker from answering."""
        self._stopping = threading.Event()
        self._deadline = float("inf")
        opened_at = _now()
        folder = settings.root / "recording"
        self._mark = _marked(folder, opened_at)
        self._queue = RecordQueue(settings.records.queue, _now)
        self._delivery = Delivery(
            self._queue,
            GapSigner(signer, settings.issuer),
            lambda: SocketLink(folder, self._is_over),
            stream=self._mark.stream if self._mark else new_stream(),
            opened_at=opened_at,
        )
        self._has_left = False
        self._thread = threading.Thread(target=self._run, name="records", daemon=True)
        self._thread.start()

    @property
    def recorder(self) -> AnswerRecorder:
        """Where the threads that answer hand records over."""
        return self._queue

    def close(self, seconds: float) -> None:
        """Deliver what waits within ``seconds``, at least one; leave word of what could not be delivered."""
        self._deadline = time.monotonic() + max(seconds, _LEAST_DRAIN_SECONDS)
        self._stopping.set()
        self._thread.join()
        waiting = self._queue.next_seq - self._queue.head_seq
        if self._mark is not None:
            if not self._has_left:
                self._mark.leave(ended_at=_now(), next_seq=self._queue.next_seq)
            self._mark.close()
        elif waiting:
            _log.error("%d records are lost, and no gap could be written for them", waiting)

    def _is_over(self) -> bool:
        return time.monotonic() > self._deadline

    def _run(self) -> None:
        quiet, pause = 0, _FLUSH_SECONDS
        outage = _Outage()
        while not self._stopping.wait(pause):
            try:
                quiet = 0 if self._delivery.deliver() else quiet + 1
                if quiet >= _IDLE_FLUSHES:
                    self._delivery.touch()
                    quiet = 0
            except LinkError as error:
                outage.goes_on(str(error))
                pause = _RETRY_SECONDS
            else:
                outage.is_over()
                pause = _FLUSH_SECONDS
        self._leave()

    def _leave(self) -> None:
        while not self._has_left and not self._is_over():
            try:
                self._delivery.leave()
                self._has_left = True
            except LinkError:
                time.sleep(_FLUSH_SECONDS)
        self._delivery.drop()


class NoRecording:
    """The recording of a site whose records are switched off."""

    recorder: AnswerRecorder = NullRecorder()

    def close(self, seconds: float) -> None:
        """There is nothing to deliver."""


def start_recording(settings: Settings, signer: DecisionSigner) -> Recording | NoRecording:
    """Return what takes this worker's records; close it when the last answer was given."""
    return Recording(settings, signer) if settings.records.enabled else NoRecording()


def _marked(folder: Path, opened_at: int) -> StreamMark | None:
    try:
        return StreamMark(folder, opened_at=opened_at)
    except OSError as error:
        _log.warning(
            "%s: a worker's mark cannot be written (%s); if the worker is killed now, nobody may notice what is lost",
            folder,
            error.strerror,
        )
        return None


def _now() -> int:
    return microseconds_at(system_clock())
