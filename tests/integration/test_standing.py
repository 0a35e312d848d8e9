"""Standing over the real socket: from feeds through register, snapshot and gateway to a verified answer.

One site holds organisations on a black list, on a red one and on one that is not public, and a person on a public one.
"""

import json
import secrets
from datetime import UTC, datetime

import pytest

from gateway.clock import system_clock
from gateway.register.endings import EndKind
from gateway.register.lifecycle import Mandate
from jointgate.decision.v1 import decision_pb2
from jointgate.standing.v1 import standing_pb2 as pb
from partner_sdk import ListEffect, PersonDocumentError, Standing
from partner_sdk.actions import AirTravel, GoodsCategory, GoodsPurchase
from partner_sdk.correspondence import LOOKUP
from partner_sdk.documents import Document, ResidentId, SocialCreditCode, parse_document
from partner_sdk.errors import NotEntitledError
from partner_sdk.wire import STANDING_QUERY_TYPE
from sanctions_matrix.synthetic import citizen_number, organisation_code, passport_number
from tests.fakes.in_memory_feed import organisation_row, person_row
from tests.integration.conftest import SiteMaker
from tests.integration.live_site import LivePlan, LiveSite
from tests.integration.raw_partner import RawPartner, Reply
from tests.integration.waiting import eventually

pytestmark = pytest.mark.integration

BLACK, RED, UNPUBLISHED = "judgment-defaulters", "a-grade-taxpayers", "consumption-limited"
_BOTH, _HIDDEN, _STAYED, _RELEASED, _NOWHERE = range(500_001, 500_006)
_PERSON = 500_010
_PAPER = "(2026) Utopia 1"
_TERM = {"ground": "refusal", "ends_at": "2029-03-01T00:00:00+08:00"}


def _row(list_id: str, serial: int) -> dict[str, object]:
    """Return a good row about an organisation for one of the three lists."""
    court = organisation_row(serial)
    if list_id == BLACK:
        return court | _TERM
    if list_id == RED:
        tax = {"number": "T-1", "authority": "Synthetic Tax Bureau of Utopia"}
        ruling = {**tax, "dated": "2024-03-01", "effective": True}
        return court | {"ground": "graded-a", "ruling": ruling}
    return court


def _feed(list_id: str, rows: list[dict[str, object]]) -> str:
    header = {
        "jointgate_feed": 1,
        "list": list_id,
        "authority": "Synthetic Ministry of Utopia",
        "sequence": 1,
        "mode": "full",
        "records": len(rows),
    }
    return "".join(json.dumps(line) + "\n" for line in (header, *rows, {"end": len(rows)}))


def _import(site: LiveSite, list_id: str, rows: list[dict[str, object]]) -> None:
    path = site.logs / f"{list_id}.jsonl"
    path.write_text(_feed(list_id, rows), encoding="utf-8")
    report = site.import_file(path, list_id)
    path.unlink()
    assert report.quarantined == 0


@pytest.fixture(scope="module")
def site(make_site: SiteMaker) -> LiveSite:
    """Return the site, running."""
    site = make_site(LivePlan(publisher={"lease_seconds": 300}, gateway={"poll_seconds": 1}))
    person = person_row(_PERSON) | _TERM
    black = [_row(BLACK, serial) for serial in (_BOTH, _STAYED, _RELEASED)]
    _import(site, BLACK, [*black, person])
    _import(site, RED, [_row(RED, _BOTH)])
    _import(site, UNPUBLISHED, [_row(UNPUBLISHED, serial) for serial in (_BOTH, _HIDDEN)])
    site.start()
    return site


def _organisation(serial: int) -> Document:
    return SocialCreditCode(organisation_code(serial))


def _standing(site: LiveSite, serial: int) -> Standing:
    with site.connect() as gateway:
        return gateway.standing(_organisation(serial))


def _lists(site: LiveSite, serial: int) -> list[str]:
    return [entry.list_id for entry in _standing(site, serial).entries]


def _change(site: LiveSite, serial: int, change: str) -> None:
    """Stay or release the organisation's one listing, as its court would."""
    document = _organisation(serial)
    with site.register() as register:
        (listing,) = register.listings_of([document])[document]
        mandate = Mandate(_PAPER, system_clock(), "Synthetic Court")
        if change == "stay":
            register.stay(listing.reference, mandate=mandate)
        else:
            register.release(listing.reference, reason=EndKind.PERFORMED, mandate=mandate)


def _ask(site: LiveSite, document: Document, partner: str = "portal") -> Reply:
    """Ask about any document, past the SDK."""
    with RawPartner(site.identity(partner)) as asking:
        query = pb.StandingQuery(
            request_id=secrets.token_bytes(16),
            partner=partner,
            issued_at=datetime.now(UTC),
            document=decision_pb2.Document(type=document.type, number=document.number),
        )
        payload = query.SerializeToString(deterministic=True)
        signed = pb.SignedStandingQuery(
            payload=payload,
            payload_type=STANDING_QUERY_TYPE,
            signatures=[asking.sign(payload, STANDING_QUERY_TYPE)],
        )
        request = pb.LookupRequest(query=signed)
        return asking.call(LOOKUP, request.SerializeToString(deterministic=True))


def test_an_organisation_is_told_black_and_red(site: LiveSite) -> None:
    """Both public lists with authority, term and contest route; the list that is not public is not told."""
    standing = _standing(site, _BOTH)
    red, black = standing.entries
    assert (red.list_id, red.effect) == (RED, ListEffect.COMMENDS)
    assert (black.list_id, black.effect) == (BLACK, ListEffect.RESTRICTS)
    assert red.authority == "Synthetic Tax Bureau of Utopia"
    assert black.authority == "Synthetic People's Court"
    assert black.contest.address == "1 Example Road"
    assert black.ends_at == datetime.fromisoformat(_TERM["ends_at"])
    assert (red.ends_at, bool(black.ends_with)) == (None, True)
    assert standing.evaluated_at < standing.expires_at
    assert UNPUBLISHED not in standing.explanation


def test_a_list_that_is_not_public_is_not_told(site: LiveSite) -> None:
    """An organisation that stands on it alone looks like one that stands nowhere."""
    assert _lists(site, _HIDDEN) == []
    assert _lists(site, _NOWHERE) == []


@pytest.mark.parametrize(("serial", "change"), [(_STAYED, "stay"), (_RELEASED, "release")])
def test_what_is_stayed_or_released_is_told_no_longer(
    site: LiveSite, serial: int, change: str
) -> None:
    """Once the court's change has reached the gateway, the listing is not told."""
    assert _lists(site, serial) == [BLACK]
    _change(site, serial, change)
    eventually(lambda: _lists(site, serial) == [], f"the {change} has arrived")


@pytest.mark.parametrize(
    "document",
    [
        ResidentId(citizen_number(_PERSON)),
        ResidentId(citizen_number(_PERSON + 1)),
        parse_document("passport:UTO", passport_number(_PERSON)),
        parse_document("tax-id:UTO", "93847561"),
    ],
    ids=["listed", "unlisted", "passport", "tax number"],
)
def test_a_persons_document_is_refused(site: LiveSite, document: Document) -> None:
    """Listed or not, with the same reason and words, without the number; and the SDK does not even ask."""
    reply = _ask(site, document)
    assert (reply.code, reply.reason) == ("INVALID_ARGUMENT", "PERSON_DOCUMENT")
    assert reply.message == _ask(site, ResidentId(citizen_number(1))).message
    assert document.number not in f"{reply!r} {site.printed()}"
    with site.connect() as gateway, pytest.raises(PersonDocumentError):
        gateway.standing(document)


def test_a_partner_that_is_not_registered_for_it_is_refused(site: LiveSite) -> None:
    """The airline gets a reason of its own, in the SDK and past it, and can still ask about flights."""
    with site.connect("airline") as gateway:
        with pytest.raises(NotEntitledError) as caught:
            gateway.standing(_organisation(_BOTH))
        assert gateway.may(ResidentId(citizen_number(1)), AirTravel()).permitted
    assert caught.value.reason == "STANDING_NOT_ALLOWED"
    reply = _ask(site, ResidentId(citizen_number(_PERSON)), "airline")
    assert (reply.code, reply.reason) == ("PERMISSION_DENIED", "STANDING_NOT_ALLOWED")


def test_the_command_asks_a_real_gateway(site: LiveSite) -> None:
    """``jointgate standing`` answers as the portal; nothing printed or logged shows a number."""
    number = organisation_code(_BOTH)
    told = site.run("standing", f"cn-uscc:{number}", "--timeout", "30")
    assert (told.returncode, told.stderr) == (0, "")
    assert f"{BLACK} (black)" in told.stdout
    assert f"{RED} (red, it commends)" in told.stdout
    person = site.run("standing", f"cn-ric:{citizen_number(_PERSON)}")
    assert (person.returncode, person.stdout) == (2, "")
    nobody = site.run("standing", f"cn-uscc:{number}", "--as", "airline", "--timeout", "30")
    assert (nobody.returncode, nobody.stdout) == (20, "")
    everything = f"{told.stdout}{person.stderr}{nobody.stderr}{site.printed()}"
    assert number not in everything
    assert citizen_number(_PERSON) not in everything


def test_a_standing_and_a_decision_come_from_one_snapshot(site: LiveSite) -> None:
    """Both services answer from the same store, and the SDK's memory of snapshots covers both."""
    with site.connect() as gateway:
        decision = gateway.may(
            _organisation(_NOWHERE), GoodsPurchase(GoodsCategory.GENERAL)
        ).decision
        standing = gateway.standing(_organisation(_NOWHERE))
    assert standing.snapshot.number >= decision.snapshot.number
    assert standing.pack == decision.pack
