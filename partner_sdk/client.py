"""The client: ask a gateway, get a verified answer.

Responsible for: sending, deadlines, the one retry, and keeping what was seen.
Not responsible for: what is sent and whether the reply holds (``partner_sdk.correspondence``).

Rules kept here:

- Every call has a deadline of its own, and everything that an answer needs happens before it.
- Asked again is at most once, when no gateway was reached, with a fresh question; a refusal is never asked again.
- The snapshot's number is on disk before the answer is handed out.
"""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import grpc

from partner_sdk.actions import Action, Role
from partner_sdk.answer import Answer, RefusedQuestion
from partner_sdk.connection import open_channel
from partner_sdk.correspondence import (
    METHODS,
    Correspondent,
    Letter,
    Reading,
    StandingReading,
    batches_of,
    only_answer,
)
from partner_sdk.documents import Document
from partner_sdk.errors import DeadlineError, GatewayUnreachableError, KeyTermError, UnknownKeyError
from partner_sdk.identity import Identity, load_identity
from partner_sdk.lookup import StandingQuestion
from partner_sdk.question import Question
from partner_sdk.refusals import error_of_call
from partner_sdk.standing import Standing
from partner_sdk.trust import Trust, TrustSource
from partner_sdk.trust_store import TrustStore

DEFAULT_TIMEOUT_SECONDS = 2.0
"""How long a call may take when nothing else is said, in seconds."""


_Reading = TypeVar("_Reading", Reading, StandingReading)


def utc_now() -> datetime:
    """Return the present, aware UTC."""
    return datetime.now(UTC)


class Gateway:
    """A connection to a gateway on behalf of one partner; may be used from several threads."""

    def __init__(
        self, identity: Identity, *, timeout_seconds: float, clock: Callable[[], datetime]
    ) -> None:
        """Use ``connect`` instead, unless the identity was read already."""
        self._timeout = timeout_seconds
        self._correspondent = Correspondent(identity, clock)
        self._store = TrustStore(identity.trust_store)
        self._channel = open_channel(identity)
        self._methods: dict[str, grpc.UnaryUnaryMultiCallable[bytes, bytes]] = {
            name: self._channel.unary_unary(name) for name in METHODS
        }
        self._trust = TrustSource(
            self._channel,
            self._store,
            pinned_root=identity.pinned_root,
            clock=clock,
            address=identity.gateway,
        )

    @classmethod
    def connect(
        cls,
        target: str | None = None,
        identity: str | Path = "identity.toml",
        *,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        clock: Callable[[], datetime] = utc_now,
    ) -> Self:
        """Prepare a connection; it is made with the first question.

        Args:
            target: the gateway's address, ``host:port``; None takes the identity file's.
            identity: the path of the identity file.
            timeout_seconds: how long a call may take.
            clock: returns the present, aware.

        Raises:
            ConfigurationError: the identity or the trust store is unusable; every problem is listed.
        """
        return cls(
            load_identity(identity, gateway=target), timeout_seconds=timeout_seconds, clock=clock
        )

    def may(
        self,
        document: Document,
        action: Action,
        *,
        role: Role | str | None = None,
        timeout_seconds: float | None = None,
    ) -> Answer:
        """Ask whether the party with ``document`` may do ``action``.

        Args:
            document: the party's document.
            action: what it wants to do.
            role: in which role it stands to the action; None takes the action's default role.
            timeout_seconds: how long the call may take; None takes the connection's.

        Raises:
            NotAnsweredError: there is no answer; the subclass and ``retryable`` say what to do.
            QuestionRefusedError: the gateway refuses this question, or it is none and nothing was sent.
            UnknownActionError: nobody defined the action; nothing was sent.
            VerificationError: the reply must not be believed.
            ConfigurationError: the trust store cannot be used.
        """
        question = Question(document, action, role)
        correspondent = self._correspondent
        return only_answer(
            self._ask(partial(correspondent.write, question), correspondent.read, timeout_seconds)
        )

    def may_each(
        self, questions: Iterable[Question], *, timeout_seconds: float | None = None
    ) -> list[Answer | RefusedQuestion]:
        """Ask several questions at once; the answers come in their order.

        One signature covers up to 1,000 questions; more are asked in several calls.

        Args:
            questions: what to ask.
            timeout_seconds: how long each call may take; None takes the connection's.

        Raises:
            NotAnsweredError: there are no answers; the subclass and ``retryable`` say what to do.
            QuestionRefusedError: the gateway refuses a whole call, or one of the questions is none.
            UnknownActionError: nobody defined the action of a question; its call was not made.
            VerificationError: a reply must not be believed.
            ConfigurationError: the trust store cannot be used.
        """
        answers: list[Answer | RefusedQuestion] = []
        for batch in batches_of(questions):
            reading = self._ask(
                partial(self._correspondent.write_batch, batch),
                self._correspondent.read,
                timeout_seconds,
            )
            answers.extend(reading.answers)
        return answers

    def standing(self, document: Document, *, timeout_seconds: float | None = None) -> Standing:
        """Ask on which public lists, black and red, the organisation with ``document`` stands.

        Args:
            document: of a type that only organisations have, a ``SocialCreditCode``.
            timeout_seconds: how long the call may take; None takes the connection's.

        Raises:
            PersonDocumentError: a natural person may have such a document; nothing was sent.
            NotAnsweredError: there is no answer; the subclass and ``retryable`` say what to do.
            QuestionRefusedError: the gateway refuses this question.
            VerificationError: the reply must not be believed.
            ConfigurationError: the trust store cannot be used.
        """
        write = partial(self._correspondent.write_standing, StandingQuestion(document))
        return self._ask(write, self._correspondent.read_standing, timeout_seconds).standing

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()

    def __enter__(self) -> Self:
        """Return the connection itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self.close()

    def _ask(
        self,
        write: Callable[[int], Letter],
        read: Callable[[Letter, bytes, Trust], _Reading],
        timeout_seconds: float | None,
    ) -> _Reading:
        deadline = time.monotonic() + (
            self._timeout if timeout_seconds is None else timeout_seconds
        )
        trust = self._trust.current(deadline)
        try:
            letter, reply = self._deliver(write, deadline)
        except GatewayUnreachableError:
            letter, reply = self._deliver(write, deadline)
        try:
            reading = read(letter, reply, trust)
        except (UnknownKeyError, KeyTermError):
            renewed = self._trust.renewed(trust, deadline)
            if renewed is None:
                raise
            reading = read(letter, reply, renewed)
        self._store.record_snapshot(reading.snapshot, deadline)
        return reading

    def _deliver(self, write: Callable[[int], Letter], deadline: float) -> tuple[Letter, bytes]:
        letter = write(self._store.highest_snapshot())
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            message = "no time was left to ask; allow more time"
            raise DeadlineError(message)
        try:
            return letter, self._methods[letter.method](letter.content, timeout=remaining)
        except grpc.RpcError as failure:
            raise error_of_call(failure) from None
