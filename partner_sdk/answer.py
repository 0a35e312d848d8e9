"""Answers: what a partner's program works with.

Responsible for: the verified answer to a question, and the word that one question of a batch got none.
Not responsible for: verification; whoever holds an ``Answer`` holds a verified one.

Rule kept here: an answer has no truth value, so that ``if gateway.may(...)`` cannot turn a restriction into a yes.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Never

from partner_sdk.commendation import Commendation
from partner_sdk.decision import Decision, Ground, Outcome
from partner_sdk.errors import NotAnsweredError, QuestionRefusedError
from partner_sdk.evidence import Evidence
from partner_sdk.parts import Language
from partner_sdk.receipt import Receipt, cut_receipt
from partner_sdk.refusals import error_of_reason
from partner_sdk.verification import Refusal, Verified


@dataclass(frozen=True, slots=True)
class Answer:
    """A gateway's verified answer to one question.

    Attributes:
        decision: everything the gateway said.
    """

    decision: Decision
    _item: Verified = field(repr=False)
    _evidence: Evidence = field(repr=False)

    @property
    def answered(self) -> Literal[True]:
        """True: there is an answer; tells it from a ``RefusedQuestion`` in a list."""
        return True

    @property
    def outcome(self) -> Outcome:
        """What was decided."""
        return self.decision.outcome

    @property
    def permitted(self) -> bool:
        """Whether no listing in force forbids the action."""
        return self.outcome is Outcome.PERMITTED

    @property
    def restricted(self) -> bool:
        """Whether a listing in force forbids the action."""
        return self.outcome is Outcome.RESTRICTED

    @property
    def referred(self) -> bool:
        """Whether a person has to decide."""
        return self.outcome is Outcome.REFERRED

    @property
    def grounds(self) -> tuple[Ground, ...]:
        """Every ground; empty exactly when permitted."""
        return self.decision.grounds

    @property
    def commendations(self) -> tuple[Commendation, ...]:
        """The red lists on which an organisation stands; they have no part in the outcome."""
        return self.decision.commendations

    @property
    def explanation(self) -> str:
        """The outcome, its grounds and any commendations in English words."""
        return self.explanation_in("en")

    def explanation_in(self, language: Language) -> str:
        """Return the same in words of ``language``.

        Raises:
            ValueError: ``language`` is neither "en" nor "zh".
        """
        return self.decision.explain(language)

    @property
    def evaluated_at(self) -> datetime:
        """The instant for which was decided, aware UTC."""
        return self.decision.evaluated_at

    @property
    def expires_at(self) -> datetime:
        """From this instant on the answer must not be relied on, aware UTC."""
        return self.decision.expires_at

    def receipt(self) -> Receipt:
        """Return the receipt, which can be handed on and verified alone."""
        return cut_receipt(self._item, self._evidence)

    def __bool__(self) -> Never:
        """Refuse to be taken for a yes or a no.

        Raises:
            TypeError: always.
        """
        problem = (
            "an answer is neither true nor false; ask for .permitted, .restricted or .referred"
        )
        raise TypeError(problem)


@dataclass(frozen=True, slots=True)
class RefusedQuestion:
    """One question of a batch that got no answer; this says nothing about the party.

    Attributes:
        reason: the gateway's reason.
        error: the error that asking this question alone would have raised.
    """

    reason: str
    error: NotAnsweredError | QuestionRefusedError

    @property
    def answered(self) -> Literal[False]:
        """False: there is no answer."""
        return False

    def __bool__(self) -> Never:
        """Refuse to be taken for a yes or a no.

        Raises:
            TypeError: always.
        """
        problem = "a refused question is neither true nor false; look at .reason"
        raise TypeError(problem)


def present(item: Verified, evidence: Evidence) -> Answer | RefusedQuestion:
    """Return a verified item as what the partner's program gets."""
    content = item.content
    if isinstance(content, Refusal):
        return RefusedQuestion(content.reason, error_of_reason(content.reason, content.message))
    return Answer(content, item, evidence)
