"""Tests of what a partner's program works with."""

from collections.abc import Callable, Sequence

import pytest

from jointgate.decision.v1 import decision_pb2 as pb
from partner_sdk.actions import AirTravel
from partner_sdk.answer import Answer, RefusedQuestion
from partner_sdk.documents import Document, SocialCreditCode
from partner_sdk.errors import ContradictoryDecisionError
from partner_sdk.question import Question
from partner_sdk.receipt import Receipt, verify_receipt
from partner_sdk.testing import FakeGateway
from sanctions_matrix.synthetic import organisation_code

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


def test_a_language_that_is_not_spoken_names_those_that_are(ask: Ask, document: Document) -> None:
    """Another language than the two is an error that names them, and never English words under its name."""
    answer = ask(Question(document, AirTravel()))
    with pytest.raises(ValueError, match='"en" or "zh"'):
        answer.explanation_in("de")  # type: ignore[arg-type]  # which is what is tested


def test_a_person_is_never_commended(
    ask: Ask, ask_each: AskEach, fake: FakeGateway, document: Document
) -> None:
    """A decision about a natural person's document that carries a commendation is not believed, alone or in a batch."""
    organisation = SocialCreditCode(organisation_code(0))
    fake.script.commend(organisation)
    assert ask(Question(organisation, AirTravel())).commendations != ()
    on_wire = pb.Document(type=organisation.type, number=organisation.number)
    told = fake.script.commendations_for(on_wire)
    fake.before_signing = lambda decision: decision.commendations.extend(told)
    question = Question(document, AirTravel())
    with pytest.raises(ContradictoryDecisionError, match="natural person"):
        ask(question)
    with pytest.raises(ContradictoryDecisionError, match="natural person"):
        ask_each([question])


@pytest.mark.parametrize("outcome", ["permit", "restrict", "refer"])
def test_a_commendation_is_told_and_changes_nothing(
    ask: Ask, fake: FakeGateway, outcome: str
) -> None:
    """What speaks for an organisation stands beside every outcome, in both languages, and makes none of them better."""
    document = SocialCreditCode(organisation_code(0))
    getattr(fake.script, outcome)(document)
    plain = ask(Question(document, AirTravel()))
    fake.script.commend(document)
    answer = ask(Question(document, AirTravel()))
    assert plain.commendations == ()
    assert (answer.outcome, answer.grounds) == (plain.outcome, plain.grounds)
    assert [one.list_id for one in answer.commendations] == ["fake-red-list"]
    assert answer.explanation.splitlines()[:-1] == plain.explanation.splitlines()
    assert "Commended, without effect on the outcome" in answer.explanation
    assert "红名单（不影响本决定）" in answer.explanation_in("zh")


def test_a_receipt_keeps_the_commendations(ask: Ask, fake: FakeGateway) -> None:
    """They are part of what was signed."""
    document = SocialCreditCode(organisation_code(0))
    fake.script.commend(document)
    answer = ask(Question(document, AirTravel()))
    kept = verify_receipt(Receipt.from_bytes(answer.receipt().to_bytes()), fake.trust.first_root)
    assert kept.commendations == answer.commendations != ()


def test_an_answer_does_not_show_the_document(ask: Ask, document: Document) -> None:
    """No representation of an answer holds the number."""
    assert document.number not in repr(ask(Question(document, AirTravel())))
