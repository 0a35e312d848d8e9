"""Bad input over the real socket: every wrong question gets its own documented reason, and no answer.

Each case is sent by a partner that writes its own bytes; the last ones go through the command line.
"""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner

from gateway.cli import main
from gateway.errors import PRESENTATIONS, Reason
from jointgate.decision.v1 import decision_pb2 as pb
from jointgate.trust.v1 import trust_pb2
from partner_sdk.wire import DECISION_TYPE
from sanctions_matrix.synthetic import citizen_number
from tests.fakes.raw_actions import newer_action
from tests.integration.conftest import Figure, SiteMaker
from tests.integration.live_site import LivePlan, LiveSite
from tests.integration.raw_partner import RawPartner, Reply
from tests.integration.wrong_questions import (
    WRONG_QUESTIONS,
    Case,
    no_action,
    set_fields,
    stay,
    with_wrong_check,
)

pytestmark = pytest.mark.integration

_NUMBER = citizen_number(11)
_TRUST = "/jointgate.trust.v1.TrustService"
_LARGE_BYTES = 5_000_000
_TOO_LARGE_BYTES = 7_000_000


@pytest.fixture(scope="module")
def site(make_site: SiteMaker) -> LiveSite:
    """Return a running site; its list is empty, for nothing here is looked up."""
    site = make_site(LivePlan(publisher={"lease_seconds": 600}))
    site.start()
    return site


@pytest.fixture(scope="module")
def partner(site: LiveSite) -> Iterator[RawPartner]:
    """Return the partner that may ask about everything."""
    with RawPartner(site.identity("portal")) as partner:
        yield partner


@pytest.fixture(scope="module")
def hotel(site: LiveSite) -> Iterator[RawPartner]:
    """Return a partner that may ask about stays of guests and payers only."""
    with RawPartner(site.identity("hotel")) as partner:
        yield partner


@pytest.mark.parametrize("case", WRONG_QUESTIONS, ids=lambda case: case.name)
def test_a_wrong_question_gets_its_reason(partner: RawPartner, case: Case) -> None:
    """What is wrong with a signed question is said by the documented reason and code, without the document."""
    number = case.spoil(_NUMBER)
    reply = partner.ask(number, *case.changes, type_=case.type)
    _require(reply, case.reason)
    assert not number or number not in reply.message


@pytest.mark.parametrize("case", WRONG_QUESTIONS, ids=lambda case: case.name)
def test_a_wrong_question_in_a_batch_gets_the_same_reason(partner: RawPartner, case: Case) -> None:
    """In a batch the same question gets the same reason as a refusal in its place, and its neighbour is answered."""
    number = case.spoil(_NUMBER)
    wrong = partner.query(number, *case.changes, type_=case.type)
    reply = partner.batch_check(partner.batch_request([partner.query(_NUMBER), wrong]))
    assert reply.code == "OK"
    good, bad = pb.BatchCheckResponse.FromString(reply.content).items
    refusal = pb.Refusal.FromString(bad.refusal)
    assert pb.Decision.FromString(good.decision).outcome == pb.OUTCOME_PERMITTED
    assert refusal.reason == case.reason.value
    assert not number or number not in refusal.message


def test_an_action_this_gateway_does_not_know(partner: RawPartner) -> None:
    """A question about an action that a newer proto has is refused as such, not as a damaged message."""
    query = pb.Query.FromString(partner.query(_NUMBER, no_action))
    _require(
        partner.check(partner.request(query.SerializeToString() + newer_action())),
        Reason.ACTION_UNKNOWN,
    )


def test_an_attribute_of_the_wrong_type(partner: RawPartner) -> None:
    """A text where the proto has a number makes the whole query a malformed one."""
    rail = b"\x0a\x01G" + b"\x10\x04"  # train as a text, seat as a number
    payload = partner.query(_NUMBER, no_action) + b"\x5a" + bytes((len(rail),)) + rail
    _require(partner.check(partner.request(payload)), Reason.MALFORMED_REQUEST)


def test_a_query_of_five_megabytes(partner: RawPartner, figure: Figure) -> None:
    """Five million bytes are refused by their size, before anything in them is read, alone and in a batch."""
    payload = partner.query(_NUMBER, set_fields(partner="p" * _LARGE_BYTES))
    reply = partner.check(partner.request(payload))
    figure(f"{len(payload):,} bytes: {reply.code} {reply.reason}")
    _require(reply, Reason.QUERY_TOO_LARGE)
    _require(partner.batch_check(partner.batch_request([payload])), Reason.QUERY_TOO_LARGE)
    assert partner.ask(_NUMBER).code == "OK"


def test_a_message_beyond_the_transports_limit(partner: RawPartner) -> None:
    """Seven million bytes are refused by the transport itself, and the connection goes on working."""
    reply = partner.check(secrets.token_bytes(_TOO_LARGE_BYTES))
    assert (reply.code, reply.reason) == ("RESOURCE_EXHAUSTED", "")
    assert partner.ask(_NUMBER).code == "OK"


def _unsigned(partner: RawPartner, payload: bytes) -> bytes:
    request = pb.CheckRequest.FromString(partner.request(payload))
    del request.query.signatures[:]
    return request.SerializeToString(deterministic=True)


def _signed_twice(partner: RawPartner, payload: bytes) -> bytes:
    return partner.request(payload, partner.sign(payload), partner.sign(payload))


def _emptily_signed(partner: RawPartner, payload: bytes) -> bytes:
    return partner.request(payload, pb.Signature(keyid=partner.sign(payload).keyid, sig=b""))


def _signed_otherwise(partner: RawPartner, payload: bytes) -> bytes:
    return partner.request(payload, partner.sign(payload + b"\0"))


def _signed_as_a_decision(partner: RawPartner, payload: bytes) -> bytes:
    return partner.request(payload, partner.sign(payload, DECISION_TYPE))


def _signed_by_a_stranger(partner: RawPartner, payload: bytes) -> bytes:
    return partner.request(payload, partner.sign(payload, signer=CryptoSigner.generate_ecdsa()))


def _typed_as_a_decision(partner: RawPartner, payload: bytes) -> bytes:
    request = pb.CheckRequest.FromString(partner.request(payload))
    request.query.payload_type = DECISION_TYPE
    return request.SerializeToString(deterministic=True)


def _trailed_by_a_byte(partner: RawPartner, payload: bytes) -> bytes:
    return partner.request(payload) + b"\0"


def _with_an_unknown_field(partner: RawPartner, payload: bytes) -> bytes:
    return partner.request(payload) + b"\xba\x06\x00"


def _random_bytes(partner: RawPartner, payload: bytes) -> bytes:
    return b"\xff" * len(partner.request(payload))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_unsigned, Reason.UNSIGNED_QUERY),
        (_signed_twice, Reason.UNSIGNED_QUERY),
        (_emptily_signed, Reason.UNSIGNED_QUERY),
        (_signed_otherwise, Reason.SIGNATURE_INVALID),
        (_signed_as_a_decision, Reason.SIGNATURE_INVALID),
        (_signed_by_a_stranger, Reason.UNKNOWN_KEY),
        (_typed_as_a_decision, Reason.MALFORMED_REQUEST),
        (_trailed_by_a_byte, Reason.MALFORMED_REQUEST),
        (_with_an_unknown_field, Reason.MALFORMED_REQUEST),
        (_random_bytes, Reason.MALFORMED_REQUEST),
        (lambda *_: b"", Reason.MALFORMED_REQUEST),
    ],
)
def test_a_wrong_envelope_gets_its_reason(
    partner: RawPartner, spoil: Callable[[RawPartner, bytes], bytes], reason: Reason
) -> None:
    """A good question in a bad envelope is refused before it is read."""
    _require(partner.check(spoil(partner, partner.query(_NUMBER))), reason)


def test_a_question_counts_once(partner: RawPartner) -> None:
    """The very bytes that were answered are refused when they come again over the same connection."""
    request = partner.request(partner.query(_NUMBER))
    assert partner.check(request).code == "OK"
    _require(partner.check(request), Reason.QUERY_REPLAYED)


def test_other_partners_business_is_refused(hotel: RawPartner) -> None:
    """A hotel gets no answer about air travel, nor about a stay of somebody who is neither guest nor payer."""
    _require(hotel.ask(_NUMBER), Reason.ACTION_NOT_ALLOWED)
    as_holder = stay(pb.LodgingStay(stars=5), pb.ROLE_ACCOUNT_HOLDER)
    assert hotel.ask(_NUMBER, as_holder).reason in {"ROLE_NOT_ALLOWED", "ROLE_INVALID"}


@pytest.mark.parametrize("size", [0, 1_001])
def test_a_batch_of_the_wrong_size(partner: RawPartner, size: int) -> None:
    """A batch holds 1 to 1,000 questions."""
    payloads = [partner.query(_NUMBER) for _ in range(size)]
    _require(partner.batch_check(partner.batch_request(payloads)), Reason.BATCH_SIZE)


def test_lists_are_not_served(partner: RawPartner) -> None:
    """Partners get the metadata and the keys that they verify with, and neither lists nor anything else."""
    metadata = trust_pb2.GetMetadataRequest(role="lists", version=1).SerializeToString()
    target = trust_pb2.GetTargetRequest(path="lists/index.json").SerializeToString()
    _require(partner.call(f"{_TRUST}/GetMetadata", metadata), Reason.METADATA_NOT_FOUND)
    _require(partner.call(f"{_TRUST}/GetTarget", target), Reason.TARGET_NOT_FOUND)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ((f"cn-ric:{with_wrong_check(_NUMBER)}", "air.travel"), 2),
        ((f"cn-ric:{_NUMBER}", "space.travel"), 2),
        ((f"cn-ric:{_NUMBER}", "lodging.stay", "--attr", "stars=five"), 2),
        ((f"cn-ric:{_NUMBER}", "lodging.stay"), 2),
        ((f"cn-ric:{_NUMBER}", "air.travel", "--as", "nobody"), 2),
        ((f"cn-ric:{_NUMBER}", "air.travel", "--gateway", "127.0.0.1:9"), 20),
        ((f"cn-ric:{_NUMBER}", "air.travel", "--timeout", "30"), 0),
    ],
)
def test_the_command_line_tells_by_its_status(
    site: LiveSite, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], status: int
) -> None:
    """``jointgate check`` ends with the contract's status and, without an answer, says why in one line."""
    config = str(site.folder / "jointgate.toml")
    assert main(["--config", config, "check", *words]) == status
    printed = capsys.readouterr()
    assert len(printed.err.splitlines()) == (status != 0)
    assert words[0].partition(":")[2] not in printed.out + printed.err


def test_the_command_line_without_a_site(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Without settings the command says in one line what to give, and ends with 2."""
    monkeypatch.delenv("JOINTGATE_CONFIG", raising=False)
    assert main(["check", f"cn-ric:{_NUMBER}", "air.travel"]) == 2
    assert main(["--config", str(tmp_path / "no.toml"), "serve"]) == 2
    printed = capsys.readouterr()
    assert len(printed.err.splitlines()) == 2
    assert "jointgate init" in printed.err


def _require(reply: Reply, reason: Reason) -> None:
    """Require the reason with the code and the waiting time that the table gives it, in our domain."""
    shown = PRESENTATIONS[reason]
    assert (reply.code, reply.reason) == (shown.code, reason.value)
    assert reply.domain == "jointgate"
    assert reply.retry_seconds == shown.retry_seconds
    assert reply.message
    assert reply.content == b""
