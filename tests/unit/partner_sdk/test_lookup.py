"""Tests of asking for a standing: what is sent, and what makes the reply believable."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from securesystemslib.signer import CryptoSigner

from jointgate.decision.v1 import decision_pb2
from jointgate.standing.v1 import standing_pb2 as pb
from partner_sdk.actions import AirTravel
from partner_sdk.correspondence import LOOKUP, Correspondent
from partner_sdk.documents import (
    Document,
    ImoNumber,
    MainlandPermitTaiwan,
    NationalId,
    Passport,
    RegistrationNumber,
    ResidentId,
    SocialCreditCode,
    TaxId,
)
from partner_sdk.errors import (
    AudienceMismatchError,
    DecisionExpiredError,
    DecisionFromFutureError,
    InclusionError,
    IssuerMismatchError,
    KeyTermError,
    PayloadTypeError,
    PersonDocumentError,
    QueryMismatchError,
    SignatureError,
    SnapshotRollbackError,
    UnknownKeyError,
    VerificationError,
)
from partner_sdk.lookup import StandingQuestion
from partner_sdk.merkle import hash_leaf
from partner_sdk.question import Question
from partner_sdk.standing import ListEffect, Standing
from partner_sdk.testing import FakeGateway
from partner_sdk.testing.query_check import QueryError
from partner_sdk.trust import Trust
from partner_sdk.wire import STANDING_QUERY_TYPE, STANDING_TYPE, authenticated_bytes, encode
from sanctions_matrix.synthetic import organisation_code

ORGANISATION = SocialCreditCode(organisation_code(1))
QUESTION = StandingQuestion(ORGANISATION)
Ask = Callable[[], Standing]


@pytest.fixture
def ask(fake: FakeGateway, correspondent: Correspondent, trust: Callable[[], Trust]) -> Ask:
    """Return what asks for the organisation's standing and verifies the reply."""

    def exchange() -> Standing:
        letter = correspondent.write_standing(QUESTION, 0)
        reply = fake.answer_lookup(letter.content)
        return correspondent.read_standing(letter, reply, trust()).standing

    return exchange


def tell(fake: FakeGateway, **fields: object) -> None:
    """Let the gateway sign a standing with other fields."""

    def change(standing: pb.Standing) -> None:
        for name in fields:
            standing.ClearField(name)
        standing.MergeFrom(pb.Standing(**fields))  # type: ignore[arg-type]

    fake.standing.before_signing = change


@pytest.mark.parametrize(
    "document",
    [
        ResidentId("110101189001010016"),
        Passport("UTO", "U00000001"),
        MainlandPermitTaiwan("00000000"),
        NationalId("UTO", "U001"),
        TaxId("UTO", "T001"),
        RegistrationNumber("UTO", "R1"),
        ImoNumber("9074729"),
    ],
    ids=lambda document: document.type,
)
def test_what_may_be_a_persons_document_is_never_asked_about(document: Document) -> None:
    """Persons, ships and numbers that do not say whose they are raise before anything is written, and stay unsaid."""
    with pytest.raises(PersonDocumentError) as caught:
        StandingQuestion(document)
    assert caught.value.reason == "PERSON_DOCUMENT"
    assert document.number not in str(caught.value)


def test_an_organisation_is_told_with_its_entries(fake: FakeGateway, ask: Ask) -> None:
    """What the gateway scripted arrives, black and red."""
    assert ask().entries == ()
    fake.standing.put(ORGANISATION)
    fake.standing.put(ORGANISATION, commends=True)
    assert [one.effect for one in ask().entries] == [ListEffect.RESTRICTS, ListEffect.COMMENDS]


def test_a_letter_asks_one_fresh_signed_question(
    correspondent: Correspondent, fake: FakeGateway
) -> None:
    """Type, partner and document are in the payload, and no two letters are the same."""
    letters = [correspondent.write_standing(QUESTION, 0) for _ in range(2)]
    assert letters[0].method == LOOKUP
    assert letters[0].content != letters[1].content
    signed = pb.LookupRequest.FromString(letters[0].content).query
    assert signed.payload_type == STANDING_QUERY_TYPE
    query = pb.StandingQuery.FromString(signed.payload)
    assert (query.partner, query.document.type) == ("airline", "cn-uscc")
    fake.answer_lookup(letters[0].content)
    with pytest.raises(QueryError, match="QUERY_REPLAYED"):
        fake.answer_lookup(letters[0].content)


def test_the_fake_refuses_what_a_gateway_refuses(
    correspondent: Correspondent, fake: FakeGateway
) -> None:
    """A question about an action is none about standing, and the fake tells nothing of a person either."""
    letter = correspondent.write(Question(ORGANISATION, AirTravel()), 0)
    with pytest.raises(QueryError, match="MALFORMED_REQUEST"):
        fake.answer_lookup(letter.content)
    person = ResidentId("110101189001010016")
    with pytest.raises(QueryError, match="PERSON_DOCUMENT"):
        fake.standing.entries_for(decision_pb2.Document(type=person.type, number=person.number))


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"audience": "hotel"}, AudienceMismatchError),
        ({"query_digest": bytes(32)}, QueryMismatchError),
        ({"issuer": "another.gateway"}, IssuerMismatchError),
    ],
)
def test_a_standing_of_somebody_else_is_refused(
    fake: FakeGateway, ask: Ask, fields: dict[str, object], error: type[VerificationError]
) -> None:
    """Partner, question and issuer must be the right ones, though the signature holds."""
    tell(fake, **fields)
    with pytest.raises(error):
        ask()


@pytest.mark.parametrize(
    ("made", "expires", "error"),
    [
        (31, 91, DecisionFromFutureError),
        (-60, 0, DecisionExpiredError),
        (-10_800, 3_600, KeyTermError),
    ],
)
def test_a_standing_is_fresh(
    fake: FakeGateway, ask: Ask, made: int, expires: int, error: type[VerificationError]
) -> None:
    """One from the future, an expired one and one from before the key's term are refused; seconds from now."""
    now = fake._clock()  # noqa: SLF001
    tell(
        fake,
        evaluated_at=now + timedelta(seconds=made),
        expires_at=now + timedelta(seconds=expires),
    )
    with pytest.raises(error):
        ask()


def test_an_older_snapshot_is_refused(
    fake: FakeGateway, correspondent: Correspondent, trust: Callable[[], Trust]
) -> None:
    """Once a snapshot was seen, no standing rests on an older one; the same one is fine."""
    fake.snapshot_number = 5
    for least, holds in ((5, True), (6, False)):
        letter = correspondent.write_standing(QUESTION, least)
        reply = fake.answer_lookup(letter.content)
        if holds:
            assert correspondent.read_standing(letter, reply, trust()).snapshot == 5
            continue
        with pytest.raises(SnapshotRollbackError):
            correspondent.read_standing(letter, reply, trust())


def test_a_key_that_nobody_delegated_is_refused(fake: FakeGateway, ask: Ask) -> None:
    """A standing signed with another key than the trust root leads to is not believed."""
    fake.trust.decision_signer = CryptoSigner.generate_ecdsa()
    with pytest.raises(UnknownKeyError):
        ask()


def spoil(fake: FakeGateway, change: Callable[[pb.SignedStanding], None]) -> None:
    """Change a reply on the wire."""

    def spoiled(content: bytes) -> bytes:
        response = pb.LookupResponse.FromString(content)
        change(response.standing)
        return encode(response)

    fake.on_wire = spoiled


def as_decision(signed: pb.SignedStanding) -> None:
    """Declare the payload to be a decision."""
    signed.payload_type = STANDING_TYPE.replace("standing", "decision")


def drop_proof(signed: pb.SignedStanding) -> None:
    """Leave the proof out."""
    signed.ClearField("inclusion")


def move(signed: pb.SignedStanding) -> None:
    """Claim another place in the tree."""
    signed.inclusion.leaf_index = 1


def drop_signature(signed: pb.SignedStanding) -> None:
    """Leave the signature out."""
    del signed.root.signatures[:]


def other_payload(signed: pb.SignedStanding) -> None:
    """Remove every entry without signing anew."""
    standing = pb.Standing.FromString(signed.payload)
    del standing.entries[:]
    signed.payload = encode(standing)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (as_decision, PayloadTypeError),
        (drop_proof, InclusionError),
        (move, InclusionError),
        (drop_signature, SignatureError),
        (other_payload, InclusionError),
    ],
)
def test_a_changed_reply_is_refused(
    fake: FakeGateway,
    ask: Ask,
    change: Callable[[pb.SignedStanding], None],
    error: type[VerificationError],
) -> None:
    """Whatever is changed after signing is noticed."""
    fake.standing.put(ORGANISATION)
    spoil(fake, change)
    with pytest.raises(error):
        ask()


def test_a_decisions_leaf_is_no_standings(fake: FakeGateway) -> None:
    """The leaf covers the type, so a signed decision cannot be handed out as a standing."""
    payload = encode(pb.Standing(issuer="fake.gateway"))
    decision = decision_pb2.Decision.FromString(payload)
    signed = fake.sign_alone(decision)
    root = decision_pb2.DecisionRoot.FromString(signed.root.payload)
    assert root.root_hash != hash_leaf(authenticated_bytes(STANDING_TYPE, signed.payload))


def test_no_changed_byte_goes_unnoticed(
    fake: FakeGateway, correspondent: Correspondent, trust: Callable[[], Trust]
) -> None:
    """Each byte of a reply, changed alone, makes it unbelievable, and so does one more."""
    fake.standing.put(ORGANISATION)
    letter = correspondent.write_standing(QUESTION, 0)
    reply, chain = fake.answer_lookup(letter.content), trust()
    correspondent.read_standing(letter, reply, chain)
    for place in range(len(reply)):
        spoiled = bytearray(reply)
        spoiled[place] ^= 1
        with pytest.raises(VerificationError):
            correspondent.read_standing(letter, bytes(spoiled), chain)
    with pytest.raises(VerificationError):
        correspondent.read_standing(letter, reply + b"\x00", chain)


def test_a_letter_of_another_partner_gets_no_answer(
    fake: FakeGateway, correspondent: Correspondent
) -> None:
    """The gateway knows one partner; a question that names another is refused."""
    correspondent._identity = replace(correspondent._identity, partner="hotel")  # noqa: SLF001
    with pytest.raises(QueryError, match="PARTNER_MISMATCH"):
        fake.answer_lookup(correspondent.write_standing(QUESTION, 0).content)
