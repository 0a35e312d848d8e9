"""The partner's side of jointgate: ask whether a party may do something, and verify the answer."""

from partner_sdk import actions
from partner_sdk.aio import AsyncGateway
from partner_sdk.answer import Answer, RefusedQuestion
from partner_sdk.client import Gateway
from partner_sdk.decision import (
    ContestRoute,
    Decision,
    Effect,
    Ground,
    Outcome,
    PackVersion,
    SnapshotVersion,
)
from partner_sdk.documents import (
    Document,
    DocumentError,
    ForeignResidenceId,
    ImoNumber,
    MainlandPermitHongKongMacau,
    MainlandPermitTaiwan,
    NationalId,
    Passport,
    RegistrationNumber,
    ResidentId,
    SocialCreditCode,
    TaxId,
)
from partner_sdk.errors import (
    ConfigurationError,
    NotAnsweredError,
    PartnerError,
    QuestionRefusedError,
    VerificationError,
)
from partner_sdk.question import Question
from partner_sdk.receipt import Receipt, verify_receipt

__all__ = [
    "Answer",
    "AsyncGateway",
    "ConfigurationError",
    "ContestRoute",
    "Decision",
    "Document",
    "DocumentError",
    "Effect",
    "ForeignResidenceId",
    "Gateway",
    "Ground",
    "ImoNumber",
    "MainlandPermitHongKongMacau",
    "MainlandPermitTaiwan",
    "NationalId",
    "NotAnsweredError",
    "Outcome",
    "PackVersion",
    "PartnerError",
    "Passport",
    "Question",
    "QuestionRefusedError",
    "Receipt",
    "RefusedQuestion",
    "RegistrationNumber",
    "ResidentId",
    "SnapshotVersion",
    "SocialCreditCode",
    "TaxId",
    "VerificationError",
    "actions",
    "verify_receipt",
]
