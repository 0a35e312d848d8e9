"""What the four partners ask, and the answer that each question must get.

Responsible for: the questions in words and as values, with the expected outcome of each.
Not responsible for: asking them or showing the answers.

The expectations follow from SPC Fa Shi [2015] No. 17 art. 3 and the rules of the pack ``cn-joint-discipline``.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.demo.population import Cast
from partner_sdk import Outcome, Question
from partner_sdk.actions import (
    AirTravel,
    GoodsCategory,
    GoodsPurchase,
    LodgingStay,
    RailTravel,
    SeatClass,
    TrainClass,
)
from sanctions_matrix.documents import Document

G_TRAIN = RailTravel(TrainClass.G, SeatClass.SECOND)
HOUSE = GoodsPurchase(GoodsCategory.REAL_ESTATE)
HOTEL = LodgingStay(stars=3)


@dataclass(frozen=True, slots=True)
class Scene:
    """One question.

    Attributes:
        words: the question in words.
        question: the question as the SDK takes it.
        expected: the outcome it must get.
    """

    words: str
    question: Question
    expected: Outcome


@dataclass(frozen=True, slots=True)
class Act:
    """One partner's questions.

    Attributes:
        partner: the partner's identifier on the site.
        title: who that is.
        scenes: what it asks, in order.
    """

    partner: str
    title: str
    scenes: tuple[Scene, ...]


def plan_acts(cast: Cast) -> tuple[Act, ...]:
    """Return what is asked, partner by partner."""
    return (
        Act("airline", "An airline", tuple(_airline(cast))),
        Act("railway", "A railway", tuple(_railway(cast))),
        Act("hotel", "A hotel", tuple(_hotel(cast))),
        Act("shop", "An e-commerce platform", tuple(_shop(cast))),
    )


def tail(document: Document) -> str:
    """Return the end of a document's number, which is all that is shown of it."""
    return f"…{document.number[-4:]}"


def _airline(cast: Cast) -> Iterator[Scene]:
    flight = AirTravel()
    yield Scene(
        f"May citizen {tail(cast.citizen)}, listed by a court, take a flight?",
        Question(cast.citizen, flight),
        Outcome.RESTRICTED,
    )
    yield Scene(
        f"May the same citizen, showing passport {tail(cast.passport)} instead?",
        Question(cast.passport, flight),
        Outcome.RESTRICTED,
    )
    yield Scene(
        f"May citizen {tail(cast.barred)}, barred from flying for a year, take one?",
        Question(cast.barred, flight),
        Outcome.RESTRICTED,
    )
    yield Scene(
        f"May citizen {tail(cast.unlisted)}, who is on no list, take one?",
        Question(cast.unlisted, flight),
        Outcome.PERMITTED,
    )


def _railway(cast: Cast) -> Iterator[Scene]:
    yield Scene(
        f"May citizen {tail(cast.citizen)} take a second-class seat on a G train?",
        Question(cast.citizen, G_TRAIN),
        Outcome.RESTRICTED,
    )
    yield Scene(
        f"May citizen {tail(cast.citizen)} take a hard seat on a K train?",
        Question(cast.citizen, RailTravel(TrainClass.K, SeatClass.HARD_SEAT)),
        Outcome.PERMITTED,
    )
    yield Scene(
        f"May {tail(cast.representative)}, responsible for a listed organisation, take the G train?",
        Question(cast.representative, G_TRAIN),
        Outcome.RESTRICTED,
    )


def _hotel(cast: Cast) -> Iterator[Scene]:
    yield Scene(
        f"May citizen {tail(cast.citizen)} stay at a three-star hotel?",
        Question(cast.citizen, HOTEL, "guest"),
        Outcome.RESTRICTED,
    )
    yield Scene(
        f"May citizen {tail(cast.citizen)} stay at a guest house without stars?",
        Question(cast.citizen, LodgingStay(stars=0, high_end=False), "guest"),
        Outcome.PERMITTED,
    )


def _shop(cast: Cast) -> Iterator[Scene]:
    yield Scene(
        f"May organisation {tail(cast.organisation)}, listed by a court, buy real estate?",
        Question(cast.organisation, HOUSE, "payer"),
        Outcome.RESTRICTED,
    )
    yield Scene(
        f"May citizen {tail(cast.citizen)} buy luxury goods?",
        Question(cast.citizen, GoodsPurchase(GoodsCategory.LUXURY)),
        Outcome.REFERRED,
    )
    yield Scene(
        f"May citizen {tail(cast.citizen)} buy everyday goods?",
        Question(cast.citizen, GoodsPurchase(GoodsCategory.GENERAL)),
        Outcome.PERMITTED,
    )
