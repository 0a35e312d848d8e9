"""Tests of what a partner's program works with."""

from collections.abc import Callable, Sequence

import pytest

from partner_sdk.actions import AirTravel
from partner_sdk.answer import Answer, RefusedQuestion
from partner_sdk.documents import Document
from partner_sdk.question import Question
from partner_sdk.testing import FakeGateway

Ask = Callable[[Question], Answer]
AskEach = Callable[[Sequence[Question]], tuple[Answer | RefusedQuestion, ...]]


def test_an_answer_is_neither_true_nor_false(
    ask: Ask, fake: FakeGateway, document: Document
) -> None:
    """Forgetting to ask for the outcome raises instead of turning a restriction into a yes."""
    fake.script.restrict(document)
    answer = ask(Question(document, AirTravel()))
    with pytest.raises(TypeError, match="permitted"):
        bool(answer)


def test_a_refused_question_is_neither_true_nor_false(
    ask_each: AskEach, fake: FakeGateway, document: Document
) -> None:
    """A refusal in a list cannot pass for a yes or a no either, and tells itself from an answer."""
    fake.script.refuse(document, "OVERLOADED")
    (refused,) = ask_each([Question(document, AirTravel())])
    assert not refused.answered
    with pytest.raises(TypeError):
        bool(refused)


def test_an_answer_explains_itself(ask: Ask, fake: FakeGateway, document: Document) -> None:
    """The words of both languages name the authority to turn to."""
    fake.script.restrict(document)
    answer = ask(Question(document, AirTravel()))
    assert answer.answered
    assert answer.explanation.startswith("Restricted")
    assert "Fake Court" in answer.explanation_in("zh")
    assert answer.grounds[0].list_id == "fake-list"
    assert answer.evaluated_at < answer.expires_at


def test_an_answer_does_not_show_the_document(ask: Ask, document: Document) -> None:
    """No representation of an answer holds the number."""
    assert document.number not in repr(ask(Question(document, AirTravel())))
