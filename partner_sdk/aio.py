"""The client for asyncio: the same questions, the same verification, the same rules as ``partner_sdk.client``.

Responsible for: sending, deadlines, the one retry, and keeping what was seen, without blocking the loop.
Not responsible for: what is sent and whether the reply holds (``partner_sdk.correspondence``).

Rule kept here: whatever fetches trust or writes to the trust store runs in a thread;
reading one small file of the trust store does not.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import grpc.aio

from partner_sdk.actions import Action, Role
from partner_sdk.answer import Answer, RefusedQuestion
from partner_sdk.client import DEFAULT_TIMEOUT_SECONDS, utc_now
from partner_sdk.connection import open_async_channel, open_channel
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
from partner_sdk.trust_store import TrustStore, no_turn

_Reading = TypeVar("_Reading", Reading, StandingReading)


class AsyncGateway:
    """A connection to a gateway on behalf of one partner, for the tasks of one event loop."""

    def __init__(
        self, identity: Identity, *, timeout_seconds: float, clock: Callable[[], datetime]
    ) -> None:
        """Use ``connect`` instead, unless the identity was read already; a loop must be running."""
        self._timeout = timeout_seconds
        self._correspondent = Correspondent(identity, clock)
        self._store = TrustStore(identity.trust_store)
        self._channel = open_async_channel(identity)
        self._methods: dict[str, grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]] = {
            name: self._channel.unary_unary(name) for name in METHODS
        }
        # TUF's client is synchronous: it has a channel of its own and runs in a thread, one at a time.
        self._trust_channel = open_channel(identity)
        self._trust = TrustSource(
            self._trust_channel,
            self._store,
            pinned_root=identity.pinned_root,
            clock=clock,
            address=identity.gateway,
        )
        self._fetching = asyncio.Lock()

    @classmethod
    def connect(
        cls,
        target: str | None = None,
        identity: str | Path = "identity.toml",
        *,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        clock: Callable[[], datetime] = utc_now,
    ) -> Self:
        """Prepare a connection, as ``Gateway.connect`` does; a loop must be running.

        Raises:
            ConfigurationError: the identity or the trust store is unusable; every problem is listed.
        """
        return cls(
            load_identity(identity, gateway=target), timeout_seconds=timeout_seconds, clock=clock
        )

    async def may(
        self,
        document: Document,
        action: Action,
        *,
        role: Role | str | None = None,
        timeout_seconds: float | None = None,
    ) -> Answer:
        """Ask whether the party with ``document`` may do ``action``, as ``Gateway.may`` does.

        Raises:
            NotAnsweredError: there is no answer; the subclass and ``retryable`` say what to do.
            QuestionRefusedError: the gateway refuses this question, or it is none and nothing was sent.
            UnknownActionError: nobody defined the action; nothing was sent.
            VerificationError: the reply must not be believed.
            ConfigurationError: the trust store cannot be used.
        """
        question = Question(document, action, role)
        correspondent = self._correspondent
        write = partial(correspondent.write, question)
        return only_answer(await self._ask(write, correspondent.read, timeout_seconds))

    async def may_each(
        self, questions: Iterable[Question], *, timeout_seconds: float | None = None
    ) -> list[Answer | RefusedQuestion]:
        """Ask several questions at once, as ``Gateway.may_each`` does; the answers come in their order.

        Raises:
            NotAnsweredError: there are no answers; the subclass and ``retryable`` say what to do.
            QuestionRefusedError: the gateway refuses a whole call, or one of the questions is none.
            UnknownActionError: nobody defined the action of a question; its call was not made.
            VerificationError: a reply must not be believed.
            ConfigurationError: the trust store cannot be used.
        """
        answers: list[Answer | RefusedQuestion] = []
        for batch in batches_of(questions):
            reading = await self._ask(
                partial(self._correspondent.write_batch, batch),
                self._correspondent.read,
                timeout_seconds,
            )
            answers.extend(reading.answers)
        return answers

    async def standing(
        self, document: Document, *, timeout_seconds: float | None = None
    ) -> Standing:
        """Ask on which public lists an organisation stands, as ``Gateway.standing`` does.

        Raises:
            PersonDocumentError: a natural person may have such a document; nothing was sent.
            NotAnsweredError: there is no answer; the subclass and ``retryable`` say what to do.
            QuestionRefusedError: the gateway refuses this question.
            VerificationError: the reply must not be believed.
            ConfigurationError: the trust store cannot be used.
        """
        write = partial(self._correspondent.write_standing, StandingQuestion(document))
        reading = await self._ask(write, self._correspondent.read_standing, timeout_seconds)
        return reading.standing

    async def close(self) -> None:
        """Close the connection."""
        await self._channel.close()
        await asyncio.to_thread(self._trust_channel.close)

    async def __aenter__(self) -> Self:
        """Return the connection itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        await self.close()

    async def _ask(
        self,
        write: Callable[[int], Letter],
        read: Callable[[Letter, bytes, Trust], _Reading],
        timeout_seconds: float | None,
    ) -> _Reading:
        deadline = time.monotonic() + (
            self._timeout if timeout_seconds is None else timeout_seconds
        )
        trust = await self._current_trust(deadline)
        try:
            letter, reply = await self._deliver(write, deadline)
        except GatewayUnreachableError:
            letter, reply = await self._deliver(write, deadline)
        try:
            reading = read(letter, reply, trust)
        except (UnknownKeyError, KeyTermError):
            async with self._turn(deadline):
                renewed = await asyncio.to_thread(self._trust.renewed, trust, deadline)
            if renewed is None:
                raise
            reading = read(letter, reply, renewed)
        if reading.snapshot > letter.least_snapshot:
            await asyncio.to_thread(self._store.record_snapshot, reading.snapshot, deadline)
        return reading

    async def _current_trust(self, deadline: float) -> Trust:
        cached = self._trust.cached()
        if cached is not None:
            return cached
        async with self._turn(deadline):
            return await asyncio.to_thread(self._trust.current, deadline)

    @asynccontextmanager
    async def _turn(self, deadline: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                await self._fetching.acquire()
        except TimeoutError:
            raise no_turn() from None
        try:
            yield
        finally:
            self._fetching.release()

    async def _deliver(
        self, write: Callable[[int], Letter], deadline: float
    ) -> tuple[Letter, bytes]:
        letter = write(self._store.highest_snapshot())
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            message = "no time was left to ask; allow more time"
            raise DeadlineError(message)
        try:
            return letter, await self._methods[letter.method](letter.content, timeout=remaining)
        except grpc.aio.AioRpcError as failure:
            raise error_of_call(failure) from None
