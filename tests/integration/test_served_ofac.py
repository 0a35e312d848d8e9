"""A real published list, served: the answers, their grounds, and what a partner can verify of them.

The list is read from the folder that ``JOINTGATE_OFAC_DIR`` names; no assertion here shows a document.
"""

import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from gateway.register.feeds.opening import FeedFormat
from partner_sdk import Answer, Gateway, Question, VerificationError, verify_receipt
from partner_sdk.actions import (
    Action,
    AirTravel,
    GoodsCategory,
    GoodsPurchase,
    LodgingStay,
    RailTravel,
    SeatClass,
    TrainClass,
)
from partner_sdk.client import utc_now
from partner_sdk.correspondence import Correspondent, Letter
from partner_sdk.documents import Document
from partner_sdk.identity import load_identity
from partner_sdk.trust import Trust, TrustSource
from partner_sdk.trust_store import TrustStore
from sanctions_matrix.synthetic import (
    citizen_number,
    imo_number,
    organisation_code,
    passport_number,
)
from tests.integration.conftest import Figure, SiteMaker
from tests.integration.live_site import ASK_SECONDS, LivePlan, LiveSite
from tests.integration.raw_partner import RawPartner

pytestmark = pytest.mark.integration

_PUBLISHED_ON = date(2021, 7, 30)
_DRAWN = 500
_ACTIONS: tuple[Action, ...] = (
    AirTravel(),
    RailTravel(train=TrainClass.K, seat=SeatClass.HARD_SEAT),
    LodgingStay(stars=0),
    GoodsPurchase(category=GoodsCategory.GENERAL),
)


@dataclass(frozen=True, slots=True)
class _Population:
    """Whom to ask about; a failing test shows counts of it, never a number."""

    listed: list[Document] = field(repr=False)
    unlisted: list[Document] = field(repr=False)

    @property
    def questions(self) -> list[Question]:
        """One question a document, the actions taking turns."""
        return [
            Question(document, _ACTIONS[place % len(_ACTIONS)])
            for place, document in enumerate(self.listed + self.unlisted)
        ]


@pytest.fixture(scope="module")
def site(make_site: SiteMaker, ofac_folder: Path) -> LiveSite:
    """Return a site that serves the complete set of July 2021."""
    site = make_site(LivePlan(pack="us-ofac-sdn", publisher={"lease_seconds": 600}))
    list_file = ofac_folder / "2021-07" / "sdn.csv.xz"
    site.import_file(list_file, "sdn", form=FeedFormat.OFAC_SDN, day=_PUBLISHED_ON)
    site.start()
    return site


@pytest.fixture(scope="module")
def population(site: LiveSite) -> _Population:
    """Draw 500 listed documents, always the same, and make 500 valid ones that are nobody's."""
    with site.register() as register:
        documents = {document for document, _ in register.all_listings()}
    ordered = sorted(documents, key=lambda one: (one.type, one.number))
    unlisted = [
        Document(kind, number(serial))
        for kind, number in (
            ("cn-ric", citizen_number),
            ("cn-uscc", organisation_code),
            ("passport:UTO", passport_number),
            ("imo", imo_number),
        )
        for serial in range(_DRAWN // 4)
    ]
    assert documents.isdisjoint(unlisted)
    return _Population(random.Random(20210730).sample(ordered, _DRAWN), unlisted)


@pytest.fixture(scope="module")
def partner(site: LiveSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Connect as a partner whose trust store is new: all it was given to trust is root.json."""
    folder = tmp_path_factory.mktemp("partner")
    shutil.copytree(site.folder / "partners" / "portal", folder, dirs_exist_ok=True)
    shutil.rmtree(folder / "trust", ignore_errors=True)
    with Gateway.connect(identity=folder / "identity.toml", timeout_seconds=ASK_SECONDS) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def single_answers(partner: Gateway, population: _Population) -> list[Answer]:
    """Ask each question alone."""
    return [partner.may(question.document, question.action) for question in population.questions]


@pytest.fixture(scope="module")
def batch_answers(partner: Gateway, population: _Population) -> list[Answer]:
    """Ask all questions in one batch."""
    answers = partner.may_each(population.questions, timeout_seconds=2 * ASK_SECONDS)
    return [answer for answer in answers if answer.answered]


def test_listed_parties_are_restricted_and_others_permitted(
    single_answers: list[Answer], figure: Figure
) -> None:
    """500 documents drawn from the published list are restricted, 500 valid ones that are nobody's are permitted."""
    listed = Counter(str(answer.outcome) for answer in single_answers[:_DRAWN])
    unlisted = Counter(str(answer.outcome) for answer in single_answers[_DRAWN:])
    figure(f"listed {dict(listed)}, unlisted {dict(unlisted)}")
    assert listed == {"RESTRICTED": _DRAWN}
    assert unlisted == {"PERMITTED": _DRAWN}


def test_every_ground_is_complete(single_answers: list[Answer]) -> None:
    """Every restriction names measure, list, authority, legal basis, reference, and how to contest it."""
    incomplete = [
        place
        for place, answer in enumerate(single_answers[:_DRAWN])
        if not answer.grounds
        or not all(
            ground.measure == "NO-DEALINGS"
            and ground.list_id == "sdn"
            and "Foreign Assets Control" in ground.authority
            and "31 CFR" in ground.legal_basis
            and ground.listing_reference.startswith("L-")
            and ground.ends_with
            and all((ground.contest.body, ground.contest.address, ground.contest.deadline))
            and ground.explanation_en
            and ground.explanation_zh
            for ground in answer.grounds
        )
    ]
    assert incomplete == []
    assert all(not answer.grounds for answer in single_answers[_DRAWN:])


def test_a_batch_answers_as_single_questions_do(
    single_answers: list[Answer], batch_answers: list[Answer]
) -> None:
    """The same 1,000 questions in one batch get the same outcomes and grounds, from the same snapshot."""
    different = [
        place
        for place, (alone, together) in enumerate(zip(single_answers, batch_answers, strict=True))
        if _told(alone) != _told(together)
    ]
    assert different == []


def test_every_answer_verifies_with_the_pinned_root_alone(
    site: LiveSite, single_answers: list[Answer], batch_answers: list[Answer], figure: Figure
) -> None:
    """The receipt of each of the 2,000 answers verifies from root.json, without a network or a trust store."""
    root = site.settings.trust_root.read_bytes()
    began_at = time.monotonic()
    wrong = [
        place
        for place, answer in enumerate((*single_answers, *batch_answers))
        if verify_receipt(answer.receipt().to_bytes(), root) != answer.decision
    ]
    seconds = time.monotonic() - began_at
    figure(f"{2 * 2 * _DRAWN} receipts verified in {seconds:.1f} s")
    assert wrong == []
    assert len(single_answers) == len(batch_answers) == 2 * _DRAWN


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One letter, the reply to it, and what verifies it."""

    correspondent: Correspondent
    letter: Letter
    reply: bytes = field(repr=False)
    trust: Trust

    def verify(self, reply: bytes) -> None:
        """Verify a reply as the SDK does."""
        self.correspondent.read(self.letter, reply, self.trust)


def test_no_byte_of_an_answer_can_be_changed(
    site: LiveSite, population: _Population, tmp_path: Path, figure: Figure
) -> None:
    """Whichever bit of a reply to ``Check`` is flipped, the SDK refuses it with a ``VerificationError``."""
    exchange = _exchange(site, tmp_path, population.questions[:1])
    exchange.verify(exchange.reply)
    believed = _believed(exchange.reply, exchange.verify, masks=[1 << bit for bit in range(8)])
    figure(f"{len(exchange.reply)} bytes, every bit of each flipped: {len(believed)} believed")
    assert believed == []


def test_no_byte_of_a_batch_of_answers_can_be_changed(
    site: LiveSite, population: _Population, tmp_path: Path, figure: Figure
) -> None:
    """Whichever byte of a reply to ``BatchCheck`` is changed, the SDK refuses the whole reply."""
    questions = [population.questions[0], population.questions[-1]]
    questions.append(Question(population.unlisted[0], _ACTIONS[0], "payer"))
    exchange = _exchange(site, tmp_path, questions)
    exchange.verify(exchange.reply)
    believed = _believed(exchange.reply, exchange.verify)
    figure(f"{len(exchange.reply)} bytes, each changed: {len(believed)} believed")
    assert believed == []


def test_no_byte_of_a_receipt_can_be_changed(
    site: LiveSite, single_answers: list[Answer], figure: Figure
) -> None:
    """Whichever byte of a receipt is changed, decision or trust metadata, it does not verify from the pinned root."""
    root = site.settings.trust_root.read_bytes()
    content = single_answers[0].receipt().to_bytes()
    believed = _believed(content, lambda changed: verify_receipt(changed, root))
    figure(f"{len(content)} bytes, each changed: {len(believed)} believed")
    assert believed == []


def _told(answer: Answer) -> tuple[object, ...]:
    return (answer.outcome, answer.grounds, answer.decision.snapshot, answer.decision.pack)


def _exchange(site: LiveSite, folder: Path, questions: Sequence[Question]) -> _Exchange:
    identity = load_identity(site.identity_file("portal"))
    correspondent = Correspondent(identity, utc_now)
    letter = (
        correspondent.write(questions[0], 0)
        if len(questions) == 1
        else correspondent.write_batch(questions, 0)
    )
    with RawPartner(identity) as partner:
        source = TrustSource(
            partner.channel,
            TrustStore(folder / "t"),
            pinned_root=identity.pinned_root,
            clock=utc_now,
        )
        trust = source.current(time.monotonic() + ASK_SECONDS)
        reply = partner.call(letter.method, letter.content).content
    return _Exchange(correspondent, letter, reply, trust)


def _believed(
    content: bytes, verify: Callable[[bytes], object], *, masks: Sequence[int] | None = None
) -> list[tuple[int, int]]:
    """Return the places and masks whose change went unnoticed; without ``masks`` one is drawn for each byte."""
    draw = random.Random(len(content)).randrange
    believed = []
    for place in range(len(content)):
        for mask in masks or (draw(1, 256),):
            changed = content[:place] + bytes((content[place] ^ mask,)) + content[place + 1 :]
            try:
                verify(changed)
            except VerificationError:
                continue
            believed.append((place, mask))
    return believed
