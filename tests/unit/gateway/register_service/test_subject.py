"""The subject's view: the party gets the record, everybody else one and the same refusal, and not for long."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import grpc
import pytest

from gateway.errors import AnswerError, Reason
from gateway.packs import load_pack
from gateway.register.endings import EndKind
from gateway.register.listing_record import DeadlineKind
from gateway.register.register import Register
from gateway.register_service.subject import Throttle
from jointgate.decision.v1 import decision_pb2
from jointgate.register.v1 import subject_pb2 as pb
from sanctions_matrix.documents import Document
from sanctions_matrix.listing import Exemption, Window
from sanctions_matrix.pack import Pack
from tests.fakes.fixed_clock import MORNING
from tests.fakes.in_memory_feed import (
    LIST,
    organisation_row,
    person_row,
    responsible_row,
)
from tests.fakes.site_receipts import SiteReceipts
from tests.fakes.subject_desk import (
    IMPORTED,
    LIMIT,
    PASSPORT,
    PERSON,
    RESPONSIBLE,
    STRANGER,
    Desk,
    wire,
)
from tests.fakes.synthetic_parties import citizen, organisation

GONE = "L-aaaaaaaaaaaaaaaa"


@pytest.fixture
def desk(tmp_path: Path, pack: Pack) -> Iterator[Desk]:
    """A desk in the morning."""
    opened = Desk(tmp_path, pack)
    yield opened
    opened.register.close()


# --- who is shown what --------------------------------------------------------------------------


def test_the_party_is_shown_the_whole_record(desk: Desk, pack: Pack) -> None:
    """Ruling, notice, window, measures, contest and history are told, in both languages."""
    told = desk.shown(PERSON)
    assert told.reference == desk.reference
    assert (told.list_title.en, told.list_title.zh) == (
        pack.lists[LIST].title_en,
        pack.lists[LIST].title_zh,
    )
    assert told.authority == "Synthetic People's Court"
    assert (told.ruling_number, told.ruling_dated) == ("(2024) No. 1", "2024-03-01")
    assert told.ground_words.zh == pack.lists[LIST].grounds["not-performed"].text_zh
    assert told.served_on == "2024-04-01"
    assert told.starts_at.ToDatetime(UTC) == datetime(2024, 4, 30, 16, tzinfo=UTC)
    assert not told.HasField("ends_at")
    assert not told.HasField("ended_at")
    assert told.state == pb.SUBJECT_STATE_IN_FORCE
    assert {one.id for one in told.measures} == pack.lists[LIST].measures
    assert all(one.words.zh and one.legal_basis for one in told.measures)
    assert told.contest.body == "Synthetic Court"
    assert [one.paper for one in told.history] == ["(2024) No. 1"]
    assert told.history[0].at.ToDatetime(UTC) == IMPORTED
    assert told.utc_offset_minutes == 8 * 60


def test_any_document_of_the_listing_opens_it(desk: Desk) -> None:
    """A party with several documents may show any of them."""
    assert desk.ask(desk.receipt(PERSON), PASSPORT).listings[0].reference == desk.reference


def test_a_document_that_was_dropped_since_opens_it(desk: Desk) -> None:
    """Who was restricted by a document that the listing no longer names is still told why."""
    receipt = desk.receipt(PERSON)
    desk.clock.advance(hours=2)
    rows = [person_row(1), organisation_row(2), responsible_row(3, 2)]
    desk.bring(*rows, at=desk.clock(), sequence=2)
    assert desk.ask(receipt, PASSPORT).listings[0].reference == desk.reference


def test_a_document_that_was_dropped_long_before_does_not(desk: Desk) -> None:
    """A document that the listing named only long before the decision is another document."""
    rows = [person_row(1), organisation_row(2), responsible_row(3, 2)]
    desk.bring(*rows, at=MORNING - timedelta(days=3), sequence=2)
    assert desk.refused(desk.receipt(PERSON), PASSPORT).reason()[1] == "NO_RECORD"


def test_of_several_listings_only_the_partys_are_shown(desk: Desk) -> None:
    """A receipt that names another's listing as well opens only what is one's own."""
    told = desk.ask(desk.receipt(PERSON, RESPONSIBLE), PERSON)
    assert [one.reference for one in told.listings] == [desk.reference]


def test_each_listing_is_shown_once(desk: Desk) -> None:
    """Several grounds of one listing are one record."""
    receipt = desk.site.receipt(desk.reference, desk.reference)
    assert len(desk.ask(receipt, PERSON).listings) == 1


def test_a_person_is_told_of_the_organisation_only_the_reference(desk: Desk) -> None:
    """Role and reference are told; no ruling, paper or document of the organisation is."""
    company = desk.references[organisation(2)]
    desk.register.release(company, reason=EndKind.PERFORMED, mandate=desk.mandate("Secret paper"))
    told = desk.shown(RESPONSIBLE)
    assert told.responsible_for.organisation_reference == company
    assert told.responsible_for.role.en == "legal representative"
    assert told.state == pb.SUBJECT_STATE_ENDED
    content = told.SerializeToString()
    for secret in ("Secret paper", "(2024) No. 2", organisation(2).number):
        assert secret.encode() not in content


def test_nothing_is_told_that_is_nobodys_business(desk: Desk) -> None:
    """Neither a document number, nor who changed the listing, nor an id of the register's own is in the answer."""
    desk.register.stay(desk.reference, mandate=desk.mandate())
    desk.bring(organisation_row(2), at=desk.clock.advance(hours=1), sequence=2)
    content = desk.ask(desk.receipt(PERSON), PASSPORT).SerializeToString()
    for secret in (
        PERSON.number,
        PASSPORT.number,
        "clerk-of-the-register",
        "feed:",
        "R-1",
        "railway",
    ):
        assert secret.encode() not in content


@pytest.mark.parametrize("tables", [None, "us-ofac-sdn"])
def test_the_words_do_without_tables(desk: Desk, pack: Pack, tables: str | None) -> None:
    """Without a sound pack, or under one without the list, identifiers stand for the words; the rest is as before."""
    full = desk.shown(PERSON)
    desk.service = desk.serve(load_pack(tables) if tables else None)
    bare = desk.shown(PERSON)
    assert (bare.list_title.en, bare.list_title.zh) == (LIST, LIST)
    assert bare.ground_words.zh == "not-performed"
    assert [(one.id, one.words.en) for one in bare.measures] == [
        (one, one) for one in sorted(pack.lists[LIST].measures)
    ]
    assert bare.history[0].words == full.history[0].words
    assert bare.contest == full.contest


# --- the life of a listing, told ----------------------------------------------------------------


def stay(desk: Desk) -> None:
    """Pause the listing for a day."""
    until = desk.clock() + timedelta(days=1)
    desk.register.stay(desk.reference, mandate=desk.mandate(), until=until)


def exempt(desk: Desk) -> None:
    """Take one measure out for a day."""
    window = Window(desk.clock(), desk.clock() + timedelta(days=1))
    desk.register.exempt(
        desk.reference, Exemption(frozenset({"38"}), window), mandate=desk.mandate()
    )


def test_a_stay_and_its_end_are_told(desk: Desk) -> None:
    """A paused listing says so, with its span and paper; lifted, it is in force again, and both are history."""
    stay(desk)
    told = desk.shown(PERSON)
    assert told.state == pb.SUBJECT_STATE_STAYED
    assert told.stays[0].ends_at.ToDatetime(UTC) == MORNING + timedelta(days=1)
    desk.clock.advance(hours=1)
    desk.register.lift_stay(desk.reference, mandate=desk.mandate("(2031) No. 8"))
    told = desk.shown(PERSON)
    assert told.state == pb.SUBJECT_STATE_IN_FORCE
    assert [one.paper for one in told.history] == ["(2024) No. 1", "(2031) No. 7", "(2031) No. 8"]
    assert "2031-05-07 16:30 (UTC+08:00)" in told.history[1].words.en
    assert "2031年5月7日16:30（UTC+08:00）" in told.history[1].words.zh


def test_an_exemption_is_told(desk: Desk) -> None:
    """Which measures are out, and for how long."""
    exempt(desk)
    told = desk.shown(PERSON)
    assert list(told.exemptions[0].measures) == ["38"]
    assert "for a while: 38; from" in told.history[-1].words.en


def test_a_removal_that_is_owed_is_told_with_its_instant(desk: Desk) -> None:
    """The party sees what it is owed and by when, that the authority is late, and that the listing stopped."""
    on = date(2031, 5, 6)
    desk.register.owe_removal(
        desk.reference, reason=EndKind.PERFORMED, on=on, mandate=desk.mandate(), terms=desk.terms
    )
    told = desk.shown(PERSON)
    (owed,) = told.deadlines
    assert (owed.late, owed.opened_on) == (False, "2031-05-06")
    assert told.ends_at == owed.due_at
    desk.clock.now = owed.due_at.ToDatetime(UTC) + timedelta(hours=1)
    told = desk.shown(PERSON)
    assert told.deadlines[0].late
    assert told.state == pb.SUBJECT_STATE_ENDED
    assert told.ended_at == owed.due_at
    assert "has been performed" in told.state_words.en
    assert "The authority is late" in told.next_steps[0].en
    desk.register.sweep(desk.clock(), desk.terms)
    told = desk.shown(PERSON)
    assert told.deadlines[0].late
    assert "ended by itself" in " ".join(one.words.en for one in told.history)


@pytest.mark.parametrize(("granted", "result"), [(True, "granted"), (False, "rejected")])
def test_a_request_and_its_decision_are_told(desk: Desk, *, granted: bool, result: str) -> None:
    """A request opens a deadline, and the history says how it was decided."""
    on = date(2031, 5, 6)
    desk.register.request(
        desk.reference,
        kind=DeadlineKind.CORRECTION,
        on=on,
        mandate=desk.mandate(),
        terms=desk.terms,
    )
    assert "request to correct" in desk.shown(PERSON).deadlines[0].words.en
    desk.clock.advance(days=1)
    desk.register.decide(desk.reference, granted=granted, mandate=desk.mandate(), terms=desk.terms)
    told = desk.shown(PERSON)
    assert told.deadlines[0].state_words.en == "done in time"
    assert any(result in one.words.en for one in told.history)


def test_before_it_begins_the_listing_says_so(desk: Desk) -> None:
    """Proposed and notified listings close nothing yet, and say what can be done until they do."""
    later = person_row(5, starts_at="2031-09-01T00:00:00+08:00")
    left_out = {"notice", "starts_at", "ends_at"}
    proposed = {k: v for k, v in later.items() if k not in left_out} | {"stage": "proposed"}
    rows = [person_row(1), organisation_row(2), responsible_row(3, 2)]
    desk.bring(*rows, proposed, at=desk.clock(), sequence=2)
    reference = desk.newest_reference()
    receipt = desk.site.receipt(reference, at=desk.clock.advance(minutes=1))
    (told,) = desk.ask(receipt, citizen(5)).listings
    assert (told.state, told.served_on) == (pb.SUBJECT_STATE_PROPOSED, "")
    assert not told.HasField("starts_at")
    assert "cannot take effect before notice" in told.next_steps[0].en
    desk.bring(*rows, later, at=desk.clock.advance(minutes=1), sequence=3)
    (told,) = desk.ask(receipt, citizen(5)).listings
    assert told.state == pb.SUBJECT_STATE_NOTIFIED
    assert "before 2031-09-01 00:00 (UTC+08:00)" in told.next_steps[0].en


def test_a_listing_that_ended_is_still_shown(desk: Desk) -> None:
    """Who holds an old receipt learns that it is over, how and since when."""
    receipt = desk.receipt(PERSON)
    ended = desk.clock.advance(days=100)
    desk.register.release(desk.reference, reason=EndKind.CORRECTED, mandate=desk.mandate())
    (told,) = desk.ask(receipt, PERSON).listings
    assert told.state == pb.SUBJECT_STATE_ENDED
    assert told.ended_at.ToDatetime(UTC) == ended
    assert told.state_words.zh == "已终止：经认定列入有误。不再对您产生限制。"
    assert "check again" in told.next_steps[0].en


# --- who is not ---------------------------------------------------------------------------------


def forged(receipt: decision_pb2.Receipt) -> decision_pb2.Receipt:
    """Return a receipt whose signature does not fit."""
    receipt.decision.root.signatures[0].sig = b"\x30\x00"
    return receipt


NOTHING: dict[str, Callable[[Desk], tuple[decision_pb2.Receipt, Document]]] = {
    "somebody else's document": lambda desk: (desk.receipt(PERSON), STRANGER),
    "the organisation's document": lambda desk: (desk.receipt(RESPONSIBLE), organisation(2)),
    "a document of another type": lambda desk: (desk.receipt(PERSON), organisation(2)),
    "a forged receipt": lambda desk: (forged(desk.receipt(PERSON)), PERSON),
    "an empty receipt": lambda _: (decision_pb2.Receipt(), PERSON),
    "a reference nobody knows": lambda desk: (desk.site.receipt(GONE), PERSON),
    "a reference that is none": lambda desk: (desk.site.receipt("'; DROP TABLE"), PERSON),
    "a receipt that permits": lambda desk: (desk.site.receipt(), PERSON),
}


def test_all_that_shows_nothing_is_refused_alike(desk: Desk) -> None:
    """Byte for byte the same status, whatever the cause."""
    answers = {
        name: desk.refused(*make(desk)).status.SerializeToString(deterministic=True)
        for name, make in NOTHING.items()
    }
    assert len(set(answers.values())) == 1
    assert b"NO_RECORD" in answers["a forged receipt"]


def test_another_gateways_receipt_is_refused_alike(desk: Desk, tmp_path: Path) -> None:
    """A receipt of another site with our reference opens nothing, and is told so like everything else."""
    other = SiteReceipts(tmp_path / "other", MORNING).receipt(desk.reference)
    told = desk.refused(other, PERSON)
    assert told.status == desk.refused(desk.receipt(PERSON), STRANGER).status


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("cn-ric", "110101189001010017"),
        ("library-card", "1"),
        ("", ""),
        ("cn-ric", ""),
        ("cn-ric", "1" * 65),
    ],
)
def test_a_document_that_cannot_be_one_costs_nothing(desk: Desk, kind: str, number: str) -> None:
    """A typing mistake is said to be one, before anything is looked at, and takes no attempt."""
    receipt = desk.receipt(PERSON)
    document = decision_pb2.Document(type=kind, number=number)
    raw = pb.ViewRequest(receipt=receipt, document=document).SerializeToString(deterministic=True)
    assert {desk.refused_raw(raw) for _ in range(LIMIT + 1)} == {"DOCUMENT_INVALID"}
    assert desk.ask(receipt, PERSON).listings


def test_what_is_no_request_is_refused_before_anything_else(desk: Desk) -> None:
    """Garbage, unknown fields and what is too large never reach the register."""
    good = pb.ViewRequest(receipt=desk.receipt(PERSON), document=wire(PERSON))
    raw = good.SerializeToString(deterministic=True)
    assert desk.refused_raw(b"\xff\xff") == "MALFORMED_REQUEST"
    assert desk.refused_raw(raw + b"\x7a\x00") == "MALFORMED_REQUEST"
    assert desk.refused_raw(bytes(1024 * 1024 + 1)) == "QUERY_TOO_LARGE"


# --- how often ----------------------------------------------------------------------------------


def test_a_receipt_is_closed_after_so_many_wrong_documents(desk: Desk) -> None:
    """Beyond the limit nobody gets in with it, not even the party, and is told when to come again."""
    receipt = desk.receipt(PERSON)
    reasons = [desk.refused(receipt, STRANGER).reason()[1] for _ in range(LIMIT + 1)]
    assert reasons == ["NO_RECORD"] * LIMIT + ["ATTEMPTS_EXHAUSTED"]
    told = desk.refused(receipt, PERSON)
    assert told.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert told.retry_seconds() == (15 * 60 + 30) * 60


@pytest.mark.parametrize(
    "name", ["somebody else's document", "a reference nobody knows", "a receipt that permits"]
)
def test_whatever_a_genuine_receipt_does_not_show_takes_an_attempt(desk: Desk, name: str) -> None:
    """The count gives away no more than the refusal: wrong document and missing listing count alike."""
    receipt, document = NOTHING[name](desk)
    reasons = [desk.refused(receipt, document).reason()[1] for _ in range(LIMIT + 1)]
    assert reasons == ["NO_RECORD"] * LIMIT + ["ATTEMPTS_EXHAUSTED"]


def test_the_next_day_opens_it_again(desk: Desk) -> None:
    """After the time that the refusal named the party is let in."""
    receipt = desk.receipt(PERSON)
    for _ in range(LIMIT):
        desk.refused(receipt, STRANGER)
    seconds = desk.refused(receipt, PERSON).retry_seconds()
    assert seconds is not None
    desk.clock.advance(seconds=seconds - 1)
    assert desk.refused(receipt, PERSON).reason()[1] == "ATTEMPTS_EXHAUSTED"
    desk.clock.advance(seconds=1)
    assert desk.ask(receipt, PERSON).listings


def test_the_right_document_costs_nothing(desk: Desk) -> None:
    """A party reads its record as often as it wants to."""
    receipt = desk.receipt(PERSON)
    for _ in range(LIMIT * 2):
        assert desk.ask(receipt, PERSON).listings


def test_the_right_document_costs_nothing_while_others_show_it_too(desk: Desk) -> None:
    """With one attempt left for the day, many views at the same moment are all answered."""
    receipt = desk.receipt(PERSON)
    for _ in range(LIMIT - 1):
        desk.refused(receipt, STRANGER)
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: desk.ask(receipt, PERSON), range(24)))
    assert all(one.listings for one in told)
    assert desk.refused(receipt, STRANGER).reason()[1] == "NO_RECORD"
    assert desk.refused(receipt, STRANGER).reason()[1] == "ATTEMPTS_EXHAUSTED"


def test_one_receipts_attempts_are_not_anothers(desk: Desk) -> None:
    """Whoever uses up one receipt locks out nobody who holds another about the same listing."""
    spent, other = desk.receipt(PERSON), desk.receipt(PERSON)
    for _ in range(LIMIT):
        desk.refused(spent, STRANGER)
    assert desk.ask(other, PERSON).listings


def test_a_receipt_dressed_up_anew_is_the_same_receipt(desk: Desk) -> None:
    """Other metadata around a decision do not give new attempts."""
    decision = desk.site.decision(desk.reference)
    (plain,) = desk.site.receipts(decision)
    for _ in range(LIMIT):
        desk.refused(plain, STRANGER)
    desk.site.delegate(MORNING)
    (dressed,) = desk.site.receipts(decision)
    assert dressed != plain
    assert desk.refused(dressed, PERSON).reason()[1] == "ATTEMPTS_EXHAUSTED"


def test_a_forged_receipt_locks_nobody_out(desk: Desk) -> None:
    """Showing a forgery of a receipt takes nothing from the real one."""
    receipt = desk.receipt(PERSON)
    imitation = decision_pb2.Receipt()
    imitation.CopyFrom(receipt)
    for _ in range(LIMIT + 1):
        assert desk.refused(forged(imitation), STRANGER).reason()[1] == "NO_RECORD"
    assert desk.ask(receipt, PERSON).listings


def test_a_restart_forgets_nothing(desk: Desk) -> None:
    """A new service on the same register goes on counting."""
    receipt = desk.receipt(PERSON)
    for _ in range(LIMIT):
        desk.refused(receipt, STRANGER)
    desk.register.close()
    desk.register = Register.open(desk.url, desk.pack)
    desk.service = desk.serve(desk.pack)
    assert desk.refused(receipt, PERSON).reason()[1] == "ATTEMPTS_EXHAUSTED"


# --- floods, and silence ------------------------------------------------------------------------


def test_all_together_are_bounded(desk: Desk) -> None:
    """Whoever asks, so many views a second are answered, and the rest is told to wait."""
    seconds = [0.0]
    throttle = Throttle(concurrent=1, a_second=2.0, burst=2.0, timer=lambda: seconds[0])
    desk.service = desk.serve(desk.pack, throttle)
    receipt = desk.receipt(PERSON)
    desk.ask(receipt, PERSON)
    desk.ask(receipt, PERSON)
    told = desk.refused(receipt, PERSON)
    assert (told.reason()[1], told.retry_seconds()) == (Reason.OVERLOADED.value, 1.0)
    seconds[0] = 0.5
    assert desk.ask(receipt, PERSON).listings


def test_so_many_are_answered_at_once() -> None:
    """A place is free again as soon as its view is answered, and not before."""
    throttle = Throttle(concurrent=1, a_second=1e9, burst=1e9)
    with throttle.passing(), pytest.raises(AnswerError, match="too many ask"), throttle.passing():
        pass
    with throttle.passing():
        pass


def test_a_register_that_is_away_is_told_as_such(desk: Desk) -> None:
    """The party is told to ask again in a moment, not that something failed for good."""
    receipt = desk.receipt(PERSON)
    desk.register.close()
    Path(desk.url.removeprefix("sqlite:///")).unlink()
    told = desk.refused(receipt, PERSON)
    assert (told.code, told.reason()[1]) == (grpc.StatusCode.UNAVAILABLE, "REGISTER_UNAVAILABLE")
    assert told.retry_seconds() == 5


def test_nothing_of_a_document_is_logged_or_said(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither a refusal nor a failure inside repeats the number, the receipt or the listing."""
    caplog.set_level(logging.DEBUG)
    said = [desk.refused(*make(desk)).details for make in NOTHING.values()]
    desk.register.close()
    Path(desk.url.removeprefix("sqlite:///")).unlink()
    told = desk.refused(desk.receipt(PERSON), PERSON)
    assert told.reason()[1] == "REGISTER_UNAVAILABLE"
    text = caplog.text + told.details + "".join(said)
    for secret in (PERSON.number, STRANGER.number, desk.reference):
        assert secret not in text
