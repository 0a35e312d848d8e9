"""The subject's view: a party with a receipt and its document reads the record of its listings.

Responsible for: who gets an answer, how often, and that everybody else gets the same refusal.
Not responsible for: verifying receipts (`subject_receipts.py`), counting (`attempts.py`), which part of a record is a
party's own (`subject_own.py`), the words (`subject_telling.py`), or the server and its certificate (`serving.py`).

Rules kept here:

- Nobody is named: the receipt says which listings, the document says whose.
- Whatever there is to show nothing for is refused in one and the same way: the same reason, code, text and size.
  The work is the same as far as it goes: an attempt is taken and every listing is read before anything is compared,
  and documents are compared as digests, in constant time and to the end.
- Of a listing that names somebody else by now, or did in between, nothing is told of that time: what the authority
  corrected is another party's.
- A receipt that does not verify takes no attempt: it could name anything, and there is no end of such receipts.
- Nothing of a document, a receipt or a listing stands in a log, an error or a metric.
"""

from __future__ import annotations

import hmac
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import wraps
from hashlib import sha256
from itertools import chain, takewhile
from time import monotonic
from typing import TYPE_CHECKING

import grpc

from gateway.errors import AnswerError, Reason
from gateway.register.errors import DatabaseError, UnknownReferenceError
from gateway.register_service.subject_own import Shown, narrowed
from gateway.register_service.subject_receipts import ReceiptError
from gateway.register_service.subject_telling import tell
from gateway.register_service.subject_words import EXHAUSTED, NO_RECORD
from gateway.transport.status import answering
from gateway.transport.wire import parse_party, parse_strictly
from jointgate.register.v1 import subject_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gateway.clock import Clock
    from gateway.register.listing_record import ListingRecord
    from gateway.register.reading import RegisterView
    from gateway.register.register import Register
    from gateway.register_service.subject_receipts import ReceiptVerifier, VerifiedReceipt
    from sanctions_matrix.documents import Document
    from sanctions_matrix.pack import Pack

    _View = Callable[["SubjectService", bytes, grpc.ServicerContext], bytes]

SERVICE = "jointgate.register.v1.SubjectService"
MAX_REQUEST_BYTES = 1024 * 1024
"""Longest request, in bytes."""
LONGEST_LEASE = timedelta(days=1)
"""So old may be what a gateway answered from: a listing that named a document until then may have restricted it."""

_CONCURRENT = 4
_A_SECOND = 10.0
_BURST = 40.0


class Throttle:
    """So many views at once, and so many a second, whoever asks: the register has other work."""

    def __init__(
        self,
        *,
        concurrent: int = _CONCURRENT,
        a_second: float = _A_SECOND,
        burst: float = _BURST,
        timer: Callable[[], float] = monotonic,
    ) -> None:
        """Let `burst` views pass at first, then `a_second`; `timer` returns seconds that only grow."""
        self._free = threading.BoundedSemaphore(concurrent)
        self._lock = threading.Lock()
        self._a_second = a_second
        self._burst = burst
        self._timer = timer
        self._left = burst
        self._filled_at = timer()

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Hold a place while a view is answered.

        Raises:
            AnswerError: there is none now; nothing was looked at.
        """
        if not self._take():
            raise _overloaded()
        if not self._free.acquire(blocking=False):
            raise _overloaded()
        try:
            yield
        finally:
            self._free.release()

    def _take(self) -> bool:
        with self._lock:
            now = self._timer()
            self._left = min(self._burst, self._left + (now - self._filled_at) * self._a_second)
            self._filled_at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True


def _telling_when_the_register_is_away(view: _View) -> _View:
    @wraps(view)
    def told(service: SubjectService, raw: bytes, context: grpc.ServicerContext) -> bytes:
        try:
            return view(service, raw, context)
        except DatabaseError:
            message = "the register cannot be read now; ask again in a moment"
            raise AnswerError(Reason.REGISTER_UNAVAILABLE, message) from None

    return told


class SubjectService:
    """Answers parties from one register."""

    def __init__(  # noqa: PLR0913 - the composition root gives every part by name
        self,
        *,
        register: Register,
        pack: Pack | None,
        verifier: ReceiptVerifier,
        clock: Clock,
        attempts_a_day: int,
        throttle: Throttle | None = None,
    ) -> None:
        """Keep the parts.

        Args:
            register: where the listings are.
            pack: the tables that give the words; None where the site has none that are sound.
            verifier: knows the site's receipts.
            clock: the current instant.
            attempts_a_day: how often a day one receipt may be shown with a document that is not its party's.
            throttle: bounds all views together.
        """
        self._register = register
        self._pack = pack
        self._verifier = verifier
        self._clock = clock
        self._attempts = register.attempts(a_day=attempts_a_day)
        self._throttle = throttle or Throttle()

    def handler(self) -> grpc.GenericRpcHandler:
        """Return the service for a gRPC server."""
        return grpc.method_handlers_generic_handler(
            SERVICE, {"View": grpc.unary_unary_rpc_method_handler(answering(self.view))}
        )

    @_telling_when_the_register_is_away
    def view(self, raw: bytes, _: grpc.ServicerContext) -> bytes:
        """Return the record of the listings that the receipt names and whose documents include the given one.

        Raises:
            AnswerError: there is nothing to show, the day's attempts are used up, too many ask, the database does not
                answer, or the request is no such request.
        """
        with self._throttle.passing():
            request = parse_strictly(pb.ViewRequest, raw, limit=MAX_REQUEST_BYTES)
            document = parse_party(request.document)
            at = self._clock()
            try:
                receipt = self._verifier.verify(request.receipt)
            except ReceiptError:
                raise _no_record() from None
            with self._attempts.taken(receipt.digest, at) as attempt:
                if attempt is None:
                    raise _exhausted(at)
                shown = self._matching(receipt, document, at)
                if shown:
                    attempt.give_back()
            if not shown:
                raise _no_record()
            told = [tell(one, self._pack, at) for one in shown]
            return pb.ViewResponse(listings=told, as_of=at).SerializeToString(deterministic=True)

    def _matching(
        self, receipt: VerifiedReceipt, document: Document, at: datetime
    ) -> Sequence[Shown]:
        """Return those listings of the receipt that name the document, or named it in the lease until the decision."""
        references = dict.fromkeys(one.listing_reference for one in receipt.decision.grounds)
        given = _Given(document)
        found = []
        with self._register.view() as view:
            for reference in references:
                try:
                    record = view.show(reference)
                except UnknownReferenceError:
                    continue
                # Every digest is compared, whatever came before it.
                if given.is_among(_named(record, receipt.evaluated_at)):
                    found.append(_narrowed(view, record, given, at))
        return found


class _Given:
    """The document that was shown."""

    def __init__(self, document: Document) -> None:
        self._digest = _digest(document)

    def is_among(self, documents: Iterable[Document]) -> bool:
        """Tell whether it is one of them, in constant time and to the end."""
        matches = [hmac.compare_digest(_digest(one), self._digest) for one in documents]
        return any(matches)


def _named(record: ListingRecord, decided_at: datetime) -> Sequence[Document]:
    """Return what the listing names, and all that it named from a lease before the decision until the decision."""
    before = decided_at - LONGEST_LEASE
    decided = [*takewhile(lambda one: one.at <= decided_at, record.history)]
    # In force a lease before was the last that had happened by then.
    first = sum(one.at <= before for one in decided) - 1
    named = (one.documents for one in decided[max(first, 0) :])
    return [*record.documents, *chain.from_iterable(named)]


def _narrowed(view: RegisterView, record: ListingRecord, given: _Given, at: datetime) -> Shown:
    """Leave out everything of when the listing did not name the document; `at` (aware) is now."""
    is_own = [given.is_among(one.documents) for one in record.history]
    if is_own[-1]:
        return narrowed(record, is_own, at)
    place = len(is_own) - is_own[::-1].index(True)
    corrected = record.history[place]
    last = view.show(record.reference, before=corrected.seq)
    shown = narrowed(last, is_own[: len(last.history)], None)
    if last.ended_at is not None:
        return shown
    # For who is not named any more it is over, and with it whatever was owed.
    owed = tuple(one.closed(corrected.at) for one in shown.record.deadlines)
    ended = replace(shown.record, ended_at=corrected.at, deadlines=owed)
    return Shown(ended, corrected.at)


def _digest(document: Document) -> bytes:
    return sha256(f"{document.type}|{document.number}".encode()).digest()


def _no_record() -> AnswerError:
    return AnswerError(Reason.NO_RECORD, NO_RECORD.en)


def _exhausted(at: datetime) -> AnswerError:
    tomorrow = datetime.combine(at.date() + timedelta(days=1), time(), UTC)
    left = (tomorrow - at).total_seconds()
    return AnswerError(Reason.ATTEMPTS_EXHAUSTED, EXHAUSTED.en, retry_seconds=left)


def _overloaded() -> AnswerError:
    message = "too many ask for their records now; ask again in a moment"
    return AnswerError(Reason.OVERLOADED, message)
